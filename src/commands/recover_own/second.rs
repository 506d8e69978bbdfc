//! The second administrator: made with the living session, given a pass for its first sign-in, signed in as, and removed again.

use super::progress::Progress;
use super::{Recovery, Then};
use crate::access_pass;
use crate::administrator::Terms;
use crate::administrator::account::Status;
use crate::administrator::execute::Executor;
use crate::administrator::existing::{ClockOffset, compare};
use crate::administrator::finish::ask_outside;
use crate::administrator::history::{Work, display_name_for};
use crate::administrator::sight;
use crate::administrator::wanted::{TenantView, WantedAccount, WantedRole, made_up};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::methods::PassTerms;
use crate::graph::{Client, tenant, users};
use crate::ledger::{Ledger, Whom};
use crate::plan::{Outcome, Run, Step};
use crate::policy::names;
use crate::policy::password::BREAK_GLASS_LENGTH;
use crate::policy::roles::{
    GLOBAL_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, display_name,
};
use crate::recall::Recall;
use crate::sink::Custody;
use std::rc::Rc;
use std::time::SystemTime;

/// The second administrator, complete.
#[derive(Debug, Clone)]
pub(super) struct Second {
    pub(super) id: String,
    pub(super) upn: String,
    pub(super) places: Vec<String>,
}

impl Second {
    /// As an earlier run made it.
    pub(super) fn of(work: &Progress) -> Self {
        let (id, upn, places) = work.second.as_ref().map_or_else(
            || (String::new(), String::new(), Vec::new()),
            |second| {
                let id = second.id.clone().unwrap_or_default();
                (id, second.upn.clone(), second.sinks.clone())
            },
        );
        Second { id, upn, places }
    }
}

/// The least role that does it; one that stays is for emergencies.
pub(super) fn role_of(then: Then) -> &'static str {
    match then {
        Then::Keep => GLOBAL_ADMINISTRATOR,
        Then::Remove => PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    }
}

/// Name of that role.
pub(super) fn role_name(then: Then) -> &'static str {
    display_name(role_of(then))
}

fn wanted(upn: String, then: Then) -> WantedAccount {
    WantedAccount {
        display_name: display_name_for(&upn),
        mail_nickname: names::mail_nickname(&upn),
        roles: vec![WantedRole {
            id: role_of(then).to_owned(),
            name: role_name(then).to_owned(),
            scope: "/".to_owned(),
        }],
        force_change: false,
        never_expires: true,
        length: BREAK_GLASS_LENGTH,
        upn,
    }
}

