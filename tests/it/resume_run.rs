//! A bulk run that stopped or was killed is gone on with: with the users it never began too, and with nobody a second time.

use crate::support::{Lab, Output, Run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::Duration;

fn lab(users: usize) -> Lab {
    let lab = Lab::with(|options| {
        options.generated_users = users as u64;
        options.operation_time = Duration::ZERO;
    });
    let list: String = (1..=users).map(|n| format!("{}\n", name(n))).collect();
    lab.write("list.csv", format!("userPrincipalName\n{list}"));
    lab
}

fn name(n: usize) -> String {
    format!("user{n}@contoso.com")
}

fn bulk<'lab>(lab: &'lab Lab, sink: &str, more: &[&str]) -> Run<'lab> {
    lab.run([
        "reset-user",
        "--from-csv",
        "list.csv",
        "--yes",
        "--secret-to",
        sink,
        "-o",
        "json",
    ])
    .args(more.iter().copied())
}

fn resume<'lab>(lab: &'lab Lab, run: &str) -> Run<'lab> {
    lab.run([
        "resume", run, "--yes", "--settle", "1s", "--wait", "5s", "-o", "json",
    ])
}

/// Ids of the runs that are not at their end.
fn runs(lab: &Lab) -> Vec<String> {
    std::fs::read_dir(lab.state().join("runs"))
        .map(|entries| {
            entries
                .map(|entry| entry.unwrap().path())
                .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
                .collect()
        })
        .unwrap_or_default()
}

/// The passwords each account was sent.
fn sent(lab: &Lab) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in lab.writes() {
        let body: Value = serde_json::from_slice(&one.body).unwrap_or_default();
        if let Some(word) = body["newPassword"].as_str() {
            let id = one.path.split('/').nth(3).unwrap().to_owned();
            all.entry(id).or_default().insert(word.to_owned());
        }
    }
    all
}

/// Everybody has one password, which opens the account and is in the table once.
#[track_caller]
fn whole(lab: &Lab, table: &str, users: usize, about: &Output) {
    let mut reader = csv::Reader::from_path(lab.path(table)).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), users, "{about}");
    for n in 1..=users {
        let own: Vec<_> = rows.iter().filter(|row| row[0] == name(n)).collect();
        assert_eq!(own.len(), 1, "{}: {about}", name(n));
        assert!(lab.password_of(&name(n), &own[0][2]), "{}", name(n));
    }
    let sent = sent(lab);
    assert_eq!(sent.len(), users);
    assert!(sent.values().all(|words| words.len() == 1), "{about}");
}

#[test]
fn a_run_that_stopped_is_gone_on_with_and_not_begun_anew_by_accident() {
    let lab = lab(6);
    lab.faults("3:POST:/resetPassword -> 403");
    let more = ["--concurrency", "1", "--stop-after-errors", "1"];
    let stopped = bulk(&lab, "file:new.csv", &more).code(8);
    let run = stopped.json()["journal"]["runId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(runs(&lab), std::slice::from_ref(&run));
    let listed = lab.run(["journal", "list", "--open", "-o", "text"]).code(0);
    let next = format!("Next: admin-reset resume {run}\n");
    assert!(listed.stdout.ends_with(&next), "{listed}");
    let left = &stopped.json()["users"][4]["error"]["fix"];
    assert!(
        left.as_str().unwrap().contains(&format!("resume {run}")),
        "{left}"
    );
    lab.faults("");
    lab.forget();
    // The same list by hand would give those who are done a second password.
    for more in [&[][..], &["--dry-run"]] {
        let error = bulk(&lab, "file:again.csv", more).code(6).error_json();
        assert_eq!(error["code"], "targetChanged");
        let fix = error["fix"].as_str().unwrap();
        assert!(
            fix.contains(&format!("resume {run}")) && fix.contains("--anew"),
            "{error}"
        );
    }
    assert!(lab.writes().is_empty() && !lab.path("again.csv").exists());
    let plan = resume(&lab, &run).args(["--dry-run"]).code(8).json();
    assert_eq!(plan["summary"]["planned"], 3, "{plan}");
    // The number is of all who are gone on with.
    resume(&lab, &run)
        .args(["--confirm-count", "2"])
        .code(2)
        .silent();
    assert!(lab.writes().is_empty());
    // The one that was refused stays refused: 8, and nothing is left of the run.
    let done = resume(&lab, &run[..8])
        .args(["--confirm-count", "3"])
        .code(8);
    assert_eq!(done.json()["summary"]["done"], 5, "{done}");
    assert!(lab.untouched(&name(3)) && runs(&lab).is_empty());
    assert_eq!(sent(&lab).len(), 3);
    let mut reader = csv::Reader::from_path(lab.path("new.csv")).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        assert!(lab.password_of(&row[0], &row[2]), "{}", &row[0]);
    }
    // At its end it stands in nobody's way.
    bulk(&lab, "file:again.csv", &[]).code(0);
}

