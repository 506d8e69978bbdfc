//! What the network does to a change: every way of writing a password under every fault.
//!
//! Whatever happens, five things hold: an exit of 0 means that the password in the file opens the account; an account that was
//! changed has its password in the file; no second password is ever sent; an exit of 2 to 7 means that nothing changed and no
//! file is left; nothing is sent again before `Retry-After` has passed (the laboratory fails the test otherwise).

use crate::support::{Identity, Lab, Output, each};
use serde_json::Value;
use std::collections::BTreeSet;

const NOOR: &str = "noor.haddad@contoso.com";

/// The read of the account by its id, which is the proof and not the preflight.
const READ: &str = "GET:/users/3d4e5f60-7182-493a-a4b5-c6d7e8f90a1b$";

/// A way of writing a password.
struct Way {
    name: &'static str,
    identity: Identity,
    /// Where the write goes, as fault scripts name it.
    write: &'static str,
    /// Where the proof is read.
    proof: &'static str,
}

fn ways() -> [Way; 2] {
    [
        Way {
            name: "action",
            identity: Identity::User("ada.okafor@contoso.com".into()),
            write: "POST:/resetPassword",
            proof: "GET:/operations/",
        },
        Way {
            name: "patch",
            identity: Identity::ClientSecret,
            write: "PATCH:/users/",
            proof: READ,
        },
    ]
}

/// Runs one reset under a script and checks what always holds.
fn reset(way: &Way, script: &str, wait: &str) -> Output {
    let lab = Lab::new();
    lab.faults(
        &script
            .replace("WRITE", way.write)
            .replace("PROOF", way.proof)
            .replace("READ", READ),
    );
    let args = [
        "reset-user",
        NOOR,
        "--confirm",
        NOOR,
        "--secret-to",
        "file:p.txt",
        "--wait",
        wait,
        "-o",
        "json",
    ];
    let output = lab.run(args).as_identity(way.identity.clone()).output();
    holds(&lab, &output, &format!("{}: {script}", way.name));
    output
}

fn holds(lab: &Lab, output: &Output, about: &str) {
    let kept = lab.path("p.txt").exists().then(|| lab.secret("p.txt"));
    let opens = kept
        .as_ref()
        .is_some_and(|secret| lab.password_of(NOOR, secret));
    let changed = !lab.untouched(NOOR);
    if changed {
        assert!(
            opens,
            "{about}: the account's password is in no file: {output}"
        );
    }
    match output.code {
        0 => assert!(changed, "{about}: exit 0 and nothing changed: {output}"),
        8 => assert!(
            kept.is_some(),
            "{about}: the outcome is open and the password gone: {output}"
        ),
        _ => {
            assert!(
                !changed,
                "{about}: changed, and exit {}: {output}",
                output.code
            );
            assert!(
                kept.is_none(),
                "{about}: a password that opens nothing is left: {output}"
            );
        }
    }
    let sent: BTreeSet<String> = passwords_sent(lab);
    assert!(
        sent.len() <= 1,
        "{about}: {} different passwords were sent",
        sent.len()
    );
    for secret in &sent {
        assert!(
            !output.stdout.contains(secret) && !output.stderr.contains(secret),
            "{about}: the password is in the output"
        );
    }
    if let (Some(secret), Some(sent)) = (&kept, sent.first()) {
        assert_eq!(
            secret, sent,
            "{about}: the file holds another password than the one sent"
        );
    }
    if !matches!(output.code, 0) {
        let _ = output.error_json();
    }
}

/// The different passwords in the bodies of all writes.
fn passwords_sent(lab: &Lab) -> BTreeSet<String> {
    let of = |body: &[u8]| -> Option<String> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let place = body
            .get("newPassword")
            .or_else(|| body.get("passwordProfile")?.get("password"))?;
        place.as_str().map(str::to_owned)
    };
    lab.writes()
        .iter()
        .filter_map(|one| of(&one.body))
        .collect()
}

/// Runs rows of (script, exits that are right) for both ways, several at a time since most of it is waiting.
fn table(wait: &str, rows: &[(&str, &[i32])]) {
    let ways = ways();
    let cases: Vec<(&Way, &str, &[i32])> = ways
        .iter()
        .flat_map(|way| {
            rows.iter()
                .map(move |(script, exits)| (way, *script, *exits))
        })
        .collect();
    each(&cases, |(way, script, exits)| {
        let output = reset(way, script, wait);
        assert!(
            exits.contains(&output.code),
            "{}: {script}: expected {exits:?}: {output}",
            way.name
        );
    });
}

