//! Units, the own account, passwords kept elsewhere, clouds and applications, each case from a sentence of the documentation.

use super::*;
use crate::policy::roles::{
    AUTHENTICATION_ADMINISTRATOR as AA, DIRECTORY_READERS, GLOBAL_ADMINISTRATOR as GA,
    HELPDESK_ADMINISTRATOR as HA, PASSWORD_ADMINISTRATOR as PA,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR as PAA, USER_ADMINISTRATOR as UA,
};

#[test]
fn unit_scoped_callers_reach_direct_members_without_roles() {
    let member = Target {
        units: Known::Known(vec![UNIT.to_uppercase()]),
        ..nobody_special()
    };
    for role in [PA, HA, UA, AA, PAA] {
        let caller = person(&[HeldRole::in_unit(role, UNIT)]);
        allowed(METHOD, &caller, &member);
        denied(METHOD, &caller, &nobody_special(), "notInCallersUnit");
        let unread = Target {
            units: Known::missing(Gap::not_read("units")),
            ..nobody_special()
        };
        unknown(METHOD, &caller, &unread);
        let admin = Target {
            units: member.units.clone(),
            ..holding(DIRECTORY_READERS)
        };
        if role == PAA {
            unknown(METHOD, &caller, &admin);
        } else {
            denied(METHOD, &caller, &admin, "targetHoldsHigherRole");
        }
    }
    // A Global Administrator cannot be scoped, and an object scope reaches no user.
    denied(
        METHOD,
        &person(&[HeldRole::in_unit(GA, UNIT)]),
        &member,
        "noCallerRole",
    );
    let on_object = HeldRole {
        scope: Scope::Object(UNIT.into()),
        ..HeldRole::tenant(UA)
    };
    denied(METHOD, &person(&[on_object]), &member, "noCallerRole");
    let ungrouped = person(&[HeldRole::in_unit(HA, UNIT)]);
    denied(Action::EnableAccount, &ungrouped, &member, "noCallerRole");
}

#[test]
fn restricted_units_stop_everybody_outside_and_administrators_inside() {
    let inside = Target {
        restricted: Some(true),
        units: Known::Known(vec![UNIT.into()]),
        restricted_units: Known::Known(vec![UNIT.into()]),
        ..nobody_special()
    };
    for caller in [by(GA), by(PAA), app(&[HeldRole::tenant(GA)]), app(&[])] {
        denied(DIRECT, &caller, &inside, "restrictedUnit");
        denied(
            Action::WriteMethods(Method::Phone),
            &caller,
            &inside,
            "restrictedUnit",
        );
        let reading = decide(Action::ReadMethods, &caller, &inside);
        assert!(
            reading.is_allowed(),
            "reading is not restricted: {reading:?}"
        );
    }
    let scoped = person(&[HeldRole::in_unit(UA, UNIT)]);
    allowed(METHOD, &scoped, &inside);
    let admin = Target {
        roles: holding(GA).roles,
        ..inside.clone()
    };
    denied(METHOD, &scoped, &admin, "restrictedUnit");
    unknown(METHOD, &person(&[HeldRole::in_unit(PAA, UNIT)]), &admin);
    assert!(
        who_can(METHOD, CallerKind::Delegated, &admin)
            .roles
            .is_empty()
    );
    let who = who_can(METHOD, CallerKind::Delegated, &inside);
    assert_eq!(who.units, [UNIT]);
    assert!(who.roles.iter().all(|role| role.unit_assignable));
    assert!(who.sentence().contains(UNIT));
    // Another, ordinary unit of the target does not open the restricted one.
    let other = Target {
        units: Known::Known(vec![UNIT.into(), CUSTOM.into()]),
        ..inside.clone()
    };
    denied(
        METHOD,
        &person(&[HeldRole::in_unit(UA, CUSTOM)]),
        &other,
        "restrictedUnit",
    );
    let unread = Target {
        restricted: None,
        restricted_units: Known::Missing(Vec::new()),
        ..nobody_special()
    };
    let (_, may_be) = unknown(METHOD, &by(GA), &unread);
    assert_eq!(may_be[0].code(), "restrictedUnit");
    let contradictory = Target {
        restricted: Some(false),
        ..inside.clone()
    };
    denied(METHOD, &by(GA), &contradictory, "restrictedUnit");
    let exempt = Caller {
        permissions: Known::Known(vec!["Directory.Write.Restricted".into()]),
        ..app(&[])
    };
    assert_eq!(
        codes(&decide(Action::RevokeSessions, &exempt, &inside)),
        ["missingPermission"]
    );
}

#[test]
fn the_own_account_is_refused_first() {
    let own = Target {
        id: CALLER.to_uppercase(),
        ..holding(GA)
    };
    for action in [
        METHOD,
        DIRECT,
        Action::IssueAccessPass,
        Action::WriteMethods(Method::Email),
        Action::DeleteUser,
    ] {
        denied(action, &by(GA), &own, "selfTarget");
    }
    let reader = Caller {
        permissions: Known::Known(vec!["UserAuthenticationMethod.Read".into()]),
        ..person(&[])
    };
    allowed(Action::ReadMethods, &reader, &own);
    denied(
        Action::ReadMethods,
        &reader,
        &holding(GA),
        "missingPermission",
    );
    unknown(METHOD, &Caller { id: None, ..by(GA) }, &holding(UA));
}

