//! `reset-user` for one user: the ways it writes, where the password comes from and goes, what comes along, how much it asks.

use crate::support::{Identity, Lab, Run};
use admin_reset::sandbox::seed;

const NOOR: &str = "noor.haddad@contoso.com";
const DORA: &str = "dora.vega@contoso.com";
const DANA: &str = "dana.wolf@contoso.com";
const DORA_ID: &str = "d3ec7bd1-7e9b-46e0-b1da-635fdfee22c5";

/// A reset with consent and a file, as a script would write it.
fn reset<'lab>(lab: &'lab Lab, user: &str) -> Run<'lab> {
    lab.run([
        "reset-user",
        user,
        "--secret-to",
        "file:p.txt",
        "--confirm",
        user,
        "-o",
        "json",
    ])
}

/// Words of the paths that were asked, in order, for comparing whole conversations.
fn asked(lab: &Lab) -> Vec<String> {
    let word = |path: &str| {
        let last = path.rsplit('/').next().unwrap_or_default();
        if path.contains("/operations/") {
            "operation".to_owned()
        } else if last.contains('-') || last.contains('@') || last.contains('%') {
            "user".to_owned()
        } else {
            last.to_owned()
        }
    };
    let mut asked: Vec<String> = lab
        .requests()
        .iter()
        .map(|one| format!("{} {}", one.method, word(&one.path)))
        .collect();
    asked.dedup_by(|later, earlier| later == earlier && later == "GET operation");
    asked
}

#[test]
fn the_action_is_followed_to_its_end_and_read_back() {
    let lab = Lab::new();
    let report = reset(&lab, NOOR).code(0).json();
    assert_eq!(report["status"], "done");
    assert_eq!(report["reset"]["via"], "method");
    assert_eq!(report["reset"]["operation"], "succeeded");
    assert_eq!(report["reset"]["proven"], true);
    assert_eq!(report["reset"]["forceChange"], true);
    assert_eq!(report["secret"]["generated"], true);
    assert_eq!(report["secret"]["length"], 20);
    assert_eq!(report["caller"]["kind"], "user");
    assert_eq!(report["caller"]["name"], seed::DEFAULT_PERSONA);
    let secret = lab.secret("p.txt");
    assert_eq!(secret.chars().count(), 20);
    assert!(secret.starts_with(|c: char| c.is_ascii_alphabetic()));
    assert!(lab.password_of(NOOR, &secret) && !lab.untouched(NOOR));
    // One batch, one more for what the first left open, the write, its end, the proof.
    let asked = asked(&lab);
    assert!(
        asked
            == [
                "POST $batch",
                "POST resetPassword",
                "GET operation",
                "GET user"
            ]
            || asked
                == [
                    "POST $batch",
                    "POST $batch",
                    "POST resetPassword",
                    "GET operation",
                    "GET user"
                ],
        "{asked:?}"
    );
    assert!(lab.sent("GET", "/operations/").len() <= 3);
    assert_eq!(
        report["requestIds"].as_array().unwrap().len(),
        lab.writes().len()
    );
}

#[test]
fn an_app_writes_directly_and_reads_back() {
    for identity in [Identity::App, Identity::ClientSecret] {
        let lab = Lab::new();
        let report = reset(&lab, NOOR)
            .as_identity(identity.clone())
            .code(0)
            .json();
        assert_eq!(report["reset"]["via"], "direct", "{identity:?}");
        assert_eq!(report["reset"]["proven"], true);
        assert_eq!(report["caller"]["kind"], "app");
        assert!(lab.password_of(NOOR, &lab.secret("p.txt")));
        let writes = lab.writes();
        assert_eq!((writes[0].method.as_str(), writes.len()), ("PATCH", 1));
        let body: serde_json::Value = serde_json::from_slice(&writes[0].body).unwrap();
        assert_eq!(
            body["passwordProfile"]["forceChangePasswordNextSignIn"],
            true
        );
        assert!(lab.sent("POST", "/resetPassword").is_empty());
    }
}

