//! Records grouped by operation: what was begun, how far it came, what is left.
//!
//! Pure over the records. Reads no account and decides nothing that only an account could tell.

use super::record::{How, Kind, Record, Target};
use crate::error::{Error, ErrorCode, Result};
use serde::Serialize;
use std::collections::HashMap;
use std::time::SystemTime;

/// Fewest characters of an operation id that name it.
const SHORTEST: usize = 8;

/// How far a step came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Planned, and never begun.
    Planned,
    /// Begun, and the run ended before it knew the outcome.
    Open,
    /// Done.
    Done,
    /// Clearly not done.
    Failed,
    /// Sent, with an outcome that is not known.
    Unknown,
    /// Left out because of what came before it.
    Skipped,
}

impl State {
    /// Word for tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Open => "open",
            State::Done => "done",
            State::Failed => "failed",
            State::Unknown => "unknown",
            State::Skipped => "skipped",
        }
    }
}

/// One step of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// Name, as the journal spells it.
    pub step: String,
    /// How far it came.
    pub state: State,
    /// When it was begun, by this machine's clock.
    pub at: Option<String>,
    /// The same by the server's clock.
    pub server_time: Option<String>,
    /// When its outcome was recorded, by this machine's clock.
    pub ended_at: Option<String>,
    /// The same by the server's clock.
    pub ended_server_time: Option<String>,
    /// Code of the error.
    pub error: Option<String>,
    /// Request ids of the service.
    pub request_ids: Vec<String>,
}

impl Taken {
    fn named(step: &str, state: State) -> Self {
        Taken {
            step: step.to_owned(),
            state,
            at: None,
            server_time: None,
            ended_at: None,
            ended_server_time: None,
            error: None,
            request_ids: Vec::new(),
        }
    }

    /// Name without the object it is about: `assignRole`, `joinUnit`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.step.split('.').next().unwrap_or(&self.step)
    }
}

/// The work that one operation id names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Operation id.
    pub operation_id: String,
    /// Command.
    pub command: String,
    /// The account, as far as it became known.
    pub target: Target,
    /// Tenant.
    pub tenant: Option<String>,
    /// Who acted.
    pub caller: Option<String>,
    /// Object id of who acted.
    pub caller_id: Option<String>,
    /// `--reason`.
    pub reason: Option<String>,
    /// `--ticket`.
    pub ticket: Option<String>,
    /// Where the secret is.
    pub sinks: Vec<String>,
    /// How it was to be done.
    pub how: How,
    /// When it was begun, by this machine's clock.
    pub began: String,
    /// The same by the server's clock.
    pub server_began: Option<String>,
    /// Its steps.
    pub steps: Vec<Taken>,
}

/// Groups records by operation, oldest first.
#[must_use]
pub fn operations(records: impl IntoIterator<Item = Record>) -> Vec<Operation> {
    let mut all: Vec<Operation> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for record in records {
        let (Some(id), Some(command), Some(_)) =
            (&record.operation_id, &record.command, &record.step)
        else {
            continue;
        };
        let at = *places.entry(id.clone()).or_insert_with(|| {
            all.push(Operation {
                operation_id: id.clone(),
                command: command.clone(),
                target: Target::default(),
                tenant: None,
                caller: None,
                caller_id: None,
                reason: None,
                ticket: None,
                sinks: Vec::new(),
                how: How::default(),
                began: record.at.clone(),
                server_began: record.server_time.clone(),
                steps: Vec::new(),
            });
            all.len() - 1
        });
        all[at].learn(record);
    }
    all
}

