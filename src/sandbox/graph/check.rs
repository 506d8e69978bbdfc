//! Checks of bodies and values that several routes share.

use serde_json::{Map, Value};

use super::super::properties;
use super::super::stamp;
use super::super::tenant::Tenant;
use super::fault::{self, Fault};

const UPN_MAX: usize = 113;
const LOCAL_MAX: usize = 64;
const DOMAIN_MAX: usize = 48;
const NICKNAME_MAX: usize = 64;
const NAME_MAX: usize = 256;
const OTHER_MAILS_MAX: usize = 250;

/// Every member of the body must be a property of the type.
pub(super) fn names(body: &Map<String, Value>, known: &[&str], kind: &str) -> Result<(), Fault> {
    match body
        .keys()
        .find(|name| !name.starts_with('@') && !known.contains(&name.as_str()))
    {
        Some(name) => Err(fault::no_such_property(name, kind)),
        None => Ok(()),
    }
}

/// A required property is absent.
pub(super) fn missing(name: &str) -> Fault {
    let message = format!("A value is required for property '{name}' of resource 'User'.");
    fault::bad_request(message.clone()).breach(message)
}

/// A value has another JSON type than the metadata says.
pub(super) fn wrong_type(name: &str) -> Fault {
    let message = format!("Cannot convert the literal of property '{name}' to the expected type.");
    fault::malformed(message.clone()).breach(message)
}

/// Types and values of a user's properties.
pub(super) fn values(body: &Map<String, Value>) -> Result<(), Fault> {
    for (name, value) in body {
        let right_type = match name.as_str() {
            "accountEnabled" => value.is_boolean(),
            "showInAddressList" | "isResourceAccount" => value.is_boolean() || value.is_null(),
            "businessPhones" | "otherMails" => texts(value).is_some(),
            "passwordProfile" => value.is_object(),
            "displayName" | "mailNickname" | "userPrincipalName" => value.is_string(),
            "identities" | "assignedLicenses" | "imAddresses" => value.is_array(),
            _ => value.is_string() || value.is_null(),
        };
        if !right_type {
            return Err(wrong_type(name));
        }
        let text = value.as_str().unwrap_or_default();
        let length = text.chars().count();
        match name.as_str() {
            "displayName" if length == 0 || length > NAME_MAX => {
                return Err(fault::invalid_value("displayName"));
            }
            "mailNickname" if !nickname(text) => return Err(fault::invalid_value("mailNickname")),
            "usageLocation" if value.is_string() && !country(text) => {
                return Err(fault::invalid_value("usageLocation"));
            }
            "userType" if value.is_string() && !matches!(text, "Member" | "Guest") => {
                return Err(fault::invalid_value("userType"));
            }
            "passwordPolicies" if value.is_string() && !policies(text) => {
                return Err(fault::invalid_value("passwordPolicies"));
            }
            "mobilePhone" if length > 64 => return Err(fault::invalid_value("mobilePhone")),
            "businessPhones" if texts(value).is_some_and(|all| all.len() > 1) => {
                return Err(fault::invalid_value("businessPhones"));
            }
            "otherMails" => {
                let all = texts(value).unwrap_or_default();
                let fits = |one: &&str| one.len() <= OTHER_MAILS_MAX && address(one);
                if all.len() > OTHER_MAILS_MAX || !all.iter().all(fits) {
                    return Err(fault::invalid_value("otherMails"));
                }
            }
            "id"
            | "createdDateTime"
            | "deletedDateTime"
            | "isManagementRestricted"
            | "signInActivity" => {
                let message = format!("Property '{name}' is read-only and cannot be set.");
                return Err(fault::bad_request(message.clone()).breach(message));
            }
            _ => {}
        }
    }
    Ok(())
}

fn texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

fn nickname(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= NICKNAME_MAX
        && text.is_ascii()
        && !text.contains(['@', ' ', '(', ')', '<', '>', '"'])
}

fn country(text: &str) -> bool {
    text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase())
}

fn policies(text: &str) -> bool {
    !text.is_empty()
        && text.split(", ").all(|one| {
            matches!(
                one,
                "None" | "DisablePasswordExpiration" | "DisableStrongPassword"
            )
        })
}

/// Whether the text looks like a mail address.
pub(super) fn address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
    }) && !text.contains(char::is_whitespace)
}

