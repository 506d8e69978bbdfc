//! Parts of the JSON document: the user, the caller and the verdict, as they were read.

use super::Judged;
use crate::facts::Surroundings;
use crate::policy::reset::{
    CallerKind, HeldRole, Privileged, Refusal, Scope, Verdict, privileged_target,
};
use crate::policy::{Cloud, Gap};
use crate::verdicts;
use serde_json::{Value, json};

pub(super) fn role_view(role: &HeldRole) -> Value {
    json!({
        "name": role.display_name(),
        "templateId": role.template_id,
        "scope": match &role.scope {
            Scope::Tenant => "/".to_owned(),
            Scope::Unit { id, .. } => format!("/administrativeUnits/{id}"),
            Scope::Object(id) => format!("/{id}"),
        },
        "viaGroup": role.via_group,
    })
}

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
        "roles": real(target.roles.items()).map(role_view).collect::<Vec<_>>(),
        "eligibleRoles": real(target.eligible.items()).map(role_view).collect::<Vec<_>>(),
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
        "roles": real(caller.roles.items()).map(role_view).collect::<Vec<_>>(),
        "eligibleRoles": real(caller.eligible.items()).map(role_view).collect::<Vec<_>>(),
        "permissions": caller.permissions.seen(),
    })
}

pub(super) fn verdict_view(verdict: &Verdict, kind: CallerKind, cloud: Cloud) -> Value {
    let by = match verdict {
        Verdict::Allowed { by } => json!({
            "role": by.role.as_ref().map(role_view),
            "permission": by.permission,
        }),
        Verdict::Denied { .. } | Verdict::Unknown { .. } => Value::Null,
    };
    let missing = match verdict {
        Verdict::Unknown { missing, .. } => sentences(missing),
        Verdict::Allowed { .. } | Verdict::Denied { .. } => Vec::new(),
    };
    let reasons: Vec<Value> = verdict
        .reasons()
        .iter()
        .map(|reason| {
            json!({
                "code": reason.code(),
                "why": reason.why(),
                "fix": verdicts::fix_for(reason, kind, cloud),
                "refusal": match reason.refusal() {
                    Refusal::Permission => "permission",
                    Refusal::Precondition => "precondition",
                },
                "exitCode": reason.refusal().exit_code(),
            })
        })
        .collect();
    json!({ "answer": verdict.word(), "by": by, "reasons": reasons, "missing": missing })
}

pub(super) fn sentences(gaps: &[Gap]) -> Vec<String> {
    gaps.iter().map(Gap::sentence).collect()
}
