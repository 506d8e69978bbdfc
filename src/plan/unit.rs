//! Out of a restricted management unit and back in. Both end in the same state when repeated: a user who is out already, or in
//! already, is where the step wants the user to be.

use super::{Outcome, Pauses, Run};
use crate::error::{Error, ErrorCode};
use crate::graph::call::Change;
use crate::graph::{Sent, units, users};
use serde::de::IgnoredAny;
use std::time::{Duration, Instant};

/// Longest wait until an account that left its units is no longer restricted.
const SETTLES: Duration = Duration::from_secs(60);
/// Time for putting an account back, however little was left for the rest: it must not stay outside.
const BACK_IN: Duration = Duration::from_secs(120);

impl Run<'_> {
    /// Takes the user out of the unit.
    pub async fn leave_unit(&self, unit: &str, user: &str) -> Outcome<()> {
        match self
            .set_membership(&units::remove_member(unit, user), self.wait)
            .await
        {
            Outcome::Failed(error) if error.code() == ErrorCode::NotFound => Outcome::Done(()),
            other => other,
        }
    }

    /// Puts the user back into the unit, trying again for a time of its own; Ctrl-C does not end it.
    pub async fn join_unit(&self, unit: &str, user: &str) -> Outcome<()> {
        let deadline = Instant::now() + BACK_IN;
        let mut pauses = Pauses::new(
            Duration::from_millis(500),
            Duration::from_secs(10),
            deadline,
        );
        let change = units::add_member(&self.client.endpoints().graph, unit, user);
        loop {
            let outcome = self.set_membership(&change, pauses.left()).await;
            let error = match outcome {
                Outcome::Done(()) => return Outcome::Done(()),
                Outcome::Failed(error) | Outcome::Unknown(error) => error,
            };
            // The refusal of a duplicate has no code of its own; a read tells it from others.
            if error.said().http_status == Some(400) && self.is_in(unit, user).await {
                return Outcome::Done(());
            }
            // A refusal for lack of a right does not change by waiting.
            let final_no = matches!(
                error.code(),
                ErrorCode::NotPermitted | ErrorCode::TokenRefused | ErrorCode::RestrictedUnit
            );
            if final_no || !pauses.pause(None).await {
                return Outcome::Failed(error);
            }
        }
    }

    /// Waits until Graph no longer calls the user restricted; true when it says so.
    pub async fn until_unrestricted(&self, user: &str) -> bool {
        let deadline = Instant::now() + SETTLES.min(self.wait);
        let mut pauses = Pauses::new(Duration::from_millis(300), Duration::from_secs(5), deadline);
        loop {
            let read = self
                .client
                .fetch_within(
                    &users::get(user, "id,isManagementRestricted"),
                    pauses.left(),
                )
                .await;
            match read {
                Ok(reply) if reply.value.is_management_restricted != Some(true) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
            if self.stop.get() || !pauses.pause(None).await {
                return false;
            }
        }
    }

    async fn is_in(&self, unit: &str, user: &str) -> bool {
        let Ok(pages) = self.client.pages(&users::units(user)) else {
            return false;
        };
        pages
            .all()
            .await
            .is_ok_and(|units| units.iter().any(|one| one.id.eq_ignore_ascii_case(unit)))
    }

    async fn set_membership(&self, change: &Change<IgnoredAny>, budget: Duration) -> Outcome<()> {
        match self.client.change(change, budget).await {
            Sent::Done(_) => Outcome::Done(()),
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
                .service(error.said().clone()),
            ),
        }
    }
}
