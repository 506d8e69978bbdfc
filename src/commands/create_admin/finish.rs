//! Going on with accounts that an earlier run began: consent, what is missing, the handing over of their passwords.

use super::Args;
use super::execute::Executor;
use super::existing::Existing;
use super::history::Work;
use super::left::{Left, nothing_made, unreadable, wanted};
use super::make::{endpoint, ledger};
use super::outcome::{concluded, empty, go_on, plan_of, plan_to_make};
use super::report::{CreateReport, OneAccount, Status};
use super::wanted::{self, TenantView, WantedAccount, WantedRole};
use crate::consent::shell_word;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::graph::Client;
use crate::journal::Operation;
use crate::recall::Recall;
use crate::render::Report;
use crate::sink::{self, Custody};
use std::rc::Rc;

/// How passwords of an earlier run are read back, and where those go that only a sealed copy holds.
pub(super) struct Handing<'a> {
    pub(super) context: &'a Context,
    pub(super) recall: Recall<'a>,
    /// `--secret-to`.
    pub(super) named: &'a [String],
    /// What `resume` goes on with: accounts that never came into being are made, with the password of then. None when the command
    /// itself is run again, which makes another one.
    pub(super) operations: &'a [Operation],
}

impl Handing<'_> {
    fn operation(&self, work: &Work) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|one| one.operation_id == work.operation_id)
    }

    /// Why the password of a work could not be read back, as far as that is found out without a write and without a person: a vault
    /// gives what waits in it only once it is enabled.
    async fn out_of_reach(&self, work: &Work) -> Option<Vec<String>> {
        let asks = self.context.console.can_ask()
            || work
                .sinks
                .iter()
                .any(|place| place.starts_with("keyvault:"));
        let operation = self.operation(work).filter(|_| !asks)?;
        self.recall.secret(operation).await.err()
    }

    /// Whether an account that is not there is to be made.
    fn makes(&self, work: &Work) -> bool {
        work.was_never_there() && !work.roles.is_empty() && self.operation(work).is_some()
    }
}

/// Where what a sealed copy holds goes once its account is complete.
struct Owing {
    custody: Custody,
    /// Whether the destinations were named now.
    again: bool,
}

impl Owing {
    async fn of(
        work: &Work,
        handing: &Handing<'_>,
        several: bool,
        context: &Context,
    ) -> Result<Option<Self>> {
        if !work.owes() {
            return Ok(None);
        }
        // Each account's password goes to its own destinations: those of a pair lie apart.
        let named = match several {
            true => Vec::new(),
            false => not_holding(handing.named, work, context)?,
        };
        let specs = handing.recall.destinations(&named, &work.sinks)?;
        let mut custody = context.custody(&specs, false)?;
        if custody.uses_stdout() {
            context.console.give_stdout_to_secret();
        }
        custody.prove().await?;
        let again = !named.is_empty();
        Ok(Some(Owing { custody, again }))
    }
}

/// Of the destinations that are named those that do not hold the password from the run before.
fn not_holding(named: &[String], work: &Work, context: &Context) -> Result<Vec<String>> {
    let mut others = Vec::new();
    for text in named {
        let custody = context.custody(&[sink::parse(text)?], false)?;
        let holds = custody
            .places()
            .iter()
            .any(|place| place.holds() && work.sinks.contains(&place.to_string()));
        if !holds {
            others.push(text.clone());
        }
    }
    Ok(others)
}

