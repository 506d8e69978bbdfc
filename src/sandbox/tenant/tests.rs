//! The tenant: sign-in, state, look-ups.

use super::super::{roles, seed};
use super::*;

const NOW: i64 = 1_795_169_472_000;
const CHIDI: &str = "chidi.maro@contoso.com";

#[test]
fn every_seeded_person_can_be_found_and_shares_the_password_or_has_none() {
    let tenant = Tenant::seeded(NOW);
    assert!(tenant.users.len() >= 20);
    for user in &tenant.users {
        assert_eq!(tenant.person(user.upn()).unwrap().object_id, user.id());
        assert!(super::super::stamp::is_guid(user.id()), "{}", user.id());
        let federated = tenant.federated(user.domain());
        assert_eq!(
            tenant.check_password(user.id(), seed::SEED_PASSWORD),
            !(user.guest() || federated)
        );
        assert!(!user.note.is_empty());
    }
    assert!(tenant.knows_tenant("CONTOSO.com") && tenant.knows_tenant(seed::TENANT_ID));
    assert!(!tenant.knows_tenant("fabrikam.example"));
    assert_eq!(tenant.initial_domain(), "contoso.onmicrosoft.com");
}

#[test]
fn the_state_holds_no_clear_password_and_reads_back_the_same() {
    let mut tenant = Tenant::seeded(NOW);
    tenant.set_password(CHIDI, "Tall-Ships-42");
    let state = tenant.to_state();
    let text = state.to_string();
    assert!(!text.contains("Tall-Ships") && !text.contains(seed::SEED_PASSWORD));
    let back = Tenant::from_state(state.clone()).unwrap();
    assert_eq!(back.to_state(), state);
    assert!(back.check_password(CHIDI, "Tall-Ships-42"));
    assert!(Tenant::from_state(serde_json::json!({"version": 99})).is_err());
}

#[test]
fn sign_in_answers_as_the_directory_does() {
    let mut tenant = Tenant::seeded(NOW);
    let ok = tenant.sign_in("ADA.okafor@contoso.com", seed::SEED_PASSWORD, NOW);
    assert!(matches!(
        ok,
        SignIn::Ok {
            must_change: false,
            ..
        }
    ));
    assert_eq!(
        tenant.sign_in("nobody@contoso.com", "x", NOW),
        SignIn::NoSuchUser
    );
    assert_eq!(
        tenant.sign_in("dana.wolf@contoso.com", seed::SEED_PASSWORD, NOW),
        SignIn::Disabled
    );
    assert_eq!(
        tenant.sign_in("finn.berg@fed.contoso.com", seed::SEED_PASSWORD, NOW),
        SignIn::WrongPassword
    );
    let later = NOW + 30 * 86_400_000;
    let second = "emergency-k3@contoso.onmicrosoft.com";
    assert_eq!(
        tenant.sign_in(second, seed::SEED_PASSWORD, later),
        SignIn::PasswordExpired
    );
    let first = "emergency-a7@contoso.onmicrosoft.com";
    assert!(matches!(
        tenant.sign_in(first, seed::SEED_PASSWORD, later),
        SignIn::Ok { .. }
    ));
    assert_eq!(tenant.sign_ins.last().unwrap()["status"]["errorCode"], 0);
}

#[test]
fn ten_wrong_passwords_lock_and_an_admin_reset_unlocks() {
    let mut tenant = Tenant::seeded(NOW);
    for _ in 0..10 {
        assert_eq!(tenant.sign_in(CHIDI, "wrong", NOW), SignIn::WrongPassword);
    }
    assert_eq!(
        tenant.sign_in(CHIDI, seed::SEED_PASSWORD, NOW),
        SignIn::LockedOut
    );
    assert!(matches!(
        tenant.sign_in(CHIDI, seed::SEED_PASSWORD, NOW + 60_001),
        SignIn::Ok { .. }
    ));
    for _ in 0..10 {
        tenant.sign_in(CHIDI, "wrong", NOW + 60_002);
    }
    tenant.user_mut(CHIDI).unwrap().set_password(
        Password::new("Tall-Ships-42"),
        true,
        NOW + 60_003,
    );
    assert!(matches!(
        tenant.sign_in(CHIDI, "Tall-Ships-42", NOW + 60_004),
        SignIn::Ok {
            must_change: true,
            ..
        }
    ));
}

#[test]
fn roles_are_seen_through_groups_and_units_do_not_count_as_tenant_wide() {
    let tenant = Tenant::seeded(NOW);
    let wids = |upn: &str| tenant.wids(&tenant.person(upn).unwrap().object_id);
    assert_eq!(
        wids("gina.rossi@contoso.com"),
        [roles::GLOBAL_ADMINISTRATOR]
    );
    assert!(wids("gus.lehmann@contoso.com").is_empty());
    assert!(wids("elif.kaya@contoso.com").is_empty());
    assert_eq!(
        tenant.wids(seed::CONFIDENTIAL_SERVICE_PRINCIPAL_ID).len(),
        2
    );
}

#[test]
fn assignment_ids_follow_the_documented_construction() {
    let id = edit::assignment_id(
        roles::GLOBAL_ADMINISTRATOR,
        "45ea6528-16d7-43d6-8ed8-9e7dce610253",
        "/",
    );
    assert_eq!(id, "lAPpYvVpN0KRkAEhdxReEChl6kXXFtZDjtiefc5hAlM-1");
    let scope = "/administrativeUnits/218d8847-0ee4-404e-875a-b53c3305ada9";
    let scoped = edit::assignment_id(
        roles::HELPDESK_ADMINISTRATOR,
        "4416804f-64a5-4944-b85b-d8a987dc62e6",
        scope,
    );
    assert_eq!(
        scoped,
        "4yeYchSc90m7G5YI8Va7uE-AFkSlZERJuFvYqYfcYuZHiI0h5A5OQIdatTwzBa2p-1"
    );
}

#[test]
fn the_built_in_catalogue_is_whole() {
    assert_eq!(roles::BUILT_IN.len(), 145);
    let mut ids: Vec<&str> = roles::BUILT_IN.iter().map(|role| role.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 145);
    assert!(
        roles::built_in(roles::USER_ADMINISTRATOR)
            .unwrap()
            .unit_scope
    );
    assert!(
        !roles::built_in(roles::GLOBAL_ADMINISTRATOR)
            .unwrap()
            .unit_scope
    );
}
