//! What it costs to know before a write: one batch of what can be asked by name, one more only when needed, none when told so.

use crate::support::{Lab, Run};
use admin_reset::sandbox::Logged;
use admin_reset::sandbox::seed;

const ADA: &str = "ada.okafor@contoso.com";
const DORA: &str = "dora.vega@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";
const TOM: &str = "tom.reed@contoso.com";
const UMA: &str = "uma.keller@contoso.com";

fn reset<'lab>(lab: &'lab Lab, user: &'lab str) -> Run<'lab> {
    lab.run([
        "reset-user",
        user,
        "--confirm",
        user,
        "--secret-to",
        "file:p.txt",
        "-o",
        "json",
    ])
}

/// Requests before the first write.
fn before_write(lab: &Lab) -> Vec<Logged> {
    lab.requests()
        .into_iter()
        .take_while(|one| one.method == "GET" || one.path.ends_with("/$batch"))
        .collect()
}

/// Batches and the parts in them; everything read before a write must be in a batch.
fn batches(lab: &Lab) -> (usize, Vec<String>) {
    let all = before_write(lab);
    assert!(
        all.iter().all(|one| one.path.ends_with("/$batch")),
        "{:?}",
        lab.conversation()
    );
    let parts = all
        .iter()
        .flat_map(|one| {
            let body: serde_json::Value = serde_json::from_slice(&one.body).unwrap();
            body["requests"].as_array().unwrap().clone()
        })
        .map(|part| part["url"].as_str().unwrap().to_owned())
        .collect();
    (all.len(), parts)
}

#[test]
fn one_batch_by_name_is_enough_where_a_role_works_on_everybody() {
    let lab = Lab::new();
    reset(&lab, DORA).code(0);
    let (count, parts) = batches(&lab);
    assert_eq!(count, 1, "{parts:?}");
    assert_eq!(parts.len(), 8, "{parts:?}");
    assert!(
        parts
            .iter()
            .any(|part| part.contains(&format!("/users/{DORA}?$select"))),
        "asked by name: {parts:?}"
    );
}

#[test]
fn a_second_batch_asks_only_what_the_first_left_open() {
    // Privileged or not: the caller's own roles need no second look.
    let lab = Lab::new();
    lab.run(["reset-user", NOOR, "--yes", "--secret-to", "file:p.txt"])
        .code(0);
    let (count, parts) = batches(&lab);
    assert_eq!(count, 2, "{parts:?}");
    assert_eq!(parts.len(), 10, "{parts:?}");
    let noor = "3d4e5f60-7182-493a-a4b5-c6d7e8f90a1b";
    assert!(
        parts[8..].iter().all(|part| part.contains(noor)),
        "by object id: {parts:?}"
    );
    // A role that does not reach everybody: units, eligibility and the caller's further roles.
    let lab = Lab::new().as_user(UMA);
    reset(&lab, NOOR).code(0);
    let (count, parts) = batches(&lab);
    assert_eq!((count, parts.len()), (2, 13), "{parts:?}");
    let lab = Lab::new().as_user("gus.lehmann@contoso.com");
    reset(&lab, TOM).code(0);
    assert_eq!(batches(&lab).0, 2);
}

#[test]
fn what_is_settled_by_the_first_batch_asks_no_more() {
    for (caller, target, exit) in [
        (ADA, ADA, 6),
        (ADA, "finn.berg@fed.contoso.com", 6),
        (ADA, "nobody@contoso.com", 3),
    ] {
        let lab = Lab::new().as_user(caller);
        reset(&lab, target).code(exit);
        assert_eq!(batches(&lab).0, 1, "{target}");
    }
    let lab = Lab::new();
    lab.tenant(|tenant| {
        tenant.set_client_permissions(
            seed::PUBLIC_CLIENT_ID,
            [
                "User.Read",
                "User.Read.All",
                "RoleManagement.Read.Directory",
            ]
            .map(str::to_owned)
            .to_vec(),
            Vec::new(),
        );
    });
    reset(&lab, NOOR).code(5);
    assert_eq!(
        batches(&lab).0,
        1,
        "a permission that is missing needs no further look"
    );
}

#[test]
fn the_administrators_are_listed_for_an_administrator_only_and_in_the_same_batch() {
    let lab = Lab::new().as_user("paula.nkemelu@contoso.com");
    reset(&lab, ADA).code(0);
    let (count, parts) = batches(&lab);
    let listings = parts
        .iter()
        .filter(|part| part.contains("roleDefinitionId"))
        .count();
    assert_eq!((count, listings), (2, 1), "{parts:?}");
    let lab = Lab::new().as_user("paula.nkemelu@contoso.com");
    reset(&lab, DORA).code(0);
    assert_eq!(batches(&lab).0, 1);
}

#[test]
fn every_step_is_asked_about_in_the_same_batches() {
    let flags = [
        "--enable",
        "--revoke-sessions",
        "--access-pass",
        "--access-pass-to",
        "file:t.txt",
    ];
    let lab = Lab::new();
    reset(&lab, DORA).args(flags).code(0);
    let (count, parts) = batches(&lab);
    assert_eq!((count, parts.len()), (1, 8), "{parts:?}");
    // A step that may not be done stops the whole before anything is sent.
    let lab = Lab::new().as_user(DORA);
    reset(&lab, NOOR).args(["--enable"]).code(5);
    assert!(lab.writes().is_empty() && lab.untouched(NOOR));
    assert_eq!(batches(&lab).0, 2);
}

#[test]
fn the_unit_of_a_role_that_the_target_holds_is_read_only_where_it_decides() {
    let desk = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
    let asked = |unit: &'static str, caller: &str, exit: i32| {
        let lab = Lab::new().as_user(caller);
        lab.tenant(|tenant| tenant.assign_role(NOOR, desk, unit));
        reset(&lab, NOOR).code(exit);
        let (count, parts) = batches(&lab);
        let units = parts
            .iter()
            .filter(|part| part.starts_with("/directory/administrativeUnits/"))
            .count();
        (count, units)
    };
    assert_eq!(asked(seed::BRANCH_UNIT_ID, UMA, 0), (3, 1));
    assert_eq!(asked(seed::RESTRICTED_UNIT_ID, UMA, 5), (3, 1));
    assert_eq!(asked(seed::RESTRICTED_UNIT_ID, ADA, 0).1, 0);
}

#[test]
fn without_preflight_nothing_is_read_before_the_write() {
    let lab = Lab::new();
    reset(&lab, NOOR).args(["--no-preflight"]).code(0);
    assert!(before_write(&lab).is_empty(), "{:?}", lab.conversation());
    // A refusal is then looked into with one batch, after the write.
    let lab = Lab::new().as_user(DORA);
    reset(&lab, ADA).args(["--no-preflight"]).code(5);
    assert!(before_write(&lab).is_empty(), "{:?}", lab.conversation());
    let batches = lab
        .requests()
        .iter()
        .filter(|one| one.path.ends_with("/$batch"))
        .count();
    assert_eq!(batches, 1);
}
