//! Which holders of a role reach the account: the same engine, asked about each of them with every permission in the token.

use crate::facts::{Holder, Mode, People};
use crate::policy::reset::{
    Action, Caller, CallerKind, HeldRole, Scope, Target, TenantAction, Verdict, Via, best_way,
    matrix, permissions, tenant_verdict,
};
use crate::policy::{Cloud, Gap, Known};
use serde::Serialize;
use serde_json::{Value, json};

/// Somebody who could do it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) user_principal_name: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) role: String,
    role_template_id: String,
    /// `/`, or the unit the role is assigned for.
    scope: String,
    pub(super) mode: &'static str,
    pub(super) via_group: Option<Value>,
    pub(super) enabled: Option<bool>,
    pub(super) can_sign_in: &'static str,
    pub(super) why: String,
    /// Whether the rules settle that this person reaches the account.
    pub(super) certain: bool,
    /// Whether the account must leave its restricted unit for it.
    pub(super) through_restricted_unit: bool,
}

/// The people, and what is missing from the list.
#[derive(Debug, Clone, Default)]
pub(super) struct Able {
    pub(super) people: Vec<Person>,
    pub(super) missing: Vec<Gap>,
}

/// Roles whose holders are worth listing for a target: any that might reach it, at tenant scope or for one of its units.
pub(super) fn roles_to_list(target: &Target) -> Vec<&'static str> {
    let nobody = "00000000-0000-0000-0000-000000000000";
    let reaches = |target: &Target, role: HeldRole| {
        let caller = stand_in(nobody, role);
        !matches!(
            best_way(&caller, target, Cloud::Global).1,
            Verdict::Denied { .. }
        )
    };
    matrix::RESET_PASSWORD
        .no_role
        .iter()
        .copied()
        .chain(matrix::OTHER_ROLES.iter().map(|other| other.role))
        .filter(|id| {
            let units = target
                .units
                .items()
                .iter()
                .chain(target.restricted_units.items());
            reaches(target, HeldRole::tenant(*id))
                || (target.restricted == Some(true)
                    && changes_units(&HeldRole::tenant(*id))
                    && reaches(&target.outside_restricted_units(), HeldRole::tenant(*id)))
                || units
                    .into_iter()
                    .any(|unit| reaches(target, HeldRole::in_unit(*id, unit.clone())))
        })
        .collect()
}

/// The holders who reach the target, each person once.
pub(super) fn able(people: &People, target: &Target, cloud: Cloud) -> Able {
    let mut able = Able {
        people: Vec::new(),
        missing: people.missing.clone(),
    };
    for holder in &people.holders {
        if able
            .people
            .iter()
            .any(|one| one.id.eq_ignore_ascii_case(&holder.id))
        {
            continue;
        }
        let caller = stand_in(&holder.id, holder.role.clone());
        let (certain, through) = match best_way(&caller, target, cloud).1 {
            Verdict::Allowed { .. } => (true, false),
            Verdict::Unknown { .. } => (false, false),
            Verdict::Denied { .. } => {
                let outside = target.outside_restricted_units();
                let passes = target.restricted == Some(true)
                    && changes_units(&holder.role)
                    && best_way(&caller, &outside, cloud).1.is_allowed();
                if !passes {
                    continue;
                }
                (true, true)
            }
        };
        able.people.push(person(holder, certain, through));
    }
    able.people.sort_by_key(|one| {
        (
            !one.certain,
            one.can_sign_in == "no",
            one.mode,
            one.through_restricted_unit,
        )
    });
    able
}

/// Somebody with this role alone and a token for every way of resetting.
fn stand_in(id: &str, role: HeldRole) -> Caller {
    let names = [
        Action::ResetPassword { via: Via::Method },
        Action::ResetPassword { via: Via::Direct },
    ]
    .into_iter()
    .filter_map(|action| permissions::for_action(action, CallerKind::Delegated))
    .flat_map(|sets| sets.iter().flat_map(|set| set.iter()))
    .map(|name| (*name).to_owned());
    Caller {
        kind: CallerKind::Delegated,
        id: Some(id.to_owned()),
        permissions: Known::Known(names.collect()),
        roles: Known::Known(vec![role]),
        eligible: Known::Known(Vec::new()),
        token_roles: None,
    }
}

/// Whether the role changes the members of units, as far as roles decide it.
fn changes_units(role: &HeldRole) -> bool {
    let action = TenantAction::ChangeUnitMembers;
    let caller = Caller {
        permissions: Known::Known(
            permissions::for_tenant_action(action)
                .iter()
                .flat_map(|set| set.iter())
                .map(|name| (*name).to_owned())
                .collect(),
        ),
        ..stand_in("", role.clone())
    };
    tenant_verdict(action, &caller).is_allowed()
}

