//! `login`, `logout`, `whoami` and what is kept between runs: a real keyring holds the refresh token and no file does; two runs that
//! renew at once both succeed; without a keyring there is a sentence and never a hang.
#![cfg(target_os = "linux")]

use crate::keyring::Desktop;
use crate::support::person::{Plan, browser, was_opened};
use crate::support::{Identity, Lab, Output, Run, golden};
use admin_reset::sandbox::Cloud;
use admin_reset::sandbox::seed::{DEFAULT_PERSONA, PUBLIC_CLIENT_ID};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::time::{Duration, Instant};

const TOM: &str = "tom.reed@contoso.com";
/// How every refresh token of the built-in tenant begins.
const TOKEN: &str = "1.SANDBOX.";

pub fn on<'lab>(desktop: &Desktop, run: Run<'lab>) -> Run<'lab> {
    run.env("DBUS_SESSION_BUS_ADDRESS", desktop.address())
}

pub fn login<'lab>(lab: &'lab Lab, words: &[&str], upn: &str) -> Run<'lab> {
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

/// A text as it may stand in a file: as it is, in both kinds of UTF-16, in base64 at each of its three places, in hexadecimal.
fn disguises(text: &str) -> Vec<Vec<u8>> {
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect();
    let hex = text
        .bytes()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    let mut all: Vec<Vec<u8>> = vec![
        text.as_bytes().to_vec(),
        wide(u16::to_le_bytes),
        wide(u16::to_be_bytes),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
    ];
    for shift in 0..3 {
        let mut bytes = vec![0; shift];
        bytes.extend_from_slice(text.as_bytes());
        // Letters that neighbours have a share in are left out.
        let whole = STANDARD_NO_PAD.encode(&bytes);
        let inner = &whole[(shift * 8).div_ceil(6)..bytes.len() * 8 / 6];
        all.push(inner.as_bytes().to_vec());
        all.push(inner.replace('+', "-").replace('/', "_").into_bytes());
    }
    all
}

/// No file below the home folder holds a refresh token or an access token: neither one that was seen nor the beginning of any.
pub fn no_token_in_files(lab: &Lab) {
    let mut secrets = vec![TOKEN.to_owned(), "eyJ0eXAi".to_owned()];
    for request in lab.sent("POST", "/oauth2/v2.0/token") {
        let form = url::form_urlencoded::parse(&request.body);
        secrets.extend(
            form.filter(|(name, _)| name == "refresh_token" || name == "code")
                .map(|(_, value)| value.into_owned()),
        );
    }
    for (path, bytes) in lab.all_files() {
        for secret in &secrets {
            for text in disguises(secret) {
                let found = bytes.windows(text.len()).any(|window| window == text);
                assert!(!found, "{secret} in {}", path.display());
            }
        }
    }
}

/// The search finds what it looks for.
#[test]
fn the_search_for_tokens_finds_one_in_every_disguise() {
    let lab = Lab::new();
    no_token_in_files(&lab);
    for (at, text) in disguises(TOKEN).iter().enumerate() {
        let file = lab.write("found.bin", [b"before ", &text[..], b" after"].concat());
        let found =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| no_token_in_files(&lab)));
        assert!(found.is_err(), "disguise {at}");
        std::fs::remove_file(file).unwrap();
    }
    let bytes = format!("xy{TOKEN}abc");
    lab.write("found.bin", STANDARD_NO_PAD.encode(bytes));
    assert!(
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| no_token_in_files(&lab))).is_err()
    );
}

