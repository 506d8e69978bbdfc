//! Replies a fault script puts in the place of the true ones.
//!
//! Owns their bodies in the manner of either service; whether the true request was carried out is decided before.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::entra::Entra;
use super::entra::aadsts;
use super::faults::{Effect, FaultBody, RetryAfter, StatusFault};
use super::gate::graph_error;
use super::service::Side;
use super::wire::{Body, Reply, Request};

/// Graph codes and messages by status. Source: Microsoft Learn "Microsoft Graph error responses and resource types", mid 2026.
const GRAPH_CODES: &[(u16, &str, &str)] = &[
    (400, "Request_BadRequest", "The request is not valid."),
    (
        401,
        "InvalidAuthenticationToken",
        "Access token has expired or is not yet valid.",
    ),
    (
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    ),
    (
        404,
        "Request_ResourceNotFound",
        "Resource does not exist or one of its queried reference-property objects are not present.",
    ),
    (
        409,
        "Request_Conflict",
        "The request conflicts with another one.",
    ),
    (412, "preconditionFailed", "The resource has changed."),
    (423, "locked", "The resource is locked."),
    (429, "TooManyRequests", "Too many requests."),
    (
        500,
        "generalException",
        "An unspecified error has occurred.",
    ),
    (
        501,
        "notImplemented",
        "The requested feature isn't implemented.",
    ),
    (
        503,
        "serviceNotAvailable",
        "The service is temporarily unavailable. You may repeat the request after a delay.",
    ),
    (
        509,
        "bandwidthLimitExceeded",
        "Your app has been throttled for exceeding the maximum bandwidth cap.",
    ),
];

/// The page a captive portal puts in the way of everything.
const PORTAL: &str = "<!doctype html><html><title>Guest network</title><h1>Welcome</h1><p>Accept the terms to go online.</p></html>";

/// The reply of an effect that does not need the true one; none when it does.
pub(super) fn instead(
    effect: &Effect,
    request: &Request,
    side: Side,
    now_ms: i64,
) -> Option<Reply> {
    match effect {
        Effect::Status(fault) => Some(status(fault, request, side, now_ms)),
        Effect::Portal => {
            let headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
            Some(Reply {
                status: 200,
                headers,
                body: Body::Html(PORTAL.to_owned()),
            })
        }
        Effect::Redirect(target) => Some(Reply {
            status: 302,
            headers: vec![("Location".to_owned(), target.clone())],
            body: Body::Empty,
        }),
        Effect::Aadsts(code) => {
            aadsts::by_code(*code).map(|row| Entra::refuse(row, request, now_ms))
        }
        _ => None,
    }
}

/// What Graph says when the banned list refuses a password.
const WEAK_PASSWORD: &str = "The specified password does not comply with password complexity requirements. Please provide a different password.";

/// An error status in the manner of the side that is asked.
pub(super) fn status(fault: &StatusFault, request: &Request, side: Side, now_ms: i64) -> Reply {
    let mut reply = match fault.body {
        FaultBody::Empty => Reply {
            status: fault.status,
            ..Reply::default()
        },
        FaultBody::Html => {
            let text = format!(
                "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>gateway</body></html>",
                fault.status
            );
            Reply {
                status: fault.status,
                headers: Vec::new(),
                body: Body::Html(text),
            }
        }
        FaultBody::Json if side == Side::Login => {
            let mut reply = Entra::refuse(aadsts::SERVICE_BUSY, request, now_ms);
            reply.status = fault.status;
            reply
        }
        FaultBody::Json => {
            let row = GRAPH_CODES
                .iter()
                .find(|(status, ..)| *status == fault.status);
            let (_, code, message) =
                row.copied()
                    .unwrap_or((fault.status, "UnknownError", "An error has occurred."));
            let (code, message) = match fault.code.as_deref() {
                Some("weakPassword") => ("Request_BadRequest", WEAK_PASSWORD),
                other => (other.unwrap_or(code), message),
            };
            graph_error(request, now_ms, fault.status, code, message)
        }
    };
    if let Some(retry_after) = fault.retry_after {
        reply
            .headers
            .push(("Retry-After".into(), retry_after_text(retry_after, now_ms)));
    }
    reply
}

fn retry_after_text(retry_after: RetryAfter, now_ms: i64) -> String {
    match retry_after {
        RetryAfter::Seconds(seconds) => seconds.to_string(),
        RetryAfter::Date(seconds) => {
            let now = Duration::from_millis(u64::try_from(now_ms).unwrap_or_default());
            httpdate::fmt_http_date(
                SystemTime::UNIX_EPOCH + now + Duration::from_secs(seconds.into()),
            )
        }
    }
}

/// Changes a true reply the way an effect asks for.
pub(super) fn alter(effect: &Effect, reply: &mut Reply, request: &Request, origin: &str) {
    match effect {
        Effect::NextLink(link) => {
            if let Body::Json(body) = &mut reply.body
                && body.get("value").is_some()
            {
                let own = format!(
                    "{origin}{}{}{}",
                    request.path,
                    if request.query.is_empty() { "" } else { "?" },
                    request.query
                );
                body["@odata.nextLink"] = json!(link.clone().unwrap_or(own));
            }
        }
        Effect::Location(target) if target == "none" => {
            reply
                .headers
                .retain(|(name, _)| !name.eq_ignore_ascii_case("location"));
        }
        Effect::Location(target) => {
            for (name, value) in &mut reply.headers {
                if name.eq_ignore_ascii_case("location") {
                    value.clone_from(target);
                }
            }
        }
        _ => {}
    }
}
