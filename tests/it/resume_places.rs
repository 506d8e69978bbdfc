//! `resume` reads the password back itself, wherever it was put: sealed, shared, in a vault, in a keyring, in the sealed copy; and hands
//! over what was in force before anybody got it.

use crate::escrow::{RECIPIENT, configured, copies, opened};
use crate::support::{Identity, Lab, Output, Run, each};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

const NOOR: &str = "noor.haddad@contoso.com";
const KEY: &str = include_str!("../data/age/key.txt");
/// Committed, the reply lost, and nothing that could prove it.
const COMMITTED: &str = "*:PATCH:/users/ -> lost-reply; *:POST:/resetPassword -> lost-reply; \
    *:GET:/users/3d4e5f60-7182-493a-a4b5-c6d7e8f90a1b$ -> 403; *:GET:/operations/ -> 403";
const NEVER: &str = "*:PATCH:/users/ -> 500; *:POST:/resetPassword -> 500";

fn reset<'lab>(lab: &'lab Lab, sink: &str) -> Run<'lab> {
    lab.run([
        "reset-user",
        NOOR,
        "--confirm",
        NOOR,
        "--secret-to",
        sink,
        "--wait",
        "2s",
    ])
}

fn resume<'lab>(lab: &'lab Lab, more: &[&str]) -> Run<'lab> {
    let id = lab.journal()[0]["operationId"].as_str().unwrap().to_owned();
    lab.run([
        "resume",
        &id,
        "--confirm",
        NOOR,
        "--settle",
        "1s",
        "--wait",
        "8s",
        "-o",
        "json",
    ])
    .args(more.iter().copied())
}

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

/// A laboratory and the destination, and what `resume` has to be told.
pub struct Place {
    pub kind: &'static str,
    pub sink: String,
    pub more: &'static [&'static str],
}

pub fn places() -> Vec<Place> {
    let place = |kind, sink: &str, more| Place {
        kind,
        sink: sink.to_owned(),
        more,
    };
    vec![
        place(
            "age",
            &format!("age:{RECIPIENT}:noor.age"),
            &["--identity", "key.txt"][..],
        ),
        place("shares", "shares:2/3:sheets", &[]),
        place("vault", "keyvault:ops-vault/noor", &[]),
        place("copy", "stdout", &["--identity", "key.txt"]),
    ]
}

pub fn lab() -> Lab {
    let lab = Lab::new().as_client();
    configured(&lab, &format!("escrow-recipients = [\"{RECIPIENT}\"]"));
    lab.write("key.txt", KEY);
    lab
}

/// What the place holds after the first run.
pub fn held(lab: &Lab, place: &Place, first: &Output) -> String {
    let unsealed = |files: &[&str]| {
        lab.run(["unseal", "--secret-to", "file:back.txt"])
            .args(files.iter().copied())
            .as_identity(Identity::Nobody)
            .code(0);
        lab.secret("back.txt")
    };
    match place.kind {
        "age" => unsealed(&["noor.age", "--identity", "key.txt"]),
        "shares" => unsealed(&["sheets/share-1-of-3.txt", "sheets/share-3-of-3.txt"]),
        "vault" => lab.sandbox().vault()[0].1.clone(),
        _ => first.stdout.trim_end_matches('\n').to_owned(),
    }
}

