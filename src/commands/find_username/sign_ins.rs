//! When those who were found signed in last: asked only where it may be, in few requests, and left out where it is refused.

use super::report::FoundReport;
use crate::error::{ErrorCode, Result};
use crate::graph::{Client, search};
use std::collections::HashMap;

/// Most values of one filter (limits of the query).
const CLAUSES: usize = 15;
/// Requests of 15 users each: the service takes ten a minute.
const MOST_SIGN_INS: usize = 4;

/// Asks for last sign-ins where the token may and the number of requests is small; else says what it would need.
pub(super) async fn add(client: &Client, report: &mut FoundReport) -> Result<()> {
    if report.people.is_empty() {
        return Ok(());
    }
    let may = client
        .token()
        .await?
        .claims
        .permissions
        .is_none_or(|held| held.iter().any(|name| name == "AuditLog.Read.All"));
    if !may {
        let note = "Last sign-ins need the permission AuditLog.Read.All and Entra ID P1.";
        report.notes.push(note.to_owned());
        return Ok(());
    }
    let ids: Vec<String> = report.people.iter().map(|one| one.id.clone()).collect();
    let mut seen: HashMap<String, Option<String>> = HashMap::new();
    for some in ids.chunks(CLAUSES).take(MOST_SIGN_INS) {
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        let page = client.fetch(&search::sign_ins(&some)).await;
        match page {
            Ok(reply) => seen.extend(reply.value.value.into_iter().map(|user| {
                let last = user.sign_in_activity.as_ref().and_then(|one| one.last());
                (user.id, last.map(str::to_owned))
            })),
            Err(error) if error.code() == ErrorCode::TokenRefused => return Err(error),
            Err(error) => {
                report.notes.push(format!(
                    "Last sign-ins could not be read: {}",
                    error.message()
                ));
                break;
            }
        }
    }
    for one in &mut report.people {
        one.last_sign_in = seen.get(&one.id).cloned().flatten();
    }
    if ids.len() > CLAUSES * MOST_SIGN_INS {
        report.notes.push(format!(
            "Last sign-ins are shown of the first {} only.",
            CLAUSES * MOST_SIGN_INS
        ));
    }
    Ok(())
}
