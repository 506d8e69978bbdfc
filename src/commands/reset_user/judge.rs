//! What is still open after the first look, and what a restricted unit changes: pure questions about facts that were read.
//! Also the refusal and the whole plan, as they follow from that.

use super::prepare::Prepared;
use super::wanted::Wanted;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::{self, Open, Surroundings};
use crate::plan::Step;
use crate::policy::Gap;
use crate::policy::reset::{Action, LastAdministrator, Reason, Verdict, WhoCan};
use crate::preflight;
use crate::settings::Settings;
use crate::verdicts;

/// An administrative unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnitRef {
    pub(super) id: String,
    /// Display name, or the id.
    pub(super) name: String,
}

/// What the second batch has to find out; nothing when the first one settled everything.
pub(super) fn open_for(
    judged: &[(Action, Verdict)],
    subject: &facts::Subject,
    wanted: &Wanted,
    is_confirmed: bool,
) -> Open {
    let answers: Vec<&Verdict> = judged.iter().map(|(_, answer)| answer).collect();
    let actions: Vec<Action> = judged.iter().map(|(action, _)| *action).collect();
    // Whether it is an administrator also decides if sessions are ended by default.
    let ask_privileged = !is_confirmed || wanted.revoke.is_none();
    let through = wanted.through_restricted_unit && subject.target.restricted == Some(true);
    if !through {
        return preflight::still_open(&answers, &actions, subject, ask_privileged);
    }
    // What stands against it inside the unit need not stand outside.
    let outside = facts::Subject {
        target: subject.target.outside_restricted_units(),
        ..subject.clone()
    };
    let open = preflight::still_open(&[], &actions, &outside, ask_privileged);
    Open {
        caller: true,
        units: true,
        ..open
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

/// What is missing to decide, over everything that was asked.
pub(super) fn missing(judged: &[(Action, Verdict)]) -> Vec<Gap> {
    let mut all: Vec<Gap> = Vec::new();
    for (_, answer) in judged {
        if let Verdict::Unknown { missing, .. } = answer {
            for gap in missing {
                if !all.contains(gap) {
                    all.push(gap.clone());
                }
            }
        }
    }
    all
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
        let with_way = |error: Error, reasons: &[Reason]| match preflight::restricted(reasons) {
            Some(administrator) => error.fix(way_through(administrator)),
            None => error,
        };
        if let Some(Verdict::Denied { reasons, who_can }) = &self.passage {
            let action = "change the restricted units of";
            let error = match &self.caller {
                Some(caller) => {
                    verdicts::refused(action, self.upn(), reasons, who_can, caller, self.cloud)
                }
                None => verdicts::denied(action, self.upn(), reasons, who_can),
            };
            return Err(with_way(error, reasons));
        }
        let Some((action, reasons, who_can)) = preflight::denied(&self.judged) else {
            return Ok(());
        };
        let error = self.refused(action, reasons, who_can);
        Err(with_way(error, reasons))
    }

    fn refused(&self, action: Action, reasons: &[Reason], who_can: &WhoCan) -> Error {
        match &self.caller {
            Some(caller) => {
                preflight::refused(action, self.upn(), reasons, who_can, caller, self.cloud)
            }
            None => verdicts::denied(action.phrase(), self.upn(), reasons, who_can),
        }
    }

    /// The verdicts for a document; none when nothing was read.
    pub(super) fn verdicts_json(&self) -> serde_json::Value {
        let kind = self.caller.as_ref().map(|caller| caller.kind);
        kind.map_or_else(
            || serde_json::json!([]),
            |kind| verdicts::all_json(&self.judged, kind, self.cloud),
        )
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

    /// One line for the question: who exactly, in which tenant.
    pub(super) fn question(
        &self,
        surroundings: Option<&Surroundings>,
        settings: &Settings,
    ) -> String {
        let place = match surroundings.and_then(Surroundings::domain) {
            Some(domain) => format!(" in {domain}"),
            None => String::new(),
        };
        let endpoint = if settings.endpoints.custom {
            format!(" at {}", settings.endpoints.graph)
        } else {
            String::new()
        };
        let deletes = self
            .steps
            .iter()
            .filter(|step| matches!(step, Step::DeleteMethod { .. }))
            .count();
        let more = match deletes {
            0 => String::new(),
            1 => " and delete the one registered method".to_owned(),
            n => format!(" and delete all {n} registered methods"),
        };
        format!(
            "Reset the password of {}{more}{place}{endpoint}",
            self.upn()
        )
    }

    /// The account and the steps, for the person who is asked.
    pub(super) fn preview(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{}  {}  {}  {}",
            self.upn(),
            self.user.display_name.as_deref().unwrap_or("-"),
            self.user.id,
            self.roles().join(", ")
        )];
        lines.extend(
            self.plan()
                .iter()
                .map(|step| format!("- {}", step.sentence(self.upn()))),
        );
        lines
    }
}
