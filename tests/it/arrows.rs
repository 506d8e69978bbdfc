//! The picture of docs/architecture.md, enforced: who may use whom, who touches streams, environment, randomness and secrets, and how
//! long a file may get. Works on the text of `src`, tests and comments left out.

use crate::support::root;
use std::collections::{BTreeMap, BTreeSet};

/// Which module may use which; `error` and `render::text` words aside, arrows go down. A new arrow is added here, with the reason in
/// its commit.
const MAY_USE: &[(&str, &str)] = &[
    ("access_pass", "error graph ledger plan secret sink"),
    (
        "administrator",
        "access_pass consent context error graph journal ledger passwords plan policy random recall secret sink",
    ),
    (
        "auth",
        "bounded console error files http ids policy random render secret settings sign_ins",
    ),
    ("bounded", "signal"),
    (
        "cli",
        "commands console context error explain http render settings signal",
    ),
    (
        "commands",
        "access_pass administrator auth consent console context doctor duration envelope error facts files graph http ids journal ledger mailbox mask opening passwords plan policy preflight qr random recall render resuming runs secret security_info settings sheet sign_ins sink targets verdicts views",
    ),
    ("consent", "console error"),
    ("console", "error files render secret settings"),
    (
        "context",
        "auth console control error graph http journal keyvault policy render settings sign_ins sink",
    ),
    ("control", "error"),
    (
        "doctor",
        "auth context error facts files http ids mask policy render settings",
    ),
    ("duration", ""),
    ("envelope", "seal sheet"),
    ("error", ""),
    ("explain", "error policy"),
    ("facts", "auth error graph ids policy render"),
    ("files", "error random"),
    ("graph", "auth error http random render secret sign_ins"),
    ("harden", ""),
    ("http", "error policy random settings"),
    ("ids", "error policy"),
    ("journal", "error files"),
    ("ledger", "consent context error graph journal plan sink"),
    ("keyvault", "auth error http random secret"),
    ("lib", ""),
    ("main", ""),
    ("mailbox", "error files policy"),
    ("mask", ""),
    (
        "opening",
        "console error files seal secret share sheet sink",
    ),
    (
        "passwords",
        "console error policy random render secret settings",
    ),
    ("plan", "error graph http mask render secret"),
    ("policy", ""),
    (
        "preflight",
        "consent context error facts graph ids policy verdicts views",
    ),
    ("qr", ""),
    ("random", "error"),
    (
        "recall",
        "context error files journal keyvault opening resuming seal secret sink",
    ),
    ("render", "console error"),
    ("resuming", "consent duration journal runs"),
    ("runs", "error files"),
    ("sandbox", ""),
    ("seal", "error files secret"),
    ("secret", ""),
    ("security_info", "error facts graph ids policy"),
    ("settings", "cli error http ids secret sign_ins"),
    ("sign_ins", "error files ids"),
    ("share", "error secret"),
    ("sheet", "error share"),
    ("signal", ""),
    (
        "sink",
        "bounded console control error files keyvault render seal secret share sheet",
    ),
    ("targets", "console error ids render"),
    ("verdicts", "error policy"),
    ("views", "auth facts policy render sink"),
];

/// Arrows of single files, where the module as a whole has none: the one place that knows the built-in tenant, and its flags.
///
/// The scripts for shells and the manual are made from the whole command line; a keyring has a probe entry with a random name.
const SINGLE: &[(&str, &str)] = &[
    ("commands/sandbox.rs", "sandbox cli"),
    ("commands/completions.rs", "cli"),
    ("commands/man.rs", "cli"),
    ("commands/permissions.rs", "cli"),
    ("sink/keyring.rs", "random"),
    ("sink/shares.rs", "random"),
];

/// Crates that pure knowledge and the witness must not touch.
const FOREIGN: &[(&str, &[&str])] = &[
    (
        "policy",
        &[
            "tokio",
            "reqwest",
            "http::",
            "std::fs",
            "std::net",
            "SystemTime::now",
        ],
    ),
    ("graph", &["clap::", "std::fs", "std::process"]),
    ("sandbox", &["reqwest", "clap::", "admin_reset"]),
];

