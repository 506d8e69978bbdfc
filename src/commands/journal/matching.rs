//! Pairing the steps of the journal with the records of the audit log. Pure: facts in, verdicts out.
//!
//! A pair agrees in account, activity and caller, and is at most five minutes apart by the service's clock. A record belongs to one
//! step; a step has at most one record of each activity, for each reply it got.

use crate::graph::audits::DirectoryAudit;
use crate::journal::{Operation, State, Taken, time};
use std::time::{Duration, SystemTime};

/// How far a record may be from the step, by the service's clock.
pub(super) const WINDOW: Duration = Duration::from_secs(5 * 60);
/// How long the log may lag behind before a missing record tells something.
const LAG: Duration = Duration::from_secs(15 * 60);
/// How long every tenant's log goes back.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Activities that reset somebody's password, in the words of the log.
const RESETS: &[&str] = &["Reset password (by admin)", "Reset user password"];

/// What the log calls a step; empty where that is not documented.
fn activities(step: &str) -> &'static [&'static str] {
    match step {
        "resetPassword" => RESETS,
        "createUser" => &["Add user"],
        "deleteUser" => &["Delete user"],
        "assignRole" => &[
            "Add member to role",
            "Add member to role outside of PIM (permanent)",
            "Add eligible member to role",
            "Add scoped member to role",
        ],
        "enableUser" | "setPasswordPolicies" => &["Update user"],
        "issueAccessPass" => &["Admin registered security info"],
        "leaveUnit" => &["Remove member from restricted management administrative unit"],
        "joinUnit" => &["Add member to restricted management administrative unit"],
        _ => &[],
    }
}

/// What was found about a step or a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The step has its record, or neither happened.
    Matched,
    /// The step was done, and the log has no record of it.
    Missing,
    /// The step was not done by the journal, and the log says it was.
    Contradicted,
    /// A password reset that the journal does not have.
    Foreign,
    /// Not to be decided.
    Undecided,
    /// The log does not name such steps.
    NotCompared,
}

impl Verdict {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Verdict::Matched => "matched",
            Verdict::Missing => "missing",
            Verdict::Contradicted => "contradicted",
            Verdict::Foreign => "foreign",
            Verdict::Undecided => "undecided",
            Verdict::NotCompared => "notCompared",
        }
    }
}

/// A record that was paired with a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evidence {
    pub(super) id: String,
    pub(super) activity: String,
    pub(super) at: String,
    /// Whether its correlation id is one of the step's request ids: further evidence, never needed.
    pub(super) correlated: bool,
}

/// A step with what the log says about it, or a record that has no step.
#[derive(Debug, Clone)]
pub(super) struct Pairing {
    pub(super) operation_id: Option<String>,
    pub(super) step: String,
    pub(super) user_id: Option<String>,
    pub(super) user_name: Option<String>,
    pub(super) at: Option<String>,
    pub(super) by: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) evidence: Vec<Evidence>,
    pub(super) why: String,
}

/// A step that is to be found in the log.
struct Sought<'a> {
    operation: &'a Operation,
    taken: &'a Taken,
    from: SystemTime,
    until: SystemTime,
}

/// Pairs steps and records; `now` is the service's clock.
pub(super) fn pair(
    operations: &[&Operation],
    audits: &[DirectoryAudit],
    now: SystemTime,
    only_by: Option<&str>,
    foreign_wanted: bool,
) -> Vec<Pairing> {
    let mut sought: Vec<Sought<'_>> = operations
        .iter()
        .flat_map(|operation| {
            operation
                .steps
                .iter()
                .filter_map(|taken| seek(operation, taken, now))
        })
        .collect();
    // What is known to be done has the first claim on a record.
    sought.sort_by_key(|one| match one.taken.state {
        State::Done => 0,
        State::Unknown | State::Open => 1,
        _ => 2,
    });
    let mut used = vec![false; audits.len()];
    let mut pairings: Vec<Pairing> = sought
        .iter()
        .map(|one| judge(one, audits, &mut used, now))
        .collect();
    if foreign_wanted {
        pairings.extend(foreign(&sought, audits, &used, only_by));
    }
    pairings
}

