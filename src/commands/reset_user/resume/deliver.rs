//! What is left to do for the destinations of a password that is in force now: versions in a vault are enabled, and what only a sealed
//! copy holds is handed over. Never hands over what is not in force.

use super::super::execute::whom;
use super::super::report::OneReset;
use super::settle::Resumption;
use crate::error::{Error, ErrorCode};
use crate::journal::State;
use crate::ledger::DELIVER;
use crate::recall::Owed;
use crate::secret::Secret;

impl Resumption<'_> {
    /// Brings the password to its destinations; what went wrong with that.
    pub(super) async fn deliver(&self, one: &mut OneReset, secret: Option<&Secret>) -> Vec<Error> {
        let mut problems = Vec::new();
        let operation = self.operation;
        let id = operation.target.id.as_deref();
        let in_force = self.recall.in_force(
            &operation.sinks,
            id.unwrap_or(self.prepared.path_id()),
            &operation.operation_id,
        );
        if let Err(error) = in_force.await {
            problems.push(error.recode(ErrorCode::SecretNotDelivered));
        }
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
