//! Pairs, near misses, and records nobody claims.

use super::*;
use crate::journal::{Record, operations};
use serde_json::json;

const NOOR: &str = "3d4e5f60-7182-493a-a4b5-c6d7e8f90a1b";
const ADA: &str = "45ea6528-16d7-43d6-8ed8-9e7dce610253";
const NOW: &str = "2026-11-20T12:00:00Z";

fn operation(id: &str, at: &str, outcome: Option<&str>) -> Operation {
    let record = |kind: &str| -> Record {
        let mut value = json!({
            "v": 1, "seq": 1, "at": "2031-01-01T00:00:00.000Z", "serverTime": at, "kind": kind, "operationId": id,
            "command": "reset-user", "step": "resetPassword", "prev": "", "callerId": ADA, "caller": "ada@contoso.com",
            "target": { "id": NOOR, "userPrincipalName": "noor@contoso.com" },
        });
        if kind == "result" {
            value["outcome"] = json!(outcome);
            value["requestIds"] = json!(["req-1"]);
        }
        serde_json::from_value(value).unwrap()
    };
    let mut records = vec![record("intent")];
    if outcome.is_some() {
        records.push(record("result"));
    }
    operations(records).remove(0)
}

fn audit(id: &str, activity: &str, at: &str, by: &str, target: &str) -> DirectoryAudit {
    serde_json::from_value(json!({
        "id": id, "activityDisplayName": activity, "activityDateTime": at, "correlationId": "c", "result": "success",
        "initiatedBy": { "app": null, "user": { "id": by, "userPrincipalName": "x@contoso.com" } },
        "targetResources": [{ "id": target, "userPrincipalName": "noor@contoso.com" }],
    }))
    .unwrap()
}

fn verdicts(operations: &[Operation], audits: &[DirectoryAudit]) -> Vec<Verdict> {
    let all: Vec<&Operation> = operations.iter().collect();
    pair(&all, audits, time(NOW).unwrap(), None, true)
        .iter()
        .map(|one| one.verdict)
        .collect()
}

const RESET: &str = "Reset user password";
const BY_ADMIN: &str = "Reset password (by admin)";

#[test]
fn account_activity_caller_and_time_make_a_pair() {
    let ours = [operation("op", "2026-11-20T10:00:00.000Z", Some("done"))];
    let fits = audit("a", RESET, "2026-11-20T10:04:59.1234567Z", ADA, NOOR);
    assert_eq!(
        verdicts(&ours, std::slice::from_ref(&fits)),
        [Verdict::Matched]
    );
    // Both records of one reset belong to it.
    let both = [
        fits,
        audit("b", BY_ADMIN, "2026-11-20T10:00:01Z", ADA, NOOR),
    ];
    assert_eq!(verdicts(&ours, &both), [Verdict::Matched]);
    for other in [
        audit("t", RESET, "2026-11-20T10:05:01Z", ADA, NOOR),
        audit("t", RESET, "2026-11-20T09:54:59Z", ADA, NOOR),
        audit("w", RESET, "2026-11-20T10:00:01Z", "somebody-else", NOOR),
        audit("o", RESET, "2026-11-20T10:00:01Z", ADA, "another-account"),
    ] {
        assert_eq!(
            verdicts(&ours, &[other]),
            [Verdict::Missing, Verdict::Foreign]
        );
    }
    let other = audit("u", "Update user", "2026-11-20T10:00:01Z", ADA, NOOR);
    assert_eq!(verdicts(&ours, &[other]), [Verdict::Missing]);
}

#[test]
fn a_correlation_id_is_further_evidence_and_never_needed() {
    let ours = [operation("op", "2026-11-20T10:00:00.000Z", Some("done"))];
    let all: Vec<&Operation> = ours.iter().collect();
    let mut one = audit("a", RESET, "2026-11-20T10:00:01Z", ADA, NOOR);
    let correlated = |audit: &DirectoryAudit| {
        pair(
            &all,
            std::slice::from_ref(audit),
            time(NOW).unwrap(),
            None,
            true,
        )[0]
        .evidence[0]
            .correlated
    };
    assert!(!correlated(&one));
    one.correlation_id = Some("REQ-1".to_owned());
    assert!(correlated(&one));
    // Alone it proves nothing.
    one.target_resources = None;
    assert_eq!(verdicts(&ours, &[one])[0], Verdict::Missing);
}

#[test]
fn the_log_settles_what_was_open() {
    for outcome in [None, Some("unknown")] {
        let ours = [operation("op", "2026-11-20T10:00:00.000Z", outcome)];
        assert_eq!(verdicts(&ours, &[]), [Verdict::Undecided]);
        let took = audit("a", RESET, "2026-11-20T10:00:01Z", ADA, NOOR);
        assert_eq!(verdicts(&ours, &[took]), [Verdict::Matched]);
    }
    let failed = [operation("op", "2026-11-20T10:00:00.000Z", Some("failed"))];
    assert_eq!(verdicts(&failed, &[]), [Verdict::Matched]);
    let mut refused = audit("a", RESET, "2026-11-20T10:00:01Z", ADA, NOOR);
    assert_eq!(
        verdicts(&failed, std::slice::from_ref(&refused)),
        [Verdict::Contradicted]
    );
    refused.result = Some("failure".to_owned());
    assert_eq!(verdicts(&failed, &[refused]), [Verdict::Matched]);
}

#[test]
fn two_resets_need_two_records() {
    let ours = [
        operation("one", "2026-11-20T10:00:00.000Z", Some("done")),
        operation("two", "2026-11-20T10:02:00.000Z", Some("done")),
    ];
    let first = audit("a", RESET, "2026-11-20T10:00:01Z", ADA, NOOR);
    let second = audit("b", RESET, "2026-11-20T10:02:01Z", ADA, NOOR);
    assert_eq!(
        verdicts(&ours, &[first.clone(), second.clone()]),
        [Verdict::Matched, Verdict::Matched]
    );
    assert_eq!(
        verdicts(&ours, std::slice::from_ref(&first)),
        [Verdict::Matched, Verdict::Missing]
    );
    // One more than the journal has, by the same caller: repeated, or somebody with the same sign-in.
    let third = audit("c", RESET, "2026-11-20T10:03:00Z", ADA, NOOR);
    assert_eq!(
        verdicts(&ours, &[first, second, third]),
        [Verdict::Matched, Verdict::Matched, Verdict::Undecided]
    );
}

#[test]
fn a_failure_next_to_a_success_does_not_take_its_record() {
    let ours = [
        operation("no", "2026-11-20T10:00:00.000Z", Some("failed")),
        operation("yes", "2026-11-20T10:01:00.000Z", Some("done")),
    ];
    let took = audit("a", RESET, "2026-11-20T10:00:30Z", ADA, NOOR);
    assert_eq!(
        verdicts(&ours, &[took]),
        [Verdict::Matched, Verdict::Matched]
    );
}

#[test]
fn a_record_may_come_late_and_is_not_kept_for_ever() {
    let late = [operation("op", "2026-11-20T11:50:00.000Z", Some("done"))];
    assert_eq!(verdicts(&late, &[]), [Verdict::Undecided]);
    let old = [operation("op", "2026-11-10T11:50:00.000Z", Some("done"))];
    assert_eq!(verdicts(&old, &[]), [Verdict::Undecided]);
}
