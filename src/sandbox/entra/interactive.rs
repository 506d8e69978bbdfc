//! What happens when a person has typed user name and password, whichever flow asked for it.

use super::aadsts::{self, Refusal};
use super::claims::Claims;
use super::fields::Fields;
use super::scope::Asked;
use super::sessions::{Flow, Grant};
use super::{Entra, Visit};
use crate::sandbox::faults::PolicyRule;
use crate::sandbox::tenant::{ClientApp, Password, SignIn, secret};

impl Entra {
    /// Checks the person, the standing rules and the consent, in the order Entra does.
    pub(super) fn sign_in(
        &self,
        visit: &mut Visit<'_>,
        fields: &Fields,
        client: &ClientApp,
        asked: &Asked,
        claims: &Claims,
        flow: Flow,
    ) -> Result<Grant, Refusal> {
        let upn = fields.need("login")?.trim();
        // A wrong password is counted towards the lock-out, so every attempt is worth keeping.
        visit.changed = true;
        let mut with_pass = false;
        let user_id = match visit
            .tenant
            .sign_in(upn, fields.get("passwd"), visit.now_ms)
        {
            SignIn::Ok {
                object_id,
                must_change: false,
            } => object_id,
            SignIn::Ok {
                must_change: true, ..
            }
            | SignIn::PasswordExpired => change_password(visit, fields, upn)?,
            SignIn::Pass { object_id } => {
                with_pass = true;
                object_id
            }
            SignIn::NoSuchUser => return Err(Refusal::about(aadsts::USER_NOT_FOUND, upn)),
            SignIn::WrongPassword => return Err(aadsts::WRONG_PASSWORD.into()),
            SignIn::Disabled => return Err(aadsts::USER_DISABLED.into()),
            SignIn::LockedOut => return Err(aadsts::LOCKED_OUT.into()),
        };
        if flow == Flow::DeviceCode && self.policy(PolicyRule::DeviceCodeBlocked, upn) {
            return Err(aadsts::BLOCKED_BY_POLICY.into());
        }
        // An access pass counts as several factors by itself.
        let mfa = with_pass || fields.get("mfa") == "approve";
        if !mfa && (self.policy(PolicyRule::MfaRequired, upn) || !claims.acrs.is_empty()) {
            return Err(aadsts::MFA_REQUIRED.into());
        }
        if self.policy(PolicyRule::ConsentMissing, upn) {
            return Err(Refusal::about(aadsts::CONSENT_MISSING, &client.client_id));
        }
        asked.granted(client)?;
        Ok(Grant {
            user_id,
            client_id: client.client_id.clone(),
            asked: asked.clone(),
            flow,
            mfa,
            acrs: claims.acrs.clone(),
            signed_in_ms: visit.now_ms,
        })
    }
}

/// The password has to be changed before anything else; the page asks for the new one.
fn change_password(visit: &mut Visit<'_>, fields: &Fields, upn: &str) -> Result<String, Refusal> {
    let wanted = fields.get("newpasswd");
    if wanted.is_empty() {
        return Err(aadsts::PASSWORD_EXPIRED.into());
    }
    let now_ms = visit.now_ms;
    let unknown = || Refusal::about(aadsts::USER_NOT_FOUND, upn);
    let user = visit.tenant.user_mut(upn).ok_or_else(unknown)?;
    let relaxed = user.policy("DisableStrongPassword");
    if wanted == fields.get("passwd") || !secret::acceptable(wanted, user.upn(), relaxed) {
        return Err(aadsts::PASSWORD_WEAK.into());
    }
    user.set_password(Password::new(wanted), false, now_ms);
    Ok(user.id().to_owned())
}
