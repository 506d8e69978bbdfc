//! `permissions` and the table behind it: every row names endpoints that accept its permissions by the tenant's own catalogue, and
//! commands run with exactly what the table says, and with nothing less.

use crate::support::{Lab, each};
use admin_reset::policy::Cloud;
use admin_reset::policy::permissions::{self, Kind, ROWS};
use admin_reset::sandbox::{accepts, seed};
use std::collections::BTreeSet;

#[test]
fn one_command_in_words_and_in_data() {
    let lab = Lab::new().as_nobody();
    lab.run(["permissions", "reset-user"])
        .code(0)
        .shows("reset-user needs, as a person: User.Read.All, UserAuthenticationMethod.ReadWrite.All; as an app: User.Read.All, User-PasswordProfile.ReadWrite.All.")
        .shows("--through-restricted-unit");
    let data = lab
        .run(["permissions", "reset-user", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(data["schema"], "admin-reset/permissions/1");
    let person = &data["commands"][0]["person"]["permissions"];
    assert_eq!(
        person[0],
        serde_json::json!({"name": "User.Read.All", "id": "a154be20-db9c-4678-8ab7-66f6cc099a59", "required": true})
    );
    let app = data["commands"][0]["app"]["permissions"].to_string();
    assert!(
        app.contains("cc117bb9-00cf-4eb8-b580-ea2a878fe8f7"),
        "{app}"
    );
    assert!(lab.requests().is_empty(), "no network");
}

#[test]
fn every_command_of_the_table_exists_and_others_are_told_apart() {
    let known = admin_reset::cli::command();
    for name in permissions::commands() {
        assert!(
            known.get_subcommands().any(|one| one.get_name() == name),
            "{name} is in the table and is no command"
        );
    }
    let lab = Lab::new().as_nobody();
    lab.run(["permissions", "reset-users"])
        .code(2)
        .says("use advise, check-security-info, create-admin, ");
    lab.run(["permissions", "completions"])
        .code(2)
        .says("needs no permission");
    // Going on with work takes what the work took.
    lab.run(["permissions", "resume"])
        .code(0)
        .shows("create-admin")
        .shows("reset-user");
}

/// The source of every command that asks Graph names the row it stands in.
#[test]
fn every_command_that_asks_graph_is_in_the_table() {
    let folder = crate::support::root().join("src/commands");
    let listed = permissions::commands();
    let mut asking = BTreeSet::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            if [".client(", ".client_for(", ".client_if_signed_in("]
                .iter()
                .any(|call| text.contains(call))
            {
                let inner = path.strip_prefix(&folder).unwrap();
                let first = inner.components().next().unwrap().as_os_str();
                let first = first.to_string_lossy().replace(".rs", "").replace('_', "-");
                asking.insert(first);
            }
        }
    }
    for name in &asking {
        assert!(
            listed.contains(&name.as_str()),
            "{name} asks Graph and has no row in src/policy/permissions/commands.rs"
        );
    }
    assert!(asking.len() >= 12, "{asking:?}");
}

