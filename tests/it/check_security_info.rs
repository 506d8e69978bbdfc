//! `check-security-info`: what is asked, what is counted, how it ends.

use crate::support::{Lab, golden};
use admin_reset::sandbox::seed;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const ADA: &str = "ada.okafor@contoso.com";
const BO: &str = "bo.lindqvist@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";
const HEADER: &str = "userPrincipalName,isAdmin,enabled,ready,missing,emailRegistered,phoneRegistered,phoneTypes,otherMethods,selfResetVerdict,gate,have,source,asOf,errorCode";

fn phone(kind: &str, number: &str) -> Value {
    json!({ "@odata.type": "#microsoft.graph.phoneAuthenticationMethod", "id": "3179e48a-750b-4051-897c-87b9720928f7", "phoneNumber": number, "phoneType": kind })
}

fn email(address: &str) -> Value {
    json!({ "@odata.type": "#microsoft.graph.emailAuthenticationMethod", "id": "3ddfcfc8-9383-446f-83cc-3ab9be4be18f", "emailAddress": address })
}

/// Paths and queries of the parts of all batches.
fn parts(lab: &Lab) -> Vec<String> {
    let batches = lab.sent("POST", "/$batch");
    let parts = batches.iter().flat_map(|batch| {
        let body: Value = serde_json::from_slice(&batch.body).unwrap();
        body["requests"].as_array().unwrap().clone()
    });
    parts
        .map(|part| part["url"].as_str().unwrap().to_owned())
        .collect()
}

fn only(document: &Value) -> &Value {
    assert_eq!(document["users"].as_array().unwrap().len(), 1);
    &document["users"][0]
}

#[test]
fn one_user_costs_one_batch() {
    let lab = Lab::new();
    let report = lab
        .run(["check-security-info", ADA, "-o", "json"])
        .code(0)
        .json();
    assert_eq!(lab.conversation(), ["POST /v1.0/$batch 200"]);
    let asked = parts(&lab);
    for path in [
        "/users/ada",
        "/authentication/methods",
        "/transitiveMemberOf/",
        "/organization?",
        "/policies/authorizationPolicy?",
    ] {
        assert_eq!(
            asked.iter().filter(|url| url.contains(path)).count(),
            if path == "/users/ada" { 3 } else { 1 },
            "{path} in {asked:?}"
        );
    }
    assert_eq!(asked.len(), 5);
    assert_eq!(report["schema"], "admin-reset/check-security-info/1");
    assert_eq!(
        report["summary"],
        json!({ "checked": 1, "ready": 1, "notReady": 0, "undecided": 0 })
    );
    assert_eq!(report["source"], "live");
    let user = only(&report);
    assert_eq!(
        (&user["ready"], &user["isAdmin"], &user["enabled"]),
        (&json!(true), &json!(true), &json!(true))
    );
    assert_eq!(user["selfServiceReset"]["verdict"], "yes");
    assert_eq!(
        (
            &user["selfServiceReset"]["gate"],
            &user["selfServiceReset"]["have"]
        ),
        (&json!(2), &json!(3))
    );
    assert_eq!(user["email"]["values"], json!(["a***@f***.example"]));
    assert_eq!(user["error"], Value::Null);
}

#[test]
fn nobody_named_is_the_caller() {
    let lab = Lab::new().as_user(NOOR);
    let report = lab
        .run(["check-security-info", "-o", "json"])
        .output()
        .json();
    assert_eq!(only(&report)["userPrincipalName"], NOOR);
    assert_eq!(lab.conversation(), ["POST /v1.0/$batch 200"]);
    assert!(
        parts(&lab)
            .iter()
            .any(|url| url == "/me/authentication/methods")
    );
    let lab = Lab::new().as_app();
    lab.run(["check-security-info"])
        .code(2)
        .silent()
        .says("An app has no security info");
    assert!(lab.requests().is_empty());
}

