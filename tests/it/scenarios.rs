//! The ways back in that an administrator is sent to, each from a locked-out start to a sign-in that works.

use crate::support::{Lab, Run};
use admin_reset::sandbox::seed;
use admin_reset::sandbox::tenant::SignIn;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const ADA: &str = "ada.okafor@contoso.com";
const BO: &str = "bo.lindqvist@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";
const CHIDI: &str = "chidi.maro@contoso.com";
const DAY: i64 = 86_400_000;

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

fn sign_in(lab: &Lab, user: &str, secret: &str) -> SignIn {
    lab.tenant(|tenant| tenant.sign_in(user, secret, now_ms()))
}

/// A sign-in that ends with a session: the password is right, and nothing has to be done before.
fn is_in(answer: &SignIn) -> bool {
    matches!(
        answer,
        SignIn::Ok {
            must_change: false,
            ..
        } | SignIn::Pass { .. }
    )
}

/// Forgets the seeded password of somebody: nobody knows the one that is in force.
fn lock_out(lab: &Lab, user: &str) {
    lab.run(["reset-user", user, "--confirm", user, "--no-force-change"])
        .args(["--secret-to", "file:lost.txt"])
        .as_user("paula.nkemelu@contoso.com")
        .code(0);
    std::fs::remove_file(lab.path("lost.txt")).unwrap();
    assert_eq!(
        sign_in(lab, user, seed::SEED_PASSWORD),
        SignIn::WrongPassword
    );
    lab.forget();
}

fn reset<'l>(lab: &'l Lab, user: &str, file: &str) -> Run<'l> {
    let sink = format!("file:{file}");
    lab.run(["reset-user", user, "--confirm", user, "--secret-to", &sink])
}

/// Rows of a file with several secrets: user and password.
fn rows(lab: &Lab, file: &str) -> Vec<(String, String)> {
    let text = lab.read(file);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[0].to_owned(), row[2].to_owned()))
        .collect()
}

#[test]
fn another_administrator_resets_the_password() {
    let lab = Lab::new();
    lock_out(&lab, BO);
    // Ada asks whether she may, and does it.
    lab.run(["who-can-reset", BO]).code(0);
    reset(&lab, BO, "bo.txt").code(0);
    let answer = sign_in(&lab, BO, &lab.secret("bo.txt"));
    assert!(matches!(answer, SignIn::Ok { .. }), "{answer:?}");
}

#[test]
fn a_new_administrator_made_with_a_living_session_resets_ones_own_password() {
    let lab = Lab::new();
    // Ada forgot her password; her browser is still signed in, which the token of the laboratory stands for.
    lab.run([
        "reset-user",
        ADA,
        "--confirm",
        ADA,
        "--secret-to",
        "file:own.txt",
    ])
    .code(6)
    .says("You may not reset the password of");
    let run = lab
        .run(["recover-own", "--then", "remove", "--confirm", ADA])
        .args([
            "--sign-in",
            "device-code",
            "--client-id",
            seed::PUBLIC_CLIENT_ID,
        ])
        .args([
            "--secret-to",
            "file:mine.txt",
            "--second-to",
            "file:second.txt",
        ])
        .attended(|upn| {
            let file = if upn == ADA { "mine.txt" } else { "second.txt" };
            Some((upn.to_owned(), lab.secret(file)))
        })
        .code(0);
    assert!(run.stdout.contains("is recovered"), "{run}");
    assert!(is_in(&sign_in(&lab, ADA, &lab.secret("mine.txt"))));
    assert_ne!(lab.secret("mine.txt"), seed::SEED_PASSWORD);
}

#[test]
fn security_info_added_while_a_session_lives_makes_self_service_possible() {
    let lab = Lab::new();
    // Bo has nothing registered, so no self-service; a colleague's session registers what Bo can be reached by.
    let verdict = |lab: &Lab, expected: i32| {
        let run = lab
            .run(["check-security-info", BO, "-o", "json"])
            .code(expected);
        run.json()["users"][0]["selfServiceReset"]["verdict"].clone()
    };
    assert_eq!(verdict(&lab, 10), "no");
    lab.run(["set-security-info", BO, "--confirm", BO])
        .args([
            "--email",
            "bo@fabrikam.example",
            "--phone",
            "+47 123 45 678",
        ])
        .code(0);
    assert_eq!(verdict(&lab, 0), "yes");
    // One's own is added in the browser that is still signed in; the command says where.
    lab.run([
        "set-security-info",
        ADA,
        "--confirm",
        ADA,
        "--email",
        "a@fabrikam.example",
    ])
    .code(6)
    .says("mysignins.microsoft.com");
}

#[test]
fn an_access_pass_lets_a_locked_out_administrator_in() {
    let lab = Lab::new();
    lock_out(&lab, BO);
    lab.run([
        "issue-access-pass",
        BO,
        "--confirm",
        BO,
        "--secret-to",
        "file:pass.txt",
    ])
    .code(0);
    assert!(is_in(&sign_in(&lab, BO, &lab.secret("pass.txt"))));
}