impl Operation {
    fn learn(&mut self, record: Record) {
        if let Some(target) = record.target {
            self.target.id = target.id.or(self.target.id.take());
            self.target.user_principal_name = target
                .user_principal_name
                .or(self.target.user_principal_name.take());
        }
        for (own, new) in [
            (&mut self.tenant, record.tenant),
            (&mut self.caller, record.caller),
            (&mut self.caller_id, record.caller_id),
            (&mut self.reason, record.reason),
            (&mut self.ticket, record.ticket),
        ] {
            if own.is_none() {
                *own = new;
            }
        }
        if self.sinks.is_empty() {
            self.sinks = record.sinks;
        }
        if let Some(how) = record.how {
            for step in &how.plan {
                if !self.steps.iter().any(|own| own.step == *step) {
                    self.steps.push(Taken::named(step, State::Planned));
                }
            }
            self.how.take_up(how);
        }
        let step = record.step.unwrap_or_default();
        let at = match self.steps.iter().position(|own| own.step == step) {
            Some(at) => at,
            None => {
                self.steps.push(Taken::named(&step, State::Open));
                self.steps.len() - 1
            }
        };
        let own = &mut self.steps[at];
        match record.kind {
            Kind::Intent => {
                own.state = State::Open;
                // It is under way again: when an earlier attempt ended says nothing of this one.
                own.ended_at = None;
                own.ended_server_time = None;
                // A step that is gone on with was begun when it was begun first.
                own.at.get_or_insert(record.at);
                if own.server_time.is_none() {
                    own.server_time = record.server_time;
                }
            }
            Kind::Result => {
                own.state = match record.outcome.as_deref() {
                    Some("done") => State::Done,
                    Some("failed") => State::Failed,
                    Some("skipped") => State::Skipped,
                    _ => State::Unknown,
                };
                own.ended_at = Some(record.at);
                own.ended_server_time = record.server_time.or(own.ended_server_time.take());
                own.error = record.error;
                own.request_ids.extend(record.request_ids);
            }
            Kind::Note => {}
        }
    }

    /// What the account is known by: the object id first, and the name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [&self.target.id, &self.target.user_principal_name]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// A step by its name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&Taken> {
        self.steps.iter().find(|own| own.step == name)
    }

    /// Whether the account was clearly never changed, or changed back: nothing is left to go on with.
    fn came_to_nothing(&self) -> bool {
        let ended = |kind: &str, state: State| {
            self.steps
                .iter()
                .any(|own| own.kind() == kind && own.state == state)
        };
        ended("deleteUser", State::Done)
            || ended("createUser", State::Failed)
            || ended("resetPassword", State::Failed)
    }

    /// The steps that are neither done nor clearly not to be done.
    #[must_use]
    pub fn left(&self) -> Vec<&Taken> {
        let nothing = self.came_to_nothing();
        self.steps
            .iter()
            .filter(|own| match own.state {
                State::Done => false,
                // An account outside its unit is put back whatever became of the rest.
                State::Open | State::Unknown => {
                    !nothing || matches!(own.kind(), "joinUnit" | "deliverSecret")
                }
                State::Planned | State::Failed => !nothing,
                // A role that was left out is still wanted; other steps were left out for good.
                State::Skipped => !nothing && own.kind() == "assignRole",
            })
            .collect()
    }

    /// Whether there is something to go on with.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        !self.left().is_empty()
    }

    /// The whole in one word: `done`, `failed`, `partial`, `unknown`, or `open` for a run that ended in between.
    #[must_use]
    pub fn standing(&self) -> &'static str {
        let left = self.left();
        let has = |state: State| left.iter().any(|own| own.state == state);
        if has(State::Unknown) {
            "unknown"
        } else if has(State::Open) || has(State::Planned) {
            "open"
        } else if !left.is_empty() {
            "partial"
        } else if self.came_to_nothing() {
            "failed"
        } else {
            "done"
        }
    }
}

/// The place of the operation that an id, or the beginning of one, names.
pub fn find(operations: &[Operation], id: &str) -> Result<usize> {
    let id = id.trim();
    let fits = |one: &Operation, whole: bool| {
        let own = &one.operation_id;
        if whole {
            own.eq_ignore_ascii_case(id)
        } else {
            own.get(..id.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(id))
        }
    };
    let places = |whole: bool| -> Vec<usize> {
        (0..operations.len())
            .filter(|at| fits(&operations[*at], whole))
            .collect()
    };
    let mut found = places(true);
    if found.is_empty() && id.len() >= SHORTEST {
        found = places(false);
    }
    match found[..] {
        [one] => Ok(one),
        [] => Err(Error::new(
            ErrorCode::NotFound,
            "The journal has no operation of this id.",
        )
        .why(format!(
            "Looked for an operation id, or at least its first {SHORTEST} characters."
        ))),
        _ => Err(Error::new(
            ErrorCode::BadInput,
            "Several operations begin with these characters.",
        )
        .fix("Give the whole operation id.")),
    }
}

/// A timestamp of a record.
#[must_use]
pub fn time(text: &str) -> Option<SystemTime> {
    SystemTime::try_from(text.parse::<jiff::Timestamp>().ok()?).ok()
}

/// A time as records spell it.
#[must_use]
pub fn stamp(at: SystemTime) -> Option<String> {
    let at = jiff::Timestamp::try_from(at).ok()?;
    Some(format!("{at:.3}"))
}

#[cfg(test)]
mod tests;
