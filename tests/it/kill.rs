//! Death at every place: whatever kills the run, an account that was changed has its password in a file.
//!
//! Linux only, since signals and system calls are made to order there; the parts that need `strace` say so and end when it is
//! missing. The order "durable before the first byte is sent" is read from a trace as well: killing does not show what a power
//! failure would lose.
#![cfg(target_os = "linux")]

use crate::support::{Identity, Lab, Run, each};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const NOOR: &str = "noor.haddad@contoso.com";

/// Whether the long form was asked for (`tests/sweep`): every system call and every fault, and a thousand deaths instead of some.
fn long() -> bool {
    std::env::var_os("ADMIN_RESET_SWEEP").is_some_and(|value| value == "long")
}

/// A tenant that commits a reset the moment it has the request, which is the hardest case.
fn lab() -> Lab {
    Lab::with(|options| options.operation_time = Duration::ZERO)
}

/// The reset that is killed.
fn reset<'lab>(lab: &'lab Lab, way: &str) -> Run<'lab> {
    let run = lab.run([
        "reset-user",
        NOOR,
        "--confirm",
        NOOR,
        "--secret-to",
        "file:p.txt",
        "--wait",
        "5s",
        "-o",
        "csv",
    ]);
    if way == "patch" {
        run.as_identity(Identity::ClientSecret)
    } else {
        run
    }
}

/// Waits until the tenant has dealt with all that was sent to it: a request on a connection of its own comes after.
fn settled(lab: &Lab) {
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(15));
        let origin = lab.sandbox().origin();
        let host = origin.trim_start_matches("http://");
        let mut socket = std::net::TcpStream::connect(host).unwrap();
        write!(
            socket,
            "GET /favicon.ico HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        socket.read_to_end(&mut Vec::new()).unwrap();
    }
}

/// Whether the account was changed and the password that opens it is in no file.
fn lost(lab: &Lab) -> bool {
    settled(lab);
    if lab.untouched(NOOR) {
        return false;
    }
    let files = lab.all_files();
    !files.iter().any(|(_, bytes)| {
        std::str::from_utf8(bytes)
            .is_ok_and(|text| lab.password_of(NOOR, text.trim_end_matches('\n')))
    })
}

/// What became of a killed run, counted so that a test in which nothing happened is noticed.
#[derive(Default)]
struct Deaths {
    before: std::sync::atomic::AtomicUsize,
    after: std::sync::atomic::AtomicUsize,
}

impl Deaths {
    fn count(&self, lab: &Lab, about: &str) {
        assert!(
            !lost(lab),
            "{about}: the password is in no file; {:?}",
            lab.files()
        );
        let side = if lab.untouched(NOOR) {
            &self.before
        } else {
            &self.after
        };
        side.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if !lab.untouched(NOOR) {
            assert_eq!(
                lab.journal()
                    .first()
                    .map(|line| line["operationId"].is_string()),
                Some(true),
                "{about}: changed without a record"
            );
        }
    }

    fn told(&self) {
        let [before, after] =
            [&self.before, &self.after].map(|n| n.load(std::sync::atomic::Ordering::Relaxed));
        println!("{before} ended before the change, {after} after it");
        assert!(
            before > 0 && after > 0,
            "deaths on both sides of the change: {before}, {after}"
        );
    }
}

#[test]
fn the_search_for_losses_finds_one() {
    // The negative control: changed, and nobody wrote the password down.
    let lab = lab();
    assert!(!lost(&lab));
    lab.write("p.txt", "Quartz-Lantern-1-Mile\n");
    lab.tenant(|tenant| tenant.set_password(NOOR, "Quartz-Lantern-2-Mile"));
    assert!(lost(&lab));
    lab.write("p.txt", "Quartz-Lantern-2-Mile\n");
    assert!(!lost(&lab));
}

#[test]
fn killed_at_any_moment() {
    let deaths = Deaths::default();
    // How long a run takes here and now, so that the moments cover all of it.
    let measured = lab();
    let started = Instant::now();
    reset(&measured, "action").code(0);
    let whole = started.elapsed();
    let most = if long() { 1_000 } else { 48 };
    let moments: Vec<(u32, &str)> = (0..most)
        .map(|n| (n, if n % 2 == 0 { "action" } else { "patch" }))
        .collect();
    each(&moments, |(moment, way)| {
        let lab = lab();
        // Half of them wait for the reply, so that many deaths fall between commit and reply.
        if moment % 4 < 2 {
            lab.faults("1:POST:/resetPassword -> delay=300; 1:PATCH:/users/ -> delay=300");
        }
        let mut child = started_quietly(&reset(&lab, way));
        std::thread::sleep(whole * *moment / (most - most / 12));
        let _ = child.kill();
        child.wait().unwrap();
        deaths.count(&lab, &format!("{way}, moment {moment}"));
    });
    deaths.told();
}

