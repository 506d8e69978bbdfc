//! Settling one reset: look at the account, send the same password again where that is safe, then take what is left.

use super::super::execute::{Executor, whom};
use super::super::intent::forced;
use super::super::passage::JoinAgain;
use super::super::prepare::Prepared;
use super::super::report::{CallerView, OneReset, ResetView, SecretView, Status};
use super::places;
use super::seen::{Seen, seen};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Exit, Result};
use crate::graph::{Client, users};
use crate::journal::{Operation, State, time};
use crate::ledger::DELIVER;
use crate::plan::reset::{Reset, changed_at};
use crate::plan::{Outcome, Step};
use crate::recall::Recall;
use crate::resuming::ResumeArgs;
use crate::secret::Secret;
use std::time::{Duration, SystemTime};

pub(super) const PASSWORD: &str = "resetPassword";
/// Longest a run of an older version waited; newer ones record it.
const USUAL_WAIT: Duration = Duration::from_secs(90);
/// How long a change may take to show.
const SETTLES: Duration = Duration::from_secs(60);

/// One operation that is gone on with.
pub(super) struct Resumption<'a> {
    pub(super) executor: &'a Executor<'a>,
    pub(super) client: &'a Client,
    pub(super) context: &'a Context,
    pub(super) asked: &'a ResumeArgs,
    pub(super) operation: &'a Operation,
    pub(super) prepared: &'a Prepared,
    pub(super) supplied: Option<&'a Secret>,
    pub(super) recall: &'a Recall<'a>,
    /// Whether the run resets the user afterwards, by an operation of its own.
    pub(super) begun_anew: bool,
}

/// Whether an error says nothing of the password: nobody was reached, or who asks may not ask now.
fn is_no_answer(error: &Error) -> bool {
    matches!(
        error.exit(),
        Exit::SignIn | Exit::NotPermitted | Exit::Unavailable
    )
}

