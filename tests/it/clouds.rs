//! Every command in every national cloud: what a cloud lacks is said before anybody is asked, with the way that works there; the rest
//! works, and nothing is ever asked of a cloud that it does not have, which the tenant would record.

use crate::support::{Identity, Lab, Output, Run, each};
use admin_reset::sandbox::{Cloud, seed};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

const ADA: &str = "ada.okafor@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";
const DOMAIN: &str = "contoso.onmicrosoft.com";
const GROUP_PHONES: &str = "chidi.maro@contoso.com";

const CLOUDS: [(&str, Cloud); 4] = [
    ("global", Cloud::Global),
    ("usgov", Cloud::UsGov),
    ("usgov-dod", Cloud::UsGovDod),
    ("china", Cloud::China),
];

/// Hosts and pages of a cloud. A text for another one must not hold them.
const MARKS: [(&str, &[&str]); 4] = [
    (
        "global",
        &[
            "login.microsoftonline.com/",
            "passwordreset.microsoftonline.com",
            "mysignins.microsoft.com",
            "entra.microsoft.com",
            "admin.microsoft.com",
        ],
    ),
    (
        "usgov",
        &[
            "passwordreset.microsoftonline.us",
            "mysignins.azure.us",
            "entra.microsoft.us",
            "portal.office365.us",
        ],
    ),
    (
        "usgov-dod",
        &[
            "passwordreset.microsoftonline.us",
            "mysignins.azure.us",
            "entra.microsoft.us",
            "portal.apps.mil",
        ],
    ),
    (
        "china",
        &[
            "passwordreset.activedirectory.windowsazure.cn",
            "account.activedirectory.windowsazure.cn",
            "entra.microsoftonline.cn",
            "portal.partner.microsoftonline.cn",
        ],
    ),
];

/// One command line, and how it ends in the clouds that have everything and in China.
struct Case {
    words: &'static [&'static str],
    elsewhere: i32,
    china: i32,
    /// What has to be said in China.
    says: &'static [&'static str],
    /// As whom.
    as_app: bool,
}

const fn case(words: &'static [&'static str], elsewhere: i32, china: i32) -> Case {
    Case {
        words,
        elsewhere,
        china,
        says: &[],
        as_app: false,
    }
}

const fn lacking(words: &'static [&'static str], says: &'static [&'static str]) -> Case {
    Case {
        says,
        ..case(words, 0, 6)
    }
}

/// What China's Graph does not have.
const NO_PASS: &[&str] = &[
    "does not offer Temporary Access Passes",
    "admin-reset reset-user",
    "account.activedirectory.windowsazure.cn",
];

