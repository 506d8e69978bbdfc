//! Creating, changing and deleting users, with the validation the directory does.

use serde_json::{Map, Value, json};

use super::super::properties;
use super::super::rules::{self, Action};
use super::super::stamp;
use super::super::tenant::{Password, User, secret};
use super::super::wire::Reply;
use super::fault::{self, Fault, empty_reply};
use super::request::Exchange;
use super::{audit, check, users};

/// What a change to one property needs.
struct Gate {
    permissions: &'static [&'static str],
    action: Option<Action>,
}

fn gate(property: &str, app_only: bool) -> Gate {
    let (permissions, action): (&'static [&'static str], _) = match property {
        "passwordProfile" if app_only => (
            &["User-PasswordProfile.ReadWrite.All"],
            Some(Action::Password),
        ),
        "passwordProfile" => (
            &[
                "User-PasswordProfile.ReadWrite.All",
                "Directory.AccessAsUser.All",
            ],
            Some(Action::Password),
        ),
        "otherMails" => (
            &[
                "User-Mail.ReadWrite.All",
                "User.ReadWrite.All",
                "Directory.ReadWrite.All",
            ],
            Some(Action::Contact),
        ),
        "mobilePhone" | "businessPhones" => (
            &[
                "User-Phone.ReadWrite.All",
                "User.ReadWrite.All",
                "Directory.ReadWrite.All",
            ],
            Some(Action::Contact),
        ),
        "accountEnabled" => (
            &[
                "User.EnableDisableAccount.All",
                "User.ReadWrite.All",
                "Directory.ReadWrite.All",
            ],
            Some(Action::AccountEnabled),
        ),
        "identities" => (&["User.ManageIdentities.All"], None),
        "userPrincipalName" | "onPremisesImmutableId" => (
            &[
                "User.ReadUpdate.All",
                "User.ReadWrite.All",
                "Directory.ReadWrite.All",
            ],
            Some(Action::Identity),
        ),
        _ => (
            &[
                "User.ReadUpdate.All",
                "User.ReadWrite.All",
                "Directory.ReadWrite.All",
            ],
            None,
        ),
    };
    Gate {
        permissions,
        action,
    }
}

/// Whether the caller may write these properties of this user.
fn check_gates(x: &Exchange<'_>, user: &User, body: &Map<String, Value>) -> Result<(), Fault> {
    for property in body.keys() {
        let gate = gate(property, x.caller.app_only);
        if !x.granted(gate.permissions) {
            return Err(fault::denied());
        }
        let lone_switch = property == "accountEnabled"
            && !x.granted(&["User.ReadWrite.All", "Directory.ReadWrite.All"])
            && !x.granted(&["User.Read.All", "Directory.Read.All"]);
        if lone_switch {
            return Err(fault::denied());
        }
        match gate.action {
            Some(action) => x.reaches(user.id(), action)?,
            None if x.tenant.restricted(user.id()) => return Err(fault::restricted()),
            None if rules::may_manage_users(x.tenant, x.caller) => {}
            None => return Err(fault::denied()),
        }
    }
    Ok(())
}

/// Refuses what Active Directory or another identity provider owns.
fn check_masters(x: &Exchange<'_>, user: &User, body: &Map<String, Value>) -> Result<(), Fault> {
    if user.synced() && body.keys().any(|name| name != "passwordProfile") {
        return Err(fault::bad_request(
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects \
             currently undergoing migration.",
        ));
    }
    if body.contains_key("passwordProfile") && x.tenant.federated(user.domain()) {
        return Err(fault::bad_request(
            "Property passwordProfile cannot be set for a user of a federated domain.",
        )
        .detail("InvalidValue", Some("passwordProfile")));
    }
    Ok(())
}

/// `POST /users`.
pub(super) fn create(x: &mut Exchange<'_>) -> Result<Reply, Fault> {
    x.require("POST /users")?;
    if !rules::may_manage_users(x.tenant, x.caller) {
        return Err(fault::denied());
    }
    x.allow_options(&[])?;
    let body = x.body()?;
    check::names(&body, properties::USER, "user")?;
    for required in [
        "accountEnabled",
        "displayName",
        "mailNickname",
        "userPrincipalName",
        "passwordProfile",
    ] {
        if body.get(required).is_none_or(Value::is_null) {
            return Err(check::missing(required));
        }
    }
    check::values(&body)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let upn = text("userPrincipalName").to_owned();
    check::upn(x.tenant, &upn, None)?;
    let domain = upn.rsplit('@').next().unwrap_or_default();
    if x.tenant.federated(domain) && text("onPremisesImmutableId").is_empty() {
        return Err(check::missing("onPremisesImmutableId"));
    }
    let profile = check::password_profile(&body)?;
    let Some(password) = profile.password else {
        return Err(check::missing("passwordProfile"));
    };
    if !secret::acceptable(
        &password,
        &upn,
        text("passwordPolicies").contains("DisableStrongPassword"),
    ) {
        return Err(fault::weak_password());
    }
    let id = stamp::new_id();
    let mut user = User::new(&id, &upn, text("displayName"), x.now);
    user.props.extend(
        body.into_iter()
            .filter(|(name, _)| name != "passwordProfile" && name != "id"),
    );
    user.visible_from = x.now + x.tenant.visible_lag;
    user.password = Password::new(&password);
    user.must_change = profile.force.unwrap_or(true);
    "made in the sandbox".clone_into(&mut user.note);
    audit::about_user(x, "Add user", "Core Directory", &user);
    let row = users::row(x, &user);
    x.tenant.users.push(user);
    x.touch();
    let mut reply = x.entity(201, row, &users::SHAPE)?;
    // The header is not documented for this call, so only every other creation carries it.
    if x.tenant.users.len().is_multiple_of(2) {
        reply.headers.push((
            "Location".to_owned(),
            format!("{}/v1.0/users/{id}", x.origin),
        ));
    }
    Ok(reply)
}

