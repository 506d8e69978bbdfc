//! Endpoints as values: a [`Call`] reads, a [`Change`] writes, and they are different types.
//!
//! Path segments are encoded by construction; what a call needs (permission, role) travels with it, so that a refusal can be
//! explained exactly. Pure: builds, never sends.

use crate::http::cloud::Origin;
use crate::http::retry::Replay;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::marker::PhantomData;
use url::Url;

/// What a path or query value keeps unencoded; `@` is left as Graph's own documentation writes it.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');
const QUERY: &AsciiSet = &SEGMENT
    .remove(b',')
    .remove(b'(')
    .remove(b')')
    .remove(b'/')
    .remove(b':')
    .remove(b'$')
    .remove(b'*');

/// Permissions and roles a call needs, from the permission tables of the Graph reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Delegated scopes, any of which suffices; least first.
    pub delegated: &'static [&'static str],
    /// Application permissions, any of which suffices; least first.
    pub application: &'static [&'static str],
    /// Directory role a signed-in person needs beside the scope, in words; empty when none.
    pub role: &'static str,
}

/// The header that advanced queries of the directory want.
pub(crate) const CONSISTENCY: (&str, &str) = ("consistencylevel", "eventual");

/// One piece of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Part of the API's own vocabulary.
    Literal(&'static str),
    /// A value, percent-encoded when the path is built.
    Value(String),
    /// `name(key='value')`.
    Keyed(&'static str, &'static str, String),
}

/// Method, path, query, body and needs of a request.
#[derive(Debug, Clone)]
pub struct Spec {
    pub(crate) method: Method,
    pub(crate) segments: Vec<Segment>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) need: &'static Need,
}

impl Spec {
    /// Path and query relative to the version, as `$batch` wants it.
    #[must_use]
    pub fn relative_url(&self) -> String {
        let mut url = String::new();
        for segment in &self.segments {
            url.push('/');
            match segment {
                Segment::Literal(text) => url.push_str(text),
                Segment::Value(text) => url.extend(utf8_percent_encode(text, SEGMENT)),
                Segment::Keyed(name, key, value) => {
                    let quoted = value.replace('\'', "''");
                    url.push_str(&format!(
                        "{name}({key}='{}')",
                        utf8_percent_encode(&quoted, SEGMENT)
                    ));
                }
            }
        }
        for (index, (key, value)) in self.query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(key);
            url.push('=');
            url.extend(utf8_percent_encode(value, QUERY));
        }
        url
    }

    /// The absolute URL on an origin.
    pub(crate) fn url(&self, origin: &Origin) -> Result<Url, url::ParseError> {
        Url::parse(&format!("{origin}/v1.0{}", self.relative_url()))
    }

    /// Whether the query is an advanced one of the directory, which wants `ConsistencyLevel: eventual`.
    #[must_use]
    pub fn is_advanced(&self) -> bool {
        self.query
            .iter()
            .any(|(key, value)| *key == "$search" || (*key == "$count" && value == "true"))
    }

    /// Adds the header that an advanced query wants.
    pub(crate) fn mark(&self, headers: &mut http::HeaderMap) {
        if self.is_advanced() {
            let value = http::HeaderValue::from_static(CONSISTENCY.1);
            headers.insert(CONSISTENCY.0, value);
        }
    }

    /// Method and path for messages, without query.
    #[must_use]
    pub fn describe(&self) -> String {
        let url = self.relative_url();
        format!("{} {}", self.method, url.split('?').next().unwrap_or(&url))
    }
}

/// A read. Always safe to repeat.
#[derive(Debug, Clone)]
pub struct Call<T> {
    pub(crate) spec: Spec,
    reply: PhantomData<fn() -> T>,
}

impl<T> Call<T> {
    /// `GET` of a path.
    pub(crate) fn get(need: &'static Need, segments: Vec<Segment>) -> Self {
        Call {
            spec: Spec {
                method: Method::GET,
                segments,
                query: Vec::new(),
                body: None,
                need,
            },
            reply: PhantomData,
        }
    }

    /// Adds a query option.
    pub(crate) fn query(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.spec.query.push((key, value.into()));
        self
    }

    /// What the call asks and needs.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }
}

/// A write. Only [`crate::plan`] sends it.
#[derive(Debug, Clone)]
pub struct Change<T> {
    pub(crate) spec: Spec,
    pub(crate) replay: Replay,
    reply: PhantomData<fn() -> T>,
}

impl<T> Change<T> {
    /// A write of a path.
    pub(crate) fn new(
        method: Method,
        need: &'static Need,
        segments: Vec<Segment>,
        body: Option<Value>,
        replay: Replay,
    ) -> Self {
        Change {
            spec: Spec {
                method,
                segments,
                query: Vec::new(),
                body,
                need,
            },
            replay,
            reply: PhantomData,
        }
    }

    /// What the change asks and needs.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }
}

/// A string literal of an OData `$filter`: quotes doubled.
#[must_use]
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Segment::{Keyed, Literal, Value};

    const NONE: Need = Need {
        delegated: &[],
        application: &[],
        role: "",
    };

    #[test]
    fn values_cannot_leave_their_segment() {
        for (upn, encoded) in [
            ("o'brien@c.com", "/users/o%27brien@c.com"),
            (
                "ext_x.com#EXT#@c.onmicrosoft.com",
                "/users/ext_x.com%23EXT%23@c.onmicrosoft.com",
            ),
            ("../groups/x", "/users/..%2Fgroups%2Fx"),
            ("%2e%2e", "/users/%252e%252e"),
            ("a?b", "/users/a%3Fb"),
        ] {
            let call: Call<()> = Call::get(&NONE, vec![Literal("users"), Value(upn.into())]);
            assert_eq!(call.spec.relative_url(), encoded);
        }
    }

    #[test]
    fn filters_and_keys_quote() {
        let call: Call<()> = Call::get(&NONE, vec![Literal("users")])
            .query("$filter", format!("mail eq {}", literal("o'b@c.com")));
        assert_eq!(
            call.spec.relative_url(),
            "/users?$filter=mail%20eq%20%27o%27%27b@c.com%27"
        );
        let call: Call<()> = Call::get(
            &NONE,
            vec![Keyed("servicePrincipals", "appId", "x'y".into())],
        );
        assert_eq!(
            call.spec.relative_url(),
            "/servicePrincipals(appId='x%27%27y')"
        );
    }
}
