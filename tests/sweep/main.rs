//! Death and faults at every place of a run, for every destination: a password that is in force is always where its owner can open
//! it. Beside each search runs the negative control, the same program with the wrong order, which has to lose some.
//!
//! A program of its own instead of tests in a harness, because the long form runs for hours and tells figures; `tests/sweep/run`
//! says how. Without `--long` it is the short form, which `cargo test` runs. Linux only: signals and system calls are made to order
//! there. Where `strace` is missing the parts that need it say so.
#![allow(
    clippy::unwrap_used,
    clippy::wrong_self_convention,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub
)]

#[cfg(target_os = "linux")]
mod bulk;
#[cfg(target_os = "linux")]
mod canary;
#[cfg(target_os = "linux")]
mod cuts;
#[cfg(target_os = "linux")]
mod deaths;
#[cfg(target_os = "linux")]
mod desktop;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod ground;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod order;
#[cfg(target_os = "linux")]
mod places;
#[cfg(target_os = "linux")]
mod plan;
#[cfg(target_os = "linux")]
mod strace;
#[cfg(target_os = "linux")]
#[allow(dead_code, unused_imports)]
#[path = "../it/support.rs"]
mod support;
#[cfg(target_os = "linux")]
mod wrong;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let mut words = std::env::args_os().skip(1).peekable();
    match words.peek().and_then(|word| word.to_str()) {
        Some(wrong::WORD) => wrong::run(words.skip(1).collect()),
        Some(wrong::PLAIN) => wrong::plain(words.skip(1).collect()),
        Some(desktop::WORD) => desktop::look(words.skip(1).collect()),
        _ => plan::run(
            words
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
        ),
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: the sweeps need Linux");
}
