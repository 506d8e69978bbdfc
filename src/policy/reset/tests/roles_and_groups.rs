//! Roles, groups and eligibility on both sides, each case from a sentence of the documentation.

use super::*;
use crate::policy::roles::{
    AUTHENTICATION_ADMINISTRATOR as AA, DIRECTORY_READERS, GLOBAL_ADMINISTRATOR as GA,
    GLOBAL_READER, GROUPS_ADMINISTRATOR, HELPDESK_ADMINISTRATOR as HA, PARTNER_TIER1_SUPPORT,
    PARTNER_TIER2_SUPPORT, PASSWORD_ADMINISTRATOR as PA,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR as PAA, PRIVILEGED_ROLE_ADMINISTRATOR as PRA,
    REPORTS_READER, SECURITY_OPERATOR, SECURITY_READER, USER_ADMINISTRATOR as UA,
};

#[test]
fn passwords_follow_their_table() {
    allowed(METHOD, &by(GA), &holding(GA));
    allowed(METHOD, &by(PAA), &holding(GA));
    allowed(METHOD, &by(HA), &holding(HA));
    allowed(METHOD, &by(HA), &holding(REPORTS_READER));
    allowed(METHOD, &by(PA), &holding(PA));
    allowed(METHOD, &by(AA), &holding(AA));
    allowed(METHOD, &by(UA), &holding(GROUPS_ADMINISTRATOR));
    denied(METHOD, &by(UA), &holding(AA), "targetHoldsHigherRole");
    denied(METHOD, &by(AA), &holding(HA), "targetHoldsHigherRole");
    denied(
        METHOD,
        &by(PA),
        &holding(REPORTS_READER),
        "targetHoldsHigherRole",
    );
    denied(METHOD, &by(HA), &holding(UA), "targetHoldsHigherRole");
    denied(
        METHOD,
        &by(UA),
        &holding(SECURITY_READER),
        "targetHoldsHigherRole",
    );
    for caller in [PRA, GLOBAL_READER, SECURITY_READER, GROUPS_ADMINISTRATOR] {
        denied(METHOD, &by(caller), &nobody_special(), "noCallerRole");
    }
}

#[test]
fn sensitive_actions_follow_theirs() {
    denied(
        Action::EnableAccount,
        &by(HA),
        &nobody_special(),
        "noCallerRole",
    );
    allowed(Action::EnableAccount, &by(AA), &holding(PA));
    denied(
        Action::DeleteUser,
        &by(AA),
        &holding(HA),
        "targetHoldsHigherRole",
    );
    allowed(Action::RestoreUser, &by(UA), &holding(HA));
}

#[test]
fn contact_information_needs_both_tables_to_agree() {
    let change = Action::UpdateContact(Contact::Phones);
    allowed(change, &by(UA), &holding(HA));
    denied(change, &by(UA), &holding(GA), "targetHoldsHigherRole");
    unknown(change, &by(HA), &holding(HA));
    unknown(change, &by(PA), &nobody_special());
}

#[test]
fn a_target_with_two_roles_is_as_protected_as_the_higher() {
    let mut target = holding(DIRECTORY_READERS);
    allowed(METHOD, &by(PA), &target);
    target.roles = Known::Known(vec![
        HeldRole::tenant(DIRECTORY_READERS),
        HeldRole::tenant(REPORTS_READER),
    ]);
    let answer = decide(METHOD, &by(PA), &target);
    let [Reason::TargetHoldsHigherRole { role, needs }] = answer.reasons() else {
        panic!("{answer:?}")
    };
    assert_eq!(role.template_id, REPORTS_READER);
    assert_eq!(needs, &[HA, AA, UA, PAA, GA]);
}

#[test]
fn custom_unknown_and_unlisted_roles_protect_and_implicit_ones_do_not() {
    let custom = Target {
        roles: Known::Known(vec![custom_role()]),
        ..nobody_special()
    };
    denied(METHOD, &by(UA), &custom, "targetHoldsHigherRole");
    allowed(METHOD, &by(PAA), &custom);
    let everybody = Target {
        roles: Known::Known(
            ROLES
                .iter()
                .filter(|role| role.implicit)
                .map(|role| HeldRole::tenant(role.template_id))
                .collect(),
        ),
        ..nobody_special()
    };
    allowed(METHOD, &by(PA), &everybody);
}

#[test]
fn role_assignable_groups_protect_like_a_role() {
    let target = Target {
        role_assignable_group: Known::Known(true),
        ..nobody_special()
    };
    denied(METHOD, &by(UA), &target, "targetInRoleAssignableGroup");
    allowed(METHOD, &by(PAA), &target);
}