#[test]
fn many_users_at_once() {
    let lab = Lab::new();
    let people = [NOOR, CHIDI, "dora.vega@contoso.com"];
    people.iter().for_each(|user| lock_out(&lab, user));
    lab.write(
        "people.csv",
        format!("userPrincipalName\n{}\n", people.join("\n")),
    );
    lab.run([
        "reset-user",
        "--from-csv",
        "people.csv",
        "--secret-to",
        "file:new.csv",
    ])
    .args(["--yes", "--include-admins", "--confirm-count", "3"])
    .code(0);
    let new = rows(&lab, "new.csv");
    assert_eq!(new.len(), people.len());
    for (user, password) in new {
        let answer = sign_in(&lab, &user, &password);
        assert!(matches!(answer, SignIn::Ok { .. }), "{user}: {answer:?}");
    }
}

#[test]
fn all_users_of_the_tenant() {
    let lab = Lab::new();
    // The list comes from the check, as CSV; who cannot be reset in the cloud is refused by name, and nobody else is held up.
    let list = lab
        .run(["check-security-info", "--all", "--exit-zero", "-o", "csv"])
        .code(0)
        .stdout;
    let all = list.lines().count() - 1;
    assert!(all > 10);
    let plan = lab
        .run(["reset-user", "--from-csv", "-", "--dry-run", "-o", "json"])
        .stdin(&list)
        .output()
        .json();
    let ready = plan["summary"]["planned"].as_u64().unwrap();
    assert!(
        ready > 5 && ready < all as u64,
        "the own account, guests and synced users are not among them"
    );
    let report = lab
        .run([
            "reset-user",
            "--from-csv",
            "-",
            "--secret-to",
            "file:all.csv",
            "-o",
            "json",
        ])
        .args([
            "--yes",
            "--include-admins",
            "--confirm-count",
            &ready.to_string(),
        ])
        .stdin(&list)
        .code(8)
        .json();
    assert_eq!(report["summary"]["done"].as_u64(), Some(ready), "{report}");
    let new = rows(&lab, "all.csv");
    assert_eq!(new.len() as u64, ready);
    for (user, password) in &new {
        assert!(lab.password_of(user, password), "{user}");
    }
    assert!(lab.untouched(ADA), "the caller's own password stays");
}

#[test]
fn a_password_that_never_expires() {
    let lab = Lab::new();
    // The domain lets passwords live 90 days, and this one is older.
    lab.tenant(|tenant| {
        tenant.patch_object("contoso.com", json!({ "passwordValidityPeriodInDays": 90 }));
    });
    let later = now_ms() + 400 * DAY;
    let at = |secret: &str| lab.tenant(|tenant| tenant.sign_in(NOOR, secret, later));
    reset(&lab, NOOR, "short.txt")
        .args(["--no-force-change"])
        .code(0);
    assert_eq!(at(&lab.secret("short.txt")), SignIn::PasswordExpired);
    reset(&lab, NOOR, "long.txt")
        .args(["--no-force-change", "--password-policy", "never-expires"])
        .code(0)
        .shows("DisablePasswordExpiration");
    assert!(is_in(&at(&lab.secret("long.txt"))));
}

#[test]
fn a_user_who_must_change_the_password_at_the_next_sign_in() {
    let lab = Lab::new();
    lock_out(&lab, NOOR);
    reset(&lab, NOOR, "one.txt").code(0);
    let answer = sign_in(&lab, NOOR, &lab.secret("one.txt"));
    assert!(
        matches!(
            answer,
            SignIn::Ok {
                must_change: true,
                ..
            }
        ),
        "{answer:?}"
    );
    // Where that is not wanted it is said.
    reset(&lab, NOOR, "two.txt")
        .args(["--no-force-change"])
        .code(0);
    assert!(is_in(&sign_in(&lab, NOOR, &lab.secret("two.txt"))));
}

#[test]
fn methods_of_a_lost_phone_are_registered_anew() {
    let lab = Lab::new();
    lock_out(&lab, CHIDI);
    let methods = |lab: &Lab| -> Vec<Value> {
        let object = lab.tenant(|tenant| tenant.object(CHIDI).unwrap());
        object["authenticationMethods"].as_array().unwrap().clone()
    };
    assert!(methods(&lab).len() >= 3);
    reset(&lab, CHIDI, "p.txt")
        .args([
            "--require-reregister",
            "--access-pass",
            "--access-pass-to",
            "file:pass.txt",
        ])
        .code(0);
    // What was on the phone is gone; the pass lets the user in to register.
    assert_eq!(methods(&lab).len(), 1);
    assert!(is_in(&sign_in(&lab, CHIDI, &lab.secret("pass.txt"))));
}

