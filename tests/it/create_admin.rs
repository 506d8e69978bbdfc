//! `create-admin` where nothing breaks: what it makes, what it refuses, what a second run does, how much it asks.

use crate::support::{Lab, Output, Run};
use serde_json::Value;

const DOMAIN: &str = "contoso.onmicrosoft.com";
const GA: &str = "62e90394-69f5-4237-9190-012177145e10";

/// A run with consent, as a script would write it.
fn create<'lab>(lab: &'lab Lab, words: &[&str]) -> Run<'lab> {
    lab.run(["create-admin"])
        .args(words.to_vec())
        .args(["--confirm", DOMAIN, "-o", "json"])
}

/// Ids of the roles somebody holds, active and direct.
fn roles_of(lab: &Lab, user: &str) -> Vec<String> {
    lab.tenant(|tenant| {
        let id = tenant.object(user).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        tenant.wids(&id)
    })
}

fn exists(lab: &Lab, upn: &str) -> bool {
    lab.tenant(|tenant| tenant.object(upn).is_some())
}

fn account(output: &Output, at: usize) -> Value {
    output.json()["accounts"][at].clone()
}

#[test]
fn a_break_glass_account_is_made_whole_and_never_called_ready() {
    let lab = Lab::new();
    let output = create(&lab, &["--secret-to", "file:one.txt", "--ticket", "T-1"]).code(0);
    let report = output.json();
    assert_eq!(report["status"], "done");
    assert_eq!(report["tenant"]["initialDomain"], DOMAIN);
    let one = account(&output, 0);
    let upn = one["userPrincipalName"].as_str().unwrap();
    assert!(upn.ends_with(DOMAIN));
    for word in ["admin", "break", "glass", "emerg", "rescue"] {
        assert!(!upn.contains(word), "{upn} tells what it is");
    }
    assert_eq!(one["created"], true);
    assert_eq!(one["cloudOnly"], true);
    assert_eq!(one["passwordNeverExpires"], true);
    let role = &one["roles"][0];
    assert_eq!(role["name"], "Global Administrator");
    assert_eq!(
        (
            &role["templateId"],
            &role["mode"],
            &role["permanent"],
            &role["verified"]
        ),
        (&GA.into(), &"active".into(), &true.into(), &true.into())
    );
    assert_eq!(one["methods"], serde_json::json!(["password"]));
    assert_eq!(one["secret"]["length"], 32);
    let secret = lab.secret("one.txt");
    assert_eq!(secret.chars().count(), 32);
    assert!(lab.password_of(upn, &secret));
    assert_eq!(roles_of(&lab, upn), [GA]);
    // A password alone opens no portal any more, and the report says so.
    let codes: Vec<&str> = report["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "passwordDoesNotSuffice",
            "conditionalAccessExclusion",
            "keepTwo"
        ]
    );
    assert!(!output.stdout.contains("ready"));
    assert!(!output.stdout.contains(&secret) && !output.stderr.contains(&secret));
    // The object as Graph has it: no forced change, no expiry, enabled.
    let object = lab.tenant(|tenant| tenant.object(upn)).unwrap();
    assert_eq!(object["passwordPolicies"], "DisablePasswordExpiration");
    assert_eq!(object["accountEnabled"], true);
    // The journal has every step twice, the intent first, and no secret.
    let journal = lab.journal();
    let steps: Vec<String> = journal
        .iter()
        .map(|line| {
            let kind = line["kind"].as_str().unwrap();
            let step = line["step"].as_str().unwrap().split('.').next().unwrap();
            format!("{kind} {step}")
        })
        .collect();
    assert_eq!(
        steps,
        [
            "intent createUser",
            "intent assignRole",
            "result createUser",
            "result assignRole"
        ]
    );
    assert!(journal[0]["ticket"] == "T-1" && journal[1]["step"].as_str().unwrap().ends_with(GA));
    assert_eq!(journal[2]["target"]["id"], one["id"]);
    assert_eq!(report["journal"]["operationId"], journal[0]["operationId"]);
    for (path, bytes) in lab.all_files() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            path.ends_with("one.txt") || !text.contains(&secret),
            "{path:?}"
        );
    }
}

