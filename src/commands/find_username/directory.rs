//! The search in the directory: one batch of filters for what was given, then roles, then last sign-ins where that may be asked.

use super::report::{FoundReport, Person, Query};
use super::{Kind, sign_ins};
use crate::context::Context;
use crate::error::{ErrorCode, Result};
use crate::graph::Client;
use crate::graph::batch::{Batch, Patience, Slot};
use crate::graph::call::{Call, literal};
use crate::graph::paging::Page;
use crate::graph::search;
use crate::graph::users::{self, User};
use crate::policy::phone_forms;
use crate::policy::reset::HeldRole;
use crate::security_info::evidence::ends_everything;
use crate::security_info::holders::{self, Holders};

/// What is read of each user.
const SELECT: &str = "id,userPrincipalName,displayName,accountEnabled,userType,mail,otherMails,mobilePhone,businessPhones,proxyAddresses";
/// Most values of one filter (limits of the query).
const CLAUSES: usize = 15;
/// Roles are read of so many matches.
const MOST_ROLES: usize = 100;
/// Pages of users that are read when no written form of a number was found.
const MOST_PAGES: usize = 10;

/// Searches for a text, or lists administrators.
pub(super) async fn search(
    context: &Context,
    text: Option<&str>,
    admins: bool,
) -> Result<FoundReport> {
    let with: &[&str] = if admins { &["--admins"] } else { &[] };
    let client = context.client_for("find-username", with)?;
    let kind = text.map(Kind::of);
    let mut report = FoundReport {
        signed_in: true,
        query: text.zip(kind).map(|(text, kind)| Query {
            text: text.to_owned(),
            kind: kind.word(),
        }),
        admins,
        ..FoundReport::default()
    };
    if admins {
        administrators(&client, text.zip(kind), &mut report).await?;
    } else if let Some((text, kind)) = text.zip(kind) {
        let mut found = matches(&client, text, kind, &mut report.notes).await?;
        if found.is_empty() && kind == Kind::Phone {
            found = by_digits(context, &client, text, &mut report.notes).await?;
        }
        report.people = found
            .into_iter()
            .map(|user| person(user, Some((text, kind))))
            .collect();
        roles(&client, &mut report).await?;
    }
    sign_ins::add(&client, &mut report).await?;
    report.people.sort_by_key(|one| {
        (
            one.is_admin != Some(true),
            one.enabled == Some(false),
            one.user_principal_name.to_lowercase(),
        )
    });
    Ok(report)
}

/// Everything a text could mean, as filters. Registered methods are not among them: the directory cannot search those.
fn questions(text: &str, kind: Kind) -> Vec<Call<Page<User>>> {
    let filter = |filter: String| search::filtered(SELECT, &filter, false);
    match kind {
        Kind::Email => vec![
            filter(format!("otherMails/any(m:m eq {})", literal(text))),
            filter(format!(
                "proxyAddresses/any(p:p eq {})",
                literal(&format!("smtp:{text}"))
            )),
            filter(format!("mail eq {}", literal(text))),
            filter(format!("userPrincipalName eq {}", literal(text))),
        ],
        Kind::Phone => {
            let forms: Vec<String> = phone_forms::forms(text)
                .iter()
                .map(|form| literal(form))
                .collect();
            let mut calls = Vec::new();
            for some in forms.chunks(CLAUSES) {
                let mobile = format!("mobilePhone in ({})", some.join(","));
                calls.push(search::filtered(SELECT, &mobile, true));
                let business: Vec<String> = some
                    .iter()
                    .map(|form| format!("businessPhones/any(p:p eq {form})"))
                    .collect();
                calls.push(filter(business.join(" or ")));
            }
            calls
        }
        Kind::Name => {
            let mut calls = vec![search::searched(SELECT, text)];
            for property in [
                "displayName",
                "givenName",
                "surname",
                "userPrincipalName",
                "mail",
            ] {
                calls.push(filter(format!("startsWith({property},{})", literal(text))));
            }
            calls
        }
    }
}

