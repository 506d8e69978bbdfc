//! What answers say: permissions, order of reasons, tenant actions, diagnosis, privileged accounts.

use super::*;
use crate::policy::roles::{
    DIRECTORY_READERS, GLOBAL_ADMINISTRATOR as GA, GLOBAL_READER, HELPDESK_ADMINISTRATOR as HA,
    PRIVILEGED_ROLE_ADMINISTRATOR as PRA, USER_ADMINISTRATOR as UA,
};

#[test]
fn a_role_the_token_does_not_name_yet_is_neither_yes_nor_no() {
    let token = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect());
    let late = Caller {
        token_roles: token(&[roles::DEFAULT_USER_MARKER]),
        ..by(roles::GLOBAL_ADMINISTRATOR)
    };
    let (_, may_be) = unknown(METHOD, &late, &nobody_special());
    assert_eq!(may_be[0].code(), "roleNotInToken");
    let told = diagnose(METHOD, &late, &nobody_special(), Cloud::Global, None);
    assert_eq!(told.cause, Cause::StaleToken);
    assert_eq!(
        tenant_verdict(TenantAction::AssignRole, &late).word(),
        "unknown"
    );
    for current in [
        Caller {
            token_roles: token(&[roles::GLOBAL_ADMINISTRATOR]),
            ..late.clone()
        },
        Caller {
            token_roles: None,
            ..late.clone()
        },
        Caller {
            kind: CallerKind::AppOnly,
            ..late.clone()
        },
    ] {
        allowed(DIRECT, &current, &nobody_special());
        assert!(tenant_verdict(TenantAction::AssignRole, &current).is_allowed());
    }
    // Another role that the token names is enough, and roles of units are never in a token.
    let both = Caller {
        roles: Known::Known(vec![
            HeldRole::tenant(roles::GLOBAL_ADMINISTRATOR),
            HeldRole::tenant(roles::USER_ADMINISTRATOR),
        ]),
        token_roles: token(&[roles::USER_ADMINISTRATOR]),
        ..late.clone()
    };
    allowed(METHOD, &both, &nobody_special());
    let in_unit = Caller {
        roles: Known::Known(vec![HeldRole::in_unit(roles::USER_ADMINISTRATOR, UNIT)]),
        ..late
    };
    let member = Target {
        units: Known::Known(vec![UNIT.to_owned()]),
        ..nobody_special()
    };
    allowed(METHOD, &in_unit, &member);
}

#[test]
fn permissions_decide_before_roles_do() {
    let caller = Caller {
        permissions: Known::Known(vec!["User.Read.All".into()]),
        ..by(GA)
    };
    denied(METHOD, &caller, &holding(GA), "missingPermission");
    let half = Caller {
        permissions: Known::Known(vec!["User.EnableDisableAccount.All".into()]),
        ..by(GA)
    };
    denied(
        Action::EnableAccount,
        &half,
        &holding(GA),
        "missingPermission",
    );
    let opaque = Caller {
        permissions: Known::Missing(Vec::new()),
        ..by(GA)
    };
    let (missing, may_be) = unknown(METHOD, &opaque, &holding(GA));
    assert_eq!((missing.len(), may_be[0].code()), (1, "missingPermission"));
    let case = Caller {
        permissions: Known::Known(vec!["userauthenticationmethod.readwrite.all".into()]),
        ..by(GA)
    };
    allowed(METHOD, &case, &holding(GA));
    let wide = Caller {
        permissions: Known::Known(vec!["User.ReadWrite.All".into()]),
        ..by(GA)
    };
    denied(DIRECT, &wide, &holding(UA), "missingPermission");
}

#[test]
fn allowed_names_what_it_rests_on() {
    let Verdict::Allowed { by: rests } = decide(Action::EnableAccount, &by(UA), &nobody_special())
    else {
        panic!()
    };
    assert_eq!(rests.role.unwrap().template_id, UA);
    assert_eq!(
        rests.permission.as_deref(),
        Some("User.EnableDisableAccount.All + User.Read.All")
    );
    let Verdict::Allowed { by: rests } =
        decide(Action::RevokeSessions, &app(&[]), &nobody_special())
    else {
        panic!()
    };
    assert_eq!(rests.role, None);
}

#[test]
fn a_precondition_outranks_a_missing_right() {
    let target = Target {
        guest: true,
        ..holding(GA)
    };
    let answer = decide(METHOD, &by(HA), &target);
    assert_eq!(codes(&answer), ["guestHomeTenant", "targetHoldsHigherRole"]);
    assert_eq!(answer.refusal(), Some(Refusal::Precondition));
    assert_eq!(
        decide(METHOD, &by(HA), &holding(GA))
            .refusal()
            .map(Refusal::exit_code),
        Some(5)
    );
}

