//! What the journal knows of earlier runs: which account was begun, how far it came, where its password is.
//!
//! Pure over the records; decides what is unfinished and whether a password can still be had. Reads no account.

use crate::journal::{How, Kind, Record};
use crate::ledger::DELIVER;
use crate::policy::names;
use crate::sink::{self, Place, escrow};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Name of the command in the journal.
pub(crate) const COMMAND: &str = "create-admin";
/// Step names as the journal spells them; roles carry their id.
pub(crate) const CREATE: &str = "createUser";
pub(crate) const DELETE: &str = "deleteUser";
pub(crate) const ASSIGN: &str = "assignRole.";
const UNITS: &str = "/administrativeUnits/";

/// How far a step came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// An intent without a result: the run ended in between.
    Open,
    Done,
    Failed,
    Unknown,
}

/// A role that was to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedRole {
    pub(crate) id: String,
    pub(crate) scope: String,
    pub(crate) state: State,
}

/// One account that a run began.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) operation_id: String,
    pub(crate) upn: String,
    /// Object id, once a reply told it.
    pub(crate) id: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) began: Option<SystemTime>,
    /// When its creation was begun last: a run that goes on may send it again.
    pub(crate) intended: Option<SystemTime>,
    pub(crate) create: State,
    /// When the outcome of its creation was recorded last.
    pub(crate) created: Option<SystemTime>,
    pub(crate) roles: Vec<PlannedRole>,
    pub(crate) deleted: bool,
    /// Whether it was to be taken back, and was not.
    pub(crate) delete_left: bool,
    /// Destinations as `--secret-to` takes them.
    pub(crate) sinks: Vec<String>,
    /// Those of them that were asked, because they are no files, and hold the password.
    pub(crate) found: Vec<String>,
    /// How the account was to be.
    pub(crate) how: How,
    /// Name of the sealed copy of its password.
    pub(crate) escrow: Option<String>,
    /// The copy itself, as long as it is there.
    pub(crate) copy: Option<PathBuf>,
    /// How far the handing over of what the copy holds came.
    pub(crate) delivered: State,
}

/// Step name of a role: the journal tells which role was given where.
pub(crate) fn role_step(role_id: &str, scope: &str) -> String {
    match scope.strip_prefix(UNITS) {
        Some(unit) => format!("{ASSIGN}{role_id}.{unit}"),
        None => format!("{ASSIGN}{role_id}"),
    }
}

/// The accounts that runs of `create-admin` began, oldest first.
pub(crate) fn works(records: impl IntoIterator<Item = Record>) -> Vec<Work> {
    works_of(COMMAND, records)
}

/// The accounts that runs of one command began, oldest first.
pub(crate) fn works_of(own: &str, records: impl IntoIterator<Item = Record>) -> Vec<Work> {
    let mut works: Vec<Work> = Vec::new();
    for record in records {
        let (Some(command), Some(operation), Some(step)) =
            (&record.command, &record.operation_id, &record.step)
        else {
            continue;
        };
        let target = record.target.clone().unwrap_or_default();
        let Some(upn) = target.user_principal_name.filter(|_| command == own) else {
            continue;
        };
        let at = works.iter().position(|work| {
            work.operation_id == *operation && work.upn.eq_ignore_ascii_case(&upn)
        });
        let work = match (at, record.kind) {
            (Some(at), _) => &mut works[at],
            (None, Kind::Intent) => {
                works.push(Work {
                    operation_id: operation.clone(),
                    upn,
                    id: None,
                    tenant: record.tenant.clone(),
                    began: time(&record.at),
                    intended: None,
                    create: State::Open,
                    created: None,
                    roles: Vec::new(),
                    deleted: false,
                    delete_left: false,
                    sinks: record.sinks.clone(),
                    found: Vec::new(),
                    how: How::default(),
                    escrow: None,
                    copy: None,
                    delivered: State::Open,
                });
                let last = works.len() - 1;
                &mut works[last]
            }
            (None, _) => continue,
        };
        work.learn(step, &record, target.id);
    }
    works
}

/// The works with the sealed copies that are still there.
pub(crate) fn with_copies(mut works: Vec<Work>, state_dir: &Path) -> Vec<Work> {
    for work in &mut works {
        let path = work.escrow.as_deref();
        work.copy = path
            .and_then(|name| escrow::path_of(state_dir, name))
            .filter(|path| path.is_file());
    }
    works
}

fn time(text: &str) -> Option<SystemTime> {
    SystemTime::try_from(text.parse::<jiff::Timestamp>().ok()?).ok()
}

impl Work {
    fn learn(&mut self, step: &str, record: &Record, id: Option<String>) {
        let state = match (record.kind, record.outcome.as_deref()) {
            (Kind::Intent, _) | (_, Some("skipped")) => State::Open,
            (_, Some("done")) => State::Done,
            (_, Some("failed")) => State::Failed,
            _ => State::Unknown,
        };
        if let Some(id) = id {
            self.id = Some(id);
        }
        let named = record.how.as_ref().and_then(|how| how.escrow.clone());
        self.escrow = named.or(self.escrow.take());
        if step == CREATE {
            self.create = state;
            match record.kind {
                Kind::Intent => self.intended = time(&record.at),
                _ => self.created = time(&record.at),
            }
            self.how = record.how.clone().unwrap_or(std::mem::take(&mut self.how));
        } else if step == DELIVER {
            self.delivered = state;
        } else if step == DELETE {
            self.deleted = state == State::Done;
            self.delete_left = !self.deleted && record.outcome.as_deref() != Some("skipped");
        } else if let Some(role) = step.strip_prefix(ASSIGN) {
            self.role(role).state = state;
        }
        // What is to follow is known from the first record on: a run may die before it has written the others.
        let plan = record.how.iter().flat_map(|how| &how.plan);
        for role in plan.filter_map(|step| step.strip_prefix(ASSIGN)) {
            self.role(role);
        }
    }

