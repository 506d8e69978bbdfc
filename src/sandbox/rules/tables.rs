//! The two matrices as one table, and the cells the documents leave open.

use super::super::roles as r;

/// Which caller roles are listed in a row, one bit each, for both tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    /// "Who can reset passwords".
    pub(super) reset: u8,
    /// "Who can perform sensitive actions".
    pub(super) sensitive: u8,
}

const PA: u8 = 1;
const HA: u8 = 2;
const AA: u8 = 4;
const UA: u8 = 8;
const PAA: u8 = 16;
const GA: u8 = 32;
const TOP: u8 = PAA | GA;

/// The bit of a caller role; none for roles that are no column.
pub(super) fn bit(role: &str) -> u8 {
    match role {
        r::PASSWORD_ADMINISTRATOR => PA,
        r::HELPDESK_ADMINISTRATOR => HA,
        r::AUTHENTICATION_ADMINISTRATOR => AA,
        r::USER_ADMINISTRATOR => UA,
        r::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR => PAA,
        r::GLOBAL_ADMINISTRATOR => GA,
        _ => 0,
    }
}

const fn columns(reset: u8, sensitive: u8) -> Columns {
    Columns {
        reset: reset | TOP,
        sensitive: sensitive | TOP,
    }
}

/// Row "no admin role".
pub(super) const UNPRIVILEGED: Columns = columns(PA | HA | AA | UA, AA | UA);

/// Rows for any other built-in role, any custom role, members and owners of role-assignable groups, and holders of a role
/// scoped to a restricted unit.
pub(super) const PROTECTED: Columns = columns(0, 0);

/// Rows for roles that the two tables name.
pub(super) const MATRIX: [(&str, Columns); 14] = [
    (r::AUTHENTICATION_ADMINISTRATOR, columns(AA, AA)),
    (r::DIRECTORY_READERS, columns(PA | HA | AA | UA, AA | UA)),
    (r::GLOBAL_ADMINISTRATOR, columns(0, 0)),
    (r::GROUPS_ADMINISTRATOR, columns(UA, UA)),
    (r::GUEST_INVITER, columns(PA | HA | AA | UA, AA | UA)),
    (r::HELPDESK_ADMINISTRATOR, columns(HA | UA, UA)),
    (r::MESSAGE_CENTER_READER, columns(HA | AA | UA, AA | UA)),
    (
        r::PASSWORD_ADMINISTRATOR,
        columns(PA | HA | AA | UA, AA | UA),
    ),
    (r::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, columns(0, 0)),
    (r::PRIVILEGED_ROLE_ADMINISTRATOR, columns(0, 0)),
    (r::REPORTS_READER, columns(HA | AA | UA, AA | UA)),
    (r::USER_ADMINISTRATOR, columns(UA, UA)),
    (
        r::USER_EXPERIENCE_SUCCESS_MANAGER,
        columns(HA | AA | UA, AA | UA),
    ),
    (
        r::USAGE_SUMMARY_REPORTS_READER,
        columns(HA | AA | UA, AA | UA),
    ),
];

/// Roles outside the tables that may set the password of people without an administrator role.
pub(super) const NON_ADMIN_ONLY: [&str; 4] = [
    r::PARTNER_TIER1_SUPPORT,
    r::SECURITY_ADMINISTRATOR,
    r::SECURITY_OPERATOR,
    r::ENTRA_SOC_IDENTITY_RESPONDER,
];

/// Cells the documents leave open, and what the sandbox does there: the refusing reading, so that a client that relies on
/// the other one is found out. A test of agreement takes a client's "unknown" as agreeing.
pub const UNVERIFIED: [(&str, &str); 12] = [
    ("target only eligible for a role", "counts as holding it"),
    (
        "role-assignable group beside a role",
        "the row of the role alone decides",
    ),
    ("contact data where the two tables differ", "refused"),
    (
        "unit-scoped Privileged Authentication Administrator, admin target",
        "refused",
    ),
    (
        "app-only password of an ordinary user without a directory role",
        "refused",
    ),
    (
        "app-only change of an administrator's methods without a directory role",
        "refused",
    ),
    (
        "access pass by Authentication Administrator for a holder of a low role",
        "refused",
    ),
    (
        "own account: any change of methods, and the password by PATCH",
        "refused",
    ),
    ("Partner Tier2 Support, revoking sessions", "refused"),
    (
        "security roles, revoking sessions or enabling",
        "refused except for Entra SOC Identity Responder",
    ),
    ("guest caller reading others", "refused"),
    (
        "reading methods of an administrator as Authentication Administrator",
        "allowed, numbers masked",
    ),
];
