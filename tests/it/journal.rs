//! `journal`: what it lists, that every edit shows, that a torn line is repaired, and that it is compared with Entra's own log.

use crate::support::{Identity, Lab};
use admin_reset::journal::{Intent, Journal, Now, StepResult};
use serde_json::Value;
use std::path::PathBuf;

const NOOR: &str = "noor.haddad@contoso.com";
const TOM: &str = "tom.reed@contoso.com";
/// May reset, too.
const VIKTOR: &str = "viktor.hale@contoso.com";

fn reset(lab: &Lab, user: &str, file: &str) -> Value {
    let sink = format!("file:{file}");
    lab.run([
        "reset-user",
        user,
        "--confirm",
        user,
        "--secret-to",
        &sink,
        "--ticket",
        "INC-7",
        "--wait",
        "4s",
        "-o",
        "json",
    ])
    .output()
    .json()
}

fn file(lab: &Lab) -> PathBuf {
    lab.state().join("journal.jsonl")
}

fn lab_with_two() -> (Lab, String) {
    let lab = Lab::new();
    reset(&lab, NOOR, "one.txt");
    let head = reset(&lab, TOM, "two.txt")["journal"]["head"]
        .as_str()
        .unwrap()
        .to_owned();
    (lab, head)
}

#[test]
fn operations_are_listed_and_shown() {
    let (lab, _) = lab_with_two();
    lab.faults("*:POST:/resetPassword -> 500");
    let open = reset(&lab, NOOR, "three.txt");
    let id = open["journal"]["operationId"].as_str().unwrap();
    let all = lab
        .run(["journal", "list", "-o", "json"])
        .as_identity(Identity::Nobody)
        .code(0)
        .json();
    let states: Vec<&str> = all["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["unknown", "done", "done"]);
    let only = |args: &[&str]| {
        lab.run(["journal", "list", "-o", "json"])
            .args(args.iter().copied())
            .code(0)
            .json()["operations"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        (
            only(&["--open"]),
            only(&["--user", TOM]),
            only(&["--limit", "2"])
        ),
        (1, 1, 2)
    );
    lab.run(["journal", "list"])
        .code(0)
        .shows("3 operations, 1 of them not finished.")
        .shows(&format!("Next: admin-reset resume {id}"));
    let shown = lab
        .run(["journal", "show", &id[..8], "-o", "json"])
        .code(0)
        .json();
    assert_eq!(shown["operationId"], id);
    assert_eq!(shown["ticket"], "INC-7");
    assert_eq!(shown["steps"][0]["state"], "unknown");
    assert!(
        shown["serverBegan"].is_string() && shown["callerId"].is_string(),
        "{shown}"
    );
    assert!(shown["sinks"][0].as_str().unwrap().ends_with("three.txt"));
    lab.run(["journal", "show", "00000000-0000"])
        .code(3)
        .silent();
    lab.run(["journal", "show", "abc"]).code(3).silent();
    // Nothing of this asks the service.
    assert!(lab.sent("GET", "auditLogs").is_empty());
    let empty = Lab::new();
    empty
        .run(["journal", "list"])
        .as_identity(Identity::Nobody)
        .code(0)
        .shows("The journal has no such operation.");
    assert!(empty.journal().is_empty());
}

#[test]
fn what_was_altered_cut_or_rebuilt_is_told() {
    let (lab, head) = lab_with_two();
    lab.run(["journal", "verify"])
        .code(0)
        .shows("The journal is whole");
    lab.run(["journal", "verify", "--head", &head])
        .code(0)
        .shows("the head that was given is among them");
    lab.run(["journal", "verify", "--head", "12"])
        .code(2)
        .silent();
    let whole = std::fs::read_to_string(file(&lab)).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let tampered = [
        whole.replacen("INC-7", "INC-8", 1),
        [lines[1], lines[0], lines[2]].concat(),
        lines[1..].concat(),
        [lines[0], lines[0]].concat() + &lines[1..].concat(),
    ];
    for (at, text) in tampered.iter().enumerate() {
        let copy = lab.write(&format!("copy{at}.jsonl"), text);
        let found = lab
            .run(["journal", "verify", "-o", "json", "--file"])
            .args([copy.into_os_string()])
            .code(10)
            .json();
        assert_eq!(found["whole"], false, "{at}: {found}");
    }
    // A cut at a line end leaves a sound beginning; only the head tells.
    let cut = lab.write("cut.jsonl", lines[..lines.len() - 1].concat());
    let cut = cut.to_str().unwrap();
    lab.run(["journal", "verify", "--file", cut])
        .code(0)
        .shows("Whether its end was cut off");
    lab.run(["journal", "verify", "--file", cut, "--head", &head])
        .code(10)
        .shows("its end was cut");
    lab.run(["journal", "verify", "--file", "missing.jsonl"])
        .code(6)
        .silent();
    Lab::new().run(["journal", "verify"]).code(3).silent();
}

#[test]
fn a_torn_last_line_is_told_and_repaired_when_asked() {
    let (lab, head) = lab_with_two();
    let mut bytes = std::fs::read(file(&lab)).unwrap();
    bytes.extend_from_slice(b"{\"v\":1,\"seq\":9,\"at\":\"20");
    std::fs::write(file(&lab), &bytes).unwrap();
    lab.run(["journal", "verify"])
        .code(10)
        .shows("it is torn")
        .shows("Next: admin-reset journal verify --repair");
    let mended = lab
        .run([
            "journal", "verify", "--repair", "--head", &head, "-o", "json",
        ])
        .code(0)
        .json();
    assert_eq!(mended["repairedBytes"], 23);
    let last = lab.journal().pop().unwrap();
    assert_eq!(
        (last["kind"].as_str(), last["outcome"].as_str()),
        (Some("note"), Some("repaired"))
    );
    // Nothing is torn now, and nothing is written.
    let before = std::fs::read(file(&lab)).unwrap();
    lab.run(["journal", "verify", "--repair"]).code(0);
    assert_eq!(std::fs::read(file(&lab)).unwrap(), before);
}

fn compared(lab: &Lab, args: &[&str], code: i32) -> Value {
    lab.run(["journal", "match", "-o", "json"])
        .args(args.iter().copied())
        .code(code)
        .json()
}

#[test]
fn entries_and_the_audit_log_are_paired() {
    let (lab, _) = lab_with_two();
    let domain = admin_reset::sandbox::seed::INITIAL_DOMAIN;
    lab.run([
        "create-admin",
        "--confirm",
        domain,
        "--secret-to",
        "file:new.txt",
    ])
    .code(0);
    // As an app, by the other way.
    lab.run([
        "reset-user",
        NOOR,
        "--confirm",
        NOOR,
        "--secret-to",
        "file:app.txt",
    ])
    .as_identity(Identity::ClientSecret)
    .code(0);
    let found = compared(&lab, &[], 0);
    assert_eq!(found["summary"]["matched"], 5, "{found}");
    assert_eq!(found["summary"]["foreign"], 0, "{found}");
    let one = lab.sent("GET", "directoryAudits");
    assert_eq!(one.len(), 1);
    // Somebody resets a user from another machine.
    let elsewhere = lab.home().join("elsewhere");
    lab.run([
        "reset-user",
        TOM,
        "--confirm",
        TOM,
        "--secret-to",
        "file:theirs.txt",
    ])
    .as_user(VIKTOR)
    .env("ADMIN_RESET_STATE_DIR", &elsewhere)
    .code(0);
    let found = compared(&lab, &[], 10);
    assert_eq!(found["summary"]["foreign"], 2, "{found}");
    assert_eq!(found["unclaimed"][0]["by"], VIKTOR);
    let mine = compared(&lab, &["--mine"], 0);
    assert_eq!(mine["summary"]["foreign"], 0);
    // The seeded tenant had a reset some days ago.
    let week = compared(&lab, &["--days", "7", "--mine"], 10);
    assert_eq!(week["summary"]["foreign"], 1, "{week}");
}

/// Writes into the journal what never happened.
fn invented(lab: &Lab, minutes_ago: u64) -> String {
    let at = std::time::SystemTime::now() - std::time::Duration::from_secs(60 * minutes_ago);
    let id = format!("11111111-0000-4000-8000-{minutes_ago:012}");
    let mut journal = Journal::open(&lab.state())
        .unwrap()
        .stamped_by(move || Now {
            server_time: Some(at),
            caller_id: None,
        });
    let (command, step, target) = ("reset-user", "resetPassword", Some(NOOR));
    journal
        .begin(&Intent {
            operation_id: &id,
            command,
            step,
            target_id: Some("3d4e5f60-7182-493a-a4b5-c6d7e8f90a1b"),
            target_name: target,
            tenant: None,
            caller: Some("ada.okafor@contoso.com"),
            reason: None,
            ticket: None,
            sinks: Vec::new(),
        })
        .unwrap();
    journal
        .end(&StepResult {
            operation_id: &id,
            command,
            step,
            target_id: None,
            target_name: target,
            outcome: "done",
            request_ids: Vec::new(),
            error: None,
        })
        .unwrap();
    id
}

#[test]
fn a_change_that_the_log_does_not_have_is_told() {
    let lab = Lab::new();
    let young = invented(&lab, 10);
    let found = compared(&lab, &[], 11);
    assert_eq!(found["summary"]["undecided"], 1, "{found}");
    let old = invented(&lab, 120);
    let found = compared(&lab, &["--mine"], 10);
    assert_eq!(found["summary"]["missing"], 1, "{found}");
    assert_eq!(
        compared(&lab, &[&young], 11)["entries"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        compared(&lab, &[&old], 10)["entries"][0]["verdict"],
        "missing"
    );
    lab.run(["journal", "match", &old])
        .code(10)
        .shows("of the journal not in Entra's log");
}

#[test]
fn who_may_not_read_the_log_is_told_what_is_missing() {
    let (lab, _) = lab_with_two();
    let output = lab
        .run(["journal", "match", "-o", "json"])
        .as_user("petr.dvorak@contoso.com")
        .code(5);
    assert!(output.error_json()["message"].is_string());
}