#[test]
fn passwords_kept_elsewhere_are_refused() {
    let synced = |writeback| Target {
        synced: Some(true),
        writeback,
        ..nobody_special()
    };
    let unread = Known::missing(Gap::not_read("writeback"));
    denied(
        DIRECT,
        &by(GA),
        &synced(Known::Known(true)),
        "syncedNoWriteback",
    );
    denied(
        METHOD,
        &by(GA),
        &synced(Known::Known(false)),
        "syncedNoWriteback",
    );
    allowed(METHOD, &by(GA), &synced(Known::Known(true)));
    let (_, may_be) = unknown(METHOD, &by(GA), &synced(unread.clone()));
    assert_eq!(may_be[0].refusal(), Refusal::Precondition);
    allowed(
        Action::ResetPassword {
            via: Via::DirectCloudOnly,
        },
        &by(GA),
        &synced(Known::Known(false)),
    );
    denied(
        Action::EnableAccount,
        &by(GA),
        &synced(Known::Known(true)),
        "syncedAttribute",
    );

    let federated = Target {
        federated_domain: Some(true),
        ..nobody_special()
    };
    denied(DIRECT, &by(GA), &federated, "federatedDomain");
    denied(METHOD, &by(GA), &federated, "federatedDomain");
    allowed(
        METHOD,
        &by(GA),
        &Target {
            federated_domain: Some(true),
            ..synced(Known::Known(true))
        },
    );
    unknown(
        METHOD,
        &by(GA),
        &Target {
            federated_domain: Some(true),
            ..synced(unread)
        },
    );
    denied(
        METHOD,
        &by(GA),
        &Target {
            guest: true,
            ..nobody_special()
        },
        "guestHomeTenant",
    );
    denied(
        Action::RevokeSessions,
        &by(GA),
        &Target {
            guest: true,
            ..nobody_special()
        },
        "guestHomeTenant",
    );
    allowed(
        Action::DeleteUser,
        &by(GA),
        &Target {
            guest: true,
            ..nobody_special()
        },
    );
}

#[test]
fn china_resets_directly_only() {
    let target = nobody_special();
    assert_eq!(
        codes(&verdict(METHOD, &by(GA), &target, Cloud::China)),
        ["cloudLacks"]
    );
    assert!(verdict(DIRECT, &by(GA), &target, Cloud::China).is_allowed());
    assert_eq!(
        codes(&verdict(
            Action::IssueAccessPass,
            &by(GA),
            &target,
            Cloud::China
        )),
        ["cloudLacks"]
    );
    assert!(
        verdict(
            Action::WriteMethods(Method::Phone),
            &by(GA),
            &target,
            Cloud::China
        )
        .is_allowed()
    );
    assert!(verdict(METHOD, &by(GA), &target, Cloud::UsGovDod).is_allowed());
}

#[test]
fn applications_need_the_direct_way_and_a_role_for_administrators() {
    denied(
        METHOD,
        &app(&[HeldRole::tenant(GA)]),
        &nobody_special(),
        "appOnlyAction",
    );
    allowed(DIRECT, &app(&[HeldRole::tenant(PAA)]), &holding(GA));
    denied(DIRECT, &app(&[]), &holding(GA), "targetHoldsHigherRole");
    unknown(DIRECT, &app(&[]), &nobody_special());
    allowed(Action::RevokeSessions, &app(&[]), &nobody_special());
    denied(
        Action::RevokeSessions,
        &app(&[]),
        &holding(GA),
        "targetHoldsHigherRole",
    );
    allowed(
        Action::WriteMethods(Method::Email),
        &app(&[]),
        &nobody_special(),
    );
    unknown(Action::WriteMethods(Method::Email), &app(&[]), &holding(GA));
    unknown(Action::IssueAccessPass, &app(&[]), &holding(UA));
    allowed(Action::ReadMethods, &app(&[]), &holding(GA));
    let unit = Target {
        units: Known::Known(vec![UNIT.into()]),
        ..nobody_special()
    };
    unknown(DIRECT, &app(&[HeldRole::in_unit(UA, UNIT)]), &unit);
    allowed(
        DIRECT,
        &app(&[
            HeldRole::in_unit(UA, UNIT),
            HeldRole::tenant(DIRECTORY_READERS),
        ]),
        &unit,
    );
}

#[test]
fn scopes_are_understood() {
    assert_eq!(Scope::from_directory_scope("/"), Scope::Tenant);
    assert_eq!(
        Scope::from_directory_scope(&format!("/administrativeUnits/{UNIT}")),
        Scope::unit(UNIT)
    );
    assert_eq!(
        Scope::from_directory_scope(&format!("/{CUSTOM}")),
        Scope::Object(CUSTOM.into())
    );
}
