//! From flags and facts to what each account will be: which tenant, which names, which roles, whether the caller may.
//! Changes nothing.

use super::Args;
use super::existing::{self, Existing};
use super::flags::RoleArg;
use super::history::Work;
use super::left;
use super::wanted::{Slot, TenantView, WantedAccount, Warning, check_domains, name_accounts};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::{self, Surroundings};
use crate::graph::batch::{Batch, Patience};
use crate::graph::users::{self, User};
use crate::graph::{Client, roles};
use crate::ids::UserId;
use crate::plan::create::ACCOUNT;
use crate::policy::reset::TenantAction;
use crate::preflight;
use std::time::SystemTime;

/// How often another made-up name is tried when one is taken: with 35 bits a second try is a wonder.
const NAME_TRIES: usize = 4;

/// Everything known before the first change.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) tenant: TenantView,
    pub(super) surroundings: Surroundings,
    pub(super) slots: Vec<Slot>,
    /// Why nothing may be created, when that is certain.
    pub(super) refusal: Option<Error>,
    pub(super) warnings: Vec<Warning>,
    /// The server's clock when the names were found free.
    pub(super) free_since: Option<SystemTime>,
    /// Accounts of interrupted runs that turned out not to exist.
    pub(super) never_made: Vec<Work>,
}

/// What the first look told: caller and tenant.
pub(super) struct Ground {
    pub(super) tenant: TenantView,
    pub(super) surroundings: Surroundings,
}

/// Reads caller and tenant, and makes sure it is the tenant that was named.
pub(super) async fn ground(client: &Client, context: &Context) -> Result<Ground> {
    let surroundings = facts::surroundings(client).await?;
    let organization = surroundings.organization.as_ref().ok_or_else(|| {
        Error::new(
            ErrorCode::NotPermitted,
            "The tenant's domains could not be read, so no account can be named.",
        )
        .why("The token may not read the organization.")
        .fix("Consent User.Read or Organization.Read.All for the app and sign in again.")
        .need(["User.Read", "Organization.Read.All"])
    })?;
    if let Some((named, _)) = &context.settings.tenant {
        let is_id = crate::ids::guid(named.as_str()).is_some();
        let same = match is_id {
            true => organization.id.eq_ignore_ascii_case(named.as_str()),
            false => {
                !named.is_one()
                    || organization
                        .verified_domains
                        .iter()
                        .any(|domain| domain.name.eq_ignore_ascii_case(named.as_str()))
            }
        };
        if !same {
            return Err(Error::new(
                ErrorCode::BadInput,
                format!(
                    "The sign-in belongs to tenant {}, not to {}.",
                    organization.id,
                    named.as_str()
                ),
            )
            .why("An administrator must not come into being in a tenant that was not named.")
            .fix("Correct --tenant, or sign in to the tenant that is meant."));
        }
    }
    let initial_domain = surroundings.domain().map(str::to_owned).ok_or_else(|| {
        Error::new(
            ErrorCode::UnexpectedReply,
            "Graph did not say which domain of the tenant is the initial one.",
        )
        .fix("Give the request id to support.")
    })?;
    Ok(Ground {
        tenant: TenantView {
            id: organization.id.clone(),
            initial_domain,
        },
        surroundings,
    })
}

/// Decides what each account will be, and looks whether its name is free.
pub(super) async fn prepare(
    client: &Client,
    context: &Context,
    ground: Ground,
    args: &Args,
    wanted_roles: &[RoleArg],
    works: &[Work],
) -> Result<Prepared> {
    let Ground {
        tenant,
        mut surroundings,
    } = ground;
    let mut accounts = name_accounts(args, &tenant, wanted_roles)?;
    check_domains(&accounts, &surroundings)?;
    let mut warnings = Vec::new();
    let mut free_since = None;
    let mut found: Vec<Option<User>> = Vec::new();
    for round in 1..=NAME_TRIES {
        let look = look(client, &accounts, wanted_roles).await?;
        free_since = look.date;
        for (account, problem) in accounts.iter_mut().zip(&look.unread) {
            if let Some(problem) = problem {
                warnings.push(Warning {
                    code: "nameNotChecked",
                    account: Some(account.upn.clone()),
                    message: format!(
                        "Whether {} is taken could not be read: {problem}",
                        account.upn
                    ),
                });
            }
            for (id, name) in &look.names {
                account
                    .roles
                    .iter_mut()
                    .filter(|role| role.id == *id)
                    .for_each(|role| role.name.clone_from(name));
            }
        }
        warnings.extend(look.warnings);
        let made_up = args.name.is_none() && args.upn.is_none();
        if made_up && look.found.iter().any(Option::is_some) && round < NAME_TRIES {
            warnings.clear();
            accounts = name_accounts(args, &tenant, wanted_roles)?;
            continue;
        }
        found = look.found;
        break;
    }
    let mut slots = Vec::new();
    let mut never_made = Vec::new();
    for (wanted, mut user) in accounts.into_iter().zip(found) {
        // A free name may be one that an interrupted run asked for a moment ago.
        let begun = works
            .iter()
            .filter(|work| work.is_unfinished() && work.upn.eq_ignore_ascii_case(&wanted.upn));
        for work in begun.filter(|_| user.is_none()) {
            match left::account_of(client, context, args, work).await? {
                None => never_made.push(work.clone()),
                Some(there) => {
                    user = Some(there);
                    break;
                }
            }
        }
        slots.push(match user {
            None => Slot::New(wanted),
            Some(user) => Slot::There(Box::new(existing::compare(client, wanted, user).await?)),
        });
    }
    let mut prepared = Prepared {
        tenant,
        surroundings: surroundings.clone(),
        slots,
        refusal: None,
        warnings,
        free_since,
        never_made,
    };
    may_the_caller(client, context, &mut surroundings, &mut prepared).await?;
    prepared.surroundings = surroundings;
    Ok(prepared)
}

