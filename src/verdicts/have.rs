//! What the caller has that matters for an action: roles, in force and eligible, and permissions in the token.

use crate::policy::reset::{Action, Caller, CallerKind, HeldRole, Scope, Via, permissions};

/// What the caller has that matters for passwords: roles, in force and eligible, and permissions in the token.
#[must_use]
pub fn have(caller: &Caller) -> Vec<String> {
    have_for(caller, &PASSWORDS)
}

/// The actions whose permissions matter beside an action: every way of setting a password is an alternative to the others.
pub(crate) fn around(action: &Action) -> &[Action] {
    match action {
        Action::ResetPassword { .. } => &PASSWORDS,
        other => std::slice::from_ref(other),
    }
}

/// The same for other actions.
#[must_use]
pub fn have_for(caller: &Caller, actions: &[Action]) -> Vec<String> {
    let role = |held: &HeldRole, more: &str| {
        let place = match &held.scope {
            Scope::Tenant => String::new(),
            Scope::Unit { id, .. } => format!(" for administrative unit {id}"),
            Scope::Object(id) => format!(" for object {id}"),
        };
        format!("role: {}{place}{more}", held.display_name())
    };
    let real = |held: &&HeldRole| !held.is_implicit();
    let mut items: Vec<String> = caller
        .roles
        .items()
        .iter()
        .filter(real)
        .map(|held| {
            let late = if caller.token_lacks(held) {
                " (not in the token yet)"
            } else {
                ""
            };
            role(held, late)
        })
        .collect();
    items.extend(
        caller
            .eligible
            .items()
            .iter()
            .filter(real)
            .map(|held| role(held, " (eligible, not active)")),
    );
    if items.is_empty() {
        items.push(if caller.roles.seen().is_some() {
            "no directory role".to_owned()
        } else {
            "roles: not readable".to_owned()
        });
    }
    let held = relevant_permissions(caller, actions);
    items.push(match (held.is_empty(), caller.permissions.is_complete()) {
        (false, _) => format!("permission: {}", held.join(", ")),
        (true, true) => "no permission for this".to_owned(),
        (true, false) => "permissions: not readable".to_owned(),
    });
    items
}

/// Any way of resetting a password, and ending sessions.
const PASSWORDS: [Action; 3] = [
    Action::ResetPassword { via: Via::Method },
    Action::ResetPassword { via: Via::Direct },
    Action::RevokeSessions,
];

/// Permissions in the token that one of the actions asks for.
#[must_use]
pub fn relevant_permissions(caller: &Caller, actions: &[Action]) -> Vec<String> {
    let kinds = [CallerKind::Delegated, CallerKind::AppOnly];
    let matters = |name: &str| {
        actions.iter().any(|action| {
            kinds.iter().any(|kind| {
                permissions::for_action(*action, *kind)
                    .unwrap_or(&[])
                    .iter()
                    .any(|set| set.iter().any(|one| one.eq_ignore_ascii_case(name)))
            })
        })
    };
    caller
        .permissions
        .items()
        .iter()
        .filter(|name| matters(name))
        .cloned()
        .collect()
}
