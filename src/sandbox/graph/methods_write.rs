//! Adding and changing e-mail addresses, phones and Temporary Access Passes.

use serde_json::{Map, Value, json};

use super::super::properties;
use super::super::rules::Action;
use super::super::tenant::{Password, User};
use super::super::wire::Reply;
use super::super::{seed, stamp};
use super::fault::{self, Fault, empty_reply, json_reply};
use super::request::Exchange;
use super::{audit, check, methods};

const BASE: &str = "/users/{id}/authentication";
const PHONE_TYPES: [&str; 3] = ["mobile", "alternateMobile", "office"];
const ADDED: &str = "Admin registered security info";
const CHANGED: &str = "Admin updated security info";

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

/// Puts a method in place of one with the same id, or adds it.
fn put(x: &mut Exchange<'_>, user: &User, method: Value, activity: &str) {
    if let Some(held) = x.tenant.user_mut(user.id()) {
        match held
            .methods
            .iter_mut()
            .find(|one| one["id"] == method["id"])
        {
            Some(place) => *place = method,
            None => held.methods.push(method),
        }
    }
    x.touch();
    audit::about_user(x, activity, "Authentication Methods", user);
}

fn created(x: &Exchange<'_>, user: &User, collection: &str, status: u16, method: Value) -> Reply {
    let mut body = methods::untyped(method);
    body["@odata.context"] = json!(x.context(&format!(
        "users('{}')/authentication/{collection}/$entity",
        user.id()
    )));
    json_reply(status, body)
}

/// `POST …/emailMethods`.
pub(super) fn add_email(x: &mut Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    let user = methods::user(x, key)?;
    x.require_methods_write(&format!("POST {BASE}/emailMethods"), &user, Action::Methods)?;
    let address = email_address(x)?;
    if user.methods_of("email").next().is_some() {
        return Err(fault::method_refused(
            "An email method is already registered for this user.",
        ));
    }
    let mut method = seed::email_method(&address);
    method["createdDateTime"] = Value::Null;
    put(x, &user, method.clone(), ADDED);
    Ok(created(x, &user, "emailMethods", 201, method))
}

/// `PATCH …/emailMethods/{id}`.
pub(super) fn change_email(x: &mut Exchange<'_>, key: &str, id: &str) -> Result<Reply, Fault> {
    let user = methods::user(x, key)?;
    x.require_methods_write(
        &format!("PATCH {BASE}/emailMethods/{{id}}"),
        &user,
        Action::Methods,
    )?;
    let address = email_address(x)?;
    let found = user
        .methods_of("email")
        .find(|method| method["id"] == id)
        .cloned();
    let mut method = found.ok_or_else(fault::method_not_found)?;
    method["emailAddress"] = json!(address);
    put(x, &user, method, CHANGED);
    Ok(empty_reply(204))
}

fn email_address(x: &Exchange<'_>) -> Result<String, Fault> {
    let body = x.body()?;
    check::names(&body, properties::EMAIL_METHOD, "emailAuthenticationMethod")?;
    let address = text(&body, "emailAddress").filter(|address| check::address(address));
    address
        .map(str::to_owned)
        .ok_or_else(|| fault::method_refused("The email address is not valid."))
}

/// The form `+{country code} {number}x{extension}`; the blank counts.
fn phone_number(number: &str) -> bool {
    let Some((country, rest)) = number
        .strip_prefix('+')
        .and_then(|rest| rest.split_once(' '))
    else {
        return false;
    };
    let (subscriber, extension) = rest
        .split_once('x')
        .map_or((rest, None), |(a, b)| (a, Some(b)));
    let digits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    digits(country, 1, 3)
        && digits(subscriber, 4, 15)
        && extension.is_none_or(|text| digits(text, 1, 7))
}

