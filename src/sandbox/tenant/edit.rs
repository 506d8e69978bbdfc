//! Changing the tenant: the primitives routes use, and the hooks with which a test builds any situation.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::super::{roles, stamp};
use super::{Assignment, Group, Password, Tenant, Unit, User};

/// Builds the id of a role assignment: GUIDs in .NET byte order, base64url, then `-1`.
pub(in crate::sandbox) fn assignment_id(role_id: &str, principal_id: &str, scope: &str) -> String {
    let unit = scope.rsplit('/').next().filter(|text| !text.is_empty());
    let bytes: Vec<u8> = [Some(role_id), Some(principal_id), unit]
        .into_iter()
        .flatten()
        .filter_map(|text| uuid::Uuid::try_parse(text).ok())
        .flat_map(|id| id.to_bytes_le())
        .collect();
    format!("{}-1", URL_SAFE_NO_PAD.encode(bytes))
}

impl Tenant {
    /// Makes an assignment or eligibility with a generated id.
    pub(in crate::sandbox) fn new_assignment(
        role_id: &str,
        principal_id: &str,
        scope: &str,
        start: i64,
    ) -> Assignment {
        let id = assignment_id(role_id, principal_id, scope);
        Assignment {
            schedule_id: stamp::derived_id(&id),
            id,
            principal_id: principal_id.to_lowercase(),
            role_id: role_id.to_lowercase(),
            scope: scope.to_owned(),
            start,
            end: None,
            activated: false,
        }
    }

    /// Adds an assignment and activates its directory role.
    pub(in crate::sandbox) fn add_assignment(&mut self, assignment: Assignment) {
        if roles::built_in(&assignment.role_id).is_some() {
            let role = assignment.role_id.clone();
            self.directory_roles
                .entry(role)
                .or_insert_with_key(|role| stamp::derived_id(&format!("directoryRole {role}")));
        }
        self.assignments.push(assignment);
    }

    /// The object (user, deleted user, group, unit, service principal, or a registration by either of its ids) as the state holds it,
    /// without secrets.
    pub fn object(&self, id_or_upn: &str) -> Option<Value> {
        if let Some(user) = self.user(id_or_upn) {
            let mut value = Value::Object(user.props.clone());
            value["authenticationMethods"] = json!(user.methods);
            value["mustChangePassword"] = json!(user.must_change);
            return Some(value);
        }
        let deleted = self
            .deleted
            .iter()
            .find(|user| user.id().eq_ignore_ascii_case(id_or_upn));
        deleted
            .map(|user| Value::Object(user.props.clone()))
            .or_else(|| {
                self.group(id_or_upn).map(|group| {
                    let mut value = Value::Object(group.props.clone());
                    value["members"] = json!(group.members);
                    value["owners"] = json!(group.owners);
                    value
                })
            })
            .or_else(|| {
                self.unit(id_or_upn).map(|unit| {
                    let mut value = Value::Object(unit.props.clone());
                    value["members"] = json!(unit.members);
                    value
                })
            })
            .or_else(|| self.service_principal(id_or_upn).cloned())
            .or_else(|| self.registration(id_or_upn))
    }

    /// Overwrites properties of a user, group, unit, registration or domain; for tests. Answers whether the object exists.
    pub fn patch_object(&mut self, id_or_upn: &str, patch: Value) -> bool {
        let Value::Object(patch) = patch else {
            return false;
        };
        let Some(props) = self.props_mut(id_or_upn) else {
            return false;
        };
        props.extend(patch);
        true
    }

