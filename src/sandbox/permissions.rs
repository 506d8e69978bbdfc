//! Which permissions each endpoint accepts, delegated and application; an empty list means the kind of token is refused.
//!
//! Transcribed from the Graph permission catalogue of 2026-08-07; rows it lacks come from the reference pages of mid 2026
//! (`$ref` links, deleted items, owners, service principals, deletion of the read-only method kinds). Per-property rules of
//! `PATCH /users/{id}` live in the route.

/// One endpoint and what it accepts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Method and path template.
    pub(super) endpoint: &'static str,
    /// Delegated permissions, any of which suffices.
    pub(super) delegated: &'static [&'static str],
    /// Application permissions, any of which suffices.
    pub(super) application: &'static [&'static str],
}

const fn row(
    endpoint: &'static str,
    delegated: &'static [&'static str],
    application: &'static [&'static str],
) -> Row {
    Row {
        endpoint,
        delegated,
        application,
    }
}

/// The table, by path.
pub(super) const ENDPOINTS: &[Row] = &[
    row(
        "GET /applications",
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
        ],
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
        ],
    ),
    row(
        "POST /applications",
        &["Application.ReadWrite.All"],
        &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"],
    ),
    row(
        "GET /applications/{id}",
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
        ],
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
        ],
    ),
    row(
        "PATCH /applications/{id}",
        &["Application.ReadWrite.All"],
        &["Application.ReadWrite.All"],
    ),
    row(
        "GET /applications/{id}/federatedIdentityCredentials",
        &["Application.Read.All", "Application.ReadWrite.All"],
        &["Application.Read.All", "Application.ReadWrite.All"],
    ),
    row(
        "POST /applications/{id}/federatedIdentityCredentials",
        &["Application.ReadWrite.All"],
        &["Application.ReadWrite.All"],
    ),
    row(
        "GET /auditLogs/directoryAudits",
        &["AuditLog.Read.All", "Directory.Read.All"],
        &["AuditLog.Read.All", "Directory.Read.All"],
    ),
    row(
        "GET /auditLogs/signIns",
        &["AuditLog.Read.All"],
        &["AuditLog.Read.All"],
    ),
    row(
        "GET /auditLogs/signIns/{id}",
        &["AuditLog.Read.All"],
        &["AuditLog.Read.All"],
    ),
    row(
        "GET /directory/administrativeUnits",
        &[
            "AdministrativeUnit.Read.All",
            "AdministrativeUnit.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        &[
            "AdministrativeUnit.Read.All",
            "AdministrativeUnit.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
    ),
    row(
        "POST /directory/administrativeUnits",
        &["AdministrativeUnit.ReadWrite.All"],
        &["AdministrativeUnit.ReadWrite.All"],
    ),
    row(
        "DELETE /directory/administrativeUnits/{id}",
        &["AdministrativeUnit.ReadWrite.All"],
        &["AdministrativeUnit.ReadWrite.All"],
    ),
    row(
        "GET /directory/administrativeUnits/{id}",
        &[
            "AdministrativeUnit.Read.All",
            "AdministrativeUnit.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        &[
            "AdministrativeUnit.Read.All",
            "AdministrativeUnit.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
    ),
    row(
        "GET /directory/administrativeUnits/{id}/members",
        &[
            "AdministrativeUnit.Read.All",
            "AdministrativeUnit.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        &[
            "AdministrativeUnit.Read.All",
            "AdministrativeUnit.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
    ),
    row(
        "POST /directory/administrativeUnits/{id}/members/$ref",
        &["AdministrativeUnit.ReadWrite.All"],
        &["AdministrativeUnit.ReadWrite.All"],
    ),
    row(
        "DELETE /directory/administrativeUnits/{id}/members/{id}/$ref",
        &["AdministrativeUnit.ReadWrite.All"],
        &["AdministrativeUnit.ReadWrite.All"],
    ),
    row(
        "GET /directory/administrativeUnits/{id}/scopedRoleMembers",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
    ),
    row(
        "POST /directory/administrativeUnits/{id}/scopedRoleMembers",
        &["RoleManagement.ReadWrite.Directory"],
        &["RoleManagement.ReadWrite.Directory"],
    ),
    row(
        "GET /directory/deletedItems/microsoft.graph.user",
        &["User.Read.All"],
        &["User.Read.All"],
    ),
    row(
        "DELETE /directory/deletedItems/{id}",
        &["User.DeleteRestore.All", "User.ReadWrite.All"],
        &["User.DeleteRestore.All", "User.ReadWrite.All"],
    ),
    row(
        "GET /directory/deletedItems/{id}",
        &["User.Read.All"],
        &["User.Read.All"],
    ),
    row(
        "POST /directory/deletedItems/{id}/restore",
        &["User.DeleteRestore.All", "User.ReadWrite.All"],
        &[
            "User.DeleteRestore.All",
            "User.ReadWrite.All",
            "User.ReadWrite.CrossCloud",
        ],
    ),
    row(
        "GET /directory/onPremisesSynchronization",
        &[
            "OnPremDirectorySynchronization.Read.All",
            "OnPremDirectorySynchronization.ReadWrite.All",
        ],
        &[],
    ),
    row(
        "GET /oauth2PermissionGrants",
        &[
            "DelegatedPermissionGrant.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        &[
            "DelegatedPermissionGrant.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
    ),
    row(
        "POST /oauth2PermissionGrants",
        &[
            "DelegatedPermissionGrant.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
        &[
            "DelegatedPermissionGrant.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
    ),
    row(
        "PATCH /oauth2PermissionGrants/{id}",
        &[
            "DelegatedPermissionGrant.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
        &[
            "DelegatedPermissionGrant.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
    ),
    row(
        "GET /directoryRoles",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
    ),
    row(
        "GET /directoryRoles/{id}/members",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
    ),
    row(
        "GET /domains",
        &[
            "Directory.Read.All",
            "Domain.Read.All",
            "Domain.ReadWrite.All",
        ],
        &[
            "Directory.Read.All",
            "Domain.Read.All",
            "Domain.ReadWrite.All",
        ],
    ),
    row(
        "GET /domains/{id}",
        &[
            "Directory.Read.All",
            "Domain.Read.All",
            "Domain.ReadWrite.All",
        ],
        &[
            "Directory.Read.All",
            "Domain.Read.All",
            "Domain.ReadWrite.All",
        ],
    ),
    row(
        "GET /domains/{id}/federationConfiguration",
        &[
            "Domain-InternalFederation.Read.All",
            "Domain-InternalFederation.ReadWrite.All",
        ],
        &[
            "Domain-InternalFederation.Read.All",
            "Domain-InternalFederation.ReadWrite.All",
        ],
    ),
    row(
        "GET /groups",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Group-NestingSupport.ReadWrite.All",
            "Group-PreferredDataLocation.ReadWrite.All",
            "Group.ManageProtection.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Group-NestingSupport.ReadWrite.All",
            "Group-PreferredDataLocation.ReadWrite.All",
            "Group.ManageProtection.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
        ],
    ),
    row(
        "POST /groups",
        &[
            "Directory.ReadWrite.All",
            "Group-PreferredDataLocation.ReadWrite.All",
            "Group.ReadWrite.All",
        ],
        &[
            "Directory.ReadWrite.All",
            "Group-PreferredDataLocation.ReadWrite.All",
            "Group.Create",
            "Group.ReadWrite.All",
        ],
    ),
    row(
        "GET /groups/{id}",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Group-NestingSupport.ReadWrite.All",
            "Group-PreferredDataLocation.ReadWrite.All",
            "Group-XTenantIdentitySync.Read.All",
            "Group.ManageProtection.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Group-NestingSupport.ReadWrite.All",
            "Group-PreferredDataLocation.ReadWrite.All",
            "Group-XTenantIdentitySync.Read.All",
            "Group.ManageProtection.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
        ],
    ),
    row(
        "GET /groups/{id}/members",
        &[
            "Directory.Read.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "GroupMember.ReadWrite.All",
        ],
        &[
            "Directory.Read.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "GroupMember.ReadWrite.All",
        ],
    ),
    row(
        "POST /groups/{id}/members/$ref",
        &["GroupMember.ReadWrite.All"],
        &["GroupMember.ReadWrite.All"],
    ),
    row(
        "GET /groups/{id}/owners",
        &[
            "Directory.Read.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "GroupMember.ReadWrite.All",
        ],
        &[
            "Directory.Read.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "GroupMember.ReadWrite.All",
        ],
    ),
    row(
        "GET /groups/{id}/transitiveMembers",
        &[
            "Directory.Read.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "GroupMember.ReadWrite.All",
        ],
        &[
            "Directory.Read.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "GroupMember.ReadWrite.All",
        ],
    ),
    row(
        "GET /identity/conditionalAccess/policies",
        &["Policy.Read.All"],
        &["Policy.Read.All"],
    ),
    row(
        "GET /identity/conditionalAccess/policies/{id}",
        &["Policy.Read.All"],
        &["Policy.Read.All"],
    ),
    row(
        "GET /me",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "User.Read",
            "User.Read.All",
            "User.ReadBasic.All",
            "User.ReadWrite",
            "User.ReadWrite.All",
        ],
        &[],
    ),
    row(
        "POST /me/changePassword",
        &[
            "Directory.AccessAsUser.All",
            "User-PasswordProfile.ReadWrite.All",
        ],
        &[],
    ),
    row(
        "GET /organization",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Organization.Read.All",
            "Organization.ReadWrite.All",
            "User.Read",
            "User.Read.All",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Organization.Read.All",
            "Organization.ReadWrite.All",
            "User.Read.All",
        ],
    ),
    row(
        "GET /policies/authenticationMethodsPolicy",
        &[
            "Policy.Read.All",
            "Policy.Read.AuthenticationMethod",
            "Policy.ReadWrite.AuthenticationMethod",
        ],
        &[
            "Policy.Read.All",
            "Policy.Read.AuthenticationMethod",
            "Policy.ReadWrite.AuthenticationMethod",
        ],
    ),
    row(
        "GET /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}",
        &[
            "Policy.Read.All",
            "Policy.Read.AuthenticationMethod",
            "Policy.ReadWrite.AuthenticationMethod",
        ],
        &[
            "Policy.Read.All",
            "Policy.Read.AuthenticationMethod",
            "Policy.ReadWrite.AuthenticationMethod",
        ],
    ),
    row(
        "GET /policies/authenticationStrengthPolicies",
        &[
            "Policy.Read.All",
            "Policy.Read.AuthenticationMethod",
            "Policy.ReadWrite.AuthenticationMethod",
            "Policy.ReadWrite.ConditionalAccess",
        ],
        &[
            "Policy.Read.All",
            "Policy.Read.AuthenticationMethod",
            "Policy.ReadWrite.AuthenticationMethod",
            "Policy.ReadWrite.ConditionalAccess",
        ],
    ),
    row(
        "GET /policies/authorizationPolicy",
        &["Policy.Read.All", "Policy.ReadWrite.Authorization"],
        &["Policy.Read.All", "Policy.ReadWrite.Authorization"],
    ),
    row(
        "PATCH /policies/authorizationPolicy",
        &["Policy.ReadWrite.Authorization"],
        &["Policy.ReadWrite.Authorization"],
    ),
    row(
        "GET /policies/identitySecurityDefaultsEnforcementPolicy",
        &["Policy.Read.All"],
        &["Policy.Read.All"],
    ),
    row(
        "GET /reports/authenticationMethods/userRegistrationDetails",
        &["AuditLog.Read.All"],
        &["AuditLog.Read.All"],
    ),
    row(
        "GET /reports/authenticationMethods/userRegistrationDetails/{id}",
        &["AuditLog.Read.All"],
        &["AuditLog.Read.All"],
    ),
    row(
        "GET /roleManagement/directory/roleAssignmentScheduleInstances",
        &[
            "RoleAssignmentSchedule.Read.Directory",
            "RoleAssignmentSchedule.ReadWrite.Directory",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
        &[
            "RoleAssignmentSchedule.Read.Directory",
            "RoleAssignmentSchedule.ReadWrite.Directory",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
    ),
    row(
        "GET /roleManagement/directory/roleAssignments",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
    ),
    row(
        "POST /roleManagement/directory/roleAssignments",
        &["RoleManagement.ReadWrite.Directory"],
        &["RoleManagement.ReadWrite.Directory"],
    ),
    row(
        "DELETE /roleManagement/directory/roleAssignments/{id}",
        &["RoleManagement.ReadWrite.Directory"],
        &["RoleManagement.ReadWrite.Directory"],
    ),
    row(
        "GET /roleManagement/directory/roleAssignments/{id}",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
    ),
    row(
        "GET /roleManagement/directory/roleDefinitions",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
    ),
    row(
        "GET /roleManagement/directory/roleDefinitions/{id}",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
    ),
    row(
        "GET /roleManagement/directory/roleEligibilityScheduleInstances",
        &[
            "RoleEligibilitySchedule.Read.Directory",
            "RoleEligibilitySchedule.ReadWrite.Directory",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
        &[
            "RoleEligibilitySchedule.Read.Directory",
            "RoleEligibilitySchedule.ReadWrite.Directory",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
    ),
    row(
        "GET /roleManagement/directory/roleEligibilitySchedules",
        &[
            "RoleEligibilitySchedule.Read.Directory",
            "RoleEligibilitySchedule.ReadWrite.Directory",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
        &[
            "RoleEligibilitySchedule.Read.Directory",
            "RoleEligibilitySchedule.ReadWrite.Directory",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ],
    ),
    row(
        "POST /servicePrincipals",
        &["Application.ReadWrite.All"],
        &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"],
    ),
    row(
        "GET /servicePrincipals/{id}",
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
    ),
    row(
        "GET /servicePrincipals/{id}/appRoleAssignments",
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
    ),
    row(
        "POST /servicePrincipals/{id}/appRoleAssignments",
        &["AppRoleAssignment.ReadWrite.All"],
        &["AppRoleAssignment.ReadWrite.All"],
    ),
    row(
        "GET /servicePrincipals/{id}/transitiveMemberOf",
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
    ),
    row(
        "GET /subscribedSkus",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "LicenseAssignment.Read.All",
            "Organization.Read.All",
            "Organization.ReadWrite.All",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "LicenseAssignment.Read.All",
            "Organization.Read.All",
            "Organization.ReadWrite.All",
        ],
    ),
    row(
        "GET /users",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "User.Read.All",
            "User.ReadBasic.All",
            "User.ReadWrite.All",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "User.Read.All",
            "User.ReadBasic.All",
            "User.ReadWrite.All",
            "User.ReadWrite.CrossCloud",
        ],
    ),
    row(
        "POST /users",
        &[
            "Directory.ReadWrite.All",
            "User.Create",
            "User.ReadWrite.All",
        ],
        &[
            "Directory.ReadWrite.All",
            "User.Create",
            "User.ReadWrite.All",
        ],
    ),
    row(
        "DELETE /users/{id}",
        &["User.DeleteRestore.All", "User.ReadWrite.All"],
        &[
            "User.DeleteRestore.All",
            "User.ReadWrite.All",
            "User.ReadWrite.CrossCloud",
        ],
    ),
    row(
        "GET /users/{id}",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "User.Read",
            "User.Read.All",
            "User.ReadBasic.All",
            "User.ReadWrite",
            "User.ReadWrite.All",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "User.Read.All",
            "User.ReadBasic.All",
            "User.ReadWrite.All",
            "User.ReadWrite.CrossCloud",
        ],
    ),
    row(
        "GET /users/{id}/authentication/emailMethods",
        &[
            "UserAuthMethod-Email.Read",
            "UserAuthMethod-Email.Read.All",
            "UserAuthMethod-Email.ReadWrite",
            "UserAuthMethod-Email.ReadWrite.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Email.Read.All",
            "UserAuthMethod-Email.ReadWrite.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "POST /users/{id}/authentication/emailMethods",
        &[
            "UserAuthMethod-Email.ReadWrite",
            "UserAuthMethod-Email.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Email.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "DELETE /users/{id}/authentication/emailMethods/{id}",
        &[
            "UserAuthMethod-Email.ReadWrite",
            "UserAuthMethod-Email.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Email.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/emailMethods/{id}",
        &[
            "UserAuthMethod-Email.Read",
            "UserAuthMethod-Email.Read.All",
            "UserAuthMethod-Email.ReadWrite",
            "UserAuthMethod-Email.ReadWrite.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Email.Read.All",
            "UserAuthMethod-Email.ReadWrite.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "PATCH /users/{id}/authentication/emailMethods/{id}",
        &[
            "UserAuthMethod-Email.ReadWrite",
            "UserAuthMethod-Email.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Email.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/fido2Methods",
        &[
            "UserAuthMethod-Passkey.Read",
            "UserAuthMethod-Passkey.Read.All",
            "UserAuthMethod-Passkey.ReadWrite",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Passkey.Read.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "DELETE /users/{id}/authentication/fido2Methods/{id}",
        &[
            "UserAuthMethod-Passkey.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Passkey.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/methods",
        &[
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/methods/{id}",
        &[
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "POST /users/{id}/authentication/methods/{id}/resetPassword",
        &["UserAuthenticationMethod.ReadWrite.All"],
        &[],
    ),
    row(
        "GET /users/{id}/authentication/microsoftAuthenticatorMethods",
        &[
            "UserAuthMethod-MicrosoftAuthApp.Read",
            "UserAuthMethod-MicrosoftAuthApp.Read.All",
            "UserAuthMethod-MicrosoftAuthApp.ReadWrite",
            "UserAuthMethod-MicrosoftAuthApp.ReadWrite.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-MicrosoftAuthApp.Read.All",
            "UserAuthMethod-MicrosoftAuthApp.ReadWrite.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "DELETE /users/{id}/authentication/microsoftAuthenticatorMethods/{id}",
        &[
            "UserAuthMethod-MicrosoftAuthApp.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-MicrosoftAuthApp.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/operations/{id}",
        &[
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[],
    ),
    row(
        "GET /users/{id}/authentication/passwordMethods",
        &[
            "UserAuthMethod-Password.Read",
            "UserAuthMethod-Password.Read.All",
            "UserAuthMethod-Password.ReadWrite",
            "UserAuthMethod-Password.ReadWrite.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Password.Read.All",
            "UserAuthMethod-Password.ReadWrite.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/passwordMethods/{id}",
        &[
            "UserAuthMethod-Password.Read",
            "UserAuthMethod-Password.Read.All",
            "UserAuthMethod-Password.ReadWrite",
            "UserAuthMethod-Password.ReadWrite.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Password.Read.All",
            "UserAuthMethod-Password.ReadWrite.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/phoneMethods",
        &[
            "UserAuthMethod-Phone.Read",
            "UserAuthMethod-Phone.Read.All",
            "UserAuthMethod-Phone.ReadWrite",
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Phone.Read.All",
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "POST /users/{id}/authentication/phoneMethods",
        &[
            "UserAuthMethod-Phone.ReadWrite",
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "DELETE /users/{id}/authentication/phoneMethods/{id}",
        &[
            "UserAuthMethod-Phone.ReadWrite",
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/phoneMethods/{id}",
        &[
            "UserAuthMethod-Phone.Read",
            "UserAuthMethod-Phone.Read.All",
            "UserAuthMethod-Phone.ReadWrite",
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Phone.Read.All",
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "PATCH /users/{id}/authentication/phoneMethods/{id}",
        &[
            "UserAuthMethod-Phone.ReadWrite",
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "POST /users/{id}/authentication/phoneMethods/{id}/disableSmsSignIn",
        &[
            "UserAuthMethod-Phone.ReadWrite",
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "POST /users/{id}/authentication/phoneMethods/{id}/enableSmsSignIn",
        &[
            "UserAuthMethod-Phone.ReadWrite",
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/platformCredentialMethods",
        &[
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "DELETE /users/{id}/authentication/platformCredentialMethods/{id}",
        &["UserAuthenticationMethod.ReadWrite.All"],
        &["UserAuthenticationMethod.ReadWrite.All"],
    ),
    row(
        "GET /users/{id}/authentication/softwareOathMethods",
        &[
            "UserAuthMethod-SoftwareOATH.Read.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-SoftwareOATH.Read.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "DELETE /users/{id}/authentication/softwareOathMethods/{id}",
        &[
            "UserAuthMethod-SoftwareOATH.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-SoftwareOATH.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/temporaryAccessPassMethods",
        &[
            "UserAuthMethod-TAP.Read",
            "UserAuthMethod-TAP.Read.All",
            "UserAuthMethod-TAP.ReadWrite",
            "UserAuthMethod-TAP.ReadWrite.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-TAP.Read.All",
            "UserAuthMethod-TAP.ReadWrite.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "POST /users/{id}/authentication/temporaryAccessPassMethods",
        &[
            "UserAuthMethod-TAP.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-TAP.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "DELETE /users/{id}/authentication/temporaryAccessPassMethods/{id}",
        &[
            "UserAuthMethod-TAP.ReadWrite",
            "UserAuthMethod-TAP.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-TAP.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/temporaryAccessPassMethods/{id}",
        &[
            "UserAuthMethod-TAP.Read",
            "UserAuthMethod-TAP.Read.All",
            "UserAuthMethod-TAP.ReadWrite",
            "UserAuthMethod-TAP.ReadWrite.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-TAP.Read.All",
            "UserAuthMethod-TAP.ReadWrite.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/authentication/windowsHelloForBusinessMethods",
        &[
            "UserAuthMethod-WindowsHello.Read.All",
            "UserAuthenticationMethod.Read",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-WindowsHello.Read.All",
            "UserAuthenticationMethod.Read.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "DELETE /users/{id}/authentication/windowsHelloForBusinessMethods/{id}",
        &[
            "UserAuthMethod-WindowsHello.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        &[
            "UserAuthMethod-WindowsHello.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
    ),
    row(
        "POST /users/{id}/checkMemberGroups",
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Device.Read.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "User.Read.All",
            "User.ReadWrite.All",
        ],
        &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Device.Read.All",
            "Device.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "Group.ReadWrite.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "User.Read.All",
            "User.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/licenseDetails",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "LicenseAssignment.Read.All",
            "User.Read",
            "User.Read.All",
            "User.ReadWrite.All",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "LicenseAssignment.Read.All",
            "User.Read.All",
            "User.ReadWrite.All",
        ],
    ),
    row(
        "GET /users/{id}/memberOf",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Group.ReadBasic.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "User.Read",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Group.ReadBasic.All",
            "GroupMember.ReadBasic.All",
        ],
    ),
    row(
        "GET /users/{id}/ownedObjects",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "User.Read",
            "User.Read.All",
            "User.ReadWrite.All",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "User.Read.All",
            "User.ReadWrite.All",
        ],
    ),
    row(
        "POST /users/{id}/revokeSignInSessions",
        &[
            "Directory.ReadWrite.All",
            "User.ReadWrite.All",
            "User.RevokeSessions.All",
        ],
        &[
            "Directory.ReadWrite.All",
            "User.ReadWrite.All",
            "User.RevokeSessions.All",
        ],
    ),
    row(
        "GET /users/{id}/transitiveMemberOf",
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "User.Read",
            "User.Read.All",
        ],
        &[
            "Directory.Read.All",
            "Directory.ReadWrite.All",
            "Group.Read.All",
            "Group.ReadBasic.All",
            "GroupMember.Read.All",
            "GroupMember.ReadBasic.All",
            "User.Read.All",
        ],
    ),
];

/// Permissions that reach the caller's own account only.
pub(super) fn own_account_only(permission: &str) -> bool {
    matches!(permission, "User.Read" | "User.ReadWrite")
        || (permission.starts_with("UserAuth") && !permission.ends_with(".All"))
}

/// Whether the catalogue of the emulated Graph accepts these permissions together for an endpoint (method and path template);
/// `None` when it does not know the endpoint.
pub fn accepts(endpoint: &str, permissions: &[&str], app_only: bool) -> Option<bool> {
    let row = self::endpoint(endpoint)?;
    let accepted = if app_only {
        row.application
    } else {
        row.delegated
    };
    Some(permissions.iter().any(|one| accepted.contains(one)))
}

/// The row of an endpoint.
pub(super) fn endpoint(name: &str) -> Option<&'static Row> {
    ENDPOINTS.iter().find(|row| row.endpoint == name)
}
