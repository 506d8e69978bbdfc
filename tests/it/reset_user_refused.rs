//! `reset-user` when it must not: consent that is missing, targets that cannot be, callers who may not, and the dry run.
//!
//! In every case nothing is written anywhere: no request that changes, no file, no journal.

use crate::support::{Lab, Run};

const NOOR: &str = "noor.haddad@contoso.com";
const DORA: &str = "dora.vega@contoso.com";

/// Nothing changed, here or there.
#[track_caller]
fn nothing_happened(lab: &Lab, user: &str) {
    assert!(lab.writes().is_empty(), "{:?}", lab.conversation());
    assert!(lab.files().is_empty(), "{:?}", lab.files());
    assert!(lab.journal().is_empty());
    assert!(
        lab.tenant(|tenant| tenant.object(user).is_none())
            || lab.untouched(user)
            || user.contains("fed.")
            || user.contains("#EXT#")
    );
}

fn reset<'lab>(lab: &'lab Lab, user: &str) -> Run<'lab> {
    lab.run([
        "reset-user",
        user,
        "--secret-to",
        "file:p.txt",
        "-o",
        "json",
    ])
}

#[test]
fn without_a_terminal_a_destination_is_needed() {
    let lab = Lab::new();
    let error = lab
        .run(["reset-user", NOOR, "--yes", "-o", "json"])
        .code(2)
        .silent()
        .error_json();
    assert_eq!(error["code"], "sinkNeeded");
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("--secret-to file:PATH")
    );
    nothing_happened(&lab, NOOR);
    assert!(lab.requests().is_empty());
}

#[test]
fn without_consent_the_exact_flag_is_named() {
    let lab = Lab::new();
    let error = reset(&lab, NOOR).code(2).silent().error_json();
    assert_eq!(error["code"], "consentNeeded");
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("--confirm noor.haddad@contoso.com"),
        "{error}"
    );
    assert!(lab.requests().is_empty());
    // A name that a shell would take apart is quoted.
    let error = reset(&lab, "o'brien@contoso.com").code(2).error_json();
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("'o'\\''brien@contoso.com'"),
        "{error}"
    );
    nothing_happened(&lab, NOOR);
}

#[test]
fn yes_alone_is_not_enough_for_a_privileged_target() {
    for user in [
        DORA,
        "bo.lindqvist@contoso.com",
        "elif.kaya@contoso.com",
        "gina.rossi@contoso.com",
        "mika.salo@contoso.com",
        "owen.price@contoso.com",
        "cleo.amsel@contoso.com",
        "gus.lehmann@contoso.com",
    ] {
        let lab = Lab::new();
        let output = reset(&lab, user).args(["--yes"]).output();
        // Helpdesk Administrator is marked privileged; so is everybody in this list, for one reason or the other.
        assert_eq!(output.code, 2, "{output}");
        let error = output.error_json();
        assert_eq!(error["code"], "consentNeeded");
        assert!(
            error["fix"]
                .as_str()
                .unwrap()
                .contains(&format!("--confirm {user}")),
            "{error}"
        );
        nothing_happened(&lab, user);
        // The wrong name confirms nothing.
        reset(&lab, user).args(["--yes", "--confirm", NOOR]).code(2);
        reset(&lab, user)
            .args(["--confirm", &user.replace('o', "\u{43e}")])
            .code(2);
        nothing_happened(&lab, user);
        reset(&lab, user)
            .args(["--confirm", &user.to_uppercase()])
            .code(0);
        assert!(lab.password_of(user, &lab.secret("p.txt")));
    }
}

#[test]
fn a_dry_run_reads_and_changes_nothing() {
    for user in [NOOR, DORA, "dana.wolf@contoso.com"] {
        let lab = Lab::new();
        let report = reset(&lab, user).args(["--dry-run"]).code(0).json();
        assert_eq!(report["status"], "planned");
        assert_eq!(report["plan"][0]["step"], "resetPassword");
        assert_eq!(
            report["plan"].as_array().unwrap().len() > 1,
            user == DORA,
            "{report}"
        );
        nothing_happened(&lab, user);
        // Neither consent nor a destination is needed for it.
        lab.run(["reset-user", user, "--what-if"])
            .code(0)
            .shows("Nothing was changed");
        nothing_happened(&lab, user);
        // A destination that would be refused is known, without being made.
        lab.write("taken.txt", "x");
        lab.run([
            "reset-user",
            user,
            "--dry-run",
            "--secret-to",
            "file:taken.txt",
        ])
        .code(6);
        assert_eq!(lab.read("taken.txt"), "x");
    }
}

