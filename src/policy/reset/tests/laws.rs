//! Laws that hold for all roles and all facts, not for chosen cases.

use super::*;
use std::collections::HashSet;

#[test]
fn tables_are_sound() {
    for table in [&matrix::RESET_PASSWORD, &matrix::SENSITIVE_ACTIONS] {
        let mut seen = HashSet::new();
        let rows = table
            .rows
            .iter()
            .map(|row| row.allowed)
            .chain([table.no_role, table.protected]);
        for allowed in rows {
            for always in matrix::PROTECTED {
                assert!(allowed.contains(always), "{}", table.title);
            }
            for id in allowed {
                assert!(roles::by_template_id(id).is_some());
                assert!(
                    table.no_role.contains(id),
                    "who reaches some administrator reaches ordinary users"
                );
            }
        }
        for row in table.rows {
            assert!(roles::by_template_id(row.target).is_some());
            assert!(seen.insert(row.target), "one row for each role");
        }
    }
    for (wide, narrow) in matrix::RESET_PASSWORD
        .rows
        .iter()
        .zip(matrix::SENSITIVE_ACTIONS.rows)
    {
        assert_eq!(wide.target, narrow.target);
        assert!(narrow.allowed.iter().all(|id| wide.allowed.contains(id)));
    }
    for list in [
        matrix::METHOD_WRITERS,
        matrix::METHOD_READERS,
        matrix::CREATE_USER,
        matrix::ASSIGN_ROLE,
    ] {
        assert!(list.iter().all(|id| roles::by_template_id(id).is_some()));
    }
    for id in matrix::UNIT_CALLERS {
        assert!(roles::by_template_id(id).unwrap().unit_assignable);
    }
    for other in matrix::OTHER_ROLES {
        assert!(roles::by_template_id(other.role).is_some());
        assert!(!matrix::RESET_PASSWORD.no_role.contains(&other.role));
    }
}

#[test]
fn permission_tables_are_sound() {
    let valid = |any_of: permissions::AnyOf| {
        assert!(!any_of.is_empty());
        for set in any_of {
            assert!(!set.is_empty());
            for name in *set {
                assert!(name.contains('.') && !name.contains(' '), "{name}");
            }
        }
    };
    for action in Action::ALL {
        valid(permissions::for_action(action, CallerKind::Delegated).unwrap());
        match permissions::for_action(action, CallerKind::AppOnly) {
            Some(any_of) => valid(any_of),
            None => assert_eq!(action, METHOD),
        }
    }
    for action in TenantAction::ALL {
        valid(permissions::for_tenant_action(action));
    }
}

/// Every row of the tables, with full knowledge.
fn every_kind_of_target() -> Vec<Target> {
    let listed = matrix::RESET_PASSWORD
        .rows
        .iter()
        .map(|row| holding(row.target));
    let mut targets: Vec<Target> = listed.collect();
    targets.push(nobody_special());
    targets.push(holding(roles::SECURITY_READER));
    targets.push(Target {
        role_assignable_group: Known::Known(true),
        ..nobody_special()
    });
    targets.push(Target {
        roles: Known::Known(vec![custom_role()]),
        ..nobody_special()
    });
    let scoped = HeldRole {
        scope: Scope::Unit {
            id: UNIT.into(),
            restricted: Some(true),
        },
        ..HeldRole::tenant(roles::HELPDESK_ADMINISTRATOR)
    };
    targets.push(Target {
        roles: Known::Known(vec![scoped]),
        ..nobody_special()
    });
    targets
}

#[test]
fn full_knowledge_decides_nearly_every_cell() {
    let targets = every_kind_of_target();
    let callers: Vec<Caller> = ROLES.iter().map(|role| by(role.template_id)).collect();
    for action in [
        METHOD,
        DIRECT,
        Action::RevokeSessions,
        Action::EnableAccount,
        Action::DeleteUser,
    ] {
        let unknown = targets
            .iter()
            .flat_map(|target| {
                callers
                    .iter()
                    .map(move |caller| decide(action, caller, target))
            })
            .filter(|answer| answer.word() == "unknown")
            .count();
        let cells = targets.len() * callers.len();
        assert!(unknown * 50 <= cells, "{action:?}: {unknown} of {cells}");
    }
}

#[test]
fn those_named_as_able_are_able_and_no_other_column_is() {
    for target in every_kind_of_target() {
        for action in Action::ALL {
            let named = who_can(action, CallerKind::Delegated, &target).roles;
            assert!(!named.is_empty());
            for id in matrix::RESET_PASSWORD
                .no_role
                .iter()
                .chain(matrix::METHOD_READERS)
            {
                let able = decide(action, &by(id), &target).is_allowed();
                assert_eq!(
                    able,
                    named.iter().any(|role| role.template_id == *id),
                    "{action:?} {id}"
                );
            }
        }
    }
}

#[test]
fn a_role_in_no_row_protects_from_all_but_two() {
    let columns = matrix::RESET_PASSWORD
        .no_role
        .iter()
        .map(|id| (id, by(id)))
        .collect::<Vec<_>>();
    for role in ROLES {
        let listed = matrix::RESET_PASSWORD
            .rows
            .iter()
            .any(|row| row.target == role.template_id);
        if listed || role.implicit {
            continue;
        }
        for (id, caller) in &columns {
            let able = decide(DIRECT, caller, &holding(role.template_id)).is_allowed();
            assert_eq!(
                able,
                matrix::PROTECTED.contains(id),
                "{} on {}",
                id,
                role.name
            );
        }
    }
}

