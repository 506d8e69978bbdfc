//! `create-admin` where something breaks: faults at every step, kills, half accounts and how they are finished.
//!
//! Whatever happens: at most one account is made for one name; no account has a role while its password is nowhere; an exit of 2
//! to 7 means that no account is left; nothing is sent again before `Retry-After` has passed (the laboratory checks that).

use crate::escrow::copies;
use crate::resume_admin::program;
use crate::support::{Lab, Output, Run, each};
use std::time::Duration;

const DOMAIN: &str = "contoso.onmicrosoft.com";
const UPN: &str = "larch.one@contoso.onmicrosoft.com";

fn create<'lab>(lab: &'lab Lab, words: &[&str]) -> Run<'lab> {
    lab.run(["create-admin"]).args(words.to_vec()).args([
        "--confirm",
        DOMAIN,
        "-o",
        "json",
        "--wait",
        "4s",
    ])
}

/// Names of the accounts in the initial domain that the seed does not have.
fn made(lab: &Lab) -> Vec<String> {
    lab.tenant(|tenant| tenant.dump())["people"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|person| person["userPrincipalName"].as_str())
        .filter(|upn| {
            upn.ends_with(DOMAIN) && !upn.starts_with("emergency-") && !upn.contains("#EXT#")
        })
        .map(str::to_owned)
        .collect()
}

fn holds_role(lab: &Lab, upn: &str) -> bool {
    lab.tenant(|tenant| {
        let id = tenant.object(upn).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        !tenant.wids(&id).is_empty()
    })
}

/// What holds after every run.
fn check(lab: &Lab, output: &Output, file: &str, what: &str) {
    let accounts = made(lab);
    assert!(accounts.len() <= 1, "{what}: {accounts:?}");
    let kept = lab.files().contains(&file.to_owned());
    for upn in &accounts {
        assert!(
            kept && lab.password_of(upn, &lab.secret(file)),
            "{what}: {upn} without its password: {output}"
        );
    }
    match output.code {
        0 => assert!(
            accounts.len() == 1 && holds_role(lab, &accounts[0]),
            "{what}: {output}"
        ),
        8 => assert!(
            kept,
            "{what}: an unknown or partial end keeps the secret: {output}"
        ),
        _ => assert!(accounts.is_empty() && !kept, "{what}: {output}"),
    }
}