impl Resumption<'_> {
    pub(super) async fn go_on(&self, caller: CallerView) -> Result<OneReset> {
        let id = &self.operation.operation_id;
        let mut one = OneReset::begun(self.prepared, caller);
        one.journal.operation_id = Some(id.clone());
        one.journal.ticket.clone_from(&self.operation.ticket);
        one.reset.via = Some(self.prepared.via.as_str());
        one.secret = SecretView {
            generated: true,
            length: None,
            sinks: places(self.operation),
            escrow: None,
        };
        let mut secret = None;
        let _turn = self
            .executor
            .turn(self.prepared.path_id(), self.prepared.upn())?;
        let sent_before = self.client.request_ids().len();
        let mut problems = Vec::new();
        let state = self.operation.step(PASSWORD).map(|step| step.state);
        let password = match state {
            Some(State::Open | State::Unknown) => self.password(&mut one, &mut secret).await,
            Some(State::Done) => {
                one.status = Status::Done;
                Ok(())
            }
            _ if self.begun_anew => Ok(()),
            // The run ended while the account was on its way out of a unit, and nothing was staged yet.
            _ => Err(Error::new(
                ErrorCode::PartlyDone,
                "The password was not set by this operation, and no password was staged.",
            )
            .fix("Run reset-user again once this operation is finished.")),
        };
        if let Err(error) = password {
            problems.push(error);
        }
        if one.status == Status::Done {
            let run = self.executor.run();
            for step in &self.prepared.steps[1..] {
                let done = self
                    .operation
                    .step(&step.journal_name())
                    .is_some_and(|own| own.state == State::Done);
                if !done {
                    self.executor
                        .further(self.prepared, id, step, &run, &mut one, &mut problems)
                        .await;
                }
            }
            problems.extend(self.deliver(&mut one, secret.as_ref()).await);
            self.leave_the_pass(&mut one);
            problems.extend(self.not_taken());
        }
        if one.status == Status::Failed {
            problems.extend(self.nothing_to_hand_over());
        }
        // Whatever became of the password, the account does not stay outside its unit.
        problems.extend(
            self.executor
                .join_again(JoinAgain {
                    operation: self.operation,
                    prepared: self.prepared,
                })
                .await,
        );
        one.request_ids = self.client.request_ids().split_off(sent_before);
        if !problems.is_empty() && one.status == Status::Done {
            one.status = Status::Partial;
        }
        one.error = problems
            .into_iter()
            .next()
            .map(|error| error.operation(id.clone()));
        Ok(one)
    }

    /// The password is clearly not in force: its sealed copy goes, and nobody is owed it any more.
    fn nothing_to_hand_over(&self) -> Option<Error> {
        if let Some(copy) = self.recall.copy_of(self.operation) {
            self.recall.forget(&copy);
        }
        let owed = self
            .operation
            .step(DELIVER)
            .is_some_and(|step| !matches!(step.state, State::Done | State::Skipped));
        if !owed {
            return None;
        }
        let whom = whom(self.prepared, &self.operation.operation_id);
        self.executor
            .ledger
            .conclude(whom, DELIVER, "skipped", None, Vec::new())
            .err()
    }

    /// A pass whose code was lost is not issued a second time unasked.
    fn leave_the_pass(&self, one: &mut OneReset) {
        let open = self
            .operation
            .left()
            .iter()
            .any(|step| step.kind() == "issueAccessPass");
        if open {
            let whom = whom(self.prepared, &self.operation.operation_id);
            let _ =
                self.executor
                    .ledger
                    .conclude(whom, "issueAccessPass", "skipped", None, Vec::new());
            one.warnings.push("The access pass was not issued again: its code cannot be had twice. Issue another with issue-access-pass; it replaces the first.".to_owned());
        }
    }

    /// A planned step that this does not know how to catch up with is named, never forgotten.
    fn not_taken(&self) -> Option<Error> {
        const KNOWN: [&str; 7] = [
            PASSWORD,
            DELIVER,
            "enableUser",
            "issueAccessPass",
            "joinUnit",
            "leaveUnit",
            "revokeSessions",
        ];
        let left = self.operation.left();
        let names: Vec<&str> = left
            .iter()
            .filter(|step| !KNOWN.contains(&step.kind()))
            .map(|step| step.kind())
            .collect();
        if names.is_empty() {
            return None;
        }
        Some(
            Error::new(
                ErrorCode::PartlyDone,
                format!(
                    "The password of {} is set; {} is left.",
                    self.prepared.upn(),
                    names.join(" and ")
                ),
            )
            .why("The operation planned it, and it changes more than the password.")
            .fix("Take that step by itself, in the admin center or with its own command."),
        )
    }

    /// When the work may have changed the password, by the service's clock.
    pub(super) fn window(&self) -> (SystemTime, SystemTime) {
        let step = self.operation.step(PASSWORD);
        let moment = |server: Option<&String>, own: Option<&String>| {
            server.or(own).and_then(|text| time(text))
        };
        let from = step
            .and_then(|step| moment(step.server_time.as_ref(), step.at.as_ref()))
            .unwrap_or(SystemTime::UNIX_EPOCH);
        let ended =
            step.and_then(|step| moment(step.ended_server_time.as_ref(), step.ended_at.as_ref()));
        let until = self
            .operation
            .how
            .until
            .as_deref()
            .and_then(time)
            .unwrap_or(from + USUAL_WAIT);
        // A run that recorded its end sent nothing after it.
        (
            from,
            ended
                .filter(|ended| *ended >= from)
                .unwrap_or(until)
                .max(from),
        )
    }

    /// Looks until the account shows a change, or has had the time to.
    async fn look(&self) -> Result<(Seen, Option<SystemTime>)> {
        let (from, until) = self.window();
        let before = self.operation.how.changed_before.as_deref().and_then(time);
        let settles = self.asked.settle.unwrap_or(SETTLES);
        loop {
            let call = users::get(self.prepared.path_id(), users::PROOF);
            let user = self
                .client
                .fetch_within(&call, Duration::from_secs(30))
                .await?;
            let changed = changed_at(&user.value);
            let found = seen(changed, before, from, until);
            let now = user.date.unwrap_or_else(SystemTime::now);
            let last = until.min(now);
            let waited = now.duration_since(if until > now { from } else { last });
            if found != Seen::Unchanged || waited.unwrap_or_default() >= settles {
                return Ok((found, changed));
            }
            // "Unchanged" is no answer before its time, and nothing is sent on it.
            self.context.go_on()?;
            self.context
                .console
                .progress("Waiting whether the change shows.");
            tokio::time::sleep(Duration::from_secs(2).min(settles)).await;
        }
    }

    /// Settles the password: by looking, and by the same password once more, which it leaves in `read`.
    async fn password(&self, one: &mut OneReset, read: &mut Option<Secret>) -> Result<()> {
        one.status = Status::Unknown;
        let (found, changed) = self.look().await?;
        self.context.console.clear_progress();
        if found == Seen::Later {
            return Err(self.somebody_else(changed).await);
        }
        let secret = match self.supplied {
            Some(secret) => secret.clone(),
            None => match self.recall.secret(self.operation).await {
                Ok(secret) => secret,
                Err(reasons) => return Err(self.not_found(one, found, &reasons)),
            },
        };
        let secret = read.insert(secret);
        one.secret.length = Some(secret.chars());
        let target = self.prepared.target.as_ref();
        let written_back = target.is_none_or(|target| target.synced != Some(false))
            && self.operation.how.cloud_only != Some(true);
        if (written_back || found == Seen::CannotTell) && !self.asked.resend {
            let why = match found {
                Seen::Inside => {
                    "The account was changed while the operation was under way, so it most likely took effect."
                }
                Seen::Unchanged => {
                    "The account does not show a change since the operation was begun."
                }
                _ => "The account does not tell when its password was changed.",
            };
            return Err(Error::new(
                ErrorCode::OutcomeUnknown,
                format!(
                    "Whether the password of {} was set is not proven, and it was not sent again.",
                    one.name()
                ),
            )
            .why(format!("{why} On-premises rules may refuse a repetition."))
            .fix("Try the password; where it does not work, add --resend."));
        }
        // Rules on premises refuse a repetition just when the first one took effect; and what a person typed may not be what was sent.
        let proves_nothing = found != Seen::Unchanged
            || written_back
            || (self.supplied.is_some() && self.recall.copy_of(self.operation).is_some());
        self.send_again(one, secret, proves_nothing, changed).await
    }

    /// No place gives the password back.
    fn not_found(&self, one: &OneReset, found: Seen, reasons: &[String]) -> Error {
        let what = match found {
            Seen::Unchanged => "was not changed by this operation",
            _ => "may have been changed by this operation",
        };
        let places = self.operation.sinks.join(", ");
        let places = if places.is_empty() {
            "no recorded place"
        } else {
            &places
        };
        let why = if reasons.is_empty() {
            format!("It went to {places}, where it cannot be read back.")
        } else {
            format!("It went to {places}. {}", reasons.join(" "))
        };
        Error::new(
            ErrorCode::OutcomeUnknown,
            format!(
                "The password of {} {what}, and the new one was not found.",
                one.name()
            ),
        )
        .why(why)
        .fix("Open the place with --identity or --share, give the password with --password-stdin or --password-file, or reset it anew.")
    }

    async fn send_again(
        &self,
        one: &mut OneReset,
        secret: &Secret,
        refusal_proves_nothing: bool,
        changed: Option<SystemTime>,
    ) -> Result<()> {
        let id = &self.operation.operation_id;
        let step = Step::ResetPassword {
            via: self.prepared.via,
            force_change: true,
            force_change_mfa: false,
        };
        self.prepared.refusal()?;
        self.executor.intend_password(
            self.prepared,
            id,
            &self.operation.sinks,
            self.operation.how.escrow.clone(),
        )?;
        self.context.begin_change(id);
        let sent_before = self.client.request_ids().len();
        let (force_change, force_change_mfa) = forced(&self.prepared.steps[0]);
        let outcome = self
            .executor
            .run()
            .reset(&Reset {
                id: self.prepared.path_id(),
                via: self.prepared.via,
                may_turn_direct: self.prepared.may_turn_direct,
                force_change,
                force_change_mfa,
                changed_before: changed,
                may_repeat: self.prepared.may_repeat,
                password: secret,
            })
            .await;
        // A no after a perhaps is no no, unless the account shows that the perhaps was none; and what was not sent, or is not allowed
        // now, can be sent another time.
        let outcome = match outcome {
            Outcome::Failed(error) if refusal_proves_nothing || is_no_answer(&error) => {
                Outcome::Unknown(error)
            }
            other => other,
        };
        self.executor
            .conclude(self.prepared, id, &step, &outcome, sent_before)?;
        match outcome {
            Outcome::Done(done) => {
                one.status = Status::Done;
                one.warnings.extend(done.warnings);
                one.reset = ResetView {
                    via: done.via.map(crate::plan::Via::as_str),
                    force_change: Some(force_change),
                    operation: done.operation,
                    proven: done.proven,
                    last_password_change_date_time: done
                        .user
                        .and_then(|user| user.last_password_change_date_time),
                    ..ResetView::default()
                };
                Ok(())
            }
            Outcome::Failed(error) => {
                one.status = Status::Failed;
                Err(error)
            }
            Outcome::Unknown(error) => Err(error.recode(ErrorCode::OutcomeUnknown)),
        }
    }
}
