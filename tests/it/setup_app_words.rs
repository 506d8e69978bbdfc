//! What `setup-app` says: names as the tenant has them, the app that was given, lines that a shell takes as they are meant.

use crate::support::{Lab, Output};
use admin_reset::sandbox::Cloud;
use serde_json::{Value, json};

const FORM: &str = "github:contoso/runbooks:branch=main";

fn setup<'a>(lab: &Lab, words: impl IntoIterator<Item = &'a str>) -> Output {
    lab.run(["setup-app", "-o", "json"]).args(words).output()
}

fn client_id(report: &Value) -> String {
    report["app"]["clientId"].as_str().unwrap().to_owned()
}

#[test]
fn resume_takes_what_the_work_it_goes_on_with_takes() {
    let lab = Lab::new();
    let permissions = |commands| {
        let done = setup(&lab, ["--for", commands, "--dry-run"]).code(0).json();
        done["permissions"].clone()
    };
    let both = permissions("create-admin,reset-user");
    assert_eq!(permissions("resume"), both);
    assert!(!both.as_array().unwrap().is_empty());
    setup(&lab, ["--for", "doctor", "--dry-run"])
        .code(2)
        .says("use advise");
}

#[test]
fn an_app_that_was_given_is_called_by_its_own_name() {
    let lab = Lab::new();
    let words = [
        "--for",
        "reset-user",
        "--name",
        "Reset of passwords",
        "--yes",
    ];
    let id = client_id(&setup(&lab, words).code(0).json());
    // Before it was read there is its id alone.
    let words = ["--for", "reset-user", "--app", &id];
    let error = setup(&lab, words).code(2).error_json();
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(&id), "{message}");
    let words = [
        "--for",
        "reset-user",
        "--app",
        &id,
        "--federated",
        FORM,
        "--yes",
    ];
    let error = setup(&lab, words).code(6).error_json();
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with(&format!("Reset of passwords ({id}) is an app for people")),
        "{message}"
    );
    let fix = error["fix"].as_str().unwrap();
    assert!(fix.contains("instead of --app"), "{fix}");
    let done = setup(&lab, ["--for", "reset-user", "--app", &id, "--dry-run"]);
    assert_eq!(
        done.code(0).json()["app"]["displayName"],
        "Reset of passwords"
    );
}

/// Names come from the tenant, which knows more of them than the table of commands; what sign-ins ask for is no excess.
#[test]
fn excess_is_told_by_name() {
    let lab = Lab::new();
    let words = ["--for", "check-security-info", "--yes"];
    let id = client_id(&setup(&lab, words).code(0).json());
    let email = "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0";
    let mail_send = "e383f46e-2787-4529-855e-0e479a3ffac0";
    let unknown = "11111111-2222-4333-8444-555555555555";
    let access: Vec<Value> = [email, mail_send, unknown]
        .iter()
        .map(|id| json!({ "id": id, "type": "Scope" }))
        .collect();
    lab.tenant(|tenant| {
        tenant.patch_object(
            &id,
            json!({ "requiredResourceAccess": [{
                "resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": access,
            }] }),
        )
    });
    let words = ["--for", "check-security-info", "--dry-run"];
    let report = setup(&lab, words).code(0).json();
    assert_eq!(report["excess"], json!(["Mail.Send", unknown]));
}

#[test]
fn the_next_line_goes_to_the_cloud_of_the_app() {
    for (cloud, name, named) in [
        (Cloud::Global, "global", false),
        (Cloud::China, "china", true),
    ] {
        let lab = Lab::with(|options| options.cloud = cloud);
        let output = lab
            .run(["setup-app", "--for", "reset-user", "--yes", "--cloud"])
            .args([name])
            .code(0);
        let text = format!("{output}");
        let line = text
            .lines()
            .find(|line| line.contains("admin-reset login --tenant"))
            .unwrap_or_else(|| panic!("{output}"));
        assert_eq!(line.contains("--cloud china"), named, "{line}");
    }
}

/// A host may hold characters that a shell acts on.
#[test]
fn a_printed_script_quotes_the_endpoint() {
    let lab = Lab::new().as_nobody();
    let host = "https://login.$(touch${x}made).example";
    let words = ["setup-app", "--print", "--for", "reset-user"];
    let run = lab.run(words).args(["--login-endpoint", host]).code(0);
    assert!(
        run.stdout.contains(&format!("\nlogin='{host}'\n")),
        "{}",
        run.stdout
    );
    let outside: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.contains("$(touch") && !line.starts_with("login='"))
        .collect();
    assert!(outside.is_empty(), "{outside:?}");
    assert!(
        run.stdout
            .contains("echo \"consent: $login/$tenant/adminconsent?client_id=$app\"")
    );
}
