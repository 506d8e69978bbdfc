//! Access tokens of the sandbox: written by the sign-in side, read by the Graph side.
//!
//! Owns their shape and signature (HMAC-SHA256; the key never leaves the sandbox) and the check of life time and audience. Every
//! token says `"sandbox": true`, so that nobody takes one for a real one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use super::cloud::Cloud;
use super::entra::scope;
use super::entropy;
use super::wire::Caller;

/// Role template id every member's token carries beside real roles. Source: access token claims reference, state of mid 2026.
const DEFAULT_USER_ROLE: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// Seconds an ordinary token lives.
const LIFE_S: i64 = 3599;

/// Seconds a token of a client with capability `cp1` lives.
const LIFE_CP1_S: i64 = 24 * 3600;

/// Signs and checks the tokens of one sandbox.
pub(super) struct Signer {
    key: hmac::Key,
    bytes: [u8; 32],
}

/// What a token is to say.
pub(super) struct Ticket<'a> {
    pub(super) tenant_id: &'a str,
    pub(super) origin: &'a str,
    /// Audience, as the client spelled the resource.
    pub(super) resource: &'a str,
    pub(super) client_id: &'a str,
    pub(super) client_name: &'a str,
    /// `0` public client, `1` secret, `2` certificate or federation.
    pub(super) client_proof: &'static str,
    pub(super) subject: Subject<'a>,
    pub(super) wids: Vec<String>,
    pub(super) cp1: bool,
    pub(super) acrs: &'a [String],
    pub(super) now_ms: i64,
}

/// Whom a token speaks for.
pub(super) enum Subject<'a> {
    /// A person, with `scp` and the ways it signed in (`amr`).
    Person {
        object_id: &'a str,
        upn: &'a str,
        name: &'a str,
        scp: &'a str,
        amr: &'a [&'a str],
    },
    /// The application itself, with its application permissions.
    App {
        object_id: &'a str,
        roles: &'a [String],
    },
}

/// A token and how many seconds it lives.
pub(super) struct Minted {
    pub(super) token: String,
    pub(super) expires_in: i64,
}

/// A token that passed the checks.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) caller: Caller,
    /// The token's own id.
    pub(super) uti: String,
}

/// A ready access token.
#[derive(Clone)]
pub struct ReadyToken {
    /// The token itself.
    pub token: String,
    /// When it ends, on the sandbox's clock.
    pub expires_at: std::time::SystemTime,
}

impl std::fmt::Debug for ReadyToken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ReadyToken")
            .field("token", &"***")
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Malformed,
    Signature,
    Audience,
    Expired,
}

impl Signer {
    /// A signer with a key of its own.
    pub(super) fn random() -> Self {
        Self::from_bytes(entropy::bytes())
    }

