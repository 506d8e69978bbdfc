//! `setup-app`: registers, grants, repairs and leaves alone; and what it made signs in, in a job as in a terminal, and does its work
//! with exactly that.

use crate::support::issuer::{self, AUDIENCE, GITHUB, JOB_TOKEN};
use crate::support::{Identity, Lab, Output, each, root};
use admin_reset::sandbox::seed;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const DORA: &str = "dora.vega@contoso.com";

fn setup(lab: &Lab, words: &[&str], exit: i32) -> Value {
    let mut all = vec!["setup-app", "-o", "json"];
    all.extend(words);
    lab.run(all).code(exit).json()
}

fn client_id(report: &Value) -> String {
    report["app"]["clientId"].as_str().unwrap().to_owned()
}

fn file(name: &str) -> PathBuf {
    root().join("tests/certificates").join(name)
}

fn text(name: &str) -> String {
    file(name).to_string_lossy().into_owned()
}

fn steps(lab: &Lab) -> Vec<String> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    lab.journal()
        .iter()
        .filter(|line| line["kind"] == "result")
        .map(|line| format!("{} {}", text(line, "step"), text(line, "outcome")))
        .collect()
}

/// What a job of GitHub Actions runs: the variables the runner sets, and no other credential.
fn job(lab: &Lab, words: &[&str], client_id: &str, service: &str) -> Output {
    lab.run(words)
        .as_identity(Identity::Nobody)
        .env("CI", "true")
        .env("GITHUB_ACTIONS", "true")
        .env("AZURE_CLIENT_ID", client_id)
        .env(
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            format!("{service}?api-version=2.0"),
        )
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", JOB_TOKEN)
        .output()
}