const CASES: &[Case] = &[
    case(&["doctor"], 0, 0),
    case(
        &["advise", "--username", ADA, "--other-admin", "global"],
        0,
        0,
    ),
    Case {
        says: &[
            "Registered e-mail cannot be read in the China (21Vianet) cloud",
            "userRegistrationDetails",
        ],
        ..case(&["check-security-info", NOOR], 0, 11)
    },
    case(&["check-security-info"], 0, 11),
    case(&["check-security-info", NOOR, "--require", "phone"], 0, 0),
    case(
        &["check-security-info", ADA, "--require", "authenticator"],
        0,
        0,
    ),
    case(&["check-security-info", ADA, "--require", "passkey"], 0, 11),
    // Who lacks a phone lacks it everywhere.
    case(&["check-security-info", "tom.reed@contoso.com"], 10, 10),
    case(&["check-security-info", NOOR, ADA, "-o", "jsonl"], 0, 11),
    case(&["check-security-info", "--admins"], 10, 10),
    case(
        &[
            "create-admin",
            "--secret-to",
            "file:one.txt",
            "--confirm",
            DOMAIN,
        ],
        0,
        0,
    ),
    lacking(
        &[
            "create-admin",
            "--access-pass=60",
            "--access-pass-to",
            "file:pass.txt",
            "--secret-to",
            "file:one.txt",
            "--confirm",
            DOMAIN,
        ],
        NO_PASS,
    ),
    case(&["find-username", "noor"], 0, 0),
    lacking(
        &[
            "issue-access-pass",
            NOOR,
            "--secret-to",
            "file:pass.txt",
            "--confirm",
            NOOR,
        ],
        NO_PASS,
    ),
    lacking(&["issue-access-pass", NOOR, "--dry-run"], NO_PASS),
    case(&["journal", "list"], 0, 0),
    // The tenant has changes that this machine knows nothing of.
    case(&["journal", "match"], 10, 10),
    case(&["logout"], 0, 0),
    case(&["permissions"], 0, 0),
    case(&["permissions", "issue-access-pass"], 0, 0),
    lacking(
        &[
            "recover-own",
            "--then",
            "keep",
            "--dry-run",
            "--sign-in",
            "device-code",
            "--client-id",
            seed::PUBLIC_CLIENT_ID,
            "--access-pass-to",
            "file:pass.txt",
            "--secret-to",
            "file:mine.txt",
            "--second-to",
            "file:second.txt",
        ],
        NO_PASS,
    ),
    case(
        &[
            "recover-own",
            "--then",
            "keep",
            "--dry-run",
            "--sign-in",
            "device-code",
            "--client-id",
            seed::PUBLIC_CLIENT_ID,
            "--secret-to",
            "file:mine.txt",
            "--second-to",
            "file:second.txt",
        ],
        0,
        0,
    ),
    case(
        &[
            "reset-user",
            NOOR,
            "--secret-to",
            "file:p.txt",
            "--confirm",
            NOOR,
        ],
        0,
        0,
    ),
    Case {
        as_app: true,
        ..case(
            &[
                "reset-user",
                NOOR,
                "--secret-to",
                "keyvault:ops-vault/noor",
                "--confirm",
                NOOR,
            ],
            0,
            0,
        )
    },
    lacking(
        &[
            "reset-user",
            NOOR,
            "--via",
            "method",
            "--secret-to",
            "file:p.txt",
            "--confirm",
            NOOR,
        ],
        &["does not offer the resetPassword action", "--via direct"],
    ),
    lacking(
        &[
            "reset-user",
            NOOR,
            "--access-pass",
            "--access-pass-to",
            "file:pass.txt",
            "--secret-to",
            "file:p.txt",
            "--confirm",
            NOOR,
        ],
        NO_PASS,
    ),
    case(
        &[
            "reset-user",
            GROUP_PHONES,
            "--require-reregister",
            "--enable",
            "--password-policy",
            "never-expires",
            "--secret-to",
            "file:p.txt",
            "--confirm",
            GROUP_PHONES,
        ],
        0,
        0,
    ),
    case(&["resume", "00000000-0000-4000-8000-000000000000"], 3, 3),
    case(&["revoke-sessions", NOOR, "--yes"], 0, 0),
    // Whether roles are held at the scope of a unit is not known of somebody named by name.
    case(&["self-service", NOOR], 11, 11),
    // A phone and an app are two proofs without the e-mail.
    case(&["self-service"], 0, 0),
    lacking(
        &[
            "set-security-info",
            NOOR,
            "--email",
            "new@fabrikam.example",
            "--confirm",
            NOOR,
        ],
        &[
            "does not offer registered e-mail methods",
            "account.activedirectory.windowsazure.cn",
            "--phone",
        ],
    ),
    case(
        &[
            "set-security-info",
            NOOR,
            "--phone",
            "+47 12345679",
            "--confirm",
            NOOR,
        ],
        0,
        0,
    ),
    case(
        &["setup-app", "--for", "reset-user", "--grant", "--dry-run"],
        0,
        0,
    ),
    lacking(
        &["setup-app", "--for", "issue-access-pass", "--dry-run"],
        &["lacks what it needs", "admin-reset permissions"],
    ),
    case(&["setup-app", "--for", "reset-user", "--print"], 0, 0),
    case(&["support-bundle", "case.zip", "--yes"], 0, 0),
    case(&["who-can-reset", NOOR], 0, 0),
    case(&["whoami"], 0, 0),
];

