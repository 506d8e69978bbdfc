//! Sign-in and directory audit logs: newest first, thirty days back.

use serde_json::Value;

use super::super::stamp;
use super::super::wire::Reply;
use super::super::{properties, roles, rules};
use super::fault::{self, Fault};
use super::listing::Shape;
use super::request::Exchange;

const RETENTION_MS: i64 = 30 * 86_400_000;
const OPTIONS: &[&str] = &["$filter", "$top", "$orderby", "$skiptoken"];

const SIGN_INS: Shape = Shape {
    kind: "signIn",
    context: "auditLogs/signIns",
    properties: properties::SIGN_IN,
    defaults: &[],
    collections: &[],
    options: OPTIONS,
    page: (1_000, 1_000),
    filters: &[
        "id",
        "userId",
        "userPrincipalName",
        "userDisplayName",
        "createdDateTime",
        "appId",
        "appDisplayName",
        "ipAddress",
        "clientAppUsed",
        "conditionalAccessStatus",
        "correlationId",
        "status",
    ],
};

const AUDITS: Shape = Shape {
    kind: "directoryAudit",
    context: "auditLogs/directoryAudits",
    properties: properties::DIRECTORY_AUDIT,
    filters: &[
        "id",
        "activityDisplayName",
        "activityDateTime",
        "category",
        "loggedByService",
        "initiatedBy",
        "targetResources",
        "correlationId",
        "result",
    ],
    ..SIGN_INS
};

fn newest(x: &Exchange<'_>, records: &[Value], date: &str) -> Vec<Value> {
    let oldest = x.now - RETENTION_MS;
    let at = |record: &Value| record[date].as_str().and_then(stamp::parse).unwrap_or(0);
    let mut rows: Vec<Value> = records
        .iter()
        .filter(|record| at(record) >= oldest)
        .cloned()
        .collect();
    rows.sort_by_key(|record| std::cmp::Reverse(at(record)));
    rows
}

/// Applied policies are shown to those only who may read Conditional Access.
fn sign_in_rows(x: &Exchange<'_>) -> Vec<Value> {
    let mut rows = newest(x, &x.tenant.sign_ins, "createdDateTime");
    if !x.granted(&["Policy.Read.All"]) {
        for row in &mut rows {
            row["appliedConditionalAccessPolicies"] = Value::Null;
        }
    }
    rows
}

/// `GET /auditLogs/signIns`.
pub(super) fn sign_ins(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require_reports("GET /auditLogs/signIns")?;
    x.collection(sign_in_rows(x), &SIGN_INS)
}

/// `GET /auditLogs/signIns/{id}`.
pub(super) fn sign_in(x: &Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require_reports("GET /auditLogs/signIns/{id}")?;
    let row = sign_in_rows(x)
        .into_iter()
        .find(|row| row["id"] == id)
        .ok_or_else(|| fault::not_found(id))?;
    x.entity(200, row, &SIGN_INS)
}

/// `GET /auditLogs/directoryAudits`. No licence is asked for here.
pub(super) fn audits(x: &Exchange<'_>) -> Result<Reply, Fault> {
    if x.require("GET /auditLogs/directoryAudits").is_err() {
        return Err(fault::reports_permission("AuditLog.Read.All"));
    }
    let readers = [
        roles::REPORTS_READER,
        roles::SECURITY_READER,
        roles::SECURITY_OPERATOR,
        roles::SECURITY_ADMINISTRATOR,
        roles::GLOBAL_READER,
        roles::GLOBAL_ADMINISTRATOR,
    ];
    if !x.caller.app_only && !rules::holds_any(x.tenant, x.caller, &readers) {
        return Err(fault::reports_role());
    }
    x.collection(newest(x, &x.tenant.audits, "activityDateTime"), &AUDITS)
}
