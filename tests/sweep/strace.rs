//! `strace`: which system calls a run makes, and having one of them killed or failing.
//!
//! Its `when` counts each name by itself and for each thread, so a sweep goes through names with their counts from a trace first.

use crate::desktop::Desktop;
use crate::ground::{Case, Ground};
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Whether `strace` is here and may trace.
pub fn works() -> bool {
    let works = std::process::Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .status()
        .is_ok_and(|status| status.success());
    if !works {
        println!("skipped: strace is not here or may not trace");
    }
    works
}

fn words(list: &[&str]) -> Vec<OsString> {
    list.iter().map(|word| OsString::from(*word)).collect()
}

/// The trace of a whole run, which has to end well.
pub fn trace(case: Case, desktop: Option<&Desktop>) -> (Vec<String>, String) {
    let ground = Ground::new(case, desktop);
    let path = ground.lab.home().join("trace");
    let before = words(&[
        "strace",
        "-f",
        "-y",
        "-s",
        "80",
        "-o",
        path.to_str().unwrap(),
    ]);
    let code = ground.finish(&mut ground.start(&before));
    assert_eq!(code, 0, "{}: {}", case.name(), ground.story());
    let text = std::fs::read_to_string(path).unwrap();
    let work = ground.lab.path("");
    let work = work.to_str().unwrap().trim_end_matches('/').to_owned();
    (text.lines().map(str::to_owned).collect(), work)
}

/// How often a thread makes each system call, at most.
pub fn counts(lines: &[String]) -> BTreeMap<String, usize> {
    let mut by_thread: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in lines {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let Some((name, _)) = rest.trim_start().split_once('(') else {
            continue;
        };
        if name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            *by_thread.entry((thread, name)).or_default() += 1;
        }
    }
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for ((_, name), count) in by_thread {
        let entry = most.entry(name.to_owned()).or_default();
        *entry = (*entry).max(count);
    }
    most
}

/// Words that run a program with one of its calls killed or failing: `signal=KILL` or `error=EIO`.
///
/// Not with `--seccomp-bpf`, although it would be quicker: `strace` 6.1 then lets a signal out, and nothing dies.
pub fn injecting(name: &str, what: &str, at: usize) -> Vec<OsString> {
    words(&[
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        &format!("trace={name}"),
        "-e",
        &format!("inject={name}:{what}:when={at}"),
    ])
}
