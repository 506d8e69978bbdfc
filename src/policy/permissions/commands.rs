//! The table: what each command needs for each of its purposes. Only rows; `permissions.rs` says what they mean.
//!
//! Source: Graph permission catalogue of 2026-08-07, the reference pages of July 2026 where the two differ, and the roles named
//! there and on the page of privileged roles, read 2026-07-27. `User.Create` is documented since July 2026 and still hidden in
//! the catalogue, so `User.ReadWrite.All` is the one to ask for.

use super::When::{Always, Better, Judged, With};
use super::{RolesNeeded, Row};
use crate::policy::clouds::Feature;
use crate::policy::reset::permissions::{
    AnyOf, CONSENTS, DELETE, EMAIL_WRITE, ENABLE, METHODS_READ, METHODS_WRITE, OWN_METHODS,
    PASS_WRITE, PASSWORD_APP, PASSWORD_PERSON, PHONE_WRITE, REVOKE, ROLES, UNITS,
};
use crate::policy::roles::{
    APPLICATION_ADMINISTRATOR as APA, AUTHENTICATION_ADMINISTRATOR as AA,
    CLOUD_APPLICATION_ADMINISTRATOR as CAA, GLOBAL_ADMINISTRATOR as GA, GLOBAL_READER as GR,
    HELPDESK_ADMINISTRATOR as HA, PASSWORD_ADMINISTRATOR as PA,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR as PAA, PRIVILEGED_ROLE_ADMINISTRATOR as PRA,
    REPORTS_READER as RR, SECURITY_ADMINISTRATOR as SA, SECURITY_OPERATOR as SO,
    SECURITY_READER as SR, USER_ADMINISTRATOR as UA,
};

/// Flag of `setup-app` for an app that people sign in with.
pub const GRANT_TO_PEOPLE: &str = "--grant";
/// The same for an app of jobs, which takes more.
pub const GRANT_TO_APP: &str = "--grant for jobs";

/// With memberships, which `User.ReadWrite.All` does not open.
const READ_USERS: AnyOf = &[
    &["User.Read.All"],
    &["Directory.Read.All"],
    &["Directory.ReadWrite.All"],
];
const READ_MYSELF: AnyOf = &[&["User.Read"], &["User.Read.All"]];
const READ_ROLES: AnyOf = &[
    &["RoleManagement.Read.Directory"],
    &["RoleManagement.ReadWrite.Directory"],
];
const READ_GROUPS: AnyOf = &[
    &["GroupMember.Read.All"],
    &["Group.Read.All"],
    &["Directory.Read.All"],
];
const READ_UNITS: AnyOf = &[
    &["AdministrativeUnit.Read.All"],
    &["AdministrativeUnit.ReadWrite.All"],
    &["Directory.Read.All"],
];
const READ_APPS: AnyOf = &[&["Application.Read.All"], &["Directory.Read.All"]];
const READ_TENANT: AnyOf = &[&["Organization.Read.All"], &["Directory.Read.All"]];
const READ_LOGS: AnyOf = &[&["AuditLog.Read.All"]];
const READ_METHODS_POLICY: AnyOf = &[
    &["Policy.Read.AuthenticationMethod"],
    &["Policy.ReadWrite.AuthenticationMethod"],
    &["Policy.Read.All"],
];
const PASSWORD_POLICIES: AnyOf = &[&["User.ReadWrite.All"], &["Directory.ReadWrite.All"]];
const SIGN_INS: AnyOf = &[&["AuditLog.Read.All", "User.Read.All"]];
/// `User.Create` makes an account and neither reads nor changes it, so it is no way here.
const CREATE: AnyOf = &[&["User.ReadWrite.All"], &["Directory.ReadWrite.All"]];
const READ_CONSENTS: AnyOf = &[
    &["Directory.Read.All"],
    &["DelegatedPermissionGrant.ReadWrite.All"],
];

