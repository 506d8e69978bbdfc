//! The gate in front of Graph: reads the bearer token and decides whether it still opens anything.
//!
//! Owns the 401 replies, with and without claims challenge; permissions and roles are the tenant's business.
//!
//! Source: Microsoft Learn "Claims challenges, claims requests and client capabilities" and "Resolve Microsoft Graph authorization
//! errors", mid 2026.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::access::{Refused, Seen, Signer};
use super::entropy;
use super::tenant::Tenant;
use super::tenant::apps::GRAPH_APP_ID;
use super::wire::{Body, Reply, Request};

/// Tokens that were refused for a reason that does not pass.
#[derive(Debug, Default)]
pub(super) struct Gate {
    refused: HashMap<String, Turned>,
}

/// Why a token was turned away for good.
#[derive(Debug, Clone)]
enum Turned {
    Expired,
    Challenged(Value),
}

/// A refusal at the gate, and whether a client that knows what it does could have met it.
pub(super) struct Closed {
    pub(super) reply: Reply,
    /// The breach, when it is the client's own fault.
    pub(super) breach: Option<&'static str>,
}

/// Where and when a request is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) origin: &'a str,
    pub(super) now_ms: i64,
}

impl Gate {
    /// Lets a request through with what its token says.
    pub(super) fn pass(
        &self,
        signer: &Signer,
        tenant: &Tenant,
        request: &Request,
        place: Place<'_>,
    ) -> Result<Seen, Closed> {
        let plain = |message: &str, breach| {
            Err(Closed {
                reply: unauthorized(request, place, message, None),
                breach,
            })
        };
        let Some(token) = request.header("authorization").and_then(bearer) else {
            // Whether Graph can be reached at all is asked before anybody signs in: with this one question, and no other.
            let probe = request.method == "GET"
                && request.path == "/v1.0/organization"
                && request.query.is_empty()
                && request.header("authorization").is_none();
            let breach = (!probe).then_some("no bearer token");
            return plain("Access token is empty.", breach);
        };
        let seen = match signer.read(token, place.origin, tenant.cloud, place.now_ms) {
            Ok(seen) => seen,
            Err(Refused::Malformed) => {
                return plain(
                    "CompactToken parsing failed with error code: 80049217",
                    Some("the token is not a JWT"),
                );
            }
            Err(Refused::Signature) => {
                return plain(
                    "Access token validation failure. Invalid signature.",
                    Some("a token this sandbox did not issue"),
                );
            }
            Err(Refused::Audience) => {
                return plain(
                    "Access token validation failure. Invalid audience.",
                    Some("a token for another audience"),
                );
            }
            Err(Refused::Expired) => {
                return plain("Lifetime validation failed, the token is expired.", None);
            }
        };
        match self.refused.get(&seen.uti) {
            Some(Turned::Expired) => {
                return plain("Lifetime validation failed, the token is expired.", None);
            }
            Some(Turned::Challenged(claims)) => {
                return Err(Closed {
                    reply: challenge(request, place, claims, "TokenCreatedWithOutdatedPolicies"),
                    breach: None,
                });
            }
            None => {}
        }
        if seen.caller.app_only {
            return Ok(seen);
        }
        let valid_from = tenant.sessions_valid_from_ms(&seen.caller.object_id);
        let gone = tenant
            .person(&seen.caller.object_id)
            .is_none_or(|person| !person.enabled);
        if seen.caller.issued_at >= valid_from && !gone {
            return Ok(seen);
        }
        if !seen.caller.cp1 {
            return plain("Access token has expired or is not yet valid.", None);
        }
        let not_before = valid_from
            .max(seen.caller.issued_at + 1000)
            .div_euclid(1000);
        let claims =
            json!({"access_token": {"nbf": {"essential": true, "value": not_before.to_string()}}});
        Err(Closed {
            reply: challenge(
                request,
                place,
                &claims,
                "TokenIssuedBeforeRevocationTimestamp",
            ),
            breach: None,
        })
    }

    /// Declares a token expired before its time.
    pub(super) fn expire(&mut self, uti: String) {
        self.refused.insert(uti, Turned::Expired);
    }

    /// Demands new claims from the holder of a token, from now on.
    pub(super) fn demand(&mut self, uti: String, acrs: Option<&str>, now_ms: i64) {
        let claims = match acrs {
            Some(context) => {
                json!({"access_token": {"acrs": {"essential": true, "value": context}}})
            }
            None => {
                json!({"access_token": {"nbf": {"essential": true, "value": now_ms.div_euclid(1000).to_string()}}})
            }
        };
        self.refused.insert(uti, Turned::Challenged(claims));
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

fn challenge(request: &Request, place: Place<'_>, claims: &Value, code: &str) -> Reply {
    let message = format!(
        "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: {code}"
    );
    unauthorized(request, place, &message, Some(claims))
}

fn unauthorized(
    request: &Request,
    place: Place<'_>,
    message: &str,
    claims: Option<&Value>,
) -> Reply {
    let mut header = format!(
        "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"{GRAPH_APP_ID}\"",
        place.origin
    );
    if let Some(claims) = claims {
        header.push_str(&format!(
            ", error=\"insufficient_claims\", claims=\"{}\"",
            STANDARD.encode(claims.to_string())
        ));
    }
    let mut reply = graph_error(
        request,
        place.now_ms,
        401,
        "InvalidAuthenticationToken",
        message,
    );
    reply.headers.push(("WWW-Authenticate".into(), header));
    reply
}

/// Graph's error body.
pub(super) fn graph_error(
    request: &Request,
    now_ms: i64,
    status: u16,
    code: &str,
    message: &str,
) -> Reply {
    let date = jiff::Timestamp::from_millisecond(now_ms)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S")
        .to_string();
    let mut inner = json!({"date": date, "request-id": entropy::guid()});
    if let Some(id) = request.header("client-request-id") {
        inner["client-request-id"] = json!(id);
    }
    let body = json!({"error": {"code": code, "message": message, "innerError": inner}});
    Reply {
        status,
        headers: Vec::new(),
        body: Body::Json(body),
    }
}
