//! Machines without the comforts of a desktop: no home, one that cannot be written, a user nobody knows, no standard input, a keyring that
//! is locked, empty or silent. Never a hang, never a token in a file, always a sentence; and what needs none of it works.
#![cfg(target_os = "linux")]

use crate::keyring::Desktop;
use crate::login::{login, no_token_in_files, nothing_kept, on};
use crate::support::person::was_opened;
use crate::support::{Lab, Run};
use admin_reset::sandbox::seed::{self, DEFAULT_PERSONA};
use std::ffi::OsString;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const NOOR: &str = "noor.haddad@contoso.com";
/// Longer than any of these runs may take: the keyring gets 3 s, and 57 more only where a person has something to answer.
const HUNG: Duration = Duration::from_secs(20);

/// Where nobody can write, not even the superuser.
const READ_ONLY: &str = "/proc";

fn ended(mut command: Command) -> Output {
    let started = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(started.elapsed() < HUNG, "{command:?} hung");
    output
}

/// A home that is missing or cannot be written, and no folder named otherwise.
fn homeless<'lab>(run: &Run<'lab>, home: Option<&str>) -> Command {
    let (mut command, _) = run.command();
    for name in ["ADMIN_RESET_STATE_DIR", "ADMIN_RESET_CONFIG_DIR", "HOME"] {
        command.env_remove(name);
    }
    if let Some(home) = home {
        command.env("HOME", home);
    }
    command
}

/// What only reads needs no home; what has to write its journal says so before anything is sent.
#[test]
fn an_app_without_a_home_reads_and_is_told_what_it_cannot_do() {
    for home in [None, Some(READ_ONLY), Some("/dev/null")] {
        let lab = Lab::new().as_client();
        for words in [
            &["whoami"][..],
            &["who-can-reset", NOOR],
            &["check-security-info", NOOR],
            &["self-service", NOOR],
            &["advise", "--username", NOOR],
            &["reset-user", NOOR, "--dry-run"],
            &["logout"],
        ] {
            let output = ended(homeless(&lab.run(words), home));
            let said = String::from_utf8_lossy(&output.stderr);
            let fine: &[i32] = match (words[0], home) {
                // There is nowhere a sign-in could be kept, which is a sentence and no crash.
                ("logout", _) => &[0, 4],
                // The verdict about somebody named by name is open everywhere.
                ("self-service", _) => &[11],
                _ => &[0],
            };
            let code = output.status.code().unwrap();
            assert!(
                fine.contains(&code),
                "{words:?} with {home:?}: {code} {said}"
            );
        }
        lab.forget();
        let words = [
            "reset-user",
            NOOR,
            "--secret-to",
            "file:p.txt",
            "--confirm",
            NOOR,
            "-o",
            "json",
        ];
        let output = ended(homeless(&lab.run(words), home));
        let said = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code().unwrap();
        assert!(code == 2 || code == 6, "{home:?}: {code} {said}");
        assert!(said.contains("ADMIN_RESET_STATE_DIR"), "{home:?}: {said}");
        assert!(lab.writes().is_empty() && lab.untouched(NOOR), "{home:?}");
    }
}

#[test]
fn a_person_without_a_home_gets_a_sentence_and_no_browser() {
    for home in [Some(READ_ONLY), Some("/dev/null")] {
        let lab = Lab::new().as_nobody();
        let output = ended(homeless(&login(&lab, &[], DEFAULT_PERSONA), home));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{home:?}: {said}");
        assert!(
            said.contains("\"fix\"") && said.contains("ADMIN_RESET_STATE_DIR"),
            "{said}"
        );
        assert!(
            !was_opened(lab.home()),
            "nobody is sent to a browser for nothing"
        );
        no_token_in_files(&lab);
    }
}

