//! Graph's error bodies become our error: status, code, request ids, and what the call needed.
//!
//! Branches on status and `error.code`; on a message only where the facts name it as the only discriminator.

use super::call::Need;
use crate::error::{Error, ErrorCode, Service};
use crate::http::Incoming;
use serde::Deserialize;
use serde_json::Value;

/// The fragment by which a refusal for a restricted management unit differs from its look-alikes.
const RESTRICTED_UNIT: &str = "restricted management administrative unit";

#[derive(Deserialize, Default)]
struct Body {
    error: Option<Inner>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Inner {
    code: Option<String>,
    message: Option<String>,
    #[serde(alias = "innererror")]
    inner_error: Option<Value>,
    details: Option<Vec<Detail>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Detail {
    code: Option<String>,
}

/// What a refusal said, before it is judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// What the service said.
    pub service: Service,
    /// Codes of `details[]`.
    pub details: Vec<String>,
}

/// Who asked, as far as the token told.
#[derive(Debug, Clone, Default)]
pub struct Asker {
    /// Whether the token is app-only, when known.
    pub app_only: Option<bool>,
    /// Scopes or application permissions, when readable.
    pub permissions: Option<Vec<String>>,
}

impl Fault {
    /// Reads status, headers and body.
    #[must_use]
    pub fn read(reply: &Incoming) -> Self {
        Self::of(
            reply.status.as_u16(),
            &reply.body,
            |name| reply.header(name).map(str::to_owned),
            reply.retry_after().map(|d| d.as_secs()),
        )
    }

    /// Reads the parts of a reply, also those of a batch part.
    #[must_use]
    pub fn of(
        status: u16,
        body: &[u8],
        header: impl Fn(&str) -> Option<String>,
        retry_after: Option<u64>,
    ) -> Self {
        let inner = serde_json::from_slice::<Body>(body)
            .ok()
            .and_then(|body| body.error)
            .unwrap_or_default();
        let within = |name: &str| {
            inner
                .inner_error
                .as_ref()
                .and_then(|value| value.get(name))
                .and_then(Value::as_str)
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
        };
        Fault {
            service: Service {
                http_status: Some(status),
                code: inner.code.map(|code| shorten(&code, 100)),
                message: inner.message.map(|message| shorten(&message, 400)),
                request_id: within("request-id").or_else(|| header("request-id")),
                client_request_id: within("client-request-id")
                    .or_else(|| header("client-request-id")),
                retry_after,
            },
            details: inner
                .details
                .unwrap_or_default()
                .into_iter()
                .filter_map(|detail| detail.code)
                .collect(),
        }
    }

    /// Whether `error.code` is this one.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.service
            .code
            .as_deref()
            .is_some_and(|own| own.eq_ignore_ascii_case(code))
    }

    /// Whether the message holds a lower-case fragment.
    #[must_use]
    pub fn says(&self, fragment: &str) -> bool {
        self.service
            .message
            .as_deref()
            .is_some_and(|message| message.to_ascii_lowercase().contains(fragment))
    }

    /// Our code for it.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self.service.http_status.unwrap_or_default() {
            400 if self.has_code("AadPremiumLicenseRequired") => ErrorCode::LicenceMissing,
            400 if self.says("password does not comply")
                || self.says("password complexity")
                || self.says("banned password") =>
            {
                ErrorCode::PasswordRefused
            }
            400 if self.says("on-premises mastered") => ErrorCode::SyncedUser,
            400 | 405 | 412 | 413 | 422 => ErrorCode::ContentRefused,
            401 => ErrorCode::TokenRefused,
            403 if self.has_code("Authentication_RequestFromNonPremiumTenantOrB2CTenant") => {
                ErrorCode::LicenceMissing
            }
            403 if self.says(RESTRICTED_UNIT) => ErrorCode::RestrictedUnit,
            403 => ErrorCode::NotPermitted,
            404 => ErrorCode::NotFound,
            // Not implemented: asking again changes nothing.
            409 | 423 | 501 => ErrorCode::ContentRefused,
            429 => ErrorCode::Throttled,
            500..=599 | 408 => ErrorCode::ServiceFailed,
            _ => ErrorCode::UnexpectedReply,
        }
    }

    /// The error for a call that asked for `what`.
    #[must_use]
    pub fn into_error(self, what: &str, need: &Need, asker: &Asker) -> Error {
        let code = self.code();
        let status = self.service.http_status.unwrap_or_default();
        let (message, why) = match code {
            ErrorCode::NotPermitted => return self.refused(what, need, asker),
            ErrorCode::NotFound => (
                format!("{what}: nothing with that name or id was found."),
                None,
            ),
            ErrorCode::TokenRefused => (
                format!("{what}: Graph does not accept the access token."),
                None,
            ),
            ErrorCode::Throttled => {
                let told = match self.service.retry_after {
                    Some(seconds) => format!("the wait of {seconds} s does not fit"),
                    None => "went on doing so".to_owned(),
                };
                (
                    format!("{what}: Graph throttled the request, and {told}."),
                    None,
                )
            }
            ErrorCode::ServiceFailed => {
                (format!("{what}: Graph failed with status {status}."), None)
            }
            ErrorCode::LicenceMissing => (
                format!("{what}: the tenant lacks a licence for this."),
                None,
            ),
            ErrorCode::RestrictedUnit => (
                format!("{what}: the account is in a restricted management administrative unit."),
                Some(
                    "Only a role assigned at the scope of that unit works; tenant-wide roles, Global Administrator included, do not.",
                ),
            ),
            ErrorCode::PasswordRefused => (
                format!("{what}: Entra refused the password."),
                Some(
                    "Length, character classes or the banned-password list refused it; the service does not tell which.",
                ),
            ),
            ErrorCode::UnexpectedReply => (
                format!("{what}: Graph answered with the unexpected status {status}."),
                None,
            ),
            _ => (
                format!("{what}: Graph refused the request with status {status}."),
                None,
            ),
        };
        let error = Error::new(code, message).service(self.service);
        match why {
            Some(why) => error.why(why),
            None => error,
        }
    }

    /// A 403 quotes what the call needs and what the token has, so that the fix is exact.
    fn refused(self, what: &str, need: &Need, asker: &Asker) -> Error {
        let accepted = if asker.app_only == Some(true) {
            need.application
        } else {
            need.delegated
        };
        let held = asker.permissions.clone().unwrap_or_default();
        let has_one = accepted
            .iter()
            .any(|name| held.iter().any(|own| own.eq_ignore_ascii_case(name)));
        let (why, fix) = match &asker.permissions {
            Some(_) if !has_one && !accepted.is_empty() => (
                format!("The token lacks the permission: one of {} is needed.", accepted.join(", ")),
                format!("Consent {} for the app and sign in again.", accepted[0]),
            ),
            Some(_) if asker.app_only == Some(true) => (
                "The token has the permission, so the app lacks a directory role, or the target is protected by its own role.".to_owned(),
                "Assign the app's service principal the directory role that is needed; `admin-reset who-can-reset USER` names it.".to_owned(),
            ),
            Some(_) => (
                "The token has the permission, so the caller lacks a directory role, has not activated it, or the target is protected by its own role.".to_owned(),
                "Activate or obtain the role and sign in again; `admin-reset who-can-reset USER` names it.".to_owned(),
            ),
            None => (
                "Permission, directory role, or the protection of the target: the token cannot be read, so it is not known which.".to_owned(),
                format!("Check that the token holds {} and that the caller holds a directory role.", accepted.first().copied().unwrap_or("the permission")),
            ),
        };
        let mut needs: Vec<String> = accepted.iter().map(|name| (*name).to_owned()).collect();
        if !need.role.is_empty() {
            needs.push(format!("role: {}", need.role));
        }
        Error::new(
            ErrorCode::NotPermitted,
            format!("{what}: Graph did not permit it."),
        )
        .why(why)
        .fix(fix)
        .need(needs)
        .have(held)
        .service(self.service)
    }
}

