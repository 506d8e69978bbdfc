//! Who holds given roles, now or after activation: people with the group that carries it, bounded, each once.
//!
//! Lists holders; whether one of them reaches a certain account is for [`crate::policy`] to say.

use super::{ELIGIBLE, ROLES, known, list};
use crate::error::{ErrorCode, Result};
use crate::graph::batch::{Batch, Patience};
use crate::graph::roles::{self, Principal};
use crate::graph::{Client, users};
use crate::policy::Gap;
use crate::policy::reset::{HeldRole, Scope};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Most people that are looked at one by one.
const MOST_PEOPLE: usize = 200;
/// Most groups that are opened.
const MOST_GROUPS: usize = 40;
/// What is read of each person.
const PERSON: &str =
    "id,userPrincipalName,displayName,accountEnabled,onPremisesSyncEnabled,userType";

/// Whether a role is in force or could be activated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// In force.
    Active,
    /// To be activated in PIM first.
    Eligible,
}

impl Mode {
    /// Word of the documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::Active => "active",
            Mode::Eligible => "eligible",
        }
    }
}

/// A person and a role that the person holds or may activate.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Object id.
    pub id: String,
    /// User principal name.
    pub upn: Option<String>,
    /// Display name.
    pub display_name: Option<String>,
    /// Whether the account may sign in.
    pub enabled: Option<bool>,
    /// Mastered on premises.
    pub synced: Option<bool>,
    /// Home in another tenant.
    pub guest: Option<bool>,
    /// The role, its scope and the group that carries it.
    pub role: HeldRole,
    /// Display name of that group.
    pub group_name: Option<String>,
    /// In force or eligible.
    pub mode: Mode,
}

/// The holders that were found and what could not be read.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// Each person and role once, active before eligible.
    pub holders: Vec<Holder>,
    /// What is missing from the list.
    pub missing: Vec<Gap>,
}

/// An assignment before its group is opened and its person is read.
struct Found {
    principal: Option<Principal>,
    id: String,
    role: HeldRole,
    mode: Mode,
}