#[test]
fn every_fault_of_every_write_ends_in_a_state_that_is_told() {
    let create_user = "POST:/v1.0/users$";
    let assign = "POST:/roleAssignments$";
    let cases: Vec<(String, &[i32])> = vec![
        (format!("1:{create_user} -> lost-reply"), &[0]),
        (format!("1:{create_user} -> cut=20"), &[0]),
        (format!("1:{create_user} -> reset"), &[0]),
        (format!("1:{create_user} -> garble"), &[0]),
        (format!("1:{create_user} -> 500 after"), &[0]),
        (format!("1:{create_user} -> 504 html-body after"), &[0]),
        (format!("1:{create_user} -> 429 retry-after=1 after"), &[0]),
        (format!("1:{create_user} -> 503 retry-after=1 after"), &[0]),
        (format!("1:{create_user} -> 429 retry-after=1"), &[0]),
        (format!("1:{create_user} -> 503 retry-after=1"), &[0]),
        (format!("1:{create_user} -> expired-token"), &[0, 4]),
        // Nothing arrived, and nothing can prove it: unknown, the secret stays.
        (format!("1:{create_user} -> drop"), &[8]),
        (format!("1:{create_user} -> 500"), &[8]),
        (format!("1:{create_user} -> html"), &[8]),
        (format!("1:{create_user} -> 429 retry-after=86400"), &[8]),
        (
            format!("1:{create_user} -> redirect=http://127.0.0.1:9/"),
            &[8],
        ),
        (format!("1:{create_user} -> 403"), &[5]),
        (format!("1:{create_user} -> 400"), &[6]),
        (format!("1:{assign} -> lost-reply"), &[0]),
        (format!("1:{assign} -> drop"), &[0]),
        (format!("1:{assign} -> 500 after"), &[0]),
        (format!("1:{assign} -> 500"), &[0]),
        (format!("1:{assign} -> 429 retry-after=1 after"), &[0]),
        (format!("1:{assign} -> 429 retry-after=1"), &[0]),
        (format!("1-2:{assign} -> 404"), &[0]),
        (format!("*:{assign} -> 404"), &[7]),
        (format!("*:{assign} -> 403"), &[5]),
        (format!("*:{assign} -> 400"), &[6]),
        (format!("*:{assign} -> 500"), &[8]),
        (format!("*:{assign} -> 403; *:DELETE:/users/ -> 403"), &[8]),
        (format!("*:{assign} -> 403; *:DELETE:/users/ -> drop"), &[8]),
        (
            format!("*:{assign} -> 403; 1:DELETE:/users/ -> lost-reply"),
            &[5],
        ),
        (
            format!("*:{assign} -> 403; 1:DELETE:/users/ -> 429 retry-after=1"),
            &[5],
        ),
        // The account never shows: it is taken back by the id that the reply told.
        ("*:GET:/v1.0/users/ -> 404".to_owned(), &[7]),
    ];
    each(&cases, |(script, codes)| {
        let lab = Lab::new();
        lab.faults(script);
        let output = create(&lab, &["larch.one", "--secret-to", "file:a.txt"]).output();
        assert!(codes.contains(&output.code), "{script}: {output}");
        check(&lab, &output, "a.txt", script);
        assert!(lab.sent("POST", "/v1.0/users?").len() <= 2, "{script}");
        if output.code != 0 {
            assert!(
                lab.violations().is_empty(),
                "{script}: {:?}",
                lab.violations()
            );
            if script.contains("86400") {
                // The person who tries again does not wait a day.
                lab.expect_violations();
            }
            // Once the network is well, the same name leads to the end or says plainly why not.
            lab.faults("");
            let again = create(
                &lab,
                &[
                    "larch.one",
                    "--if-exists",
                    "fix",
                    "--secret-to",
                    "file:b.txt",
                ],
            )
            .output();
            let deleted = script.contains("roleAssignments") && made(&lab).is_empty()
                || script.contains("GET:/v1.0/users/");
            if deleted {
                assert_eq!(
                    again.code, 6,
                    "a deleted account holds its name: {script}: {again}"
                );
            } else {
                assert_eq!(again.code, 0, "{script}: {again}");
                assert!(holds_role(&lab, UPN), "{script}");
                let passwords = ["a.txt", "b.txt"]
                    .iter()
                    .filter(|name| {
                        lab.files().contains(&(**name).to_owned())
                            && lab.password_of(UPN, &lab.secret(name))
                    })
                    .count();
                assert_eq!(passwords, 1, "{script}");
            }
        }
    });
}

#[test]
fn a_roll_back_deletes_the_recorded_object_and_nothing_else() {
    let lab = Lab::new();
    lab.faults("*:POST:/roleAssignments -> 403");
    let output = create(&lab, &["--secret-to", "file:a.txt"]).code(5);
    let report = output.json();
    assert_eq!(
        (&report["status"], &report["accounts"][0]["created"]),
        (&"failed".into(), &true.into())
    );
    let deleted = lab.sent("DELETE", "/users/");
    let id = lab
        .journal()
        .iter()
        .find_map(|line| line["target"]["id"].as_str().map(str::to_owned))
        .unwrap();
    assert_eq!(deleted.len(), 1);
    assert!(deleted[0].path.ends_with(&id));
    assert!(
        output.error_json()["message"]
            .as_str()
            .unwrap()
            .contains("deleted again")
    );
    assert!(made(&lab).is_empty() && lab.files().is_empty());
}

#[test]
fn a_half_account_is_finished_by_its_name_or_by_the_next_run() {
    for (first, again) in [
        (&["larch.one"][..], &["larch.one", "--if-exists", "fix"][..]),
        (&[], &[]),
    ] {
        let lab = Lab::new();
        lab.faults("1:POST:/roleAssignments -> 403");
        let words: Vec<&str> = first
            .iter()
            .copied()
            .chain(["--no-rollback", "--secret-to", "file:a.txt"])
            .collect();
        let half = create(&lab, &words).code(8);
        assert_eq!(half.json()["status"], "partial");
        let upn = made(&lab).pop().unwrap();
        assert!(!holds_role(&lab, &upn) && lab.password_of(&upn, &lab.secret("a.txt")));
        // Comparing alone never writes, and the plan of the next run says what it would do.
        lab.forget();
        let words: Vec<&str> = again
            .iter()
            .copied()
            .chain(["--secret-to", "file:b.txt"])
            .collect();
        let plan = create(&lab, &[&words[..], &["--dry-run"]].concat())
            .code(0)
            .json();
        assert_eq!(plan["plan"][0]["step"], "assignRole");
        lab.run(["create-admin"]).args(words.clone()).code(2);
        assert!(lab.writes().is_empty());
        let finished = create(&lab, &words).code(0).json();
        assert_eq!(finished["status"], "done");
        assert_eq!(finished["accounts"][0]["created"], false);
        assert_eq!(finished["accounts"][0]["userPrincipalName"], upn.as_str());
        assert!(holds_role(&lab, &upn));
        assert_eq!(
            (made(&lab).len(), lab.files()),
            (1, vec!["a.txt".to_owned()])
        );
        // Nothing is unfinished any more: a run without a name makes another account.
        create(&lab, &["--secret-to", "file:c.txt"]).code(0);
        assert_eq!(made(&lab).len(), 2);
    }
}

