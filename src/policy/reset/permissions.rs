//! Which Graph permissions each action accepts, least first, for people and for applications. Tables only.
//!
//! Source: Graph permission catalogue of 2026-08-07 and the reference pages of July 2026 where the two differ.

use super::actions::{Action, Contact, Method, TenantAction, Via};
use super::people::CallerKind;

/// One sufficient set: all of these together.
pub type Together = &'static [&'static str];

/// Sufficient sets, least first.
pub type AnyOf = &'static [Together];

pub(in crate::policy) const METHODS_WRITE: AnyOf = &[&["UserAuthenticationMethod.ReadWrite.All"]];
pub(in crate::policy) const METHODS_READ: AnyOf = &[
    &["UserAuthenticationMethod.Read.All"],
    &["UserAuthenticationMethod.ReadWrite.All"],
];
pub(in crate::policy) const EMAIL_WRITE: AnyOf = &[
    &["UserAuthMethod-Email.ReadWrite.All"],
    &["UserAuthenticationMethod.ReadWrite.All"],
];
pub(in crate::policy) const PHONE_WRITE: AnyOf = &[
    &["UserAuthMethod-Phone.ReadWrite.All"],
    &["UserAuthenticationMethod.ReadWrite.All"],
];
pub(in crate::policy) const PASS_WRITE: AnyOf = &[
    &["UserAuthMethod-TAP.ReadWrite.All"],
    &["UserAuthenticationMethod.ReadWrite.All"],
];
pub(in crate::policy) const PASSWORD_PERSON: AnyOf = &[
    &["User-PasswordProfile.ReadWrite.All"],
    &["Directory.AccessAsUser.All"],
];
pub(in crate::policy) const PASSWORD_APP: AnyOf = &[&["User-PasswordProfile.ReadWrite.All"]];
pub(in crate::policy) const REVOKE: AnyOf = &[
    &["User.RevokeSessions.All"],
    &["User.ReadWrite.All"],
    &["Directory.ReadWrite.All"],
];
pub(in crate::policy) const ENABLE: AnyOf = &[
    &["User.EnableDisableAccount.All", "User.Read.All"],
    &["User.ReadWrite.All"],
    &["Directory.ReadWrite.All"],
];
pub(in crate::policy) const DELETE: AnyOf = &[&["User.DeleteRestore.All"], &["User.ReadWrite.All"]];
const OTHER_MAILS: AnyOf = &[
    &["User-Mail.ReadWrite.All"],
    &["User.ReadWrite.All"],
    &["Directory.ReadWrite.All"],
];
/// `User.ReadUpdate.All` is documented since July 2026 and still hidden in the August catalogue, like `User.Create` below.
const IDENTITY: AnyOf = &[
    &["User.ReadWrite.All"],
    &["User.ReadUpdate.All"],
    &["Directory.ReadWrite.All"],
];
const PHONES: AnyOf = &[
    &["User-Phone.ReadWrite.All"],
    &["User.ReadWrite.All"],
    &["Directory.ReadWrite.All"],
];
/// `User.Create` is documented since July 2026 and still hidden in the August catalogue, so it is accepted in a token
/// and not the one to ask for; `User.ReadWrite.All` is.
const CREATE: AnyOf = &[
    &["User.ReadWrite.All"],
    &["User.Create"],
    &["Directory.ReadWrite.All"],
];
pub(in crate::policy) const ROLES: AnyOf = &[&["RoleManagement.ReadWrite.Directory"]];
const ELIGIBILITY: AnyOf = &[
    &["RoleEligibilitySchedule.ReadWrite.Directory"],
    &["RoleManagement.ReadWrite.Directory"],
];
pub(in crate::policy) const UNITS: AnyOf = &[&["AdministrativeUnit.ReadWrite.All"]];
const APPS: AnyOf = &[&["Application.ReadWrite.All"]];
pub(in crate::policy) const CONSENTS: AnyOf = &[
    &["DelegatedPermissionGrant.ReadWrite.All"],
    &["Directory.ReadWrite.All"],
];
const APP_PERMISSIONS: AnyOf = &[&["AppRoleAssignment.ReadWrite.All"]];

/// What the token must hold for an action on a user. `None`: Graph does not support the action for this kind of caller.
pub const fn for_action(action: Action, kind: CallerKind) -> Option<AnyOf> {
    Some(match (action, kind) {
        (Action::ResetPassword { via: Via::Method }, CallerKind::AppOnly) => return None,
        (Action::ResetPassword { via: Via::Method }, CallerKind::Delegated) => METHODS_WRITE,
        (Action::ResetPassword { .. }, CallerKind::Delegated) => PASSWORD_PERSON,
        (Action::ResetPassword { .. }, CallerKind::AppOnly) => PASSWORD_APP,
        (Action::RevokeSessions, _) => REVOKE,
        (Action::EnableAccount | Action::DisableAccount, _) => ENABLE,
        (Action::UpdateIdentity, _) => IDENTITY,
        (Action::DeleteUser | Action::RestoreUser, _) => DELETE,
        (Action::IssueAccessPass, _) => PASS_WRITE,
        (Action::ReadMethods, _) => METHODS_READ,
        (Action::WriteMethods(Method::Email), _) => EMAIL_WRITE,
        (Action::WriteMethods(Method::Phone), _) => PHONE_WRITE,
        (Action::WriteMethods(Method::Other), _) => METHODS_WRITE,
        (Action::UpdateContact(Contact::OtherMails), _) => OTHER_MAILS,
        (Action::UpdateContact(Contact::Phones), _) => PHONES,
    })
}

/// Reading one's own methods needs less.
pub const OWN_METHODS: AnyOf = &[
    &["UserAuthenticationMethod.Read"],
    &["UserAuthenticationMethod.Read.All"],
    &["UserAuthenticationMethod.ReadWrite"],
    &["UserAuthenticationMethod.ReadWrite.All"],
];

/// What the token must hold for an action in the tenant; the same for people and applications.
pub const fn for_tenant_action(action: TenantAction) -> AnyOf {
    match action {
        TenantAction::CreateUser => CREATE,
        TenantAction::AssignRole
        | TenantAction::RemoveRole
        | TenantAction::ChangeRoleAssignableGroup => ROLES,
        TenantAction::MakeEligible => ELIGIBILITY,
        TenantAction::ChangeUnitMembers => UNITS,
        TenantAction::RegisterApp => APPS,
        TenantAction::ConsentForEverybody => CONSENTS,
        TenantAction::GiveAppPermission => APP_PERMISSIONS,
    }
}

/// The first sufficient set that is wholly present. Names compare without regard to ASCII case.
pub fn satisfied(any_of: AnyOf, have: &[String]) -> Option<Together> {
    any_of
        .iter()
        .find(|set| {
            set.iter()
                .all(|need| have.iter().any(|name| name.eq_ignore_ascii_case(need)))
        })
        .copied()
}

/// Writes sufficient sets for people: "A.All, or B.All with C.All".
pub fn in_words(any_of: AnyOf) -> String {
    any_of
        .iter()
        .map(|set| set.join(" with "))
        .collect::<Vec<_>>()
        .join(", or ")
}