/// Lists who holds the roles, or may activate them; groups are opened. At most three batches, beside next pages.
pub async fn people(client: &Client, role_ids: &[&'static str]) -> Result<People> {
    let mut people = People::default();
    if role_ids.is_empty() {
        return Ok(people);
    }
    let found = assignments(client, role_ids, &mut people.missing).await?;
    let opened = open_groups(client, found, &mut people.missing).await?;
    people.holders = described(client, opened, &mut people.missing).await?;
    people.holders.sort_by(|a, b| {
        let key = |one: &Holder| (one.mode, one.enabled == Some(false), one.upn.clone());
        key(a).cmp(&key(b))
    });
    let mut told = HashSet::new();
    people.missing.retain(|gap| told.insert(gap.clone()));
    Ok(people)
}

async fn assignments(
    client: &Client,
    role_ids: &[&'static str],
    missing: &mut Vec<Gap>,
) -> Result<Vec<Found>> {
    let mut batch = Batch::new();
    let asked: Vec<_> = role_ids
        .iter()
        .map(|id| {
            let (active, eligible) = (roles::holders_of(id), roles::eligible_for(id));
            let slots = (batch.add(&active), batch.add(&eligible));
            (*id, active, eligible, slots)
        })
        .collect();
    let mut replies = client.batch(batch, Patience::Single).await?;
    let mut found = Vec::new();
    for (id, active, eligible, slots) in asked {
        let holders = known(
            list(client, &mut replies, slots.0, &active).await,
            "who holds the roles that work",
            ROLES,
        )?;
        missing.extend_from_slice(holders.gaps());
        found.extend(holders.items().iter().map(|one| Found {
            principal: one.principal.clone(),
            id: one.principal_id.clone(),
            role: held(id, one.directory_scope_id.as_deref()),
            mode: Mode::Active,
        }));
        let listed = list(client, &mut replies, slots.1, &eligible).await;
        // A tenant without PIM has nobody who is eligible.
        if matches!(&listed, Err(error) if error.code() == ErrorCode::LicenceMissing) {
            continue;
        }
        let may = known(listed, "who may activate the roles that work", ELIGIBLE)?;
        missing.extend_from_slice(may.gaps());
        found.extend(may.items().iter().map(|one| Found {
            principal: one.principal.clone(),
            id: one.principal_id.clone(),
            role: held(id, one.directory_scope_id.as_deref()),
            mode: Mode::Eligible,
        }));
    }
    Ok(found)
}

fn held(role_id: &str, scope: Option<&str>) -> HeldRole {
    HeldRole {
        scope: Scope::from_directory_scope(scope.unwrap_or("/")),
        ..HeldRole::tenant(role_id)
    }
}

fn is_kind(found: &Found, kind: &str) -> bool {
    found
        .principal
        .as_ref()
        .and_then(|who| who.odata_type.as_deref())
        .is_some_and(|own| own.ends_with(kind))
}

/// Replaces groups by the people in them.
async fn open_groups(
    client: &Client,
    found: Vec<Found>,
    missing: &mut Vec<Gap>,
) -> Result<Vec<(Found, Option<String>)>> {
    let groups: BTreeSet<&str> = found
        .iter()
        .filter(|one| is_kind(one, ".group"))
        .map(|one| one.id.as_str())
        .take(MOST_GROUPS)
        .collect();
    let mut members: BTreeMap<String, Vec<Principal>> = BTreeMap::new();
    if !groups.is_empty() {
        let mut batch = Batch::new();
        let asked: Vec<_> = groups
            .iter()
            .map(|id| {
                let call = roles::group_members(id);
                let slot = batch.add(&call);
                ((*id).to_owned(), call, slot)
            })
            .collect();
        let mut replies = client.batch(batch, Patience::Single).await?;
        for (id, call, slot) in asked {
            let inside = known(
                list(client, &mut replies, slot, &call).await,
                "who is in the groups that hold the roles",
                &["GroupMember.Read.All", "Directory.Read.All"],
            )?;
            missing.extend_from_slice(inside.gaps());
            members.insert(id, inside.items().to_vec());
        }
    }
    let mut people = Vec::new();
    for one in found {
        if is_kind(&one, ".servicePrincipal") {
            continue;
        }
        if !is_kind(&one, ".group") {
            people.push((one, None));
            continue;
        }
        let name = one
            .principal
            .as_ref()
            .and_then(|group| group.display_name.clone());
        for member in members.get(&one.id).into_iter().flatten() {
            let role = HeldRole {
                via_group: Some(one.id.clone()),
                ..one.role.clone()
            };
            let found = Found {
                id: member.id.clone(),
                principal: Some(member.clone()),
                role,
                mode: one.mode,
            };
            people.push((found, name.clone()));
        }
    }
    Ok(people)
}

/// Reads name and state of each person; what the listing told stands in where a person cannot be read.
async fn described(
    client: &Client,
    found: Vec<(Found, Option<String>)>,
    missing: &mut Vec<Gap>,
) -> Result<Vec<Holder>> {
    let mut ids: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    for (one, _) in &found {
        if seen.insert(one.id.to_ascii_lowercase()) {
            ids.push(one.id.clone());
        }
    }
    if ids.len() > MOST_PEOPLE {
        missing.push(Gap::not_read(format!(
            "the people beyond the first {MOST_PEOPLE}"
        )));
        ids.truncate(MOST_PEOPLE);
    }
    let mut batch = Batch::new();
    let asked: Vec<_> = ids
        .iter()
        .map(|id| (id.to_ascii_lowercase(), batch.add(&users::get(id, PERSON))))
        .collect();
    let mut read = BTreeMap::new();
    if !batch.is_empty() {
        let mut replies = client.batch(batch, Patience::Many).await?;
        for (id, slot) in asked {
            match replies.take(slot) {
                Ok(user) => {
                    read.insert(id, Some(user));
                }
                // Deleted meanwhile, or another kind of principal than its name says.
                Err(error) if error.code() == ErrorCode::NotFound => {}
                Err(error) if super::is_gap(&error) => {
                    read.insert(id, None);
                }
                Err(error) => return Err(error),
            }
        }
    }
    let mut told = HashSet::new();
    let mut holders = Vec::new();
    for (one, group_name) in found {
        let Some(user) = read.get(&one.id.to_ascii_lowercase()) else {
            continue;
        };
        let once = (
            one.id.to_ascii_lowercase(),
            one.role.template_id.clone(),
            format!("{:?}", one.role.scope),
            one.mode,
        );
        if !told.insert(once) {
            continue;
        }
        let listed = one.principal.as_ref();
        let upn = user
            .as_ref()
            .and_then(|user| user.user_principal_name.clone());
        holders.push(Holder {
            display_name: user
                .as_ref()
                .and_then(|user| user.display_name.clone())
                .or_else(|| listed?.display_name.clone()),
            enabled: user
                .as_ref()
                .map_or_else(|| listed?.account_enabled, |user| user.account_enabled),
            synced: user
                .as_ref()
                .map(|user| user.on_premises_sync_enabled == Some(true)),
            guest: user
                .as_ref()
                .map(|user| super::is_guest(user, upn.as_deref().unwrap_or_default())),
            upn: upn.or_else(|| listed?.user_principal_name.clone()),
            id: one.id,
            role: one.role,
            group_name,
            mode: one.mode,
        });
    }
    // Somebody who holds a role need not be told that it could be activated as well.
    let active: HashSet<(String, String)> = holders
        .iter()
        .filter(|one| one.mode == Mode::Active && one.role.scope == Scope::Tenant)
        .map(|one| (one.id.to_ascii_lowercase(), one.role.template_id.clone()))
        .collect();
    holders.retain(|one| {
        one.mode == Mode::Active
            || !active.contains(&(one.id.to_ascii_lowercase(), one.role.template_id.clone()))
    });
    Ok(holders)
}
