//! Reads what a verdict needs about caller and target, in one `$batch` of what can be asked by name, and one more only when
//! the first left the question open.
//!
//! Translates replies into facts of [`crate::policy`]; a read that was refused becomes a gap that names the permission.

mod caller;
mod people;
mod scopes;
mod second;

use caller::{ask_caller, read_caller};
pub use people::{Holder, Mode, People, people};
pub use scopes::look_at_scopes;
pub use second::{Open, look_again, second_look_at_caller};

use crate::error::{Error, ErrorCode, Result};
use crate::graph::batch::{Batch, Patience, Replies, Slot};
use crate::graph::call::Call;
use crate::graph::paging::Page;
use crate::graph::tenant::Organization;
use crate::graph::users::{DirectoryRole, User};
use crate::graph::{Client, roles, users};
use crate::ids::TenantId;
use crate::policy::reset::{Caller, HeldRole, Scope, Target};
use crate::policy::{Gap, Known};
use serde::de::DeserializeOwned;

/// Everything read about one target.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The user as Graph described it.
    pub user: User,
    /// The facts for the verdict.
    pub target: Target,
    /// Object ids of the enabled Global Administrators, when they were asked for.
    pub administrators: Option<Known<Vec<String>>>,
    /// Names of the administrative units the user is in, by id, as far as they were read.
    pub unit_names: Vec<(String, String)>,
}

/// What is read once a run: who asks, and the tenant.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Who asks.
    pub caller: Caller,
    /// Name for people: UPN, or the app's name or id.
    pub caller_name: Option<String>,
    /// The tenant, when it could be read.
    pub organization: Option<Organization>,
    /// Role-assignable groups the caller is in: they may carry roles for units, or roles to activate.
    pub caller_groups: Known<Vec<String>>,
}

impl Surroundings {
    /// Tenant domain for people: the initial one.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.organization
            .as_ref()
            .and_then(Organization::initial_domain)
    }
}

impl Surroundings {
    /// Refuses to go on in another tenant than the one that was named.
    pub fn belongs_to(&self, tenant: Option<&TenantId>) -> Result<()> {
        let (Some(tenant), Some(organization)) =
            (tenant.filter(|tenant| tenant.is_one()), &self.organization)
        else {
            return Ok(());
        };
        let named = tenant.as_str();
        let same = organization.id.eq_ignore_ascii_case(named)
            || organization
                .verified_domains
                .iter()
                .any(|domain| domain.name.eq_ignore_ascii_case(named));
        if same {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::SignInFailed,
            format!("The sign-in belongs to another tenant than {named}; nothing was changed."),
        )
        .why(format!(
            "It is signed in to {} ({}).",
            organization
                .initial_domain()
                .unwrap_or("a tenant without a readable domain"),
            organization.id
        ))
        .fix("Sign in to the tenant that is meant, or correct --tenant."))
    }
}

struct AskedTarget {
    user: Slot<User>,
    roles: Slot<Page<DirectoryRole>>,
    groups: Slot<Page<users::Group>>,
    owned: Slot<Page<users::Group>>,
}

/// Reads one target together with caller and tenant: one batch.
pub async fn first_look(client: &Client, name: &str) -> Result<(Surroundings, Result<Subject>)> {
    let claims = client.token().await?.claims;
    let mut batch = Batch::new();
    let asked_caller = ask_caller(&mut batch, &claims);
    let asked = ask_target(&mut batch, name);
    let mut replies = client.batch(batch, Patience::Single).await?;
    let surroundings = read_caller(client, &mut replies, asked_caller, &claims).await?;
    let subject = read_target(client, &mut replies, asked, name, &surroundings).await;
    Ok((surroundings, subject))
}

/// Reads caller and tenant alone, for many targets.
pub async fn surroundings(client: &Client) -> Result<Surroundings> {
    let claims = client.token().await?.claims;
    let mut batch = Batch::new();
    let asked = ask_caller(&mut batch, &claims);
    let mut replies = client.batch(batch, Patience::Single).await?;
    read_caller(client, &mut replies, asked, &claims).await
}

/// Reads several targets; five fill a batch.
pub async fn subjects(
    client: &Client,
    names: &[&str],
    surroundings: &Surroundings,
) -> Result<Vec<Result<Subject>>> {
    let mut batch = Batch::new();
    let asked: Vec<AskedTarget> = names
        .iter()
        .map(|name| ask_target(&mut batch, name))
        .collect();
    let mut replies = client.batch(batch, Patience::Many).await?;
    let mut subjects = Vec::with_capacity(names.len());
    for (asked, name) in asked.into_iter().zip(names) {
        subjects.push(read_target(client, &mut replies, asked, name, surroundings).await);
    }
    Ok(subjects)
}

