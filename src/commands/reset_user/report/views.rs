//! The part of the report that only a reset has.

use serde::Serialize;

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::reset_user) struct ResetView {
    pub(in crate::commands::reset_user) via: Option<&'static str>,
    pub(in crate::commands::reset_user) force_change: Option<bool>,
    pub(in crate::commands::reset_user) operation: Option<String>,
    pub(in crate::commands::reset_user) writeback: Option<bool>,
    pub(in crate::commands::reset_user) last_password_change_date_time: Option<String>,
    pub(in crate::commands::reset_user) proven: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::commands::reset_user) password_policies: Option<serde_json::Value>,
}
