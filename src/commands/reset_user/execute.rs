//! The order that loses nothing: stage, journal, send, prove, journal, settle. One user at a time through this file.

use super::Args;
use super::diagnosis;
use super::intent::forced;
use super::prepare::Prepared;
use super::report::{CallerView, OneReset, ResetView, SecretView, SessionsView, Status};
use crate::access_pass;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::files::Turn;
use crate::graph::Client;
use crate::graph::methods::PassTerms;
use crate::ledger::{Ledger, Whom};
use crate::plan::reset::{Reset, changed_at};
use crate::plan::{Outcome, Run, Step};
use crate::policy::reset::Action;
use crate::runs;
use crate::secret::Secret;
use crate::sink::{self, Custody, Entry, Fate};
use serde_json::json;
use tokio::sync::Mutex;

/// What the resets of a run share.
pub(super) struct Executor<'a> {
    pub(super) context: &'a Context,
    pub(super) client: &'a Client,
    pub(super) args: &'a Args,
    pub(super) ledger: Ledger,
    /// Waited for, not borrowed: a destination may answer over the network while other users are at work.
    pub(super) custody: Mutex<Custody>,
    pub(super) run_id: Option<String>,
}

impl<'a> Executor<'a> {
    pub(super) fn new(
        context: &'a Context,
        client: &'a Client,
        args: &'a Args,
        ledger: Ledger,
        custody: Custody,
    ) -> Self {
        Executor {
            context,
            client,
            args,
            ledger,
            custody: Mutex::new(custody),
            run_id: None,
        }
    }

    /// Ties the operations of a bulk run together, so that all of it can be gone on with.
    pub(super) fn in_run(mut self, id: &str) -> Self {
        self.run_id = Some(id.to_owned());
        if let Ok(state_dir) = self.context.settings.state_dir() {
            let (state_dir, run) = (state_dir.to_path_buf(), id.to_owned());
            self.custody
                .get_mut()
                .tell_before_staging(move |user| runs::is_staging(&state_dir, &run, user));
        }
        self
    }

    /// The tenant, for who finds the secret later: its id where the token tells it.
    async fn tenant(&self) -> Option<String> {
        let told = self.client.tenant().await;
        let named = || {
            let (tenant, _) = self.context.settings.tenant.as_ref()?;
            Some(tenant.as_str().to_owned())
        };
        told.or_else(named)
    }

    /// Makes this the only run on this machine that resets the user, by whichever name another one knows it.
    pub(super) fn turn(&self, id: &str, upn: &str) -> Result<Vec<Turn>> {
        let folder = self.context.settings.state_dir()?;
        let mut names = [id.to_ascii_lowercase(), upn.to_ascii_lowercase()].to_vec();
        names.dedup();
        let taken = names.iter().map(|name| {
            Turn::take(folder, format!("reset-{}.lock", sink::plain(name)).into())?.ok_or_else(|| {
                Error::new(
                    ErrorCode::JournalRefused,
                    format!("Another run is resetting {upn}; nothing was sent."),
                )
                .why("Only one of two new passwords could be in force.")
                .fix("Wait for the other run, look at its outcome, and repeat only if a new password is still needed.")
            })
        });
        taken.collect()
    }