    fn props_mut(&mut self, key: &str) -> Option<&mut Map<String, Value>> {
        if self.user(key).is_some() {
            return self.user_mut(key).map(|user| &mut user.props);
        }
        if let Some(at) = self
            .groups
            .iter()
            .position(|group| group.id().eq_ignore_ascii_case(key))
        {
            return self.groups.get_mut(at).map(|group| &mut group.props);
        }
        if let Some(at) = self
            .units
            .iter()
            .position(|unit| unit.id().eq_ignore_ascii_case(key))
        {
            return self.units.get_mut(at).map(|unit| &mut unit.props);
        }
        let registration = self
            .application_at(key)
            .or_else(|| self.application_at(&format!("appId={key}")));
        if let Some(at) = registration {
            return self.applications.get_mut(at).map(|one| &mut one.props);
        }
        let named = |value: &Value| {
            value
                .get("id")
                .and_then(Value::as_str)
                .is_some_and(|id| id.eq_ignore_ascii_case(key))
        };
        self.domains
            .iter_mut()
            .chain(self.service_principals.iter_mut())
            .find(|value| named(value))
            .and_then(Value::as_object_mut)
    }

    /// Adds a user with the seeded password and returns the object id; for tests.
    pub fn add_user(&mut self, upn: &str, display_name: &str) -> String {
        let id = stamp::new_id();
        self.users.push(User::new(&id, upn, display_name, 0));
        id
    }

    /// Adds a security group and returns its id; for tests.
    pub fn add_group(&mut self, display_name: &str, role_assignable: bool) -> String {
        let id = stamp::new_id();
        let props = json!({
            "id": id, "displayName": display_name, "securityEnabled": true, "mailEnabled": false, "groupTypes": [],
            "isAssignableToRole": role_assignable.then_some(true),
        });
        let props = props.as_object().cloned().unwrap_or_default();
        self.groups.push(Group {
            props,
            members: Vec::new(),
            owners: Vec::new(),
            visible_from: 0,
        });
        id
    }

    /// Adds an administrative unit and returns its id; for tests.
    pub fn add_unit(&mut self, display_name: &str, restricted: bool) -> String {
        let id = stamp::new_id();
        let props = json!({
            "id": id, "displayName": display_name, "isMemberManagementRestricted": restricted.then_some(true),
        });
        let props = props.as_object().cloned().unwrap_or_default();
        self.units.push(Unit {
            props,
            members: Vec::new(),
            visible_from: 0,
        });
        id
    }

    /// Gives a user, group or service principal an active role; for tests. Scope `/` or a unit id.
    pub fn assign_role(&mut self, principal: &str, template_id: &str, scope: &str) -> String {
        let principal = self.principal_id(principal);
        let assignment = Tenant::new_assignment(template_id, &principal, &scope_path(scope), 0);
        let id = assignment.id.clone();
        self.add_assignment(assignment);
        id
    }

    /// Activates a role until a moment, as PIM does; for tests.
    pub fn activate_role(&mut self, principal: &str, template_id: &str, end_ms: i64) -> String {
        let principal = self.principal_id(principal);
        let mut assignment = Tenant::new_assignment(template_id, &principal, "/", 0);
        assignment.end = Some(end_ms);
        assignment.activated = true;
        let id = assignment.id.clone();
        self.add_assignment(assignment);
        id
    }

    /// Takes every active assignment of a role away from a principal; for tests.
    pub fn remove_role(&mut self, principal: &str, template_id: &str) {
        let principal = self.principal_id(principal);
        self.assignments.retain(|one| {
            !(one.principal_id.eq_ignore_ascii_case(&principal)
                && one.role_id.eq_ignore_ascii_case(template_id))
        });
    }

    /// Makes a principal eligible for a role; for tests.
    pub fn set_eligible(&mut self, principal: &str, template_id: &str) {
        let principal = self.principal_id(principal);
        self.eligibilities
            .push(Tenant::new_assignment(template_id, &principal, "/", 0));
    }

    /// Adds an object to a unit; for tests.
    pub fn add_to_unit(&mut self, unit_id: &str, member: &str) {
        let member = self.principal_id(member);
        if let Some(unit) = self
            .units
            .iter_mut()
            .find(|unit| unit.id().eq_ignore_ascii_case(unit_id))
        {
            unit.members.push(member);
        }
    }

