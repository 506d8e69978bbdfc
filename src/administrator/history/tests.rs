//! What is read out of records, and which places still keep a password.

use super::*;
use serde_json::json;

const GA: &str = "62e90394-69f5-4237-9190-012177145e10";
const UPN: &str = "larch.maple1234@contoso.onmicrosoft.com";

fn record(kind: &str, step: &str, outcome: Option<&str>, id: Option<&str>) -> Record {
    let mut value = json!({
        "v": 1, "seq": 1, "at": "2026-11-20T10:11:12.000Z", "kind": kind, "operationId": "op", "command": COMMAND, "step": step,
        "target": { "userPrincipalName": UPN }, "tenant": "t", "prev": "",
    });
    if let Some(outcome) = outcome {
        value["outcome"] = json!(outcome);
    }
    if let Some(id) = id {
        value["target"]["id"] = json!(id);
    }
    serde_json::from_value(value).unwrap()
}

fn one(records: Vec<Record>) -> Work {
    let mut all = works(records);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn a_run_that_died_after_its_intents_is_unfinished() {
    let work = one(vec![
        record("intent", CREATE, None, None),
        record("intent", &role_step(GA, "/"), None, None),
    ]);
    assert!(work.is_unfinished() && work.may_have_created());
    assert_eq!(work.create, State::Open);
    assert_eq!(
        work.roles,
        [PlannedRole {
            id: GA.into(),
            scope: "/".into(),
            state: State::Open
        }]
    );
    assert!(work.began.is_some());
}

#[test]
fn the_end_of_each_step_decides() {
    let begun = || {
        vec![
            record("intent", CREATE, None, None),
            record("intent", &role_step(GA, "/"), None, None),
        ]
    };
    let with = |more: Vec<Record>| one(begun().into_iter().chain(more).collect());
    let created = record("result", CREATE, Some("done"), Some("object"));
    let half = with(vec![created.clone()]);
    assert!(half.is_unfinished());
    assert_eq!(half.id.as_deref(), Some("object"));
    assert!(
        !with(vec![
            created.clone(),
            record("result", &role_step(GA, "/"), Some("done"), Some("object"))
        ])
        .is_unfinished()
    );
    assert!(
        with(vec![
            created.clone(),
            record(
                "result",
                &role_step(GA, "/"),
                Some("failed"),
                Some("object")
            )
        ])
        .is_unfinished()
    );
    let gone = with(vec![
        created,
        record("intent", DELETE, None, Some("object")),
        record("result", DELETE, Some("done"), Some("object")),
    ]);
    assert!(!gone.is_unfinished() && !gone.may_have_created());
    let refused = with(vec![
        record("result", CREATE, Some("failed"), None),
        record("result", &role_step(GA, "/"), Some("skipped"), None),
    ]);
    assert!(!refused.is_unfinished() && !refused.may_have_created());
    assert!(with(vec![record("result", CREATE, Some("unknown"), None)]).is_unfinished());
}

/// Killed right after the first record: its roles are known all the same.
#[test]
fn the_first_record_tells_the_roles() {
    let unit = "/administrativeUnits/218d8847-0ee4-404e-875a-b53c3305ada9";
    let first = Record {
        how: Some(How {
            plan: vec![role_step(GA, "/"), role_step(GA, unit), DELIVER.to_owned()],
            ..How::default()
        }),
        ..record("intent", CREATE, None, None)
    };
    let work = one(vec![first.clone()]);
    let told: Vec<(&str, State)> = work
        .roles
        .iter()
        .map(|role| (role.scope.as_str(), role.state))
        .collect();
    assert_eq!(told, [("/", State::Open), (unit, State::Open)]);
    assert!(work.is_unfinished() && work.was_never_there());
    let given = record("result", &role_step(GA, "/"), Some("done"), None);
    let work = one(vec![first, given]);
    assert_eq!(work.roles.len(), 2);
    assert_eq!(work.roles[0].state, State::Done);
}

#[test]
fn scopes_are_part_of_a_role_and_other_commands_are_left_out() {
    let unit = "/administrativeUnits/218d8847-0ee4-404e-875a-b53c3305ada9";
    let work = one(vec![
        record("intent", CREATE, None, None),
        record("intent", &role_step(GA, unit), None, None),
    ]);
    assert_eq!(work.roles[0].scope, unit);
    let foreign = Record {
        command: Some("reset-user".into()),
        ..record("intent", CREATE, None, None)
    };
    assert!(works(vec![foreign]).is_empty());
}

#[test]
fn a_password_is_kept_by_files_that_are_there_and_places_that_were_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let at = |sinks: Vec<String>| Work {
        sinks,
        ..one(vec![record("intent", CREATE, None, None)])
    };
    let file = format!("file:{}", path.display());
    assert!(!at(vec![file.clone()]).password_is_kept());
    std::fs::write(&path, "").unwrap();
    assert!(!at(vec![file.clone()]).password_is_kept());
    std::fs::write(&path, "x\n").unwrap();
    assert!(at(vec![file.clone()]).password_is_kept());
    assert!(!at(vec![]).password_is_kept());
    // What keeps nothing got it before the first byte was sent, or, with a sealed copy, when its handing over is on record.
    let shown = at(vec![file, "tty".into()]);
    assert!(shown.password_is_kept() && shown.only_shown());
    let not_yet = Work {
        escrow: Some("op".into()),
        ..shown
    };
    assert!(!not_yet.password_is_kept() && !not_yet.only_shown());
    let delivered = Work {
        delivered: State::Done,
        ..not_yet
    };
    assert!(delivered.password_is_kept());
    // A keyring and a vault are asked.
    for place in ["keyring:larch", "keyvault:ops-vault/larch"] {
        let unasked = at(vec![place.into()]);
        assert!(!unasked.password_is_kept(), "{place}");
        let asked = Work {
            found: vec![place.into()],
            ..unasked
        };
        assert!(asked.password_is_kept() && !asked.only_shown(), "{place}");
    }
    // A sealed copy holds what a terminal could not.
    let sealed = Work {
        copy: Some(path),
        ..at(vec!["tty".into()])
    };
    assert!(sealed.password_is_kept() && sealed.is_unfinished());
}

#[test]
fn made_up_names_read_like_names() {
    assert_eq!(display_name_for(UPN), "Larch Maple");
    assert_eq!(display_name_for("1234@contoso.com"), "1234");
}
