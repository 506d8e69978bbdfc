//! The second batch, by object id: roles at other scopes, custom roles, eligibility, units, the caller's own of these, and who
//! the Global Administrators are. Each part is asked only where its answer can matter.

use super::{
    ROLES, Subject, Surroundings, UNITS, assigned_role, directory_role, joined, known, list, pim,
};
use crate::error::Result;
use crate::graph::batch::{Batch, Patience, Replies, Slot};
use crate::graph::call::Call;
use crate::graph::paging::Page;
use crate::graph::{Client, roles, tenant, users};
use crate::ids;
use crate::policy::reset::{CallerKind, HeldRole};
use crate::policy::roles::GLOBAL_ADMINISTRATOR;
use crate::policy::{Gap, Known};
use serde::de::DeserializeOwned;

/// What is still to be found out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Open {
    /// The target's roles at other scopes, custom ones, and those it may activate.
    pub protection: bool,
    /// The caller's roles at other scopes and those it may activate.
    pub caller: bool,
    /// The units of the target, and which of them restrict management.
    pub units: bool,
    /// Whether passwords are written back on premises.
    pub writeback: bool,
    /// Who the enabled Global Administrators are.
    pub administrators: bool,
}

impl Open {
    /// Everything about caller and target.
    pub const VERDICT: Open = Open {
        protection: true,
        caller: true,
        units: true,
        writeback: true,
        administrators: false,
    };
}

/// A read and where its answer will be.
struct Asked<T> {
    call: Call<Page<T>>,
    slot: Slot<Page<T>>,
}

impl<T: DeserializeOwned> Asked<T> {
    fn new(batch: &mut Batch, call: Call<Page<T>>) -> Self {
        let slot = batch.add(&call);
        Asked { call, slot }
    }

    async fn answer(self, client: &Client, replies: &mut Replies) -> Result<Vec<T>> {
        list(client, replies, self.slot, &self.call).await
    }
}

/// Reads what the first look could not tell about the caller.
pub async fn second_look_at_caller(client: &Client, surroundings: &mut Surroundings) -> Result<()> {
    let mut batch = Batch::new();
    let caller = OfCaller::ask(&mut batch, surroundings, Open::VERDICT);
    if batch.is_empty() {
        return Ok(());
    }
    let mut replies = client.batch(batch, Patience::Single).await?;
    caller.answer(client, &mut replies, surroundings).await
}

/// Reads what is open, as far as it was not read already; nothing is sent when nothing is.
pub async fn look_again(
    client: &Client,
    surroundings: &mut Surroundings,
    subject: &mut Subject,
    open: Open,
) -> Result<()> {
    let mut batch = Batch::new();
    let target = OfTarget::ask(&mut batch, surroundings, subject, open);
    let caller = OfCaller::ask(&mut batch, surroundings, open);
    let administrators = open
        .administrators
        .then(|| Asked::new(&mut batch, roles::holders_of(GLOBAL_ADMINISTRATOR)));
    if batch.is_empty() {
        return Ok(());
    }
    let mut replies = client.batch(batch, Patience::Single).await?;
    target.answer(client, &mut replies, subject).await?;
    caller.answer(client, &mut replies, surroundings).await?;
    if let Some(asked) = administrators {
        let found = known(
            asked.answer(client, &mut replies).await,
            "who the enabled Global Administrators are",
            ROLES,
        )?;
        subject.administrators = Some(enabled_administrators(found));
    }
    Ok(())
}

/// What is asked about the target.
struct OfTarget {
    assigned: Option<Asked<roles::Assignment>>,
    eligible: Option<Asked<roles::Schedule>>,
    units: Option<Asked<users::Unit>>,
    writeback: Option<Asked<tenant::Synchronization>>,
}