    /// Adds a member, or an owner, to a group; for tests.
    pub fn add_to_group(&mut self, group_id: &str, member: &str, as_owner: bool) {
        let member = self.principal_id(member);
        if let Some(group) = self
            .groups
            .iter_mut()
            .find(|group| group.id().eq_ignore_ascii_case(group_id))
        {
            if as_owner {
                group.owners.push(member)
            } else {
                group.members.push(member)
            }
        }
    }

    /// Replaces the registered methods of a user (full method objects); for tests.
    pub fn set_methods(&mut self, id_or_upn: &str, methods: Vec<Value>) {
        if let Some(user) = self.user_mut(id_or_upn) {
            user.methods = methods;
        }
    }

    /// Sets a password without any rule; for tests.
    pub fn set_password(&mut self, id_or_upn: &str, password: &str) {
        if let Some(user) = self.user_mut(id_or_upn) {
            user.password = Password::new(password);
        }
    }

    /// Sets which premium licences the tenant has; for tests.
    pub fn set_premium(&mut self, p1: bool, p2: bool) {
        for sku in &mut self.skus {
            let Some(plans) = sku.get_mut("servicePlans").and_then(Value::as_array_mut) else {
                continue;
            };
            plans.retain(|plan| {
                let name = plan
                    .get("servicePlanName")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                !name.starts_with("AAD_PREMIUM")
                    || (name == "AAD_PREMIUM" && p1)
                    || (name == "AAD_PREMIUM_P2" && p2)
            });
            for (wanted, name) in [(p1, "AAD_PREMIUM"), (p2, "AAD_PREMIUM_P2")] {
                let there = plans
                    .iter()
                    .any(|plan| plan.get("servicePlanName").and_then(Value::as_str) == Some(name));
                if wanted && !there {
                    plans.push(json!({
                        "servicePlanId": stamp::new_id(), "servicePlanName": name,
                        "provisioningStatus": "Success", "appliesTo": "User",
                    }));
                }
            }
        }
    }

    /// Switches the administrators' self-service reset; for tests.
    pub fn set_admin_self_service(&mut self, allowed: bool) {
        self.authorization_policy["allowedToUseSSPR"] = json!(allowed);
    }

    /// Replaces the Conditional Access policies; for tests.
    pub fn set_conditional_access(&mut self, policies: Vec<Value>) {
        self.conditional_access = policies;
    }

    /// Sets the permissions granted to a client application; for tests.
    pub fn set_client_permissions(
        &mut self,
        client_id: &str,
        scopes: Vec<String>,
        app_roles: Vec<String>,
    ) {
        if let Some(client) = self
            .clients
            .iter_mut()
            .find(|one| one.client_id.eq_ignore_ascii_case(client_id))
        {
            client.scopes = scopes;
            client.app_roles = app_roles;
        }
    }

    fn registration(&self, key: &str) -> Option<Value> {
        let found = self
            .application(key)
            .or_else(|| self.application(&format!("appId={key}")))?;
        let mut value = Value::Object(found.props.clone());
        value["federatedIdentityCredentials"] = json!(found.federated);
        Some(value)
    }

    /// Registers a second application of the same name and returns its client id; for tests.
    pub fn copy_application(&mut self, client_id: &str) -> Option<String> {
        let mut copy = self.application(&format!("appId={client_id}"))?.clone();
        let app_id = stamp::new_id();
        copy.props.insert("id".to_owned(), json!(stamp::new_id()));
        copy.props.insert("appId".to_owned(), json!(app_id));
        copy.props.insert("uniqueName".to_owned(), Value::Null);
        self.applications.push(copy);
        Some(app_id)
    }

    fn principal_id(&self, key: &str) -> String {
        self.user(key)
            .map_or_else(|| key.to_lowercase(), |user| user.id().to_owned())
    }
}

fn scope_path(scope: &str) -> String {
    if scope.starts_with('/') {
        scope.to_owned()
    } else {
        format!("/administrativeUnits/{scope}")
    }
}
