//! Roles, groups, units and domains: who holds what, and through what.

use serde_json::Value;

use super::super::roles;
use super::{Assignment, Group, Tenant, Unit};

/// A role somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Held {
    /// Role definition.
    pub(in crate::sandbox) role_id: String,
    /// `/` or a unit.
    pub(in crate::sandbox) scope: String,
    /// The group it comes through.
    pub(in crate::sandbox) through: Option<String>,
}

impl Tenant {
    /// Groups the object is in, nested ones included.
    pub(in crate::sandbox) fn groups_of(&self, id: &str) -> Vec<&Group> {
        let mut found: Vec<&Group> = Vec::new();
        let mut queue = vec![id.to_owned()];
        while let Some(member) = queue.pop() {
            for group in &self.groups {
                let known = found.iter().any(|one| one.id() == group.id());
                if !known
                    && group
                        .members
                        .iter()
                        .any(|one| one.eq_ignore_ascii_case(&member))
                {
                    found.push(group);
                    queue.push(group.id().to_owned());
                }
            }
        }
        found
    }

    /// Roles held now, directly and through groups, in any scope.
    pub(in crate::sandbox) fn held(&self, principal_id: &str) -> Vec<Held> {
        self.held_in(&self.assignments, principal_id)
    }

    /// Roles that could be activated.
    pub(in crate::sandbox) fn eligible(&self, principal_id: &str) -> Vec<Held> {
        self.held_in(&self.eligibilities, principal_id)
    }

    fn held_in(&self, list: &[Assignment], principal_id: &str) -> Vec<Held> {
        let groups = self.groups_of(principal_id);
        list.iter()
            .filter_map(|one| {
                let direct = one.principal_id.eq_ignore_ascii_case(principal_id);
                let through = groups
                    .iter()
                    .find(|group| group.id().eq_ignore_ascii_case(&one.principal_id))
                    .map(|group| group.id().to_owned());
                (direct || through.is_some()).then(|| Held {
                    role_id: one.role_id.clone(),
                    scope: one.scope.clone(),
                    through: if direct { None } else { through },
                })
            })
            .collect()
    }

    /// Template ids of roles held now for the whole tenant, through groups too.
    pub fn wids(&self, principal_id: &str) -> Vec<String> {
        let mut ids: Vec<String> = self
            .held(principal_id)
            .into_iter()
            .filter(|held| held.scope == "/")
            .map(|held| held.role_id)
            .collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Display name of a role; its id when unknown.
    pub(in crate::sandbox) fn role_name(&self, role_id: &str) -> String {
        if let Some(role) = roles::built_in(role_id) {
            return role.name.to_owned();
        }
        let custom = self
            .custom_roles
            .iter()
            .find(|role| role.get("id").and_then(Value::as_str) == Some(role_id));
        let name = custom
            .and_then(|role| role.get("displayName"))
            .and_then(Value::as_str);
        name.unwrap_or(role_id).to_owned()
    }

    /// Whether a role definition exists.
    pub(in crate::sandbox) fn role_exists(&self, role_id: &str) -> bool {
        roles::built_in(role_id).is_some() || self.is_custom_role(role_id)
    }

    /// Whether the role was made by the tenant.
    pub(in crate::sandbox) fn is_custom_role(&self, role_id: &str) -> bool {
        self.custom_roles.iter().any(|role| {
            role.get("id")
                .and_then(Value::as_str)
                .is_some_and(|id| id.eq_ignore_ascii_case(role_id))
        })
    }

    /// Units the object is a member of.
    pub(in crate::sandbox) fn units_of(&self, id: &str) -> impl Iterator<Item = &Unit> {
        self.units
            .iter()
            .filter(move |unit| unit.members.iter().any(|one| one.eq_ignore_ascii_case(id)))
    }

    /// Whether the object is in a restricted management unit.
    pub(in crate::sandbox) fn restricted(&self, id: &str) -> bool {
        self.units_of(id).any(Unit::restricted)
    }

    /// A unit by id.
    pub(in crate::sandbox) fn unit(&self, id: &str) -> Option<&Unit> {
        self.units
            .iter()
            .find(|unit| unit.id().eq_ignore_ascii_case(id))
    }

    /// A group by id.
    pub(in crate::sandbox) fn group(&self, id: &str) -> Option<&Group> {
        self.groups
            .iter()
            .find(|group| group.id().eq_ignore_ascii_case(id))
    }

    /// A verified domain by name.
    pub(in crate::sandbox) fn domain(&self, name: &str) -> Option<&Value> {
        self.domains.iter().find(|domain| {
            domain
                .get("id")
                .and_then(Value::as_str)
                .is_some_and(|id| id.eq_ignore_ascii_case(name))
        })
    }

    /// Whether sign-in for that domain happens elsewhere.
    pub(in crate::sandbox) fn federated(&self, domain: &str) -> bool {
        self.domain(domain)
            .and_then(|one| one.get("authenticationType"))
            .and_then(Value::as_str)
            == Some("Federated")
    }

    /// A service principal by object id.
    pub(in crate::sandbox) fn service_principal(&self, id: &str) -> Option<&Value> {
        self.service_principals.iter().find(|one| {
            one.get("id")
                .and_then(Value::as_str)
                .is_some_and(|found| found.eq_ignore_ascii_case(id))
        })
    }

    /// Whether a subscription contains the named service plan.
    pub(in crate::sandbox) fn has_plan(&self, plan: &str) -> bool {
        self.skus.iter().any(|sku| {
            sku.get("capabilityStatus").and_then(Value::as_str) == Some("Enabled")
                && sku
                    .get("servicePlans")
                    .and_then(Value::as_array)
                    .is_some_and(|plans| {
                        plans.iter().any(|one| {
                            one.get("servicePlanName").and_then(Value::as_str) == Some(plan)
                        })
                    })
        })
    }
}

impl Group {
    /// Object id.
    pub(in crate::sandbox) fn id(&self) -> &str {
        self.props
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether the group may hold roles.
    pub(in crate::sandbox) fn role_assignable(&self) -> bool {
        self.props.get("isAssignableToRole") == Some(&Value::Bool(true))
    }
}

impl Unit {
    /// Object id.
    pub(in crate::sandbox) fn id(&self) -> &str {
        self.props
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether only administrators scoped to the unit may change its members.
    pub(in crate::sandbox) fn restricted(&self) -> bool {
        self.props.get("isMemberManagementRestricted") == Some(&Value::Bool(true))
    }
}
