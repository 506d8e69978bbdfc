//! Replies against the documented shapes: every member of a sample is there, with the same JSON type.
//!
//! The samples follow the reference pages named beside them (mid 2026); their values are invented.

use serde_json::{Value, json};

use super::{ADA, CHIDI, Desk};

/// Whether `found` has every member of `sample`, of the same JSON type; a null on either side fits anything.
fn resembles(sample: &Value, found: &Value, at: &str) {
    match (sample, found) {
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Object(sample), Value::Object(found)) => {
            for (name, value) in sample {
                let other = found
                    .get(name)
                    .unwrap_or_else(|| panic!("{at}/{name} is missing"));
                resembles(value, other, &format!("{at}/{name}"));
            }
        }
        (Value::Array(sample), Value::Array(found)) => {
            if let (Some(sample), Some(found)) = (sample.first(), found.first()) {
                resembles(sample, found, &format!("{at}[]"));
            }
        }
        (Value::String(_), Value::String(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_)) => {}
        _ => panic!("{at}: {found} is not of the type of {sample}"),
    }
}

fn check(target: &str, sample: Value) {
    let mut desk = Desk::new();
    let id = desk.id(CHIDI);
    let seen = desk.get(ADA, &target.replace("{id}", &id));
    assert_eq!(
        (seen.status, seen.violations.len()),
        (200, 0),
        "{target}: {seen:?}"
    );
    resembles(&sample, &seen.body, target);
}

#[test]
fn users() {
    // "List users", "Get a user"
    let user = json!({
        "businessPhones": ["+44 2079460101"], "displayName": "A", "givenName": "A", "jobTitle": null, "mail": "a@b.c",
        "mobilePhone": null, "officeLocation": null, "preferredLanguage": null, "surname": "B",
        "userPrincipalName": "a@b.c", "id": "x",
    });
    check(
        "/users?$top=2",
        json!({"@odata.context": "c", "@odata.nextLink": "n", "value": [user]}),
    );
    check("/users/{id}", user);
    check(
        "/users/{id}?$select=id,accountEnabled,userType,onPremisesSyncEnabled,passwordPolicies,otherMails,assignedLicenses",
        json!({
            "id": "x", "accountEnabled": true, "userType": "Member", "onPremisesSyncEnabled": null,
            "passwordPolicies": null, "otherMails": [], "assignedLicenses": [],
        }),
    );
}

#[test]
fn methods() {
    // "List methods", "phoneAuthenticationMethod"
    check(
        "/users/{id}/authentication/methods",
        json!({"@odata.context": "c", "value": [{
            "@odata.type": "t", "id": "i", "password": null, "createdDateTime": "2025-03-04T08:00:00Z",
        }]}),
    );
    check(
        "/users/{id}/authentication/phoneMethods",
        json!({"@odata.context": "c", "value": [{
            "id": "i", "phoneNumber": "+1 2", "phoneType": "mobile", "smsSignInState": "ready", "createdDateTime": null,
        }]}),
    );
    let desk = Desk::new();
    let ada = desk.id(ADA);
    check(
        &format!("/users/{ada}/authentication/fido2Methods"),
        json!({"value": [{
            "id": "i", "displayName": "d", "aaGuid": "g", "model": "m", "attestationCertificates": ["c"],
            "attestationLevel": "attested", "passkeyType": "deviceBound", "createdDateTime": "2026-01-19T10:30:00Z",
        }]}),
    );
}

