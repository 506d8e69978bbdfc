//! `check-security-info`: who has an alternate e-mail and a phone registered, and who could reset the own password now.
//!
//! Reads only. One user costs one batch; many are read as a stream, with a bound on what is in flight and in memory.

mod feed;
mod gather;
mod judge;
mod kept;
mod many;
mod one;
mod report;
mod row;
mod shard;

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::ids::{self, UserId};
use crate::mask;
use crate::policy::permissions;
use crate::policy::sspr::Requirement;
use crate::render::Report;
use crate::security_info::{ask, evidence, holders, tenant};
use crate::targets::TargetArgs;
use shard::Shard;
use std::time::SystemTime;

/// Where answers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Source {
    /// The best this version has: the registered methods themselves
    #[default]
    Auto,
    /// The registered methods themselves
    Live,
    /// The registration report
    Report,
}

/// Check who has an alternate e-mail and a phone registered
///
/// Looks at the registered methods, which alone count for self-service reset; contact information does not. Without a user, checks
/// the signed-in person. The exit code is 0 when everybody has what is required, 10 when anybody lacks it, 11 when some could not
/// be decided and nobody lacks it.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset check-security-info
  admin-reset check-security-info ada@contoso.com --require email,phone,authenticator
  admin-reset check-security-info --admins --require sspr
  admin-reset check-security-info --all -o csv > security-info.csv
  admin-reset check-security-info --sandbox --admins")]
pub struct Args {
    #[command(flatten)]
    targets: TargetArgs,
    /// Check everybody who holds a directory role or may activate one, through groups too
    #[arg(long, conflicts_with_all = ["users", "from_csv", "all", "group"])]
    admins: bool,
    /// Check every user of the tenant
    #[arg(long, conflicts_with_all = ["users", "from_csv", "group"])]
    all: bool,
    /// Check the members of a group, those of groups inside it too
    #[arg(long, value_name = "ID", conflicts_with_all = ["users", "from_csv"])]
    group: Option<String>,
    /// What must be registered: email, phone, authenticator, otp, passkey, any2, sspr [default: email,phone]
    #[arg(long, value_name = "WHAT,WHAT", value_delimiter = ',', value_parser = requirement)]
    require: Vec<Requirement>,
    /// Where answers come from
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "live|auto",
        default_value = "auto",
        hide_default_value = true
    )]
    source: Source,
    /// Show addresses and numbers whole instead of masked
    #[arg(long)]
    show_values: bool,
    /// Show contact e-mail and phone too, which do not count
    #[arg(long)]
    include_profile: bool,
    /// Exit with 0 whatever the answer is; failures keep their code
    #[arg(long)]
    exit_zero: bool,
    /// Exit with 10 only when fewer percent of the users are ready
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    fail_under: Option<f64>,
    /// Batches in flight, 1 to 64 [default: 8]
    #[arg(long, value_name = "N", help_heading = "Many users", value_parser = clap::value_parser!(u8).range(1..=64))]
    concurrency: Option<u8>,
    /// Check part I of N only, so that N machines share the work
    #[arg(long, value_name = "I/N", help_heading = "Many users")]
    shard: Option<Shard>,
}

/// Who is checked.
enum Population {
    Named(Vec<UserId>),
    Admins,
    All,
    Group(String),
}

impl Population {
    /// The flags that choose it; `None` where names do.
    fn flags(&self) -> Option<String> {
        match self {
            Population::Named(_) => None,
            Population::Admins => Some("--admins".to_owned()),
            Population::All => Some("--all".to_owned()),
            Population::Group(id) => Some(format!("--group {id}")),
        }
    }
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    if args.source == Source::Report {
        return Err(Error::new(
            ErrorCode::BadInput,
            "This version does not read the registration report.",
        )
        .why("The sources it has are live and auto, which is live.")
        .fix("Use --source live, or leave the flag out."));
    }
    let now = SystemTime::now();
    let Some(population) = args.population(context)? else {
        let name = args.single()?;
        let client = match &name {
            Some(_) => context.client_for("check-security-info", &[])?,
            // Nothing of this needs an administrator's consent.
            None => context.client(&permissions::scopes_of_flag(
                "check-security-info",
                "for yourself",
            ))?,
        };
        return Ok(Box::new(
            one::run(&args, context, &client, name, now).await?,
        ));
    };
    let client = context.client_for("check-security-info", &["--admins or --group"])?;
    Ok(Box::new(
        many::run(&args, context, &client, population, now).await?,
    ))
}

