//! Giving a role and proving it. A duplicate is refused by Graph, so repeating cannot give it twice; a read decides after
//! anything unclear.

use super::create::{ACCOUNT, FIRST_PAUSE, LONGEST_PAUSE, is_conflict, words};
use super::{Outcome, Pauses, Run};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Sent;
use crate::graph::batch::{Batch, Patience};
use crate::graph::fault::Fault;
use crate::graph::methods::{self, RegisteredMethod};
use crate::graph::roles::{self, Assignment};
use crate::graph::users::{self, User};
use crate::http::retry::MOST_TRIES;
use std::time::{Duration, Instant};

/// How long a role that was given may take to show when it is read back.
const PROOF: Duration = Duration::from_secs(60);

/// A role that is given.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// Object id of the account.
    pub principal_id: &'a str,
    /// Role definition id.
    pub role_id: &'a str,
    /// Directory scope.
    pub scope: &'a str,
}

/// What was read back.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// The user.
    pub user: Option<User>,
    /// Its active direct roles.
    pub assignments: Vec<Assignment>,
    /// Its sign-in methods, when they may be read.
    pub methods: Option<Vec<RegisteredMethod>>,
    /// What could not be read, and why.
    pub gaps: Vec<String>,
}

impl Run<'_> {
    /// Gives a role; a principal or role that is "not found" right after a create is replication and is waited for.
    pub async fn assign_role(&self, grant: Grant<'_>) -> Outcome<Assignment> {
        let change = roles::assign(grant.principal_id, grant.role_id, grant.scope);
        let since = Instant::now();
        let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE, since + self.wait);
        let mut unclear: Option<Error> = None;
        let mut unclear_tries = 0;
        loop {
            match self.client.change(&change, pauses.left()).await {
                Sent::Done(reply) => return Outcome::Done(reply.value),
                Sent::Declined(fault, error) if is_conflict(&fault) => {
                    // The link exists already: by an earlier try, or by somebody else. A read decides.
                    return match self.find_grant(grant, &mut pauses).await {
                        Some(found) => Outcome::Done(found),
                        None => Outcome::Unknown(unknown_role(&unclear.unwrap_or(error))),
                    };
                }
                Sent::Declined(fault, error) if is_not_replicated(&fault) => {
                    if self.stop.get() || !pauses.pause(None).await {
                        let error = Error::new(ErrorCode::ServiceFailed, "The new account did not become known to the service that assigns roles.")
                            .why(self.last_words(since, &error))
                            .fix("Run the command again with a longer --wait.")
                            .service(error.said().clone());
                        return self.role_refused(grant, unclear, error).await;
                    }
                }
                Sent::Declined(_, error) | Sent::NotSent(error) => {
                    return self.role_refused(grant, unclear, error).await;
                }
                Sent::Unclear(error) => {
                    unclear_tries += 1;
                    let asked = error.said().retry_after.map(Duration::from_secs);
                    // "Not there" may be the lag of the read, so it is asked twice before anything is sent again.
                    for wait in [asked, None] {
                        if !pauses.pause(wait).await {
                            return self
                                .role_refused(
                                    grant,
                                    Some(error),
                                    Error::new(ErrorCode::OutcomeUnknown, ""),
                                )
                                .await;
                        }
                        match self.held(grant).await {
                            Ok(Some(found)) => return Outcome::Done(found),
                            Ok(None) => {}
                            Err(_) => return Outcome::Unknown(unknown_role(&error)),
                        }
                    }
                    if self.stop.get() || unclear_tries >= MOST_TRIES {
                        return Outcome::Unknown(unknown_role(&error));
                    }
                    unclear = Some(error);
                }
            }
        }
    }

    /// The same, and reads it back; `false` when it does not show in time.
    pub async fn assign_role_and_read(&self, grant: Grant<'_>) -> Outcome<(Assignment, bool)> {
        match self.assign_role(grant).await {
            Outcome::Done(made) => {
                let deadline = Instant::now() + PROOF.min(self.wait);
                let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE, deadline);
                let shown = self.find_grant(grant, &mut pauses).await.is_some();
                Outcome::Done((made, shown))
            }
            Outcome::Failed(error) => Outcome::Failed(error),
            Outcome::Unknown(error) => Outcome::Unknown(error),
        }
    }

    /// A clear no is one only when nothing before it may have been a yes.
    async fn role_refused(
        &self,
        grant: Grant<'_>,
        unclear: Option<Error>,
        error: Error,
    ) -> Outcome<Assignment> {
        let Some(before) = unclear else {
            return Outcome::Failed(error);
        };
        match self.held(grant).await {
            Ok(Some(found)) => Outcome::Done(found),
            _ => Outcome::Unknown(unknown_role(&before)),
        }
    }

    async fn find_grant(&self, grant: Grant<'_>, pauses: &mut Pauses) -> Option<Assignment> {
        loop {
            if let Ok(Some(found)) = self.held(grant).await {
                return Some(found);
            }
            if self.stop.get() || !pauses.pause(None).await {
                return None;
            }
        }
    }

    /// The assignment, if the account holds it.
    async fn held(&self, grant: Grant<'_>) -> Result<Option<Assignment>> {
        let all = self
            .client
            .pages(&roles::assignments_of(grant.principal_id))?
            .all()
            .await?;
        Ok(all
            .into_iter()
            .find(|one| is_grant(one, grant.role_id, grant.scope)))
    }

    /// Reads account, roles and methods back, until the roles that were given show or the time for it is over.
    pub async fn prove_account(&self, id: &str, wanted: &[(String, String)]) -> Proof {
        let mut pauses = Pauses::new(
            FIRST_PAUSE,
            LONGEST_PAUSE,
            Instant::now() + PROOF.min(self.wait),
        );
        loop {
            let proof = self.read_account(id).await;
            let all = wanted.iter().all(|(role, scope)| {
                proof
                    .assignments
                    .iter()
                    .any(|one| is_grant(one, role, scope))
            });
            let settled = proof.user.is_some() && all;
            if settled || !proof.gaps.is_empty() || self.stop.get() || !pauses.pause(None).await {
                return proof;
            }
        }
    }

    async fn read_account(&self, id: &str) -> Proof {
        let mut batch = Batch::new();
        let user = batch.add(&users::get(id, ACCOUNT));
        let held = batch.add(&roles::assignments_of(id));
        // Where the cloud has no list of everything, what is registered stays unknown.
        let whole = self.client.endpoints().cloud.lists_methods();
        let registered = whole.then(|| batch.add(&methods::list(id)));
        let mut proof = Proof::default();
        let mut replies = match self.client.batch(batch, Patience::Single).await {
            Ok(replies) => replies,
            Err(error) => {
                proof.gaps.push(words(&error));
                return proof;
            }
        };
        match replies.take(user) {
            Ok(user) => proof.user = Some(user),
            Err(error) if error.code() == ErrorCode::NotFound => {}
            Err(error) => proof.gaps.push(words(&error)),
        }
        match replies.take(held) {
            Ok(page) => proof.assignments = page.value,
            Err(error) if error.code() == ErrorCode::NotFound => {}
            Err(error) => proof.gaps.push(words(&error)),
        }
        // Reading methods needs a permission of its own, which creating does not: its absence is no gap.
        proof.methods = registered
            .and_then(|slot| replies.take(slot).ok())
            .map(|page| page.value);
        proof
    }
}