#[test]
fn report_and_logs() {
    // "List userRegistrationDetails", "List directoryAudits", "List signIns"
    check(
        "/reports/authenticationMethods/userRegistrationDetails?$filter=isAdmin%20eq%20true",
        json!({"@odata.context": "c", "value": [{
            "id": "i", "userPrincipalName": "u", "userDisplayName": "d", "userType": "member", "isAdmin": true,
            "isSsprRegistered": true, "isSsprEnabled": true, "isSsprCapable": true, "isMfaRegistered": true,
            "isMfaCapable": true, "isPasswordlessCapable": true, "methodsRegistered": ["email"],
            "isSystemPreferredAuthenticationMethodEnabled": true, "systemPreferredAuthenticationMethods": ["push"],
            "userPreferredMethodForSecondaryAuthentication": "push", "lastUpdatedDateTime": "2026-11-19T22:40:08.5133331Z",
        }]}),
    );
    check(
        "/auditLogs/directoryAudits",
        json!({"value": [{
            "id": "i", "category": "c", "correlationId": "c", "result": "success", "resultReason": "r",
            "activityDisplayName": "a", "activityDateTime": "d", "loggedByService": "s", "operationType": "Update",
            "initiatedBy": {"app": null, "user": {"id": "i", "displayName": null, "userPrincipalName": "u", "ipAddress": "1"}},
            "targetResources": [{
                "id": "i", "displayName": "d", "type": "User", "userPrincipalName": "u", "groupType": null,
                "modifiedProperties": [],
            }],
            "additionalDetails": [],
        }]}),
    );
    check(
        "/auditLogs/signIns?$top=1",
        json!({"value": [{
            "id": "i", "createdDateTime": "d", "userDisplayName": "d", "userPrincipalName": "u", "userId": "i",
            "appId": "a", "appDisplayName": "a", "ipAddress": "1", "clientAppUsed": "Browser", "isInteractive": true,
            "status": {"errorCode": 0, "failureReason": "Other.", "additionalDetails": null},
            "deviceDetail": {"browser": "b"}, "location": {"city": "c"}, "appliedConditionalAccessPolicies": [],
        }]}),
    );
}

#[test]
fn roles_and_units() {
    // "List unifiedRoleAssignments", "List roleAssignmentScheduleInstances", "Get administrativeUnit"
    check(
        "/roleManagement/directory/roleAssignments?$expand=principal",
        json!({"@odata.context": "c", "value": [{
            "id": "i", "principalId": "p", "principalOrganizationId": "o", "resourceScope": "/", "directoryScopeId": "/",
            "roleDefinitionId": "r", "principal": {"@odata.type": "t", "id": "i", "displayName": "d"},
        }]}),
    );
    check(
        "/roleManagement/directory/roleAssignmentScheduleInstances",
        json!({"value": [{
            "id": "i", "principalId": "p", "roleDefinitionId": "r", "directoryScopeId": "/", "appScopeId": null,
            "startDateTime": "d", "endDateTime": null, "memberType": "Direct", "assignmentType": "Assigned",
            "roleAssignmentOriginId": "i", "roleAssignmentScheduleId": "i",
        }]}),
    );
    check(
        "/roleManagement/directory/roleEligibilityScheduleInstances",
        json!({"value": [{
            "id": "i", "principalId": "p", "roleDefinitionId": "r", "directoryScopeId": "/", "appScopeId": null,
            "startDateTime": "d", "endDateTime": "d", "memberType": "Direct", "roleEligibilityScheduleId": "i",
        }]}),
    );
    check(
        "/directory/administrativeUnits",
        json!({"value": [{
            "id": "i", "deletedDateTime": null, "displayName": "d", "description": "d",
            "isMemberManagementRestricted": true, "visibility": "v", "membershipRule": null, "membershipType": null,
            "membershipRuleProcessingState": null,
        }]}),
    );
}

#[test]
fn tenant() {
    // "List organizations", "List domains", "Get authorizationPolicy", "List conditionalAccessPolicies"
    check(
        "/organization",
        json!({"value": [{
            "id": "i", "displayName": "d", "verifiedDomains": [{
                "capabilities": "c", "isDefault": true, "isInitial": true, "name": "n", "type": "Managed",
            }],
            "onPremisesSyncEnabled": true, "tenantType": "AAD", "countryLetterCode": "GB",
            "technicalNotificationMails": ["m"], "createdDateTime": "d",
        }]}),
    );
    check(
        "/domains",
        json!({"value": [{
            "id": "i", "authenticationType": "Managed", "isDefault": true, "isInitial": true, "isRoot": true,
            "isVerified": true, "isAdminManaged": true, "supportedServices": ["Email"],
            "passwordValidityPeriodInDays": 90, "passwordNotificationWindowInDays": 14,
        }]}),
    );
    check(
        "/policies/authorizationPolicy",
        json!({"id": "authorizationPolicy", "allowedToUseSSPR": true, "defaultUserRolePermissions": {"allowedToCreateApps": false}}),
    );
    check(
        "/identity/conditionalAccess/policies",
        json!({"value": [{
            "id": "i", "displayName": "d", "state": "enabled", "createdDateTime": "d", "sessionControls": null,
            "conditions": {
                "clientAppTypes": ["all"], "applications": {"includeApplications": ["All"], "includeUserActions": []},
                "users": {"includeUsers": ["All"], "excludeGroups": ["g"], "includeRoles": []},
            },
            "grantControls": {"operator": "OR", "builtInControls": ["mfa"], "authenticationStrength": null},
        }]}),
    );
}
