//! `doctor`: all is well, and each way in which it is not: settings, folders, network, proxy, trust, tenant, clock, sign-in, token,
//! permissions and roles. Always a report with the fix, never a wait without end.

use crate::support::{Identity, Lab, Output, Run};
use admin_reset::sandbox::seed;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

const DORA: &str = "dora.vega@contoso.com";
const ELIF: &str = "elif.kaya@contoso.com";
/// Nobody is there.
const DEAD: &str = "http://127.0.0.1:9";

fn run<'lab>(lab: &'lab Lab, words: &[&str]) -> Run<'lab> {
    lab.run(["doctor", "-o", "json"])
        .args(words.iter().copied())
}

fn doctor(lab: &Lab, words: &[&str], exit: i32) -> Value {
    run(lab, words).code(exit).json()
}

fn checks<'a>(report: &'a Value, name: &str) -> Vec<&'a Value> {
    let all = report["checks"].as_array().unwrap();
    all.iter().filter(|one| one["check"] == name).collect()
}

/// Status, text and fix of the first line of that name.
fn check<'a>(report: &'a Value, name: &str) -> (&'a str, &'a str, &'a str) {
    let found = checks(report, name);
    let one = found
        .first()
        .unwrap_or_else(|| panic!("no check {name} in {report:#}"));
    (
        one["status"].as_str().unwrap(),
        one["found"].as_str().unwrap(),
        one["fix"].as_str().unwrap_or_default(),
    )
}

fn command<'a>(report: &'a Value, name: &str) -> &'a Value {
    let all = report["commands"].as_array().unwrap();
    all.iter().find(|one| one["command"] == name).unwrap()
}

/// Whatever is wrong has its fix beside it.
fn fixes_everywhere(report: &Value) {
    for one in report["checks"].as_array().unwrap() {
        if ["fail", "warning", "unknown"].contains(&one["status"].as_str().unwrap()) {
            assert!(one["fix"].is_string(), "{one}");
        }
    }
}

#[test]
fn all_is_well() {
    let lab = Lab::new();
    let report = doctor(&lab, &["--for", "reset-user,create-admin"], 0);
    assert_eq!(report["schema"], "admin-reset/doctor/1");
    assert_eq!(report["ok"], true);
    for name in [
        "settings", "state", "dns", "login", "graph", "tenant", "clock", "sign-in", "token",
        "roles",
    ] {
        assert_eq!(check(&report, name).0, "ok", "{name}: {report:#}");
    }
    let reset = command(&report, "reset-user");
    assert_eq!(reset["usable"], true);
    assert_eq!(reset["role"], "active");
    assert_eq!(reset["missing"], json!([]));
    assert_eq!(report["caller"]["roles"][0]["name"], "Global Administrator");
    assert_eq!(report["commands"].as_array().unwrap().len(), 2);
    let settings = report["settings"].as_array().unwrap();
    let tenant = settings.iter().find(|one| one["name"] == "tenant").unwrap();
    assert_eq!(tenant["from"], "environment");
    let output = lab
        .run(["doctor"])
        .code(0)
        .shows("All is well.")
        .shows("reset-user")
        .shows("Active: Global Administrator");
    let token = lab
        .sandbox()
        .token_for("ada.okafor@contoso.com")
        .unwrap()
        .token;
    let piece = &token[token.len() - 30..];
    assert!(!format!("{output}").contains(piece), "the token is shown");
}

#[test]
fn every_format_carries_the_same_lines() {
    let lab = Lab::new().as_nobody();
    let lines = doctor(&lab, &[], 10)["checks"].as_array().unwrap().len();
    let csv = lab.run(["doctor", "-o", "csv"]).code(10);
    assert!(csv.stdout.starts_with("check,status,found,fix\n"), "{csv}");
    assert_eq!(csv.stdout.lines().count(), lines + 1);
    let tsv = lab.run(["doctor", "-o", "tsv"]).code(10);
    assert_eq!(tsv.stdout.lines().count(), lines);
    let jsonl = lab.run(["doctor", "-o", "jsonl"]).code(10);
    assert_eq!(jsonl.stdout.lines().count(), 1);
    lab.run(["doctor", "-o", "markdown"])
        .code(10)
        .shows("| sign-in | fail |");
    lab.run(["doctor", "-o", "none"]).code(10).silent();
}

