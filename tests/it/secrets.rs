//! Secrets appear in the destinations they were sent to and nowhere else: not in an output, a report, the journal, the state or the
//! configuration, not even encoded.

use crate::support::leaks::{forms, leaks};
use crate::support::{Identity, Lab, Run, each};
use admin_reset::sandbox::seed;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

const NOOR: &str = "noor.haddad@contoso.com";
/// A password that Entra accepts and that encodings spell differently.
const CANARY: &str = "Walrus?Ledger-77/Mill+~";
const MANNERS: &[&[&str]] = &[
    &[],
    &["-v"],
    &["--debug"],
    &["-o", "json"],
    &["-o", "json", "--debug"],
    &["-o", "csv", "-v"],
    &["-q"],
];

/// Everything a run left: both streams and all files below home, but for those it was told to write secrets to.
fn left_behind(
    lab: &Lab,
    output: &crate::support::Output,
    told: &[&str],
) -> Vec<(String, Vec<u8>)> {
    let mut places = vec![
        (
            "standard output".to_owned(),
            output.stdout.clone().into_bytes(),
        ),
        (
            "standard error".to_owned(),
            output.stderr.clone().into_bytes(),
        ),
    ];
    for (path, bytes) in lab.all_files() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !(path.starts_with(lab.path("")) && told.contains(&name.as_str())) {
            places.push((path.display().to_string(), bytes));
        }
    }
    places
}

#[track_caller]
fn clean(lab: &Lab, output: &crate::support::Output, told: &[&str], secrets: &[(&str, &str)]) {
    let places = left_behind(lab, output, told);
    for (what, secret) in secrets {
        assert!(secret.len() > 7, "{what} is too short to search for");
        let found = leaks(secret, &places);
        assert!(found.is_empty(), "{what} leaked: {found:?}: {output}");
    }
    // Access tokens are signed JSON: none of them appears in any output or file.
    let tokens = leaks_of_tokens(&places);
    assert!(tokens.is_empty(), "an access token leaked: {tokens:?}");
}

/// Places that hold something that begins as a JSON web token does.
fn leaks_of_tokens(places: &[(String, Vec<u8>)]) -> Vec<&str> {
    places
        .iter()
        .filter(|(_, bytes)| {
            bytes.windows(8).any(|window| {
                window.starts_with(b"eyJ")
                    && window.is_ascii()
                    && window.iter().all(u8::is_ascii_alphanumeric)
            })
        })
        .map(|(place, _)| place.as_str())
        .collect()
}

#[test]
fn the_search_finds_what_is_planted() {
    let secret = "Wälrus?\"Ledger-77/Mill+~";
    for (form, needle) in forms(secret) {
        let planted = [&b"before "[..], &needle, b" after"].concat();
        let found = leaks(secret, &[("planted".to_owned(), planted)]);
        assert!(
            found.iter().any(|found| found.starts_with(form)),
            "{form} is not found"
        );
    }
    // Base64 of a longer text that holds the secret, at any place in it.
    for before in ["", "x", "xy", "user:"] {
        let whole = STANDARD_NO_PAD.encode(format!("{before}{secret}, and more"));
        assert!(
            !leaks(secret, &[("b64".to_owned(), whole.into_bytes())]).is_empty(),
            "{before:?}"
        );
    }
    assert!(
        leaks(
            secret,
            &[("clean".to_owned(), b"Walrus?\"Ledger-77/Mill+~".to_vec())]
        )
        .is_empty()
    );
    // The whole chain, with a file that a careless program might have left in the state folder.
    let lab = Lab::new();
    let output = lab.run(["--version"]).code(0);
    std::fs::write(lab.state().join("notes.txt"), format!("password={secret}")).unwrap();
    assert!(!leaks(secret, &left_behind(&lab, &output, &[])).is_empty());
    assert_eq!(
        leaks_of_tokens(&[("x".into(), b"Bearer eyJhbGciOi.x".to_vec())]),
        ["x"]
    );
}

/// Supplies the canary in one of the three ways.
fn supplied<'lab>(lab: &'lab Lab, how: &str) -> Run<'lab> {
    match how {
        "stdin" => lab
            .run([
                "reset-user",
                NOOR,
                "--confirm",
                NOOR,
                "--wait",
                "2s",
                "--password-stdin",
            ])
            .stdin(CANARY),
        "file" => {
            lab.write("given.txt", CANARY);
            lab.run([
                "reset-user",
                NOOR,
                "--confirm",
                NOOR,
                "--wait",
                "2s",
                "--password-file",
                "given.txt",
            ])
        }
        _ => lab
            .run([
                "reset-user",
                NOOR,
                "--confirm",
                NOOR,
                "--wait",
                "2s",
                "--password-env",
                "CANARY",
            ])
            .env("CANARY", CANARY),
    }
}

