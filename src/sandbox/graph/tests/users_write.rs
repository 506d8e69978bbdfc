//! Creating, changing and deleting users.

use serde_json::{Value, json};

use super::{ADA, CHIDI, Desk, NOW, refused};

const UMA: &str = "uma.keller@contoso.com";

fn new_user(upn: &str) -> Value {
    json!({
        "accountEnabled": true, "displayName": "New One", "mailNickname": "new.one", "userPrincipalName": upn,
        "passwordProfile": {"password": "Tall-Ships-42", "forceChangePasswordNextSignIn": false},
    })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

#[test]
fn a_user_is_made_and_can_sign_in() {
    let mut desk = Desk::new();
    let seen = desk.call(
        UMA,
        "POST",
        "/users",
        new_user("new.one@contoso.onmicrosoft.com"),
    );
    assert_eq!(seen.status, 201, "{seen:?}");
    assert!(seen.changed && seen.violations.is_empty());
    assert!(
        seen.body["@odata.context"]
            .as_str()
            .unwrap()
            .ends_with("#users/$entity")
    );
    assert!(!seen.body.to_string().contains("Tall-Ships"));
    assert!(seen.body.get("passwordProfile").is_none());
    let id = seen.body["id"].as_str().unwrap().to_owned();
    assert!(desk.tenant.check_password(&id, "Tall-Ships-42"));
    let seen = desk.get(
        ADA,
        &format!("/users/{id}?$select=passwordProfile,passwordPolicies,otherMails"),
    );
    assert!(seen.body["passwordProfile"].is_null() && seen.body["passwordPolicies"].is_null());
    assert_eq!(seen.body["otherMails"], json!([]));
}

#[test]
fn a_new_object_is_invisible_until_replication() {
    let mut desk = Desk::new();
    desk.tenant.set_lag_ms(3_000, 0);
    let seen = desk.call(UMA, "POST", "/users", new_user("new.one@contoso.com"));
    let id = seen.body["id"].as_str().unwrap().to_owned();
    refused(
        &desk.get(ADA, &format!("/users/{id}")),
        404,
        "Request_ResourceNotFound",
    );
    let assignment = json!({
        "principalId": id, "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10", "directoryScopeId": "/",
    });
    let path = "/roleManagement/directory/roleAssignments";
    refused(
        &desk.call(ADA, "POST", path, assignment.clone()),
        404,
        "Request_ResourceNotFound",
    );
    let again = desk.call(UMA, "POST", "/users", new_user("new.one@contoso.com"));
    refused(&again, 400, "Request_BadRequest");
    desk.now = NOW + 3_000;
    assert_eq!(desk.get(ADA, &format!("/users/{id}")).status, 200);
    assert_eq!(desk.call(ADA, "POST", path, assignment).status, 201);
}

#[test]
fn names_are_checked_as_the_directory_does() {
    let mut desk = Desk::new();
    let taken = desk.call(UMA, "POST", "/users", new_user("Chidi.Maro@contoso.com"));
    refused(&taken, 400, "Request_BadRequest");
    assert_eq!(
        taken.body["error"]["details"],
        json!([{
            "code": "ObjectConflict", "target": "userPrincipalName",
            "message": "Another object with the same value for property userPrincipalName already exists.",
        }])
    );
    let deleted = desk.call(UMA, "POST", "/users", new_user("farid.nasser@contoso.com"));
    assert_eq!(
        deleted.body["error"]["details"][0]["code"], "ObjectConflict",
        "soft-deleted names stay taken"
    );
    let alias = desk.call(UMA, "POST", "/users", new_user("ada@contoso.com"));
    assert_eq!(
        alias.body["error"]["details"][0]["target"],
        "proxyAddresses"
    );
    let foreign = desk.call(UMA, "POST", "/users", new_user("new@fabrikam.example"));
    assert!(
        foreign
            .message()
            .starts_with("The domain portion of the userPrincipalName property is invalid.")
    );
    for wrong in [
        "no-at",
        "a b@contoso.com",
        "ends.@contoso.com",
        "ümlaut@contoso.com",
        "a@b@contoso.com",
    ] {
        let seen = desk.call(UMA, "POST", "/users", new_user(wrong));
        assert_eq!(
            seen.message(),
            "Property userPrincipalName is invalid.",
            "{wrong}"
        );
    }
    let long = format!("{}@contoso.com", "a".repeat(65));
    refused(
        &desk.call(UMA, "POST", "/users", new_user(&long)),
        400,
        "Request_BadRequest",
    );
}

#[test]
fn bodies_are_checked_against_the_metadata() {
    let mut desk = Desk::new();
    let good = || new_user("new.one@contoso.com");
    for (name, value, breach) in [
        ("mailNickname", json!("with blank"), false),
        ("mailNickname", json!(""), false),
        ("displayName", json!(""), false),
        ("businessPhones", json!(["1", "2"]), false),
        ("usageLocation", json!("Norway"), false),
        ("userType", json!("Robot"), false),
        (
            "passwordPolicies",
            json!("Disablepasswordexpiration"),
            false,
        ),
        ("otherMails", json!(["not an address"]), false),
        ("accountEnabled", json!("yes"), true),
        ("shoeSize", json!(44), true),
        ("createdDateTime", json!("2026-01-01T00:00:00Z"), true),
        ("passwordProfile", json!({"passwd": "x"}), true),
        ("passwordProfile", Value::Null, true),
    ] {
        let seen = desk.call(UMA, "POST", "/users", with(good(), name, value.clone()));
        assert_eq!(seen.status, 400, "{name} = {value}");
        assert_eq!(
            !seen.violations.is_empty(),
            breach,
            "{name} = {value}: {seen:?}"
        );
    }
    let weak = with(good(), "passwordProfile", json!({"password": "password"}));
    let seen = desk.call(UMA, "POST", "/users", weak);
    assert!(seen.message().contains("password complexity requirements"));
    let federated = new_user("new.one@fed.contoso.com");
    assert!(
        desk.call(UMA, "POST", "/users", federated)
            .message()
            .contains("onPremisesImmutableId")
    );
}

#[test]
fn creating_needs_permission_and_role() {
    let mut desk = Desk::new();
    let body = new_user("new.one@contoso.com");
    for upn in [
        "dora.vega@contoso.com",
        "paula.nkemelu@contoso.com",
        "noor.haddad@contoso.com",
    ] {
        refused(
            &desk.call(upn, "POST", "/users", body.clone()),
            403,
            "Authorization_RequestDenied",
        );
    }
    let mut caller = desk.person(UMA);
    caller.permissions.retain(|one| one != "User.ReadWrite.All");
    refused(
        &desk.call_as(&caller, "POST", "/users", body.clone()),
        403,
        "Authorization_RequestDenied",
    );
    let app = desk.app();
    assert_eq!(desk.call_as(&app, "POST", "/users", body).status, 201);
}

#[test]
fn properties_have_their_own_permissions_and_a_patch_is_all_or_nothing() {
    let mut desk = Desk::new();
    let path = format!("/users/{CHIDI}");
    let mut caller = desk.person(ADA);
    caller.permissions = vec!["User-Mail.ReadWrite.All".to_owned()];
    assert_eq!(
        desk.call_as(
            &caller,
            "PATCH",
            &path,
            json!({"otherMails": ["x@fabrikam.example"]})
        )
        .status,
        204
    );
    let both = json!({"otherMails": [], "jobTitle": "x"});
    refused(
        &desk.call_as(&caller, "PATCH", &path, both),
        403,
        "Authorization_RequestDenied",
    );
    assert_eq!(
        desk.tenant.object(CHIDI).unwrap()["otherMails"],
        json!(["x@fabrikam.example"])
    );
    caller.permissions = vec!["User.EnableDisableAccount.All".to_owned()];
    refused(
        &desk.call_as(&caller, "PATCH", &path, json!({"accountEnabled": false})),
        403,
        "Authorization_RequestDenied",
    );
    caller.permissions.push("User.Read.All".to_owned());
    assert_eq!(
        desk.call_as(&caller, "PATCH", &path, json!({"accountEnabled": false}))
            .status,
        204
    );
    assert!(!desk.tenant.person(CHIDI).unwrap().enabled);
    refused(
        &desk.call(
            "dora.vega@contoso.com",
            "PATCH",
            &path,
            json!({"mobilePhone": "+1 2"}),
        ),
        403,
        "Authorization_RequestDenied",
    );
    assert_eq!(
        desk.call(UMA, "PATCH", &path, json!({"mobilePhone": "+1 2"}))
            .status,
        204
    );
    refused(
        &desk.call(ADA, "PATCH", &path, json!({"upn": "x"})),
        400,
        "BadRequest",
    );
}

#[test]
fn a_deleted_user_keeps_the_name_reserved_until_purged_and_can_come_back() {
    let mut desk = Desk::new();
    desk.tenant.set_generated_users(3);
    for upn in [CHIDI, "user2@contoso.com"] {
        let id = desk.id(upn);
        assert_eq!(
            desk.call(ADA, "DELETE", &format!("/users/{upn}"), Value::Null)
                .status,
            204
        );
        refused(
            &desk.get(ADA, &format!("/users/{id}")),
            404,
            "Request_ResourceNotFound",
        );
        let list = desk.get(ADA, "/directory/deletedItems/microsoft.graph.user?$select=id,userPrincipalName,deletedDateTime");
        let row = list
            .rows()
            .iter()
            .find(|row| row["id"] == id.as_str())
            .unwrap()
            .clone();
        assert_eq!(
            row["userPrincipalName"],
            format!("{}{upn}", id.replace('-', ""))
        );
        refused(
            &desk.call(UMA, "POST", "/users", new_user(upn)),
            400,
            "Request_BadRequest",
        );
        let back = desk.call(
            ADA,
            "POST",
            &format!("/directory/deletedItems/{id}/restore"),
            json!({}),
        );
        assert_eq!(
            (back.status, &back.body["userPrincipalName"]),
            (200, &json!(upn))
        );
        assert_eq!(desk.get(ADA, &format!("/users/{upn}")).status, 200);
        desk.call(ADA, "DELETE", &format!("/users/{id}"), Value::Null);
        assert_eq!(
            desk.call(
                ADA,
                "DELETE",
                &format!("/directory/deletedItems/{id}"),
                Value::Null
            )
            .status,
            204
        );
        refused(
            &desk.get(ADA, &format!("/directory/deletedItems/{id}")),
            404,
            "Request_ResourceNotFound",
        );
    }
    assert_eq!(
        desk.call(UMA, "POST", "/users", new_user(CHIDI)).status,
        201
    );
}

#[test]
fn deleting_an_administrator_is_a_sensitive_action() {
    let mut desk = Desk::new();
    let bo = "/users/bo.lindqvist@contoso.com";
    refused(
        &desk.call(UMA, "DELETE", bo, Value::Null),
        403,
        "Authorization_RequestDenied",
    );
    assert_eq!(desk.call(ADA, "DELETE", bo, Value::Null).status, 204);
}