#[test]
fn a_public_client_for_people_and_the_second_time_nothing() {
    let lab = Lab::new();
    let plan = setup(
        &lab,
        &["--for", "check-security-info", "--grant", "--dry-run"],
        0,
    );
    assert_eq!(plan["status"], "planned");
    assert_eq!(plan["plan"][0]["step"], "registerApp");
    assert!(lab.writes().is_empty() && lab.journal().is_empty());

    let report = setup(
        &lab,
        &["--for", "check-security-info", "--grant", "--yes"],
        0,
    );
    assert_eq!(report["status"], "done");
    assert_eq!(report["notGranted"], json!([]));
    assert_eq!(report["consentLink"], Value::Null);
    let app = lab
        .tenant(|tenant| tenant.object(&client_id(&report)))
        .unwrap();
    assert_eq!(app["displayName"], "admin-reset");
    assert_eq!(app["signInAudience"], "AzureADMyOrg");
    assert_eq!(app["isFallbackPublicClient"], true);
    assert_eq!(
        app["publicClient"]["redirectUris"],
        json!(["http://localhost"])
    );
    assert_eq!(
        steps(&lab),
        [
            "registerApp done",
            "makeServicePrincipal done",
            "consent done"
        ]
    );
    let scopes = lab.tenant(|tenant| tenant.client(&client_id(&report)).unwrap().scopes);
    let wanted: Vec<&str> = report["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(scopes, wanted);

    lab.forget();
    let again = setup(
        &lab,
        &["--for", "check-security-info", "--grant", "--yes"],
        0,
    );
    assert_eq!(again["status"], "unchanged");
    assert_eq!(client_id(&again), client_id(&report));
    assert!(lab.writes().is_empty(), "{:?}", lab.conversation());

    // People sign in with it, and it does its work with exactly these scopes.
    let words = [
        "check-security-info",
        DORA,
        "--auth",
        "device-code",
        "-o",
        "json",
        "--client-id",
    ];
    let output = lab
        .run(words)
        .args([client_id(&report)])
        .as_identity(Identity::Nobody)
        .attended(|_| {
            Some((
                seed::DEFAULT_PERSONA.to_owned(),
                seed::SEED_PASSWORD.to_owned(),
            ))
        });
    assert!([0, 10].contains(&output.code), "{output}");
}

/// The whole way of a job: set up for a branch, then signed in with nothing but what the runner sets.
#[test]
fn a_job_of_github_signs_in_with_its_own_token() {
    let lab = Lab::new();
    issuer::publish(&lab, GITHUB);
    let form = "github:contoso/runbooks:branch=main";
    let args = [
        "--for",
        "check-security-info",
        "--federated",
        form,
        "--grant",
        "--confirm",
        "admin-reset-ci",
    ];
    let report = setup(&lab, &args, 0);
    let id = client_id(&report);
    assert!(
        report["notes"].to_string().contains("15 July 2026"),
        "{report:#}"
    );
    assert_eq!(report["configuration"]["AZURE_CLIENT_ID"], json!(id));
    let sent = lab.sent("POST", "/federatedIdentityCredentials");
    let body: Value = serde_json::from_slice(&sent.last().unwrap().body).unwrap();
    assert_eq!(body["issuer"], GITHUB);
    assert_eq!(body["subject"], "repo:contoso/runbooks:ref:refs/heads/main");
    assert_eq!(body["audiences"], json!([AUDIENCE]));
    assert_eq!(body["name"], "github-contoso-runbooks-branch-main");

    let main = issuer::service(GITHUB, "repo:contoso/runbooks:ref:refs/heads/main");
    let words = ["check-security-info", DORA, "-o", "json"];
    let output = job(&lab, &words, &id, &main);
    assert!([0, 10].contains(&output.code), "{output}");
    assert_eq!(output.json()["users"][0]["userPrincipalName"], DORA);

    // Another branch is another subject, and the error says which was presented.
    let other = issuer::service(GITHUB, "repo:contoso/runbooks:ref:refs/heads/Main");
    let refused = job(&lab, &words, &id, &other).code(4);
    let error = refused.error_json();
    assert!(error.to_string().contains("700213"), "{error:#}");
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("repo:contoso/runbooks:ref:refs/heads/Main"),
        "{error:#}"
    );
    for (issuer, audience, number) in [
        (
            "https://token.actions.githubusercontent.com/other",
            AUDIENCE,
            "700211",
        ),
        (GITHUB, "api://AzureADTokenExchangeUSGov", "700212"),
    ] {
        let subject = "repo:contoso/runbooks:ref:refs/heads/main";
        lab.write("token", issuer::token(issuer, subject, audience));
        let error = lab
            .run(words)
            .as_identity(Identity::Nobody)
            .env("AZURE_CLIENT_ID", &id)
            .env("AZURE_FEDERATED_TOKEN_FILE", "token")
            .code(4)
            .error_json();
        assert!(error.to_string().contains(number), "{error:#}");
    }

    // The form with ids beside it is one more credential; the first stays, and a third run changes nothing.
    lab.forget();
    let both = [
        &args[..],
        &["--federated", "github:contoso@42/runbooks@4711:branch=main"],
    ]
    .concat();
    let report = setup(&lab, &both, 0);
    assert_eq!(report["steps"].as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!(lab.writes().len(), 1);
    assert_eq!(setup(&lab, &both, 0)["status"], "unchanged");
}

#[test]
fn a_token_file_of_gitlab_or_kubernetes_signs_in() {
    let cases = [
        (
            "gitlab:it/ops/runbooks:branch=main",
            None,
            "https://gitlab.com",
            "project_path:it/ops/runbooks:ref_type:branch:ref:main",
        ),
        (
            "kubernetes:ops/reset",
            Some("https://oidc.example/cluster"),
            "https://oidc.example/cluster",
            "system:serviceaccount:ops:reset",
        ),
    ];
    each(&cases, |(form, issuer, real, subject)| {
        let lab = Lab::new();
        issuer::publish(&lab, real);
        let mut args = vec![
            "--for",
            "check-security-info",
            "--federated",
            form,
            "--grant",
            "--confirm",
            "admin-reset-ci",
        ];
        if let Some(issuer) = issuer {
            args.extend(["--issuer", issuer]);
        }
        let report = setup(&lab, &args, 0);
        lab.write("token", issuer::token(real, subject, AUDIENCE));
        let output = lab
            .run(["check-security-info", DORA, "-o", "json"])
            .as_identity(Identity::Nobody)
            .env("AZURE_CLIENT_ID", client_id(&report))
            .env("AZURE_FEDERATED_TOKEN_FILE", "token")
            .output();
        assert!([0, 10].contains(&output.code), "{output}");
    });
}

/// The app signs in with its certificate, in both forms of file, and does the work of its commands with what it was given, and with
/// nothing less.
#[test]
fn an_app_with_a_certificate_does_its_work_with_exactly_what_it_was_given() {
    type Case = (
        &'static str,
        &'static str,
        Option<&'static str>,
        &'static [&'static str],
        &'static [&'static str],
        &'static [i32],
    );
    let cases: [Case; 4] = [
        (
            "check-security-info",
            "certificate-first.pem",
            None,
            &[],
            &["check-security-info", DORA],
            &[0, 10],
        ),
        (
            "check-security-info",
            "modern.p12",
            Some("secret"),
            &[],
            &["check-security-info", DORA],
            &[0, 10],
        ),
        (
            "reset-user",
            "key-first-leaf-last.pem",
            None,
            &["--assign-role", "--for-administrators"],
            &[
                "reset-user",
                DORA,
                "--secret-to",
                "file:s.txt",
                "--confirm",
                DORA,
            ],
            &[0],
        ),
        (
            "who-can-reset",
            "no-password.p12",
            None,
            &[],
            &["who-can-reset", DORA],
            &[5],
        ),
    ];
    each(&cases, |(command, name, password, extra, words, exits)| {
        let lab = Lab::new();
        let path = text(name);
        let mut args = vec![
            "setup-app",
            "-o",
            "json",
            "--for",
            command,
            "--certificate",
            &path,
            "--grant",
            "--confirm",
            "admin-reset-ci",
        ];
        args.extend(*extra);
        let mut run = lab.run(&args);
        if let Some(password) = password {
            run = run.env("AZURE_CLIENT_CERTIFICATE_PASSWORD", *password);
        }
        let report = run.code(0).json();
        let id = client_id(&report);
        let mut run = lab
            .run(*words)
            .args(["-o", "json"])
            .as_identity(Identity::Nobody)
            .env("AZURE_CLIENT_ID", &id)
            .env("AZURE_CLIENT_CERTIFICATE_PATH", &path);
        if let Some(password) = password {
            run = run.env("AZURE_CLIENT_CERTIFICATE_PASSWORD", *password);
        }
        let output = run.output();
        assert!(exits.contains(&output.code), "{output}");
        // Nothing more was given than the table says.
        let listed = lab
            .run(["permissions", command, "-o", "json"])
            .code(0)
            .json();
        let wanted: Vec<&str> = listed["commands"][0]["app"]["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        let given = lab.tenant(|tenant| tenant.client(&id).unwrap().app_roles);
        assert_eq!(given, wanted);
        // The private key stayed where it was.
        let key = std::fs::read_to_string(file("key-alone.pem")).unwrap();
        let line = key.lines().nth(20).unwrap();
        for one in lab.requests() {
            assert!(
                !String::from_utf8_lossy(&one.body).contains(line),
                "{} {}",
                one.method,
                one.path
            );
        }
        for (path, bytes) in lab.all_files() {
            assert!(
                !String::from_utf8_lossy(&bytes).contains(line),
                "{}",
                path.display()
            );
        }
    });
}

