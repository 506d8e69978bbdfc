//! Who asks: the signed-in person or the application, with roles and groups, and the tenant.

use super::{
    ELIGIBLE, MEMBERS, ROLES, Surroundings, assigned_role, directory_role, is_gap, known, list,
    partly,
};
use crate::auth::claims::TokenClaims;
use crate::error::{ErrorCode, Result};
use crate::graph::batch::{Batch, Replies, Slot};
use crate::graph::paging::Page;
use crate::graph::tenant::Organization;
use crate::graph::users::{DirectoryRole, User};
use crate::graph::{Client, roles, tenant, users};
use crate::policy::reset::{Caller, CallerKind, HeldRole};
use crate::policy::{Gap, Known};

pub(super) struct AskedCaller {
    me: Option<Slot<User>>,
    roles: Option<Slot<Page<DirectoryRole>>>,
    groups: Option<Slot<Page<users::Group>>>,
    assignments: Option<Slot<Page<roles::Assignment>>>,
    organization: Slot<Page<Organization>>,
}

pub(super) fn ask_caller(batch: &mut Batch, claims: &TokenClaims) -> AskedCaller {
    // A token that cannot be read is taken for a person's: `/me` tells, and is refused to an app.
    let person = claims.app_only != Some(true);
    AskedCaller {
        me: person.then(|| batch.add(&users::me("id,userPrincipalName,displayName"))),
        roles: person.then(|| batch.add(&users::my_directory_roles())),
        groups: person.then(|| batch.add(&users::my_groups())),
        assignments: claims
            .oid
            .as_deref()
            .filter(|_| !person)
            .map(|id| batch.add(&roles::assignments_of(id))),
        organization: batch.add(&tenant::organization()),
    }
}

pub(super) async fn read_caller(
    client: &Client,
    replies: &mut Replies,
    asked: AskedCaller,
    claims: &TokenClaims,
) -> Result<Surroundings> {
    let permissions = claims.permissions.clone().map_or_else(
        || Known::missing(Gap::not_read("the permissions in the token")),
        Known::Known,
    );
    let organization = match replies.take(asked.organization) {
        Ok(page) => page.value.into_iter().next(),
        Err(error)
            if is_gap(&error)
                || error.code() == ErrorCode::ContentRefused
                || error.code() == ErrorCode::NotFound =>
        {
            None
        }
        Err(error) => return Err(error),
    };
    let mut refused_to_apps = false;
    let me = match asked.me.map(|slot| replies.take(slot)) {
        Some(Ok(me)) => Some(me),
        // `/me` answers 400 to an app; a person without the permission gets 403.
        Some(Err(error)) if error.code() == ErrorCode::ContentRefused => {
            refused_to_apps = true;
            None
        }
        Some(Err(error)) if is_gap(&error) || error.code() == ErrorCode::NotFound => None,
        Some(Err(error)) => return Err(error),
        None => None,
    };
    let kind = match (claims.app_only, &me) {
        (Some(true), _) => CallerKind::AppOnly,
        (None, None) if refused_to_apps => CallerKind::AppOnly,
        _ => CallerKind::Delegated,
    };
    let beyond = |what: &str| Gap::permission(what, ROLES);
    let held = if let Some(slot) = asked.roles.filter(|_| kind == CallerKind::Delegated) {
        let found = known(
            list(client, replies, slot, &users::my_directory_roles()).await,
            "the roles of the caller",
            &["User.Read"],
        )?;
        partly(
            own_roles(found, claims),
            beyond("the caller's roles at unit scope"),
        )
    } else if let (Some(slot), Some(id)) = (asked.assignments, &claims.oid) {
        let found = known(
            list(client, replies, slot, &roles::assignments_of(id)).await,
            "the roles of the app",
            ROLES,
        )?;
        partly(
            found.map(|list| list.iter().map(assigned_role).collect()),
            Gap::permission(
                "roles the app holds through groups",
                &["Application.Read.All"],
            ),
        )
    } else {
        Known::missing(beyond("the roles of the caller"))
    };
    let caller_groups = match asked.groups.filter(|_| kind == CallerKind::Delegated) {
        Some(slot) => known(
            list(client, replies, slot, &users::my_groups()).await,
            "the groups of the caller",
            MEMBERS,
        )?
        .map(|groups| {
            groups
                .into_iter()
                .filter(|group| group.is_assignable_to_role == Some(true))
                .map(|group| group.id)
                .collect()
        }),
        None => Known::Known(Vec::new()),
    };
    let name = me
        .as_ref()
        .and_then(|me| me.user_principal_name.clone())
        .or_else(|| claims.upn.clone())
        .or_else(|| claims.app_name.clone());
    Ok(Surroundings {
        caller: Caller {
            kind,
            id: me.map(|me| me.id).or_else(|| claims.oid.clone()),
            permissions,
            roles: held,
            eligible: match kind {
                CallerKind::AppOnly => Known::Known(Vec::new()),
                CallerKind::Delegated => Known::missing(Gap::permission(
                    "the roles the caller may activate",
                    ELIGIBLE,
                )),
            },
            token_roles: claims.wids.clone().filter(|named| !named.is_empty()),
        },
        caller_name: name.or_else(|| claims.app_id.clone()),
        organization,
        caller_groups,
    })
}

/// The caller's tenant-wide roles. Where the directory shows them by id alone, the token names the same ones.
fn own_roles(found: Known<Vec<DirectoryRole>>, claims: &TokenClaims) -> Known<Vec<HeldRole>> {
    let readable = |role: &&DirectoryRole| role.role_template_id.is_some();
    let whole = found.is_complete() && found.items().iter().all(|role| readable(&role));
    let roles = found
        .clone()
        .map(|list| list.iter().filter(readable).map(directory_role).collect());
    if whole {
        return roles;
    }
    let named: Vec<HeldRole> = claims
        .wids
        .iter()
        .flatten()
        .map(HeldRole::tenant)
        .filter(|role| role.known().is_some() && !role.is_implicit())
        .collect();
    let gap = Gap::permission("which directory roles the caller holds", ROLES);
    roles.and(Known::Partial(named, vec![gap]))
}
