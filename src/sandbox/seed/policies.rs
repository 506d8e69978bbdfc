//! The seeded tenant's settings: organization, domains, policies, subscriptions, applications, and a little history.
//!
//! Shapes follow the v1.0 metadata of 2026-08-20; values are invented.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::tenant::{Tenant, User};
use super::super::{roles, stamp};
use super::{
    CHIDI, CONFIDENTIAL_CLIENT_ID, CONFIDENTIAL_SERVICE_PRINCIPAL_ID, CUSTOM_DOMAIN,
    CUSTOM_ROLE_ID, DAY_MS, DEFAULT_PERSONA, EMERGENCY_1, EMERGENCY_GROUP_ID, FEDERATED_DOMAIN,
    INITIAL_DOMAIN, PUBLIC_CLIENT_ID, PUBLIC_SERVICE_PRINCIPAL_ID, TENANT_ID,
};

/// The one subscription.
pub(super) const SKU_ID: &str = "06ebc4ee-1bb5-47dd-8120-11324bc54e06";

/// Delegated permissions consented for the public client: the least ones of every endpoint in scope.
pub(super) const PUBLIC_SCOPES: &[&str] = &[
    "AdministrativeUnit.Read.All",
    "AdministrativeUnit.ReadWrite.All",
    "Application.Read.All",
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Domain.Read.All",
    "Domain-InternalFederation.Read.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "LicenseAssignment.Read.All",
    "OnPremDirectorySynchronization.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.Read.AuthenticationMethod",
    "Policy.ReadWrite.Authorization",
    "Policy.ReadWrite.ConditionalAccess",
    "RoleAssignmentSchedule.Read.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "User.DeleteRestore.All",
    "User.EnableDisableAccount.All",
    "User.Read",
    "User.Read.All",
    "User.ReadWrite.All",
    "User.RevokeSessions.All",
    "User-Mail.ReadWrite.All",
    "User-PasswordProfile.ReadWrite.All",
    "User-Phone.ReadWrite.All",
    "UserAuthenticationMethod.Read.All",
    "UserAuthenticationMethod.ReadWrite.All",
];

/// Application permissions granted to the confidential client.
pub(super) const APP_ROLES: &[&str] = &[
    "AdministrativeUnit.ReadWrite.All",
    "Application.Read.All",
    "AuditLog.Read.All",
    "Domain.Read.All",
    "Group.Read.All",
    "GroupMember.Read.All",
    "GroupMember.ReadBasic.All",
    "GroupMember.ReadWrite.All",
    "LicenseAssignment.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.Read.AuthenticationMethod",
    "Policy.ReadWrite.Authorization",
    "RoleAssignmentSchedule.Read.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "User.DeleteRestore.All",
    "User.EnableDisableAccount.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "User.RevokeSessions.All",
    "User-Mail.ReadWrite.All",
    "User-PasswordProfile.ReadWrite.All",
    "User-Phone.ReadWrite.All",
    "UserAuthenticationMethod.ReadWrite.All",
];

/// Object ids of roles activated from the start; further ones are derived.
pub(super) fn directory_roles() -> BTreeMap<String, String> {
    BTreeMap::from([(
        roles::GLOBAL_ADMINISTRATOR.to_owned(),
        "c220d550-7d87-4d82-a81b-ce1f2aaa61ea".to_owned(),
    )])
}

/// The tenant's own role.
pub(super) fn custom_role() -> Value {
    json!({
        "id": CUSTOM_ROLE_ID, "templateId": CUSTOM_ROLE_ID, "displayName": "Contoso badge office",
        "description": "May read and update job titles.", "isBuiltIn": false, "isEnabled": true,
        "resourceScopes": ["/"], "version": null,
        "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/users/basic/update"], "condition": null}],
    })
}

