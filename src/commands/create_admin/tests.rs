//! Flags become roles, destinations and profiles; no network.

use super::flags::{Profile, split_pair};
use super::outcome::{cautions, go_on};
use super::*;
use crate::policy::{Cloud, roles as catalogue};
use crate::sink::SinkSpec;
use clap::Parser;
use std::path::PathBuf;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

fn args(words: &str) -> Args {
    Line::try_parse_from(
        std::iter::once("create-admin").chain(words.split('|').filter(|word| !word.is_empty())),
    )
    .map(|line| line.args)
    .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn contradictions_are_refused_before_anything_is_asked() {
    for (words, exit) in [
        ("--role-mode|eligible", 2),
        ("--upn|megan@contoso.com", 2),
        ("--upn|megan", 2),
        ("--upn| megan@contoso.com|--role|User Administrator", 2),
        ("a b", 2),
        ("m\u{435}gan", 2),
        ("--display-name|a\u{202e}b", 2),
        (
            "--break-glass|--scope|218d8847-0ee4-404e-875a-b53c3305ada9",
            2,
        ),
        ("--scope|somewhere|--role|User Administrator", 2),
    ] {
        assert_eq!(
            args(words).check().unwrap_err().exit().code(),
            exit,
            "{words}"
        );
    }
    for words in [
        "",
        "rescue.one",
        "--pair",
        "--upn|megan@contoso.com|--role|User Administrator",
        "--break-glass|--upn|x@contoso.onmicrosoft.com",
    ] {
        assert!(args(words).check().is_ok(), "{words}");
    }
    for words in [
        "NAME|--upn|a@b.c",
        "--pair|--upn|a@b.c",
        "--pair|--access-pass",
        "--access-pass-to|tty",
    ] {
        assert!(
            Line::try_parse_from(std::iter::once("create-admin").chain(words.split('|'))).is_err(),
            "{words}"
        );
    }
}

#[test]
fn the_profile_follows_from_name_and_roles() {
    for (words, profile) in [
        ("", Profile::BreakGlass),
        ("NAME", Profile::BreakGlass),
        ("--role|global administrator", Profile::BreakGlass),
        ("--role|User Administrator", Profile::Local),
        ("--upn|a@b.co|--role|User Administrator", Profile::Ordinary),
        ("--upn|a@b.co|--break-glass", Profile::BreakGlass),
    ] {
        assert_eq!(args(words).profile(), profile, "{words}");
    }
}

#[test]
fn roles_are_found_by_name_and_id_and_look_alikes_never_match() {
    let roles = |words: &str| args(words).wanted_roles();
    let global = roles("").unwrap();
    assert_eq!(
        (global.len(), global[0].name.as_str()),
        (1, "Global Administrator")
    );
    let twice =
        roles("--role|user administrator|--role|FE930BE7-5E62-47DB-91AF-98C3A49A38B1").unwrap();
    assert_eq!(
        (twice.len(), twice[0].id.as_str()),
        (1, catalogue::USER_ADMINISTRATOR)
    );
    let custom = roles("--role|d5a1c7f0-6a8e-4d2b-9c3f-1e2d3c4b5a69").unwrap();
    assert!(!custom[0].known);
    for (words, exit) in [
        ("--role|User Administratr", 3),
        ("--role|\u{ff27}lobal Administrator", 2),
        ("--role|User", 2),
        (
            "--role|Global Administrator|--scope|218d8847-0ee4-404e-875a-b53c3305ada9",
            6,
        ),
        ("--break-glass|--role|User Administrator", 2),
    ] {
        assert_eq!(roles(words).unwrap_err().exit().code(), exit, "{words}");
    }
    assert!(
        roles("--role|User Administratr")
            .unwrap_err()
            .remedy()
            .contains("'User Administrator'")
    );
}

#[test]
fn a_pair_splits_its_destinations_and_shares_none() {
    let file = |name: &str| SinkSpec::File(PathBuf::from(name));
    let pair = split_pair(vec![file("a"), file("b")], false).unwrap();
    assert_eq!(pair, [[file("a")], [file("b")]]);
    let four = split_pair(
        vec![file("a"), SinkSpec::Tty, file("b"), SinkSpec::Stdout],
        false,
    )
    .unwrap();
    assert_eq!(
        four,
        [[file("a"), SinkSpec::Tty], [file("b"), SinkSpec::Stdout]]
    );
    for specs in [
        vec![],
        vec![file("a")],
        vec![file("a"), file("a")],
        vec![file("a"), file("./a")],
        vec![SinkSpec::Tty, SinkSpec::Tty],
        vec![file("a"), file("b"), file("c")],
    ] {
        assert_eq!(
            split_pair(specs.clone(), false).unwrap_err().exit().code(),
            2,
            "{specs:?}"
        );
    }
    assert_eq!(
        split_pair(vec![], true).unwrap(),
        [vec![], vec![]] as [Vec<SinkSpec>; 2]
    );
}

#[test]
fn the_next_line_repeats_the_flags_and_names_the_domain() {
    let tenant = TenantView {
        id: "t".into(),
        initial_domain: "contoso.onmicrosoft.com".into(),
    };
    let line = go_on(
        &args(
            "--upn|megan@contoso.com|--role|User Administrator|--secret-to|file:a b|--access-pass=60|--access-pass-to|tty",
        ),
        &tenant,
    );
    assert_eq!(
        line,
        "admin-reset create-admin --upn megan@contoso.com --role 'User Administrator' --secret-to 'file:a b' --access-pass=60 --confirm contoso.onmicrosoft.com"
    );
    assert!(
        go_on(&args("--pair"), &tenant).contains("--secret-to file:PATH1 --secret-to file:PATH2")
    );
}

#[test]
fn every_emergency_account_is_said_to_need_more_than_a_password() {
    for cloud in [Cloud::Global, Cloud::UsGov, Cloud::China] {
        let codes: Vec<&str> = cautions(&args(""), cloud, "x@contoso.onmicrosoft.com")
            .iter()
            .map(|warning| warning.code)
            .collect();
        assert_eq!(
            codes,
            ["passwordDoesNotSuffice", "conditionalAccessExclusion"]
        );
    }
    assert!(
        cautions(
            &args("--upn|a@b.co|--role|User Administrator"),
            Cloud::Global,
            "a@b.co"
        )
        .is_empty()
    );
}