const RESETS: RolesNeeded = RolesNeeded {
    enough: &[AA, PA, HA, UA, PAA, GA],
    for_admins: &[PAA, GA],
};
/// Writing a password as an app: the page names User Administrator as the least; one example contradicts it.
const RESETS_AS_APP: RolesNeeded = RolesNeeded {
    enough: &[UA, PAA, GA],
    for_admins: &[PAA, GA],
};
/// Enabling, disabling and deleting accounts.
const ENABLES: RolesNeeded = RolesNeeded {
    enough: &[UA, PAA, GA],
    for_admins: &[PAA, GA],
};
/// As an app the permission is enough but for administrators.
const ADMINS_AS_APP: RolesNeeded = RolesNeeded {
    enough: &[],
    for_admins: &[PAA, GA],
};
const METHODS_WRITER: RolesNeeded = RolesNeeded {
    enough: &[AA, PAA, GA],
    for_admins: &[PAA, GA],
};
const METHODS_READER: RolesNeeded = RolesNeeded {
    enough: &[GR, AA, PAA, GA],
    for_admins: &[],
};
const ROLE_LIST_READER: RolesNeeded = RolesNeeded {
    enough: &[GR, PRA, GA],
    for_admins: &[],
};
const LOG_READER: RolesNeeded = RolesNeeded {
    enough: &[RR, SR, SO, SA, GR, GA],
    for_admins: &[],
};
const CREATOR: RolesNeeded = RolesNeeded {
    enough: &[UA, GA],
    for_admins: &[],
};
const REGISTRAR: RolesNeeded = RolesNeeded {
    enough: &[CAA, APA, GA],
    for_admins: &[],
};
const CONSENTER: RolesNeeded = RolesNeeded {
    enough: &[CAA, APA, PRA, GA],
    for_admins: &[],
};
const ROLE_GIVER: RolesNeeded = RolesNeeded {
    enough: &[PRA, GA],
    for_admins: &[],
};

const USER: &[&str] = &[
    "GET /users/{id}",
    "GET /users/{id}/transitiveMemberOf",
    "GET /users/{id}/ownedObjects",
    "GET /organization",
];
const ROLE_LISTS: &[&str] = &[
    "GET /roleManagement/directory/roleAssignments",
    "GET /roleManagement/directory/roleDefinitions",
    "GET /roleManagement/directory/roleEligibilityScheduleInstances",
];

/// Permissions that no row asks for and that commands make use of where the token holds them, each with one of the rows beside which
/// that is: what they open is a part of what the row needs, or is looked at besides.
pub const USED_BESIDE: &[(&str, &str)] = &[
    ("Application.ReadWrite.OwnedBy", "Application.ReadWrite.All"),
    ("OnPremDirectorySynchronization.Read.All", "User.Read.All"),
    (
        "OnPremDirectorySynchronization.ReadWrite.All",
        "User.Read.All",
    ),
    (
        "RoleAssignmentSchedule.Read.Directory",
        "RoleManagement.Read.Directory",
    ),
    (
        "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.Directory",
    ),
    ("RoleManagement.Read.All", "RoleManagement.Read.Directory"),
    (
        "UserAuthMethod-Phone.Read.All",
        "UserAuthenticationMethod.Read.All",
    ),
];

