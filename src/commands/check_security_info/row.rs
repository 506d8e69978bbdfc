//! One checked user as every output shows it: JSON object, CSV record, table row. Kept small, for there may be 100,000.

use super::report::Moment;
use crate::error::Error;
use crate::policy::sspr::Requirement;
use crate::render::tri;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::rc::Rc;

/// Header of CSV and TSV, as scripts hold on to it.
pub(super) const CSV: [&str; 15] = [
    "userPrincipalName",
    "isAdmin",
    "enabled",
    "ready",
    "missing",
    "emailRegistered",
    "phoneRegistered",
    "phoneTypes",
    "otherMethods",
    "selfResetVerdict",
    "gate",
    "have",
    "source",
    "asOf",
    "errorCode",
];

/// Columns of text and Markdown.
pub(super) const TABLE: [&str; 9] = [
    "user",
    "admin",
    "enabled",
    "ready",
    "missing",
    "e-mail",
    "phone",
    "other methods",
    "self-reset",
];

/// A checked user. What was not read is null, never false.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserRow {
    /// Object id.
    pub(super) id: Option<Box<str>>,
    /// User principal name; the name that was asked for when the user could not be read.
    pub(super) user_principal_name: Option<Box<str>>,
    /// Display name.
    pub(super) display_name: Option<Box<str>>,
    /// Whether the account may sign in.
    pub(super) enabled: Option<bool>,
    /// Whether a directory role is known to be held, or to be activatable; null when no list of roles was read.
    pub(super) is_admin: Option<bool>,
    /// Whether everything required is registered.
    pub(super) ready: Option<bool>,
    /// Requirements certainly not met.
    #[serde(serialize_with = "words")]
    pub(super) missing: Vec<Requirement>,
    /// Requirements that could not be decided.
    #[serde(serialize_with = "words")]
    pub(super) undecided: Vec<Requirement>,
    /// Registered e-mail.
    pub(super) email: Email,
    /// Registered phones.
    pub(super) phone: Phone,
    /// Other kinds of registered methods, each once.
    pub(super) other_methods: Vec<Cow<'static, str>>,
    /// Contact information, when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<Box<Profile>>,
    /// Whether the account can reset itself.
    pub(super) self_service_reset: SelfReset,
    /// Why the user could not be read.
    pub(super) error: Option<Box<Problem>>,
}

/// Registered e-mail.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Email {
    /// Whether there is one.
    pub(super) registered: Option<bool>,
    /// Addresses, masked unless asked otherwise.
    pub(super) values: Vec<Box<str>>,
}

/// Registered phones.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Phone {
    /// Whether there is a mobile or alternate mobile number without extension.
    pub(super) registered: Option<bool>,
    /// Types of all numbers, office included.
    pub(super) types: Vec<Cow<'static, str>>,
    /// Numbers in the same order, masked unless asked otherwise.
    pub(super) values: Vec<Box<str>>,
}

/// Contact information: it does not count as security info.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    /// Contact e-mail addresses.
    pub(super) other_mails: Vec<String>,
    /// Contact phone.
    pub(super) mobile_phone: Option<String>,
}

/// Whether the account can reset itself now.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SelfReset {
    /// `yes`, `no` or `unknown`.
    pub(super) verdict: &'static str,
    /// How many kinds of proof an administrator needs; null for others and when not known.
    pub(super) gate: Option<u8>,
    /// How many kinds there are; null when the methods were not read.
    pub(super) have: Option<u8>,
    /// Whether the policy lets the account use it; null when not known.
    pub(super) policy_allowed: Option<bool>,
    /// Why, most decisive first. Shared, for many users have the same.
    #[serde(serialize_with = "shared")]
    pub(super) reasons: Rc<[String]>,
}

/// Why a user could not be read.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Problem {
    /// Stable code.
    pub(super) code: &'static str,
    /// What happened.
    pub(super) message: String,
    /// Why.
    pub(super) cause: Option<String>,
    /// What to do.
    pub(super) fix: String,
    /// Graph's code.
    pub(super) graph_code: Option<String>,
    /// Graph's request id.
    pub(super) request_id: Option<String>,
}

impl Problem {
    /// The parts of an error that a report shows.
    pub(super) fn of(error: &Error) -> Self {
        Problem {
            code: error.code().as_str(),
            message: error.message().to_owned(),
            cause: error.cause(),
            fix: error.remedy().to_owned(),
            graph_code: error.said().code.clone(),
            request_id: error.said().request_id.clone(),
        }
    }
}

fn words<S: Serializer>(list: &[Requirement], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(|requirement| requirement.word()))
}

fn shared<S: Serializer>(list: &Rc<[String]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter())
}

fn joined<T>(list: &[T], separator: &str, word: impl Fn(&T) -> &str) -> String {
    list.iter().map(word).collect::<Vec<_>>().join(separator)
}

/// `true`, `false`, or nothing when not known.
fn flag(value: Option<bool>) -> &'static str {
    match value {
        Some(true) => "true",
        Some(false) => "false",
        None => "",
    }
}

impl UserRow {
    /// Name for people.
    pub(super) fn name(&self) -> &str {
        self.user_principal_name
            .as_deref()
            .or(self.id.as_deref())
            .unwrap_or("?")
    }

    /// Cells of [`CSV`].
    pub(super) fn csv(&self, moment: &Moment) -> [Cow<'_, str>; 15] {
        let number = |value: Option<u8>| {
            value.map_or(Cow::Borrowed(""), |value| Cow::Owned(value.to_string()))
        };
        [
            self.name().into(),
            flag(self.is_admin).into(),
            flag(self.enabled).into(),
            flag(self.ready).into(),
            joined(&self.missing, ";", |requirement| requirement.word()).into(),
            flag(self.email.registered).into(),
            flag(self.phone.registered).into(),
            joined(&self.phone.types, ";", |kind| kind).into(),
            joined(&self.other_methods, ";", |kind| kind).into(),
            self.self_service_reset.verdict.into(),
            number(self.self_service_reset.gate),
            number(self.self_service_reset.have),
            moment.source().into(),
            moment.as_of().to_owned().into(),
            self.error
                .as_ref()
                .map_or("", |problem| problem.code)
                .into(),
        ]
    }

    /// Cells of [`TABLE`].
    pub(super) fn table(&self) -> Vec<String> {
        let own = self
            .error
            .as_ref()
            .map(|problem| format!("unknown ({})", problem.code));
        let mut missing = joined(&self.missing, ", ", |requirement| requirement.word());
        for open in &self.undecided {
            missing.push_str(&format!(
                "{}{}?",
                if missing.is_empty() { "" } else { ", " },
                open.word()
            ));
        }
        let email = match self.email.registered {
            Some(true) => joined(&self.email.values, ", ", |value| value),
            other => tri(other).to_owned(),
        };
        let phones: Vec<String> = self
            .phone
            .types
            .iter()
            .zip(&self.phone.values)
            .map(|(kind, value)| format!("{kind} {value}"))
            .collect();
        let reset = &self.self_service_reset;
        vec![
            self.name().to_owned(),
            tri(self.is_admin).to_owned(),
            tri(self.enabled).to_owned(),
            own.unwrap_or_else(|| tri(self.ready).to_owned()),
            missing,
            email,
            if phones.is_empty() {
                tri(self.phone.registered).to_owned()
            } else {
                phones.join(", ")
            },
            joined(&self.other_methods, ", ", |kind| kind),
            match (reset.gate, reset.have) {
                (Some(gate), Some(have)) => format!("{} ({have} of {gate})", reset.verdict),
                _ => reset.verdict.to_owned(),
            },
        ]
    }
}
