//! The order that leaves no half account and loses no password: stage, journal, create, wait, roles last, read back, settle.
//! One account at a time through this file.

use super::Terms;
use super::account::{OneAccount, SecretView, Status};
use super::history::{CREATE, role_step};
use super::record::{About, conclude_account, left_behind, named, way_on};
use super::wanted::{TenantView, WantedAccount, WantedRole, Warning};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Exit, Result};
use crate::graph::Client;
use crate::ledger::Ledger;
use crate::passwords::PasswordArgs;
use crate::plan::create::Visible;
use crate::plan::grant::Grant;
use crate::plan::{Outcome, Run};
use crate::secret::Secret;
use crate::sink::{Custody, Entry, Fate};
use std::time::SystemTime;

/// What the accounts of a run share.
pub(crate) struct Executor<'a> {
    pub(crate) context: &'a Context,
    pub(crate) client: &'a Client,
    pub(crate) terms: Terms,
    pub(crate) tenant: &'a TenantView,
    pub(crate) ledger: Ledger,
    pub(crate) free_since: Option<SystemTime>,
    pub(crate) warnings: Vec<Warning>,
}

/// Whether an earlier run may have sent the same creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeated {
    No,
    Yes,
}

impl Repeated {
    /// What an answer says of both together: only one about the content holds for the earlier one as well. That the name is taken, that
    /// this caller may not, or that no answer came, says nothing of it.
    fn understood<T>(self, outcome: Outcome<T>) -> Outcome<T> {
        match outcome {
            Outcome::Failed(error)
                if self == Repeated::Yes
                    && (error.code() == ErrorCode::AlreadyExists
                        || error.said().http_status != Some(400)) =>
            {
                Outcome::Unknown(error)
            }
            outcome => outcome,
        }
    }
}

/// How giving the roles ended.
pub(crate) enum Granted {
    All,
    /// A role was clearly not given, or the person asked to stop.
    Stopped(Error),
    Unknown(Error),
}