/// Caller, target, exit, code, a word of the reason.
const DENIED: &[(&str, &str, i32, &str, &str)] = &[
    (
        "dora.vega@contoso.com",
        "ada.okafor@contoso.com",
        5,
        "notPermitted",
        "Global Administrator",
    ),
    (
        "dora.vega@contoso.com",
        "aiko.tan@contoso.com",
        5,
        "notPermitted",
        "Authentication Administrator",
    ),
    (
        "aiko.tan@contoso.com",
        "bo.lindqvist@contoso.com",
        5,
        "notPermitted",
        "Global Administrator",
    ),
    (
        "greta.holm@contoso.com",
        "noor.haddad@contoso.com",
        5,
        "notPermitted",
        "role",
    ),
    (
        "rosa.quint@contoso.com",
        "noor.haddad@contoso.com",
        5,
        "notPermitted",
        "role",
    ),
    (
        "noor.haddad@contoso.com",
        "lea.brandt@contoso.com",
        5,
        "notPermitted",
        "role",
    ),
    (
        "dora.vega@contoso.com",
        "mika.salo@contoso.com",
        5,
        "notPermitted",
        "group",
    ),
    (
        "ada.okafor@contoso.com",
        "ada.okafor@contoso.com",
        6,
        "ownAccount",
        "own",
    ),
    (
        "ada.okafor@contoso.com",
        "finn.berg@fed.contoso.com",
        6,
        "federatedUser",
        "federated",
    ),
    (
        "ada.okafor@contoso.com",
        "liam.ortiz_fabrikam.example#EXT#@contoso.onmicrosoft.com",
        6,
        "guestUser",
        "tenant",
    ),
    (
        "ada.okafor@contoso.com",
        "viktor.hale@contoso.com",
        6,
        "restrictedUnit",
        "unit",
    ),
    (
        "ada.okafor@contoso.com",
        "rhea.stone@contoso.com",
        6,
        "restrictedUnit",
        "unit",
    ),
    (
        "ada.okafor@contoso.com",
        "nobody.here@contoso.com",
        3,
        "notFound",
        "misspelt",
    ),
    (
        "ada.okafor@contoso.com",
        "11111111-2222-4333-8444-555555555555",
        3,
        "notFound",
        "misspelt",
    ),
];

#[test]
fn who_may_not_or_cannot_be_reset_is_told_before_anything_is_written() {
    for (caller, target, exit, code, word) in DENIED {
        let lab = Lab::new().as_user(caller);
        let error = reset(&lab, target)
            .args(["--confirm", target])
            .code(*exit)
            .silent()
            .error_json();
        assert_eq!(error["code"], *code, "{caller} -> {target}: {error}");
        assert!(
            error["cause"]
                .as_str()
                .unwrap()
                .to_lowercase()
                .contains(&word.to_lowercase()),
            "{caller} -> {target}: {error}"
        );
        assert!(
            error["fix"].as_str().unwrap().len() > 10
                && error["docs"].as_str().unwrap().contains("docs/errors.md#")
        );
        nothing_happened(&lab, target);
        // A dry run ends as the real run would.
        reset(&lab, target).args(["--dry-run"]).code(*exit);
        nothing_happened(&lab, target);
    }
}

#[test]
fn a_denied_caller_learns_who_could() {
    let lab = Lab::new().as_user("dora.vega@contoso.com");
    let error = reset(&lab, "ada.okafor@contoso.com")
        .args(["--confirm", "ada.okafor@contoso.com"])
        .code(5)
        .error_json();
    let need = error["need"].to_string();
    assert!(
        need.contains("Privileged Authentication Administrator"),
        "{error}"
    );
}

#[test]
fn a_synced_user_is_never_written_in_the_cloud_by_accident() {
    for user in ["ivo.marek@contoso.com", "hana.sato@contoso.com"] {
        let lab = Lab::new().as_app();
        let error = reset(&lab, user)
            .args(["--confirm", user])
            .code(6)
            .error_json();
        assert_eq!(error["code"], "syncedUser", "{error}");
        assert!(
            error["fix"]
                .as_str()
                .unwrap()
                .contains("--cloud-only-write"),
            "{error}"
        );
        nothing_happened(&lab, user);
        let lab = Lab::new();
        reset(&lab, user)
            .args(["--confirm", user, "--via", "direct"])
            .code(6);
        nothing_happened(&lab, user);
    }
}

#[test]
fn the_own_account_by_id_is_the_own_account() {
    let lab = Lab::new();
    let id = "45ea6528-16d7-43d6-8ed8-9e7dce610253";
    for spelled in [
        id.to_owned(),
        id.to_uppercase(),
        format!("{{{id}}}"),
        "ADA.OKAFOR@CONTOSO.COM".to_owned(),
    ] {
        let error = reset(&lab, &spelled)
            .args(["--confirm", id])
            .code(6)
            .error_json();
        assert_eq!(error["code"], "ownAccount", "{spelled}");
    }
    nothing_happened(&lab, "ada.okafor@contoso.com");
}

