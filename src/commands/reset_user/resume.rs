//! Going on with resets that were cut short or whose outcome is not known: look first, then the same password, never a new one.

mod deliver;
mod fresh;
mod seen;
mod settle;
mod whose;

use super::execute::Executor;
use super::extras::ExtraArgs;
use super::prepare::{self, Prepared};
use super::report::{CallerView, ManyReset, OneReset};
use super::run_list;
use super::wanted::Wanted;
use super::{Args, COMMAND, ViaArg};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::{self, Surroundings};
use crate::graph::Client;
use crate::ids::UserId;
use crate::journal::{self, Operation};
use crate::ledger::Ledger;
use crate::passwords::PasswordArgs;
use crate::plan::Via;
use crate::recall::Recall;
use crate::render::Report;
use crate::resuming::{ResumeArgs, Work};
use crate::runs::Run;
use crate::sink::{Place, SinkSpec, kept};
use fresh::Fresh;
use settle::Resumption;
use std::collections::HashMap;

/// The flags whose permissions the planned steps need, as the permission table names them.
fn flags(operations: &[Operation]) -> Vec<&'static str> {
    let planned = |name: &str| {
        operations.iter().any(|one| {
            one.steps
                .iter()
                .any(|step| step.step.split('.').next() == Some(name))
        })
    };
    let direct = operations
        .iter()
        .any(|one| one.how.via.as_deref() == Some(Via::Direct.as_str()));
    [
        (direct, "--via direct"),
        (planned("enableUser"), "--enable"),
        (planned("issueAccessPass"), "--access-pass"),
        (planned("leaveUnit"), "--through-restricted-unit"),
        (planned("setPasswordPolicies"), "--password-policy"),
        (planned("deleteMethod"), "--require-reregister"),
    ]
    .into_iter()
    .filter_map(|(given, flag)| given.then_some(flag))
    .collect()
}

