//! What may be shown of a request or reply: allow-lists of headers, query keys and path parts.
//!
//! Nothing turns this off. Bodies are never shown at all.

use url::Url;

/// Headers whose values may be shown.
const HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "client-request-id",
    "consistencylevel",
    "content-length",
    "content-type",
    "date",
    "odata-version",
    "prefer",
    "request-id",
    "retry-after",
    "user-agent",
    "x-ms-resource-unit",
    "x-ms-throttle-limit-percentage",
    "x-ms-throttle-priority",
];

/// Query keys whose values may be shown; all OData options are about people, not secrets, but `$filter` and `$search` hold what was typed.
const QUERY_KEYS: &[&str] = &[
    "$select",
    "$top",
    "$count",
    "$expand",
    "$orderby",
    "$filter",
    "api-version",
];

/// Value of a header as it may be shown.
#[must_use]
pub fn header<'a>(name: &str, value: &'a str) -> &'a str {
    if HEADERS
        .iter()
        .any(|allowed| allowed.eq_ignore_ascii_case(name))
    {
        value
    } else {
        "REDACTED"
    }
}

/// A URL as it may be shown: values of query keys that are not on the list are replaced.
#[must_use]
pub fn url(url: &Url) -> String {
    let mut shown = format!("{}{}", url.origin().ascii_serialization(), url.path());
    let query: Vec<String> = url
        .query_pairs()
        .map(|(key, value)| {
            let value = if QUERY_KEYS.contains(&key.as_ref()) {
                value.into_owned()
            } else {
                "REDACTED".to_owned()
            };
            format!("{key}={value}")
        })
        .collect();
    if !query.is_empty() {
        shown.push('?');
        shown.push_str(&query.join("&"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_headers_and_keys_are_hidden() {
        assert_eq!(header("Authorization", "Bearer canary"), "REDACTED");
        assert_eq!(header("Retry-After", "5"), "5");
        let shown = url(&Url::parse(
            "https://h.example/p?$select=id&code=canary&$skiptoken=canary",
        )
        .unwrap());
        assert!(
            !shown.contains("canary") && shown.contains("$select=id"),
            "{shown}"
        );
    }
}
