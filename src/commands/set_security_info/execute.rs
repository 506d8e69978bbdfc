//! The writes of one user, in order; when one fails, those before it are undone; the end is read back.

use super::difference::Write;
use super::report::OneSet;
use super::{Args, Ready};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::ledger::{Ledger, Whom};
use crate::plan::info::holds;
use crate::plan::{Outcome, Run, Step};
use crate::policy::Cloud;
use crate::policy::reset::{Action, Method};
use crate::random;
use std::time::Duration;

/// How often the end is read when the service does not show it yet, and the pause between.
const LOOKS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(400);

struct Work<'a> {
    run: Run<'a>,
    ledger: &'a Ledger,
    whom: Whom<'a>,
    id: &'a str,
    phones_only: bool,
}

/// Carries out one user's writes.
pub(super) async fn one(
    args: &Args,
    context: &Context,
    client: &Client,
    ledger: &Ledger,
    ready: &Ready,
) -> OneSet {
    let (judged, difference) = (&ready.judged, &ready.difference);
    let mut one = OneSet::of(judged, difference, args.show_values);
    let operation_id = match random::uuid() {
        Ok(_) if context.stop.get() => {
            one.error = Some(
                Error::new(
                    ErrorCode::PartlyDone,
                    format!("{} was not begun.", judged.upn()),
                )
                .why("The run was interrupted.")
                .fix("Run the command again: what is done already is left alone."),
            );
            return one;
        }
        Ok(id) => id,
        Err(error) => {
            one.error = Some(error);
            return one;
        }
    };
    one.operation_id = Some(operation_id.clone());
    let work = Work {
        run: Run {
            client,
            wait: args.wait.unwrap_or(Duration::from_secs(90)),
            stop: &context.stop,
        },
        ledger,
        whom: Whom {
            operation_id: &operation_id,
            id: Some(judged.id()),
            upn: Some(judged.upn()),
        },
        id: judged.id(),
        phones_only: context.settings.endpoints.cloud == Cloud::China,
    };
    context.begin_change(&operation_id);
    let mut done: Vec<&Write> = Vec::new();
    let mut unrecorded = None;
    for write in &difference.writes {
        let (outcome, problem) = if context.stop.get() {
            let stopped = Error::new(
                ErrorCode::Interrupted,
                format!("Interrupted before: {}.", write.step.sentence(judged.upn())),
            );
            (Outcome::Failed(stopped), None)
        } else {
            work.take(&write.step).await
        };
        unrecorded = unrecorded.or(problem);
        match outcome {
            Outcome::Done(()) => done.push(write),
            Outcome::Failed(error) if done.is_empty() => {
                let error = judged.explained(error, action_of(&write.step), true);
                one.error = Some(error.operation(&operation_id));
                return one;
            }
            Outcome::Failed(error) => {
                work.undo(&done, judged.upn(), error, &mut one).await;
                one.error = one.error.map(|error| error.operation(&operation_id));
                return one;
            }
            Outcome::Unknown(error) => {
                one.status = "unknown";
                one.touched = true;
                one.error = Some(error.operation(&operation_id));
                return one;
            }
        }
    }
    one.touched = true;
    one.status = "done";
    match work.read_back(&difference.writes).await {
        Ok(true) => one.read_back = true,
        Ok(false) => one
            .warnings
            .push("The service accepted the change and does not show it yet.".to_owned()),
        Err(error) => one.warnings.push(format!(
            "The change was not read back: {}",
            error.cause().unwrap_or_else(|| error.message().to_owned())
        )),
    }
    if let Some(error) = unrecorded {
        one.status = "partial";
        one.error = Some(error.operation(&operation_id));
    }
    one
}

/// What the caller had to be allowed for a step.
fn action_of(step: &Step) -> Action {
    let email = match step {
        Step::AddInfo(info) | Step::ChangeInfo(info) => info.kind() == "email",
        Step::DeleteMethod { collection, .. } => *collection == "emailMethods",
        _ => false,
    };
    Action::WriteMethods(if email { Method::Email } else { Method::Phone })
}

impl Work<'_> {
    async fn take(&self, step: &Step) -> (Outcome<()>, Option<Error>) {
        let name = step.journal_name();
        let work = async {
            match step {
                Step::AddInfo(info) => self.run.add_info(self.id, info, self.phones_only).await,
                Step::ChangeInfo(info) => {
                    self.run.change_info(self.id, info, self.phones_only).await
                }
                Step::DeleteMethod { collection, id, .. } => {
                    self.run
                        .delete_method(self.id, collection, id, self.phones_only)
                        .await
                }
                other => Outcome::Failed(Error::new(
                    ErrorCode::Internal,
                    format!("{} is no step of this command.", other.name()),
                )),
            }
        };
        self.ledger
            .take(self.run.client, self.whom, &name, work)
            .await
    }

    /// Takes back what was done before a write failed. What cannot be taken back is named, and the exit is 8.
    async fn undo(&self, done: &[&Write], upn: &str, cause: Error, one: &mut OneSet) {
        let mut left = Vec::new();
        // A person who interrupts wants no half state either: undoing is not stopped.
        let never = std::cell::Cell::new(false);
        let work = Work {
            run: Run {
                client: self.run.client,
                wait: self.run.wait,
                stop: &never,
            },
            ..*self
        };
        for write in done.iter().rev() {
            let problem = match &write.undo {
                None => Some("the old number was shown masked".to_owned()),
                Some(undo) => match work.take(undo).await.0 {
                    Outcome::Done(()) => None,
                    Outcome::Failed(error) | Outcome::Unknown(error) => Some(format!(
                        "{} {}",
                        error.message(),
                        error.cause().unwrap_or_default()
                    )),
                },
            };
            if let Some(problem) = problem {
                left.push(format!("{} ({})", write.step.sentence(upn), problem.trim()));
            }
        }
        let why = format!("{} {}", cause.message(), cause.cause().unwrap_or_default());
        one.restored = Some(left.is_empty());
        if left.is_empty() {
            one.error = Some(
                Error::new(
                    // Interrupted means that nothing was sent, which is not so here.
                    match cause.code() {
                        ErrorCode::Interrupted => ErrorCode::PartlyDone,
                        code => code,
                    },
                    format!("The security info of {upn} is as it was before: the second change failed, and the first was undone."),
                )
                .why(why.trim().to_owned())
                .fix(cause.remedy().to_owned())
                .need(cause.needs().to_vec())
                .service(cause.said().clone()),
            );
            return;
        }
        one.touched = true;
        one.status = "partial";
        one.error = Some(
            Error::new(
                ErrorCode::PartlyDone,
                format!("A change of the security info of {upn} failed, and what was done before it is still there: {}.", left.join("; ")),
            )
            .why(why.trim().to_owned())
            .fix("Mend the cause and run the command again: what is there already is left alone.")
            .service(cause.said().clone()),
        );
    }

    /// Whether the account shows all that was written.
    async fn read_back(&self, writes: &[Write]) -> Result<bool> {
        for look in 1..=LOOKS {
            let methods = self.run.methods_of(self.id, self.phones_only).await?;
            let shown = writes.iter().all(|write| match &write.step {
                // A masked number says nothing against it.
                Step::AddInfo(info) | Step::ChangeInfo(info) => {
                    holds(&methods, info) != Some(false)
                }
                Step::DeleteMethod { id, .. } => !methods.iter().any(|method| method.id == *id),
                _ => true,
            });
            if shown {
                return Ok(true);
            }
            if look < LOOKS {
                tokio::time::sleep(PAUSE * look).await;
            }
        }
        Ok(false)
    }
}
