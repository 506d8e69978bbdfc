//! The only writer: every change the tool can make is a [`Step`], and only this module sends one.
//!
//! Preview, consent, journal and report read the same list. A step ends done, failed with nothing changed, or unknown; never
//! in between without saying so.

pub mod app;
pub mod create;
pub mod grant;
pub mod info;
pub mod reset;
pub mod simple;
pub mod unit;

use crate::error::Error;
use crate::graph::Client;
use crate::graph::info::Info;
use crate::graph::methods::PassTerms;
use crate::mask;
use app::AppStep;
use serde_json::{Value, json};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Which way a password is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The `resetPassword` action with its long-running operation.
    Method,
    /// `PATCH passwordProfile`.
    Direct,
}

impl Via {
    /// Word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Via::Method => "method",
            Via::Direct => "direct",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Set a new password.
    ResetPassword {
        /// Which way.
        via: Via,
        /// Whether the user must change it at the next sign-in.
        force_change: bool,
        /// Whether multifactor authentication is demanded before that change.
        force_change_mfa: bool,
    },
    /// End all sessions.
    RevokeSessions,
    /// Enable the account.
    EnableUser,
    /// Issue a Temporary Access Pass.
    IssueAccessPass(PassTerms),
    /// Register an e-mail address or phone.
    AddInfo(Info),
    /// Change the one that is registered.
    ChangeInfo(Info),
    /// Delete a registered method.
    DeleteMethod {
        /// Collection it is in: `emailMethods`.
        collection: &'static str,
        /// Id of the method.
        id: String,
        /// What it is, in words.
        what: String,
    },
    /// Create a user.
    CreateUser {
        /// User principal name.
        upn: String,
        /// Display name.
        display_name: String,
    },
    /// Give a role.
    AssignRole {
        /// Name of the role.
        role: String,
        /// Role definition id.
        role_id: String,
        /// Directory scope.
        scope: String,
    },
    /// Set the password policies.
    SetPasswordPolicies {
        /// Value, for example `DisablePasswordExpiration`.
        policies: String,
    },
    /// Delete the user that this run created.
    DeleteUser,
    /// Take the user out of a restricted management administrative unit.
    LeaveUnit {
        /// Object id of the unit.
        unit: String,
        /// Display name of the unit, or its id.
        name: String,
    },
    /// Put the user back into that unit.
    JoinUnit {
        /// Object id of the unit.
        unit: String,
        /// Display name of the unit, or its id.
        name: String,
    },
    /// Set up an application.
    App(AppStep),
}

impl Step {
    /// Stable name, in journal and JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Step::ResetPassword { .. } => "resetPassword",
            Step::RevokeSessions => "revokeSessions",
            Step::EnableUser => "enableUser",
            Step::IssueAccessPass(_) => "issueAccessPass",
            Step::AddInfo(info) => match info {
                Info::Email(_) => "addEmail",
                Info::Phone { .. } => "addPhone",
            },
            Step::ChangeInfo(info) => match info {
                Info::Email(_) => "changeEmail",
                Info::Phone { .. } => "changePhone",
            },
            Step::DeleteMethod { .. } => "deleteMethod",
            Step::CreateUser { .. } => "createUser",
            Step::AssignRole { .. } => "assignRole",
            Step::SetPasswordPolicies { .. } => "setPasswordPolicies",
            Step::DeleteUser => "deleteUser",
            Step::LeaveUnit { .. } => "leaveUnit",
            Step::JoinUnit { .. } => "joinUnit",
            Step::App(step) => step.name(),
        }
    }

    /// Name in the journal: a step about a unit carries its id, so that the journal alone tells where the user belongs. Addresses
    /// and numbers are not in it.
    #[must_use]
    pub fn journal_name(&self) -> String {
        match self {
            Step::LeaveUnit { unit, .. } | Step::JoinUnit { unit, .. } => {
                format!("{}.{unit}", self.name())
            }
            Step::AddInfo(Info::Phone { kind, .. })
            | Step::ChangeInfo(Info::Phone { kind, .. }) => format!("{}.{kind}", self.name()),
            Step::DeleteMethod { collection, .. } => format!("{}.{collection}", self.name()),
            Step::App(step) => step.journal_name(),
            _ => self.name().to_owned(),
        }
    }

    /// What it will do to whom.
    #[must_use]
    pub fn sentence(&self, whom: &str) -> String {
        match self {
            Step::ResetPassword {
                via,
                force_change,
                force_change_mfa,
            } => {
                let way = match via {
                    Via::Method => "with the resetPassword action",
                    Via::Direct => "by writing passwordProfile",
                };
                let after = match (force_change, force_change_mfa) {
                    (_, true) => {
                        "; it must be changed at the next sign-in, after multifactor authentication"
                    }
                    (true, false) => "; it must be changed at the next sign-in",
                    (false, false) => "; it stays until it is changed",
                };
                format!("reset the password of {whom} {way}{after}")
            }
            Step::RevokeSessions => format!("end all sessions of {whom}"),
            Step::EnableUser => format!("enable {whom}"),
            Step::IssueAccessPass(terms) => {
                format!("issue {} for {whom}", terms.in_words())
            }
            Step::AddInfo(info) => format!("register {} for {whom}", masked(info)),
            Step::ChangeInfo(info) => {
                format!("change what {whom} has registered to {}", masked(info))
            }
            Step::DeleteMethod { what, .. } => format!("delete {what} of {whom}"),
            Step::CreateUser { upn, display_name } => {
                format!("create {upn} ({display_name}), enabled, without any role")
            }
            Step::AssignRole { role, scope, .. } if scope == "/" => {
                format!("give {whom} the role {role}, active and without end")
            }
            Step::AssignRole { role, scope, .. } => {
                format!("give {whom} the role {role} at {scope}, active and without end")
            }
            Step::SetPasswordPolicies { policies } => {
                format!("set the password policies of {whom} to {policies}")
            }
            Step::DeleteUser => format!("delete {whom}, which this run created"),
            Step::LeaveUnit { name, .. } => {
                format!("take {whom} out of the restricted unit {name}")
            }
            Step::JoinUnit { name, .. } => {
                format!("put {whom} back into the restricted unit {name}")
            }
            Step::App(step) => step.sentence(whom),
        }
    }

    /// The step as `plan[]` shows it.
    #[must_use]
    pub fn to_json(&self, whom: &str) -> Value {
        let mut value = json!({ "step": self.name(), "description": self.sentence(whom) });
        match self {
            Step::ResetPassword {
                via, force_change, ..
            } => {
                value["via"] = json!(via.as_str());
                value["forceChange"] = json!(force_change);
            }
            Step::AssignRole {
                role,
                role_id,
                scope,
            } => {
                value["role"] = json!(role);
                value["roleDefinitionId"] = json!(role_id);
                value["directoryScopeId"] = json!(scope);
            }
            Step::CreateUser { upn, .. } => value["userPrincipalName"] = json!(upn),
            Step::IssueAccessPass(terms) => {
                value["lifetimeInMinutes"] = json!(terms.minutes);
                value["startDateTime"] = json!(terms.start);
                value["isUsableOnce"] = json!(terms.once);
            }
            Step::LeaveUnit { unit, .. } | Step::JoinUnit { unit, .. } => {
                value["administrativeUnitId"] = json!(unit);
            }
            Step::App(step) => step.describe(&mut value),
            _ => {}
        }
        value
    }
}

