//! `find-username`: in the directory, in exported mail, and on this machine.

use crate::support::{Lab, golden};
use serde_json::{Value, json};

fn names(report: &Value, list: &str) -> Vec<String> {
    report[list]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["userPrincipalName"].as_str().unwrap_or("-").to_owned())
        .collect()
}

fn found(lab: &Lab, text: &str) -> Value {
    lab.run(["find-username", text, "-o", "json"])
        .code(0)
        .json()
}

#[test]
fn by_alternate_mail_alias_phone_and_name() {
    let lab = Lab::new();
    for text in [
        "ada.private@fabrikam.example",
        "ADA.Private@Fabrikam.example",
        "ada@contoso.com",
        "+44 7700900101",
        "+447700900101",
        "0044 7700 900 101",
        "07700 900101",
        "+44 20 7946 0101",
        "okafor",
        "Ada",
    ] {
        let report = found(&lab, text);
        assert_eq!(
            names(&report, "users"),
            ["ada.okafor@contoso.com"],
            "{text}"
        );
        let one = &report["users"][0];
        assert_eq!(
            (&one["enabled"], &one["isAdmin"]),
            (&json!(true), &json!(true)),
            "{text}"
        );
        assert_eq!(one["roles"], json!(["Global Administrator"]));
        assert!(one["lastSignInDateTime"].is_string(), "{one}");
        assert!(
            !one["matched"].as_array().unwrap().is_empty(),
            "{text}: {one}"
        );
    }
    assert_eq!(
        names(&found(&lab, "(206) 555-0100"), "users"),
        ["chidi.maro@contoso.com"]
    );
    assert_eq!(
        names(&found(&lab, "425 555 0199"), "users"),
        ["chidi.maro@contoso.com"]
    );
}

#[test]
fn nobody_is_exit_3_and_a_quote_is_no_filter() {
    let lab = Lab::new();
    for text in [
        "nobody@fabrikam.example",
        "+1 9995550000",
        "zzzz",
        "o'hara\" OR 'x",
    ] {
        let output = lab.run(["find-username", text, "-o", "json"]).code(3);
        assert_eq!(output.error_json()["code"], "notFound", "{text}");
    }
    lab.run(["find-username", "x"])
        .code(2)
        .says("2 to 200 characters");
}

