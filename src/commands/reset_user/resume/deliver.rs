//! What is left to do for the destinations of a password that is in force now: versions in a vault are enabled, and what only a sealed
//! copy holds is handed over. Never hands over what is not in force.

use super::super::execute::whom;
use super::super::report::{OneReset, Status};
use super::settle::{PASSWORD, Resumption};
use super::{name, places};
use crate::error::{Error, ErrorCode, Result};
use crate::journal::{Operation, State};
use crate::ledger::DELIVER;
use crate::recall::{Owed, Recall};
use crate::secret::Secret;

/// Versions in a vault that waited for the password to be in force are enabled.
async fn enable(operation: &Operation, recall: &Recall<'_>) -> Result<()> {
    for id in operation.names() {
        recall
            .in_force(&operation.sinks, id, &operation.operation_id)
            .await
            .map_err(|error| error.recode(ErrorCode::SecretNotDelivered))?;
    }
    Ok(())
}

/// Nothing is left to do: told from the journal alone.
pub(super) fn finished(operation: &Operation) -> OneReset {
    let set = operation.step(PASSWORD).map(|step| step.state) == Some(State::Done);
    let done = set && operation.standing() == "done";
    let error = Error::new(
        ErrorCode::TargetChanged,
        "The password was not changed by this operation, and nothing of it is left to do.",
    );
    let mut one = OneReset::refused(&name(operation), error);
    one.user.user_principal_name = operation.target.user_principal_name.clone();
    one.journal.operation_id = Some(operation.operation_id.clone());
    one.secret.sinks = places(operation);
    if done {
        one.status = Status::Done;
        one.error = None;
    }
    one
}

/// What the journal tells of an operation that is at its end; a vault is asked whether it knows that too.
pub(super) async fn over(operation: &Operation, recall: &Recall<'_>) -> OneReset {
    let mut one = finished(operation);
    if one.status == Status::Done
        && let Err(error) = enable(operation, recall).await
    {
        one.status = Status::Partial;
        one.error = Some(error.operation(operation.operation_id.clone()));
    }
    one
}

impl Resumption<'_> {
    /// Brings the password to its destinations; what went wrong with that.
    pub(super) async fn deliver(&self, one: &mut OneReset, secret: Option<&Secret>) -> Vec<Error> {
        let mut problems = Vec::new();
        problems.extend(enable(self.operation, self.recall).await.err());
        let Some(state) = self.operation.step(DELIVER).map(|step| step.state) else {
            return problems;
        };
        let copy = self.recall.copy_of(self.operation);
        let handed_over = match (state, &copy) {
            // The copy goes after the destinations have the secret, so one that is gone is no longer needed.
            (State::Done | State::Skipped, _) | (_, None) => true,
            // It was handed over while it was not known whether it is in force.
            (State::Unknown, _) => self.asked.secret_to.is_empty(),
            _ => false,
        };
        let done = match &copy {
            Some(copy) if handed_over => {
                self.recall.forget(copy);
                Ok(())
            }
            Some(copy) => {
                let owed = Owed {
                    operation_id: &self.operation.operation_id,
                    id: self.prepared.path_id(),
                    upn: self.prepared.upn(),
                    tenant: self.operation.tenant.as_deref(),
                    copy,
                };
                let mut custody = self.executor.custody.lock().await;
                let done = self.recall.hand_over(&owed, secret, &mut custody).await;
                if done.is_ok() {
                    one.secret.sinks = custody.places();
                }
                done
            }
            None => Ok(()),
        };
        one.secret.escrow = self
            .recall
            .copy_of(self.operation)
            .map(|copy| copy.to_string_lossy().into_owned());
        if state != State::Done {
            let whom = whom(self.prepared, &self.operation.operation_id);
            let outcome = if done.is_ok() { "done" } else { "failed" };
            let recorded = self.executor.ledger.conclude(
                whom,
                DELIVER,
                outcome,
                done.as_ref().err(),
                Vec::new(),
            );
            problems.extend(recorded.err());
        }
        problems.splice(0..0, done.err());
        problems
    }
}
