//! `revoke-sessions`: ends all sessions of one user or many, and reads back since when sessions are valid.

mod report;

use crate::consent::{ConsentArgs, Many, Subject, shell_word};
use crate::context::Context;
use crate::duration::parse_duration;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::ledger::{Ledger, Whom};
use crate::plan::{Outcome, Run, Step};
use crate::policy::reset::Action;
use crate::preflight::{self, Judged, Question};
use crate::random;
use crate::render::Report;
use crate::targets::TargetArgs;
use crate::views::{CallerView, SessionsView};
use futures_util::stream::{self, StreamExt};
use report::{Ended, One};
use std::collections::HashSet;
use std::time::Duration;

const COMMAND: &str = "revoke-sessions";
const SCHEMA: &str = "admin-reset/revoke-sessions/1";

/// End all sessions of users: every app and browser has to sign in again
///
/// Access tokens that were issued already may work for up to an hour where an app does not ask again; signing in anew needs the
/// password or another method from now on.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset revoke-sessions noor.haddad@contoso.com --yes
  admin-reset revoke-sessions --from-csv leavers.csv --yes --include-admins --confirm-count 3
  admin-reset revoke-sessions --sandbox bo.lindqvist@contoso.com --dry-run")]
pub struct Args {
    #[command(flatten)]
    targets: TargetArgs,
    #[command(flatten)]
    consent: ConsentArgs,
    /// Time for each write and its waits [default: 90s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    wait: Option<Duration>,
    /// In bulk: privileged users too
    #[arg(long, help_heading = "Many users")]
    include_admins: bool,
    /// In bulk: the number of users whose sessions will end, as --dry-run shows it
    #[arg(long, value_name = "N", help_heading = "Many users")]
    confirm_count: Option<usize>,
    /// In bulk: so many at the same time, 1 to 16 [default: 4]
    #[arg(long, value_name = "N", help_heading = "Many users", value_parser = clap::value_parser!(u8).range(1..=16))]
    concurrency: Option<u8>,
    /// In bulk: begin no further user after so many errors
    #[arg(long, value_name = "N", help_heading = "Many users", value_parser = clap::value_parser!(u32).range(1..))]
    stop_after_errors: Option<u32>,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    if args.targets.is_empty() {
        return Err(Error::new(ErrorCode::Usage, "No user was named.")
            .fix("Give one or more users, - or --from-csv FILE."));
    }
    let targets = args.targets.gather(&context.console)?;
    let hopeless = !context.console.can_ask() && !args.consent.dry_run;
    if hopeless && !args.consent.yes && args.consent.confirm.is_empty() {
        let fix = match &targets.users[..] {
            [one] => format!(
                "Look at the plan with --dry-run, then add --yes, or --confirm {} for a privileged user.",
                shell_word(one.as_str())
            ),
            many => format!(
                "Look at the plan with --dry-run, then add --yes (and --include-admins --confirm-count {} for privileged users).",
                many.len()
            ),
        };
        return Err(Error::new(
            ErrorCode::ConsentNeeded,
            "A change needs consent, and there is no terminal to ask on.",
        )
        .why("Neither --yes nor --confirm was given.")
        .fix(fix));
    }
    let client = context.client_for(COMMAND, &[])?;
    let question = Question {
        actions: vec![Action::RevokeSessions],
        phrase: "end the sessions of",
        takes_away: false,
        confirmed: &args.consent.confirm,
    };
    let (surroundings, looked) =
        preflight::look_at_many(context, &client, &targets.users, |_| question.clone()).await?;
    let claims = client.token().await?.claims;
    let caller = CallerView::of(Some(&surroundings), &claims);
    let own = surroundings.caller.id.clone();
    let mut seen = HashSet::new();
    let mut slots: Vec<Slot> = Vec::new();
    for (judged, name) in looked.into_iter().zip(&targets.users) {
        slots.push(match judged {
            // One account named twice, by id and by name, is one account.
            Ok(judged) if !seen.insert(judged.id().to_ascii_lowercase()) => continue,
            Ok(judged) => match judged.refusal() {
                Ok(()) => Slot::Ready(Box::new(judged)),
                Err(error) => Slot::Over(Box::new(One {
                    error: Some(error),
                    ..One::of(&judged)
                })),
            },
            Err(error) if targets.many => Slot::Over(Box::new(One {
                user: preflight::unread(name.as_str()),
                error: Some(error),
                ..One::default()
            })),
            Err(error) => return Err(error),
        });
    }
    if let ([Slot::Over(one)], false) = (&mut slots[..], targets.many)
        && let Some(error) = one.error.take()
    {
        return Err(error);
    }
    warn(context, &slots, own.as_deref());
    let mut report = Ended {
        many: targets.many,
        dry_run: args.consent.dry_run,
        users: Vec::new(),
        caller,
        ticket: args.consent.ticket.clone(),
        head: None,
    };
    if args.consent.dry_run {
        report.users = slots
            .into_iter()
            .map(|slot| match slot {
                Slot::Ready(judged) => One {
                    status: "planned",
                    plan: vec![Step::RevokeSessions.to_json(judged.upn())],
                    may: (judged.verdicts_json(), judged.in_words()),
                    ..One::of(&judged)
                },
                Slot::Over(one) => *one,
            })
            .collect();
        return Ok(Box::new(report));
    }
    let place = preflight::place(context, &surroundings);
    consent(&args, context, &slots, targets.many, &place).await?;
    if slots.iter().any(|slot| matches!(slot, Slot::Ready(_))) {
        let ledger = Ledger::open(context, COMMAND, report.caller.name(), &args.consent)?;
        report.users = execute(&args, context, &client, &ledger, slots, own.as_deref()).await;
        report.head = Some(ledger.head());
    } else {
        report.users = slots
            .into_iter()
            .filter_map(|slot| match slot {
                Slot::Over(one) => Some(*one),
                Slot::Ready(_) => None,
            })
            .collect();
    }
    // A single refusal is told by its error alone.
    if let ([one], false) = (&mut report.users[..], targets.many)
        && one.status == "failed"
        && let Some(error) = one.error.take()
    {
        return Err(error);
    }
    Ok(Box::new(report))
}

