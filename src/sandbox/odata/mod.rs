//! Query options of OData as Graph takes them: filter, search, select, order, page and count over JSON rows.

mod filter;
mod reader;
mod users;

pub(super) use filter::Filter;
pub(super) use users::{Search, check_filter, check_order};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::graph::Fault;
use super::graph::fault;

/// Most clauses joined by `or`, and most values of `in`.
const OR_MAX: usize = 15;

/// Reads and bounds a `$filter`, checking property names against the type.
pub(super) fn read_filter(text: &str, properties: &[&str], kind: &str) -> Result<Filter, Fault> {
    let filter = Filter::parse(text).map_err(|sentence| {
        fault::malformed(format!("Invalid filter clause: {sentence}"))
            .breach(format!("$filter: {sentence}"))
    })?;
    let clauses = filter.or_clauses();
    if clauses > OR_MAX {
        return Err(fault::unsupported_query(format!(
            "Too many child clauses specified in search filter expression containing 'OR' operators: {clauses}. Max \
             allowed: {OR_MAX}."
        )));
    }
    for (test, _) in filter.tests() {
        if !properties.contains(&test.property()) {
            return Err(fault::no_such_property(test.property(), kind));
        }
    }
    Ok(filter)
}

/// Reads a `$select`, checking names against the type.
pub(super) fn read_select(
    text: Option<&str>,
    properties: &[&str],
    kind: &str,
) -> Result<Option<Vec<String>>, Fault> {
    let Some(text) = text else { return Ok(None) };
    let names: Vec<String> = text
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    for name in &names {
        if !properties.contains(&name.as_str()) {
            return Err(fault::no_such_property(name, kind));
        }
    }
    Ok(Some(names))
}

/// Reads `$top` within a bound.
pub(super) fn read_top(text: Option<&str>, default: usize, max: usize) -> Result<usize, Fault> {
    let Some(text) = text else { return Ok(default) };
    match text.parse::<usize>() {
        Ok(number) if (1..=max).contains(&number) => Ok(number),
        _ => Err(fault::unsupported_query(format!(
            "Invalid page size specified: '{text}'. Must be between 1 and {max} inclusive."
        ))),
    }
}

/// The named properties of a row; missing ones become null, or empty where the type says collection.
pub(super) fn project(
    row: &Map<String, Value>,
    names: &[impl AsRef<str>],
    collections: &[&str],
) -> Map<String, Value> {
    names
        .iter()
        .map(|name| {
            let name = name.as_ref();
            let empty = || {
                if collections.contains(&name) {
                    Value::Array(Vec::new())
                } else {
                    Value::Null
                }
            };
            let value = row
                .get(name)
                .filter(|value| !value.is_null())
                .cloned()
                .unwrap_or_else(empty);
            (name.to_owned(), value)
        })
        .collect()
}

/// Sorts rows by `$orderby`; the names were checked before.
pub(super) fn sort(rows: &mut [Value], order: &str) {
    for clause in order.split(',').rev() {
        let mut words = clause.split_whitespace();
        let name = words.next().unwrap_or_default().to_owned();
        let descending = words.next() == Some("desc");
        let key = |row: &Value| match row.get(&name) {
            Some(Value::String(text)) => text.to_lowercase(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        rows.sort_by_key(key);
        if descending {
            rows.reverse();
        }
    }
}

/// Mark at the front of every page token, as Graph's look.
const TOKEN_MARK: &str = "RFNwdAIAAQAAAB";

/// A page token for the rows after `place`, bound to the query it came from.
pub(super) fn page_token(place: usize, query: u32) -> String {
    format!(
        "{TOKEN_MARK}{}",
        URL_SAFE_NO_PAD.encode(format!("{place}:{query}"))
    )
}

/// Reads a page token.
pub(super) fn read_page_token(token: &str, query: u32) -> Result<usize, Fault> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD
            .decode(token.strip_prefix(TOKEN_MARK)?)
            .ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (place, of) = text.split_once(':')?;
        (of.parse::<u32>().ok()? == query).then(|| place.parse::<usize>().ok())?
    };
    read().ok_or_else(fault::bad_page_token)
}

/// A number for a query, the page token left out.
pub(super) fn fingerprint(path: &str, query: &[(String, String)]) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut eat = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    };
    eat(path);
    for (key, value) in query.iter().filter(|(key, _)| key != "$skiptoken") {
        eat(key);
        eat(value);
    }
    hash
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_token_serves_its_own_query_only() {
        let query = [("$top".to_owned(), "2".to_owned())];
        let mark = fingerprint("/v1.0/users", &query);
        let token = page_token(2, mark);
        assert_eq!(read_page_token(&token, mark).unwrap(), 2);
        assert!(read_page_token(&token, fingerprint("/v1.0/groups", &query)).is_err());
        assert!(read_page_token("made-up", mark).is_err());
    }

    #[test]
    fn projection_keeps_nulls_and_empty_collections() {
        let row = json!({"id": "1", "mail": null})
            .as_object()
            .cloned()
            .unwrap();
        let shown = project(&row, &["id", "mail", "otherMails"], &["otherMails"]);
        assert_eq!(
            Value::Object(shown),
            json!({"id": "1", "mail": null, "otherMails": []})
        );
    }

    #[test]
    fn page_sizes_are_bounded_with_the_recorded_sentence() {
        assert_eq!(read_top(None, 100, 999).unwrap(), 100);
        let fault = read_top(Some("1000"), 100, 999).unwrap_err();
        assert_eq!(
            fault.message,
            "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."
        );
        assert!(fault.breach.is_some() && read_top(Some("0"), 100, 999).is_err());
    }

    #[test]
    fn sorting_honours_direction() {
        let mut rows = vec![json!({"n": "b"}), json!({"n": "A"}), json!({"n": "c"})];
        sort(&mut rows, "n desc");
        assert_eq!(
            rows,
            [json!({"n": "c"}), json!({"n": "b"}), json!({"n": "A"})]
        );
    }
}