#[test]
fn values_are_masked_unless_asked_for() {
    let lab = Lab::new();
    lab.tenant(|tenant| tenant.patch_object(NOOR, json!({ "otherMails": ["noor.contact@tailwind.example"], "mobilePhone": "+1 2065550199" })));
    for format in ["text", "json", "jsonl", "csv", "tsv", "markdown"] {
        let output = lab
            .run([
                "check-security-info",
                NOOR,
                "--include-profile",
                "-o",
                format,
            ])
            .output()
            .transcript();
        for secret in ["tailwind", "2065550199", "fabrikam.example"] {
            assert!(!output.contains(secret), "{secret} in {format}:\n{output}");
        }
    }
    let shown = lab
        .run([
            "check-security-info",
            NOOR,
            "--include-profile",
            "--show-values",
            "-o",
            "json",
        ])
        .output()
        .json();
    assert_eq!(
        only(&shown)["profile"],
        json!({ "otherMails": ["noor.contact@tailwind.example"], "mobilePhone": "+1 2065550199" })
    );
    let plain = lab
        .run(["check-security-info", NOOR, "-o", "json"])
        .output()
        .json();
    assert_eq!(only(&plain).get("profile"), None);
}

#[test]
fn contact_information_does_not_count() {
    let lab = Lab::new();
    lab.tenant(|tenant| {
        tenant.patch_object(
            BO,
            json!({ "otherMails": ["bo@tailwind.example"], "mobilePhone": "+1 2065550199" }),
        )
    });
    let report = lab
        .run(["check-security-info", BO, "-o", "json"])
        .code(10)
        .json();
    assert_eq!(only(&report)["missing"], json!(["email", "phone"]));
}

#[test]
fn extensions_and_office_phones_do_not_count() {
    let lab = Lab::new();
    for (methods, registered, types) in [
        (
            vec![
                phone("mobile", "+1 2065550100x12"),
                email("b@fabrikam.example"),
            ],
            false,
            json!(["mobile"]),
        ),
        (
            vec![
                phone("office", "+1 2065550100"),
                email("b@fabrikam.example"),
            ],
            false,
            json!(["office"]),
        ),
        (
            vec![
                phone("alternateMobile", "+1 2065550100"),
                email("b@fabrikam.example"),
            ],
            true,
            json!(["alternateMobile"]),
        ),
    ] {
        lab.tenant(|tenant| tenant.set_methods(BO, methods));
        let code = if registered { 0 } else { 10 };
        let report = lab
            .run(["check-security-info", BO, "-o", "json"])
            .code(code)
            .json();
        assert_eq!(only(&report)["phone"]["registered"], json!(registered));
        assert_eq!(only(&report)["phone"]["types"], types);
    }
}

#[test]
fn methods_of_unknown_type_are_shown_and_do_no_harm() {
    let lab = Lab::new();
    let report = lab
        .run(["check-security-info", "dora.vega@contoso.com", "-o", "json"])
        .code(10)
        .json();
    assert_eq!(
        only(&report)["otherMethods"],
        json!(["someFutureAuthenticationMethod"])
    );
}

#[test]
fn requirements_decide_readiness() {
    let lab = Lab::new();
    for (user, require, code) in [
        (ADA, "email,phone,authenticator,otp,passkey,any2,sspr", 0),
        ("mika.salo@contoso.com", "authenticator", 0),
        ("mika.salo@contoso.com", "any2", 10),
        ("lea.brandt@contoso.com", "email", 0),
        // An ordinary user's self-service is the tenant's setting, which Graph does not show.
        (NOOR, "sspr", 11),
        (BO, "sspr", 10),
    ] {
        let output = lab
            .run(["check-security-info", user, "--require", require])
            .output();
        output.code(code);
    }
}

#[test]
fn a_single_user_that_is_not_there_is_not_found() {
    let lab = Lab::new();
    let output = lab
        .run(["check-security-info", "nobody@contoso.com", "-o", "json"])
        .code(3)
        .silent();
    assert_eq!(output.error_json()["code"], "notFound");
}