#[test]
fn without_a_sign_in_it_says_how_and_the_rest_goes_on() {
    let lab = Lab::new().as_nobody();
    let report = doctor(&lab, &[], 10);
    let (status, found, fix) = check(&report, "sign-in");
    assert_eq!(status, "fail");
    assert!(found.starts_with("Nobody is signed in"), "{found}");
    assert!(fix.contains("admin-reset login --client-id ID"), "{fix}");
    let known = run(&lab, &["--client-id", seed::PUBLIC_CLIENT_ID]).code(10);
    let report_of_known = known.json();
    let (_, _, fix) = check(&report_of_known, "sign-in");
    assert!(fix.starts_with("Run `admin-reset login`;"), "{fix}");
    assert_eq!(check(&report, "graph").0, "ok");
    assert_eq!(check(&report, "keyring").0, "warning", "{report:#}");
    assert_eq!(report["caller"], Value::Null);
    fixes_everywhere(&report);
    // In a pipeline no keyring is touched.
    let report = run(&lab, &[]).env("CI", "true").code(10).json();
    assert!(checks(&report, "keyring").is_empty());
}

#[test]
fn a_way_of_the_profile_asks_nobody() {
    let lab = Lab::new().as_nobody();
    let path = lab.home().join("config");
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(
        path.join("config.toml"),
        format!(
            "[profile.default]\nauth = \"device-code\"\nclient-id = \"{}\"\n",
            seed::PUBLIC_CLIENT_ID
        ),
    )
    .unwrap();
    doctor(&lab, &[], 10);
    assert!(lab.sent("POST", "/devicecode").is_empty());
}

/// What is broken here: a profile, a variable, the folder for state, HOME.
#[test]
fn broken_settings_and_folders_are_lines_too() {
    let lab = Lab::new();
    let path = lab.home().join("config");
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(path.join("config.toml"), "[profile.default]\ntenant = \n").unwrap();
    let report = doctor(&lab, &[], 10);
    let (status, found, fix) = check(&report, "settings");
    assert_eq!(status, "fail");
    assert!(found.contains("config.toml is not understood"), "{found}");
    assert!(!fix.is_empty());
    // The rest is looked at all the same.
    assert_eq!(check(&report, "token").0, "ok", "{report:#}");
    lab.run(["whoami"]).code(2);
    std::fs::remove_file(path.join("config.toml")).unwrap();

    let report = run(&lab, &[])
        .env("ADMIN_RESET_PROFILE", "nowhere")
        .code(10)
        .json();
    assert!(
        check(&report, "settings").1.contains("nowhere"),
        "{report:#}"
    );
    let report = run(&lab, &[])
        .env("AZURE_CLIENT_ID", "not a guid")
        .code(10)
        .json();
    assert!(
        check(&report, "settings").1.contains("not a guid"),
        "{report:#}"
    );
    // A wrong flag stays a wrong command line.
    lab.run(["doctor", "--tenant", "not a tenant"]).code(2);
    lab.run(["doctor", "--for", "doctor"])
        .code(2)
        .says("Use one or more of: advise");

    let (mut command, _) = run(&lab, &[]).command();
    command
        .env_remove("HOME")
        .env_remove("ADMIN_RESET_STATE_DIR")
        .env_remove("ADMIN_RESET_CONFIG_DIR");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(10));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (status, _, fix) = check(&report, "state");
    assert_eq!(status, "fail");
    assert!(fix.contains("ADMIN_RESET_STATE_DIR"), "{fix}");
    assert_eq!(check(&report, "token").0, "ok", "{report:#}");
    let report = run(&lab, &[])
        .env("ADMIN_RESET_STATE_DIR", "/proc/nowhere/state")
        .code(10)
        .json();
    assert_eq!(check(&report, "state").0, "fail", "{report:#}");
    // A folder that can be made is not made.
    let later = lab.home().join("later");
    let report = run(&lab, &[])
        .env("ADMIN_RESET_STATE_DIR", later.join("state"))
        .code(0)
        .json();
    assert!(check(&report, "state").1.contains("with the first change"));
    assert!(!later.exists());
}