/// As in a container that runs under a number without a name.
#[test]
fn a_user_without_an_entry_among_the_users() {
    let program = env!("CARGO_BIN_EXE_admin-reset");
    let place = tempfile::Builder::new()
        .prefix("admin-reset-shared-")
        .tempdir()
        .unwrap();
    let copy = place.path().join("admin-reset");
    let opened = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(place.path(), opened).unwrap();
    if std::fs::hard_link(program, &copy).is_err() && std::fs::copy(program, &copy).is_err() {
        return println!("skipped: the program cannot be put where others may run it");
    }
    let lab = Lab::new();
    let origin = lab.sandbox().origin();
    let run = |words: &[&str], state: Option<&std::path::Path>| {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", "54321", "--regid", "54321", "--clear-groups"])
            .arg(&copy)
            .args(words)
            .current_dir("/")
            .env_clear()
            .env("ADMIN_RESET_LOGIN_ENDPOINT", &origin)
            .env("ADMIN_RESET_GRAPH_ENDPOINT", &origin)
            .env("AZURE_TENANT_ID", lab.sandbox().tenant_id())
            .env("AZURE_CLIENT_ID", seed::CONFIDENTIAL_CLIENT_ID)
            .env("AZURE_CLIENT_SECRET", seed::CONFIDENTIAL_CLIENT_SECRET)
            .env("NO_PROXY", "*")
            .env("CI", "true");
        if let Some(state) = state {
            command.env("ADMIN_RESET_STATE_DIR", state);
        }
        command
    };
    match run(&["--version"], None).output() {
        Ok(output) if output.status.success() => {}
        _ => {
            return println!(
                "skipped: the user cannot be changed here (setpriv, and the superuser, are needed)"
            );
        }
    }
    let output = ended(run(&["whoami"], None));
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // A folder of its own is all it needs for a change.
    let own = place.path().join("state");
    std::fs::create_dir(&own).unwrap();
    std::os::unix::fs::chown(&own, Some(54321), Some(54321)).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&own, private).unwrap();
    let words = ["revoke-sessions", NOOR, "--yes", "-o", "json"];
    let output = ended(run(&words, Some(&own)));
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // One that belongs to somebody else is not used.
    let output = ended(run(&words, Some(lab.home())));
    assert_ne!(output.status.code(), Some(0));
    assert!(!output.stderr.is_empty());
}

#[test]
fn without_a_standard_input_nothing_waits() {
    let lab = Lab::new().as_client();
    let closed = |words: &[&str], also: &str| {
        let (command, _) = lab.run(words).command();
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("exec \"$0\" \"$@\" <&- {also}"));
        shell.arg(command.get_program()).args(command.get_args());
        shell.env_clear().current_dir(lab.path(""));
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                shell.env(name, value);
            }
        }
        let started = Instant::now();
        let output = shell.output().unwrap();
        assert!(started.elapsed() < HUNG, "{words:?} hung");
        output
    };
    for (words, code) in [
        (&["whoami"][..], 0),
        (&["advise"], 0),
        (&["login"], 2),
        (&["reset-user", NOOR, "--secret-to", "file:p.txt"], 2),
        (
            &["reset-user", "-", "--secret-to", "file:p.txt", "--yes"],
            2,
        ),
        (
            &["reset-user", NOOR, "--password-stdin", "--confirm", NOOR],
            2,
        ),
    ] {
        let output = closed(words, "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
        assert_eq!(code == 0, said.is_empty(), "{words:?}: {said}");
    }
    // Nor without any stream at all.
    for words in [&["whoami"][..], &["login"]] {
        assert!(
            closed(words, ">&- 2>&-").status.code().is_some(),
            "{words:?}"
        );
    }
    assert!(lab.writes().is_empty() && lab.untouched(NOOR));
}