impl Recovery<'_> {
    /// Makes it, or brings to its end what an earlier run began.
    pub(super) async fn make_second(
        &mut self,
        earlier: Option<&Progress>,
        custody: &mut Custody,
    ) -> Result<Second> {
        let client = self.context.client(&self.args.scopes(self.context))?;
        let place: TenantView = self.first.tenant.clone().ok_or_else(|| {
            Error::new(
                ErrorCode::Internal,
                "The tenant was not read before an account was to be made.",
            )
        })?;
        // A reply with the server's clock: whatever is older than it is not ours.
        let clock = client.fetch(&tenant::organization()).await?.date;
        let own = Ledger::open(
            self.context,
            super::COMMAND,
            Some(&self.first.upn),
            &self.args.consent,
        )?
        .in_tenant(&place.id);
        let mut executor = Executor {
            context: self.context,
            client: &client,
            terms: Terms {
                wait: self.args.wait(),
                no_rollback: false,
                named: false,
                resumed: false,
            },
            tenant: &place,
            ledger: own,
            free_since: clock,
            warnings: Vec::new(),
        };
        let begun = earlier
            .and_then(|work| work.second.as_ref())
            .filter(|work| work.may_have_created() && work.is_unfinished());
        let one = match begun {
            Some(work) => match self.finished(&client, &mut executor, work).await? {
                Some(one) => one,
                None => {
                    let upn = format!("{}@{}", made_up()?, place.initial_domain);
                    let wanted = wanted(upn, self.then);
                    executor
                        .create(&wanted, &self.operation_id, custody)
                        .await?
                }
            },
            None => {
                let upn = format!("{}@{}", made_up()?, place.initial_domain);
                let wanted = wanted(upn, self.then);
                executor
                    .create(&wanted, &self.operation_id, custody)
                    .await?
            }
        };
        self.report.warnings.extend(
            executor
                .warnings
                .iter()
                .map(|warning| warning.message.clone()),
        );
        let second = Second {
            id: one.id.clone().unwrap_or_default(),
            upn: one.upn.clone(),
            places: one.secret.sinks.iter().map(ToString::to_string).collect(),
        };
        match one.status {
            Status::Done => {
                self.report.note_second(&second);
                self.tick(
                    "createSecond",
                    format!(
                        "{} was made with the role {}",
                        second.upn,
                        role_name(self.then)
                    ),
                );
                Ok(second)
            }
            // Clearly not made, or made and taken back: nothing is left.
            Status::Failed => Err(one.error.unwrap_or_else(|| not_made(&second.upn))),
            _ => {
                self.report.note_second(&second);
                Err(one.error.unwrap_or_else(|| not_made(&second.upn)))
            }
        }
    }

    /// What an earlier run began, brought to its end; `None` when it never came into being.
    async fn finished(
        &self,
        client: &Client,
        executor: &mut Executor<'_>,
        work: &Work,
    ) -> Result<Option<crate::administrator::account::OneAccount>> {
        let wait = self.args.wait();
        let Some(user) = sight::account_of(client, self.context, work, wait, None).await? else {
            executor.never_made(work)?;
            return Ok(None);
        };
        let offset = ClockOffset::of(client.server_time(), SystemTime::now());
        let existing = compare(client, wanted(work.upn.clone(), self.then), user).await?;
        let mut work = work.clone();
        let by_person = client.token().await?.claims.app_only == Some(false);
        ask_outside(&mut work, &Recall::plain(self.context, by_person)).await;
        existing.may_finish(Some(&work), offset)?;
        executor.finish(&existing, &work).await.map(Some)
    }

    /// An access pass for its first sign-in, where one was asked for and the tenant allows it; else its password does.
    pub(super) async fn pass_for(
        &mut self,
        ledger: &Ledger,
        second: &Second,
        custody: &mut Custody,
    ) {
        if self.args.access_pass_to.is_none() {
            return;
        }
        let Ok(client) = self.context.client(&self.args.scopes(self.context)) else {
            return;
        };
        let terms = PassTerms {
            once: Some(true),
            ..PassTerms::default()
        };
        let allowed = async {
            let found = access_pass::find(&client, &second.id).await?;
            match &found.policy {
                Some(policy) => {
                    access_pass::check(&client, policy, &second.id, &second.upn, &terms).await
                }
                None => Ok(()),
            }
        };
        let problem = match allowed.await {
            Err(error) => Some(error),
            Ok(()) => {
                let whom = Whom {
                    operation_id: &self.operation_id,
                    id: Some(&second.id),
                    upn: Some(&second.upn),
                };
                let run = self.run(&client);
                let issued = access_pass::issue(&run, ledger, whom, &terms, custody).await;
                self.report.access_pass = issued.view;
                issued.error
            }
        };
        match problem {
            None => self.tick(
                "issueAccessPass",
                format!("an access pass for {} was issued", second.upn),
            ),
            Some(error) => {
                let words = format!(
                    "No access pass for {}, so its password is for the sign-in: {}",
                    second.upn,
                    error.cause().unwrap_or_else(|| error.message().to_owned())
                );
                self.context.console.warn(&words);
                self.report.warnings.push(words);
            }
        }
    }

    /// Signs a person in anew and makes sure that it is the right one.
    pub(super) async fn sign_in_as(&self, id: &str, upn: &str, which: &str) -> Result<Rc<Client>> {
        self.context.go_on()?;
        self.context.console.must_say(&format!(
            "Sign in as {upn} ({which}). It may take a minute until a new account or password is known everywhere."
        ));
        let in_browser = self.args.in_browser(self.context);
        let client = self
            .context
            .client_anew(&self.args.scopes(self.context), in_browser, upn)?;
        let claims = client.token().await?.claims;
        let found = match claims.oid {
            Some(oid) => oid,
            None => client.fetch(&users::me("id")).await?.value.id,
        };
        if found.eq_ignore_ascii_case(id) {
            return Ok(client);
        }
        Err(Error::new(
            ErrorCode::SignInFailed,
            format!("Another account signed in than {upn}."),
        )
        .why(format!(
            "It was {}.",
            claims
                .upn
                .as_deref()
                .unwrap_or("one without a readable name")
        ))
        .fix(format!(
            "Sign in as {upn}; a private window of the browser helps."
        )))
    }

    /// Deletes it, by the object id that the journal holds.
    pub(super) async fn remove_second(
        &mut self,
        ledger: &Ledger,
        client: &Client,
        second: &Second,
    ) -> Result<()> {
        self.context.go_on()?;
        let operation_id = self.operation_id.clone();
        let whom = Whom {
            operation_id: &operation_id,
            id: Some(&second.id),
            upn: Some(&second.upn),
        };
        let run = self.run(client);
        let step = Step::DeleteUser;
        let (outcome, unrecorded) = ledger
            .take(client, whom, step.name(), run.delete_user(&second.id))
            .await;
        match outcome {
            Outcome::Done(()) => {
                self.report.kept = Some(false);
                self.tick("removeSecond", format!("{} was deleted", second.upn));
                unrecorded.map_or(Ok(()), Err)
            }
            Outcome::Failed(error) | Outcome::Unknown(error) => Err(error),
        }
    }

    pub(super) fn run<'c>(&'c self, client: &'c Client) -> Run<'c> {
        Run {
            client,
            wait: self.args.wait(),
            stop: &self.context.stop,
        }
    }
}

fn not_made(upn: &str) -> Error {
    Error::new(ErrorCode::ServiceFailed, format!("{upn} was not made."))
}
