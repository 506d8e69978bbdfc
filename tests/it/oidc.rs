//! Sign-in against a server that is not ours: oidc-provider, certified by the OpenID Foundation, started from `tests/oidc`.
//!
//! Needs node and what `npm install` in that folder brings (`.ci/run` does it); without them these cases say so and end.
#![cfg(target_os = "linux")]

use crate::keyring::Desktop;
use crate::login::together;
use crate::support::person::{Agent, Plan, browser};
use crate::support::{Lab, Output, Run, root};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const TENANT: &str = "11111111-2222-4333-8444-555555555555";
const PUBLIC: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const WITH_SECRET: &str = "aaaaaaaa-0000-4000-8000-000000000002";
const WITH_CERTIFICATE: &str = "aaaaaaaa-0000-4000-8000-000000000003";

/// The provider, running.
pub struct Provider {
    child: Child,
    told: Receiver<Value>,
    /// Where it listens.
    pub origin: String,
}

impl Provider {
    /// None where it cannot be started.
    pub fn start(env: &[(&str, &str)]) -> Option<Self> {
        let folder = root().join("tests/oidc");
        if !folder.join("node_modules/oidc-provider").is_dir() {
            println!("skipped: oidc-provider is not installed (npm install in tests/oidc)");
            return None;
        }
        let started = Command::new("node")
            .arg(folder.join("server.mjs"))
            .env(
                "CERT",
                root().join("tests/certificates/certificate-alone.pem"),
            )
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = started else {
            println!("skipped: node is needed for the OpenID provider");
            return None;
        };
        let (sender, told) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Ok(value) = serde_json::from_str(&line) {
                    let _ = sender.send(value);
                }
            }
        });
        let ready: Value = told
            .recv_timeout(Duration::from_secs(60))
            .expect("the provider starts");
        let origin = ready["ready"].as_str().unwrap().to_owned();
        Some(Provider {
            child,
            told,
            origin,
        })
    }

    fn on<'lab>(&self, run: Run<'lab>) -> Run<'lab> {
        run.env("ADMIN_RESET_LOGIN_ENDPOINT", &self.origin)
            .env("ADMIN_RESET_GRAPH_ENDPOINT", &self.origin)
            .env("AZURE_TENANT_ID", TENANT)
            .env("PATH", std::env::var_os("PATH").unwrap())
    }

    /// What the provider said since the last time.
    fn said(&self) -> Vec<Value> {
        std::thread::sleep(Duration::from_millis(100));
        self.told.try_iter().collect()
    }

    fn granted(&self, grant: &str) -> usize {
        self.said()
            .iter()
            .filter(|one| one["granted"] == grant)
            .count()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signed_in(output: Output, auth: &str) {
    let told = output.code(0).json();
    assert_eq!(told["signIn"]["auth"], auth);
}

#[test]
fn a_secret_and_a_wrong_one() {
    let Some(provider) = Provider::start(&[]) else {
        return;
    };
    let lab = Lab::new().as_nobody();
    let run = |secret: &str| {
        provider
            .on(lab.run(["whoami", "-o", "json"]))
            .env("AZURE_CLIENT_ID", WITH_SECRET)
            .env("AZURE_CLIENT_SECRET", secret)
    };
    signed_in(run("s3cret").output(), "secret");
    let error = run("wrong").code(4).error_json();
    assert_eq!(error["graphCode"], "invalid_client");
}

#[test]
fn a_certificate_in_every_form_of_file() {
    let Some(provider) = Provider::start(&[]) else {
        return;
    };
    let lab = Lab::new().as_nobody();
    let run = |file: &str, password: &str| {
        provider
            .on(lab.run(["whoami", "-o", "json"]))
            .env("AZURE_CLIENT_ID", WITH_CERTIFICATE)
            .env(
                "AZURE_CLIENT_CERTIFICATE_PATH",
                root().join("tests/certificates").join(file),
            )
            .env("AZURE_CLIENT_CERTIFICATE_PASSWORD", password)
    };
    for (file, password) in [
        ("certificate-first.pem", ""),
        ("key-first-leaf-last.pem", ""),
        ("pkcs1.pem", ""),
        ("encrypted-pkcs8.pem", "secret"),
        ("modern.p12", "secret"),
        ("legacy.p12", "secret"),
        ("windows.p12", "secret"),
        ("no-password.p12", ""),
        ("plain.p12", ""),
    ] {
        signed_in(run(file, password).output(), "certificate");
    }
    assert_eq!(provider.granted("client_credentials"), 9);
    // A key that the provider does not know: refused there, with the thumbprint that was presented.
    let error = run("large.pem", "").code(4).error_json();
    assert!(
        error["fix"].as_str().unwrap().contains("thumbprint is"),
        "{error}"
    );
    // What cannot work is told before anything is sent.
    provider.said();
    for (file, words) in [
        ("other-key.pem", "belongs to its private key"),
        ("ec.p12", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    ] {
        let error = run(file, "").code(2).error_json();
        assert!(error["cause"].as_str().unwrap().contains(words), "{error}");
    }
    assert!(provider.said().is_empty());
}

#[test]
fn the_browser_with_pkce_and_a_wrong_state_before_the_right_one() {
    let Some(provider) = Provider::start(&[]) else {
        return;
    };
    for plan in [Plan::Provider, Plan::WrongStateFirst] {
        let lab = Lab::new().as_nobody();
        let output = provider
            .on(lab.run([
                "whoami",
                "--auth",
                "browser",
                "--client-id",
                PUBLIC,
                "-o",
                "json",
            ]))
            .env("BROWSER", browser(lab.home(), plan))
            .output();
        signed_in(output, "browser");
        assert_eq!(provider.granted("authorization_code"), 1);
    }
}

/// Runs `whoami` with a device code and lets the person do something with the code that is shown.
fn device_code(provider: &Provider, lab: &Lab, person: impl FnOnce(&str, &str)) -> (i32, String) {
    let words = [
        "whoami",
        "--auth",
        "device-code",
        "--client-id",
        PUBLIC,
        "-o",
        "json",
    ];
    let (mut command, _) = provider.on(lab.run(words)).command();
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    let shown = loop {
        let line = lines
            .next()
            .unwrap_or_else(|| panic!("no code was shown: {said}"))
            .unwrap();
        said.push_str(&line);
        if line.contains("enter the code ") {
            break line;
        }
    };
    let word_after = |mark: &str| {
        let rest = shown.split(mark).nth(1).unwrap();
        rest.split([' ', '\\', '"', '\n'])
            .next()
            .unwrap()
            .to_owned()
    };
    person(&word_after("open "), &word_after("enter the code "));
    for line in lines.map_while(Result::ok) {
        said.push_str(&line);
    }
    (child.wait().unwrap().code().unwrap(), said)
}

#[test]
fn a_device_code_pending_then_entered() {
    let Some(provider) = Provider::start(&[]) else {
        return;
    };
    let lab = Lab::new().as_nobody();
    let (code, said) = device_code(&provider, &lab, |page, code| {
        // The first poll comes before the person is done.
        std::thread::sleep(Duration::from_secs(6));
        Agent::default().enter_code(page, code, true);
    });
    assert_eq!(code, 0, "{said}");
    let told = provider.said();
    assert!(
        told.iter()
            .any(|one| one["refused"] == "authorization_pending"),
        "{told:?}"
    );
}

#[test]
fn a_device_code_that_is_declined() {
    let Some(provider) = Provider::start(&[]) else {
        return;
    };
    let lab = Lab::new().as_nobody();
    let (code, said) = device_code(&provider, &lab, |page, code| {
        Agent::default().enter_code(page, code, false)
    });
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("declined"), "{said}");
}

#[test]
fn a_device_code_that_runs_out() {
    let Some(provider) = Provider::start(&[("DEVICE_LIFE", "7")]) else {
        return;
    };
    let lab = Lab::new().as_nobody();
    let (code, said) = device_code(&provider, &lab, |_, _| ());
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("ran out"), "{said}");
}

/// This provider ends the whole session when a rotated refresh token comes again.
#[test]
fn rotation_and_runs_that_renew_at_once() {
    let (Some(desktop), Some(provider)) = (Desktop::start(), Provider::start(&[])) else {
        return;
    };
    let lab = Lab::new().as_nobody();
    let run = |words: &[&str]| {
        provider
            .on(lab.run(words))
            .env("DBUS_SESSION_BUS_ADDRESS", desktop.address())
    };
    run(&["login", "--auth", "browser", "--client-id", PUBLIC])
        .env("BROWSER", browser(lab.home(), Plan::Provider))
        .code(0);
    provider.said();
    for _ in 0..3 {
        let runs: Vec<Run<'_>> = (0..2).map(|_| run(&["whoami", "-o", "json"])).collect();
        together(&runs);
    }
    let told = provider.said();
    assert_eq!(
        told.iter()
            .filter(|one| one["granted"] == "refresh_token")
            .count(),
        6,
        "{told:?}"
    );
    assert!(
        !told
            .iter()
            .any(|one| one["revoked"] == true || one["refused"].is_string()),
        "{told:?}"
    );
}