#[test]
fn a_keyring_that_is_locked_is_told_and_nobody_waits() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::new().as_nobody();
    on(&desktop, login(&lab, &[], DEFAULT_PERSONA)).code(0);
    if !desktop.lock() {
        return println!("skipped: dbus-send is needed to lock the keyring");
    }
    let started = Instant::now();
    let error = on(&desktop, lab.run(["whoami", "-o", "json"]))
        .code(4)
        .silent()
        .error_json();
    assert!(
        error["cause"].as_str().unwrap().contains("locked"),
        "{error}"
    );
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("Unlock the keyring"),
        "{error}"
    );
    let other = Lab::new().as_nobody();
    nothing_kept(
        &other,
        on(&desktop, login(&other, &[], DEFAULT_PERSONA)).output(),
    );
    assert!(started.elapsed() < HUNG);
    no_token_in_files(&lab);
}

#[test]
fn a_keyring_with_nowhere_to_keep_an_entry() {
    let Some(desktop) = Desktop::start_empty() else {
        return;
    };
    let lab = Lab::new().as_nobody();
    let started = Instant::now();
    nothing_kept(
        &lab,
        on(&desktop, login(&lab, &[], DEFAULT_PERSONA)).output(),
    );
    assert!(started.elapsed() < HUNG);
}

/// The bus is there and the service owns its name, yet it never answers.
#[test]
fn a_keyring_that_froze_is_given_up_after_three_seconds() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::new().as_nobody();
    on(&desktop, login(&lab, &[], DEFAULT_PERSONA)).code(0);
    let Some(_frozen) = desktop.freeze() else {
        return println!("skipped: dbus-send and kill are needed to stop the keyring");
    };
    let started = Instant::now();
    let error = on(&desktop, lab.run(["whoami", "-o", "json"]))
        .code(4)
        .silent()
        .error_json();
    let took = started.elapsed();
    assert!(
        error["cause"].as_str().is_some_and(|why| why.len() > 20),
        "{error}"
    );
    assert!(took >= Duration::from_secs(3) && took < HUNG, "{took:?}");
    let other = Lab::new().as_nobody();
    let started = Instant::now();
    nothing_kept(
        &other,
        on(&desktop, login(&other, &[], DEFAULT_PERSONA)).output(),
    );
    assert!(started.elapsed() < HUNG);
    // Who needs no keyring does not notice.
    on(&desktop, Lab::new().as_client().run(["whoami"])).code(0);
}

/// Seen from the system: an app's run in CI opens no socket but those of the network, reads no list of sign-ins, no terminal.
#[test]
fn an_app_in_ci_opens_nothing_of_a_person() {
    let lab = Lab::new().as_client();
    let trace = lab.path("trace.txt");
    let there = Command::new("strace")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !there {
        return println!("skipped: strace is needed to see what is opened");
    }
    std::fs::write(lab.state().join("sign-ins.json"), "{}").unwrap();
    let calls = "trace=connect,open,openat,add_key,request_key,keyctl";
    let mut words: Vec<OsString> = ["strace", "-f", "-qq", "-e", calls, "-o"]
        .map(Into::into)
        .into();
    words.push(trace.clone().into());
    let output = lab
        .run([
            "reset-user",
            NOOR,
            "--secret-to",
            "file:p.txt",
            "--confirm",
            NOOR,
            "-o",
            "json",
        ])
        .env("CI", "true")
        .env("XDG_RUNTIME_DIR", lab.home())
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .under(words)
        .output();
    if output.code != 0 && output.stderr.contains("ptrace") {
        return println!("skipped: tracing is not allowed here");
    }
    let output = output.code(0);
    assert!(!output.stderr.contains('?'), "a question: {output}");
    let seen = std::fs::read_to_string(&trace).unwrap();
    assert!(seen.contains("AF_INET"), "the trace saw nothing: {seen}");
    for line in seen.lines() {
        for mark in [
            "AF_UNIX",
            "sign-ins",
            "/dev/tty",
            "add_key",
            "request_key",
            "keyctl",
        ] {
            assert!(!line.contains(mark), "{line}");
        }
    }
}