fn started_quietly(run: &Run<'_>) -> Child {
    let (mut command, _) = run.command();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Whether `strace` is here and may trace.
fn strace() -> bool {
    let works = std::process::Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .status()
        .is_ok_and(|status| status.success());
    if !works {
        println!("skipped: strace is not here or may not trace");
    }
    works
}

/// The trace of a whole reset.
fn trace(lab: &Lab, way: &str) -> Vec<String> {
    let path = lab.home().join("trace");
    let words = [
        "strace",
        "-f",
        "-y",
        "-s",
        "60",
        "-o",
        path.to_str().unwrap(),
    ];
    reset(lab, way)
        .under(words)
        .env("PATH", std::env::var_os("PATH").unwrap())
        .code(0);
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_password_is_durable_before_the_first_byte_is_sent() {
    if !strace() {
        return;
    }
    for (way, write) in [
        ("action", "POST /v1.0/users/"),
        ("patch", "PATCH /v1.0/users/"),
    ] {
        let lab = lab();
        let lines = trace(&lab, way);
        let position = |what: &str, fits: &dyn Fn(&str) -> bool| {
            lines
                .iter()
                .position(|line| fits(line))
                .unwrap_or_else(|| panic!("{way}: no {what} in the trace"))
        };
        let work = lab.path("");
        let work = work.to_str().unwrap().trim_end_matches('/');
        let named = position("rename to p.txt", &|line| {
            line.contains("renameat2(")
                && line.contains("\"p.txt\"")
                && line.contains("RENAME_NOREPLACE")
        });
        let file_synced = position("fsync of the file", &|line| {
            line.contains("fsync(") && line.contains(&format!("<{work}/."))
        });
        let folder_synced = lines
            .iter()
            .enumerate()
            .position(|(at, line)| {
                at > named && line.contains("fsync(") && line.contains(&format!("<{work}>"))
            })
            .expect("fsync of the folder after the rename");
        let recorded = position("fsync of the journal", &|line| {
            line.contains("fsync(") && line.contains("journal")
        });
        let sent = position("the write", &|line| {
            (line.contains("writev(") || line.contains("sendto(") || line.contains("write("))
                && line.contains(write)
        });
        assert!(
            file_synced < named && named < folder_synced && folder_synced < sent && recorded < sent,
            "{way}: {file_synced} {named} {folder_synced} {recorded} {sent}"
        );
    }
}

/// How often each thread makes a system call, at most.
fn counts(lines: &[String]) -> BTreeMap<String, usize> {
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

/// Runs a reset under an injection and returns its exit code.
fn injected(lab: &Lab, way: &str, injection: &str) -> i32 {
    let words = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", injection];
    reset(lab, way)
        .under(words)
        .env("PATH", std::env::var_os("PATH").unwrap())
        .output()
        .code
}

/// Calls whose injection says nothing: the start of the program, and what only the end of it makes.
const NOT_INJECTED: &[&str] = &["execve", "exit", "exit_group"];

/// Every file and socket call of the run, with every errno it is made to fail with in the long form.
const FAULTS: &[(&str, &[&str])] = &[
    ("fsync", &["EIO", "ENOSPC", "EDQUOT", "EINTR"]),
    ("renameat2", &["ENOSPC", "EIO", "EACCES", "EDQUOT", "EINTR"]),
    ("write", &["ENOSPC", "EIO", "EDQUOT", "EINTR", "EPIPE"]),
    ("unlinkat", &["EIO", "EACCES", "EINTR"]),
    ("openat", &["EACCES", "EIO", "ENOSPC", "EINTR"]),
    ("flock", &["EIO", "EINTR"]),
    ("ftruncate", &["EIO", "ENOSPC", "EINTR"]),
    ("writev", &["ECONNRESET", "EPIPE", "EINTR", "EIO"]),
    ("recvfrom", &["ECONNRESET", "EIO", "EINTR"]),
    ("connect", &["ECONNREFUSED", "EACCES", "EINTR"]),
    ("socket", &["EACCES", "EMFILE"]),
];

#[test]
fn killed_at_the_system_calls() {
    if !strace() {
        return;
    }
    let deaths = Deaths::default();
    let counts = counts(&trace(&lab(), "action"));
    // Those that make things last or send them, each time; of the others some.
    let mut points: Vec<(String, usize)> = Vec::new();
    for (name, step) in [
        ("fsync", 1),
        ("renameat2", 1),
        ("unlinkat", 1),
        ("writev", 1),
        ("recvfrom", 2),
        ("write", 2),
        ("epoll_wait", 3),
        ("close", 4),
        ("openat", 4),
        ("fcntl", 6),
    ] {
        let most = counts.get(name).copied().unwrap_or_default();
        points.extend((1..=most).step_by(step).map(|at| (name.to_owned(), at)));
    }
    if long() {
        // All of them, by name: `when` counts each name for itself.
        points = counts
            .iter()
            .flat_map(|(name, most)| (1..=*most).map(move |at| (name.clone(), at)))
            .filter(|(name, _)| !NOT_INJECTED.contains(&name.as_str()))
            .collect();
    }
    println!("{} points", points.len());
    assert!(points.len() > 20, "{points:?}");
    each(&points, |(name, at)| {
        let lab = lab();
        injected(
            &lab,
            "action",
            &format!("inject={name}:signal=KILL:when={at}"),
        );
        deaths.count(&lab, &format!("killed at {name} {at}"));
    });
    deaths.told();
}

#[test]
fn system_calls_that_fail_lose_nothing() {
    if !strace() {
        return;
    }
    let counts = counts(&trace(&lab(), "action"));
    let mut points: Vec<(&str, &str, usize)> = Vec::new();
    for (name, errno, step) in [
        ("fsync", "EIO", 1),
        ("renameat2", "ENOSPC", 1),
        ("write", "ENOSPC", 1),
        ("unlinkat", "EIO", 1),
        ("writev", "ECONNRESET", 1),
        ("recvfrom", "ECONNRESET", 2),
        ("openat", "EACCES", 3),
    ] {
        let most = counts.get(name).copied().unwrap_or_default();
        points.extend((1..=most).step_by(step).map(|at| (name, errno, at)));
    }
    if long() {
        points = FAULTS
            .iter()
            .flat_map(|(name, errnos)| errnos.iter().map(move |errno| (*name, *errno)))
            .flat_map(|(name, errno)| {
                (1..=counts.get(name).copied().unwrap_or_default()).map(move |at| (name, errno, at))
            })
            .collect();
    }
    println!("{} points", points.len());
    let codes = std::sync::Mutex::new(BTreeSet::new());
    each(&points, |(name, errno, at)| {
        let lab = lab();
        let about = format!("{name} {at} fails with {errno}");
        let code = injected(
            &lab,
            "action",
            &format!("inject={name}:error={errno}:when={at}"),
        );
        assert!(
            !lost(&lab),
            "{about} (exit {code}): the password is in no file; {:?}",
            lab.files()
        );
        match code {
            0 => assert!(!lab.untouched(NOOR), "{about}: exit 0 and nothing changed"),
            2..=7 => assert!(
                lab.untouched(NOOR),
                "{about}: exit {code} and the account was changed"
            ),
            _ => {}
        }
        codes.lock().unwrap().insert(code);
    });
    // Some of them must have hurt.
    let codes = codes.into_inner().unwrap();
    println!("exit codes: {codes:?}");
    assert!(codes.contains(&6) && codes.len() >= 2, "{codes:?}");
}

/// Sends Ctrl-C, so many times.
fn interrupt(child: &Child, times: usize) {
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    for _ in 0..times {
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Waits until the tenant has seen a request.
fn seen(lab: &Lab, method: &str, fragment: &str) {
    let started = Instant::now();
    while lab.sent(method, fragment).is_empty() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{method} {fragment} never came"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn ctrl_c_before_the_change_changes_nothing() {
    let lab = lab();
    lab.faults("1:POST:/$batch -> delay=3000");
    let mut child = started_quietly(&reset(&lab, "action"));
    seen(&lab, "POST", "/$batch");
    interrupt(&child, 1);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(
        lab.untouched(NOOR) && lab.writes().is_empty() && lab.files().is_empty(),
        "{:?}",
        lab.files()
    );
}

#[test]
fn ctrl_c_during_the_change_lets_it_end_and_twice_stops_waiting() {
    for (times, codes) in [(1, &[0, 8][..]), (2, &[8])] {
        let lab = lab();
        lab.faults("1:POST:/resetPassword -> delay=3000");
        let mut child = started_quietly(&reset(&lab, "action"));
        seen(&lab, "POST", "/resetPassword");
        let asked = Instant::now();
        interrupt(&child, times);
        let code = child.wait().unwrap().code().unwrap();
        assert!(codes.contains(&code), "{times}: {code}");
        assert!(
            times == 1 || asked.elapsed() < Duration::from_millis(2500),
            "the second one did not stop the waiting"
        );
        assert!(!lost(&lab), "{times}: the password is in no file");
        assert!(lab.path("p.txt").exists());
    }
}
