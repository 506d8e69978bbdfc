//! `reset-user --through-restricted-unit`: out of the unit, reset, back in; and back in whatever happens between.

use crate::support::{Lab, Output, Run};
use admin_reset::sandbox::seed;
use serde_json::Value;

const PAULA: &str = "paula.nkemelu@contoso.com";
const RHEA: &str = "rhea.stone@contoso.com";
const RHEA_ID: &str = "8293a4b5-c6d7-4e8f-b90a-1b2c3d4e5f60";
const VIKTOR: &str = "viktor.hale@contoso.com";
const UNIT: &str = seed::RESTRICTED_UNIT_ID;

fn reset<'lab>(lab: &'lab Lab, user: &'lab str) -> Run<'lab> {
    lab.run([
        "reset-user",
        user,
        "--confirm",
        user,
        "--through-restricted-unit",
        "--secret-to",
        "file:p.txt",
        "-o",
        "json",
    ])
}

fn restricted(lab: &Lab, user: &str) -> bool {
    lab.sandbox().dump()["people"]
        .as_array()
        .unwrap()
        .iter()
        .any(|one| one["userPrincipalName"] == user && one["restricted"] == true)
}

/// Steps of the journal with the kind of record and, for results, the outcome.
fn steps(lab: &Lab) -> Vec<String> {
    lab.journal()
        .iter()
        .map(|line| {
            let step = line["step"].as_str().unwrap_or("-");
            let step = step.split('.').next().unwrap();
            format!("{step} {}", line["outcome"].as_str().unwrap_or("intent"))
        })
        .collect()
}

#[track_caller]
fn done(lab: &Lab, output: &Output, user: &str) {
    assert_eq!(output.json()["status"], "done", "{output}");
    assert!(lab.password_of(user, &lab.secret("p.txt")));
    assert!(restricted(lab, user), "back in its unit");
}

#[test]
fn out_reset_and_back_in_each_with_a_record() {
    for user in [RHEA, VIKTOR] {
        let lab = Lab::new();
        let output = reset(&lab, user).args(["--revoke-sessions"]).code(0);
        done(&lab, &output, user);
        let sent: Vec<String> = lab
            .writes()
            .iter()
            .map(|one| format!("{} {}", one.method, one.path.rsplit('/').next().unwrap()))
            .collect();
        assert_eq!(
            sent,
            [
                "DELETE $ref",
                "POST resetPassword",
                "POST revokeSignInSessions",
                "POST $ref"
            ]
        );
        assert_eq!(
            steps(&lab),
            [
                "joinUnit intent",
                "leaveUnit intent",
                "leaveUnit done",
                "resetPassword intent",
                "resetPassword done",
                "revokeSessions intent",
                "revokeSessions done",
                "joinUnit done",
            ]
        );
        let names: Vec<Value> = lab
            .journal()
            .iter()
            .map(|line| line["step"].clone())
            .collect();
        assert_eq!(
            names[0],
            format!("joinUnit.{UNIT}"),
            "the journal alone tells where the user belongs"
        );
    }
}

#[test]
fn every_restricted_unit_is_left_and_entered_again() {
    let lab = Lab::new();
    let second = lab.tenant(|tenant| {
        let unit = tenant.add_unit("Restricted: board", true);
        tenant.add_to_unit(&unit, RHEA);
        unit
    });
    let output = reset(&lab, RHEA).code(0);
    done(&lab, &output, RHEA);
    for unit in [UNIT, second.as_str()] {
        assert_eq!(
            lab.sent("DELETE", &format!("{unit}/members/{RHEA_ID}/$ref"))
                .len(),
            1
        );
        assert_eq!(lab.sent("POST", &format!("{unit}/members/$ref")).len(), 1);
    }
}

