//! Identifiers that are parsed once and trusted afterwards: users and tenants.
//!
//! Refuses by rule and says which; never guesses.

use crate::error::{Error, ErrorCode, Result};
use crate::policy::names;

/// A user as the command line named it: an object id or a user principal name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserId {
    /// Object id: a GUID in lower case with hyphens.
    Object(String),
    /// User principal name, as given.
    Upn(String),
}

impl UserId {
    /// Parses what a person typed. Braces and upper case of a GUID are normalised; blanks around it are trimmed.
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
        if let Some(guid) = guid(trimmed) {
            if guid == "00000000-0000-0000-0000-000000000000" {
                return Err(refused(
                    text,
                    "the all-zero id names nobody",
                    "Give the user's object id or user principal name.",
                ));
            }
            return Ok(UserId::Object(guid));
        }
        if trimmed.is_empty() {
            return Err(refused(
                text,
                "it is empty",
                "Give a user principal name or an object id.",
            ));
        }
        if trimmed.len() == 32 && trimmed.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refused(
                text,
                "an object id has hyphens",
                "Write it as 8-4-4-4-12 hexadecimal digits.",
            ));
        }
        if !trimmed.contains('@') {
            return Err(refused(
                text,
                "it is neither an object id (GUID) nor a user principal name (name@domain)",
                "Give the full user principal name, such as ada@contoso.com.",
            ));
        }
        match names::check_upn(trimmed) {
            Ok(()) => Ok(UserId::Upn(trimmed.to_owned())),
            Err(problem) => Err(refused(text, &problem.why(), &problem.fix())),
        }
    }

    /// The identifier as it goes into a path segment (before encoding).
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            UserId::Object(id) | UserId::Upn(id) => id,
        }
    }

    /// Domain of a user principal name.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        match self {
            UserId::Object(_) => None,
            UserId::Upn(upn) => upn.rsplit_once('@').map(|(_, domain)| domain),
        }
    }

    /// Whether this names the given account, by id or by name (ASCII case-insensitive).
    #[must_use]
    pub fn names(&self, id: &str, upn: &str) -> bool {
        match self {
            UserId::Object(own) => own.eq_ignore_ascii_case(id),
            UserId::Upn(own) => own.eq_ignore_ascii_case(upn),
        }
    }
}

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

fn refused(text: &str, rule: &str, fix: &str) -> Error {
    let shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    Error::new(ErrorCode::BadInput, format!("'{shown}' cannot be a user."))
        .why(format!("Rule: {rule}").trim_end_matches('.').to_owned() + ".")
        .fix(fix)
}

/// A GUID in canonical form, from the hyphenated form with or without braces.
#[must_use]
pub fn guid(text: &str) -> Option<String> {
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(text);
    let parts: Vec<&str> = inner.split('-').collect();
    let lengths = [8, 4, 4, 4, 12];
    let fits = parts.len() == 5
        && parts.iter().zip(lengths).all(|(part, length)| {
            part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit())
        });
    fits.then(|| inner.to_ascii_lowercase())
}

/// A tenant as the sign-in service takes it in a path: id or domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantId(String);

impl TenantId {
    /// Checks the characters that may reach a URL.
    pub fn parse(text: &str) -> Result<Self> {
        let fine = !text.is_empty()
            && text.len() <= 253
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
            && !text.contains("..")
            && !text.starts_with(['.', '-']);
        if fine {
            return Ok(TenantId(text.to_owned()));
        }
        let shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
        Err(Error::new(
            ErrorCode::BadInput,
            format!("'{shown}' cannot be a tenant."),
        )
        .why("Rule: a tenant is an id (GUID) or a domain of letters, digits, dots and hyphens.")
        .fix("Give --tenant as the tenant id, or a domain such as contoso.onmicrosoft.com."))
    }

    /// The tenant as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names one tenant, not `common`, `organizations` or `consumers`.
    #[must_use]
    pub fn is_one(&self) -> bool {
        !["common", "organizations", "consumers"]
            .iter()
            .any(|name| self.0.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_are_normalised() {
        let id = UserId::parse("{62E90394-69F5-4237-9190-012177145E10}").unwrap();
        assert_eq!(
            id,
            UserId::Object("62e90394-69f5-4237-9190-012177145e10".into())
        );
        assert!(UserId::parse("62E9039469F542379190012177145E10").is_err());
        assert!(UserId::parse("00000000-0000-0000-0000-000000000000").is_err());
    }

    #[test]
    fn reserved_words_and_paths_are_refused() {
        for text in [
            "",
            "me",
            "../groups/x",
            "%2e%2e%2fusers",
            "$batch@c.com",
            "a@b@c.com",
            "x.@c.com",
            "\u{430}dmin@c.com",
            "a\u{200d}b@c.com",
        ] {
            assert!(UserId::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn valid_names_pass() {
        for text in [
            "o'brien@c.com",
            "ext_x.com#EXT#@c.onmicrosoft.com",
            " ada@contoso.com\n",
        ] {
            assert!(UserId::parse(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn tenants_cannot_leave_their_segment() {
        assert!(TenantId::parse("contoso.onmicrosoft.com").is_ok());
        for text in ["", "evil.com/../contoso.com", "a..b", "x?y", ".a"] {
            assert!(TenantId::parse(text).is_err(), "{text}");
        }
        assert!(!TenantId::parse("Common").unwrap().is_one());
    }
}
