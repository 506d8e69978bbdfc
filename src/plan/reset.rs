//! Setting a password and proving it: send, follow the operation, read back, and tell "yes", "no" and "unknown" apart.
//!
//! The password itself is the idempotency key: the same staged value may be sent again, a new one never. After anything
//! unclear a read decides; for a synced user nothing is sent again, since the on-premises rules might refuse a repetition.

use super::{Outcome, Pauses, Run, Via};
use crate::error::{Error, ErrorCode};
use crate::graph::call::Change;
use crate::graph::methods::{self, Operation};
use crate::graph::users::{self, User};
use crate::graph::{Reply, Sent};
use crate::http::retry::MOST_TRIES;
use crate::secret::Secret;
use std::time::{Duration, Instant, SystemTime};

/// Clock slack when a timestamp is compared with the server's `Date` (contract: minus 5 s).
const SLACK: Duration = Duration::from_secs(5);
/// Slack where only the timestamp speaks for a change: `Date` and the timestamp have whole seconds.
const STRICT_SLACK: Duration = Duration::from_secs(1);
/// Longest pause between two looks at an operation (limits: 2 to 5 seconds are suggested).
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// One password to set.
pub struct Reset<'a> {
    /// Object id, or the identifier given when nothing was read before.
    pub id: &'a str,
    /// Which way.
    pub via: Via,
    /// Whether the other way may be taken when Graph says that the token is an app's.
    pub may_turn_direct: bool,
    /// Whether the user must change it at the next sign-in; the action always demands it.
    pub force_change: bool,
    /// Whether multifactor authentication is demanded before that change.
    pub force_change_mfa: bool,
    /// When the password was changed before, if that was read: only a later time proves a change that nobody confirmed.
    pub changed_before: Option<SystemTime>,
    /// Whether an unclear outcome may be resolved by sending again.
    pub may_repeat: bool,
    /// The password, staged already.
    pub password: &'a Secret,
}

impl Reset<'_> {
    /// Whether a time of change is not the one that was read before the reset.
    fn is_later(&self, at: SystemTime) -> bool {
        self.changed_before.is_none_or(|before| at > before)
    }
}

/// What is known after a successful reset.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// The way that was taken in the end.
    pub via: Option<Via>,
    /// Status of the long-running operation, when there was one and it could be read.
    pub operation: Option<String>,
    /// The user as read back.
    pub user: Option<User>,
    /// Whether a read after the write showed the new timestamp.
    pub proven: bool,
    /// What could not be proven, and why.
    pub warnings: Vec<String>,
}

/// What a look at the account says.
enum Look {
    Changed(Box<User>),
    Unchanged,
    CannotTell,
}

