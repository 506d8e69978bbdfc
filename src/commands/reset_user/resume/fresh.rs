//! Users of a bulk run that it never began: read and judged anew, then reset as the run would have, with its options and into its
//! destinations. Never one whom an operation has begun, of this run or of another since.

use super::super::bulk::{self, Looked};
use super::super::execute::Executor;
use super::super::prepare::{self, Prepared};
use super::super::report::{CallerView, OneReset};
use super::super::run_list::{self, Options};
use super::super::wanted::Wanted;
use super::super::{Args, COMMAND};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Exit, Result};
use crate::facts::Surroundings;
use crate::graph::Client;
use crate::ids::UserId;
use crate::journal::Operation;
use crate::ledger::Ledger;
use crate::resuming::{ResumeArgs, Work};
use crate::runs::{self, Run};
use crate::sink::{self, Custody, SinkSpec, apart};
use std::collections::HashSet;
use std::rc::Rc;

/// What is left of the list of a run.
pub(super) struct Fresh {
    pub(super) run: Run,
    args: Args,
    options: Options,
    looked: Vec<Looked>,
    /// How many of them can be begun.
    pub(super) ready: usize,
    /// Everybody whom the run did not begin, by the names of its list.
    list: HashSet<String>,
}

/// Options of a run, as they were written down.
pub(super) fn options(run: &Run) -> Result<Options> {
    serde_json::from_value(run.options.clone()).map_err(|cause| {
        Error::new(
            ErrorCode::JournalRefused,
            format!("The options of run {} are not understood.", run.id),
        )
        .why("Another version of this tool wrote them.")
        .source(cause)
    })
}

fn count(looked: &[Looked]) -> usize {
    looked
        .iter()
        .filter(|one| matches!(one, Looked::Ready(_)))
        .count()
}

impl Fresh {
    /// Reads those who are left; `None` when nobody is.
    pub(super) async fn look(
        work: &Work,
        asked: &ResumeArgs,
        context: &Context,
        client: &Rc<Client>,
        surroundings: &mut Surroundings,
    ) -> Result<Option<Self>> {
        let Some(run) = work.run.clone() else {
            return Ok(None);
        };
        let own = client.tenant().await;
        if let (Some(own), Some(its)) = (&own, &run.tenant)
            && !own.eq_ignore_ascii_case(its)
        {
            return Err(Error::new(
                ErrorCode::BadInput,
                format!("Run {} belongs to another tenant.", run.id),
            )
            .fix("Sign in to the tenant of the run."));
        }
        let options = options(&run)?;
        // A change of another operation that clearly did not happen is no reason to leave somebody out.
        let (done, elsewhere) = (
            run_list::begun(&work.operations),
            run_list::in_force(&work.elsewhere),
        );
        let left: Vec<&String> = run
            .users
            .iter()
            .filter(|user| !done.contains(&user.to_ascii_lowercase()))
            .collect();
        let (since, left): (Vec<&String>, Vec<&String>) = left
            .into_iter()
            .partition(|user| elsewhere.contains(&user.to_ascii_lowercase()));
        if !since.is_empty() {
            context.console.warn(&format!(
                "{} users of the run were reset since by another operation, and are left alone.",
                since.len()
            ));
        }
        let names: Vec<UserId> = left
            .iter()
            .map(|user| UserId::parse(user))
            .collect::<Result<_>>()?;
        let mut args = options.args(asked);
        let wanted = Wanted::new(&args);
        let looked = if args.no_preflight {
            let claims = client.token().await?.claims;
            let unread = |name| {
                prepare::unread(name, &wanted, &claims, context)
                    .map(|prepared| Looked::Ready(Box::new(prepared)))
            };
            names.iter().map(unread).collect::<Result<_>>()?
        } else {
            bulk::look(&args, context, client, &names, &wanted, surroundings).await?
        };
        let ready = count(&looked);
        // The number that was given is of all who are gone on with, and was compared with them.
        args.confirm_count = asked.confirm_count.map(|_| ready);
        let list = left.iter().map(|user| user.to_ascii_lowercase()).collect();
        Ok(Some(Fresh {
            run,
            args,
            options,
            looked,
            ready,
            list,
        }))
    }

    /// Whether the run begins the user of an operation anew that ended before the password was touched.
    pub(super) fn begins(&self, operation: &Operation) -> bool {
        operation.step("resetPassword").is_none()
            && run_list::names(operation).any(|name| self.list.contains(&name))
    }

    /// Looks again at those whose account was outside its restricted unit when it was looked at first, and was put back since.
    pub(super) async fn look_again(
        &mut self,
        ready: &[(Operation, Prepared)],
        context: &Context,
        client: &Rc<Client>,
        surroundings: &mut Surroundings,
    ) -> Result<()> {
        let back: HashSet<String> = ready
            .iter()
            .filter(|(operation, _)| self.begins(operation))
            .flat_map(|(operation, _)| run_list::names(operation))
            .collect();
        let stale = |one: &Looked| run_list::key(one).is_some_and(|key| back.contains(&key));
        let (stale, mut looked): (Vec<Looked>, Vec<Looked>) = std::mem::take(&mut self.looked)
            .into_iter()
            .partition(stale);
        if !stale.is_empty() && !self.args.no_preflight {
            let names: Vec<UserId> = stale
                .iter()
                .filter_map(run_list::key)
                .map(|key| UserId::parse(&key))
                .collect::<Result<_>>()?;
            let wanted = Wanted::new(&self.args);
            looked.extend(
                bulk::look(&self.args, context, client, &names, &wanted, surroundings).await?,
            );
        } else {
            looked.extend(stale);
        }
        self.ready = count(&looked);
        self.looked = looked;
        Ok(())
    }

