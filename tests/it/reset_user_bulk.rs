//! `reset-user` for many: each user with a password and a record of its own, and one honest exit code.

use crate::support::Lab;
use serde_json::Value;
use std::collections::BTreeMap;

const NOOR: &str = "noor.haddad@contoso.com";
const NOOR_ID: &str = "3d4e5f60-7182-493a-a4b5-c6d7e8f90a1b";
const TOM: &str = "tom.reed@contoso.com";
const LEA: &str = "lea.brandt@contoso.com";
const CHIDI: &str = "chidi.maro@contoso.com";
const DORA: &str = "dora.vega@contoso.com";
const ABSENT: &str = "nobody.here@contoso.com";

/// Most batches for twenty users: one about the caller, four about the users, and one for each whose roles stay open.
const BATCHES: usize = 1 + 4 + 20;

/// The rows of a file sink for many, by user principal name.
fn rows(lab: &Lab, name: &str) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(lab.path(name)).unwrap();
    assert_eq!(
        reader.headers().unwrap(),
        vec!["userPrincipalName", "id", "password", "operationId"]
    );
    reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[0].to_owned(), row[2].to_owned()))
        .collect()
}

fn status_of(report: &Value, user: &str) -> String {
    let users = report["users"].as_array().unwrap();
    let one = users
        .iter()
        .find(|one| one["user"]["userPrincipalName"] == user)
        .unwrap_or_else(|| panic!("{user} in {report}"));
    one["status"].as_str().unwrap().to_owned()
}

#[test]
fn one_that_fails_does_not_stop_the_others_and_the_exit_says_so() {
    let lab = Lab::new();
    let output = lab
        .run([
            "reset-user",
            NOOR,
            ABSENT,
            TOM,
            "--secret-to",
            "file:p.csv",
            "--yes",
            "-o",
            "json",
        ])
        .code(8);
    let report = output.json();
    assert_eq!(
        report["summary"],
        serde_json::json!({"users": 3, "done": 2, "planned": 0, "partial": 0, "unknown": 0, "failed": 1})
    );
    assert_eq!(status_of(&report, ABSENT), "failed");
    assert_eq!(output.error_json()["code"], "partlyDone");
    let rows = rows(&lab, "p.csv");
    assert_eq!(rows.keys().collect::<Vec<_>>(), [NOOR, TOM]);
    for (user, password) in &rows {
        assert!(lab.password_of(user, password), "{user}");
    }
    assert_ne!(rows[NOOR], rows[TOM]);
}

#[test]
fn all_failed_gives_the_highest_of_their_codes() {
    let lab = Lab::new();
    let output = lab
        .run([
            "reset-user",
            ABSENT,
            "rhea.stone@contoso.com",
            "--secret-to",
            "file:p.csv",
            "--yes",
            "-o",
            "json",
        ])
        .code(6);
    assert_eq!(output.json()["summary"]["failed"], 2);
    assert!(
        lab.writes().is_empty() && lab.files().is_empty(),
        "{:?}",
        lab.files()
    );
}

