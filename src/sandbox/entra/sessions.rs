//! Sessions: what a refresh token stands for.
//!
//! Owns issuing, finding, rotating and forgetting refresh tokens. A token itself is never kept, only its keyed hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::aadsts::{self, Refusal};
use super::scope::Asked;
use crate::sandbox::entropy;

/// Days a refresh token lives unused. Source: Microsoft Learn "Refresh tokens in the Microsoft identity platform", mid 2026.
const LIFE_MS: i64 = 90 * 24 * 3_600_000;

/// More than a rehearsal ever needs; the oldest go first.
const MOST: usize = 200;

/// The way a session came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Flow {
    Browser,
    DeviceCode,
}

/// A completed sign-in of a person to an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Grant {
    pub(super) user_id: String,
    pub(super) client_id: String,
    pub(super) asked: Asked,
    pub(super) flow: Flow,
    /// Whether a second factor was shown.
    pub(super) mfa: bool,
    /// Authentication contexts the sign-in satisfied.
    pub(super) acrs: Vec<String>,
    /// When the person signed in.
    pub(super) signed_in_ms: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Session {
    hash: String,
    family: String,
    /// Replaced by a younger token.
    spent: bool,
    used_ms: i64,
    grant: Grant,
}

/// All sessions of a sandbox.
#[derive(Debug)]
pub(super) struct Sessions {
    salt: [u8; 32],
    list: Vec<Session>,
}

impl Sessions {
    /// None yet.
    pub(super) fn new() -> Self {
        Self {
            salt: entropy::bytes(),
            list: Vec::new(),
        }
    }

    /// Starts a session; returns its refresh token.
    pub(super) fn start(&mut self, grant: Grant, now_ms: i64) -> String {
        self.add(grant, entropy::guid(), now_ms)
    }

    fn add(&mut self, grant: Grant, family: String, now_ms: i64) -> String {
        // As long as the real ones, so that stores with a size limit meet it here first.
        let token = format!(
            "1.SANDBOX.{}",
            URL_SAFE_NO_PAD.encode(entropy::bytes::<768>())
        );
        let hash = self.hash(&token);
        self.list
            .retain(|session| session.used_ms + LIFE_MS > now_ms);
        if self.list.len() >= MOST {
            self.list.remove(0);
        }
        self.list.push(Session {
            hash,
            family,
            spent: false,
            used_ms: now_ms,
            grant,
        });
        token
    }

    /// What a refresh token stands for.
    pub(super) fn redeem(
        &mut self,
        token: &str,
        client_id: &str,
        strict: bool,
        now_ms: i64,
    ) -> Result<Grant, Refusal> {
        let unknown = || Refusal::about(aadsts::GRANT_MALFORMED, "The refresh token isn't valid.");
        let hash = self.hash(token);
        let session = self
            .list
            .iter()
            .find(|session| session.hash == hash)
            .ok_or_else(unknown)?;
        if session.grant.client_id != client_id {
            return Err(Refusal::about(
                aadsts::GRANT_MALFORMED,
                "The token was issued to another client.",
            ));
        }
        if session.used_ms + LIFE_MS <= now_ms {
            return Err(aadsts::GRANT_EXPIRED.into());
        }
        if session.spent && strict {
            let family = session.family.clone();
            self.list.retain(|session| session.family != family);
            return Err(Refusal::about(
                aadsts::GRANT_MALFORMED,
                "The refresh token was used before; the session ends.",
            ));
        }
        Ok(session.grant.clone())
    }

    /// Replaces a redeemed token by a younger one.
    pub(super) fn rotate(&mut self, token: &str, grant: Grant, now_ms: i64) -> String {
        let hash = self.hash(token);
        let mut family = entropy::guid();
        if let Some(old) = self.list.iter_mut().find(|session| session.hash == hash) {
            old.spent = true;
            family.clone_from(&old.family);
        }
        self.add(grant, family, now_ms)
    }

    fn hash(&self, token: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.salt);
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, token.as_bytes()))
    }

    /// For the state file.
    pub(super) fn to_state(&self) -> Value {
        json!({"salt": URL_SAFE_NO_PAD.encode(self.salt), "list": self.list})
    }

    /// From the state file.
    pub(super) fn from_state(state: &Value) -> Result<Self, String> {
        let salt = state["salt"]
            .as_str()
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let salt = salt
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or("the salt of the sessions is missing")?;
        let list = serde_json::from_value(state["list"].clone())
            .map_err(|error| format!("sessions: {error}"))?;
        Ok(Self { salt, list })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            user_id: "u".into(),
            client_id: "c".into(),
            asked: Asked::parse(
                "User.Read offline_access",
                "http://127.0.0.1:1",
                Default::default(),
            )
            .unwrap(),
            flow: Flow::DeviceCode,
            mfa: false,
            acrs: Vec::new(),
            signed_in_ms: 5,
        }
    }

    #[test]
    fn a_token_survives_the_state_file_without_being_in_it() {
        let mut sessions = Sessions::new();
        let token = sessions.start(grant(), 10);
        let state = sessions.to_state();
        assert!(!state.to_string().contains(&token[10..60]));
        let mut again = Sessions::from_state(&state).unwrap();
        assert_eq!(again.redeem(&token, "c", false, 20).unwrap(), grant());
        assert!(Sessions::from_state(&json!({})).is_err());
    }

    #[test]
    fn a_rotated_token_stays_good_unless_rotation_is_strict() {
        let mut sessions = Sessions::new();
        let old = sessions.start(grant(), 10);
        let young = sessions.rotate(&old, grant(), 20);
        assert!(sessions.redeem(&old, "c", false, 30).is_ok());
        assert_eq!(
            sessions.redeem(&old, "c", true, 30).unwrap_err().row.code,
            70000
        );
        assert_eq!(
            sessions.redeem(&young, "c", true, 30).unwrap_err().row.code,
            70000,
            "the whole session ended"
        );
    }

    #[test]
    fn foreign_unknown_and_old_tokens_are_refused() {
        let mut sessions = Sessions::new();
        let token = sessions.start(grant(), 10);
        assert_eq!(
            sessions
                .redeem(&token, "other", false, 20)
                .unwrap_err()
                .row
                .code,
            70000
        );
        assert_eq!(
            sessions.redeem("x", "c", false, 20).unwrap_err().row.code,
            70000
        );
        assert_eq!(
            sessions
                .redeem(&token, "c", false, 10 + LIFE_MS)
                .unwrap_err()
                .row
                .code,
            70008
        );
    }

    #[test]
    fn the_list_does_not_grow_for_ever() {
        let mut sessions = Sessions::new();
        for _ in 0..MOST + 5 {
            sessions.start(grant(), 10);
        }
        assert_eq!(sessions.list.len(), MOST);
    }
}
