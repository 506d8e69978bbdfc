//! Whether the token's permissions and the caller's roles let a request through, and how each area words its refusal.

use super::super::rules::{self, Action, Refusal};
use super::super::tenant::User;
use super::super::{permissions, roles};
use super::fault::{self, Fault};
use super::request::Exchange;

/// Roles that may read sign-in, audit and registration reports.
const REPORT_ROLES: [&str; 8] = [
    roles::REPORTS_READER,
    roles::SECURITY_READER,
    roles::SECURITY_OPERATOR,
    roles::SECURITY_ADMINISTRATOR,
    roles::GLOBAL_READER,
    roles::APPLICATION_ADMINISTRATOR,
    roles::CLOUD_APPLICATION_ADMINISTRATOR,
    roles::GLOBAL_ADMINISTRATOR,
];

impl Exchange<'_> {
    /// Whether the token carries one of the permissions.
    pub(super) fn granted(&self, wanted: &[&str]) -> bool {
        self.caller
            .permissions
            .iter()
            .any(|one| wanted.contains(&one.as_str()))
    }

    /// Whether the token carries a permission the endpoint accepts; `own` when the caller's own account is meant.
    fn permitted(&self, endpoint: &str, own: bool) -> bool {
        let Some(row) = permissions::endpoint(endpoint) else {
            return false;
        };
        if self.caller.app_only {
            return self.granted(row.application);
        }
        self.caller.permissions.iter().any(|one| {
            row.delegated.contains(&one.as_str()) && (own || !permissions::own_account_only(one))
        })
    }

    /// Directory wording of a missing permission.
    pub(super) fn require(&self, endpoint: &str) -> Result<(), Fault> {
        if self.permitted(endpoint, false) {
            Ok(())
        } else {
            Err(fault::denied())
        }
    }

    /// The same for an endpoint below a user. A guest gets no further than itself.
    pub(super) fn require_on(&self, endpoint: &str, user: &User) -> Result<(), Fault> {
        let own = rules::is_self(self.caller, user.id());
        if !self.permitted(endpoint, own) || (!own && rules::is_guest(self.tenant, self.caller)) {
            return Err(fault::denied());
        }
        Ok(())
    }

    /// The permission alone, before it is known whether the user exists.
    pub(super) fn require_permission_on(&self, endpoint: &str, key: &str) -> Result<(), Fault> {
        let own = self
            .visible_user(key)
            .is_some_and(|user| rules::is_self(self.caller, user.id()));
        if self.permitted(endpoint, own) {
            Ok(())
        } else {
            Err(fault::denied())
        }
    }

    /// The permission of the authentication-methods service alone.
    pub(super) fn require_methods_permission(&self, endpoint: &str) -> Result<(), Fault> {
        if self.permitted(endpoint, false) {
            Ok(())
        } else {
            Err(fault::access_denied())
        }
    }

    /// Wording of the authentication-methods service, the role of the reader included.
    pub(super) fn require_methods_read(&self, endpoint: &str, user: &User) -> Result<(), Fault> {
        let own = rules::is_self(self.caller, user.id());
        if !self.permitted(endpoint, own) {
            return Err(fault::access_denied());
        }
        rules::may_read_methods(self.tenant, self.caller, user.id())
            .map_err(|_| fault::access_denied())
    }

    /// The same for a change.
    pub(super) fn require_methods_write(
        &self,
        endpoint: &str,
        user: &User,
        action: Action,
    ) -> Result<(), Fault> {
        if !self.permitted(endpoint, false) {
            return Err(fault::access_denied());
        }
        rules::may(self.tenant, self.caller, user.id(), action).map_err(|refusal| match refusal {
            Refusal::NotFound => fault::method_not_found(),
            Refusal::Restricted => fault::restricted(),
            Refusal::Denied | Refusal::OwnAccount => fault::access_denied(),
        })
    }

    /// Whether the caller's roles reach a user, in the wording of the directory.
    pub(super) fn reaches(&self, user_id: &str, action: Action) -> Result<(), Fault> {
        rules::may(self.tenant, self.caller, user_id, action).map_err(|refusal| match refusal {
            Refusal::NotFound => fault::not_found(user_id),
            Refusal::Restricted => fault::restricted(),
            Refusal::Denied | Refusal::OwnAccount => fault::denied(),
        })
    }

    /// Wording of the reports: permission, licence, role.
    pub(super) fn require_reports(&self, endpoint: &str) -> Result<(), Fault> {
        if !self.permitted(endpoint, false) {
            return Err(fault::reports_permission("AuditLog.Read.All"));
        }
        if !self.premium() {
            return Err(fault::no_premium());
        }
        if !self.caller.app_only && !rules::holds_any(self.tenant, self.caller, &REPORT_ROLES) {
            return Err(fault::reports_role());
        }
        Ok(())
    }

    /// Wording of PIM: permission, licence.
    pub(super) fn require_pim(&self, endpoint: &str) -> Result<(), Fault> {
        self.require(endpoint)?;
        if self.tenant.has_plan("AAD_PREMIUM_P2") {
            Ok(())
        } else {
            Err(fault::no_pim())
        }
    }

    /// Wording of Conditional Access: permission, role, licence.
    pub(super) fn require_conditional_access(&self, endpoint: &str) -> Result<(), Fault> {
        let readers = [
            roles::GLOBAL_READER,
            roles::SECURITY_READER,
            roles::SECURITY_ADMINISTRATOR,
            roles::CONDITIONAL_ACCESS_ADMINISTRATOR,
            roles::GLOBAL_ADMINISTRATOR,
        ];
        let role = self.caller.app_only || rules::holds_any(self.tenant, self.caller, &readers);
        if self.permitted(endpoint, false) && role && self.premium() {
            Ok(())
        } else {
            Err(fault::scopes_missing())
        }
    }

    /// Whether the tenant has P1 or more.
    pub(super) fn premium(&self) -> bool {
        self.tenant.has_plan("AAD_PREMIUM") || self.tenant.has_plan("AAD_PREMIUM_P2")
    }

    /// Whether the caller may hand out roles, besides the permission.
    pub(super) fn require_role_manager(&self) -> Result<(), Fault> {
        if rules::may_assign_roles(self.tenant, self.caller) {
            Ok(())
        } else {
            Err(fault::denied())
        }
    }

    /// A user that replication shows already.
    pub(super) fn visible_user(&self, key: &str) -> Option<User> {
        self.tenant
            .user(key)
            .filter(|user| user.visible_from <= self.now)
            .map(|user| user.into_owned())
    }

    /// A visible user, or the directory's 404.
    pub(super) fn user(&self, key: &str) -> Result<User, Fault> {
        self.visible_user(key).ok_or_else(|| fault::not_found(key))
    }
}