#[test]
fn a_run_can_be_begun_anew_on_purpose() {
    let lab = lab(3);
    lab.faults("2:POST:/resetPassword -> 403");
    let more = ["--concurrency", "1", "--stop-after-errors", "1"];
    bulk(&lab, "file:new.csv", &more).code(8);
    lab.faults("");
    lab.run(["reset-user", "user1@contoso.com", "user2@contoso.com"])
        .args(["--yes", "--secret-to", "file:two.csv"])
        .code(6);
    // One user alone, and others than those on the list, are nobody's second password.
    lab.run([
        "reset-user",
        "noor.haddad@contoso.com",
        "tom.reed@contoso.com",
    ])
    .args(["--yes", "--secret-to", "file:others.csv"])
    .code(0);
    bulk(&lab, "file:anew.csv", &["--anew"]).code(0);
    assert!(runs(&lab).is_empty());
}

#[test]
fn whom_somebody_reset_since_is_left_alone() {
    let lab = lab(3);
    lab.faults("1:POST:/resetPassword -> 403");
    let more = ["--concurrency", "1", "--stop-after-errors", "1"];
    bulk(&lab, "file:new.csv", &more).code(8);
    lab.faults("");
    let run = runs(&lab).pop().unwrap();
    lab.run([
        "reset-user",
        "user2@contoso.com",
        "--yes",
        "--secret-to",
        "file:two.txt",
    ])
    .code(0);
    lab.forget();
    resume(&lab, &run).code(8);
    assert!(lab.password_of("user2@contoso.com", &lab.secret("two.txt")));
    assert_eq!(sent(&lab).len(), 1);
    assert!(runs(&lab).is_empty() && !lab.untouched("user3@contoso.com"));
}

#[test]
fn a_run_that_is_still_at_work_is_left_to_itself() {
    let lab = lab(3);
    lab.faults("1:POST:/resetPassword -> delay=4000");
    let mut child = bulk(&lab, "file:new.csv", &["--concurrency", "1"]).started();
    while lab.sent("POST", "/resetPassword").is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let run = runs(&lab).pop().unwrap();
    let error = resume(&lab, &run).code(6).error_json();
    assert!(
        error["message"].as_str().unwrap().contains("still at work"),
        "{error}"
    );
    // Nor may a list be begun, anew or not, that has somebody in common with it.
    for more in [&[][..], &["--anew"]] {
        let error = bulk(&lab, "file:again.csv", more).code(6).error_json();
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(&run) && message.contains("at work"),
            "{error}"
        );
    }
    assert!(!lab.path("again.csv").exists());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(runs(&lab).is_empty());
    assert!(sent(&lab).values().all(|words| words.len() == 1));
}

/// Both looked before either had begun: one goes, the other does not.
#[test]
fn of_two_runs_that_begin_at_once_one_is_refused() {
    let lab = lab(4);
    lab.faults("1+:POST:/resetPassword -> delay=700");
    let children: Vec<_> = ["one.csv", "two.csv"]
        .into_iter()
        .map(|table| {
            let to = format!("file:{table}");
            let (mut command, _) = bulk(&lab, &to, &["--concurrency", "1"]).command();
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut codes: Vec<Option<i32>> = children
        .into_iter()
        .map(|mut child| child.wait().unwrap().code())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(6)]);
    let sent = sent(&lab);
    assert!(sent.len() == 4 && sent.values().all(|words| words.len() == 1));
    assert!(lab.path("one.csv").exists() != lab.path("two.csv").exists());
}

