//! How far an earlier run came, from the journal alone. Reads no account.

use super::{COMMAND, Then};
use crate::administrator::history::{self, Work};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::journal::{self, Kind, Record};
use crate::ledger::DELIVER;

/// Names of the step that stands for the whole work: open as long as it is not done.
const KEEP: &str = "recoverAndKeep";
const REMOVE: &str = "recoverAndRemove";

/// The step that stands for the whole work.
pub(super) fn step_of(then: Then) -> &'static str {
    match then {
        Then::Keep => KEEP,
        Then::Remove => REMOVE,
    }
}

/// An unfinished work.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) operation_id: String,
    pub(super) then: Then,
    pub(super) first_id: String,
    pub(super) first_upn: String,
    /// The second administrator, when one was begun.
    pub(super) second: Option<Work>,
    /// Whether the first password was reset.
    pub(super) reset: bool,
}

impl Progress {
    /// Whether the second administrator is complete, even when its password is in a sealed copy only.
    pub(super) fn has_second(&self) -> bool {
        let second = self.second.as_ref();
        second.is_some_and(|work| work.is_complete() && work.id.is_some())
    }
}

/// The unfinished work: the one that is named, or the last one.
pub(super) fn find(context: &Context, named: Option<&str>) -> Result<Option<Progress>> {
    let state_dir = context.settings.state_dir()?;
    let path = state_dir.join(journal::FILE);
    let mut found = if path.exists() {
        let records: Vec<Record> = journal::records(&path)?.collect::<Result<_>>()?;
        let tenant = context.settings.tenant.as_ref();
        let tenant = tenant.map(|(tenant, _)| tenant.as_str());
        works(&records, named.is_none().then_some(tenant).flatten())
    } else {
        Vec::new()
    };
    for progress in &mut found {
        let second = progress.second.take().into_iter().collect();
        progress.second = history::with_copies(second, state_dir).pop();
    }
    match named {
        None => Ok(found.into_iter().next_back()),
        Some(id) => found
            .into_iter()
            .find(|work| work.operation_id.eq_ignore_ascii_case(id))
            .map(Some)
            .ok_or_else(|| {
                Error::new(
                    ErrorCode::NotFound,
                    format!(
                        "The journal has no unfinished operation {} of this command.",
                        crate::render::text::cell(id)
                    ),
                )
                .why("It is finished, or it was begun on another machine.")
                .fix("Leave --resume out to begin anew.")
            }),
    }
}

fn works(records: &[Record], tenant: Option<&str>) -> Vec<Progress> {
    let own: Vec<&Record> = records
        .iter()
        .filter(|record| record.command.as_deref() == Some(COMMAND))
        .collect();
    let mut found: Vec<Progress> = Vec::new();
    for record in &own {
        let (Some(operation), Some(step)) = (&record.operation_id, &record.step) else {
            continue;
        };
        let then = match step.as_str() {
            KEEP => Then::Keep,
            REMOVE => Then::Remove,
            _ => continue,
        };
        let other = matches!((tenant, &record.tenant), (Some(own), Some(its)) if !own.eq_ignore_ascii_case(its));
        if record.kind == Kind::Result {
            found.retain(|work| work.operation_id != *operation);
            continue;
        }
        let target = record.target.clone().unwrap_or_default();
        if let (Some(id), Some(upn), false) = (target.id, target.user_principal_name, other) {
            found.push(Progress {
                operation_id: operation.clone(),
                then,
                first_id: id,
                first_upn: upn,
                second: None,
                reset: false,
            });
        }
    }
    for work in &mut found {
        let of_it = own
            .iter()
            .filter(|record| record.operation_id.as_deref() == Some(&work.operation_id));
        let about_second: Vec<Record> = of_it
            .clone()
            .filter(|record| {
                record.step.as_deref().is_some_and(|step| {
                    step == history::CREATE
                        || step == history::DELETE
                        || step == DELIVER
                        || step.starts_with(history::ASSIGN)
                })
            })
            .map(|record| (*record).clone())
            .collect();
        work.second = history::works_of(COMMAND, about_second).pop();
        work.reset = of_it
            .filter(|record| record.step.as_deref() == Some("resetPassword"))
            .filter(|record| record.kind == Kind::Result)
            .any(|record| record.outcome.as_deref() == Some("done"));
    }
    found
}