fn read_phone(x: &Exchange<'_>) -> Result<(String, Option<String>), Fault> {
    let body = x.body()?;
    check::names(&body, properties::PHONE_METHOD, "phoneAuthenticationMethod")?;
    if body.contains_key("smsSignInState") {
        return Err(fault::method_refused("smsSignInState is read-only.")
            .breach("smsSignInState is read-only"));
    }
    let kind = text(&body, "phoneType").map(str::to_owned);
    if kind
        .as_deref()
        .is_some_and(|kind| !PHONE_TYPES.contains(&kind))
    {
        return Err(fault::method_refused("The phone type is not valid.")
            .breach("phoneType is not of the enumeration"));
    }
    let number = text(&body, "phoneNumber").unwrap_or_default();
    if !phone_number(number) {
        return Err(fault::invalid_phone_number());
    }
    Ok((number.to_owned(), kind))
}

/// `POST …/phoneMethods`.
pub(super) fn add_phone(x: &mut Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    let user = methods::user(x, key)?;
    x.require_methods_write(&format!("POST {BASE}/phoneMethods"), &user, Action::Methods)?;
    let (number, kind) = read_phone(x)?;
    let Some(kind) = kind else {
        return Err(fault::method_refused("phoneType is required.").breach("phoneType is missing"));
    };
    let has = |wanted: &str| {
        user.methods_of("phone")
            .any(|method| method["phoneType"] == wanted)
    };
    if has(&kind) {
        return Err(fault::method_refused(
            "A phone method of this type is already registered for this user.",
        ));
    }
    if kind == "alternateMobile" && !has("mobile") {
        return Err(fault::method_refused(
            "An alternate mobile phone needs a mobile phone first.",
        ));
    }
    let mut method = seed::phone_method(&kind, &number);
    method["createdDateTime"] = Value::Null;
    put(x, &user, method.clone(), ADDED);
    Ok(created(x, &user, "phoneMethods", 201, method))
}

/// `PATCH …/phoneMethods/{id}`.
pub(super) fn change_phone(x: &mut Exchange<'_>, key: &str, id: &str) -> Result<Reply, Fault> {
    let user = methods::user(x, key)?;
    x.require_methods_write(
        &format!("PATCH {BASE}/phoneMethods/{{id}}"),
        &user,
        Action::Methods,
    )?;
    let (number, kind) = read_phone(x)?;
    let found = user
        .methods_of("phone")
        .find(|method| method["id"] == id)
        .cloned();
    let mut method = found.ok_or_else(fault::method_not_found)?;
    if kind.is_some_and(|kind| method["phoneType"] != kind.as_str()) {
        return Err(fault::method_refused(
            "The type of a phone method cannot be changed.",
        ));
    }
    method["phoneNumber"] = json!(number);
    let whole = method["phoneType"] == "alternateMobile";
    put(x, &user, method.clone(), CHANGED);
    // Pages disagree between 204 and 200 with the object: one kind answers the older way.
    Ok(if whole {
        created(x, &user, "phoneMethods", 200, method)
    } else {
        empty_reply(204)
    })
}

/// `POST …/phoneMethods/{id}/enableSmsSignIn` and `disableSmsSignIn`.
pub(super) fn sms_sign_in(
    x: &mut Exchange<'_>,
    key: &str,
    id: &str,
    verb: &str,
) -> Result<Reply, Fault> {
    let user = methods::user(x, key)?;
    x.require_methods_write(
        &format!("POST {BASE}/phoneMethods/{{id}}/{verb}"),
        &user,
        Action::Methods,
    )?;
    let found = user
        .methods_of("phone")
        .find(|method| method["id"] == id)
        .cloned();
    let mut method = found.ok_or_else(fault::method_not_found)?;
    method["smsSignInState"] = json!(if verb == "enableSmsSignIn" {
        "ready"
    } else {
        "notEnabled"
    });
    put(x, &user, method, CHANGED);
    Ok(empty_reply(204))
}

