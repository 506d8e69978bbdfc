//! Plain values that pass between the socket side (`http`, `entra`) and the tenant side (`graph`, `rules`) of the sandbox.
//!
//! Nothing here knows sockets, tenants or rules, so either side can be read and tested alone.

use serde_json::Value;

/// One HTTP request as it arrived, or one part of a `$batch`.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Upper-case HTTP method.
    pub method: String,
    /// Raw path, still percent-encoded, starting with `/`. For a batch part: with the version segment put in front.
    pub path: String,
    /// Raw query string without `?`; empty when there was none.
    pub query: String,
    /// Header names in lower case, in order of arrival.
    pub headers: Vec<(String, String)>,
    /// Body bytes; empty when there was none.
    pub body: Vec<u8>,
    /// Whether this is a part of a `$batch`.
    pub batched: bool,
}

impl Request {
    /// First value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// One HTTP reply.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// HTTP status code.
    pub status: u16,
    /// Headers beside those every reply gets (`request-id`, `Date`, `Content-Type`, …).
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Body,
}

/// The body of a reply.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// No body at all (204, 202).
    #[default]
    Empty,
    /// JSON, as nearly all of Graph answers.
    Json(Value),
    /// Plain text (`/users/$count`).
    Text(String),
    /// HTML (sign-in pages).
    Html(String),
}

/// Who calls Graph: what the access token said when it was issued.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Object id of the user, or of the service principal when app-only.
    pub object_id: String,
    /// Application (client) id the token was issued to.
    pub client_id: String,
    /// Whether the token is app-only (`idtyp` = `app`).
    pub app_only: bool,
    /// Delegated scopes (`scp`) or application permissions (`roles`), short names such as `User.Read.All`.
    pub permissions: Vec<String>,
    /// Role template ids that were active when the token was issued (`wids`).
    pub wids: Vec<String>,
    /// When the token was issued, milliseconds since the epoch on the sandbox's clock.
    pub issued_at: i64,
    /// Whether the client declared capability `cp1`, so that it may be sent a claims challenge.
    pub cp1: bool,
}

/// A breach of manners or of the metadata, recorded beside the reply; a test that owns the sandbox fails on any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Method and path of the request.
    pub request: String,
    /// The rule that was broken, and how.
    pub rule: String,
}
