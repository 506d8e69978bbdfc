//! The end of an account: what an earlier run left is finished, the result is read back, an access pass is issued.

use super::account::{OneAccount, SecretView, Status};
use super::execute::{Executor, Granted, Repeated};
use super::existing::{Existing, compared, never_expires};
use super::history::{DELETE, State, Work, role_step};
use super::record::{About, conclude_account, left_behind, undone};
use super::wanted::{WantedAccount, Warning};
use crate::access_pass;
use crate::consent::shell_word;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::methods::{PassTerms, RegisteredMethod};
use crate::ledger::DELIVER;
use crate::plan::Outcome;
use crate::policy::sspr::MethodKind;
use crate::recall::{Owed, Recall};
use crate::secret::Secret;
use crate::sink::{Custody, Fate};

/// Asks the keyring and the vaults of a work whether they hold its password.
pub(crate) async fn ask_outside(work: &mut Work, recall: &Recall<'_>) {
    let mut found = Vec::new();
    for place in &work.sinks {
        if recall.has(place, &work.upn, &work.operation_id).await {
            found.push(place.clone());
        }
    }
    work.found = found;
}

impl Executor<'_> {
    /// Brings an account to its end that an earlier run began: missing roles, then the proof.
    pub(crate) async fn finish(&mut self, existing: &Existing, work: &Work) -> Result<OneAccount> {
        self.context.go_on()?;
        let mut one = OneAccount::begun(&existing.wanted, Status::Failed);
        one.id = Some(existing.user.id.clone());
        one.operation_id = Some(work.operation_id.clone());
        one.secret = SecretView {
            generated: true,
            length: None,
            sinks: work.where_it_is(),
            escrow: None,
        };
        let about = About {
            operation_id: &work.operation_id,
            upn: &existing.wanted.upn,
            id: Some(&existing.user.id),
        };
        for role in &existing.missing_roles {
            self.intend(&about, &role_step(&role.id, &role.scope), &work.sinks)?;
        }
        if !existing.missing_roles.is_empty() && work.only_shown() {
            self.warn("passwordWasShown", about.upn, format!("The password of {} went to {} in the run before and is kept nowhere else. Without it: admin-reset reset-user {}", about.upn, work.places(), shell_word(about.upn)));
        }
        let mut problems = Vec::new();
        problems.extend(self.note_found(&about, existing, work));
        if !existing.missing_roles.is_empty() {
            self.context.begin_change(&work.operation_id);
        }
        match self
            .grant(&about, &existing.missing_roles, &mut one, &mut problems)
            .await
        {
            Granted::All => {
                one.status = Status::Done;
                problems.extend(self.note_whole(&about, work));
                self.read_back(&existing.wanted, &mut one).await;
            }
            Granted::Unknown(error) => {
                one.status = Status::Unknown;
                problems.insert(0, error);
            }
            // An account that an earlier run left is never deleted by this one.
            Granted::Stopped(error) => {
                one.status = Status::Partial;
                let kept = format!(
                    "{} ({}) still exists without all its roles.",
                    about.upn, existing.user.id
                );
                problems.insert(0, left_behind(&about, self.terms, &kept, &error));
            }
        }
        self.context.console.clear_progress();
        conclude_account(&mut one, problems);
        Ok(one)
    }

    /// Makes an account that an earlier run never made, with the password that run put where it was to go.
    pub(crate) async fn make_left(
        &mut self,
        wanted: &WantedAccount,
        work: &Work,
        secret: &Secret,
    ) -> Result<OneAccount> {
        self.context.go_on()?;
        let mut one = OneAccount::begun(wanted, Status::Failed);
        one.operation_id = Some(work.operation_id.clone());
        one.secret = SecretView {
            generated: true,
            length: Some(secret.chars()),
            sinks: work.where_it_is(),
            escrow: None,
        };
        let about = About {
            operation_id: &work.operation_id,
            upn: &wanted.upn,
            id: None,
        };
        self.intend_all(&about, wanted, &work.sinks, work.escrow.clone())?;
        let mut problems = Vec::new();
        let fate = self
            .carry_out(
                &about,
                wanted,
                secret,
                Repeated::Yes,
                &mut one,
                &mut problems,
            )
            .await;
        if fate == Fate::NotInForce {
            self.opens_nothing(work, false);
            problems.extend(self.nothing_to_deliver(&about, work).err());
        }
        conclude_account(&mut one, problems);
        Ok(one)
    }

    /// Deletes the account that this run made, by the object id its journal holds.
    pub(super) async fn roll_back(
        &mut self,
        about: &About<'_>,
        seen: bool,
        cause: Error,
        one: &mut OneAccount,
        problems: &mut Vec<Error>,
    ) -> Fate {
        let id = about.id.unwrap_or_default();
        if let Err(error) = self.intend(about, DELETE, &[]) {
            one.status = Status::Partial;
            let kept = format!(
                "{} ({id}) exists and was not deleted, because the journal could not record it: {}",
                about.upn,
                error.message()
            );
            problems.insert(0, left_behind(about, self.terms, &kept, &cause));
            return Fate::InForce;
        }
        let sent_before = self.client.request_ids().len();
        self.context
            .console
            .progress(&format!("Deleting {} again.", about.upn));
        let outcome = self.run().delete_created(id, seen).await;
        problems.extend(
            self.conclude(about, DELETE, outcome.word(), outcome.error(), sent_before)
                .err(),
        );
        match outcome {
            Outcome::Done(()) => {
                one.status = Status::Failed;
                one.secret.sinks.clear();
                problems.insert(0, undone(about, self.terms.named, &cause));
                Fate::NotInForce
            }
            Outcome::Failed(error) => {
                one.status = Status::Partial;
                let kept = format!(
                    "{} ({id}) exists without all its roles, and it could not be deleted: {}",
                    about.upn,
                    error.cause().unwrap_or_default()
                );
                problems.insert(0, left_behind(about, self.terms, &kept, &cause));
                Fate::InForce
            }
            Outcome::Unknown(_) => {
                one.status = Status::Unknown;
                let kept = format!(
                    "{} ({id}) was to be deleted again, and whether it was is not known.",
                    about.upn
                );
                problems.insert(0, left_behind(about, self.terms, &kept, &cause));
                Fate::Unknown
            }
        }
    }

    /// Reads the account back and notes what Graph confirms.
    pub(crate) async fn read_back(&mut self, wanted: &WantedAccount, one: &mut OneAccount) {
        let id = one.id.clone().unwrap_or_default();
        let grants: Vec<(String, String)> = wanted
            .roles
            .iter()
            .map(|role| (role.id.clone(), role.scope.clone()))
            .collect();
        self.context
            .console
            .progress(&format!("Reading {} back.", wanted.upn));
        let proof = self.run().prove_account(&id, &grants).await;
        one.note_assignments(&proof.assignments);
        one.methods = proof.methods.map(|list| {
            let word = |kind: Option<String>, method: &RegisteredMethod| {
                MethodKind::from_graph(
                    kind.as_deref().unwrap_or_default(),
                    method.phone_type.as_deref(),
                    method.phone_number.as_deref(),
                )
                .word()
                .to_owned()
            };
            list.iter()
                .map(|method| word(method.odata_type.clone(), method))
                .collect()
        });
        for gap in proof.gaps {
            self.warn(
                "notReadBack",
                &wanted.upn,
                format!("{} was not read back: {gap}", wanted.upn),
            );
        }
        if let Some(user) = proof.user {
            let seen = compared(wanted.clone(), user, proof.assignments);
            one.cloud_only = Some(seen.user.on_premises_sync_enabled != Some(true));
            one.password_never_expires = Some(never_expires(&seen.user));
            for difference in seen
                .differences
                .iter()
                .filter(|difference| difference.property != "role")
            {
                self.warn(
                    "readBackDiffers",
                    &wanted.upn,
                    format!(
                        "{}: {} is {} and should be {}.",
                        wanted.upn, difference.property, difference.found, difference.expected
                    ),
                );
            }
        }
        for role in one.roles.iter().filter(|role| !role.verified) {
            let text = format!(
                "Graph accepted the role {} for {} and did not show it when it was read back.",
                role.name, wanted.upn
            );
            self.warnings.push(Warning {
                code: "notVerified",
                account: Some(wanted.upn.clone()),
                message: text,
            });
        }
    }

    /// Enables the version in a vault that waited for the account to be complete.
    pub(crate) async fn enable(&self, one: &mut OneAccount, work: &Work, recall: &Recall<'_>) {
        let enabled = recall.in_force(&work.sinks, &work.upn, &work.operation_id);
        if let Err(error) = enabled.await {
            conclude_account(one, vec![error.recode(ErrorCode::SecretNotDelivered)]);
        }
    }

    /// Hands over the password that only a sealed copy of an earlier run holds. What was handed over while the outcome was open is not
    /// handed over again, unless `again`.
    pub(crate) async fn hand_over(
        &mut self,
        one: &mut OneAccount,
        work: &Work,
        recall: &Recall<'_>,
        custody: &mut Custody,
        again: bool,
    ) {
        let (Some(copy), Some(id)) = (&work.copy, one.id.clone()) else {
            return;
        };
        let owed = Owed {
            operation_id: &work.operation_id,
            id: &id,
            upn: &work.upn,
            tenant: work.tenant.as_deref(),
            copy,
        };
        let done = if work.delivered == State::Unknown && !again {
            recall.forget(copy);
            Ok(())
        } else {
            let done = recall.hand_over(&owed, None, custody).await;
            done.map_err(|error| match self.terms.resumed {
                true => {
                    let fix = error.remedy().to_owned();
                    let way = format!("admin-reset resume {}", work.operation_id);
                    error.fix(format!("{fix} Or go on with: {way}"))
                }
                false => error,
            })
        };
        let about = About {
            operation_id: &work.operation_id,
            upn: &work.upn,
            id: Some(&id),
        };
        let sent = self.client.request_ids().len();
        let outcome = if done.is_ok() { "done" } else { "failed" };
        let recorded = self.conclude(&about, DELIVER, outcome, done.as_ref().err(), sent);
        if done.is_ok() && !custody.places().is_empty() {
            one.secret.sinks = custody.places();
        }
        one.secret.escrow = copy.is_file().then(|| copy.to_string_lossy().into_owned());
        conclude_account(one, done.err().into_iter().chain(recorded.err()).collect());
    }

    /// Issues the access pass; its code exists only after Graph's reply, so it is delivered then.
    pub(crate) async fn access_pass(
        &mut self,
        one: &mut OneAccount,
        minutes: Option<u32>,
        custody: &mut Custody,
    ) {
        let (Some(id), Some(operation_id)) = (one.id.clone(), one.operation_id.clone()) else {
            return;
        };
        let upn = one.upn.clone();
        let about = About {
            operation_id: &operation_id,
            upn: &upn,
            id: Some(&id),
        };
        let terms = PassTerms::lasting(minutes);
        let run = self.run();
        let issued = access_pass::issue(&run, &self.ledger, about.whom(), &terms, custody).await;
        one.access_pass = issued.view;
        if let Some(error) = issued.error {
            conclude_account(one, vec![error]);
        }
    }
}
