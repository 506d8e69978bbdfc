//! The journal as one command writes it: who acts, why, for which ticket; then an intent before each step and what came of it.
//!
//! Sends nothing. An intent that could not be recorded is an error, after which nothing may be sent.

use crate::consent::ConsentArgs;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::graph::Client;
use crate::journal::{How, Intent, Journal, StepResult};
use crate::plan::Outcome;
use crate::sink::{Delivery, Place};
use std::cell::RefCell;

/// The step that hands over what a sealed copy held; planned from the first intent on, so that a run that died has it left.
pub(crate) const DELIVER: &str = "deliverSecret";

/// The account a step is about, and the work it belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whom<'a> {
    /// Operation id, the same for all steps of one work.
    pub(crate) operation_id: &'a str,
    /// Object id, when it is known.
    pub(crate) id: Option<&'a str>,
    /// User principal name, when it is known.
    pub(crate) upn: Option<&'a str>,
}

/// The journal, opened for one command.
pub(crate) struct Ledger {
    journal: RefCell<Journal>,
    command: &'static str,
    tenant: Option<String>,
    caller: Option<String>,
    reason: Option<String>,
    ticket: Option<String>,
}

impl Ledger {
    /// Opens the journal. After an error nothing may be sent.
    pub(crate) fn open(
        context: &Context,
        command: &'static str,
        caller: Option<&str>,
        consent: &ConsentArgs,
    ) -> Result<Self> {
        let tenant = context.settings.tenant.as_ref();
        Ok(Ledger {
            journal: RefCell::new(context.journal()?),
            command,
            tenant: tenant.map(|(tenant, _)| tenant.as_str().to_owned()),
            caller: caller.map(str::to_owned),
            reason: consent.reason.clone(),
            ticket: consent.ticket.clone(),
        })
    }

    /// Names the tenant by what was read of it.
    pub(crate) fn in_tenant(mut self, tenant: &str) -> Self {
        self.tenant = Some(tenant.to_owned());
        self
    }

    /// Records that a step is about to be taken.
    pub(crate) fn intend(&self, whom: Whom<'_>, step: &str, sinks: &[Place]) -> Result<()> {
        let sinks: Vec<String> = sinks.iter().map(ToString::to_string).collect();
        self.intend_at(whom, step, &sinks)
    }

    /// Records the first step of a work with how all of it is to be done, for `resume`.
    pub(crate) fn intend_with(
        &self,
        whom: Whom<'_>,
        step: &str,
        sinks: &[String],
        how: How,
    ) -> Result<()> {
        self.write(whom, step, sinks, Some(how))
    }

    /// The same with the places as the journal keeps them.
    pub(crate) fn intend_at(&self, whom: Whom<'_>, step: &str, sinks: &[String]) -> Result<()> {
        self.write(whom, step, sinks, None)
    }

    fn write(&self, whom: Whom<'_>, step: &str, sinks: &[String], how: Option<How>) -> Result<()> {
        let intent = Intent {
            operation_id: whom.operation_id,
            command: self.command,
            step,
            target_id: whom.id,
            target_name: whom.upn,
            tenant: self.tenant.as_deref(),
            caller: self.caller.as_deref(),
            reason: self.reason.as_deref(),
            ticket: self.ticket.as_deref(),
            sinks: sinks.to_vec(),
        };
        self.journal.borrow_mut().begin_with(&intent, how)
    }

    /// Records what came of a step.
    pub(crate) fn conclude(
        &self,
        whom: Whom<'_>,
        step: &str,
        outcome: &str,
        error: Option<&Error>,
        request_ids: Vec<String>,
    ) -> Result<()> {
        self.journal.borrow_mut().end(&StepResult {
            operation_id: whom.operation_id,
            command: self.command,
            step,
            target_id: whom.id,
            target_name: whom.upn,
            outcome,
            request_ids,
            error: error.map(|error| error.code().as_str()),
        })
    }

    /// Records how secrets that a sealed copy held were handed over.
    pub(crate) fn note_deliveries(&self, deliveries: &[Delivery]) -> Result<()> {
        for one in deliveries {
            let named = one.id.contains('@');
            let whom = Whom {
                operation_id: &one.operation_id,
                id: Some(one.id.as_str()).filter(|_| !named),
                upn: Some(one.id.as_str()).filter(|_| named),
            };
            self.conclude(whom, DELIVER, one.outcome, None, Vec::new())?;
        }
        Ok(())
    }

    /// Takes a step between its two records. What could not be recorded beforehand is not sent and counts as failed; what could
    /// not be recorded afterwards is the second value.
    pub(crate) async fn take<T>(
        &self,
        client: &Client,
        whom: Whom<'_>,
        step: &str,
        work: impl Future<Output = Outcome<T>>,
    ) -> (Outcome<T>, Option<Error>) {
        if let Err(error) = self.intend(whom, step, &[]) {
            return (Outcome::Failed(error), None);
        }
        let sent_before = client.request_ids().len();
        let outcome = work.await;
        let ids = client.request_ids().split_off(sent_before);
        let recorded = self.conclude(whom, step, outcome.word(), outcome.error(), ids);
        (outcome, recorded.err())
    }

    /// Hash of the last record, to be printed.
    pub(crate) fn head(&self) -> String {
        self.journal.borrow().head()
    }
}
