//! What is asked about one user inside a batch, and how the answers become evidence. A refusal is evidence too.

use super::evidence::{Evidence, Methods, ends_everything};
use super::tenant::fact;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::batch::{Batch, Replies, Slot};
use crate::graph::call::Call;
use crate::graph::methods::RegisteredMethod;
use crate::graph::paging::Page;
use crate::graph::roles::{Assignment, Schedule};
use crate::graph::users::{DirectoryRole, User};
use crate::graph::{Client, methods, roles, users};
use crate::policy::clouds::{Cloud, Feature};
use crate::policy::reset::{HeldRole, Scope};
use crate::policy::{Gap, Known};
use serde::de::DeserializeOwned;

/// What is read of a user.
pub(crate) const SELECT: &str =
    "id,userPrincipalName,displayName,accountEnabled,userType,onPremisesSyncEnabled";
/// The same with contact information.
pub(crate) const SELECT_PROFILE: &str = "id,userPrincipalName,displayName,accountEnabled,userType,onPremisesSyncEnabled,otherMails,mobilePhone";

const READ_ROLES: &[&str] = &[
    "User.Read.All",
    "GroupMember.Read.All",
    "Directory.Read.All",
];
const READ_ASSIGNMENTS: &[&str] = &["RoleManagement.Read.Directory"];
const READ_ELIGIBLE: &[&str] = &[
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.Directory",
];

/// Whom the questions are about.
#[derive(Debug, Clone)]
pub(crate) enum Whom {
    /// The signed-in person; the object id when the token tells it.
    Me(Option<String>),
    /// A user by name or id.
    Named(String),
    /// A user that a list has shown already.
    Listed(Box<User>),
}

/// Which questions are asked about everybody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Questions {
    /// Properties of the user.
    pub(crate) select: &'static str,
    /// The cloud, which lacks some lists.
    pub(crate) cloud: Cloud,
    /// Whether roles are asked of each user; else they are known from a listing.
    pub(crate) roles: bool,
}

/// Where the answers about one user will be.
pub(crate) struct Asked {
    whom: Whom,
    user: Option<Slot<User>>,
    methods: Slot<Page<RegisteredMethod>>,
    authenticators: Option<Slot<Page<RegisteredMethod>>>,
    roles: Option<Slot<Page<DirectoryRole>>>,
    assignments: Option<Slot<Page<Assignment>>>,
    eligible: Option<Slot<Page<Schedule>>>,
}

impl Questions {
    /// Whether this cloud lists methods one kind at a time only.
    fn by_kind(self) -> bool {
        !self.cloud.offers(Feature::MethodsList)
    }

    /// Reads a user costs: `listed` when the user is known from a list.
    pub(crate) fn parts(self, listed: bool) -> usize {
        1 + usize::from(!listed) + usize::from(self.by_kind()) + usize::from(self.roles)
    }

    fn methods(self, whom: &Whom) -> Call<Page<RegisteredMethod>> {
        match (whom, self.by_kind()) {
            (Whom::Me(_), false) => methods::list_mine(),
            (Whom::Me(_), true) => methods::my_phones(),
            (whom, false) => methods::list(whom.key()),
            (whom, true) => methods::phones(whom.key()),
        }
    }

    fn authenticators(whom: &Whom) -> Call<Page<RegisteredMethod>> {
        match whom {
            Whom::Me(_) => methods::my_authenticators(),
            whom => methods::authenticators(whom.key()),
        }
    }

    fn directory_roles(whom: &Whom) -> Call<Page<DirectoryRole>> {
        match whom {
            Whom::Me(_) => users::my_directory_roles(),
            whom => users::directory_roles(whom.key()),
        }
    }

    /// Adds the questions about one user. `closely`: with roles at other scopes and eligible ones, where the object id is known.
    pub(crate) fn ask(self, batch: &mut Batch, whom: Whom, closely: bool) -> Asked {
        let user = match &whom {
            Whom::Me(_) => Some(batch.add(&users::me(self.select))),
            Whom::Named(name) => Some(batch.add(&users::get(name, self.select))),
            Whom::Listed(_) => None,
        };
        let methods = batch.add(&self.methods(&whom));
        let authenticators = self
            .by_kind()
            .then(|| batch.add(&Self::authenticators(&whom)));
        let roles = self.roles.then(|| batch.add(&Self::directory_roles(&whom)));
        let id = whom.object_id().filter(|_| closely).map(str::to_owned);
        let assignments = id
            .as_deref()
            .map(|id| batch.add(&roles::assignments_of(id)));
        let eligible = id
            .as_deref()
            .map(|id| batch.add(&roles::eligibilities_of(id)));
        Asked {
            whom,
            user,
            methods,
            authenticators,
            roles,
            assignments,
            eligible,
        }
    }
}

impl Whom {
    fn key(&self) -> &str {
        match self {
            Whom::Me(id) => id.as_deref().unwrap_or("me"),
            Whom::Named(name) => name,
            Whom::Listed(user) => &user.id,
        }
    }

    fn object_id(&self) -> Option<&str> {
        match self {
            Whom::Me(id) => id.as_deref(),
            Whom::Named(name) => crate::ids::guid(name).is_some().then_some(name),
            Whom::Listed(user) => Some(&user.id),
        }
    }
}