#[test]
fn a_certificate_is_added_beside_those_that_are_there() {
    let lab = Lab::new();
    let with = |name: &str| {
        let path = text(name);
        setup(
            &lab,
            &[
                "--for",
                "check-security-info",
                "--certificate",
                &path,
                "--grant",
                "--confirm",
                "admin-reset-ci",
            ],
            0,
        )
    };
    let report = with("app.der");
    assert_eq!(with("certificate-alone.pem")["status"], "unchanged");
    with("large.pem");
    let app = lab
        .tenant(|tenant| tenant.object(&client_id(&report)))
        .unwrap();
    let keys = app["keyCredentials"].as_array().unwrap();
    assert_eq!(keys.len(), 2, "{keys:#?}");
    let first = STANDARD.encode(std::fs::read(file("app.der")).unwrap());
    assert_eq!(keys[0]["key"], json!(first));
}

/// Whoever has a credential of an app acts as the app: one that can do much, or of which it is not known, is confirmed by its name.
#[test]
fn a_credential_of_an_app_that_can_do_much_wants_its_name() {
    const MANAGER: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
    type Prepare = fn(&Lab, &str);
    let cases: [(&str, Prepare); 5] = [
        ("", |_, _| {}),
        ("with User-PasswordProfile.ReadWrite.All", |lab, _| {
            let form = "github:contoso/runbooks:branch=main";
            let words = ["--for", "reset-user", "--grant", "--federated", form];
            setup(
                lab,
                &[&words[..], &["--confirm", "admin-reset-ci"]].concat(),
                0,
            );
        }),
        ("User Administrator", |lab, principal| {
            let _ = lab.tenant(|tenant| tenant.assign_role(principal, MANAGER, "/"));
        }),
        ("could not be read", |lab, _| {
            lab.faults("*:GET:/roleManagement/directory/roleAssignments -> 403");
        }),
        ("could not be read", |lab, _| {
            lab.faults("*:GET:/appRoleAssignments -> 403");
        }),
    ];
    each(&cases, |(power, prepare)| {
        let lab = Lab::new();
        let first = ["--for", "check-security-info", "--federated"];
        let form = |branch: &str| format!("github:contoso/runbooks:branch={branch}");
        let report = setup(&lab, &[&first[..], &[&form("main"), "--yes"]].concat(), 0);
        let id = client_id(&report);
        let principal = report["app"]["servicePrincipalId"].as_str().unwrap();
        prepare(&lab, principal);
        lab.forget();
        for by_id in [false, true] {
            let more = if by_id {
                vec![
                    "--certificate".to_owned(),
                    text("app.der"),
                    "--app".to_owned(),
                    id.clone(),
                ]
            } else {
                vec!["--federated".to_owned(), form("other")]
            };
            let run = |consent: &[&str]| {
                lab.run(["setup-app", "--for", "check-security-info"])
                    .args(&more)
                    .args(consent.iter().copied())
                    .output()
            };
            if power.is_empty() {
                let done = run(&["--yes"]);
                assert_eq!(done.code, 0, "{done}");
                continue;
            }
            let refused = run(&["--yes"]);
            assert_eq!(refused.code, 2, "{refused}");
            refused.says("--confirm admin-reset-ci").says(power);
            assert!(lab.writes().is_empty(), "{:?}", lab.conversation());
            let name = if by_id { id.as_str() } else { "admin-reset-ci" };
            let done = run(&["--confirm", name]);
            assert_eq!(done.code, 0, "{done}");
            // What is there already opens nothing.
            let again = run(&["--yes"]);
            assert_eq!(again.code, 0, "{again}");
            lab.forget();
        }
    });
}

