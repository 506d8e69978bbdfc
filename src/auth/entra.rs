//! What the sign-in service says when it refuses: its error fields, and our sentence for them.
//!
//! Decides by `error` and `suberror`; AADSTS numbers only choose the words, since Microsoft may change them. Of a body nothing but
//! checked names, numbers and ids ever reaches an error: the rest may repeat what was sent.
//! Source: Microsoft Learn "Microsoft Entra authentication and authorization error codes", read 2026-11.

use crate::error::{Error, ErrorCode, Service};
use crate::ids;
use crate::policy::aadsts;
use serde::Deserialize;
use serde_json::Value;
use std::fmt;

/// A refusal, reduced to what may be shown or acted on.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP status; zero when the answer came through the browser.
    pub(crate) status: u16,
    /// OAuth error name.
    pub(crate) error: String,
    /// AADSTS numbers.
    pub(crate) numbers: Vec<u32>,
    /// Finer reason of Entra.
    pub(crate) suberror: Option<String>,
    /// Claims the next sign-in has to carry, as JSON text.
    pub(crate) claims: Option<String>,
    /// Correlation id: ours, repeated.
    pub(crate) correlation_id: Option<String>,
    /// Trace id of the service.
    pub(crate) trace_id: Option<String>,
    /// The service's time, in its own form.
    pub(crate) timestamp: Option<String>,
    /// The client request id that was sent.
    pub(crate) client_request_id: Option<String>,
    /// Seconds the service asked to wait.
    pub(crate) retry_after: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    error: Option<Value>,
    error_description: Option<Value>,
    error_codes: Option<Value>,
    suberror: Option<Value>,
    claims: Option<Value>,
    correlation_id: Option<Value>,
    trace_id: Option<Value>,
    timestamp: Option<Value>,
}

impl Refusal {
    /// Reads the body of an error reply; `None` when it is no OAuth error.
    #[must_use]
    pub(crate) fn read(status: u16, body: &[u8]) -> Option<Self> {
        let body: Body = serde_json::from_slice(body).ok()?;
        let text =
            |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
        let description = text(&body.error_description).unwrap_or_default();
        let listed = body
            .error_codes
            .iter()
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_u64);
        let mut numbers: Vec<u32> = listed
            .filter_map(|number| u32::try_from(number).ok())
            .collect();
        if numbers.is_empty() {
            numbers.extend(aadsts::number_in(&description));
        }
        let claims = match body.claims {
            Some(Value::String(text)) => Some(text),
            Some(Value::Object(object)) => Some(Value::Object(object).to_string()),
            _ => None,
        };
        Some(Refusal {
            status,
            error: name(&text(&body.error)?),
            numbers,
            suberror: text(&body.suberror)
                .filter(|text| !text.is_empty())
                .map(|text| name(&text)),
            claims,
            correlation_id: text(&body.correlation_id).and_then(|id| ids::guid(&id)),
            trace_id: text(&body.trace_id).and_then(|id| ids::guid(&id)),
            timestamp: text(&body.timestamp).filter(|text| is_time(text)),
            ..Refusal::default()
        })
    }

    /// A refusal that came back through the browser.
    #[must_use]
    pub(crate) fn redirected(error: &str, description: &str) -> Self {
        Refusal {
            error: name(error),
            numbers: aadsts::number_in(description).into_iter().collect(),
            ..Refusal::default()
        }
    }

    /// Whether a person has to sign in again; a stored grant is worth nothing any more.
    #[must_use]
    pub(crate) fn needs_person(&self) -> bool {
        matches!(
            self.error.as_str(),
            "invalid_grant" | "interaction_required" | "login_required" | "consent_required"
        )
    }

    /// Whether the refresh token is worth nothing any more. What only lacks a second factor or consent may go on after a sign-in.
    #[must_use]
    pub(crate) fn ends_session(&self) -> bool {
        const MORE_IS_NEEDED: &[&str] = &[
            "basic_action",
            "additional_action",
            "consent_required",
            "message_only",
        ];
        let more = self
            .suberror
            .as_deref()
            .is_some_and(|word| MORE_IS_NEEDED.contains(&word))
            || self.claims.is_some();
        self.error == "invalid_grant" && !more
    }

    /// Whether the client's own proof is what was refused.
    #[must_use]
    pub(crate) fn is_about_credential(&self) -> bool {
        matches!(
            self.error.as_str(),
            "invalid_client" | "unauthorized_client" | "invalid_request"
        ) && !self
            .numbers
            .iter()
            .any(|number| [70001, 700_016, 7_000_112].contains(number))
    }

    /// Our error for it; `what` was refused.
    #[must_use]
    pub(crate) fn into_error(self, what: &str) -> Error {
        let known = self
            .numbers
            .iter()
            .find_map(|number| aadsts::by_number(*number));
        let (why, fix) = match known {
            Some(row) => (format!("{} {}", row.title, row.cause), row.fix.to_owned()),
            None => self.words(),
        };
        let code = match self.error.as_str() {
            "temporarily_unavailable" | "server_error" => ErrorCode::ServiceFailed,
            _ => ErrorCode::SignInFailed,
        };
        let message = [
            self.trace_id.as_ref().map(|id| format!("trace id {id}")),
            self.timestamp.clone(),
        ];
        let message = message.into_iter().flatten().collect::<Vec<_>>().join(", ");
        Error::new(code, format!("{what} was refused."))
            .why(why)
            .fix(fix)
            .service(Service {
                http_status: (self.status != 0).then_some(self.status),
                code: Some(self.to_string()),
                message: (!message.is_empty()).then_some(message),
                request_id: self.correlation_id.clone(),
                client_request_id: self.client_request_id.clone(),
                retry_after: self.retry_after,
            })
    }

    /// Words for what no number explains.
    fn words(&self) -> (String, String) {
        let (why, fix) = match self.error.as_str() {
            "invalid_client" => (
                "The app could not prove its identity.",
                "Check the client id and its credential.",
            ),
            "unauthorized_client" => (
                "The app may not sign in this way here.",
                "Check the client id, the tenant and the app registration.",
            ),
            "invalid_scope" => (
                "A permission that was asked for does not exist.",
                "Check the Graph endpoint and the permissions of the app registration.",
            ),
            "access_denied" | "authorization_declined" => (
                "The sign-in was declined.",
                "Sign in again and accept, or let an administrator consent.",
            ),
            "temporarily_unavailable" | "server_error" => (
                "The sign-in service has trouble.",
                "Try again in a few minutes.",
            ),
            _ if self.needs_person() => (
                "The service wants a person to sign in.",
                "Sign in again with --auth browser.",
            ),
            _ => (
                "The service gave no reason beyond its code.",
                "Give the ids below to support.",
            ),
        };
        match self.numbers.first() {
            Some(number) => (
                why.to_owned(),
                format!(
                    "{fix} The number is explained at https://login.microsoftonline.com/error?code={number}."
                ),
            ),
            None => (why.to_owned(), fix.to_owned()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)?;
        if let Some(suberror) = &self.suberror {
            write!(f, "/{suberror}")?;
        }
        match self.numbers.first() {
            Some(number) => write!(f, " (AADSTS{number})"),
            None => Ok(()),
        }
    }
}

