//! Users: read, list, create, update, delete, revoke sessions.
//!
//! Source of paths, properties and permissions: user resource and its methods in the Graph v1.0 reference, metadata of 2026-08-20.

use super::call::{Call, Change, Need, Segment};
use super::paging::Page;
use super::search::SignInActivity;
use crate::http::retry::Replay;
use crate::secret::Secret;
use Segment::{Literal, Value};
use http::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

/// Largest page of `GET /users`.
const PAGE: &str = "999";

pub(super) static READ: Need = Need {
    delegated: &[
        "User.Read.All",
        "User.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ],
    application: &[
        "User.Read.All",
        "User.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ],
    role: "",
};
static READ_ME: Need = Need {
    delegated: &[
        "User.Read",
        "User.Read.All",
        "User.ReadWrite.All",
        "Directory.Read.All",
    ],
    application: &[],
    role: "",
};
static READ_MEMBERSHIP: Need = Need {
    delegated: &[
        "User.Read",
        "User.Read.All",
        "GroupMember.Read.All",
        "Directory.Read.All",
    ],
    application: &[
        "User.Read.All",
        "GroupMember.Read.All",
        "Directory.Read.All",
    ],
    role: "",
};
static CREATE: Need = Need {
    delegated: &[
        "User.Create",
        "User.ReadWrite.All",
        "Directory.ReadWrite.All",
    ],
    application: &[
        "User.Create",
        "User.ReadWrite.All",
        "Directory.ReadWrite.All",
    ],
    role: "User Administrator",
};
static RESET: Need = Need {
    delegated: &[
        "User-PasswordProfile.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ],
    application: &["User-PasswordProfile.ReadWrite.All"],
    role: "Privileged Authentication Administrator for administrators, User Administrator for others",
};
static ENABLE: Need = Need {
    delegated: &["User.EnableDisableAccount.All", "User.ReadWrite.All"],
    application: &["User.EnableDisableAccount.All", "User.ReadWrite.All"],
    role: "Privileged Authentication Administrator for administrators, User Administrator for others",
};
static UPDATE: Need = Need {
    delegated: &[
        "User.ReadUpdate.All",
        "User.ReadWrite.All",
        "Directory.ReadWrite.All",
    ],
    application: &[
        "User.ReadUpdate.All",
        "User.ReadWrite.All",
        "Directory.ReadWrite.All",
    ],
    role: "User Administrator",
};
static DELETE: Need = Need {
    delegated: &["User.DeleteRestore.All", "User.ReadWrite.All"],
    application: &["User.DeleteRestore.All", "User.ReadWrite.All"],
    role: "Privileged Authentication Administrator for administrators, User Administrator for others",
};
static REVOKE: Need = Need {
    delegated: &[
        "User.RevokeSessions.All",
        "User.ReadWrite.All",
        "Directory.ReadWrite.All",
    ],
    application: &[
        "User.RevokeSessions.All",
        "User.ReadWrite.All",
        "Directory.ReadWrite.All",
    ],
    role: "Privileged Authentication Administrator for administrators, User Administrator for others",
};

/// A user, with the properties that were selected.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Object id.
    pub id: String,
    /// User principal name.
    pub user_principal_name: Option<String>,
    /// Display name.
    pub display_name: Option<String>,
    /// Whether the account may sign in.
    pub account_enabled: Option<bool>,
    /// `Member` or `Guest`.
    pub user_type: Option<String>,
    /// True = mastered on premises; false or null = in the cloud.
    pub on_premises_sync_enabled: Option<bool>,
    /// Immutable id of a synced or federated user.
    pub on_premises_immutable_id: Option<String>,
    /// True inside a restricted management administrative unit.
    pub is_management_restricted: Option<bool>,
    /// ISO 8601, UTC.
    pub last_password_change_date_time: Option<String>,
    /// ISO 8601, UTC.
    pub sign_in_sessions_valid_from_date_time: Option<String>,
    /// ISO 8601, UTC.
    pub created_date_time: Option<String>,
    /// `DisablePasswordExpiration`, `DisableStrongPassword`, or both joined by `, `.
    pub password_policies: Option<String>,
    /// Contact e-mail addresses; they do not count as security info.
    pub other_mails: Option<Vec<String>>,
    /// Contact phone; it does not count as security info.
    pub mobile_phone: Option<String>,
    /// Mail nickname.
    pub mail_nickname: Option<String>,
    /// Primary mail address.
    pub mail: Option<String>,
    /// Contact phones; at most one today.
    pub business_phones: Option<Vec<String>>,
    /// Mail addresses with their kind in front: `SMTP:` is the primary one.
    pub proxy_addresses: Option<Vec<String>>,
    /// When the account signed in; only with its own permission and licence.
    pub sign_in_activity: Option<SignInActivity>,
}

/// What a reset and its proof read of the target.
pub const TARGET: &str = "id,userPrincipalName,displayName,accountEnabled,userType,onPremisesSyncEnabled,isManagementRestricted,lastPasswordChangeDateTime";
/// What proves a reset afterwards.
pub const PROOF: &str = "id,userPrincipalName,displayName,lastPasswordChangeDateTime";

fn user(id: &str) -> Vec<Segment> {
    vec![Literal("users"), Value(id.to_owned())]
}

fn below(id: &str, rest: &[&'static str]) -> Vec<Segment> {
    let mut segments = user(id);
    segments.extend(rest.iter().map(|name| Literal(name)));
    segments
}

/// One user by id or UPN.
#[must_use]
pub fn get(id: &str, select: &str) -> Call<User> {
    Call::get(&READ, user(id)).query("$select", select)
}

/// The signed-in user.
#[must_use]
pub fn me(select: &str) -> Call<User> {
    Call::get(&READ_ME, vec![Literal("me")]).query("$select", select)
}

/// All users, in the largest pages.
#[must_use]
pub fn list(select: &str) -> Call<Page<User>> {
    Call::get(&READ, vec![Literal("users")])
        .query("$select", select)
        .query("$top", PAGE)
}

/// A directory role somebody holds, tenant-wide and active, directly or through a group.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryRole {
    /// Object id of the activated role in this tenant.
    pub id: String,
    /// Display name.
    pub display_name: Option<String>,
    /// Template id, the same in every tenant.
    pub role_template_id: Option<String>,
}

/// A group somebody is in, or owns.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Object id.
    pub id: String,
    /// Display name.
    pub display_name: Option<String>,
    /// Whether roles can be assigned to it.
    pub is_assignable_to_role: Option<bool>,
}

/// An administrative unit somebody is in.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unit {
    /// Object id.
    pub id: String,
    /// Display name.
    pub display_name: Option<String>,
    /// Whether management of its members is restricted.
    pub is_member_management_restricted: Option<bool>,
}