impl Args {
    /// Whom to check; `None` is a single user.
    fn population(&self, context: &Context) -> Result<Option<Population>> {
        if self.admins {
            return Ok(Some(Population::Admins));
        }
        if self.all {
            return Ok(Some(Population::All));
        }
        if let Some(group) = &self.group {
            let id = ids::guid(group.trim()).ok_or_else(|| {
                Error::new(
                    ErrorCode::BadInput,
                    format!("'{}' cannot be a group.", crate::render::text::cell(group)),
                )
                .why("Rule: a group is named by its object id.")
                .fix("Copy the object id from the group's page in the Entra admin center.")
            })?;
            return Ok(Some(Population::Group(id)));
        }
        let alone = self.targets.from_csv.is_none()
            && self.targets.users.len() <= 1
            && self.targets.users.iter().all(|user| user != "-");
        if alone {
            return Ok(None);
        }
        Ok(Some(Population::Named(
            self.targets.gather(&context.console)?.users,
        )))
    }

    /// The single user; `None` is the signed-in person.
    fn single(&self) -> Result<Option<UserId>> {
        if self.shard.is_some() {
            return Err(Error::new(ErrorCode::Usage, "--shard is for many users.")
                .fix("Add --all, --admins, --group ID or --from-csv FILE, or leave it out."));
        }
        self.targets
            .users
            .first()
            .map(|text| UserId::parse(text))
            .transpose()
    }

    fn require(&self) -> Vec<Requirement> {
        if self.require.is_empty() {
            return vec![Requirement::Email, Requirement::Phone];
        }
        let mut once = Vec::new();
        for requirement in &self.require {
            if !once.contains(requirement) {
                once.push(*requirement);
            }
        }
        once
    }

    fn select(&self) -> &'static str {
        if self.include_profile {
            ask::SELECT_PROFILE
        } else {
            ask::SELECT
        }
    }

    fn concurrency(&self) -> usize {
        usize::from(self.concurrency.unwrap_or(8))
    }
}

fn requirement(text: &str) -> Result<Requirement, String> {
    let words: Vec<&str> = Requirement::ALL
        .iter()
        .map(|requirement| requirement.word())
        .collect();
    Requirement::by_word(text.trim()).ok_or_else(|| format!("use {}", words.join(", ")))
}

fn percent(text: &str) -> Result<f64, String> {
    let value: f64 = text
        .trim_end_matches('%')
        .parse()
        .map_err(|_| "give a number from 0 to 100".to_owned())?;
    if (0.0..=100.0).contains(&value) {
        Ok(value)
    } else {
        Err("give a number from 0 to 100".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn parsed(words: &[&str]) -> std::result::Result<Args, clap::Error> {
        Line::try_parse_from(std::iter::once("check").chain(words.iter().copied()))
            .map(|line| line.args)
    }

    #[test]
    fn one_population_at_a_time() {
        for words in [
            &["--all", "--admins"][..],
            &["--all", "a@b.c"],
            &["--admins", "--group", "g"],
            &["--group", "g", "--from-csv", "x"],
        ] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
        for words in [
            &[][..],
            &["a@b.c"],
            &["a@b.c", "d@b.c"],
            &["--all"],
            &["--from-csv", "-"],
        ] {
            assert!(parsed(words).is_ok(), "{words:?}");
        }
    }

    #[test]
    fn requirements_and_their_default() {
        assert_eq!(
            parsed(&[]).unwrap().require(),
            [Requirement::Email, Requirement::Phone]
        );
        assert_eq!(
            parsed(&["--require", "sspr,otp,sspr"]).unwrap().require(),
            [Requirement::Sspr, Requirement::Otp]
        );
        assert!(parsed(&["--require", "fax"]).is_err());
    }

    #[test]
    fn bars_are_percentages() {
        assert_eq!(
            parsed(&["--fail-under", "99.5"]).unwrap().fail_under,
            Some(99.5)
        );
        for text in ["101", "-1", "NaN", "x"] {
            assert!(parsed(&["--fail-under", text]).is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_of_one_user_is_refused() {
        assert!(
            parsed(&["a@b.c", "--shard", "1/2"])
                .unwrap()
                .single()
                .is_err()
        );
        assert_eq!(
            parsed(&["a@b.c"])
                .unwrap()
                .single()
                .unwrap()
                .unwrap()
                .as_str(),
            "a@b.c"
        );
        assert_eq!(parsed(&[]).unwrap().single().unwrap(), None);
    }
}
