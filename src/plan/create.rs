//! Creating an account: send, wait until it is visible, take it back.
//!
//! A create is never repeated blindly: after anything unclear the user principal name is looked up, and what is found is
//! taken for ours only when its names match and it is younger than the check that found the name free. Deletes nothing but
//! the object id it is given.

use super::{Outcome, Pauses, Run};
use crate::error::{Error, ErrorCode};
use crate::graph::fault::Fault;
use crate::graph::users::{self, NewUser, User};
use crate::graph::{Reply, Sent};
use crate::http::retry::MOST_TRIES;
use crate::secret::Secret;
use std::time::{Duration, Instant, SystemTime};

/// What is read of an account that was created or found.
pub const ACCOUNT: &str = "id,userPrincipalName,displayName,mailNickname,accountEnabled,userType,onPremisesSyncEnabled,passwordPolicies,createdDateTime";
/// Clock slack when a creation time is compared with the server's `Date`; creation times have whole seconds.
const SLACK: Duration = Duration::from_secs(5);
/// First and longest pause between two looks; replication takes some tens of seconds (Graph users reference).
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(500);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a name is looked up after a throttled create: enough for replication, short of the whole wait.
const AFTER_THROTTLE: Duration = Duration::from_secs(30);
/// One read inside a longer wait.
const ONE_READ: Duration = Duration::from_secs(30);

/// An account that exists because of this run.
#[derive(Debug, Clone)]
pub struct Created {
    /// The user as Graph returned it.
    pub user: User,
    /// Whether the reply was lost and the account was found by its name.
    pub found: bool,
}

/// Whether a new account can be seen.
#[derive(Debug)]
pub enum Visible {
    /// Graph returns it.
    Yes(Box<User>),
    /// Not within the wait.
    NotYet(Error),
    /// The caller may create it and may not read it.
    CannotRead(Error),
}

enum Look {
    Ours(Box<User>),
    Another,
    Nobody,
    CannotTell(Error),
}

