//! `advise`: the ways back, without network and sign-in.

use crate::support::{Lab, golden};
use serde_json::{Value, json};

fn advice(lab: &Lab, flags: &[&str]) -> Value {
    let words = ["advise"].iter().chain(flags).chain(&["-o", "json"]);
    lab.run(words).code(0).json()
}

fn words(report: &Value) -> Vec<String> {
    report["ways"]
        .as_array()
        .unwrap()
        .iter()
        .map(|way| way["way"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn nothing_known_leads_to_the_user_name_first_and_the_support_case_last() {
    let lab = Lab::new().as_nobody();
    let report = advice(&lab, &[]);
    let ways = words(&report);
    assert_eq!(ways.first().unwrap(), "findUserName");
    assert_eq!(ways.last().unwrap(), "support");
    assert!(lab.requests().is_empty(), "advise needs no network");
}

#[test]
fn the_page_for_a_person() {
    let lab = Lab::new().as_nobody();
    let run = lab.run([
        "advise",
        "--username",
        "ada@contoso.com",
        "--other-admin",
        "none",
        "--registered",
        "email,app",
        "--account",
        "cloud",
        "--signed-in",
        "none",
    ]);
    golden("advise/sole.txt", &run.code(0).transcript());
}

#[test]
fn commands_and_links_are_those_of_the_cloud_and_the_user() {
    let lab = Lab::new().as_nobody();
    let flags = [
        "--username",
        "o'hara@contoso.com",
        "--registered",
        "email,phone",
        "--other-admin",
        "global",
    ];
    for (cloud, host) in [
        (
            "global",
            "https://passwordreset.microsoftonline.com/?username=o%27hara%40contoso.com",
        ),
        (
            "usgov",
            "https://passwordreset.microsoftonline.us/?username=o%27hara%40contoso.com",
        ),
        (
            "usgov-dod",
            "https://passwordreset.microsoftonline.us/?username=o%27hara%40contoso.com",
        ),
        (
            "china",
            "https://passwordreset.activedirectory.windowsazure.cn",
        ),
    ] {
        let report = advice(&lab, &[&flags[..], &["--cloud", cloud]].concat());
        let way = |name: &str| {
            let ways = report["ways"].as_array().unwrap();
            ways.iter().find(|way| way["way"] == name).unwrap().clone()
        };
        assert_eq!(way("selfService")["link"], host, "{cloud}");
        let reset = way("otherAdmin")["commands"][1]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            reset.starts_with("admin-reset reset-user 'o'\\''hara@contoso.com'"),
            "{reset}"
        );
        assert_eq!(
            reset.ends_with(&format!(" --cloud {cloud}")),
            cloud != "global",
            "{reset}"
        );
        assert_eq!(report["answers"]["cloud"], cloud);
    }
}

#[test]
fn answers_that_contradict_each_other_are_refused() {
    let lab = Lab::new().as_nobody();
    for flags in [
        &["--signed-in", "none,browser"][..],
        &["--registered", "email,none"],
        &["--username", "ada"],
        &["--username", "45ea6528-16d7-43d6-8ed8-9e7dce610253"],
        &["--username", "a@b.example", "--no-username"],
        &["--other-admin", "king"],
    ] {
        lab.run(["advise"].iter().chain(flags)).code(2).silent();
    }
}

#[test]
fn every_format_and_no_question_without_a_terminal() {
    let lab = Lab::new().as_nobody();
    for format in ["text", "json", "jsonl", "csv", "tsv", "markdown"] {
        let output = lab.run(["advise", "--no-input", "-o", format]).code(0);
        assert!(
            output.stdout.contains("support") && output.stderr.is_empty(),
            "{format}: {output}"
        );
    }
    let first = lab
        .run(["advise", "--query", "ways[0].way", "-o", "tsv"])
        .code(0);
    assert_eq!(first.stdout, "findUserName\n");
}

#[test]
fn a_living_session_fills_in_what_the_directory_tells() {
    let lab = Lab::new();
    let report = advice(&lab, &[]);
    let answers = &report["answers"];
    assert_eq!(answers["userName"], "ada.okafor@contoso.com");
    assert_eq!(answers["signedIn"]["cli"], true);
    assert_eq!(answers["otherAdmin"], "global");
    assert_eq!(answers["account"], "cloud");
    assert!(answers["registered"]["email"].is_boolean(), "{answers}");
    assert_eq!(report["lookedUp"]["signedInAs"], "ada.okafor@contoso.com");
    assert_eq!(
        report["lookedUp"]["answered"],
        json!(["userName", "account", "registered", "otherAdmin"])
    );
    assert!(words(&report).contains(&"recoverOwn".to_owned()));
    assert!(lab.writes().is_empty());
    // Another account, somebody else's session: what is asked about is that account.
    let report = advice(&lab, &["--username", "hana.sato@contoso.com"]);
    assert_eq!(report["answers"]["account"], "synced");
    assert_eq!(report["answers"]["signedIn"]["cli"], false);
    assert_eq!(report["answers"]["otherAdmin"], "global");
}

/// A name may hold what a shell acts on.
#[test]
fn names_are_quoted_in_lines_for_a_shell() {
    let lab = Lab::new();
    let name = "o'brien@contoso.com";
    lab.tenant(|tenant| tenant.add_user(name, "O'Brien"));
    let report = advice(&lab, &["--username", name]);
    let quoted = r"'o'\''brien@contoso.com'";
    let line = format!("admin-reset who-can-reset {quoted}");
    let note = |one: &Value| one.as_str().is_some_and(|text| text.contains(&line));
    let notes = report["lookedUp"]["notes"].as_array().unwrap();
    assert!(notes.iter().any(note), "{notes:#?}");
    let commands: Vec<&Value> = report["ways"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|way| way["commands"].as_array().unwrap())
        .filter(|one| one.as_str().unwrap().contains("brien"))
        .collect();
    assert!(!commands.is_empty());
    for one in commands {
        assert!(one.as_str().unwrap().contains(quoted), "{one}");
    }
}

#[test]
fn what_was_said_is_not_overruled_and_offline_asks_nothing() {
    let lab = Lab::new();
    let said = [
        "--other-admin",
        "none",
        "--account",
        "federated",
        "--registered",
        "none",
        "--signed-in",
        "office",
    ];
    let report = advice(&lab, &said);
    let answers = &report["answers"];
    assert_eq!(answers["otherAdmin"], "none");
    assert_eq!(answers["account"], "federated");
    assert_eq!(answers["registered"]["phone"], false);
    assert_eq!(answers["signedIn"]["cli"], false);
    assert_eq!(report["lookedUp"]["answered"], json!(["userName"]));
    lab.forget();
    let report = advice(&lab, &["--offline"]);
    assert_eq!(report["answers"]["userName"], Value::Null);
    assert!(lab.requests().is_empty());
}

#[test]
fn a_session_that_is_of_no_use_changes_nothing_but_is_told() {
    let lab = Lab::new();
    lab.faults("*:POST:batch -> 400");
    let report = advice(&lab, &["--username", "bo.lindqvist@contoso.com"]);
    assert_eq!(report["answers"]["otherAdmin"], "unknown");
    let notes = report["lookedUp"]["notes"].to_string();
    assert!(
        notes.contains("of no use") || notes.contains("in time"),
        "{notes}"
    );
    let lab = Lab::new();
    let report = advice(&lab, &["--username", "nobody@contoso.com"]);
    let notes = report["lookedUp"]["notes"].to_string();
    assert!(notes.contains("There is no account"), "{notes}");
    // An app without a name has nobody to tell about.
    let lab = Lab::new().as_app();
    let report = advice(&lab, &[]);
    assert_eq!(report["answers"]["userName"], Value::Null);
    assert_eq!(report["lookedUp"]["signedInAs"], Value::Null);
}
