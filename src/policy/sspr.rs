//! Whether somebody can reset the own password now: the fixed two-gate rule for administrators, and what little can be
//! said of ordinary users. Facts in, an answer with reasons out.
//!
//! Source: SSPR policy page (administrator reset policy, read 2026-05-26), SSPR registration pages, message centre item
//! MC1325414 (contact properties no longer count since 2026-10-05).

mod account;
mod methods;
mod readiness;
#[cfg(test)]
mod tests;

pub use account::{AccountFacts, Answer, Finding, ReportFacts, SelfService, TenantFacts};
pub use methods::{Gate, MethodKind, PhoneType};
pub use readiness::{Readiness, Requirement, readiness};

use super::clouds::Cloud;
use super::facts::Known;
use super::{names, roles};
use jiff::civil::{Date, date};
use std::collections::BTreeSet;

/// Which policy an account falls under.
enum Policy {
    /// The fixed policy for administrators, by a listed role.
    Administrator,
    /// Treated as administrator for caution: the role is privileged or custom but not on the page.
    Cautious(String),
    /// The tenant's policy for users.
    Ordinary,
    /// Roles were not read.
    Unknown,
}

/// Decides whether the account can complete self-service reset now.
pub fn self_service(account: &AccountFacts, tenant: &TenantFacts, cloud: Cloud) -> SelfService {
    let mut no = Vec::new();
    let mut open = Vec::new();
    let mut notes = Vec::new();

    match account.enabled {
        Some(true) => {}
        Some(false) => no.push(Finding::Disabled),
        None => open.push(not_read("Whether the account is enabled was not read.")),
    }
    if account.guest || names::is_guest_upn(&account.upn) {
        no.push(Finding::Guest);
    }
    let writeback = tenant.writeback.complete().copied();
    for (applies, refusal, what) in [
        (
            account.synced,
            Finding::SyncedWithoutWriteback,
            "Whether the account is synced was not read.",
        ),
        (
            account.federated_domain,
            Finding::FederatedWithoutWriteback,
            "Whether the domain is federated was not read.",
        ),
    ] {
        match (applies, writeback) {
            (Some(false), _) | (Some(true), Some(true)) => {}
            (Some(true), Some(false)) => no.push(refusal),
            (Some(true), None) => {
                open.extend(unread(
                    &tenant.writeback,
                    "whether password writeback is on",
                ));
            }
            (None, _) => open.push(not_read(what)),
        }
    }

    let paid = tenant.paid.complete() == Some(&true);
    let kinds: BTreeSet<Gate> = account
        .methods
        .items()
        .iter()
        .filter_map(|method| method.gate(paid))
        .collect();
    let have = u8::try_from(kinds.len()).unwrap_or(u8::MAX);

    let policy = policy_of(account);
    if let Policy::Ordinary = policy {
        return ordinary(account, no, open, kinds, have);
    }

    let policy_allowed = tenant.allowed_to_use_sspr.complete().copied();
    let gate = gates_needed(tenant);
    match policy {
        Policy::Unknown => {
            open.extend(unread(&account.roles, "the roles of the user"));
            open.extend(unread(&account.eligible, "the roles the user may activate"));
        }
        Policy::Administrator | Policy::Cautious(_) => {
            match policy_allowed {
                Some(true) => {}
                Some(false) if matches!(policy, Policy::Administrator) => {
                    no.push(Finding::SwitchedOffForAdministrators)
                }
                Some(false) => open.push(Finding::SwitchedOffForAdministrators),
                None => open.extend(unread(
                    &tenant.allowed_to_use_sspr,
                    "whether administrators may use self-service reset (allowedToUseSSPR)",
                )),
            }
            let need = gate.unwrap_or(2);
            if have < need {
                let few = Finding::TooFewGates { have, need };
                if !account.methods.is_complete() {
                    open.extend(unread(&account.methods, "the registered methods"));
                } else if gate.is_some() || have == 0 {
                    no.push(few);
                } else {
                    open.push(not_read(
                        "Whether this tenant asks administrators for one proof or two is not certain (custom domain, sync, age).",
                    ));
                    open.push(few);
                }
            }
            if let Policy::Cautious(role) = policy {
                let finding = Finding::RoleNotOnPage { role };
                if account.report.and_then(|row| row.capable) == Some(true) {
                    notes.push(finding);
                } else {
                    open.push(finding);
                }
            }
        }
        Policy::Ordinary => {}
    }
    if cloud == Cloud::China {
        notes.push(Finding::CloudUnconfirmed);
    }
    let verdict = conclude(&no, &open);
    if let Some(capable) = account.report.and_then(|row| row.capable)
        && matches!(
            (verdict, capable),
            (Answer::Yes, false) | (Answer::No, true)
        )
    {
        notes.push(Finding::ReportDisagrees { capable });
    }
    let reasons = no.into_iter().chain(open).chain(notes).collect();
    SelfService {
        verdict,
        gate,
        have,
        kinds,
        policy_allowed,
        reasons,
    }
}

