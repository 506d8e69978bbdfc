//! Ctrl-C: before the change nothing is changed, during the change it ends, and twice stops the waiting.
//!
//! Linux only. Deaths and faults at every place are the matter of `tests/sweep`.
#![cfg(target_os = "linux")]

use crate::support::{Lab, Run};
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const NOOR: &str = "noor.haddad@contoso.com";

/// A tenant that commits a reset the moment it has the request, which is the hardest case.
fn lab() -> Lab {
    Lab::with(|options| options.operation_time = Duration::ZERO)
}

/// The reset that is interrupted.
fn reset(lab: &Lab) -> Run<'_> {
    lab.run([
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
    ])
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

fn started_quietly(run: &Run<'_>) -> Child {
    let (mut command, _) = run.command();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
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
    let mut child = started_quietly(&reset(&lab));
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
        let mut child = started_quietly(&reset(&lab));
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
