//! Reading and deleting authentication methods.

use serde_json::{Value, json};

use super::super::rules::{self, Action};
use super::super::stamp;
use super::super::tenant::{User, method_kind};
use super::super::wire::Reply;
use super::audit;
use super::fault::{self, Fault, empty_reply, json_reply};
use super::request::Exchange;

/// The one password method.
pub(super) const PASSWORD_ID: &str = "28c10230-6103-485e-b985-444c60001490";

/// Collections below `authentication` and the kind of method in each.
pub(super) const COLLECTIONS: [(&str, &str); 9] = [
    ("emailMethods", "email"),
    ("phoneMethods", "phone"),
    ("temporaryAccessPassMethods", "temporaryAccessPass"),
    ("fido2Methods", "fido2"),
    ("microsoftAuthenticatorMethods", "microsoftAuthenticator"),
    ("softwareOathMethods", "softwareOath"),
    ("windowsHelloForBusinessMethods", "windowsHelloForBusiness"),
    ("platformCredentialMethods", "platformCredential"),
    ("passwordMethods", "password"),
];

/// Kind of method in a collection.
pub(super) fn kind_of(collection: &str) -> Option<&'static str> {
    COLLECTIONS
        .iter()
        .find(|(name, _)| *name == collection)
        .map(|(_, kind)| *kind)
}

/// The user of a methods path; the service says 404 its own way.
pub(super) fn user(x: &Exchange<'_>, key: &str) -> Result<User, Fault> {
    x.visible_user(key).ok_or_else(fault::method_not_found)
}

fn password_method(user: &User) -> Option<Value> {
    // A guest's password lives in the home tenant.
    (!user.guest()).then(|| {
        json!({
            "@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": PASSWORD_ID, "password": null,
            "createdDateTime": user.text("createdDateTime"),
        })
    })
}

/// All methods of a user as the caller sees them.
fn seen(x: &Exchange<'_>, user: &User) -> Vec<Value> {
    let full = rules::sees_phone_numbers(x.tenant, x.caller, user.id());
    let shown = |method: &Value| {
        let mut method = method.clone();
        match method_kind(&method) {
            "phone" if !full => {
                let masked = mask(method["phoneNumber"].as_str().unwrap_or_default());
                method["phoneNumber"] = json!(masked);
            }
            "temporaryAccessPass" => usability(&mut method, x.now),
            _ => {}
        }
        method
    };
    password_method(user)
        .into_iter()
        .chain(user.methods.iter().map(shown))
        .collect()
}

/// Country code, then crosses for all but the last two digits.
fn mask(number: &str) -> String {
    let (country, rest) = number.split_once(' ').unwrap_or(("", number));
    let length = rest.chars().count();
    let hidden: String = rest
        .chars()
        .enumerate()
        .map(|(at, c)| if at + 2 < length { 'X' } else { c })
        .collect();
    format!("{country} {hidden}")
}

/// Fills whether an access pass can be used now; the code itself is never shown again.
pub(super) fn usability(method: &mut Value, now_ms: i64) {
    let start = method["startDateTime"]
        .as_str()
        .and_then(stamp::parse)
        .unwrap_or(0);
    let minutes = method["lifetimeInMinutes"].as_i64().unwrap_or(0);
    let reason = if method["methodUsabilityReason"] == "OneTimeUsed" {
        "OneTimeUsed"
    } else if now_ms < start {
        "NotYetValid"
    } else if now_ms >= start + minutes * 60_000 {
        "Expired"
    } else {
        "EnabledByPolicy"
    };
    method["isUsable"] = json!(reason == "EnabledByPolicy");
    method["methodUsabilityReason"] = json!(reason);
    method["temporaryAccessPass"] = Value::Null;
}

/// Members of a collection carry no type: it is the only one there.
pub(super) fn untyped(mut method: Value) -> Value {
    if let Some(props) = method.as_object_mut() {
        props.remove("@odata.type");
    }
    method
}

