//! Passwords by PATCH and by their owner, and who may not be written to.

use serde_json::{Value, json};

use super::{ADA, CHIDI, Desk, refused};

const UMA: &str = "uma.keller@contoso.com";
const SYNCED: &str = "ivo.marek@contoso.com";

#[test]
fn a_password_is_written_by_whom_the_matrix_names() {
    let mut desk = Desk::new();
    let body = json!({"passwordProfile": {"password": "Tall-Ships-42", "forceChangePasswordNextSignIn": true}});
    let bo = "/users/bo.lindqvist@contoso.com";
    refused(
        &desk.call(UMA, "PATCH", bo, body.clone()),
        403,
        "Authorization_RequestDenied",
    );
    let seen = desk.call("paula.nkemelu@contoso.com", "PATCH", bo, body.clone());
    assert_eq!((seen.status, &seen.body), (204, &Value::Null));
    assert!(
        desk.tenant
            .check_password("bo.lindqvist@contoso.com", "Tall-Ships-42")
    );
    let seen = desk.get(ADA, &format!("{bo}?$select=lastPasswordChangeDateTime"));
    assert_eq!(
        seen.body["lastPasswordChangeDateTime"],
        "2026-11-20T10:11:12Z"
    );
    let app = desk.app();
    assert_eq!(desk.call_as(&app, "PATCH", bo, body.clone()).status, 204);
    let mut weak = body.clone();
    weak["passwordProfile"]["password"] = json!("P@ssw0rd1");
    let seen = desk.call(ADA, "PATCH", bo, weak);
    assert_eq!(seen.body["error"]["details"][0]["target"], "password");
    refused(
        &desk.call(ADA, "PATCH", &format!("/users/{ADA}"), body.clone()),
        403,
        "Authorization_RequestDenied",
    );
    let mut caller = desk.person(ADA);
    caller
        .permissions
        .retain(|one| one != "User-PasswordProfile.ReadWrite.All");
    refused(
        &desk.call_as(&caller, "PATCH", bo, body),
        403,
        "Authorization_RequestDenied",
    );
}

#[test]
fn restricted_units_synced_and_federated_users_refuse() {
    let mut desk = Desk::new();
    let body = json!({"passwordProfile": {"password": "Tall-Ships-42"}});
    let seen = desk.call(ADA, "PATCH", "/users/rhea.stone@contoso.com", body.clone());
    refused(&seen, 403, "Authorization_RequestDenied");
    assert!(
        seen.message()
            .contains("restricted management administrative unit")
    );
    let seen = desk.call(
        ADA,
        "PATCH",
        "/users/rhea.stone@contoso.com",
        json!({"jobTitle": "x"}),
    );
    assert!(
        seen.message()
            .contains("restricted management administrative unit")
    );
    assert_eq!(
        desk.call(
            "ines.moreau@contoso.com",
            "PATCH",
            "/users/rhea.stone@contoso.com",
            body.clone()
        )
        .status,
        204
    );
    let seen = desk.call(
        ADA,
        "PATCH",
        &format!("/users/{SYNCED}"),
        json!({"mobilePhone": "+1 2"}),
    );
    assert!(
        seen.message()
            .starts_with("Unable to update the specified properties for on-premises mastered")
    );
    assert_eq!(
        desk.call(ADA, "PATCH", &format!("/users/{SYNCED}"), body.clone())
            .status,
        204,
        "cloud-only write"
    );
    refused(
        &desk.call(ADA, "PATCH", "/users/finn.berg@fed.contoso.com", body),
        400,
        "Request_BadRequest",
    );
}

#[test]
fn people_change_their_own_password_with_the_current_one() {
    let mut desk = Desk::new();
    let seed = super::seed::SEED_PASSWORD;
    let change = |current: &str, new: &str| json!({"currentPassword": current, "newPassword": new});
    let path = "/me/changePassword";
    assert_eq!(
        desk.call(CHIDI, "POST", path, change("wrong", "Tall-Ships-42"))
            .status,
        400
    );
    assert_eq!(
        desk.call(CHIDI, "POST", path, change(seed, seed)).status,
        400,
        "the same again"
    );
    assert_eq!(
        desk.call(CHIDI, "POST", path, change(seed, "Tall-Ships-42"))
            .status,
        204
    );
    assert!(desk.tenant.check_password(CHIDI, "Tall-Ships-42"));
}
