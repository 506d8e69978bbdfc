//! `resume`: what was never sent, what took effect and what somebody else changed are told apart, and the password is always the
//! one that was staged.

use crate::support::{Identity, Lab, Output, Run, each};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const NOOR: &str = "noor.haddad@contoso.com";
const DORA: &str = "dora.vega@contoso.com";
const HANA: &str = "hana.sato@contoso.com";
const RHEA: &str = "rhea.stone@contoso.com";
const READ: &str = "GET:/users/3d4e5f60-7182-493a-a4b5-c6d7e8f90a1b$";

fn reset(lab: &Lab, user: &str, sink: &str) -> Output {
    lab.run([
        "reset-user",
        user,
        "--confirm",
        user,
        "--secret-to",
        sink,
        "--wait",
        "2s",
        "-o",
        "json",
    ])
    .output()
}

fn id(output: &Output) -> String {
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output}"));
    report["journal"]["operationId"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn resume(lab: &Lab, id: &str, user: &str, more: &[&str]) -> Output {
    lab.run([
        "resume",
        id,
        "--confirm",
        user,
        "--settle",
        "1s",
        "--wait",
        "8s",
        "-o",
        "json",
    ])
    .args(more.iter().copied())
    .output()
}

/// Passwords that were sent in writes, all of them.
fn sent(lab: &Lab) -> BTreeSet<String> {
    lab.writes()
        .iter()
        .filter_map(|one| {
            let body: Value = serde_json::from_slice(&one.body).ok()?;
            let word = body["newPassword"]
                .as_str()
                .or(body["passwordProfile"]["password"].as_str())?;
            Some(word.to_owned())
        })
        .collect()
}

#[test]
fn what_was_never_made_is_made_with_the_same_password() {
    let lab = Lab::new();
    lab.faults("*:POST:/resetPassword -> 500");
    let open = reset(&lab, NOOR, "file:p.txt").code(8);
    assert!(lab.untouched(NOOR));
    let id = id(&open);
    lab.faults("");
    // No consent, no change.
    lab.run(["resume", &id, "--settle", "1s"]).code(2).silent();
    assert!(lab.untouched(NOOR));
    let done = resume(&lab, &id, NOOR, &[]).code(0);
    assert_eq!(done.json()["status"], "done", "{done}");
    assert!(lab.password_of(NOOR, &lab.secret("p.txt")) && sent(&lab).len() == 1);
    // Finished now: said from the journal, and nothing is sent again.
    lab.forget();
    resume(&lab, &id, NOOR, &[]).code(0);
    assert!(lab.writes().is_empty());
    lab.run(["journal", "list", "--open", "-o", "csv"]).code(0);
    lab.run(["resume", "no-such-operation"]).code(3).silent();
}

#[test]
fn a_reply_that_was_cut_anywhere_is_resolved_afterwards() {
    let lost = format!("*:{READ} -> 403; *:GET:/operations/ -> 403");
    let mut scripts: Vec<(String, Identity)> = Vec::new();
    for (write, identity) in [
        (
            "POST:/resetPassword",
            Identity::User("ada.okafor@contoso.com".into()),
        ),
        ("PATCH:/users/", Identity::ClientSecret),
    ] {
        for at in [
            1, 5, 9, 12, 17, 30, 45, 60, 80, 100, 120, 140, 160, 180, 200, 220, 240, 260, 280, 400,
        ] {
            for kind in ["cut", "reset", "silence"] {
                scripts.push((
                    format!("1:{write} -> {kind}={at}; {lost}"),
                    identity.clone(),
                ));
            }
        }
        for status in [
            "500 after",
            "502 after",
            "503 after no-retry-after",
            "504 after",
            "429 after no-retry-after",
            "lost-reply",
        ] {
            scripts.push((format!("*:{write} -> {status}; {lost}"), identity.clone()));
        }
    }
    let cut_off = std::sync::atomic::AtomicUsize::new(0);
    each(&scripts, |(script, identity)| {
        let lab = Lab::new();
        lab.faults(script);
        let run = lab.run([
            "reset-user",
            NOOR,
            "--confirm",
            NOOR,
            "--secret-to",
            "file:p.txt",
            "--wait",
            "2s",
            "-o",
            "json",
        ]);
        let first = run.as_identity(identity.clone()).output();
        if first.code == 0 {
            // The whole answer came before the cut: a clear yes, and it is true.
            assert!(
                lab.password_of(NOOR, &lab.secret("p.txt")),
                "{script}: {first}"
            );
            return;
        }
        assert_eq!(first.code, 8, "{script}: {first}");
        cut_off.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        lab.faults("");
        let second = lab
            .run([
                "resume",
                &id(&first),
                "--confirm",
                NOOR,
                "--settle",
                "1s",
                "--wait",
                "15s",
                "-o",
                "json",
            ])
            .as_identity(identity.clone())
            .output();
        assert_eq!(second.code, 0, "{script}: {second}");
        assert!(lab.password_of(NOOR, &lab.secret("p.txt")), "{script}");
        assert_eq!(sent(&lab).len(), 1, "{script}: a second password");
    });
    let cut_off = cut_off.into_inner();
    println!("{cut_off} of {} outcomes were open", scripts.len());
    assert!(cut_off * 3 > scripts.len() * 2, "{cut_off}");
}

fn killed_after_commit(lab: &Lab, run: Run<'_>, user: &str) {
    let mut child = run.started();
    while lab.untouched(user) {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The repetition took effect and was killed before it was on record: its change is ours, not somebody else's.
#[test]
fn a_killed_resumption_is_gone_on_with_like_a_killed_run() {
    let lab = Lab::with(|options| options.operation_time = Duration::ZERO);
    lab.faults("*:POST:/resetPassword -> 500");
    let id = id(&reset(&lab, NOOR, "file:p.txt").code(8));
    // Later than any change of the first run could be.
    std::thread::sleep(Duration::from_secs(7));
    lab.faults("1:POST:/resetPassword -> delay=20000");
    let words = ["resume", &id, "--confirm", NOOR, "--settle", "1s"];
    killed_after_commit(&lab, lab.run(words), NOOR);
    lab.faults("");
    resume(&lab, &id, NOOR, &[]).code(0);
    assert!(lab.password_of(NOOR, &lab.secret("p.txt")) && sent(&lab).len() == 1);
}

/// Who stops while it is looked whether a change shows gets no answer from that, and nothing is sent on it.
#[cfg(unix)]
#[test]
fn an_interrupted_look_is_no_answer() {
    let lab = Lab::new();
    lab.faults("*:POST:/resetPassword -> 500");
    let id = id(&reset(&lab, NOOR, "file:p.txt").code(8));
    lab.faults("");
    lab.forget();
    let words = ["resume", &id, "--confirm", NOOR, "--settle", "60s"];
    let mut child = lab.run(words).started();
    while lab.sent("GET", "/users/").len() < 2 {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(500));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let code = child.wait().unwrap().code();
    assert!(matches!(code, Some(8 | 130)), "{code:?}");
    assert!(lab.writes().is_empty() && lab.files() == ["p.txt"]);
    resume(&lab, &id, NOOR, &[]).code(0);
}

/// A name and an object id are the same user.
#[test]
fn a_user_is_reset_once_at_a_time_by_whatever_name() {
    let lab = Lab::new();
    lab.faults("1:POST:/resetPassword -> delay=3000");
    let run = |file: &str| {
        let to = format!("file:{file}");
        lab.run(["reset-user", NOOR, "--confirm", NOOR, "--secret-to", &to])
    };
    let mut child = run("one.txt").started();
    while lab.sent("POST", "/resetPassword").is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let refused = run("two.txt").args(["--no-preflight"]).code(6);
    assert!(refused.stderr.contains("Another run"), "{refused}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(lab.password_of(NOOR, &lab.secret("one.txt")));
}

#[test]
fn what_somebody_else_changed_since_is_left_alone() {
    let lab = Lab::new();
    lab.faults("*:POST:/resetPassword -> 500");
    let id = id(&reset(&lab, NOOR, "file:p.txt").code(8));
    lab.faults("");
    std::thread::sleep(Duration::from_secs(7));
    lab.run([
        "reset-user",
        NOOR,
        "--confirm",
        NOOR,
        "--secret-to",
        "file:theirs.txt",
    ])
    .as_user("viktor.hale@contoso.com")
    .env("ADMIN_RESET_STATE_DIR", lab.home().join("elsewhere"))
    .code(0);
    lab.forget();
    let stopped = resume(&lab, &id, NOOR, &["--resend"]).code(8);
    let error = stopped.error_json();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("Somebody else changed"),
        "{error}"
    );
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("viktor.hale@contoso.com"),
        "{error}"
    );
    assert!(lab.writes().is_empty() && lab.password_of(NOOR, &lab.secret("theirs.txt")));
    assert!(lab.path("p.txt").exists());
}

#[test]
fn a_secret_that_cannot_be_read_back_can_be_given() {
    let lab = Lab::new();
    lab.faults("*:POST:/resetPassword -> 500");
    let open = reset(&lab, NOOR, "stdout").code(8);
    let secret = open.stdout.trim().to_owned();
    let operation = lab.journal()[0]["operationId"].as_str().unwrap().to_owned();
    lab.faults("");
    let stuck = resume(&lab, &operation, NOOR, &[]).code(8);
    assert!(
        stuck.error_json()["fix"]
            .as_str()
            .unwrap()
            .contains("--password-stdin")
    );
    assert!(lab.untouched(NOOR));
    let done = lab
        .run([
            "resume",
            &operation,
            "--confirm",
            NOOR,
            "--settle",
            "1s",
            "--password-stdin",
        ])
        .stdin(&secret)
        .code(0);
    assert!(
        lab.password_of(NOOR, &secret) && !done.stdout.contains(&secret),
        "{done}"
    );
}

#[test]
fn a_synced_users_password_is_sent_again_only_when_asked_for() {
    let lab = Lab::new();
    lab.faults("*:POST:/resetPassword -> 500");
    let id = id(&reset(&lab, HANA, "file:p.txt").code(8));
    lab.faults("");
    lab.forget();
    let asked = resume(&lab, &id, HANA, &[]).code(8);
    assert!(
        asked.error_json()["fix"]
            .as_str()
            .unwrap()
            .contains("--resend"),
        "{asked}"
    );
    assert!(lab.writes().is_empty());
    // History on premises refuses a repetition just when the first one took effect: that no is no proof, and nothing is given up.
    lab.faults("*:POST:/resetPassword -> 400");
    let refused = resume(&lab, &id, HANA, &["--resend"]).code(8);
    assert_eq!(refused.error_json()["code"], "outcomeUnknown", "{refused}");
    assert_eq!(lab.files(), ["p.txt"]);
    lab.faults("");
    resume(&lab, &id, HANA, &["--resend"]).code(0);
    assert!(lab.password_of(HANA, &lab.secret("p.txt")));
}

#[test]
fn later_steps_and_the_way_back_are_caught_up_with() {
    let lab = Lab::new();
    lab.faults("*:POST:/revokeSignInSessions -> 403");
    let half = reset(&lab, DORA, "file:p.txt").code(8);
    lab.faults("");
    lab.forget();
    let done = resume(&lab, &id(&half), DORA, &[]).code(0);
    assert_eq!(done.json()["sessions"]["revoked"], true, "{done}");
    assert!(sent(&lab).is_empty(), "the password was not sent again");

    let lab = Lab::new();
    lab.faults("1+:POST:/members/ -> 403");
    let outside = lab
        .run([
            "reset-user",
            RHEA,
            "--confirm",
            RHEA,
            "--secret-to",
            "file:p.txt",
            "--through-restricted-unit",
            "-o",
            "json",
        ])
        .code(8);
    lab.faults("");
    let restricted = |lab: &Lab| {
        let people = lab.sandbox().dump()["people"].clone();
        let is = |one: &Value| one["userPrincipalName"] == RHEA && one["restricted"] == true;
        people.as_array().unwrap().iter().any(is)
    };
    assert!(!restricted(&lab));
    resume(&lab, &id(&outside), RHEA, &[]).code(0);
    assert!(restricted(&lab));
    assert!(lab.password_of(RHEA, &lab.secret("p.txt")));
    let left = lab
        .run(["journal", "list", "--open", "-o", "json"])
        .code(0)
        .json();
    assert!(left["operations"].as_array().unwrap().is_empty(), "{left}");
}

#[test]
fn an_administrator_that_was_half_made_is_completed() {
    let lab = Lab::new();
    let domain = admin_reset::sandbox::seed::INITIAL_DOMAIN;
    lab.faults("1:POST:/roleAssignments -> 403");
    let half = lab
        .run([
            "create-admin",
            "larch.one",
            "--display-name",
            "Larch Tree",
            "--no-rollback",
            "--confirm",
            domain,
            "--secret-to",
            "file:a.txt",
            "--wait",
            "4s",
            "-o",
            "json",
        ])
        .code(8);
    let id = half.json()["accounts"][0]["operationId"]
        .as_str()
        .unwrap()
        .to_owned();
    lab.faults("");
    let done = lab
        .run([
            "resume",
            &id,
            "--confirm",
            domain,
            "--wait",
            "4s",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(done["accounts"][0]["roles"][0]["verified"], true, "{done}");
    let upn = done["accounts"][0]["userPrincipalName"].as_str().unwrap();
    assert!(lab.password_of(upn, &lab.secret("a.txt")));
}

#[test]
fn a_bulk_run_that_was_killed_ends_with_one_password_for_each() {
    let lab = Lab::with(|options| options.generated_users = 12);
    lab.faults("4+:POST:/resetPassword -> delay=1500");
    let list: String = (1..=12).map(|n| format!("user{n}@contoso.com\n")).collect();
    lab.write("list.csv", format!("userPrincipalName\n{list}"));
    let mut child = lab
        .run([
            "reset-user",
            "--from-csv",
            "list.csv",
            "--secret-to",
            "file:p.csv",
            "--yes",
            "--concurrency",
            "3",
        ])
        .started();
    let since = Instant::now();
    while lab.sent("POST", "/resetPassword").len() < 6 {
        assert!(
            since.elapsed() < Duration::from_secs(30),
            "it never came that far"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    std::thread::sleep(Duration::from_millis(1700));
    lab.faults("");
    let run = lab.journal()[0]["how"]["run"].as_str().unwrap().to_owned();
    let output = lab
        .run([
            "resume",
            &run[..13],
            "--yes",
            "--settle",
            "1s",
            "-o",
            "json",
        ])
        .code(0);
    let mut reader = csv::Reader::from_path(lab.path("p.csv")).unwrap();
    let kept: Vec<(String, String)> = reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[0].to_owned(), row[2].to_owned()))
        .collect();
    // Those it never began too.
    for n in 1..=12 {
        let name = format!("user{n}@contoso.com");
        let own: Vec<_> = kept.iter().filter(|(upn, _)| *upn == name).collect();
        assert_eq!(own.len(), 1, "{name}: {output}");
        assert!(lab.password_of(&name, &own[0].1), "{name}");
    }
    assert_eq!(sent(&lab).len(), 12, "one password for each user");
}
