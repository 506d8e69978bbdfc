//! What `reset-user` shows: every format as a golden file, the keys of the contract, `--query`, quiet and verbose.

use crate::support::{Lab, golden};
use serde_json::Value;
use std::collections::BTreeSet;

const NOOR: &str = "noor.haddad@contoso.com";
const DORA: &str = "dora.vega@contoso.com";
const ABSENT: &str = "nobody.here@contoso.com";
const FORMATS: &[&str] = &["text", "json", "jsonl", "csv", "tsv", "markdown", "none"];

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap_or_else(|| panic!("no object: {value}"))
        .keys()
        .map(String::as_str)
        .collect()
}

#[track_caller]
fn has_keys(value: &Value, wanted: &[&str]) {
    assert_eq!(keys(value), wanted.iter().copied().collect::<BTreeSet<_>>());
}

#[test]
fn one_reset_in_every_format() {
    for format in FORMATS {
        let lab = Lab::new();
        let output = lab
            .run([
                "reset-user",
                DORA,
                "--confirm",
                DORA,
                "--secret-to",
                "file:p.txt",
                "--ticket",
                "INC-7",
                "-o",
                format,
            ])
            .code(0);
        golden(
            &format!("reset-user/one.{format}.txt"),
            &output.transcript(),
        );
    }
}

#[test]
fn a_plan_in_every_format() {
    for format in FORMATS {
        let lab = Lab::new();
        golden(
            &format!("reset-user/plan.{format}.txt"),
            &lab.run(["reset-user", DORA, "--dry-run", "-o", format])
                .code(0)
                .transcript(),
        );
    }
}

#[test]
fn many_resets_in_every_format() {
    for format in FORMATS {
        let lab = Lab::new();
        let args = [
            "reset-user",
            NOOR,
            ABSENT,
            "tom.reed@contoso.com",
            "--yes",
            "--secret-to",
            "file:p.csv",
            "--concurrency",
            "1",
            "-o",
            format,
        ];
        golden(
            &format!("reset-user/many.{format}.txt"),
            &lab.run(args).code(8).transcript(),
        );
    }
}

#[test]
fn refusals_as_text_and_as_json() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "consent",
            "ada.okafor@contoso.com",
            &["reset-user", NOOR, "--secret-to", "file:p.txt"],
        ),
        (
            "privileged",
            "ada.okafor@contoso.com",
            &["reset-user", DORA, "--secret-to", "file:p.txt", "--yes"],
        ),
        (
            "sink",
            "ada.okafor@contoso.com",
            &["reset-user", NOOR, "--yes"],
        ),
        (
            "denied",
            DORA,
            &[
                "reset-user",
                "ada.okafor@contoso.com",
                "--secret-to",
                "file:p.txt",
                "--confirm",
                "ada.okafor@contoso.com",
            ],
        ),
        (
            "own",
            "ada.okafor@contoso.com",
            &["reset-user", "ada.okafor@contoso.com", "--dry-run"],
        ),
        (
            "absent",
            "ada.okafor@contoso.com",
            &["reset-user", ABSENT, "--dry-run"],
        ),
        (
            "restricted",
            "ada.okafor@contoso.com",
            &["reset-user", "viktor.hale@contoso.com", "--dry-run"],
        ),
        (
            "federated",
            "ada.okafor@contoso.com",
            &["reset-user", "finn.berg@fed.contoso.com", "--dry-run"],
        ),
        (
            "guest",
            "ada.okafor@contoso.com",
            &[
                "reset-user",
                "liam.ortiz_fabrikam.example#EXT#@contoso.onmicrosoft.com",
                "--dry-run",
            ],
        ),
        (
            "name",
            "ada.okafor@contoso.com",
            &["reset-user", "a@b@c", "--dry-run"],
        ),
        (
            "usage",
            "ada.okafor@contoso.com",
            &["reset-user", NOOR, "--no-such-flag"],
        ),
    ];
    for (name, caller, args) in cases {
        let mut text = String::new();
        for format in ["text", "json"] {
            let lab = Lab::new().as_user(caller);
            let output = lab.run(*args).args(["-o", format]).output();
            assert_ne!(output.code, 0);
            assert!(output.stdout.is_empty(), "{output}");
            text.push_str(&output.transcript());
        }
        golden(&format!("reset-user/refused.{name}.txt"), &text);
    }
}