#[test]
fn no_network_ends_soon_with_the_fix() {
    let lab = Lab::new();
    let started = Instant::now();
    let report = doctor(
        &lab,
        &["--login-endpoint", DEAD, "--graph-endpoint", DEAD],
        10,
    );
    assert!(started.elapsed() < Duration::from_secs(60));
    for name in ["login", "graph"] {
        let (status, found, fix) = check(&report, name);
        assert_eq!(status, "fail");
        assert!(found.contains("could not be reached"), "{found}");
        assert!(fix.contains("HTTPS_PROXY"), "{fix}");
    }
    assert_eq!(check(&report, "clock").0, "skipped");
    fixes_everywhere(&report);
    // A name that is nowhere.
    let report = doctor(
        &lab,
        &[
            "--login-endpoint",
            "https://login.invalid",
            "--graph-endpoint",
            "https://graph.invalid",
        ],
        10,
    );
    assert_eq!(check(&report, "dns").0, "fail");
    assert_eq!(check(&report, "login").0, "skipped", "{report:#}");
}

fn through_proxy(lab: &Lab, proxy: &str) -> Output {
    run(
        lab,
        &[
            "--login-endpoint",
            "https://login.example",
            "--graph-endpoint",
            "https://graph.example",
        ],
    )
    .env("NO_PROXY", "")
    .env("HTTPS_PROXY", proxy)
    .code(10)
}

#[test]
fn a_broken_proxy_is_named_without_its_password() {
    let lab = Lab::new().as_nobody();
    let output = through_proxy(&lab, "http://user:hunter2@127.0.0.1:9");
    let report = output.json();
    let (status, found, fix) = check(&report, "proxy");
    assert_eq!(status, "fail");
    assert!(found.contains("127.0.0.1:9 of HTTPS_PROXY"), "{found}");
    assert!(fix.contains("NO_PROXY"), "{fix}");
    assert_eq!(checks(&report, "proxy").len(), 1, "said once");
    assert_eq!(check(&report, "login").0, "skipped");
    assert!(!format!("{output}").contains("hunter2"));
    let output = through_proxy(&lab, "http://:hunter2@");
    assert!(
        check(&output.json(), "proxy")
            .1
            .contains("not the address of a proxy")
    );
    assert!(!format!("{output}").contains("hunter2"));
}

/// Answers every request with this, until the test ends.
fn answering(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            std::thread::spawn(move || {
                let mut asked = [0; 4096];
                if matches!(stream.read(&mut asked), Ok(1..)) {
                    let _ = stream.write_all(answer.as_bytes());
                }
            });
        }
    });
    port
}