/// Call sites of `expose()`: each of them is a place where a secret leaves its wrapper.
const EXPOSED: &[(&str, usize)] = &[
    // Onto a sheet.
    ("envelope.rs", 1),
    ("auth/azure_cli.rs", 1),
    ("auth/browser.rs", 2),
    ("auth/certificate/file.rs", 1),
    ("auth/choose.rs", 1),
    ("auth/claims.rs", 1),
    ("auth/federated.rs", 2),
    ("auth/flows.rs", 6),
    ("auth/loopback.rs", 1),
    ("auth/managed.rs", 3),
    // Two tokens are told apart.
    ("auth/mod.rs", 2),
    ("auth/person.rs", 2),
    ("auth/sources.rs", 1),
    ("auth/vault.rs", 1),
    ("graph/methods.rs", 1),
    ("graph/mod.rs", 1),
    ("graph/users.rs", 2),
    // Into a request, both sides of a comparison, and the token.
    ("keyvault.rs", 4),
    // The rules for a supplied password.
    ("passwords.rs", 1),
    // Into the sealed document; a private key out of its text or a keyring; the passphrase of one.
    ("seal/document.rs", 2),
    ("seal/identity.rs", 2),
    // Into words.
    ("share/mod.rs", 1),
    ("sink/csv.rs", 2),
    // Two secrets for one account are told apart.
    ("sink/custody.rs", 2),
    ("sink/keyring.rs", 2),
    // Into the command that hides it in a CI log.
    ("sink/stdout.rs", 1),
    ("sink/tty.rs", 6),
    ("sink/vault.rs", 2),
];

/// A file longer than this is split, or is a table.
const MOST_LINES: usize = 400;

/// Tables, which may be longer.
const TABLES: &[&str] = &[
    "error.rs",
    "policy/permissions/commands.rs",
    "policy/permissions/ids.rs",
    "policy/roles.rs",
    "sandbox/permission_ids.rs",
    "sandbox/permissions.rs",
    "sandbox/properties.rs",
    "sandbox/roles.rs",
    "sandbox/seed.rs",
    "sandbox/seed/policies.rs",
];

/// Longer than the rule for now, with the length they must not exceed.
const LONG: &[(&str, usize)] = &[
    ("commands/check_security_info/judge.rs", 430),
    ("console.rs", 410),
    ("facts.rs", 420),
    ("graph/mod.rs", 500),
    ("render/mod.rs", 420),
];

/// Production code of a file: tests, comments and the text of documentation left out, one string per line.
struct Source {
    /// Path below `src`, with `/`.
    path: String,
    /// Name of the module at the top of the crate.
    module: String,
    code: Vec<String>,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let top = root().join("src");
    let (mut found, mut folders) = (Vec::new(), vec![top.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(&top)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            let test = name.ends_with("/tests.rs") || name.contains("/tests/");
            if name.ends_with(".rs") && !test {
                let text = std::fs::read_to_string(&path).unwrap();
                let module = name.split('/').next().unwrap().trim_end_matches(".rs");
                found.push(Source {
                    module: module.to_owned(),
                    code: production(&text),
                    lines: text.lines().count(),
                    path: name,
                });
            }
        }
    }
    assert!(found.len() > 80, "{} files", found.len());
    found
}

/// The lines that are compiled into the program.
fn production(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut testing = false;
    for line in text.lines() {
        // Unit tests stand at the end of a file.
        testing |= line == "#[cfg(test)]";
        if line.starts_with("mod ") && line.ends_with(';') {
            testing = false;
        }
        let code = match line.find("//") {
            Some(at) if !line[..at].contains('"') => &line[..at],
            _ => line,
        };
        if !testing && !code.trim().is_empty() {
            lines.push(code.to_owned());
        }
    }
    lines
}