#[test]
fn outputs_that_exist_are_never_overwritten() {
    let lab = Lab::new();
    lab.write("p.txt", "precious");
    let error = reset(&lab, NOOR)
        .args(["--confirm", NOOR])
        .code(6)
        .error_json();
    assert_eq!(error["code"], "outputExists");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/hostname", lab.path("link")).unwrap();
        lab.run([
            "reset-user",
            NOOR,
            "--confirm",
            NOOR,
            "--secret-to",
            "file:link",
        ])
        .code(6);
        std::fs::create_dir(lab.path("open")).unwrap();
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(lab.path("open"), std::fs::Permissions::from_mode(0o777)).unwrap();
        lab.run([
            "reset-user",
            NOOR,
            "--confirm",
            NOOR,
            "--secret-to",
            "file:open/p.txt",
        ])
        .code(6);
    }
    lab.run([
        "reset-user",
        NOOR,
        "--confirm",
        NOOR,
        "--secret-to",
        "file:no/such/folder/p.txt",
    ])
    .code(6);
    assert!(lab.writes().is_empty() && lab.untouched(NOOR));
    assert_eq!(lab.read("p.txt"), "precious");
    assert!(lab.journal().is_empty());
}

/// Names that are refused before anything is asked (security facts, section 5 A).
#[test]
fn names_that_cannot_be_are_refused_before_anything_is_asked() {
    let lab = Lab::new();
    let long_local = format!("{}@contoso.com", "a".repeat(65));
    let long_domain = format!("a@{}", "b".repeat(49));
    let names = [
        "",
        "me",
        "../groups/x",
        "a@b@contoso.com",
        "dot.@contoso.com",
        &long_local,
        &long_domain,
        "%2e%2e%2fusers",
        "$batch@contoso.com",
        "\u{430}da.okafor@contoso.com",
        "ada\u{200d}.okafor@contoso.com",
        "\u{202e}ada@contoso.com",
        "ada.okafor@contoso.com\u{a0}",
        "ada\n.okafor@contoso.com",
        "ada@contoso.com\r\nX-Evil: 1",
        "00000000-0000-0000-0000-000000000000",
        "45ea652816d743d68ed89e7dce610253",
        "users",
        "a/b@contoso.com",
    ];
    for name in names {
        let error = reset(&lab, name)
            .args(["--confirm", "x"])
            .code(2)
            .silent()
            .error_json();
        assert!(
            matches!(error["code"].as_str(), Some("badInput" | "usage")),
            "{name:?}: {error}"
        );
    }
    assert!(lab.requests().is_empty(), "{:?}", lab.conversation());
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    let lab = Lab::new();
    for flags in [
        &["--via", "method", "--no-force-change"][..],
        &["--via", "method", "--cloud-only-write"],
        &["--via", "method", "--force-change-mfa"],
        &["--no-force-change", "--force-change-mfa"],
        &["--revoke-sessions", "--no-revoke-sessions"],
        &["--access-pass-to", "file:x"],
        &["--access-pass=5"],
        &["--secret-to", "file:p.txt"],
        &["--secret-to", "nowhere:x"],
        &["--secret-to", "file:"],
        &["--secret-to", "p.txt"],
        &["--query", "users[?"],
        &["--password-stdin", "--password-file", "x"],
        &["--password", "Quartz-Lantern-1-Mile"],
    ] {
        let output = reset(&lab, NOOR)
            .args(["--confirm", NOOR])
            .args(flags)
            .output();
        assert_eq!(output.code, 2, "{flags:?}: {output}");
        assert!(output.stdout.is_empty());
    }
    assert!(lab.requests().is_empty(), "{:?}", lab.conversation());
    nothing_happened(&lab, NOOR);
}

#[test]
fn a_reader_without_permissions_is_told_what_is_missing_and_graph_decides() {
    // A token without the directory permissions: the target counts as privileged, and the warning names what is missing.
    let lab = Lab::new();
    lab.tenant(|tenant| {
        tenant.set_client_permissions(
            admin_reset::sandbox::seed::PUBLIC_CLIENT_ID,
            vec![
                "User.Read".into(),
                "UserAuthenticationMethod.ReadWrite.All".into(),
            ],
            Vec::new(),
        );
    });
    reset(&lab, NOOR)
        .args(["--yes"])
        .code(2)
        .says("--confirm noor.haddad@contoso.com");
    let output = reset(&lab, NOOR).args(["--confirm", NOOR]).output();
    // A script finds warnings in the report; stderr is for the error alone.
    let warnings = output.json()["warnings"].to_string();
    assert!(
        warnings.contains("User.Read.All") || warnings.contains("Directory.Read.All"),
        "{output}"
    );
}

#[test]
fn one_run_at_a_time_resets_a_user() {
    let lab = Lab::new();
    let id = lab.tenant(|tenant| {
        tenant.object(NOOR).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    let path = lab.state().join(format!("reset-{id}.lock"));
    let other = std::fs::File::create(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        other
            .set_permissions(std::fs::Permissions::from_mode(0o600))
            .unwrap();
    }
    other.lock().unwrap();
    let error = reset(&lab, NOOR)
        .args(["--yes"])
        .code(6)
        .silent()
        .error_json();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("Another run is resetting")
    );
    nothing_happened(&lab, NOOR);
    other.unlock().unwrap();
    reset(&lab, NOOR).args(["--yes"]).code(0);
    assert!(!path.exists(), "the lock does not stay");
}
