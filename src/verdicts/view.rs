//! A verdict and the roles in it as JSON, the same in every document.

use super::fix_for;
use crate::policy::reset::{Action, CallerKind, HeldRole, Refusal, Scope, Verdict};
use crate::policy::{Cloud, Gap};
use serde_json::{Value, json};

/// A role that somebody holds.
#[must_use]
pub fn role_json(role: &HeldRole) -> Value {
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

/// What a plan rests on, for the end of its first line; says so where it is not decided.
#[must_use]
pub fn in_words(judged: &[(Action, Verdict)]) -> String {
    let mut words: Vec<String> = Vec::new();
    for (action, answer) in judged {
        let Verdict::Allowed { by } = answer else {
            return format!(
                " (not decided beforehand whether you may {})",
                action.phrase()
            );
        };
        let role = by.role.as_ref().map(HeldRole::display_name);
        let one = match (role, &by.permission) {
            (Some(role), Some(permission)) => format!("{role} with {permission}"),
            (Some(one), None) => one.to_owned(),
            (None, Some(one)) => one.clone(),
            (None, None) => continue,
        };
        if !words.contains(&one) {
            words.push(one);
        }
    }
    if words.is_empty() {
        String::new()
    } else {
        format!(" (you may: {})", words.join("; "))
    }
}

/// The verdicts on several actions, each with what was asked.
#[must_use]
pub fn all_json(judged: &[(Action, Verdict)], kind: CallerKind, cloud: Cloud) -> Value {
    judged
        .iter()
        .map(|(action, answer)| {
            let mut one = to_json(answer, kind, cloud);
            one["action"] = json!(action.phrase());
            one
        })
        .collect()
}

/// The answer, what it rests on, each reason with its remedy, and what is missing to decide.
#[must_use]
pub fn to_json(verdict: &Verdict, kind: CallerKind, cloud: Cloud) -> Value {
    let by = match verdict {
        Verdict::Allowed { by } => json!({
            "role": by.role.as_ref().map(role_json),
            "permission": by.permission,
        }),
        Verdict::Denied { .. } | Verdict::Unknown { .. } => Value::Null,
    };
    let missing: Vec<String> = match verdict {
        Verdict::Unknown { missing, .. } => missing.iter().map(Gap::sentence).collect(),
        Verdict::Allowed { .. } | Verdict::Denied { .. } => Vec::new(),
    };
    let reasons: Vec<Value> = verdict
        .reasons()
        .iter()
        .map(|reason| {
            json!({
                "code": reason.code(),
                "why": reason.why(),
                "fix": fix_for(reason, kind, cloud),
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