fn seek<'a>(operation: &'a Operation, taken: &'a Taken, now: SystemTime) -> Option<Sought<'a>> {
    let moment = |server: &Option<String>, own: &Option<String>| {
        server.as_deref().or(own.as_deref()).and_then(time)
    };
    // A step that was never begun has nothing to be found.
    let began = moment(&taken.server_time, &taken.at)
        .or_else(|| moment(&taken.ended_server_time, &taken.ended_at))
        .filter(|_| !matches!(taken.state, State::Planned | State::Skipped))?;
    let ended = moment(&taken.ended_server_time, &taken.ended_at)
        .or_else(|| operation.how.until.as_deref().and_then(time))
        .unwrap_or(began)
        .max(began)
        .min(now.max(began));
    Some(Sought {
        operation,
        taken,
        from: began - WINDOW,
        until: ended + WINDOW,
    })
}

fn same(own: Option<&str>, other: Option<&str>) -> bool {
    matches!((own, other), (Some(own), Some(other)) if own.eq_ignore_ascii_case(other))
}

/// Names and ids of who did it.
fn initiators(audit: &DirectoryAudit) -> Vec<&str> {
    let Some(by) = &audit.initiated_by else {
        return Vec::new();
    };
    let user = by
        .user
        .iter()
        .flat_map(|user| [&user.id, &user.user_principal_name]);
    let app = by
        .app
        .iter()
        .flat_map(|app| [&app.app_id, &app.display_name, &app.service_principal_id]);
    user.chain(app).flatten().map(String::as_str).collect()
}

/// Who did it, for people.
fn initiator(audit: &DirectoryAudit) -> Option<String> {
    let by = audit.initiated_by.as_ref()?;
    let user = by
        .user
        .as_ref()
        .and_then(|user| user.user_principal_name.clone().or_else(|| user.id.clone()));
    user.or_else(|| {
        let app = by.app.as_ref()?;
        app.display_name.clone().or_else(|| app.app_id.clone())
    })
}

fn at(audit: &DirectoryAudit) -> Option<SystemTime> {
    audit.activity_date_time.as_deref().and_then(time)
}

fn succeeded(audit: &DirectoryAudit) -> bool {
    audit
        .result
        .as_deref()
        .is_none_or(|result| result.eq_ignore_ascii_case("success"))
}

fn activity(audit: &DirectoryAudit) -> &str {
    audit.activity_display_name.as_deref().unwrap_or_default()
}

impl Sought<'_> {
    fn is_about(&self, audit: &DirectoryAudit) -> bool {
        let target = &self.operation.target;
        // A step about a unit names it; the log may name the unit, the user or both.
        let object = self.taken.step.split_once('.').map(|(_, object)| object);
        audit.target_resources.iter().flatten().any(|resource| {
            let id = resource.id.as_deref();
            same(target.id.as_deref(), id)
                || (self.taken.kind().ends_with("Unit") && same(object, id))
                // Only where the journal never learned the id.
                || (target.id.is_none()
                    && same(
                        target.user_principal_name.as_deref(),
                        resource.user_principal_name.as_deref(),
                    ))
        })
    }

    fn is_ours(&self, audit: &DirectoryAudit) -> bool {
        let who = initiators(audit);
        let own = [&self.operation.caller, &self.operation.caller_id];
        // A caller that neither side names cannot contradict.
        let named = own.iter().any(|own| own.is_some()) && !who.is_empty();
        !named
            || own
                .into_iter()
                .flatten()
                .any(|own| who.iter().any(|who| who.eq_ignore_ascii_case(own)))
    }

    fn covers(&self, audit: &DirectoryAudit) -> bool {
        at(audit).is_some_and(|at| at >= self.from && at <= self.until)
    }
}