#[test]
fn tenant_actions() {
    for action in TenantAction::ALL {
        let least = roles_for(action)[0];
        assert!(tenant_verdict(action, &by(least)).is_allowed());
        assert!(tenant_verdict(action, &by(GA)).is_allowed());
        assert!(tenant_verdict(action, &app(&[])).is_allowed());
        assert_eq!(codes(&tenant_verdict(action, &by(HA))), ["noCallerRole"]);
        assert_eq!(
            codes(&tenant_verdict(
                action,
                &person(&[HeldRole::in_unit(GA, UNIT)])
            )),
            ["noCallerRole"]
        );
        assert_eq!(
            tenant_verdict(action, &person(&[custom_role()])).word(),
            "unknown"
        );
        let blind = Caller {
            roles: Known::Missing(Vec::new()),
            ..person(&[])
        };
        assert_eq!(tenant_verdict(action, &blind).word(), "unknown");
        let ready = Caller {
            eligible: Known::Known(vec![HeldRole::tenant(least)]),
            ..person(&[])
        };
        assert_eq!(
            codes(&tenant_verdict(action, &ready)),
            ["roleEligibleNotActive"]
        );
        let bare = Caller {
            permissions: Known::Known(Vec::new()),
            ..by(GA)
        };
        assert_eq!(codes(&tenant_verdict(action, &bare)), ["missingPermission"]);
    }
    assert_eq!(
        codes(&tenant_verdict(TenantAction::AssignRole, &by(UA))),
        ["noCallerRole"]
    );
    assert_eq!(
        codes(&tenant_verdict(TenantAction::CreateUser, &by(PRA))),
        ["noCallerRole"]
    );
}

#[test]
fn tells_the_four_look_alikes_apart() {
    let cause = |caller: &Caller, target: &Target| {
        diagnose(METHOD, caller, target, Cloud::Global, None).cause
    };
    let bare = Caller {
        permissions: Known::Known(Vec::new()),
        ..by(GA)
    };
    assert_eq!(cause(&bare, &nobody_special()), Cause::MissingPermission);
    assert_eq!(
        cause(&by(GLOBAL_READER), &nobody_special()),
        Cause::MissingRole
    );
    assert_eq!(cause(&by(HA), &holding(GA)), Cause::ProtectedTarget);
    let ready = Caller {
        eligible: Known::Known(vec![HeldRole::tenant(GA)]),
        ..person(&[])
    };
    assert_eq!(cause(&ready, &nobody_special()), Cause::RoleNotActivated);
    assert_eq!(cause(&by(GA), &nobody_special()), Cause::StaleToken);
    assert_eq!(
        cause(
            &by(GA),
            &Target {
                guest: true,
                ..nobody_special()
            }
        ),
        Cause::Precondition
    );
    assert_eq!(
        cause(
            &by(GA),
            &Target {
                restricted: Some(true),
                ..nobody_special()
            }
        ),
        Cause::RestrictedUnit
    );
    let text = "Insufficient privileges ... member of a Restricted Management Administrative Unit and can only";
    let told = diagnose(METHOD, &by(HA), &holding(GA), Cloud::Global, Some(text));
    assert_eq!((told.cause, told.certain), (Cause::RestrictedUnit, true));
    let blind = Target::unread(TARGET, "megan@contoso.com");
    let open = diagnose(METHOD, &by(HA), &blind, Cloud::Global, None);
    assert!(!open.certain && !open.missing.is_empty());
}

#[test]
fn privileged_accounts_are_found_and_doubt_counts() {
    assert_eq!(privileged_target(&nobody_special()), Privileged::No);
    assert_eq!(
        privileged_target(&holding(DIRECTORY_READERS)),
        Privileged::No
    );
    let cases = [
        holding(GA),
        holding("00000000-aaaa-bbbb-cccc-000000000000"),
        Target {
            roles: Known::Known(vec![custom_role()]),
            ..nobody_special()
        },
        Target {
            eligible: Known::Known(vec![HeldRole::tenant(GA)]),
            ..nobody_special()
        },
        Target {
            role_assignable_group: Known::Known(true),
            ..nobody_special()
        },
        Target {
            roles: holding(GA).roles,
            ..Target::unread(TARGET, "x@contoso.com")
        },
    ];
    for target in cases {
        assert!(
            matches!(privileged_target(&target), Privileged::Yes(_)),
            "{target:?}"
        );
    }
    let doubt = [
        Target {
            roles: Known::Missing(Vec::new()),
            ..nobody_special()
        },
        Target {
            eligible: Known::Partial(Vec::new(), Vec::new()),
            ..nobody_special()
        },
        Target {
            role_assignable_group: Known::Missing(Vec::new()),
            ..nobody_special()
        },
    ];
    for target in doubt {
        let answer = privileged_target(&target);
        assert!(matches!(answer, Privileged::Unknown(_)) && answer.needs_confirmation());
    }
}

#[test]
fn the_last_global_administrator_is_kept() {
    let target = holding(GA);
    let known =
        |ids: &[&str]| Known::Known(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
    assert_eq!(
        last_global_administrator(true, &target, &known(&[TARGET])),
        LastAdministrator::Stop
    );
    assert_eq!(
        last_global_administrator(false, &target, &known(&[TARGET])),
        LastAdministrator::Warn
    );
    assert_eq!(
        last_global_administrator(true, &target, &known(&[TARGET, CALLER])),
        LastAdministrator::NotLast
    );
    assert_eq!(
        last_global_administrator(true, &target, &known(&[])),
        LastAdministrator::NotLast
    );
    let partly = Known::Partial(vec![TARGET.to_uppercase()], Vec::new());
    assert!(
        matches!(last_global_administrator(true, &target, &partly), LastAdministrator::Unknown(gaps) if !gaps.is_empty())
    );
    let enough = Known::Partial(vec![CALLER.to_owned()], Vec::new());
    assert_eq!(
        last_global_administrator(true, &target, &enough),
        LastAdministrator::NotLast
    );
}
