//! App registrations, service principals, consents: what is taken, what is refused, and what a list that is sent does to the old.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::super::tests::assertion::certificate;
use super::super::super::{permission_ids, stamp};
use super::*;

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

fn register(desk: &mut Desk, name: &str) -> (String, String) {
    let seen = desk.call(ADA, "POST", "/applications", json!({ "displayName": name }));
    assert_eq!(seen.status, 201, "{seen:?}");
    let text = |name: &str| seen.body[name].as_str().unwrap().to_owned();
    (text("id"), text("appId"))
}

fn key() -> Value {
    json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(certificate()), "displayName": "one"})
}

#[test]
fn an_app_is_found_by_its_ids_and_shows_keys_only_when_asked() {
    let mut desk = Desk::new();
    let (id, app_id) = register(&mut desk, "O'Hara's app");
    let filter = "/applications?$filter=displayName%20eq%20%27O%27%27Hara%27%27s%20app%27";
    assert_eq!(desk.get(ADA, filter).rows()[0]["id"], json!(id));
    let patched = desk.call(
        ADA,
        "PATCH",
        &format!("/applications/{id}"),
        json!({"keyCredentials": [key()]}),
    );
    assert_eq!(patched.status, 204);
    let all = desk.get(ADA, &format!("/applications(appId='{app_id}')"));
    assert_eq!(all.body["keyCredentials"][0]["key"], Value::Null);
    let asked = desk.get(
        ADA,
        &format!("/applications/{id}?$select=id,keyCredentials"),
    );
    let shown = asked.body["keyCredentials"].as_array().unwrap().clone();
    assert_eq!(shown[0]["key"], json!(STANDARD.encode(certificate())));
    assert_eq!(shown[0]["endDateTime"], "2126-10-30T14:42:19Z");
    // A list that is sent replaces the old: what is not in it is gone, and a key named by its id keeps its material.
    let mut kept = shown[0].clone();
    kept["key"] = Value::Null;
    for (keys, left) in [(json!([kept]), 1), (json!([]), 0)] {
        let body = json!({ "keyCredentials": keys });
        desk.call(ADA, "PATCH", &format!("/applications/{id}"), body);
        let seen = desk.get(ADA, &format!("/applications/{id}?$select=keyCredentials"));
        assert_eq!(seen.body["keyCredentials"].as_array().unwrap().len(), left);
    }
    assert!(desk.tenant.certificates_of(&app_id).is_empty());
}

#[test]
fn what_graph_refuses_of_an_app_is_refused() {
    let mut desk = Desk::new();
    let (id, _) = register(&mut desk, "ci");
    let path = format!("/applications/{id}");
    let permission =
        json!({"resourceAppId": GRAPH, "resourceAccess": [{"id": "User.Read", "type": "Scope"}]});
    let mut expired = key();
    expired["endDateTime"] = json!("2020-01-01T00:00:00Z");
    for body in [
        json!({"colour": "red"}),
        json!({"appId": stamp::new_id()}),
        json!({"displayName": ""}),
        json!({"signInAudience": "Everybody"}),
        json!({"publicClient": {}}),
        json!({"publicClient": {"redirectUris": ["localhost"]}}),
        json!({"requiredResourceAccess": [permission]}),
        json!({"keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify", "key": "bm8gY2VydGlmaWNhdGU="}]}),
        json!({"keyCredentials": [expired]}),
    ] {
        let seen = desk.call(ADA, "PATCH", &path, body.clone());
        assert_eq!(seen.status, 400, "{body}: {seen:?}");
        assert!(!seen.changed, "{body}");
    }
    // Not with a role that only resets passwords, and not without the permission.
    let seen = desk.call(CHIDI, "POST", "/applications", json!({"displayName": "x"}));
    assert_eq!(seen.status, 403);
    let mut caller = desk.person(ADA);
    caller
        .permissions
        .retain(|one| one != "Application.ReadWrite.All");
    let seen = desk.call_as(
        &caller,
        "POST",
        "/applications",
        json!({"displayName": "x"}),
    );
    assert_eq!(seen.status, 403);
}

#[test]
fn federated_credentials_are_unique_named_and_few() {
    let mut desk = Desk::new();
    let (id, _) = register(&mut desk, "ci");
    let path = format!("/applications/{id}/federatedIdentityCredentials");
    let credential = |name: &str, subject: &str| json!({"name": name, "issuer": "https://issuer.example", "subject": subject, "audiences": ["api://AzureADTokenExchange"]});
    assert_eq!(
        desk.call(ADA, "POST", &path, credential("one", "a")).status,
        201
    );
    for (body, status) in [
        (credential("one", "b"), 409),
        (credential("two", "a"), 409),
        (credential("a b", "b"), 400),
        (credential("ab", "b"), 400),
        (credential("two", ""), 400),
        (
            json!({"name": "two", "issuer": "https://issuer.example", "subject": "b"}),
            400,
        ),
        (
            json!({"name": "two", "issuer": "issuer", "subject": "b", "audiences": ["x"]}),
            400,
        ),
    ] {
        assert_eq!(
            desk.call(ADA, "POST", &path, body.clone()).status,
            status,
            "{body}"
        );
    }
    for number in 2..=20 {
        let body = credential(&format!("number-{number}"), &number.to_string());
        assert_eq!(desk.call(ADA, "POST", &path, body).status, 201);
    }
    assert_eq!(
        desk.call(ADA, "POST", &path, credential("late", "late"))
            .status,
        400
    );
    assert_eq!(desk.get(ADA, &path).rows().len(), 20);
}

