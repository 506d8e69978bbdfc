//! `recover-own`: from a living session to a password that works, with the second administrator kept or removed; refused, interrupted,
//! gone on with.

use crate::support::person::{Plan, browser, was_opened};
use crate::support::{Identity, Lab, Output, Run};
use admin_reset::sandbox::seed;
use serde_json::{Value, json};
use std::time::Duration;

const ADA: &str = "ada.okafor@contoso.com";
const BO: &str = "bo.lindqvist@contoso.com";

fn recover<'l>(lab: &'l Lab, then: &str, round: &str) -> Run<'l> {
    recover_by(lab, "device-code", then, round)
}

fn recover_by<'l>(lab: &'l Lab, way: &str, then: &str, round: &str) -> Run<'l> {
    let (mine, second) = (
        format!("file:mine{round}.txt"),
        format!("file:second{round}.txt"),
    );
    lab.run([
        "recover-own",
        "--then",
        then,
        "--confirm",
        ADA,
        "-o",
        "json",
    ])
    .args(["--sign-in", way, "--client-id", seed::PUBLIC_CLIENT_ID])
    .args(["--secret-to", &mine, "--second-to", &second])
}

/// Signs in with what the files of the run hold.
fn person(lab: &Lab) -> impl Fn(&str) -> Option<(String, String)> + '_ {
    move |upn| {
        let file = if upn == ADA { "mine.txt" } else { "second.txt" };
        Some((upn.to_owned(), lab.secret(file)))
    }
}