/// `POST …/temporaryAccessPassMethods`: makes a pass, in place of an older one.
pub(super) fn issue_access_pass(x: &mut Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    let user = methods::user(x, key)?;
    x.require_methods_write(
        &format!("POST {BASE}/temporaryAccessPassMethods"),
        &user,
        Action::AccessPass,
    )?;
    let body = x.body()?;
    check::names(
        &body,
        &[
            "@odata.type",
            "startDateTime",
            "lifetimeInMinutes",
            "isUsableOnce",
        ],
        "temporaryAccessPassAuthenticationMethod",
    )?;
    if user.guest() {
        return Err(fault::method_refused(
            "Temporary Access Pass cannot be added to an external guest user.",
        ));
    }
    let all = x.tenant.methods_policy["authenticationMethodConfigurations"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let policy = all
        .into_iter()
        .find(|one| one["id"] == "TemporaryAccessPass")
        .unwrap_or_default();
    if policy["state"] != "enabled" {
        return Err(fault::method_refused(
            "Converged UserCredentialPolicy does not allow creating or updating a Temporary Access Pass.",
        ));
    }
    let figure = |name: &str| policy[name].as_i64().unwrap_or(60);
    let lifetime = match body.get("lifetimeInMinutes") {
        None | Some(Value::Null) => figure("defaultLifetimeInMinutes"),
        Some(value) => value
            .as_i64()
            .ok_or_else(|| check::wrong_type("lifetimeInMinutes"))?,
    };
    let (least, most) = (
        figure("minimumLifetimeInMinutes").max(10),
        figure("maximumLifetimeInMinutes").min(43_200),
    );
    if !(least..=most).contains(&lifetime) {
        return Err(fault::method_refused(format!(
            "lifetimeInMinutes must be between {least} and {most}."
        )));
    }
    let forced = policy["isUsableOnce"] == true;
    let once = match body.get("isUsableOnce") {
        None | Some(Value::Null) => forced,
        Some(Value::Bool(once)) => *once,
        Some(_) => return Err(check::wrong_type("isUsableOnce")),
    };
    if forced && !once {
        return Err(fault::method_refused(
            "The policy allows one-time passes only.",
        ));
    }
    let start = match text(&body, "startDateTime") {
        None => x.now,
        Some(text) => stamp::parse(text).ok_or_else(|| check::wrong_type("startDateTime"))?,
    };
    let mut method = json!({
        "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethod", "id": stamp::new_id(),
        "createdDateTime": stamp::iso(x.now, 7), "startDateTime": stamp::iso(start, 0),
        "lifetimeInMinutes": lifetime, "isUsableOnce": once,
    });
    methods::usability(&mut method, x.now);
    // The server may round the present down to the second it starts in.
    if start <= x.now {
        method["isUsable"] = json!(true);
        method["methodUsabilityReason"] = json!("EnabledByPolicy");
    }
    if let Some(held) = x.tenant.user_mut(user.id()) {
        held.methods
            .retain(|one| super::super::tenant::method_kind(one) != "temporaryAccessPass");
    }
    let code = code(usize::try_from(figure("defaultLength")).unwrap_or(8));
    if let Some(held) = x.tenant.user_mut(user.id()) {
        held.access_pass = Some(Password::new(&code));
    }
    put(x, &user, method.clone(), ADDED);
    // The code is shown in this answer and nowhere else.
    method["temporaryAccessPass"] = json!(code);
    Ok(created(x, &user, "temporaryAccessPassMethods", 201, method))
}

fn code(length: usize) -> String {
    const SET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789!%&*#";
    let bytes = stamp::random::<48>();
    bytes
        .iter()
        .take(length.clamp(8, 48))
        .map(|byte| {
            char::from(
                SET.get(usize::from(*byte) % SET.len())
                    .copied()
                    .unwrap_or(b'x'),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_need_the_blank_after_the_country_code() {
        assert!(phone_number("+1 2065555555") && phone_number("+1 2065555555x1234"));
        for wrong in [
            "+12065555555",
            "1 2065555555",
            "+1 206 555 5555",
            "+1 2065555555x",
            "",
            "+1 ",
        ] {
            assert!(!phone_number(wrong), "{wrong}");
        }
    }

    #[test]
    fn codes_differ_and_have_the_length_of_the_policy() {
        assert_eq!(code(12).len(), 12);
        assert_ne!(code(12), code(12));
    }
}