impl Run<'_> {
    /// Creates the user; `free_since` is the server's clock when the name was found free.
    pub async fn create_user(
        &self,
        new: &NewUser<'_>,
        password: &Secret,
        free_since: Option<SystemTime>,
    ) -> Outcome<Created> {
        let change = users::create(new, password);
        let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE, Instant::now() + self.wait);
        let mut unclear: Option<Error> = None;
        for round in 1.. {
            match self.client.change(&change, pauses.left()).await {
                Sent::Done(Reply { value, .. }) => {
                    return Outcome::Done(Created {
                        user: value,
                        found: false,
                    });
                }
                Sent::Declined(fault, error) => {
                    return match unclear {
                        None if is_conflict(&fault) => Outcome::Failed(taken(new.upn, &error)),
                        None => Outcome::Failed(error),
                        Some(before) => self.resolve(new, free_since, before, self.wait).await,
                    };
                }
                Sent::NotSent(error) => {
                    return match unclear {
                        None => Outcome::Failed(error),
                        Some(before) => self.resolve(new, free_since, before, self.wait).await,
                    };
                }
                Sent::Unclear(error) => {
                    let throttled = matches!(error.said().http_status, Some(429 | 503));
                    let asked = error.said().retry_after.map(Duration::from_secs);
                    if !throttled {
                        return self.resolve(new, free_since, error, self.wait).await;
                    }
                    // The server's wait comes before any further request, the look included.
                    if self.stop.get() || round >= MOST_TRIES || !pauses.pause(asked).await {
                        return self
                            .resolve(new, free_since, error, AFTER_THROTTLE.min(self.wait))
                            .await;
                    }
                    match self.look_up(new, free_since).await {
                        Look::Ours(user) => {
                            return Outcome::Done(Created {
                                user: *user,
                                found: true,
                            });
                        }
                        Look::Another => return Outcome::Failed(taken(new.upn, &error)),
                        Look::CannotTell(_) => {
                            return Outcome::Unknown(unknown_create(new.upn, &error));
                        }
                        // Sending again cannot make a second account: the name is unique, and a conflict is looked at.
                        Look::Nobody => unclear = Some(error),
                    }
                }
            }
        }
        Outcome::Unknown(Error::new(
            ErrorCode::OutcomeUnknown,
            "The creation did not end.",
        ))
    }

    /// Looks the name up until it is there or the time is over; an absent name proves nothing before replication.
    async fn resolve(
        &self,
        new: &NewUser<'_>,
        free_since: Option<SystemTime>,
        before: Error,
        most: Duration,
    ) -> Outcome<Created> {
        let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE, Instant::now() + most);
        loop {
            match self.look_up(new, free_since).await {
                Look::Ours(user) => {
                    return Outcome::Done(Created {
                        user: *user,
                        found: true,
                    });
                }
                // One name, one account: with a stranger under it, ours was not made.
                Look::Another => return Outcome::Failed(taken(new.upn, &before)),
                Look::CannotTell(error) if error.code() == ErrorCode::NotPermitted => {
                    return Outcome::Unknown(unknown_create(new.upn, &before));
                }
                Look::CannotTell(_) | Look::Nobody => {}
            }
            if self.stop.get() || !pauses.pause(None).await {
                return Outcome::Unknown(unknown_create(new.upn, &before));
            }
        }
    }

    async fn look_up(&self, new: &NewUser<'_>, free_since: Option<SystemTime>) -> Look {
        match self
            .client
            .fetch_within(&users::get(new.upn, ACCOUNT), ONE_READ)
            .await
        {
            Ok(reply) if is_ours(&reply.value, new, free_since) => {
                Look::Ours(Box::new(reply.value))
            }
            Ok(_) => Look::Another,
            Err(error) if error.code() == ErrorCode::NotFound => Look::Nobody,
            Err(error) => Look::CannotTell(error),
        }
    }

    /// Waits until Graph returns the new account.
    pub async fn wait_until_visible(&self, id: &str) -> Visible {
        let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE, Instant::now() + self.wait);
        loop {
            let error = match self
                .client
                .fetch_within(&users::get(id, ACCOUNT), pauses.left().min(ONE_READ))
                .await
            {
                Ok(reply) => return Visible::Yes(Box::new(reply.value)),
                Err(error) if error.code() == ErrorCode::NotPermitted => {
                    return Visible::CannotRead(error);
                }
                Err(error) => error,
            };
            if self.stop.get() || !pauses.pause(None).await {
                return Visible::NotYet(error);
            }
        }
    }

    /// Deletes an account by the object id that this run recorded; `seen` tells whether Graph ever returned it.
    pub async fn delete_created(&self, id: &str, seen: bool) -> Outcome<()> {
        let change = users::delete(id);
        let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE, Instant::now() + self.wait);
        let mut absent = 0;
        loop {
            match self.client.change(&change, pauses.left()).await {
                Sent::Done(_) => return Outcome::Done(()),
                Sent::Declined(_, error) if error.code() == ErrorCode::NotFound => {
                    absent += 1;
                    // Right after a create "not found" may be a replica that lags, so one such answer is no proof.
                    if absent >= 4 || !pauses.pause(None).await {
                        return if seen && absent > 1 {
                            Outcome::Done(())
                        } else {
                            Outcome::Unknown(error)
                        };
                    }
                }
                Sent::Declined(_, error) | Sent::NotSent(error) => return Outcome::Failed(error),
                Sent::Unclear(error) => return Outcome::Unknown(error),
            }
        }
    }
}

/// Whether an account found under the name is the one this run asked for.
fn is_ours(user: &User, new: &NewUser<'_>, free_since: Option<SystemTime>) -> bool {
    let (Some(born), Some(since)) = (born(user), free_since) else {
        return false;
    };
    has_names(user, new.upn, new.display_name, new.mail_nickname) && born + SLACK >= since
}

/// Whether the name fields of an account are these.
#[must_use]
pub fn has_names(user: &User, upn: &str, display_name: &str, mail_nickname: &str) -> bool {
    user.user_principal_name
        .as_deref()
        .is_some_and(|own| own.eq_ignore_ascii_case(upn))
        && user.display_name.as_deref() == Some(display_name)
        && user.mail_nickname.as_deref() == Some(mail_nickname)
}

/// When an account was created, as Graph says.
#[must_use]
pub fn born(user: &User) -> Option<SystemTime> {
    let at: jiff::Timestamp = user.created_date_time.as_deref()?.parse().ok()?;
    SystemTime::try_from(at).ok()
}

