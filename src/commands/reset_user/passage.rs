//! Through a restricted unit: out, whatever is to be done, back in. The way back is in the journal before the way out is taken,
//! and it is taken whatever happens between.

use super::execute::{Executor, whom};
use super::judge::UnitRef;
use super::prepare::Prepared;
use super::report::{CallerView, OneReset, Status};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::units::request_in_words;
use crate::journal::Operation;
use crate::plan::{Outcome, Run, Step};
use crate::secret::Secret;
use crate::sink::Custody;

/// An access pass that is wanted as well: its destinations and its lifetime.
pub(super) struct Pass<'p> {
    pub(super) custody: &'p mut Custody,
    pub(super) minutes: Option<u32>,
}

/// Work whose way back is to be taken.
pub(super) struct JoinAgain<'a> {
    pub(super) operation: &'a Operation,
    pub(super) prepared: &'a Prepared,
}

impl Executor<'_> {
    /// Tries a fresh password, once: Entra refused a generated one, which chance can bring near to a word of the banned list. The
    /// refused one is out of its destinations by now, and the fresh one goes the whole way of the first.
    async fn with_a_fresh_password(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        caller: CallerView,
        sent: Vec<String>,
    ) -> Result<OneReset> {
        self.context.console.note(&format!(
            "Entra refused the generated password of {}; nothing was changed. A fresh one is tried.",
            prepared.upn()
        ));
        let fresh = self
            .args
            .password
            .generate(crate::policy::password::DEFAULT_LENGTH)?;
        let mut one = self
            .reset(prepared, operation_id, &fresh, true, caller)
            .await?;
        one.request_ids.splice(0..0, sent);
        Ok(one)
    }

    /// Resets one user with everything around it. An error means that nothing lasting was changed, unless its exit says otherwise.
    pub(super) async fn carry_out(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        secret: &Secret,
        generated: bool,
        caller: CallerView,
        pass: Option<Pass<'_>>,
    ) -> Result<OneReset> {
        let outside = self.leave(prepared, operation_id, &caller).await?;
        let mut result = self
            .reset(prepared, operation_id, secret, generated, caller.clone())
            .await;
        if generated
            && let Ok(refused) = &mut result
            && refused.status == Status::Failed
            && refused
                .error
                .as_ref()
                .is_some_and(|error| error.code() == ErrorCode::PasswordRefused)
        {
            let sent = std::mem::take(&mut refused.request_ids);
            result = self
                .with_a_fresh_password(prepared, operation_id, caller, sent)
                .await;
        }
        if let (Ok(one), Some(pass)) = (&mut result, pass)
            && one.is_done()
        {
            self.access_pass(prepared, operation_id, pass.minutes, pass.custody, one)
                .await;
        }
        if outside.is_empty() {
            return result;
        }
        let sent_before = self.client.request_ids().len();
        let stuck = self.back_in(prepared, operation_id, &outside).await;
        match (&mut result, stuck) {
            (Ok(one), stuck) => {
                one.request_ids
                    .extend(self.client.request_ids().split_off(sent_before));
                if let Some(error) = stuck {
                    if one.status == Status::Done {
                        one.status = Status::Partial;
                    }
                    one.error = Some(error);
                }
            }
            (Err(_), Some(stuck)) => return Err(stuck),
            // The account is where it was, and yet changes were sent.
            (Err(error), None) if error.code() == ErrorCode::Interrupted => {
                return Err(error
                    .copied()
                    .recode(ErrorCode::PartlyDone)
                    .operation(operation_id));
            }
            (Err(_), None) => {}
        }
        result
    }

    /// Takes the account out of its restricted units; after a failure it is put back at once.
    async fn leave(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        caller: &CallerView,
    ) -> Result<Vec<UnitRef>> {
        if prepared.units.is_empty() {
            return Ok(Vec::new());
        }
        self.context.go_on()?;
        let one = OneReset::begun(prepared, caller.clone());
        let mut outside = Vec::new();
        for unit in &prepared.units {
            let (leave, join) = (leaving(unit), joining(unit));
            let sent_before = self.client.request_ids().len();
            let intended = self
                .intend(prepared, operation_id, &join, &one)
                .and_then(|()| self.intend(prepared, operation_id, &leave, &one));
            let problem = match intended {
                Err(error) => Some(error),
                Ok(()) => {
                    self.context.begin_change(operation_id);
                    self.context.left_to_do.replace(Some(format!(
                        "The account may be outside its restricted unit {} ({}): put it back there.",
                        unit.name, unit.id
                    )));
                    let outcome = self.run().leave_unit(&unit.id, prepared.path_id()).await;
                    let recorded =
                        self.conclude(prepared, operation_id, &leave, &outcome, sent_before);
                    match outcome {
                        // It never left, so there is no way back to take.
                        Outcome::Failed(error) => {
                            let _ = self.conclude(
                                prepared,
                                operation_id,
                                &join,
                                &Outcome::Done(()),
                                self.client.request_ids().len(),
                            );
                            Some(error)
                        }
                        Outcome::Unknown(error) => {
                            outside.push(unit.clone());
                            Some(error)
                        }
                        Outcome::Done(()) => {
                            outside.push(unit.clone());
                            recorded.err()
                        }
                    }
                }
            };
            if let Some(error) = problem {
                let stuck = self.back_in(prepared, operation_id, &outside).await;
                return Err(stuck.unwrap_or_else(|| error.operation(operation_id)));
            }
        }
        if !self.run().until_unrestricted(prepared.path_id()).await {
            self.context.console.detail(
                "Graph still calls the account restricted; the reset is tried all the same.",
            );
        }
        Ok(outside)
    }

    /// Puts the account back. A unit that cannot be entered stays an open intent in the journal, for `resume`.
    async fn back_in(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        outside: &[UnitRef],
    ) -> Option<Error> {
        let id = prepared.path_id();
        let mut stuck: Vec<(&UnitRef, Error)> = Vec::new();
        let mut unrecorded = None;
        for unit in outside.iter().rev() {
            let sent_before = self.client.request_ids().len();
            let outcome = self.run().join_unit(&unit.id, id).await;
            match outcome {
                Outcome::Done(()) => {
                    let recorded = self.conclude(
                        prepared,
                        operation_id,
                        &joining(unit),
                        &outcome,
                        sent_before,
                    );
                    unrecorded = unrecorded.or(recorded.err());
                }
                Outcome::Failed(error) | Outcome::Unknown(error) => stuck.push((unit, error)),
            }
        }
        if stuck.is_empty() {
            self.context.left_to_do.replace(None);
            return unrecorded.map(|error| error.operation(operation_id));
        }
        let graph = &self.client.endpoints().graph;
        let names: Vec<&str> = stuck.iter().map(|(unit, _)| unit.name.as_str()).collect();
        let requests: Vec<String> = stuck
            .iter()
            .map(|(unit, _)| request_in_words(graph, &unit.id, id))
            .collect();
        let (_, first) = &stuck[0];
        let cause = format!("{} {}", first.message(), first.cause().unwrap_or_default());
        Some(
            Error::new(
                ErrorCode::PartlyDone,
                format!(
                    "{} is still outside the restricted unit {}.",
                    prepared.upn(),
                    names.join(" and ")
                ),
            )
            .why(format!(
                "Putting it back failed: {} Until then administrators of the whole tenant reach it.",
                cause.trim()
            ))
            .fix(format!(
                "Put it back in the Entra admin center, or send {}.",
                requests.join(" and ")
            ))
            .service(first.said().clone())
            .operation(operation_id),
        )
    }

    /// Takes the ways back that an earlier run left open; each is in its journal.
    pub(super) async fn join_again(&self, work: JoinAgain<'_>) -> Option<Error> {
        let open: Vec<&str> = work
            .operation
            .left()
            .iter()
            .filter_map(|step| step.step.strip_prefix("joinUnit."))
            .collect();
        let outside: Vec<UnitRef> = open
            .into_iter()
            .map(|id| UnitRef {
                id: id.to_owned(),
                name: id.to_owned(),
            })
            .collect();
        let operation_id = &work.operation.operation_id;
        if !outside.is_empty() {
            self.context.begin_change(operation_id);
        }
        let stuck = self.back_in(work.prepared, operation_id, &outside).await;
        if stuck.is_none() {
            for step in work.operation.left() {
                if step.kind() == "leaveUnit" {
                    let whom = whom(work.prepared, operation_id);
                    let noted = self
                        .ledger
                        .conclude(whom, &step.step, "skipped", None, Vec::new());
                    if let Err(error) = noted {
                        return Some(error);
                    }
                }
            }
        }
        stuck
    }

    pub(super) fn run(&self) -> Run<'_> {
        Run {
            client: self.client,
            wait: self.args.wait(),
            stop: &self.context.stop,
        }
    }
}

fn leaving(unit: &UnitRef) -> Step {
    Step::LeaveUnit {
        unit: unit.id.clone(),
        name: unit.name.clone(),
    }
}

fn joining(unit: &UnitRef) -> Step {
    Step::JoinUnit {
        unit: unit.id.clone(),
        name: unit.name.clone(),
    }
}
