//! The page at which an administrator consents to everything an application declares.
//!
//! Source: Microsoft Learn "Grant tenant-wide admin consent to an application", mid 2026; who may consent to what as the consent
//! pages of Graph say.

use super::aadsts::{self, Refusal};
use super::fields::Fields;
use super::pages::{self, SignInForm};
use super::{Entra, Visit};
use crate::sandbox::roles;
use crate::sandbox::tenant::SignIn;
use crate::sandbox::wire::Reply;

/// Parameters the page knows, those of its own form included.
const KNOWN: &[&str] = &[
    "client_id",
    "redirect_uri",
    "state",
    "scope",
    "login",
    "passwd",
    "mfa",
    "action",
];

impl Entra {
    /// `/{tenant}/adminconsent`.
    pub(super) fn admin_consent(&self, visit: &mut Visit<'_>, segment: &str) -> Reply {
        let form = if visit.request.method == "POST" {
            Fields::of_form(visit)
        } else {
            Fields::default()
        };
        let fields = Fields::of_query(visit).joined(form);
        consent(visit, &fields, segment).unwrap_or_else(|refusal| pages::refused(&refusal))
    }
}

fn consent(visit: &mut Visit<'_>, fields: &Fields, segment: &str) -> Result<Reply, Refusal> {
    fields.check(visit, KNOWN)?;
    let segment = visit.segment(segment)?;
    let client = visit.client(segment, fields.need("client_id")?)?;
    let declared = visit.tenant.declared(&client.client_id);
    let heading = format!(
        "Consent for the organisation: {} asks for {}",
        client.display_name,
        declared.join(", ")
    );
    let target = format!("{}?{}", visit.request.path, visit.request.query);
    let page = |refusal: Option<&Refusal>| {
        pages::sign_in(&SignInForm {
            heading: &heading,
            target: &target,
            hidden: &[],
            device_code: None,
            login: fields.get("login"),
            refusal,
        })
    };
    match fields.get("action") {
        "approve" => {}
        "decline" => return Err(aadsts::CONSENT_DECLINED.into()),
        _ => return Ok(page(None)),
    }
    match approve(visit, fields, &client.client_id) {
        Ok(()) => Ok(pages::message(
            "Consent was given",
            &format!("{} has what it asked for.", client.display_name),
        )),
        Err(refusal) => Ok(page(Some(&refusal))),
    }
}

/// Delegated permissions take an administrator of applications, application permissions one of privileged roles.
fn approve(visit: &mut Visit<'_>, fields: &Fields, client_id: &str) -> Result<(), Refusal> {
    let login = fields.need("login")?.trim();
    visit.changed = true;
    let who = match visit
        .tenant
        .sign_in(login, fields.get("passwd"), visit.now_ms)
    {
        SignIn::Ok {
            object_id,
            must_change: false,
        }
        | SignIn::Pass { object_id } => object_id,
        SignIn::Ok { .. } | SignIn::PasswordExpired => return Err(aadsts::PASSWORD_EXPIRED.into()),
        SignIn::NoSuchUser => return Err(Refusal::about(aadsts::USER_NOT_FOUND, login)),
        SignIn::WrongPassword => return Err(aadsts::WRONG_PASSWORD.into()),
        SignIn::Disabled => return Err(aadsts::USER_DISABLED.into()),
        SignIn::LockedOut => return Err(aadsts::LOCKED_OUT.into()),
    };
    let held = visit.tenant.wids(&who);
    let holds = |wanted: &[&str]| held.iter().any(|own| wanted.contains(&own.as_str()));
    let high = [
        roles::PRIVILEGED_ROLE_ADMINISTRATOR,
        roles::GLOBAL_ADMINISTRATOR,
    ];
    let low = [
        roles::CLOUD_APPLICATION_ADMINISTRATOR,
        roles::APPLICATION_ADMINISTRATOR,
    ];
    if !holds(&high) && (visit.tenant.declares_roles(client_id) || !holds(&low)) {
        return Err(aadsts::ADMIN_CONSENT.into());
    }
    visit.tenant.grant_declared(client_id, visit.now_ms);
    Ok(())
}
