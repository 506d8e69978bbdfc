//! Many resets in one run: everybody is read and judged first, consent is given once for all, then a bounded number at a time.
//!
//! Each user has a password and a journal record of their own; a failure of one does not touch another.

use super::diagnosis;
use super::execute::Executor;
use super::prepare::{self, Prepared};
use super::report::{COLUMNS, CallerView, ManyReset, OneReset, Status};
use super::run_list;
use super::wanted::Wanted;
use super::{Args, COMMAND};
use crate::consent::{Many, Subject};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts;
use crate::files;
use crate::graph::Client;
use crate::ids::UserId;
use crate::ledger::Ledger;
use crate::policy::password::DEFAULT_LENGTH;
use crate::random;
use crate::render::{Report, Table, as_csv};
use crate::sink::Custody;
use crate::targets::Targets;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::HashSet;
use std::rc::Rc;

/// So many users in a row without an answer end the run: what comes after them would only be unknown as well.
const MOST_IN_A_ROW: u32 = 5;
/// Targets whose facts fit one `$batch`.
const CHUNK: usize = 5;

/// A user after the preflight: ready, or refused with nothing sent. The refusal is boxed since it is the rare case.
pub(super) enum Looked {
    Ready(Box<Prepared>),
    Refused(Box<OneReset>),
}

pub(super) async fn run(
    args: &Args,
    context: &Context,
    client: &Rc<Client>,
    targets: Targets,
    wanted: Wanted,
    mut custody: Custody,
) -> Result<Box<dyn Report>> {
    let claims = client.token().await?.claims;
    let (looked, caller) = if args.no_preflight {
        let mut looked = Vec::new();
        for name in &targets.users {
            looked.push(Looked::Ready(Box::new(prepare::unread(
                name, &wanted, &claims, context,
            )?)));
        }
        (looked, CallerView::of(None, &claims))
    } else {
        let mut surroundings = facts::surroundings(client).await?;
        surroundings.belongs_to(context.settings.tenant.as_ref().map(|(tenant, _)| tenant))?;
        let looked = look(
            args,
            context,
            client,
            &targets.users,
            &wanted,
            &mut surroundings,
        )
        .await?;
        (looked, CallerView::of(Some(&surroundings), &claims))
    };
    let looked = only_once(looked);
    run_list::unfinished(args, context, &looked)?;
    if !args.consent.dry_run {
        consented(args, context, &looked).await?;
    }
    if args.consent.dry_run {
        custody.check().await?;
        let users = looked
            .into_iter()
            .map(|one| match one {
                Looked::Ready(prepared) => OneReset::planned(
                    &prepared,
                    CallerView::default(),
                    custody.places(),
                    true,
                    args,
                ),
                Looked::Refused(one) => *one,
            })
            .collect();
        return Ok(Box::new(ManyReset {
            users,
            caller,
            journal_head: None,
            run_id: None,
            dry_run: true,
        }));
    }
    let anything = looked.iter().any(|one| matches!(one, Looked::Ready(_)));
    if !anything {
        let users = looked
            .into_iter()
            .filter_map(|one| match one {
                Looked::Refused(one) => Some(*one),
                Looked::Ready(_) => None,
            })
            .collect();
        return Ok(Box::new(ManyReset {
            users,
            caller,
            journal_head: None,
            run_id: None,
            dry_run: false,
        }));
    }
    // A results file that cannot be written must be known before the first change.
    let results = args.results.as_deref().map(files::claim).transpose()?;
    custody
        .prove_to_change(claims.app_only == Some(false))
        .await?;
    let ledger = Ledger::open(context, COMMAND, caller.name(), &args.consent)?;
    let run_id = random::uuid()?;
    let tenant = client.tenant().await;
    let _turn = run_list::begin(args, context, &run_id, &custody.places(), &looked, tenant).await?;
    let executor = Executor::new(context, client, args, ledger, custody).in_run(&run_id);
    context.console.note(&format!(
        "Run {run_id}: `admin-reset resume {run_id}` goes on with it if it is cut short."
    ));
    let (mut users, left) = execute(args, context, &executor, looked).await;
    if left == 0 && users.iter().all(|one| one.status != Status::Unknown) {
        run_list::forget(context, &run_id);
    }
    let (undelivered, head) = executor.finish_many(&mut users).await;
    self::undelivered(&mut users, undelivered, context);
    let report = ManyReset {
        users,
        caller,
        journal_head: Some(head),
        run_id: Some(run_id),
        dry_run: false,
    };
    if let Some(file) = results {
        let table = Table {
            columns: COLUMNS.to_vec(),
            rows: report.csv().rows,
        };
        if let Err(error) = as_csv(&table, true).and_then(|text| file.fill(text.as_bytes())) {
            // The report on stdout holds the same rows, so the exit of the change stays what it is.
            context.console.error(&error);
        }
    }
    Ok(Box::new(report))
}