/// Goes on with one operation, or with all of a bulk run.
pub(crate) async fn resume(
    work: Work,
    asked: &ResumeArgs,
    context: &Context,
) -> Result<Box<dyn Report>> {
    let many = work.many;
    let mut needed = flags(&work.operations);
    if let Some(run) = &work.run {
        needed.extend(fresh::options(run)?.args(asked).flags_for_scopes());
    }
    let client = context.client_for(COMMAND, &needed)?;
    let claims = client.token().await?.claims;
    let mut surroundings = facts::surroundings(&client).await?;
    surroundings.belongs_to(context.settings.tenant.as_ref().map(|(tenant, _)| tenant))?;
    let caller = CallerView::of(Some(&surroundings), &claims);
    let given = PasswordArgs {
        password_stdin: asked.password_stdin,
        password_file: asked.password_file.clone(),
        ..PasswordArgs::default()
    };
    if many && given.is_supplied() {
        return Err(Error::new(
            ErrorCode::Usage,
            "A supplied password is for one user only.",
        )
        .fix("Go on with one operation at a time."));
    }
    let supplied = given.supplied(&context.console, &context.settings.env)?;
    let by_person = claims.app_only == Some(false);
    let recall = Recall::new(context, asked, by_person);
    let args = Args {
        consent: asked.consent.clone(),
        wait: asked.wait,
        ..Args::default()
    };
    let (mut ready, mut over) = (Vec::new(), Vec::new());
    let mut users = Vec::new();
    let fresh = Fresh::look(&work, asked, context, &client, &mut surroundings).await?;
    for operation in work.operations {
        if !operation.is_unfinished() {
            // Whom the run begins anew is reported by that.
            if !fresh.as_ref().is_some_and(|fresh| fresh.begins(&operation)) {
                over.push(operation);
            }
            continue;
        }
        match prepared(&client, &mut surroundings, &operation, context, asked).await {
            Ok(prepared) => ready.push((operation, prepared)),
            Err(error) if many => users.push(OneReset::refused(&name(&operation), error)),
            Err(error) => return Err(error),
        }
    }
    let others = fresh.as_ref().map_or(0, |fresh| fresh.ready);
    consent(&ready, others, many, asked, &surroundings, context).await?;
    if let Some(fresh) = fresh.as_ref().filter(|_| !asked.consent.dry_run) {
        fresh.consent(context).await?;
    }
    if asked.consent.dry_run {
        users.extend(over.iter().map(deliver::finished));
        users.extend(fresh.into_iter().flat_map(Fresh::planned));
        users.extend(ready.iter().map(|(operation, prepared)| {
            let mut one =
                OneReset::planned(prepared, CallerView::default(), Vec::new(), false, &args);
            one.journal.operation_id = Some(operation.operation_id.clone());
            one
        }));
        return Ok(shown(users, many, caller, None));
    }
    let run = work.run.as_ref();
    let fresh = match fresh {
        Some(fresh) => {
            // Refused before anything is sent, not after some were gone on with.
            let specs = fresh.destinations(asked)?;
            if fresh.ready > 0 {
                context.custody_again(&specs)?.check().await?;
            }
            Some((fresh, specs))
        }
        None => None,
    };
    let ledger = Ledger::open(context, COMMAND, caller.name(), &asked.consent)?;
    let specs = handing_over(&recall, &ready, asked)?;
    let mut custody = match many {
        true => context.custody_again(&specs)?,
        false => context.custody(&specs, false)?,
    };
    if custody.uses_stdout() {
        context.console.give_stdout_to_secret();
    }
    custody.prove().await?;
    let executor = Executor::new(context, &client, &args, ledger, custody);
    for operation in &over {
        users.push(deliver::over(operation, &recall).await);
    }
    for (operation, prepared) in &ready {
        if context.stop.get() {
            // Each is proven before it is sent again, which takes time that a person who stops does not give.
            let error = context.go_on().err();
            users.extend(error.map(|error| OneReset::refused(&name(operation), error)));
            continue;
        }
        let resumption = Resumption {
            executor: &executor,
            client: &client,
            context,
            asked,
            operation,
            prepared,
            supplied: supplied.as_ref(),
            recall: &recall,
            begun_anew: fresh
                .as_ref()
                .is_some_and(|(fresh, _)| fresh.begins(operation)),
        };
        let begun_anew = resumption.begun_anew;
        let mut one = resumption.go_on(caller.clone()).await?;
        one.journal.head = Some(executor.ledger.head());
        // Who was only put back where it belongs is reported by what comes now.
        if !begun_anew || one.error.is_some() {
            users.push(one);
        }
    }
    let mut left = 0;
    if let Some((mut fresh, specs)) = fresh {
        fresh
            .look_again(&ready, context, &client, &mut surroundings)
            .await?;
        left = fresh.unread();
        if fresh.ready > 0 {
            // Lines that open nothing go first: their users get a line anew.
            tidy(&users, run, context)?;
        }
        let (done, not_begun) = fresh.begin(&specs, context, &client, &caller).await?;
        users.extend(done);
        left += not_begun;
    }
    if many {
        tidy(&users, run, context)?;
        if let Some(run) = run.filter(|_| left == 0) {
            at_its_end(run, context)?;
        }
    }
    let head = executor.ledger.head();
    Ok(shown(users, many, caller, Some(head)))
}

fn shown(
    mut users: Vec<OneReset>,
    many: bool,
    caller: CallerView,
    head: Option<String>,
) -> Box<dyn Report> {
    if !many && let Some(one) = users.pop() {
        return Box::new(one);
    }
    Box::new(ManyReset {
        users,
        caller,
        journal_head: head,
        run_id: None,
        dry_run: false,
    })
}

fn name(operation: &Operation) -> String {
    operation.names().next().unwrap_or_default().to_owned()
}

/// The places of the journal for a report.
fn places(operation: &Operation) -> Vec<Place> {
    operation
        .sinks
        .iter()
        .filter_map(|text| Place::recorded(text))
        .collect()
}

/// Where passwords go that only a sealed copy holds. Nothing is opened when there are none.
fn handing_over(
    recall: &Recall<'_>,
    ready: &[(Operation, Prepared)],
    asked: &ResumeArgs,
) -> Result<Vec<SinkSpec>> {
    let owed = ready
        .iter()
        .filter(|(operation, _)| recall.copy_of(operation).is_some());
    let recorded: Vec<String> = owed.flat_map(|(one, _)| one.sinks.clone()).collect();
    if recorded.is_empty() {
        return Ok(Vec::new());
    }
    recall.destinations(&asked.secret_to, &recorded)
}

