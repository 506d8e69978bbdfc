//! A Temporary Access Pass: what the tenant's policy allows, and issuing one. Graph makes the code, so it is handed over after the
//! reply; one that is lost is replaced by issuing again.
//!
//! Decides nothing about who may; that is for the caller of this file.

use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::graph::methods::{self, AccessPass, PassTerms};
use crate::graph::tenant::{self, PassPolicy};
use crate::graph::users;
use crate::ledger::{Ledger, Whom};
use crate::plan::{Outcome, Run, Step};
use crate::secret::Secret;
use crate::sink::{Custody, Entry, Fate};
use serde_json::{Value, json};

/// Limits of the service, whatever the tenant says (Graph reference of temporaryAccessPassAuthenticationMethod).
pub(crate) const SHORTEST: u32 = 10;
/// The longest life, 30 days.
pub(crate) const LONGEST: u32 = 43_200;

/// What came of issuing.
#[derive(Debug, Default)]
pub(crate) struct Issued {
    /// The pass for a report, without its code.
    pub(crate) view: Option<Value>,
    /// What went wrong; with a view, the pass exists all the same.
    pub(crate) error: Option<Error>,
    /// The code, for a caller that has to show it once more.
    pub(crate) code: Option<Secret>,
}

/// Issues a pass between its journal records and hands its code over.
pub(crate) async fn issue(
    run: &Run<'_>,
    ledger: &Ledger,
    whom: Whom<'_>,
    terms: &PassTerms,
    custody: &mut Custody,
) -> Issued {
    let mut issued = Issued::default();
    let step = Step::IssueAccessPass(terms.clone());
    if let Err(error) = ledger.intend(whom, step.name(), &custody.places()) {
        issued.error = Some(error.operation(whom.operation_id));
        return issued;
    }
    let id = whom.id.or(whom.upn).unwrap_or_default();
    let sent_before = run.client.request_ids().len();
    let outcome = run.issue_access_pass(id, terms).await;
    let recorded = ledger.conclude(
        whom,
        step.name(),
        outcome.word(),
        outcome.error(),
        run.client.request_ids().split_off(sent_before),
    );
    match outcome {
        Outcome::Done((code, pass)) => {
            let tenant = run.client.tenant().await;
            let entry = Entry {
                tenant: tenant.as_deref(),
                upn: whom.upn.unwrap_or(id),
                id,
                operation_id: whom.operation_id,
                secret: &code,
                what: "access pass",
            };
            let mut delivered = custody.deliver(&entry).await;
            if delivered.is_ok() {
                delivered = custody.settle(id, Fate::InForce).await;
            }
            if delivered.is_ok() {
                delivered = custody.publish().await;
            }
            let kept = custody.escrow_path(id).is_some();
            issued.error = delivered.err().map(|error| {
                let error = error.recode(ErrorCode::SecretNotDelivered);
                if kept {
                    error
                } else {
                    error.fix("Issue another one: it replaces the one that was lost.")
                }
            });
            issued.view = Some(view(&pass, custody));
            issued.code = Some(code);
        }
        Outcome::Failed(error) | Outcome::Unknown(error) => issued.error = Some(error),
    }
    issued.error = issued
        .error
        .or(recorded.err())
        .map(|error| error.operation(whom.operation_id));
    issued
}

fn view(pass: &AccessPass, custody: &Custody) -> Value {
    json!({
        "id": pass.id,
        "lifetimeInMinutes": pass.lifetime_in_minutes,
        "startDateTime": pass.start_date_time,
        "endDateTime": ends(pass),
        "isUsableOnce": pass.is_usable_once,
        "isUsable": pass.is_usable,
        "sinks": custody.places(),
    })
}

/// When a pass ends, as far as its start and life are known.
pub(crate) fn ends(pass: &AccessPass) -> Option<String> {
    let start: jiff::Timestamp = pass.start_date_time.as_deref()?.parse().ok()?;
    let life = i64::try_from(pass.lifetime_in_minutes?).ok()?;
    let end = start
        .checked_add(jiff::SignedDuration::from_mins(life))
        .ok()?;
    Some(end.to_string())
}

