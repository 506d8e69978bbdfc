//! `issue-access-pass`: what the tenant allows, where the code goes, what is replaced, and what is told when the code is lost.

use crate::support::Lab;
use admin_reset::sandbox::tenant::{SignIn, Tenant};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const BO: &str = "bo.lindqvist@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

fn signs_in(lab: &Lab, user: &str, code: &str) -> bool {
    let answer = lab.tenant(|tenant| tenant.sign_in(user, code, now_ms()));
    matches!(answer, SignIn::Pass { .. })
}

/// Changes the tenant's rules for access passes.
fn policy(lab: &Lab, change: &Value) {
    lab.tenant(|tenant| {
        let mut state = tenant.to_state();
        let all = state["methodsPolicy"]["authenticationMethodConfigurations"]
            .as_array_mut()
            .unwrap();
        let rules = all
            .iter_mut()
            .find(|one| one["id"] == "TemporaryAccessPass")
            .unwrap();
        for (key, value) in change.as_object().unwrap() {
            rules[key] = value.clone();
        }
        *tenant = Tenant::from_state(state).unwrap();
    });
}

#[test]
fn the_code_opens_the_account_once_and_is_nowhere_but_in_its_place() {
    let lab = Lab::new();
    let run = lab
        .run([
            "issue-access-pass",
            BO,
            "--minutes",
            "60",
            "--secret-to",
            "file:pass.txt",
            "--confirm",
            BO,
            "-o",
            "json",
        ])
        .code(0);
    let report = run.json();
    assert_eq!(report["status"], "done");
    assert_eq!(report["accessPass"]["lifetimeInMinutes"], 60);
    assert_eq!(report["accessPass"]["isUsableOnce"], true);
    assert_eq!(report["replacedExisting"], false);
    let code = lab.secret("pass.txt");
    assert!(!run.stdout.contains(&code) && !run.stderr.contains(&code));
    for (path, bytes) in lab.all_files() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            path.ends_with("pass.txt") || !text.contains(&code),
            "{}",
            path.display()
        );
    }
    let steps: Vec<String> = lab
        .journal()
        .iter()
        .map(|line| format!("{} {}", line["kind"], line["step"]))
        .collect();
    assert_eq!(
        steps,
        [
            "\"intent\" \"issueAccessPass\"",
            "\"result\" \"issueAccessPass\""
        ]
    );
    assert!(signs_in(&lab, BO, &code));
    assert!(!signs_in(&lab, BO, &code), "it works once");
}

#[test]
fn a_pass_that_exists_is_told_and_replaced() {
    let lab = Lab::new();
    let issue = |name: &str| {
        let sink = format!("file:{name}");
        let args = [
            "issue-access-pass",
            NOOR,
            "--reusable",
            "--yes",
            "-o",
            "json",
        ];
        lab.run(args).args(["--secret-to", &sink]).code(0)
    };
    issue("one.txt");
    let second = issue("two.txt").json();
    assert_eq!(second["replacedExisting"], true);
    let told = second["warnings"].to_string();
    assert!(told.contains("has an access pass already"), "{told}");
    assert!(!signs_in(&lab, NOOR, &lab.secret("one.txt")));
    assert!(signs_in(&lab, NOOR, &lab.secret("two.txt")));
    assert!(signs_in(&lab, NOOR, &lab.secret("two.txt")), "reusable");
}

#[test]
fn a_pass_for_later_does_not_work_yet() {
    let lab = Lab::new();
    lab.run(["issue-access-pass", NOOR, "--start", "2h", "--yes"])
        .args(["--secret-to", "file:later.txt"])
        .code(0)
        .shows("it works from ");
    assert!(!signs_in(&lab, NOOR, &lab.secret("later.txt")));
}