/// Finishes the accounts that an earlier run began.
pub(super) async fn finish_left(
    args: &Args,
    context: &Context,
    client: &Rc<Client>,
    tenant: TenantView,
    caller: Option<String>,
    left: Left,
    handing: Handing<'_>,
) -> Result<Box<dyn Report>> {
    let (to_make, gone): (Vec<Work>, Vec<Work>) = left
        .never_made
        .into_iter()
        .partition(|work| handing.makes(work));
    announce(context, &left.accounts, &to_make, handing.operations);
    if args.consent.dry_run {
        let there = left.accounts.iter();
        let accounts = there
            .map(|(work, existing)| plan_of(existing, Some(work)))
            .chain(gone.iter().map(|work| nothing_made(work, args)));
        let mut accounts: Vec<OneAccount> = accounts.collect();
        for work in &to_make {
            accounts.push(match handing.out_of_reach(work).await {
                None => plan_to_make(&wanted(work, args), work),
                Some(reasons) => unreadable(work, args, &reasons),
            });
        }
        return Ok(Box::new(CreateReport {
            go_on: Some(match handing.operations {
                [] => go_on(args, &tenant),
                [operation, ..] => format!(
                    "admin-reset resume {} --confirm {}",
                    operation.operation_id,
                    shell_word(&tenant.initial_domain)
                ),
            }),
            ..empty(args, tenant, accounts)
        }));
    }
    consented(args, context, &tenant, &left.accounts, &to_make).await?;
    let owing = left.accounts.iter().map(|(work, _)| work).chain(&to_make);
    let several = args.pair || owing.clone().filter(|work| work.owes()).count() > 1;
    let mut owings = Vec::new();
    for work in owing {
        owings.push(Owing::of(work, &handing, several, context).await?);
    }
    let mut executor = Executor {
        context,
        client,
        terms: args.terms(),
        tenant: &tenant,
        ledger: ledger(args, context, caller.as_deref(), &tenant)?,
        free_since: left.free_since,
        warnings: Vec::new(),
    };
    let mut accounts = Vec::new();
    for work in &gone {
        executor.never_made(work)?;
        accounts.push(nothing_made(work, args));
    }
    let mut owings = owings.into_iter();
    for (work, existing) in &left.accounts {
        let mut one = match executor.finish(existing, work).await {
            Ok(one) => one,
            Err(error) => beside(&accounts, &existing.wanted, Some(work), error)?,
        };
        let owing = owings.next().flatten();
        settle(&mut executor, &mut one, work, &handing, owing).await;
        accounts.push(one);
    }
    for work in &to_make {
        let owing = owings.next().flatten();
        let mut one = match make(&mut executor, work, args, &handing).await {
            Ok(one) => one,
            Err(error) => beside(&accounts, &wanted(work, args), Some(work), error)?,
        };
        settle(&mut executor, &mut one, work, &handing, owing).await;
        accounts.push(one);
    }
    Ok(Box::new(concluded(args, context, executor, accounts)))
}

/// What stopped an account before anything was sent for it: alone the error tells it all, beside others that may have changed it is one
/// of the results.
pub(super) fn beside(
    others: &[OneAccount],
    wanted: &WantedAccount,
    work: Option<&Work>,
    error: Error,
) -> Result<OneAccount> {
    if others.iter().all(|one| one.status == Status::Exists) {
        return Err(error);
    }
    Ok(OneAccount {
        operation_id: work.map(|work| work.operation_id.clone()),
        error: Some(error),
        ..OneAccount::begun(wanted, Status::Failed)
    })
}

/// Makes an account that never came into being, if the password of then can be read back.
async fn make(
    executor: &mut Executor<'_>,
    work: &Work,
    args: &Args,
    handing: &Handing<'_>,
) -> Result<OneAccount> {
    let Some(operation) = handing.operation(work) else {
        return Ok(nothing_made(work, args));
    };
    match handing.recall.secret(operation).await {
        Ok(secret) => executor.make_left(&wanted(work, args), work, &secret).await,
        Err(reasons) => Ok(unreadable(work, args, &reasons)),
    }
}

/// The account is complete: its password is where it was to go, or goes there now.
async fn settle(
    executor: &mut Executor<'_>,
    one: &mut OneAccount,
    work: &Work,
    handing: &Handing<'_>,
    owing: Option<Owing>,
) {
    if one.status != Status::Done {
        return;
    }
    executor.enable(one, work, &handing.recall).await;
    if let Some(Owing { mut custody, again }) = owing {
        executor
            .hand_over(one, work, &handing.recall, &mut custody, again)
            .await;
    }
}

fn announce(
    context: &Context,
    accounts: &[(Work, Existing)],
    to_make: &[Work],
    operations: &[Operation],
) {
    let say = |works: &[&Work], what: &str| {
        let Some(first) = works.first() else { return };
        let names: Vec<&str> = works.iter().map(|work| work.upn.as_str()).collect();
        context.console.note(&format!(
            "Operation {} is unfinished: {} {what}.",
            first.operation_id,
            names.join(" and "),
        ));
    };
    let there: Vec<&Work> = accounts.iter().map(|(work, _)| work).collect();
    say(
        &there,
        match operations {
            [] => "is to be completed instead of making another account",
            _ => "is to be completed",
        },
    );
    let absent: Vec<&Work> = to_make.iter().collect();
    say(
        &absent,
        "never came into being, and is to be made with the password of then",
    );
}

/// Roles are given with consent only.
async fn consented(
    args: &Args,
    context: &Context,
    tenant: &TenantView,
    accounts: &[(Work, Existing)],
    to_make: &[Work],
) -> Result<()> {
    let roles: Vec<WantedRole> = accounts
        .iter()
        .flat_map(|(_, existing)| existing.missing_roles.clone())
        .chain(to_make.iter().flat_map(|work| wanted(work, args).roles))
        .collect();
    if roles.is_empty() && to_make.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = accounts
        .iter()
        .map(|(work, _)| work)
        .chain(to_make)
        .map(|work| work.upn.as_str())
        .collect();
    let words = wanted::roles_in_words(&roles);
    let what = format!(
        "Finish {} with {words} in {}{}",
        names.join(" and "),
        tenant.initial_domain,
        endpoint(context)
    );
    args.consent
        .obtain(&wanted::subject(tenant, &words), &what, &context.console)
        .await
}