impl Run<'_> {
    /// Sets the password and proves it.
    pub async fn reset(&self, reset: &Reset<'_>) -> Outcome<Done> {
        let deadline = Instant::now() + self.wait;
        match reset.via {
            Via::Direct => self.reset_direct(reset, deadline).await,
            Via::Method => {
                let change = methods::reset_password(reset.id, reset.password);
                match self.send(&change, reset, deadline).await {
                    Ending::Accepted(reply) => self.follow(reset, &reply, deadline).await,
                    Ending::Proven(user) => done(Via::Method, None, *user),
                    Ending::No(error) if reset.may_turn_direct && needs_a_person(&error) => {
                        self.reset_direct(reset, deadline).await
                    }
                    Ending::No(error) => Outcome::Failed(error),
                    Ending::Unclear(error) => Outcome::Unknown(error),
                }
            }
        }
    }

    async fn reset_direct(&self, reset: &Reset<'_>, deadline: Instant) -> Outcome<Done> {
        let change = users::set_password(
            reset.id,
            reset.password,
            reset.force_change,
            reset.force_change_mfa,
        );
        match self.send(&change, reset, deadline).await {
            Ending::Accepted(reply) => {
                let since = reply.date.unwrap_or_else(SystemTime::now);
                self.prove(reset, since, Via::Direct, None, deadline).await
            }
            Ending::Proven(user) => done(Via::Direct, None, *user),
            Ending::No(error) => Outcome::Failed(error),
            Ending::Unclear(error) => Outcome::Unknown(error),
        }
    }

    /// Sends until the answer is clear, or the time is up.
    async fn send<T: serde::de::DeserializeOwned>(
        &self,
        change: &Change<T>,
        reset: &Reset<'_>,
        deadline: Instant,
    ) -> Ending<T> {
        let started = Instant::now();
        let mut pauses = Pauses::new(Duration::from_millis(500), LONGEST_PAUSE, deadline);
        let mut unclear: Option<Error> = None;
        for round in 1.. {
            match self.client.change(change, pauses.left()).await {
                Sent::Done(reply) => return Ending::Accepted(reply),
                // A clear no, but only when nothing before it may have been a yes.
                Sent::Declined(_, error) | Sent::NotSent(error) => match unclear {
                    None => return Ending::No(error),
                    Some(before) => {
                        return match self.look(reset, started).await {
                            Look::Changed(user) => Ending::Proven(user),
                            _ => Ending::Unclear(unknown(before)),
                        };
                    }
                },
                Sent::Unclear(error) => {
                    // The read may lag behind the write, so "unchanged" is asked twice before anything is sent again.
                    for _ in 0..2 {
                        if !pauses.pause(None).await {
                            return Ending::Unclear(unknown(error));
                        }
                        match self.look(reset, started).await {
                            Look::Changed(user) => return Ending::Proven(user),
                            Look::Unchanged => {}
                            Look::CannotTell => return Ending::Unclear(unknown(error)),
                        }
                    }
                    // After 429 and 503 the client has sent again as often as it may.
                    let worn_out = matches!(error.said().http_status, Some(429 | 503));
                    if !reset.may_repeat || worn_out || self.stop.get() || round >= MOST_TRIES {
                        return Ending::Unclear(unknown(error));
                    }
                    unclear = Some(error);
                }
            }
        }
        Ending::Unclear(unknown(Error::new(
            ErrorCode::OutcomeUnknown,
            "The reset did not end.",
        )))
    }

    /// Reads whether the password changed since a moment, by the server's own clock. Nobody said yes, so the proof is strict.
    async fn look(&self, reset: &Reset<'_>, since: Instant) -> Look {
        let Ok(reply) = self
            .client
            .fetch_within(&users::get(reset.id, users::PROOF), Duration::from_secs(30))
            .await
        else {
            return Look::CannotTell;
        };
        let began = reply
            .date
            .unwrap_or_else(SystemTime::now)
            .checked_sub(since.elapsed());
        match (changed_at(&reply.value), began) {
            (Some(at), Some(began)) => {
                if reset.is_later(at) && at + STRICT_SLACK >= began {
                    Look::Changed(Box::new(reply.value))
                } else {
                    Look::Unchanged
                }
            }
            _ => Look::CannotTell,
        }
    }

    /// Follows the long-running operation; where it may not be read, the timestamp decides.
    async fn follow<T>(
        &self,
        reset: &Reset<'_>,
        reply: &Reply<T>,
        deadline: Instant,
    ) -> Outcome<Done> {
        let since = reply.date.unwrap_or_else(SystemTime::now);
        let Some(link) = reply.location.as_deref() else {
            let why = "Graph accepted the reset and named no operation to follow.";
            let error = Error::new(ErrorCode::UnexpectedReply, why);
            return self.prove_strictly(reset, since, error, deadline).await;
        };
        let shape = methods::operation(reset.id, "operation");
        let mut pauses = Pauses::new(Duration::from_millis(500), LONGEST_PAUSE, deadline);
        let mut asked = reply.retry_after;
        let mut refused = 0;
        loop {
            if !pauses.pause(asked).await {
                return Outcome::Unknown(
                    Error::new(ErrorCode::OutcomeUnknown, "The reset was accepted and did not finish in time.")
                        .why(format!("The operation still ran after {} s.", self.wait.as_secs()))
                        .fix("Keep the new password, look at the account in some minutes; a longer --wait is possible."),
                );
            }
            match self
                .client
                .follow::<Operation>(link, &shape, pauses.left())
                .await
            {
                Ok(found) => {
                    asked = found.retry_after;
                    let status = found.value.status.clone().unwrap_or_default();
                    match status.to_ascii_lowercase().as_str() {
                        "succeeded" => {
                            return self
                                .prove(reset, since, Via::Method, Some(status), deadline)
                                .await;
                        }
                        "failed" => {
                            let detail = found
                                .value
                                .status_detail
                                .unwrap_or_else(|| "no detail was given".to_owned());
                            return Outcome::Failed(
                                Error::new(ErrorCode::PasswordRefused, "Entra accepted the reset and then failed it.")
                                    .why(format!("The operation says: {}.", crate::render::text::cell(&detail)))
                                    .fix("Use a generated password; for a synced user check the on-premises password rules and writeback."),
                            );
                        }
                        _ => {}
                    }
                }
                // A link to another server was not followed; the timestamp can still tell.
                Err(error) if error.code() == ErrorCode::Untrusted => {
                    return Outcome::Unknown(unknown(error));
                }
                // Not found for some seconds after the 202 is plausible; not permitted stays so.
                Err(error)
                    if matches!(error.code(), ErrorCode::NotFound | ErrorCode::NotPermitted) =>
                {
                    refused += 1;
                    asked = None;
                    if error.code() == ErrorCode::NotPermitted || refused >= 3 {
                        return self.prove_strictly(reset, since, error, deadline).await;
                    }
                }
                Err(error) => return Outcome::Unknown(unknown(error)),
            }
        }
    }

    /// After a clear yes: reads the timestamp back until it shows the change.
    /// With no operation read, what was read before must have moved on too: it may tell of another change a moment ago.
    async fn prove(
        &self,
        reset: &Reset<'_>,
        since: SystemTime,
        via: Via,
        operation: Option<String>,
        deadline: Instant,
    ) -> Outcome<Done> {
        let mut pauses = Pauses::new(Duration::from_millis(300), LONGEST_PAUSE, deadline);
        let finished = operation.is_some();
        let strict = via == Via::Method && !finished;
        loop {
            let mut result = Done {
                via: Some(via),
                operation: operation.clone(),
                ..Done::default()
            };
            match self
                .client
                .fetch_within(&users::get(reset.id, users::PROOF), Duration::from_secs(30))
                .await
            {
                Ok(reply) => match changed_at(&reply.value) {
                    Some(at) if at + SLACK >= since && (!strict || reset.is_later(at)) => {
                        return done(via, operation, reply.value);
                    }
                    Some(_) => {
                        if !pauses.pause(None).await {
                            if !finished {
                                return Outcome::Unknown(
                                    Error::new(ErrorCode::OutcomeUnknown, "Graph accepted the reset, and the account does not show it.")
                                        .why("lastPasswordChangeDateTime is still older than the request.")
                                        .fix("Keep the new password, try it, and look at the account in some minutes."),
                                );
                            }
                            result.user = Some(reply.value);
                            result.warnings.push("The operation succeeded; lastPasswordChangeDateTime does not show it yet.".to_owned());
                            return Outcome::Done(result);
                        }
                    }
                    None => {
                        result.user = Some(reply.value);
                        result.warnings.push("Graph did not return lastPasswordChangeDateTime, so the reset was not read back.".to_owned());
                        return Outcome::Done(result);
                    }
                },
                Err(error) => {
                    let words = format!(
                        "The reset was not read back: {}",
                        error.cause().unwrap_or_else(|| error.message().to_owned())
                    );
                    result.warnings.push(words);
                    return Outcome::Done(result);
                }
            }
        }
    }

    /// Where the operation may not be read only the timestamp can tell: no proof is no yes.
    async fn prove_strictly(
        &self,
        reset: &Reset<'_>,
        since: SystemTime,
        refused: Error,
        deadline: Instant,
    ) -> Outcome<Done> {
        match self.prove(reset, since, Via::Method, None, deadline).await {
            Outcome::Done(done) if done.proven => Outcome::Done(done),
            Outcome::Unknown(error) => Outcome::Unknown(error),
            _ => Outcome::Unknown(unknown(refused)),
        }
    }
}