/// Like `Display`: the claims inside are for the service, not for eyes.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An error name as the standards form it; anything else could be an echo of what was sent.
fn name(text: &str) -> String {
    let fits = !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if fits {
        text.to_owned()
    } else {
        "unknown_error".to_owned()
    }
}

fn is_time(text: &str) -> bool {
    (19..=30).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b" -:.TZ".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"error":"invalid_grant","error_description":"AADSTS50076: canary. Trace ID: x","error_codes":[50076],"timestamp":"2026-11-20 10:11:12Z","trace_id":"255d1aef-8c98-452f-ac51-23d051240864","correlation_id":"{FB3D2015-BC17-4BB9-BB85-30C5CF1AAAA7}","suberror":"basic_action","claims":"{\"access_token\":{}}"}"#;

    #[test]
    fn the_documented_body() {
        let refusal = Refusal::read(400, BODY.as_bytes()).unwrap();
        assert_eq!(
            (refusal.error.as_str(), refusal.suberror.as_deref()),
            ("invalid_grant", Some("basic_action"))
        );
        assert_eq!(refusal.numbers, [50076]);
        assert_eq!(refusal.claims.as_deref(), Some(r#"{"access_token":{}}"#));
        assert!(refusal.needs_person());
        let error = refusal.into_error("The sign-in");
        assert_eq!(error.code(), ErrorCode::SignInFailed);
        assert_eq!(
            error.said().code.as_deref(),
            Some("invalid_grant/basic_action (AADSTS50076)")
        );
        assert_eq!(
            error.said().request_id.as_deref(),
            Some("fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7")
        );
        assert_eq!(
            error.said().message.as_deref(),
            Some("trace id 255d1aef-8c98-452f-ac51-23d051240864, 2026-11-20 10:11:12Z")
        );
        assert!(!error.to_json().to_string().contains("canary"));
    }

    #[test]
    fn other_servers_say_less_and_hostile_ones_more() {
        let refusal = Refusal::read(401, br#"{"error":"invalid_client"}"#).unwrap();
        assert_eq!(refusal.to_string(), "invalid_client");
        let refusal = Refusal::read(400, br#"{"error":"s3cret=value","error_codes":["x",-1],"suberror":"S3","claims":{"a":1},"correlation_id":"canary","trace_id":7,"timestamp":"canary"}"#).unwrap();
        assert_eq!(refusal.to_string(), "unknown_error/unknown_error");
        assert_eq!(refusal.claims.as_deref(), Some(r#"{"a":1}"#));
        let shown = format!("{refusal:?} {}", refusal.clone().into_error("It").to_json());
        assert!(
            !shown.contains("canary") && !shown.contains("s3cret"),
            "{shown}"
        );
        for body in ["", "<html>", "[]", "{}", r#"{"error":{"code":"x"}}"#] {
            assert_eq!(Refusal::read(400, body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn the_number_is_found_in_the_text_when_it_is_not_listed() {
        let refusal = Refusal::read(400, br#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}"#).unwrap();
        assert_eq!(refusal.to_string(), "invalid_client (AADSTS7000215)");
        assert_eq!(
            Refusal::redirected("access_denied", "AADSTS65004: declined").numbers,
            [65004]
        );
        assert_eq!(
            Refusal::redirected("access_denied", "AADSTS").numbers,
            [] as [u32; 0]
        );
    }

    #[test]
    fn an_unknown_number_is_linked() {
        let refusal = Refusal {
            error: "invalid_grant".into(),
            numbers: vec![4_242_424],
            ..Refusal::default()
        };
        assert!(
            refusal
                .into_error("It")
                .remedy()
                .contains("error?code=4242424")
        );
    }

    #[test]
    fn a_busy_service_is_not_a_refusal_of_the_caller() {
        assert_eq!(
            Refusal::redirected("server_error", "")
                .into_error("It")
                .code(),
            ErrorCode::ServiceFailed
        );
    }
}
