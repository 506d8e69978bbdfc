//! Finishing what an earlier run began: an account that may exist because of us is brought to its end, or named.
//!
//! Looks and decides; what is to be sent is sent by [`super::finish`].

use super::Args;
use super::ending::ask_outside;
use super::execute::Executor;
use super::existing::{ClockOffset, Existing, compare};
use super::finish::{Handing, finish_left};
use super::history::{COMMAND, State, Work, display_name_for};
use super::make::ledger;
use super::outcome::{concluded, empty};
use super::prepare::{self, Ground};
use super::report::{OneAccount, Status};
use super::sight;
use super::wanted::{TenantView, WantedAccount, WantedRole};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::graph::users::User;
use crate::journal::Operation;
use crate::policy::password::BREAK_GLASS_LENGTH;
use crate::policy::{names, roles as catalogue};
use crate::recall::Recall;
use crate::render::Report;
use crate::resuming::ResumeArgs;
use std::time::SystemTime;

/// Goes on with the making of accounts: what never came into being is made with the password of then, missing roles are given, what is
/// complete is noted.
pub(crate) async fn resume(
    operations: Vec<Operation>,
    asked: &ResumeArgs,
    context: &Context,
) -> Result<Box<dyn Report>> {
    let client = context.client_for(COMMAND, &[])?;
    let Ground {
        tenant,
        surroundings,
    } = prepare::ground(&client, context).await?;
    let plain = Args {
        wait: asked.wait,
        ..Args::default()
    };
    let _lock = super::lock(context, plain.wait()).await?;
    let works: Vec<Work> = super::read_history(context)?
        .into_iter()
        .filter(|work| {
            operations
                .iter()
                .any(|one| one.operation_id == work.operation_id)
        })
        .collect();
    if let Some(foreign) = works.iter().find(|work| {
        work.tenant
            .as_deref()
            .is_some_and(|own| !own.eq_ignore_ascii_case(&tenant.id))
    }) {
        return Err(Error::new(
            ErrorCode::BadInput,
            format!(
                "Operation {} belongs to another tenant.",
                foreign.operation_id
            ),
        )
        .why(format!("You are signed in to {}.", tenant.initial_domain))
        .fix("Sign in to the tenant of the operation."));
    }
    let args = as_asked_then(works.first(), asked);
    let recall = Recall::new(context, asked, super::person(&client).await?);
    let caller = surroundings.caller_name;
    let mut open = works.iter().filter(|work| work.is_unfinished()).peekable();
    if open.peek().is_none() {
        return over(&works, &args, context, &client, &tenant, caller, &recall).await;
    }
    let left = left_over(&client, context, &args, open, &recall).await?;
    let handing = Handing {
        context,
        recall,
        named: &asked.secret_to,
        operations: &operations,
    };
    finish_left(&args, context, &client, tenant, caller, left, handing).await
}

/// What the command was asked for, as far as its first record tells, with the consent of who goes on with it.
fn as_asked_then(work: Option<&Work>, asked: &ResumeArgs) -> Args {
    let roles = work.map_or(&[][..], |work| &work.roles);
    Args {
        // An emergency account's password never expires.
        upn: work
            .filter(|work| work.how.expires == Some(true))
            .map(|work| work.upn.clone()),
        role: roles.iter().map(|role| role.id.clone()).collect(),
        scope: roles
            .first()
            .map_or("/".to_owned(), |role| role.scope.clone()),
        wait: asked.wait,
        settle: asked.settle,
        consent: asked.consent.clone(),
        ..Args::default()
    }
}

/// What an earlier run left.
pub(super) struct Left {
    /// Accounts to finish, or to find finished.
    pub(super) accounts: Vec<(Work, Existing)>,
    /// Works whose account does not exist.
    pub(super) never_made: Vec<Work>,
    /// The server's clock before their names were looked up.
    pub(super) free_since: Option<SystemTime>,
}

/// Looks at the accounts of these works.
pub(super) async fn left_over(
    client: &Client,
    context: &Context,
    args: &Args,
    works: impl IntoIterator<Item = &Work>,
    recall: &Recall<'_>,
) -> Result<Left> {
    let mut left = Left {
        accounts: Vec::new(),
        never_made: Vec::new(),
        free_since: None,
    };
    for work in works {
        let mut work = work.clone();
        if work.was_never_there() && left.free_since.is_none() {
            left.free_since = client.server_time();
        }
        let Some(user) = account_of(client, context, args, &work).await? else {
            left.never_made.push(work);
            continue;
        };
        let existing = compare(client, wanted(&work, args), user)
            .await
            .map_err(|error| stuck(&work, &error))?;
        if !existing.matches() {
            ask_outside(&mut work, recall).await;
        }
        // A complete one as well: it may be somebody else's who took the name.
        let offset = ClockOffset::of(client.server_time(), SystemTime::now());
        existing
            .may_finish(Some(&work), offset)
            .map_err(|error| stuck(&work, &error))?;
        left.accounts.push((work, existing));
    }
    Ok(left)
}

