//! Intents as the journal keeps them: with everything that `resume` has to know.

use super::execute::{Executor, whom};
use super::prepare::Prepared;
use super::report::OneReset;
use crate::error::Result;
use crate::journal::{How, stamp};
use crate::ledger::DELIVER;
use crate::plan::Step;

impl Executor<'_> {
    /// Records the intent to take another step. It belongs to the run as well: `resume` has to find a way back that is left to take.
    pub(super) fn intend(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        step: &Step,
        one: &OneReset,
    ) -> Result<()> {
        let how = How {
            run: self.run_id.clone(),
            ..How::default()
        };
        let places: Vec<String> = one.secret.sinks.iter().map(ToString::to_string).collect();
        let (whom, name) = (whom(prepared, operation_id), step.journal_name());
        if how == How::default() {
            return self.ledger.intend_at(whom, &name, &places);
        }
        self.ledger.intend_with(whom, &name, &places, how)
    }

    /// Records the intent to set the password, with what `resume` has to know.
    pub(super) fn intend_password(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        places: &[String],
        escrow: Option<String>,
    ) -> Result<()> {
        let step = &prepared.steps[0];
        let until = self.client.sending_until(self.args.wait()).and_then(stamp);
        let (force_change, force_change_mfa) = forced(step);
        let mut plan: Vec<String> = prepared.steps.iter().map(Step::journal_name).collect();
        plan.extend(escrow.is_some().then(|| DELIVER.to_owned()));
        let how = How {
            run: self.run_id.clone(),
            plan,
            escrow,
            via: Some(prepared.via.as_str().to_owned()),
            force_change: Some(force_change),
            force_change_mfa: Some(force_change_mfa),
            cloud_only: Some(self.args.cloud_only_write),
            changed_before: prepared.user.last_password_change_date_time.clone(),
            until,
            ..How::default()
        };
        self.ledger.intend_with(
            whom(prepared, operation_id),
            &step.journal_name(),
            places,
            how,
        )
    }
}

/// What the user has to do at the next sign-in.
pub(super) fn forced(step: &Step) -> (bool, bool) {
    match step {
        Step::ResetPassword {
            force_change,
            force_change_mfa,
            ..
        } => (*force_change, *force_change_mfa),
        _ => (true, false),
    }
}