/// Whether an assignment is this role at this scope.
#[must_use]
pub fn is_grant(assignment: &Assignment, role_id: &str, scope: &str) -> bool {
    assignment.role_definition_id.eq_ignore_ascii_case(role_id)
        && assignment
            .directory_scope_id
            .as_deref()
            .unwrap_or("/")
            .eq_ignore_ascii_case(scope)
}

/// A principal that Graph does not know yet: 404, and by reports 400 with the same code.
fn is_not_replicated(fault: &Fault) -> bool {
    fault.service.http_status == Some(404)
        || (fault.service.http_status == Some(400)
            && (fault.has_code("Request_ResourceNotFound") || fault.says("does not exist")))
}

fn unknown_role(cause: &Error) -> Error {
    Error::new(
        ErrorCode::OutcomeUnknown,
        "The role assignment was sent, and whether it took effect is not known.",
    )
    .why(words(cause))
    .fix("Keep the secret, and look at the roles of the account in some minutes.")
    .service(cause.said().clone())
}

#[cfg(test)]
mod tests {
    use super::super::create::tests::fault;
    use super::*;

    #[test]
    fn not_found_right_after_a_create_is_replication() {
        assert!(is_not_replicated(&fault(
            404,
            "Request_ResourceNotFound",
            "Resource does not exist",
            None
        )));
        assert!(is_not_replicated(&fault(
            400,
            "Request_BadRequest",
            "The principal does not exist in the directory.",
            None
        )));
        assert!(!is_not_replicated(&fault(
            400,
            "Request_BadRequest",
            "The given built-in role is not supported to be assigned to a single resource scope.",
            None
        )));
        assert!(!is_not_replicated(&fault(
            403,
            "Authorization_RequestDenied",
            "x",
            None
        )));
    }

    #[test]
    fn a_grant_is_role_and_scope() {
        let one: Assignment = serde_json::from_value(serde_json::json!({ "roleDefinitionId": "62E90394-69f5-4237-9190-012177145e10", "directoryScopeId": "/" })).unwrap();
        assert!(is_grant(&one, "62e90394-69f5-4237-9190-012177145e10", "/"));
        assert!(!is_grant(
            &one,
            "62e90394-69f5-4237-9190-012177145e10",
            "/administrativeUnits/x"
        ));
        assert!(!is_grant(&one, "fe930be7-5e62-47db-91af-98c3a49a38b1", "/"));
    }
}