#[test]
fn without_consent_nothing_is_sent() {
    let lab = Lab::new();
    lab.run(["setup-app", "--for", "reset-user"])
        .code(2)
        .says("--yes")
        .silent();
    // What acts without a person wants its name.
    let form = "github:contoso/runbooks:branch=main";
    let words = [
        "setup-app",
        "--for",
        "reset-user",
        "--federated",
        form,
        "--grant",
    ];
    for extra in [&[][..], &["--yes"]] {
        lab.run(words)
            .args(extra.iter().copied())
            .code(2)
            .says("--confirm admin-reset-ci")
            .silent();
    }
    assert!(lab.writes().is_empty() && lab.journal().is_empty());
}

#[test]
fn without_grant_the_link_is_printed() {
    let lab = Lab::new();
    let report = setup(&lab, &["--for", "reset-user", "--yes"], 0);
    assert_eq!(
        report["consentLink"],
        json!(format!(
            "{}/{}/adminconsent?client_id={}",
            lab.sandbox().origin(),
            seed::TENANT_ID,
            client_id(&report)
        ))
    );
    assert!(report["notGranted"].as_array().unwrap().len() > 2);
    assert!(lab.sent("POST", "oauth2PermissionGrants").is_empty());
    let text = lab
        .run(["setup-app", "--for", "reset-user", "--yes"])
        .code(0)
        .stdout;
    assert!(
        text.contains("adminconsent") && text.contains("Not consented to yet"),
        "{text}"
    );
    assert!(
        text.contains("Whoever signs in needs a directory role: reset-user"),
        "{text}"
    );
    // The page behind the link grants what the app declares, to those who may, and the next run sees it.
    let link = report["consentLink"].as_str().unwrap();
    let page = link.strip_prefix(&lab.sandbox().origin()).unwrap();
    let consent = |upn: &str| {
        let fields = [
            ("login", upn),
            ("passwd", seed::SEED_PASSWORD),
            ("action", "approve"),
        ];
        lab.post_form(page, &fields)
    };
    let refused = consent(DORA);
    assert!(refused.contains("AADSTS90094"), "{refused}");
    let given = consent(seed::DEFAULT_PERSONA);
    assert!(given.contains("Consent was given"), "{given}");
    let report = setup(&lab, &["--for", "reset-user", "--yes"], 0);
    assert_eq!(report["status"], "unchanged");
    assert_eq!(report["notGranted"], json!([]));
    assert_eq!(report["consentLink"], Value::Null);
}