/// `PATCH /users/{id}`.
pub(super) fn update(x: &mut Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    x.allow_options(&[])?;
    let body = x.body()?;
    check::names(&body, properties::USER, "user")?;
    if body.is_empty() {
        return Err(fault::bad_request("At least one property must be given.")
            .breach("PATCH with an empty body"));
    }
    let any_write = body
        .keys()
        .any(|name| x.granted(gate(name, x.caller.app_only).permissions));
    if !any_write {
        return Err(fault::denied());
    }
    let user = x.user(key)?;
    check_gates(x, &user, &body)?;
    check_masters(x, &user, &body)?;
    check::values(&body)?;
    if let Some(upn) = body.get("userPrincipalName").and_then(Value::as_str) {
        check::upn(x.tenant, upn, Some(user.id()))?;
    }
    let mut change = None;
    if body.contains_key("passwordProfile") {
        let profile = check::password_profile(&body)?;
        if let Some(clear) = &profile.password
            && !secret::acceptable(clear, user.upn(), user.policy("DisableStrongPassword"))
        {
            return Err(fault::weak_password());
        }
        change = Some(profile);
    }
    let now = x.now;
    let reset = change
        .as_ref()
        .is_some_and(|profile| profile.password.is_some());
    if let Some(held) = x.tenant.user_mut(user.id()) {
        held.props.extend(
            body.into_iter()
                .filter(|(name, _)| name != "passwordProfile" && name != "id"),
        );
        if let Some(profile) = change {
            let force = profile.force.unwrap_or(held.must_change);
            match profile.password {
                Some(clear) => held.set_password(Password::new(&clear), force, now),
                None => held.must_change = force,
            }
        }
        if !held.enabled() {
            held.end_sessions(now);
        }
    }
    x.touch();
    audit::about_user(
        x,
        if reset {
            "Reset user password"
        } else {
            "Update user"
        },
        "Core Directory",
        &user,
    );
    Ok(empty_reply(204))
}

/// `DELETE /users/{id}`.
pub(super) fn delete(x: &mut Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    x.require("DELETE /users/{id}")?;
    x.allow_options(&[])?;
    let user = x.user(key)?;
    x.reaches(user.id(), Action::DeleteOrRestore)?;
    let now = x.now;
    let id = user.id().to_owned();
    if let Some(mut gone) = x.tenant.take_user(&id) {
        let upn = format!("{}{}", id.replace('-', ""), gone.upn());
        gone.set("userPrincipalName", json!(upn));
        gone.set("deletedDateTime", json!(stamp::iso(now, 0)));
        gone.end_sessions(now);
        x.tenant.deleted.push(gone);
    }
    x.tenant
        .assignments
        .retain(|one| !one.principal_id.eq_ignore_ascii_case(&id));
    x.tenant
        .eligibilities
        .retain(|one| !one.principal_id.eq_ignore_ascii_case(&id));
    for group in &mut x.tenant.groups {
        group.members.retain(|one| !one.eq_ignore_ascii_case(&id));
        group.owners.retain(|one| !one.eq_ignore_ascii_case(&id));
    }
    for unit in &mut x.tenant.units {
        unit.members.retain(|one| !one.eq_ignore_ascii_case(&id));
    }
    x.touch();
    audit::about_user(x, "Delete user", "Core Directory", &user);
    Ok(empty_reply(204))
}

/// `POST /me/changePassword`.
pub(super) fn change_own_password(x: &mut Exchange<'_>) -> Result<Reply, Fault> {
    x.require("POST /me/changePassword")?;
    let body = x.body()?;
    check::names(&body, &["currentPassword", "newPassword"], "changePassword")?;
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (current, new) = (text("currentPassword"), text("newPassword"));
    let id = x.caller.object_id.clone();
    let user = x.user(&id)?;
    if !user.password.matches(&current) {
        return Err(fault::bad_request(
            "The specified password does not match the current password.",
        ));
    }
    // The last password cannot be used again when a person changes it.
    if new == current || !secret::acceptable(&new, user.upn(), user.policy("DisableStrongPassword"))
    {
        return Err(fault::weak_password());
    }
    let now = x.now;
    if let Some(held) = x.tenant.user_mut(&id) {
        held.set_password(Password::new(&new), false, now);
    }
    x.touch();
    audit::about_user(x, "Change user password", "Core Directory", &user);
    Ok(empty_reply(204))
}