#[test]
fn exactly_the_published_callers_reach_somebody() {
    let targets = every_kind_of_target();
    for role in ROLES {
        let caller = by(role.template_id);
        let reaches = targets
            .iter()
            .any(|target| decide(DIRECT, &caller, target).is_allowed());
        let published = matrix::RESET_PASSWORD.no_role.contains(&role.template_id)
            || matrix::OTHER_ROLES
                .iter()
                .any(|other| other.role == role.template_id);
        assert_eq!(reaches, published, "{}", role.name);
    }
}

#[test]
fn every_reason_can_happen_and_speaks() {
    let mut seen: HashSet<&str> = HashSet::new();
    let tells = |reasons: &[Reason]| {
        for reason in reasons {
            for text in [reason.why(), reason.fix()] {
                assert!(text.ends_with('.') && text.len() > 10, "{text}");
                assert!(text.starts_with(|c: char| c.is_uppercase()), "{text}");
            }
        }
    };
    tells(&Reason::samples());
    let own = Target {
        id: CALLER.into(),
        ..nobody_special()
    };
    let synced = Target {
        synced: Some(true),
        ..nobody_special()
    };
    let reader = by(roles::GLOBAL_READER);
    let ready = Caller {
        eligible: Known::Known(vec![HeldRole::tenant(roles::GLOBAL_ADMINISTRATOR)]),
        ..person(&[])
    };
    let late = Caller {
        token_roles: Some(vec![roles::DEFAULT_USER_MARKER.to_owned()]),
        ..by(roles::GLOBAL_ADMINISTRATOR)
    };
    let bare = Caller {
        permissions: Known::Known(Vec::new()),
        ..person(&[])
    };
    let desk = by(roles::HELPDESK_ADMINISTRATOR);
    let unit = person(&[HeldRole::in_unit(roles::HELPDESK_ADMINISTRATOR, UNIT)]);
    let eligible = Target {
        eligible: Known::Known(vec![HeldRole::tenant(roles::GLOBAL_ADMINISTRATOR)]),
        ..nobody_special()
    };
    let answers = [
        decide(METHOD, &desk, &own),
        decide(
            METHOD,
            &desk,
            &Target {
                restricted: Some(true),
                ..nobody_special()
            },
        ),
        decide(DIRECT, &desk, &synced),
        decide(Action::EnableAccount, &desk, &synced),
        decide(
            DIRECT,
            &desk,
            &Target {
                federated_domain: Some(true),
                ..nobody_special()
            },
        ),
        decide(
            METHOD,
            &desk,
            &Target {
                guest: true,
                ..nobody_special()
            },
        ),
        verdict(METHOD, &desk, &nobody_special(), Cloud::China),
        decide(METHOD, &app(&[]), &nobody_special()),
        decide(METHOD, &bare, &nobody_special()),
        decide(METHOD, &ready, &nobody_special()),
        decide(METHOD, &late, &nobody_special()),
        decide(METHOD, &reader, &nobody_special()),
        decide(METHOD, &desk, &holding(roles::GLOBAL_ADMINISTRATOR)),
        decide(METHOD, &desk, &eligible),
        decide(
            METHOD,
            &desk,
            &Target {
                role_assignable_group: Known::Known(true),
                ..nobody_special()
            },
        ),
        decide(METHOD, &unit, &nobody_special()),
    ];
    for answer in &answers {
        tells(answer.reasons());
        seen.extend(codes(answer));
    }
    let all: HashSet<&str> = Reason::samples().iter().map(Reason::code).collect();
    assert_eq!(seen, all);
}

#[test]
fn what_was_not_read_is_never_taken_for_yes() {
    let target = nobody_special();
    for role in matrix::RESET_PASSWORD.no_role {
        let caller = by(role);
        assert!(decide(DIRECT, &caller, &target).is_allowed());
        for (what, blind) in blinded(&target) {
            let answer = decide(DIRECT, &caller, &blind);
            let everybody = matrix::PROTECTED.contains(role);
            let about_roles = ["roles", "roles in part", "eligible", "group"].contains(&what);
            if everybody && about_roles {
                assert!(
                    answer.is_allowed(),
                    "works on everybody, so {what} does not matter"
                );
            } else {
                assert_eq!(answer.word(), "unknown", "{what}");
            }
        }
        let unread = [
            Caller {
                permissions: Known::Missing(Vec::new()),
                ..caller.clone()
            },
            Caller {
                id: None,
                ..caller.clone()
            },
            Caller {
                roles: Known::Missing(Vec::new()),
                ..caller.clone()
            },
        ];
        for caller in unread {
            assert_eq!(decide(DIRECT, &caller, &target).word(), "unknown");
        }
        let part = Caller {
            roles: Known::Partial(caller.roles.items().to_vec(), Vec::new()),
            ..caller.clone()
        };
        assert!(
            decide(DIRECT, &part, &target).is_allowed(),
            "a role that was seen is enough"
        );
    }
    let nothing = Target::unread(TARGET, "megan@contoso.com");
    for action in Action::ALL {
        for role in ROLES {
            let answer = decide(action, &by(role.template_id), &nothing);
            assert!(
                !answer.is_allowed() || action == Action::ReadMethods,
                "{action:?} {}",
                role.name
            );
        }
    }
}