const ROLES: &[&str] = &["RoleManagement.Read.Directory", "Directory.Read.All"];
const UNITS: &[&str] = &["AdministrativeUnit.Read.All", "Directory.Read.All"];
const MEMBERS: &[&str] = &[
    "User.Read.All",
    "GroupMember.Read.All",
    "Directory.Read.All",
];

fn ask_target(batch: &mut Batch, name: &str) -> AskedTarget {
    AskedTarget {
        user: batch.add(&users::get(name, users::TARGET)),
        roles: batch.add(&users::directory_roles(name)),
        groups: batch.add(&users::groups(name)),
        owned: batch.add(&users::owned_groups(name)),
    }
}

const ELIGIBLE: &[&str] = &[
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.Directory",
];

async fn read_target(
    client: &Client,
    replies: &mut Replies,
    asked: AskedTarget,
    name: &str,
    surroundings: &Surroundings,
) -> Result<Subject> {
    let user = match replies.take(asked.user) {
        Ok(user) => Some(user),
        Err(error) if error.code() == ErrorCode::NotFound => return Err(not_found(name, error)),
        Err(error) if is_gap(&error) => None,
        Err(error) => return Err(error),
    };
    let held = known(
        list(client, replies, asked.roles, &users::directory_roles(name)).await,
        "the roles of the user",
        MEMBERS,
    );
    let groups = known(
        list(client, replies, asked.groups, &users::groups(name)).await,
        "the groups of the user",
        MEMBERS,
    );
    let owned = known(
        list(client, replies, asked.owned, &users::owned_groups(name)).await,
        "the groups the user owns",
        &["User.Read.All"],
    );
    let user = user.unwrap_or_else(|| User {
        id: name.to_owned(),
        ..User::default()
    });
    let upn = user
        .user_principal_name
        .clone()
        .unwrap_or_else(|| name.to_owned());
    let mut target = Target::unread(user.id.clone(), upn.clone());
    if user.user_principal_name.is_some() {
        target.enabled = user.account_enabled;
        target.guest = is_guest(&user, &upn);
        target.synced = Some(user.on_premises_sync_enabled == Some(true));
        target.restricted = Some(user.is_management_restricted == Some(true));
    }
    if target.restricted == Some(false) {
        target.restricted_units = Known::Known(Vec::new());
    }
    target.federated_domain = surroundings.organization.as_ref().and_then(|organization| {
        upn.rsplit_once('@')
            .and_then(|(_, domain)| organization.is_federated(domain))
    });
    target.roles = partly(
        held?.map(|list| list.iter().map(directory_role).collect()),
        Gap::permission("roles at unit scope and custom roles of the user", ROLES),
    );
    target.role_assignable_group = assignable(groups?, owned?);
    Ok(Subject {
        user,
        target,
        administrators: None,
        unit_names: Vec::new(),
    })
}

/// Whether an account's home is another tenant.
#[must_use]
pub fn is_guest(user: &User, upn: &str) -> bool {
    user.user_type
        .as_deref()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("guest"))
        || upn.to_ascii_uppercase().contains("#EXT#@")
}

/// The error for a user that is not there, with the name that was given.
#[must_use]
pub fn not_found(name: &str, error: Error) -> Error {
    Error::new(ErrorCode::NotFound, format!("There is no user '{}' in this tenant.", crate::render::text::cell(name)))
        .why("Graph found no such object: the name is misspelt, the account is deleted, or it lives in another tenant.")
        .fix("Check the spelling and --tenant, or look among the users deleted in the last 30 days.")
        .service(error.said().clone())
}

fn assignable(groups: Known<Vec<users::Group>>, owned: Known<Vec<users::Group>>) -> Known<bool> {
    let all = groups.and(owned);
    if all
        .items()
        .iter()
        .any(|group| group.is_assignable_to_role == Some(true))
    {
        return Known::Known(true);
    }
    // Graph shows a group the caller may not read by its id alone; that says nothing about it.
    let unread = all
        .items()
        .iter()
        .any(|group| group.display_name.is_none() && group.is_assignable_to_role.is_none());
    let found = all.map(|_| false);
    if unread {
        partly(
            found,
            Gap::permission(
                "whether all groups of the user are role-assignable",
                &[
                    "GroupMember.Read.All",
                    "Group.Read.All",
                    "Directory.Read.All",
                ],
            ),
        )
    } else {
        found
    }
}