fn person(holder: &Holder, certain: bool, through_restricted_unit: bool) -> Person {
    let (can_sign_in, why) = sign_in(holder);
    Person {
        id: holder.id.clone(),
        user_principal_name: holder.upn.clone(),
        display_name: holder.display_name.clone(),
        role: holder.role.display_name().to_owned(),
        role_template_id: holder.role.template_id.clone(),
        scope: match &holder.role.scope {
            Scope::Tenant => "/".to_owned(),
            Scope::Unit { id, .. } => format!("/administrativeUnits/{id}"),
            Scope::Object(id) => format!("/{id}"),
        },
        mode: holder.mode.as_str(),
        via_group: holder
            .role
            .via_group
            .as_ref()
            .map(|id| json!({ "id": id, "displayName": holder.group_name })),
        enabled: holder.enabled,
        can_sign_in,
        why,
        certain,
        through_restricted_unit,
    }
}

/// Whether the person could sign in, as far as the directory tells: `yes` means that nothing known stands against it.
fn sign_in(holder: &Holder) -> (&'static str, String) {
    let answer = match holder.enabled {
        Some(false) => return ("no", "The account is disabled.".to_owned()),
        Some(true) => "yes",
        None => "unknown",
    };
    let mut parts = vec![match holder.enabled {
        Some(_) => "Enabled; its password, methods and Conditional Access were not looked at.",
        None => "Whether the account is enabled could not be read.",
    }];
    if holder.synced == Some(true) {
        parts.push("Synced: it signs in with its on-premises password or provider.");
    }
    if holder.guest == Some(true) {
        parts.push("Guest: it signs in at its home tenant.");
    }
    if holder.mode == Mode::Eligible {
        parts.push("The role must be activated first.");
    }
    (answer, parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::roles::{
        GLOBAL_ADMINISTRATOR as GA, HELPDESK_ADMINISTRATOR as HA,
        PRIVILEGED_AUTHENTICATION_ADMINISTRATOR as PAA, USER_ADMINISTRATOR as UA,
    };

    const UNIT: &str = "33333333-0000-4000-8000-000000000003";
    const TARGET: &str = "22222222-0000-4000-8000-000000000002";

    fn target() -> Target {
        Target::plain(TARGET, "megan@contoso.com")
    }

    fn holder(id: &str, role: HeldRole) -> Holder {
        Holder {
            id: id.to_owned(),
            upn: Some(format!("{id}@contoso.com")),
            display_name: None,
            enabled: Some(true),
            synced: Some(false),
            guest: Some(false),
            role,
            group_name: None,
            mode: Mode::Active,
        }
    }

    fn found(target: &Target, holders: Vec<Holder>) -> Vec<String> {
        let people = People {
            holders,
            missing: Vec::new(),
        };
        able(&people, target, Cloud::Global)
            .people
            .into_iter()
            .map(|one| one.id)
            .collect()
    }

    #[test]
    fn only_those_who_reach_the_target_are_named_and_never_the_target_itself() {
        let protected = Target {
            roles: Known::Known(vec![HeldRole::tenant(GA)]),
            ..target()
        };
        let all = || {
            vec![
                holder("desk", HeldRole::tenant(HA)),
                holder("paa", HeldRole::tenant(PAA)),
                holder(TARGET, HeldRole::tenant(GA)),
                holder("unit", HeldRole::in_unit(UA, UNIT)),
            ]
        };
        assert_eq!(found(&protected, all()), ["paa"]);
        assert_eq!(
            roles_to_list(&protected),
            [PAA, GA, crate::policy::roles::PARTNER_TIER2_SUPPORT]
        );
        assert!(roles_to_list(&target()).contains(&crate::policy::roles::SECURITY_ADMINISTRATOR));
        assert_eq!(found(&target(), all()), ["desk", "paa"]);
        let member = Target {
            units: Known::Known(vec![UNIT.to_owned()]),
            ..target()
        };
        assert_eq!(found(&member, all()), ["desk", "paa", "unit"]);
    }

    #[test]
    fn a_restricted_administrator_is_reached_by_taking_it_out_only() {
        let inside = Target {
            roles: Known::Known(vec![HeldRole::tenant(GA)]),
            restricted: Some(true),
            units: Known::Known(vec![UNIT.to_owned()]),
            restricted_units: Known::Known(vec![UNIT.to_owned()]),
            ..target()
        };
        let people = People {
            holders: vec![
                holder("paa", HeldRole::tenant(PAA)),
                holder("ga", HeldRole::tenant(GA)),
            ],
            missing: Vec::new(),
        };
        let able = able(&people, &inside, Cloud::Global);
        assert_eq!(able.people.len(), 1);
        assert!(able.people[0].id == "ga" && able.people[0].through_restricted_unit);
        assert!(roles_to_list(&inside).contains(&GA));
    }

    #[test]
    fn disabled_people_cannot_sign_in_and_what_was_not_read_is_unknown() {
        let answer = |enabled| {
            let one = Holder {
                enabled,
                ..holder("x", HeldRole::tenant(GA))
            };
            sign_in(&one).0
        };
        assert_eq!(
            [Some(true), Some(false), None].map(answer),
            ["yes", "no", "unknown"]
        );
    }
}