    /// Resets one user. An error means that nothing was sent; everything later is in the result.
    pub(super) async fn reset(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        secret: &Secret,
        generated: bool,
        caller: CallerView,
    ) -> Result<OneReset> {
        self.context.go_on()?;
        let mut one = OneReset::begun(prepared, caller);
        let id = prepared.path_id().to_owned();
        // Of two runs at once both would hold a secret, and one of them would be wrong.
        let _turn = self.turn(&id, prepared.upn())?;
        let tenant = self.tenant().await;
        let entry = Entry {
            tenant: tenant.as_deref(),
            upn: prepared.upn(),
            id: &id,
            operation_id,
            secret,
            what: "password",
        };
        self.custody.lock().await.stage(&entry).await?;
        one.secret = SecretView {
            generated,
            length: Some(secret.chars()),
            sinks: self.custody.lock().await.places(),
            escrow: None,
        };
        one.journal.operation_id = Some(operation_id.to_owned());
        one.journal.ticket.clone_from(&self.args.consent.ticket);
        let step = &prepared.steps[0];
        let places: Vec<String> = one.secret.sinks.iter().map(ToString::to_string).collect();
        let escrow = self.custody.lock().await.escrow_name(&id);
        if let Err(error) = self.intend_password(prepared, operation_id, &places, escrow) {
            // Nothing was sent: the staged secret opens nothing.
            let _ = self
                .custody
                .lock()
                .await
                .settle(&id, Fate::NotInForce)
                .await;
            return Err(error);
        }
        self.context.begin_change(operation_id);
        let sent_before = self.client.request_ids().len();
        let (force_change, force_change_mfa) = forced(step);
        let run = Run {
            client: self.client,
            wait: self.args.wait(),
            stop: &self.context.stop,
        };
        let reset = Reset {
            id: &id,
            via: prepared.via,
            may_turn_direct: prepared.may_turn_direct,
            force_change,
            force_change_mfa,
            changed_before: changed_at(&prepared.user),
            may_repeat: prepared.may_repeat,
            password: secret,
        };
        let outcome = run.reset(&reset).await;
        let mut problems = Vec::new();
        let fate = match &outcome {
            Outcome::Done(_) => Fate::InForce,
            Outcome::Failed(_) => Fate::NotInForce,
            Outcome::Unknown(_) => Fate::Unknown,
        };
        if let Err(error) = self.conclude(prepared, operation_id, step, &outcome, sent_before) {
            problems.push(error);
        }
        problems.extend(self.settle(&id, fate, &mut one).await);
        match outcome {
            Outcome::Done(done) => {
                one.status = Status::Done;
                for warning in &done.warnings {
                    self.context.console.warn(warning);
                }
                one.warnings.extend(done.warnings);
                if let Some(user) = done.user {
                    one.user.id.get_or_insert(user.id);
                    one.user.user_principal_name =
                        one.user.user_principal_name.or(user.user_principal_name);
                    one.user.display_name = one.user.display_name.or(user.display_name);
                    one.reset.last_password_change_date_time = user.last_password_change_date_time;
                }
                let via = done.via.unwrap_or(prepared.via);
                one.reset = ResetView {
                    via: Some(via.as_str()),
                    force_change: Some(force_change || via == crate::plan::Via::Method),
                    operation: done.operation,
                    writeback: prepared.target.as_ref().and_then(|target| {
                        if target.synced == Some(true) {
                            target.writeback.complete().copied()
                        } else {
                            Some(false)
                        }
                    }),
                    proven: done.proven,
                    password_policies: unchanged_policy(prepared),
                    last_password_change_date_time: one.reset.last_password_change_date_time.take(),
                };
                let mut later = Vec::new();
                for step in &prepared.steps[1..] {
                    if !matches!(step, Step::DeleteMethod { .. }) && !later.is_empty() {
                        let again = std::mem::take(&mut later);
                        self.once_more(prepared, operation_id, again, &mut one, &mut problems)
                            .await;
                    }
                    let again = self
                        .further(prepared, operation_id, step, &run, &mut one, &mut problems)
                        .await;
                    if again {
                        problems.pop();
                        later.push(step);
                    }
                }
                self.once_more(prepared, operation_id, later, &mut one, &mut problems)
                    .await;
            }
            Outcome::Failed(error) => {
                one.reset.via = Some(prepared.via.as_str());
                one.secret.sinks.clear();
                one.status = Status::Failed;
                // Nothing left this machine: the error alone tells it all.
                if error.said().http_status.is_none()
                    && error.exit() == crate::error::Exit::Unavailable
                {
                    return Err(error.operation(operation_id));
                }
                problems.insert(0, error);
            }
            Outcome::Unknown(error) => {
                one.reset.via = Some(prepared.via.as_str());
                one.status = Status::Unknown;
                problems.insert(0, error);
            }
        }
        one.request_ids = self.client.request_ids().split_off(sent_before);
        if !problems.is_empty() && one.status == Status::Done {
            one.status = Status::Partial;
        }
        one.error = problems.into_iter().next().map(|error| match one.status {
            Status::Partial => {
                let why = format!("{} {}", error.message(), error.cause().unwrap_or_default());
                let fix = error.remedy().to_owned();
                let code = if error.code() == ErrorCode::SecretNotDelivered {
                    error.code()
                } else {
                    ErrorCode::PartlyDone
                };
                Error::new(
                    code,
                    format!(
                        "The password of {} was reset, and a later step failed.",
                        one.name()
                    ),
                )
                .why(why.trim().to_owned())
                .fix(fix)
                .service(error.said().clone())
                .operation(operation_id)
            }
            _ => error.operation(operation_id),
        });
        Ok(one)
    }