/// Active tenant-wide roles of a user, through groups too.
#[must_use]
pub fn directory_roles(id: &str) -> Call<Page<DirectoryRole>> {
    Call::get(
        &READ_MEMBERSHIP,
        below(id, &["transitiveMemberOf", "microsoft.graph.directoryRole"]),
    )
    .query("$select", "id,displayName,roleTemplateId")
}

/// Active tenant-wide roles of the signed-in user, through groups too.
#[must_use]
pub fn my_directory_roles() -> Call<Page<DirectoryRole>> {
    Call::get(
        &READ_MEMBERSHIP,
        vec![
            Literal("me"),
            Literal("transitiveMemberOf"),
            Literal("microsoft.graph.directoryRole"),
        ],
    )
    .query("$select", "id,displayName,roleTemplateId")
}

/// Groups a user is in.
#[must_use]
pub fn groups(id: &str) -> Call<Page<Group>> {
    Call::get(
        &READ_MEMBERSHIP,
        below(id, &["transitiveMemberOf", "microsoft.graph.group"]),
    )
    .query("$select", "id,displayName,isAssignableToRole")
}

/// Groups the signed-in user is in.
#[must_use]
pub fn my_groups() -> Call<Page<Group>> {
    Call::get(
        &READ_MEMBERSHIP,
        vec![
            Literal("me"),
            Literal("transitiveMemberOf"),
            Literal("microsoft.graph.group"),
        ],
    )
    .query("$select", "id,displayName,isAssignableToRole")
}