/// Names that follow `crate::`, in single paths and in braces.
fn used(code: &[String]) -> BTreeSet<String> {
    let text = code.join("\n");
    let mut names = BTreeSet::new();
    for part in text.split("crate::").skip(1) {
        let word = |text: &str| {
            text.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect::<String>()
        };
        match part.strip_prefix('{') {
            None => {
                names.insert(word(part));
            }
            Some(list) => {
                let mut depth = 0;
                let mut fresh = true;
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => fresh = true,
                        c if fresh && c.is_ascii_alphabetic() => {
                            names.insert(word(&list[at..]));
                            fresh = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let sources = sources();
    let modules: BTreeSet<&str> = sources.iter().map(|one| one.module.as_str()).collect();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = MAY_USE
        .iter()
        .map(|(module, list)| (*module, list.split_whitespace().collect()))
        .collect();
    let unknown: Vec<&&str> = modules
        .iter()
        .filter(|module| !allowed.contains_key(**module))
        .collect();
    assert!(unknown.is_empty(), "modules without a row: {unknown:?}");
    let mut wrong = Vec::new();
    for source in &sources {
        let single = SINGLE
            .iter()
            .find(|(path, _)| *path == source.path)
            .map_or("", |(_, list)| list);
        for name in used(&source.code) {
            let known = modules.contains(name.as_str());
            let fine = name == source.module
                || allowed[source.module.as_str()].contains(name.as_str())
                || single.split_whitespace().any(|one| one == name)
                // The only line that starts the built-in tenant for a command.
                || (source.path == "cli.rs" && name == "commands");
            if known && !fine {
                wrong.push(format!("{} uses {name}", source.path));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that are not in the picture:\n  {}",
        wrong.join("\n  ")
    );
}

#[test]
fn rows_that_nobody_needs_are_taken_out() {
    let sources = sources();
    let mut idle = Vec::new();
    for (module, list) in MAY_USE {
        let really: BTreeSet<String> = sources
            .iter()
            .filter(|one| one.module == *module)
            .flat_map(|one| used(&one.code))
            .collect();
        idle.extend(
            list.split_whitespace()
                .filter(|name| !really.contains(*name))
                .map(|name| format!("{module} -> {name}")),
        );
    }
    assert!(idle.is_empty(), "allowed and not used: {idle:?}");
}

#[test]
fn knowledge_and_witness_stay_apart_from_the_outside() {
    for (module, words) in FOREIGN {
        for source in sources().iter().filter(|one| one.module == *module) {
            for line in &source.code {
                for word in *words {
                    // `crate::sandbox::http` and the like are names of their own.
                    let outside = line.contains(word)
                        && !line.contains(&format!("::{word}"))
                        && !line.contains("super::");
                    assert!(!outside, "{}: {line}", source.path);
                }
            }
        }
    }
    // The witness is written apart: not one path of it leaves its folder.
    for source in sources().iter().filter(|one| one.module == "sandbox") {
        let outside: Vec<String> = used(&source.code)
            .into_iter()
            .filter(|name| name != "sandbox")
            .collect();
        assert!(outside.is_empty(), "{}: {outside:?}", source.path);
    }
}

/// Files in which a line matches, but for those allowed.
fn only_in(what: &str, allowed: &[&str], matches: impl Fn(&str) -> bool) {
    let sources = sources();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for source in &sources {
        for line in &source.code {
            if matches(line) {
                match allowed.iter().find(|one| source.path.starts_with(**one)) {
                    Some(one) => drop(seen.insert(*one)),
                    None => wrong.push(format!("{}: {}", source.path, line.trim())),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{what}:\n  {}", wrong.join("\n  "));
    let idle: Vec<&&str> = allowed.iter().filter(|one| !seen.contains(**one)).collect();
    assert!(
        idle.is_empty(),
        "{what}: allowed and not needed, or the search is broken: {idle:?}"
    );
}

#[test]
fn only_the_console_touches_the_standard_streams() {
    only_in(
        "standard streams",
        // The panic hook has no console.
        &["console", "harden.rs"],
        |line| {
            [
                "io::stdin()",
                "io::stdout()",
                "io::stderr()",
                "println!",
                "print!(",
                "dbg!",
            ]
            .iter()
            .any(|word| line.contains(word))
        },
    );
}

#[test]
fn only_settings_reads_the_environment() {
    only_in("environment", &["settings"], |line| {
        line.contains("env::var")
    });
}

#[test]
fn randomness_has_one_source() {
    only_in(
        "randomness",
        // The witness has its own.
        &["random.rs", "sandbox/"],
        |line| {
            [
                "getrandom::",
                "ring::rand",
                "new_v4",
                "thread_rng",
                "fastrand",
            ]
            .iter()
            .any(|word| line.contains(word))
        },
    );
}

#[test]
fn only_plan_sends_changes() {
    only_in("changes are sent", &["plan/"], |line| {
        line.contains(".change(")
    });
    only_in(
        "processes are started",
        &["auth/", "sink/command.rs"],
        |line| line.contains("webbrowser::") || line.contains("process::Command"),
    );
}

#[test]
fn commands_hold_no_address_and_no_status_and_call_no_command() {
    let sources = sources();
    let commands: BTreeSet<String> = sources
        .iter()
        .filter(|one| {
            one.module == "commands"
                && one.path.matches('/').count() == 1
                && one.path != "commands/mod.rs"
        })
        .map(|one| {
            one.path
                .trim_start_matches("commands/")
                .trim_end_matches(".rs")
                .to_owned()
        })
        .collect();
    assert!(commands.len() >= 3, "{commands:?}");
    for source in sources
        .iter()
        .filter(|one| one.module == "commands" && one.path != "commands/mod.rs")
    {
        let own = source
            .path
            .trim_start_matches("commands/")
            .split(['/', '.'])
            .next()
            .unwrap();
        for line in &source.code {
            let foreign = [
                "graph.microsoft",
                "/v1.0",
                "StatusCode",
                "login.microsoftonline",
            ]
            .iter()
            .find(|word| line.contains(**word));
            assert!(foreign.is_none(), "{}: {line}", source.path);
            for other in commands.iter().filter(|other| *other != own) {
                let called = [format!("commands::{other}"), format!("super::{other}::")]
                    .iter()
                    .any(|path| line.contains(path.as_str()));
                assert!(!called, "{} calls the command {other}: {line}", source.path);
            }
        }
    }
}

#[test]
fn secrets_leave_their_wrapper_in_counted_places() {
    let counted: BTreeMap<String, usize> = sources()
        .into_iter()
        .filter(|one| one.module != "sandbox" && one.module != "secret")
        .map(|one| {
            (
                one.path.clone(),
                one.code
                    .iter()
                    .map(|line| line.matches("expose()").count())
                    .sum(),
            )
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    let expected: BTreeMap<String, usize> = EXPOSED
        .iter()
        .map(|(path, count)| ((*path).to_owned(), *count))
        .collect();
    assert_eq!(counted, expected, "call sites of expose()");
}

#[test]
fn files_have_one_reason_and_are_short() {
    for (path, _) in LONG {
        let lines = sources()
            .iter()
            .find(|one| one.path == *path)
            .map_or(0, |one| one.lines);
        assert!(
            lines > MOST_LINES,
            "{path} has {lines} lines now: take its row out"
        );
    }
    let mut wrong = Vec::new();
    for source in sources() {
        let most = LONG
            .iter()
            .find(|(path, _)| *path == source.path)
            .map_or(MOST_LINES, |(_, most)| *most);
        if source.lines > most && !TABLES.contains(&source.path.as_str()) {
            wrong.push(format!("{}: {} lines", source.path, source.lines));
        }
        let name = source.path.rsplit('/').next().unwrap();
        assert!(
            ![
                "util.rs",
                "utils.rs",
                "helper.rs",
                "helpers.rs",
                "common.rs",
                "misc.rs",
                "manager.rs"
            ]
            .contains(&name),
            "{}",
            source.path
        );
    }
    assert!(
        wrong.is_empty(),
        "longer than {MOST_LINES} lines:\n  {}",
        wrong.join("\n  ")
    );
}

#[test]
fn every_file_says_what_it_owns() {
    for source in sources() {
        let text = std::fs::read_to_string(root().join("src").join(&source.path)).unwrap();
        assert!(
            text.starts_with("//! ") && text.lines().next().unwrap().len() > 20,
            "{}",
            source.path
        );
    }
}

#[test]
fn the_scanner_sees_what_it_should() {
    let code = production(
        "use crate::{a, b::{c, d}, e};\nlet x = crate::f::g(); // crate::h\n/// crate::i\n#[cfg(test)]\nmod tests {\n    use crate::j;\n}\n",
    );
    assert_eq!(
        used(&code).into_iter().collect::<Vec<_>>(),
        ["a", "b", "e", "f"]
    );
    let gate = production("#[cfg(test)]\nmod tests;\n\nuse crate::k;\n");
    assert_eq!(used(&gate).into_iter().collect::<Vec<_>>(), ["k"]);
}