#[test]
fn the_text_says_what_is_left_to_do() {
    let lab = Lab::new();
    lab.run([
        "create-admin",
        "larch.one",
        "--secret-to",
        "file:one.txt",
        "--confirm",
        DOMAIN,
    ])
    .code(0)
    .shows("Created in contoso.onmicrosoft.com: larch.one@contoso.onmicrosoft.com")
    .shows("passkey")
    .shows(
        "Next: admin-reset check-security-info larch.one@contoso.onmicrosoft.com --require passkey",
    );
}

#[test]
fn a_dry_run_shows_the_plan_and_leaves_no_trace() {
    let lab = Lab::new();
    let report = lab
        .run(["create-admin", "--dry-run", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(report["status"], "planned");
    let steps: Vec<&str> = report["plan"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["createUser", "assignRole"]);
    lab.run(["create-admin", "--dry-run"])
        .code(0)
        .shows("--confirm contoso.onmicrosoft.com");
    assert!(lab.writes().is_empty() && lab.journal().is_empty() && lab.files().is_empty());
    // The destination is checked without being made.
    lab.write("taken.txt", "x");
    create(&lab, &["--dry-run", "--secret-to", "file:taken.txt"]).code(6);
}

#[test]
fn without_consent_nothing_happens_and_the_flag_is_named() {
    let lab = Lab::new();
    for words in [
        &["--secret-to", "file:a.txt"][..],
        &["--secret-to", "file:a.txt", "--yes"],
        &["--secret-to", "file:a.txt", "--confirm", "contoso.com"],
        &[
            "--secret-to",
            "file:a.txt",
            "--confirm",
            "contoso.onmicrosoft.co",
        ],
    ] {
        lab.run(["create-admin"])
            .args(words.to_vec())
            .code(2)
            .silent()
            .says("--confirm contoso.onmicrosoft.com");
    }
    create(&lab, &[]).code(2).silent().says("--secret-to");
    // Consent comes before every other refusal: this caller may not create anything.
    lab.run(["create-admin", "--secret-to", "file:a.txt"])
        .as_user("hana.sato@contoso.com")
        .code(2);
    lab.run(["create-admin", "--secret-to", "file:a.txt"])
        .as_identity(crate::support::Identity::Nobody)
        .code(2);
    assert!(lab.writes().is_empty() && lab.files().is_empty() && lab.journal().is_empty());
}

#[test]
fn a_second_run_compares_and_never_writes() {
    let lab = Lab::new();
    create(&lab, &["larch.one", "--secret-to", "file:a.txt"]).code(0);
    lab.forget();
    // The very same command line: the file exists, and is not asked for.
    let again = create(&lab, &["larch.one", "--secret-to", "file:a.txt"]).code(0);
    assert_eq!(again.json()["status"], "exists");
    assert_eq!(account(&again, 0)["created"], false);
    assert_eq!(account(&again, 0)["roles"][0]["verified"], true);
    // Comparing needs no consent.
    lab.run(["create-admin", "larch.one", "--secret-to", "file:b.txt"])
        .code(0);
    let other = create(
        &lab,
        &[
            "larch.one",
            "--display-name",
            "Other",
            "--secret-to",
            "file:b.txt",
        ],
    )
    .code(6);
    assert_eq!(
        account(&other, 0)["differences"],
        serde_json::json!([{"property": "displayName", "expected": "Other", "found": "larch.one"}])
    );
    assert_eq!(other.error_json()["code"], "alreadyExists");
    create(
        &lab,
        &[
            "larch.one",
            "--if-exists",
            "fail",
            "--secret-to",
            "file:b.txt",
        ],
    )
    .code(6)
    .silent();
    assert!(lab.writes().is_empty());
    assert_eq!(lab.files(), ["a.txt"]);
}

#[test]
fn an_account_that_somebody_else_made_is_never_touched() {
    let lab = Lab::new();
    let id = lab.tenant(|tenant| tenant.add_user("larch.one@contoso.onmicrosoft.com", "larch.one"));
    let before = lab.tenant(|tenant| tenant.object(&id));
    for mode in ["fix", "report", "fail"] {
        create(
            &lab,
            &[
                "larch.one",
                "--if-exists",
                mode,
                "--secret-to",
                "file:a.txt",
            ],
        )
        .code(6);
    }
    assert!(lab.writes().is_empty() && lab.files().is_empty());
    assert_eq!(lab.tenant(|tenant| tenant.object(&id)), before);
    assert!(roles_of(&lab, &id).is_empty());
}

#[test]
fn a_pair_has_two_passwords_in_two_places() {
    let lab = Lab::new();
    let output = create(
        &lab,
        &[
            "--pair",
            "--secret-to",
            "file:a.txt",
            "--secret-to",
            "file:b.txt",
        ],
    )
    .code(0);
    let (one, two) = (account(&output, 0), account(&output, 1));
    let name = |one: &Value| one["userPrincipalName"].as_str().unwrap().to_owned();
    let (a, b) = (lab.secret("a.txt"), lab.secret("b.txt"));
    assert!(a != b && lab.password_of(&name(&one), &a) && lab.password_of(&name(&two), &b));
    assert!(!lab.password_of(&name(&one), &b));
    assert_ne!(one["operationId"], two["operationId"]);
    for words in [
        &["--pair", "--secret-to", "file:c.txt"][..],
        &[
            "--pair",
            "--secret-to",
            "file:c.txt",
            "--secret-to",
            "file:./c.txt",
        ],
        &["--pair", "--secret-to", "tty", "--secret-to", "tty"],
        &["--pair"],
    ] {
        create(&lab, words).code(2).silent();
    }
    assert_eq!(lab.files(), ["a.txt", "b.txt"]);
}

#[test]
fn an_ordinary_administrator_has_least_roles_and_changes_the_password() {
    let lab = Lab::new();
    let words = [
        "--upn",
        "megan@contoso.com",
        "--role",
        "user administrator",
        "--role",
        "d5a1c7f0-6a8e-4d2b-9c3f-1e2d3c4b5a69",
        "--secret-to",
        "file:m.txt",
    ];
    let output = create(&lab, &words).code(0);
    let one = account(&output, 0);
    assert_eq!(one["passwordNeverExpires"], false);
    assert_eq!(one["secret"]["length"], 20);
    assert_eq!(one["roles"][1]["name"], "Contoso badge office");
    assert!(output.json()["warnings"].as_array().unwrap().is_empty());
    let posted = lab.sent("POST", "/users?");
    assert_eq!(posted.len(), 1);
    // Its first sign-in ends at the page that asks for a new password.
    let secret = lab.secret("m.txt");
    assert!(lab.password_of("megan@contoso.com", &secret));
    let unit = "5b7de2c0-3c0f-4f5e-9b55-7a1d93e0c4f2";
    let scoped = create(
        &lab,
        &[
            "--upn",
            "unit@contoso.com",
            "--role",
            "User Administrator",
            "--scope",
            unit,
            "--secret-to",
            "file:u.txt",
        ],
    )
    .code(0);
    assert_eq!(
        account(&scoped, 0)["roles"][0]["scope"],
        format!("/administrativeUnits/{unit}")
    );
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_made() {
    let lab = Lab::new();
    let ua = ["--role", "User Administrator", "--secret-to", "file:a.txt"];
    for (words, code, error) in [
        (vec!["--upn", "x@fed.contoso.com"], 6, "federatedUser"),
        (vec!["--upn", "x@fabrikam.example"], 6, "contentRefused"),
        (
            vec![
                "--upn",
                "x@contoso.com",
                "--role",
                "11111111-6a8e-4d2b-9c3f-1e2d3c4b5a69",
            ],
            3,
            "notFound",
        ),
        (
            vec!["--upn", "x@contoso.com", "--role", "User Administratr"],
            3,
            "notFound",
        ),
        (
            vec![
                "--upn",
                "x@contoso.com",
                "--role",
                "\u{ff35}ser Administrator",
            ],
            2,
            "badInput",
        ),
        (
            vec!["--upn", "x@contoso.com", "--role-mode", "eligible"],
            2,
            "usage",
        ),
        (vec!["--upn", "\u{430}da@contoso.com"], 2, "badInput"),
    ] {
        let output = create(&lab, &[&words[..], &ua[..]].concat())
            .code(code)
            .silent();
        assert_eq!(output.error_json()["code"], error, "{words:?}");
    }
    let output = create(
        &lab,
        &[
            "--break-glass",
            "--upn",
            "x@contoso.com",
            "--secret-to",
            "file:a.txt",
        ],
    )
    .code(6);
    assert!(
        output.error_json()["message"]
            .as_str()
            .unwrap()
            .contains("initial domain")
    );
    create(
        &lab,
        &["--upn", "x@contoso.com", "--secret-to", "file:a.txt"],
    )
    .code(2);
    // Neither does a destination that is taken let anything begin.
    lab.write("taken.txt", "x");
    create(&lab, &["--secret-to", "file:taken.txt"])
        .code(6)
        .silent();
    assert!(lab.writes().is_empty() && lab.journal().is_empty());
    assert_eq!(lab.files(), ["taken.txt"]);
}

#[test]
fn whoever_may_not_is_told_who_can() {
    for (who, phrase) in [
        ("hana.sato@contoso.com", "create a user"),
        ("uma.keller@contoso.com", "assign a role"),
    ] {
        let lab = Lab::new().as_user(who);
        let output = create(&lab, &["--secret-to", "file:a.txt"])
            .code(5)
            .silent();
        let error = output.error_json();
        assert!(
            error["message"].as_str().unwrap().contains(phrase),
            "{error}"
        );
        assert!(error.to_string().contains("Administrator"), "{error}");
        assert!(lab.writes().is_empty() && lab.files().is_empty());
        // A dry run ends as the real one would.
        lab.run(["create-admin", "--dry-run"]).code(5);
    }
    let lab = Lab::new().as_app();
    create(&lab, &["--secret-to", "file:a.txt"]).code(0);
}

#[test]
fn another_tenant_than_the_named_one_is_refused() {
    let lab = Lab::new();
    let words = [
        "--secret-to",
        "file:a.txt",
        "--tenant",
        "11111111-2aaf-464f-a9fa-8d27d8fb833f",
    ];
    let code = create(&lab, &words).output().code;
    assert!(matches!(code, 2 | 4 | 6), "{code}");
    assert!(lab.writes().is_empty() && lab.files().is_empty());
}

#[test]
fn the_secret_alone_is_on_stdout_when_asked_for() {
    let lab = Lab::new();
    let output = create(&lab, &["larch.one", "--secret-to", "stdout"]).code(0);
    let secret = output.stdout.strip_suffix('\n').unwrap();
    assert!(lab.password_of("larch.one@contoso.onmicrosoft.com", secret));
    let lines = output.stderr_json();
    assert_eq!(lines.last().unwrap()["status"], "done");
    assert!(!output.stderr.contains(secret));
}

#[test]
fn an_access_pass_comes_last_and_goes_to_its_own_place() {
    let lab = Lab::new();
    let words = [
        "larch.one",
        "--secret-to",
        "file:a.txt",
        "--access-pass=60",
        "--access-pass-to",
        "file:tap.txt",
    ];
    let output = create(&lab, &words).code(0);
    let one = account(&output, 0);
    assert_eq!(one["accessPass"]["lifetimeInMinutes"], 60);
    let pass = lab.secret("tap.txt");
    assert!(!output.stdout.contains(&pass) && !output.stderr.contains(&pass));
    let writes: Vec<String> = lab
        .writes()
        .iter()
        .map(|one| one.path.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        writes,
        ["users", "roleAssignments", "temporaryAccessPassMethods"]
    );
}

#[test]
fn csv_has_the_columns_of_the_contract() {
    let lab = Lab::new();
    let output = lab
        .run([
            "create-admin",
            "larch.one",
            "--secret-to",
            "file:a.txt",
            "--confirm",
            DOMAIN,
            "-o",
            "csv",
        ])
        .code(0);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "userPrincipalName,id,status,roles,operationId,exitCode,errorCode"
    );
    assert!(
        lines[1].starts_with("larch.one@contoso.onmicrosoft.com,")
            && lines[1].contains(",done,Global Administrator,")
    );
    assert!(exists(&lab, "larch.one@contoso.onmicrosoft.com"));
}