/// Client and tenant have their permission tables from two readings of the catalogue.
#[test]
fn every_set_suffices_for_its_endpoints_by_the_tenants_own_table() {
    let mut asked = 0;
    for row in ROWS {
        for kind in Kind::ALL {
            for set in row.sets(kind) {
                // It stands for all that the person may do, so no row of the catalogue names it.
                if set.contains(&"Directory.AccessAsUser.All") {
                    continue;
                }
                for call in row.calls {
                    // There it depends on the property, and the tenant decides in the route.
                    if *call == "PATCH /users/{id}" {
                        continue;
                    }
                    // The own account is an account like others to the catalogue.
                    let call = &call.replace("GET /me", "GET /users/{id}");
                    let Some(yes) = accepts(call, set, kind == Kind::App) else {
                        panic!("{} of {}: the tenant does not know it", call, row.command);
                    };
                    assert!(yes, "{} {set:?} {call} {kind:?}", row.command);
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 60, "{asked}");
}

/// Runs of a command: whose permissions, which flags of the table are on, the words of each run.
struct Case {
    command: &'static str,
    with: &'static [&'static str],
    kind: Kind,
    runs: &'static [&'static [&'static str]],
    exit: i32,
}

const fn case(
    command: &'static str,
    with: &'static [&'static str],
    kind: Kind,
    runs: &'static [&'static [&'static str]],
    exit: i32,
) -> Case {
    Case {
        command,
        with,
        kind,
        runs,
        exit,
    }
}

const GINA: &str = "gina.rossi@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";

const RESET_GINA: &[&str] = &[GINA, "--secret-to", "file:s.txt", "--confirm", GINA];
/// In an ordinary group: without knowing that, `--yes` is not enough for an account that may be protected.
const RESET_NOOR: &[&str] = &[NOOR, "--secret-to", "file:s.txt", "--yes"];
const RESETS: &[&[&str]] = &[RESET_GINA, RESET_NOOR];
const CREATES: &[&[&str]] = &[&[
    "vault",
    "--secret-to",
    "file:s.txt",
    "--confirm",
    "contoso.onmicrosoft.com",
]];

/// One app anew, and one that is there.
const SET_UP: &[&[&str]] = &[
    &["--for", "whoami", "--yes"],
    &["--for", "whoami", "--app", seed::PUBLIC_CLIENT_ID, "--yes"],
];
const SET_UP_AND_GRANT: &[&[&str]] = &[
    SET_UP[0],
    SET_UP[1],
    &["--for", "whoami", "--grant", "--yes"],
];
const SET_UP_FOR_JOBS: &[&[&str]] = &[
    SET_UP[0],
    SET_UP[1],
    &[
        "--for",
        "check-security-info",
        "--federated",
        "github:a/b:branch=c",
        "--grant",
        "--assign-role=Global Reader",
        "--confirm",
        "admin-reset-ci",
    ],
];

const CASES: &[Case] = &[
    case("check-security-info", &[], Kind::Person, &[&[GINA]], 10),
    case("check-security-info", &[], Kind::App, &[&[GINA]], 10),
    case(
        "check-security-info",
        &["--admins or --group"],
        Kind::App,
        &[&["--admins"]],
        10,
    ),
    case("create-admin", &[], Kind::Person, CREATES, 0),
    case("create-admin", &[], Kind::App, CREATES, 0),
    case("reset-user", &[], Kind::Person, RESETS, 0),
    case("reset-user", &[], Kind::App, RESETS, 0),
    case(
        "reset-user",
        &["--enable"],
        Kind::App,
        &[
            RESET_GINA,
            RESET_NOOR,
            &[
                NOOR,
                "--enable",
                "--secret-to",
                "file:s.txt",
                "--confirm",
                NOOR,
            ],
        ],
        0,
    ),
    case(
        "reset-user",
        &["--access-pass"],
        Kind::App,
        &[
            RESET_GINA,
            RESET_NOOR,
            &[
                NOOR,
                "--access-pass",
                "--access-pass-to",
                "file:p.txt",
                "--secret-to",
                "file:s.txt",
                "--confirm",
                NOOR,
            ],
        ],
        0,
    ),
    case(
        "issue-access-pass",
        &[],
        Kind::App,
        &[
            &[NOOR, "--secret-to", "file:s.txt", "--yes"],
            &[GINA, "--secret-to", "file:s.txt", "--confirm", GINA],
        ],
        0,
    ),
    case(
        "revoke-sessions",
        &[],
        Kind::Person,
        &[&[NOOR, "--yes"], &[GINA, "--confirm", GINA]],
        0,
    ),
    case(
        "set-security-info",
        &[],
        Kind::App,
        &[
            &[
                NOOR,
                "--email",
                "noor@fabrikam.example",
                "--phone",
                "+47 12345678",
                "--yes",
            ],
            &[GINA, "--email", "gina@fabrikam.example", "--confirm", GINA],
        ],
        0,
    ),
    case("find-username", &[], Kind::Person, &[&["gina"]], 0),
    case(
        "find-username",
        &["--admins"],
        Kind::App,
        &[&["gina"], &["--admins"]],
        0,
    ),
    case(
        "reset-user",
        &["--password-policy"],
        Kind::App,
        &[
            RESET_GINA,
            RESET_NOOR,
            &[
                NOOR,
                "--password-policy",
                "never-expires",
                "--secret-to",
                "file:s.txt",
                "--confirm",
                NOOR,
            ],
        ],
        0,
    ),
    case(
        "reset-user",
        &["--require-reregister"],
        Kind::App,
        &[
            RESET_GINA,
            RESET_NOOR,
            &[
                NOOR,
                "--require-reregister",
                "--secret-to",
                "file:s.txt",
                "--confirm",
                NOOR,
            ],
        ],
        0,
    ),
    case("self-service", &[], Kind::Person, &[&[GINA]], 0),
    case("setup-app", &[], Kind::Person, SET_UP, 0),
    case("setup-app", &[], Kind::App, SET_UP, 0),
    case("setup-app", &["--grant"], Kind::Person, SET_UP_AND_GRANT, 0),
    case(
        "setup-app",
        &["--grant for jobs", "--assign-role"],
        Kind::Person,
        SET_UP_FOR_JOBS,
        0,
    ),
    case("who-can-reset", &[], Kind::Person, &[&[GINA]], 5),
    case("whoami", &[], Kind::Person, &[&[]], 0),
    case("whoami", &[], Kind::App, &[&[]], 0),
    case("who-can-reset", &[], Kind::App, &[&[GINA]], 5),
];

/// Runs a case with these permissions; exit code and what was said, without numbers and ids.
fn with_permissions(case: &Case, run: &[&str], permissions: &[&str]) -> (i32, Vec<String>) {
    let mut lab = Lab::new();
    let names: Vec<String> = permissions.iter().map(|one| (*one).to_owned()).collect();
    match case.kind {
        Kind::Person => {
            lab.tenant(|tenant| {
                tenant.set_client_permissions(seed::PUBLIC_CLIENT_ID, names, Vec::new());
            });
        }
        Kind::App => {
            lab.tenant(|tenant| {
                tenant.set_client_permissions(seed::CONFIDENTIAL_CLIENT_ID, Vec::new(), names);
            });
            lab = lab.as_app();
        }
    }
    let words = [&[case.command][..], run, &["-o", "json"]].concat();
    let output = lab.run(words).output();
    let mut report: serde_json::Value = serde_json::from_str(&output.stdout).unwrap_or_default();
    if let Some(report) = report.as_object_mut() {
        // How often something was sent is not what was found out.
        report.remove("requestIds");
        report.remove("journal");
    }
    let home = lab.home().to_string_lossy().into_owned();
    let said = format!("{report:#}\n{}", output.stderr)
        .replace(&home, "HOME")
        .lines()
        .map(|line| {
            line.split_whitespace()
                .filter(|word| !word.chars().any(|c| c.is_ascii_digit()))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    (output.code, said)
}

/// The table is neither too small nor too large: with what it says a command does its whole work, and each permission less is felt.
#[test]
fn commands_run_with_exactly_these_permissions_and_not_one_less() {
    each(CASES, |case| {
        let needed = permissions::needed(&[case.command], case.kind, Cloud::Global, case.with);
        let all: Vec<&str> = needed.iter().map(|one| one.permission).collect();
        let full: Vec<_> = case
            .runs
            .iter()
            .map(|run| with_permissions(case, run, &all))
            .collect();
        for ((code, said), run) in full.iter().zip(case.runs) {
            assert_eq!(
                with_permissions(case, run, &all),
                (*code, said.clone()),
                "the same twice"
            );
            assert_eq!(*code, case.exit, "{} {all:?}: {said:#?}", case.command);
        }
        for one in &needed {
            let less: Vec<&str> = all
                .iter()
                .copied()
                .filter(|name| *name != one.permission)
                .collect();
            let felt = case
                .runs
                .iter()
                .zip(&full)
                .any(|(run, full)| with_permissions(case, run, &less) != *full);
            assert!(
                felt,
                "{} {:?} {:?} without {}: nothing changed",
                case.command, case.kind, case.with, one.permission
            );
        }
    });
}

#[test]
fn the_scopes_of_the_shared_client_are_those_of_the_table() {
    for command in permissions::commands() {
        let asked: BTreeSet<&str> = permissions::scopes(&[command], &[], Cloud::Global)
            .into_iter()
            .collect();
        assert!(!asked.is_empty(), "{command}");
    }
    let lab = Lab::new().as_nobody();
    // No app can sign in here; what would be asked for is in the address that is shown.
    let run = lab
        .run([
            "who-can-reset",
            GINA,
            "--auth",
            "device-code",
            "--client-id",
            "graph-cli",
        ])
        .output();
    assert_eq!(run.code, 4, "{run}");
    let sent = lab.sent("POST", "/devicecode");
    let body = String::from_utf8(sent[0].body.clone()).unwrap();
    for scope in permissions::scopes(&["who-can-reset"], &[], Cloud::Global) {
        assert!(body.contains(scope), "{scope} in {body}");
    }
}