#[test]
fn a_write_that_is_refused_for_a_moment_is_repeated_with_the_same_password() {
    table(
        "20s",
        &[
            ("1:WRITE -> 429 retry-after=1", &[0]),
            ("1:WRITE -> 429 retry-after-date=2", &[0]),
            ("1:WRITE -> 429 no-retry-after", &[0]),
            ("1-2:WRITE -> 503 retry-after=1", &[0]),
            ("1:WRITE -> 503", &[0]),
            ("1:WRITE -> 500", &[0]),
            ("1:WRITE -> 502 html-body", &[0]),
            ("1:WRITE -> 504 empty-body", &[0]),
            ("1:WRITE -> 408", &[0]),
            ("1:WRITE -> drop", &[0]),
            ("1:WRITE -> html", &[0, 8]),
        ],
    );
}

#[test]
fn a_change_that_was_made_is_found_out() {
    table(
        "20s",
        &[
            ("1:WRITE -> lost-reply", &[0]),
            ("1:WRITE -> reset", &[0]),
            ("1:WRITE -> reset=12", &[0]),
            ("1:WRITE -> 500 after", &[0]),
            ("1:WRITE -> 502 after", &[0]),
            ("1:WRITE -> 503 after retry-after=1", &[0]),
            ("1:WRITE -> 504 after", &[0]),
            ("1:WRITE -> 429 after retry-after=1", &[0]),
            ("*:WRITE -> 504 after", &[0]),
            ("*:WRITE -> lost-reply", &[0]),
            ("1:WRITE -> garble", &[0]),
            ("1:WRITE -> delay=400", &[0]),
            ("1:WRITE -> slow=200", &[0]),
        ],
    );
}

#[test]
fn a_reply_cut_at_any_byte_is_never_taken_for_an_answer() {
    let ways = ways();
    let offsets = [
        1, 5, 9, 12, 17, 30, 60, 90, 120, 160, 200, 240, 280, 320, 400, 500,
    ];
    let cases: Vec<(&Way, u32)> = ways
        .iter()
        .flat_map(|way| offsets.map(|at| (way, at)))
        .collect();
    each(&cases, |(way, at)| {
        let output = reset(way, &format!("1:WRITE -> cut={at}"), "20s");
        assert_eq!(output.code, 0, "{}: cut at {at}: {output}", way.name);
    });
}

#[test]
fn an_outcome_that_stays_open_is_called_open() {
    table(
        "4s",
        &[
            ("*:WRITE -> 500", &[8]),
            ("*:WRITE -> 503 retry-after=60", &[8]),
            ("*:WRITE -> 429 retry-after=86400", &[8]),
            ("*:WRITE -> 429 no-retry-after", &[8]),
            ("*:WRITE -> drop", &[8]),
            ("*:WRITE -> html", &[8]),
            ("*:WRITE -> redirect=http://127.0.0.1:9/elsewhere", &[8]),
            // Made, and no way to read it.
            ("1:WRITE -> 500 after; *:READ -> 500", &[8]),
            ("1:WRITE -> lost-reply; *:READ -> 403", &[8]),
            ("1:WRITE -> 504 after; *:READ -> html", &[8]),
            ("1:WRITE -> lost-reply; *:READ -> drop", &[8]),
        ],
    );
}

#[test]
fn a_no_after_a_perhaps_is_no_no() {
    // The first try took effect; the second is refused. The password must stay.
    table(
        "10s",
        &[
            (
                "1:WRITE -> 429 after retry-after=1; 2:WRITE -> 403",
                &[0, 8],
            ),
            (
                "1:WRITE -> 503 after retry-after=1; 2:WRITE -> 400",
                &[0, 8],
            ),
            (
                "1:WRITE -> 503 after retry-after=1; 2+:WRITE -> 404; *:READ -> 403",
                &[8],
            ),
            (
                "1:WRITE -> 429 after retry-after=1; 2+:WRITE -> 400; *:READ -> 500",
                &[8],
            ),
            (
                "1:WRITE -> 429 after retry-after=1; 2+:WRITE -> expired-token",
                &[0, 8],
            ),
        ],
    );
}