impl OfTarget {
    fn ask(batch: &mut Batch, surroundings: &Surroundings, subject: &Subject, open: Open) -> Self {
        let target = &subject.target;
        let id = target.id.as_str();
        // Writeback matters for a synced user alone, and asking without the permission would only earn a refusal.
        let may_ask = surroundings.caller.kind == CallerKind::Delegated
            && surroundings
                .caller
                .permissions
                .items()
                .iter()
                .any(|own| own.starts_with("OnPremDirectorySynchronization.Read"));
        // Assignments are kept by object id: where the user could not be read there is only the name, and they cannot be asked for.
        let protection = open.protection && ids::guid(id).is_some();
        OfTarget {
            assigned: (protection && !target.roles.is_complete())
                .then(|| Asked::new(batch, roles::assignments_of(id))),
            eligible: (protection && !target.eligible.is_complete())
                .then(|| Asked::new(batch, roles::eligibilities_of(id))),
            units: (open.units && !target.units.is_complete())
                .then(|| Asked::new(batch, users::units(id))),
            writeback: (open.writeback
                && may_ask
                && target.synced == Some(true)
                && !target.writeback.is_complete())
            .then(|| Asked::new(batch, tenant::synchronization())),
        }
    }

    async fn answer(
        self,
        client: &Client,
        replies: &mut Replies,
        subject: &mut Subject,
    ) -> Result<()> {
        let target = &mut subject.target;
        if let Some(asked) = self.assigned {
            let found = known(
                asked.answer(client, replies).await,
                "roles at unit scope and custom roles of the user",
                ROLES,
            )?;
            target.roles = joined(&target.roles, found.map(|list| assigned(&list)));
        }
        if let Some(asked) = self.eligible {
            target.eligible = pim(
                asked.answer(client, replies).await,
                "the roles the user may activate",
            )?;
        }
        if let Some(asked) = self.writeback
            && let Ok(found) = asked.answer(client, replies).await
            && let Some(on) = found
                .iter()
                .find_map(|one| one.features.as_ref()?.password_writeback_enabled)
        {
            target.writeback = Known::Known(on);
        }
        if let Some(asked) = self.units {
            let found = known(
                asked.answer(client, replies).await,
                "the administrative units of the user",
                UNITS,
            )?;
            subject.unit_names = found
                .items()
                .iter()
                .filter_map(|unit| Some((unit.id.clone(), unit.display_name.clone()?)))
                .collect();
            target.restricted_units = found.clone().map(|units| {
                units
                    .iter()
                    .filter(|unit| unit.is_member_management_restricted == Some(true))
                    .map(|unit| unit.id.clone())
                    .collect()
            });
            target.units = found.map(|units| units.iter().map(|unit| unit.id.clone()).collect());
        }
        Ok(())
    }
}

/// What is asked about the caller.
#[derive(Default)]
struct OfCaller {
    assigned: Option<Asked<roles::Assignment>>,
    eligible: Option<Asked<roles::Schedule>>,
    as_app: Option<Asked<users::DirectoryRole>>,
    /// The same about the groups that can carry roles, with their ids.
    groups: Vec<(String, Asked<roles::Assignment>, Asked<roles::Schedule>)>,
}

impl OfCaller {
    fn ask(batch: &mut Batch, surroundings: &Surroundings, open: Open) -> Self {
        let caller = &surroundings.caller;
        let (Some(id), true) = (caller.id.as_deref(), open.caller) else {
            return OfCaller::default();
        };
        let delegated = caller.kind == CallerKind::Delegated;
        let roles_open = !caller.roles.is_complete();
        let first_time = delegated && roles_open;
        OfCaller {
            assigned: first_time.then(|| Asked::new(batch, roles::assignments_of(id))),
            as_app: (!delegated && roles_open)
                .then(|| Asked::new(batch, roles::of_service_principal(id))),
            eligible: (delegated && !caller.eligible.is_complete())
                .then(|| Asked::new(batch, roles::eligibilities_of(id))),
            groups: surroundings
                .caller_groups
                .items()
                .iter()
                .filter(|_| first_time)
                .map(|group| {
                    (
                        group.clone(),
                        Asked::new(batch, roles::assignments_of(group)),
                        Asked::new(batch, roles::eligibilities_of(group)),
                    )
                })
                .collect(),
        }
    }

