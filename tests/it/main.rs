//! The integration tests: the real binary against the built-in tenant on loopback, and the checks of the whole crate.
//!
//! One binary, so that it links once. Every file in this folder is a module of this list.
#![allow(
    clippy::unwrap_used,
    clippy::wrong_self_convention,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub
)]

mod advise;
mod agreement;
mod arrows;
mod check_security_info;
mod clouds;
mod contract;
mod create_admin;
mod create_admin_broken;
mod docs;
mod doctor;
mod escrow;
mod faults;
mod find_username;
mod homes;
mod issue_access_pass;
mod journal;
mod keyring;
mod kill;
mod lab;
mod login;
mod oidc;
mod permissions;
mod preflight;
mod proxy;
mod recover_own;
mod refusals;
mod reset_user;
mod reset_user_bulk;
mod reset_user_extras;
mod reset_user_output;
mod reset_user_refused;
mod resume;
mod resume_admin;
mod resume_places;
mod resume_run;
mod revoke_sessions;
mod scenarios;
mod secrets;
mod self_service;
mod set_security_info;
mod setup_app;
mod setup_app_words;
mod shell;
mod sinks;
mod support;
mod support_bundle;
mod through_unit;
mod unproven;
mod who_can_reset;

/// A file that is not in the list above would silently not be a test.
#[test]
fn every_file_here_is_in_the_list() {
    let folder = support::root().join("tests/it");
    let list = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    let listed: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    let missing: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "main" && !listed.contains(&name.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "not listed in tests/it/main.rs: {missing:?}"
    );
    assert!(
        listed.len() >= 2 && listed.is_sorted(),
        "the list is kept in order"
    );
}
