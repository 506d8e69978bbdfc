//! What may be filtered, searched and ordered on users, and which of it needs the advanced query form.
//!
//! Source: "Advanced query capabilities on Microsoft Entra ID objects" and the list-users page, mid 2026.

use serde_json::Value;

use super::super::graph::Fault;
use super::super::graph::fault;
use super::filter::{Filter, Op};

/// What a test on a property needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Nothing.
    Default,
    /// `ConsistencyLevel: eventual` and `$count=true`.
    Advanced,
    /// Not possible.
    Never,
}

/// Need of a test.
fn need(property: &str, op: Op, negated: bool, any: bool) -> Need {
    let negative = negated || op == Op::Ne;
    match property {
        "userPrincipalName" | "mail" | "displayName" | "givenName" | "surname" | "mailNickname"
        | "employeeId" | "department" | "jobTitle" | "usageLocation" | "country" | "city"
        | "companyName" => match op {
            _ if any => Need::Never,
            _ if negative => Need::Advanced,
            Op::Eq | Op::In | Op::StartsWith | Op::Ge | Op::Le => Need::Default,
            Op::EndsWith if matches!(property, "mail" | "userPrincipalName") => Need::Advanced,
            _ => Need::Never,
        },
        "otherMails" | "proxyAddresses" => match op {
            _ if !any => Need::Never,
            _ if negative => Need::Advanced,
            Op::Eq | Op::StartsWith => Need::Default,
            Op::In if property == "otherMails" => Need::Default,
            Op::EndsWith => Need::Advanced,
            _ => Need::Never,
        },
        "businessPhones" => match op {
            _ if !any => Need::Never,
            _ if negative => Need::Advanced,
            Op::Eq | Op::StartsWith => Need::Default,
            _ => Need::Never,
        },
        "mobilePhone" => match op {
            Op::Eq | Op::Ne | Op::In | Op::StartsWith if !any => Need::Advanced,
            _ => Need::Never,
        },
        "onPremisesSyncEnabled" | "accountEnabled" | "userType" => match op {
            _ if any => Need::Never,
            _ if negative => Need::Advanced,
            Op::Eq | Op::In => Need::Default,
            _ => Need::Never,
        },
        "passwordPolicies" => match op {
            Op::Eq | Op::Ne => Need::Advanced,
            _ => Need::Never,
        },
        "id" => match op {
            _ if negative => Need::Advanced,
            Op::Eq | Op::In => Need::Default,
            _ => Need::Never,
        },
        "createdDateTime" => match op {
            _ if negative => Need::Advanced,
            Op::Eq | Op::Ge | Op::Le | Op::In => Need::Default,
            _ => Need::Never,
        },
        "signInActivity" => match op {
            Op::Eq | Op::Ge | Op::Le if !negative => Need::Default,
            _ => Need::Never,
        },
        _ => Need::Never,
    }
}

/// Refuses tests that a user does not take, or that need the advanced form which was not asked for.
pub(in crate::sandbox) fn check_filter(filter: &Filter, advanced: bool) -> Result<(), Fault> {
    let tests = filter.tests();
    let activity = tests
        .iter()
        .any(|(test, _)| test.property() == "signInActivity");
    if activity && tests.len() > 1 {
        return Err(invalid_clause("signInActivity"));
    }
    for (test, negated) in tests {
        match need(test.property(), test.op, negated, test.any.is_some()) {
            Need::Default => {}
            Need::Advanced if advanced => {}
            Need::Advanced if test.op == Op::EndsWith => {
                return Err(fault::unsupported_query(
                    "Operator 'endsWith' is not supported because the required parameters might be missing. Try adding \
                     $count=true query parameter and ConsistencyLevel:eventual header.",
                ));
            }
            Need::Advanced | Need::Never => return Err(invalid_clause(test.property())),
        }
    }
    Ok(())
}

fn invalid_clause(property: &str) -> Fault {
    fault::unsupported_query(format!(
        "Unsupported or invalid query filter clause specified for property '{property}' of resource 'User'."
    ))
}

/// Refuses an order that users do not take.
pub(in crate::sandbox) fn check_order(
    order: &str,
    filtered: bool,
    advanced: bool,
) -> Result<(), Fault> {
    for clause in order.split(',') {
        let mut words = clause.split_whitespace();
        let name = words.next().unwrap_or_default();
        let direction = words.next().unwrap_or("asc");
        let known = matches!(
            name,
            "displayName" | "userPrincipalName" | "createdDateTime"
        );
        if !known || !matches!(direction, "asc" | "desc") || words.next().is_some() {
            return Err(fault::unsupported_query(format!(
                "Unsupported sort property '{name}' for User."
            )));
        }
    }
    if filtered && !advanced {
        return Err(fault::unsupported_query(
            "Sorting not supported for current query.",
        ));
    }
    Ok(())
}