/// A user after the reads: ready, or over with nothing sent.
enum Slot {
    Ready(Box<Judged>),
    Over(Box<One>),
}

fn warn(context: &Context, slots: &[Slot], own: Option<&str>) {
    for slot in slots {
        let Slot::Ready(judged) = slot else { continue };
        for warning in &judged.warnings {
            context.console.warn(warning);
        }
        if let Some(last) = judged.last_administrator() {
            context.console.warn(&format!(
                "{last}: make sure that a way to sign in is known before its sessions end."
            ));
        }
        if own.is_some_and(|own| own.eq_ignore_ascii_case(judged.id())) {
            context.console.warn(&format!(
                "{} is you: your own session ends as well, last of all.",
                judged.upn()
            ));
        }
    }
}

async fn consent(
    args: &Args,
    context: &Context,
    slots: &[Slot],
    many: bool,
    place: &str,
) -> Result<()> {
    let subjects: Vec<Subject> = slots
        .iter()
        .filter_map(|slot| match slot {
            Slot::Ready(judged) => Some(judged.subject()),
            Slot::Over(_) => None,
        })
        .collect();
    if let ([subject], false) = (&subjects[..], many) {
        let what = format!("End all sessions of {}{place}", subject.name);
        return args.consent.obtain(subject, &what, &context.console).await;
    }
    let words = Many {
        what: "End all sessions of",
        done: "signed out",
        include_admins: args.include_admins,
        confirm_count: args.confirm_count,
    };
    args.consent
        .obtain_many(&subjects, words, &context.console)
        .await
}

/// A bounded number at a time; the caller's own sessions end last, since nothing works after them.
async fn execute(
    args: &Args,
    context: &Context,
    client: &Client,
    ledger: &Ledger,
    slots: Vec<Slot>,
    own: Option<&str>,
) -> Vec<One> {
    let total = slots.len();
    let mut results: Vec<Option<One>> = Vec::new();
    let (mut others, mut last) = (Vec::new(), Vec::new());
    for (at, slot) in slots.into_iter().enumerate() {
        match slot {
            Slot::Over(one) => results.push(Some(*one)),
            Slot::Ready(judged) => {
                let is_own = own.is_some_and(|own| own.eq_ignore_ascii_case(judged.id()));
                if is_own { &mut last } else { &mut others }.push((at, judged));
                results.push(None);
            }
        }
    }
    let errors = std::cell::Cell::new(0u32);
    let one = |(at, judged): (usize, Box<Judged>)| {
        let errors = &errors;
        async move {
            let tired = args
                .stop_after_errors
                .is_some_and(|most| errors.get() >= most);
            let result = if context.stop.get() || tired {
                One {
                    error: Some(not_begun(&judged, tired)),
                    ..One::of(&judged)
                }
            } else {
                end(args, context, client, ledger, &judged).await
            };
            if result.error.is_some() {
                errors.set(errors.get() + 1);
            }
            (at, result)
        }
    };
    let most = args.concurrency.map_or(4, usize::from);
    let mut done = 0;
    let mut running = stream::iter(others).map(one).buffer_unordered(most);
    while let Some((at, result)) = running.next().await {
        done += 1;
        context
            .console
            .progress(&format!("Ending sessions: {done} of {total}"));
        results[at] = Some(result);
    }
    drop(running);
    for item in last {
        let (at, result) = one(item).await;
        results[at] = Some(result);
    }
    context.console.clear_progress();
    results.into_iter().flatten().collect()
}

fn not_begun(judged: &Judged, tired: bool) -> Error {
    let why = if tired {
        "The run stopped after as many errors as --stop-after-errors allows."
    } else {
        "The run was interrupted."
    };
    Error::new(
        ErrorCode::PartlyDone,
        format!("{} was not begun.", judged.upn()),
    )
    .why(why)
    .fix("Mend the cause and run the command again for the users that are left.")
}

async fn end(
    args: &Args,
    context: &Context,
    client: &Client,
    ledger: &Ledger,
    judged: &Judged,
) -> One {
    let mut one = One::of(judged);
    let operation_id = match random::uuid() {
        Ok(id) => id,
        Err(error) => {
            one.error = Some(error);
            return one;
        }
    };
    let whom = Whom {
        operation_id: &operation_id,
        id: Some(judged.id()),
        upn: Some(judged.upn()),
    };
    let run = Run {
        client,
        wait: args.wait.unwrap_or(Duration::from_secs(90)),
        stop: &context.stop,
    };
    context.begin_change(&operation_id);
    let step = Step::RevokeSessions;
    let (outcome, unrecorded) = ledger
        .take(client, whom, step.name(), run.revoke_and_read(judged.id()))
        .await;
    match outcome {
        Outcome::Done((valid_from, proven)) => {
            one.status = "done";
            one.sessions = SessionsView {
                revoked: true,
                valid_from,
            };
            one.proven = proven;
            if let Some(error) = unrecorded {
                one.status = "partial";
                one.error = Some(error);
            }
        }
        Outcome::Failed(error) => {
            one.error = Some(judged.explained(error, Action::RevokeSessions, true));
        }
        Outcome::Unknown(error) => {
            one.status = "unknown";
            one.error = Some(error);
        }
    }
    one.error = one.error.map(|error| error.operation(&operation_id));
    one.operation_id = Some(operation_id);
    one
}
