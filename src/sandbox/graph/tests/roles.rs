//! Role assignments, PIM, directory roles, units and groups.

use serde_json::{Value, json};

use super::super::super::seed;
use super::{ADA, CHIDI, Desk, refused};

const GA: &str = "62e90394-69f5-4237-9190-012177145e10";
const HELPDESK: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
const PATH: &str = "/roleManagement/directory/roleAssignments";
const ROSA: &str = "rosa.quint@contoso.com";

fn assignment(principal: &str, role: &str, scope: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.unifiedRoleAssignment", "principalId": principal,
        "roleDefinitionId": role, "directoryScopeId": scope,
    })
}

#[test]
fn assignments_are_filtered_and_expanded() {
    let mut desk = Desk::new();
    let seen = desk.get(
        ADA,
        &format!("{PATH}?$filter=roleDefinitionId%20eq%20'{GA}'&$expand=principal"),
    );
    assert!(
        seen.body["@odata.context"]
            .as_str()
            .unwrap()
            .ends_with("roleAssignments(principal())")
    );
    let kinds: Vec<&str> = seen
        .rows()
        .iter()
        .filter_map(|row| row["principal"]["@odata.type"].as_str())
        .collect();
    assert!(kinds.contains(&"#microsoft.graph.group") && kinds.contains(&"#microsoft.graph.user"));
    let id = desk.id("gus.lehmann@contoso.com");
    let seen = desk.get(
        ADA,
        &format!("{PATH}?$filter=principalId%20eq%20'{id}'&$expand=roleDefinition"),
    );
    assert_eq!(seen.rows().len(), 1);
    assert_eq!(
        seen.rows()[0]["roleDefinition"]["displayName"],
        "Helpdesk Administrator"
    );
    assert_eq!(
        seen.rows()[0]["directoryScopeId"],
        format!("/administrativeUnits/{}", seed::BRANCH_UNIT_ID)
    );
    refused(
        &desk.get(ADA, &format!("{PATH}?$expand=principal,roleDefinition")),
        400,
        "BadRequest",
    );
    refused(
        &desk.get(ADA, &format!("{PATH}?$filter=appScopeId%20eq%20null")),
        400,
        "Request_UnsupportedQuery",
    );
    assert!(desk.get(ADA, PATH).rows().len() > 10, "without a filter");
}

#[test]
fn a_role_is_given_once_and_taken() {
    let mut desk = Desk::new();
    let id = desk.id(CHIDI);
    let seen = desk.call(ROSA, "POST", PATH, assignment(&id, GA, "/"));
    assert_eq!(seen.status, 201, "{seen:?}");
    let assigned = seen.body["id"].as_str().unwrap().to_owned();
    assert!(assigned.ends_with("-1"));
    let again = desk.call(ROSA, "POST", PATH, assignment(&id, GA, "/"));
    refused(&again, 400, "Request_BadRequest");
    assert_eq!(
        again.body["error"]["details"][0]["code"],
        "ConflictingObjects"
    );
    assert_eq!(desk.tenant.wids(&id), [GA]);
    assert_eq!(
        desk.get(ADA, &format!("{PATH}/{assigned}")).body["principalId"],
        id.as_str()
    );
    assert_eq!(
        desk.call(ADA, "DELETE", &format!("{PATH}/{assigned}"), Value::Null)
            .status,
        204
    );
    refused(
        &desk.call(ADA, "DELETE", &format!("{PATH}/{assigned}"), Value::Null),
        404,
        "Request_ResourceNotFound",
    );
    let audits = desk.get(
        ADA,
        "/auditLogs/directoryAudits?$filter=category%20eq%20'RoleManagement'",
    );
    assert!(
        audits
            .texts("activityDisplayName")
            .contains(&"Add member to role outside of PIM (permanent)")
    );
}