fn directory_role(role: &DirectoryRole) -> HeldRole {
    let template = role
        .role_template_id
        .clone()
        .unwrap_or_else(|| role.id.clone());
    let unnamed = || match role.role_template_id {
        Some(_) => None,
        None => Some("a directory role that may not be read".to_owned()),
    };
    HeldRole {
        name: role.display_name.clone().or_else(unnamed),
        // A role the caller may not read comes as an id alone: it counts as one we do not know.
        built_in: Some(role.role_template_id.is_some()),
        ..HeldRole::tenant(template)
    }
}

fn assigned_role(assignment: &roles::Assignment) -> HeldRole {
    HeldRole {
        name: assignment
            .role_definition
            .as_ref()
            .and_then(|role| role.display_name.clone()),
        built_in: assignment
            .role_definition
            .as_ref()
            .and_then(|role| role.is_built_in),
        scope: Scope::from_directory_scope(assignment.directory_scope_id.as_deref().unwrap_or("/")),
        ..HeldRole::tenant(assignment.role_definition_id.clone())
    }
}

/// A role that may be activated.
pub(crate) fn eligible_role(schedule: &roles::Schedule) -> HeldRole {
    HeldRole {
        name: schedule
            .role_definition
            .as_ref()
            .and_then(|role| role.display_name.clone()),
        built_in: schedule
            .role_definition
            .as_ref()
            .and_then(|role| role.is_built_in),
        scope: Scope::from_directory_scope(schedule.directory_scope_id.as_deref().unwrap_or("/")),
        ..HeldRole::tenant(schedule.role_definition_id.clone())
    }
}

/// A list whose first page came in the batch; further pages are fetched when there are any.
async fn list<T: DeserializeOwned>(
    client: &Client,
    replies: &mut Replies,
    slot: Slot<Page<T>>,
    call: &Call<Page<T>>,
) -> Result<Vec<T>> {
    let page = replies.take(slot)?;
    if page.next_link.is_none() {
        return Ok(page.value);
    }
    client.pages_after(call, page)?.all().await
}

/// Whether an error means "this caller may not know", in contrast to "the service failed".
fn is_gap(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::NotPermitted | ErrorCode::LicenceMissing | ErrorCode::RestrictedUnit
    )
}

fn known<T>(found: Result<Vec<T>>, fact: &str, any_of: &[&str]) -> Result<Known<Vec<T>>> {
    match found {
        Ok(list) => Ok(Known::Known(list)),
        Err(error) if error.code() == ErrorCode::NotPermitted => {
            Ok(Known::missing(Gap::permission(fact, any_of)))
        }
        Err(error) if error.code() == ErrorCode::LicenceMissing => {
            Ok(Known::missing(Gap::licence(fact, "Entra ID P1 or P2")))
        }
        Err(error)
            if matches!(
                error.code(),
                ErrorCode::ContentRefused | ErrorCode::NotFound | ErrorCode::RestrictedUnit
            ) =>
        {
            Ok(Known::missing(Gap::not_read(fact)))
        }
        Err(error) => Err(error),
    }
}

/// A tenant without PIM has no eligible roles.
fn pim(found: Result<Vec<roles::Schedule>>, fact: &str) -> Result<Known<Vec<HeldRole>>> {
    match found {
        Err(error) if error.code() == ErrorCode::LicenceMissing => Ok(Known::Known(Vec::new())),
        other => {
            Ok(known(other, fact, ELIGIBLE)?.map(|list| list.iter().map(eligible_role).collect()))
        }
    }
}

fn partly<T>(known: Known<T>, gap: Gap) -> Known<T> {
    match known {
        Known::Known(value) => Known::Partial(value, vec![gap]),
        Known::Partial(value, mut gaps) => {
            gaps.push(gap);
            Known::Partial(value, gaps)
        }
        missing => missing,
    }
}

/// Adds the second reading to the first; it closes the gap the first one left.
fn joined(first: &Known<Vec<HeldRole>>, second: Known<Vec<HeldRole>>) -> Known<Vec<HeldRole>> {
    let seen = first.seen().cloned();
    let whole = seen.clone().map_or_else(|| first.clone(), Known::Known);
    let mut all = whole.and(second);
    if let Known::Known(roles) | Known::Partial(roles, _) = &mut all {
        let mut kept: Vec<HeldRole> = Vec::new();
        for role in roles.drain(..) {
            let twin = kept.iter_mut().find(|other| {
                other.template_id.eq_ignore_ascii_case(&role.template_id)
                    && other.scope == role.scope
            });
            match twin {
                Some(twin) => twin.name = twin.name.take().or(role.name),
                None => kept.push(role),
            }
        }
        *roles = kept;
    }
    all
}