    async fn answer(
        self,
        client: &Client,
        replies: &mut Replies,
        surroundings: &mut Surroundings,
    ) -> Result<()> {
        if let Some(asked) = self.as_app {
            let found = known(
                asked.answer(client, replies).await,
                "roles the app holds through groups",
                &["Application.Read.All", "Directory.Read.All"],
            )?;
            surroundings.caller.roles = joined(
                &surroundings.caller.roles,
                found.map(|list| list.iter().map(directory_role).collect()),
            );
        }
        let (mut held, mut may) = (None, None);
        if let Some(asked) = self.assigned {
            let found = known(
                asked.answer(client, replies).await,
                "the caller's roles at unit scope",
                ROLES,
            )?;
            held = Some(found.map(|list| assigned(&list)));
        }
        if let Some(asked) = self.eligible {
            may = Some(pim(
                asked.answer(client, replies).await,
                "the roles the caller may activate",
            )?);
        }
        for (group, assignments, eligibilities) in self.groups {
            let found = known(
                assignments.answer(client, replies).await,
                "roles the caller holds through groups",
                ROLES,
            )?;
            let through = found.map(|list| through_group(assigned(&list), &group));
            held = Some(
                held.take()
                    .unwrap_or_else(|| Known::Known(Vec::new()))
                    .and(through),
            );
            let found = pim(
                eligibilities.answer(client, replies).await,
                "the roles the caller may activate through groups",
            )?;
            let through = found.map(|list| through_group(list, &group));
            may = Some(
                may.take()
                    .unwrap_or_else(|| Known::Known(Vec::new()))
                    .and(through),
            );
        }
        if let Some(held) = held {
            // Groups that could not be read may carry further roles.
            let groups = surroundings.caller_groups.clone().map(|_| Vec::new());
            surroundings.caller.roles = joined(&surroundings.caller.roles, held.and(groups));
        }
        if let Some(may) = may {
            surroundings.caller.eligible = may;
        }
        Ok(())
    }
}

fn assigned(list: &[roles::Assignment]) -> Vec<HeldRole> {
    list.iter().map(assigned_role).collect()
}

fn through_group(roles: Vec<HeldRole>, group: &str) -> Vec<HeldRole> {
    roles
        .into_iter()
        .map(|role| HeldRole {
            via_group: Some(group.to_owned()),
            ..role
        })
        .collect()
}

/// Enabled people who hold the role for the whole tenant. Groups are not opened here: whoever is behind them stays a gap.
fn enabled_administrators(found: Known<Vec<roles::Assignment>>) -> Known<Vec<String>> {
    let mut unsure = Vec::new();
    let enabled = found.map(|list| {
        let mut enabled = Vec::new();
        for one in list
            .into_iter()
            .filter(|one| one.directory_scope_id.as_deref() == Some("/"))
        {
            let principal = one.principal.as_ref();
            let kind = principal
                .and_then(|who| who.odata_type.as_deref())
                .unwrap_or_default();
            match principal.and_then(|who| who.account_enabled) {
                _ if kind.ends_with(".group") => unsure.push(Gap::not_read(
                    "who is in the groups that hold Global Administrator",
                )),
                _ if kind.ends_with(".servicePrincipal") => {}
                Some(true) => enabled.push(one.principal_id),
                Some(false) => {}
                None => unsure.push(Gap::not_read(
                    "whether all other Global Administrators are enabled",
                )),
            }
        }
        enabled
    });
    if unsure.is_empty() {
        enabled
    } else {
        unsure.dedup();
        enabled.and(Known::Partial(Vec::new(), unsure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holders(rows: serde_json::Value) -> Known<Vec<String>> {
        enabled_administrators(Known::Known(serde_json::from_value(rows).unwrap()))
    }

    fn user(id: &str, enabled: Option<bool>) -> serde_json::Value {
        json!({"principalId": id, "directoryScopeId": "/",
            "principal": {"@odata.type": "#microsoft.graph.user", "id": id, "accountEnabled": enabled}})
    }

    #[test]
    fn only_enabled_people_count_and_groups_leave_it_open() {
        let two = holders(json!([
            user("a", Some(true)),
            user("b", Some(false)),
            user("c", Some(true))
        ]));
        assert_eq!(two, Known::Known(vec!["a".to_owned(), "c".to_owned()]));
        let group = json!({"principalId": "g", "directoryScopeId": "/",
            "principal": {"@odata.type": "#microsoft.graph.group", "id": "g"}});
        let open = holders(json!([user("a", Some(true)), group]));
        assert_eq!(open.items(), ["a"]);
        assert!(!open.is_complete());
        assert!(!holders(json!([user("a", None)])).is_complete());
        let app = json!({"principalId": "s", "directoryScopeId": "/",
            "principal": {"@odata.type": "#microsoft.graph.servicePrincipal", "id": "s"}});
        assert_eq!(holders(json!([app])), Known::Known(Vec::new()));
    }
}