#[test]
fn a_principal_comes_after_its_app_and_once() {
    let mut desk = Desk::new();
    desk.tenant.set_lag_ms(500, 0);
    let (_, app_id) = register(&mut desk, "ci");
    let body = json!({ "appId": app_id });
    let early = desk.call(ADA, "POST", "/servicePrincipals", body.clone());
    assert_eq!(early.status, 400);
    assert!(
        early
            .message()
            .contains("does not reference a valid application object")
    );
    desk.now += 600;
    let made = desk.call(ADA, "POST", "/servicePrincipals", body.clone());
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/servicePrincipals(appId='{app_id}')");
    assert_eq!(desk.get(ADA, &path).status, 404);
    desk.now += 600;
    assert_eq!(desk.get(ADA, &path).body["id"], made.body["id"]);
    let again = desk.call(ADA, "POST", "/servicePrincipals", body);
    assert_eq!(
        (again.status, again.message().contains("already in use")),
        (409, true)
    );
}

#[test]
fn permissions_are_given_once_by_who_may_and_are_what_the_app_then_holds() {
    let mut desk = Desk::new();
    let (_, app_id) = register(&mut desk, "ci");
    let made = desk.call(
        ADA,
        "POST",
        "/servicePrincipals",
        json!({ "appId": app_id }),
    );
    let principal = made.body["id"].as_str().unwrap().to_owned();
    let graph = desk.get(
        ADA,
        &format!("/servicePrincipals(appId='{GRAPH}')?$select=id,appRoles,oauth2PermissionScopes"),
    );
    let resource = graph.body["id"].as_str().unwrap().to_owned();
    let role = graph.body["appRoles"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["value"] == "User.Read.All")
        .unwrap()["id"]
        .clone();
    assert_eq!(role.as_str(), permission_ids::role_id("User.Read.All"));
    let path = format!("/servicePrincipals/{principal}/appRoleAssignments");
    let body = json!({"principalId": principal, "resourceId": resource, "appRoleId": role});
    // A Cloud Application Administrator consents to delegated permissions, and gives none of Graph's application permissions.
    let id = desk.id(CHIDI);
    desk.tenant.remove_role(
        CHIDI,
        super::super::super::roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    );
    desk.tenant.assign_role(
        &id,
        super::super::super::roles::CLOUD_APPLICATION_ADMINISTRATOR,
        "/",
    );
    assert_eq!(desk.call(CHIDI, "POST", &path, body.clone()).status, 403);
    assert_eq!(desk.call(ADA, "POST", &path, body.clone()).status, 201);
    let again = desk.call(ADA, "POST", &path, body);
    assert_eq!(again.status, 400);
    assert!(again.message().contains("already exists on the object"));
    assert_eq!(desk.get(ADA, &path).rows().len(), 1);
    assert_eq!(
        desk.tenant.client(&app_id).unwrap().app_roles,
        ["User.Read.All"]
    );

    let consent = json!({
        "clientId": principal, "consentType": "AllPrincipals", "principalId": null, "resourceId": resource,
        "scope": "User.Read User.Read.All",
    });
    let mut wild = consent.clone();
    wild["scope"] = json!("Wings.Grow.All");
    assert_eq!(
        desk.call(CHIDI, "POST", "/oauth2PermissionGrants", wild)
            .status,
        400
    );
    let made = desk.call(CHIDI, "POST", "/oauth2PermissionGrants", consent.clone());
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(
        desk.call(CHIDI, "POST", "/oauth2PermissionGrants", consent)
            .status,
        409
    );
    let id = made.body["id"].as_str().unwrap();
    let patch = json!({"scope": "User.Read"});
    assert_eq!(
        desk.call(
            CHIDI,
            "PATCH",
            &format!("/oauth2PermissionGrants/{id}"),
            patch
        )
        .status,
        204
    );
    assert_eq!(desk.tenant.client(&app_id).unwrap().scopes, ["User.Read"]);
    // What was made survives a restart of the sandbox.
    let state = desk.tenant.to_state();
    let kept = crate::sandbox::tenant::Tenant::from_state(state).unwrap();
    assert_eq!(
        kept.client(&app_id).unwrap().scopes,
        desk.tenant.client(&app_id).unwrap().scopes
    );
}