#[test]
fn giving_a_role_has_its_refusals() {
    let mut desk = Desk::new();
    let id = desk.id(CHIDI);
    refused(
        &desk.call(
            "uma.keller@contoso.com",
            "POST",
            PATH,
            assignment(&id, GA, "/"),
        ),
        403,
        "Authorization_RequestDenied",
    );
    let mut caller = desk.person(ROSA);
    caller
        .permissions
        .retain(|one| one != "RoleManagement.ReadWrite.Directory");
    refused(
        &desk.call_as(&caller, "POST", PATH, assignment(&id, GA, "/")),
        403,
        "Authorization_RequestDenied",
    );
    let nobody = "00000000-0000-4000-8000-000000000000";
    refused(
        &desk.call(ROSA, "POST", PATH, assignment(nobody, GA, "/")),
        404,
        "Request_ResourceNotFound",
    );
    refused(
        &desk.call(ROSA, "POST", PATH, assignment(&id, nobody, "/")),
        404,
        "Request_ResourceNotFound",
    );
    refused(
        &desk.call(ROSA, "POST", PATH, assignment(CHIDI, GA, "/")),
        400,
        "Request_BadRequest",
    );
    let unit = format!("/administrativeUnits/{}", seed::BRANCH_UNIT_ID);
    let seen = desk.call(ROSA, "POST", PATH, assignment(&id, GA, &unit));
    assert_eq!(
        seen.message(),
        "The given built-in role is not supported to be assigned to a single resource scope."
    );
    assert_eq!(
        desk.call(ROSA, "POST", PATH, assignment(&id, HELPDESK, &unit))
            .status,
        201
    );
    refused(
        &desk.call(
            ROSA,
            "POST",
            PATH,
            assignment(seed::STAFF_GROUP_ID, GA, "/"),
        ),
        400,
        "Request_BadRequest",
    );
    assert_eq!(
        desk.call(
            ROSA,
            "POST",
            PATH,
            assignment(seed::KEEPERS_GROUP_ID, HELPDESK, "/")
        )
        .status,
        201
    );
    let own = desk.get(
        ADA,
        &format!("{PATH}?$filter=principalId%20eq%20'{}'", desk.id(ADA)),
    );
    let own = own.rows()[0]["id"].as_str().unwrap().to_owned();
    refused(
        &desk.call(ADA, "DELETE", &format!("{PATH}/{own}"), Value::Null),
        403,
        "Authorization_RequestDenied",
    );
}

#[test]
fn definitions_are_paged_and_named() {
    let mut desk = Desk::new();
    let first = desk.get(
        ADA,
        "/roleManagement/directory/roleDefinitions?$select=id,displayName",
    );
    let next = first.body["@odata.nextLink"].as_str().unwrap().to_owned();
    let second = desk.get(ADA, &next);
    assert_eq!(first.rows().len() + second.rows().len(), 146);
    let one = desk.get(
        ADA,
        &format!("/roleManagement/directory/roleDefinitions/{HELPDESK}"),
    );
    assert_eq!(one.body["displayName"], "Helpdesk Administrator");
    let found = desk.get(ADA, "/roleManagement/directory/roleDefinitions?$filter=displayName%20eq%20'global%20administrator'");
    assert_eq!(found.texts("id"), [GA]);
}

#[test]
fn pim_shows_standing_activated_and_eligible() {
    let mut desk = Desk::new();
    let base = "/roleManagement/directory";
    desk.tenant
        .activate_role(CHIDI, HELPDESK, desk.now + 60_000);
    let id = desk.id(CHIDI);
    let instances =
        format!("{base}/roleAssignmentScheduleInstances?$filter=principalId%20eq%20'{id}'");
    let seen = desk.get(ADA, &instances);
    assert_eq!(seen.rows()[0]["assignmentType"], "Activated");
    assert_eq!(seen.rows()[0]["endDateTime"], "2026-11-20T10:12:12Z");
    desk.now += 60_000;
    assert!(desk.get(ADA, &instances).rows().is_empty());
    let eligible = desk.get(
        ADA,
        &format!("{base}/roleEligibilityScheduleInstances?$expand=principal,roleDefinition"),
    );
    assert_eq!(eligible.rows().len(), 2);
    assert_eq!(
        eligible.rows()[0]["roleDefinition"]["displayName"],
        "Global Administrator"
    );
    let elif = "elif.kaya@contoso.com";
    let mine = desk.get(
        elif,
        &format!("{base}/roleEligibilityScheduleInstances/filterByCurrentUser(on='principal')"),
    );
    assert_eq!(mine.rows().len(), 1);
    let schedules = desk.get(ADA, &format!("{base}/roleEligibilitySchedules"));
    assert_eq!(schedules.rows()[0]["status"], "Provisioned");
    desk.tenant.set_premium(true, false);
    refused(&desk.get(ADA, &instances), 400, "AadPremiumLicenseRequired");
}

#[test]
fn directory_roles_are_listed_when_activated() {
    let mut desk = Desk::new();
    let members = desk.get(
        ADA,
        &format!("/directoryRoles(roleTemplateId='{GA}')/members?$select=id,displayName"),
    );
    assert!(members.texts("displayName").contains(&"GA holders"));
    let roles = desk.get(ADA, "/directoryRoles");
    let row = roles
        .rows()
        .iter()
        .find(|row| row["roleTemplateId"] == GA)
        .unwrap();
    let by_id = desk.get(
        ADA,
        &format!("/directoryRoles/{}/members", row["id"].as_str().unwrap()),
    );
    assert_eq!(by_id.rows().len(), members.rows().len());
    refused(
        &desk.get(
            ADA,
            "/directoryRoles(roleTemplateId='f2ef992c-3afb-46b9-b7cf-000000000000')/members",
        ),
        404,
        "Request_ResourceNotFound",
    );
    refused(&desk.get(ADA, "/directoryRoles?$top=5"), 400, "BadRequest");
}
