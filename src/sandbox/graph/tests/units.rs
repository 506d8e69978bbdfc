//! Administrative units, groups and service principals.

use serde_json::{Value, json};

use super::super::super::seed;
use super::{ADA, CHIDI, Desk, ORIGIN, refused};

const HELPDESK: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
const ROSA: &str = "rosa.quint@contoso.com";

#[test]
fn units_are_made_filled_and_emptied_by_role_managers() {
    let mut desk = Desk::new();
    let body = json!({"displayName": "Vault", "isMemberManagementRestricted": true, "visibility": "HiddenMembership"});
    refused(
        &desk.call(
            "uma.keller@contoso.com",
            "POST",
            "/directory/administrativeUnits",
            body.clone(),
        ),
        403,
        "Authorization_RequestDenied",
    );
    let seen = desk.call(ROSA, "POST", "/directory/administrativeUnits", body);
    assert_eq!(
        (seen.status, &seen.body["isMemberManagementRestricted"]),
        (201, &json!(true))
    );
    assert!(seen.body["membershipRule"].is_null());
    let unit = format!(
        "/directory/administrativeUnits/{}",
        seen.body["id"].as_str().unwrap()
    );
    let id = desk.id(CHIDI);
    let link = json!({"@odata.id": format!("{ORIGIN}/v1.0/users/{id}")});
    assert_eq!(
        desk.call(ROSA, "POST", &format!("{unit}/members/$ref"), link.clone())
            .status,
        204
    );
    let again = desk.call(ROSA, "POST", &format!("{unit}/members/$ref"), link);
    assert!(again.message().contains("already exist"));
    assert_eq!(
        desk.get(ADA, &format!("/users/{id}?$select=isManagementRestricted"))
            .body["isManagementRestricted"],
        true
    );
    assert_eq!(
        desk.get(ADA, &format!("{unit}/members"))
            .texts("userPrincipalName"),
        [CHIDI]
    );
    assert_eq!(
        desk.call(
            ROSA,
            "DELETE",
            &format!("{unit}/members/{id}/$ref"),
            Value::Null
        )
        .status,
        204
    );
    let foreign = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/users/{id}")});
    assert_eq!(
        desk.call(ROSA, "POST", &format!("{unit}/members/$ref"), foreign)
            .violations
            .len(),
        1
    );
    let role = desk.tenant.directory_roles.get(HELPDESK).unwrap().clone();
    let scoped = json!({"roleId": role, "roleMemberInfo": {"id": id}});
    assert_eq!(
        desk.call(ROSA, "POST", &format!("{unit}/scopedRoleMembers"), scoped)
            .status,
        201
    );
    assert_eq!(
        desk.get(ADA, &format!("{unit}/scopedRoleMembers"))
            .rows()
            .len(),
        1
    );
    let template = json!({"roleId": HELPDESK, "roleMemberInfo": {"id": id}});
    refused(
        &desk.call(ROSA, "POST", &format!("{unit}/scopedRoleMembers"), template),
        404,
        "Request_ResourceNotFound",
    );
    assert_eq!(desk.call(ROSA, "DELETE", &unit, Value::Null).status, 204);
}

#[test]
fn role_assignable_groups_are_filled_by_role_managers_only() {
    let mut desk = Desk::new();
    let id = desk.id(CHIDI);
    let link = json!({"@odata.id": format!("{ORIGIN}/v1.0/directoryObjects/{id}")});
    let guarded = format!("/groups/{}/members/$ref", seed::EMERGENCY_GROUP_ID);
    refused(
        &desk.call("uma.keller@contoso.com", "POST", &guarded, link.clone()),
        403,
        "Authorization_RequestDenied",
    );
    assert_eq!(desk.call(ROSA, "POST", &guarded, link.clone()).status, 204);
    let members = desk.get(
        ADA,
        &format!(
            "/groups/{}/transitiveMembers?$select=id,displayName",
            seed::EMERGENCY_GROUP_ID
        ),
    );
    assert_eq!(members.rows().len(), 2);
    let ordinary = format!("/groups/{}/members/$ref", seed::STAFF_GROUP_ID);
    assert_eq!(
        desk.call("uma.keller@contoso.com", "POST", &ordinary, link.clone())
            .status,
        204
    );
    assert_eq!(
        desk.call("gus.lehmann@contoso.com", "POST", &ordinary, link)
            .status,
        400,
        "the owner may, but it is there"
    );
    let group = json!({
        "displayName": "Exclusions", "mailEnabled": false, "mailNickname": "exclusions", "securityEnabled": true,
        "isAssignableToRole": true,
    });
    let made = desk.call(ROSA, "POST", "/groups", group);
    assert_eq!(
        (made.status, &made.body["isAssignableToRole"]),
        (201, &json!(true))
    );
    let owners = desk.get(ADA, &format!("/groups/{}/owners", seed::KEEPERS_GROUP_ID));
    assert_eq!(
        owners.texts("userPrincipalName"),
        ["owen.price@contoso.com"]
    );
}

#[test]
fn service_principals_are_found_by_app_id() {
    let mut desk = Desk::new();
    let seen = desk.get(
        ADA,
        &format!(
            "/servicePrincipals(appId='{}')?$select=id,appId",
            seed::CONFIDENTIAL_CLIENT_ID
        ),
    );
    assert_eq!(seen.body["id"], seed::CONFIDENTIAL_SERVICE_PRINCIPAL_ID);
    let roles = desk.get(
        ADA,
        &format!(
            "/servicePrincipals/{}/transitiveMemberOf/microsoft.graph.directoryRole",
            seed::CONFIDENTIAL_SERVICE_PRINCIPAL_ID
        ),
    );
    assert_eq!(roles.rows().len(), 2);
}