#[test]
fn administrators_with_roles() {
    let lab = Lab::new();
    let report = lab
        .run(["find-username", "--admins", "-o", "json"])
        .code(0)
        .json();
    let all = names(&report, "users");
    assert!(
        all.len() > 5 && all.contains(&"bo.lindqvist@contoso.com".to_owned()),
        "{all:?}"
    );
    assert!(
        !all.contains(&"chidi.maro@contoso.com".to_owned()),
        "{all:?}"
    );
    for one in report["users"].as_array().unwrap() {
        assert!(!one["roles"].as_array().unwrap().is_empty(), "{one}");
    }
    let one = lab
        .run(["find-username", "--admins", "lindq", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(names(&one, "users"), ["bo.lindqvist@contoso.com"]);
}

#[test]
fn sign_ins_are_asked_only_where_they_may_and_once_for_many() {
    let lab = Lab::new();
    let report = lab
        .run(["find-username", "--admins", "-o", "json"])
        .code(0)
        .json();
    let asked = lab.sent("GET", "signInActivity").len();
    let users = report["users"].as_array().unwrap().len();
    assert_eq!(asked, users.min(60).div_ceil(15));
    // Without the licence the rest of the answer stands.
    lab.tenant(|tenant| tenant.set_premium(false, false));
    let report = found(&lab, "okafor");
    assert_eq!(report["users"][0]["lastSignInDateTime"], Value::Null);
    assert!(
        report["notes"]
            .to_string()
            .contains("Last sign-ins could not be read"),
        "{report}"
    );
}

fn mbox() -> String {
    "From ms@microsoftonline.com Tue Mar  3 10:00:00 2020\n\
     From: Microsoft Online Services <msonlineservicesteam@microsoftonline.com>\n\
     To: ada.private@fabrikam.example\nDate: Tue, 3 Mar 2020 10:00:00 +0000\nSubject: Your new account\n\
     Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n\
     <p>User name: <b>admin=40con=\ntoso.onmicrosoft.com</b></p>\n\n\
     From x@fabrikam.example Tue Mar  3 11:00:00 2020\nFrom: other@northwind.onmicrosoft.com\nSubject: hi\n\n\
     Not a@b.onmicrosoft.community, not c@notonmicrosoft.com, not d@e.onmicrosoft.com.evil.test.\n\n"
        .to_owned()
}

#[test]
fn in_exported_mail_without_any_sign_in() {
    let lab = Lab::new().as_nobody();
    lab.write("takeout.mbox", mbox());
    let report = lab
        .run(["find-username", "--mailbox", "takeout.mbox", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(
        names(&report, "candidates"),
        [
            "admin@contoso.onmicrosoft.com",
            "other@northwind.onmicrosoft.com"
        ]
    );
    let best = &report["candidates"][0]["sightings"][0];
    assert_eq!(best["seen"], "announcedByMicrosoft");
    assert_eq!(
        (&best["message"], &best["place"]),
        (&json!(1), &json!("html"))
    );
    assert_eq!(best["subject"], "Your new account");
    assert_eq!(report["searched"]["messages"], 2);
    assert!(lab.requests().is_empty(), "nothing is sent");
    golden(
        "find_username/mailbox.txt",
        &lab.run(["find-username", "--mailbox", "takeout.mbox"])
            .code(0)
            .transcript(),
    );
    let one = lab
        .run([
            "find-username",
            "northwind",
            "--mailbox",
            "takeout.mbox",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(
        names(&one, "candidates"),
        ["other@northwind.onmicrosoft.com"]
    );
}

#[test]
fn a_mailbox_that_is_not_there_or_holds_nothing() {
    let lab = Lab::new().as_nobody();
    lab.run(["find-username", "--mailbox", "none.mbox"])
        .code(2)
        .silent()
        .says("There is no such file or folder.");
    lab.write("empty.eml", "Subject: x\n\nnothing\n");
    lab.run(["find-username", "--mailbox", "empty.eml"])
        .code(3)
        .says("No address of an initial domain stands in this mail.");
    // A pipe would be waited for without end.
    lab.run(["find-username", "--mailbox", "/dev/null"])
        .code(2)
        .says("neither a file nor a folder");
}

#[test]
fn accounts_of_this_machine_without_a_token() {
    let lab = Lab::new().as_nobody();
    lab.run(["find-username"])
        .code(3)
        .says("Neither this tool nor the Azure CLI");
    let azure = lab.home().join(".azure");
    std::fs::create_dir(&azure).unwrap();
    let profile = json!({ "installationId": "x", "subscriptions": [
        { "id": "1", "name": "s", "state": "Enabled", "user": { "name": "admin@contoso.onmicrosoft.com", "type": "user" },
          "isDefault": true, "tenantId": "11111111-2222-4333-8444-555555555555", "environmentName": "AzureCloud" },
        { "id": "2", "name": "t", "user": { "name": "admin@contoso.onmicrosoft.com", "type": "user" },
          "tenantId": "11111111-2222-4333-8444-555555555555", "environmentName": "AzureCloud" },
        { "id": "3", "name": "u", "user": { "name": "5d268281-4f89-4b22-862f-cfd452453531", "type": "servicePrincipal" } },
    ]});
    std::fs::write(
        azure.join("azureProfile.json"),
        format!("\u{feff}{profile}"),
    )
    .unwrap();
    std::fs::write(
        azure.join("msal_token_cache.json"),
        "{\"AccessToken\": \"eyJsecret\"}",
    )
    .unwrap();
    std::fs::write(
        lab.home().join("config/config.toml"),
        "[profile.gov]\ntenant = \"fabrikam.onmicrosoft.us\"\ncloud = \"usgov\"\n",
    )
    .unwrap();
    let output = lab.run(["find-username", "-o", "json"]).code(0);
    let report = output.json();
    assert_eq!(
        names(&report, "accounts"),
        ["admin@contoso.onmicrosoft.com", "-"]
    );
    assert_eq!(report["accounts"][0]["source"], "azure-cli");
    assert_eq!(report["accounts"][1]["tenant"], "fabrikam.onmicrosoft.us");
    assert!(!output.stdout.contains("eyJ"), "{output}");
    // Names that the journal has, too.
    lab.run([
        "reset-user",
        "noor.haddad@contoso.com",
        "--secret-to",
        "file:p.txt",
        "--yes",
    ])
    .as_user("ada.okafor@contoso.com")
    .code(0);
    let report = lab.run(["find-username", "-o", "json"]).code(0).json();
    assert!(
        names(&report, "accounts").contains(&"noor.haddad@contoso.com".to_owned()),
        "{report}"
    );
}