    /// The signer of a key that was kept.
    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &bytes),
            bytes,
        }
    }

    /// The key, for the state file.
    pub(super) fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes)
    }

    /// The signer of a key from the state file.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self::from_bytes(bytes.try_into().ok()?))
    }

    /// Writes an access token.
    pub(super) fn mint(&self, ticket: &Ticket<'_>) -> Minted {
        let life = if ticket.cp1 { LIFE_CP1_S } else { LIFE_S };
        let now = ticket.now_ms.div_euclid(1000);
        let mut payload = json!({
            "sandbox": true,
            "aud": ticket.resource,
            "iss": format!("{}/{}/", ticket.origin, ticket.tenant_id),
            "tid": ticket.tenant_id,
            "ver": "1.0",
            "uti": &entropy::opaque()[..22],
            "iat": now, "nbf": now, "exp": now + life,
            "sandbox_iat_ms": ticket.now_ms,
            "appid": ticket.client_id,
            "app_displayname": ticket.client_name,
            "appidacr": ticket.client_proof,
            "wids": ticket.wids,
        });
        match ticket.subject {
            Subject::Person {
                object_id,
                upn,
                name,
                scp,
                amr,
            } => {
                payload["idtyp"] = json!("user");
                payload["oid"] = json!(object_id);
                payload["sub"] = json!(object_id);
                payload["upn"] = json!(upn);
                payload["unique_name"] = json!(upn);
                payload["name"] = json!(name);
                payload["scp"] = json!(scp);
                payload["amr"] = json!(amr);
                if let Some(wids) = payload["wids"].as_array_mut() {
                    wids.push(json!(DEFAULT_USER_ROLE));
                }
            }
            Subject::App { object_id, roles } => {
                payload["idtyp"] = json!("app");
                payload["oid"] = json!(object_id);
                payload["sub"] = json!(object_id);
                payload["roles"] = json!(roles);
            }
        }
        if ticket.cp1 {
            payload["xms_cc"] = json!(["cp1"]);
        }
        if !ticket.acrs.is_empty() {
            payload["acrs"] = json!(ticket.acrs);
        }
        Minted {
            token: self.sign(&payload),
            expires_in: life,
        }
    }

    /// Puts header and signature around a payload.
    pub(super) fn sign(&self, payload: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": "HS256", "kid": "sandbox"});
        let head = URL_SAFE_NO_PAD.encode(header.to_string());
        let text = format!("{head}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, text.as_bytes()));
        format!("{text}.{signature}")
    }

    /// Reads a token; whether its session was revoked is the caller's question.
    pub(super) fn read(
        &self,
        token: &str,
        origin: &str,
        cloud: Cloud,
        now_ms: i64,
    ) -> Result<Seen, Refused> {
        self.read_for(token, now_ms, |audience| {
            scope::is_graph(audience, origin, cloud)
        })
    }

    /// Reads a token that has to be for an audience of the caller's.
    pub(super) fn read_for(
        &self,
        token: &str,
        now_ms: i64,
        is_for: impl Fn(&str) -> bool,
    ) -> Result<Seen, Refused> {
        let (text, signature) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
        let (_, payload) = text.split_once('.').ok_or(Refused::Malformed)?;
        let payload = URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|_| Refused::Malformed)?;
        let payload: Value = serde_json::from_slice(&payload).map_err(|_| Refused::Malformed)?;
        let aud = payload["aud"].as_str().ok_or(Refused::Malformed)?;
        // The audience comes first: a real token must be named as foreign, not as badly signed.
        if !is_for(aud) {
            return Err(Refused::Audience);
        }
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| Refused::Malformed)?;
        hmac::verify(&self.key, text.as_bytes(), &signature).map_err(|_| Refused::Signature)?;
        if payload["scp"].is_null() && payload["roles"].is_null() {
            return Err(Refused::Audience); // an id_token is signed with the same key, but opens nothing
        }
        if payload["exp"]
            .as_i64()
            .is_none_or(|exp| exp * 1000 <= now_ms)
        {
            return Err(Refused::Expired);
        }
        let app_only = payload["idtyp"] == "app";
        let permissions = if app_only {
            strings(&payload["roles"])
        } else {
            payload["scp"]
                .as_str()
                .unwrap_or_default()
                .split_ascii_whitespace()
                .map(str::to_owned)
                .collect()
        };
        let mut wids = strings(&payload["wids"]);
        wids.retain(|role| role != DEFAULT_USER_ROLE);
        let caller = Caller {
            object_id: payload["oid"].as_str().unwrap_or_default().to_owned(),
            client_id: payload["appid"].as_str().unwrap_or_default().to_owned(),
            app_only,
            permissions,
            wids,
            issued_at: payload["sandbox_iat_ms"].as_i64().unwrap_or_default(),
            cp1: strings(&payload["xms_cc"])
                .iter()
                .any(|capability| capability == "cp1"),
        };
        Ok(Seen {
            caller,
            uti: payload["uti"].as_str().unwrap_or_default().to_owned(),
        })
    }
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::tenant::apps::GRAPH_APP_ID;

    const ORIGIN: &str = "http://127.0.0.1:4711";

    fn ticket(resource: &str, cp1: bool) -> Ticket<'_> {
        Ticket {
            tenant_id: "t",
            origin: ORIGIN,
            resource,
            client_id: "c",
            client_name: "C",
            client_proof: "0",
            subject: Subject::Person {
                object_id: "o",
                upn: "ada@contoso.example",
                name: "Ada",
                scp: "User.Read",
                amr: &["pwd"],
            },
            wids: vec!["62e90394-69f5-4237-9190-012177145e10".into()],
            cp1,
            acrs: &[],
            now_ms: 1_000_123,
        }
    }

    #[test]
    fn a_minted_token_reads_back_and_says_sandbox() {
        let signer = Signer::random();
        let minted = signer.mint(&ticket(ORIGIN, true));
        assert_eq!(minted.expires_in, 86_400);
        let seen = signer
            .read(&minted.token, ORIGIN, Cloud::Global, 1_000_200)
            .unwrap();
        assert_eq!(seen.caller.issued_at, 1_000_123);
        assert_eq!(seen.caller.permissions, ["User.Read"]);
        assert_eq!(seen.caller.wids, ["62e90394-69f5-4237-9190-012177145e10"]);
        assert!(seen.caller.cp1 && !seen.caller.app_only);
        let parts: Vec<&str> = minted.token.split('.').collect();
        let head: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
        let payload: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        assert_eq!(
            (parts.len(), &head["typ"], &payload["sandbox"]),
            (3, &json!("JWT"), &json!(true))
        );
    }

    #[test]
    fn wrong_tokens_are_told_apart() {
        let signer = Signer::random();
        let good = signer.mint(&ticket("https://graph.microsoft.com", false));
        assert_eq!(good.expires_in, 3599);
        assert!(
            signer
                .read(&good.token, ORIGIN, Cloud::Global, 1_000_200)
                .is_ok()
        );
        assert_eq!(
            signer
                .read(&good.token, ORIGIN, Cloud::Global, 1_000_123 + 3_600_000)
                .unwrap_err(),
            Refused::Expired
        );
        assert_eq!(
            Signer::random()
                .read(&good.token, ORIGIN, Cloud::Global, 1_000_200)
                .unwrap_err(),
            Refused::Signature
        );
        let foreign = signer.mint(&ticket("https://vault.azure.net", false));
        assert_eq!(
            signer
                .read(&foreign.token, ORIGIN, Cloud::Global, 1_000_200)
                .unwrap_err(),
            Refused::Audience
        );
        assert_eq!(
            signer.read("abc", ORIGIN, Cloud::Global, 0).unwrap_err(),
            Refused::Malformed
        );
        let other_port = signer.mint(&ticket("http://127.0.0.1:1", false));
        assert_eq!(
            signer
                .read(&other_port.token, ORIGIN, Cloud::Global, 1_000_200)
                .unwrap_err(),
            Refused::Audience
        );
    }

    #[test]
    fn an_id_token_opens_nothing() {
        let signer = Signer::random();
        let id_token =
            signer.sign(&json!({"aud": GRAPH_APP_ID, "exp": 9_999_999_999_i64, "oid": "o"}));
        assert_eq!(
            signer
                .read(&id_token, ORIGIN, Cloud::Global, 0)
                .unwrap_err(),
            Refused::Audience
        );
    }

    #[test]
    fn a_kept_key_reads_older_tokens() {
        let signer = Signer::random();
        let minted = signer.mint(&ticket(ORIGIN, false));
        let again = Signer::from_text(&signer.to_text()).unwrap();
        assert!(
            again
                .read(&minted.token, ORIGIN, Cloud::Global, 1_000_200)
                .is_ok()
        );
        assert!(Signer::from_text("short").is_none());
    }
}
