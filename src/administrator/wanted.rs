//! What an account will be: its names, roles and settings, and the changes that make it. Pure but for made-up names.

use crate::error::Result;
use crate::graph::users::NewUser;
use crate::plan::Step;
use crate::policy::names;
use crate::random;
use serde::Serialize;

/// A role to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantedRole {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scope: String,
}

/// What one account will be.
#[derive(Debug, Clone)]
pub(crate) struct WantedAccount {
    pub(crate) upn: String,
    pub(crate) display_name: String,
    pub(crate) mail_nickname: String,
    pub(crate) roles: Vec<WantedRole>,
    pub(crate) force_change: bool,
    pub(crate) never_expires: bool,
    pub(crate) length: usize,
}

impl WantedAccount {
    pub(crate) fn as_new(&self) -> NewUser<'_> {
        NewUser {
            upn: &self.upn,
            display_name: &self.display_name,
            mail_nickname: &self.mail_nickname,
            force_change: self.force_change,
            password_never_expires: self.never_expires,
        }
    }

    /// The changes that make it.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let create = Step::CreateUser {
            upn: self.upn.clone(),
            display_name: self.display_name.clone(),
        };
        std::iter::once(create)
            .chain(role_steps(&self.roles))
            .collect()
    }
}

/// The changes that give roles.
pub(crate) fn role_steps(roles: &[WantedRole]) -> Vec<Step> {
    roles
        .iter()
        .map(|role| Step::AssignRole {
            role: role.name.clone(),
            role_id: role.id.clone(),
            scope: role.scope.clone(),
        })
        .collect()
}

/// Something the person should know; it does not stop the work.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Warning {
    pub(crate) code: &'static str,
    pub(crate) account: Option<String>,
    pub(crate) message: String,
}

/// Where the accounts are made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TenantView {
    pub(crate) id: String,
    pub(crate) initial_domain: String,
}

/// A local part that does not say what the account is for.
pub(crate) fn made_up() -> Result<String> {
    let mut failed = None;
    let mut pick = |n: usize| {
        random::below(n).unwrap_or_else(|error| {
            failed = Some(error);
            0
        })
    };
    let local = names::random_local_part(&mut pick);
    failed.map_or(Ok(local), Err)
}
