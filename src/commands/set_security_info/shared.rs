//! The same address or number for several administrators: whoever holds it holds all of them. Refused unless asked for.

use super::Slot;
use super::wanted::Wanted;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::people;
use crate::graph::Client;
use crate::graph::batch::{Batch, Patience};
use crate::graph::info::Info;
use crate::graph::methods;
use crate::plan::Step;
use crate::plan::info::holds;
use crate::policy::clouds::Feature;
use crate::policy::contact::digits;
use crate::policy::roles::{
    AUTHENTICATION_ADMINISTRATOR, GLOBAL_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR, USER_ADMINISTRATOR,
};
use std::collections::{BTreeMap, BTreeSet};

/// Roles whose holders could give themselves the rest.
const LOOKED_AT: &[&str] = &[
    GLOBAL_ADMINISTRATOR,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    AUTHENTICATION_ADMINISTRATOR,
    USER_ADMINISTRATOR,
];
/// Most administrators whose methods are read for this.
const MOST: usize = 60;

/// Refuses a list that gives several users the same address or number.
pub(super) fn within(wanted: &[Wanted]) -> Result<()> {
    let mut users: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for one in wanted {
        let values = [
            one.email.as_deref().map(str::to_ascii_lowercase),
            one.phone.as_deref().map(digits),
        ];
        for value in values.into_iter().flatten() {
            users.entry(value).or_default().push(one.user.as_str());
        }
    }
    match users.values().find(|users| users.len() > 1) {
        None => Ok(()),
        Some(users) => Err(refused(ErrorCode::BadInput, users)),
    }
}

fn refused(code: ErrorCode, users: &[&str]) -> Error {
    let shown = users.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    let more = users.len().saturating_sub(5);
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    Error::new(
        code,
        format!("The same address or number would stand for {shown}{more}; nothing was changed."),
    )
    .why("Rule: each has one of its own. Who holds a shared one could reset all of these accounts.")
    .fix("Give each its own, or add --allow-shared if that is meant.")
}

/// Refuses what another administrator of the tenant has registered already, as far as that can be read.
pub(super) async fn with_others(context: &Context, client: &Client, slots: &[Slot]) -> Result<()> {
    let mut added: Vec<(&str, &str, &Info)> = Vec::new();
    for slot in slots {
        let Slot::Ready(ready) = slot else { continue };
        if ready.judged.subject().privileged.is_none() {
            continue;
        }
        for write in &ready.difference.writes {
            if let Step::AddInfo(info) | Step::ChangeInfo(info) = &write.step {
                added.push((ready.judged.id(), ready.judged.upn(), info));
            }
        }
    }
    if added.is_empty() {
        return Ok(());
    }
    let untold = |why: &str| {
        context.console.detail(&format!(
            "Whether another administrator has the same address or number was not looked up: {why}"
        ));
        Ok(())
    };
    let found = match people(client, LOOKED_AT).await {
        Ok(found) => found,
        Err(error) => return untold(error.message()),
    };
    let others: BTreeSet<(String, String)> = found
        .holders
        .into_iter()
        .map(|holder| {
            let name = holder.upn.unwrap_or_else(|| holder.id.clone());
            (holder.id, name)
        })
        .collect();
    let others: Vec<(String, String)> = others.into_iter().take(MOST).collect();
    let whole = client.endpoints().cloud.offers(Feature::MethodsList);
    for chunk in others.chunks(20) {
        let mut batch = Batch::new();
        let asked: Vec<_> = chunk
            .iter()
            .map(|(id, _)| {
                batch.add(&if whole {
                    methods::list(id)
                } else {
                    methods::phones(id)
                })
            })
            .collect();
        let mut replies = match client.batch(batch, Patience::Many).await {
            Ok(replies) => replies,
            Err(error) => return untold(error.message()),
        };
        for (slot, (id, upn)) in asked.into_iter().zip(chunk) {
            let Ok(page) = replies.take(slot) else {
                continue;
            };
            for (own, name, info) in &added {
                if !own.eq_ignore_ascii_case(id) && is_held(&page.value, info) {
                    return Err(refused(ErrorCode::ContentRefused, &[name, upn]));
                }
            }
        }
    }
    Ok(())
}

/// Whether somebody has the address or number, as whatever kind of phone.
fn is_held(methods: &[methods::RegisteredMethod], info: &Info) -> bool {
    match info {
        Info::Email(_) => holds(methods, info) == Some(true),
        Info::Phone { number, .. } => methods.iter().any(|method| {
            method
                .phone_number
                .as_deref()
                .is_some_and(|own| digits(own) == digits(number))
        }),
    }
}