/// The account of an unfinished work; an absent one is waited for while it may still be on its way.
pub(super) async fn account_of(
    client: &Client,
    context: &Context,
    args: &Args,
    work: &Work,
) -> Result<Option<User>> {
    sight::account_of(client, context, work, args.wait(), args.settle)
        .await
        .map_err(|error| stuck(work, &error))
}

/// What the earlier run wanted, from its journal and the flags of this one.
pub(super) fn wanted(work: &Work, args: &Args) -> WantedAccount {
    let display_name = args
        .display_name
        .as_ref()
        .or(work.how.display_name.as_ref());
    WantedAccount {
        upn: work.upn.clone(),
        display_name: display_name
            .cloned()
            .unwrap_or_else(|| display_name_for(&work.upn)),
        mail_nickname: names::mail_nickname(&work.upn),
        roles: work
            .roles
            .iter()
            .map(|role| WantedRole {
                id: role.id.clone(),
                name: catalogue::display_name(&role.id).to_owned(),
                scope: role.scope.clone(),
            })
            .collect(),
        force_change: work.how.force_change.unwrap_or(false),
        never_expires: !work.how.expires.unwrap_or(false),
        length: BREAK_GLASS_LENGTH,
    }
}

/// Works that are at their end, told from the journal: what became of their accounts since is none of it. Only a vault or the journal
/// may lack the last word.
async fn over(
    works: &[Work],
    args: &Args,
    context: &Context,
    client: &Client,
    tenant: &TenantView,
    caller: Option<String>,
    recall: &Recall<'_>,
) -> Result<Box<dyn Report>> {
    let mut accounts: Vec<OneAccount> = works.iter().map(|work| ended(work, args)).collect();
    if args.consent.dry_run || !works.iter().any(Work::is_complete) {
        return Ok(Box::new(empty(args, tenant.clone(), accounts)));
    }
    let mut executor = Executor {
        context,
        client,
        terms: args.terms(),
        tenant,
        ledger: ledger(args, context, caller.as_deref(), tenant)?,
        free_since: None,
        warnings: Vec::new(),
    };
    for (one, work) in accounts.iter_mut().zip(works) {
        if work.is_complete() {
            executor.round_off(one, work, recall).await;
        }
    }
    Ok(Box::new(concluded(args, context, executor, accounts)))
}

/// What the journal tells of a work that is at its end; nothing is read for it.
fn ended(work: &Work, args: &Args) -> OneAccount {
    if !work.may_have_created() {
        return nothing_made(work, args);
    }
    let mut one = OneAccount::begun(&wanted(work, args), Status::Exists);
    one.id.clone_from(&work.id);
    one.operation_id = Some(work.operation_id.clone());
    one.secret.sinks = work.where_it_is();
    one
}

/// The result of a work whose account is not there: whoever goes on with it must not take it for an administrator.
pub(super) fn nothing_made(work: &Work, args: &Args) -> OneAccount {
    let mut one = OneAccount::begun(&wanted(work, args), Status::Failed);
    one.operation_id = Some(work.operation_id.clone());
    let (what, why) = if work.create == State::Failed {
        ("was not created", "was refused")
    } else if work.was_never_there() {
        (
            "was never created",
            "was interrupted before Graph made the account; nothing of it is in the tenant",
        )
    } else {
        (
            "is not there any more",
            "made the account, and it was deleted since",
        )
    };
    one.error = Some(
        Error::new(ErrorCode::NotFound, format!("{} {what}.", work.upn))
            .why(format!("Operation {} {why}.", work.operation_id))
            .fix("Run create-admin again as before, with a destination that is free.")
            .operation(work.operation_id.clone()),
    );
    one
}

/// The same, when it could be made if only its password could be read.
pub(super) fn unreadable(work: &Work, args: &Args, reasons: &[String]) -> OneAccount {
    let mut one = nothing_made(work, args);
    one.error = one.error.map(|error| {
        let why = format!(
            "Its password of then cannot be read back from {}, so it is not made now. {}",
            work.places(),
            reasons.join(" ")
        );
        error.why(why.trim().to_owned()).fix(
            "Add what opens it (--identity FILE, --share FILE), or run create-admin again as before, with a destination that is free.",
        )
    });
    one
}

fn stuck(work: &Work, cause: &Error) -> Error {
    let known = match (&work.id, work.create) {
        (Some(id), _) => format!("{} ({id}) was created", work.upn),
        (None, State::Done) => format!("{} was created", work.upn),
        (None, _) => format!("{} may have been created", work.upn),
    };
    let why = format!("{} {}", cause.message(), cause.cause().unwrap_or_default());
    Error::new(ErrorCode::PartlyDone, format!("Operation {} is unfinished: {known}, and it cannot be finished safely. Nothing was changed now.", work.operation_id))
        .why(why.trim().to_owned())
        .fix(format!("{} To make another account all the same, give it a NAME.", cause.remedy()))
        .service(cause.said().clone())
        .operation(work.operation_id.clone())
}
