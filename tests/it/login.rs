//! `login`, `logout`, `whoami` and what is kept between runs: a real keyring holds the refresh token and no file does; two runs that
//! renew at once both succeed; without a keyring there is a sentence and never a hang.
#![cfg(target_os = "linux")]

use crate::keyring::Desktop;
use crate::support::person::{Plan, browser, was_opened};
use crate::support::{Lab, Output, Run};
use admin_reset::sandbox::seed::{DEFAULT_PERSONA, PUBLIC_CLIENT_ID};
use std::time::{Duration, Instant};

const TOM: &str = "tom.reed@contoso.com";
/// How every refresh token of the built-in tenant begins.
const TOKEN: &str = "1.SANDBOX.";

fn on<'lab>(desktop: &Desktop, run: Run<'lab>) -> Run<'lab> {
    run.env("DBUS_SESSION_BUS_ADDRESS", desktop.address())
}

fn login<'lab>(lab: &'lab Lab, words: &[&str], upn: &str) -> Run<'lab> {
    lab.run([
        "login",
        "--auth",
        "browser",
        "--client-id",
        PUBLIC_CLIENT_ID,
        "-o",
        "json",
    ])
    .args(words.iter().copied())
    .env("BROWSER", browser(lab.home(), Plan::Persona(upn)))
    .env("PATH", std::env::var_os("PATH").unwrap())
}

fn whoami<'lab>(lab: &'lab Lab, words: &[&str]) -> Run<'lab> {
    lab.run(["whoami", "-o", "json"])
        .args(words.iter().copied())
}

/// Starts all of them before the end of any is waited for; all have to succeed.
pub fn together(runs: &[Run<'_>]) {
    let started: Vec<_> = runs
        .iter()
        .map(|run| {
            let (mut command, _) = run.command();
            command.stdin(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for child in started {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
}

/// No file below the home folder holds a refresh token or an access token.
fn no_token_in_files(lab: &Lab) {
    for (path, bytes) in lab.all_files() {
        for mark in [TOKEN, "eyJ"] {
            let found = bytes
                .windows(mark.len())
                .any(|window| window == mark.as_bytes());
            assert!(!found, "{mark} in {}", path.display());
        }
    }
}

#[test]
fn a_sign_in_is_kept_in_the_keyring_and_nowhere_else() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::new().as_nobody();
    let told = on(
        &desktop,
        login(&lab, &["--for", "reset-user"], DEFAULT_PERSONA),
    )
    .code(0)
    .json();
    assert_eq!(told["account"]["userPrincipalName"], DEFAULT_PERSONA);
    assert_eq!(told["auth"], "browser");
    assert!(was_opened(lab.home()));
    no_token_in_files(&lab);
    // Without a terminal, without a client id: the kept sign-in says all of it.
    for _ in 0..2 {
        let told = on(&desktop, whoami(&lab, &[])).code(0).json();
        assert_eq!(told["caller"]["name"], DEFAULT_PERSONA);
        assert_eq!(told["signIn"]["kept"], true);
        assert_eq!(told["signIn"]["auth"], "browser");
        assert!(!told["roles"]["active"].as_array().unwrap().is_empty());
    }
    no_token_in_files(&lab);
    let told = on(&desktop, lab.run(["logout", "-o", "json"]))
        .code(0)
        .json();
    assert_eq!(told["signIns"][0]["userPrincipalName"], DEFAULT_PERSONA);
    let told = on(&desktop, lab.run(["logout", "-o", "json"]))
        .code(0)
        .json();
    assert_eq!(told["signIns"], serde_json::json!([]));
    let error = on(&desktop, whoami(&lab, &[])).code(4).error_json();
    assert_eq!(error["code"], "notSignedIn");
    no_token_in_files(&lab);
}

#[test]
fn two_accounts_are_signed_in_at_once_in_two_profiles() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::new().as_nobody();
    on(&desktop, login(&lab, &[], DEFAULT_PERSONA)).code(0);
    on(&desktop, login(&lab, &["--profile", "second"], TOM)).code(0);
    let who = |words: &[&str]| {
        on(&desktop, whoami(&lab, words)).code(0).json()["caller"]["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        (who(&[]), who(&["--profile", "second"])),
        (DEFAULT_PERSONA.to_owned(), TOM.to_owned())
    );
    // A profile that nobody made is an error, not the default one.
    on(&desktop, whoami(&lab, &["--profile", "third"])).code(2);
    // Another account in the same profile replaces the first and leaves nothing of it.
    on(&desktop, login(&lab, &[], TOM)).code(0);
    assert_eq!(who(&[]), TOM);
    let gone = on(&desktop, lab.run(["logout", "--all", "-o", "json"]))
        .code(0)
        .json();
    assert_eq!(gone["signIns"].as_array().unwrap().len(), 2);
    on(&desktop, whoami(&lab, &["--profile", "second"])).code(2);
}

#[test]
fn runs_that_renew_at_once_share_one_session() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    // This tenant ends the whole session when a refresh token is used twice.
    let lab = Lab::with(|options| options.strict_rotation = true).as_nobody();
    on(&desktop, login(&lab, &[], DEFAULT_PERSONA)).code(0);
    for _ in 0..2 {
        let runs: Vec<Run<'_>> = (0..4).map(|_| on(&desktop, whoami(&lab, &[]))).collect();
        together(&runs);
    }
    on(&desktop, whoami(&lab, &[])).code(0);
    no_token_in_files(&lab);
}

#[test]
fn a_session_that_was_revoked_is_told_with_the_command() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::new().as_nobody();
    on(&desktop, login(&lab, &[], DEFAULT_PERSONA)).code(0);
    std::thread::sleep(Duration::from_millis(1100));
    lab.run([
        "revoke-sessions",
        DEFAULT_PERSONA,
        "--confirm",
        DEFAULT_PERSONA,
        "--yes",
    ])
    .as_user(DEFAULT_PERSONA)
    .code(0);
    let error = on(&desktop, whoami(&lab, &[])).code(4).error_json();
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("`admin-reset login`"),
        "{error}"
    );
    // The worthless token is gone.
    let error = on(&desktop, whoami(&lab, &[])).code(4).error_json();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("not in the keyring any more"),
        "{error}"
    );
}