fn second_of(report: &Value) -> String {
    report["second"]["userPrincipalName"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn exists(lab: &Lab, upn: &str) -> bool {
    lab.tenant(|tenant| tenant.person(upn)).is_some()
}

fn roles(lab: &Lab, upn: &str) -> String {
    lab.tenant(|tenant| {
        let dump = tenant.dump();
        let people = dump["people"].as_array().unwrap();
        let one = people.iter().find(|one| one["userPrincipalName"] == upn);
        one.unwrap()["roles"].to_string()
    })
}

fn no_secret_in(lab: &Lab, run: &Output) {
    for name in lab.files() {
        let secret = lab.secret(&name);
        assert!(
            !run.stdout.contains(&secret) && !run.stderr.contains(&secret),
            "{name}"
        );
        for (path, bytes) in lab.all_files() {
            let held = String::from_utf8_lossy(&bytes).contains(&secret);
            assert_eq!(held, path.ends_with(&name), "{}", path.display());
        }
    }
}

#[test]
fn the_first_password_is_reset_and_the_second_administrator_stays() {
    let lab = Lab::new();
    let run = recover(&lab, "keep", "").attended(person(&lab)).code(0);
    let report = run.json();
    assert_eq!(report["status"], "done");
    assert_eq!(report["reset"]["proven"], true);
    assert_eq!(report["second"]["kept"], true);
    assert!(lab.password_of(ADA, &lab.secret("mine.txt")));
    let second = second_of(&report);
    assert!(lab.password_of(&second, &lab.secret("second.txt")));
    assert!(roles(&lab, &second).contains("Global Administrator"));
    assert!(second.ends_with("@contoso.onmicrosoft.com"));
    no_secret_in(&lab, &run);
    // The work is closed: nothing is left to go on with.
    let steps: Vec<String> = lab
        .journal()
        .iter()
        .filter(|line| line["kind"] == "result")
        .map(|line| line["step"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(steps.last().unwrap(), "recoverAndKeep");
    let order: Vec<usize> = ["createUser", "resetPassword", "recoverAndKeep"]
        .iter()
        .map(|step| steps.iter().position(|one| one == step).unwrap())
        .collect();
    assert!(order.is_sorted(), "{steps:?}");
}

#[test]
fn the_second_administrator_is_removed_by_the_first_with_the_new_password() {
    let lab = Lab::new();
    let run = recover(&lab, "remove", "").attended(person(&lab)).code(0);
    let report = run.json();
    assert_eq!(report["second"]["kept"], false);
    assert_eq!(
        report["second"]["role"],
        "Privileged Authentication Administrator"
    );
    assert!(!exists(&lab, &second_of(&report)));
    assert!(lab.password_of(ADA, &lab.secret("mine.txt")));
    assert_eq!(lab.sent("DELETE", "/users/").len(), 1);
}

#[test]
fn the_new_accounts_sign_in_in_the_browser_each_under_its_own_name() {
    for then in ["keep", "remove"] {
        let lab = Lab::new();
        let (mine, second) = (lab.path("mine.txt"), lab.path("second.txt"));
        let plan = Plan::Hinted(ADA, &mine, &second);
        let run = recover_by(&lab, "browser", then, "")
            .env("BROWSER", browser(lab.home(), plan))
            .code(0);
        assert!(was_opened(lab.home()));
        assert_eq!(run.json()["status"], "done");
        assert!(lab.password_of(ADA, &lab.secret("mine.txt")));
        assert_eq!(exists(&lab, &second_of(&run.json())), then == "keep");
    }
}

#[test]
fn an_access_pass_signs_the_second_administrator_in() {
    let lab = Lab::new();
    let run = recover(&lab, "keep", "")
        .args(["--access-pass-to", "file:pass.txt"])
        .attended(|upn| Some((upn.to_owned(), lab.secret("pass.txt"))))
        .code(0);
    assert_eq!(run.json()["second"]["accessPass"]["isUsableOnce"], true);
    assert!(lab.password_of(ADA, &lab.secret("mine.txt")));
    // Where the tenant allows none, the password does.
    let lab = Lab::new();
    lab.faults("1:POST:/temporaryAccessPassMethods -> 400");
    let run = recover(&lab, "keep", "")
        .args(["--access-pass-to", "file:pass.txt"])
        .attended(person(&lab))
        .code(0);
    assert!(
        run.json()["warnings"]
            .to_string()
            .contains("its password is for the sign-in")
    );
}

#[test]
fn an_interrupted_run_is_gone_on_with_even_when_the_session_is_gone() {
    let lab = Lab::new();
    let run = recover(&lab, "remove", "").attended(|_| None).code(8);
    let report = run.json();
    let second = second_of(&report);
    assert!(exists(&lab, &second) && lab.untouched(ADA));
    let id = report["journal"]["operationId"]
        .as_str()
        .unwrap()
        .to_owned();
    let error = run.error_json();
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains(&format!("--resume {id}"))
    );
    // The living session has ended meanwhile; the second administrator is all that is needed. Its password is where it was put.
    lab.faults("1:DELETE:/users/ -> 403");
    let run = lab
        .run([
            "recover-own",
            "--resume",
            &id,
            "--confirm",
            ADA,
            "-o",
            "json",
        ])
        .args([
            "--sign-in",
            "device-code",
            "--client-id",
            seed::PUBLIC_CLIENT_ID,
        ])
        .args(["--secret-to", "file:mine.txt"])
        .as_identity(Identity::Nobody)
        .attended(person(&lab))
        .code(8);
    assert!(lab.password_of(ADA, &lab.secret("mine.txt")), "{run}");
    assert!(exists(&lab, &second));
    // Once more, without naming the operation: only the removal is left.
    let run = lab
        .run(["recover-own", "--confirm", ADA, "-o", "json"])
        .args([
            "--sign-in",
            "device-code",
            "--client-id",
            seed::PUBLIC_CLIENT_ID,
        ])
        .args(["--secret-to", "file:unused.txt"])
        .as_identity(Identity::Nobody)
        .attended(person(&lab))
        .code(0);
    assert_eq!(run.json()["journal"]["operationId"], id.as_str());
    assert!(!exists(&lab, &second));
    assert_eq!(
        lab.sent("POST", "/v1.0/users")
            .iter()
            .filter(|one| one.path == "/v1.0/users")
            .count(),
        1
    );
    assert!(!lab.files().contains(&"unused.txt".to_owned()));
    // Closed: the operation is not known as unfinished any more.
    lab.run([
        "recover-own",
        "--resume",
        &id,
        "--then",
        "keep",
        "--confirm",
        ADA,
    ])
    .args([
        "--client-id",
        seed::PUBLIC_CLIENT_ID,
        "--secret-to",
        "file:x.txt",
    ])
    .code(3);
}

#[test]
fn a_fault_between_any_two_writes_is_told_and_mended_by_the_next_run() {
    let again = |lab: &Lab, first: i32, second: i32, script: &str| {
        lab.faults(script);
        let run = recover(lab, "keep", "").attended(person(lab)).code(first);
        lab.faults("");
        if first == 8 {
            let person = |upn: &str| {
                let file = if upn == ADA {
                    "mine2.txt"
                } else {
                    "second.txt"
                };
                Some((upn.to_owned(), lab.secret(file)))
            };
            let run = recover(lab, "keep", "2").attended(person).code(second);
            assert_eq!(run.json()["status"], "done", "{script}");
            assert!(lab.password_of(ADA, &lab.secret("mine2.txt")), "{script}");
        }
        run
    };
    // A creation whose reply is lost is found by its name; one that is refused leaves nothing.
    let lab = Lab::new();
    again(&lab, 0, 0, "1:POST:/users$ -> lost-reply");
    let lab = Lab::new();
    again(&lab, 5, 0, "1:POST:/users$ -> 403");
    assert!(lab.untouched(ADA) && lab.files().is_empty());
    // A role that is refused takes the account back.
    let lab = Lab::new();
    again(&lab, 5, 0, "1:POST:/roleAssignments -> 403");
    assert!(lab.untouched(ADA));
    // A reset that is refused leaves the second administrator, and the next run goes on from there.
    let lab = Lab::new();
    again(&lab, 8, 0, "1:PATCH:/users/ -> 403");
    assert_eq!(lab.sent("POST", "/roleAssignments").len(), 1);
    // A reset whose reply is lost is proven by reading.
    let lab = Lab::new();
    again(&lab, 0, 0, "1:PATCH:/users/ -> lost-reply");
    assert!(lab.password_of(ADA, &lab.secret("mine.txt")));
}

/// Whose creation was not answered may show late: it is waited for, and no other one is made beside it.
#[test]
fn a_second_administrator_that_shows_late_is_not_made_twice() {
    let lab = Lab::with(|options| options.visible_lag = Duration::from_secs(5));
    lab.faults("1:POST:/users$ -> lost-reply");
    let brief = recover(&lab, "keep", "").args(["--wait", "1s"]);
    brief.attended(person(&lab)).code(8);
    let both = |upn: &str| {
        let file = if upn == ADA {
            "mine2.txt"
        } else {
            "second.txt"
        };
        Some((upn.to_owned(), lab.secret(file)))
    };
    let run = recover(&lab, "keep", "2").args(["--wait", "20s"]);
    let report = run.attended(both).code(0).json();
    assert!(lab.password_of(&second_of(&report), &lab.secret("second.txt")));
    let creations = lab.sent("POST", "/v1.0/users");
    let creations = creations.iter().filter(|one| one.path == "/v1.0/users");
    assert_eq!(creations.count(), 1);
}

/// The second administrator's password is in its sealed copy only: that is enough to go on.
#[cfg(unix)]
#[test]
fn what_is_in_a_sealed_copy_is_gone_on_with() {
    let lab = Lab::new();
    let line = format!("escrow-recipients = [\"{}\"]", crate::escrow::RECIPIENT);
    crate::escrow::configured(&lab, &line);
    lab.write("key.txt", include_str!("../data/age/key.txt"));
    crate::resume_admin::program(&lab, "second", "cat >/dev/null; exit 9");
    let go = |round: &str| {
        let mine = format!("file:mine{round}.txt");
        lab.run(["recover-own", "--then", "keep", "--confirm", ADA])
            .args(["-o", "json", "--sign-in", "device-code"])
            .args(["--client-id", seed::PUBLIC_CLIENT_ID, "--wait", "2s"])
            .args(["--secret-to", &mine, "--second-to", "cmd:./second"])
    };
    lab.faults("*:POST:/roleAssignments -> 500");
    go("").attended(|_| None).code(8);
    let copies = crate::escrow::copies(&lab);
    assert_eq!(copies.len(), 1);
    let password = crate::escrow::opened(&lab, &copies[0]);
    lab.faults("");
    let both = |upn: &str| match upn == ADA {
        true => Some((upn.to_owned(), lab.secret("mine2.txt"))),
        false => Some((upn.to_owned(), password.clone())),
    };
    let report = go("2").attended(both).code(0).json();
    assert!(lab.password_of(ADA, &lab.secret("mine2.txt")));
    assert!(lab.password_of(&second_of(&report), &password));
    let creations = lab.sent("POST", "/v1.0/users");
    let creations = creations.iter().filter(|one| one.path == "/v1.0/users");
    assert_eq!(creations.count(), 1);
}

#[test]
fn who_signs_in_has_to_be_the_second_administrator() {
    let lab = Lab::new();
    let run = recover(&lab, "keep", "")
        .attended(|_| Some((BO.to_owned(), seed::SEED_PASSWORD.to_owned())))
        .code(8);
    let why = run.error_json()["cause"].as_str().unwrap().to_owned();
    assert!(why.contains("Another account signed in"), "{why}");
    assert!(lab.untouched(ADA) && lab.untouched(BO));
}

#[test]
fn what_cannot_work_is_refused_before_an_account_is_made() {
    let lab = Lab::new();
    let client = ["--client-id", seed::PUBLIC_CLIENT_ID];
    let sinks = ["--secret-to", "file:a.txt", "--second-to", "file:b.txt"];
    let base = ["recover-own", "--confirm", ADA];
    lab.run(base)
        .args(client)
        .args(sinks)
        .code(2)
        .says("--then keep");
    lab.run(base)
        .args(sinks)
        .args(["--then", "keep"])
        .code(2)
        .says("client id");
    lab.run(base)
        .args(client)
        .args(["--then", "keep", "--secret-to", "file:a.txt"])
        .code(2)
        .says("--second-to");
    lab.run(["recover-own", "--then", "keep", "--yes"])
        .args(client)
        .args(sinks)
        .code(2)
        .says("--confirm");
    lab.run(["recover-own", "--then", "keep", "--confirm", BO])
        .args(client)
        .args(sinks)
        .code(2)
        .says("You are signed in as ada.okafor@contoso.com");
    lab.run(base)
        .args(client)
        .args(sinks)
        .args(["--then", "keep"])
        .as_identity(Identity::App)
        .code(6)
        .says("An application has no password of its own");
    let dora = "dora.vega@contoso.com";
    lab.run(["recover-own", "--then", "keep", "--confirm", dora])
        .args(client)
        .args(sinks)
        .as_user(dora)
        .code(5);
    assert!(lab.writes().is_empty() && lab.files().is_empty());
    assert!(lab.journal().is_empty());
}

#[test]
fn a_dry_run_shows_every_step_and_why() {
    let lab = Lab::new();
    let report = lab
        .run(["recover-own", "--then", "remove", "--dry-run", "-o", "json"])
        .args(["--client-id", seed::PUBLIC_CLIENT_ID])
        .code(0)
        .json();
    let steps: Vec<&Value> = report["plan"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["step"])
        .collect();
    assert_eq!(
        json!(steps),
        json!([
            "createSecond",
            "signInAsSecond",
            "resetPassword",
            "signInAsFirst",
            "removeSecond"
        ])
    );
    assert!(
        report["why"]
            .as_str()
            .unwrap()
            .contains("nobody reset the own password")
    );
    assert!(lab.writes().is_empty() && lab.journal().is_empty());
}

#[test]
fn the_built_in_tenant_rehearses_it_without_any_credential() {
    let lab = Lab::new();
    lab.run(["recover-own", "--sandbox", "--then", "keep", "--dry-run"])
        .as_identity(Identity::Nobody)
        .code(0)
        .shows("create a second administrator");
}