/// What goes wrong; the first is nothing.
const SCRIPTS: &[&str] = &[
    "",
    "*:POST:/resetPassword -> 403",
    "*:POST:/resetPassword -> 400 code=badRequest",
    "*:POST:/resetPassword -> html",
    "*:POST:/resetPassword -> lost-reply; *:GET:/users/ -> 403",
    "*:POST:/$batch -> 403",
    "*:GET:/operations/ -> garble",
];

#[test]
fn a_supplied_password_is_nowhere() {
    let cases: Vec<(&str, &&[&str], &str)> =
        MANNERS
            .iter()
            .flat_map(|manner| ["stdin", "file", "env"].map(|how| (how, manner, "")))
            .chain(SCRIPTS.iter().flat_map(|script| {
                [&MANNERS[2], &MANNERS[4]].map(|manner| ("stdin", manner, *script))
            }))
            .collect();
    each(&cases, |(how, manner, script)| {
        let lab = Lab::new();
        lab.faults(script);
        let run = supplied(&lab, how);
        let output = run.args(manner.iter().copied()).output();
        assert!(output.code == 0 || !script.is_empty(), "{output}");
        if script.is_empty() {
            assert!(lab.password_of(NOOR, CANARY), "{output}");
        }
        clean(
            &lab,
            &output,
            &["given.txt"],
            &[("the supplied password", CANARY)],
        );
    });
}

#[test]
fn a_refused_password_is_not_repeated_to_who_gave_it() {
    for bad in ["noor.haddad-77", "Sécret-Wälrus-77", "two words\nof it-77"] {
        let lab = Lab::new();
        for manner in MANNERS {
            let output = lab
                .run(["reset-user", NOOR, "--yes", "--password-stdin"])
                .stdin(bad)
                .args(manner.iter().copied())
                .output();
            assert!(matches!(output.code, 2 | 6), "{output}");
            clean(&lab, &output, &[], &[("the refused password", bad)]);
        }
    }
}

#[test]
fn a_generated_password_and_the_access_token_are_in_the_file_alone() {
    let cases: Vec<(&&[&str], &&str, Identity)> = MANNERS
        .iter()
        .flat_map(|manner| SCRIPTS.iter().map(move |script| (manner, script)))
        .flat_map(|(manner, script)| {
            [
                Identity::User(seed::DEFAULT_PERSONA.into()),
                Identity::ClientSecret,
            ]
            .map(|identity| (manner, script, identity))
        })
        .collect();
    each(&cases, |(manner, script, identity)| {
        let lab = Lab::new();
        lab.faults(&script.replace(
            "POST:/resetPassword",
            if matches!(identity, Identity::ClientSecret) {
                "PATCH:/users/"
            } else {
                "POST:/resetPassword"
            },
        ));
        let args = [
            "reset-user",
            NOOR,
            "--confirm",
            NOOR,
            "--wait",
            "2s",
            "--secret-to",
            "file:p.txt",
            "--access-pass=60",
            "--access-pass-to",
            "file:pass.txt",
        ];
        let output = lab
            .run(args)
            .as_identity(identity.clone())
            .args(manner.iter().copied())
            .output();
        let mut secrets = vec![(
            "the client secret",
            seed::CONFIDENTIAL_CLIENT_SECRET.to_owned(),
        )];
        for (what, name) in [("the password", "p.txt"), ("the access pass", "pass.txt")] {
            if lab.path(name).exists() {
                secrets.push((what, lab.secret(name)));
            }
        }
        assert!(!script.is_empty() || secrets.len() == 3, "{output}");
        for body in lab
            .writes()
            .iter()
            .map(|one| String::from_utf8_lossy(&one.body).into_owned())
        {
            let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
            if let Some(password) = body["newPassword"]
                .as_str()
                .or(body["passwordProfile"]["password"].as_str())
            {
                secrets.push(("the password sent", password.to_owned()));
            }
        }
        let secrets: Vec<(&str, &str)> = secrets
            .iter()
            .map(|(what, secret)| (*what, secret.as_str()))
            .collect();
        clean(&lab, &output, &["p.txt", "pass.txt"], &secrets);
    });
}

