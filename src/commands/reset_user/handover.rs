//! What becomes of a staged password: settled with its destinations, handed over where a sealed copy held it, published at the end.

use super::execute::Executor;
use super::report::{OneReset, Status};
use crate::error::{Error, ErrorCode};
use crate::sink::{Delivery, Fate};

impl Executor<'_> {
    /// Tells the destinations what became of the change; what went wrong with that.
    pub(super) async fn settle(&self, id: &str, fate: Fate, one: &mut OneReset) -> Vec<Error> {
        let mut custody = self.custody.lock().await;
        let settled = custody.settle(id, fate).await;
        one.secret.escrow = custody.escrow_path(id);
        let recorded = self.ledger.note_deliveries(&custody.deliveries());
        let settled = settled.map_err(|error| error.recode(ErrorCode::SecretNotDelivered));
        settled.err().into_iter().chain(recorded.err()).collect()
    }

    /// Ends the run in the destinations; what went wrong, and whose sealed copy is gone now.
    async fn publish(&self) -> (Option<Error>, Vec<Delivery>) {
        let mut custody = self.custody.lock().await;
        let published = custody.publish().await;
        let deliveries = custody.deliveries();
        let recorded = self.ledger.note_deliveries(&deliveries);
        let error = published.err().or(recorded.err());
        (
            error.map(|error| error.recode(ErrorCode::SecretNotDelivered)),
            deliveries,
        )
    }

    /// Publishes the sinks and notes the journal's head.
    pub(super) async fn finish(&self, one: &mut OneReset) {
        let (error, deliveries) = self.publish().await;
        one.forget_copies(&deliveries);
        if let Some(error) = error {
            one.status = if one.status == Status::Done {
                Status::Partial
            } else {
                one.status
            };
            one.error.get_or_insert(error);
        }
        one.journal.head = Some(self.ledger.head());
    }

    /// Publishes the sinks of a bulk run; the journal's head.
    pub(super) async fn finish_many(&self, users: &mut [OneReset]) -> (Option<Error>, String) {
        let (error, deliveries) = self.publish().await;
        for one in users {
            one.forget_copies(&deliveries);
        }
        (error, self.ledger.head())
    }
}

impl OneReset {
    /// Takes the sealed copy out of the report once it is gone.
    fn forget_copies(&mut self, deliveries: &[Delivery]) {
        let own = self.journal.operation_id.as_deref();
        let gone = |one: &Delivery| one.outcome == "done" && own == Some(&one.operation_id);
        if self.secret.escrow.is_some() && deliveries.iter().any(gone) {
            self.secret.escrow = None;
        }
    }
}