#[test]
fn a_challenge_is_answered_once_and_a_third_ends_in_exit_4() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::new().as_nobody();
    on(&desktop, login(&lab, &[], DEFAULT_PERSONA)).code(0);
    lab.faults("1:POST:/$batch -> claims-challenge");
    on(&desktop, whoami(&lab, &[])).code(0);
    lab.faults("1-3:POST:/$batch -> claims-challenge");
    lab.forget();
    on(&desktop, whoami(&lab, &[])).code(4);
    assert_eq!(
        lab.sent("POST", "/$batch").len(),
        2,
        "one answer to a challenge"
    );
    // What only a person can answer is not tried where there is none.
    lab.faults("1-3:POST:/$batch -> claims-challenge=c1");
    let error = on(&desktop, whoami(&lab, &[])).code(4).error_json();
    assert!(
        error["fix"].as_str().unwrap().contains("admin-reset login"),
        "{error}"
    );
}

/// Exit 4, a sentence, no browser, and nothing in any file.
fn nothing_kept(lab: &Lab, run: Output) {
    let error = run.code(4).silent().error_json();
    assert!(
        error["cause"].as_str().is_some_and(|why| why.len() > 20),
        "{error}"
    );
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("--auth device-code"),
        "{error}"
    );
    assert!(
        !was_opened(lab.home()),
        "nobody is sent to a browser for nothing"
    );
    no_token_in_files(lab);
}

