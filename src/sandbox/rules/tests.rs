//! The matrices against rows copied from the page, and the rules around them.

use super::super::seed;
use super::*;

const NOW: i64 = 1_795_169_472_000;

fn caller(tenant: &Tenant, upn: &str) -> Caller {
    let id = tenant
        .person(upn)
        .map_or_else(|| upn.to_owned(), |person| person.object_id);
    Caller {
        wids: tenant.wids(&id),
        app_only: tenant.person(upn).is_none(),
        object_id: id,
        client_id: seed::PUBLIC_CLIENT_ID.to_owned(),
        permissions: Vec::new(),
        issued_at: NOW,
        cp1: false,
    }
}

/// A tenant with one caller of a role and one target of a role.
fn cell(caller_role: &str, target_role: Option<&str>) -> (Tenant, Caller, String) {
    let mut tenant = Tenant::seeded(NOW);
    let by = tenant.add_user("by@contoso.com", "By");
    let target = tenant.add_user("target@contoso.com", "Target");
    tenant.assign_role(&by, caller_role, "/");
    if let Some(role) = target_role {
        tenant.assign_role(&target, role, "/");
    }
    let by = caller(&tenant, "by@contoso.com");
    (tenant, by, target)
}

fn passes_cell(caller_role: &str, target_role: Option<&str>, action: Action) -> bool {
    let (tenant, by, target) = cell(caller_role, target_role);
    may(&tenant, &by, &target, action).is_ok()
}

#[test]
fn both_tables_read_as_printed() {
    use roles::*;
    // Columns: Password, Helpdesk, Authentication, User Administrator; the two top roles pass every row.
    let printed = [
        (Some(AUTHENTICATION_ADMINISTRATOR), "..x.", "..x."),
        (Some(DIRECTORY_READERS), "xxxx", "..xx"),
        (Some(GLOBAL_ADMINISTRATOR), "....", "...."),
        (Some(GROUPS_ADMINISTRATOR), "...x", "...x"),
        (Some(GUEST_INVITER), "xxxx", "..xx"),
        (Some(HELPDESK_ADMINISTRATOR), ".x.x", "...x"),
        (Some(MESSAGE_CENTER_READER), ".xxx", "..xx"),
        (Some(PASSWORD_ADMINISTRATOR), "xxxx", "..xx"),
        (
            Some(PRIVILEGED_AUTHENTICATION_ADMINISTRATOR),
            "....",
            "....",
        ),
        (Some(PRIVILEGED_ROLE_ADMINISTRATOR), "....", "...."),
        (Some(REPORTS_READER), ".xxx", "..xx"),
        (Some(USER_ADMINISTRATOR), "...x", "...x"),
        (Some(USER_EXPERIENCE_SUCCESS_MANAGER), ".xxx", "..xx"),
        (Some(USAGE_SUMMARY_REPORTS_READER), ".xxx", "..xx"),
        (None, "xxxx", "..xx"),
        (Some(GLOBAL_READER), "....", "...."),
        (Some(seed::CUSTOM_ROLE_ID), "....", "...."),
    ];
    let callers = [
        PASSWORD_ADMINISTRATOR,
        HELPDESK_ADMINISTRATOR,
        AUTHENTICATION_ADMINISTRATOR,
        USER_ADMINISTRATOR,
    ];
    for (target, reset, sensitive) in printed {
        for (at, by) in callers.into_iter().enumerate() {
            let listed = |row: &str| row.as_bytes()[at] == b'x';
            let (tenant, caller, id) = cell(by, target);
            let passes = |action| may(&tenant, &caller, &id, action).is_ok();
            assert_eq!(
                passes(Action::Password),
                listed(reset),
                "{by} resets {target:?}"
            );
            assert_eq!(
                passes(Action::Sessions),
                listed(reset),
                "{by} revokes {target:?}"
            );
            assert_eq!(
                passes(Action::Contact),
                listed(reset) && listed(sensitive),
                "{by} contacts of {target:?}"
            );
            for action in [
                Action::AccountEnabled,
                Action::Identity,
                Action::DeleteOrRestore,
            ] {
                assert_eq!(
                    passes(action),
                    listed(sensitive),
                    "{by} {action:?} {target:?}"
                );
            }
            let authentication = by == AUTHENTICATION_ADMINISTRATOR;
            assert_eq!(
                passes(Action::Methods),
                authentication && listed(sensitive),
                "{by} methods of {target:?}"
            );
            assert_eq!(
                passes(Action::AccessPass),
                authentication && target.is_none(),
                "{by} pass for {target:?}"
            );
        }
        for by in [
            GLOBAL_ADMINISTRATOR,
            PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
        ] {
            let (tenant, caller, id) = cell(by, target);
            for action in [
                Action::Password,
                Action::Contact,
                Action::DeleteOrRestore,
                Action::Methods,
                Action::AccessPass,
            ] {
                assert_eq!(
                    may(&tenant, &caller, &id, action),
                    Ok(()),
                    "{by} {action:?} {target:?}"
                );
            }
        }
        assert!(!passes_cell(
            PRIVILEGED_ROLE_ADMINISTRATOR,
            target,
            Action::Password
        ));
    }
}