struct Looked {
    found: Vec<Option<User>>,
    /// Why a name could not be looked up.
    unread: Vec<Option<String>>,
    /// Names of roles, by id.
    names: Vec<(String, String)>,
    warnings: Vec<Warning>,
    date: Option<SystemTime>,
}

/// One batch: are the names free, do the roles exist.
async fn look(
    client: &Client,
    accounts: &[WantedAccount],
    wanted_roles: &[RoleArg],
) -> Result<Looked> {
    let mut batch = Batch::new();
    let asked: Vec<_> = accounts
        .iter()
        .map(|account| batch.add(&users::get(&account.upn, ACCOUNT)))
        .collect();
    let defined: Vec<_> = wanted_roles
        .iter()
        .map(|role| batch.add(&roles::definition(&role.id)))
        .collect();
    let mut replies = client.batch(batch, Patience::Single).await?;
    let mut looked = Looked {
        found: Vec::new(),
        unread: Vec::new(),
        names: Vec::new(),
        warnings: Vec::new(),
        date: replies.date,
    };
    for slot in asked {
        let (found, unread) = match replies.take(slot) {
            Ok(user) => (Some(user), None),
            Err(error) if error.code() == ErrorCode::NotFound => (None, None),
            Err(error)
                if matches!(
                    error.code(),
                    ErrorCode::NotPermitted | ErrorCode::RestrictedUnit
                ) =>
            {
                (None, Some(error.cause().unwrap_or_default()))
            }
            Err(error) => return Err(error),
        };
        looked.found.push(found);
        looked.unread.push(unread);
    }
    for (slot, role) in defined.into_iter().zip(wanted_roles) {
        match replies.take(slot) {
            Ok(definition) => looked.names.extend(
                definition
                    .display_name
                    .filter(|_| !role.known)
                    .map(|name| (role.id.clone(), name)),
            ),
            Err(error) if error.code() == ErrorCode::NotFound => {
                return Err(Error::new(
                    ErrorCode::NotFound,
                    format!(
                        "There is no role {} in this tenant; nothing was created.",
                        role.name
                    ),
                )
                .why("No role definition has this id.")
                .fix("Check the id, or give the role by its name in quotation marks.")
                .service(error.said().clone()));
            }
            Err(error) if error.code() == ErrorCode::NotPermitted => {
                if !role.known {
                    looked.warnings.push(Warning {
                        code: "roleNotChecked",
                        account: None,
                        message: format!("Whether the role {} exists could not be read; Graph decides when it is given.", role.id),
                    });
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(looked)
}

/// Whether the caller may create accounts and give roles, as far as it can be known beforehand.
async fn may_the_caller(
    client: &Client,
    context: &Context,
    surroundings: &mut Surroundings,
    prepared: &mut Prepared,
) -> Result<()> {
    let creates = prepared
        .slots
        .iter()
        .any(|slot| matches!(slot, Slot::New(_)));
    let assigns = prepared.slots.iter().any(|slot| match slot {
        Slot::New(wanted) => !wanted.roles.is_empty(),
        Slot::There(existing) => !existing.missing_roles.is_empty(),
    });
    let asked = [
        (creates, TenantAction::CreateUser),
        (assigns, TenantAction::AssignRole),
    ];
    let actions: Vec<TenantAction> = asked
        .into_iter()
        .filter_map(|(asked, action)| asked.then_some(action))
        .collect();
    let cloud = context.settings.endpoints.cloud;
    let (refusal, unsure) = preflight::in_tenant(client, surroundings, &actions, cloud).await?;
    prepared.refusal = prepared.refusal.take().or(refusal);
    prepared
        .warnings
        .extend(unsure.into_iter().map(|message| Warning {
            code: "verdictUnknown",
            account: None,
            message,
        }));
    Ok(())
}

impl Prepared {
    /// The accounts to make.
    pub(super) fn new_accounts(&self) -> impl Iterator<Item = &WantedAccount> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::New(wanted) => Some(wanted),
            Slot::There(_) => None,
        })
    }

    /// The accounts that are there.
    pub(super) fn existing(&self) -> impl Iterator<Item = &Existing> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::New(_) => None,
            Slot::There(existing) => Some(existing.as_ref()),
        })
    }
}

/// Checks a user principal name that was given, before anything is asked.
pub(super) fn checked_upn(text: &str) -> Result<()> {
    match UserId::parse(text)? {
        UserId::Upn(upn) if upn == text => Ok(()),
        UserId::Upn(_) => Err(
            Error::new(ErrorCode::BadInput, "--upn has blanks around it.")
                .fix("Give the name alone."),
        ),
        UserId::Object(_) => Err(Error::new(
            ErrorCode::BadInput,
            "--upn takes a name, not an object id.",
        )
        .fix("Give it like megan@contoso.com.")),
    }
}
