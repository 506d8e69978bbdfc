//! Closing in the journal what an earlier run left open and a look has settled: an account that is complete, or that is not there.

use super::account::{OneAccount, Status};
use super::execute::Executor;
use super::existing::Existing;
use super::history::{CREATE, DELETE, State, Work, role_step};
use super::record::{About, conclude_account};
use super::sight::on_its_way;
use crate::error::{Error, Result};
use crate::ledger::DELIVER;
use crate::recall::Recall;
use crate::sink::escrow;
use std::time::Duration;

impl Executor<'_> {
    /// Says what became of the password of an account that is not there; `may_come` when it may be there again, or still.
    pub(super) fn opens_nothing(&mut self, work: &Work, may_come: bool) {
        let (code, message) = match &work.copy {
            Some(copy) if may_come => {
                let what = format!(
                    "{} of operation {} is not there.",
                    work.upn, work.operation_id
                );
                let stays = format!(
                    "{what} Its password stays sealed, for the case that it shows or is restored."
                );
                (
                    "sealedCopyKept",
                    format!("{stays} {}", escrow::way_in(copy, None)),
                )
            }
            copy => {
                if let Some(copy) = copy {
                    Recall::plain(self.context, false).forget(copy);
                }
                (
                    "earlierRunMadeNothing",
                    format!(
                        "Operation {} was interrupted before {} came into being. What it put into {} opens nothing.",
                        work.operation_id,
                        work.upn,
                        work.places()
                    ),
                )
            }
        };
        self.warn(code, &work.upn, message);
    }

    /// Closes in the journal the work of an account that turned out to be complete.
    pub(crate) fn note_complete(&mut self, existing: &Existing, work: &Work) -> Result<()> {
        let about = About {
            operation_id: &work.operation_id,
            upn: &existing.wanted.upn,
            id: Some(&existing.user.id),
        };
        let mut problems = self.note_found(&about, existing, work);
        problems.extend(self.note_whole(&about, work));
        problems.into_iter().next().map_or(Ok(()), Err)
    }

    /// Closes in the journal what an earlier run left open and a read has settled now.
    pub(super) fn note_found(
        &mut self,
        about: &About<'_>,
        existing: &Existing,
        work: &Work,
    ) -> Vec<Error> {
        let sent = self.client.request_ids().len();
        let mut problems = Vec::new();
        if work.create != State::Done {
            problems.extend(self.conclude(about, CREATE, "done", None, sent).err());
        }
        for role in &work.roles {
            let missing = existing
                .missing_roles
                .iter()
                .any(|own| own.id.eq_ignore_ascii_case(&role.id) && own.scope == role.scope);
            if !missing && role.state != State::Done {
                problems.extend(
                    self.conclude(about, &role_step(&role.id, &role.scope), "done", None, sent)
                        .err(),
                );
            }
        }
        problems
    }

    /// Closes what an account that is complete needs no more: taking it back, and the handing over of a copy that is gone.
    pub(super) fn note_whole(&mut self, about: &About<'_>, work: &Work) -> Vec<Error> {
        let sent = self.client.request_ids().len();
        let mut problems = Vec::new();
        if work.delete_left {
            problems.extend(self.conclude(about, DELETE, "skipped", None, sent).err());
        }
        // A copy is taken away only once its destinations have what it held.
        if work.handed_over_unrecorded() {
            problems.extend(self.conclude(about, DELIVER, "done", None, sent).err());
        }
        problems
    }

    /// Takes the last steps of a work that was brought to its end: a version in a vault is enabled, and the journal gets its ends.
    pub(crate) async fn round_off(
        &mut self,
        one: &mut OneAccount,
        work: &Work,
        recall: &Recall<'_>,
    ) {
        self.enable(one, work, recall).await;
        let about = About {
            operation_id: &work.operation_id,
            upn: &work.upn,
            id: work.id.as_deref(),
        };
        let problems = self.note_whole(&about, work);
        if one.error.is_none() {
            conclude_account(one, problems);
        }
        if one.error.is_some() {
            one.status = Status::Partial;
        }
    }

    /// Closes the handing over of a password that opens nothing.
    pub(super) fn nothing_to_deliver(&mut self, about: &About<'_>, work: &Work) -> Result<()> {
        if work.escrow.is_none() || work.delivered == State::Done {
            return Ok(());
        }
        let sent = self.client.request_ids().len();
        self.conclude(about, DELIVER, "skipped", None, sent)
    }

    /// Records that an earlier run's account does not exist.
    pub(crate) fn never_made(&mut self, work: &Work) -> Result<()> {
        let about = About {
            operation_id: &work.operation_id,
            upn: &work.upn,
            id: work.id.as_deref(),
        };
        let sent = self.client.request_ids().len();
        self.conclude(&about, CREATE, "failed", None, sent)?;
        for role in &work.roles {
            self.conclude(
                &about,
                &role_step(&role.id, &role.scope),
                "skipped",
                None,
                sent,
            )?;
        }
        self.nothing_to_deliver(&about, work)?;
        // It was made and may be restored, or may still be on its way: then its only copy is no waste.
        let may_come = work.id.is_some()
            || work.create == State::Done
            || on_its_way(work, self.client.server_time(), None) > Duration::ZERO;
        self.opens_nothing(work, may_come);
        Ok(())
    }
}
