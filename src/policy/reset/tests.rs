//! Proofs for the verdict: the tables are sound, every reason can happen, nothing unread is ever taken for yes, and more
//! rights or more protection never work the wrong way.

mod answers;
mod laws;
mod properties;
mod roles_and_groups;
mod scopes_and_states;

use super::*;
use crate::policy::facts::{Gap, Known};
use crate::policy::roles::{self, ROLES};
use std::sync::LazyLock;

const CALLER: &str = "11111111-0000-4000-8000-000000000001";
const TARGET: &str = "22222222-0000-4000-8000-000000000002";
const UNIT: &str = "33333333-0000-4000-8000-000000000003";
const CUSTOM: &str = "44444444-0000-4000-8000-000000000004";

const METHOD: Action = Action::ResetPassword { via: Via::Method };
const DIRECT: Action = Action::ResetPassword { via: Via::Direct };

/// A token with everything that any action asks for.
static EVERY_PERMISSION: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut all: Vec<String> = Vec::new();
    for action in Action::ALL {
        for kind in [CallerKind::Delegated, CallerKind::AppOnly] {
            let sets = permissions::for_action(action, kind).unwrap_or(&[]);
            all.extend(
                sets.iter()
                    .flat_map(|set| set.iter())
                    .map(|name| (*name).to_owned()),
            );
        }
    }
    for action in TenantAction::ALL {
        let sets = permissions::for_tenant_action(action);
        all.extend(
            sets.iter()
                .flat_map(|set| set.iter())
                .map(|name| (*name).to_owned()),
        );
    }
    all.sort();
    all.dedup();
    all
});

fn person(held: &[HeldRole]) -> Caller {
    Caller {
        kind: CallerKind::Delegated,
        id: Some(CALLER.to_owned()),
        permissions: Known::Known(EVERY_PERMISSION.clone()),
        roles: Known::Known(held.to_vec()),
        eligible: Known::Known(Vec::new()),
        token_roles: None,
    }
}

fn app(held: &[HeldRole]) -> Caller {
    Caller {
        kind: CallerKind::AppOnly,
        ..person(held)
    }
}

fn by(role: &str) -> Caller {
    person(&[HeldRole::tenant(role)])
}

fn nobody_special() -> Target {
    Target::plain(TARGET, "megan@contoso.com")
}

fn holding(role: &str) -> Target {
    Target {
        roles: Known::Known(vec![HeldRole::tenant(role)]),
        ..nobody_special()
    }
}

fn custom_role() -> HeldRole {
    HeldRole {
        built_in: Some(false),
        name: Some("Desk staff".to_owned()),
        ..HeldRole::tenant(CUSTOM)
    }
}

fn decide(action: Action, caller: &Caller, target: &Target) -> Verdict {
    verdict(action, caller, target, Cloud::Global)
}

fn codes(verdict: &Verdict) -> Vec<&'static str> {
    verdict.reasons().iter().map(Reason::code).collect()
}

#[track_caller]
fn allowed(action: Action, caller: &Caller, target: &Target) {
    let answer = decide(action, caller, target);
    assert!(answer.is_allowed(), "{answer:?}");
}

#[track_caller]
fn denied(action: Action, caller: &Caller, target: &Target, code: &str) {
    let answer = decide(action, caller, target);
    assert_eq!(answer.word(), "denied", "{answer:?}");
    assert_eq!(codes(&answer).first(), Some(&code), "{answer:?}");
}

#[track_caller]
fn unknown(action: Action, caller: &Caller, target: &Target) -> (Vec<Gap>, Vec<Reason>) {
    match decide(action, caller, target) {
        Verdict::Unknown {
            missing, may_be, ..
        } => {
            assert!(!missing.is_empty());
            (missing, may_be)
        }
        other => panic!("{other:?}"),
    }
}

/// Target facts with one of them missing each time.
fn blinded(target: &Target) -> Vec<(&'static str, Target)> {
    vec![
        (
            "roles",
            Target {
                roles: Known::Missing(Vec::new()),
                ..target.clone()
            },
        ),
        (
            "roles in part",
            Target {
                roles: Known::Partial(target.roles.items().to_vec(), Vec::new()),
                ..target.clone()
            },
        ),
        (
            "eligible",
            Target {
                eligible: Known::Missing(Vec::new()),
                ..target.clone()
            },
        ),
        (
            "group",
            Target {
                role_assignable_group: Known::Missing(Vec::new()),
                ..target.clone()
            },
        ),
        (
            "restriction",
            Target {
                restricted: None,
                restricted_units: Known::Missing(Vec::new()),
                ..target.clone()
            },
        ),
        (
            "synced",
            Target {
                synced: None,
                ..target.clone()
            },
        ),
        (
            "domain",
            Target {
                federated_domain: None,
                ..target.clone()
            },
        ),
    ]
}
