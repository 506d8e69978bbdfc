//! The sealed copy on this machine: destinations that cannot hold a secret get it when it is in force, and until they have it a copy
//! that only its owner opens is there.

use crate::support::{Identity, Lab, Output, Run};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const NOOR: &str = "noor.haddad@contoso.com";
const TOM: &str = "tom.reed@contoso.com";
const KEY: &str = include_str!("../data/age/key.txt");
/// Whose key is in the test data.
pub const RECIPIENT: &str = "age1zqk0ejs94g7hjcsukcry2nen7vng2kqj5fp8yu2h76jfu2vu4qxsv9z8r0";

/// A laboratory whose profile names a recipient of sealed copies.
fn lab() -> Lab {
    let lab = Lab::new();
    configured(&lab, &format!("escrow-recipients = [\"{RECIPIENT}\"]"));
    lab.write("key.txt", KEY);
    lab
}

/// Writes the profile.
pub fn configured(lab: &Lab, line: &str) {
    let path = lab.home().join("config/config.toml");
    std::fs::write(path, format!("[profile.default]\n{line}\n")).unwrap();
}

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

/// The sealed copies that are there.
pub fn copies(lab: &Lab) -> Vec<PathBuf> {
    let folder = lab.state().join("escrow");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    found.sort();
    found
}

/// The password in a sealed copy.
pub fn opened(lab: &Lab, copy: &std::path::Path) -> String {
    let name = format!("opened-{}", lab.files().len());
    let output = lab
        .run(["unseal", "--identity", "key.txt", "-o", "json"])
        .args([copy])
        .args(["--secret-to", &format!("file:{name}")])
        .as_identity(Identity::Nobody)
        .code(0)
        .json();
    for fact in ["id", "userPrincipalName"] {
        assert!(output["user"][fact].is_string(), "{output}");
    }
    for fact in ["tenant", "time", "operationId"] {
        assert!(output[fact].is_string(), "{output}");
    }
    lab.secret(&name)
}