/// Groups a user owns.
#[must_use]
pub fn owned_groups(id: &str) -> Call<Page<Group>> {
    Call::get(&READ, below(id, &["ownedObjects", "microsoft.graph.group"]))
        .query("$select", "id,displayName,isAssignableToRole")
}

/// Administrative units a user is in.
#[must_use]
pub fn units(id: &str) -> Call<Page<Unit>> {
    Call::get(
        &READ_MEMBERSHIP,
        below(id, &["memberOf", "microsoft.graph.administrativeUnit"]),
    )
    .query("$select", "id,displayName,isMemberManagementRestricted")
}

/// A user to create.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// User principal name.
    pub upn: &'a str,
    /// Display name.
    pub display_name: &'a str,
    /// Mail nickname.
    pub mail_nickname: &'a str,
    /// Whether the password must be changed at the next sign-in.
    pub force_change: bool,
    /// Whether the password never expires.
    pub password_never_expires: bool,
}

/// Creates an enabled user without any role.
#[must_use]
pub fn create(new: &NewUser<'_>, password: &Secret) -> Change<User> {
    let mut body = json!({
        "accountEnabled": true,
        "displayName": new.display_name,
        "mailNickname": new.mail_nickname,
        "userPrincipalName": new.upn,
        "passwordProfile": { "password": password.expose(), "forceChangePasswordNextSignIn": new.force_change },
    });
    if new.password_never_expires {
        body["passwordPolicies"] = json!("DisablePasswordExpiration");
    }
    Change::new(
        Method::POST,
        &CREATE,
        vec![Literal("users")],
        Some(body),
        Replay::LookFirst,
    )
}

/// Sets a password directly (`PATCH passwordProfile`). It is not written back on premises.
#[must_use]
pub fn set_password(
    id: &str,
    password: &Secret,
    force_change: bool,
    force_change_mfa: bool,
) -> Change<IgnoredAny> {
    let mut profile =
        json!({ "password": password.expose(), "forceChangePasswordNextSignIn": force_change });
    if force_change_mfa {
        profile["forceChangePasswordNextSignInWithMfa"] = json!(true);
    }
    Change::new(
        Method::PATCH,
        &RESET,
        user(id),
        Some(json!({ "passwordProfile": profile })),
        Replay::SamePassword,
    )
}

/// Enables or disables the account.
#[must_use]
pub fn set_enabled(id: &str, enabled: bool) -> Change<IgnoredAny> {
    Change::new(
        Method::PATCH,
        &ENABLE,
        user(id),
        Some(json!({ "accountEnabled": enabled })),
        Replay::Safe,
    )
}

/// Sets the password policies, for example `DisablePasswordExpiration`.
#[must_use]
pub fn set_password_policies(id: &str, policies: &str) -> Change<IgnoredAny> {
    Change::new(
        Method::PATCH,
        &UPDATE,
        user(id),
        Some(json!({ "passwordPolicies": policies })),
        Replay::Safe,
    )
}

/// Deletes the user; it can be restored for 30 days.
#[must_use]
pub fn delete(id: &str) -> Change<IgnoredAny> {
    Change::new(Method::DELETE, &DELETE, user(id), None, Replay::Safe)
}

/// Ends all sessions of the user.
#[must_use]
pub fn revoke_sessions(id: &str) -> Change<serde_json::Value> {
    Change::new(
        Method::POST,
        &REVOKE,
        below(id, &["revokeSignInSessions"]),
        None,
        Replay::Safe,
    )
}