/// Commands that go to no cloud.
const AT_HOME: &[&str] = &[
    "completions",
    "envelope",
    // Signs in and asks nothing else; it has a test of its own below and in `login`.
    "login",
    "man",
    "sandbox",
    "unseal",
];

fn lab_in(cloud: Cloud) -> Lab {
    Lab::with(|options| options.cloud = cloud)
}

fn text_of(output: &Output) -> String {
    format!("{}\n{}", output.stdout, output.stderr)
}

fn run(case: &Case, (name, cloud): (&str, Cloud)) {
    let mut lab = lab_in(cloud);
    if case.as_app {
        lab = lab.as_client();
    }
    let code = if cloud == Cloud::China {
        case.china
    } else {
        case.elsewhere
    };
    let output = lab
        .run(case.words)
        .args(["--cloud", name])
        .output()
        .code(code);
    let text = text_of(&output);
    if cloud == Cloud::China {
        for words in case.says {
            assert!(text.contains(words), "'{words}' is missing: {output}");
        }
        if code == 6 {
            assert!(lab.requests().is_empty(), "asked all the same: {output}");
            assert!(lab.files().is_empty(), "something was made: {output}");
        }
    }
    let own = MARKS.iter().find(|(own, _)| *own == name).unwrap().1;
    for (other, marks) in MARKS {
        for mark in marks {
            let foreign = other != name && !own.contains(mark);
            assert!(
                !(foreign && text.contains(mark)),
                "{mark} belongs to {other}: {output}"
            );
        }
    }
}

