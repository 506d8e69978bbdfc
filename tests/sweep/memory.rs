//! What is left of a password in memory once it was handed over: no copy in the heap, while the same program with an ordinary
//! allocator has some, which proves the search.
//!
//! The run is stopped where it writes its report, into a pipe that is full: the password is in force and in its destination by then.

use crate::ground::{Case, End, Ground, Kind};
use crate::places;
use crate::plan::{Plan, Tally};
use std::collections::HashSet;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Bytes that a pipe holds on Linux unless told otherwise.
const PIPE: usize = 65_536;

/// Looks for the password in the memory of many runs.
pub fn scan(plan: &Plan, case: Case) -> Tally {
    let tally = Tally::new(case);
    let most = if plan.long { 50 } else { 2 };
    plan.each(0..most, |_| {
        let ground = Ground::new(case, plan.desktop());
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(&[b' '; PIPE]).unwrap();
        let mut wrapper: Vec<std::ffi::OsString> = Vec::new();
        if case.wrong {
            wrapper.push(std::env::current_exe().unwrap().into());
            wrapper.push(crate::wrong::PLAIN.into());
        }
        let (mut command, _) = ground.run().under(wrapper).command();
        command
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        drop(command);
        let writes = blocked(child.id());
        let held = places::held(&ground.lab, case.kind, "", None);
        let found = held
            .first()
            .map(|secret| copies(child.id(), secret.as_bytes()));
        let _ = child.kill();
        let _ = child.wait();
        drop(reader);
        let end = ground.end(0);
        let Some(found) = found.filter(|_| writes && end.committed && end.opens) else {
            tally.problem(format!("the run did not come to its report: {end:?}"));
            return;
        };
        let problem = (!case.wrong && found > 0).then(|| format!("{found} copies in the heap"));
        // A copy that is found is what is counted as lost here.
        let left = End {
            opens: found == 0,
            ..end
        };
        tally.told(left, problem);
    });
    tally
}

/// Whether this process may read the memory of another that forbids it, as only root may.
pub fn works() -> bool {
    let works = rustix::process::geteuid().is_root();
    if !works {
        println!("skipped: only root can look into the memory of the program");
    }
    works
}

/// Waits until the process hangs in writing to its standard output.
fn blocked(id: u32) -> bool {
    let number = if cfg!(target_arch = "aarch64") { 64 } else { 1 };
    let inside = format!("{number} 0x1 ");
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(60) {
        let Ok(call) = std::fs::read_to_string(format!("/proc/{id}/syscall")) else {
            return false;
        };
        if call.starts_with(&inside) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    false
}

/// How often a secret stands in the writable memory that belongs to no file and is no stack.
fn copies(id: u32, secret: &[u8]) -> usize {
    let maps = std::fs::read_to_string(format!("/proc/{id}/maps")).unwrap();
    let memory = std::fs::File::open(format!("/proc/{id}/mem")).unwrap();
    let mut found = 0;
    for line in maps.lines() {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let anonymous = parts.len() < 6 || parts[5] == "[heap]" || parts[5].starts_with("[anon");
        if !(parts[1].starts_with("rw") && anonymous) {
            continue;
        }
        let (from, to) = parts[0].split_once('-').unwrap();
        let [from, to] = [from, to].map(|text| u64::from_str_radix(text, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            found += parts_of(secret, &bytes);
        }
    }
    found
}

/// Places at which so many bytes of the secret, or more, stand in a row; a freed copy loses its beginning to the allocator.
const PART: usize = 8;

fn parts_of(secret: &[u8], bytes: &[u8]) -> usize {
    let parts: HashSet<&[u8]> = secret.windows(PART).collect();
    let mut first = [false; 256];
    parts
        .iter()
        .for_each(|part| first[usize::from(part[0])] = true);
    let (mut found, mut at) = (0, 0);
    while at + PART <= bytes.len() {
        if first[usize::from(bytes[at])] && parts.contains(&bytes[at..at + PART]) {
            found += 1;
            at += secret.len();
        } else {
            at += 1;
        }
    }
    found
}

/// Destinations whose content is known while the run still lives.
pub fn suits(kind: Kind) -> bool {
    matches!(kind, Kind::File | Kind::Age | Kind::Shares | Kind::KeyVault)
}
