//! What can be done to a user, and in the tenant: the questions a verdict answers, with the words for them.

/// Which way a password is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Via {
    /// The `resetPassword` action of the password method.
    Method,
    /// `PATCH` of `passwordProfile`.
    Direct,
    /// The same `PATCH` with consent to leave the on-premises password of a synced user as it is.
    DirectCloudOnly,
}

/// Which contact property is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Contact {
    /// `otherMails`.
    OtherMails,
    /// `mobilePhone` and `businessPhones`.
    Phones,
}

/// Which kind of registered method is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// E-mail.
    Email,
    /// Phone.
    Phone,
    /// Any other kind, which is removed and never written for somebody else: passkey, authenticator app, software token, pass.
    Other,
}

/// Something done to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Set a new password.
    ResetPassword {
        /// Which way.
        via: Via,
    },
    /// Invalidate refresh tokens.
    RevokeSessions,
    /// Set `accountEnabled`.
    EnableAccount,
    /// Clear `accountEnabled`.
    DisableAccount,
    /// Write the user principal name or the immutable id.
    UpdateIdentity,
    /// Delete the account.
    DeleteUser,
    /// Bring a deleted account back.
    RestoreUser,
    /// Issue a Temporary Access Pass.
    IssueAccessPass,
    /// Read registered methods.
    ReadMethods,
    /// Add, change or remove a registered method.
    WriteMethods(Method),
    /// Write contact properties of the profile.
    UpdateContact(Contact),
}

impl Action {
    /// Every action, every variant.
    pub const ALL: [Action; 16] = [
        Action::ResetPassword { via: Via::Method },
        Action::ResetPassword { via: Via::Direct },
        Action::ResetPassword {
            via: Via::DirectCloudOnly,
        },
        Action::RevokeSessions,
        Action::EnableAccount,
        Action::DisableAccount,
        Action::UpdateIdentity,
        Action::DeleteUser,
        Action::RestoreUser,
        Action::IssueAccessPass,
        Action::ReadMethods,
        Action::WriteMethods(Method::Email),
        Action::WriteMethods(Method::Phone),
        Action::WriteMethods(Method::Other),
        Action::UpdateContact(Contact::OtherMails),
        Action::UpdateContact(Contact::Phones),
    ];

    /// What is done, as an infinitive with its object: "reset the password".
    pub const fn phrase(self) -> &'static str {
        match self {
            Action::ResetPassword { .. } => "reset the password",
            Action::RevokeSessions => "revoke the sessions",
            Action::EnableAccount => "enable the account",
            Action::DisableAccount => "disable the account",
            Action::UpdateIdentity => "change the user name",
            Action::DeleteUser => "delete the account",
            Action::RestoreUser => "restore the account",
            Action::IssueAccessPass => "issue a Temporary Access Pass",
            Action::ReadMethods => "read the registered methods",
            Action::WriteMethods(Method::Email) => "change the registered e-mail",
            Action::WriteMethods(Method::Phone) => "change the registered phone",
            Action::WriteMethods(Method::Other) => "remove a registered method",
            Action::UpdateContact(Contact::OtherMails) => "change the contact e-mail addresses",
            Action::UpdateContact(Contact::Phones) => "change the contact phone numbers",
        }
    }

    /// The same with the account it is done to: "reset the password of ada@contoso.com".
    pub fn phrase_of(self, whom: &str) -> String {
        let link = match self {
            Action::IssueAccessPass => "for",
            _ => "of",
        };
        format!("{} {link} {whom}", self.phrase())
    }
}

/// Something done in the tenant, without an account whose protection counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TenantAction {
    /// Create a user.
    CreateUser,
    /// Give somebody an active role.
    AssignRole,
    /// Take an active role away.
    RemoveRole,
    /// Make somebody eligible for a role in PIM.
    MakeEligible,
    /// Change the members of a role-assignable group.
    ChangeRoleAssignableGroup,
    /// Change the members of an administrative unit.
    ChangeUnitMembers,
    /// Register an application or change its registration.
    RegisterApp,
    /// Consent to delegated permissions for everybody.
    ConsentForEverybody,
    /// Give an application a permission of Microsoft Graph.
    GiveAppPermission,
}

impl TenantAction {
    /// Every action.
    pub const ALL: [TenantAction; 9] = [
        TenantAction::CreateUser,
        TenantAction::AssignRole,
        TenantAction::RemoveRole,
        TenantAction::MakeEligible,
        TenantAction::ChangeRoleAssignableGroup,
        TenantAction::ChangeUnitMembers,
        TenantAction::RegisterApp,
        TenantAction::ConsentForEverybody,
        TenantAction::GiveAppPermission,
    ];

    /// What is done, as an infinitive with its object.
    pub const fn phrase(self) -> &'static str {
        match self {
            TenantAction::CreateUser => "create a user",
            TenantAction::AssignRole => "assign a role",
            TenantAction::RemoveRole => "remove a role",
            TenantAction::MakeEligible => "make somebody eligible for a role",
            TenantAction::ChangeRoleAssignableGroup => {
                "change the members of a role-assignable group"
            }
            TenantAction::ChangeUnitMembers => "change the members of an administrative unit",
            TenantAction::RegisterApp => "register or change an application",
            TenantAction::ConsentForEverybody => "consent to delegated permissions for everybody",
            TenantAction::GiveAppPermission => "give an application a permission of Graph",
        }
    }
}
