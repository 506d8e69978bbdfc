//! `set-security-info`: the difference, what is normalised and refused, the order of phones, many users, and faults of each write.

use crate::support::{Lab, each};
use serde_json::{Value, json};

const ADA: &str = "ada.okafor@contoso.com";
const BO: &str = "bo.lindqvist@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";
const CHIDI: &str = "chidi.maro@contoso.com";

/// What a user has registered: `email=…`, `mobile=…`, in the order of the tenant.
fn registered(lab: &Lab, user: &str) -> Vec<String> {
    let object = lab.tenant(|tenant| tenant.object(user).unwrap());
    let mut found: Vec<String> = object["authenticationMethods"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|method| {
            let email = method["emailAddress"]
                .as_str()
                .map(|own| format!("email={own}"));
            let phone = method["phoneNumber"]
                .as_str()
                .map(|own| format!("{}={own}", method["phoneType"].as_str().unwrap()));
            email.or(phone)
        })
        .collect();
    found.sort();
    found
}

fn set(lab: &Lab, user: &str, more: &[&str]) -> Value {
    lab.run(["set-security-info", user, "--confirm", user, "-o", "json"])
        .args(more.iter().copied())
        .code(0)
        .json()
}

#[test]
fn an_address_and_a_number_are_registered_changed_and_removed() {
    let lab = Lab::new();
    assert!(registered(&lab, BO).is_empty());
    let report = set(
        &lab,
        BO,
        &[
            "--email",
            "bo@fabrikam.example",
            "--phone",
            "+47 123 45 678",
        ],
    );
    assert_eq!(
        (&report["status"], &report["readBack"]),
        (&json!("done"), &json!(true))
    );
    assert_eq!(report["changes"][0]["action"], "add");
    assert_eq!(
        report["changes"][1]["after"], "***78",
        "masked unless asked"
    );
    assert_eq!(
        registered(&lab, BO),
        ["email=bo@fabrikam.example", "mobile=+47 12345678"]
    );
    // The same again changes nothing and sends nothing.
    lab.forget();
    let same = set(
        &lab,
        BO,
        &["--email", "BO@fabrikam.example", "--phone", "+4712345678"],
    );
    assert_eq!(same["status"], "unchanged");
    assert!(lab.writes().is_empty());
    let changed = set(&lab, BO, &["--phone", "+1 (206) 555-0142", "--show-values"]);
    assert_eq!(changed["changes"][0]["before"], "+47 12345678");
    assert_eq!(changed["changes"][0]["after"], "+1 2065550142");
    assert_eq!(changed["changes"][0]["action"], "change");
    let removed = set(&lab, BO, &["--remove", "email", "--remove", "phone"]);
    assert_eq!(removed["status"], "done");
    assert!(registered(&lab, BO).is_empty());
    let steps: Vec<String> = lab
        .journal()
        .iter()
        .filter(|line| line["kind"] == "result")
        .map(|line| line["step"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        steps,
        [
            "addEmail",
            "addPhone.mobile",
            "changePhone.mobile",
            "deleteMethod.emailMethods",
            "deleteMethod.phoneMethods"
        ]
    );
    let journal = serde_json::to_string(&lab.journal()).unwrap();
    assert!(!journal.contains("fabrikam") && !journal.contains("2345678"));
}

#[test]
fn check_security_info_and_self_service_see_what_was_set() {
    let lab = Lab::new();
    lab.run(["check-security-info", BO]).code(10);
    set(
        &lab,
        BO,
        &["--email", "bo@fabrikam.example", "--phone", "+47 12345678"],
    );
    let checked = lab
        .run(["check-security-info", BO, "-o", "json"])
        .code(0)
        .json();
    assert_eq!(checked["users"][0]["ready"], true);
    assert_eq!(checked["users"][0]["selfServiceReset"]["verdict"], "yes");
}

#[test]
fn what_breaks_a_rule_is_refused_with_rule_and_fix_before_anything_is_asked() {
    let lab = Lab::new();
    for (args, words) in [
        (vec!["--phone", "12345678"], "begins with +"),
        (vec!["--phone", "+471 2345678"], "471 is no country code"),
        (
            vec!["--phone", "+44 020 7946 0958"],
            "leading 0 is left out",
        ),
        (
            vec!["--phone", "+1 2065550100x12"],
            "extension cannot be used",
        ),
        (vec!["--email", "nonsense"], "an address has one @"),
        (vec![], "Nothing to set or remove"),
        (
            vec!["--email", "a@b.example", "--remove", "email"],
            "at once",
        ),
        (
            vec!["--email", "a@b.example", "--phone-type", "office"],
            "no phone was given",
        ),
    ] {
        lab.run(["set-security-info", BO, "--confirm", BO])
            .args(args.clone())
            .code(2)
            .says(words);
    }
    assert!(lab.requests().is_empty());
}

#[test]
fn phones_go_in_the_order_graph_takes() {
    let lab = Lab::new();
    let alternate = ["--phone", "+47 12345678", "--phone-type", "alternateMobile"];
    lab.run(["set-security-info", BO, "--confirm", BO])
        .args(alternate)
        .code(6)
        .says("--phone-type mobile");
    assert!(lab.writes().is_empty());
    set(&lab, BO, &["--phone", "+47 87654321"]);
    set(&lab, BO, &alternate);
    lab.run([
        "set-security-info",
        BO,
        "--confirm",
        BO,
        "--remove",
        "phone",
    ])
    .code(6)
    .says("--remove phone --phone-type alternateMobile");
    set(
        &lab,
        BO,
        &["--remove", "phone", "--phone-type", "alternateMobile"],
    );
    set(&lab, BO, &["--remove", "phone"]);
    set(
        &lab,
        BO,
        &["--phone", "+1 4255550199x4321", "--phone-type", "office"],
    );
    assert_eq!(registered(&lab, BO), ["office=+1 4255550199x4321"]);
}

#[test]
fn ones_own_is_set_in_the_browser_and_who_may_not_is_told() {
    let lab = Lab::new();
    lab.run([
        "set-security-info",
        ADA,
        "--confirm",
        ADA,
        "--email",
        "x@y.example",
    ])
    .code(6)
    .says("mysignins.microsoft.com");
    lab.run([
        "set-security-info",
        BO,
        "--confirm",
        BO,
        "--email",
        "x@y.example",
    ])
    .as_user("uma.keller@contoso.com")
    .code(5)
    .says("You may not change the security info of");
    lab.run(["set-security-info", BO, "--yes", "--email", "x@y.example"])
        .code(2)
        .says(&format!("--confirm {BO}"));
    lab.run([
        "set-security-info",
        "nobody@contoso.com",
        "--yes",
        "--email",
        "x@y.example",
    ])
    .code(3);
    assert!(lab.writes().is_empty());
}

#[test]
fn china_has_phones_and_no_addresses() {
    let lab = Lab::new();
    lab.run(["set-security-info", NOOR, "--yes", "--email", "x@y.example"])
        .args(["--cloud", "china"])
        .code(6)
        .says("does not offer");
    let china = lab
        .run([
            "set-security-info",
            NOOR,
            "--yes",
            "--phone",
            "+86 138 0013 8000",
        ])
        .args(["--cloud", "china", "-o", "json"])
        .code(0);
    assert_eq!(china.json()["readBack"], true);
    assert!(lab.sent("GET", "/authentication/methods").is_empty());
}

#[test]
fn many_come_from_a_csv_and_a_shared_number_is_refused() {
    let lab = Lab::new();
    lab.write(
        "shared.csv",
        format!("userPrincipalName,phone\n{BO},+47 12345678\n{NOOR},+4712345678\n"),
    );
    let bulk = [
        "set-security-info",
        "--yes",
        "--include-admins",
        "-o",
        "json",
    ];
    let shared = lab
        .run(bulk)
        .args(["--from-csv", "shared.csv", "--confirm-count", "2"])
        .code(2);
    assert!(
        shared.error_json()["fix"]
            .as_str()
            .unwrap()
            .contains("--allow-shared")
    );
    assert!(lab.requests().is_empty());
    lab.write(
        "contacts.csv",
        format!(
            "User,Private,phone,phoneType\n{BO},bo@fabrikam.example,+47 12345678,\n{NOOR},,+47 23456789,mobile\n{CHIDI},chidi@fabrikam.example,,\nnobody@contoso.com,x@y.example,,\n"
        ),
    );
    let run = lab
        .run(bulk)
        .args(["--from-csv", "contacts.csv", "--confirm-count", "3"])
        .args(["--map", "userPrincipalName=User", "--map", "email=Private"])
        .code(8);
    let report = run.json();
    assert_eq!(report["summary"]["done"], 3, "{report}");
    assert_eq!(report["users"][3]["error"]["code"], "notFound");
    assert_eq!(
        registered(&lab, BO),
        ["email=bo@fabrikam.example", "mobile=+47 12345678"]
    );
    assert!(registered(&lab, NOOR).contains(&"mobile=+47 23456789".to_owned()));
    lab.write("bad.csv", format!("id,phone\n{BO},123\n"));
    lab.run(["set-security-info", "--yes", "--from-csv", "bad.csv"])
        .code(2)
        .says("Line 2 of bad.csv");
}

#[test]
fn what_another_administrator_has_is_not_given_to_a_second_one() {
    let lab = Lab::new();
    let own = registered(&lab, ADA)
        .into_iter()
        .find_map(|one| one.strip_prefix("mobile=").map(str::to_owned))
        .unwrap();
    let args = ["set-security-info", BO, "--confirm", BO, "--phone", &own];
    lab.run(args)
        .code(6)
        .says("The same address or number would stand for");
    assert!(lab.writes().is_empty());
    lab.run(args).args(["--allow-shared"]).code(0);
    assert_eq!(registered(&lab, BO), [format!("mobile={own}")]);
}

#[test]
fn a_masked_number_is_neither_compared_nor_kept() {
    let lab = Lab::new().as_user("aiko.tan@contoso.com");
    let run = lab
        .run([
            "set-security-info",
            CHIDI,
            "--yes",
            "--phone",
            "+47 12345678",
            "-o",
            "json",
        ])
        .code(0);
    let report = run.json();
    assert_eq!(report["changes"][0]["action"], "change");
    assert!(
        report["warnings"].to_string().contains("masked"),
        "{report}"
    );
    assert!(registered(&lab, CHIDI).contains(&"mobile=+47 12345678".to_owned()));
}

/// One write of two fails: the other is undone, and what cannot be undone is named.
#[test]
fn a_fault_of_each_write_ends_in_a_state_that_is_told() {
    let both = ["--email", "bo@fabrikam.example", "--phone", "+47 12345678"];
    let done = ["email=bo@fabrikam.example", "mobile=+47 12345678"];
    let cases: Vec<(&str, i32, Vec<&str>)> = vec![
        // Nothing was done yet.
        ("1:POST:/emailMethods -> 403", 5, vec![]),
        ("1:POST:/emailMethods -> 400", 6, vec![]),
        // The second fails, the first is undone.
        ("1:POST:/phoneMethods -> 400", 6, vec![]),
        ("1:POST:/phoneMethods -> 403", 5, vec![]),
        // Undoing fails too.
        (
            "1:POST:/phoneMethods -> 400; *:DELETE:/emailMethods -> 403",
            8,
            vec!["email=bo@fabrikam.example"],
        ),
        // Unclear answers are settled by a look.
        ("1:POST:/emailMethods -> lost-reply", 0, done.to_vec()),
        ("1:POST:/phoneMethods -> lost-reply", 0, done.to_vec()),
        ("1:POST:/phoneMethods -> 503", 0, done.to_vec()),
        ("1:POST:/phoneMethods -> 500 after", 0, done.to_vec()),
        (
            "1:POST:/phoneMethods -> 429 retry-after=1",
            0,
            done.to_vec(),
        ),
        (
            "1:DELETE:/emailMethods -> lost-reply; 1:POST:/phoneMethods -> 400",
            6,
            vec![],
        ),
    ];
    each(&cases, |(script, code, left)| {
        let lab = Lab::new();
        lab.faults(script);
        let run = lab
            .run([
                "set-security-info",
                BO,
                "--confirm",
                BO,
                "--wait",
                "20s",
                "-o",
                "json",
            ])
            .args(both)
            .code(*code);
        assert_eq!(&registered(&lab, BO), left, "{script}: {run}");
        let open = open_intents(&lab);
        assert!(open.is_empty(), "{script}: {open:?}");
        if *code == 8 {
            assert_eq!(run.json()["restored"], false, "{script}");
            assert!(run.error_json()["operationId"].is_string());
        }
    });
}

#[test]
fn an_old_value_is_put_back_when_the_second_change_fails() {
    let lab = Lab::new();
    set(
        &lab,
        BO,
        &["--email", "old@fabrikam.example", "--phone", "+47 11111111"],
    );
    lab.faults("1:PATCH:/phoneMethods -> 400");
    lab.run(["set-security-info", BO, "--confirm", BO])
        .args(["--email", "new@fabrikam.example", "--phone", "+47 22222222"])
        .code(6)
        .says("as it was before");
    assert_eq!(
        registered(&lab, BO),
        ["email=old@fabrikam.example", "mobile=+47 11111111"]
    );
    lab.faults("1:DELETE:/phoneMethods -> 403");
    lab.run([
        "set-security-info",
        BO,
        "--confirm",
        BO,
        "--remove",
        "email",
        "--remove",
        "phone",
    ])
    .code(5);
    assert_eq!(
        registered(&lab, BO),
        ["email=old@fabrikam.example", "mobile=+47 11111111"]
    );
}

#[test]
fn an_outcome_that_stays_open_is_exit_8() {
    let lab = Lab::new();
    lab.faults("*:POST:/emailMethods -> drop");
    let run = lab
        .run([
            "set-security-info",
            BO,
            "--confirm",
            BO,
            "--wait",
            "3s",
            "-o",
            "json",
        ])
        .args(["--email", "bo@fabrikam.example"])
        .code(8);
    assert_eq!(run.json()["status"], "unknown");
}

#[test]
fn a_dry_run_shows_the_difference_and_sends_nothing() {
    let lab = Lab::new();
    let report = lab
        .run(["set-security-info", CHIDI, "--dry-run", "-o", "json"])
        .args([
            "--email",
            "chidi@fabrikam.example",
            "--phone",
            "+47 12345678",
        ])
        .code(0)
        .json();
    assert_eq!(report["status"], "planned");
    assert_eq!(report["plan"].as_array().unwrap().len(), 2);
    let text = report.to_string();
    assert!(
        !text.contains("12345678") && !text.contains("chidi@fabrikam"),
        "{text}"
    );
    assert!(lab.writes().is_empty() && lab.journal().is_empty());
}

fn open_intents(lab: &Lab) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    for line in lab.journal() {
        let key = format!("{} {}", line["operationId"], line["step"]);
        match line["kind"].as_str() {
            Some("intent") => open.push(key),
            Some("result") => open.retain(|one| *one != key),
            _ => {}
        }
    }
    open
}