#[test]
fn roles_outside_the_tables_reach_people_without_a_role_only() {
    use roles::*;
    for by in [
        PARTNER_TIER1_SUPPORT,
        SECURITY_ADMINISTRATOR,
        SECURITY_OPERATOR,
        ENTRA_SOC_IDENTITY_RESPONDER,
    ] {
        assert!(passes_cell(by, None, Action::Password), "{by}");
        assert!(
            !passes_cell(by, Some(DIRECTORY_READERS), Action::Password),
            "{by}"
        );
        let responder = by == ENTRA_SOC_IDENTITY_RESPONDER;
        assert_eq!(
            passes_cell(by, None, Action::AccountEnabled),
            responder,
            "{by}"
        );
        assert_eq!(passes_cell(by, None, Action::Sessions), responder, "{by}");
    }
    assert!(passes_cell(
        PARTNER_TIER2_SUPPORT,
        Some(GLOBAL_ADMINISTRATOR),
        Action::Password
    ));
    assert!(!passes_cell(SECURITY_READER, None, Action::Password));
}

#[test]
fn contact_data_is_refused_where_the_two_tables_differ() {
    assert!(passes_cell(
        roles::HELPDESK_ADMINISTRATOR,
        None,
        Action::Password
    ));
    assert!(!passes_cell(
        roles::HELPDESK_ADMINISTRATOR,
        None,
        Action::Contact
    ));
    assert!(passes_cell(
        roles::USER_ADMINISTRATOR,
        None,
        Action::Contact
    ));
    assert!(!passes_cell(
        roles::USER_ADMINISTRATOR,
        Some(roles::GLOBAL_ADMINISTRATOR),
        Action::Contact
    ));
}

#[test]
fn all_rows_of_a_target_must_pass_and_one_role_of_the_caller_suffices() {
    let (mut tenant, by, target) = cell(roles::HELPDESK_ADMINISTRATOR, Some(roles::REPORTS_READER));
    assert_eq!(may_reset(&tenant, &by, &target), Ok(()));
    tenant.assign_role(&target, roles::GROUPS_ADMINISTRATOR, "/");
    assert_eq!(may_reset(&tenant, &by, &target), Err(Refusal::Denied));
    tenant.assign_role("by@contoso.com", roles::USER_ADMINISTRATOR, "/");
    assert_eq!(
        may_reset(&tenant, &by, &target),
        Err(Refusal::Denied),
        "not in the token yet"
    );
    let renewed = caller(&tenant, "by@contoso.com");
    assert_eq!(may_reset(&tenant, &renewed, &target), Ok(()));
}

#[test]
fn eligibility_and_role_assignable_groups_protect() {
    let (mut tenant, by, target) = cell(roles::USER_ADMINISTRATOR, None);
    assert_eq!(may_reset(&tenant, &by, &target), Ok(()));
    tenant.set_eligible(&target, roles::GLOBAL_ADMINISTRATOR);
    assert_eq!(may_reset(&tenant, &by, &target), Err(Refusal::Denied));
    for owner in [false, true] {
        let (mut tenant, by, target) = cell(roles::USER_ADMINISTRATOR, None);
        tenant.add_to_group(seed::KEEPERS_GROUP_ID, &target, owner);
        assert_eq!(may_reset(&tenant, &by, &target), Err(Refusal::Denied));
        let (mut tenant, top, target) = cell(roles::GLOBAL_ADMINISTRATOR, None);
        tenant.add_to_group(seed::KEEPERS_GROUP_ID, &target, owner);
        assert_eq!(may_reset(&tenant, &top, &target), Ok(()));
    }
}

#[test]
fn nobody_resets_the_own_account_but_everybody_ends_the_own_sessions() {
    let tenant = Tenant::seeded(NOW);
    let ada = caller(&tenant, seed::DEFAULT_PERSONA);
    assert_eq!(
        may_reset(&tenant, &ada, seed::DEFAULT_PERSONA),
        Err(Refusal::OwnAccount)
    );
    let noor = caller(&tenant, "noor.haddad@contoso.com");
    assert_eq!(
        may(&tenant, &noor, "noor.haddad@contoso.com", Action::Sessions),
        Ok(())
    );
    assert_eq!(
        may(&tenant, &noor, "tom.reed@contoso.com", Action::Sessions),
        Err(Refusal::Denied)
    );
}