#[test]
fn in_a_list_it_is_undecided_and_no_wins() {
    let lab = Lab::new();
    let report = lab
        .run([
            "check-security-info",
            ADA,
            "nobody@contoso.com",
            "-o",
            "json",
        ])
        .code(11)
        .json();
    assert_eq!(
        report["summary"],
        json!({ "checked": 2, "ready": 1, "notReady": 0, "undecided": 1 })
    );
    assert_eq!(
        report["users"][1]["userPrincipalName"],
        "nobody@contoso.com"
    );
    assert_eq!(report["users"][1]["error"]["code"], "notFound");
    assert_eq!(report["users"][1]["ready"], Value::Null);
    lab.run(["check-security-info", ADA, "nobody@contoso.com", BO])
        .code(10);
    let stdin = format!("{BO}\n");
    lab.run(["check-security-info", "-"]).stdin(stdin).code(10);
}

#[test]
fn what_may_not_be_read_is_undecided_never_ready() {
    let lab = Lab::new().as_user(NOOR);
    let report = lab
        .run(["check-security-info", ADA, "-o", "json"])
        .code(11)
        .json();
    let user = only(&report);
    assert_eq!(
        (
            &user["ready"],
            &user["email"]["registered"],
            &user["phone"]["registered"]
        ),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(user["error"]["code"], "notPermitted");
    assert_eq!(user["selfServiceReset"]["have"], Value::Null);
    let csv = lab
        .run(["check-security-info", ADA, BO, "-o", "csv"])
        .code(11);
    assert_eq!(csv.transcript().matches("notPermitted").count(), 2);
    lab.run(["check-security-info", ADA, "--exit-zero"]).code(0);
}

#[test]
fn administrators_are_found_through_groups_and_eligibility() {
    let lab = Lab::new();
    let report = lab
        .run(["check-security-info", "--admins", "-o", "json"])
        .code(10)
        .json();
    let names: Vec<&str> = report["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["userPrincipalName"].as_str().unwrap())
        .collect();
    for name in [
        ADA,
        "gina.rossi@contoso.com",
        "elif.kaya@contoso.com",
        "gus.lehmann@contoso.com",
        "cleo.amsel@contoso.com",
    ] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    assert!(!names.contains(&NOOR) && names.is_sorted());
    assert!(
        report["users"]
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["isAdmin"] == true && user["error"].is_null())
    );
    // Tenant and listings, members of groups, then ten users a batch.
    assert_eq!(lab.conversation().len(), 2 + names.len().div_ceil(10));
}

#[test]
fn a_group_is_checked_with_its_members() {
    let lab = Lab::new();
    let report = lab
        .run([
            "check-security-info",
            "--group",
            seed::GA_GROUP_ID,
            "-o",
            "json",
        ])
        .code(10)
        .json();
    assert_eq!(only(&report)["userPrincipalName"], "gina.rossi@contoso.com");
    let empty = lab.tenant(|tenant| tenant.add_group("Nobody yet", false));
    lab.run(["check-security-info", "--group", &empty])
        .code(11)
        .shows("Nobody was checked");
    lab.run([
        "check-security-info",
        "--group",
        "00000000-0000-4000-8000-00000000dead",
    ])
    .code(3)
    .silent();
    lab.run(["check-security-info", "--group", "Staff"])
        .code(2)
        .silent();
}

#[test]
fn the_whole_tenant_costs_few_requests_and_loses_nobody() {
    let lab = Lab::with(|options| options.generated_users = 2_500);
    let output = lab
        .run(["check-security-info", "--all", "-o", "jsonl", "-q"])
        .code(10);
    let lines: Vec<Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids: HashSet<&str> = lines
        .iter()
        .map(|line| line["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), lines.len());
    assert_eq!(lines.len(), 2_530);
    assert!(
        lines
            .iter()
            .all(|line| line["schema"] == "admin-reset/check-security-info/1"
                && line["source"] == "live")
    );
    assert_eq!(
        lines.iter().filter(|line| line["isAdmin"] == true).count(),
        19
    );
    let budget = lines.len().div_ceil(20) + lines.len().div_ceil(999) + 2;
    let sent = lab.conversation().len();
    assert!(sent <= budget, "{sent} requests, {budget} allowed");

    lab.forget();
    let csv = lab
        .run(["check-security-info", "--all", "-o", "csv", "-q"])
        .code(10);
    assert_eq!(csv.stdout.lines().next(), Some(HEADER));
    assert_eq!(csv.stdout.lines().count(), 2_531);

    let text = lab.run(["check-security-info", "--all"]).code(10);
    assert!(
        text.stdout.lines().count() < 120,
        "a table for people is short"
    );
    text.shows("users are not shown here").shows("--all -o csv");
    let json = lab
        .run(["check-security-info", "--all", "-o", "json"])
        .code(10)
        .json();
    assert_eq!(json["users"].as_array().unwrap().len(), 2_530);

    let part = |part: &str| -> HashSet<String> {
        let output = lab
            .run([
                "check-security-info",
                "--all",
                "-o",
                "jsonl",
                "-q",
                "--shard",
                part,
            ])
            .output();
        let line = |line: &str| {
            serde_json::from_str::<Value>(line).unwrap()["id"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        output.stdout.lines().map(line).collect()
    };
    let (one, two) = (part("1/2"), part("2/2"));
    assert!(one.is_disjoint(&two));
    assert_eq!(one.len() + two.len(), 2_530);
}

#[test]
fn a_late_page_that_fails_leaves_no_half_document() {
    let lab = Lab::with(|options| options.generated_users = 1_500);
    for (format, empty) in [("json", true), ("text", true), ("jsonl", false)] {
        lab.faults("2:GET:/users$ -> 403 code=Authorization_RequestDenied");
        let output = lab
            .run(["check-security-info", "--all", "-q", "-o", format])
            .code(5);
        assert_eq!(output.stdout.is_empty(), empty, "{format}");
    }
}

#[test]
fn throttled_parts_are_asked_again() {
    let lab = Lab::new();
    lab.faults("1-7:GET:/authentication/methods -> 429 retry-after=1");
    let report = lab
        .run(["check-security-info", "--admins", "-o", "json"])
        .code(10)
        .json();
    assert!(
        report["users"]
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["error"].is_null() && !user["ready"].is_null())
    );
}

#[test]
fn a_closed_pipe_ends_the_work() {
    let lab = Lab::with(|options| {
        options.generated_users = 20_000;
        options.latency = std::time::Duration::from_millis(5);
    });
    let (mut command, _) = lab
        .run(["check-security-info", "--all", "-o", "jsonl"])
        .command();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert!(first.starts_with('{'));
    let code = child.wait().unwrap().code();
    assert!(
        matches!(code, Some(10 | 11)),
        "{code:?}: what was not looked at is not ready"
    );
    assert!(lab.conversation().len() < 900, "the rest was not asked for");
}

#[test]
fn one_account_named_twice_is_counted_once() {
    let lab = Lab::new();
    let report = lab
        .run([
            "check-security-info",
            ADA,
            "45ea6528-16d7-43d6-8ed8-9e7dce610253",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(only(&report)["userPrincipalName"], ADA);
}

#[test]
fn without_the_listing_roles_are_asked_user_by_user() {
    let lab = Lab::new().as_app();
    lab.tenant(|tenant| {
        let granted = ["User.Read.All", "UserAuthenticationMethod.Read.All"]
            .map(str::to_owned)
            .to_vec();
        tenant.set_client_permissions(seed::CONFIDENTIAL_CLIENT_ID, Vec::new(), granted);
    });
    let report = lab
        .run(["check-security-info", ADA, NOOR, "-o", "json"])
        .code(0)
        .json();
    assert_eq!(
        (
            &report["users"][0]["isAdmin"],
            &report["users"][1]["isAdmin"]
        ),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        parts(&lab)
            .iter()
            .filter(|url| url.contains("transitiveMemberOf"))
            .count(),
        2
    );
    // Who the administrators are cannot be told without it.
    lab.run(["check-security-info", "--admins"])
        .code(5)
        .silent();
    let all = lab
        .run(["check-security-info", "--all", "-o", "json"])
        .code(10)
        .json();
    assert!(
        all["users"]
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["isAdmin"].is_null())
    );
}

#[test]
fn a_cloud_without_email_methods_leaves_email_undecided() {
    let lab = Lab::new();
    let report = lab
        .run([
            "check-security-info",
            NOOR,
            "--cloud",
            "china",
            "-o",
            "json",
        ])
        .code(11)
        .json();
    let user = only(&report);
    assert_eq!(
        (&user["email"]["registered"], &user["phone"]["registered"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(user["undecided"], json!(["email"]));
    assert!(
        !parts(&lab)
            .iter()
            .any(|url| url.ends_with("/methods") || url.contains("emailMethods"))
    );
    lab.run(["check-security-info", BO, "--cloud", "china"])
        .code(10)
        .shows("cannot be read in the China");
    lab.run([
        "check-security-info",
        NOOR,
        "--cloud",
        "china",
        "--require",
        "phone",
    ])
    .code(0);
}

#[test]
fn disabled_users_and_guests_have_verdicts_of_their_own() {
    let lab = Lab::new();
    let report = lab
        .run(["check-security-info", "--all", "-o", "json"])
        .code(10)
        .json();
    let users = report["users"].as_array().unwrap();
    let of = |name: &str| {
        users
            .iter()
            .find(|user| {
                user["userPrincipalName"]
                    .as_str()
                    .unwrap()
                    .starts_with(name)
            })
            .unwrap()
    };
    assert_eq!(of("liam.ortiz")["selfServiceReset"]["verdict"], "no");
    assert!(
        of("liam.ortiz")["selfServiceReset"]["reasons"][0]
            .as_str()
            .unwrap()
            .contains("guest")
    );
    let disabled = users.iter().find(|user| user["enabled"] == false).unwrap();
    assert_eq!(disabled["selfServiceReset"]["verdict"], "no");
}

#[test]
fn bars_and_wrong_flags() {
    let lab = Lab::new();
    lab.run(["check-security-info", "--admins", "--fail-under", "5"])
        .code(0);
    lab.run(["check-security-info", "--admins", "--fail-under", "50"])
        .code(10);
    lab.run(["check-security-info", "--admins", "--exit-zero"])
        .code(0);
    lab.forget();
    lab.run(["check-security-info", ADA, "--source", "report"])
        .code(2)
        .silent()
        .says("live and auto");
    lab.run(["check-security-info", ADA, "--all"])
        .code(2)
        .silent();
    lab.run(["check-security-info", ADA, "--shard", "1/2"])
        .code(2)
        .silent();
    assert!(lab.requests().is_empty());
}

#[test]
fn a_person_reads_a_sentence_and_a_table() {
    let lab = Lab::new();
    golden(
        "check-security-info/one.txt",
        &lab.run(["check-security-info", BO]).code(10).transcript(),
    );
    golden(
        "check-security-info/admins.csv.txt",
        &lab.run([
            "check-security-info",
            "--admins",
            "--concurrency",
            "1",
            "-o",
            "csv",
        ])
        .code(10)
        .transcript(),
    );
    golden(
        "check-security-info/list.json.txt",
        &lab.run(["check-security-info", ADA, NOOR, "-o", "json"])
            .code(0)
            .transcript(),
    );
    golden(
        "check-security-info/unreadable.txt",
        &lab.run(["check-security-info", ADA])
            .as_user(NOOR)
            .code(11)
            .transcript(),
    );
}
