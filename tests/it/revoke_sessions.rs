//! `revoke-sessions`: one user and many, read back, consent, and faults.

use crate::support::Lab;
use serde_json::Value;

const BO: &str = "bo.lindqvist@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";
const CHIDI: &str = "chidi.maro@contoso.com";
const ADA: &str = "ada.okafor@contoso.com";

fn valid_from(lab: &Lab, user: &str) -> i64 {
    let id = lab.tenant(|tenant| tenant.person(user).unwrap().object_id);
    lab.tenant(|tenant| tenant.sessions_valid_from_ms(&id))
}

#[test]
fn sessions_end_and_the_account_shows_since_when() {
    let lab = Lab::new();
    let before = valid_from(&lab, NOOR);
    let token = lab.sandbox().token_for(NOOR).unwrap().token;
    let report = lab
        .run([
            "revoke-sessions",
            NOOR,
            "--yes",
            "--reason",
            "left",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(report["status"], "done");
    assert_eq!(report["sessions"]["readBack"], true);
    assert!(
        report["sessions"]["validFrom"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    assert!(valid_from(&lab, NOOR) > before);
    assert_eq!(lab.journal()[0]["reason"], "left");
    // What was issued before opens nothing any more.
    lab.run(["who-can-reset", CHIDI])
        .as_identity(crate::support::Identity::Token(token))
        .code(4);
}

#[test]
fn many_users_from_a_file_or_standard_input_and_each_once() {
    let lab = Lab::new();
    let id = lab.tenant(|tenant| tenant.person(CHIDI).unwrap().object_id);
    lab.write(
        "leavers.csv",
        format!("userPrincipalName\n{NOOR}\n{CHIDI}\n{id}\nnobody@contoso.com\n"),
    );
    let run = lab
        .run([
            "revoke-sessions",
            "--from-csv",
            "leavers.csv",
            "--yes",
            "-o",
            "json",
        ])
        .code(8);
    let report = run.json();
    assert_eq!(report["summary"]["done"], 2);
    assert_eq!(report["summary"]["failed"], 1);
    assert_eq!(report["users"][2]["error"]["code"], "notFound");
    assert_eq!(lab.sent("POST", "revokeSignInSessions").len(), 2);
    lab.forget();
    let csv = lab
        .run(["revoke-sessions", "-", "--yes", "-o", "csv"])
        .stdin(format!("{NOOR}\n\n{CHIDI}\n"))
        .code(0);
    assert_eq!(csv.stdout.lines().count(), 3);
    assert!(
        csv.stdout
            .starts_with("userPrincipalName,id,status,validFrom,operationId,exitCode,errorCode\n")
    );
}

#[test]
fn privileged_users_need_their_name_or_the_count() {
    let lab = Lab::new();
    lab.run(["revoke-sessions", NOOR]).code(2).says("--yes");
    lab.run(["revoke-sessions", BO, "--yes"])
        .code(2)
        .says(&format!("--confirm {BO}"));
    lab.run(["revoke-sessions", BO, NOOR, "--yes"])
        .code(2)
        .says("1 of 2 users need more consent");
    lab.run([
        "revoke-sessions",
        BO,
        NOOR,
        "--yes",
        "--include-admins",
        "--confirm-count",
        "3",
    ])
    .code(2)
    .says("--confirm-count says 3, and 2 users would be signed out");
    assert!(lab.writes().is_empty());
    lab.run([
        "revoke-sessions",
        BO,
        NOOR,
        "--yes",
        "--include-admins",
        "--confirm-count",
        "2",
    ])
    .code(0)
    .shows("The sessions of 2 of 2 users were ended.");
    lab.run(["revoke-sessions", BO, "--confirm", BO]).code(0);
}

#[test]
fn ones_own_sessions_end_last() {
    let lab = Lab::new();
    lab.run(["revoke-sessions", ADA, NOOR, BO, "--yes"])
        .args([
            "--include-admins",
            "--confirm-count",
            "3",
            "--concurrency",
            "1",
        ])
        .code(0)
        .says("is you");
    let sent: Vec<String> = lab
        .sent("POST", "revokeSignInSessions")
        .iter()
        .map(|one| one.path.clone())
        .collect();
    let own = lab.tenant(|tenant| tenant.person(ADA).unwrap().object_id);
    assert!(sent.last().unwrap().contains(&own), "{sent:?}");
}

#[test]
fn who_may_not_is_told_so() {
    let lab = Lab::new();
    lab.run(["revoke-sessions", BO, "--confirm", BO])
        .as_user("uma.keller@contoso.com")
        .code(5)
        .silent()
        .says("You may not end the sessions of");
    assert!(lab.writes().is_empty());
}

#[test]
fn faults_of_the_write_end_in_a_state_that_is_told() {
    for (script, code, status) in [
        // It may be repeated, so one lost reply is no trouble.
        ("1:POST:/revokeSignInSessions -> lost-reply", 0, "done"),
        ("1:POST:/revokeSignInSessions -> 503", 0, "done"),
        ("*:POST:/revokeSignInSessions -> lost-reply", 8, "unknown"),
    ] {
        let lab = Lab::new();
        lab.faults(script);
        let run = lab
            .run([
                "revoke-sessions",
                NOOR,
                "--yes",
                "--wait",
                "4s",
                "-o",
                "json",
            ])
            .code(code);
        assert_eq!(run.json()["status"], status, "{script}: {run}");
    }
    let lab = Lab::new();
    lab.faults("1:POST:/revokeSignInSessions -> 403");
    lab.run(["revoke-sessions", NOOR, "--yes"]).code(5).silent();
    let results: Vec<Value> = lab
        .journal()
        .into_iter()
        .filter(|line| line["kind"] == "result")
        .collect();
    assert_eq!(results[0]["outcome"], "failed");
}

#[test]
fn a_dry_run_and_a_run_that_stops_send_no_more_than_they_say() {
    let lab = Lab::new();
    let report = lab
        .run(["revoke-sessions", NOOR, CHIDI, "--dry-run", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(report["summary"]["planned"], 2);
    assert!(lab.writes().is_empty() && lab.journal().is_empty());
    lab.faults("*:POST:/revokeSignInSessions -> 403");
    let run = lab
        .run([
            "revoke-sessions",
            NOOR,
            CHIDI,
            "dora.vega@contoso.com",
            "--yes",
        ])
        .args([
            "--include-admins",
            "--confirm-count",
            "3",
            "--concurrency",
            "1",
        ])
        .args(["--stop-after-errors", "1", "-o", "json"])
        .output();
    assert_eq!(lab.sent("POST", "revokeSignInSessions").len(), 1, "{run}");
    assert_eq!(run.json()["summary"]["failed"], 3);
}