fn judge(
    one: &Sought<'_>,
    audits: &[DirectoryAudit],
    used: &mut [bool],
    now: SystemTime,
) -> Pairing {
    let names = activities(one.taken.kind());
    let mut pairing = Pairing {
        operation_id: Some(one.operation.operation_id.clone()),
        step: one.taken.step.clone(),
        user_id: one.operation.target.id.clone(),
        user_name: one.operation.target.user_principal_name.clone(),
        at: one
            .taken
            .server_time
            .clone()
            .or_else(|| one.taken.at.clone()),
        by: one.operation.caller.clone(),
        verdict: Verdict::NotCompared,
        evidence: Vec::new(),
        why: String::new(),
    };
    if names.is_empty() {
        pairing.why = "how the log names this step is not documented".to_owned();
        return pairing;
    }
    let wants_success = one.taken.state != State::Failed;
    let middle = one.from + one.until.duration_since(one.from).unwrap_or_default() / 2;
    let far = |at: SystemTime| {
        at.duration_since(middle)
            .unwrap_or_else(|cause| cause.duration())
    };
    let mut contradicting = false;
    for name in names {
        let mut fitting: Vec<usize> = (0..audits.len())
            .filter(|index| {
                let audit = &audits[*index];
                !used[*index]
                    && activity(audit).eq_ignore_ascii_case(name)
                    && one.covers(audit)
                    && one.is_about(audit)
                    && one.is_ours(audit)
            })
            .collect();
        fitting.sort_by_key(|index| {
            (
                succeeded(&audits[*index]) != wants_success,
                at(&audits[*index]).map(far),
            )
        });
        let Some(index) = fitting.first().copied() else {
            continue;
        };
        if wants_success && !succeeded(&audits[index]) {
            continue;
        }
        contradicting |= !wants_success && succeeded(&audits[index]);
        used[index] = true;
        let correlated = audits[index].correlation_id.as_deref().is_some_and(|id| {
            one.taken
                .request_ids
                .iter()
                .any(|own| own.eq_ignore_ascii_case(id))
        });
        pairing.evidence.push(Evidence {
            id: audits[index].id.clone(),
            activity: (*name).to_owned(),
            at: audits[index].activity_date_time.clone().unwrap_or_default(),
            correlated,
        });
    }
    let found = !pairing.evidence.is_empty();
    let age = now.duration_since(one.until - WINDOW).unwrap_or_default();
    (pairing.verdict, pairing.why) = match (one.taken.state, found) {
        (State::Failed, true) if contradicting => (
            Verdict::Contradicted,
            "the journal says it failed, and the log has it".to_owned(),
        ),
        (State::Failed, _) => (Verdict::Matched, "it failed, and the log agrees".to_owned()),
        (State::Done, true) => (Verdict::Matched, String::new()),
        (_, true) => (
            Verdict::Matched,
            "its outcome was open; the log shows that it took effect".to_owned(),
        ),
        (_, false) if age < LAG => (
            Verdict::Undecided,
            "no record yet; the log may lag some minutes behind".to_owned(),
        ),
        (_, false) if age > KEPT => (
            Verdict::Undecided,
            "no record; it is older than some tenants keep the log (7 days)".to_owned(),
        ),
        (State::Done, false) => (
            Verdict::Missing,
            "the log has no record of it by this caller within 5 minutes".to_owned(),
        ),
        (_, false) => (
            Verdict::Undecided,
            "its outcome is open, and the log has no record of it".to_owned(),
        ),
    };
    pairing
}

/// Password resets of the log that no step of the journal claimed.
fn foreign(
    sought: &[Sought<'_>],
    audits: &[DirectoryAudit],
    used: &[bool],
    only_by: Option<&str>,
) -> Vec<Pairing> {
    audits
        .iter()
        .zip(used)
        .filter(|(audit, used)| {
            !**used
                && succeeded(audit)
                && RESETS
                    .iter()
                    .any(|name| activity(audit).eq_ignore_ascii_case(name))
                && only_by.is_none_or(|own| {
                    initiators(audit)
                        .iter()
                        .any(|who| who.eq_ignore_ascii_case(own))
                })
        })
        .map(|(audit, _)| {
            let target = audit.target_resources.iter().flatten().next();
            // The same password may have been sent twice, when a reply was lost.
            let repeated = sought.iter().any(|one| {
                one.taken.kind() == "resetPassword"
                    && one.covers(audit)
                    && one.is_about(audit)
                    && one.is_ours(audit)
            });
            Pairing {
                operation_id: None,
                step: "resetPassword".to_owned(),
                user_id: target.and_then(|target| target.id.clone()),
                user_name: target.and_then(|target| target.user_principal_name.clone()),
                at: audit.activity_date_time.clone(),
                by: initiator(audit),
                verdict: if repeated { Verdict::Undecided } else { Verdict::Foreign },
                evidence: vec![Evidence {
                    id: audit.id.clone(),
                    activity: activity(audit).to_owned(),
                    at: audit.activity_date_time.clone().unwrap_or_default(),
                    correlated: false,
                }],
                why: if repeated {
                    "one record more than the journal has: a request that was repeated, or somebody else with this sign-in".to_owned()
                } else {
                    "the journal of this machine has no such reset".to_owned()
                },
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
