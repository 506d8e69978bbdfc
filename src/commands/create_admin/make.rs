//! From decision to accounts: consent, preview, destinations proven, one account after the other.

use super::ending::ask_outside;
use super::execute::Executor;
use super::existing::{ClockOffset, Existing};
use super::finish::beside;
use super::history::{self, Work};
use super::outcome::{concluded, planned, told};
use super::prepare::Prepared;
use super::report::{OneAccount, Status};
use super::wanted::{self, Slot, TenantView};
use super::{Args, IfExists, person};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Exit, Result};
use crate::graph::Client;
use crate::ledger::Ledger;
use crate::random;
use crate::recall::Recall;
use crate::render::Report;
use crate::sink::{Custody, SinkSpec};
use std::rc::Rc;
use std::time::SystemTime;

/// Creates what is missing, after comparing what is there.
pub(super) async fn make(
    args: &Args,
    context: &Context,
    client: &Rc<Client>,
    prepared: Prepared,
    mut works: Vec<Work>,
    mut custodies: Vec<Custody>,
    pass_spec: Option<SinkSpec>,
) -> Result<Box<dyn Report>> {
    let recall = Recall::plain(context, person(client).await?);
    if args.if_exists == IfExists::Fix {
        let there = |work: &&mut Work| {
            let own = |there: &Existing| work.upn.eq_ignore_ascii_case(&there.wanted.upn);
            prepared.existing().any(own)
        };
        for work in works.iter_mut().filter(there) {
            ask_outside(work, &recall).await;
        }
    }
    let offset = ClockOffset::of(prepared.free_since, SystemTime::now());
    let work_of = |existing: &Existing| {
        works
            .iter()
            .rev()
            .find(|work| work.upn.eq_ignore_ascii_case(&existing.wanted.upn))
    };
    if let Some(existing) = prepared
        .existing()
        .next()
        .filter(|_| args.if_exists == IfExists::Fail)
    {
        return Err(Error::new(
            ErrorCode::AlreadyExists,
            format!(
                "{} exists already; nothing was changed.",
                existing.wanted.upn
            ),
        )
        .why(format!("Its object id is {}.", existing.user.id))
        .fix("Choose another name, or compare it with --if-exists report."));
    }
    let fixes = |existing: &Existing| args.if_exists == IfExists::Fix && !existing.matches();
    for existing in prepared.existing().filter(|existing| fixes(existing)) {
        existing.may_finish(work_of(existing), offset)?;
    }
    let differs = prepared
        .existing()
        .any(|existing| !existing.matches() && !fixes(existing));
    let to_do = prepared.new_accounts().next().is_some() || prepared.existing().any(fixes);
    if differs || !to_do {
        let ours = prepared
            .existing()
            .filter(|existing| existing.matches() && !args.consent.dry_run);
        for (existing, work) in ours.filter_map(|existing| {
            work_of(existing)
                .filter(|work| work.is_unfinished())
                .map(|work| (existing, work))
        }) {
            // Complete after all: a run that died had come further than its journal.
            if existing.may_finish(Some(work), offset).is_ok() {
                executor(args, context, client, &prepared)?.note_complete(existing, work)?;
            }
        }
        let mut report = told(args, &prepared);
        let owing = prepared.existing().filter_map(work_of);
        for work in owing.filter(|work| work.owes()) {
            let message = format!(
                "The password of {} was not handed over yet: admin-reset resume {}",
                work.upn, work.operation_id
            );
            context.console.warn(&message);
            report.warnings.push(wanted::Warning {
                code: "notHandedOver",
                account: Some(work.upn.clone()),
                message,
            });
        }
        return Ok(Box::new(report));
    }
    let what = question(args, context, &prepared, &fixes);
    let gets: Vec<String> = prepared
        .slots
        .iter()
        .map(|slot| wanted::roles_in_words(&slot.wanted().roles))
        .take(1)
        .collect();
    let subject = wanted::subject(&prepared.tenant, &gets.concat());
    let asked = context.console.can_ask();
    if !asked && !args.consent.dry_run {
        args.consent
            .obtain(&subject, &what, &context.console)
            .await?;
    }
    if let Some(error) = &prepared.refusal {
        return Err(error.copied());
    }
    for warning in &prepared.warnings {
        context.console.warn(&warning.message);
    }
    if args.consent.dry_run {
        for custody in &custodies {
            custody.check().await?;
        }
        return Ok(Box::new(planned(args, &prepared, &custodies, &fixes)));
    }
    if asked {
        for line in preview(&prepared, &fixes) {
            context.console.note(&line);
        }
        args.consent
            .obtain(&subject, &what, &context.console)
            .await?;
    }
    let by_person = client.token().await?.claims.app_only == Some(false);
    for (slot, custody) in prepared.slots.iter().zip(&mut custodies) {
        match slot {
            // Its password is there already, so no other sealed copy is made of it.
            Slot::There(existing) if fixes(existing) => custody.prove().await?,
            _ => custody.prove_to_change(by_person).await?,
        }
    }
    let mut pass = pass_spec
        .map(|spec| context.custody(&[spec], false))
        .transpose()?;
    if let Some(pass) = &mut pass {
        pass.prove_to_change(by_person).await?;
    }
    let mut executor = executor(args, context, client, &prepared)?;
    for work in &prepared.never_made {
        executor.never_made(work)?;
    }
    let mut accounts: Vec<OneAccount> = Vec::new();
    for (slot, custody) in prepared.slots.iter().zip(&mut custodies) {
        let trouble = accounts.iter().any(|one| one.exit_code() != Exit::Done);
        let mut one = match slot {
            Slot::New(wanted) if trouble => OneAccount::begun(wanted, Status::Skipped),
            Slot::New(wanted) => match executor.create(wanted, &random::uuid()?, custody).await {
                Ok(one) => one,
                Err(error) => beside(&accounts, wanted, None, error)?,
            },
            Slot::There(existing) => match work_of(existing).filter(|_| fixes(existing)) {
                Some(work) => {
                    let mut one = match executor.finish(existing, work).await {
                        Ok(one) => one,
                        Err(error) => beside(&accounts, &existing.wanted, Some(work), error)?,
                    };
                    if one.status == Status::Done {
                        executor.enable(&mut one, work, &recall).await;
                        if work.owes() {
                            let again = !args.secret_to.is_empty();
                            let handing =
                                executor.hand_over(&mut one, work, &recall, custody, again);
                            handing.await;
                        }
                    }
                    one
                }
                None => OneAccount::there(existing),
            },
        };
        if let (Some(minutes), Some(pass), Status::Done) = (args.access_pass, &mut pass, one.status)
        {
            executor.access_pass(&mut one, minutes, pass).await;
        }
        accounts.push(one);
    }
    Ok(Box::new(concluded(args, context, executor, accounts)))
}