#[test]
fn users_come_from_a_csv_stdin_or_both_names_of_one() {
    let lab = Lab::new();
    lab.write(
        "list.csv",
        format!("displayName,UserPrincipalName\r\nNoor,{NOOR}\r\nTom,{TOM}\r\n"),
    );
    let report = lab
        .run([
            "reset-user",
            "--from-csv",
            "list.csv",
            "--secret-to",
            "file:a.csv",
            "--yes",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(report["summary"]["done"], 2);
    let report = lab
        .run([
            "reset-user",
            "-",
            "--secret-to",
            "file:b.csv",
            "--yes",
            "-o",
            "json",
        ])
        .stdin(format!("{NOOR}\n\n  {TOM}  \r\n"))
        .code(0)
        .json();
    assert_eq!(report["summary"]["done"], 2);
    let report = lab
        .run([
            "reset-user",
            "--from-csv",
            "-",
            "--map",
            "userPrincipalName=Email",
            "--secret-to",
            "file:c.csv",
            "--yes",
            "-o",
            "json",
        ])
        .stdin(format!("Email\n{NOOR}\n"))
        .code(0)
        .json();
    // One row, and still the shape for many: targets came from a list.
    assert_eq!(report["summary"]["users"], 1);
    // Entra's own template, in UTF-16.
    let template = format!(
        "version:v1.0\r\nName [displayName] Required,User name [userPrincipalName] Required\r\nNoor,{NOOR}\r\n"
    );
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(template.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    lab.write("template.csv", utf16);
    lab.run([
        "reset-user",
        "--from-csv",
        "template.csv",
        "--secret-to",
        "file:d.csv",
        "--yes",
    ])
    .code(0);
    // The same user by id and by name is reset once.
    lab.forget();
    let report = lab
        .run([
            "reset-user",
            NOOR,
            NOOR_ID,
            &NOOR.to_uppercase(),
            "--secret-to",
            "file:e.csv",
            "--yes",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(report["summary"]["users"], 1);
    assert_eq!(lab.writes().len(), 1);
    assert!(lab.password_of(NOOR, &rows(&lab, "e.csv")[NOOR]));
}

#[test]
fn a_bad_row_is_refused_with_its_number_before_anything_is_asked() {
    let lab = Lab::new();
    lab.run([
        "reset-user",
        "--from-csv",
        "-",
        "--secret-to",
        "file:p.csv",
        "--yes",
    ])
    .stdin(format!("userPrincipalName\n{NOOR}\nnot a name\n"))
    .code(2)
    .says("3");
    lab.run([
        "reset-user",
        "--from-csv",
        "-",
        "--secret-to",
        "file:p.csv",
        "--yes",
    ])
    .stdin("email\nx@y.z\n")
    .code(2);
    lab.run([
        "reset-user",
        "--from-csv",
        "-",
        "--secret-to",
        "file:p.csv",
        "--yes",
    ])
    .stdin("userPrincipalName\n\"unclosed\n")
    .code(2);
    lab.run([
        "reset-user",
        "--from-csv",
        "-",
        "--secret-to",
        "file:p.csv",
        "--yes",
    ])
    .stdin("")
    .code(2);
    lab.run([
        "reset-user",
        "--from-csv",
        "no-such.csv",
        "--secret-to",
        "file:p.csv",
        "--yes",
    ])
    .code(2)
    .says("no-such.csv");
    lab.run(["reset-user", "-", "--password-stdin", "--yes"])
        .stdin(NOOR)
        .code(2);
    assert!(lab.requests().is_empty(), "{:?}", lab.conversation());
}

#[test]
fn privileged_users_in_bulk_need_the_count_and_the_word() {
    let lab = Lab::new();
    let users = [NOOR, DORA];
    let run = |flags: &[&str]| {
        lab.run(["reset-user"].iter().chain(&users).chain(flags))
            .args(["--secret-to", "file:p.csv", "-o", "json"])
            .output()
    };
    for flags in [
        &["--yes"][..],
        &["--yes", "--include-admins"],
        &["--yes", "--confirm-count", "2"],
        &[
            "--include-admins",
            "--confirm-count",
            "2",
            "--confirm",
            NOOR,
        ],
    ] {
        let output = run(flags).code(2);
        assert_eq!(output.error_json()["code"], "consentNeeded", "{output}");
    }
    let error = run(&["--yes", "--include-admins", "--confirm-count", "3"])
        .code(2)
        .error_json();
    assert!(
        error["message"].as_str().unwrap().contains("says 3, and 2"),
        "{error}"
    );
    assert!(lab.writes().is_empty() && lab.files().is_empty() && lab.journal().is_empty());
    let output = run(&["--yes", "--include-admins", "--confirm-count", "2"]).code(0);
    assert_eq!(output.json()["summary"]["done"], 2);
    // Naming the privileged one is enough as well.
    let users = [
        NOOR,
        DORA,
        "--confirm",
        DORA,
        "--yes",
        "--secret-to",
        "file:q.csv",
    ];
    lab.run(["reset-user"].iter().chain(&users)).code(0);
}

#[test]
fn the_count_is_of_those_that_would_be_reset() {
    let lab = Lab::new();
    let run = |count: &str| {
        lab.run([
            "reset-user",
            NOOR,
            TOM,
            ABSENT,
            "--yes",
            "--include-admins",
            "--confirm-count",
            count,
            "--secret-to",
            "file:p.csv",
            "-o",
            "json",
        ])
        .output()
    };
    assert_eq!(run("3").code(2).error_json()["code"], "consentNeeded");
    assert_eq!(run("2").code(8).json()["summary"]["done"], 2);
}

#[test]
fn a_canary_that_fails_stops_the_rest() {
    let lab = Lab::new();
    lab.faults("*:POST:/users/3d4e5f60-7182-493a-a4b5-c6d7e8f90a1b/authentication -> 403");
    let output = lab
        .run([
            "reset-user",
            NOOR,
            TOM,
            LEA,
            "--canary",
            "1",
            "--secret-to",
            "file:p.csv",
            "--yes",
            "-o",
            "json",
        ])
        .output();
    let report = output.json();
    assert_eq!(
        (
            report["summary"]["done"].clone(),
            report["summary"]["failed"].clone()
        ),
        (0.into(), 3.into()),
        "{output}"
    );
    assert!(lab.untouched(TOM) && lab.untouched(LEA) && lab.untouched(NOOR));
    assert_eq!(lab.writes().len(), 1);
    assert_ne!(output.code, 0);
    // When the canary lives the others follow.
    lab.faults("");
    lab.run([
        "reset-user",
        NOOR,
        TOM,
        LEA,
        "--canary",
        "1,1",
        "--secret-to",
        "file:q.csv",
        "--yes",
    ])
    .code(0);
    assert_eq!(rows(&lab, "q.csv").len(), 3);
}

#[test]
fn the_run_stops_after_so_many_errors() {
    let lab = Lab::new();
    lab.faults("1-2:POST:/resetPassword -> 403");
    let users = [NOOR, TOM, LEA, CHIDI];
    let output = lab
        .run(["reset-user"].iter().chain(&users))
        .args([
            "--stop-after-errors",
            "2",
            "--concurrency",
            "1",
            "--secret-to",
            "file:p.csv",
            "--yes",
            "-o",
            "json",
        ])
        .output();
    let report = output.json();
    assert_eq!(report["summary"]["failed"], 4, "{output}");
    assert_eq!(lab.writes().len(), 2);
    assert!(lab.untouched(LEA) && lab.untouched(CHIDI));
    lab.faults("1-2:POST:/resetPassword -> 403");
    let output = lab
        .run(["reset-user"].iter().chain(&users))
        .args([
            "--stop-after-errors",
            "3",
            "--concurrency",
            "1",
            "--secret-to",
            "file:q.csv",
            "--yes",
            "-o",
            "json",
        ])
        .code(8);
    assert_eq!(output.json()["summary"]["done"], 2);
    let rows = rows(&lab, "q.csv");
    assert_eq!(
        rows.keys().collect::<Vec<_>>(),
        [CHIDI, LEA],
        "users whose change was proven not to happen are gone from the file"
    );
    assert!(
        rows.iter()
            .all(|(user, password)| lab.password_of(user, password))
    );
}

#[test]
fn results_are_written_to_a_file_of_their_own() {
    let lab = Lab::new();
    let output = lab
        .run([
            "reset-user",
            NOOR,
            ABSENT,
            "--results",
            "r.csv",
            "--secret-to",
            "file:p.csv",
            "--yes",
            "-o",
            "csv",
        ])
        .code(8);
    let results = lab.read("r.csv");
    assert_eq!(
        results.lines().next(),
        Some("userPrincipalName,id,status,via,operationId,exitCode,errorCode")
    );
    assert_eq!(results, output.stdout);
    assert!(
        results.contains(&format!("{NOOR},{NOOR_ID},done,method,"))
            && results.contains(",failed,,,3,notFound"),
        "{results}"
    );
    // A results file that exists stops the run before the first change.
    lab.forget();
    lab.run([
        "reset-user",
        TOM,
        LEA,
        "--results",
        "r.csv",
        "--secret-to",
        "file:q.csv",
        "--yes",
    ])
    .code(6);
    assert!(lab.writes().is_empty() && !lab.path("q.csv").exists());
}

#[test]
fn a_dry_run_shows_the_number_and_writes_nothing() {
    let lab = Lab::new();
    let report = lab
        .run([
            "reset-user",
            NOOR,
            DORA,
            ABSENT,
            "--dry-run",
            "--results",
            "r.csv",
            "-o",
            "json",
        ])
        .output();
    assert_eq!(report.json()["summary"]["planned"], 2, "{report}");
    assert!(report.json()["users"][0]["plan"][0]["step"] == "resetPassword");
    assert!(lab.writes().is_empty() && lab.files().is_empty() && lab.journal().is_empty());
}

#[test]
fn many_users_cost_few_reads() {
    let lab = Lab::with(|options| options.generated_users = 20);
    let list: String = (1..=20).map(|n| format!("user{n}@contoso.com\n")).collect();
    let output = lab
        .run([
            "reset-user",
            "-",
            "--secret-to",
            "file:p.csv",
            "--yes",
            "--concurrency",
            "8",
            "-o",
            "json",
        ])
        .stdin(list)
        .code(0);
    let rows = rows(&lab, "p.csv");
    assert_eq!(
        (rows.len(), output.json()["summary"]["done"].clone()),
        (20, 20.into()),
        "{output}"
    );
    assert!(
        rows.iter()
            .all(|(user, password)| lab.password_of(user, password))
    );
    let distinct: std::collections::BTreeSet<&String> = rows.values().collect();
    assert_eq!(distinct.len(), 20, "no password twice");
    let batches = lab.sent("POST", "/$batch").len();
    assert!(batches <= BATCHES, "{batches} batches for 20 users");
    assert_eq!(lab.writes().len(), 20);
}