/// What could be found out before a pass is asked for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The tenant's rules, when they could be read.
    pub(crate) policy: Option<PassPolicy>,
    /// The pass that would be replaced.
    pub(crate) existing: Option<AccessPass>,
    /// What could not be read, in words.
    pub(crate) unread: Vec<String>,
}

/// Reads the tenant's rules, and the pass the user has.
pub(crate) async fn find(client: &Client, id: &str) -> Result<Found> {
    let mut found = Found::default();
    match client.fetch(&tenant::pass_policy()).await {
        Ok(reply) => found.policy = Some(reply.value),
        Err(error) if may_stay_unread(&error) => found.unread.push(format!(
            "The tenant's rules for access passes could not be read, so Graph decides: {}",
            error.cause().unwrap_or_else(|| error.message().to_owned())
        )),
        Err(error) => return Err(error),
    }
    match client.fetch(&methods::access_passes(id)).await {
        Ok(reply) => found.existing = reply.value.value.into_iter().next(),
        Err(error) if may_stay_unread(&error) => found
            .unread
            .push("Whether the user has an access pass already could not be read; the new one would replace it.".to_owned()),
        Err(error) => return Err(error),
    }
    Ok(found)
}

fn may_stay_unread(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::NotPermitted
            | ErrorCode::LicenceMissing
            | ErrorCode::NotFound
            | ErrorCode::ContentRefused
            | ErrorCode::RestrictedUnit
    )
}

/// Refuses what the tenant's rules do not allow; nothing was sent.
pub(crate) async fn check(
    client: &Client,
    policy: &PassPolicy,
    id: &str,
    upn: &str,
    terms: &PassTerms,
) -> Result<()> {
    let refuse = |why: String, fix: String| {
        Err(Error::new(
            ErrorCode::ContentRefused,
            format!("The tenant does not allow this access pass for {upn}; nothing was changed."),
        )
        .why(why)
        .fix(fix))
    };
    if policy.state.as_deref() != Some("enabled") {
        return refuse(
            "Temporary Access Pass is switched off in the Authentication methods policy."
                .to_owned(),
            "Enable Temporary Access Pass there for a group that holds the user.".to_owned(),
        );
    }
    let (least, most) = (
        policy.minimum_lifetime_in_minutes.unwrap_or(SHORTEST),
        policy.maximum_lifetime_in_minutes.unwrap_or(LONGEST),
    );
    if let Some(minutes) = terms.minutes.filter(|own| !(least..=most).contains(own)) {
        return refuse(
            format!("It was to live {minutes} minutes, and the policy allows {least} to {most}."),
            format!("Give --minutes from {least} to {most}, or change the policy."),
        );
    }
    if policy.is_usable_once == Some(true) && terms.once == Some(false) {
        return refuse(
            "The policy allows passes that work once only.".to_owned(),
            "Leave --reusable out, or change the policy.".to_owned(),
        );
    }
    let groups = policy.include_groups();
    let everybody = policy.includes_everybody();
    let excluded = policy.exclude_groups();
    if (everybody && excluded.is_empty()) || (!everybody && groups.is_none()) {
        return Ok(());
    }
    // Only membership tells; where it cannot be read, Graph decides.
    let Ok(pages) = client.pages(&users::groups(id)) else {
        return Ok(());
    };
    let Ok(own) = pages.all().await else {
        return Ok(());
    };
    let is_in = |ids: &[String]| {
        own.iter()
            .any(|group| ids.iter().any(|id| id.eq_ignore_ascii_case(&group.id)))
    };
    let named = |ids: &[String]| ids.iter().any(|one| one.eq_ignore_ascii_case(id));
    let allowed = everybody || groups.is_some_and(|ids| is_in(&ids) || named(&ids));
    if !allowed || is_in(&excluded) || named(&excluded) {
        return refuse(
            "The policy enables access passes for others than this user.".to_owned(),
            "Enable Temporary Access Pass for a group that holds the user.".to_owned(),
        );
    }
    Ok(())
}