#[test]
fn the_way_can_be_forced_and_follows_the_flags() {
    let lab = Lab::new();
    for (flags, via) in [
        (&["--via", "direct"][..], "direct"),
        (&["--via", "method"], "method"),
        (&["--no-force-change"], "direct"),
        (&["--force-change-mfa"], "direct"),
        (&["--cloud-only-write"], "direct"),
    ] {
        let report = reset(&lab, NOOR).args(flags).code(0).json();
        assert_eq!(report["reset"]["via"], via, "{flags:?}");
        assert!(lab.password_of(NOOR, &lab.secret("p.txt")));
        std::fs::remove_file(lab.path("p.txt")).unwrap();
    }
}

#[test]
fn without_forced_change_the_password_stays() {
    let lab = Lab::new();
    let report = reset(&lab, NOOR).args(["--no-force-change"]).code(0).json();
    assert_eq!(report["reset"]["forceChange"], false);
    let body: serde_json::Value = serde_json::from_slice(&lab.writes()[0].body).unwrap();
    assert_eq!(
        body["passwordProfile"]["forceChangePasswordNextSignIn"],
        false
    );
}

#[test]
fn a_supplied_password_comes_by_stdin_file_or_environment() {
    let lab = Lab::new();
    let password = |n: u32| format!("Quartz-Lantern-{n}-Mile");
    lab.run(["reset-user", NOOR, "--password-stdin", "--yes"])
        .stdin(format!("{}\n", password(1)))
        .code(0);
    assert!(lab.password_of(NOOR, &password(1)));
    lab.write("own.txt", format!("{}\r\n", password(2)));
    lab.run(["reset-user", NOOR, "--password-file", "own.txt", "--yes"])
        .code(0);
    assert!(lab.password_of(NOOR, &password(2)));
    let report = lab
        .run([
            "reset-user",
            NOOR,
            "--password-env",
            "NEW_ONE",
            "--yes",
            "-o",
            "json",
        ])
        .env("NEW_ONE", password(3))
        .code(0)
        .json();
    assert!(lab.password_of(NOOR, &password(3)));
    assert_eq!(report["secret"]["generated"], false);
    assert_eq!(report["secret"]["sinks"], serde_json::json!([]));
    // Both: supplied, and kept in a file as well.
    lab.run([
        "reset-user",
        NOOR,
        "--password-stdin",
        "--yes",
        "--secret-to",
        "file:kept.txt",
    ])
    .stdin(password(4))
    .code(0);
    assert_eq!(lab.secret("kept.txt"), password(4));
}

#[test]
fn a_supplied_password_that_breaks_a_rule_is_refused_before_anything_is_asked() {
    let lab = Lab::new();
    for (given, exit) in [
        ("short", 6),
        ("noor.haddad", 6),
        ("", 2),
        ("Two-Lines-1\nx", 2),
        ("Quartz-Lantern-1\0", 2),
    ] {
        lab.run(["reset-user", NOOR, "--password-stdin", "--yes"])
            .stdin(given)
            .code(exit)
            .silent();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = lab.write("open.txt", "Quartz-Lantern-1-Mile\n");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
        lab.run(["reset-user", NOOR, "--password-file", "open.txt", "--yes"])
            .code(2)
            .says("chmod 600 open.txt");
    }
    lab.run(["reset-user", NOOR, "--password-env", "UNSET_ONE", "--yes"])
        .code(2)
        .says("UNSET_ONE");
    lab.run([
        "reset-user",
        NOOR,
        "--password-stdin",
        "--password-env",
        "X",
        "--yes",
    ])
    .code(2);
    lab.run(["reset-user", NOOR, DORA, "--password-stdin", "--yes"])
        .stdin("Quartz-Lantern-1-Mile")
        .code(2);
    assert!(lab.requests().is_empty(), "{:?}", lab.conversation());
}

