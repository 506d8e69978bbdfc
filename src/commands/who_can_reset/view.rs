//! Parts of the JSON document: the user and the caller, as they were read.

use super::Judged;
use crate::facts::Surroundings;
use crate::policy::Gap;
use crate::policy::reset::{CallerKind, HeldRole, Privileged, privileged_target};
use crate::verdicts::role_json;
use serde_json::{Value, json};

pub(super) fn real(roles: &[HeldRole]) -> impl Iterator<Item = &HeldRole> {
    roles.iter().filter(|role| !role.is_implicit())
}

pub(super) fn user_view(judged: &Judged) -> Value {
    let target = &judged.subject.target;
    let privileged = match privileged_target(target) {
        Privileged::Yes(_) => "yes",
        Privileged::No => "no",
        Privileged::Unknown(_) => "unknown",
    };
    json!({
        "id": target.id,
        "userPrincipalName": target.upn,
        "displayName": judged.subject.user.display_name,
        "enabled": target.enabled,
        "guest": target.guest,
        "synced": target.synced,
        "federated": target.federated_domain,
        "restricted": target.restricted,
        "restrictedUnits": target.restricted_units.seen(),
        "roleAssignableGroup": target.role_assignable_group.complete(),
        "privileged": privileged,
        "roles": real(target.roles.items()).map(role_json).collect::<Vec<_>>(),
        "eligibleRoles": real(target.eligible.items()).map(role_json).collect::<Vec<_>>(),
    })
}

pub(super) fn caller_view(surroundings: &Surroundings) -> Value {
    let caller = &surroundings.caller;
    json!({
        "kind": match caller.kind {
            CallerKind::Delegated => "user",
            CallerKind::AppOnly => "app",
        },
        "name": surroundings.caller_name,
        "id": caller.id,
        "roles": real(caller.roles.items()).map(role_json).collect::<Vec<_>>(),
        "eligibleRoles": real(caller.eligible.items()).map(role_json).collect::<Vec<_>>(),
        "permissions": caller.permissions.seen(),
    })
}

pub(super) fn sentences(gaps: &[Gap]) -> Vec<String> {
    gaps.iter().map(Gap::sentence).collect()
}
