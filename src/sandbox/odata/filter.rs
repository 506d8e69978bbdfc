//! `$filter`: reading the expression into a tree and evaluating it on JSON rows.
//!
//! Whether a property may be filtered at all is decided elsewhere; the grammar is in `reader`.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::stamp;
use super::reader;

/// A comparison operator or function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Op {
    /// `eq`.
    Eq,
    /// `ne`.
    Ne,
    /// `gt`.
    Gt,
    /// `ge`.
    Ge,
    /// `lt`.
    Lt,
    /// `le`.
    Le,
    /// `in (…)`.
    In,
    /// `startsWith(…)`.
    StartsWith,
    /// `endsWith(…)`.
    EndsWith,
    /// `contains(…)`.
    Contains,
}

/// A test of one property against values.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sandbox) struct Test {
    /// Property, with `/` for members of complex values; the lambda variable's members inside `any`.
    pub(in crate::sandbox) path: Vec<String>,
    /// How it is compared.
    pub(in crate::sandbox) op: Op,
    /// With what.
    pub(in crate::sandbox) values: Vec<Value>,
    /// Whether `path` goes through a collection, up to which element `any` ranges.
    pub(in crate::sandbox) any: Option<Vec<String>>,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sandbox) enum Filter {
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// Either.
    Or(Box<Filter>, Box<Filter>),
    /// Not.
    Not(Box<Filter>),
    /// One test.
    Test(Test),
}

impl Filter {
    /// Reads an expression; the error is a sentence.
    pub(in crate::sandbox) fn parse(text: &str) -> Result<Filter, String> {
        reader::read(text)
    }

    /// Every test in the tree, with whether it stands under a `not`.
    pub(in crate::sandbox) fn tests(&self) -> Vec<(&Test, bool)> {
        match self {
            Filter::And(a, b) | Filter::Or(a, b) => {
                a.tests().into_iter().chain(b.tests()).collect()
            }
            Filter::Not(inner) => inner
                .tests()
                .into_iter()
                .map(|(test, _)| (test, true))
                .collect(),
            Filter::Test(test) => vec![(test, false)],
        }
    }

    /// Number of clauses of the widest chain of `or`, values of `in` counted one each.
    pub(in crate::sandbox) fn or_clauses(&self) -> usize {
        match self {
            Filter::And(a, b) => a.or_clauses().max(b.or_clauses()),
            Filter::Or(a, b) => a.or_clauses() + b.or_clauses(),
            Filter::Not(inner) => inner.or_clauses(),
            Filter::Test(test) => test.values.len().max(1),
        }
    }

    /// Whether a row passes.
    pub(in crate::sandbox) fn matches(&self, row: &Value) -> bool {
        match self {
            Filter::And(a, b) => a.matches(row) && b.matches(row),
            Filter::Or(a, b) => a.matches(row) || b.matches(row),
            Filter::Not(inner) => !inner.matches(row),
            Filter::Test(test) => test.matches(row),
        }
    }
}

impl Test {
    /// The property the row must have.
    pub(in crate::sandbox) fn property(&self) -> &str {
        let path = self.any.as_ref().unwrap_or(&self.path);
        path.first().map(String::as_str).unwrap_or_default()
    }

    fn matches(&self, row: &Value) -> bool {
        let Some(collection) = &self.any else {
            return self.holds(walk(row, &self.path));
        };
        match walk(row, collection) {
            Value::Array(items) => items.iter().any(|item| self.holds(walk(item, &self.path))),
            _ => false,
        }
    }

    fn holds(&self, found: &Value) -> bool {
        let first = self.values.first().unwrap_or(&Value::Null);
        let text = |test: fn(&str, &str) -> bool| match (found.as_str(), first.as_str()) {
            (Some(found), Some(wanted)) => test(&found.to_lowercase(), &wanted.to_lowercase()),
            _ => false,
        };
        match self.op {
            Op::Eq => same(found, first),
            Op::Ne => !same(found, first),
            Op::In => self.values.iter().any(|value| same(found, value)),
            Op::Gt => order(found, first) == Some(Ordering::Greater),
            Op::Ge => matches!(
                order(found, first),
                Some(Ordering::Greater | Ordering::Equal)
            ),
            Op::Lt => order(found, first) == Some(Ordering::Less),
            Op::Le => matches!(order(found, first), Some(Ordering::Less | Ordering::Equal)),
            Op::StartsWith => text(|found, wanted| found.starts_with(wanted)),
            Op::EndsWith => text(|found, wanted| found.ends_with(wanted)),
            Op::Contains => text(|found, wanted| found.contains(wanted)),
        }
    }
}

