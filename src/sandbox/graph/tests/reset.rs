//! The `resetPassword` action and its operation.

use serde_json::{Value, json};

use super::super::super::seed;
use super::{ADA, CHIDI, Desk, NOW, ORIGIN, refused};

const NEW: &str = "Tall-Ships-42";

fn path(upn: &str) -> String {
    format!(
        "/users/{upn}/authentication/methods/28c10230-6103-485e-b985-444c60001490/resetPassword"
    )
}

#[test]
fn the_password_is_in_force_when_the_operation_is_done_and_not_before() {
    let mut desk = Desk::new();
    desk.tenant.set_lag_ms(0, 2_000);
    let seen = desk.call(ADA, "POST", &path(CHIDI), json!({"newPassword": NEW}));
    assert_eq!((seen.status, &seen.body), (202, &Value::Null));
    assert_eq!(seen.header("Retry-After"), Some("2"));
    let location = seen.header("Location").unwrap().to_owned();
    let id = desk.id(CHIDI);
    assert!(location.starts_with(&format!(
        "{ORIGIN}/v1.0/users/{id}/authentication/operations/"
    )));
    assert!(location.ends_with("?aadgdc=DUB02P&aadgsu=ssprprod-a"));
    assert_eq!(desk.get(ADA, &location).body["status"], "notStarted");
    desk.now = NOW + 1_000;
    let running = desk.get(ADA, &location);
    assert_eq!(
        (running.status, &running.body["status"]),
        (200, &json!("running"))
    );
    assert!(desk.tenant.check_password(CHIDI, seed::SEED_PASSWORD));
    desk.now = NOW + 2_000;
    let done = desk.get(ADA, &location);
    assert!(matches!(done.status, 200 | 202));
    assert_eq!(
        (&done.body["status"], &done.body["statusDetail"]),
        (&json!("succeeded"), &json!("ResetSuccess"))
    );
    assert!(desk.tenant.check_password(CHIDI, NEW) && done.changed);
    assert_eq!(desk.tenant.sessions_valid_from_ms(&id), NOW + 2_000);
    let must_change = desk.tenant.object(CHIDI).unwrap()["mustChangePassword"].clone();
    assert_eq!(must_change, true);
    let log = desk.get(ADA, "/auditLogs/directoryAudits?$filter=activityDisplayName%20eq%20'Reset%20password%20(by%20admin)'&$top=1");
    assert_eq!(log.rows()[0]["targetResources"][0]["id"], id.as_str());
    assert_eq!(
        log.rows()[0]["initiatedBy"]["user"]["userPrincipalName"],
        ADA
    );
}

#[test]
fn without_a_lag_the_reset_is_done_at_once_and_the_service_can_choose_the_password() {
    let mut desk = Desk::new();
    let seen = desk.call(ADA, "POST", &path(CHIDI), json!({}));
    assert_eq!(seen.status, 202);
    assert!(
        seen.body["@odata.context"]
            .as_str()
            .unwrap()
            .ends_with("#microsoft.graph.passwordResetResponse")
    );
    let password = seen.body["newPassword"].as_str().unwrap().to_owned();
    assert!(desk.tenant.check_password(CHIDI, &password));
    assert_eq!(
        desk.call(ADA, "POST", &path(CHIDI), Value::Null).status,
        202,
        "no body at all"
    );
    assert_eq!(
        desk.call(ADA, "POST", &path("hana.sato@contoso.com"), json!({}))
            .status,
        400,
        "synchronised"
    );
}

#[test]
fn weak_passwords_fail_at_once_or_in_the_operation() {
    let mut desk = Desk::new();
    let seen = desk.call(ADA, "POST", &path(CHIDI), json!({"newPassword": "short1!"}));
    refused(&seen, 400, "Request_BadRequest");
    let seen = desk.call(
        ADA,
        "POST",
        &path(CHIDI),
        json!({"newPassword": "P@ssw0rd1"}),
    );
    assert_eq!(seen.status, 202);
    let location = seen.header("Location").unwrap().to_owned();
    let done = desk.get(ADA, &location);
    assert_eq!((done.status, &done.body["status"]), (200, &json!("failed")));
    assert!(desk.tenant.check_password(CHIDI, seed::SEED_PASSWORD));
}

#[test]
fn refusals_are_those_of_the_service() {
    let mut desk = Desk::new();
    let body = json!({"newPassword": NEW});
    let app = desk.app();
    let seen = desk.call_as(&app, "POST", &path(CHIDI), body.clone());
    refused(&seen, 400, "BadRequest");
    assert_eq!(
        seen.message(),
        "UserPrincipalName value  in token was missing or invalid"
    );
    refused(
        &desk.call(ADA, "POST", &path(ADA), body.clone()),
        403,
        "accessDenied",
    );
    refused(
        &desk.call(
            "aiko.tan@contoso.com",
            "POST",
            &path("bo.lindqvist@contoso.com"),
            body.clone(),
        ),
        403,
        "accessDenied",
    );
    assert_eq!(
        desk.call("dora.vega@contoso.com", "POST", &path(CHIDI), body.clone())
            .status,
        202,
        "helpdesk"
    );
    let seen = desk.call(ADA, "POST", &path("viktor.hale@contoso.com"), body.clone());
    assert!(seen.message().contains("restricted management"));
    refused(
        &desk.call(ADA, "POST", &path("nobody@contoso.com"), body.clone()),
        404,
        "resourceNotFound",
    );
    let mut caller = desk.person(ADA);
    caller
        .permissions
        .retain(|one| one != "UserAuthenticationMethod.ReadWrite.All");
    refused(
        &desk.call_as(&caller, "POST", &path(CHIDI), body),
        403,
        "accessDenied",
    );
    let seen = desk.call(ADA, "POST", &path(CHIDI), json!({"password": NEW}));
    assert_eq!((seen.status, seen.violations.len()), (400, 1));
}

#[test]
fn polling_needs_a_reading_role_and_the_routing_values() {
    let mut desk = Desk::new();
    let seen = desk.call(
        "dora.vega@contoso.com",
        "POST",
        &path(CHIDI),
        json!({"newPassword": NEW}),
    );
    let location = seen.header("Location").unwrap().to_owned();
    refused(
        &desk.get("dora.vega@contoso.com", &location),
        403,
        "accessDenied",
    );
    let bare = location.split('?').next().unwrap().to_owned();
    let seen = desk.get(ADA, &bare);
    refused(&seen, 404, "resourceNotFound");
    assert_eq!(seen.violations.len(), 1);
    assert!(matches!(
        desk.get("greta.holm@contoso.com", &location).status,
        200 | 202
    ));
}

#[test]
fn an_operation_survives_the_state_file() {
    let mut desk = Desk::new();
    desk.tenant.set_lag_ms(0, 2_000);
    desk.call(ADA, "POST", &path(CHIDI), json!({"newPassword": NEW}));
    let state = desk.tenant.to_state();
    assert!(!state.to_string().contains(NEW));
    desk.tenant = super::super::super::tenant::Tenant::from_state(state).unwrap();
    desk.now = NOW + 2_000;
    desk.get(ADA, "/me");
    assert!(desk.tenant.check_password(CHIDI, NEW));
}
