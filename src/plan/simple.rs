//! Steps that end in the same state when repeated: revoke sessions, enable, delete, access pass.

use super::{Outcome, Pauses, Run};
use crate::error::{Error, ErrorCode};
use crate::graph::call::Change;
use crate::graph::methods::{self, AccessPass, PassTerms};
use crate::graph::{Reply, Sent, users};
use crate::secret::Secret;
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};

/// How long the end of sessions is looked for; the service takes a few minutes to carry it everywhere (Graph reference).
const READ_BACK: Duration = Duration::from_secs(5);
/// Seconds by which the time that is shown may lie before the reply's.
const SLACK: i64 = 5;

impl Run<'_> {
    async fn simple<T: DeserializeOwned>(&self, change: &Change<T>) -> Outcome<Reply<T>> {
        match self.client.change(change, self.wait).await {
            Sent::Done(reply) => Outcome::Done(reply),
            Sent::Declined(_, error) | Sent::NotSent(error) => Outcome::Failed(error),
            Sent::Unclear(error) => Outcome::Unknown(
                Error::new(
                    ErrorCode::OutcomeUnknown,
                    format!(
                        "{} was sent, and whether it took effect is not known.",
                        change.spec().describe()
                    ),
                )
                .why(
                    format!("{} {}", error.message(), error.cause().unwrap_or_default())
                        .trim()
                        .to_owned(),
                )
                .fix("Run the command again: this step may be repeated.")
                .service(error.said().clone()),
            ),
        }
    }

    /// Ends all sessions; the value is when sessions are valid from, by the server's clock.
    pub async fn revoke_sessions(&self, id: &str) -> Outcome<Option<String>> {
        match self.simple(&users::revoke_sessions(id)).await {
            Outcome::Done(reply) => {
                let at = reply
                    .date
                    .and_then(|date| jiff::Timestamp::try_from(date).ok())
                    .map(|at| at.to_string());
                Outcome::Done(at)
            }
            Outcome::Failed(error) => Outcome::Failed(error),
            Outcome::Unknown(error) => Outcome::Unknown(error),
        }
    }

    /// The same, and reads back since when sessions are valid; `false` when the account does not show it yet.
    pub async fn revoke_and_read(&self, id: &str) -> Outcome<(Option<String>, bool)> {
        let replied = match self.revoke_sessions(id).await {
            Outcome::Done(replied) => replied,
            Outcome::Failed(error) => return Outcome::Failed(error),
            Outcome::Unknown(error) => return Outcome::Unknown(error),
        };
        let since: Option<jiff::Timestamp> = replied.as_deref().and_then(|at| at.parse().ok());
        let deadline = Instant::now() + READ_BACK.min(self.wait);
        let mut pauses = Pauses::new(Duration::from_millis(300), READ_BACK, deadline);
        loop {
            let read = self
                .client
                .fetch_within(
                    &users::get(id, "id,signInSessionsValidFromDateTime"),
                    READ_BACK,
                )
                .await;
            let Ok(reply) = read else {
                return Outcome::Done((replied, false));
            };
            let shown = reply.value.sign_in_sessions_valid_from_date_time;
            let at: Option<jiff::Timestamp> = shown.as_deref().and_then(|at| at.parse().ok());
            let late = match (at, since) {
                (Some(at), Some(since)) => at.as_second() + SLACK >= since.as_second(),
                _ => false,
            };
            if late {
                return Outcome::Done((shown, true));
            }
            if self.stop.get() || !pauses.pause(None).await {
                return Outcome::Done((replied, false));
            }
        }
    }

    /// Enables the account.
    pub async fn enable(&self, id: &str) -> Outcome<()> {
        match self.simple(&users::set_enabled(id, true)).await {
            Outcome::Done(_) => Outcome::Done(()),
            Outcome::Failed(error) => Outcome::Failed(error),
            Outcome::Unknown(error) => Outcome::Unknown(error),
        }
    }

    /// Sets the password policies and reads them back; `None` when they could not be read.
    pub async fn set_password_policies(&self, id: &str, policies: &str) -> Outcome<Option<String>> {
        match self
            .simple(&users::set_password_policies(id, policies))
            .await
        {
            Outcome::Done(_) => {
                let read = self
                    .client
                    .fetch_within(&users::get(id, "id,passwordPolicies"), READ_BACK)
                    .await;
                Outcome::Done(
                    read.ok()
                        .map(|reply| reply.value.password_policies.unwrap_or_default()),
                )
            }
            Outcome::Failed(error) => Outcome::Failed(error),
            Outcome::Unknown(error) => Outcome::Unknown(error),
        }
    }

    /// Deletes a user that this run created; one that is gone already is as good.
    pub async fn delete_user(&self, id: &str) -> Outcome<()> {
        match self.simple(&users::delete(id)).await {
            Outcome::Done(_) => Outcome::Done(()),
            Outcome::Failed(error) if error.code() == ErrorCode::NotFound => Outcome::Done(()),
            Outcome::Failed(error) => Outcome::Failed(error),
            Outcome::Unknown(error) => Outcome::Unknown(error),
        }
    }

    /// Issues a Temporary Access Pass; the code is only in this reply.
    pub async fn issue_access_pass(
        &self,
        id: &str,
        terms: &PassTerms,
    ) -> Outcome<(Secret, AccessPass)> {
        match self.simple(&methods::issue_access_pass(id, terms)).await {
            Outcome::Done(mut reply) => match reply.value.temporary_access_pass.take() {
                Some(code) => Outcome::Done((Secret::new(code), reply.value)),
                None => Outcome::Unknown(
                    Error::new(
                        ErrorCode::OutcomeUnknown,
                        "An access pass was issued, and Graph did not return its code.",
                    )
                    .why("The code comes only in the reply of its creation.")
                    .fix("Issue it again: the new one replaces it."),
                ),
            },
            Outcome::Failed(error) => Outcome::Failed(error),
            Outcome::Unknown(error) => Outcome::Unknown(error),
        }
    }
}