#[test]
fn every_place_gives_back_the_password_that_was_staged() {
    let cases: Vec<(Place, &str)> = [COMMITTED, NEVER]
        .into_iter()
        .flat_map(|script| places().into_iter().map(move |place| (place, script)))
        .collect();
    each(&cases, |(place, script)| {
        let about = format!("{}: {script}", place.kind);
        let lab = lab();
        lab.faults(script);
        let first = reset(&lab, &place.sink).output();
        assert_eq!(first.code, 8, "{about}: {first}");
        assert_eq!(lab.untouched(NOOR), *script == NEVER, "{about}");
        let password = held(&lab, place, &first);
        lab.faults("");
        if !place.more.is_empty() {
            // Without its key nobody guesses, and nothing is sent.
            lab.forget();
            let stuck = resume(&lab, &[]).output();
            assert_eq!(stuck.code, 8, "{about}: {stuck}");
            let error = stuck.error_json();
            assert!(
                error["fix"].as_str().unwrap().contains("--identity")
                    && error["cause"].as_str().unwrap().contains("no identity"),
                "{about}: {error}"
            );
            assert!(lab.writes().is_empty(), "{about}");
        }
        lab.forget();
        let done = resume(&lab, place.more).output();
        assert_eq!(done.code, 0, "{about}: {done}");
        assert!(lab.password_of(NOOR, &password), "{about}");
        assert!(!done.stdout.contains(&password) && !done.stderr.contains(&password));
        assert!(sent(&lab).iter().all(|one| *one == password), "{about}");
        assert!(copies(&lab).is_empty(), "{about}: {:?}", copies(&lab));
        if place.kind == "vault" {
            let versions = lab.sandbox().vault();
            assert_eq!(versions.len(), 1, "{about}");
            assert!(versions[0].2 && versions[0].3 == "inForce", "{versions:?}");
        }
        let left = lab
            .run(["journal", "list", "--open", "-o", "json"])
            .code(0)
            .json();
        assert!(left["operations"].as_array().unwrap().is_empty(), "{left}");
    });
}

#[test]
fn nothing_is_read_back_where_somebody_else_acted() {
    each(&places(), |place| {
        let lab = lab();
        lab.faults(NEVER);
        reset(&lab, &place.sink).code(8);
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
        .env("ADMIN_RESET_STATE_DIR", lab.home().join("elsewhere"))
        .code(0);
        lab.forget();
        let stopped = resume(&lab, place.more).args(["--resend"]).code(8);
        assert!(
            stopped.error_json()["message"]
                .as_str()
                .unwrap()
                .starts_with("Somebody else changed"),
            "{}: {stopped}",
            place.kind
        );
        assert!(lab.writes().is_empty() && lab.password_of(NOOR, &lab.secret("theirs.txt")));
        if place.kind == "vault" {
            assert!(!lab.sandbox().vault()[0].2, "it stays disabled");
        }
    });
}

#[test]
fn shares_that_were_given_out_can_be_named_and_damaged_ones_do_not_matter() {
    let lab = lab();
    lab.faults(NEVER);
    reset(&lab, "shares:2/3:sheets").code(8);
    lab.faults("");
    lab.write("holder.txt", lab.read("sheets/share-1-of-3.txt"));
    std::fs::remove_file(lab.path("sheets/share-1-of-3.txt")).unwrap();
    // One word is another than it was.
    let text = lab.read("sheets/share-2-of-3.txt");
    let (before, rest) = text.split_once("   7 ").unwrap();
    let other = if rest.starts_with("acid ") {
        "academic "
    } else {
        "acid     "
    };
    let text = format!("{before}   7 {other}{}", &rest[9..]);
    std::fs::write(lab.path("sheets/share-2-of-3.txt"), text).unwrap();
    let stuck = resume(&lab, &[]).code(8).error_json();
    assert!(
        stuck["cause"].as_str().unwrap().contains("share-2-of-3"),
        "{stuck}"
    );
    resume(&lab, &["--share", "holder.txt"]).code(0);
    let one = sent(&lab);
    assert!(one.len() == 1 && lab.password_of(NOOR, one.first().unwrap()));
    // The shares of another operation are not taken for these.
    let lab = self::lab();
    reset(&lab, "shares:2/3:old").code(0);
    std::fs::rename(lab.state().join("journal.jsonl"), lab.path("old.jsonl")).unwrap();
    lab.faults(NEVER);
    reset(&lab, "shares:2/3:sheets").code(8);
    lab.faults("");
    std::fs::remove_dir_all(lab.path("sheets")).unwrap();
    std::fs::rename(lab.path("old"), lab.path("sheets")).unwrap();
    lab.forget();
    let stuck = resume(&lab, &[]).code(8).error_json();
    assert!(
        stuck["cause"]
            .as_str()
            .unwrap()
            .contains("no password of this operation"),
        "{stuck}"
    );
    assert!(lab.writes().is_empty());
}

