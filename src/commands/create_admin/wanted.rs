//! What an account will be: its names, roles and settings, and the changes that make it. Pure but for made-up names.

use super::Args;
use super::existing::Existing;
use super::flags::{Profile, RoleArg};
use super::history::display_name_for;
use crate::consent::Subject;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::Surroundings;
use crate::graph::users::NewUser;
use crate::plan::Step;
use crate::policy::names;
use crate::policy::password::{BREAK_GLASS_LENGTH, DEFAULT_LENGTH};
use crate::random;
use serde::Serialize;

/// A role to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WantedRole {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) scope: String,
}

/// What one account will be.
#[derive(Debug, Clone)]
pub(super) struct WantedAccount {
    pub(super) upn: String,
    pub(super) display_name: String,
    pub(super) mail_nickname: String,
    pub(super) roles: Vec<WantedRole>,
    pub(super) force_change: bool,
    pub(super) never_expires: bool,
    pub(super) length: usize,
}

impl WantedAccount {
    pub(super) fn as_new(&self) -> NewUser<'_> {
        NewUser {
            upn: &self.upn,
            display_name: &self.display_name,
            mail_nickname: &self.mail_nickname,
            force_change: self.force_change,
            password_never_expires: self.never_expires,
        }
    }

    /// The changes that make it.
    pub(super) fn steps(&self) -> Vec<Step> {
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
pub(super) fn role_steps(roles: &[WantedRole]) -> Vec<Step> {
    roles
        .iter()
        .map(|role| Step::AssignRole {
            role: role.name.clone(),
            role_id: role.id.clone(),
            scope: role.scope.clone(),
        })
        .collect()
}

/// An account to make, or one that is there.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    New(WantedAccount),
    There(Box<Existing>),
}

impl Slot {
    pub(super) fn wanted(&self) -> &WantedAccount {
        match self {
            Slot::New(wanted) => wanted,
            Slot::There(existing) => &existing.wanted,
        }
    }
}

/// Something the person should know; it does not stop the work.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Warning {
    pub(super) code: &'static str,
    pub(super) account: Option<String>,
    pub(super) message: String,
}

/// Where the accounts are made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TenantView {
    pub(super) id: String,
    pub(super) initial_domain: String,
}

/// What is confirmed: the tenant, by its initial domain. A new administrator is always privileged.
pub(super) fn subject(tenant: &TenantView, what: &str) -> Subject {
    Subject {
        name: tenant.initial_domain.clone(),
        id: Some(tenant.id.clone()),
        privileged: Some(format!("a new account gets {what}")),
    }
}

/// Names of roles for a sentence.
pub(super) fn roles_in_words(roles: &[WantedRole]) -> String {
    let place = |role: &WantedRole| {
        if role.scope == "/" {
            String::new()
        } else {
            format!(" at {}", role.scope)
        }
    };
    roles
        .iter()
        .map(|role| format!("{}{}", role.name, place(role)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Names of the accounts, from NAME, `--upn`, or made up.
pub(super) fn name_accounts(
    args: &Args,
    tenant: &TenantView,
    wanted_roles: &[RoleArg],
) -> Result<Vec<WantedAccount>> {
    let profile = args.profile();
    let count = if args.pair { 2 } else { 1 };
    let mut accounts: Vec<WantedAccount> = Vec::new();
    while accounts.len() < count {
        let number = accounts.len() + 1;
        let numbered = |text: &str, joint: &str| {
            if args.pair {
                format!("{text}{joint}{number}")
            } else {
                text.to_owned()
            }
        };
        let upn = match (&args.upn, &args.name) {
            (Some(upn), _) => upn.clone(),
            (None, Some(name)) => format!("{}@{}", numbered(name, "-"), tenant.initial_domain),
            (None, None) => format!("{}@{}", made_up()?, tenant.initial_domain),
        };
        names::check_upn(&upn).map_err(|problem| {
            Error::new(
                ErrorCode::BadInput,
                format!(
                    "'{}' cannot be a user principal name.",
                    crate::render::text::cell(&upn)
                ),
            )
            .why(problem.why())
            .fix(problem.fix())
        })?;
        if accounts.iter().any(|other| other.upn == upn) {
            continue;
        }
        let display_name = match (&args.display_name, &args.name) {
            (Some(given), _) => numbered(given, " "),
            (None, Some(name)) => numbered(name, " "),
            (None, None) => display_name_for(&upn),
        };
        accounts.push(WantedAccount {
            mail_nickname: names::mail_nickname(&upn),
            display_name,
            roles: wanted_roles
                .iter()
                .map(|role| WantedRole {
                    id: role.id.clone(),
                    name: role.name.clone(),
                    scope: args.directory_scope(),
                })
                .collect(),
            force_change: args.upn.is_some() && !args.break_glass && !args.no_force_change,
            never_expires: profile != Profile::Ordinary,
            length: if profile == Profile::Ordinary {
                DEFAULT_LENGTH
            } else {
                BREAK_GLASS_LENGTH
            },
            upn,
        });
    }
    Ok(accounts)
}

fn made_up() -> Result<String> {
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

/// The domain must be the tenant's own and not federated; of a break-glass account it is the initial one.
pub(super) fn check_domains(accounts: &[WantedAccount], surroundings: &Surroundings) -> Result<()> {
    let Some(organization) = &surroundings.organization else {
        return Ok(());
    };
    for account in accounts {
        let domain = names::domain_of(&account.upn).unwrap_or_default();
        let verified = organization
            .verified_domains
            .iter()
            .any(|own| own.name.eq_ignore_ascii_case(domain));
        if !verified {
            let own: Vec<&str> = organization
                .verified_domains
                .iter()
                .map(|own| own.name.as_str())
                .collect();
            return Err(Error::new(
                ErrorCode::ContentRefused,
                format!("{domain} is no verified domain of this tenant; nothing was created."),
            )
            .why(format!("Verified are: {}.", own.join(", ")))
            .fix("Use one of these domains after the @."));
        }
        if organization.is_federated(domain) == Some(true) {
            return Err(Error::new(ErrorCode::FederatedUser, format!("{domain} is federated, so an account there has no password of its own; nothing was created."))
                .why("Sign-in goes to another identity provider, which would lock this account out together with all others.")
                .fix(format!("Use the initial domain {}.", organization.initial_domain().unwrap_or("*.onmicrosoft.com"))));
        }
        let is_initial = organization
            .initial_domain()
            .is_some_and(|own| own.eq_ignore_ascii_case(domain));
        if account.never_expires && !is_initial {
            return Err(Error::new(ErrorCode::ContentRefused, format!("A break-glass account belongs in the initial domain, not in {domain}; nothing was created."))
                .why("A custom domain can lapse, move or be federated; the initial one cannot.")
                .fix(format!("Use a name in {}, or leave --break-glass out.", organization.initial_domain().unwrap_or("*.onmicrosoft.com"))));
        }
    }
    Ok(())
}
