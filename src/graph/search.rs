//! Users by what is known of them, and when they signed in.
//!
//! Source: list users and advanced query capabilities in the Graph v1.0 reference, read 2026-08.

use super::call::{Call, Need, Segment, literal};
use super::paging::Page;
use super::users::{READ, User};
use Segment::Literal;
use serde::Deserialize;

static READ_SIGN_INS: Need = Need {
    delegated: &["AuditLog.Read.All"],
    application: &["AuditLog.Read.All"],
    role: "Reports Reader",
};
/// When an account signed in. Kept longer than the sign-in log.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInActivity {
    /// Last interactive attempt, ISO 8601, UTC.
    pub last_sign_in_date_time: Option<String>,
    /// Last sign-in that succeeded, ISO 8601, UTC.
    pub last_successful_sign_in_date_time: Option<String>,
}

impl SignInActivity {
    /// The last success; where the service does not tell it, the last attempt.
    #[must_use]
    pub fn last(&self) -> Option<&str> {
        self.last_successful_sign_in_date_time
            .as_deref()
            .or(self.last_sign_in_date_time.as_deref())
    }
}

/// Users a filter lets through. `advanced`: the filter is one that the directory answers in its eventual form only.
#[must_use]
pub fn filtered(select: &str, filter: &str, advanced: bool) -> Call<Page<User>> {
    let call = Call::get(&READ, vec![Literal("users")])
        .query("$select", select)
        .query("$filter", filter);
    if advanced {
        call.query("$count", "true")
    } else {
        call
    }
}

/// Users whose display name has words that begin like these.
#[must_use]
pub fn searched(select: &str, words: &str) -> Call<Page<User>> {
    // Quotes end a clause, and a backslash would escape one.
    let words: String = words
        .chars()
        .map(|c| if matches!(c, '"' | '\\') { ' ' } else { c })
        .collect();
    Call::get(&READ, vec![Literal("users")])
        .query("$select", select)
        .query("$search", format!("\"displayName:{}\"", words.trim()))
}

/// When these users, at most 15, signed in. Asked at most ten times a minute.
#[must_use]
pub fn sign_ins(ids: &[&str]) -> Call<Page<User>> {
    let ids: Vec<String> = ids.iter().map(|id| literal(id)).collect();
    Call::get(&READ_SIGN_INS, vec![Literal("users")])
        .query("$select", "id,signInActivity")
        .query("$filter", format!("id in ({})", ids.join(",")))
}
