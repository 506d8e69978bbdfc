//! Directory roles: assignments, definitions, eligibility.
//!
//! Source: role management of the Graph v1.0 reference, metadata of 2026-08-20. Only active direct assignments are listed; groups are not expanded.

use super::call::{Call, Change, Need, Segment, literal};
use super::paging::Page;
use crate::http::retry::Replay;
use Segment::{Keyed, Literal, Value};
use http::Method;
use serde::Deserialize;
use serde_json::json;

static READ: Need = Need {
    delegated: &[
        "RoleManagement.Read.Directory",
        "RoleManagement.ReadWrite.Directory",
        "Directory.Read.All",
    ],
    application: &[
        "RoleManagement.Read.Directory",
        "RoleManagement.ReadWrite.Directory",
        "Directory.Read.All",
    ],
    role: "",
};
static READ_ELIGIBLE: Need = Need {
    delegated: &[
        "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.Directory",
        "RoleManagement.Read.All",
    ],
    application: &[
        "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.Directory",
        "RoleManagement.Read.All",
    ],
    role: "",
};
static READ_SCHEDULE: Need = Need {
    delegated: &[
        "RoleAssignmentSchedule.Read.Directory",
        "RoleManagement.Read.Directory",
        "RoleManagement.Read.All",
    ],
    application: &[
        "RoleAssignmentSchedule.Read.Directory",
        "RoleManagement.Read.Directory",
        "RoleManagement.Read.All",
    ],
    role: "",
};
static WRITE: Need = Need {
    delegated: &["RoleManagement.ReadWrite.Directory"],
    application: &["RoleManagement.ReadWrite.Directory"],
    role: "Privileged Role Administrator",
};

static READ_APPS: Need = Need {
    delegated: &["Application.Read.All", "Directory.Read.All"],
    application: &["Application.Read.All", "Directory.Read.All"],
    role: "",
};

/// An active role assignment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// Opaque id.
    #[serde(default)]
    pub id: String,
    /// Who holds the role: a user, a group or a service principal.
    #[serde(default)]
    pub principal_id: String,
    /// Role definition; for a built-in role its template id.
    #[serde(default)]
    pub role_definition_id: String,
    /// `/` = tenant; `/administrativeUnits/{id}` = a unit.
    pub directory_scope_id: Option<String>,
    /// The principal, when expanded.
    pub principal: Option<Principal>,
    /// The role, when expanded.
    pub role_definition: Option<Definition>,
}

/// Who holds a role.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// `#microsoft.graph.user`, `…group` or `…servicePrincipal`.
    #[serde(rename = "@odata.type")]
    pub odata_type: Option<String>,
    /// Object id.
    pub id: String,
    /// Display name.
    pub display_name: Option<String>,
    /// Of a user.
    pub user_principal_name: Option<String>,
    /// Of a user.
    pub account_enabled: Option<bool>,
}

/// A role definition.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// Id; equals the template id of a built-in role.
    pub id: String,
    /// Display name.
    pub display_name: Option<String>,
    /// Whether Microsoft defined it.
    pub is_built_in: Option<bool>,
    /// Whether it can be assigned.
    pub is_enabled: Option<bool>,
}

/// An eligibility, or a scheduled assignment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Who.
    #[serde(default)]
    pub principal_id: String,
    /// Which role.
    #[serde(default)]
    pub role_definition_id: String,
    /// Where.
    pub directory_scope_id: Option<String>,
    /// `Assigned` or `Activated`.
    pub assignment_type: Option<String>,
    /// `Direct`, `Group` or `Inherited`.
    pub member_type: Option<String>,
    /// Null = no end.
    pub end_date_time: Option<String>,
    /// The principal, when expanded.
    pub principal: Option<Principal>,
    /// The role, when expanded.
    pub role_definition: Option<Definition>,
}

fn directory(rest: &'static str) -> Vec<Segment> {
    vec![
        Literal("roleManagement"),
        Literal("directory"),
        Literal(rest),
    ]
}

/// Active direct assignments of a principal, at every scope.
#[must_use]
pub fn assignments_of(principal_id: &str) -> Call<Page<Assignment>> {
    Call::get(&READ, directory("roleAssignments"))
        .query(
            "$filter",
            format!("principalId eq {}", literal(principal_id)),
        )
        .query("$expand", "roleDefinition")
}

/// Active assignments of a role, with who holds it.
#[must_use]
pub fn holders_of(role_definition_id: &str) -> Call<Page<Assignment>> {
    Call::get(&READ, directory("roleAssignments"))
        .query(
            "$filter",
            format!("roleDefinitionId eq {}", literal(role_definition_id)),
        )
        .query("$expand", "principal")
}

/// All active assignments.
#[must_use]
pub fn assignments() -> Call<Page<Assignment>> {
    Call::get(&READ, directory("roleAssignments"))
}

/// All active assignments, with who holds them.
#[must_use]
pub fn assignments_with_holders() -> Call<Page<Assignment>> {
    assignments().query("$expand", "principal")
}

