//! What the flags make of an account: its names, roles and settings. Pure but for made-up names.

use super::Args;
use super::existing::Existing;
use super::flags::{Profile, RoleArg};
use super::history::display_name_for;
use crate::administrator::wanted::made_up;
pub(super) use crate::administrator::wanted::{
    TenantView, WantedAccount, WantedRole, Warning, role_steps,
};
use crate::consent::Subject;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::Surroundings;
use crate::policy::names;
use crate::policy::password::{BREAK_GLASS_LENGTH, DEFAULT_LENGTH};

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
