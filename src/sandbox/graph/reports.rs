//! The registration report: computed from the registered methods, with the gaps the real report has.

use serde_json::{Value, json};

use super::super::odata;
use super::super::properties;
use super::super::rules;
use super::super::stamp;
use super::super::tenant::{User, method_kind};
use super::super::wire::Reply;
use super::fault::{self, Fault};
use super::listing::Shape;
use super::request::Exchange;

const PATH: &str = "GET /reports/authenticationMethods/userRegistrationDetails";
const CONTEXT: &str = "reports/authenticationMethods/userRegistrationDetails";
/// The report is hours old.
const AGE_MS: i64 = 11 * 3_600_000;
const PAGE: usize = 1_000;
const SCAN: usize = 5_000;

const SHAPE: Shape = Shape {
    kind: "userRegistrationDetails",
    context: CONTEXT,
    properties: properties::REGISTRATION_DETAILS,
    defaults: &[],
    collections: &[],
    options: &["$filter", "$orderby", "$skiptoken"],
    page: (PAGE, PAGE),
    filters: properties::REGISTRATION_DETAILS,
};

/// The report's name of a method.
fn registered(method: &Value) -> Option<&'static str> {
    let phone = method.get("phoneType").and_then(Value::as_str);
    Some(match (method_kind(method), phone) {
        ("email", _) => "email",
        ("phone", Some("mobile")) => "mobilePhone",
        ("phone", Some("alternateMobile")) => "alternateMobilePhone",
        ("phone", _) => "officePhone",
        ("microsoftAuthenticator", _) => "microsoftAuthenticatorPush",
        ("softwareOath", _) => "softwareOneTimePasscode",
        ("fido2", _) => "passKeyDeviceBound",
        ("windowsHelloForBusiness", _) => "windowsHelloForBusiness",
        ("temporaryAccessPass", _) => "temporaryAccessPass",
        ("platformCredential", _) => "macOsSecureEnclaveKey",
        ("qrCodePin", _) => "qrCode",
        ("external", _) => "externalAuthMethod",
        // The list of names is open; a client must take one it does not know.
        ("someFuture", _) => "someFutureMethod",
        _ => return None,
    })
}

fn row(x: &Exchange<'_>, user: &User) -> Value {
    let names: Vec<&str> = user.methods.iter().filter_map(registered).collect();
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(name));
    let gates = [
        has(&["email"]),
        has(&["mobilePhone", "alternateMobilePhone"]),
        has(&["microsoftAuthenticatorPush", "softwareOneTimePasscode"]),
    ]
    .into_iter()
    .filter(|gate| *gate)
    .count();
    let admin = rules::is_admin(x.tenant, user.id());
    let allowed = x.tenant.authorization_policy["allowedToUseSSPR"] == true;
    let sspr_registered = gates >= if admin { 2 } else { 1 };
    let sspr_enabled = !admin || allowed;
    let passwordless = has(&["passKeyDeviceBound", "windowsHelloForBusiness"]);
    let mfa = passwordless
        || has(&[
            "mobilePhone",
            "alternateMobilePhone",
            "officePhone",
            "microsoftAuthenticatorPush",
            "softwareOneTimePasscode",
        ]);
    let preferred = if has(&["microsoftAuthenticatorPush"]) {
        "push"
    } else if has(&["mobilePhone"]) {
        "sms"
    } else if has(&["officePhone"]) {
        "voiceOffice"
    } else if has(&["email"]) {
        // Seen in the wild instead of "none".
        ""
    } else if has(&["someFutureMethod"]) {
        "unknownFutureValue"
    } else {
        "none"
    };
    let push = has(&["microsoftAuthenticatorPush"]).then_some("push");
    json!({
        "id": user.id(), "userPrincipalName": user.upn(), "userDisplayName": user.text("displayName"),
        "userType": if user.guest() { "guest" } else { "member" }, "isAdmin": admin,
        "isSsprRegistered": sspr_registered, "isSsprEnabled": sspr_enabled,
        "isSsprCapable": sspr_registered && sspr_enabled, "isMfaRegistered": mfa, "isMfaCapable": mfa,
        "isPasswordlessCapable": passwordless, "methodsRegistered": names,
        "isSystemPreferredAuthenticationMethodEnabled": true,
        "systemPreferredAuthenticationMethods": push.into_iter().collect::<Vec<_>>(),
        "userPreferredMethodForSecondaryAuthentication": preferred,
        "lastUpdatedDateTime": stamp::iso(x.now - AGE_MS, 7),
    })
}

/// Disabled users are not in the report.
fn covered(x: &Exchange<'_>, user: &User) -> bool {
    user.enabled() && user.visible_from <= x.now
}

/// `GET …/userRegistrationDetails`.
pub(super) fn list(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require_reports(PATH)?;
    x.allow_options(SHAPE.options)?;
    let at = |place: usize| {
        x.tenant
            .user_at(place)
            .filter(|user| covered(x, user))
            .map(|user| row(x, &user))
    };
    let all = x.tenant.user_count();
    if x.option("$orderby").is_some() {
        return x.collection((0..all).filter_map(at).collect(), &SHAPE);
    }
    let filter = x
        .option("$filter")
        .map(|text| {
            odata::read_filter(
                text,
                properties::REGISTRATION_DETAILS,
                "userRegistrationDetails",
            )
        })
        .transpose()?;
    let start = x.page_start()?;
    let (mut rows, mut next) = (Vec::new(), None);
    for place in start..all {
        if rows.len() == PAGE || place - start == SCAN {
            next = Some(place);
            break;
        }
        rows.extend(
            at(place).filter(|row| filter.as_ref().is_none_or(|filter| filter.matches(row))),
        );
    }
    Ok(x.page(rows, CONTEXT, next, None))
}

/// `GET …/userRegistrationDetails/{id}`.
pub(super) fn get(x: &Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require_reports(&format!("{PATH}/{{id}}"))?;
    x.allow_options(&[])?;
    // Only object ids are keys here.
    let user = x
        .visible_user(id)
        .filter(|user| stamp::is_guid(id) && covered(x, user));
    let user = user.ok_or_else(|| fault::not_found(id))?;
    x.entity(200, row(x, &user), &SHAPE)
}