#[test]
fn the_plan_shows_the_way_out_and_back() {
    let lab = Lab::new();
    let output = lab
        .run([
            "reset-user",
            RHEA,
            "--through-restricted-unit",
            "--dry-run",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    let steps: Vec<&str> = output["plan"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["leaveUnit", "resetPassword", "joinUnit"]);
    assert_eq!(output["plan"][0]["administrativeUnitId"], UNIT);
    assert!(
        output["plan"][0]["description"]
            .as_str()
            .unwrap()
            .contains("Restricted: executives")
    );
    assert!(lab.writes().is_empty());
}

#[test]
fn a_caller_who_may_not_change_units_or_passwords_is_stopped_before() {
    for (caller, words) in [
        (PAULA, "change the restricted units of"),
        ("rosa.quint@contoso.com", "reset the password of"),
    ] {
        let lab = Lab::new().as_user(caller);
        let error = reset(&lab, RHEA).code(5).silent().error_json();
        assert!(
            error["message"].as_str().unwrap().contains(words),
            "{error}"
        );
        assert!(lab.writes().is_empty() && lab.journal().is_empty() && restricted(&lab, RHEA));
    }
}

#[test]
fn where_it_is_not_needed_nothing_is_taken_out() {
    let lab = Lab::new().as_user("ines.moreau@contoso.com");
    let output = reset(&lab, RHEA).code(0);
    done(&lab, &output, RHEA);
    assert!(lab.sent("DELETE", "$ref").is_empty());
    assert!(
        output.json()["warnings"].to_string().contains("not needed"),
        "{output}"
    );
    let lab = Lab::new();
    let output = reset(&lab, "noor.haddad@contoso.com").code(0);
    assert!(
        output.json()["warnings"].to_string().contains("no effect"),
        "{output}"
    );
    lab.run([
        "reset-user",
        RHEA,
        "--through-restricted-unit",
        "--no-preflight",
        "--confirm",
        RHEA,
        "--secret-to",
        "file:q.txt",
    ])
    .code(2);
}

#[test]
fn it_goes_back_in_whatever_happens_to_the_reset() {
    for (fault, exit) in [
        ("1:POST:/resetPassword -> 403", 5),
        ("1:POST:/resetPassword -> 400 code=Request_BadRequest", 6),
        ("1+:POST:/resetPassword -> 503 no-retry-after", 8),
    ] {
        let lab = Lab::new();
        lab.faults(fault);
        reset(&lab, RHEA).args(["--wait", "4s"]).code(exit);
        assert!(restricted(&lab, RHEA), "{fault}");
        assert_eq!(steps(&lab).last().unwrap(), "joinUnit done", "{fault}");
    }
}

#[test]
fn lost_and_failed_replies_about_the_unit_are_resolved() {
    for fault in [
        "1:DELETE:/members/ -> lost-reply",
        "1:DELETE:/members/ -> 503 no-retry-after",
        "1:POST:/members/ -> lost-reply",
        "1-2:POST:/members/ -> 503 no-retry-after",
    ] {
        let lab = Lab::new();
        lab.faults(fault);
        let output = reset(&lab, RHEA).code(0);
        done(&lab, &output, RHEA);
    }
}

#[test]
fn a_unit_that_cannot_be_left_changes_nothing() {
    let lab = Lab::new();
    lab.faults("1:DELETE:/members/ -> 403");
    reset(&lab, RHEA).code(5).silent();
    assert!(lab.untouched(RHEA) && restricted(&lab, RHEA));
    assert_eq!(lab.writes().len(), 1);
    assert_eq!(
        steps(&lab),
        [
            "joinUnit intent",
            "leaveUnit intent",
            "leaveUnit failed",
            "joinUnit done"
        ]
    );
}

#[test]
fn a_unit_that_cannot_be_entered_again_is_exit_8_with_the_exact_request() {
    let lab = Lab::new();
    lab.faults("1+:POST:/members/ -> 403");
    let output = reset(&lab, RHEA).code(8);
    assert_eq!(output.json()["status"], "partial");
    let error = output.error_json();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("still outside the restricted unit Restricted: executives"),
        "{error}"
    );
    let fix = error["fix"].as_str().unwrap();
    let request = format!("/v1.0/directory/administrativeUnits/{UNIT}/members/$ref");
    assert!(
        fix.contains(&request) && fix.contains(&format!("/v1.0/users/{RHEA_ID}")),
        "{error}"
    );
    assert_eq!(
        error["operationId"],
        output.json()["journal"]["operationId"]
    );
    // The intent of going back stays open in the journal.
    assert!(
        !steps(&lab).contains(&"joinUnit done".to_owned()),
        "{:?}",
        steps(&lab)
    );
    assert!(lab.password_of(RHEA, &lab.secret("p.txt")));
}

#[cfg(unix)]
#[test]
fn an_interruption_between_out_and_in_does_not_leave_it_outside() {
    use std::time::{Duration, Instant};
    let cases = [
        ("1:DELETE:/members/ -> delay=900", "leaveUnit intent"),
        ("1:POST:/resetPassword -> delay=900", "resetPassword intent"),
    ];
    for (fault, reached) in cases {
        let lab = Lab::new();
        lab.faults(fault);
        let (mut command, _) = reset(&lab, RHEA).command();
        let child = command.spawn().unwrap();
        let since = Instant::now();
        while !steps(&lab).iter().any(|step| step == reached) {
            assert!(
                since.elapsed() < Duration::from_secs(30),
                "{:?}",
                steps(&lab)
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(100));
        let pid = child.id().to_string();
        let killed = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        assert!(restricted(&lab, RHEA), "{fault}");
        assert_eq!(steps(&lab).last().unwrap(), "joinUnit done", "{fault}");
        assert!(matches!(output.status.code(), Some(0 | 8)), "{output:?}");
        if lab.untouched(RHEA) {
            // Out and in again, and nothing else: going on does not call that a reset.
            let id = lab.journal()[0]["operationId"].as_str().unwrap().to_owned();
            let told = lab.run(["resume", &id, "-o", "json"]).code(6).error_json();
            let message = told["message"].as_str().unwrap();
            assert!(message.contains("was not changed"), "{told}");
        }
    }
}

#[test]
fn in_bulk_each_user_goes_through() {
    let lab = Lab::new();
    let noor = "noor.haddad@contoso.com";
    let output = lab
        .run([
            "reset-user",
            RHEA,
            noor,
            "--through-restricted-unit",
            "--secret-to",
            "file:p.csv",
        ])
        .args(["--confirm", RHEA, "--confirm", noor, "-o", "json"])
        .code(0)
        .json();
    assert_eq!(output["summary"]["done"], 2);
    assert!(restricted(&lab, RHEA) && !lab.untouched(RHEA));
}