/// A destination that could not be ended concerns everybody.
pub(super) fn undelivered(users: &mut [OneReset], error: Option<Error>, context: &Context) {
    let Some(error) = error else {
        return;
    };
    context.console.error(&error);
    for one in users.iter_mut().filter(|one| one.status == Status::Done) {
        one.status = Status::Partial;
        one.error.get_or_insert_with(|| error.copied());
    }
}

/// Reads and judges everybody, a batch at a time.
pub(super) async fn look(
    args: &Args,
    context: &Context,
    client: &Client,
    names: &[UserId],
    wanted: &Wanted,
    surroundings: &mut facts::Surroundings,
) -> Result<Vec<Looked>> {
    let claims = client.token().await?.claims;
    let mut looked = Vec::with_capacity(names.len());
    for chunk in names.chunks(CHUNK) {
        context.go_on()?;
        context.console.progress(&format!(
            "Reading users: {} of {}",
            looked.len(),
            names.len()
        ));
        let texts: Vec<&str> = chunk.iter().map(UserId::as_str).collect();
        let subjects = facts::subjects(client, &texts, surroundings).await?;
        for (subject, name) in subjects.into_iter().zip(chunk) {
            let prepared = match subject {
                Ok(subject) => {
                    prepare::prepare(
                        client,
                        surroundings,
                        subject,
                        name,
                        wanted,
                        &claims,
                        context,
                        &args.consent.confirm,
                    )
                    .await
                }
                Err(error) => Err(error),
            };
            looked.push(match prepared {
                Ok(prepared) => match prepared.refusal() {
                    Ok(()) => Looked::Ready(Box::new(prepared)),
                    Err(error) => Looked::Refused(Box::new(refused(&prepared, error))),
                },
                Err(error) => Looked::Refused(Box::new(OneReset::refused(name.as_str(), error))),
            });
        }
    }
    context.console.clear_progress();
    Ok(looked)
}

pub(super) fn refused(prepared: &Prepared, error: Error) -> OneReset {
    let mut one = OneReset::begun(prepared, CallerView::default());
    one.error = Some(error);
    one
}

/// One account named twice, by id and by name, is reset once.
fn only_once(looked: Vec<Looked>) -> Vec<Looked> {
    let mut seen = HashSet::new();
    looked
        .into_iter()
        .filter(|one| match one {
            Looked::Ready(prepared) if prepared.target.is_some() => {
                seen.insert(prepared.user.id.to_ascii_lowercase())
            }
            _ => true,
        })
        .collect()
}

/// Consent for all at once: by flags, or by typing the number.
pub(super) async fn consented(args: &Args, context: &Context, looked: &[Looked]) -> Result<()> {
    let subjects: Vec<Subject> = looked
        .iter()
        .filter_map(|one| match one {
            Looked::Ready(prepared) => Some(prepared.subject()),
            Looked::Refused(_) => None,
        })
        .collect();
    let many = Many {
        what: "Reset the passwords of",
        done: "reset",
        include_admins: args.include_admins,
        confirm_count: args.confirm_count,
    };
    args.consent
        .obtain_many(&subjects, many, &context.console)
        .await
}