impl Executor<'_> {
    pub(crate) fn run(&self) -> Run<'_> {
        Run {
            client: self.client,
            wait: self.terms.wait,
            stop: &self.context.stop,
        }
    }

    /// Creates one account. An error means that nothing was sent; everything later is in the result.
    ///
    /// A generated password that Entra refuses, as chance can bring one near to a word of the banned list, is replaced by a fresh one
    /// once. The refused one is out of its destinations by then.
    pub(crate) async fn create(
        &mut self,
        wanted: &WantedAccount,
        operation_id: &str,
        custody: &mut Custody,
    ) -> Result<OneAccount> {
        let one = self.attempt(wanted, operation_id, custody).await?;
        let refused = one
            .error
            .as_ref()
            .is_some_and(|error| error.code() == ErrorCode::PasswordRefused);
        if !refused || one.created || one.status != Status::Failed {
            return Ok(one);
        }
        self.context.console.note(&format!(
            "Entra refused the generated password of {}; nothing was created. A fresh one is tried.",
            wanted.upn
        ));
        self.attempt(wanted, operation_id, custody).await
    }

    async fn attempt(
        &mut self,
        wanted: &WantedAccount,
        operation_id: &str,
        custody: &mut Custody,
    ) -> Result<OneAccount> {
        self.context.go_on()?;
        let mut one = OneAccount::begun(wanted, Status::Failed);
        one.operation_id = Some(operation_id.to_owned());
        let secret = PasswordArgs::default().generate(wanted.length)?;
        // The object id does not exist yet, so the name identifies the secret.
        let staged = Entry {
            tenant: Some(&self.tenant.id),
            upn: &wanted.upn,
            id: &wanted.upn,
            operation_id,
            secret: &secret,
            what: "password",
        };
        custody.stage(&staged).await?;
        one.secret = SecretView {
            generated: true,
            length: Some(secret.chars()),
            sinks: custody.places(),
            escrow: None,
        };
        let about = About {
            operation_id,
            upn: &wanted.upn,
            id: None,
        };
        let escrow = custody.escrow_name(&wanted.upn);
        if let Err(error) = self.intend_all(&about, wanted, &named(&one.secret.sinks), escrow) {
            // Nothing was sent: the staged secret opens nothing.
            let _ = custody.settle(&wanted.upn, Fate::NotInForce).await;
            return Err(error);
        }
        let mut problems = Vec::new();
        let fate = self
            .carry_out(
                &about,
                wanted,
                &secret,
                Repeated::No,
                &mut one,
                &mut problems,
            )
            .await;
        for done in [
            custody.settle(&wanted.upn, fate).await,
            custody.publish().await,
        ] {
            problems.extend(
                done.err()
                    .map(|error| error.recode(ErrorCode::SecretNotDelivered)),
            );
        }
        // Nothing left this machine: the error alone tells it all.
        if fate == Fate::NotInForce
            && !one.created
            && let Some(error) = problems.first()
            && error.said().http_status.is_none()
            && error.exit() == Exit::Unavailable
        {
            return Err(problems.remove(0).operation(operation_id));
        }
        problems.extend(self.ledger.note_deliveries(&custody.deliveries()).err());
        one.secret.escrow = custody.escrow_path(&wanted.upn);
        conclude_account(&mut one, problems);
        Ok(one)
    }

    /// Sends the creation and what follows it; says what became of the password.
    pub(crate) async fn carry_out(
        &mut self,
        about: &About<'_>,
        wanted: &WantedAccount,
        secret: &Secret,
        repeated: Repeated,
        one: &mut OneAccount,
        problems: &mut Vec<Error>,
    ) -> Fate {
        self.context.begin_change(about.operation_id);
        let sent_before = self.client.request_ids().len();
        self.context
            .console
            .progress(&format!("Creating {}.", wanted.upn));
        let outcome = self
            .run()
            .create_user(&wanted.as_new(), secret, self.free_since)
            .await;
        let outcome = repeated.understood(outcome);
        let id = match &outcome {
            Outcome::Done(created) => Some(created.user.id.clone()),
            _ => None,
        };
        let about = About {
            id: id.as_deref(),
            ..*about
        };
        problems.extend(
            self.conclude(&about, CREATE, outcome.word(), outcome.error(), sent_before)
                .err(),
        );
        let fate = match outcome {
            Outcome::Done(created) => {
                one.created = true;
                one.id = Some(created.user.id.clone());
                if created.found {
                    self.warn("replyLost", &wanted.upn, format!("The reply to the creation of {} was lost; the account was found by its name.", wanted.upn));
                }
                self.after_creation(&about, wanted, one, problems).await
            }
            Outcome::Failed(error) => {
                problems.extend(self.skip(&about, &wanted.roles));
                one.secret.sinks.clear();
                problems.insert(0, error);
                Fate::NotInForce
            }
            Outcome::Unknown(error) => {
                one.status = Status::Unknown;
                problems.insert(0, self.kept(&about, error));
                Fate::Unknown
            }
        };
        self.context.console.clear_progress();
        fate
    }

    /// Everything after the account exists; says what became of its password.
    async fn after_creation(
        &mut self,
        about: &About<'_>,
        wanted: &WantedAccount,
        one: &mut OneAccount,
        problems: &mut Vec<Error>,
    ) -> Fate {
        let id = about.id.unwrap_or_default();
        let mut seen = false;
        self.context
            .console
            .progress(&format!("Waiting until {} is visible.", about.upn));
        let granted = match self.run().wait_until_visible(id).await {
            Visible::Yes(_) => {
                seen = true;
                self.grant(about, &wanted.roles, one, problems).await
            }
            Visible::CannotRead(error) => {
                self.warn(
                    "notReadBack",
                    about.upn,
                    format!(
                        "{} cannot be read back: {}",
                        about.upn,
                        error.cause().unwrap_or_default()
                    ),
                );
                self.grant(about, &wanted.roles, one, problems).await
            }
            Visible::NotYet(error) => {
                problems.extend(self.skip(about, &wanted.roles));
                let why = format!("{} {}", error.message(), error.cause().unwrap_or_default());
                Granted::Stopped(
                    Error::new(
                        ErrorCode::ServiceFailed,
                        format!(
                            "{} was created and did not become visible in {} s.",
                            about.upn,
                            self.terms.wait.as_secs()
                        ),
                    )
                    .why(why.trim().to_owned())
                    .fix("Run the command again with a longer --wait.")
                    .service(error.said().clone()),
                )
            }
        };
        match granted {
            Granted::All => {
                one.status = Status::Done;
                self.read_back(wanted, one).await;
                Fate::InForce
            }
            Granted::Unknown(error) => {
                one.status = Status::Unknown;
                problems.insert(0, error);
                Fate::InForce
            }
            Granted::Stopped(error) if self.terms.no_rollback => {
                one.status = Status::Partial;
                let kept = format!(
                    "{} ({id}) exists without all its roles, as --no-rollback asks.",
                    about.upn
                );
                problems.insert(0, left_behind(about, self.terms, &kept, &error));
                Fate::InForce
            }
            Granted::Stopped(error) => self.roll_back(about, seen, error, one, problems).await,
        }
    }

    /// Gives the roles, in order, the account's last step.
    pub(crate) async fn grant(
        &mut self,
        about: &About<'_>,
        roles: &[WantedRole],
        one: &mut OneAccount,
        problems: &mut Vec<Error>,
    ) -> Granted {
        let id = about.id.unwrap_or_default();
        for (at, role) in roles.iter().enumerate() {
            if self.context.stop.get() {
                problems.extend(self.skip(about, &roles[at..]));
                return Granted::Stopped(
                    Error::new(
                        ErrorCode::PartlyDone,
                        format!(
                            "Interrupted before {} got the role {}.",
                            about.upn, role.name
                        ),
                    )
                    .fix("Run the command again when you are ready."),
                );
            }
            self.context
                .console
                .progress(&format!("Giving {} the role {}.", about.upn, role.name));
            let sent_before = self.client.request_ids().len();
            let outcome = self
                .run()
                .assign_role(Grant {
                    principal_id: id,
                    role_id: &role.id,
                    scope: &role.scope,
                })
                .await;
            problems.extend(
                self.conclude(
                    about,
                    &role_step(&role.id, &role.scope),
                    outcome.word(),
                    outcome.error(),
                    sent_before,
                )
                .err(),
            );
            match outcome {
                Outcome::Done(assignment) => one.note_given(&role.id, &role.scope, assignment.id),
                Outcome::Failed(error) => {
                    problems.extend(self.skip(about, &roles[at + 1..]));
                    return Granted::Stopped(error);
                }
                Outcome::Unknown(error) => return Granted::Unknown(self.kept(about, error)),
            }
        }
        Granted::All
    }

    /// Nothing is given up as long as it is not clear.
    fn kept(&self, about: &About<'_>, error: Error) -> Error {
        error.fix(format!("Keep the secret. {}", way_on(about, self.terms)))
    }

    pub(crate) fn warn(&mut self, code: &'static str, upn: &str, message: String) {
        self.context.console.warn(&message);
        self.warnings.push(Warning {
            code,
            account: Some(upn.to_owned()),
            message,
        });
    }
}
