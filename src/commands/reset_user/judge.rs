//! What is still open after the first look, and what a restricted unit changes: pure questions about facts that were read.
//! Also the refusal and the whole plan, as they follow from that.

use super::prepare::{Prepared, Wanted};
use crate::error::{Error, ErrorCode, Result};
use crate::facts::{self, Open};
use crate::plan::Step;
use crate::policy::Gap;
use crate::policy::reset::{
    Action, LastAdministrator, Privileged, Reason, Refusal, Scope, Verdict, Via, privileged_target,
};
use crate::policy::roles::GLOBAL_ADMINISTRATOR;
use crate::verdicts;

/// An administrative unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnitRef {
    pub(super) id: String,
    /// Display name, or the id.
    pub(super) name: String,
}

/// What the second batch has to find out; nothing when the first one settled everything.
pub(super) fn still_open(
    found: &Verdict,
    subject: &facts::Subject,
    action: Action,
    wanted: &Wanted,
    is_confirmed: bool,
) -> Open {
    let target = &subject.target;
    let undecided = matches!(found, Verdict::Unknown { .. });
    let privileged = privileged_target(target);
    let asks_roles = found.is_allowed()
        && matches!(privileged, Privileged::Unknown(_))
        && (!is_confirmed || wanted.revoke.is_none());
    let through = wanted.through_restricted_unit && target.restricted == Some(true);
    // Nobody needs a warning about a reset that will not take place.
    let goes_on = found.is_allowed()
        || through
        || (undecided
            && found
                .reasons()
                .iter()
                .all(|reason| reason.refusal() == Refusal::Precondition));
    let is_administrator = target
        .roles
        .items()
        .iter()
        .any(|role| role.scope == Scope::Tenant && role.template_id == GLOBAL_ADMINISTRATOR);
    Open {
        protection: undecided || asks_roles,
        caller: undecided || through,
        units: undecided || through,
        writeback: undecided && action == Action::ResetPassword { via: Via::Method },
        administrators: goes_on && is_administrator,
    }
}

/// The units that stand between the caller and the account.
pub(super) fn restricting(subject: &facts::Subject) -> Result<Vec<UnitRef>> {
    let target = &subject.target;
    let units = target.restricted_units.items();
    if !target.restricted_units.is_complete() || units.is_empty() {
        let gaps = target
            .restricted_units
            .open_questions("which administrative units restrict the management of the user");
        let mut why: Vec<String> = gaps.iter().map(Gap::sentence).collect();
        if why.is_empty() {
            why.push("Graph calls the account restricted and shows none of its units.".to_owned());
        }
        return Err(Error::new(
            ErrorCode::RestrictedUnit,
            format!("{} cannot be taken out of its restricted units; nothing was changed.", target.upn),
        )
        .why(why.join(" "))
        .fix("Grant AdministrativeUnit.Read.All to the application, so that every unit is known to put the account back into."));
    }
    let name = |id: &str| {
        subject
            .unit_names
            .iter()
            .find(|(one, _)| one.eq_ignore_ascii_case(id))
            .map_or_else(|| id.to_owned(), |(_, name)| name.clone())
    };
    Ok(units
        .iter()
        .map(|id| UnitRef {
            id: id.clone(),
            name: name(id),
        })
        .collect())
}

pub(super) fn missing(found: &Verdict) -> Vec<Gap> {
    match found {
        Verdict::Unknown { missing, .. } => missing.clone(),
        Verdict::Allowed { .. } | Verdict::Denied { .. } => Vec::new(),
    }
}

/// The warning about the last enabled Global Administrator, where there is something to warn about.
pub(super) fn last_warning(upn: &str, last: &LastAdministrator) -> Option<String> {
    match last {
        LastAdministrator::Warn | LastAdministrator::Stop => Some(format!(
            "{upn} is the last enabled Global Administrator: keep the new password safe, nobody else could reset it."
        )),
        LastAdministrator::Unknown(gaps) => Some(format!(
            "{upn} may be the last enabled Global Administrator. {}",
            gaps.iter().map(Gap::sentence).collect::<Vec<_>>().join(" ")
        )),
        LastAdministrator::NotLast => None,
    }
}

/// What to do about a restricted unit.
pub(super) const fn way_through(administrator: bool) -> &'static str {
    if administrator {
        "Add --through-restricted-unit as a Global Administrator: it takes the account out, resets it and puts it back."
    } else {
        "Use a role assigned at the scope of that unit, or add --through-restricted-unit as a Global Administrator: out, reset, back in."
    }
}

impl Prepared {
    /// The error when the caller may not, before anything is asked.
    pub(super) fn refusal(&self) -> Result<()> {
        let refuse = |action: &str, verdict: &Verdict| match verdict {
            Verdict::Denied { reasons, who_can } => {
                let mut error = match &self.caller {
                    Some(caller) => {
                        verdicts::refused(action, self.upn(), reasons, who_can, caller, self.cloud)
                    }
                    None => verdicts::denied(action, self.upn(), reasons, who_can),
                };
                if let Some(Reason::RestrictedUnit { administrator, .. }) =
                    verdicts::leading(reasons)
                {
                    error = error.fix(way_through(*administrator));
                }
                Err(error)
            }
            Verdict::Allowed { .. } | Verdict::Unknown { .. } => Ok(()),
        };
        if let Some(verdict) = &self.passage {
            refuse("change the restricted units of", verdict)?;
        }
        self.verdict
            .as_ref()
            .map_or(Ok(()), |verdict| refuse("reset the password of", verdict))
    }

    /// All changes in their order: out of the restricted units, the steps, back in.
    pub(super) fn plan(&self) -> Vec<Step> {
        let leave = self.units.iter().map(|unit| Step::LeaveUnit {
            unit: unit.id.clone(),
            name: unit.name.clone(),
        });
        let join = self.units.iter().rev().map(|unit| Step::JoinUnit {
            unit: unit.id.clone(),
            name: unit.name.clone(),
        });
        leave
            .chain(self.steps.iter().cloned())
            .chain(join)
            .collect()
    }
}