/// Reads the account anew, and plans what the journal says was wanted.
async fn prepared(
    client: &Client,
    surroundings: &mut Surroundings,
    operation: &Operation,
    context: &Context,
    asked: &ResumeArgs,
) -> Result<Prepared> {
    let claims = client.token().await?.claims;
    let how = &operation.how;
    let wants = |step: &str| how.plan.iter().any(|own| own == step);
    let wanted = Wanted {
        via: match how.via.as_deref() {
            Some("direct") => ViaArg::Direct,
            Some("method") => ViaArg::Method,
            _ => ViaArg::Auto,
        },
        force_change: how.force_change.unwrap_or(true),
        force_change_mfa: how.force_change_mfa.unwrap_or(false),
        cloud_only_write: how.cloud_only.unwrap_or(false),
        revoke: Some(wants("revokeSessions")),
        enable: wants("enableUser"),
        through_restricted_unit: false,
        access_pass: false,
        extras: ExtraArgs::default(),
    };
    let id = UserId::parse(&name(operation))?;
    let subject = facts::subjects(client, &[id.as_str()], surroundings)
        .await?
        .into_iter()
        .next()
        .ok_or_else(|| Error::new(ErrorCode::Internal, "Nobody was read."))??;
    prepare::prepare(
        client,
        surroundings,
        subject,
        &id,
        &wanted,
        &claims,
        context,
        &asked.consent.confirm,
    )
    .await
}

/// Takes the list of a run away when nothing of it is left.
fn at_its_end(run: &Run, context: &Context) -> Result<()> {
    let known = journal::read(context.settings.state_dir()?)?;
    let mut own = known
        .iter()
        .filter(|one| one.how.run.as_deref() == Some(&run.id));
    if !own.any(Operation::is_unfinished) {
        run_list::forget(context, &run.id);
    }
    Ok(())
}

async fn consent(
    ready: &[(Operation, Prepared)],
    others: usize,
    many: bool,
    asked: &ResumeArgs,
    surroundings: &Surroundings,
    context: &Context,
) -> Result<()> {
    if asked.consent.dry_run {
        return Ok(());
    }
    if let Some(count) = asked.confirm_count
        && count != ready.len() + others
    {
        return Err(Error::new(
            ErrorCode::ConsentNeeded,
            format!("--confirm-count says {count}, and {} users would be gone on with; nothing was changed.", ready.len() + others),
        )
        .fix("Look with --dry-run and give the number it shows."));
    }
    let all = many && asked.consent.yes && asked.include_admins && asked.confirm_count.is_some();
    for (operation, prepared) in ready.iter().filter(|_| !all) {
        let what = format!(
            "Go on with operation {}: {}",
            operation.operation_id,
            prepared.question(Some(surroundings), &context.settings)
        );
        asked
            .consent
            .obtain(&prepared.subject(), &what, &context.console)
            .await?;
    }
    Ok(())
}

/// Takes out of the tables what is proven to open nothing.
fn tidy(users: &[OneReset], run: Option<&Run>, context: &Context) -> Result<()> {
    let known: HashMap<String, Operation> = journal::read(context.settings.state_dir()?)?
        .into_iter()
        .map(|one| (one.operation_id.clone(), one))
        .collect();
    let opens_nothing = |id: &str| match known.get(id) {
        // Staged, and the run ended before its intent: nothing was sent.
        None => true,
        Some(one) => one.standing() == "failed",
    };
    let mut paths: Vec<_> = users
        .iter()
        .flat_map(|one| &one.secret.sinks)
        .filter_map(|place| kept::file_of(&place.to_string()))
        .collect();
    if let Some(run) = run {
        let named = fresh::options(run)?.secret_to;
        paths.extend(named.iter().filter_map(|text| kept::file_of(text)));
    }
    paths.sort();
    paths.dedup();
    for path in paths {
        let dropped = kept::tidy(&path, opens_nothing)?;
        if dropped > 0 {
            context.console.note(&format!(
                "{dropped} lines of users whose password was not changed were taken out of {}.",
                crate::render::text::cell(&path.to_string_lossy())
            ));
        }
    }
    Ok(())
}
