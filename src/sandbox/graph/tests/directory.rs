//! Tenant facts, policies, reports and logs.

use serde_json::json;

use super::super::super::seed;
use super::{ADA, CHIDI, Desk, refused};

const REPORT: &str = "/reports/authenticationMethods/userRegistrationDetails";

#[test]
fn the_organization_opens_with_the_least_permission() {
    let mut desk = Desk::new();
    let seen = desk.get_with(
        "noor.haddad@contoso.com",
        &["User.Read"],
        "/organization?$select=id,verifiedDomains",
    );
    assert_eq!(seen.rows()[0]["id"], seed::TENANT_ID);
    assert_eq!(seen.rows()[0]["verifiedDomains"][2]["type"], "Federated");
    refused(
        &desk.get_with(ADA, &["Mail.Read"], "/organization"),
        403,
        "Authorization_RequestDenied",
    );
    let domain = desk.get(
        ADA,
        "/domains/contoso.com?$select=id,passwordValidityPeriodInDays",
    );
    assert_eq!(domain.body["passwordValidityPeriodInDays"], i32::MAX);
    assert_eq!(
        desk.get(ADA, "/domains/fed.contoso.com/federationConfiguration")
            .rows()
            .len(),
        1
    );
    refused(
        &desk.get(ADA, "/domains/fabrikam.example"),
        404,
        "Request_ResourceNotFound",
    );
    assert_eq!(
        desk.get(ADA, "/subscribedSkus").rows()[0]["servicePlans"][1]["servicePlanName"],
        "AAD_PREMIUM_P2"
    );
}

#[test]
fn the_self_service_switch_is_written_by_role_managers() {
    let mut desk = Desk::new();
    let path = "/policies/authorizationPolicy";
    assert_eq!(desk.get(ADA, path).body["allowedToUseSSPR"], true);
    let body = json!({"allowedToUseSSPR": false});
    refused(
        &desk.call("uma.keller@contoso.com", "PATCH", path, body.clone()),
        403,
        "Authorization_RequestDenied",
    );
    assert_eq!(desk.call(ADA, "PATCH", path, body).status, 204);
    assert_eq!(desk.get(ADA, path).body["allowedToUseSSPR"], false);
    let details = desk.get(
        ADA,
        &format!("{REPORT}?$filter=isAdmin%20eq%20true%20and%20isSsprEnabled%20eq%20true"),
    );
    assert!(details.rows().is_empty());
    assert_eq!(
        desk.call(ADA, "PATCH", path, json!({"allowedToUseSspr": true}))
            .violations
            .len(),
        1
    );
}

#[test]
fn policies_are_read() {
    let mut desk = Desk::new();
    let defaults = desk.get(ADA, "/policies/identitySecurityDefaultsEnforcementPolicy");
    assert_eq!(defaults.body["isEnabled"], false);
    let whole = desk.get(ADA, "/policies/authenticationMethodsPolicy");
    assert_eq!(
        whole.body["authenticationMethodConfigurations"]
            .as_array()
            .unwrap()
            .len(),
        10
    );
    let one = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/Fido2";
    assert_eq!(desk.get(ADA, one).body["state"], "enabled");
    assert_eq!(
        desk.get(ADA, "/policies/authenticationStrengthPolicies")
            .rows()
            .len(),
        3
    );
}

#[test]
fn conditional_access_has_its_own_refusal() {
    let mut desk = Desk::new();
    let path = "/identity/conditionalAccess/policies";
    assert_eq!(desk.get("greta.holm@contoso.com", path).rows().len(), 7);
    refused(
        &desk.get("noor.haddad@contoso.com", path),
        403,
        "AccessDenied",
    );
    refused(
        &desk.get_with(ADA, &["User.Read"], path),
        403,
        "AccessDenied",
    );
    let one = desk.get(ADA, &format!("{path}/f81c9dee-766f-490c-a554-ce5bd7f93f24"));
    assert_eq!(
        one.body["grantControls"]["authenticationStrength"]["policyType"],
        "builtIn"
    );
    desk.tenant.set_premium(false, false);
    refused(&desk.get(ADA, path), 403, "AccessDenied");
}

#[test]
fn the_report_follows_the_methods_and_leaves_out_disabled_people() {
    let mut desk = Desk::new();
    desk.tenant.set_generated_users(1_500);
    let first = desk.get("remy.faure@contoso.com", REPORT);
    assert_eq!(first.rows().len(), 1_000);
    assert!(first.body["@odata.nextLink"].is_string());
    assert!(
        !first
            .texts("userPrincipalName")
            .contains(&"dana.wolf@contoso.com")
    );
    let id = desk.id(ADA);
    let ada = desk.get(ADA, &format!("{REPORT}/{id}"));
    assert_eq!(ada.body["isSsprCapable"], true);
    assert_eq!(ada.body["methodsRegistered"][0], "email");
    let bo = desk.get(
        ADA,
        &format!("{REPORT}?$filter=userPrincipalName%20eq%20'bo.lindqvist@contoso.com'"),
    );
    assert_eq!(bo.rows()[0]["isSsprRegistered"], false);
    assert_eq!(bo.rows()[0]["isAdmin"], true);
    let mail = desk.get(
        ADA,
        &format!(
            "{REPORT}?$filter=methodsRegistered/any(t:t%20eq%20'email')%20and%20isAdmin%20eq%20true"
        ),
    );
    assert!(mail.texts("userPrincipalName").contains(&ADA));
    refused(
        &desk.get(ADA, &format!("{REPORT}?$top=5")),
        400,
        "BadRequest",
    );
    refused(
        &desk.get("noor.haddad@contoso.com", REPORT),
        403,
        "Authentication_RequestFromUnsupportedUserRole",
    );
    refused(
        &desk.get_with(ADA, &["User.Read.All"], REPORT),
        403,
        "Authentication_MSGraphPermissionMissing",
    );
    desk.tenant.set_premium(false, false);
    refused(
        &desk.get(ADA, REPORT),
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
    );
}

#[test]
fn logs_are_newest_first_and_filtered_by_time() {
    let mut desk = Desk::new();
    desk.tenant
        .sign_in(ADA, seed::SEED_PASSWORD, desk.now - 2_000);
    desk.tenant.sign_in(CHIDI, "wrong", desk.now - 1_000);
    let all = desk.get(ADA, "/auditLogs/signIns?$top=2");
    assert_eq!(all.texts("userPrincipalName"), [CHIDI, ADA]);
    assert_eq!(all.rows()[0]["status"]["errorCode"], 50126);
    let id = desk.id(ADA);
    let filter =
        format!("userId%20eq%20'{id}'%20and%20createdDateTime%20ge%202026-11-20T00:00:00Z");
    assert_eq!(
        desk.get(ADA, &format!("/auditLogs/signIns?$filter={filter}"))
            .rows()
            .len(),
        1
    );
    refused(
        &desk.get(ADA, "/auditLogs/signIns?$top=1001"),
        400,
        "Request_UnsupportedQuery",
    );
    let targets = format!("targetResources/any(t:t/id%20eq%20'{}')", desk.id(CHIDI));
    let audits = desk.get(
        "remy.faure@contoso.com",
        &format!("/auditLogs/directoryAudits?$filter={targets}"),
    );
    assert_eq!(
        audits.texts("activityDisplayName"),
        ["Reset password (by admin)"]
    );
}