fn walk<'a>(row: &'a Value, path: &[String]) -> &'a Value {
    path.iter()
        .fold(row, |value, name| value.get(name).unwrap_or(&Value::Null))
}

/// The directory compares text without case.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => {
            a.to_lowercase() == b.to_lowercase()
                || matches!((stamp::parse(a), stamp::parse(b)), (Some(a), Some(b)) if a == b)
        }
        // An unset switch is not true and not false; only null equals null.
        _ => a == b,
    }
}

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => match (stamp::parse(a), stamp::parse(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => Some(a.to_lowercase().cmp(&b.to_lowercase())),
        },
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &str, row: Value) -> bool {
        Filter::parse(filter).unwrap().matches(&row)
    }

    #[test]
    fn comparisons_ignore_case_and_undo_quotes() {
        let row = json!({"userPrincipalName": "O'Hara@contoso.com", "accountEnabled": true, "mobilePhone": null});
        assert!(passes(
            "userPrincipalName eq 'o''hara@CONTOSO.com'",
            row.clone()
        ));
        assert!(passes(
            "startsWith(userPrincipalName,'o''') and accountEnabled eq true",
            row.clone()
        ));
        assert!(passes("endsWith(userPrincipalName, '.com')", row.clone()));
        assert!(passes("mobilePhone eq null", row.clone()));
        assert!(passes("not(accountEnabled eq false)", row.clone()));
        assert!(passes(
            "userPrincipalName in ('a','o''hara@contoso.com')",
            row.clone()
        ));
        assert!(
            !passes("onPremisesSyncEnabled eq false", row),
            "an unset switch is not false"
        );
    }

    #[test]
    fn any_ranges_over_texts_and_over_objects() {
        let row = json!({"otherMails": ["a@b.c"], "targetResources": [{"id": "X"}], "initiatedBy": {"user": {"id": "Y"}}});
        assert!(passes("otherMails/any(x:x eq 'A@b.c')", row.clone()));
        assert!(passes("otherMails/any(x:startsWith(x,'a@'))", row.clone()));
        assert!(!passes("otherMails/any(x:x eq 'b@b.c')", row.clone()));
        assert!(passes(
            "targetResources/any(t:t/id eq 'x') and initiatedBy/user/id eq 'y'",
            row
        ));
    }

    #[test]
    fn dates_compare_as_moments() {
        let row = json!({"createdDateTime": "2026-10-02T13:20:11.5Z"});
        assert!(passes(
            "createdDateTime ge 2026-10-02T13:20:11Z",
            row.clone()
        ));
        assert!(passes("createdDateTime lt 2026-10-03", row.clone()));
        assert!(!passes("createdDateTime gt 2026-10-02T13:20:11.6Z", row));
    }

    #[test]
    fn clauses_of_or_are_counted() {
        let many: Vec<String> = (0..18).map(|n| format!("displayName eq '{n}'")).collect();
        assert_eq!(Filter::parse(&many.join(" or ")).unwrap().or_clauses(), 18);
        assert_eq!(
            Filter::parse("id in ('1','2','3')").unwrap().or_clauses(),
            3
        );
        assert_eq!(
            Filter::parse("(a eq 1 or b eq 2) and c eq 3")
                .unwrap()
                .or_clauses(),
            2
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in [
            "displayName eq",
            "displayName is 'x'",
            "displayName eq 'x",
            "displayName eq x",
            "f(x,'y')",
            "a eq 1)",
        ] {
            assert!(Filter::parse(wrong).is_err(), "{wrong}");
        }
    }
}