/// One role definition by id.
#[must_use]
pub fn definition(id: &str) -> Call<Definition> {
    let mut segments = directory("roleDefinitions");
    segments.push(Value(id.to_owned()));
    Call::get(&READ, segments).query("$select", "id,displayName,isBuiltIn,isEnabled")
}

/// All role definitions.
#[must_use]
pub fn definitions() -> Call<Page<Definition>> {
    Call::get(&READ, directory("roleDefinitions"))
        .query("$select", "id,displayName,isBuiltIn,isEnabled")
}

/// Eligible (PIM) roles of a principal.
#[must_use]
pub fn eligibilities_of(principal_id: &str) -> Call<Page<Schedule>> {
    Call::get(
        &READ_ELIGIBLE,
        directory("roleEligibilityScheduleInstances"),
    )
    .query(
        "$filter",
        format!("principalId eq {}", literal(principal_id)),
    )
    .query("$expand", "roleDefinition")
}

/// Roles the caller may activate in PIM, in the caller's own name.
#[must_use]
pub fn my_eligibilities() -> Call<Page<Schedule>> {
    let mut segments = directory("roleEligibilityScheduleInstances");
    segments.push(Literal("filterByCurrentUser(on='principal')"));
    Call::get(&READ_ELIGIBLE, segments).query("$expand", "roleDefinition")
}

/// Who may activate a role in PIM.
#[must_use]
pub fn eligible_for(role_definition_id: &str) -> Call<Page<Schedule>> {
    Call::get(
        &READ_ELIGIBLE,
        directory("roleEligibilityScheduleInstances"),
    )
    .query(
        "$filter",
        format!("roleDefinitionId eq {}", literal(role_definition_id)),
    )
    .query("$expand", "principal")
}

/// All eligible (PIM) roles of the tenant.
#[must_use]
pub fn eligibilities() -> Call<Page<Schedule>> {
    Call::get(
        &READ_ELIGIBLE,
        directory("roleEligibilityScheduleInstances"),
    )
}

/// All eligible (PIM) roles of the tenant, with who may activate them.
#[must_use]
pub fn eligibilities_with_holders() -> Call<Page<Schedule>> {
    eligibilities().query("$expand", "principal")
}

/// Scheduled assignments of a principal: tells permanent from activated ones. Needs Entra ID P2.
#[must_use]
pub fn schedule_of(principal_id: &str) -> Call<Page<Schedule>> {
    Call::get(&READ_SCHEDULE, directory("roleAssignmentScheduleInstances")).query(
        "$filter",
        format!("principalId eq {}", literal(principal_id)),
    )
}

/// Gives a role, active and without end.
#[must_use]
pub fn assign(principal_id: &str, role_definition_id: &str, scope: &str) -> Change<Assignment> {
    let body = json!({
        "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
        "principalId": principal_id,
        "roleDefinitionId": role_definition_id,
        "directoryScopeId": scope,
    });
    Change::new(
        Method::POST,
        &WRITE,
        directory("roleAssignments"),
        Some(body),
        Replay::LookFirst,
    )
}

/// Members of a group, to find users behind a role that a group holds.
#[must_use]
pub fn group_members(group_id: &str) -> Call<Page<Principal>> {
    members(group_id, "id,displayName,userPrincipalName,accountEnabled")
}

/// Members of a group as users, with the properties that are needed.
#[must_use]
pub fn group_users(group_id: &str, select: &str) -> Call<Page<super::users::User>> {
    members(group_id, select)
}

fn members<T>(group_id: &str, select: &str) -> Call<Page<T>> {
    static READ_MEMBERS: Need = Need {
        delegated: &[
            "GroupMember.Read.All",
            "Group.Read.All",
            "Directory.Read.All",
        ],
        application: &[
            "GroupMember.Read.All",
            "Group.Read.All",
            "Directory.Read.All",
        ],
        role: "",
    };
    Call::get(
        &READ_MEMBERS,
        vec![
            Literal("groups"),
            Value(group_id.to_owned()),
            Literal("transitiveMembers"),
            Literal("microsoft.graph.user"),
        ],
    )
    .query("$select", select)
    .query("$top", "999")
}

/// Active tenant-wide roles of a service principal, through groups too.
#[must_use]
pub fn of_service_principal(object_id: &str) -> Call<Page<super::users::DirectoryRole>> {
    Call::get(
        &READ_APPS,
        vec![
            Literal("servicePrincipals"),
            Value(object_id.to_owned()),
            Literal("transitiveMemberOf"),
            Literal("microsoft.graph.directoryRole"),
        ],
    )
    .query("$select", "id,displayName,roleTemplateId")
}

/// A service principal by the app's client id.
#[must_use]
pub fn service_principal(app_id: &str) -> Call<Principal> {
    Call::get(
        &READ_APPS,
        vec![Keyed("servicePrincipals", "appId", app_id.to_owned())],
    )
    .query("$select", "id,displayName")
}