#[test]
fn a_proxy_that_refuses_and_one_that_wants_a_password() {
    let lab = Lab::new().as_nobody();
    let refusing = answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let report = through_proxy(&lab, &format!("http://127.0.0.1:{refusing}")).json();
    assert_eq!(check(&report, "proxy").0, "ok", "it takes connections");
    let (status, found, fix) = check(&report, "login");
    assert_eq!(status, "fail");
    assert!(found.contains("proxy did not let"), "{found}");
    assert!(fix.contains("NO_PROXY"), "{fix}");
    let asking =
        answering("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    let report = through_proxy(&lab, &format!("http://127.0.0.1:{asking}")).json();
    let (_, found, fix) = check(&report, "login");
    assert!(found.contains("wants a user and password"), "{found}");
    assert!(fix.contains("USER:PASSWORD@HOST"), "{fix}");
}

/// The answer of a server with this status line and body.
fn says(status: &str, body: &str) -> String {
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    format!("http://127.0.0.1:{}", answering(answer.leak()))
}

/// Only the sign-in service can say that there is no such tenant; whatever else refuses is called what it is.
#[test]
fn a_tenant_is_unknown_only_when_the_service_says_so() {
    let lab = Lab::new().as_nobody();
    let login = |status: &str, body: &str| {
        let here = says(status, body);
        let words = ["--login-endpoint", &here, "--tenant", "contoso.com"];
        doctor(&lab, &words, 10)
    };
    for (status, body, said) in [
        (
            "403 Forbidden",
            "<html>blocked</html>",
            "did not answer as a sign-in service",
        ),
        ("404 Not Found", "", "did not answer as a sign-in service"),
        (
            "429 Too Many Requests",
            "{\"error\":\"x\"}",
            "no more questions",
        ),
        (
            "400 Bad Request",
            "{\"error\":\"invalid_request\"}",
            "was refused",
        ),
        ("503 Service Unavailable", "", "HTTP 503"),
    ] {
        let report = login(status, body);
        let (found_status, found, fix) = check(&report, "login");
        assert!(
            found_status == "fail" && found.contains(said),
            "{status}: {found}"
        );
        assert!(!fix.is_empty(), "{status}");
        assert!(checks(&report, "tenant").is_empty(), "{status}: {report:#}");
    }
    for body in [
        "{\"error\":\"invalid_tenant\"}",
        "{\"error\":\"invalid_request\",\"error_description\":\"AADSTS90002: no\"}",
    ] {
        let report = login("400 Bad Request", body);
        assert_eq!(check(&report, "tenant").0, "fail", "{report:#}");
        assert_eq!(check(&report, "login").0, "ok");
    }
}

/// Something else than the services answers, such as the page of a hotel's network.
#[test]
fn something_on_the_way_answers_in_their_place() {
    let lab = Lab::new().as_nobody();
    let port = answering(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/html\r\ncontent-length: 14\r\n\r\n<html>hi</html",
    );
    let here = format!("http://127.0.0.1:{port}");
    let report = doctor(
        &lab,
        &["--login-endpoint", &here, "--graph-endpoint", &here],
        10,
    );
    let (status, found, _) = check(&report, "login");
    assert_eq!(status, "fail");
    assert!(
        found.contains("did not answer as a sign-in service"),
        "{found}"
    );
    assert_eq!(check(&report, "graph").0, "warning", "{report:#}");
}

/// A server whose certificate nobody vouches for.
#[test]
fn a_certificate_that_is_not_trusted() {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let pem =
        std::fs::read(crate::support::root().join("tests/certificates/of-a-server.pem")).unwrap();
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_slice(&pem).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = std::sync::Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = format!(
        "https://127.0.0.1:{}",
        listener.local_addr().unwrap().port()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut tls = rustls::ServerConnection::new(std::sync::Arc::clone(&config)).unwrap();
            let _ = tls.complete_io(&mut stream);
        }
    });
    let lab = Lab::new().as_nobody();
    let report = doctor(
        &lab,
        &["--login-endpoint", &here, "--graph-endpoint", &here],
        10,
    );
    let (status, found, fix) = check(&report, "tls");
    assert_eq!(status, "fail");
    assert!(
        found.contains("not trusted") || found.contains("No trusted"),
        "{found}"
    );
    assert!(fix.contains("--ca-file"), "{fix}");
    // A CA file that is none.
    let file = lab.write("ca.pem", "not a certificate");
    let report = doctor(
        &lab,
        &[
            "--login-endpoint",
            &here,
            "--graph-endpoint",
            &here,
            "--ca-file",
            file.to_str().unwrap(),
        ],
        10,
    );
    let (status, found, _) = check(&report, "tls");
    assert_eq!(status, "fail");
    assert!(found.contains("cannot be used"), "{found}");
}

#[test]
fn a_tenant_that_is_not_there() {
    let lab = Lab::new();
    let report = doctor(&lab, &["--tenant", "nowhere.example"], 10);
    let (status, found, fix) = check(&report, "tenant");
    assert_eq!(status, "fail");
    assert!(found.contains("nowhere.example"), "{found}");
    assert!(fix.contains("--tenant"), "{fix}");
    assert_eq!(check(&report, "login").0, "ok");
}

#[test]
fn a_clock_that_is_off() {
    let lab = Lab::new();
    lab.sandbox().advance(Duration::from_secs(120));
    let report = doctor(&lab, &[], 0);
    assert_eq!(check(&report, "clock").0, "warning", "{report:#}");
    lab.sandbox().advance(Duration::from_secs(3_600));
    let report = run(&lab, &[]).as_identity(Identity::Nobody).code(10).json();
    let (status, found, fix) = check(&report, "clock");
    assert_eq!(status, "fail");
    assert!(found.contains("behind"), "{found}");
    assert!(fix.contains("Set the clock"), "{fix}");
}

#[test]
fn a_token_that_has_ended_and_one_that_cannot_be_read() {
    let lab = Lab::new();
    let token = lab
        .sandbox()
        .token_for("ada.okafor@contoso.com")
        .unwrap()
        .token;
    lab.sandbox().advance(Duration::from_secs(3 * 3_600));
    let report = run(&lab, &["--for", "reset-user"])
        .as_identity(Identity::Token(token))
        .code(10)
        .json();
    let (status, _, fix) = check(&report, "token");
    assert_eq!(status, "fail", "{report:#}");
    assert!(!fix.is_empty());
    // What was named cannot be judged.
    assert_eq!(report["commands"], json!([]));
    let report = run(&lab, &["--for", "reset-user"])
        .as_identity(Identity::Token("opaque".to_owned()))
        .code(10)
        .json();
    fixes_everywhere(&report);
    assert!(
        ["sign-in", "token"].iter().any(|name| checks(&report, name)
            .iter()
            .any(|one| one["status"] == "fail")),
        "{report:#}"
    );
    assert!(!report.to_string().contains("opaque"));
    lab.expect_violations();
}

