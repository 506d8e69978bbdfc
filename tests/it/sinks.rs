//! The destinations `age`, `shares` and `cmd` from end to end: what the account has is what comes out of them again.

use crate::support::{Identity, Lab};

const NOOR: &str = "noor.haddad@contoso.com";
const DORA: &str = "dora.vega@contoso.com";
const KEY: &str = include_str!("../data/age/key.txt");
const RECIPIENT: &str = "age1zqk0ejs94g7hjcsukcry2nen7vng2kqj5fp8yu2h76jfu2vu4qxsv9z8r0";

fn reset<'lab>(lab: &'lab Lab, sinks: &[&str]) -> crate::support::Run<'lab> {
    let mut run = lab.run(["reset-user", NOOR, "--confirm", NOOR, "-o", "json"]);
    for sink in sinks {
        run = run.args(["--secret-to", *sink]);
    }
    run
}

#[test]
fn what_was_sealed_opens_the_account() {
    let lab = Lab::new();
    lab.write("key.txt", KEY);
    lab.write("owners.txt", format!("# owners\n{RECIPIENT}\n"));
    let output = reset(&lab, &["age:@owners.txt:noor.age"]).code(0);
    let document = output.json();
    let sink = &document["secret"]["sinks"][0];
    assert_eq!(sink["kind"], "age");
    assert_eq!(sink["recipients"][0], RECIPIENT);
    assert!(sink["location"].as_str().unwrap().ends_with("noor.age"));
    let intent = lab
        .journal()
        .into_iter()
        .find(|line| line["kind"] == "intent")
        .unwrap();
    assert!(
        intent["sinks"][0]
            .as_str()
            .unwrap()
            .starts_with(&format!("age:{RECIPIENT}:")),
        "{intent}"
    );
    let opened = lab
        .run([
            "unseal",
            "noor.age",
            "--identity",
            "key.txt",
            "--secret-to",
            "file:p.txt",
            "-o",
            "json",
        ])
        .as_identity(Identity::Nobody)
        .code(0)
        .json();
    assert_eq!(opened["schema"], "admin-reset/unseal/1");
    assert_eq!(opened["user"]["userPrincipalName"], NOOR);
    assert_eq!(opened["operationId"], document["journal"]["operationId"]);
    assert!(lab.password_of(NOOR, &lab.secret("p.txt")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(lab.path("noor.age"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn any_two_of_three_shares_open_the_account_and_one_does_not() {
    let lab = Lab::new();
    let output = reset(&lab, &["shares:2/3:sheets"]).code(0);
    assert_eq!(output.json()["secret"]["sinks"][0]["kind"], "shares");
    let share = |number: u8| format!("sheets/share-{number}-of-3.txt");
    let open = |shares: &[u8], to: &str| {
        let mut run = lab
            .run(["unseal", "--secret-to", to, "-o", "json"])
            .as_identity(Identity::Nobody);
        for number in shares {
            run = run.args([share(*number)]);
        }
        run
    };
    for (at, pair) in [[1, 2], [1, 3], [3, 2]].iter().enumerate() {
        let name = format!("p{at}.txt");
        open(pair, &format!("file:{name}")).code(0);
        assert!(lab.password_of(NOOR, &lab.secret(&name)));
    }
    let few = open(&[2], "file:few.txt").code(6).error_json();
    assert_eq!(few["code"], "sealBroken");
    assert!(
        few["message"]
            .as_str()
            .unwrap()
            .starts_with("1 of the 2 shares"),
        "{few}"
    );
    let twice = open(&[2, 2], "file:few.txt").code(6).error_json();
    assert!(
        twice["message"].as_str().unwrap().contains("same share"),
        "{twice}"
    );
    // A word of another list, a wrong word, and a share of another set are told by file.
    let text = lab.read(&share(1));
    let word = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("1 "))
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    let other = if word == "zero" { "acid" } else { "zero" };
    lab.write(
        "damaged.txt",
        text.replacen(&format!("1 {word}"), &format!("1 {other}"), 1),
    );
    let damaged = lab
        .run([
            "unseal",
            "damaged.txt",
            &share(2),
            "--secret-to",
            "file:few.txt",
            "-o",
            "json",
        ])
        .code(6)
        .error_json();
    assert!(
        damaged["message"]
            .as_str()
            .unwrap()
            .starts_with("damaged.txt"),
        "{damaged}"
    );
    lab.run([
        "reset-user",
        DORA,
        "--confirm",
        DORA,
        "--secret-to",
        "shares:2/3:others",
    ])
    .code(0)
    .says("protect nothing");
    let foreign = lab
        .run([
            "unseal",
            &share(1),
            "others/share-2-of-3.txt",
            "--secret-to",
            "file:few.txt",
            "-o",
            "json",
        ])
        .code(6)
        .error_json();
    assert!(
        foreign["message"].as_str().unwrap().contains("another set"),
        "{foreign}"
    );
    assert!(!lab.path("few.txt").exists());
    // What a holder can be told without the others.
    let told = lab
        .run(["unseal", &share(2), "--show-info", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(told["shares"]["numbers"][0], 2);
    assert_eq!(told["user"]["userPrincipalName"], NOOR);
    // And words alone, from a stream.
    let words = |number: u8| {
        let text = lab.read(&share(number));
        let list: Vec<String> = text
            .split("\n\n")
            .nth(1)
            .unwrap()
            .split_whitespace()
            .filter(|word| !word.bytes().all(|b| b.is_ascii_digit()))
            .map(str::to_owned)
            .collect();
        list.join(" ")
    };
    lab.run(["unseal", "-", "--secret-to", "file:typed.txt"])
        .stdin(format!("{}\n{}\n", words(3), words(1)))
        .code(0);
    assert!(lab.password_of(NOOR, &lab.secret("typed.txt")));
}

#[test]
fn the_wrong_key_and_a_changed_file_are_told_apart() {
    let lab = Lab::new();
    lab.write("key.txt", KEY);
    lab.write(
        "other.txt",
        "AGE-SECRET-KEY-184JMZMVQH3E6U0PSL869004Y3U2NYV7R30EU99CSEDNPH02YUVFSZW44VU\n",
    );
    reset(&lab, &[&format!("age:{RECIPIENT}:noor.age")]).code(0);
    let open = |file: &str, key: &str| {
        lab.run([
            "unseal",
            file,
            "--identity",
            key,
            "--secret-to",
            "file:p.txt",
            "-o",
            "json",
        ])
    };
    let wrong = open("noor.age", "other.txt").code(6).error_json();
    assert!(
        wrong["message"]
            .as_str()
            .unwrap()
            .starts_with("None of the identities"),
        "{wrong}"
    );
    let text = lab.read("noor.age");
    let at = text.len() / 2;
    let flipped = if &text[at..=at] == "A" { "B" } else { "A" };
    lab.write(
        "changed.age",
        format!("{}{flipped}{}", &text[..at], &text[at + 1..]),
    );
    let changed = open("changed.age", "key.txt").code(6).error_json();
    assert!(
        changed["message"].as_str().unwrap().contains("damaged")
            || changed["message"]
                .as_str()
                .unwrap()
                .contains("no whole age file"),
        "{changed}"
    );
    let none = lab
        .run([
            "unseal",
            "noor.age",
            "--secret-to",
            "file:p.txt",
            "-o",
            "json",
        ])
        .code(2)
        .error_json();
    assert!(none["fix"].as_str().unwrap().contains("--identity"));
    assert!(!lab.path("p.txt").exists());
    // The account and its secret go nowhere when only asked about.
    let told = lab
        .run(["unseal", "noor.age", "--identity", "key.txt", "--show-info"])
        .code(0);
    assert!(
        told.stdout.contains(NOOR) && told.stdout.contains("not handed over"),
        "{told}"
    );
}

#[cfg(unix)]
#[test]
fn a_program_gets_the_password_that_opens_the_account() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new();
    let out = lab.path("kept");
    let script = lab.write(
        "keep",
        format!(
            "#!/bin/sh\numask 077\ncat > '{}'\necho printed\n",
            out.display()
        ),
    );
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let output = reset(&lab, &["cmd:./keep"]).code(0);
    assert!(lab.password_of(NOOR, lab.read("kept").trim_end_matches('\n')));
    assert!(
        !output.stdout.contains("printed") && !output.stderr.contains("printed"),
        "{output}"
    );
    // One that fails keeps the account as it is.
    let script = lab.write("fail", "#!/bin/sh\nexit 9\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let error = lab
        .run([
            "reset-user",
            DORA,
            "--confirm",
            DORA,
            "--secret-to",
            "cmd:./fail",
            "-o",
            "json",
        ])
        .code(6)
        .error_json();
    assert!(
        error["cause"].as_str().unwrap().contains("exited with 9"),
        "{error}"
    );
    assert!(lab.untouched(DORA));
}

#[test]
fn several_destinations_hold_the_same_password_and_one_that_refuses_empties_the_others() {
    let lab = Lab::new();
    lab.write("key.txt", KEY);
    let sealed = format!("age:{RECIPIENT}:noor.age");
    reset(&lab, &[&sealed, "shares:2/2:sheets", "file:p.txt"]).code(0);
    assert!(lab.password_of(NOOR, &lab.secret("p.txt")));
    lab.run([
        "unseal",
        "noor.age",
        "--identity",
        "key.txt",
        "--secret-to",
        "file:a.txt",
    ])
    .code(0);
    lab.run([
        "unseal",
        "sheets/share-1-of-2.txt",
        "sheets/share-2-of-2.txt",
        "--secret-to",
        "file:b.txt",
    ])
    .code(0);
    assert_eq!(lab.secret("a.txt"), lab.secret("p.txt"));
    assert_eq!(lab.secret("b.txt"), lab.secret("p.txt"));
    let lab = Lab::new();
    #[cfg(unix)]
    {
        reset(&lab, &[&sealed, "shares:2/2:sheets", "cmd:/bin/false"]).code(6);
        assert!(lab.untouched(NOOR));
        assert_eq!(lab.files(), ["sheets"]);
        assert_eq!(std::fs::read_dir(lab.path("sheets")).unwrap().count(), 0);
    }
}

#[test]
fn several_users_have_a_file_or_folder_each() {
    let lab = Lab::new();
    lab.write("key.txt", KEY);
    let output = lab
        .run([
            "reset-user",
            NOOR,
            DORA,
            "--yes",
            "--include-admins",
            "--confirm-count",
            "2",
            "-o",
            "json",
        ])
        .args([
            "--secret-to",
            &format!("age:{RECIPIENT}:sealed"),
            "--secret-to",
            "shares:2/2:sheets",
        ])
        .code(0)
        .json();
    for user in output["users"].as_array().unwrap() {
        let (id, upn) = (
            user["user"]["id"].as_str().unwrap(),
            user["user"]["userPrincipalName"].as_str().unwrap(),
        );
        let name = format!("{id}.txt");
        lab.run([
            "unseal",
            &format!("sealed/{id}.age"),
            "--identity",
            "key.txt",
            "--secret-to",
            &format!("file:{name}"),
        ])
        .code(0);
        assert!(lab.password_of(upn, &lab.secret(&name)));
        let share = |number: u8| format!("sheets/{id}/share-{number}-of-2.txt");
        lab.run(["unseal", &share(1), &share(2), "--secret-to", "stdout"])
            .code(0)
            .shows(&lab.secret(&name));
    }
}

#[test]
fn a_refused_change_leaves_nothing_in_any_destination() {
    let lab = Lab::new();
    lab.faults("*:PATCH:/users -> 400; *:POST:/resetPassword -> 400");
    let output = reset(
        &lab,
        &[&format!("age:{RECIPIENT}:noor.age"), "shares:2/2:sheets"],
    )
    .output();
    assert_ne!(output.code, 0, "{output}");
    if lab.untouched(NOOR) && output.code != 8 {
        assert_eq!(lab.files(), ["sheets"], "{output}");
        assert_eq!(std::fs::read_dir(lab.path("sheets")).unwrap().count(), 0);
    }
}

#[test]
fn sheets_are_private_one_for_each_share_and_never_overwritten() {
    let lab = Lab::new();
    lab.write("key.txt", KEY);
    reset(
        &lab,
        &[
            "shares:2/3:shares",
            &format!("age:{RECIPIENT}:noor.age"),
            "file:p.txt",
        ],
    )
    .code(0);
    let shares = [
        "shares/share-1-of-3.txt",
        "shares/share-2-of-3.txt",
        "shares/share-3-of-3.txt",
    ];
    let made = lab
        .run([
            "envelope",
            "--out",
            "sheets",
            "--purpose",
            "Emergencies <only>",
            "-o",
            "json",
        ])
        .args(shares)
        .code(0)
        .json();
    assert_eq!(made["sheets"].as_array().unwrap().len(), 3);
    let secret = lab.secret("p.txt");
    for number in 1..=3u8 {
        let html = lab.read(&format!("sheets/envelope-share-{number}-of-3.html"));
        assert!(
            !html.contains(&secret)
                && html.contains("Emergencies &lt;only&gt;")
                && html.contains(NOOR)
        );
        assert_eq!(html.matches("class=\"sheet\"").count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let about =
                std::fs::metadata(lab.path(&format!("sheets/envelope-share-{number}-of-3.html")))
                    .unwrap();
            assert_eq!(about.permissions().mode() & 0o777, 0o600);
        }
    }
    lab.run(["envelope", "--out", "sheets"])
        .args(shares)
        .code(6);
    lab.run(["envelope", "--out", "twice", shares[0], shares[0]])
        .code(6);
    lab.run([
        "envelope",
        "noor.age",
        "--identity",
        "key.txt",
        "--out",
        "whole",
    ])
    .code(0);
    let html = lab
        .read("whole/envelope.html")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'");
    assert!(html.contains(&secret));
}

#[test]
fn a_generated_password_that_is_refused_is_replaced_once() {
    let lab = Lab::new();
    lab.faults("1:POST:/resetPassword -> 400 code=weakPassword");
    reset(&lab, &["file:p.txt", "shares:2/2:sheets"]).code(0);
    assert!(lab.password_of(NOOR, &lab.secret("p.txt")));
    lab.run([
        "unseal",
        "sheets/share-1-of-2.txt",
        "sheets/share-2-of-2.txt",
        "--secret-to",
        "file:again.txt",
    ])
    .code(0);
    assert_eq!(lab.secret("again.txt"), lab.secret("p.txt"));
    let lines: Vec<String> = lab
        .journal()
        .iter()
        .filter(|line| line["step"] == "resetPassword")
        .map(|line| {
            format!(
                "{} {}",
                line["kind"].as_str().unwrap(),
                line["outcome"].as_str().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(
        lines,
        ["intent -", "result failed", "intent -", "result done"],
        "{:?}",
        lab.journal()
    );
    // Twice refused is refused, and nothing is left.
    let lab = Lab::new();
    lab.faults("*:POST:/resetPassword -> 400 code=weakPassword");
    let error = reset(&lab, &["file:p.txt"]).code(6);
    assert_eq!(lab.sent("POST", "/resetPassword").len(), 2, "{error}");
    assert!(!lab.path("p.txt").exists() && lab.untouched(NOOR));
    // A supplied one is not replaced.
    let lab = Lab::new();
    lab.faults("*:POST:/resetPassword -> 400 code=weakPassword");
    lab.run(["reset-user", NOOR, "--confirm", NOOR, "--password-stdin"])
        .stdin("Grey-Walrus-77-Teapot")
        .code(6);
    assert_eq!(lab.sent("POST", "/resetPassword").len(), 1);
    // A new administrator gets the same.
    let lab = Lab::new();
    lab.faults("1:POST:/users$ -> 400 code=weakPassword");
    let made = lab
        .run([
            "create-admin",
            "--break-glass",
            "--confirm",
            "contoso.onmicrosoft.com",
            "--secret-to",
            "file:p.txt",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    assert!(lab.password_of(
        made["accounts"][0]["userPrincipalName"].as_str().unwrap(),
        &lab.secret("p.txt")
    ));
}

#[test]
fn a_version_in_the_vault_is_enabled_when_the_password_is_in_force() {
    let lab = Lab::new().as_client();
    let output = reset(&lab, &["keyvault:ops-vault/noor", "file:p.txt"]).code(0);
    let password = lab.secret("p.txt");
    assert!(lab.password_of(NOOR, &password));
    let content = lab.sandbox().vault();
    assert_eq!(
        content,
        [(
            "noor".to_owned(),
            password.clone(),
            true,
            "inForce".to_owned()
        )]
    );
    let sink = &output.json()["secret"]["sinks"];
    assert!(
        sink.as_array()
            .unwrap()
            .iter()
            .any(|one| one["kind"] == "keyvault" && one["location"] == "ops-vault/noor"),
        "{sink}"
    );
    // Set, listed, and only then the account; enabled and read afterwards.
    let order: Vec<String> = lab
        .requests()
        .iter()
        .filter(|one| one.path.starts_with("/secrets/") || one.method == "PATCH")
        .map(|one| {
            format!(
                "{} {}",
                one.method,
                one.path.split('/').nth(1).unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        order,
        [
            "GET secrets",
            "PUT secrets",
            "GET secrets",
            "PATCH v1.0",
            "PATCH secrets",
            "GET secrets"
        ],
        "{order:?}"
    );
    // A second reset makes a second version; the first stays.
    lab.run([
        "reset-user",
        NOOR,
        "--confirm",
        NOOR,
        "--secret-to",
        "keyvault:ops-vault.vault.azure.net/noor",
    ])
    .code(0);
    let content = lab.sandbox().vault();
    assert_eq!(content.len(), 2);
    assert!(lab.password_of(NOOR, &content[1].1) && content[0].1 == password);
    // What did not happen stays disabled.
    lab.faults("*:PATCH:/users -> 403");
    lab.run([
        "reset-user",
        DORA,
        "--confirm",
        DORA,
        "--secret-to",
        "keyvault:ops-vault/dora",
        "--secret-to",
        "file:d.txt",
    ])
    .code(5);
    let dora = lab
        .sandbox()
        .vault()
        .into_iter()
        .find(|one| one.0 == "dora")
        .unwrap();
    assert_eq!((dora.2, dora.3.as_str()), (false, "notInForce"));
    assert!(!lab.path("d.txt").exists() && lab.untouched(DORA));
    // A vault that refuses keeps the account as it is.
    lab.faults("*:PUT:/secrets -> 403");
    let error = lab
        .run([
            "reset-user",
            DORA,
            "--confirm",
            DORA,
            "--secret-to",
            "keyvault:ops-vault/dora2",
            "-o",
            "json",
        ])
        .code(6)
        .error_json();
    assert!(
        error["fix"].as_str().unwrap().contains("Secrets Officer"),
        "{error}"
    );
    assert!(lab.untouched(DORA));
    // Enabling fails after the change: the secret is there, and the way to it is told.
    lab.faults("*:PATCH:/secrets -> 403");
    let late = lab
        .run([
            "reset-user",
            DORA,
            "--confirm",
            DORA,
            "--secret-to",
            "keyvault:ops-vault/dora3",
            "-o",
            "json",
        ])
        .code(8);
    assert!(late.stderr.contains("set-attributes"), "{late}");
    let kept = lab
        .sandbox()
        .vault()
        .into_iter()
        .find(|one| one.0 == "dora3")
        .unwrap();
    assert!(lab.password_of(DORA, &kept.1));
    for (sink, code) in [
        ("keyvault:evil.example/x", 2),
        ("keyvault:ops.vault.azure.cn/x", 2),
        ("keyvault:ops/x_y", 2),
    ] {
        lab.run(["reset-user", NOOR, "--confirm", NOOR, "--secret-to", sink])
            .code(code);
    }
}

#[test]
fn a_token_for_graph_is_not_sent_to_a_vault() {
    let lab = Lab::new();
    let error = reset(&lab, &["keyvault:ops-vault/noor"])
        .code(4)
        .error_json();
    assert!(
        error["fix"]
            .as_str()
            .unwrap()
            .contains("ADMIN_RESET_VAULT_TOKEN"),
        "{error}"
    );
    assert!(lab.sandbox().vault().is_empty() && lab.untouched(NOOR));
}

#[test]
fn where_an_emergency_password_is_can_be_warned_of() {
    let domain = admin_reset::sandbox::seed::INITIAL_DOMAIN;
    let other = admin_reset::seal::Identities::generate()
        .recipients()
        .unwrap()
        .names()[0]
        .clone();
    let codes = |sinks: &[&str], more: &[&str]| {
        let lab = Lab::new();
        let mut run = lab.run(["create-admin", "--confirm", domain, "-o", "json"]);
        for sink in sinks {
            run = run.args(["--secret-to", *sink]);
        }
        let report = run.args(more.iter().copied()).code(0).json();
        let codes: Vec<String> = report["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["code"].as_str().unwrap().to_owned())
            .filter(|code| code == "singleRecipient" || code == "sharesTogether")
            .collect();
        codes
    };
    let (one, two) = (
        format!("age:{RECIPIENT}:a.age"),
        format!("age:{RECIPIENT},{other}:a.age"),
    );
    let second = format!("age:{other}:b.age");
    assert_eq!(codes(&[&one], &[]), ["singleRecipient"]);
    assert_eq!(codes(&[&one], &["--dry-run"]), ["singleRecipient"]);
    assert!(codes(&[&two], &[]).is_empty());
    assert!(codes(&[&one, &second], &[]).is_empty());
    assert_eq!(codes(&["shares:2/3:sheets"], &[]), ["sharesTogether"]);
    let ordinary = ["--upn", "megan@contoso.com", "--role", "User Administrator"];
    assert!(codes(&[&one], &ordinary).is_empty());
    // Where a script reads the report, the warning is in it.
    let lab = Lab::new();
    let report = reset(&lab, &["shares:2/3:sheets"]).code(0).json();
    assert!(
        report["warnings"][0]
            .as_str()
            .unwrap()
            .contains("protect nothing"),
        "{report}"
    );
}