    /// A role by the end of its step's name.
    fn role(&mut self, named: &str) -> &mut PlannedRole {
        let (id, scope) = named
            .split_once('.')
            .map_or((named, "/".to_owned()), |(id, unit)| {
                (id, format!("{UNITS}{unit}"))
            });
        let known = self
            .roles
            .iter()
            .position(|own| own.id.eq_ignore_ascii_case(id) && own.scope == scope);
        let at = known.unwrap_or_else(|| {
            self.roles.push(PlannedRole {
                id: id.to_owned(),
                scope,
                state: State::Open,
            });
            self.roles.len() - 1
        });
        &mut self.roles[at]
    }

    /// Whether an account may exist that was not brought to its end.
    pub(crate) fn is_unfinished(&self) -> bool {
        !self.deleted && self.create != State::Failed && (!self.is_complete() || self.owes())
    }

    /// Whether the account was brought to its end, whoever has its password.
    pub(crate) fn is_complete(&self) -> bool {
        !self.deleted
            && self.create == State::Done
            && self.roles.iter().all(|role| role.state == State::Done)
    }

    /// Whether a copy was planned and is gone, without a record that it was handed over.
    pub(crate) fn handed_over_unrecorded(&self) -> bool {
        self.escrow.is_some() && self.copy.is_none() && self.delivered != State::Done
    }

    /// Whether a sealed copy holds the password and nobody got it yet.
    pub(crate) fn owes(&self) -> bool {
        self.copy.is_some() && self.delivered != State::Done
    }

    /// Whether this run could have made the account: it asked for it, and was never told no.
    pub(crate) fn may_have_created(&self) -> bool {
        !self.deleted && self.create != State::Failed
    }

    /// Whether an account that is not there may be made now: nothing says that it ever was.
    pub(crate) fn was_never_there(&self) -> bool {
        self.may_have_created() && self.create != State::Done && self.id.is_none()
    }

    /// Whether the password was handed over to places that keep nothing themselves: before the first byte was sent where there is no
    /// sealed copy, afterwards where there was one.
    fn was_handed_over(&self) -> bool {
        self.escrow.is_none() || self.delivered == State::Done
    }

    /// Whether the password was shown, or given to a program, by a run that ended early, and this tool keeps it nowhere.
    pub(crate) fn only_shown(&self) -> bool {
        let keeps = |place: &String| place.contains(':') && !place.starts_with("cmd:");
        self.escrow.is_none() && !self.sinks.is_empty() && !self.sinks.iter().all(keeps)
    }

    /// Whether the password is in a sealed copy, or still in every place it was staged in: files that are there and not empty, and
    /// others that were asked.
    pub(crate) fn password_is_kept(&self) -> bool {
        self.copy.is_some()
            || !self.sinks.is_empty()
                && self.sinks.iter().all(|place| {
                    let filled = |path: &Path| {
                        std::fs::symlink_metadata(path)
                            .is_ok_and(|about| about.is_file() && about.len() > 0)
                    };
                    match place.split_once(':') {
                        Some(("file", path)) => filled(Path::new(path)),
                        // Recipients and schemes hold no colon.
                        Some(("age", rest)) => rest
                            .split_once(':')
                            .is_some_and(|(_, path)| filled(Path::new(path))),
                        Some(("shares", rest)) => {
                            rest.split_once(':').is_some_and(|(scheme, folder)| {
                                let count =
                                    scheme.split_once('/').and_then(|(_, n)| n.parse().ok());
                                count.is_some_and(|count: u8| {
                                    (1..=count).all(|number| {
                                        filled(
                                            &Path::new(folder)
                                                .join(sink::share_file(number, count)),
                                        )
                                    })
                                })
                            })
                        }
                        Some(("keyring" | "keyvault", _)) => self.found.contains(place),
                        _ => self.was_handed_over(),
                    }
                })
    }

    /// The places in words.
    pub(crate) fn places(&self) -> String {
        if self.sinks.is_empty() {
            "no place".to_owned()
        } else {
            self.sinks.join(", ")
        }
    }

    /// The places for a report.
    pub(crate) fn where_it_is(&self) -> Vec<Place> {
        let place = |kind, location| Place {
            kind,
            location,
            recipients: Vec::new(),
        };
        self.sinks
            .iter()
            .map(|text| match text.split_once(':') {
                Some(("file", path)) => place("file", Some(path.to_owned())),
                Some(("age", rest)) => {
                    let (recipients, path) = rest.split_once(':').unwrap_or(("", rest));
                    Place {
                        recipients: recipients.split(',').map(str::to_owned).collect(),
                        ..place("age", Some(path.to_owned()))
                    }
                }
                Some(("shares", rest)) => place("shares", Some(rest.to_owned())),
                Some(("keyvault", name)) => place("keyvault", Some(name.to_owned())),
                Some(("keyring", name)) => place("keyring", Some(name.to_owned())),
                Some(("cmd", program)) => place("cmd", Some(program.to_owned())),
                _ if text == "stdout" => place("stdout", None),
                _ => place("tty", None),
            })
            .collect()
    }
}

/// A display name for a local part that was made up: its words, without digits.
pub(crate) fn display_name_for(upn: &str) -> String {
    let local = upn.split('@').next().unwrap_or_default();
    let words: Vec<String> = local
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
                .unwrap_or_default()
        })
        .collect();
    if words.is_empty() || names::check_display_name(&words.join(" ")).is_err() {
        local.to_owned()
    } else {
        words.join(" ")
    }
}

#[cfg(test)]
mod tests;