    /// The steps after the password: enable, end sessions, and the extras; true when one may pass later.
    pub(super) async fn further(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        step: &Step,
        run: &Run<'_>,
        one: &mut OneReset,
        problems: &mut Vec<Error>,
    ) -> bool {
        if self.context.stop.get() {
            problems.push(
                Error::new(
                    ErrorCode::PartlyDone,
                    format!("Interrupted before: {}.", step.sentence(prepared.upn())),
                )
                .fix("Run the missing step by itself."),
            );
            if *step == Step::RevokeSessions {
                one.sessions = Some(SessionsView::default());
            }
            return false;
        }
        if !matches!(step, Step::EnableUser | Step::RevokeSessions) {
            return self
                .extra(prepared, operation_id, step, one, problems)
                .await;
        }
        let id = prepared.path_id();
        let sent_before = self.client.request_ids().len();
        if let Err(error) = self.intend(prepared, operation_id, step, one) {
            problems.push(error);
            return false;
        }
        let (recorded, error) = match step {
            Step::EnableUser => {
                let outcome = run.enable(id).await;
                one.enabled = Some(matches!(outcome, Outcome::Done(())));
                (
                    self.conclude(prepared, operation_id, step, &outcome, sent_before),
                    diagnosis::of_step(outcome, prepared, Action::EnableAccount),
                )
            }
            _ => {
                let outcome = run.revoke_sessions(id).await;
                let recorded = self.conclude(prepared, operation_id, step, &outcome, sent_before);
                let valid_from = match &outcome {
                    Outcome::Done(valid_from) => valid_from.clone(),
                    _ => None,
                };
                one.sessions = Some(SessionsView {
                    revoked: matches!(outcome, Outcome::Done(_)),
                    valid_from,
                });
                (
                    recorded,
                    diagnosis::of_step(outcome, prepared, Action::RevokeSessions),
                )
            }
        };
        problems.extend(recorded.err());
        problems.extend(error);
        false
    }

    /// Issues the access pass; its code exists only after Graph's reply, so it is delivered then.
    pub(super) async fn access_pass(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        minutes: Option<u32>,
        custody: &mut Custody,
        one: &mut OneReset,
    ) {
        let sent_before = self.client.request_ids().len();
        let whom = Whom {
            id: Some(prepared.path_id()),
            ..whom(prepared, operation_id)
        };
        let terms = PassTerms::lasting(minutes);
        let issued = access_pass::issue(&self.run(), &self.ledger, whom, &terms, custody).await;
        one.access_pass = issued.view;
        one.request_ids
            .extend(self.client.request_ids().split_off(sent_before));
        if let Some(error) = issued.error {
            let action = Action::IssueAccessPass;
            let error = diagnosis::explained(error, prepared, action, false);
            one.status = Status::Partial;
            one.error = Some(error);
        }
    }

    pub(super) fn conclude<T>(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        step: &Step,
        outcome: &Outcome<T>,
        sent_before: usize,
    ) -> Result<()> {
        self.ledger.conclude(
            whom(prepared, operation_id),
            &step.journal_name(),
            outcome.word(),
            outcome.error(),
            self.client.request_ids().split_off(sent_before),
        )
    }
}

/// Password policies that were asked for and hold already.
fn unchanged_policy(prepared: &Prepared) -> Option<serde_json::Value> {
    let (before, after) = prepared.policy.as_ref()?;
    let changes = prepared
        .steps
        .iter()
        .any(|step| matches!(step, Step::SetPasswordPolicies { .. }));
    (!changes).then(|| json!({ "before": before, "after": after, "readBack": true }))
}

/// The account as the journal names it; the same for intent and result.
pub(super) fn whom<'p>(prepared: &'p Prepared, operation_id: &'p str) -> Whom<'p> {
    Whom {
        operation_id,
        id: Some(prepared.user.id.as_str()).filter(|id| !id.is_empty()),
        upn: prepared.user.user_principal_name.as_deref(),
    }
}
