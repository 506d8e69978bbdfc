//! Who may do what to whom, as published: the two tables of the privileged-roles page, the roles beside them that carry
//! a password right, and who handles authentication methods. Tables only; `verdict` reads them.
//!
//! Source: "Who can reset passwords" and "Who can perform sensitive actions" on Microsoft Learn's page of privileged
//! roles and permissions, January 2026 edition and mid-2026 mirror (identical), read 2026-07-27. Both hold for callers
//! with a role at tenant scope. The asterisk at Global Administrator is about removing one's own role, not about resets.

use crate::policy::roles::{
    APPLICATION_ADMINISTRATOR as APA, AUTHENTICATION_ADMINISTRATOR as AA,
    CLOUD_APPLICATION_ADMINISTRATOR as CAA, DIRECTORY_READERS, ENTRA_SOC_IDENTITY_RESPONDER,
    GLOBAL_ADMINISTRATOR as GA, GLOBAL_READER, GROUPS_ADMINISTRATOR, GUEST_INVITER,
    HELPDESK_ADMINISTRATOR as HA, MESSAGE_CENTER_READER, PARTNER_TIER1_SUPPORT,
    PARTNER_TIER2_SUPPORT, PASSWORD_ADMINISTRATOR as PA,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR as PAA, PRIVILEGED_ROLE_ADMINISTRATOR as PRA,
    REPORTS_READER, SECURITY_ADMINISTRATOR, SECURITY_OPERATOR, USAGE_SUMMARY_REPORTS_READER,
    USER_ADMINISTRATOR as UA, USER_EXPERIENCE_SUCCESS_MANAGER,
};

/// One row: who may act on holders of a role.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Role of the target, by template id.
    pub target: &'static str,
    /// Caller roles that may act, by template id.
    pub allowed: &'static [&'static str],
}

/// One published table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Short title for people.
    pub title: &'static str,
    /// Rows for target roles.
    pub rows: &'static [Row],
    /// Targets without any administrator role.
    pub no_role: &'static [&'static str],
    /// Targets without a role who are member or owner of a role-assignable group; targets with a role scoped to a
    /// restricted unit; any role not in a row, built in or custom.
    pub protected: &'static [&'static str],
}

/// The least roles that work on everybody.
pub const PROTECTED: &[&str] = &[PAA, GA];

/// Passwords, and revoking sessions. Columns of the published table: PA, HA, AA, UA, PAA, GA.
pub const RESET_PASSWORD: Table = Table {
    title: "reset passwords and revoke sessions",
    rows: &[
        Row {
            target: AA,
            allowed: &[AA, PAA, GA],
        },
        Row {
            target: DIRECTORY_READERS,
            allowed: &[PA, HA, AA, UA, PAA, GA],
        },
        Row {
            target: GA,
            allowed: &[PAA, GA],
        },
        Row {
            target: GROUPS_ADMINISTRATOR,
            allowed: &[UA, PAA, GA],
        },
        Row {
            target: GUEST_INVITER,
            allowed: &[PA, HA, AA, UA, PAA, GA],
        },
        Row {
            target: HA,
            allowed: &[HA, UA, PAA, GA],
        },
        Row {
            target: MESSAGE_CENTER_READER,
            allowed: &[HA, AA, UA, PAA, GA],
        },
        Row {
            target: PA,
            allowed: &[PA, HA, AA, UA, PAA, GA],
        },
        Row {
            target: PAA,
            allowed: &[PAA, GA],
        },
        Row {
            target: PRA,
            allowed: &[PAA, GA],
        },
        Row {
            target: REPORTS_READER,
            allowed: &[HA, AA, UA, PAA, GA],
        },
        Row {
            target: UA,
            allowed: &[UA, PAA, GA],
        },
        Row {
            target: USER_EXPERIENCE_SUCCESS_MANAGER,
            allowed: &[HA, AA, UA, PAA, GA],
        },
        Row {
            target: USAGE_SUMMARY_REPORTS_READER,
            allowed: &[HA, AA, UA, PAA, GA],
        },
    ],
    no_role: &[PA, HA, AA, UA, PAA, GA],
    protected: PROTECTED,
};