/// A user principal name: form, domain, and nobody else has it. `own` is the user being renamed.
pub(super) fn upn(tenant: &Tenant, upn: &str, own: Option<&str>) -> Result<(), Fault> {
    let invalid = || {
        fault::bad_request("Property userPrincipalName is invalid.")
            .detail("InvalidValue", Some("userPrincipalName"))
    };
    let (local, domain) = upn.split_once('@').ok_or_else(invalid)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "'.-_!#^~".contains(c);
    let form = !local.is_empty()
        && local.chars().all(allowed)
        && !local.ends_with('.')
        && upn.len() <= UPN_MAX
        && local.len() <= LOCAL_MAX
        && domain.len() <= DOMAIN_MAX
        && !domain.contains('@');
    if !form {
        return Err(invalid());
    }
    if tenant.domain(domain).is_none() {
        return Err(fault::bad_request(
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain \
             names in your organization.",
        )
        .detail("InvalidValue", Some("userPrincipalName")));
    }
    let other = |id: &str| own.is_none_or(|own| !own.eq_ignore_ascii_case(id));
    if tenant.user(upn).is_some_and(|user| other(user.id())) {
        return Err(fault::taken("userPrincipalName"));
    }
    // A soft-deleted user keeps its old name reserved behind the id it was prefixed with.
    let reserved = tenant.deleted.iter().any(|user| {
        let kept = user
            .upn()
            .strip_prefix(&user.id().replace('-', ""))
            .unwrap_or(user.upn());
        kept.eq_ignore_ascii_case(upn) && other(user.id())
    });
    if reserved {
        return Err(fault::taken("userPrincipalName"));
    }
    let alias = format!("smtp:{upn}").to_lowercase();
    let aliased = tenant.users.iter().any(|user| {
        let aliases = user
            .props
            .get("proxyAddresses")
            .and_then(texts)
            .unwrap_or_default();
        aliases.iter().any(|one| one.to_lowercase() == alias) && other(user.id())
    });
    if aliased {
        Err(fault::taken("proxyAddresses"))
    } else {
        Ok(())
    }
}

/// The parts of a `passwordProfile`.
pub(super) struct Profile {
    /// New password.
    pub(super) password: Option<String>,
    /// Whether the next sign-in must change it; not said = as it was.
    pub(super) force: Option<bool>,
}

/// Reads the `passwordProfile` of a body.
pub(super) fn password_profile(body: &Map<String, Value>) -> Result<Profile, Fault> {
    let Some(profile) = body.get("passwordProfile").and_then(Value::as_object) else {
        return Err(wrong_type("passwordProfile"));
    };
    names(profile, properties::PASSWORD_PROFILE, "passwordProfile")?;
    let flag = |name: &str| match profile.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(wrong_type(name)),
    };
    let password = match profile.get("password") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err(wrong_type("password")),
    };
    let plain = flag("forceChangePasswordNextSignIn")?;
    let with_mfa = flag("forceChangePasswordNextSignInWithMfa")?;
    let force = match (plain, with_mfa) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(false) || b.unwrap_or(false)),
    };
    Ok(Profile { password, force })
}

/// The object id at the end of an `@odata.id` link to this host.
pub(super) fn linked_id(body: &Map<String, Value>, origin: &str) -> Result<String, Fault> {
    let wrong = |rule: &str| {
        Err(
            fault::malformed("Invalid URL format specified in @odata.id for the reference.")
                .breach(rule.to_owned()),
        )
    };
    let Some(link) = body
        .get("@odata.id")
        .and_then(Value::as_str)
        .filter(|_| body.len() == 1)
    else {
        return wrong("the body of $ref is one @odata.id");
    };
    let Some(path) = link
        .strip_prefix(origin)
        .and_then(|rest| rest.strip_prefix("/v1.0/"))
    else {
        return wrong("@odata.id is not a link to this host's v1.0");
    };
    let mut parts = path.split('/');
    let collection = parts.next().unwrap_or_default();
    let id = parts.next().unwrap_or_default();
    let known = matches!(
        collection,
        "users" | "directoryObjects" | "groups" | "servicePrincipals"
    );
    if !known || !stamp::is_guid(id) || parts.next().is_some() {
        return wrong("@odata.id does not name one object by id");
    }
    Ok(id.to_owned())
}