#[test]
fn what_the_tenant_does_not_allow_is_refused_before_anything_is_sent() {
    let lab = Lab::new();
    let refused = |more: &[&str]| {
        let run = lab
            .run(["issue-access-pass", NOOR, "--yes", "-o", "json"])
            .args(["--secret-to", "file:no.txt"])
            .args(more.iter().copied())
            .code(6);
        run.error_json()["cause"].as_str().unwrap().to_owned()
    };
    assert!(refused(&["--minutes", "481"]).contains("allows 60 to 480"));
    policy(&lab, &json!({ "isUsableOnce": true }));
    assert!(refused(&["--reusable"]).contains("once only"));
    policy(&lab, &json!({ "state": "disabled" }));
    assert!(refused(&[]).contains("switched off"));
    policy(
        &lab,
        &json!({ "state": "enabled", "includeTargets": [{ "targetType": "group", "id": "44e27757-ee5c-444f-a837-7a780b65fed5" }] }),
    );
    assert!(refused(&[]).contains("for others"));
    assert!(lab.writes().is_empty());
    assert!(lab.files().is_empty());
    lab.run(["issue-access-pass", NOOR, "--minutes", "5"])
        .code(2);
    lab.run(["issue-access-pass", NOOR, "--start", "yesterday", "--yes"])
        .args(["--secret-to", "file:no.txt"])
        .code(2)
        .says("offset from UTC");
}

#[test]
fn rules_that_cannot_be_read_are_told_and_graph_decides() {
    let lab = Lab::new();
    lab.faults("1:GET:/policies/authenticationMethodsPolicy -> 403");
    lab.run([
        "issue-access-pass",
        NOOR,
        "--yes",
        "--secret-to",
        "file:p.txt",
    ])
    .code(0)
    .says("could not be read, so Graph decides");
    assert!(signs_in(&lab, NOOR, &lab.secret("p.txt")));
}

#[test]
fn who_may_not_is_told_so_and_nothing_is_sent() {
    let lab = Lab::new();
    let own = "ada.okafor@contoso.com";
    lab.run(["issue-access-pass", own, "--confirm", own])
        .args(["--secret-to", "file:p.txt"])
        .code(6)
        .says("You may not issue an access pass for ada.okafor@contoso.com");
    lab.run(["issue-access-pass", BO, "--confirm", BO])
        .args(["--secret-to", "file:p.txt"])
        .as_user("uma.keller@contoso.com")
        .code(5);
    lab.run([
        "issue-access-pass",
        BO,
        "--yes",
        "--secret-to",
        "file:p.txt",
    ])
    .code(2)
    .says(&format!("--confirm {BO}"));
    lab.run(["issue-access-pass", BO, "--confirm", BO])
        .code(2)
        .says("nowhere to put the access pass");
    assert!(lab.writes().is_empty() && lab.files().is_empty());
}

#[test]
fn a_dry_run_shows_the_pass_and_sends_nothing() {
    let lab = Lab::new();
    let report = lab
        .run([
            "issue-access-pass",
            BO,
            "--minutes",
            "90",
            "--dry-run",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert_eq!(report["status"], "planned");
    assert_eq!(report["plan"][0]["step"], "issueAccessPass");
    assert_eq!(report["plan"][0]["lifetimeInMinutes"], 90);
    assert!(lab.writes().is_empty() && lab.journal().is_empty());
}

#[cfg(unix)]
#[test]
fn a_code_that_cannot_be_kept_is_exit_8_and_issuing_again_replaces_it() {
    let lab = Lab::new();
    // The folder is there when the destination is proven, and gone when Graph answers.
    let folder = lab.path("gone");
    std::fs::create_dir(&folder).unwrap();
    let journal = lab.state().join("journal.jsonl");
    lab.faults("1:POST:/temporaryAccessPassMethods -> delay=1500");
    let removed = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            for _ in 0..600 {
                let begun = std::fs::read_to_string(&journal);
                if begun.is_ok_and(|text| text.contains("\"intent\"")) {
                    std::fs::remove_dir_all(&folder).unwrap();
                    return true;
                }
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            false
        });
        let run = lab
            .run(["issue-access-pass", NOOR, "--yes", "-o", "json"])
            .args(["--secret-to", "file:gone/pass.txt"])
            .code(8);
        assert_eq!(run.json()["status"], "partial");
        let error = run.error_json();
        assert_eq!(error["code"], "secretNotDelivered");
        assert!(error["fix"].as_str().unwrap().contains("replaces"));
        waiting.join().unwrap()
    });
    assert!(removed);
    lab.run([
        "issue-access-pass",
        NOOR,
        "--yes",
        "--secret-to",
        "file:again.txt",
    ])
    .code(0);
    assert!(signs_in(&lab, NOOR, &lab.secret("again.txt")));
}