/// The organization object.
pub(super) fn organization(now_ms: i64) -> Value {
    let verified = |name: &str, capabilities: &str, default: bool, initial: bool, kind: &str| {
        json!({
            "capabilities": capabilities, "isDefault": default, "isInitial": initial, "name": name, "type": kind,
        })
    };
    json!({
        "id": TENANT_ID, "deletedDateTime": null, "businessPhones": ["+44 2079460100"], "city": "London",
        "country": null, "countryLetterCode": "GB", "createdDateTime": "2019-05-02T11:22:33Z",
        "defaultUsageLocation": null, "displayName": "Contoso", "marketingNotificationEmails": [],
        "onPremisesLastSyncDateTime": stamp::iso(now_ms - 1_440_000, 0), "onPremisesSyncEnabled": true,
        "partnerTenantType": null, "postalCode": "EC1A 1BB", "preferredLanguage": "en", "privacyProfile": null,
        "securityComplianceNotificationMails": [], "securityComplianceNotificationPhones": [], "state": null,
        "street": "1 Sample Street", "technicalNotificationMails": ["it@contoso.com"], "tenantType": "AAD",
        "assignedPlans": [{
            "assignedDateTime": "2024-02-01T00:00:00Z", "capabilityStatus": "Enabled", "service": "AADPremiumService",
            "servicePlanId": "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
        }],
        "provisionedPlans": [],
        "verifiedDomains": [
            verified(INITIAL_DOMAIN, "Email, OfficeCommunicationsOnline", false, true, "Managed"),
            verified(CUSTOM_DOMAIN, "Email", true, false, "Managed"),
            verified(FEDERATED_DOMAIN, "Email", false, false, "Federated"),
        ],
    })
}

/// Verified domains. Passwords expire in the initial domain only, so that the weaker break-glass account shows.
pub(super) fn domains() -> Vec<Value> {
    let domain = |name: &str, kind: &str, default: bool, initial: bool, validity: Option<i32>| {
        json!({
            "authenticationType": kind, "availabilityStatus": null, "id": name, "isAdminManaged": true,
            "isDefault": default, "isInitial": initial, "isRoot": name != FEDERATED_DOMAIN, "isVerified": true,
            "supportedServices": ["Email", "OfficeCommunicationsOnline"], "passwordValidityPeriodInDays": validity,
            "passwordNotificationWindowInDays": validity.map(|_| 14), "manufacturer": null, "model": null,
            "state": null,
        })
    };
    vec![
        domain(INITIAL_DOMAIN, "Managed", false, true, Some(90)),
        domain(CUSTOM_DOMAIN, "Managed", true, false, Some(i32::MAX)),
        domain(FEDERATED_DOMAIN, "Federated", false, false, None),
    ]
}

/// The authorization policy.
pub(super) fn authorization_policy() -> Value {
    json!({
        "id": "authorizationPolicy", "displayName": "Authorization Policy",
        "description": "Used to manage authorization related settings across the company.", "deletedDateTime": null,
        "allowInvitesFrom": "adminsAndGuestInviters", "allowedToSignUpEmailBasedSubscriptions": true,
        "allowedToUseSSPR": true, "allowEmailVerifiedUsersToJoinOrganization": false,
        "allowUserConsentForRiskyApps": null, "blockMsolPowerShell": true,
        "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "defaultUserRolePermissions": {
            "allowedToCreateApps": false, "allowedToCreateSecurityGroups": false, "allowedToCreateTenants": false,
            "allowedToReadBitlockerKeysForOwnedDevice": true, "allowedToReadOtherUsers": true,
            "permissionGrantPoliciesAssigned": [],
        },
    })
}

/// Security defaults are off: the tenant has Conditional Access.
pub(super) fn security_defaults() -> Value {
    json!({
        "id": "00000000-0000-0000-0000-000000000005", "deletedDateTime": null, "displayName": "Security Defaults",
        "description": "A set of basic identity security settings recommended by Microsoft.", "isEnabled": false,
    })
}

