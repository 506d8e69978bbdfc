//! What a record holds: ids, names, codes, and the words of `--reason` and `--ticket`. No field could hold a secret.

use crate::error::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};

/// A step that is about to be taken.
#[derive(Debug, Clone)]
pub struct Intent<'a> {
    /// Operation id, the same for all steps of one work.
    pub operation_id: &'a str,
    /// Command: `reset-user`.
    pub command: &'a str,
    /// Step: `resetPassword`.
    pub step: &'a str,
    /// Object id of the account, when it is known.
    pub target_id: Option<&'a str>,
    /// User principal name of the account, when it is known.
    pub target_name: Option<&'a str>,
    /// Tenant id or domain.
    pub tenant: Option<&'a str>,
    /// Who acts: a name or an id.
    pub caller: Option<&'a str>,
    /// `--reason`.
    pub reason: Option<&'a str>,
    /// `--ticket`.
    pub ticket: Option<&'a str>,
    /// Where the secret is: [`crate::sink::Place`] as text.
    pub sinks: Vec<String>,
}

/// What came of a step.
#[derive(Debug, Clone)]
pub struct StepResult<'a> {
    /// Operation id of the intent.
    pub operation_id: &'a str,
    /// Command of the intent.
    pub command: &'a str,
    /// Step of the intent.
    pub step: &'a str,
    /// Object id of the account, when it is known.
    pub target_id: Option<&'a str>,
    /// User principal name of the account, when it is known.
    pub target_name: Option<&'a str>,
    /// How it ended, in one word: `done`, `failed`, `unknown`.
    pub outcome: &'a str,
    /// Request ids of the service.
    pub request_ids: Vec<String>,
    /// Code of the error, if there was one.
    pub error: Option<&'a str>,
}

/// How a change was to be made: what `resume` has to know, beside the target, to go on with the same one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct How {
    /// Id of the bulk run it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<String>,
    /// Names of all steps that were planned, in order; those without a record were never begun.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub plan: Vec<String>,
    /// Way of writing the password: `method` or `direct`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub via: Option<String>,
    /// Whether the user must change the password at the next sign-in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub force_change: Option<bool>,
    /// Whether multifactor authentication is demanded before that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub force_change_mfa: Option<bool>,
    /// Whether a synced user's password was to be set in the cloud alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cloud_only: Option<bool>,
    /// When the password was changed before, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub changed_before: Option<String>,
    /// Until when the run may have sent the change, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<String>,
    /// Name of the sealed copy in the state folder, where the destinations could not hold the secret.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub escrow: Option<String>,
    /// Display name a new account was to get.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_name: Option<String>,
    /// Whether a new account's password was to expire like others.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<bool>,
}

impl How {
    /// Adds what a later record of the same work tells. What was told first stays, but for the end of the time in which it may have been sent.
    pub(super) fn take_up(&mut self, later: How) {
        let first = std::mem::take(self);
        *self = How {
            run: first.run.or(later.run),
            plan: if first.plan.is_empty() {
                later.plan
            } else {
                first.plan
            },
            via: first.via.or(later.via),
            force_change: first.force_change.or(later.force_change),
            force_change_mfa: first.force_change_mfa.or(later.force_change_mfa),
            cloud_only: first.cloud_only.or(later.cloud_only),
            changed_before: first.changed_before.or(later.changed_before),
            until: later.until.or(first.until),
            escrow: first.escrow.or(later.escrow),
            display_name: first.display_name.or(later.display_name),
            expires: first.expires.or(later.expires),
        };
    }
}

/// The account of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Object id, when it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// User principal name, when it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_principal_name: Option<String>,
}

/// Kind of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// About to be done.
    Intent,
    /// What came of it.
    Result,
    /// About the journal itself.
    Note,
}

/// One line of the journal. The line also carries `hash`, the SHA-256 of the rest of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Version of the form: 1.
    pub v: u32,
    /// Number of the record, from 1.
    pub seq: u64,
    /// Time in UTC.
    pub at: String,
    /// Kind.
    pub kind: Kind,
    /// Operation id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation_id: Option<String>,
    /// Command.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub command: Option<String>,
    /// Step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<String>,
    /// Account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<Target>,
    /// Tenant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<String>,
    /// Who acted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub caller: Option<String>,
    /// `--reason`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// `--ticket`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ticket: Option<String>,
    /// Object id of who acted, as the token told it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub caller_id: Option<String>,
    /// Time by the server's clock, when it was known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server_time: Option<String>,
    /// How the change was to be made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub how: Option<How>,
    /// Where the secret is.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sinks: Vec<String>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<String>,
    /// Request ids of the service.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub request_ids: Vec<String>,
    /// Error code; in a note, what was repaired.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// SHA-256 of the line before, as it stands in the file without its line end; zeros for the first.
    pub prev: String,
}

impl Record {
    /// A record of this kind without content; number and chain are filled in when it is written.
    pub(super) fn blank(kind: Kind) -> Self {
        Record {
            v: 1,
            seq: 0,
            at: format!("{:.3}", jiff::Timestamp::now()),
            kind,
            operation_id: None,
            command: None,
            step: None,
            target: None,
            tenant: None,
            caller: None,
            reason: None,
            ticket: None,
            caller_id: None,
            server_time: None,
            how: None,
            sinks: Vec::new(),
            outcome: None,
            request_ids: Vec::new(),
            error: None,
            prev: String::new(),
        }
    }

    pub(super) fn about(
        kind: Kind,
        operation_id: &str,
        command: &str,
        step: &str,
        target: (Option<&str>, Option<&str>),
    ) -> Result<Self> {
        let (id, name) = target;
        let target = Target {
            id: id.map(str::to_owned),
            user_principal_name: name.map(str::to_owned),
        };
        Ok(Record {
            operation_id: Some(word(operation_id)?),
            command: Some(word(command)?),
            step: Some(word(step)?),
            target: (target != Target::default()).then_some(target),
            ..Record::blank(kind)
        })
    }
}

/// A name from a closed set; a whole sentence, which could quote anything, is a fault of the caller.
pub(super) fn word(text: &str) -> Result<String> {
    let fine = !text.is_empty()
        && text.len() <= 96
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if fine {
        Ok(text.to_owned())
    } else {
        Err(Error::new(
            ErrorCode::Internal,
            "The journal was given words where a name belongs.",
        ))
    }
}