#[test]
fn drift_is_repaired_and_excess_is_told_and_left() {
    let lab = Lab::new();
    let report = setup(&lab, &["--for", "reset-user", "--grant", "--yes"], 0);
    let id = client_id(&report);
    lab.tenant(|tenant| {
        tenant.patch_object(
            &id,
            json!({ "isFallbackPublicClient": false, "publicClient": { "redirectUris": ["http://localhost/other"] } }),
        )
    });
    lab.forget();
    let report = setup(
        &lab,
        &["--for", "check-security-info", "--grant", "--yes"],
        0,
    );
    let app = lab.tenant(|tenant| tenant.object(&id)).unwrap();
    assert_eq!(app["isFallbackPublicClient"], true);
    assert_eq!(
        app["publicClient"]["redirectUris"],
        json!(["http://localhost/other", "http://localhost"])
    );
    assert!(
        report["excess"]
            .to_string()
            .contains("UserAuthenticationMethod.ReadWrite.All"),
        "{report:#}"
    );
    let scopes = lab.tenant(|tenant| tenant.client(&id).unwrap().scopes);
    assert!(
        scopes
            .iter()
            .any(|one| one == "UserAuthenticationMethod.ReadWrite.All"),
        "{scopes:?}"
    );
    assert!(lab.sent("DELETE", "").is_empty());
}

#[test]
fn people_and_jobs_do_not_share_an_app() {
    let lab = Lab::new();
    setup(&lab, &["--for", "reset-user", "--yes"], 0);
    let form = "github:contoso/runbooks:branch=main";
    lab.forget();
    let error = lab
        .run([
            "setup-app",
            "--for",
            "reset-user",
            "--name",
            "admin-reset",
            "--federated",
            form,
            "--yes",
            "-o",
            "json",
        ])
        .code(6)
        .error_json();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("an app for people"),
        "{error:#}"
    );
    setup(
        &lab,
        &["--for", "reset-user", "--federated", form, "--yes"],
        0,
    );
    let error = lab
        .run([
            "setup-app",
            "--for",
            "reset-user",
            "--name",
            "admin-reset-ci",
            "--yes",
            "-o",
            "json",
        ])
        .code(6)
        .error_json();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("an app for jobs"),
        "{error:#}"
    );
}

#[test]
fn two_apps_of_one_name_are_not_guessed() {
    let lab = Lab::new();
    let report = setup(&lab, &["--for", "reset-user", "--yes"], 0);
    lab.tenant(|tenant| tenant.copy_application(&client_id(&report)));
    let error = lab
        .run(["setup-app", "--for", "reset-user", "--yes", "-o", "json"])
        .code(6)
        .error_json();
    assert!(
        error["fix"].as_str().unwrap().contains("--app"),
        "{error:#}"
    );
    let one = setup(
        &lab,
        &["--for", "reset-user", "--yes", "--app", &client_id(&report)],
        0,
    );
    assert_eq!(one["status"], "unchanged");
}

#[test]
fn lag_is_waited_for_and_lost_answers_are_looked_up() {
    let lab = Lab::with(|options| options.visible_lag = Duration::from_millis(900));
    let report = setup(
        &lab,
        &["--for", "check-security-info", "--grant", "--yes"],
        0,
    );
    assert_eq!(report["status"], "done");

    let scripts = [
        "1:POST:/applications -> lost-reply",
        "1:POST:/servicePrincipals -> lost-reply",
        "1:POST:/appRoleAssignments -> lost-reply",
        "1:POST:/federatedIdentityCredentials -> lost-reply",
        "1:PATCH:/applications -> lost-reply",
    ];
    each(&scripts, |script| {
        let lab = Lab::new();
        lab.faults(script);
        let path = text("app.der");
        let args = [
            "--for",
            "check-security-info",
            "--certificate",
            &path,
            "--federated",
            "github:a/b:branch=c",
            "--grant",
            "--confirm",
            "admin-reset-ci",
        ];
        let report = setup(&lab, &args, 0);
        assert_eq!(report["status"], "done", "{script}");
        assert_eq!(setup(&lab, &args, 0)["status"], "unchanged", "{script}");
        let found = lab
            .tenant(|tenant| tenant.object(&client_id(&report)))
            .unwrap();
        assert_eq!(
            found["keyCredentials"].as_array().unwrap().len(),
            1,
            "{script}"
        );
        assert_eq!(
            found["federatedIdentityCredentials"]
                .as_array()
                .unwrap()
                .len(),
            1,
            "{script}"
        );
    });
}