#[test]
fn a_lost_reply_is_unknown_or_repeated_and_never_a_silent_yes() {
    let lab = Lab::new();
    lab.faults("1:POST:/temporaryAccessPassMethods -> lost-reply");
    // A second pass replaces the one whose reply was lost, so the request is simply sent again.
    lab.run([
        "issue-access-pass",
        NOOR,
        "--yes",
        "--secret-to",
        "file:a.txt",
    ])
    .code(0);
    assert!(signs_in(&lab, NOOR, &lab.secret("a.txt")));
    lab.faults("*:POST:/temporaryAccessPassMethods -> lost-reply");
    let run = lab
        .run([
            "issue-access-pass",
            NOOR,
            "--yes",
            "--wait",
            "2s",
            "-o",
            "json",
        ])
        .args(["--secret-to", "file:b.txt"])
        .code(8);
    assert_eq!(run.json()["status"], "unknown");
    assert!(!lab.files().contains(&"b.txt".to_owned()));
}

#[cfg(unix)]
#[test]
fn an_access_pass_goes_to_every_kind_of_destination() {
    use std::os::unix::fs::PermissionsExt;
    let recipient = crate::escrow::RECIPIENT;
    let prepared = || {
        let lab = Lab::new().as_client();
        lab.write("key.txt", include_str!("../data/age/key.txt"));
        let keep = lab.write("keep", "#!/bin/sh\numask 077; cat > kept\n");
        std::fs::set_permissions(keep, std::fs::Permissions::from_mode(0o700)).unwrap();
        lab
    };
    let unsealed = |lab: &Lab, files: &[&str]| {
        lab.run(["unseal", "--secret-to", "file:back.txt"])
            .args(files.iter().copied())
            .code(0);
        lab.secret("back.txt")
    };
    let held = |lab: &Lab, sink: &str| match sink.split(':').next().unwrap() {
        "age" => unsealed(lab, &["pass.age", "--identity", "key.txt"]),
        "shares" => unsealed(lab, &["sheets/share-1-of-3.txt", "sheets/share-3-of-3.txt"]),
        "keyvault" => {
            let (_, value, enabled, _) = lab.sandbox().vault().pop().unwrap();
            assert!(enabled, "what is valid already is not held back");
            value
        }
        _ => lab.read("kept").trim_end_matches('\n').to_owned(),
    };
    for sink in [
        format!("age:{recipient}:pass.age"),
        "shares:2/3:sheets".to_owned(),
        "keyvault:ops-vault/pass".to_owned(),
        "cmd:./keep".to_owned(),
    ] {
        let lab = prepared();
        let issued = lab
            .run(["issue-access-pass", BO, "--confirm", BO, "-o", "json"])
            .args(["--secret-to", &sink])
            .code(0);
        let code = held(&lab, &sink);
        assert!(signs_in(&lab, BO, &code), "{sink}: {issued}");
        assert!(!issued.stdout.contains(&code) && !issued.stderr.contains(&code));
        let warned = issued.json()["warnings"].to_string();
        assert_eq!(
            warned.contains("protect nothing"),
            sink.starts_with("shares"),
            "{issued}"
        );

        let lab = prepared();
        let domain = admin_reset::sandbox::seed::INITIAL_DOMAIN;
        let made = lab
            .run(["create-admin", "--confirm", domain, "-o", "json"])
            .args(["--secret-to", "file:p.txt", "--access-pass=60"])
            .args(["--access-pass-to", &sink])
            .code(0);
        let upn = made.json()["accounts"][0]["userPrincipalName"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(signs_in(&lab, &upn, &held(&lab, &sink)), "{sink}: {made}");
    }
}