#[test]
fn restricted_units_stop_everybody_but_their_own_administrators() {
    let tenant = Tenant::seeded(NOW);
    let (ada, ines) = (
        caller(&tenant, seed::DEFAULT_PERSONA),
        caller(&tenant, "ines.moreau@contoso.com"),
    );
    assert_eq!(
        may_reset(&tenant, &ada, "rhea.stone@contoso.com"),
        Err(Refusal::Restricted)
    );
    assert_eq!(may_reset(&tenant, &ines, "rhea.stone@contoso.com"), Ok(()));
    assert_eq!(
        may_reset(&tenant, &ada, "viktor.hale@contoso.com"),
        Err(Refusal::Restricted)
    );
    assert_eq!(
        may_reset(&tenant, &ines, "viktor.hale@contoso.com"),
        Err(Refusal::Denied)
    );
    let app = caller(&tenant, seed::CONFIDENTIAL_SERVICE_PRINCIPAL_ID);
    assert_eq!(
        may_reset(&tenant, &app, "rhea.stone@contoso.com"),
        Err(Refusal::Restricted)
    );
    let uma = caller(&tenant, "uma.keller@contoso.com");
    assert_eq!(
        may_reset(&tenant, &uma, "ines.moreau@contoso.com"),
        Err(Refusal::Denied),
        "scoped to a restricted unit"
    );
}

#[test]
fn a_unit_scoped_role_reaches_plain_members_of_the_unit_only() {
    let tenant = Tenant::seeded(NOW);
    let gus = caller(&tenant, "gus.lehmann@contoso.com");
    assert_eq!(may_reset(&tenant, &gus, "tom.reed@contoso.com"), Ok(()));
    assert_eq!(
        may_reset(&tenant, &gus, "petr.dvorak@contoso.com"),
        Err(Refusal::Denied),
        "an administrator"
    );
    assert_eq!(
        may_reset(&tenant, &gus, "mika.salo@contoso.com"),
        Err(Refusal::Denied),
        "role-assignable group"
    );
    assert_eq!(
        may_reset(&tenant, &gus, "noor.haddad@contoso.com"),
        Err(Refusal::Denied),
        "another unit"
    );
}

#[test]
fn an_application_needs_a_directory_role_for_passwords_and_for_administrators() {
    let mut tenant = Tenant::seeded(NOW);
    let sp = seed::CONFIDENTIAL_SERVICE_PRINCIPAL_ID;
    let app = caller(&tenant, sp);
    assert_eq!(may_reset(&tenant, &app, "bo.lindqvist@contoso.com"), Ok(()));
    tenant.remove_role(sp, roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR);
    assert_eq!(
        may_reset(&tenant, &app, "noor.haddad@contoso.com"),
        Err(Refusal::Denied)
    );
    assert_eq!(
        may(&tenant, &app, "noor.haddad@contoso.com", Action::Methods),
        Ok(())
    );
    assert_eq!(
        may(&tenant, &app, "bo.lindqvist@contoso.com", Action::Methods),
        Err(Refusal::Denied)
    );
}

#[test]
fn methods_are_read_by_four_roles_and_written_by_three() {
    let tenant = Tenant::seeded(NOW);
    let reads = |upn: &str| {
        may_read_methods(&tenant, &caller(&tenant, upn), "bo.lindqvist@contoso.com").is_ok()
    };
    let writes = |upn: &str, target: &str| {
        may(&tenant, &caller(&tenant, upn), target, Action::Methods).is_ok()
    };
    for upn in ["ada.okafor", "paula.nkemelu", "aiko.tan", "greta.holm"] {
        assert!(reads(&format!("{upn}@contoso.com")), "{upn}");
    }
    for upn in [
        "uma.keller",
        "dora.vega",
        "remy.faure",
        "noor.haddad",
        "gus.lehmann",
    ] {
        assert!(!reads(&format!("{upn}@contoso.com")), "{upn}");
        assert!(
            !writes(&format!("{upn}@contoso.com"), "chidi.maro@contoso.com"),
            "{upn}"
        );
    }
    assert!(writes("aiko.tan@contoso.com", "chidi.maro@contoso.com"));
    assert!(writes("aiko.tan@contoso.com", "remy.faure@contoso.com"));
    assert!(!writes("aiko.tan@contoso.com", "bo.lindqvist@contoso.com"));
    assert!(writes(
        "paula.nkemelu@contoso.com",
        "bo.lindqvist@contoso.com"
    ));
    assert!(!writes("greta.holm@contoso.com", "chidi.maro@contoso.com"));
}

#[test]
fn access_passes_are_for_others_and_low_roles_need_the_higher_administrator() {
    let tenant = Tenant::seeded(NOW);
    let aiko = caller(&tenant, "aiko.tan@contoso.com");
    assert_eq!(
        may(&tenant, &aiko, "chidi.maro@contoso.com", Action::AccessPass),
        Ok(())
    );
    assert_eq!(
        may(&tenant, &aiko, "remy.faure@contoso.com", Action::AccessPass),
        Err(Refusal::Denied)
    );
    assert_eq!(
        may(&tenant, &aiko, "aiko.tan@contoso.com", Action::AccessPass),
        Err(Refusal::OwnAccount)
    );
}