#[test]
fn new_administrators_and_checks_leak_nothing() {
    let domain = seed::INITIAL_DOMAIN;
    let commands: &[&[&str]] = &[
        &[
            "create-admin",
            "--confirm",
            domain,
            "--secret-to",
            "file:p.txt",
            "--access-pass=60",
            "--access-pass-to",
            "file:pass.txt",
            "--wait",
            "4s",
        ],
        &[
            "create-admin",
            "--upn",
            "megan@contoso.com",
            "--role",
            "User Administrator",
            "--confirm",
            domain,
            "--secret-to",
            "file:p.txt",
            "--wait",
            "4s",
        ],
        &["create-admin", "--dry-run"],
        &["check-security-info", "--admins"],
        &["check-security-info", NOOR, "--show-values"],
    ];
    let scripts = [
        "",
        "*:POST:/users$ -> 403",
        "1:POST:/users$ -> lost-reply",
        "*:POST:/roleAssignments -> 403",
        "*:GET:/organization -> 403",
        "*:POST:/$batch -> html",
    ];
    let cases: Vec<(&[&str], &&[&str], &str)> = commands
        .iter()
        .flat_map(|command| {
            scripts.iter().flat_map(move |script| {
                [&MANNERS[2], &MANNERS[4]].map(|manner| (*command, manner, *script))
            })
        })
        .collect();
    each(&cases, |(command, manner, script)| {
        let lab = Lab::new().as_client();
        lab.faults(script);
        let output = lab.run(*command).args(manner.iter().copied()).output();
        let mut secrets = vec![(
            "the client secret".to_owned(),
            seed::CONFIDENTIAL_CLIENT_SECRET.to_owned(),
        )];
        for name in ["p.txt", "pass.txt"] {
            if lab.path(name).exists() {
                secrets.push((name.to_owned(), lab.secret(name)));
            }
        }
        for one in lab.writes() {
            let body: serde_json::Value = serde_json::from_slice(&one.body).unwrap_or_default();
            if let Some(password) = body["passwordProfile"]["password"].as_str() {
                secrets.push(("the password sent".to_owned(), password.to_owned()));
            }
        }
        assert!(
            secrets.len() > 1 || !script.is_empty() || !command.contains(&"--secret-to"),
            "{output}"
        );
        let secrets: Vec<(&str, &str)> = secrets
            .iter()
            .map(|(what, secret)| (what.as_str(), secret.as_str()))
            .collect();
        clean(&lab, &output, &["p.txt", "pass.txt"], &secrets);
    });
}

#[test]
fn the_built_in_tenant_keeps_no_password_in_clear() {
    let lab = Lab::new().as_nobody();
    let output = lab
        .run([
            "reset-user",
            "--sandbox",
            NOOR,
            "--confirm",
            NOOR,
            "--password-stdin",
            "--debug",
        ])
        .stdin(CANARY)
        .code(0);
    clean(&lab, &output, &[], &[("the password", CANARY)]);
    assert!(
        lab.all_files()
            .iter()
            .any(|(path, _)| path.ends_with("sandbox.json"))
    );
}

#[test]
fn a_rejected_credential_is_not_repeated() {
    let wrong = "wrong-Client~Secret.value-1234567";
    for manner in MANNERS {
        let lab = Lab::new().as_client();
        let output = lab
            .run([
                "reset-user",
                NOOR,
                "--confirm",
                NOOR,
                "--secret-to",
                "file:p.txt",
            ])
            .env("AZURE_CLIENT_SECRET", wrong)
            .args(manner.iter().copied())
            .code(4);
        clean(&lab, &output, &[], &[("the client secret", wrong)]);
        let token = "opaque-token-Zq7-9f3b1c77d2a84e60";
        let output = lab
            .run([
                "reset-user",
                NOOR,
                "--confirm",
                NOOR,
                "--secret-to",
                "file:p.txt",
            ])
            .as_identity(Identity::Token(token.into()))
            .args(manner.iter().copied())
            .code(4);
        lab.expect_violations();
        clean(&lab, &output, &[], &[("the token", token)]);
    }
}

#[test]
fn secrets_given_as_words_of_the_command_line_are_not_a_way_in() {
    let lab = Lab::new();
    for flag in ["--password", "--client-secret", "--token", "--new-password"] {
        let output = lab
            .run(["reset-user", NOOR, flag, "Quartz-Lantern-1-Mile"])
            .code(2);
        assert!(!output.stderr.contains("Quartz-Lantern"), "{output}");
    }
    assert!(lab.requests().is_empty());
}

