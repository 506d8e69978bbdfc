//! `support-bundle`: what is inside, what is not, and how it is written.

use crate::support::Lab;
use serde_json::Value;

/// Files of an archive that is not compressed, by its central directory.
fn unpacked(bytes: &[u8]) -> Vec<(String, String)> {
    let number = |at: usize, length: usize| {
        bytes[at..at + length]
            .iter()
            .rev()
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let end = (0..bytes.len() - 4)
        .rev()
        .find(|at| bytes[*at..].starts_with(b"PK\x05\x06"))
        .unwrap();
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut files = Vec::new();
    for _ in 0..count {
        assert!(bytes[at..].starts_with(b"PK\x01\x02"));
        assert_eq!(number(at + 10, 2), 0, "stored");
        let (size, name, extra, comment) = (
            number(at + 24, 4),
            number(at + 28, 2),
            number(at + 30, 2),
            number(at + 32, 2),
        );
        let local = number(at + 42, 4);
        let start = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let text = |from: usize, length: usize| {
            String::from_utf8(bytes[from..from + length].to_vec()).unwrap()
        };
        files.push((text(at + 46, name), text(start, size)));
        at += 46 + name + extra + comment;
    }
    files
}

fn file(files: &[(String, String)], name: &str) -> Value {
    let (_, text) = files.iter().find(|(own, _)| own == name).unwrap();
    serde_json::from_str(text).unwrap()
}

#[test]
fn an_empty_one_offline_and_without_a_sign_in() {
    let lab = Lab::new().as_nobody();
    let report = lab
        .run([
            "support-bundle",
            "case.zip",
            "--yes",
            "--offline",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(
        (&report["status"], &report["records"]),
        (&"done".into(), &0.into())
    );
    let files = unpacked(&std::fs::read(lab.path("case.zip")).unwrap());
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "README.txt",
            "case.json",
            "settings.json",
            "requests.json",
            "journal.json"
        ]
    );
    assert_eq!(file(&files, "case.json")["cloud"], "global");
    assert!(lab.requests().is_empty());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(lab.path("case.zip"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Nothing is overwritten.
    let before = std::fs::read(lab.path("case.zip")).unwrap();
    let again = lab
        .run(["support-bundle", "case.zip", "--yes", "-o", "json"])
        .code(6);
    assert_eq!(again.error_json()["code"], "outputExists");
    assert_eq!(std::fs::read(lab.path("case.zip")).unwrap(), before);
}

#[test]
fn request_ids_and_times_are_in_it_secrets_and_names_are_not() {
    let lab = Lab::new();
    lab.run([
        "reset-user",
        "noor.haddad@contoso.com",
        "--secret-to",
        "file:pw-file.txt",
        "--yes",
        "--ticket",
        "CASE-1",
        "--reason",
        "called ada on 555",
    ])
    .code(0);
    let password = lab.secret("pw-file.txt");
    lab.run(["support-bundle", "case.zip", "--yes"])
        .env("AZURE_CLIENT_SECRET", "canary-of-a-client-secret")
        .code(0);
    let bytes = std::fs::read(lab.path("case.zip")).unwrap();
    let files = unpacked(&bytes);
    let all: String = files.iter().map(|(_, text)| text.as_str()).collect();
    for never in [
        password.as_str(),
        "canary-of-a-client-secret",
        "eyJ",
        "noor.haddad",
        "ada.okafor@",
        "called ada",
        "pw-file",
        lab.home().to_str().unwrap(),
    ] {
        assert!(!all.contains(never), "'{never}' is in the bundle");
    }
    let journal = file(&files, "journal.json");
    assert!(
        journal
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["command"] == "reset-user" && one["ticket"] == "CASE-1")
    );
    assert!(all.contains("n***@c***.com"), "{all}");
    let requests = file(&files, "requests.json");
    let first = &requests.as_array().unwrap()[0];
    assert!(
        first["requestId"].as_str().is_some_and(|id| id.len() == 36) && first["at"].is_string(),
        "{first}"
    );
    // What doctor finds is in it too, with the name masked and without a path.
    let doctor = file(&files, "doctor.json");
    assert_eq!(doctor["schema"], "admin-reset/doctor/1");
    assert_eq!(doctor["caller"]["name"], "a***@c***.com");
    assert!(
        doctor["checks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["check"] == "token" && one["status"] == "ok"),
        "{doctor:#}"
    );
    let settings = file(&files, "settings.json");
    assert!(
        settings["variablesSet"]
            .as_array()
            .unwrap()
            .contains(&"AZURE_CLIENT_SECRET".into())
    );
    // Names whole when that is asked for; another ticket has no records.
    lab.run(["support-bundle", "named.zip", "--yes", "--include-names"])
        .code(0);
    let named = unpacked(&std::fs::read(lab.path("named.zip")).unwrap());
    assert!(
        named
            .iter()
            .any(|(_, text)| text.contains("noor.haddad@contoso.com"))
    );
    let none = lab
        .run([
            "support-bundle",
            "--ticket",
            "CASE-2",
            "--dry-run",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(none["records"], 0);
}

#[test]
fn nothing_is_written_without_consent_or_with_a_secret() {
    let lab = Lab::new().as_nobody();
    lab.run(["support-bundle"]).code(2).says("add --yes");
    let plan = lab
        .run(["support-bundle", "--dry-run", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(plan["status"], "planned");
    // A secret that slipped into a name is seen before anything is written.
    lab.run(["support-bundle", "--yes", "--ticket", "hunter-number-2"])
        .env("MY_PASSWORD", "hunter-number-2")
        .code(1)
        .says("the value of a secret variable");
    assert!(lab.files().is_empty(), "{:?}", lab.files());
}

#[test]
fn a_broken_journal_does_not_stop_it() {
    let lab = Lab::new().as_nobody();
    std::fs::write(
        lab.state().join("journal.jsonl"),
        b"\xff\xfenot json\n{\"v\":1}\n",
    )
    .unwrap();
    lab.run(["support-bundle", "case.zip", "--yes"]).code(0);
}