#[test]
fn silence_ends_with_the_wait() {
    let ways = ways();
    let started = std::time::Instant::now();
    each(&ways[..], |way| {
        let output = reset(way, "*:WRITE -> silence", "3s");
        assert!(matches!(output.code, 0 | 8), "{}: {output}", way.name);
        let output = reset(way, "1:WRITE -> silence=40", "3s");
        assert!(matches!(output.code, 0 | 8), "{}: {output}", way.name);
    });
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_clear_no_changes_nothing_and_leaves_no_password() {
    table(
        "10s",
        &[
            ("*:WRITE -> 403", &[5]),
            ("*:WRITE -> 404", &[3]),
            ("*:WRITE -> 400", &[6]),
        ],
    );
    // A ready token that is refused has no successor; the app signs in anew.
    let [action, patch] = ways();
    assert_eq!(reset(&action, "1:WRITE -> expired-token", "10s").code, 4);
    assert_eq!(reset(&action, "1:WRITE -> claims-challenge", "10s").code, 4);
    assert_eq!(reset(&patch, "1:WRITE -> expired-token", "10s").code, 0);
    assert_eq!(reset(&patch, "1:WRITE -> claims-challenge", "10s").code, 0);
    assert_eq!(reset(&patch, "*:WRITE -> claims-challenge", "10s").code, 4);
}

#[test]
fn the_proof_may_be_slow_or_closed() {
    table(
        "15s",
        &[
            ("1:PROOF -> 429 retry-after=1", &[0]),
            ("1-2:PROOF -> 503", &[0]),
            ("1:PROOF -> drop", &[0]),
            ("*:PROOF -> 404", &[0]),
            ("*:PROOF -> 403", &[0]),
            ("1:PROOF -> expired-token", &[0, 8]),
        ],
    );
    let [action, _] = ways();
    for script in [
        "*:GET:/operations/ -> 500",
        "*:GET:/operations/ -> html",
        "*:GET:/operations/ -> garble",
        "*:GET:/operations/ -> 403; *:READ -> 403",
    ] {
        let output = reset(&action, script, "4s");
        assert!(matches!(output.code, 0 | 8), "{script}: {output}");
        if output.code == 0 {
            assert_eq!(output.json()["reset"]["proven"], true, "{script}: {output}");
        }
    }
    let output = reset(
        &action,
        "*:POST:/resetPassword -> location=http://127.0.0.1:9/v1.0/x",
        "4s",
    );
    assert_eq!(output.code, 8, "{output}");
}

#[test]
fn reads_that_fail_change_nothing() {
    table(
        "10s",
        &[
            ("1:POST:/$batch -> 429 retry-after=1", &[0]),
            ("1:POST:/$batch -> 503", &[0]),
            ("1:POST:/$batch -> drop", &[0]),
            ("1:POST:/$batch -> cut=200", &[0]),
            ("1:POST:/$batch -> garble", &[0, 1]),
            ("*:POST:/$batch -> html", &[1]),
            ("*:POST:/$batch -> 403", &[5]),
            ("*:POST:/$batch -> 429 retry-after=3600", &[7]),
            (
                "*:POST:/$batch -> redirect=http://127.0.0.1:9/elsewhere",
                &[1],
            ),
            (
                "1:GET:/users/noor.haddad@contoso.com?$select -> 429 retry-after=1",
                &[0],
            ),
            ("1:GET:/users/noor.haddad@contoso.com?$select -> 503", &[0]),
            ("*:GET:/users/noor.haddad@contoso.com?$select -> 404", &[3]),
        ],
    );
    let [action, patch] = ways();
    assert_eq!(
        reset(&action, "1:POST:/$batch -> expired-token", "10s").code,
        4
    );
    assert_eq!(
        reset(&patch, "1:POST:/$batch -> expired-token", "10s").code,
        0
    );
}

#[test]
fn a_password_that_somebody_else_just_changed_is_no_proof_of_ours() {
    // The account was changed a moment ago; our own write never arrives. A fresh timestamp alone must not count as success.
    let lab = Lab::new();
    for way in ways() {
        lab.tenant(|tenant| tenant.set_password(NOOR, "Someone-Elses-9-Words"));
        lab.faults(&"*:WRITE -> 500".replace("WRITE", way.write));
        let args = [
            "reset-user",
            NOOR,
            "--confirm",
            NOOR,
            "--secret-to",
            &format!("file:{}.txt", way.name),
            "--wait",
            "4s",
            "-o",
            "json",
        ];
        let output = lab.run(args).as_identity(way.identity.clone()).output();
        assert_eq!(output.code, 8, "{}: {output}", way.name);
        assert!(lab.password_of(NOOR, "Someone-Elses-9-Words"));
    }
}

#[test]
fn a_sign_in_that_fails_changes_nothing() {
    let [_, patch] = ways();
    for (script, exits) in [
        ("1:POST:/token -> 503", &[0, 7][..]),
        ("*:POST:/token -> 503", &[7]),
        ("*:POST:/token -> html", &[1, 4]),
        ("*:POST:/token -> drop", &[7]),
        ("*:POST:/token -> 429 retry-after=3600", &[7]),
        ("*:POST:/token -> aadsts=7000215", &[4]),
        ("*:POST:/token -> aadsts=700016", &[4]),
        ("*:POST:/token -> garble", &[1, 4]),
    ] {
        let output = reset(&patch, script, "10s");
        assert!(exits.contains(&output.code), "{script}: {output}");
    }
}

#[test]
fn nobody_there_is_an_exit_of_seven() {
    let lab = Lab::new();
    // A token that cannot be read is nobody's to judge; the port has nobody behind it.
    let closed = "http://127.0.0.1:9";
    let output = lab
        .run([
            "reset-user",
            NOOR,
            "--confirm",
            NOOR,
            "--secret-to",
            "file:p.txt",
            "--no-preflight",
            "--wait",
            "2s",
            "-o",
            "json",
        ])
        .as_identity(Identity::Token("opaque".into()))
        .env("ADMIN_RESET_GRAPH_ENDPOINT", closed)
        .output();
    assert_eq!(output.code, 7, "{output}");
    assert!(lab.files().is_empty(), "{:?}", lab.files());
}

#[test]
fn what_comes_after_the_password_fails_without_hiding_that_it_is_set() {
    let dora = "dora.vega@contoso.com";
    for script in [
        "*:POST:/revokeSignInSessions -> 403",
        "*:POST:/revokeSignInSessions -> 500",
        "*:POST:/revokeSignInSessions -> drop",
    ] {
        let lab = Lab::new();
        lab.faults(script);
        let output = lab
            .run([
                "reset-user",
                dora,
                "--confirm",
                dora,
                "--secret-to",
                "file:p.txt",
                "--wait",
                "3s",
                "-o",
                "json",
            ])
            .code(8);
        let report = output.json();
        assert_eq!(
            (
                report["status"].clone(),
                report["sessions"]["revoked"].clone()
            ),
            ("partial".into(), false.into()),
            "{script}: {output}"
        );
        assert!(lab.password_of(dora, &lab.secret("p.txt")));
    }
    let lab = Lab::new();
    lab.faults("*:POST:/temporaryAccessPassMethods -> lost-reply");
    let args = [
        "reset-user",
        NOOR,
        "--confirm",
        NOOR,
        "--secret-to",
        "file:p.txt",
        "--access-pass=60",
        "--access-pass-to",
        "file:pass.txt",
        "--wait",
        "3s",
        "-o",
        "json",
    ];
    let output = lab.run(args).code(8);
    assert_eq!(output.json()["status"], "partial", "{output}");
    assert!(lab.password_of(NOOR, &lab.secret("p.txt")));
}

#[test]
fn many_users_under_scattered_faults() {
    let lab = Lab::with(|options| options.generated_users = 24);
    lab.faults("13%:POST:/resetPassword -> 503 after retry-after=1; 17%:POST:/resetPassword -> lost-reply; 9%:GET:/operations/ -> 429 retry-after=1; 20%:POST:/$batch -> 503");
    let list: String = (1..=24).map(|n| format!("user{n}@contoso.com\n")).collect();
    let output = lab
        .run([
            "reset-user",
            "-",
            "--secret-to",
            "file:p.csv",
            "--yes",
            "--concurrency",
            "8",
            "--wait",
            "30s",
            "-o",
            "json",
        ])
        .stdin(list)
        .output();
    assert!(matches!(output.code, 0 | 8), "{output}");
    let mut reader = csv::Reader::from_path(lab.path("p.csv")).unwrap();
    let kept: Vec<(String, String)> = reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[0].to_owned(), row[2].to_owned()))
        .collect();
    for user in output.json()["users"].as_array().unwrap() {
        let name = user["user"]["userPrincipalName"].as_str().unwrap();
        let own: Vec<&String> = kept
            .iter()
            .filter(|(upn, _)| upn == name)
            .map(|(_, password)| password)
            .collect();
        if user["status"] == "done" {
            assert_eq!(own.len(), 1, "{name}: {user}");
            assert!(lab.password_of(name, own[0]), "{name}");
        }
        assert!(
            lab.untouched(name) || own.iter().any(|password| lab.password_of(name, password)),
            "{name} has a password that is in no file"
        );
    }
}
