//! Who holds which directory role, from one listing of the tenant: active and eligible assignments, groups expanded.
//!
//! Asking each user would cost a read a user; this costs a few reads a tenant.

use super::tenant::fact;
use crate::error::{Error, Result};
use crate::graph::batch::{Batch, Patience, Replies, Slot};
use crate::graph::call::Call;
use crate::graph::paging::Page;
use crate::graph::roles::{Assignment, Principal, Schedule};
use crate::graph::users::User;
use crate::graph::{Client, roles};
use crate::policy::reset::{HeldRole, Scope};
use crate::policy::{Gap, Known};
use serde::de::DeserializeOwned;
use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

const READ_ROLES: &[&str] = &["RoleManagement.Read.Directory", "Directory.Read.All"];
const READ_ELIGIBLE: &[&str] = &[
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.Directory",
];
const READ_MEMBERS: &[&str] = &["GroupMember.Read.All", "Directory.Read.All"];

/// Roles by the object id of who holds them.
#[derive(Default)]
pub(crate) struct Holders {
    active: Reading,
    eligible: Reading,
    /// When Graph answered last.
    pub(crate) date: Option<SystemTime>,
}

#[derive(Default)]
struct Reading {
    by_id: HashMap<String, Vec<HeldRole>>,
    gaps: Vec<Gap>,
    refusal: Option<Error>,
}

/// Where the answers will be.
pub(crate) struct AskedHolders {
    active: Slot<Page<Assignment>>,
    eligible: Slot<Page<Schedule>>,
}

/// Asks for both listings as part of a batch.
pub(crate) fn ask(batch: &mut Batch) -> AskedHolders {
    AskedHolders {
        active: batch.add(&roles::assignments_with_holders()),
        eligible: batch.add(&roles::eligibilities_with_holders()),
    }
}

/// A role that a group gives to its members.
struct ByGroup {
    group: String,
    role: HeldRole,
    eligible: bool,
}

/// Reads both listings to their ends and expands the groups among the holders.
pub(crate) async fn read(
    client: &Client,
    replies: &mut Replies,
    asked: AskedHolders,
) -> Result<Holders> {
    let mut holders = Holders::default();
    let mut by_group = Vec::new();
    let active = rest(
        client,
        &roles::assignments_with_holders(),
        replies.take(asked.active),
    )
    .await;
    if let Some(list) = holders
        .active
        .keep(active, "who holds directory roles", READ_ROLES)?
    {
        for assignment in list {
            let role = held(
                &assignment.role_definition_id,
                assignment.directory_scope_id.as_deref(),
            );
            holders.active.place(
                assignment.principal_id,
                assignment.principal,
                role,
                false,
                &mut by_group,
            );
        }
    }
    let eligible = rest(
        client,
        &roles::eligibilities_with_holders(),
        replies.take(asked.eligible),
    )
    .await;
    if let Some(list) =
        holders
            .eligible
            .keep(eligible, "who may activate directory roles", READ_ELIGIBLE)?
    {
        for schedule in list {
            let role = held(
                &schedule.role_definition_id,
                schedule.directory_scope_id.as_deref(),
            );
            holders.eligible.place(
                schedule.principal_id,
                schedule.principal,
                role,
                true,
                &mut by_group,
            );
        }
    }
    holders.expand(client, by_group).await?;
    Ok(holders)
}

/// The whole list behind a first page.
async fn rest<T: DeserializeOwned>(
    client: &Client,
    call: &Call<Page<T>>,
    first: Result<Page<T>>,
) -> Result<Vec<T>> {
    let first = first?;
    if first.next_link.is_none() {
        Ok(first.value)
    } else {
        client.pages_after(call, first)?.all().await
    }
}

fn held(role: &str, scope: Option<&str>) -> HeldRole {
    HeldRole {
        scope: Scope::from_directory_scope(scope.unwrap_or("/")),
        ..HeldRole::tenant(role)
    }
}

impl Reading {
    fn keep<T>(
        &mut self,
        found: Result<Vec<T>>,
        what: &str,
        any_of: &[&str],
    ) -> Result<Option<Vec<T>>> {
        let refusal = found.as_ref().err().map(Error::copied);
        match fact(found, what, any_of)? {
            Known::Known(list) => return Ok(Some(list)),
            // A tenant without the licence for eligible roles has none.
            Known::Partial(_, gaps) | Known::Missing(gaps) => self.gaps.extend(
                gaps.into_iter()
                    .filter(|gap| !matches!(gap, Gap::Licence { .. })),
            ),
        }
        self.refusal = refusal.filter(|_| !self.gaps.is_empty());
        Ok(None)
    }

    fn place(
        &mut self,
        id: String,
        principal: Option<Principal>,
        role: HeldRole,
        eligible: bool,
        by_group: &mut Vec<ByGroup>,
    ) {
        let kind = principal
            .as_ref()
            .and_then(|principal| principal.odata_type.as_deref())
            .unwrap_or_default();
        if kind.ends_with("group") {
            by_group.push(ByGroup {
                group: id,
                role,
                eligible,
            });
        } else if !kind.ends_with("servicePrincipal") {
            // A holder whose kind is not told counts as a user: it is then looked up, and undecided when it is none.
            self.add(id, role);
        }
    }

    fn add(&mut self, id: String, role: HeldRole) {
        self.by_id
            .entry(id.to_ascii_lowercase())
            .or_default()
            .push(role);
    }