/// Killed while an account was outside its restricted unit, before its password was touched: the run puts it back and resets it.
#[test]
fn who_was_outside_a_restricted_unit_is_put_back_by_the_run() {
    const RHEA: &str = "rhea.stone@contoso.com";
    let lab = lab(1);
    lab.write(
        "list.csv",
        format!("userPrincipalName\n{RHEA}\n{}\n", name(1)),
    );
    lab.faults("1:DELETE:/members/ -> delay=20000");
    let more = ["--concurrency", "1", "--through-restricted-unit"];
    let mut child = bulk(&lab, "file:new.csv", &more).started();
    let restricted = || {
        let people = lab.sandbox().dump()["people"].clone();
        let is = |one: &Value| one["userPrincipalName"] == RHEA && one["restricted"] == true;
        people.as_array().unwrap().iter().any(is)
    };
    while restricted() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lab.faults("");
    let run = runs(&lab).pop().unwrap();
    let done = resume(&lab, &run).output();
    assert!(restricted(), "{done}");
    for user in [RHEA, &name(1)] {
        assert!(!lab.untouched(user), "{user}: {done}");
    }
    assert!(sent(&lab).values().all(|words| words.len() == 1));
    assert!(runs(&lab).is_empty(), "{done}");
}

/// An older run that stopped early is not gone on with while another one is at work on its users.
#[test]
fn an_older_run_waits_for_one_at_work_on_its_users() {
    let lab = lab(3);
    lab.faults("1:POST:/resetPassword -> 403");
    let more = ["--concurrency", "1", "--stop-after-errors", "1"];
    bulk(&lab, "file:new.csv", &more).code(8);
    let older = runs(&lab).pop().unwrap();
    // None of them was reset, so another run may take them.
    lab.faults("1:POST:/resetPassword -> delay=4000");
    let mut child = bulk(&lab, "file:other.csv", &["--concurrency", "1"]).started();
    while runs(&lab).len() < 2 {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    let error = resume(&lab, &older).code(6).error_json();
    assert!(
        error["message"].as_str().unwrap().contains("at work"),
        "{error}"
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
    // Now they are done, and it has nobody left.
    resume(&lab, &older).code(6);
    assert!(sent(&lab).values().all(|words| words.len() <= 2));
    for n in [2, 3] {
        let id = lab.tenant(|tenant| tenant.object(&name(n)).unwrap()["id"].clone());
        assert_eq!(sent(&lab)[id.as_str().unwrap()].len(), 1, "{n}");
    }
    assert!(runs(&lab).is_empty());
}

/// Who is not on the new list is still somebody's to do.
#[test]
fn a_run_anew_for_some_leaves_the_others_on_the_older_list() {
    let lab = lab(4);
    lab.faults("2:POST:/resetPassword -> 403");
    let more = ["--concurrency", "1", "--stop-after-errors", "1"];
    bulk(&lab, "file:new.csv", &more).code(8);
    lab.faults("");
    let run = runs(&lab).pop().unwrap();
    let some = ["reset-user", "user1@contoso.com", "user3@contoso.com"];
    let anew = lab
        .run(some)
        .args(["--anew", "--yes", "--secret-to", "file:some.csv"])
        .code(0);
    assert!(anew.stderr.contains(&format!("resume {run}")), "{anew}");
    assert_eq!(runs(&lab), std::slice::from_ref(&run));
    lab.forget();
    resume(&lab, &run).code(8);
    let words = sent(&lab);
    assert_eq!(words.len(), 1, "{words:?}");
    assert!(!lab.untouched(&name(4)) && runs(&lab).is_empty());
}

/// Who could not be read now is not forgotten.
#[test]
fn whom_the_service_did_not_show_stays_on_the_list() {
    let lab = lab(3);
    lab.faults("2:POST:/resetPassword -> 403");
    let more = ["--concurrency", "1", "--stop-after-errors", "1"];
    bulk(&lab, "file:new.csv", &more).code(8);
    let run = runs(&lab).pop().unwrap();
    let id = lab.tenant(|tenant| tenant.object(&name(3)).unwrap()["id"].clone());
    lab.faults(&format!("*:GET:/users/{} -> 503", id.as_str().unwrap()));
    lab.forget();
    let away = resume(&lab, &run).output();
    assert_eq!(away.code, 8, "{away}");
    assert!(lab.writes().is_empty() && runs(&lab) == [run.clone()]);
    lab.faults("");
    resume(&lab, &run).code(8);
    assert!(!lab.untouched(&name(3)) && runs(&lab).is_empty());
}

#[test]
fn what_went_to_stdout_goes_there_again_only_when_asked() {
    let lab = lab(3);
    lab.faults("2:POST:/resetPassword -> 403");
    let more = ["--concurrency", "1", "--stop-after-errors", "1"];
    bulk(&lab, "stdout", &more).code(8);
    lab.faults("");
    let run = runs(&lab).pop().unwrap();
    let error = resume(&lab, &run).code(2).silent().error_json();
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("--secret-to stdout"),
        "{error}"
    );
    let done = resume(&lab, &run).args(["--secret-to", "stdout"]).code(8);
    let mut reader = csv::Reader::from_reader(done.stdout.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1, "{done}");
    assert!(lab.password_of("user3@contoso.com", &rows[0][2]));
}

/// A run died after a secret was put down and before that was on record: it opens nothing, and does not stand in its user's way. What
/// the run did not put there is nobody's to take away.
#[test]
fn what_was_put_down_and_is_not_on_record_is_taken_back() {
    for ours in [true, false] {
        let lab = lab(3);
        lab.write("key.txt", include_str!("../data/age/key.txt"));
        lab.faults("1:POST:/resetPassword -> 403");
        let more = ["--concurrency", "1", "--stop-after-errors", "1"];
        let to = format!("age:{}:sealed", crate::escrow::RECIPIENT);
        bulk(&lab, &to, &more).code(8);
        lab.faults("");
        let run = runs(&lab).pop().unwrap();
        let id = |n: usize| {
            let object = lab.tenant(|tenant| tenant.object(&name(n)).unwrap());
            object["id"].as_str().unwrap().to_owned()
        };
        let path = lab.state().join("runs").join(format!("{run}.staging"));
        let told = std::fs::read_to_string(&path).unwrap();
        assert_eq!(told, format!("{}\n", id(1)));
        // As the second one's run would have left it.
        std::fs::write(lab.path(&format!("sealed/{}.age", id(2))), "left over").unwrap();
        if ours {
            std::fs::write(&path, format!("{told}{}\n", id(2))).unwrap();
        }
        let done = resume(&lab, &run).output();
        // Where it stays in the way, the run stops at that error as it was asked to.
        for n in [2, 3] {
            assert_eq!(lab.untouched(&name(n)), !ours, "{n}: {done}");
        }
        let sealed = lab.path(&format!("sealed/{}.age", id(2)));
        if ours {
            let password = crate::escrow::opened(&lab, &sealed);
            assert!(lab.password_of(&name(2), &password), "{done}");
            assert!(!path.exists() && runs(&lab).is_empty());
        } else {
            assert_eq!(std::fs::read_to_string(sealed).unwrap(), "left over");
        }
    }
}

/// Killed again and again, the run and its resumptions: everybody ends with one password.
#[test]
fn killed_again_and_again_everybody_ends_with_one_password() {
    const USERS: usize = 30;
    let lab = lab(USERS);
    lab.faults("1+:POST:/resetPassword -> delay=30");
    let mut kills = 0;
    let mut run: Option<String> = None;
    for round in 0.. {
        let started = match &run {
            None => bulk(&lab, "file:new.csv", &[]),
            Some(run) => resume(&lab, run),
        };
        let mut child = started.started();
        // The first ones die soon, and each gets a little further.
        let before = lab.sent("POST", "/resetPassword").len();
        let enough = before + 2 + round;
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if round < 6 && lab.sent("POST", "/resetPassword").len() >= enough {
                break None;
            }
            std::thread::sleep(Duration::from_millis(3));
        };
        run = run.or_else(|| runs(&lab).pop());
        if ended.is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        std::thread::sleep(Duration::from_millis(60));
    }
    assert!(kills >= 3, "{kills}");
    lab.faults("");
    let run = run.unwrap();
    let done = resume(&lab, &run).output();
    whole(&lab, "new.csv", USERS, &done);
    assert!(runs(&lab).is_empty(), "{done}");
    // Each account was changed by one operation.
    let operations: BTreeSet<(String, String)> = lab
        .journal()
        .iter()
        .filter(|line| line["step"] == "resetPassword")
        .map(|line| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&line["target"]["id"]), text(&line["operationId"]))
        })
        .collect();
    assert_eq!(operations.len(), USERS);
}