fn executor<'a>(
    args: &'a Args,
    context: &'a Context,
    client: &'a Client,
    prepared: &'a Prepared,
) -> Result<Executor<'a>> {
    Ok(Executor {
        context,
        client,
        terms: args.terms(),
        tenant: &prepared.tenant,
        ledger: ledger(
            args,
            context,
            prepared.surroundings.caller_name.as_deref(),
            &prepared.tenant,
        )?,
        free_since: prepared.free_since,
        warnings: prepared.warnings.clone(),
    })
}

pub(super) fn ledger(
    args: &Args,
    context: &Context,
    caller: Option<&str>,
    tenant: &TenantView,
) -> Result<Ledger> {
    Ok(Ledger::open(context, history::COMMAND, caller, &args.consent)?.in_tenant(&tenant.id))
}

fn question(
    args: &Args,
    context: &Context,
    prepared: &Prepared,
    fixes: &dyn Fn(&Existing) -> bool,
) -> String {
    let new: Vec<&str> = prepared
        .new_accounts()
        .map(|wanted| wanted.upn.as_str())
        .collect();
    let old: Vec<&str> = prepared
        .existing()
        .filter(|existing| fixes(existing))
        .map(|existing| existing.wanted.upn.as_str())
        .collect();
    let roles = prepared
        .slots
        .first()
        .map(|slot| wanted::roles_in_words(&slot.wanted().roles))
        .unwrap_or_default();
    let verb = |verb: &str, whom: &[&str]| {
        if whom.is_empty() {
            None
        } else {
            Some(format!("{verb} {}", whom.join(" and ")))
        }
    };
    let parts: Vec<String> = [verb("create", &new), verb("finish", &old)]
        .into_iter()
        .flatten()
        .collect();
    let mut text = parts.join(" and ");
    text.replace_range(..1, &text[..1].to_ascii_uppercase());
    let pass = if args.access_pass.is_some() {
        ", and issue an access pass"
    } else {
        ""
    };
    format!(
        "{text} with {roles}{pass} in {}{}",
        prepared.tenant.initial_domain,
        endpoint(context)
    )
}

/// A server that is not Microsoft's is named in every question.
pub(super) fn endpoint(context: &Context) -> String {
    if context.settings.endpoints.custom {
        format!(" at {}", context.settings.endpoints.graph)
    } else {
        String::new()
    }
}

fn preview(prepared: &Prepared, fixes: &dyn Fn(&Existing) -> bool) -> Vec<String> {
    let mut lines = vec![format!(
        "Tenant {} ({})",
        prepared.tenant.initial_domain, prepared.tenant.id
    )];
    for slot in &prepared.slots {
        let steps = match slot {
            Slot::New(wanted) => wanted.steps(),
            Slot::There(existing) if fixes(existing) => wanted::role_steps(&existing.missing_roles),
            Slot::There(_) => Vec::new(),
        };
        lines.extend(
            steps
                .iter()
                .map(|step| format!("- {}", step.sentence(&slot.wanted().upn))),
        );
    }
    lines
}