#[test]
fn lengths_and_phrases() {
    let lab = Lab::new();
    reset(&lab, NOOR).args(["--length", "64"]).code(0);
    assert_eq!(lab.secret("p.txt").len(), 64);
    lab.run([
        "reset-user",
        NOOR,
        "--words",
        "5",
        "--secret-to",
        "file:w.txt",
        "--yes",
    ])
    .code(0);
    assert!(lab.password_of(NOOR, &lab.secret("w.txt")));
    for flags in [
        &["--length", "11"][..],
        &["--length", "257"],
        &["--words", "2"],
        &["--words", "5", "--length", "20"],
    ] {
        lab.run(["reset-user", NOOR, "--yes", "--secret-to", "file:x.txt"])
            .args(flags)
            .code(2);
    }
}

#[test]
fn stdout_carries_the_secret_alone_and_stderr_the_report() {
    let lab = Lab::new();
    let output = lab
        .run(["reset-user", NOOR, "--secret-to", "stdout", "--yes"])
        .code(0)
        .says("not yet in force")
        .says("is in force")
        .says("was reset");
    let secret = output.stdout.strip_suffix('\n').unwrap();
    assert!(!secret.contains('\n') && lab.password_of(NOOR, secret));
    assert!(!output.stderr.contains(secret));
    let output = lab
        .run([
            "reset-user",
            NOOR,
            "--secret-to",
            "stdout",
            "--yes",
            "-o",
            "json",
        ])
        .code(0);
    assert!(lab.password_of(NOOR, output.stdout.trim_end()));
    let documents = output.stderr_json();
    assert!(
        documents
            .iter()
            .any(|one| one["schema"] == "admin-reset/reset-user/1" && one["status"] == "done")
    );
}

#[test]
fn several_destinations_hold_the_same_secret() {
    let lab = Lab::new();
    let report = reset(&lab, NOOR)
        .args(["--secret-to", "file:q.txt"])
        .code(0)
        .json();
    assert_eq!(lab.secret("p.txt"), lab.secret("q.txt"));
    assert_eq!(report["secret"]["sinks"].as_array().unwrap().len(), 2);
}

#[test]
fn sessions_end_by_default_for_who_holds_a_role() {
    let lab = Lab::new();
    let report = reset(&lab, DORA).code(0).json();
    assert_eq!(report["sessions"]["revoked"], true);
    assert_eq!(report["user"]["roles"][0], "Helpdesk Administrator");
    assert_eq!(lab.sent("POST", "/revokeSignInSessions").len(), 1);
    for (user, flag, revoked) in [
        (DORA, "--no-revoke-sessions", false),
        (NOOR, "--revoke-sessions", true),
        (NOOR, "--yes", false),
    ] {
        lab.forget();
        let _ = std::fs::remove_file(lab.path("p.txt"));
        let report = reset(&lab, user).args([flag]).code(0).json();
        assert_eq!(
            !lab.sent("POST", "/revokeSignInSessions").is_empty(),
            revoked,
            "{user} {flag}"
        );
        assert_eq!(report["sessions"].is_object(), revoked);
    }
}