#[test]
fn a_role_scoped_to_a_restricted_unit_protects() {
    let scoped = |restricted| Target {
        roles: Known::Known(vec![HeldRole {
            scope: Scope::Unit {
                id: UNIT.into(),
                restricted,
            },
            ..HeldRole::tenant(HA)
        }]),
        ..nobody_special()
    };
    allowed(METHOD, &by(UA), &scoped(Some(false)));
    denied(
        METHOD,
        &by(UA),
        &scoped(Some(true)),
        "targetHoldsHigherRole",
    );
    unknown(METHOD, &by(UA), &scoped(None));
    allowed(METHOD, &by(PAA), &scoped(None));
}

#[test]
fn an_eligible_role_of_the_target_leaves_it_open_only_where_it_would_matter() {
    let target = |role: &str| Target {
        eligible: Known::Known(vec![HeldRole::tenant(role)]),
        ..nobody_special()
    };
    let (_, may_be) = unknown(METHOD, &by(HA), &target(GA));
    assert_eq!(may_be[0].code(), "targetEligibleForHigherRole");
    allowed(METHOD, &by(HA), &target(DIRECTORY_READERS));
    allowed(METHOD, &by(PAA), &target(GA));
    // The word "by whom" counts eligibility as protection.
    let names = who_can(METHOD, CallerKind::Delegated, &target(GA)).roles;
    assert_eq!(
        names
            .iter()
            .map(|role| role.template_id)
            .collect::<Vec<_>>(),
        [PAA, GA]
    );
}

#[test]
fn an_eligible_role_of_the_caller_must_be_activated() {
    let caller = Caller {
        eligible: Known::Known(vec![HeldRole::tenant(PAA)]),
        ..person(&[])
    };
    denied(METHOD, &caller, &holding(GA), "roleEligibleNotActive");
    let caller = Caller {
        eligible: Known::Known(vec![HeldRole::tenant(HA)]),
        ..person(&[])
    };
    denied(METHOD, &caller, &holding(GA), "noCallerRole");
}

#[test]
fn without_the_licence_for_pim_nobody_is_eligible() {
    let licence = Known::missing(Gap::licence(
        "the roles the user may activate",
        "Entra ID P2",
    ));
    allowed(
        METHOD,
        &by(HA),
        &Target {
            eligible: licence.clone(),
            ..nobody_special()
        },
    );
    let refused = Known::missing(Gap::permission(
        "eligible roles",
        &["RoleEligibilitySchedule.Read.Directory"],
    ));
    unknown(
        METHOD,
        &by(HA),
        &Target {
            eligible: refused,
            ..nobody_special()
        },
    );
    assert_eq!(
        privileged_target(&Target {
            eligible: licence,
            ..nobody_special()
        }),
        Privileged::No
    );
}

#[test]
fn roles_beside_the_tables_do_what_is_documented() {
    allowed(DIRECT, &by(PARTNER_TIER2_SUPPORT), &holding(GA));
    allowed(DIRECT, &by(SECURITY_OPERATOR), &nobody_special());
    unknown(METHOD, &by(SECURITY_OPERATOR), &nobody_special());
    denied(
        DIRECT,
        &by(SECURITY_OPERATOR),
        &holding(DIRECTORY_READERS),
        "targetHoldsHigherRole",
    );
    denied(
        DIRECT,
        &by(PARTNER_TIER1_SUPPORT),
        &holding(DIRECTORY_READERS),
        "targetHoldsHigherRole",
    );
    allowed(
        Action::EnableAccount,
        &by(roles::ENTRA_SOC_IDENTITY_RESPONDER),
        &nobody_special(),
    );
    denied(
        Action::DeleteUser,
        &by(SECURITY_OPERATOR),
        &nobody_special(),
        "noCallerRole",
    );
}

#[test]
fn a_custom_role_of_the_caller_is_never_proof() {
    let caller = person(&[custom_role()]);
    let (missing, _) = unknown(METHOD, &caller, &nobody_special());
    assert!(missing[0].sentence().contains("Desk staff"));
    denied(
        METHOD,
        &caller,
        &holding(DIRECTORY_READERS),
        "targetHoldsHigherRole",
    );
}

#[test]
fn methods_are_for_authentication_administrators() {
    let write = Action::WriteMethods(Method::Phone);
    allowed(write, &by(AA), &holding(PA));
    denied(write, &by(AA), &holding(HA), "targetHoldsHigherRole");
    denied(write, &by(UA), &nobody_special(), "noCallerRole");
    allowed(write, &by(GA), &holding(GA));
    allowed(Action::ReadMethods, &by(GLOBAL_READER), &holding(GA));
    denied(write, &by(GLOBAL_READER), &nobody_special(), "noCallerRole");
    let who = who_can(Action::ReadMethods, CallerKind::Delegated, &holding(GA));
    assert_eq!(
        who.roles.first().map(|role| role.template_id),
        Some(GLOBAL_READER)
    );
}