/// Reads the answers about one user.
pub(crate) async fn read(
    client: &Client,
    replies: &mut Replies,
    asked: Asked,
    questions: Questions,
) -> Result<Evidence> {
    let Asked {
        whom,
        user,
        methods,
        authenticators,
        roles,
        assignments,
        eligible,
    } = asked;
    let mut fault = None;
    let user = match user {
        Some(slot) => kept(replies.take(slot), &mut fault)?,
        None => None,
    };
    let all = kept(
        whole(client, replies, methods, || questions.methods(&whom)).await,
        &mut fault,
    )?;
    let apps = match authenticators {
        Some(slot) => kept(
            whole(client, replies, slot, || Questions::authenticators(&whom)).await,
            &mut fault,
        )?,
        None => None,
    };
    let methods = match all {
        // Why is told by the error: it may be the permission or the role.
        None => Methods::Unread(Gap::not_read("the registered methods")),
        Some(found) if !questions.by_kind() => Methods::All(found),
        Some(phones) => {
            let authenticators = apps.is_some();
            let typed = |kind: &'static str| {
                move |method: RegisteredMethod| RegisteredMethod {
                    odata_type: Some(format!("#microsoft.graph.{kind}AuthenticationMethod")),
                    ..method
                }
            };
            let found = phones
                .into_iter()
                .map(typed("phone"))
                .chain(
                    apps.into_iter()
                        .flatten()
                        .map(typed("microsoftAuthenticator")),
                )
                .collect();
            Methods::Some {
                found,
                authenticators,
            }
        }
    };
    let mut held = Known::missing(Gap::not_read("the roles of the user"));
    if let Some(slot) = roles {
        let found = fact(
            whole(client, replies, slot, || Questions::directory_roles(&whom)).await,
            "the roles of the user",
            READ_ROLES,
        )?;
        held = found.map(|list| list.into_iter().map(directory_role).collect());
    }
    let id = whom.object_id().unwrap_or_default();
    if let Some(slot) = assignments {
        let found = whole(client, replies, slot, || roles::assignments_of(id)).await;
        let found = fact(
            found,
            "roles of the user at the scope of a unit, and custom roles",
            READ_ASSIGNMENTS,
        )?;
        held = held.and(found.map(|list| list.into_iter().map(assigned_role).collect()));
    } else if questions.roles {
        held = held.and(Known::missing(Gap::not_read(
            "roles of the user at the scope of a unit, and custom roles",
        )));
    }
    let activatable = match eligible {
        Some(slot) => pim(whole(client, replies, slot, || roles::eligibilities_of(id)).await)?,
        None => Known::missing(Gap::not_read("the roles the user may activate")),
    };
    let (name, user) = match whom {
        Whom::Listed(user) => (user.id.clone(), Some(*user)),
        Whom::Named(name) => (name, user),
        Whom::Me(id) => (id.unwrap_or_default(), user),
    };
    Ok(Evidence {
        name,
        user,
        methods,
        roles: held,
        eligible: activatable,
        fault,
    })
}

/// An answer, or its refusal kept as evidence. What would stop everything is passed on.
fn kept<T>(found: Result<T>, fault: &mut Option<Error>) -> Result<Option<T>> {
    match found {
        Ok(value) => Ok(Some(value)),
        Err(error) if ends_everything(&error) => Err(error),
        Err(error) => {
            fault.get_or_insert(error);
            Ok(None)
        }
    }
}

/// A list whose first page came in the batch; further pages are fetched when there are any.
async fn whole<T: DeserializeOwned>(
    client: &Client,
    replies: &mut Replies,
    slot: Slot<Page<T>>,
    call: impl FnOnce() -> Call<Page<T>>,
) -> Result<Vec<T>> {
    let page = replies.take(slot)?;
    if page.next_link.is_none() {
        Ok(page.value)
    } else {
        client.pages_after(&call(), page)?.all().await
    }
}

/// A tenant without the licence for eligible roles has none.
fn pim(found: Result<Vec<Schedule>>) -> Result<Known<Vec<HeldRole>>> {
    match found {
        Err(error) if error.code() == ErrorCode::LicenceMissing => Ok(Known::Known(Vec::new())),
        other => Ok(
            fact(other, "the roles the user may activate", READ_ELIGIBLE)?
                .map(|list| list.into_iter().map(eligible_role).collect()),
        ),
    }
}

fn directory_role(role: DirectoryRole) -> HeldRole {
    HeldRole {
        name: role.display_name,
        built_in: Some(true),
        ..HeldRole::tenant(role.role_template_id.unwrap_or(role.id))
    }
}

fn assigned_role(assignment: Assignment) -> HeldRole {
    let (name, built_in) = assignment
        .role_definition
        .map_or((None, None), |role| (role.display_name, role.is_built_in));
    HeldRole {
        name,
        built_in,
        scope: scope(assignment.directory_scope_id),
        ..HeldRole::tenant(assignment.role_definition_id)
    }
}

fn eligible_role(schedule: Schedule) -> HeldRole {
    let (name, built_in) = schedule
        .role_definition
        .map_or((None, None), |role| (role.display_name, role.is_built_in));
    HeldRole {
        name,
        built_in,
        scope: scope(schedule.directory_scope_id),
        ..HeldRole::tenant(schedule.role_definition_id)
    }
}

fn scope(text: Option<String>) -> Scope {
    Scope::from_directory_scope(text.as_deref().unwrap_or("/"))
}