/// The authentication methods policy with its configurations.
pub(super) fn methods_policy() -> Value {
    let target =
        json!([{"targetType": "group", "id": "all_users", "isRegistrationRequired": false}]);
    let mut configurations = vec![json!({
        "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration",
        "id": "TemporaryAccessPass", "state": "enabled", "defaultLifetimeInMinutes": 60, "defaultLength": 8,
        "minimumLifetimeInMinutes": 60, "maximumLifetimeInMinutes": 480, "isUsableOnce": false,
        "excludeTargets": [], "includeTargets": target,
    })];
    for (id, kind, state) in [
        ("Fido2", "fido2", "enabled"),
        (
            "MicrosoftAuthenticator",
            "microsoftAuthenticator",
            "enabled",
        ),
        ("Sms", "sms", "enabled"),
        ("SoftwareOath", "softwareOath", "enabled"),
        ("Voice", "voice", "disabled"),
        ("Email", "email", "enabled"),
        ("X509Certificate", "x509Certificate", "disabled"),
        ("HardwareOath", "hardwareOath", "disabled"),
        ("QRCodePin", "qrCodePin", "disabled"),
    ] {
        configurations.push(json!({
            "@odata.type": format!("#microsoft.graph.{kind}AuthenticationMethodConfiguration"),
            "id": id, "state": state, "excludeTargets": [], "includeTargets": target,
        }));
    }
    json!({
        "id": "authenticationMethodsPolicy", "displayName": "Authentication Methods Policy",
        "description": "The tenant-wide policy that controls which authentication methods are allowed.",
        "lastModifiedDateTime": "2026-03-02T09:14:55.1046521Z", "policyVersion": "1.5",
        "reconfirmationInDays": 0, "policyMigrationState": "migrationComplete",
        "registrationEnforcement": {
            "authenticationMethodsRegistrationCampaign": {
                "snoozeDurationInDays": 1, "enforceRegistrationAfterAllowedSnoozes": true, "state": "default",
                "excludeTargets": [],
                "includeTargets": [{
                    "id": "all_users", "targetType": "group", "targetedAuthenticationMethod": "microsoftAuthenticator",
                }],
            },
        },
        "authenticationMethodConfigurations": configurations,
    })
}

