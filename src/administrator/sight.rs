//! Until when a creation may have been sent, and how long an account that cannot be seen may still be on its way.

use super::existing::ClockOffset;
use super::history::{State, Work};
use crate::context::Context;
use crate::error::{Error, ErrorCode};
use crate::graph::Client;
use crate::graph::users::User;
use crate::journal;
use crate::plan::Run;
use crate::plan::create::Visible;
use std::time::{Duration, SystemTime};

/// How long an account may stay unseen after it was made.
const REPLICATION: Duration = Duration::from_secs(60);
/// What a run may send for, where its journal does not tell: the default of `--wait`.
const LONGEST: Duration = Duration::from_secs(180);

/// Until when a run may have sent the creation, by the server's clock.
pub(super) fn sent_until(work: &Work, offset: ClockOffset) -> Option<SystemTime> {
    let told = work.how.until.as_deref().and_then(journal::time);
    told.or_else(|| offset.to_server(work.intended?)?.checked_add(LONGEST))
}

/// How long the account of a work may still be on its way from now on.
pub(super) fn on_its_way(
    work: &Work,
    server: Option<SystemTime>,
    settle: Option<Duration>,
) -> Duration {
    let ours = SystemTime::now();
    let offset = ClockOffset::of(server, ours);
    let last = match (work.create, work.created) {
        // The reply has told it, so nothing was sent after that.
        (State::Done, Some(at)) => offset.to_server(at),
        _ => sent_until(work, offset),
    };
    let seen = last.and_then(|last| last.checked_add(settle.unwrap_or(REPLICATION)));
    seen.zip(offset.to_server(ours))
        .and_then(|(seen, now)| seen.duration_since(now).ok())
        .unwrap_or_default()
}

/// The account of an unfinished work; an absent one is waited for while it may still be on its way, at most for `wait`.
pub(crate) async fn account_of(
    client: &Client,
    context: &Context,
    work: &Work,
    wait: Duration,
    settle: Option<Duration>,
) -> Result<Option<User>, Error> {
    let run = Run {
        client,
        wait: on_its_way(work, client.server_time(), settle).min(wait),
        stop: &context.stop,
    };
    match run
        .wait_until_visible(work.id.as_deref().unwrap_or(&work.upn))
        .await
    {
        Visible::Yes(user) => Ok(Some(*user)),
        Visible::NotYet(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Visible::NotYet(error) | Visible::CannotRead(error) => Err(error),
    }
}
