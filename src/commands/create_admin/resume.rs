//! Finishing what an earlier run began: an account that may exist because of us is brought to its end, or named.
//!
//! Looks and decides; what is to be sent is sent by [`super::execute`].

use super::Args;
use super::existing::{ClockOffset, Existing, compare};
use super::history::{State, Work, display_name_for};
use super::report::{OneAccount, Status};
use super::wanted::{WantedAccount, WantedRole};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::graph::users::User;
use crate::plan::Run;
use crate::plan::create::Visible;
use crate::policy::password::BREAK_GLASS_LENGTH;
use crate::policy::{names, roles as catalogue};
use std::time::{Duration, SystemTime};

/// How long after its intent an account that cannot be seen may still be on its way.
const REPLICATION: Duration = Duration::from_secs(60);

/// What an earlier run left.
pub(super) struct Left {
    /// Accounts to finish, or to find finished.
    pub(super) accounts: Vec<(Work, Existing)>,
    /// Works whose account does not exist.
    pub(super) never_made: Vec<Work>,
}

/// Looks at every unfinished account of this tenant.
pub(super) async fn left_over(
    client: &Client,
    context: &Context,
    args: &Args,
    works: &[Work],
) -> Result<Left> {
    let mut left = Left {
        accounts: Vec::new(),
        never_made: Vec::new(),
    };
    for work in works.iter().filter(|work| work.is_unfinished()) {
        let Some(user) = account_of(client, context, args, work).await? else {
            left.never_made.push(work.clone());
            continue;
        };
        let existing = compare(client, wanted(work, args), user)
            .await
            .map_err(|error| stuck(work, &error))?;
        if !existing.matches() {
            let offset = ClockOffset::of(server_clock(client).await, SystemTime::now());
            existing
                .may_finish(Some(work), offset)
                .map_err(|error| stuck(work, &error))?;
        }
        left.accounts.push((work.clone(), existing));
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
    let age = work
        .began
        .and_then(|began| SystemTime::now().duration_since(began).ok())
        .unwrap_or_default();
    let wait = REPLICATION.saturating_sub(age).min(args.wait());
    let run = Run {
        client,
        wait,
        stop: &context.stop,
    };
    match run
        .wait_until_visible(work.id.as_deref().unwrap_or(&work.upn))
        .await
    {
        Visible::Yes(user) => Ok(Some(*user)),
        Visible::NotYet(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Visible::NotYet(error) | Visible::CannotRead(error) => Err(stuck(work, &error)),
    }
}

/// The server's clock now; a read of the tenant tells it.
async fn server_clock(client: &Client) -> Option<SystemTime> {
    client
        .fetch(&crate::graph::tenant::organization())
        .await
        .ok()
        .and_then(|reply| reply.date)
}

/// What the earlier run wanted, from its journal and the flags of this one.
fn wanted(work: &Work, args: &Args) -> WantedAccount {
    WantedAccount {
        upn: work.upn.clone(),
        display_name: args
            .display_name
            .clone()
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
        force_change: false,
        never_expires: true,
        length: BREAK_GLASS_LENGTH,
    }
}

/// The result of a work whose account never came into being: whoever goes on with it must not take it for an administrator.
pub(super) fn nothing_made(work: &Work, args: &Args) -> OneAccount {
    let mut one = OneAccount::begun(&wanted(work, args), Status::Failed);
    one.operation_id = Some(work.operation_id.clone());
    one.error = Some(
        Error::new(ErrorCode::NotFound, format!("{} was never created.", work.upn))
            .why(format!(
                "Operation {} was interrupted before Graph made the account; nothing of it is in the tenant.",
                work.operation_id
            ))
            .fix("Run create-admin again as before, with a destination that is free.")
            .operation(work.operation_id.clone()),
    );
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