#[test]
fn the_json_has_the_keys_of_the_contract() {
    let lab = Lab::new();
    let report = lab
        .run([
            "reset-user",
            DORA,
            "--confirm",
            DORA,
            "--secret-to",
            "file:p.txt",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    has_keys(
        &report,
        &[
            "schema",
            "status",
            "user",
            "reset",
            "secret",
            "sessions",
            "caller",
            "journal",
            "requestIds",
        ],
    );
    has_keys(
        &report["user"],
        &[
            "id",
            "userPrincipalName",
            "displayName",
            "roles",
            "synced",
            "restrictedUnit",
        ],
    );
    // `proven` is an addition to the contract.
    has_keys(
        &report["reset"],
        &[
            "via",
            "forceChange",
            "operation",
            "writeback",
            "lastPasswordChangeDateTime",
            "proven",
        ],
    );
    has_keys(&report["secret"], &["generated", "length", "sinks"]);
    has_keys(
        &report["secret"]["sinks"][0],
        &["kind", "location", "recipients"],
    );
    has_keys(&report["sessions"], &["revoked", "validFrom"]);
    has_keys(&report["caller"], &["kind", "name", "roles"]);
    // `head` is an addition to the contract.
    has_keys(&report["journal"], &["operationId", "ticket", "head"]);
    let planned = lab
        .run(["reset-user", NOOR, "--dry-run", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(planned["status"], "planned");
    assert!(planned["plan"].is_array());
    let many = lab
        .run(["reset-user", NOOR, ABSENT, "--dry-run", "-o", "json"])
        .output()
        .json();
    has_keys(&many, &["schema", "summary", "caller", "journal", "users"]);
    let error = lab
        .run(["reset-user", ABSENT, "--dry-run", "-o", "json"])
        .code(3)
        .error_json();
    for key in [
        "code",
        "message",
        "cause",
        "need",
        "have",
        "fix",
        "httpStatus",
        "graphCode",
        "requestId",
        "clientRequestId",
        "docs",
        "exitCode",
    ] {
        assert!(error.get(key).is_some(), "{key}");
    }
    assert_eq!(error["httpStatus"], 404);
    assert!(
        error["requestId"].is_string() && error["clientRequestId"].is_string(),
        "{error}"
    );
}

#[test]
fn a_query_is_jmespath_over_the_json() {
    let lab = Lab::new();
    let ask = |expression: &str, format: &str| {
        lab.run([
            "reset-user",
            DORA,
            "--dry-run",
            "--query",
            expression,
            "-o",
            format,
        ])
        .code(0)
        .stdout
    };
    assert_eq!(ask("status", "json").trim(), "\"planned\"");
    assert_eq!(ask("status", "tsv").trim(), "planned");
    assert_eq!(
        serde_json::from_str::<Value>(&ask("plan[].step", "json")).unwrap(),
        serde_json::json!(["resetPassword", "revokeSessions"])
    );
    lab.run(["reset-user", DORA, "--dry-run", "--query", "plan[?"])
        .code(2);
}

#[test]
fn the_format_can_come_from_the_environment_and_a_flag_wins() {
    let lab = Lab::new();
    lab.run(["reset-user", NOOR, "--dry-run"])
        .env("ADMIN_RESET_OUTPUT", "json")
        .code(0)
        .json();
    lab.run(["reset-user", NOOR, "--dry-run", "-o", "text"])
        .env("ADMIN_RESET_OUTPUT", "json")
        .code(0)
        .shows("Nothing was changed");
    lab.run(["reset-user", NOOR, "--dry-run"])
        .env("ADMIN_RESET_OUTPUT", "yaml")
        .code(2)
        .silent();
}

#[test]
fn quiet_says_less_and_verbose_says_more() {
    let lab = Lab::new();
    let run = |flag: &str, file: &str| {
        lab.run([
            "reset-user",
            NOOR,
            "--yes",
            "--secret-to",
            &format!("file:{file}"),
            flag,
        ])
        .code(0)
    };
    assert!(run("-q", "a").stderr.is_empty());
    let debug = run("--debug", "b").stderr;
    assert!(
        debug.contains("/resetPassword") && debug.contains("202"),
        "{debug}"
    );
    assert!(!debug.to_lowercase().contains("bearer ey"), "{debug}");
}

#[test]
fn a_closed_stdout_does_not_change_the_code_of_a_change() {
    use std::io::Read;
    let lab = Lab::new();
    let run = lab.run(["reset-user", NOOR, "--yes", "--secret-to", "file:p.txt"]);
    let (mut command, _) = run.command();
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stdin.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{stderr}");
    assert!(lab.password_of(NOOR, &lab.secret("p.txt")));
}

#[cfg(unix)]
#[test]
fn a_secret_that_cannot_go_to_stdout_is_refused_before_the_change() {
    let lab = Lab::new();
    let (mut command, _) = lab
        .run(["reset-user", NOOR, "--yes", "--secret-to", "stdout"])
        .command();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let status = command
        .stdin(std::process::Stdio::null())
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(6));
    let (mut command, _) = lab
        .run(["reset-user", NOOR, "--yes", "--secret-to", "stdout"])
        .command();
    let status = command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(6), "/dev/null keeps nothing");
    assert!(lab.writes().is_empty() && lab.untouched(NOOR));
}

#[test]
fn names_from_graph_cannot_act_on_the_terminal_or_the_log() {
    let hostile = [
        "\u{1b}]0;pwned\u{7}",
        "\u{1b}]52;c;aGk=\u{7}",
        "::set-output name=x::y",
        "##vso[task.setvariable variable=PATH]x",
        "=HYPERLINK(\"x\")",
        "@SUM(1)",
        "a\u{202e}b\u{200b}c",
        "line\nbreak",
        "  ",
        "\u{9b}31m",
    ];
    let lab = Lab::new();
    for name in hostile {
        lab.tenant(|tenant| tenant.patch_object(NOOR, serde_json::json!({"displayName": name})));
        for format in FORMATS {
            let output = lab
                .run(["reset-user", NOOR, "--dry-run", "--debug", "-o", format])
                .code(0);
            for text in [&output.stdout, &output.stderr] {
                for line in text.lines() {
                    assert!(
                        !line.starts_with("::")
                            && !line.starts_with("##")
                            && !line.contains("##vso["),
                        "{name:?} {format}: {line:?}"
                    );
                    let bad = line.chars().find(|c| {
                        c.is_control() && *c != '\t'
                            || ('\u{80}'..='\u{9f}').contains(c)
                            || ['\u{202e}', '\u{200b}'].contains(c)
                    });
                    assert!(bad.is_none(), "{name:?} {format}: {line:?}");
                }
            }
            if matches!(*format, "csv" | "tsv") {
                assert!(
                    !output.stdout.split([',', '\t', '\n']).any(|cell| cell
                        .trim_start_matches('"')
                        .starts_with(['=', '+', '-', '@'])),
                    "{}",
                    output.stdout
                );
            }
        }
    }
}