    fn of(&self, id: &str) -> Known<Vec<HeldRole>> {
        let roles = self.by_id.get(&id.to_ascii_lowercase()).cloned();
        match (self.gaps.is_empty(), roles) {
            (true, roles) => Known::Known(roles.unwrap_or_default()),
            (false, Some(roles)) => Known::Partial(roles, self.gaps.clone()),
            (false, None) => Known::Missing(self.gaps.clone()),
        }
    }
}

impl Holders {
    async fn expand(&mut self, client: &Client, by_group: Vec<ByGroup>) -> Result<()> {
        let groups: BTreeSet<&str> = by_group.iter().map(|entry| entry.group.as_str()).collect();
        if groups.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        let calls: Vec<(&str, Call<Page<User>>)> = groups
            .into_iter()
            .map(|group| (group, roles::group_users(group, "id")))
            .collect();
        let slots: Vec<Slot<Page<User>>> = calls.iter().map(|(_, call)| batch.add(call)).collect();
        let mut replies = client.batch(batch, Patience::Many).await?;
        self.date = replies.date;
        for ((group, call), slot) in calls.iter().zip(slots) {
            let members = rest(client, call, replies.take(slot)).await;
            match fact(
                members,
                "members of a group that gives a role",
                READ_MEMBERS,
            )? {
                Known::Known(members) => {
                    for entry in by_group.iter().filter(|entry| entry.group == *group) {
                        let reading = if entry.eligible {
                            &mut self.eligible
                        } else {
                            &mut self.active
                        };
                        for member in &members {
                            reading.add(
                                member.id.clone(),
                                HeldRole {
                                    via_group: Some((*group).to_owned()),
                                    ..entry.role.clone()
                                },
                            );
                        }
                    }
                }
                Known::Partial(_, gaps) | Known::Missing(gaps) => {
                    for reading in [&mut self.active, &mut self.eligible] {
                        reading.gaps.extend(
                            gaps.iter()
                                .filter(|gap| !reading.gaps.contains(gap))
                                .cloned()
                                .collect::<Vec<_>>(),
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// Active roles of a user.
    pub(crate) fn active(&self, id: &str) -> Known<Vec<HeldRole>> {
        self.active.of(id)
    }

    /// Roles a user may activate.
    pub(crate) fn eligible(&self, id: &str) -> Known<Vec<HeldRole>> {
        self.eligible.of(id)
    }

    /// Why active assignments could not be listed at all.
    pub(crate) fn refusal(&self) -> Option<&Error> {
        self.active.refusal.as_ref()
    }

    /// What the listing leaves open.
    pub(crate) fn gaps(&self) -> Vec<String> {
        let mut sentences: Vec<String> = Vec::new();
        for gap in self.active.gaps.iter().chain(&self.eligible.gaps) {
            let sentence = gap.sentence();
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
        sentences
    }

    /// Object ids of everybody who holds a role or may activate one, in a fixed order.
    pub(crate) fn everybody(&self) -> Vec<String> {
        let holds = |roles: &[HeldRole]| roles.iter().any(|role| !role.is_implicit());
        let ids: BTreeSet<&String> = self
            .active
            .by_id
            .iter()
            .chain(&self.eligible.by_id)
            .filter(|(_, roles)| holds(roles))
            .map(|(id, _)| id)
            .collect();
        ids.into_iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::roles::GLOBAL_ADMINISTRATOR;

    fn principal(kind: &str) -> Option<Principal> {
        serde_json::from_value(
            serde_json::json!({ "@odata.type": format!("#microsoft.graph.{kind}"), "id": "x" }),
        )
        .ok()
    }

    #[test]
    fn users_hold_groups_are_expanded_and_apps_are_left_out() {
        let mut reading = Reading::default();
        let mut by_group = Vec::new();
        for (id, kind) in [
            ("U1", principal("user")),
            ("g1", principal("group")),
            ("s1", principal("servicePrincipal")),
            ("n1", None),
        ] {
            reading.place(
                id.to_owned(),
                kind,
                held(GLOBAL_ADMINISTRATOR, Some("/")),
                false,
                &mut by_group,
            );
        }
        assert_eq!(
            by_group
                .iter()
                .map(|entry| entry.group.as_str())
                .collect::<Vec<_>>(),
            ["g1"]
        );
        let holders = Holders {
            active: reading,
            ..Holders::default()
        };
        assert_eq!(holders.everybody(), ["n1", "u1"]);
        assert_eq!(holders.active("u1").items().len(), 1);
        assert_eq!(holders.active("other"), Known::Known(Vec::new()));
    }

    #[test]
    fn a_gap_leaves_those_open_who_were_not_seen() {
        let mut reading = Reading::default();
        reading.add("u1".to_owned(), held(GLOBAL_ADMINISTRATOR, None));
        reading.gaps.push(Gap::not_read("members"));
        assert!(matches!(reading.of("u1"), Known::Partial(..)));
        assert!(matches!(reading.of("u2"), Known::Missing(_)));
    }

    #[test]
    fn a_tenant_without_the_licence_has_no_eligible_roles() {
        use crate::error::ErrorCode;
        let mut reading = Reading::default();
        assert!(
            reading
                .keep::<u8>(Err(Error::new(ErrorCode::LicenceMissing, "x")), "y", &[])
                .unwrap()
                .is_none()
        );
        assert_eq!(reading.of("u1"), Known::Known(Vec::new()));
        assert!(
            reading
                .keep::<u8>(Err(Error::new(ErrorCode::NotPermitted, "x")), "y", &["A"])
                .unwrap()
                .is_none()
        );
        assert!(!reading.of("u1").is_complete() && reading.refusal.is_some());
        assert!(
            reading
                .keep::<u8>(Err(Error::new(ErrorCode::TokenRefused, "x")), "y", &[])
                .is_err()
        );
    }
}