/// A program for `cmd:` with this text.
#[cfg(unix)]
fn program(lab: &Lab, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = lab.write(name, format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// The outcome of the step that hands a secret over, as the journal has it.
fn handed_over(lab: &Lab) -> Vec<String> {
    lab.journal()
        .iter()
        .filter(|line| line["step"] == "deliverSecret" && line["kind"] == "result")
        .map(|line| line["outcome"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_cannot_be_held_comes_when_it_is_in_force() {
    let lab = lab();
    let done = reset(&lab, "stdout")
        .code(0)
        .says("is on stdout and in force.");
    assert!(!done.stderr.contains("not yet"), "{done}");
    assert!(lab.password_of(NOOR, done.stdout.trim_end_matches('\n')));
    assert!(copies(&lab).is_empty());
    let intent = &lab.journal()[0];
    let name = intent["how"]["escrow"].as_str().unwrap();
    assert_eq!(
        name,
        format!("{}.age", intent["operationId"].as_str().unwrap())
    );
    assert_eq!(handed_over(&lab), ["done"]);
    let left = lab
        .run(["journal", "list", "--open", "-o", "json"])
        .code(0)
        .json();
    assert!(left["operations"].as_array().unwrap().is_empty(), "{left}");
}

#[test]
fn what_did_not_happen_is_never_handed_over() {
    let lab = lab();
    lab.faults("*:POST:/resetPassword -> 403");
    reset(&lab, "stdout").code(5).silent();
    assert!(lab.untouched(NOOR) && copies(&lab).is_empty());
    assert!(handed_over(&lab).is_empty());
}

#[test]
fn what_is_not_known_is_handed_over_as_such_and_the_copy_stays() {
    let lab = lab();
    lab.faults("*:POST:/resetPassword -> 500");
    let open = reset(&lab, "stdout")
        .code(8)
        .says("may or may not be in force")
        .says("A sealed copy of the secret stays");
    let copy = copies(&lab).pop().unwrap();
    assert!(open.stderr.contains(&*copy.to_string_lossy()), "{open}");
    assert_eq!(opened(&lab, &copy), open.stdout.trim_end_matches('\n'));
    assert_eq!(handed_over(&lab), ["unknown"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode(&copy), mode(copy.parent().unwrap())), (0o600, 0o700));
    }
    // Nothing outside of the seal tells whose it is.
    let text = std::fs::read_to_string(&copy).unwrap();
    assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
}

#[cfg(unix)]
#[test]
fn a_program_that_fails_after_the_change_leaves_the_copy() {
    let lab = lab();
    program(&lab, "fail", "cat >/dev/null; exit 9");
    let late = reset(&lab, "cmd:./fail").args(["-o", "json"]).code(8);
    let copy = copies(&lab).pop().unwrap();
    let error = late.error_json();
    for part in [
        "unseal",
        &*copy.to_string_lossy(),
        "--identity",
        "admin-reset resume",
    ] {
        assert!(error["fix"].as_str().unwrap().contains(part), "{error}");
    }
    assert_eq!(error["code"], "secretNotDelivered");
    let report = late.json();
    assert_eq!(report["status"], "partial");
    assert_eq!(
        report["secret"]["escrow"].as_str(),
        Some(&*copy.to_string_lossy())
    );
    assert!(lab.password_of(NOOR, &opened(&lab, &copy)));
    assert_eq!(handed_over(&lab), ["failed"]);

    // One that works gets what is in force, and sees the account changed already.
    let lab = self::lab();
    program(&lab, "keep", "umask 077; cat > kept");
    reset(&lab, "cmd:./keep").code(0).says("and is in force.");
    assert!(lab.password_of(NOOR, lab.read("kept").trim_end_matches('\n')));
    assert!(copies(&lab).is_empty());
}

#[test]
fn the_copy_of_a_killed_run_opens_the_account() {
    for (fault, committed) in [
        ("1:POST:/resetPassword -> delay=20000", true),
        ("1:POST:/$batch -> delay=20000", false),
    ] {
        let lab = Lab::with(|options| options.operation_time = Duration::ZERO);
        configured(&lab, &format!("escrow-recipients = [\"{RECIPIENT}\"]"));
        lab.write("key.txt", KEY);
        lab.faults(fault);
        let (mut command, _) = reset(&lab, "stdout").command();
        let mut child = command.spawn().unwrap();
        let since = Instant::now();
        while lab.requests().is_empty() || (committed && lab.untouched(NOOR)) {
            assert!(since.elapsed() < Duration::from_secs(30), "{fault}");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.stdout.is_empty(), "{fault}");
        assert_eq!(copies(&lab).len(), usize::from(committed), "{fault}");
        if committed {
            let secret = opened(&lab, &copies(&lab)[0]);
            assert!(lab.password_of(NOOR, &secret));
            assert_eq!(lab.journal().len(), 1, "the intent and no outcome");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_state_folder_that_takes_no_copy_refuses_before_anything_is_sent() {
    use std::os::unix::fs::PermissionsExt;
    for what in ["a file", "a link", "a folder of everybody"] {
        let lab = lab();
        let path = lab.state().join("escrow");
        match what {
            "a file" => std::fs::write(path, "").unwrap(),
            "a link" => std::os::unix::fs::symlink("/tmp", path).unwrap(),
            _ => {
                std::fs::create_dir(&path).unwrap();
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
            }
        }
        let refused = reset(&lab, "stdout").output();
        assert_eq!(refused.code, 6, "{what}: {refused}");
        assert!(
            refused.stdout.is_empty() && lab.writes().is_empty() && lab.untouched(NOOR),
            "{what}: {refused}"
        );
    }
    for (line, says) in [
        ("escrow-recipients = [\"age1x\"]", "escrow-recipients"),
        ("escrow-recipients = [\"@none.txt\"]", "none.txt"),
    ] {
        let lab = lab();
        configured(&lab, line);
        reset(&lab, "stdout").code(2).silent().says(says);
        reset(&lab, "stdout").args(["--dry-run"]).code(2).silent();
        // Nobody needs a copy of what a file holds.
        reset(&lab, "file:p.txt").code(0);
    }
}

#[test]
fn recipients_may_stand_in_a_list_beside_the_configuration() {
    let lab = lab();
    std::fs::write(lab.home().join("config/owners.txt"), RECIPIENT).unwrap();
    configured(&lab, "escrow-recipients = [\"@owners.txt\"]");
    lab.faults("*:POST:/resetPassword -> 500");
    let open = reset(&lab, "stdout").code(8);
    assert_eq!(opened(&lab, &copies(&lab)[0]), open.stdout.trim_end());
}

#[test]
fn many_users_have_a_copy_each_until_their_line_is_out() {
    let lab = lab();
    lab.faults("2:POST:/resetPassword -> 403; 3+:POST:/resetPassword -> 500");
    let some = lab
        .run([
            "reset-user",
            NOOR,
            TOM,
            "dora.vega@contoso.com",
            "--yes",
            "--include-admins",
            "--confirm-count",
            "3",
            "--secret-to",
            "stdout",
            "--concurrency",
            "1",
            "--wait",
            "2s",
        ])
        .code(8);
    let mut reader = csv::Reader::from_reader(some.stdout.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    // In force, and not known; what was refused never came out.
    assert_eq!(rows.len(), 2, "{some}");
    assert!(lab.password_of(NOOR, &rows[0][2]) && lab.untouched(TOM));
    let copies = copies(&lab);
    assert_eq!(copies.len(), 1);
    assert_eq!(opened(&lab, &copies[0]), rows[1][2]);
    assert_eq!(handed_over(&lab), ["done", "unknown"]);
}

#[cfg(unix)]
#[test]
fn new_administrators_and_access_passes_are_kept_too() {
    let domain = admin_reset::sandbox::seed::INITIAL_DOMAIN;
    let lab = lab();
    program(&lab, "fail", "cat >/dev/null; exit 9");
    let made = lab
        .run([
            "create-admin",
            "--confirm",
            domain,
            "--secret-to",
            "cmd:./fail",
            "-o",
            "json",
        ])
        .code(8);
    let account = &made.json()["accounts"][0];
    let copy = copies(&lab).pop().unwrap();
    assert_eq!(
        account["secret"]["escrow"].as_str(),
        Some(&*copy.to_string_lossy())
    );
    let upn = account["userPrincipalName"].as_str().unwrap();
    assert!(lab.password_of(upn, &opened(&lab, &copy)), "{made}");
    assert_eq!(account["roles"][0]["verified"], true);

    let lab = self::lab();
    let made = lab
        .run([
            "create-admin",
            "--confirm",
            domain,
            "--secret-to",
            "stdout",
            "-o",
            "json",
        ])
        .code(0);
    assert!(copies(&lab).is_empty());
    assert!(!made.stderr.contains("not yet"), "{made}");

    let lab = self::lab();
    program(&lab, "fail", "cat >/dev/null; exit 9");
    let issued = lab
        .run([
            "issue-access-pass",
            NOOR,
            "--confirm",
            NOOR,
            "--secret-to",
            "cmd:./fail",
            "-o",
            "json",
        ])
        .code(8);
    let copy = copies(&lab).pop().unwrap();
    let fix = issued.error_json()["fix"].as_str().unwrap().to_owned();
    assert!(
        fix.contains(&*copy.to_string_lossy()) && !fix.contains("resume"),
        "{fix}"
    );
    assert!(opened(&lab, &copy).len() >= 6);
}

/// Without anybody to seal to, the secret is handed over first, as before.
#[test]
fn an_app_without_recipients_hands_over_first_and_asks_no_keyring() {
    let lab = Lab::new().as_client();
    let path = lab.home().join("bus");
    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let done = reset(&lab, "stdout")
        .env(
            "DBUS_SESSION_BUS_ADDRESS",
            format!("unix:path={}", path.display()),
        )
        .code(0)
        .says("is on stdout and not yet in force.")
        .says("on stdout is in force.");
    assert!(lab.password_of(NOOR, done.stdout.trim_end_matches('\n')));
    assert!(socket.accept().is_err(), "the keyring was asked");
    assert!(copies(&lab).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_keyring_that_hangs_is_given_up_and_the_secret_handed_over_first() {
    let lab = Lab::new();
    let path = lab.home().join("bus");
    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in socket.incoming() {
            held.push(stream);
        }
    });
    let since = Instant::now();
    let done = reset(&lab, "stdout")
        .env(
            "DBUS_SESSION_BUS_ADDRESS",
            format!("unix:path={}", path.display()),
        )
        .code(0)
        .says("did not answer within 3 s")
        .says("is on stdout and not yet in force.");
    assert!(lab.password_of(NOOR, done.stdout.trim_end_matches('\n')));
    let took = since.elapsed();
    assert!(
        took >= Duration::from_secs(3) && took < Duration::from_secs(20),
        "{took:?}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_real_keyring_has_the_key_of_the_copy() {
    let Some(desktop) = crate::keyring::Desktop::start() else {
        return;
    };
    let with_bus = |run: Run<'_>| -> Output {
        run.env("DBUS_SESSION_BUS_ADDRESS", desktop.address())
            .output()
    };
    let lab = Lab::new();
    // Made at the first use, found at the second.
    let first = with_bus(reset(&lab, "stdout")).code(0);
    assert!(first.stderr.contains("key for sealed copies was made"));
    assert!(!first.stderr.contains("not yet"), "{first}");
    assert!(lab.password_of(NOOR, first.stdout.trim_end_matches('\n')));
    lab.faults("*:POST:/resetPassword -> 500");
    let open = with_bus(reset(&lab, "stdout"))
        .code(8)
        .says("--identity-keyring");
    assert!(!open.stderr.contains("was made"), "{open}");
    let copy = copies(&lab).pop().unwrap();
    let unsealed = with_bus(
        lab.run(["unseal", "--identity-keyring", "--secret-to", "file:o.txt"])
            .args([&copy])
            .as_identity(Identity::Nobody),
    );
    unsealed.code(0);
    assert_eq!(lab.secret("o.txt"), open.stdout.trim_end_matches('\n'));
}