/// A name or a link that exists already. Graph answers 400, not only 409 (error facts, section 2).
pub(super) fn is_conflict(fault: &Fault) -> bool {
    let status = fault.service.http_status;
    let told = fault.details.iter().any(|code| {
        code.eq_ignore_ascii_case("ObjectConflict")
            || code.eq_ignore_ascii_case("ConflictingObjects")
    });
    status == Some(409)
        || (status == Some(400)
            && (told || fault.says("conflicting object") || fault.says("already exist")))
}

fn taken(upn: &str, error: &Error) -> Error {
    Error::new(ErrorCode::AlreadyExists, format!("{upn} exists already, so it was not created."))
        .why(words(error))
        .fix("Choose another name; a user deleted in the last 30 days, a group or a contact may hold it. --if-exists report compares an account that exists.")
        .service(error.said().clone())
}

fn unknown_create(upn: &str, cause: &Error) -> Error {
    Error::new(
        ErrorCode::OutcomeUnknown,
        format!("The creation of {upn} was sent, and whether it took effect is not known."),
    )
    .why(words(cause))
    .fix("Keep the secret, and look for the account in some minutes.")
    .service(cause.said().clone())
}

pub(super) fn words(error: &Error) -> String {
    format!("{} {}", error.message(), error.cause().unwrap_or_default())
        .trim()
        .to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const NEW: NewUser<'_> = NewUser {
        upn: "larch.maple1234@contoso.onmicrosoft.com",
        display_name: "Larch Maple",
        mail_nickname: "larch.maple1234",
        force_change: false,
        password_never_expires: true,
    };

    fn found(display_name: &str, created: Option<&str>) -> User {
        User {
            id: "62b7d8f0-580c-4b91-9161-2d452bf40def".into(),
            user_principal_name: Some("Larch.Maple1234@contoso.onmicrosoft.com".into()),
            display_name: Some(display_name.into()),
            mail_nickname: Some("larch.maple1234".into()),
            created_date_time: created.map(str::to_owned),
            ..User::default()
        }
    }

    #[test]
    fn a_found_account_is_ours_only_with_our_names_and_younger_than_our_check() {
        let since =
            SystemTime::try_from("2026-11-20T10:11:12Z".parse::<jiff::Timestamp>().unwrap()).ok();
        let ours = |user: &User, since| is_ours(user, &NEW, since);
        assert!(ours(
            &found("Larch Maple", Some("2026-11-20T10:11:13Z")),
            since
        ));
        // Creation times have whole seconds: the same second counts as after.
        assert!(ours(
            &found("Larch Maple", Some("2026-11-20T10:11:12Z")),
            since
        ));
        assert!(!ours(
            &found("Larch Maple", Some("2026-11-20T10:11:06Z")),
            since
        ));
        assert!(!ours(
            &found("Somebody Else", Some("2026-11-20T10:11:13Z")),
            since
        ));
        assert!(!ours(&found("Larch Maple", None), since));
        assert!(!ours(
            &found("Larch Maple", Some("2026-11-20T10:11:13Z")),
            None
        ));
        let other_nickname = User {
            mail_nickname: Some("larch".into()),
            ..found("Larch Maple", Some("2026-11-20T10:11:13Z"))
        };
        assert!(!ours(&other_nickname, since));
    }

    pub(in crate::plan) fn fault(
        status: u16,
        code: &str,
        message: &str,
        detail: Option<&str>,
    ) -> Fault {
        let details: Vec<_> = detail
            .iter()
            .map(|code| serde_json::json!({ "code": code }))
            .collect();
        let body = serde_json::json!({ "error": { "code": code, "message": message, "details": details } });
        Fault::of(status, body.to_string().as_bytes(), |_| None, None)
    }

    #[test]
    fn conflicts_come_as_400_too() {
        let taken =
            "Another object with the same value for property userPrincipalName already exists.";
        let link = "A conflicting object with one or more of the specified property values is present in the directory.";
        assert!(is_conflict(&fault(
            400,
            "Request_BadRequest",
            taken,
            Some("ObjectConflict")
        )));
        assert!(is_conflict(&fault(400, "Request_BadRequest", link, None)));
        assert!(is_conflict(&fault(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            "",
            None
        )));
        assert!(!is_conflict(&fault(
            400,
            "Request_BadRequest",
            "Property userPrincipalName is invalid.",
            None
        )));
        assert!(!is_conflict(&fault(
            403,
            "Authorization_RequestDenied",
            "already exists",
            None
        )));
    }
}