/// A test that cannot fail would be worthless: the tenant itself refuses and records what the cloud does not have.
#[test]
fn every_command_in_every_cloud() {
    let all: Vec<(&Case, (&str, Cloud))> = CASES
        .iter()
        .flat_map(|case| CLOUDS.map(|cloud| (case, cloud)))
        .collect();
    let wrong = Mutex::new(Vec::new());
    each(&all, |(case, cloud)| {
        // All that is wrong is worth knowing at once.
        if catch_unwind(AssertUnwindSafe(|| run(case, *cloud))).is_err() {
            let line = format!("{} --cloud {}", case.words.join(" "), cloud.0);
            wrong.lock().unwrap().push(line);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "see above:\n{}", wrong.join("\n"));
}

#[test]
fn no_command_is_left_out() {
    let known =
        |name: &str| CASES.iter().any(|case| case.words[0] == name) || AT_HOME.contains(&name);
    let tree = admin_reset::cli::command();
    let missing: Vec<&str> = tree
        .get_subcommands()
        .map(|command| command.get_name())
        .filter(|name| !known(name))
        .collect();
    assert!(
        missing.is_empty(),
        "add them to tests/it/clouds.rs, for each cloud: {missing:?}"
    );
}

/// The way a reset takes where the action is missing, and that it is in force.
#[test]
fn a_reset_goes_the_way_its_cloud_has() {
    each(&CLOUDS, |(name, cloud)| {
        let lab = lab_in(*cloud);
        let report = lab
            .run([
                "reset-user",
                NOOR,
                "--secret-to",
                "file:p.txt",
                "--confirm",
                NOOR,
            ])
            .args(["--cloud", name, "-o", "json"])
            .code(0)
            .json();
        let direct = *cloud == Cloud::China;
        assert_eq!(
            report["reset"]["via"],
            if direct { "direct" } else { "method" },
            "{name}"
        );
        assert_eq!(
            lab.sent("POST", "/resetPassword").is_empty(),
            direct,
            "{name}"
        );
        assert!(lab.password_of(NOOR, &lab.secret("p.txt")), "{name}");
    });
}

/// What is left of a check in China: phones and apps are decided, e-mail is open and not wrong.
#[test]
fn a_check_in_china_leaves_open_what_it_cannot_read() {
    let lab = lab_in(Cloud::China);
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
    let user = &report["users"][0];
    assert_eq!(user["ready"], serde_json::Value::Null);
    assert_eq!(user["phone"]["registered"], true);
    assert_eq!(user["email"]["registered"], serde_json::Value::Null);
    assert!(lab.writes().is_empty());
}

/// A client that does not know its cloud is told by the tenant, so that the table above can fail.
#[test]
fn the_tenant_refuses_what_its_cloud_lacks() {
    let lab = lab_in(Cloud::China);
    lab.expect_violations();
    // As if it were the global cloud.
    let _ = lab
        .run([
            "issue-access-pass",
            NOOR,
            "--secret-to",
            "file:pass.txt",
            "--confirm",
            NOOR,
        ])
        .output();
    let said = lab.violations().join("\n");
    assert!(said.contains("this cloud does not have"), "{said}");
}

/// A token for the Graph of one cloud is no token for that of another.
#[test]
fn a_token_of_another_cloud_is_refused_before_it_is_sent() {
    let lab = lab_in(Cloud::China);
    let foreign = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20ifQ.c2ln";
    let error = lab
        .run(["whoami", "--cloud", "china", "-o", "json"])
        .as_identity(Identity::Token(foreign.to_owned()))
        .code(4)
        .error_json();
    assert!(
        error["cause"]
            .as_str()
            .unwrap()
            .contains("https://graph.microsoft.com"),
        "{error}"
    );
    assert!(lab.requests().is_empty());
}

/// Endpoints of two clouds are never mixed.
#[test]
fn a_host_of_another_cloud_is_a_contradiction() {
    let lab = Lab::new();
    let error = lab
        .run(["whoami", "--cloud", "china", "-o", "json"])
        .args(["--login-endpoint", "https://login.microsoftonline.com"])
        .code(2)
        .error_json();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("does not belong"),
        "{error}"
    );
    assert!(lab.requests().is_empty());
}

/// The host that a run first wants to reach, seen by a proxy that lets nobody through.
fn first_host(run: &Run<'_>) -> String {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let (told, asked) = channel();
    std::thread::spawn(move || {
        let (stream, _) = proxy.accept().unwrap();
        let mut line = String::new();
        let _ = BufReader::new(&stream).read_line(&mut line);
        let _ = told.send(line);
        // Kept open until the run was ended, so that it does not try again.
        std::thread::sleep(Duration::from_secs(30));
    });
    let (mut command, _) = run.command();
    for name in ["LOGIN", "GRAPH", "VAULT"] {
        command.env_remove(format!("ADMIN_RESET_{name}_ENDPOINT"));
    }
    let mut child = command
        .env_remove("NO_PROXY")
        .env("HTTPS_PROXY", address)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let line = asked.recv_timeout(Duration::from_secs(30)).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

/// Without emulated endpoints: an app signs in at its cloud's service, and a ready token goes to its cloud's Graph.
#[test]
fn requests_go_to_the_hosts_of_the_cloud() {
    let hosts = [
        ("global", "login.microsoftonline.com", "graph.microsoft.com"),
        ("usgov", "login.microsoftonline.us", "graph.microsoft.us"),
        (
            "usgov-dod",
            "login.microsoftonline.us",
            "dod-graph.microsoft.us",
        ),
        (
            "china",
            "login.partner.microsoftonline.cn",
            "microsoftgraph.chinacloudapi.cn",
        ),
    ];
    each(&hosts, |(cloud, login, graph)| {
        let lab = Lab::new();
        let run = |identity| lab.run(["whoami", "--cloud", cloud]).as_identity(identity);
        assert_eq!(
            first_host(&run(Identity::ClientSecret)),
            format!("{login}:443")
        );
        let token = Identity::Token("an-opaque-token".to_owned());
        assert_eq!(first_host(&run(token)), format!("{graph}:443"));
    });
}
