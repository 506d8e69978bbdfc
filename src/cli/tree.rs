//! The tree of commands that a command line is parsed with: no more of it than the line can need.
//!
//! All commands with all their options cost more than the rest of the start, and their memory is wiped again at the end. Says
//! nothing about what a command does.

use super::{Cli, GlobalArgs};
use crate::commands::{Command, Shape};
use clap::{CommandFactory, FromArgMatches};
use std::ffi::OsString;

/// Reset a Microsoft 365 administrator's password, create break-glass administrators, check security info
#[derive(Debug, clap::Parser)]
#[command(
    name = "admin-reset",
    version,
    propagate_version = true,
    max_term_width = 110
)]
#[command(after_help = "Try everything on the built-in tenant first:
  admin-reset reset-user --sandbox bo.lindqvist@contoso.com --dry-run

Exit codes: 0 done · 2 usage or consent · 3 not found · 4 sign-in · 5 not permitted · 6 precondition · 7 unavailable ·
8 partly done or unknown · 10 check failed · 11 undecided · 130 interrupted")]
struct Top {
    #[command(flatten)]
    global: GlobalArgs,
}

/// Parses a command line, the program's name first.
pub(super) fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    let matches = fitting(args).try_get_matches_from(args)?;
    Ok(Cli {
        global: GlobalArgs::from_arg_matches(&matches)?,
        command: Command::from_arg_matches(&matches)?,
    })
}

/// Everything, for documentation, completion scripts and manual pages.
pub(super) fn whole() -> clap::Command {
    Command::add_to(Top::command(), |_| Shape::Whole)
}

/// The tree without what this command line cannot reach; what is left behaves as the whole tree does.
fn fitting(args: &[OsString]) -> clap::Command {
    let top = Top::command();
    let said = |name: &str| args.iter().skip(1).any(|word| word == name);
    match args.get(1).and_then(|word| word.to_str()) {
        Some("--version" | "-V") => top,
        // The list of commands needs none of their options, and the global ones are shown once.
        Some("--help" | "-h") => {
            Command::add_to(top.mut_args(|arg| arg.global(false)), |_| Shape::Line)
        }
        Some(first) if is_command(first) => Command::add_to(top, |name| match name == first {
            true => Shape::Whole,
            false => Shape::Absent,
        }),
        // Options come first, or there is no such command: its name may follow anywhere, and suggestions want all names.
        _ => Command::add_to(top, |name| match said(name) {
            true => Shape::Whole,
            false => Shape::Line,
        }),
    }
}

fn is_command(word: &str) -> bool {
    let found = std::cell::Cell::new(false);
    Command::add_to(clap::Command::new(""), |name| {
        found.set(found.get() || name == word);
        Shape::Absent
    });
    found.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &str) -> Vec<OsString> {
        std::iter::once("admin-reset")
            .chain(words.split_whitespace())
            .map(OsString::from)
            .collect()
    }

    fn answer(tree: clap::Command, args: &[OsString]) -> String {
        match tree.try_get_matches_from(args) {
            Ok(matches) => format!("{:?}", matches.subcommand_name()),
            Err(error) => error.render().to_string(),
        }
    }

    #[test]
    fn a_part_of_the_tree_answers_as_the_whole_does() {
        let mut lines: Vec<String> = [
            "",
            "--help",
            "-h",
            "-h reset-user",
            "--version",
            "-V",
            "help",
            "help reset-user",
            "help nothing",
            "reset-usr",
            "nothing",
            "--nothing",
            "--yes reset-user",
            "-o json reset-user",
            "-o json reset-user --help",
            "--tenant create-admin reset-user a@contoso.com",
            "reset-user create-admin --nothing",
            "reset-user --versoin",
            "-qh",
            "-- reset-user",
        ]
        .map(str::to_owned)
        .to_vec();
        for command in whole().get_subcommands() {
            let name = command.get_name();
            lines.extend([
                name.to_owned(),
                format!("{name} --help"),
                format!("{name} -V"),
                format!("{name} --nothing"),
                format!("help {name}"),
            ]);
        }
        assert!(lines.len() > 60, "{lines:?}");
        for words in lines {
            let args = line(&words);
            assert_eq!(
                answer(fitting(&args), &args),
                answer(whole(), &args),
                "admin-reset {words}"
            );
        }
    }

    #[test]
    fn a_command_builds_itself_alone() {
        let tree = fitting(&line("reset-user a@contoso.com"));
        let names: Vec<&str> = tree.get_subcommands().map(|one| one.get_name()).collect();
        assert_eq!(names, ["reset-user"]);
    }
}
