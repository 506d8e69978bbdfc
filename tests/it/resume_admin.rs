//! `resume` of `create-admin`: an account that never came into being is made with the password of then, one without its role gets it,
//! wherever the password is; and what cannot be read back, or is somebody else's, is left alone.

use crate::escrow::copies;
use crate::resume_places::{Place, held, lab, places};
use crate::support::{Lab, Output, Run, each};
use admin_reset::sandbox::seed::INITIAL_DOMAIN;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

const UPN: &str = "larch.one@contoso.onmicrosoft.com";
const LARCH: [&str; 3] = ["larch.one", "--display-name", "Larch Tree"];
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
/// Nothing is made, and that is not said.
const NEVER: &str = "*:POST:/v1.0/users$ -> 500";
/// It is made without its role, and whether it has that is not said.
const HALF: &str = "*:POST:/roleAssignments$ -> 500";

fn create<'lab>(lab: &'lab Lab, words: &[&str], sink: &str) -> Run<'lab> {
    lab.run(["create-admin"]).args(words.to_vec()).args([
        "--confirm",
        INITIAL_DOMAIN,
        "--secret-to",
        sink,
        "--wait",
        "2s",
        "-o",
        "json",
    ])
}

fn resume<'lab>(lab: &'lab Lab, more: &[&str]) -> Run<'lab> {
    let id = lab.journal()[0]["operationId"].as_str().unwrap().to_owned();
    lab.run([
        "resume", &id, "--settle", "1s", "--wait", "8s", "-o", "json",
    ])
    .args(more.iter().copied())
}

fn confirmed<'lab>(lab: &'lab Lab, more: &[&str]) -> Run<'lab> {
    resume(lab, more).args(["--confirm", INITIAL_DOMAIN])
}

fn exists(lab: &Lab) -> bool {
    lab.tenant(|tenant| tenant.person(UPN).is_some())
}

fn roles(lab: &Lab) -> Vec<String> {
    lab.tenant(|tenant| {
        let object = tenant.object(UPN).unwrap();
        tenant.wids(object["id"].as_str().unwrap())
    })
}