#[cfg(unix)]
fn program(lab: &Lab, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = lab.write("give", format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[cfg(unix)]
#[test]
fn what_nobody_got_is_handed_over_by_resume() {
    // In force, and the program failed: it is tried again, or another destination gets it.
    for more in [&[][..], &["--secret-to", "file:got.txt"]] {
        let lab = lab();
        program(&lab, "cat >/dev/null; exit 9");
        reset(&lab, "cmd:./give").code(8);
        let copy = copies(&lab).pop().unwrap();
        let password = opened(&lab, &copy);
        assert!(lab.password_of(NOOR, &password));
        // It fails again: the copy stays.
        let again = resume(&lab, &["--identity", "key.txt"]).code(8);
        assert_eq!(again.error_json()["code"], "secretNotDelivered", "{again}");
        assert_eq!(copies(&lab).len(), 1);
        program(&lab, "umask 077; cat > got.txt");
        lab.forget();
        let done = resume(&lab, more).args(["--identity", "key.txt"]).code(0);
        assert_eq!(lab.secret("got.txt"), password, "{done}");
        assert!(lab.writes().is_empty() && copies(&lab).is_empty(), "{done}");
        // Finished: nothing is handed over twice.
        resume(&lab, &[]).code(0);
    }
}

/// The password is in force and on record, and its version in the vault still waits: going on enables it.
#[test]
fn a_version_that_waits_is_enabled_though_all_else_is_done() {
    let lab = lab();
    lab.faults("*:PATCH:/secrets/ -> 500");
    reset(&lab, "keyvault:ops-vault/noor").code(8);
    assert!(!lab.sandbox().vault()[0].2 && !lab.untouched(NOOR));
    lab.forget();
    let away = resume(&lab, &[]).code(8).error_json();
    assert_eq!(away["code"], "secretNotDelivered", "{away}");
    lab.faults("");
    resume(&lab, &[]).code(0);
    let versions = lab.sandbox().vault();
    assert!(versions.len() == 1 && versions[0].2, "{versions:?}");
    assert!(lab.writes().is_empty());
}

/// A clear no to the repetition, of an account that shows no change: nobody is owed anything, and the copy goes.
#[test]
fn what_clearly_did_not_happen_is_owed_to_nobody() {
    let lab = lab();
    lab.faults(NEVER);
    reset(&lab, "stdout").code(8);
    assert_eq!(copies(&lab).len(), 1);
    // Whoever may not ask now is told no answer about the password: it stays open.
    for (script, exit) in [("*:PATCH:/users/ -> 403", 8), ("*:POST:/token -> 400", 7)] {
        lab.faults(script);
        resume(&lab, &["--identity", "key.txt"]).code(exit);
        assert_eq!(copies(&lab).len(), 1, "{script}");
    }
    lab.faults("*:PATCH:/users/ -> 400");
    let refused = resume(&lab, &["--identity", "key.txt"]).output();
    assert!((1..=6).contains(&refused.code), "{refused}");
    assert!(lab.untouched(NOOR) && copies(&lab).is_empty(), "{refused}");
    let left = lab
        .run(["journal", "list", "--open", "-o", "json"])
        .code(0)
        .json();
    assert!(left["operations"].as_array().unwrap().is_empty(), "{left}");
}

#[test]
fn a_killed_run_that_would_have_shown_it_shows_it_only_when_asked() {
    let lab = Lab::with(|options| options.operation_time = Duration::ZERO);
    configured(&lab, &format!("escrow-recipients = [\"{RECIPIENT}\"]"));
    lab.write("key.txt", KEY);
    lab.faults("1:POST:/resetPassword -> delay=20000");
    let (mut command, _) = reset(&lab, "stdout").command();
    let mut child = command.spawn().unwrap();
    while lab.untouched(NOOR) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    assert!(child.wait_with_output().unwrap().stdout.is_empty());
    lab.faults("");
    let told = resume(&lab, &["--identity", "key.txt"]).code(8);
    assert!(
        told.error_json()["fix"]
            .as_str()
            .unwrap()
            .contains("--secret-to"),
        "{told}"
    );
    let password = opened(&lab, &copies(&lab)[0]);
    assert!(lab.password_of(NOOR, &password) && !told.stdout.contains(&password));
    lab.forget();
    let done = resume(&lab, &["--identity", "key.txt", "--secret-to", "stdout"]).code(0);
    assert_eq!(done.stdout, format!("{password}\n"));
    assert!(copies(&lab).is_empty() && lab.writes().is_empty());
}

#[cfg(unix)]
#[test]
fn a_new_administrator_gets_its_password_handed_over_too() {
    let domain = admin_reset::sandbox::seed::INITIAL_DOMAIN;
    let make = |lab: &Lab| {
        lab.run([
            "create-admin",
            "larch.two",
            "--display-name",
            "Larch Two",
            "--confirm",
            domain,
            "--secret-to",
            "cmd:./give",
            "-o",
            "json",
        ])
        .output()
    };
    let finish = |lab: &Lab, id: &str, more: &[&str]| {
        lab.run([
            "resume",
            id,
            "--confirm",
            domain,
            "--wait",
            "4s",
            "-o",
            "json",
            "--identity",
            "key.txt",
        ])
        .args(more.iter().copied())
        .output()
    };
    let lab = lab();
    program(&lab, "cat >/dev/null; exit 9");
    let made = make(&lab).code(8).json();
    let account = &made["accounts"][0];
    let upn = account["userPrincipalName"].as_str().unwrap();
    let id = account["operationId"].as_str().unwrap();
    let password = opened(&lab, &copies(&lab)[0]);
    // The same command says that it is still owed, and makes nothing.
    lab.forget();
    let again = make(&lab).code(0).json();
    assert!(
        again["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["code"] == "notHandedOver"),
        "{again}"
    );
    let done = finish(&lab, id, &["--secret-to", "file:got.txt"]).code(0);
    assert!(lab.secret("got.txt") == password && lab.password_of(upn, &password));
    assert!(copies(&lab).is_empty() && lab.writes().is_empty(), "{done}");
    let left = lab
        .run(["journal", "list", "--open", "-o", "json"])
        .code(0)
        .json();
    assert!(left["operations"].as_array().unwrap().is_empty(), "{left}");

    // Killed after it was created and before it got its role: the copy is its password, and it is completed.
    let lab = self::lab();
    program(&lab, "umask 077; cat > got.txt");
    lab.faults("1:POST:/roleAssignments -> delay=20000");
    let (mut command, _) = lab
        .run([
            "create-admin",
            "larch.two",
            "--display-name",
            "Larch Two",
            "--confirm",
            domain,
            "--secret-to",
            "cmd:./give",
        ])
        .command();
    let mut child = command.spawn().unwrap();
    while lab.sent("POST", "/roleAssignments").is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lab.faults("");
    assert!(!lab.path("got.txt").exists());
    let id = lab.journal()[0]["operationId"].as_str().unwrap().to_owned();
    let done = finish(&lab, &id, &[]).code(0).json();
    let account = &done["accounts"][0];
    assert_eq!(account["roles"][0]["verified"], true, "{done}");
    let upn = account["userPrincipalName"].as_str().unwrap();
    assert!(lab.password_of(upn, &lab.secret("got.txt")), "{done}");
    assert!(copies(&lab).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_keyring_gives_back_what_it_holds_and_the_key_of_the_copy() {
    let Some(desktop) = crate::keyring::Desktop::start() else {
        return;
    };
    for (script, sink) in [
        (COMMITTED, "keyring:noor"),
        (NEVER, "keyring:noor-2"),
        (COMMITTED, "stdout"),
        (NEVER, "stdout"),
    ] {
        let lab = Lab::new();
        lab.faults(script);
        let with_bus = |run: Run<'_>| {
            run.env("DBUS_SESSION_BUS_ADDRESS", desktop.address())
                .output()
        };
        let first = with_bus(reset(&lab, sink)).code(8);
        lab.faults("");
        let done = with_bus(resume(&lab, &[])).code(0);
        let one = sent(&lab);
        assert!(one.len() == 1, "{sink}: {done}");
        assert!(lab.password_of(NOOR, one.first().unwrap()), "{sink}");
        if sink == "stdout" {
            assert_eq!(first.stdout.trim_end(), one.first().unwrap());
            assert!(copies(&lab).is_empty());
        }
    }
}
