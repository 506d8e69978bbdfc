//! One request being answered: its path taken apart, its query read, and what it did so far.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::super::tenant::Tenant;
use super::super::wire::{Caller, Reply, Request, Violation};
use super::fault::{self, Fault};

/// A request with everything needed to answer it.
pub(in crate::sandbox) struct Exchange<'a> {
    /// The tenant.
    pub(in crate::sandbox) tenant: &'a mut Tenant,
    /// Who calls.
    pub(in crate::sandbox) caller: &'a Caller,
    /// The request as it came.
    pub(in crate::sandbox) request: &'a Request,
    /// Scheme, host and port to build links with.
    pub(in crate::sandbox) origin: &'a str,
    /// The present.
    pub(in crate::sandbox) now: i64,
    /// Path after the version, decoded, keys in parentheses made segments of their own.
    pub(in crate::sandbox) segments: Vec<String>,
    /// Query options in order of arrival, decoded.
    pub(in crate::sandbox) query: Vec<(String, String)>,
    changed: bool,
    violations: Vec<String>,
}

impl<'a> Exchange<'a> {
    /// Takes a request apart.
    pub(in crate::sandbox) fn new(
        tenant: &'a mut Tenant,
        caller: &'a Caller,
        request: &'a Request,
        origin: &'a str,
        now: i64,
    ) -> Exchange<'a> {
        let path = request.path.strip_prefix("/v1.0").unwrap_or_default();
        let mut exchange = Exchange {
            tenant,
            caller,
            request,
            origin: origin.trim_end_matches('/'),
            now,
            segments: path
                .split('/')
                .filter(|part| !part.is_empty())
                .flat_map(segments_of)
                .collect(),
            query: parse_query(&request.query),
            changed: false,
            violations: Vec::new(),
        };
        exchange.check_manners();
        exchange
    }

    fn check_manners(&mut self) {
        let raw = self.request.path.as_str();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%/".contains(c);
        if let Some(wrong) = raw.chars().find(|c| !allowed(*c)) {
            self.note(format!(
                "path holds {wrong:?}, which must be percent-encoded"
            ));
        }
        let body = !self.request.body.is_empty();
        if body && matches!(self.request.method.as_str(), "GET" | "DELETE") {
            self.note("a body on GET or DELETE");
        }
        if body && !self.json_content() {
            self.note("a body without Content-Type: application/json");
        }
    }

    fn json_content(&self) -> bool {
        let kind = self.request.header("content-type").unwrap_or_default();
        kind.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .eq_ignore_ascii_case("application/json")
    }

    /// Records a breach of the protocol.
    pub(in crate::sandbox) fn note(&mut self, rule: impl Into<String>) {
        self.violations.push(rule.into());
    }

    /// Records that the tenant's state changed.
    pub(in crate::sandbox) fn touch(&mut self) {
        self.changed = true;
    }

    /// Turns a refusal into a reply.
    pub(in crate::sandbox) fn refuse(&mut self, fault: &Fault) -> Reply {
        if let Some(rule) = &fault.breach {
            self.note(rule.clone());
        }
        let batched = self.request.batched;
        let echo = batched.then(|| self.request.header("client-request-id").unwrap_or_default());
        fault.reply(self.now, echo)
    }

    /// Violations and whether anything changed.
    pub(in crate::sandbox) fn finish(self) -> (Vec<Violation>, bool) {
        let request = format!("{} {}", self.request.method, self.request.path);
        let violations = self
            .violations
            .into_iter()
            .map(|rule| Violation {
                request: request.clone(),
                rule,
            })
            .collect();
        (violations, self.changed)
    }

    /// First value of a query option.
    pub(in crate::sandbox) fn option(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Refuses query options that the resource does not take.
    pub(in crate::sandbox) fn allow_options(&self, allowed: &[&str]) -> Result<(), Fault> {
        for (key, _) in &self.query {
            if !allowed.contains(&key.as_str()) {
                let message = format!("Query option '{key}' is not allowed here.");
                return Err(fault::malformed(message.clone()).breach(message));
            }
        }
        Ok(())
    }

    /// The body as a JSON object; empty when there is none.
    pub(in crate::sandbox) fn body(&self) -> Result<Map<String, Value>, Fault> {
        if self.request.body.is_empty() {
            return Ok(Map::new());
        }
        if !self.json_content() {
            return Err(fault::malformed(
                "Write requests must contain the Content-Type header declaration.",
            ));
        }
        match serde_json::from_slice(&self.request.body) {
            Ok(Value::Object(map)) => Ok(map),
            _ => {
                let message = "Unable to read JSON request payload. Please ensure Content-Type header is set and payload \
                               is of valid JSON format.";
                Err(fault::malformed(message).breach("the body is not a JSON object"))
            }
        }
    }

    /// Whether the caller asked for eventual consistency.
    pub(in crate::sandbox) fn eventual(&self) -> bool {
        self.request
            .header("consistencylevel")
            .is_some_and(|value| value.eq_ignore_ascii_case("eventual"))
    }

    /// `…/$metadata#{what}`.
    pub(in crate::sandbox) fn context(&self, what: &str) -> String {
        format!("{}/v1.0/$metadata#{what}", self.origin)
    }
}

/// Splits `users('x')` into `users`, `x` and `directoryRoles(roleTemplateId='x')` into `directoryRoles`, `roleTemplateId=x`.
fn segments_of(raw: &str) -> Vec<String> {
    let text = percent_decode_str(raw).decode_utf8_lossy().into_owned();
    let Some((name, rest)) = text.split_once('(') else {
        return vec![text];
    };
    let Some(inner) = rest.strip_suffix(')') else {
        return vec![text];
    };
    let unquote = |quoted: &str| -> Option<String> {
        Some(
            quoted
                .strip_prefix('\'')?
                .strip_suffix('\'')?
                .replace("''", "'"),
        )
    };
    if let Some(key) = unquote(inner) {
        return vec![name.to_owned(), key];
    }
    match inner
        .split_once('=')
        .map(|(key, value)| (key, unquote(value)))
    {
        Some((key, Some(value))) => vec![name.to_owned(), format!("{key}={value}")],
        _ => vec![text],
    }
}

fn parse_query(raw: &str) -> Vec<(String, String)> {
    raw.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let decode = |text: &str| {
                percent_decode_str(&text.replace('+', " "))
                    .decode_utf8_lossy()
                    .into_owned()
            };
            (decode(key), decode(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_segments_and_quotes_are_undone() {
        assert_eq!(segments_of("users('$odd%20name')"), ["users", "$odd name"]);
        assert_eq!(segments_of("users('o''hara')"), ["users", "o'hara"]);
        assert_eq!(
            segments_of("directoryRoles(roleTemplateId='x')"),
            ["directoryRoles", "roleTemplateId=x"]
        );
        assert_eq!(segments_of("ada%40contoso.com"), ["ada@contoso.com"]);
    }

    #[test]
    fn a_plus_in_a_query_is_a_blank() {
        let query = parse_query("$filter=a%2Bb+c&$top=5");
        assert_eq!(
            query,
            [
                ("$filter".to_owned(), "a+b c".to_owned()),
                ("$top".to_owned(), "5".to_owned())
            ]
        );
    }
}