#[test]
fn without_a_keyring_there_is_a_sentence_before_anybody_signs_in() {
    for address in [None, Some("garbage"), Some("unix:path=/nonexistent/bus")] {
        let lab = Lab::new().as_nobody();
        let mut run = login(&lab, &[], DEFAULT_PERSONA).env("XDG_RUNTIME_DIR", lab.home());
        if let Some(address) = address {
            run = run.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        nothing_kept(&lab, run.output());
    }
}

#[test]
fn a_keyring_that_never_answers_is_given_up() {
    let lab = Lab::new().as_nobody();
    let path = lab.home().join("bus");
    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in socket.incoming() {
            held.push(stream);
        }
    });
    let started = Instant::now();
    let run = login(&lab, &[], DEFAULT_PERSONA).env(
        "DBUS_SESSION_BUS_ADDRESS",
        format!("unix:path={}", path.display()),
    );
    nothing_kept(&lab, run.output());
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn without_a_folder_to_remember_in_there_is_a_sentence_too() {
    let lab = Lab::new().as_nobody();
    for state in [
        None,
        Some("/proc/nonexistent/state"),
        Some("/dev/null/state"),
    ] {
        let (mut command, _) = login(&lab, &[], DEFAULT_PERSONA).command();
        command
            .env_remove("ADMIN_RESET_STATE_DIR")
            .env_remove("HOME");
        if let Some(state) = state {
            command.env("ADMIN_RESET_STATE_DIR", state);
        }
        let output = command.stdin(std::process::Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{state:?}: {said}");
        assert!(said.contains("\"fix\""), "{said}");
    }
    assert!(!was_opened(lab.home()));
}

#[test]
fn login_without_a_terminal_wants_its_way_named() {
    let lab = Lab::new().as_nobody();
    let error = lab
        .run(["login", "--client-id", PUBLIC_CLIENT_ID, "-o", "json"])
        .code(2)
        .error_json();
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("--auth device-code")
    );
    for auth in ["secret", "token", "azure-cli"] {
        lab.run(["login", "--auth", auth]).code(2);
    }
    lab.run(["login", "--for", "reset-users", "--auth", "browser"])
        .code(2)
        .says("reset-user");
    lab.run(["login", "--sandbox"]).code(2);
    lab.run(["login", "--auth", "browser", "--profile", "a b"])
        .code(2)
        .says("letters, digits");
}

/// An app never goes near a keyring, whatever is kept there.
#[test]
fn an_app_touches_no_keyring_and_asks_nothing() {
    let lab = Lab::new().as_client();
    let path = lab.home().join("bus");
    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    std::fs::write(lab.state().join("sign-ins.json"), "{ not even a list }").unwrap();
    lab.run(["whoami", "-o", "json"])
        .env(
            "DBUS_SESSION_BUS_ADDRESS",
            format!("unix:path={}", path.display()),
        )
        .env("CI", "true")
        .code(0);
    let met = socket.accept();
    assert!(
        met.is_err_and(|cause| cause.kind() == std::io::ErrorKind::WouldBlock),
        "a connection was made"
    );
}

#[test]
fn whoami_tells_an_app_and_where_settings_come_from() {
    let lab = Lab::new().as_client();
    let told = whoami(&lab, &["--tenant", "contoso.com"]).code(0).json();
    assert_eq!(told["caller"]["kind"], "app");
    assert_eq!(told["signIn"]["auth"], "secret");
    assert_eq!(told["signIn"]["kept"], false);
    let setting = |name: &str| {
        told["settings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(setting("tenant")["from"], "flag");
    assert_eq!(setting("clientId")["from"], "environment");
    assert_eq!(setting("auth")["from"], "default");
    let text = lab.run(["whoami"]).code(0);
    assert!(
        !text
            .stdout
            .contains(admin_reset::sandbox::seed::CONFIDENTIAL_CLIENT_SECRET)
    );
}

#[test]
fn whoami_on_the_built_in_tenant() {
    let lab = Lab::new().as_nobody();
    let told = lab
        .run(["whoami", "--sandbox", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(told["caller"]["name"], DEFAULT_PERSONA);
    assert_eq!(told["signIn"]["auth"], "token");
    lab.run(["whoami"]).code(4);
}