/// Enable or disable, delete or restore, user principal name and other sensitive properties.
pub const SENSITIVE_ACTIONS: Table = Table {
    title: "enable, disable, delete, restore and change sensitive properties",
    rows: &[
        Row {
            target: AA,
            allowed: &[AA, PAA, GA],
        },
        Row {
            target: DIRECTORY_READERS,
            allowed: &[AA, UA, PAA, GA],
        },
        Row {
            target: GA,
            allowed: &[PAA, GA],
        },
        Row {
            target: GROUPS_ADMINISTRATOR,
            allowed: &[UA, PAA, GA],
        },
        Row {
            target: GUEST_INVITER,
            allowed: &[AA, UA, PAA, GA],
        },
        Row {
            target: HA,
            allowed: &[UA, PAA, GA],
        },
        Row {
            target: MESSAGE_CENTER_READER,
            allowed: &[AA, UA, PAA, GA],
        },
        Row {
            target: PA,
            allowed: &[AA, UA, PAA, GA],
        },
        Row {
            target: PAA,
            allowed: &[PAA, GA],
        },
        Row {
            target: PRA,
            allowed: &[PAA, GA],
        },
        Row {
            target: REPORTS_READER,
            allowed: &[AA, UA, PAA, GA],
        },
        Row {
            target: UA,
            allowed: &[UA, PAA, GA],
        },
        Row {
            target: USER_EXPERIENCE_SUCCESS_MANAGER,
            allowed: &[AA, UA, PAA, GA],
        },
        Row {
            target: USAGE_SUMMARY_REPORTS_READER,
            allowed: &[AA, UA, PAA, GA],
        },
    ],
    no_role: &[AA, UA, PAA, GA],
    protected: PROTECTED,
};

/// Roles that handle authentication methods on the users the sensitive-actions table gives them. Global Administrator is
/// named by older pages only, and for everybody. Source: authentication methods pages, read 2026-07.
pub const METHOD_WRITERS: &[&str] = &[AA, PAA, GA];

/// Roles that read methods, least first.
pub const METHOD_READERS: &[&str] = &[GLOBAL_READER, AA, PAA, GA];

/// Role that reads everybody's methods and writes nobody's.
pub const METHOD_READER: &str = GLOBAL_READER;

/// Columns that are documented to work at the scope of an administrative unit, on members without administrator role.
pub const UNIT_CALLERS: &[&str] = &[PA, HA, UA, AA, PAA];

/// A role beside the tables that can reset passwords.
#[derive(Debug, Clone, Copy)]
pub struct OtherRole {
    /// Template id.
    pub role: &'static str,
    /// Whether administrators are in reach.
    pub everybody: bool,
    /// Documented to disable and enable accounts too.
    pub enables: bool,
    /// Documented to revoke sessions too.
    pub revokes: bool,
}

/// Roles beside the tables that can reset passwords. Source: role permissions in the built-in roles reference and the
/// 2026 edition of the privileged-roles page (incident-response actions), read 2026-07-27. None of them is named on the
/// page of the `resetPassword` action, so only the write of the password profile counts as documented.
pub const OTHER_ROLES: &[OtherRole] = &[
    OtherRole {
        role: PARTNER_TIER2_SUPPORT,
        everybody: true,
        enables: false,
        revokes: false,
    },
    OtherRole {
        role: PARTNER_TIER1_SUPPORT,
        everybody: false,
        enables: false,
        revokes: false,
    },
    OtherRole {
        role: SECURITY_ADMINISTRATOR,
        everybody: false,
        enables: false,
        revokes: false,
    },
    OtherRole {
        role: SECURITY_OPERATOR,
        everybody: false,
        enables: false,
        revokes: false,
    },
    OtherRole {
        role: ENTRA_SOC_IDENTITY_RESPONDER,
        everybody: false,
        enables: true,
        revokes: true,
    },
];

/// Who may create users. Source: POST /users reference page, read 2026-07.
pub const CREATE_USER: &[&str] = &[UA, GA];

/// Who may assign roles, change role-assignable groups and administrative units. Source: roleAssignments and
/// administrativeUnits reference pages, read 2026-07.
pub const ASSIGN_ROLE: &[&str] = &[PRA, GA];

/// Who may register applications and change them. Source: applications reference pages, read 2026-07.
pub const REGISTER_APP: &[&str] = &[CAA, APA, GA];

/// Who may consent to delegated permissions for everybody. Source: oauth2PermissionGrants reference pages, read 2026-07.
pub const CONSENT: &[&str] = &[CAA, APA, PRA, GA];

/// Who may give application permissions of Microsoft Graph. Source: appRoleAssignments reference pages, read 2026-07.
pub const GIVE_APP_PERMISSION: &[&str] = &[PRA, GA];

impl Table {
    /// Callers that may act on a holder of this role, whatever else the holder is.
    pub fn allowed_for(&self, target_role: &str) -> &'static [&'static str] {
        self.rows
            .iter()
            .find(|row| row.target.eq_ignore_ascii_case(target_role))
            .map_or(self.protected, |row| row.allowed)
    }
}

/// True when the list names the role.
pub fn names(list: &[&str], template_id: &str) -> bool {
    list.iter().any(|id| id.eq_ignore_ascii_case(template_id))
}