#[test]
fn a_role_is_not_given_to_an_account_whose_password_is_gone() {
    let lab = Lab::new();
    lab.faults("1:POST:/roleAssignments -> 403");
    create(&lab, &["--no-rollback", "--secret-to", "file:a.txt"]).code(8);
    let upn = made(&lab).pop().unwrap();
    std::fs::remove_file(lab.path("a.txt")).unwrap();
    lab.forget();
    let refused = create(&lab, &["--secret-to", "file:b.txt"])
        .code(8)
        .silent();
    let error = refused.error_json();
    assert_eq!(error["operationId"], lab.journal()[0]["operationId"]);
    assert!(error["message"].as_str().unwrap().contains(&upn));
    assert!(lab.writes().is_empty() && !holds_role(&lab, &upn));
    // A name of its own is not held up by it.
    create(&lab, &["larch.one", "--secret-to", "file:b.txt"]).code(0);
}

#[test]
fn an_account_that_was_changed_since_is_not_finished() {
    let lab = Lab::new();
    lab.faults("1:POST:/roleAssignments -> 403");
    create(
        &lab,
        &["larch.one", "--no-rollback", "--secret-to", "file:a.txt"],
    )
    .code(8);
    lab.tenant(|tenant| tenant.patch_object(UPN, serde_json::json!({"accountEnabled": false})));
    lab.forget();
    let refused = create(
        &lab,
        &[
            "larch.one",
            "--if-exists",
            "fix",
            "--secret-to",
            "file:b.txt",
        ],
    )
    .code(6);
    assert!(
        refused.error_json()["cause"]
            .as_str()
            .unwrap()
            .contains("accountEnabled")
    );
    assert!(lab.writes().is_empty() && !holds_role(&lab, UPN));
}

#[test]
fn the_second_of_a_pair_fails_alone() {
    let lab = Lab::new();
    lab.faults("2:POST:/roleAssignments -> 403");
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
    .code(8);
    let report = output.json();
    assert_eq!(
        (
            &report["accounts"][0]["status"],
            &report["accounts"][1]["status"]
        ),
        (&"done".into(), &"failed".into())
    );
    assert_eq!(
        (made(&lab).len(), lab.files()),
        (1, vec!["a.txt".to_owned()])
    );
    let lab = Lab::new();
    lab.faults("1:POST:/v1.0/users$ -> 403");
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
    .code(5);
    assert_eq!(output.json()["accounts"][1]["status"], "skipped");
    assert_eq!(lab.sent("POST", "/v1.0/users?").len(), 1);
    assert!(lab.files().is_empty());
}

#[test]
fn a_tenant_that_replicates_slowly_is_waited_for() {
    let lab = Lab::with(|options| options.visible_lag = Duration::from_millis(1500));
    let output = create(&lab, &["larch.one", "--secret-to", "file:a.txt"]).code(0);
    check(&lab, &output, "a.txt", "lag");
    let lab = Lab::with(|options| options.visible_lag = Duration::from_millis(1500));
    lab.faults("1:POST:/v1.0/users$ -> lost-reply");
    let output = create(&lab, &["larch.one", "--secret-to", "file:a.txt"]).code(0);
    assert!(output.json()["warnings"].to_string().contains("replyLost"));
    check(&lab, &output, "a.txt", "lag and lost reply");
}

#[test]
fn two_runs_at_once_make_two_whole_accounts() {
    let lab = Lab::new();
    let mut children: Vec<_> = ["a", "b", "c"]
        .map(|name| {
            let (mut command, _) =
                create(&lab, &["--secret-to", &format!("file:{name}.txt"), "-q"]).command();
            command
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null());
            command.spawn().unwrap()
        })
        .into();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(made(&lab).len(), 3);
    assert!(made(&lab).iter().all(|upn| holds_role(&lab, upn)));
}