#[test]
fn a_disabled_account_is_a_warning_and_can_be_enabled() {
    let lab = Lab::new();
    let output = reset(&lab, DANA).code(0);
    let warnings = output.json()["warnings"].to_string();
    assert!(warnings.contains("disabled"), "{warnings}");
    assert_eq!(
        lab.tenant(|tenant| tenant.object(DANA).unwrap()["accountEnabled"].clone()),
        false
    );
    let report = lab
        .run([
            "reset-user",
            DANA,
            "--enable",
            "--confirm",
            DANA,
            "--secret-to",
            "file:q.txt",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(report["user"]["enabledByThisRun"], true);
    assert_eq!(
        lab.tenant(|tenant| tenant.object(DANA).unwrap()["accountEnabled"].clone()),
        true
    );
}

#[test]
fn an_access_pass_goes_to_its_own_destination() {
    let lab = Lab::new();
    let report = reset(&lab, NOOR)
        .args(["--access-pass=60", "--access-pass-to", "file:pass.txt"])
        .code(0)
        .json();
    assert_eq!(report["accessPass"]["lifetimeInMinutes"], 60);
    assert_eq!(report["accessPass"]["sinks"][0]["kind"], "file");
    let pass = lab.secret("pass.txt");
    assert!(pass.len() >= 8 && pass != lab.secret("p.txt"));
    assert_eq!(lab.sent("POST", "/temporaryAccessPassMethods").len(), 1);
    assert!(!report.to_string().contains(&pass));
    // Nowhere to put it: said before anything is sent.
    lab.forget();
    lab.run([
        "reset-user",
        NOOR,
        "--yes",
        "--secret-to",
        "file:z.txt",
        "--access-pass",
    ])
    .code(2)
    .says("--access-pass-to");
    assert!(lab.writes().is_empty());
}

#[test]
fn without_preflight_nothing_is_read_before_the_write() {
    let lab = Lab::new().as_app();
    lab.run([
        "reset-user",
        NOOR,
        "--no-preflight",
        "--yes",
        "--secret-to",
        "file:p.txt",
    ])
    .code(2)
    .says("--confirm noor.haddad@contoso.com");
    assert!(lab.requests().is_empty());
    let report = reset(&lab, NOOR)
        .args(["--no-preflight", "--no-revoke-sessions"])
        .code(0)
        .json();
    assert_eq!(asked(&lab), ["PATCH user", "GET user"]);
    assert!(
        lab.requests()[0]
            .path
            .ends_with("/users/noor.haddad@contoso.com"),
        "{}",
        lab.requests()[0].path
    );
    assert_eq!(report["user"]["userPrincipalName"], NOOR);
    assert!(lab.password_of(NOOR, &lab.secret("p.txt")));
}

#[test]
fn graph_decides_where_nothing_was_read() {
    let lab = Lab::new().as_user("dora.vega@contoso.com");
    let output = reset(&lab, "ada.okafor@contoso.com")
        .args(["--no-preflight", "--via", "direct"])
        .code(5);
    assert!(lab.untouched("ada.okafor@contoso.com"));
    assert!(
        !lab.path("p.txt").exists(),
        "a password that is proven not to be in force is not kept: {output}"
    );
    let output = lab
        .run([
            "reset-user",
            "nobody.here@contoso.com",
            "--no-preflight",
            "--confirm",
            "nobody.here@contoso.com",
            "--secret-to",
            "file:n.txt",
        ])
        .code(3);
    assert!(!lab.path("n.txt").exists(), "{output}");
}

#[test]
fn an_object_id_names_the_user_too() {
    let lab = Lab::new();
    let report = lab
        .run([
            "reset-user",
            DORA_ID,
            "--confirm",
            DORA,
            "--secret-to",
            "file:p.txt",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(report["user"]["userPrincipalName"], DORA);
    lab.run([
        "reset-user",
        DORA,
        "--confirm",
        DORA_ID,
        "--secret-to",
        "file:q.txt",
    ])
    .code(0);
    // The write itself always names the object.
    assert!(
        lab.writes().iter().all(|one| one.path.contains(DORA_ID)),
        "{:?}",
        lab.conversation()
    );
}

#[test]
fn the_journal_holds_intent_and_result_and_never_the_secret() {
    let lab = Lab::new();
    let report = reset(&lab, NOOR)
        .args(["--reason", "forgot it", "--ticket", "INC-7"])
        .code(0)
        .json();
    let lines = lab.journal();
    let kinds: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["kind"].as_str().or_else(|| line["record"].as_str()))
        .collect();
    assert_eq!(lines.len(), 2, "{kinds:?} {lines:?}");
    for line in &lines {
        assert_eq!(
            line["operationId"], report["journal"]["operationId"],
            "{line}"
        );
    }
    let text = format!("{lines:?}");
    assert!(text.contains("INC-7") && text.contains("forgot it"));
    assert!(!text.contains(&lab.secret("p.txt")));
    assert_eq!(report["journal"]["ticket"], "INC-7");
}
