//! The rare third look: whether the units that a target's own roles are assigned for restrict management. Such a role protects its
//! holder more than the same role elsewhere, and only the list of assignments tells that there is one.

use super::Subject;
use crate::error::{ErrorCode, Result};
use crate::graph::batch::{Batch, Patience};
use crate::graph::{Client, units};
use crate::policy::Known;
use crate::policy::reset::{HeldRole, Scope};
use std::collections::BTreeMap;

/// Most units that are looked at.
const MOST: usize = 20;

/// Reads the units of scoped roles as far as they are not known. True when something was learnt; nothing is sent when nothing is
/// open.
pub async fn look_at_scopes(client: &Client, subject: &mut Subject) -> Result<bool> {
    let target = &mut subject.target;
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    // Units the account is in itself were read with it.
    if target.restricted_units.is_complete() {
        for id in target.units.items() {
            known.insert(id.to_ascii_lowercase(), false);
        }
    }
    for id in target.restricted_units.items() {
        known.insert(id.to_ascii_lowercase(), true);
    }
    let mut open: Vec<String> = open_scopes(&target.roles)
        .chain(open_scopes(&target.eligible))
        .filter(|id| !known.contains_key(id))
        .collect();
    open.sort_unstable();
    open.dedup();
    open.truncate(MOST);
    if !open.is_empty() {
        let mut batch = Batch::new();
        let asked: Vec<_> = open
            .into_iter()
            .map(|id| {
                let slot = batch.add(&units::get(&id));
                (id, slot)
            })
            .collect();
        let mut replies = client.batch(batch, Patience::Single).await?;
        for (id, slot) in asked {
            match replies.take(slot) {
                Ok(unit) => {
                    let restricted = unit.is_member_management_restricted == Some(true);
                    known.insert(id, restricted);
                }
                Err(error)
                    if super::is_gap(&error)
                        || matches!(
                            error.code(),
                            ErrorCode::NotFound | ErrorCode::ContentRefused
                        ) => {}
                Err(error) => return Err(error),
            }
        }
    }
    let learnt = settle(&mut target.roles, &known) | settle(&mut target.eligible, &known);
    Ok(learnt)
}

fn open_scopes(roles: &Known<Vec<HeldRole>>) -> impl Iterator<Item = String> + '_ {
    roles.items().iter().filter_map(|role| match &role.scope {
        Scope::Unit {
            id,
            restricted: None,
        } => Some(id.to_ascii_lowercase()),
        _ => None,
    })
}

fn settle(roles: &mut Known<Vec<HeldRole>>, known: &BTreeMap<String, bool>) -> bool {
    let (Known::Known(list) | Known::Partial(list, _)) = roles else {
        return false;
    };
    let mut learnt = false;
    for role in list {
        if let Scope::Unit { id, restricted } = &mut role.scope
            && restricted.is_none()
            && let Some(found) = known.get(&id.to_ascii_lowercase())
        {
            *restricted = Some(*found);
            learnt = true;
        }
    }
    learnt
}
