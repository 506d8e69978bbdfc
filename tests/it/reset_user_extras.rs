//! What goes with a reset: passwords that never expire, and registering anew.

use crate::support::Lab;
use serde_json::{Value, json};

const ADA: &str = "ada.okafor@contoso.com";
const BO: &str = "bo.lindqvist@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";
const CHIDI: &str = "chidi.maro@contoso.com";

fn object(lab: &Lab, user: &str) -> Value {
    lab.tenant(|tenant| tenant.object(user).unwrap())
}

fn methods(lab: &Lab, user: &str) -> usize {
    object(lab, user)["authenticationMethods"]
        .as_array()
        .unwrap()
        .len()
}

fn reset<'l>(lab: &'l Lab, user: &str, file: &str) -> crate::support::Run<'l> {
    let sink = format!("file:{file}");
    lab.run(["reset-user", user, "--confirm", user, "-o", "json"])
        .args(["--secret-to", &sink])
}

#[test]
fn a_password_never_expires_or_goes_by_the_tenants_rule_again() {
    let lab = Lab::new();
    let policies = |lab: &Lab| object(lab, NOOR)["passwordPolicies"].clone();
    lab.tenant(|tenant| {
        tenant.patch_object(NOOR, json!({ "passwordPolicies": "DisableStrongPassword" }))
    });
    let report = reset(&lab, NOOR, "a.txt")
        .args(["--password-policy", "never-expires"])
        .code(0)
        .json();
    let told = &report["reset"]["passwordPolicies"];
    assert_eq!(told["before"], "DisableStrongPassword");
    assert_eq!(
        told["after"],
        "DisablePasswordExpiration, DisableStrongPassword"
    );
    assert_eq!(told["readBack"], true);
    assert_eq!(
        policies(&lab),
        "DisablePasswordExpiration, DisableStrongPassword"
    );
    // What holds already is not written again.
    lab.forget();
    let same = reset(&lab, NOOR, "b.txt")
        .args(["--password-policy", "never-expires"])
        .code(0)
        .json();
    assert_eq!(same["reset"]["passwordPolicies"]["readBack"], true);
    assert!(lab.sent("PATCH", "/users/").is_empty());
    reset(&lab, NOOR, "c.txt")
        .args(["--password-policy", "default"])
        .code(0);
    assert_eq!(policies(&lab), "DisableStrongPassword");
}

#[test]
fn every_method_goes_and_the_user_has_to_register_anew() {
    let lab = Lab::new();
    let before = methods(&lab, CHIDI);
    assert!(before >= 3);
    let plan = lab
        .run([
            "reset-user",
            CHIDI,
            "--require-reregister",
            "--dry-run",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    let deletions: Vec<&Value> = plan["plan"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["step"] == "deleteMethod")
        .collect();
    assert_eq!(deletions.len(), before);
    assert_eq!(methods(&lab, CHIDI), before);
    let report = reset(&lab, CHIDI, "p.txt")
        .args([
            "--require-reregister",
            "--access-pass",
            "--access-pass-to",
            "file:tap.txt",
        ])
        .code(0)
        .json();
    assert_eq!(
        report["methods"]["deleted"].as_array().unwrap().len(),
        before
    );
    // The access pass to register with is all that is there.
    assert_eq!(methods(&lab, CHIDI), 1);
    assert!(lab.password_of(CHIDI, &lab.secret("p.txt")));
}

#[test]
fn the_default_method_goes_once_the_others_are_gone() {
    let lab = Lab::new();
    // The service refuses the first deletion as that of the default method.
    lab.faults("1:DELETE:/authentication/ -> 400");
    reset(&lab, CHIDI, "p.txt")
        .args(["--require-reregister"])
        .code(0);
    assert_eq!(methods(&lab, CHIDI), 0);
    let lab = Lab::new();
    lab.faults("*:DELETE:/phoneMethods -> 403");
    let run = reset(&lab, CHIDI, "p.txt")
        .args(["--require-reregister"])
        .code(8);
    assert_eq!(run.json()["status"], "partial");
    assert!(lab.password_of(CHIDI, &lab.secret("p.txt")));
}

#[test]
fn the_last_global_administrator_is_never_stripped() {
    let lab = Lab::new().as_user("paula.nkemelu@contoso.com");
    let people: Vec<String> = lab.tenant(|tenant| {
        tenant.dump()["people"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["roles"].to_string().contains("Global Administrator"))
            .map(|one| one["userPrincipalName"].as_str().unwrap().to_owned())
            .filter(|upn| upn != ADA)
            .collect()
    });
    assert!(people.len() > 1);
    lab.tenant(|tenant| {
        for upn in &people {
            tenant.patch_object(upn, json!({ "accountEnabled": false }));
        }
    });
    let before = methods(&lab, ADA);
    let run = reset(&lab, ADA, "p.txt")
        .args(["--require-reregister"])
        .code(6);
    let error = run.error_json();
    assert_eq!(error["code"], "lastGlobalAdmin");
    assert!(
        error["message"]
            .to_string()
            .contains("last enabled Global Administrator")
    );
    assert_eq!(methods(&lab, ADA), before);
    assert!(lab.untouched(ADA) && lab.writes().is_empty());
}

#[test]
fn an_administrator_who_is_not_the_last_one_registers_anew() {
    let lab = Lab::new();
    lab.run([
        "set-security-info",
        BO,
        "--confirm",
        BO,
        "--phone",
        "+47 12345678",
    ])
    .code(0);
    assert_eq!(methods(&lab, BO), 1);
    reset(&lab, BO, "p.txt")
        .args(["--require-reregister"])
        .code(0);
    assert_eq!(methods(&lab, BO), 0);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_sent() {
    let lab = Lab::new();
    reset(&lab, "hana.sato@contoso.com", "a.txt")
        .args(["--password-policy", "never-expires"])
        .code(6);
    reset(&lab, NOOR, "b.txt")
        .args(["--require-reregister", "--no-preflight"])
        .code(2);
    // A Helpdesk Administrator may reset a password, and may not delete methods.
    let denied = reset(&lab, NOOR, "c.txt")
        .args(["--require-reregister"])
        .as_user("dora.vega@contoso.com")
        .code(5);
    let words = denied.error_json()["message"].to_string();
    assert!(words.contains("remove a registered method"), "{words}");
    lab.run([
        "reset-user",
        BO,
        "--yes",
        "--require-reregister",
        "--secret-to",
        "file:d.txt",
    ])
    .code(2)
    .says(&format!("--confirm {BO}"));
    assert!(lab.writes().is_empty() && lab.files().is_empty());
}