/// A run that ends in between says so, and the same command goes on where it stopped.
#[test]
fn a_run_that_was_cut_is_completed_by_the_next() {
    let lab = Lab::new();
    lab.faults("2:POST:/appRoleAssignments -> 403");
    let args = [
        "--for",
        "check-security-info",
        "--federated",
        "github:a/b:branch=c",
        "--grant",
        "--confirm",
        "admin-reset-ci",
    ];
    let report = setup(&lab, &args, 8);
    assert_eq!(report["status"], "partial");
    assert!(report["journal"]["operationId"].is_string());
    let left = report["notGranted"].as_array().unwrap().len();
    assert_eq!(left + 1, report["permissions"].as_array().unwrap().len());
    lab.faults("");
    let report = setup(&lab, &args, 0);
    assert_eq!(report["status"], "done");
    assert_eq!(report["steps"].as_array().unwrap().len(), left);
    assert_eq!(setup(&lab, &args, 0)["status"], "unchanged");
}

#[test]
fn who_may_not_is_told_before_anything_is_sent() {
    let lab = Lab::new().as_user(DORA);
    for (words, role) in [
        (
            &["--for", "check-security-info", "--yes"][..],
            "Cloud Application Administrator",
        ),
        (
            &[
                "--for",
                "check-security-info",
                "--federated",
                "github:a/b:branch=c",
                "--grant",
                "--confirm",
                "admin-reset-ci",
            ],
            "Administrator",
        ),
    ] {
        let mut all = vec!["setup-app", "-o", "json"];
        all.extend(words);
        let error = lab.run(all).code(5).error_json();
        assert!(error.to_string().contains(role), "{error:#}");
    }
    // One who may register apps and not give permissions to them is stopped before the first step.
    let dora = lab.tenant(|tenant| tenant.person(DORA).unwrap().object_id);
    lab.tenant(|tenant| tenant.assign_role(&dora, "158c047a-c907-4556-b7ef-446551a6b5f7", "/"));
    let words = [
        "--for",
        "check-security-info",
        "--federated",
        "github:a/b:branch=c",
        "--grant",
        "--confirm",
        "admin-reset-ci",
    ];
    let error = lab
        .run(["setup-app", "-o", "json"])
        .args(words)
        .code(5)
        .error_json();
    assert!(
        error.to_string().contains("Privileged Role Administrator"),
        "{error:#}"
    );
    assert!(lab.writes().is_empty(), "{:?}", lab.conversation());
    setup(
        &lab,
        &["--for", "check-security-info", "--grant", "--yes"],
        0,
    );
}

/// The script, run by a shell with a stand-in for the Azure CLI, makes what the command would have made: afterwards the command
/// finds nothing to do.
#[test]
fn the_script_makes_the_same_app() {
    let tools = ["sh", "curl", "sed"];
    let there = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    if !tools.iter().all(there) {
        println!("skipped: sh, curl and sed are needed");
        return;
    }
    let path = text("app.der");
    let cases: [(&[&str], bool); 3] = [
        (
            &[
                "--for",
                "create-admin,check-security-info",
                "--name",
                "O'Hara's $HOME app",
                "--grant",
            ],
            true,
        ),
        (
            &[
                "--for",
                "reset-user",
                "--certificate",
                &path,
                "--federated",
                "github:contoso/runbooks:environment=EU: prod 'x'",
                "--grant",
                "--assign-role",
            ],
            true,
        ),
        (&["--for", "reset-user"], false),
    ];
    each(&cases, |(args, granted)| {
        let lab = Lab::with(|options| options.visible_lag = Duration::ZERO);
        let nobody = |words: &[&str]| {
            let mut all = vec!["setup-app"];
            all.extend(*args);
            all.extend(words);
            lab.run(all).as_identity(Identity::Nobody).code(0)
        };
        let script = nobody(&["--print"]).stdout;
        assert!(lab.requests().is_empty(), "no network");
        assert_eq!(
            nobody(&["--print", "-o", "json"]).json()["script"],
            json!(script)
        );
        lab.write("script.sh", &script);
        let az = lab.write("az", AZ);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o700)).unwrap();
        }
        let search = format!(
            "{}:{}",
            lab.path("").display(),
            std::env::var("PATH").unwrap()
        );
        let ran = Command::new("sh")
            .arg("script.sh")
            .current_dir(lab.path(""))
            .env("PATH", search)
            .env("NO_PROXY", "*")
            .env("AZ_TENANT", seed::TENANT_ID)
            .env(
                "AZ_TOKEN",
                lab.sandbox()
                    .token_for(seed::DEFAULT_PERSONA)
                    .unwrap()
                    .token,
            )
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.success(), "{script}\n{ran:?}");
        let id = said
            .lines()
            .find_map(|line| line.strip_prefix("client id: "))
            .unwrap();
        if !granted {
            let link = format!(
                "consent: {}/{}/adminconsent?client_id={id}",
                lab.sandbox().origin(),
                seed::TENANT_ID
            );
            assert!(said.contains(&link), "{said}");
        }
        lab.forget();
        let mut again = args.to_vec();
        again.extend(["--yes", "--confirm", "admin-reset-ci"]);
        let report = setup(&lab, &again, 0);
        assert_eq!(report["status"], "unchanged", "{report:#}");
        assert_eq!(report["app"]["clientId"], json!(id));
    });
}

