//! `--secret-to keyring:NAME`: without a keyring nothing is sent and nothing hangs; a real one holds the password in force.
//!
//! The real one is gnome-keyring on a private session bus; where the two programs are missing these cases say so and end.
#![cfg(target_os = "linux")]

use crate::support::{Lab, Output, Run};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const NOOR: &str = "noor.haddad@contoso.com";
const TOM: &str = "tom.reed@contoso.com";

/// Tells the case below, run as a process of its own, which entry to look at.
const LOOK_AT: &str = "ADMIN_RESET_TEST_ENTRY";

fn reset<'lab>(lab: &'lab Lab, name: &str) -> Run<'lab> {
    lab.run([
        "reset-user",
        NOOR,
        "--secret-to",
        &format!("keyring:{name}"),
        "--confirm",
        NOOR,
        "-o",
        "json",
    ])
    .env("XDG_RUNTIME_DIR", lab.home())
}

/// Exit 6, a sentence, and an account that nobody touched.
fn refused(lab: &Lab, run: Output) -> serde_json::Value {
    let error = run.code(6).silent().error_json();
    assert_eq!(error["code"], "sinkRefused");
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("another destination")
    );
    assert!(lab.writes().is_empty() && lab.untouched(NOOR));
    assert!(lab.journal().is_empty());
    error
}

#[test]
fn without_a_bus_nothing_is_sent() {
    for address in [
        None,
        Some("garbage"),
        Some("unix:path=/nonexistent/bus"),
        Some("tcp:host=127.0.0.1,port=1"),
    ] {
        let lab = Lab::new();
        let mut run = reset(&lab, "test");
        if let Some(address) = address {
            run = run.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        let error = refused(&lab, run.output());
        assert!(
            error["cause"]
                .as_str()
                .unwrap()
                .contains("no Secret Service answers"),
            "{address:?}: {error}"
        );
        // A dry run finds the same.
        let mut run = reset(&lab, "test").args(["--dry-run"]);
        if let Some(address) = address {
            run = run.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        refused(&lab, run.output());
    }
}

#[test]
fn a_keyring_that_never_answers_is_given_up() {
    let lab = Lab::new();
    let path = lab.home().join("bus");
    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in socket.incoming() {
            held.push(stream);
        }
    });
    let started = Instant::now();
    let run = reset(&lab, "test").env(
        "DBUS_SESSION_BUS_ADDRESS",
        format!("unix:path={}", path.display()),
    );
    let error = refused(&lab, run.output());
    assert!(
        error["cause"]
            .as_str()
            .unwrap()
            .contains("did not answer in time")
    );
    let took = started.elapsed();
    assert!(
        took >= Duration::from_secs(3) && took < Duration::from_secs(20),
        "{took:?}"
    );
}

/// No other destination goes near a bus.
#[test]
fn a_keyring_nobody_named_is_not_touched() {
    let lab = Lab::new();
    let path = lab.home().join("bus");
    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let address = format!("unix:path={}", path.display());
    lab.run(["reset-user", NOOR, "--secret-to", "file:p.txt", "--yes"])
        .env("DBUS_SESSION_BUS_ADDRESS", &address)
        .code(0);
    let met = socket.accept();
    assert!(
        met.is_err_and(|cause| cause.kind() == std::io::ErrorKind::WouldBlock),
        "a connection was made"
    );
}

/// A private session bus with an unlocked keyring; it ends with its standard input.
pub struct Desktop {
    bus: Child,
    address: String,
    home: tempfile::TempDir,
}

impl Desktop {
    /// None where the programs are missing.
    pub fn start() -> Option<Self> {
        Desktop::started(
            "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1",
        )
    }

    /// One that nobody has ever signed in to: there is a service and nowhere to keep an entry.
    pub fn start_empty() -> Option<Self> {
        Desktop::started("gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1")
    }