/// All rows, by command.
pub const ROWS: &[Row] = &[
    Row::new(
        "advise",
        Better,
        "tell from the account what can be told",
        &["GET /users/{id}", "GET /users/{id}/transitiveMemberOf"],
        READ_USERS,
    ),
    Row::new(
        "advise",
        Better,
        "tell from the registered methods whether they can reset the password",
        &[
            "GET /users/{id}/authentication/methods",
            "GET /users/{id}/authentication/phoneMethods",
        ],
        METHODS_READ,
    )
    .person_role(METHODS_READER),
    Row::new(
        "advise",
        Better,
        "tell who else is an administrator",
        ROLE_LISTS,
        READ_ROLES,
    ),
    Row::new(
        "check-security-info",
        Always,
        "read the account",
        &[
            "GET /users/{id}",
            "GET /users",
            "GET /users/{id}/transitiveMemberOf",
        ],
        READ_USERS,
    ),
    Row::new(
        "check-security-info",
        Always,
        "read the registered methods",
        &[
            "GET /users/{id}/authentication/methods",
            "GET /users/{id}/authentication/phoneMethods",
            "GET /users/{id}/authentication/microsoftAuthenticatorMethods",
        ],
        METHODS_READ,
    )
    .person_role(METHODS_READER),
    Row::new(
        "check-security-info",
        Better,
        "read whether administrators may reset themselves",
        &["GET /policies/authorizationPolicy"],
        &[&["Policy.Read.All"]],
    ),
    Row::new(
        "check-security-info",
        Better,
        "tell administrators from others, roles to activate included",
        ROLE_LISTS,
        READ_ROLES,
    ),
    Row::new(
        "check-security-info",
        With("--admins or --group"),
        "read who is in groups",
        &["GET /groups/{id}/transitiveMembers"],
        READ_GROUPS,
    ),
    Row::new(
        "check-security-info",
        With("for yourself"),
        "read your own account",
        &["GET /me"],
        READ_MYSELF,
    )
    .person_only(),
    Row::new(
        "check-security-info",
        With("for yourself"),
        "read your own registered methods",
        &[
            "GET /me/authentication/methods",
            "GET /me/authentication/phoneMethods",
        ],
        OWN_METHODS,
    )
    .person_only(),
    Row::new(
        "create-admin",
        Always,
        "create the account, set its password to never expire, and read it back",
        &["POST /users", "PATCH /users/{id}", "GET /users/{id}"],
        CREATE,
    )
    .person_role(CREATOR),
    Row::new(
        "create-admin",
        Always,
        "give the role, and read roles back",
        &[
            "POST /roleManagement/directory/roleAssignments",
            "GET /roleManagement/directory/roleAssignments",
            "GET /roleManagement/directory/roleDefinitions/{id}",
        ],
        ROLES,
    )
    .person_role(ROLE_GIVER),
    Row::new(
        "create-admin",
        Always,
        "find the initial domain",
        &["GET /organization"],
        READ_TENANT,
    ),
    Row::new(
        "create-admin",
        With("--access-pass"),
        "issue the Temporary Access Pass",
        &["POST /users/{id}/authentication/temporaryAccessPassMethods"],
        PASS_WRITE,
    )
    .person_role(METHODS_WRITER)
    .uses(Feature::TemporaryAccessPass),
    Row::new(
        "find-username",
        Always,
        "search the directory, and read the roles of who is found",
        &["GET /users", "GET /users/{id}/transitiveMemberOf"],
        READ_USERS,
    ),
    Row::new(
        "find-username",
        Better,
        "tell who signed in last, and when (Entra ID P1)",
        &["GET /users"],
        SIGN_INS,
    )
    .person_role(LOG_READER),
    Row::new(
        "find-username",
        With("--admins"),
        "list who holds roles or may activate them",
        ROLE_LISTS,
        READ_ROLES,
    )
    .person_role(ROLE_LIST_READER),
    Row::new(
        "find-username",
        With("--admins"),
        "read who is in the groups that carry roles",
        &["GET /groups/{id}/transitiveMembers"],
        READ_GROUPS,
    ),
    Row::new(
        "issue-access-pass",
        Always,
        "read the account",
        USER,
        READ_USERS,
    ),
    Row {
        app_role: ADMINS_AS_APP,
        ..Row::new(
            "issue-access-pass",
            Always,
            "issue the pass",
            &["POST /users/{id}/authentication/temporaryAccessPassMethods"],
            PASS_WRITE,
        )
        .person_role(METHODS_WRITER)
        .uses(Feature::TemporaryAccessPass)
    },
    Row::new(
        "issue-access-pass",
        Better,
        "find roles at other scopes, custom roles and roles to activate",
        ROLE_LISTS,
        READ_ROLES,
    ),
    Row::new(
        "issue-access-pass",
        Better,
        "tell role-assignable groups from others",
        &["GET /groups/{id}/transitiveMembers"],
        READ_GROUPS,
    ),
    Row::new(
        "issue-access-pass",
        Better,
        "know the limits of the tenant's policy beforehand",
        &["GET /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}"],
        READ_METHODS_POLICY,
    )
    .uses(Feature::MethodsPolicy),
    Row::new(
        "journal",
        Always,
        "compare with the audit log (match)",
        &["GET /auditLogs/directoryAudits"],
        READ_LOGS,
    )
    .person_role(LOG_READER),
    Row::new(
        "recover-own",
        Always,
        "create the second administrator",
        &["POST /users", "GET /users/{id}"],
        CREATE,
    )
    .person_only()
    .person_role(CREATOR),
    Row::new(
        "recover-own",
        Always,
        "give it the role",
        &["POST /roleManagement/directory/roleAssignments"],
        ROLES,
    )
    .person_only()
    .person_role(ROLE_GIVER),
    Row::new(
        "recover-own",
        Always,
        "reset the password as the second administrator",
        &["POST /users/{id}/authentication/methods/{id}/resetPassword"],
        METHODS_WRITE,
    )
    .person_only()
    .uses(Feature::ResetPasswordAction),
    Row::new(
        "recover-own",
        With("in clouds without the reset action"),
        "reset the password as the second administrator",
        &["PATCH /users/{id}"],
        PASSWORD_PERSON,
    )
    .person_only()
    .instead_of(Feature::ResetPasswordAction, Always),
    Row::new(
        "recover-own",
        Always,
        "find the initial domain",
        &["GET /organization"],
        READ_TENANT,
    )
    .person_only(),
    Row::new(
        "recover-own",
        Better,
        "tell role-assignable groups from others",
        &["GET /groups/{id}/transitiveMembers"],
        READ_GROUPS,
    )
    .person_only(),
    Row::new(
        "recover-own",
        With("--then remove"),
        "delete the second administrator",
        &["DELETE /users/{id}"],
        DELETE,
    )
    .person_only()
    .person_role(ENABLES),
    Row::new(
        "recover-own",
        With("--access-pass-to"),
        "issue an access pass for the second administrator",
        &["POST /users/{id}/authentication/temporaryAccessPassMethods"],
        PASS_WRITE,
    )
    .person_only()
    .person_role(METHODS_WRITER)
    .uses(Feature::TemporaryAccessPass),
    Row::new(
        "recover-own",
        With("--access-pass-to"),
        "know the limits of the tenant's policy beforehand",
        &["GET /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}"],
        READ_METHODS_POLICY,
    )
    .person_only()
    .uses(Feature::MethodsPolicy),
    Row::new(
        "reset-user",
        Always,
        "read the account, and read it back",
        USER,
        READ_USERS,
    ),
    Row::new(
        "reset-user",
        Always,
        "set the password",
        &[
            "POST /users/{id}/authentication/methods/{id}/resetPassword",
            "GET /users/{id}/authentication/operations/{id}",
        ],
        METHODS_WRITE,
    )
    .person_only()
    .person_role(RESETS)
    .uses(Feature::ResetPasswordAction),
    Row::new(
        "reset-user",
        With("--via direct"),
        "set the password",
        &["PATCH /users/{id}"],
        PASSWORD_PERSON,
    )
    .person_only()
    .person_role(RESETS)
    .instead_of(Feature::ResetPasswordAction, Always),
    Row {
        app_role: RESETS_AS_APP,
        ..Row::new(
            "reset-user",
            Always,
            "set the password",
            &["PATCH /users/{id}"],
            PASSWORD_APP,
        )
        .app_only()
    },
    Row {
        app_role: ADMINS_AS_APP,
        ..Row::new(
            "reset-user",
            Better,
            "end the sessions of an administrator, or with --revoke-sessions",
            &["POST /users/{id}/revokeSignInSessions"],
            REVOKE,
        )
        .person_role(RESETS)
    },
    Row::new(
        "reset-user",
        Better,
        "find roles at other scopes, custom roles and roles to activate",
        ROLE_LISTS,
        READ_ROLES,
    ),
    Row::new(
        "reset-user",
        Better,
        "tell role-assignable groups from others",
        &["GET /groups/{id}/transitiveMembers"],
        READ_GROUPS,
    ),
    Row {
        app_role: ADMINS_AS_APP,
        ..Row::new(
            "reset-user",
            With("--enable"),
            "enable the account",
            &["PATCH /users/{id}"],
            ENABLE,
        )
        .person_role(ENABLES)
    },
    Row {
        app_role: ADMINS_AS_APP,
        ..Row::new(
            "reset-user",
            With("--access-pass"),
            "issue a Temporary Access Pass",
            &["POST /users/{id}/authentication/temporaryAccessPassMethods"],
            PASS_WRITE,
        )
        .person_role(METHODS_WRITER)
        .uses(Feature::TemporaryAccessPass)
    },
    Row {
        app_role: ADMINS_AS_APP,
        ..Row::new(
            "reset-user",
            With("--password-policy"),
            "let the password expire or not",
            &["PATCH /users/{id}"],
            PASSWORD_POLICIES,
        )
        .person_role(ENABLES)
    },
    Row {
        app_role: ADMINS_AS_APP,
        ..Row::new(
            "reset-user",
            With("--require-reregister"),
            "delete the registered methods",
            &[
                "GET /users/{id}/authentication/methods",
                "DELETE /users/{id}/authentication/emailMethods/{id}",
                "DELETE /users/{id}/authentication/fido2Methods/{id}",
                "DELETE /users/{id}/authentication/microsoftAuthenticatorMethods/{id}",
                "DELETE /users/{id}/authentication/phoneMethods/{id}",
                "DELETE /users/{id}/authentication/softwareOathMethods/{id}",
            ],
            METHODS_WRITE,
        )
        .person_role(METHODS_WRITER)
    },
    Row::new(
        "reset-user",
        With("--through-restricted-unit"),
        "take the account out of the unit and put it back",
        &[
            "DELETE /directory/administrativeUnits/{id}/members/{id}/$ref",
            "POST /directory/administrativeUnits/{id}/members/$ref",
        ],
        UNITS,
    )
    .role(ROLE_GIVER),
    Row::new(
        "revoke-sessions",
        Always,
        "read the account, and read it back",
        USER,
        READ_USERS,
    ),
    Row {
        app_role: ADMINS_AS_APP,
        ..Row::new(
            "revoke-sessions",
            Always,
            "end the sessions",
            &["POST /users/{id}/revokeSignInSessions"],
            REVOKE,
        )
        .person_role(RESETS)
    },
    Row::new(
        "revoke-sessions",
        Better,
        "find roles at other scopes, custom roles and roles to activate",
        ROLE_LISTS,
        READ_ROLES,
    ),
    Row::new(
        "revoke-sessions",
        Better,
        "tell role-assignable groups from others",
        &["GET /groups/{id}/transitiveMembers"],
        READ_GROUPS,
    ),
    Row::new(
        "self-service",
        Always,
        "read the account",
        &["GET /users/{id}", "GET /users/{id}/transitiveMemberOf"],
        READ_USERS,
    ),
    Row::new(
        "self-service",
        Always,
        "read the registered methods",
        &[
            "GET /users/{id}/authentication/methods",
            "GET /users/{id}/authentication/phoneMethods",
            "GET /users/{id}/authentication/microsoftAuthenticatorMethods",
        ],
        METHODS_READ,
    )
    .person_role(METHODS_READER),
    Row::new(
        "self-service",
        Better,
        "read whether administrators may reset themselves",
        &["GET /policies/authorizationPolicy"],
        &[&["Policy.Read.All"]],
    ),
    Row::new(
        "self-service",
        Better,
        "tell administrators from others, roles to activate included",
        ROLE_LISTS,
        READ_ROLES,
    ),
    Row::new(
        "self-service",
        With("for yourself"),
        "read your own account",
        &["GET /me"],
        READ_MYSELF,
    )
    .person_only(),
    Row::new(
        "self-service",
        With("for yourself"),
        "read your own registered methods",
        &[
            "GET /me/authentication/methods",
            "GET /me/authentication/phoneMethods",
        ],
        OWN_METHODS,
    )
    .person_only(),
    Row::new(
        "set-security-info",
        Always,
        "read the account",
        USER,
        READ_USERS,
    ),
    Row::new(
        "set-security-info",
        Always,
        "read the registered methods, and read them back",
        &["GET /users/{id}/authentication/methods"],
        METHODS_READ,
    )
    .person_role(METHODS_READER),
    Row {
        app_role: ADMINS_AS_APP,
        ..Row::new(
            "set-security-info",
            Always,
            "register, change and remove the e-mail address",
            &[
                "POST /users/{id}/authentication/emailMethods",
                "PATCH /users/{id}/authentication/emailMethods/{id}",
                "DELETE /users/{id}/authentication/emailMethods/{id}",
            ],
            EMAIL_WRITE,
        )
        .person_role(METHODS_WRITER)
        .uses(Feature::EmailMethods)
    },
    Row {
        app_role: ADMINS_AS_APP,
        ..Row::new(
            "set-security-info",
            Always,
            "register, change and remove phones",
            &[
                "POST /users/{id}/authentication/phoneMethods",
                "PATCH /users/{id}/authentication/phoneMethods/{id}",
                "DELETE /users/{id}/authentication/phoneMethods/{id}",
            ],
            PHONE_WRITE,
        )
        .person_role(METHODS_WRITER)
    },
    Row::new(
        "set-security-info",
        Better,
        "find roles at other scopes, custom roles and roles to activate",
        ROLE_LISTS,
        READ_ROLES,
    ),
    Row::new(
        "set-security-info",
        Better,
        "tell role-assignable groups from others",
        &["GET /groups/{id}/transitiveMembers"],
        READ_GROUPS,
    ),
    Row::new(
        "setup-app",
        Always,
        "find, register and change the app and its service principal, and read them back",
        &[
            "GET /applications",
            "POST /applications",
            "GET /applications/{id}",
            "PATCH /applications/{id}",
            "GET /applications/{id}/federatedIdentityCredentials",
            "POST /applications/{id}/federatedIdentityCredentials",
            "GET /servicePrincipals/{id}",
            "POST /servicePrincipals",
            "GET /servicePrincipals/{id}/appRoleAssignments",
        ],
        &[&["Application.ReadWrite.All"]],
    )
    .person_role(REGISTRAR),
    Row::new(
        "setup-app",
        Better,
        "see what is consented to",
        &["GET /oauth2PermissionGrants"],
        READ_CONSENTS,
    ),
    Row::new(
        "setup-app",
        Better,
        "name the tenant",
        &["GET /organization"],
        READ_TENANT,
    ),
    Row::new(
        "setup-app",
        Better,
        "know your own roles beforehand",
        &["GET /me"],
        READ_MYSELF,
    )
    .person_only(),
    Row::new(
        "setup-app",
        With(GRANT_TO_PEOPLE),
        "consent for everybody",
        &[
            "GET /oauth2PermissionGrants",
            "POST /oauth2PermissionGrants",
            "PATCH /oauth2PermissionGrants/{id}",
        ],
        CONSENTS,
    )
    .person_role(CONSENTER),
    Row::new(
        "setup-app",
        With(GRANT_TO_APP),
        "give the app its permissions",
        &["POST /servicePrincipals/{id}/appRoleAssignments"],
        &[&["AppRoleAssignment.ReadWrite.All"]],
    )
    .person_role(ROLE_GIVER),
    Row::new(
        "setup-app",
        With("--assign-role"),
        "give the service principal its directory role, and read it back",
        &[
            "POST /roleManagement/directory/roleAssignments",
            "GET /roleManagement/directory/roleAssignments",
        ],
        ROLES,
    )
    .person_role(ROLE_GIVER),
    Row::new(
        "who-can-reset",
        Always,
        "read the account",
        USER,
        READ_USERS,
    ),
    Row::new(
        "who-can-reset",
        Better,
        "find roles at other scopes, custom roles, roles to activate, and who holds them",
        ROLE_LISTS,
        READ_ROLES,
    ),
    Row::new(
        "who-can-reset",
        Better,
        "read who is in the groups that carry roles",
        &["GET /groups/{id}/transitiveMembers"],
        READ_GROUPS,
    ),
    Row::new(
        "who-can-reset",
        Better,
        "read the administrative units of the account",
        &["GET /directory/administrativeUnits"],
        READ_UNITS,
    ),
    Row::new(
        "who-can-reset",
        Better,
        "read the roles that the app holds through groups",
        &["GET /servicePrincipals/{id}/transitiveMemberOf"],
        READ_APPS,
    )
    .app_only(),
    Row::new(
        "who-can-reset",
        Judged,
        "set the password",
        &[],
        METHODS_WRITE,
    )
    .app(PASSWORD_APP)
    .uses(Feature::ResetPasswordAction),
    Row::new(
        "who-can-reset",
        With("in clouds without the reset action"),
        "set the password",
        &[],
        PASSWORD_PERSON,
    )
    .person_only()
    .instead_of(Feature::ResetPasswordAction, Judged),
    Row::new("who-can-reset", Judged, "end the sessions", &[], REVOKE),
    Row::new(
        "whoami",
        Better,
        "name the account, its roles and the tenant",
        &["GET /me", "GET /organization"],
        READ_MYSELF,
    )
    .person_only(),
    Row::new(
        "whoami",
        Better,
        "read the roles that may be activated, and those of the app",
        ROLE_LISTS,
        READ_ROLES,
    ),
    Row::new(
        "whoami",
        Better,
        "name the tenant",
        &["GET /organization"],
        READ_TENANT,
    )
    .app_only(),
];