/// A program for `cmd:` with this text.
#[cfg(unix)]
pub fn program(lab: &Lab, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = lab.write(name, format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// Passwords that were sent for new accounts.
fn sent(lab: &Lab) -> BTreeSet<String> {
    lab.writes()
        .iter()
        .filter_map(|one| {
            let body: Value = serde_json::from_slice(&one.body).ok()?;
            Some(body["passwordProfile"]["password"].as_str()?.to_owned())
        })
        .collect()
}

fn open(lab: &Lab) -> usize {
    let left = lab
        .run(["journal", "list", "--open", "-o", "json"])
        .code(0)
        .json();
    left["operations"].as_array().unwrap().len()
}

/// The same in every place, and from both sides of the creation.
#[test]
fn every_place_leads_to_the_same_whole_account() {
    let cases: Vec<(Place, &str)> = [NEVER, HALF]
        .into_iter()
        .flat_map(|script| places().into_iter().map(move |place| (place, script)))
        .collect();
    each(&cases, |(place, script)| {
        let about = format!("{}: {script}", place.kind);
        let lab = lab();
        lab.faults(script);
        let first = create(&lab, &LARCH, &place.sink).output();
        assert_eq!(first.code, 8, "{about}: {first}");
        assert_eq!(exists(&lab), *script == HALF, "{about}");
        let password = held(&lab, place, &first);
        lab.faults("");
        let before = sent(&lab);
        lab.forget();
        resume(&lab, place.more).code(2).silent();
        let plan = resume(&lab, &[place.more, &["--dry-run"]].concat())
            .code(0)
            .json();
        let steps: Vec<&str> = plan["plan"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["step"].as_str().unwrap())
            .collect();
        let whole = ["createUser", "assignRole"];
        assert_eq!(steps, whole[usize::from(*script == HALF)..], "{about}");
        assert!(lab.writes().is_empty(), "{about}");
        if *script == NEVER && !place.more.is_empty() {
            // The plan says so as well, when it is asked without the key.
            resume(&lab, &["--dry-run"]).code(3).says("--identity");
            // Its password cannot be read without the key: said, and nothing is made nor given up.
            let stuck = confirmed(&lab, &[]).output();
            assert_eq!(stuck.code, 3, "{about}: {stuck}");
            let fix = stuck.error_json()["fix"].as_str().unwrap().to_owned();
            assert!(fix.contains("--identity"), "{about}: {fix}");
            assert!(lab.writes().is_empty() && open(&lab) == 1, "{about}");
        }
        let done = confirmed(&lab, place.more).output();
        assert_eq!(done.code, 0, "{about}: {done}");
        let account = &done.json()["accounts"][0];
        assert_eq!(account["created"], *script == NEVER, "{about}: {done}");
        assert_eq!(account["displayName"], "Larch Tree", "{about}");
        assert_eq!(account["roles"][0]["verified"], true, "{about}: {done}");
        assert!(lab.password_of(UPN, &password), "{about}");
        assert!(!done.stdout.contains(&password) && !done.stderr.contains(&password));
        let all: BTreeSet<String> = before.into_iter().chain(sent(&lab)).collect();
        assert_eq!(all, BTreeSet::from([password]), "{about}");
        assert!(copies(&lab).is_empty() && open(&lab) == 0, "{about}");
        if place.kind == "vault" {
            let versions = lab.sandbox().vault();
            assert!(versions.len() == 1 && versions[0].2, "{versions:?}");
            assert_eq!(versions[0].3, "inForce", "{about}");
        }
        // Whole now: it is found so, and nothing is sent.
        lab.forget();
        confirmed(&lab, place.more).code(0);
        assert!(lab.writes().is_empty(), "{about}");
        // What became of it since is no business of the operation.
        lab.tenant(|tenant| tenant.patch_object(UPN, serde_json::json!({"displayName": "Other"})));
        let told = confirmed(&lab, place.more).code(0);
        assert!(
            told.json()["accounts"][0]["id"].is_string(),
            "{about}: {told}"
        );
        assert!(lab.writes().is_empty() && open(&lab) == 0, "{about}");
    });
}

/// What is not for emergencies keeps its own settings: the change of the password at the first sign-in, and its expiry.
#[test]
fn an_ordinary_administrator_is_made_as_it_was_asked_for() {
    for script in [NEVER, HALF] {
        let lab = Lab::new();
        lab.faults(script);
        let words = ["--upn", UPN, "--role", "User Administrator"];
        let open = create(&lab, &words, "file:p.txt").code(8);
        let id = lab.journal()[0]["operationId"].as_str().unwrap().to_owned();
        let fix = open.error_json()["fix"].as_str().unwrap().to_owned();
        assert!(fix.contains(&format!("admin-reset resume {id}")), "{fix}");
        lab.faults("");
        let in_words = ["resume", &id, "--settle", "1s", "-o", "text"];
        let plan = lab.run(in_words).args(["--dry-run"]).code(0);
        assert!(
            plan.stdout.contains(&format!(
                "Next: admin-reset resume {id} --confirm {INITIAL_DOMAIN}"
            )),
            "{plan}"
        );
        let done = confirmed(&lab, &[]).code(0).json();
        // What is said of accounts for emergencies is not said of it.
        assert_eq!(done["warnings"], serde_json::json!([]), "{script}");
        let again = lab.run(in_words).code(0);
        assert!(again.stdout.contains(&format!("{UPN} exists")), "{again}");
        let object = lab.tenant(|tenant| tenant.object(UPN).unwrap());
        let policies = object["passwordPolicies"].as_str().unwrap_or_default();
        assert!(!policies.contains("DisablePasswordExpiration"), "{object}");
        let creation = lab.sent("POST", "/v1.0/users").pop().unwrap();
        let body: Value = serde_json::from_slice(&creation.body).unwrap();
        let forced = &body["passwordProfile"]["forceChangePasswordNextSignIn"];
        assert_eq!(*forced, true, "{body}");
        assert!(lab.password_of(UPN, &lab.secret("p.txt")));
        assert_eq!(roles(&lab).len(), 1);
    }
}

/// The answer that the name is taken is no answer to whether the account is ours: it stays open, and the next look finishes it.
#[test]
fn an_account_that_shows_late_is_not_given_up() {
    let lab = Lab::new();
    let hidden = "*:GET:/users/larch -> 404";
    lab.faults(&format!("1:POST:/v1.0/users$ -> lost-reply; {hidden}"));
    create(&lab, &LARCH, "file:p.txt").code(8);
    assert!(exists(&lab));
    lab.faults(hidden);
    let stuck = confirmed(&lab, &[]).code(8);
    assert_eq!(stuck.json()["accounts"][0]["status"], "unknown", "{stuck}");
    assert!(roles(&lab).is_empty() && open(&lab) == 1);
    lab.faults("");
    confirmed(&lab, &[]).code(0);
    assert!(roles(&lab).len() == 1 && lab.password_of(UPN, &lab.secret("p.txt")));
    assert!(sent(&lab).len() == 1 && open(&lab) == 0);
}

#[test]
fn a_service_that_is_away_leaves_it_open_and_a_clear_no_ends_it() {
    let fail = |lab: &Lab, script: &str| -> Output {
        lab.faults(NEVER);
        create(lab, &LARCH, "file:p.txt").code(8);
        lab.faults(script);
        confirmed(lab, &[]).output()
    };
    // Nor does it say anything of the first time that this caller may not, or that the token is refused.
    for script in [
        NEVER,
        "*:POST:/v1.0/users$ -> 403",
        "*:POST:/v1.0/users$ -> 401",
    ] {
        let lab = Lab::new();
        let away = fail(&lab, script);
        assert_eq!(away.code, 8, "{script}: {away}");
        assert!(open(&lab) == 1 && lab.files() == ["p.txt"], "{script}");
    }
    let lab = Lab::new();
    let refused = fail(&lab, "*:POST:/v1.0/users$ -> 400");
    assert_eq!(refused.code, 6, "{refused}");
    let warnings = refused.json()["warnings"].to_string();
    assert!(warnings.contains("opens nothing"), "{refused}");
    assert!(open(&lab) == 0 && !exists(&lab));
}

/// An account that was made and deleted again is not made a second time by going on.
#[test]
fn what_was_deleted_since_is_not_made_again() {
    let lab = Lab::new();
    lab.faults("*:POST:/roleAssignments$ -> 403; *:DELETE:/users/ -> lost-reply");
    create(&lab, &LARCH, "file:p.txt").code(8);
    lab.faults("");
    assert!(!exists(&lab));
    lab.forget();
    let told = confirmed(&lab, &[]).code(3);
    let message = told.error_json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("not there any more"), "{told}");
    assert!(lab.writes().is_empty());
}

/// What two programs did not take goes to each of them, never both passwords to one.
#[cfg(target_os = "linux")]
#[test]
fn the_passwords_of_a_pair_are_handed_over_apart() {
    let Some(desktop) = crate::keyring::Desktop::start() else {
        return;
    };
    let lab = Lab::new();
    let run = |words: &[&str], sink: &str, code: i32| {
        create(&lab, words, sink)
            .env("DBUS_SESSION_BUS_ADDRESS", desktop.address())
            .code(code)
    };
    for name in ["one", "two"] {
        program(&lab, name, "cat >/dev/null; exit 9");
        run(&[&format!("larch.{name}")], &format!("cmd:./{name}"), 8);
    }
    assert_eq!(copies(&lab).len(), 2);
    for name in ["one", "two"] {
        program(&lab, name, &format!("umask 077; cat > {name}.txt"));
    }
    lab.forget();
    run(&["--pair", "--secret-to", "cmd:./one"], "cmd:./two", 0);
    assert!(lab.writes().is_empty() && copies(&lab).is_empty());
    for name in ["one", "two"] {
        let upn = format!("larch.{name}@{INITIAL_DOMAIN}");
        let secret = lab.secret(&format!("{name}.txt"));
        assert!(lab.password_of(&upn, &secret), "{upn}");
    }
}

/// Each of a pair goes to its own place.
#[test]
fn a_pair_that_was_cut_off_is_completed_each_with_its_own_password() {
    for script in [
        "2:POST:/v1.0/users$ -> 500; 3:POST:/v1.0/users$ -> 500",
        HALF,
    ] {
        let lab = Lab::new();
        lab.faults(script);
        let words = ["--pair", "--secret-to", "file:a.txt"];
        let first = create(&lab, &words, "file:b.txt").output();
        assert_eq!(first.code, 8, "{script}: {first}");
        lab.faults("");
        let begun: BTreeSet<String> = lab
            .journal()
            .iter()
            .filter_map(|one| Some(one["operationId"].as_str()?.to_owned()))
            .collect();
        for id in &begun {
            lab.run(["resume", id, "--confirm", INITIAL_DOMAIN, "--settle", "1s"])
                .code(0);
        }
        let report = first.json();
        for (account, file) in report["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .zip(["a", "b"])
        {
            let upn = account["userPrincipalName"].as_str().unwrap();
            if !lab.tenant(|tenant| tenant.person(upn).is_some()) {
                // The second was not begun after trouble with the first.
                assert_eq!(account["status"], "skipped", "{script}: {report}");
                continue;
            }
            let secret = lab.secret(&format!("{file}.txt"));
            assert!(lab.password_of(upn, &secret), "{script}: {upn}");
        }
        assert_eq!(open(&lab), 0, "{script}");
    }
}

/// Somebody else took the name after the run had ended: what it staged opens nothing of theirs, complete or not.
#[test]
fn a_name_that_somebody_took_afterwards_is_not_adopted() {
    for complete in [true, false] {
        let lab = Lab::new();
        lab.faults(NEVER);
        create(&lab, &LARCH, "file:p.txt").code(8);
        lab.faults("");
        let born = SystemTime::now() + Duration::from_secs(120);
        let born = admin_reset::journal::stamp(born).unwrap();
        lab.tenant(|tenant| {
            tenant.add_user(UPN, "Larch Tree");
            let like = json!({
                "mailNickname": "larch.one", "createdDateTime": born, "userType": "Member", "accountEnabled": true,
                "passwordPolicies": "DisablePasswordExpiration",
            });
            tenant.patch_object(UPN, like);
            tenant.set_password(UPN, "Strangers-Own-77");
        });
        if complete {
            lab.tenant(|tenant| tenant.assign_role(UPN, GLOBAL_ADMINISTRATOR, "/"));
        }
        lab.forget();
        let told = confirmed(&lab, &[]).code(8);
        let why = told.error_json()["cause"].as_str().unwrap().to_owned();
        assert!(why.contains("somebody else's"), "{complete}: {told}");
        assert!(lab.writes().is_empty() && open(&lab) == 1, "{complete}");
        assert_eq!(roles(&lab).len(), usize::from(complete));
    }
}

/// Made and not there now, it may be restored; not seen a moment after it was sent, it may still come.
#[cfg(unix)]
#[test]
fn the_only_copy_of_what_may_still_come_is_kept() {
    for script in [HALF, NEVER] {
        let lab = lab();
        program(&lab, "one", "cat >/dev/null; exit 9");
        lab.faults(script);
        create(&lab, &LARCH, "cmd:./one").code(8);
        let made = lab.tenant(|tenant| Some(tenant.object(UPN)?["id"].as_str()?.to_owned()));
        assert_eq!(made.is_some(), script == HALF);
        lab.faults(&made.map_or(String::new(), |id| format!("*:GET:/users/{id} -> 404")));
        let next = create(&lab, &[], "file:b.txt").code(0).json();
        assert_eq!(copies(&lab).len(), 1, "{script}: {next}");
        let warnings = next["warnings"].to_string();
        assert!(warnings.contains("sealedCopyKept"), "{script}: {next}");
        assert!(warnings.contains("admin-reset unseal"), "{script}: {next}");
        assert_eq!(open(&lab), 0, "{script}");
    }
}

/// Nothing stays in the list of what is open that nothing is to be done about.
#[cfg(unix)]
#[test]
fn what_needs_nothing_more_is_closed() {
    // Refused now: there is nothing to hand over.
    let closed = lab();
    closed.faults(NEVER);
    create(&closed, &LARCH, "stdout").code(8);
    closed.faults("*:POST:/v1.0/users$ -> 400");
    confirmed(&closed, &["--identity", "key.txt"]).code(6);
    assert!(copies(&closed).is_empty() && open(&closed) == 0);
    // It was to be taken back in vain, and is complete now.
    let whole = Lab::new();
    whole.faults("*:POST:/roleAssignments$ -> 403; *:DELETE:/users/ -> 403");
    create(&whole, &LARCH, "file:p.txt").code(8);
    whole.faults("");
    confirmed(&whole, &[]).code(0);
    assert_eq!((roles(&whole).len(), open(&whole)), (1, 0));
    // The copy was handed over and taken away, and the run died before it said so.
    let unsaid = lab();
    program(&unsaid, "one", "cat >/dev/null; exit 9");
    create(&unsaid, &LARCH, "cmd:./one").code(8);
    std::fs::remove_file(&copies(&unsaid)[0]).unwrap();
    assert_eq!(open(&unsaid), 1);
    unsaid.forget();
    confirmed(&unsaid, &[]).code(0);
    assert!(unsaid.writes().is_empty() && open(&unsaid) == 0);
}