/// Users without a role: only the report gives a view of the tenant's settings.
fn ordinary(
    account: &AccountFacts,
    no: Vec<Finding>,
    open: Vec<Finding>,
    kinds: BTreeSet<Gate>,
    have: u8,
) -> SelfService {
    let capable = account.report.and_then(|row| row.capable);
    let verdict = match capable {
        _ if !no.is_empty() => Answer::No,
        Some(true) if open.is_empty() => Answer::Yes,
        Some(false) => Answer::No,
        Some(true) | None => Answer::Unknown,
    };
    let mut reasons = no;
    reasons.extend(open);
    reasons.push(
        capable.map_or(Finding::OrdinaryUser, |capable| Finding::ReportSays {
            capable,
        }),
    );
    SelfService {
        verdict,
        gate: None,
        have,
        kinds,
        policy_allowed: account.report.and_then(|row| row.enabled),
        reasons,
    }
}

fn conclude(no: &[Finding], open: &[Finding]) -> Answer {
    match (no.is_empty(), open.is_empty()) {
        (false, _) => Answer::No,
        (true, false) => Answer::Unknown,
        (true, true) => Answer::Yes,
    }
}

/// How many gates the tenant asks of administrators. The page says two when there is a custom domain, a sync, or the
/// 30 days of a trial are over; it also says one within these days, and one without domain and sync. Where the two
/// sentences disagree the number is not known.
fn gates_needed(tenant: &TenantFacts) -> Option<u8> {
    let [domain, synced, past_trial] = [&tenant.custom_domain, &tenant.synced, &tenant.past_trial]
        .map(|fact| fact.complete().copied());
    let established = match (domain, synced) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    match (established, past_trial) {
        (Some(true), Some(true) | None) => Some(2),
        (Some(false), Some(false)) => Some(1),
        (Some(true), Some(false)) | (Some(false), Some(true) | None) | (None, _) => None,
    }
}

fn policy_of(account: &AccountFacts) -> Policy {
    let held = || {
        account
            .roles
            .items()
            .iter()
            .chain(account.eligible.items())
            .filter(|role| !role.is_implicit())
    };
    if held().any(|role| role.known().is_some_and(|known| known.sspr_two_gate)) {
        return Policy::Administrator;
    }
    if let Some(role) = held().find(|role| role.is_privileged()) {
        return Policy::Cautious(role.display_name().to_owned());
    }
    if account.roles.is_complete()
        && (account.eligible.is_complete() || account.eligible.lacks_licence())
    {
        Policy::Ordinary
    } else {
        Policy::Unknown
    }
}

fn not_read(what: &str) -> Finding {
    Finding::NotRead {
        what: what.to_owned(),
    }
}

fn unread<T>(fact: &Known<T>, what: &str) -> Vec<Finding> {
    fact.open_questions(what)
        .iter()
        .map(|gap| Finding::NotRead {
            what: gap.sentence(),
        })
        .collect()
}

/// Last day on which Microsoft sends text messages and calls for sign-in and reset. Source: what's-new, autumn 2026.
pub const PHONE_ENDS: Date = date(2027, 2, 1);
/// The later day for Global Administrators and external users.
pub const PHONE_ENDS_LATER: Date = date(2027, 7, 1);

/// Tells an account that it will lack a gate once Microsoft stops text messages and calls: the day it happens and whether
/// it has. Information only: a tenant with its own telephony provider is not affected. `today` comes from the caller.
pub fn phone_retirement(
    account: &AccountFacts,
    result: &SelfService,
    today: Date,
) -> Option<(Date, String)> {
    if !result.kinds.contains(&Gate::Phone) {
        return None;
    }
    let left = result.have.saturating_sub(1);
    let need = result.gate.unwrap_or(2);
    if left >= need {
        return None;
    }
    let later = account.guest
        || account.roles.items().iter().any(|role| {
            role.template_id
                .eq_ignore_ascii_case(roles::GLOBAL_ADMINISTRATOR)
        });
    let day = if later { PHONE_ENDS_LATER } else { PHONE_ENDS };
    let tense = if today >= day { "ended on" } else { "end on" };
    Some((
        day,
        format!(
            "Microsoft's text messages and calls {tense} {day}; without them {left} of {need} gates remain. Register an authenticator app."
        ),
    ))
}