/// An address or number in words, recognised by its owner alone.
fn masked(info: &Info) -> String {
    match info {
        Info::Email(address) => format!("the e-mail address {}", mask::email(address)),
        Info::Phone { kind, number, .. } => {
            format!("the {kind} phone {}", mask::phone(number))
        }
    }
}

/// How a step ended.
#[derive(Debug)]
pub enum Outcome<T> {
    /// The service said yes, and what could be read back agrees.
    Done(T),
    /// Nothing changed.
    Failed(Error),
    /// A change may have been made.
    Unknown(Error),
}

impl<T> Outcome<T> {
    /// Word for the journal.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Done(_) => "done",
            Outcome::Failed(_) => "failed",
            Outcome::Unknown(_) => "unknown",
        }
    }

    /// The error, when there is one.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Outcome::Done(_) => None,
            Outcome::Failed(error) | Outcome::Unknown(error) => Some(error),
        }
    }
}

/// What the steps of a run share: the client, the time they may take, and whether the person asked to stop.
pub struct Run<'c> {
    /// Graph.
    pub client: &'c Client,
    /// Time one write may take, waits and proof included.
    pub wait: Duration,
    /// Set by Ctrl-C: no further step is begun.
    pub stop: &'c Cell<bool>,
}

impl Run<'_> {
    /// Why a wait was given up: how long it was, whether somebody ended it, and the last refusal.
    fn last_words(&self, since: Instant, error: &Error) -> String {
        waited(since.elapsed(), self.stop.get(), &create::words(error))
    }
}

fn waited(time: Duration, interrupted: bool, last: &str) -> String {
    let how = if interrupted {
        "Interrupted after"
    } else {
        "After"
    };
    format!("{how} {} s: {last}", time.as_secs())
}

/// A pause that grows, within a deadline.
pub(crate) struct Pauses {
    next: Duration,
    most: Duration,
    deadline: Instant,
}

impl Pauses {
    pub(crate) fn new(first: Duration, most: Duration, deadline: Instant) -> Self {
        Pauses {
            next: first,
            most,
            deadline,
        }
    }

    /// Waits for the next pause, at least as long as the server asked; false when the deadline comes first.
    pub(crate) async fn pause(&mut self, asked: Option<Duration>) -> bool {
        let wait = self.next.max(asked.unwrap_or_default());
        self.next = (self.next * 2).min(self.most);
        if Instant::now() + wait > self.deadline {
            return false;
        }
        tokio::time::sleep(wait).await;
        true
    }

    pub(crate) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_as_long_as_it_was() {
        let three = Duration::from_millis(3_400);
        assert_eq!(waited(three, false, "Not yet."), "After 3 s: Not yet.");
        assert_eq!(
            waited(three, true, "Not yet."),
            "Interrupted after 3 s: Not yet."
        );
    }
}