/// Users any of the filters lets through, each once.
async fn matches(
    client: &Client,
    text: &str,
    kind: Kind,
    notes: &mut Vec<String>,
) -> Result<Vec<User>> {
    let mut batch = Batch::new();
    let slots: Vec<Slot<Page<User>>> = questions(text, kind)
        .iter()
        .map(|call| batch.add(call))
        .collect();
    let mut replies = client.batch(batch, Patience::Single).await?;
    let (mut found, mut refusal, mut answered, mut more) = (Vec::<User>::new(), None, false, false);
    for slot in slots {
        match replies.take(slot) {
            Ok(page) => {
                answered = true;
                more |= page.next_link.is_some();
                for user in page.value {
                    if !found.iter().any(|known| known.id == user.id) {
                        found.push(user);
                    }
                }
            }
            Err(error) if ends_everything(&error) => return Err(error),
            Err(error) => refusal = Some(error),
        }
    }
    match refusal {
        Some(error) if !answered => return Err(error),
        Some(error) => notes.push(format!("Not all could be searched: {}", error.message())),
        None => {}
    }
    if more {
        notes.push("There are more matches than are shown; give more of the name.".to_owned());
    }
    Ok(found)
}

/// Compares the digits of everybody's numbers, for a number that is stored in none of the usual forms.
async fn by_digits(
    context: &Context,
    client: &Client,
    text: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<User>> {
    let mut found = Vec::new();
    let mut pages = client.pages(&users::list(SELECT))?;
    for number in 0..MOST_PAGES {
        context
            .console
            .progress(&format!("Comparing phone numbers, page {}", number + 1));
        let Some(page) = pages.next_page().await? else {
            context.console.clear_progress();
            return Ok(found);
        };
        found.extend(
            page.into_iter()
                .filter(|user| phones(user).any(|(_, number)| phone_forms::same(number, text))),
        );
    }
    context.console.clear_progress();
    if pages.next().await?.is_some() {
        notes.push(format!(
            "The numbers of the first {} users were compared; give the number as it is stored to search all.",
            MOST_PAGES * 999
        ));
    }
    Ok(found)
}

fn phones(user: &User) -> impl Iterator<Item = (&'static str, &str)> {
    let mobile = user
        .mobile_phone
        .iter()
        .map(|one| ("mobilePhone", one.as_str()));
    let business = user.business_phones.iter().flatten();
    mobile.chain(business.map(|one| ("businessPhones", one.as_str())))
}

fn mails(user: &User) -> impl Iterator<Item = (&'static str, &str)> {
    let other = user.other_mails.iter().flatten();
    let alias = user.proxy_addresses.iter().flatten();
    let upn = user.user_principal_name.iter();
    upn.map(|one| ("userPrincipalName", one.as_str()))
        .chain(other.map(|one| ("otherMails", one.as_str())))
        .chain(user.mail.iter().map(|one| ("mail", one.as_str())))
        .chain(alias.map(|one| {
            let address = one
                .split_once(':')
                .map_or(one.as_str(), |(_, address)| address);
            ("proxyAddresses", address)
        }))
}

/// Where in a user the text stands; the first of each property.
fn matched(user: &User, text: &str, kind: Kind) -> Vec<(&'static str, String)> {
    let lower = text.to_lowercase();
    let all: Vec<(&'static str, &str)> = match kind {
        Kind::Email => mails(user)
            .filter(|(_, value)| value.to_lowercase() == lower)
            .collect(),
        Kind::Phone => phones(user)
            .filter(|(_, value)| *value == text || phone_forms::same(value, text))
            .collect(),
        Kind::Name => {
            let name = user
                .display_name
                .iter()
                .map(|one| ("displayName", one.as_str()));
            name.chain(mails(user))
                .filter(|(_, value)| value.to_lowercase().contains(&lower))
                .collect()
        }
    };
    let mut once: Vec<(&'static str, String)> = Vec::new();
    for (property, value) in all {
        if !once.iter().any(|(known, _)| *known == property) {
            once.push((property, value.to_owned()));
        }
    }
    once
}

fn person(user: User, query: Option<(&str, Kind)>) -> Person {
    let matched = query.map_or_else(Vec::new, |(text, kind)| matched(&user, text, kind));
    Person {
        user_principal_name: user.user_principal_name.unwrap_or_default(),
        id: user.id,
        display_name: user.display_name,
        enabled: user.account_enabled,
        is_admin: None,
        roles: None,
        last_sign_in: None,
        matched,
    }
}

fn names(roles: &[HeldRole]) -> Vec<String> {
    let mut names: Vec<String> = roles
        .iter()
        .filter(|role| !role.is_implicit())
        .map(|role| role.display_name().to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Reads the roles of those who were found.
async fn roles(client: &Client, report: &mut FoundReport) -> Result<()> {
    let mut batch = Batch::new();
    let calls: Vec<_> = report
        .people
        .iter()
        .take(MOST_ROLES)
        .map(|one| users::directory_roles(&one.id))
        .collect();
    if calls.is_empty() {
        return Ok(());
    }
    let slots: Vec<_> = calls.iter().map(|call| batch.add(call)).collect();
    let mut replies = client.batch(batch, Patience::Many).await?;
    let mut refused = None;
    for (slot, one) in slots.into_iter().zip(&mut report.people) {
        match replies.take(slot) {
            Ok(page) => {
                let roles: Vec<HeldRole> = page
                    .value
                    .into_iter()
                    .map(|role| HeldRole {
                        name: role.display_name,
                        ..HeldRole::tenant(role.role_template_id.unwrap_or(role.id))
                    })
                    .collect();
                let names = names(&roles);
                one.is_admin = Some(!names.is_empty());
                one.roles = Some(names);
            }
            Err(error) if ends_everything(&error) => return Err(error),
            Err(error) => refused = Some(error),
        }
    }
    if let Some(error) = refused {
        report
            .notes
            .push(format!("Roles could not be read: {}", error.message()));
    }
    Ok(())
}

/// Everybody with a role, or those among them whom the text fits.
async fn administrators(
    client: &Client,
    query: Option<(&str, Kind)>,
    report: &mut FoundReport,
) -> Result<()> {
    let mut batch = Batch::new();
    let asked = holders::ask(&mut batch);
    let mut replies = client.batch(batch, Patience::Single).await?;
    let holders: Holders = holders::read(client, &mut replies, asked).await?;
    if let Some(refusal) = holders.refusal() {
        return Err(refusal.copied());
    }
    report.notes.extend(holders.gaps());
    let ids = holders.everybody();
    let mut batch = Batch::new();
    let calls: Vec<_> = ids.iter().map(|id| users::get(id, SELECT)).collect();
    let slots: Vec<_> = calls.iter().map(|call| batch.add(call)).collect();
    if slots.is_empty() {
        return Ok(());
    }
    let mut replies = client.batch(batch, Patience::Many).await?;
    for (id, slot) in ids.iter().zip(slots) {
        let user = match replies.take(slot) {
            Ok(user) => user,
            // An app among the holders, or somebody deleted a moment ago.
            Err(error) if error.code() == ErrorCode::NotFound => continue,
            Err(error) => return Err(error),
        };
        let mut one = person(user, query);
        if query.is_some() && one.matched.is_empty() {
            continue;
        }
        let (active, eligible) = (holders.active(id), holders.eligible(id));
        let mut roles = names(active.items());
        for name in names(eligible.items()) {
            if !roles.contains(&name) {
                roles.push(format!("{name} (eligible)"));
            }
        }
        one.is_admin = Some(true);
        one.roles = Some(roles);
        report.people.push(one);
    }
    Ok(())
}
