//! Which end of which step decides what is left.

use super::*;
use serde_json::json;

fn record(kind: &str, step: &str, outcome: Option<&str>) -> Record {
    let mut value = json!({
        "v": 1, "seq": 1, "at": "2026-11-20T10:11:12.000Z", "kind": kind, "operationId": "op", "command": "reset-user",
        "step": step, "prev": "", "target": { "id": "1" },
    });
    if let Some(outcome) = outcome {
        value["outcome"] = json!(outcome);
    }
    serde_json::from_value(value).unwrap()
}

fn one(records: Vec<Record>) -> Operation {
    let mut all = operations(records);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn planned(steps: &[&str]) -> Record {
    Record {
        how: Some(How {
            plan: steps.iter().map(|step| (*step).to_owned()).collect(),
            ..How::default()
        }),
        ..record("intent", steps[0], None)
    }
}

#[test]
fn the_end_of_each_step_decides() {
    let plan = || planned(&["resetPassword", "revokeSessions"]);
    let open = one(vec![plan()]);
    assert_eq!(
        (open.standing(), open.left().len(), open.is_unfinished()),
        ("open", 2, true)
    );
    let half = one(vec![
        plan(),
        record("result", "resetPassword", Some("done")),
    ]);
    assert_eq!(
        half.left()
            .iter()
            .map(|own| (own.kind(), own.state))
            .collect::<Vec<_>>(),
        [("revokeSessions", State::Planned)]
    );
    let unknown = one(vec![
        plan(),
        record("result", "resetPassword", Some("unknown")),
    ]);
    assert_eq!(unknown.standing(), "unknown");
    let no = one(vec![
        plan(),
        record("result", "resetPassword", Some("failed")),
    ]);
    assert_eq!((no.standing(), no.is_unfinished()), ("failed", false));
    let whole = one(vec![
        plan(),
        record("result", "resetPassword", Some("done")),
        record("intent", "revokeSessions", None),
        record("result", "revokeSessions", Some("failed")),
    ]);
    assert_eq!(whole.standing(), "partial");
    // Gone on with, and done.
    let mut again = vec![
        plan(),
        record("result", "resetPassword", Some("unknown")),
        record("intent", "resetPassword", None),
    ];
    assert_eq!(one(again.clone()).standing(), "open");
    again.push(record("result", "resetPassword", Some("done")));
    again.push(record("result", "revokeSessions", Some("done")));
    assert_eq!(one(again).standing(), "done");
}

#[test]
fn a_way_back_is_left_whatever_came_of_the_rest() {
    let join = "joinUnit.218d8847-0ee4-404e-875a-b53c3305ada9";
    let outside = one(vec![
        record("intent", join, None),
        record("intent", "resetPassword", None),
        record("result", "resetPassword", Some("failed")),
    ]);
    assert_eq!(outside.standing(), "open");
    assert_eq!(outside.left()[0].kind(), "joinUnit");
}

#[test]
fn records_of_older_versions_are_understood() {
    let old = record("intent", "resetPassword", None);
    assert_eq!((old.how.clone(), old.server_time.clone()), (None, None));
    assert_eq!(one(vec![old]).how, How::default());
}

#[test]
fn times_are_read_as_they_are_written() {
    let at = time("2026-11-20T10:11:12.345Z").unwrap();
    assert_eq!(stamp(at).as_deref(), Some("2026-11-20T10:11:12.345Z"));
    assert!(time("yesterday").is_none());
}
