//! The only error of the library: what happened, why, what to do, and Graph's own words for support.
//!
//! Owns the table from error code to exit code. Prints nothing; [`crate::console`] does.

mod code;
mod several;

pub use code::{ErrorCode, Exit};
pub use several::of_several;

use serde::Serialize;
use std::fmt;

/// What Graph or the sign-in service said, for support and for scripts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// HTTP status code.
    pub http_status: Option<u16>,
    /// `error.code` of Graph, or `error` and AADSTS number of the sign-in service.
    pub code: Option<String>,
    /// `error.message`, cut and cleaned.
    pub message: Option<String>,
    /// The server's `request-id`.
    pub request_id: Option<String>,
    /// The `client-request-id` we sent.
    pub client_request_id: Option<String>,
    /// Seconds the service asked to wait.
    pub retry_after: Option<u64>,
}

/// An error: a stable code and the three sentences.
pub struct Error(Box<Inner>);

struct Inner {
    code: ErrorCode,
    message: String,
    why: Option<String>,
    fix: Option<String>,
    need: Vec<String>,
    have: Vec<String>,
    reasons: Vec<&'static str>,
    service: Service,
    docs: Option<String>,
    operation_id: Option<String>,
    cause: Option<anyhow::Error>,
}

/// Result of the library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Makes an error from its code and the sentence that says what happened.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            code,
            message: message.into(),
            why: None,
            fix: None,
            need: Vec::new(),
            have: Vec::new(),
            reasons: Vec::new(),
            service: Service::default(),
            docs: None,
            operation_id: None,
            cause: None,
        }))
    }

    /// Adds the sentence that says why.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.0.why = Some(why.into());
        self
    }

    /// Adds the sentence that says what to do.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.0.fix = Some(fix.into());
        self
    }

    /// Adds what is needed (permissions, roles).
    #[must_use]
    pub fn need<S: Into<String>>(mut self, need: impl IntoIterator<Item = S>) -> Self {
        self.0.need = need.into_iter().map(Into::into).collect();
        self
    }

    /// Adds what the caller has (permissions, roles).
    #[must_use]
    pub fn have<S: Into<String>>(mut self, have: impl IntoIterator<Item = S>) -> Self {
        self.0.have = have.into_iter().map(Into::into).collect();
        self
    }

    /// Adds the stable codes of the reasons, for scripts.
    #[must_use]
    pub fn reasons(mut self, reasons: Vec<&'static str>) -> Self {
        self.0.reasons = reasons;
        self
    }

    /// Adds why and fix from a table, where the error has no words of its own.
    #[must_use]
    pub fn or_explained(mut self, why: &str, fix: &str) -> Self {
        if self.0.why.is_none() {
            self.0.why = Some(why.to_owned());
            self.0.fix.get_or_insert_with(|| fix.to_owned());
        }
        self
    }

    /// Adds what the service said.
    #[must_use]
    pub fn service(mut self, service: Service) -> Self {
        self.0.service = service;
        self
    }

    /// Adds a link to documentation.
    #[must_use]
    pub fn docs(mut self, docs: impl Into<String>) -> Self {
        self.0.docs = Some(docs.into());
        self
    }

    /// Adds the operation id under which the journal knows this work.
    #[must_use]
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.0.operation_id = Some(id.into());
        self
    }

    /// Keeps the error below; its chain is shown with `-v`, and as the cause when no other was given.
    #[must_use]
    pub fn source(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Changes the sentence that says what happened, keeping everything else.
    #[must_use]
    pub fn reworded(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Changes the code, keeping the words.
    #[must_use]
    pub fn recode(mut self, code: ErrorCode) -> Self {
        self.0.code = code;
        self
    }

    /// A copy without the error below, whose words become the cause.
    #[must_use]
    pub fn copied(&self) -> Self {
        let inner = &self.0;
        Error(Box::new(Inner {
            code: inner.code,
            message: inner.message.clone(),
            // The service's words stay where they are; only the chain below, which cannot be copied, becomes words.
            why: inner.why.clone().or_else(|| {
                if inner.service.message.is_none() {
                    self.cause()
                } else {
                    None
                }
            }),
            fix: inner.fix.clone(),
            need: inner.need.clone(),
            have: inner.have.clone(),
            reasons: inner.reasons.clone(),
            service: inner.service.clone(),
            docs: inner.docs.clone(),
            operation_id: inner.operation_id.clone(),
            cause: None,
        }))
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The exit status that belongs to it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.0.code.exit()
    }

    /// What happened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Why it happened: the sentence given, else the service's words, else the chain of causes.
    #[must_use]
    pub fn cause(&self) -> Option<String> {
        if let Some(why) = &self.0.why {
            return Some(why.clone());
        }
        if let Some(message) = &self.0.service.message {
            return Some(message.clone());
        }
        self.0.cause.as_ref().map(|cause| format!("{cause:#}"))
    }

    /// The chain below, for `-v`.
    #[must_use]
    pub fn chain(&self) -> Option<String> {
        self.0.cause.as_ref().map(|cause| format!("{cause:#}"))
    }

    /// Whether the error below is of this type: what to decide by where a code is too coarse, and words may change.
    #[must_use]
    pub fn stems_from<T: std::error::Error + Send + Sync + 'static>(&self) -> bool {
        self.0.cause.as_ref().is_some_and(|cause| cause.is::<T>())
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &str {
        self.0
            .fix
            .as_deref()
            .unwrap_or_else(|| self.0.code.default_fix())
    }

    /// What is needed.
    #[must_use]
    pub fn needs(&self) -> &[String] {
        &self.0.need
    }

    /// What the caller has.
    #[must_use]
    pub fn has(&self) -> &[String] {
        &self.0.have
    }

    /// What the service said.
    #[must_use]
    pub fn said(&self) -> &Service {
        &self.0.service
    }

    /// The operation id, when the journal knows the work.
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        self.0.operation_id.as_deref()
    }

    /// Where this error is explained.
    #[must_use]
    pub fn docs_link(&self) -> String {
        self.0.docs.clone().unwrap_or_else(|| {
            format!(
                "docs/errors.md#{}",
                self.0.code.as_str().to_ascii_lowercase()
            )
        })
    }

    /// The object that `-o json` prints on stderr.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let shape = Shape {
            code: self.0.code.as_str(),
            message: &self.0.message,
            cause: self.cause(),
            need: &self.0.need,
            have: &self.0.have,
            reasons: &self.0.reasons,
            fix: self.remedy(),
            http_status: self.0.service.http_status,
            graph_code: self.0.service.code.as_deref(),
            graph_message: self.0.service.message.as_deref(),
            request_id: self.0.service.request_id.as_deref(),
            client_request_id: self.0.service.client_request_id.as_deref(),
            retry_after: self.0.service.retry_after,
            operation_id: self.operation_id(),
            docs: self.docs_link(),
            exit_code: self.exit().code(),
        };
        serde_json::json!({ "error": shape })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'a> {
    code: &'a str,
    message: &'a str,
    cause: Option<String>,
    need: &'a [String],
    have: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    reasons: &'a [&'static str],
    fix: &'a str,
    http_status: Option<u16>,
    graph_code: Option<&'a str>,
    graph_message: Option<&'a str>,
    request_id: Option<&'a str>,
    client_request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_id: Option<&'a str>,
    docs: String,
    exit_code: u8,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words_and_is_unique() {
        let mut seen = std::collections::HashSet::new();
        for code in ErrorCode::ALL {
            assert!(
                seen.insert(code.as_str()),
                "{} is used twice",
                code.as_str()
            );
            assert!(code.default_fix().ends_with('.'), "{}", code.as_str());
            assert!(!code.title().is_empty() && !code.title().ends_with('.'));
        }
    }

    #[test]
    fn merging_exits_follows_the_contract() {
        use Exit::*;
        assert_eq!(Exit::merge(&[Done, Done]), Done);
        assert_eq!(Exit::merge(&[Done, NotFound]), Partial);
        assert_eq!(Exit::merge(&[NotFound, NotPermitted]), NotPermitted);
        assert_eq!(Exit::merge(&[Partial, NotPermitted]), Partial);
        assert_eq!(Exit::merge(&[Precondition, Unavailable]), Unavailable);
    }

    #[test]
    fn json_has_the_keys_of_the_contract() {
        let json = Error::new(ErrorCode::NotPermitted, "x")
            .need(["A"])
            .to_json();
        for key in [
            "code",
            "message",
            "cause",
            "need",
            "have",
            "fix",
            "httpStatus",
            "graphCode",
            "requestId",
            "clientRequestId",
            "docs",
            "exitCode",
        ] {
            assert!(json["error"].get(key).is_some(), "{key}");
        }
        assert_eq!(json["error"]["exitCode"], 5);
    }
}