/// As much of `az` as the script uses.
const AZ: &str = r#"#!/bin/sh
set -eu
if [ "$1" = account ]; then echo "$AZ_TENANT"; exit 0; fi
[ "$1" = rest ] || exit 64
shift
body= query= type=
while [ $# -gt 0 ]; do
  case "$1" in
    --method) method=$2; shift 2 ;;
    --url) url=$2; shift 2 ;;
    --body) body=$2; type=application/json; shift 2 ;;
    --query) query=$2; shift 2 ;;
    --resource|--headers|-o) shift 2 ;;
    --only-show-errors) shift ;;
    *) exit 64 ;;
  esac
done
answer=$(printf '%s' "$body" | curl -sSfg -X "$method" "$url" -H "Authorization: Bearer $AZ_TOKEN" -H "Accept: application/json" \
  -H "client-request-id: 11111111-2222-4333-8444-555555555555" ${type:+-H "Content-Type: $type"} ${type:+--data-binary @-})
[ -z "$query" ] || printf '%s' "$answer" | sed 's/.*"'"$query"'" *: *"\([^"]*\)".*/\1/'
"#;

#[test]
fn what_cannot_be_is_refused_before_asking() {
    let lab = Lab::new();
    for (words, says) in [
        (&["--for", "nothing"][..], "use advise, check-security-info"),
        (
            &["--for", "reset-user", "--assign-role", "--yes"],
            "--certificate or --federated",
        ),
        (
            &["--for", "reset-user", "--federated", "github:a/b"],
            "github:OWNER/REPO",
        ),
        (
            &["--for", "reset-user", "--federated", "github:a/b:branch=x*"],
            "no wildcards",
        ),
        (
            &[
                "--for",
                "reset-user",
                "--federated",
                "azure-devops:sc://a/b/c",
            ],
            "--issuer",
        ),
        (
            &[
                "--for",
                "reset-user",
                "--federated",
                "subject:x",
                "--issuer",
                "http://x.example",
            ],
            "https URL",
        ),
        (
            &[
                "--for",
                "reset-user",
                "--federated",
                "github:a/b:branch=c",
                "--federated",
                "subject:x",
                "--issuer",
                "https://x.example",
            ],
            "one service",
        ),
        (
            &["--for", "reset-user", "--issuer", "https://x.example"],
            "--federated",
        ),
        (&["--for", "reset-user", "--with", "wings"], "--enable"),
        (&["--for", "reset-user", "--app", "admin-reset"], "GUID"),
        (&["--for", "reset-user", "--name", "a<b"], "none of"),
        (
            &["--for", "reset-user", "--certificate", "none.pem"],
            "none.pem",
        ),
        (
            &["--for", "issue-access-pass", "--cloud", "china"],
            "lacks what it needs",
        ),
        (
            &["--for", "create-admin", "--print", "--dry-run"],
            "--dry-run",
        ),
    ] {
        let mut all = vec!["setup-app"];
        all.extend(words);
        let output = lab.run(all).output();
        assert!([2, 6].contains(&output.code), "{output}");
        assert!(output.stderr.contains(says), "{says}: {output}");
    }
    assert!(lab.requests().is_empty());
}