/// Kills a run after a while; the tenant finishes what it had begun.
#[cfg(unix)]
#[test]
fn a_killed_run_leaves_nothing_that_the_next_one_cannot_finish() {
    let moments: Vec<u64> = (0..12).map(|at| 20 + at * 70).collect();
    each(&moments, |after| {
        let lab = Lab::new();
        lab.faults("1:POST:/v1.0/users$ -> delay=250; 1:POST:/roleAssignments$ -> delay=250");
        let (mut command, _) = create(&lab, &["larch.one", "--secret-to", "file:a.txt"]).command();
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(*after));
        let _ = child.kill();
        child.wait().unwrap();
        std::thread::sleep(Duration::from_millis(600));
        if holds_role_if_there(&lab) {
            assert!(
                lab.password_of(UPN, &lab.secret("a.txt")),
                "killed after {after} ms"
            );
        }
        lab.faults("");
        let again = create(
            &lab,
            &[
                "larch.one",
                "--if-exists",
                "fix",
                "--secret-to",
                "file:b.txt",
            ],
        )
        .output();
        assert_eq!(again.code, 0, "killed after {after} ms: {again}");
        assert_eq!(made(&lab), [UPN]);
        assert!(holds_role(&lab, UPN));
        let opens = |name: &str| {
            lab.files().contains(&name.to_owned()) && lab.password_of(UPN, &lab.secret(name))
        };
        assert!(opens("a.txt") || opens("b.txt"), "killed after {after} ms");
        // What the dead run left open is closed: a run without a name makes a new account.
        let fresh = create(&lab, &["--secret-to", "file:c.txt"]).code(0).json();
        assert_eq!(
            fresh["accounts"][0]["created"], true,
            "killed after {after} ms"
        );
    });
}

#[cfg(unix)]
fn holds_role_if_there(lab: &Lab) -> bool {
    !made(lab).is_empty() && holds_role(lab, UPN)
}

/// Finished by its name, it does not leave its password in the sealed copy alone.
#[cfg(unix)]
#[test]
fn finishing_hands_over_what_only_the_sealed_copy_holds() {
    let lab = crate::resume_places::lab();
    program(&lab, "one", "cat >/dev/null; exit 9");
    lab.faults("*:POST:/roleAssignments$ -> 500");
    create(&lab, &["larch.one", "--secret-to", "cmd:./one"]).code(8);
    assert_eq!(copies(&lab).len(), 1);
    lab.faults("");
    program(&lab, "one", "umask 077; cat > one.txt");
    let words = [
        "larch.one",
        "--if-exists",
        "fix",
        "--secret-to",
        "cmd:./one",
    ];
    // Without the key of the copy that is said, and nothing is given up.
    let stuck = create(&lab, &words).output();
    assert_eq!(stuck.code, 8, "{stuck}");
    assert!(holds_role(&lab, UPN) && copies(&lab).len() == 1, "{stuck}");
    let error = stuck.error_json();
    assert_eq!(error["code"], "secretNotDelivered", "{stuck}");
    let resume = format!(
        "admin-reset resume {}",
        lab.journal()[0]["operationId"].as_str().unwrap()
    );
    let fix = error["fix"].as_str().unwrap().to_owned();
    assert!(fix.contains(&resume), "{fix}");
    let words = [&resume["admin-reset ".len()..], "--identity key.txt"].join(" ");
    lab.run(words.split(' ')).code(0);
    assert!(lab.password_of(UPN, &lab.secret("one.txt")) && copies(&lab).is_empty());
}

/// Ctrl-C between two accounts: what was done to the first is told.
#[cfg(unix)]
#[test]
fn an_interruption_between_two_accounts_tells_both() {
    let lab = Lab::new();
    for name in ["larch.one", "larch.two"] {
        lab.faults("1:POST:/roleAssignments -> 403");
        let file = format!("file:{name}.txt");
        create(&lab, &[name, "--no-rollback", "--secret-to", &file]).code(8);
    }
    lab.faults("1:POST:/roleAssignments -> delay=2000");
    lab.forget();
    let (mut command, _) = create(&lab, &["--pair", "--secret-to", "file:a.txt"])
        .args(["--secret-to", "file:b.txt"])
        .command();
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null());
    let child = command.spawn().unwrap();
    while lab.sent("POST", "/roleAssignments").is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(8));
    let report: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    let status = |at: usize| &report["accounts"][at]["status"];
    assert_eq!(*status(0), "done", "{report}");
    assert_eq!(*status(1), "failed", "{report}");
    let other = report["accounts"][1]["userPrincipalName"].as_str().unwrap();
    assert!(holds_role(&lab, UPN) && !holds_role(&lab, other));
}