#[test]
fn an_account_whose_sign_in_is_blocked() {
    let lab = Lab::new();
    lab.tenant(|tenant| {
        tenant.patch_object(NOOR, json!({ "accountEnabled": false }));
    });
    assert_eq!(sign_in(&lab, NOOR, seed::SEED_PASSWORD), SignIn::Disabled);
    reset(&lab, NOOR, "one.txt").code(0).says("is disabled");
    reset(&lab, NOOR, "two.txt")
        .args(["--enable", "--no-force-change"])
        .code(0);
    assert!(is_in(&sign_in(&lab, NOOR, &lab.secret("two.txt"))));
}

#[test]
fn self_service_reset_with_what_is_registered() {
    let lab = Lab::new();
    lock_out(&lab, ADA);
    // A colleague looks whether Ada can help herself, and sends her the link.
    let report = lab
        .run(["self-service", ADA, "-o", "json"])
        .as_user(BO)
        .code(0)
        .json();
    assert_eq!(report["selfServiceReset"]["verdict"], "yes");
    let link = report["links"]["selfServiceReset"].as_str().unwrap();
    assert!(link.contains("username=ada.okafor%40contoso.com"), "{link}");
    // On that page she proves e-mail and app and sets a password of her own.
    lab.tenant(|tenant| tenant.set_password(ADA, "Tall-Ships-Sail-42"));
    let answer = sign_in(&lab, ADA, "Tall-Ships-Sail-42");
    assert!(matches!(answer, SignIn::Ok { .. }), "{answer:?}");
}

#[test]
fn a_forgotten_user_name_in_ones_private_mailbox() {
    let lab = Lab::new();
    let forgotten = "emergency-a7@contoso.onmicrosoft.com";
    lab.write(
        "takeout.mbox",
        format!(
            "From ms@microsoftonline.com Tue Mar  3 10:00:00 2020\n\
             From: Microsoft Online Services <msonlineservicesteam@microsoftonline.com>\n\
             Subject: Your new account\nContent-Type: text/plain\n\nUser name: {forgotten}\n\n"
        ),
    );
    let found = lab
        .run(["find-username", "--mailbox", "takeout.mbox", "-o", "json"])
        .as_identity(crate::support::Identity::Nobody)
        .code(0)
        .json();
    let name = found["candidates"][0]["userPrincipalName"]
        .as_str()
        .unwrap();
    assert_eq!(name, forgotten);
    reset(&lab, name, "found.txt").code(0);
    let answer = sign_in(&lab, name, &lab.secret("found.txt"));
    assert!(matches!(answer, SignIn::Ok { .. }), "{answer:?}");
}

#[test]
fn a_forgotten_user_name_in_an_app_that_is_still_signed_in() {
    let lab = Lab::new();
    let azure = lab.home().join(".azure");
    std::fs::create_dir(&azure).unwrap();
    let profile = json!({ "installationId": "x", "subscriptions": [
        { "id": "1", "name": "s", "state": "Enabled", "user": { "name": BO, "type": "user" }, "isDefault": true,
          "tenantId": "17822e98-2aaf-464f-a9fa-8d27d8fb833f", "environmentName": "AzureCloud" }]});
    std::fs::write(azure.join("azureProfile.json"), profile.to_string()).unwrap();
    let found = lab
        .run(["find-username", "-o", "json"])
        .as_identity(crate::support::Identity::Nobody)
        .code(0)
        .json();
    let name = found["accounts"][0]["userPrincipalName"].as_str().unwrap();
    assert_eq!(name, BO);
    lock_out(&lab, name);
    reset(&lab, name, "found.txt").code(0);
    let answer = sign_in(&lab, name, &lab.secret("found.txt"));
    assert!(matches!(answer, SignIn::Ok { .. }), "{answer:?}");
}

#[test]
fn the_support_case_when_nothing_else_is_left() {
    let lab = Lab::new();
    let nobody = || crate::support::Identity::Nobody;
    let advice = lab
        .run([
            "advise",
            "--username",
            ADA,
            "--other-admin",
            "none",
            "--registered",
            "none",
        ])
        .args(["--signed-in", "none", "--account", "cloud", "-o", "json"])
        .as_identity(nobody())
        .code(0)
        .json();
    let ways = advice["ways"].as_array().unwrap();
    assert_eq!(ways.last().unwrap()["way"], "support");
    lab.run(["support-bundle", "case.zip", "--yes"])
        .as_identity(nobody())
        .code(0);
    let bundle = std::fs::read(lab.path("case.zip")).unwrap();
    assert!(bundle.starts_with(b"PK"));
    // Support proves who owns the tenant and sets a password; with it the next administrator is made, so that it stays the last time.
    lab.tenant(|tenant| tenant.set_password(ADA, "Tall-Ships-Sail-42"));
    let answer = sign_in(&lab, ADA, "Tall-Ships-Sail-42");
    assert!(matches!(answer, SignIn::Ok { .. }), "{answer:?}");
    lab.run(["create-admin", "--secret-to", "file:second.txt"])
        .args(["--confirm", "contoso.onmicrosoft.com"])
        .code(0);
}