/// `GET /users/{id}/authentication/methods` or one of the collections.
pub(super) fn list(x: &Exchange<'_>, key: &str, collection: &str) -> Result<Reply, Fault> {
    let user = user_for_read(x, key, collection, "")?;
    x.allow_options(&[])?;
    let all = seen(x, &user);
    let rows: Vec<Value> = match kind_of(collection) {
        None => all,
        Some(kind) => all
            .into_iter()
            .filter(|method| method_kind(method) == kind)
            .map(untyped)
            .collect(),
    };
    let tip = collection == "methods" && rows.len() > 3;
    let context = format!("users('{}')/authentication/{collection}", user.id());
    let mut body = json!({"@odata.context": x.context(&context), "value": rows});
    if tip {
        body["@microsoft.graph.tips"] = json!(
            "Use $select to choose only the properties your app needs, as this can lead to performance improvements."
        );
    }
    Ok(json_reply(200, body))
}

/// One method.
pub(super) fn get(x: &Exchange<'_>, key: &str, collection: &str, id: &str) -> Result<Reply, Fault> {
    let user = user_for_read(x, key, collection, "/{id}")?;
    x.allow_options(&[])?;
    let found = seen(x, &user).into_iter().find(|method| {
        method["id"] == id && kind_of(collection).is_none_or(|kind| method_kind(method) == kind)
    });
    let mut body = found.ok_or_else(fault::method_not_found)?;
    if kind_of(collection).is_some() {
        body = untyped(body);
    }
    body["@odata.context"] = json!(x.context(&format!(
        "users('{}')/authentication/{collection}/$entity",
        user.id()
    )));
    Ok(json_reply(200, body))
}

fn user_for_read(x: &Exchange<'_>, key: &str, collection: &str, tail: &str) -> Result<User, Fault> {
    // Kinds that can only be listed and deleted share the permission of their list.
    let one = format!("GET /users/{{id}}/authentication/{collection}{tail}");
    let list = format!("GET /users/{{id}}/authentication/{collection}");
    let endpoint = if super::super::permissions::endpoint(&one).is_some() {
        one
    } else {
        list
    };
    let user = match x.visible_user(key) {
        Some(user) => user,
        None => {
            // Without the permission the answer does not tell whether the user exists.
            x.require_methods_permission(&endpoint)?;
            return Err(fault::method_not_found());
        }
    };
    x.require_methods_read(&endpoint, &user)?;
    Ok(user)
}

/// `DELETE` of one method in a collection.
pub(super) fn delete(
    x: &mut Exchange<'_>,
    key: &str,
    collection: &str,
    id: &str,
) -> Result<Reply, Fault> {
    if collection == "passwordMethods" || collection == "methods" {
        return Err(fault::method_not_allowed(
            "This method cannot be deleted here.",
        ));
    }
    let user = user(x, key)?;
    let endpoint = format!("DELETE /users/{{id}}/authentication/{collection}/{{id}}");
    x.require_methods_write(&endpoint, &user, Action::Methods)?;
    x.allow_options(&[])?;
    let kind = kind_of(collection).unwrap_or_default();
    let at = user
        .methods
        .iter()
        .position(|method| method["id"] == id && method_kind(method) == kind);
    let at = at.ok_or_else(fault::method_not_found)?;
    let removed = user.methods.get(at);
    let alternate = user
        .methods_of("phone")
        .any(|method| method["phoneType"] == "alternateMobile");
    if alternate && removed.is_some_and(|method| method["phoneType"] == "mobile") {
        return Err(fault::method_refused(
            "Cannot delete the default method while other methods are registered.",
        ));
    }
    if let Some(held) = x.tenant.user_mut(user.id()) {
        held.methods.remove(at);
    }
    x.touch();
    audit::about_user(
        x,
        "Admin deleted security info",
        "Authentication Methods",
        &user,
    );
    Ok(empty_reply(204))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_number_keeps_country_code_and_two_digits() {
        assert_eq!(mask("+1 2065550100"), "+1 XXXXXXXX00");
    }

    #[test]
    fn an_access_pass_becomes_usable_and_expires() {
        let mut pass = json!({"startDateTime": "2026-11-20T11:00:00Z", "lifetimeInMinutes": 60, "temporaryAccessPass": "x"});
        let start = stamp::parse("2026-11-20T11:00:00Z").unwrap();
        for (now, reason) in [
            (start - 1, "NotYetValid"),
            (start, "EnabledByPolicy"),
            (start + 3_600_000, "Expired"),
        ] {
            usability(&mut pass, now);
            assert_eq!(pass["methodUsabilityReason"], reason);
            assert_eq!(pass["isUsable"], reason == "EnabledByPolicy");
            assert!(pass["temporaryAccessPass"].is_null());
        }
    }
}