/// Canary stages first, then the rest; a bounded number at a time. Also how many were not begun.
pub(super) async fn execute(
    args: &Args,
    context: &Context,
    executor: &Executor<'_>,
    looked: Vec<Looked>,
) -> (Vec<OneReset>, usize) {
    let total = looked.len();
    let mut results: Vec<Option<OneReset>> = Vec::new();
    let mut waiting = Vec::new();
    for (index, one) in looked.into_iter().enumerate() {
        match one {
            Looked::Ready(prepared) => {
                results.push(None);
                waiting.push((index, prepared));
            }
            Looked::Refused(one) => results.push(Some(*one)),
        }
    }
    let mut stages: Vec<usize> = args.canary.iter().map(|n| *n as usize).collect();
    stages.push(usize::MAX);
    let most = args.concurrency.map_or(4, usize::from);
    let (mut errors, mut done, mut in_a_row) = (0u32, 0usize, 0u32);
    let mut halted: Option<String> = None;
    let mut queue = waiting.into_iter().peekable();
    for size in stages {
        let mut left = size;
        let mut stage_failed = false;
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < most && left > 0 && halted.is_none() && !context.stop.get() {
                let Some((index, prepared)) = queue.next() else {
                    break;
                };
                left -= 1;
                running.push(one(args, executor, index, prepared));
            }
            let Some((index, result)) = running.next().await else {
                break;
            };
            done += 1;
            context
                .console
                .progress(&format!("Resetting users: {done} of {total}"));
            in_a_row = if is_out_of_reach(&result) {
                in_a_row + 1
            } else {
                0
            };
            if in_a_row >= MOST_IN_A_ROW {
                halted.get_or_insert(format!(
                    "{in_a_row} users in a row for whom the service did not answer"
                ));
            }
            if result.exit_code() != crate::error::Exit::Done {
                errors += 1;
                stage_failed = true;
                if args.stop_after_errors.is_some_and(|most| errors >= most) {
                    halted.get_or_insert(format!("{errors} errors (--stop-after-errors)"));
                }
            }
            results[index] = Some(result);
        }
        if stage_failed && size != usize::MAX {
            halted.get_or_insert("an error among the canaries (--canary)".to_owned());
        }
        if halted.is_some() || queue.peek().is_none() {
            break;
        }
    }
    context.console.clear_progress();
    // Who was stopped before the password was touched is begun by `resume`, like those behind.
    let stopped = |one: &&OneReset| {
        let code = one.error.as_ref().map(Error::code);
        one.status == Status::Failed && code == Some(ErrorCode::Interrupted)
    };
    let left = queue.len() + results.iter().flatten().filter(stopped).count();
    for (index, prepared) in queue {
        let why = halted
            .clone()
            .unwrap_or_else(|| "the run was interrupted".to_owned());
        let error = Error::new(
            ErrorCode::Interrupted,
            format!("{} was not begun.", prepared.upn()),
        )
        .why(format!("The run stopped after {why}."))
        .fix(match &executor.run_id {
            Some(run) => format!(
                "Mend the cause, then go on with those that are left: admin-reset resume {run}"
            ),
            None => {
                "Mend the cause and run the command again for the users that are left.".to_owned()
            }
        })
        .recode(ErrorCode::PartlyDone);
        results[index] = Some(refused(&prepared, error));
    }
    (results.into_iter().flatten().collect(), left)
}

/// Whether the service failed, was silent or could not be reached for this user.
fn is_out_of_reach(result: &OneReset) -> bool {
    result.status != Status::Done
        && result.error.as_ref().is_some_and(|error| {
            matches!(
                error.code(),
                ErrorCode::Network
                    | ErrorCode::ServiceFailed
                    | ErrorCode::Throttled
                    | ErrorCode::OutcomeUnknown
            )
        })
}

async fn one(
    args: &Args,
    executor: &Executor<'_>,
    index: usize,
    prepared: Box<Prepared>,
) -> (usize, OneReset) {
    let attempt = async {
        let operation_id = random::uuid()?;
        let secret = args.password.generate(DEFAULT_LENGTH)?;
        executor
            .carry_out(
                &prepared,
                &operation_id,
                &secret,
                true,
                CallerView::default(),
                None,
            )
            .await
    };
    let result = match attempt.await {
        Ok(mut one) => {
            diagnosis::explain(&mut one, &prepared, executor.client).await;
            one
        }
        Err(error) => refused(&prepared, error),
    };
    (index, result)
}