#[test]
fn sealed_and_shared_secrets_are_nowhere_in_clear() {
    const KEY: &str = include_str!("../data/age/key.txt");
    let recipient = KEY
        .lines()
        .find_map(|line| line.strip_prefix("# public key: "))
        .unwrap();
    let private = KEY.lines().last().unwrap();
    let manners: Vec<&&[&str]> = MANNERS.iter().collect();
    each(&manners, |manner| {
        let lab = Lab::new();
        lab.write("key.txt", KEY);
        let sealed = format!("age:{recipient}:noor.age");
        let output = lab
            .run([
                "reset-user",
                NOOR,
                "--confirm",
                NOOR,
                "--password-stdin",
                "--secret-to",
                &sealed,
                "--secret-to",
                "shares:2/3:sheets",
            ])
            .stdin(CANARY)
            .args(manner.iter().copied())
            .output();
        assert_eq!(output.code, 0, "{output}");
        assert!(lab.password_of(NOOR, CANARY), "{output}");
        clean(
            &lab,
            &output,
            &["key.txt"],
            &[("the password", CANARY), ("the private key", private)],
        );
        for files in [
            vec!["noor.age", "--identity", "key.txt"],
            vec!["sheets/share-1-of-3.txt", "sheets/share-3-of-3.txt"],
        ] {
            let told = format!("{}.out", files.len());
            let opened = lab
                .run(["unseal", "--secret-to", &format!("file:{told}")])
                .args(files.iter().copied())
                .args(manner.iter().copied())
                .output();
            assert_eq!(opened.code, 0, "{opened}");
            assert_eq!(lab.secret(&told), CANARY);
            clean(
                &lab,
                &opened,
                &["key.txt", "3.out", "2.out"],
                &[("the password", CANARY), ("the private key", private)],
            );
        }
    });
}

#[cfg(unix)]
#[test]
fn a_ci_system_is_told_to_mask_what_goes_to_stdout() {
    let given = "Walrus%0ALedger-77/Mill+~";
    // Both streams in one, as a log has them.
    let log = |name: &str, value: &str, sink: &str, more: &[&str]| {
        let lab = Lab::new();
        let output = lab
            .run(["reset-user", NOOR, "--yes", "--password-stdin"])
            .args(["--secret-to", sink])
            .args(more.iter().copied())
            .stdin(given)
            .env("CI", "true")
            .env(name, value)
            .under(["/bin/sh", "-c", "exec \"$@\" 2>&1", "sh"])
            .code(0);
        assert!(lab.password_of(NOOR, given));
        output.stdout
    };
    for (name, value, mask) in [
        (
            "GITHUB_ACTIONS",
            "true",
            "::add-mask::Walrus%250ALedger-77/Mill+~",
        ),
        (
            "TF_BUILD",
            "True",
            "##vso[task.setsecret]Walrus%AZP250ALedger-77/Mill+~",
        ),
    ] {
        let text = log(name, value, "stdout", &[]);
        let at = |wanted: &str| text.lines().position(|line| line == wanted);
        let (masked, shown) = (at(mask), at(given));
        assert!(masked.is_some() && masked < shown, "{text}");
        for (sink, more) in [
            ("stdout", &["-o", "json"][..]),
            ("file:p.txt", &[]),
            ("file:p.txt", &["-o", "json"]),
        ] {
            let text = log(name, value, sink, more);
            assert!(
                !text.contains("add-mask") && !text.contains("setsecret"),
                "{text}"
            );
        }
    }
    let text = log("GITLAB_CI", "true", "stdout", &[]);
    assert_eq!(text.matches("Walrus").count(), 1, "{text}");
}

#[test]
fn a_secret_for_a_vault_is_in_the_body_to_it_alone() {
    let scripts = [
        "",
        "*:PUT:/secrets -> 403",
        "*:PATCH:/secrets -> 403",
        "*:GET:/secrets -> html",
        "*:PATCH:/users -> 403",
    ];
    let cases: Vec<(&&[&str], &str)> = MANNERS
        .iter()
        .flat_map(|manner| scripts.map(|script| (manner, script)))
        .collect();
    each(&cases, |(manner, script)| {
        let lab = Lab::new().as_client();
        lab.faults(script);
        let output = lab
            .run(["reset-user", NOOR, "--confirm", NOOR, "--password-stdin"])
            .args(["--secret-to", "keyvault:ops-vault/noor", "--wait", "2s"])
            .args(manner.iter().copied())
            .stdin(CANARY)
            .output();
        assert_eq!(output.code == 0, script.is_empty(), "{output}");
        clean(&lab, &output, &[], &[("the password", CANARY)]);
        let mut held = 0;
        for one in lab.requests() {
            let about = format!("{} {}", one.method, one.path);
            let outside = format!("{} {} {:?}", one.path, one.query, one.headers);
            let found = leaks(CANARY, &[(about.clone(), outside.into_bytes())]);
            assert!(found.is_empty(), "{found:?}");
            let may_hold = (one.method == "PUT" && one.path == "/secrets/noor")
                || (one.method == "PATCH" && one.path.starts_with("/v1.0/users/"));
            let found = leaks(CANARY, &[(about, one.body.clone())]);
            assert!(may_hold || found.is_empty(), "{found:?}");
            held += usize::from(!found.is_empty());
        }
        assert!(held > 0 || script.contains("GET"), "{output}");
    });
}