/// How sending ended.
enum Ending<T> {
    Accepted(Reply<T>),
    Proven(Box<User>),
    No(Error),
    Unclear(Error),
}

fn done(via: Via, operation: Option<String>, user: User) -> Outcome<Done> {
    Outcome::Done(Done {
        via: Some(via),
        operation,
        user: Some(user),
        proven: true,
        warnings: Vec::new(),
    })
}

fn unknown(cause: Error) -> Error {
    let why = format!("{} {}", cause.message(), cause.cause().unwrap_or_default());
    Error::new(
        ErrorCode::OutcomeUnknown,
        "The reset was sent, and whether it took effect is not known.",
    )
    .why(why.trim().to_owned())
    .service(cause.said().clone())
}

/// The refusal that an app-only token meets at the action (seen text, see the error facts).
fn needs_a_person(error: &Error) -> bool {
    let said = error.said();
    said.http_status == Some(400)
        && said.message.as_deref().is_some_and(|text| {
            text.to_ascii_lowercase()
                .contains("in token was missing or invalid")
        })
}

/// When the password was changed, as Graph says.
#[must_use]
pub fn changed_at(user: &User) -> Option<SystemTime> {
    let text = user.last_password_change_date_time.as_deref()?;
    let at: jiff::Timestamp = text.parse().ok()?;
    SystemTime::try_from(at).ok()
}

#[cfg(test)]
mod tests;