    fn started(daemon: &str) -> Option<Self> {
        let there = |program: &str| {
            std::env::var_os("PATH").is_some_and(|path| {
                std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
            })
        };
        if !there("dbus-run-session") || !there("gnome-keyring-daemon") {
            println!(
                "skipped: dbus-run-session and gnome-keyring-daemon are needed for a real keyring"
            );
            return None;
        }
        let home = tempfile::Builder::new()
            .prefix("admin-reset-desktop-")
            .tempdir()
            .unwrap();
        let script = format!("{daemon}; echo \"$DBUS_SESSION_BUS_ADDRESS\"; cat >/dev/null");
        let mut bus = Command::new("dbus-run-session")
            .args(["--", "sh", "-c", &script])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("XDG_DATA_HOME", home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        let address = address.trim().to_owned();
        assert!(address.starts_with("unix:"), "the bus said '{address}'");
        Some(Desktop { bus, address, home })
    }

    /// Address of the session bus.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Locks the keyring, as a desktop does when its person walks away. False where `dbus-send` is missing.
    pub fn lock(&self) -> bool {
        self.ask(&[
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            "array:objpath:/org/freedesktop/secrets/collection/login",
        ])
        .is_some()
    }

    /// Stops the service in the middle of its life: the bus answers and the keyring never does. `None` where that cannot be done.
    pub fn freeze(&self) -> Option<Frozen> {
        let told = self.ask(&[
            "--dest=org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.GetConnectionUnixProcessID",
            "string:org.freedesktop.secrets",
        ])?;
        let process: u32 = told.split_whitespace().last()?.parse().ok()?;
        signal("STOP", process).then_some(Frozen(process))
    }

    fn ask(&self, words: &[&str]) -> Option<String> {
        let output = Command::new("dbus-send")
            .args(["--session", "--print-reply"])
            .args(words)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .output()
            .ok()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some(said)
    }

    fn reset<'lab>(&self, lab: &'lab Lab, name: &str) -> Run<'lab> {
        reset(lab, name).env("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }

    /// What an entry holds, asked by another process.
    fn entry(&self, name: &str) -> Option<String> {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "keyring::look_at_an_entry",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("HOME", self.home.path())
            .env(LOOK_AT, name)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        let answer: Option<Option<String>> = text.lines().find_map(|line| {
            let (_, answer) = line.split_once("the entry is ")?;
            serde_json::from_str(answer).ok()
        });
        answer.unwrap_or_else(|| panic!("no answer in {text}"))
    }
}

/// A keyring that was stopped; it goes on at the end, so that its bus can end.
pub struct Frozen(u32);

impl Drop for Frozen {
    fn drop(&mut self) {
        signal("CONT", self.0);
    }
}

fn signal(name: &str, process: u32) -> bool {
    Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .status()
        .is_ok_and(|status| status.success())
}

impl Drop for Desktop {
    fn drop(&mut self) {
        drop(self.bus.stdin.take());
        let _ = self.bus.wait();
    }
}

#[test]
#[ignore = "the other cases run it as a process of its own, on a bus of their own"]
fn look_at_an_entry() {
    let name = std::env::var(LOOK_AT).unwrap();
    let secret = match ::keyring::Entry::new("admin-reset", &name)
        .unwrap()
        .get_secret()
    {
        Ok(bytes) => Some(String::from_utf8(bytes).unwrap()),
        Err(::keyring::Error::NoEntry) => None,
        Err(cause) => panic!("{cause}"),
    };
    println!("\nthe entry is {}", serde_json::to_string(&secret).unwrap());
}

#[test]
fn a_real_keyring_holds_the_password_in_force() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::new();
    desktop
        .reset(&lab, "test")
        .args(["--dry-run"])
        .code(0)
        .json();
    assert_eq!(desktop.entry("test"), None, "a dry run leaves nothing");
    let report = desktop.reset(&lab, "test").code(0).json();
    let sink = &report["secret"]["sinks"][0];
    assert_eq!(
        (&sink["kind"], &sink["location"]),
        (&"keyring".into(), &"test".into())
    );
    let secret = desktop.entry("test").unwrap();
    assert_eq!(secret.chars().count(), 20);
    assert!(lab.password_of(NOOR, &secret));
    assert!(!report.to_string().contains(&secret));

    // Never overwritten, and found out before anything is sent.
    lab.forget();
    for words in [&[][..], &["--dry-run"]] {
        let error = desktop.reset(&lab, "test").args(words).code(6).error_json();
        assert_eq!(error["code"], "outputExists");
    }
    assert!(lab.writes().is_empty());
    assert_eq!(desktop.entry("test"), Some(secret));
}

#[test]
fn a_refused_change_leaves_no_entry_and_an_unknown_one_does() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::new();
    lab.faults("*:POST:/resetPassword -> 403");
    desktop.reset(&lab, "test").code(5);
    assert_eq!(desktop.entry("test"), None);
    assert!(lab.untouched(NOOR));

    let lab = Lab::new().as_client();
    lab.faults("*:PATCH:/users/ -> lost-reply; *:GET:/users/ -> 503");
    desktop
        .reset(&lab, "test")
        .args(["--wait", "2s", "--no-preflight"])
        .code(8);
    let secret = desktop.entry("test").unwrap();
    assert!(lab.password_of(NOOR, &secret));
}

#[test]
fn several_users_get_an_entry_each() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let lab = Lab::new();
    let report = lab
        .run([
            "reset-user",
            NOOR,
            TOM,
            "--yes",
            "--secret-to",
            "keyring:leavers",
            "-o",
            "json",
        ])
        .env("DBUS_SESSION_BUS_ADDRESS", &desktop.address)
        .code(0)
        .json();
    for (at, user) in [NOOR, TOM].into_iter().enumerate() {
        let id = report["users"][at]["user"]["id"].as_str().unwrap();
        let secret = desktop.entry(&format!("leavers-{id}")).unwrap();
        assert!(lab.password_of(user, &secret), "{user}");
    }
    assert_eq!(desktop.entry("leavers"), None);
}