    pub(super) async fn consent(&self, context: &Context) -> Result<()> {
        bulk::consented(&self.args, context, &self.looked).await
    }

    /// What would be done.
    pub(super) fn planned(self) -> Vec<OneReset> {
        let args = &self.args;
        let plan = |one| match one {
            Looked::Ready(prepared) => {
                OneReset::planned(&prepared, CallerView::default(), Vec::new(), true, args)
            }
            Looked::Refused(one) => *one,
        };
        self.looked.into_iter().map(plan).collect()
    }

    /// The destinations: those of the run, unless others are named. What shows secrets on stdout wants to be named.
    pub(super) fn destinations(&self, asked: &ResumeArgs) -> Result<Vec<SinkSpec>> {
        let named = if asked.secret_to.is_empty() {
            &self.options.secret_to
        } else {
            &asked.secret_to
        };
        let specs: Vec<SinkSpec> = named
            .iter()
            .map(|text| sink::parse(text))
            .collect::<Result<_>>()?;
        if self.ready > 0 && asked.secret_to.is_empty() && specs.contains(&SinkSpec::Stdout) {
            return Err(Error::new(
                ErrorCode::SinkNeeded,
                format!(
                    "{} users of the run are left, and their passwords were to go to stdout.",
                    self.ready
                ),
            )
            .why("What goes on with a run shows secrets only when it is asked to.")
            .fix("Add --secret-to stdout, or name another destination."));
        }
        Ok(specs)
    }

    /// How many could not be read for a reason that passes; they stay on the list.
    pub(super) fn unread(&self) -> usize {
        let passes = |one: &&Looked| {
            matches!(one, Looked::Refused(one)
                if one.error.as_ref().is_some_and(|error| error.exit() == Exit::Unavailable))
        };
        self.looked.iter().filter(passes).count()
    }

    /// Nobody is begun: those who cannot be, and the others for this reason.
    fn refused(self, why: Option<&Error>) -> Vec<OneReset> {
        let refused = |one| match (one, why) {
            (Looked::Refused(one), _) => Some(*one),
            (Looked::Ready(prepared), Some(why)) => Some(bulk::refused(&prepared, why.copied())),
            (Looked::Ready(_), None) => None,
        };
        self.looked.into_iter().filter_map(refused).collect()
    }

    /// Resets those who are left; also how many are still not begun. Their destinations are opened only now: what was handed over
    /// before may have gone into the same table.
    pub(super) async fn begin(
        self,
        specs: &[SinkSpec],
        context: &Context,
        client: &Client,
        caller: &CallerView,
    ) -> Result<(Vec<OneReset>, usize)> {
        let ready = self.ready;
        if ready == 0 {
            return Ok((self.refused(None), 0));
        }
        let open = async || {
            self.take_back(context)?;
            let mut custody = context.custody_again(specs)?;
            if custody.uses_stdout() {
                context.console.give_stdout_to_secret();
            }
            let by_person = client.token().await?.claims.app_only == Some(false);
            custody.prove_to_change(by_person).await?;
            Ok(custody)
        };
        match open().await {
            Ok(custody) => self.execute(context, client, caller, custody).await,
            // Those who were gone on with are reported all the same.
            Err(error) => Ok((self.refused(Some(&error)), ready)),
        }
    }

    /// What the run put down for users and died before it was on record opens nothing, and would be in the way.
    fn take_back(&self, context: &Context) -> Result<()> {
        let recorded = self.options.secret_to.iter();
        let specs: Vec<SinkSpec> = recorded
            .map(|text| sink::parse(text))
            .collect::<Result<_>>()?;
        let staged = runs::staged(context.settings.state_dir()?, &self.run.id);
        for one in &self.looked {
            if let Looked::Ready(prepared) = one
                && staged.contains(&prepared.path_id().to_ascii_lowercase())
            {
                apart::take_back(&specs, prepared.path_id(), &context.console)?;
            }
        }
        Ok(())
    }

    async fn execute(
        self,
        context: &Context,
        client: &Client,
        caller: &CallerView,
        custody: Custody,
    ) -> Result<(Vec<OneReset>, usize)> {
        let ledger = Ledger::open(context, COMMAND, caller.name(), &self.args.consent)?;
        let executor =
            Executor::new(context, client, &self.args, ledger, custody).in_run(&self.run.id);
        let (mut users, left) = bulk::execute(&self.args, context, &executor, self.looked).await;
        let (undelivered, _) = executor.finish_many(&mut users).await;
        bulk::undelivered(&mut users, undelivered, context);
        Ok((users, left))
    }
}