/// One Conditional Access policy; the parts given replace those of a blank one.
fn policy(
    id: &str,
    name: &str,
    state: &str,
    users: Value,
    conditions: Value,
    controls: &[&str],
) -> Value {
    let mut all_users = json!({
        "includeUsers": [], "excludeUsers": [], "includeGroups": [], "excludeGroups": [], "includeRoles": [],
        "excludeRoles": [], "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null,
    });
    merge(&mut all_users, users);
    let mut all = json!({
        "clientAppTypes": ["all"], "platforms": null, "locations": null, "devices": null, "clientApplications": null,
        "insiderRiskLevels": null, "authenticationFlows": null, "userRiskLevels": [], "signInRiskLevels": [],
        "servicePrincipalRiskLevels": [],
        "applications": {
            "includeApplications": ["All"], "excludeApplications": [], "includeUserActions": [],
            "includeAuthenticationContextClassReferences": [], "applicationFilter": null,
        },
        "users": all_users,
    });
    merge(&mut all, conditions);
    json!({
        "id": id, "templateId": null, "displayName": name, "description": null,
        "createdDateTime": "2025-02-02T12:00:00Z", "modifiedDateTime": null, "deletedDateTime": null, "state": state,
        "sessionControls": null, "conditions": all,
        "grantControls": {
            "operator": "OR", "builtInControls": controls, "customAuthenticationFactors": [], "termsOfUse": [],
            "authenticationStrength": null,
        },
    })
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

/// Conditional Access: excluded by group, by user, not at all, report-only, disabled, by role.
pub(super) fn conditional_access() -> Vec<Value> {
    let everyone = || json!({"includeUsers": ["All"]});
    let all_but_emergency =
        || json!({"includeUsers": ["All"], "excludeGroups": [EMERGENCY_GROUP_ID]});
    let applications = |include: &[&str], actions: &[&str]| {
        json!({
            "includeApplications": include, "excludeApplications": [], "includeUserActions": actions,
            "includeAuthenticationContextClassReferences": [], "applicationFilter": null,
        })
    };
    let mut strong = policy(
        "f81c9dee-766f-490c-a554-ce5bd7f93f24",
        "CA003 Phishing-resistant MFA for admins",
        "enabled",
        json!({"includeRoles": [
            roles::GLOBAL_ADMINISTRATOR, roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, roles::USER_ADMINISTRATOR,
        ]}),
        json!({}),
        &[],
    );
    strong["grantControls"]["authenticationStrength"] = json!({
        "id": "00000000-0000-0000-0000-000000000004", "createdDateTime": "2021-12-01T00:00:00Z",
        "modifiedDateTime": "2021-12-01T00:00:00Z", "displayName": "Phishing-resistant MFA",
        "description": "Only methods that resist phishing.", "policyType": "builtIn", "requirementsSatisfied": "mfa",
        "allowedCombinations": ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"],
        "combinationConfigurations": [],
    });
    vec![
        policy(
            "276dfea6-7fa1-4353-b766-81036075b03f",
            "CA001 Require MFA for all users",
            "enabled",
            all_but_emergency(),
            json!({}),
            &["mfa"],
        ),
        policy(
            "11e3a3d2-3c10-401c-be88-443f95de43b0",
            "CA002 Block legacy authentication",
            "enabled",
            json!({"includeUsers": ["All"], "excludeUsers": [EMERGENCY_1]}),
            json!({"clientAppTypes": ["exchangeActiveSync", "other"]}),
            &["block"],
        ),
        strong,
        policy(
            "26faedcc-bddd-4985-b180-b35078e8608f",
            "CA004 Block device code flow",
            "enabled",
            all_but_emergency(),
            json!({"authenticationFlows": {"transferMethods": "deviceCodeFlow,authenticationTransfer"}}),
            &["block"],
        ),
        policy(
            "3af44b9e-ad03-4a79-a8e7-0c35bef033ac",
            "CA005 Compliant device for admin portals (pilot)",
            "enabledForReportingButNotEnforced",
            everyone(),
            json!({"applications": applications(&["MicrosoftAdminPortals"], &[])}),
            &[
                "compliantDevice",
                "domainJoinedDevice",
                "unknownFutureValue",
            ],
        ),
        policy(
            "2806a9f7-580b-4467-abde-732e51e86dbb",
            "CA006 Old block of countries",
            "disabled",
            everyone(),
            json!({"locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}}),
            &["block"],
        ),
        policy(
            "817c73d8-36aa-4b4d-8f7d-464071a625a6",
            "CA007 Protect security info registration",
            "enabled",
            json!({
                "includeUsers": ["All"], "excludeRoles": [roles::GLOBAL_ADMINISTRATOR],
                "excludeGuestsOrExternalUsers": {
                    "guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest",
                    "externalTenants": {
                        "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all",
                    },
                },
            }),
            json!({"applications": applications(&[], &["urn:user:registersecurityinfo"])}),
            &["mfa"],
        ),
    ]
}

/// The subscription that carries P1 and P2.
pub(super) fn skus() -> Vec<Value> {
    let plan = |id: &str, name: &str| json!({"servicePlanId": id, "servicePlanName": name, "provisioningStatus": "Success", "appliesTo": "User"});
    vec![json!({
        "id": format!("{TENANT_ID}_{SKU_ID}"), "accountId": TENANT_ID, "accountName": "Contoso",
        "appliesTo": "User", "capabilityStatus": "Enabled", "consumedUnits": 1, "skuId": SKU_ID,
        "skuPartNumber": "SPE_E5", "subscriptionIds": ["b2f5a1c9-3c36-4f3d-8f0e-5a4d2e1c7b90"],
        "prepaidUnits": {"enabled": 100, "suspended": 0, "warning": 0, "lockedOut": 0},
        "servicePlans": [
            plan("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM"),
            plan("eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM_P2"),
            plan("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE"),
        ],
    })]
}

/// The service principals of the two clients.
pub(super) fn service_principals() -> Vec<Value> {
    [
        (PUBLIC_SERVICE_PRINCIPAL_ID, PUBLIC_CLIENT_ID, "Admin Reset (sandbox)"),
        (CONFIDENTIAL_SERVICE_PRINCIPAL_ID, CONFIDENTIAL_CLIENT_ID, "Admin Reset automation (sandbox)"),
    ]
    .into_iter()
    .map(|(id, app_id, name)| {
        json!({
            "id": id, "deletedDateTime": null, "accountEnabled": true, "appId": app_id, "displayName": name,
            "appDisplayName": name, "appOwnerOrganizationId": TENANT_ID, "appRoleAssignmentRequired": false,
            "servicePrincipalType": "Application", "signInAudience": "AzureADMyOrg",
            "servicePrincipalNames": [app_id], "tags": [],
        })
    })
    .collect()
}

/// A record of the sign-in log.
pub(in crate::sandbox) fn sign_in_record(
    user: &User,
    id: &str,
    error: (i32, &str),
    at_ms: i64,
) -> Value {
    json!({
        "id": id, "createdDateTime": stamp::iso(at_ms, 0), "userDisplayName": user.text("displayName"),
        "userPrincipalName": user.upn(), "userId": user.id(), "appId": PUBLIC_CLIENT_ID,
        "appDisplayName": "Admin Reset (sandbox)", "ipAddress": "198.51.100.24", "clientAppUsed": "Browser",
        "correlationId": stamp::derived_id(id), "conditionalAccessStatus": "notApplied", "isInteractive": true,
        "riskDetail": "none", "riskLevelAggregated": "none", "riskLevelDuringSignIn": "none", "riskState": "none",
        "riskEventTypes": [], "riskEventTypes_v2": [], "resourceDisplayName": "Microsoft Graph",
        "resourceId": "00000003-0000-0000-c000-000000000000",
        "status": {"errorCode": error.0, "failureReason": error.1, "additionalDetails": null},
        "deviceDetail": {
            "deviceId": "", "displayName": "", "operatingSystem": "Windows10", "browser": "Edge 141.0.0",
            "isCompliant": false, "isManaged": false, "trustType": "",
        },
        "location": {
            "city": "London", "state": "England", "countryOrRegion": "GB",
            "geoCoordinates": {"altitude": null, "latitude": 51.5, "longitude": -0.12},
        },
        "appliedConditionalAccessPolicies": [],
    })
}

/// A few older log records, so that the logs are not empty at the start.
pub(super) fn write_history(tenant: &mut Tenant, now_ms: i64) {
    let used = tenant.user(EMERGENCY_1).map(|user| {
        sign_in_record(
            &user,
            "4df7d994-127b-4532-adb1-22efb7a6b430",
            (0, "Other."),
            now_ms - 20 * DAY_MS,
        )
    });
    if let Some(record) = used {
        tenant.log_sign_in(record);
    }
    let Some(by) = tenant.person(DEFAULT_PERSONA) else {
        return;
    };
    tenant.log_audit(json!({
        "id": "SSPR_5b6221d3-4fd4-4574-b0cc-a87f86601240_ABCDE_12345678", "category": "UserManagement",
        "correlationId": "7ded4c5a-8b2f-4a38-b169-de949e087b9f", "result": "success",
        "resultReason": "Successfully completed reset.", "activityDisplayName": "Reset password (by admin)",
        "activityDateTime": stamp::iso(now_ms - 5 * DAY_MS, 7), "loggedByService": "Self-service Password Management",
        "operationType": "Update",
        "initiatedBy": {"app": null, "user": {
            "id": by.object_id, "displayName": null, "userPrincipalName": by.upn, "ipAddress": "198.51.100.7",
        }},
        "targetResources": [{
            "id": CHIDI, "displayName": "Chidi Maro", "type": "User", "userPrincipalName": "chidi.maro@contoso.com",
            "groupType": null, "modifiedProperties": [],
        }],
        "additionalDetails": [],
    }));
}
