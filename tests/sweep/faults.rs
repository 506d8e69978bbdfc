//! System calls that fail: every call about files and sockets, with each errno.

use crate::ground::{Case, Ground};
use crate::plan::{Plan, Tally};
use crate::strace;

/// Errors of disks, rights, signals and sockets.
const ERRNOS: [&str; 6] = ["ENOSPC", "EIO", "EACCES", "EINTR", "EDQUOT", "EPIPE"];

/// Calls about files and sockets, as far as a program can make them.
const CALLS: &[&str] = &[
    "accept4",
    "access",
    "bind",
    "chmod",
    "close",
    "connect",
    "copy_file_range",
    "dup",
    "dup2",
    "dup3",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "eventfd2",
    "faccessat",
    "faccessat2",
    "fallocate",
    "fchmod",
    "fchmodat",
    "fcntl",
    "fdatasync",
    "flock",
    "fstat",
    "fsync",
    "ftruncate",
    "getcwd",
    "getdents64",
    "getpeername",
    "getsockname",
    "getsockopt",
    "ioctl",
    "link",
    "linkat",
    "listen",
    "lseek",
    "lstat",
    "mkdir",
    "mkdirat",
    "newfstatat",
    "open",
    "openat",
    "openat2",
    "pipe2",
    "poll",
    "ppoll",
    "pread64",
    "pwrite64",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "recvfrom",
    "recvmsg",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "sendmsg",
    "sendto",
    "setsockopt",
    "shutdown",
    "socket",
    "socketpair",
    "stat",
    "statfs",
    "fstatfs",
    "statx",
    "sync_file_range",
    "truncate",
    "umask",
    "unlink",
    "unlinkat",
    "write",
    "writev",
];

/// The short form: what makes things last or sends them, with the most telling errno.
const SHORT: &[(&str, &str, usize)] = &[
    ("fsync", "EIO", 1),
    ("renameat2", "ENOSPC", 1),
    ("write", "ENOSPC", 1),
    ("unlinkat", "EIO", 1),
    ("writev", "EPIPE", 1),
    ("recvfrom", "EIO", 1),
    ("openat", "EACCES", 4),
];

/// Has one call after the other fail.
pub fn faults(plan: &Plan, case: Case) -> Tally {
    let tally = Tally::new(case);
    let counts = strace::counts(&strace::trace(case, plan.desktop()).0);
    let most = |name: &str| counts.get(name).copied().unwrap_or_default();
    let points: Vec<(&str, &str, usize)> = if plan.long {
        CALLS
            .iter()
            .flat_map(|name| ERRNOS.iter().map(move |errno| (*name, *errno)))
            .flat_map(|(name, errno)| (1..=most(name)).map(move |at| (name, errno, at)))
            .collect()
    } else {
        SHORT
            .iter()
            .flat_map(|(name, errno, step)| {
                (1..=most(name))
                    .step_by(*step)
                    .map(move |at| (*name, *errno, at))
            })
            .collect()
    };
    assert!(points.len() > 20, "{}: {points:?}", case.name());
    plan.each(points, |(name, errno, at)| {
        let ground = Ground::new(case, plan.desktop());
        let about = format!("{name} {at} fails with {errno}");
        let before = strace::injecting(name, &format!("error={errno}"), at);
        let code = ground.finish(&mut ground.start(&before));
        let end = tally.count(&ground, code, &about);
        if case.wrong {
            return;
        }
        // Nobody is told "done" or "nothing changed" when it is not so.
        let untrue = match code {
            0 => !end.committed,
            2..=7 => end.committed,
            1 | 8 | 130 => false,
            // Whatever happens, it is told as an error, with two exceptions. Loader, standard library and runtime give up while they
            // start (`close` of a library, the first `poll`, the `socketpair` for signals): nothing is sent then. And the runtime
            // panics when its wake-up, an eventfd, cannot be written, which a kernel never answers with these errors.
            _ => {
                !(ground.lab.writes().is_empty()
                    || ground.story().contains("/runtime/io/driver.rs"))
            }
        };
        if untrue {
            tally.problem(format!(
                "{about}: exit {code}, but {end:?}\n{}",
                ground.story()
            ));
        }
    });
    tally
}
