//! A password is in its destination and nowhere else: not in an output, a file, an argument or an environment, of the program or of a
//! program it starts, in no encoding; also when the run fails, panics or is interrupted.
//!
//! Every start of a program is taken from a trace, with all arguments and the whole environment. The panic is a real one: the wake-up
//! of the runtime fails after the password was staged.

use crate::ground::{Case, End, Ground, Job, Kind};
use crate::plan::{Plan, Tally};
use crate::support::leaks::leaks;
use std::ffi::OsString;

/// A password that Entra accepts and that encodings spell differently.
const CANARY: &str = "Walrus?Ledger-77/Mill+~";

const MANNERS: &[&[&str]] = &[
    &[],
    &["-v"],
    &["--debug"],
    &["-o", "json", "--debug"],
    &["-o", "csv", "-v"],
];

/// What goes wrong: in the tenant, or at a system call.
const ENDS: &[(&str, &str)] = &[
    ("", ""),
    (
        "*:POST:/resetPassword -> 403; *:PATCH:/users/ -> 403; *:POST:/users$ -> 403",
        "",
    ),
    (
        "*:POST:/resetPassword -> html; *:PATCH:/users/ -> html; *:POST:/users$ -> html",
        "",
    ),
    (
        "*:POST:/resetPassword -> lost-reply; *:PATCH:/users/ -> lost-reply; *:GET:/users/ -> 403",
        "",
    ),
    ("", "inject=write:error=ENOSPC:when=5+"),
    ("", "inject=write:error=ENOSPC:when=6"),
    ("", "inject=writev:signal=INT:when=3"),
    ("", "inject=writev:signal=INT:when=4"),
    ("", "inject=fsync:signal=INT:when=3"),
];

/// Looks for the password in everything that runs leave and show.
pub fn canary(plan: &Plan, case: Case) -> Tally {
    let tally = Tally::new(case);
    let mut runs = Vec::new();
    for (at, end) in ENDS.iter().enumerate() {
        for (number, manner) in MANNERS.iter().enumerate() {
            if plan.long || (at + number) % 6 == 0 {
                runs.push((*end, *manner));
            }
        }
    }
    plan.each(runs, |((script, injection), manner)| {
        let ground = Ground::new(case, plan.desktop());
        ground.lab.faults(script);
        let supplied = case.job != Job::Create;
        let mut words = manner.to_vec();
        if supplied {
            ground.lab.write("supplied.txt", CANARY);
            words.extend(["--password-file", "supplied.txt"]);
        }
        let trace = ground.lab.home().join("starts");
        let mut before: Vec<OsString> = ["strace", "-f", "-v", "-s", "65536", "-o"]
            .map(OsString::from)
            .to_vec();
        before.push(trace.into());
        before.extend(["-e", "trace=execve,write,writev,fsync"].map(OsString::from));
        if !injection.is_empty() {
            before.extend(["-e", injection].map(OsString::from));
        }
        let child = &mut ground.started(ground.run_with(&words), &before);
        let code = ground.finish(child);
        let end = ground.end(code);
        let mut secrets: Vec<String> = if supplied {
            vec![CANARY.to_owned()]
        } else {
            ground
                .held()
                .into_iter()
                .filter(|word| word.len() == 20)
                .collect()
        };
        secrets.extend(sent(&ground));
        secrets.sort();
        secrets.dedup();
        if case.wrong {
            // The control: a careless note.
            let note = secrets.first().cloned().unwrap_or_default();
            let coded: String = note.bytes().map(|byte| format!("{byte:02x}")).collect();
            std::fs::write(ground.lab.state().join("note"), format!("it is {coded}.")).unwrap();
        }
        let places = places(&ground);
        let found: Vec<String> = secrets
            .iter()
            .flat_map(|secret| leaks(secret, &places))
            .collect();
        let about = format!("{words:?}, {script}, {injection}: {found:?}");
        let left = End {
            committed: !secrets.is_empty(),
            opens: found.is_empty(),
            ..end
        };
        tally.told(left, (!found.is_empty() && !case.wrong).then_some(about));
    });
    tally
}

/// Passwords that were sent.
fn sent(ground: &Ground<'_>) -> Vec<String> {
    let bodies = ground.lab.writes();
    bodies
        .iter()
        .filter_map(|one| {
            let body: serde_json::Value = serde_json::from_slice(&one.body).ok()?;
            let word = body["newPassword"]
                .as_str()
                .or(body["passwordProfile"]["password"].as_str())?;
            Some(word.to_owned())
        })
        .collect()
}

/// Everything that is left and was shown, but for what the destination is for.
fn places(ground: &Ground<'_>) -> Vec<(String, Vec<u8>)> {
    let told: &[&str] = match ground.case.kind {
        Kind::File => &["p.txt"],
        Kind::Cmd => &["given.txt", "given.part"],
        Kind::Stdout => &["stdout"],
        Kind::Tty => &["screen", "stdout"],
        _ => &[],
    };
    ground
        .lab
        .all_files()
        .into_iter()
        .map(|(path, bytes)| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = if name == "starts" {
                starts(&bytes)
            } else {
                bytes
            };
            (name, bytes)
        })
        .filter(|(name, _)| !told.contains(&name.as_str()) && name != "supplied.txt")
        .collect()
}

/// The lines of a trace that tell the start of a program; what it writes to its destination and to the tenant is none.
fn starts(trace: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(trace);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("execve("))
        .collect();
    assert!(!lines.is_empty(), "no start in the trace");
    lines.join("\n").into_bytes()
}