/// A `$search` expression: any of the groups, each with all of its clauses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Search {
    groups: Vec<Vec<(String, String)>>,
}

impl Search {
    /// Reads `"displayName:kim" OR "mail:kim"`.
    pub(in crate::sandbox) fn parse(text: &str) -> Result<Search, Fault> {
        let wrong = || {
            let message = "Syntax error: character '\"' is expected around each clause of $search.";
            fault::malformed(message).breach(message)
        };
        let mut groups = vec![Vec::new()];
        let mut rest = text.trim();
        while !rest.is_empty() {
            let quoted = rest.strip_prefix('"').ok_or_else(wrong)?;
            let (clause, after) = quoted.split_once('"').ok_or_else(wrong)?;
            let (property, value) = clause.split_once(':').ok_or_else(wrong)?;
            // The page names more properties, but only these two are certain.
            if !matches!(property, "displayName" | "mail") {
                return Err(fault::unsupported_query(format!(
                    "Unsupported search clause for property '{property}' of resource 'User'."
                )));
            }
            if let Some(group) = groups.last_mut() {
                group.push((property.to_owned(), value.to_lowercase()));
            }
            rest = after.trim_start();
            if let Some(next) = rest.strip_prefix("AND ") {
                rest = next.trim_start();
            } else if let Some(next) = rest.strip_prefix("OR ") {
                groups.push(Vec::new());
                rest = next.trim_start();
            } else if !rest.is_empty() {
                return Err(wrong());
            }
        }
        if groups.iter().any(Vec::is_empty) {
            return Err(wrong());
        }
        Ok(Search { groups })
    }

    /// Whether a row passes: every word of the value begins a word of the property.
    pub(in crate::sandbox) fn matches(&self, row: &Value) -> bool {
        self.groups.iter().any(|group| {
            group.iter().all(|(property, wanted)| {
                let found = row
                    .get(property)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_lowercase();
                words(wanted).all(|word| words(&found).any(|one| one.starts_with(word)))
            })
        })
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(filter: &str, advanced: bool) -> Result<(), Fault> {
        check_filter(&Filter::parse(filter).unwrap(), advanced)
    }

    #[test]
    fn mobile_phone_needs_the_advanced_form_for_everything() {
        let fault = check("mobilePhone eq '+44 7700900101'", false).unwrap_err();
        assert_eq!(
            fault.message,
            "Unsupported or invalid query filter clause specified for property 'mobilePhone' of resource 'User'."
        );
        assert!(check("mobilePhone eq '+44 7700900101'", true).is_ok());
        assert!(check("endsWith(mobilePhone,'1')", true).is_err());
    }

    #[test]
    fn the_table_of_the_page_holds() {
        assert!(check("userPrincipalName eq 'x'", false).is_ok());
        assert!(check("startsWith(displayName,'x')", false).is_ok());
        assert!(
            check("endsWith(mail,'x')", false)
                .unwrap_err()
                .message
                .contains("ConsistencyLevel")
        );
        assert!(check("endsWith(mail,'x')", true).is_ok());
        assert!(check("endsWith(displayName,'x')", true).is_err());
        assert!(check("displayName ne 'x'", false).is_err());
        assert!(check("not(displayName eq 'x')", true).is_ok());
        assert!(check("otherMails/any(x:x eq 'a@b.c')", false).is_ok());
        assert!(check("proxyAddresses/any(p:p eq 'smtp:a@b.c')", false).is_ok());
        assert!(check("otherMails eq 'a@b.c'", false).is_err());
        assert!(check("aboutMe eq 'x'", true).is_err());
        assert!(
            check(
                "signInActivity/lastSignInDateTime le 2026-01-01 and accountEnabled eq true",
                true
            )
            .is_err()
        );
    }

    #[test]
    fn search_looks_for_beginnings_of_words() {
        let kim = json!({"displayName": "Ada Okafor", "mail": "ada@contoso.com"});
        assert!(Search::parse("\"displayName:oka\"").unwrap().matches(&kim));
        assert!(
            !Search::parse("\"displayName:kafor\"")
                .unwrap()
                .matches(&kim)
        );
        assert!(
            Search::parse("\"displayName:zed\" OR \"mail:ada\"")
                .unwrap()
                .matches(&kim)
        );
        assert!(
            !Search::parse("\"displayName:zed\" AND \"mail:ada\"")
                .unwrap()
                .matches(&kim)
        );
        assert!(Search::parse("displayName:oka").is_err());
        assert!(Search::parse("\"jobTitle:x\"").is_err());
    }

    #[test]
    fn ordering_a_filtered_list_is_advanced() {
        assert!(check_order("displayName desc", false, false).is_ok());
        assert!(check_order("displayName", true, false).is_err());
        assert!(check_order("displayName", true, true).is_ok());
        assert!(check_order("mobilePhone", false, true).is_err());
    }
}