#[test]
fn whoami_asks_once_which_roles_may_be_activated() {
    let lab = Lab::new().as_user("elif.kaya@contoso.com");
    let told = whoami(&lab, &[]).code(0).json();
    assert_eq!(told["roles"]["eligible"][0]["name"], "Global Administrator");
    let own = "/roleEligibilityScheduleInstances";
    let asked: Vec<String> = lab
        .requests()
        .iter()
        .map(|one| {
            format!(
                "{}?{} {}",
                one.path,
                one.query,
                String::from_utf8_lossy(&one.body)
            )
        })
        .filter(|one| one.contains(own) && !one.contains("$batch"))
        .collect();
    let in_batches: usize = lab
        .sent("POST", "/$batch")
        .iter()
        .map(|one| String::from_utf8_lossy(&one.body).matches(own).count())
        .sum();
    assert_eq!((asked.len(), in_batches), (1, 0), "{asked:#?}");
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
pub fn nothing_kept(lab: &Lab, run: Output) {
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

/// Columns without the blanks that depend on the length of a path or a port.
fn narrow(text: &str) -> String {
    let line = |line: &str| {
        let cells: Vec<&str> = line
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect();
        let indent = if line.starts_with("  ") { "  " } else { "" };
        format!("{indent}{}\n", cells.join("  "))
    };
    text.lines().map(line).collect()
}

/// What a person sees, whole: who, where, roles, permissions, settings with their places, and when it ends.
#[test]
fn whoami_as_a_person_reads_it() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::new().as_nobody();
    // Holds nothing and may activate a role.
    on(&desktop, login(&lab, &[], "elif.kaya@contoso.com")).code(0);
    let text = on(&desktop, lab.run(["whoami"])).code(0).stdout;
    golden("whoami/person.txt", &narrow(&text));
    let app = lab.run(["whoami"]).as_identity(Identity::ClientSecret);
    let app = app.code(0).stdout;
    golden("whoami/app.txt", &narrow(&app));
    for (name, text) in [("person", text), ("app", app)] {
        let (_, permissions) = text.split_once("Permissions of the token").unwrap();
        let long = permissions
            .lines()
            .take_while(|line| !line.starts_with("The "))
            .find(|line| line.len() > 100);
        assert_eq!(long, None, "{name}");
    }
    let csv = lab
        .run(["whoami", "-o", "csv"])
        .as_identity(Identity::ClientSecret);
    let csv = csv.code(0).stdout;
    assert!(csv.contains("permission,AuditLog.Read.All,token"), "{csv}");
}

/// Whoever signed in to a national cloud goes on there without saying so again; what contradicts it is told.
#[test]
fn the_cloud_of_a_sign_in_is_remembered() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::with(|options| options.cloud = Cloud::China).as_nobody();
    for (profile, words) in [
        ("default", &[][..]),
        ("second", &["--profile", "second"][..]),
    ] {
        on(
            &desktop,
            login(&lab, &["--cloud", "china"], DEFAULT_PERSONA).args(words),
        )
        .code(0);
        let told = on(&desktop, whoami(&lab, words)).code(0).json();
        assert_eq!(told["tenant"]["cloud"], "china", "{profile}");
        let cloud = told["settings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == "cloud");
        assert_eq!(cloud.unwrap()["from"], "profile", "{profile}");
        // It decides what the next command may ask.
        let error = on(
            &desktop,
            lab.run([
                "issue-access-pass",
                TOM,
                "--confirm",
                TOM,
                "--secret-to",
                "file:p.txt",
                "-o",
                "json",
            ])
            .args(words),
        )
        .code(6)
        .error_json();
        assert_eq!(error["code"], "cloudLacks", "{profile}");
    }
    // Signing in again needs no flag either.
    let again = on(
        &desktop,
        lab.run(["login", "--auth", "browser", "-o", "json"]),
    )
    .env(
        "BROWSER",
        browser(lab.home(), Plan::Persona(DEFAULT_PERSONA)),
    )
    .env("PATH", std::env::var_os("PATH").unwrap())
    .code(0)
    .json();
    assert_eq!(
        (&again["cloud"], &again["clientId"]),
        (&"china".into(), &PUBLIC_CLIENT_ID.into())
    );
    // Somewhere else there is no such sign-in, and the error says where it is.
    let error = on(
        &desktop,
        whoami(&lab, &["--graph-endpoint", "https://graph.example"]),
    )
    .code(4)
    .error_json();
    assert!(
        error["cause"]
            .as_str()
            .unwrap()
            .contains("and this command goes to https://graph.example"),
        "{error}"
    );
    assert!(
        error["fix"].as_str().unwrap().contains("--profile NAME"),
        "{error}"
    );
    let error = on(
        &desktop,
        whoami(
            &lab,
            &["--client-id", "99999999-2222-4333-8444-555555555555"],
        ),
    )
    .code(4)
    .error_json();
    assert!(
        error["cause"].as_str().unwrap().contains("for another app"),
        "{error}"
    );
    // An app that comes with its own credential goes where it was told, whoever is signed in here.
    let told = on(&desktop, whoami(&lab, &[]))
        .as_identity(Identity::ClientSecret)
        .code(0)
        .json();
    assert_eq!(told["tenant"]["cloud"], "global");
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