#[test]
fn permissions_missing_and_too_much() {
    let lab = Lab::new();
    lab.tenant(|tenant| {
        tenant.set_client_permissions(
            seed::PUBLIC_CLIENT_ID,
            ["User.Read", "User.Read.All", "Domain.ReadWrite.All"]
                .map(str::to_owned)
                .to_vec(),
            Vec::new(),
        );
    });
    let report = doctor(&lab, &["--for", "reset-user"], 10);
    let reset = command(&report, "reset-user");
    assert_eq!(reset["usable"], false);
    assert_eq!(
        reset["missing"],
        json!(["UserAuthenticationMethod.ReadWrite.All"])
    );
    let fix = reset["fix"].to_string();
    assert!(
        fix.contains("UserAuthenticationMethod.ReadWrite.All"),
        "{fix}"
    );
    assert_eq!(report["excess"], json!(["Domain.ReadWrite.All"]));
    assert!(check(&report, "excess").1.contains("Domain.ReadWrite.All"));
    assert_eq!(report["broader"], json!([]));
    // What serves, where less would.
    lab.tenant(|tenant| {
        tenant.set_client_permissions(
            seed::PUBLIC_CLIENT_ID,
            ["User.Read", "Directory.ReadWrite.All"]
                .map(str::to_owned)
                .to_vec(),
            Vec::new(),
        );
    });
    let broader = doctor(&lab, &["--for", "check-security-info"], 10);
    assert_eq!(broader["excess"], json!([]));
    assert_eq!(
        broader["broader"],
        json!([{ "permission": "Directory.ReadWrite.All", "enough": ["User.Read.All"] }])
    );
    let (status, found, _) = check(&broader, "excess");
    assert_eq!(status, "note");
    assert!(
        found.contains("Directory.ReadWrite.All (User.Read.All would do)"),
        "{found}"
    );
    lab.tenant(|tenant| {
        tenant.set_client_permissions(
            seed::PUBLIC_CLIENT_ID,
            ["User.Read", "User.Read.All", "Domain.ReadWrite.All"]
                .map(str::to_owned)
                .to_vec(),
            Vec::new(),
        );
    });
    // A command that nobody named is shown, and does not count.
    let report = doctor(&lab, &[], 0);
    assert_eq!(command(&report, "reset-user")["usable"], false);
    assert_eq!(command(&report, "reset-user")["missing"], reset["missing"]);
    lab.run(["doctor"]).code(0).shows("commands lack something");
}

#[test]
fn roles_missing_and_to_be_activated() {
    let lab = Lab::new().as_user(DORA);
    let report = doctor(&lab, &["--for", "create-admin"], 10);
    let create = command(&report, "create-admin");
    assert_eq!(create["role"], "missing");
    let fix = create["fix"].to_string();
    assert!(
        fix.contains("User Administrator and Privileged Role Administrator"),
        "{create:#}"
    );
    let report = doctor(&lab, &["--for", "reset-user"], 0);
    assert_eq!(
        command(&report, "reset-user")["roleForAdministrators"],
        "missing"
    );
    let lab = Lab::new().as_user(ELIF);
    let report = doctor(&lab, &["--for", "create-admin"], 10);
    let create = command(&report, "create-admin");
    assert_eq!(create["role"], "eligible", "{report:#}");
    assert!(
        create["fix"]
            .to_string()
            .contains("Activate Global Administrator")
    );
    // An app that holds no role.
    let lab = Lab::new().as_client();
    // What is for people only is no question of roles.
    let people = lab
        .run(["doctor", "--for", "recover-own", "-o", "csv"])
        .code(10);
    assert!(
        people.stdout.contains(
            "recover-own,lacks,Not offered to this caller here.,Graph offers this to people only"
        ),
        "{people}"
    );
    let report = run(&lab, &["--for", "whoami,reset-user"]).output().json();
    assert_eq!(report["caller"]["kind"], "app");
    assert_eq!(command(&report, "whoami")["usable"], true);
}
