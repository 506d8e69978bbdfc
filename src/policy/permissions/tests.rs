use super::*;
use crate::policy::roles;

#[test]
fn every_name_is_known_with_an_id_of_its_kind() {
    for row in ROWS {
        assert!(!(row.person.is_empty() && row.app.is_empty()), "{row:?}");
        for (kind, name) in Kind::ALL
            .into_iter()
            .flat_map(|kind| row.sets(kind).iter().map(move |set| (kind, set)))
            .flat_map(|(kind, set)| set.iter().map(move |name| (kind, *name)))
        {
            let known = by_name(name).unwrap_or_else(|| panic!("{name} of {}", row.command));
            assert!(!known.id(kind).is_empty(), "{name} has no id for {kind:?}");
        }
        for needed in [row.person_role, row.app_role] {
            for id in needed.enough.iter().chain(needed.for_admins) {
                assert_ne!(roles::display_name(id), "", "{id}");
            }
        }
    }
}

#[test]
fn the_table_is_kept_by_command() {
    assert!(ROWS.is_sorted_by_key(|row| row.command));
}

#[test]
fn what_another_row_brings_is_not_asked_for_twice() {
    // Setting a password with the action covers issuing an access pass, so no smaller permission is added for it.
    let names = scopes(&["reset-user"], &["--access-pass"], Cloud::Global);
    assert!(names.contains(&"UserAuthenticationMethod.ReadWrite.All"));
    assert!(!names.contains(&"UserAuthMethod-TAP.ReadWrite.All"));
    // Reading roles is covered by a permission that a later command brings, and the own account by that of an earlier one.
    let both = scopes(&["check-security-info", "create-admin"], &[], Cloud::Global);
    assert!(both.contains(&"RoleManagement.ReadWrite.Directory"));
    assert!(!both.contains(&"RoleManagement.Read.Directory") && !both.contains(&"User.Read"));
}

#[test]
fn a_name_may_stand_for_others() {
    assert_eq!(
        behind_all(&["resume", "reset-user", "whoami"]),
        Ok(vec!["create-admin", "reset-user", "whoami"])
    );
    assert_eq!(behind_all(&["whoami", "doctor"]), Err("doctor"));
}

#[test]
fn flags_add_and_china_swaps() {
    assert!(
        !scopes(&["reset-user"], &[], Cloud::Global).contains(&"User.EnableDisableAccount.All")
    );
    assert!(
        scopes(&["reset-user"], &["--enable"], Cloud::Global)
            .contains(&"User.EnableDisableAccount.All")
    );
    let china = scopes(&["reset-user"], &[], Cloud::China);
    assert!(china.contains(&"User-PasswordProfile.ReadWrite.All"));
    assert!(!china.contains(&"UserAuthenticationMethod.ReadWrite.All"));
}

#[test]
fn looking_is_not_granted_what_it_looks_for() {
    let app = needed(&["who-can-reset"], Kind::App, Cloud::Global, &[]);
    assert!(
        app.iter().all(|one| !one.permission.contains("Write")),
        "{app:?}"
    );
    assert!(
        scopes(&["who-can-reset"], &[], Cloud::Global)
            .contains(&"UserAuthenticationMethod.ReadWrite.All")
    );
}

#[test]
fn an_app_resets_by_the_password_profile() {
    assert!(possible("reset-user", Kind::App, Cloud::Global));
    let app = needed(&["reset-user"], Kind::App, Cloud::Global, &[]);
    let names: Vec<&str> = app.iter().map(|one| one.permission).collect();
    assert!(names.contains(&"User-PasswordProfile.ReadWrite.All"));
    assert!(!names.contains(&"UserAuthenticationMethod.ReadWrite.All"));
    assert_eq!(
        app.iter()
            .find(|one| one.permission == "User.Read.All")
            .unwrap()
            .purposes[0],
        ("reset-user", "read the account, and read it back")
    );
}

#[test]
fn what_a_cloud_does_not_offer_is_not_possible_there() {
    for kind in [Kind::Person, Kind::App] {
        assert!(possible("issue-access-pass", kind, Cloud::UsGovDod));
        assert!(!possible("issue-access-pass", kind, Cloud::China));
        assert!(possible("reset-user", kind, Cloud::China));
    }
}

#[test]
fn yourself_needs_no_consent_of_an_administrator() {
    assert_eq!(
        scopes_of_flag("check-security-info", "for yourself"),
        ["User.Read", "UserAuthenticationMethod.Read"]
    );
}
