//! Whose password it is now, when somebody changed it after us: what the audit log tells about that.

use super::settle::Resumption;
use crate::error::{Error, ErrorCode};
use crate::graph::audits;
use crate::journal;
use std::time::SystemTime;

impl Resumption<'_> {
    /// The password was changed after our work: whose it is now, as far as the audit log may be read.
    pub(super) async fn somebody_else(&self, changed: Option<SystemTime>) -> Error {
        let (_, until) = self.window();
        let who = self.who(until).await;
        let at = changed
            .and_then(journal::stamp)
            .map_or_else(String::new, |at| format!(" at {at}"));
        let (why, fix) = match who {
            Some(who) => (
                format!("It was changed{at}, after the operation; Entra's audit log names {who}."),
                format!("Ask {who} for the password in force; reset it anew only if nobody has it."),
            ),
            None => (
                format!("It was changed{at}, after the operation: by another administrator, or by the person at the sign-in."),
                "Look in Entra's audit log who changed it, and ask; reset it anew only if nobody has the password.".to_owned(),
            ),
        };
        Error::new(
            ErrorCode::OutcomeUnknown,
            format!(
                "Somebody else changed the password of {}; it was left alone.",
                self.prepared.upn()
            ),
        )
        .why(why)
        .fix(fix)
    }

    async fn who(&self, since: SystemTime) -> Option<String> {
        let from = journal::stamp(since)?;
        let mut pages = self.client.pages(&audits::since(&from)).ok()?;
        let records = pages.next_page().await.ok()??;
        let own = self.prepared.path_id();
        records
            .into_iter()
            .filter(|one| {
                one.activity_display_name
                    .as_deref()
                    .is_some_and(|name| name.to_ascii_lowercase().contains("password"))
                    && one.target_resources.iter().flatten().any(|target| {
                        target
                            .id
                            .as_deref()
                            .is_some_and(|id| id.eq_ignore_ascii_case(own))
                    })
            })
            .find_map(|one| {
                let by = one.initiated_by?;
                let user = by
                    .user
                    .and_then(|user| user.user_principal_name.or(user.id));
                user.or_else(|| by.app.and_then(|app| app.display_name.or(app.app_id)))
            })
    }
}