/// Cuts foreign text to a length that fits a message and makes it one harmless line.
fn shorten(text: &str, most: usize) -> String {
    let line = crate::render::text::cell(text);
    if line.chars().count() <= most {
        line
    } else {
        line.chars().take(most).chain("…".chars()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEED: Need = Need {
        delegated: &["A.Read", "A.ReadWrite"],
        application: &["A.Read.All"],
        role: "Reader",
    };

    fn fault(status: u16, code: &str, message: &str) -> Fault {
        let body = serde_json::json!({"error": {"code": code, "message": message, "innererror": {"request-id": "r", "client-request-id": "c"}}});
        Fault::of(status, body.to_string().as_bytes(), |_| None, None)
    }

    #[test]
    fn codes_follow_status_and_code() {
        for (status, code, message, expected) in [
            (
                400,
                "Request_BadRequest",
                "The specified password does not comply with password complexity requirements.",
                ErrorCode::PasswordRefused,
            ),
            (
                400,
                "AadPremiumLicenseRequired",
                "x",
                ErrorCode::LicenceMissing,
            ),
            (
                400,
                "Request_BadRequest",
                "other",
                ErrorCode::ContentRefused,
            ),
            (
                401,
                "InvalidAuthenticationToken",
                "x",
                ErrorCode::TokenRefused,
            ),
            (
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges",
                ErrorCode::NotPermitted,
            ),
            (
                403,
                "Authorization_RequestDenied",
                "Target object is a member of a restricted management administrative unit and",
                ErrorCode::RestrictedUnit,
            ),
            (
                403,
                "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                "x",
                ErrorCode::LicenceMissing,
            ),
            (404, "Request_ResourceNotFound", "x", ErrorCode::NotFound),
            (429, "TooManyRequests", "x", ErrorCode::Throttled),
            (503, "serviceNotAvailable", "x", ErrorCode::ServiceFailed),
            (302, "", "", ErrorCode::UnexpectedReply),
        ] {
            assert_eq!(
                fault(status, code, message).code(),
                expected,
                "{status} {code}"
            );
        }
    }

    #[test]
    fn a_403_says_whether_the_permission_is_there() {
        let lacking = Asker {
            app_only: Some(false),
            permissions: Some(vec!["User.Read".into()]),
        };
        let error = fault(403, "x", "y").into_error("Reading", &NEED, &lacking);
        assert!(error.cause().unwrap().contains("A.Read"));
        let having = Asker {
            app_only: Some(false),
            permissions: Some(vec!["a.readwrite".into()]),
        };
        assert!(
            fault(403, "x", "y")
                .into_error("Reading", &NEED, &having)
                .cause()
                .unwrap()
                .contains("directory role")
        );
        let error = fault(403, "x", "y").into_error("Reading", &NEED, &Asker::default());
        assert_eq!(error.said().request_id.as_deref(), Some("r"));
    }

    #[test]
    fn html_and_empty_bodies_do_not_hurt() {
        let fault = Fault::of(
            502,
            b"<html>Bad gateway</html>",
            |name| (name == "request-id").then(|| "h".to_owned()),
            None,
        );
        assert_eq!(fault.code(), ErrorCode::ServiceFailed);
        assert_eq!(fault.service.request_id.as_deref(), Some("h"));
    }
}
