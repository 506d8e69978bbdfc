use super::*;
use crate::policy::Known;
use crate::policy::roles::{GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR};

fn caller(kind: CallerKind, permissions: &[&str], roles: Known<Vec<HeldRole>>) -> Caller {
    Caller {
        kind,
        id: None,
        permissions: Known::Known(permissions.iter().map(|one| (*one).to_owned()).collect()),
        roles,
        eligible: Known::Known(Vec::new()),
        token_roles: None,
    }
}

#[test]
fn a_person_with_a_role_and_without_a_scope() {
    let helpdesk = Known::Known(vec![HeldRole::tenant(HELPDESK_ADMINISTRATOR)]);
    let state = command(
        "reset-user",
        Cloud::Global,
        &caller(CallerKind::Delegated, &["User.Read.All"], helpdesk),
    );
    assert_eq!(state.usable, Some(false));
    assert_eq!(state.missing, ["UserAuthenticationMethod.ReadWrite.All"]);
    assert_eq!(state.role, Standing::Active);
    assert_eq!(state.role_for_administrators, Standing::Missing);
    assert!(state.fix[0].contains("consented to UserAuthenticationMethod.ReadWrite.All"));
}

#[test]
fn another_way_to_the_same_purpose_is_as_good() {
    let state = command(
        "reset-user",
        Cloud::Global,
        &caller(
            CallerKind::Delegated,
            &["User.Read.All", "User-PasswordProfile.ReadWrite.All"],
            Known::Known(vec![HeldRole::tenant(GLOBAL_ADMINISTRATOR)]),
        ),
    );
    assert_eq!((state.usable, state.missing.len()), (Some(true), 0));
}

#[test]
fn a_role_to_activate_is_no_role_yet() {
    let mut me = caller(
        CallerKind::Delegated,
        &["User.Read.All", "UserAuthenticationMethod.ReadWrite.All"],
        Known::Known(Vec::new()),
    );
    me.eligible = Known::Known(vec![HeldRole::tenant(GLOBAL_ADMINISTRATOR)]);
    let state = command("reset-user", Cloud::Global, &me);
    assert_eq!(
        (state.usable, state.role),
        (Some(false), Standing::Eligible)
    );
    assert!(
        state
            .fix
            .iter()
            .any(|fix| fix.contains("Activate Global Administrator"))
    );
}

#[test]
fn what_could_not_be_read_is_not_decided() {
    let me = caller(
        CallerKind::Delegated,
        &["User.Read.All", "UserAuthenticationMethod.ReadWrite.All"],
        Known::Missing(Vec::new()),
    );
    assert_eq!(command("reset-user", Cloud::Global, &me).usable, None);
}

#[test]
fn what_no_command_uses_is_too_much() {
    let me = caller(
        CallerKind::Delegated,
        &[
            "User.Read.All",
            "Mail.Send",
            "openid",
            "RoleManagement.ReadWrite.Directory",
        ],
        Known::Known(Vec::new()),
    );
    let all = excess(Cloud::Global, &me, &permissions::commands());
    assert_eq!(
        (all.unused, all.broader),
        (vec!["Mail.Send".to_owned()], vec![])
    );
    // Roles may be read with it, and with less.
    let one = excess(Cloud::Global, &me, &["check-security-info"]);
    assert_eq!(one.unused, ["Mail.Send"]);
    assert_eq!(
        one.broader,
        [Broader {
            permission: "RoleManagement.ReadWrite.Directory".to_owned(),
            enough: vec!["RoleManagement.Read.Directory"],
        }]
    );
}

fn caller_names(caller: &Caller) -> Vec<String> {
    caller.permissions.items().to_vec()
}

/// Every permission that a change accepts serves, whether or not it is the one to ask for.
#[test]
fn what_serves_in_the_place_of_the_least_is_not_unused() {
    let me = caller(
        CallerKind::Delegated,
        &[
            "Directory.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite",
            "RoleEligibilitySchedule.Read.Directory",
            "OnPremDirectorySynchronization.Read.All",
        ],
        Known::Known(Vec::new()),
    );
    assert_eq!(
        excess(Cloud::Global, &me, &["journal"]).unused,
        caller_names(&me)
    );
    let all = excess(Cloud::Global, &me, &["create-admin", "check-security-info"]);
    assert!(all.unused.is_empty(), "{:?}", all.unused);
    let enough: Vec<(&str, &[&str])> = all
        .broader
        .iter()
        .map(|one| (one.permission.as_str(), &one.enough[..]))
        .collect();
    assert_eq!(
        enough,
        [
            (
                "Directory.ReadWrite.All",
                &["User.ReadWrite.All", "User.Read.All"][..]
            ),
            (
                "UserAuthenticationMethod.ReadWrite",
                &["UserAuthenticationMethod.Read"]
            ),
        ]
    );
}
