//! An account that is there already: how it differs from what was asked for, and whether this tool began it.
//!
//! Compares and decides; writes nothing.

use super::history::Work;
use super::sight::sent_until;
use super::wanted::{WantedAccount, WantedRole};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::graph::roles::{self, Assignment};
use crate::graph::users::User;
use crate::plan::create::{born, has_names};
use crate::plan::grant::is_grant;
use serde::Serialize;
use std::time::{Duration, SystemTime};

/// Clock slack between this machine, which dated the journal, and Graph, which dated the account.
const SLACK: Duration = Duration::from_secs(60);

/// One property that is not as asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    pub(crate) property: String,
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// An account that is there.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    pub(crate) wanted: WantedAccount,
    pub(crate) user: User,
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) differences: Vec<Difference>,
    pub(crate) missing_roles: Vec<WantedRole>,
}

/// Reads the roles of an account and compares it.
pub(crate) async fn compare(
    client: &Client,
    wanted: WantedAccount,
    user: User,
) -> Result<Existing> {
    let assignments = client
        .pages(&roles::assignments_of(&user.id))?
        .all()
        .await?;
    Ok(compared(wanted, user, assignments))
}

/// The comparison itself.
pub(crate) fn compared(
    wanted: WantedAccount,
    user: User,
    assignments: Vec<Assignment>,
) -> Existing {
    let mut differences = Vec::new();
    let mut expect = |property: &str, expected: &str, found: Option<&str>| {
        if found != Some(expected) {
            differences.push(Difference {
                property: property.to_owned(),
                expected: expected.to_owned(),
                found: found.unwrap_or("nothing").to_owned(),
            });
        }
    };
    let word = |value: Option<bool>| value.map(|value| if value { "true" } else { "false" });
    expect(
        "displayName",
        &wanted.display_name,
        user.display_name.as_deref(),
    );
    expect("accountEnabled", "true", word(user.account_enabled));
    expect(
        "userType",
        "Member",
        user.user_type.as_deref().or(Some("Member")),
    );
    expect(
        "cloudOnly",
        "true",
        word(Some(user.on_premises_sync_enabled != Some(true))),
    );
    if wanted.never_expires {
        expect(
            "passwordNeverExpires",
            "true",
            word(Some(never_expires(&user))),
        );
    }
    let held = |role: &WantedRole| {
        assignments
            .iter()
            .any(|one| is_grant(one, &role.id, &role.scope))
    };
    let missing_roles: Vec<WantedRole> = wanted
        .roles
        .iter()
        .filter(|role| !held(role))
        .cloned()
        .collect();
    for role in &missing_roles {
        let place = if role.scope == "/" {
            String::new()
        } else {
            format!(" at {}", role.scope)
        };
        expect("role", &format!("{}{place}", role.name), None);
    }
    Existing {
        wanted,
        user,
        assignments,
        differences,
        missing_roles,
    }
}

/// Whether the password never expires, by the account's own setting.
pub(crate) fn never_expires(user: &User) -> bool {
    user.password_policies
        .as_deref()
        .unwrap_or_default()
        .split(',')
        .any(|policy| policy.trim() == "DisablePasswordExpiration")
}

impl Existing {
    pub(crate) fn matches(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether only roles are missing.
    fn lacks_only_roles(&self) -> bool {
        self.differences
            .iter()
            .all(|difference| difference.property == "role")
    }

    /// Whether this tool began the account and may finish it: our intent, an account younger than it and not younger than the last
    /// moment it may have been sent, the same names, nothing else changed since, and a password that can still be had.
    ///
    /// `offset` is the server's clock minus ours.
    pub(crate) fn may_finish(&self, work: Option<&Work>, offset: ClockOffset) -> Result<()> {
        let refuse = |why: String, fix: String| {
            Err(Error::new(
                ErrorCode::AlreadyExists,
                format!(
                    "{} exists and was not finished; nothing was changed.",
                    self.wanted.upn
                ),
            )
            .why(why)
            .fix(fix))
        };
        let choose = "Choose another name, or correct the account yourself.".to_owned();
        let Some(work) = work.filter(|work| work.may_have_created()) else {
            return refuse("The journal of this machine has no intent to create it, so it may be somebody else's.".to_owned(), choose);
        };
        if work
            .id
            .as_deref()
            .is_some_and(|id| !id.eq_ignore_ascii_case(&self.user.id))
        {
            return refuse(
                format!(
                    "Operation {} created another object under this name.",
                    work.operation_id
                ),
                choose,
            );
        }
        let young = match (
            born(&self.user),
            work.began.and_then(|at| offset.to_server(at)),
        ) {
            (Some(born), Some(began)) => born + SLACK >= began,
            _ => false,
        };
        if work.id.is_none() && !young {
            return refuse(
                format!(
                    "It is older than operation {}, so it is not the account of that operation.",
                    work.operation_id
                ),
                choose,
            );
        }
        // Whoever takes the name after that is somebody else, and what we staged opens nothing of theirs.
        let ours = match (born(&self.user), sent_until(work, offset)) {
            (Some(born), Some(until)) => born <= until + SLACK,
            _ => false,
        };
        if work.id.is_none() && !ours {
            return refuse(
                format!(
                    "It was made after operation {} had ended, so it is somebody else's.",
                    work.operation_id
                ),
                choose,
            );
        }
        if !has_names(
            &self.user,
            &self.wanted.upn,
            &self.wanted.display_name,
            &self.wanted.mail_nickname,
        ) {
            return refuse(
                "Its display name or mail nickname is not what was asked for.".to_owned(),
                "Give --display-name as in the first run, or choose another name.".to_owned(),
            );
        }
        if !self.lacks_only_roles() {
            let told: Vec<&str> = self
                .differences
                .iter()
                .map(|difference| difference.property.as_str())
                .collect();
            return refuse(
                format!("It was changed since: {}.", told.join(", ")),
                choose,
            );
        }
        if let Some(role) = self.missing_roles.iter().find(|role| {
            !work
                .roles
                .iter()
                .any(|own| own.id.eq_ignore_ascii_case(&role.id) && own.scope == role.scope)
        }) {
            return refuse(
                format!(
                    "Operation {} did not plan the role {}.",
                    work.operation_id, role.name
                ),
                "Give the role yourself, or leave it out.".to_owned(),
            );
        }
        if !self.missing_roles.is_empty() && !work.password_is_kept() {
            return refuse(
                format!(
                    "Its password went to {}, where it cannot be found any more; an administrator without a known password helps nobody.",
                    work.places()
                ),
                format!(
                    "Delete the account ({}) and run the command again, or set its password with `admin-reset reset-user {}` and give the role in the admin center.",
                    self.user.id,
                    crate::consent::shell_word(&self.wanted.upn)
                ),
            );
        }
        Ok(())
    }
}

/// How far the server's clock is from ours.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ClockOffset {
    ahead: Duration,
    behind: Duration,
}

impl ClockOffset {
    /// From the server's `Date` at a moment of ours; no offset when it did not say.
    pub(crate) fn of(server: Option<SystemTime>, ours: SystemTime) -> Self {
        let Some(server) = server else {
            return ClockOffset::default();
        };
        match server.duration_since(ours) {
            Ok(ahead) => ClockOffset {
                ahead,
                behind: Duration::ZERO,
            },
            Err(behind) => ClockOffset {
                ahead: Duration::ZERO,
                behind: behind.duration(),
            },
        }
    }

    pub(super) fn to_server(self, ours: SystemTime) -> Option<SystemTime> {
        ours.checked_add(self.ahead)?.checked_sub(self.behind)
    }
}

#[cfg(test)]
mod tests;
