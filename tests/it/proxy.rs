//! A real proxy with a certificate authority of its own: mitmproxy, with user and password, between the program and a sign-in
//! service that is reached by name. Without mitmproxy and the OpenID provider these cases say so and end.
#![cfg(target_os = "linux")]

use crate::oidc::Provider;
use crate::support::{Lab, Run};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Resolves nowhere; only the proxy knows where it is.
const NAME: &str = "https://cloud.example.test";

struct Proxy {
    child: Child,
    port: u16,
    home: tempfile::TempDir,
}

impl Proxy {
    fn start(target: &str) -> Option<Self> {
        let home = tempfile::Builder::new()
            .prefix("admin-reset-proxy-")
            .tempdir()
            .unwrap();
        // Free a moment ago; nobody else asks for ports this fast.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let started = Command::new(
            std::env::var_os("ADMIN_RESET_TEST_MITMDUMP").unwrap_or("mitmdump".into()),
        )
        .args([
            "--listen-host",
            "127.0.0.1",
            "--listen-port",
            &port.to_string(),
            "--quiet",
        ])
        .args([
            "--proxyauth",
            "ada:s3cret-proxy",
            "--set",
            "connection_strategy=lazy",
        ])
        .args(["--map-remote", &format!("|{NAME}|{target}")])
        .arg("--set")
        .arg(format!("confdir={}", home.path().display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
        let Ok(child) = started else {
            println!("skipped: mitmdump (mitmproxy) is needed for a real proxy");
            return None;
        };
        let proxy = Proxy { child, port, home };
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() || !proxy.ca().is_file() {
            assert!(
                since.elapsed() < Duration::from_secs(90),
                "the proxy does not start"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(proxy)
    }

    fn ca(&self) -> PathBuf {
        self.home.path().join("mitmproxy-ca-cert.pem")
    }

    fn address(&self, user: &str) -> String {
        format!("http://{user}127.0.0.1:{}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn whoami<'lab>(lab: &'lab Lab, words: &[&str]) -> Run<'lab> {
    lab.run([
        "whoami",
        "-o",
        "json",
        "--login-endpoint",
        NAME,
        "--graph-endpoint",
        NAME,
    ])
    .args(words.iter().copied())
    .env("AZURE_TENANT_ID", "11111111-2222-4333-8444-555555555555")
    .env("AZURE_CLIENT_ID", "aaaaaaaa-0000-4000-8000-000000000002")
    .env("AZURE_CLIENT_SECRET", "s3cret")
    .env("NO_PROXY", "")
}

#[test]
fn a_proxy_with_a_password_and_an_authority_of_its_own() {
    let Some(provider) = Provider::start(&[("GRAPH", NAME)]) else {
        return;
    };
    let Some(proxy) = Proxy::start(&provider.origin) else {
        return;
    };
    let lab = Lab::new().as_nobody();
    let ca = proxy.ca();
    let ca = ca.to_str().unwrap();
    let known = proxy.address("ada:s3cret-proxy@");
    let told = whoami(&lab, &["--ca-file", ca])
        .env("HTTPS_PROXY", &known)
        .code(0);
    let shown = told.json()["settings"].to_string();
    assert!(
        shown.contains("with a user and password") && !told.stdout.contains("s3cret"),
        "{shown}"
    );
    // Another way to trust it.
    whoami(&lab, &[])
        .env("https_proxy", &known)
        .env("SSL_CERT_FILE", ca)
        .code(0);

    let failed = |run: Run<'_>, words: &str| {
        let run = run.code(7);
        let error = run.error_json();
        assert!(!run.stderr.contains("s3cret"), "{}", run.stderr);
        let said = format!("{} {} {}", error["message"], error["cause"], error["fix"]);
        assert!(said.contains(words), "{words} is not in {said}");
    };
    failed(whoami(&lab, &[]).env("HTTPS_PROXY", &known), "--ca-file");
    failed(
        whoami(&lab, &["--ca-file", ca]).env("HTTPS_PROXY", proxy.address("")),
        "user and password",
    );
    failed(
        whoami(&lab, &["--ca-file", ca]).env("HTTPS_PROXY", proxy.address("ada:wrong@")),
        "user and password",
    );
    failed(
        whoami(&lab, &["--ca-file", ca]).env("HTTPS_PROXY", "http://127.0.0.1:1"),
        "HTTPS_PROXY",
    );
    failed(whoami(&lab, &["--ca-file", ca]), "could not be resolved");
    failed(
        whoami(&lab, &["--ca-file", ca])
            .env("HTTPS_PROXY", &known)
            .env("NO_PROXY", "example.test"),
        "could not be resolved",
    );
}

/// This machine's own addresses are never reached through a proxy.
#[test]
fn loopback_goes_past_the_proxy() {
    let lab = Lab::new().as_client();
    lab.run(["whoami"])
        .env("NO_PROXY", "")
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .env("ALL_PROXY", "http://127.0.0.1:1")
        .code(0);
}
