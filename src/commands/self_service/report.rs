//! The verdict, its reasons and the links, in every format.

use super::Looked;
use crate::error::{Error, Exit};
use crate::policy::Cloud;
use crate::policy::sspr::Answer;
use crate::render::{Report, Table};
use serde_json::{Value, json};

/// Pages of the cloud.
pub(super) struct Links {
    pub(super) self_service_reset: String,
    pub(super) security_info: &'static str,
    pub(super) unconfirmed: Option<&'static str>,
}

/// The report.
pub(super) struct SelfServiceReport {
    pub(super) asked: Option<String>,
    pub(super) looked: Option<Looked>,
    pub(super) unread: Option<Error>,
    pub(super) links: Links,
    pub(super) opened: Option<bool>,
    pub(super) code: Vec<String>,
    pub(super) cloud: Cloud,
}

impl SelfServiceReport {
    fn answer(&self) -> Answer {
        self.looked
            .as_ref()
            .map_or(Answer::Unknown, |looked| looked.verdict.verdict)
    }

    fn name(&self) -> &str {
        self.asked.as_deref().unwrap_or("The account")
    }

    fn reasons(&self) -> Vec<String> {
        match (&self.looked, &self.unread) {
            (Some(looked), _) => looked.verdict.sentences(),
            (None, Some(error)) => vec![format!("Nothing was read: {}", error.message())],
            (None, None) => Vec::new(),
        }
    }
}

impl Report for SelfServiceReport {
    fn json(&self) -> Value {
        let looked = self.looked.as_ref();
        let kinds = looked.map(|looked| {
            let kinds: Vec<&str> = looked
                .verdict
                .kinds
                .iter()
                .map(|kind| kind.word())
                .collect();
            kinds
        });
        json!({
            "schema": "admin-reset/self-service/1",
            "user": {
                "id": looked.and_then(|looked| looked.id.as_deref()),
                "userPrincipalName": self.asked,
                "displayName": looked.and_then(|looked| looked.display_name.as_deref()),
                "enabled": looked.and_then(|looked| looked.enabled),
            },
            "cloud": self.cloud.name(),
            "selfServiceReset": {
                "verdict": self.answer().word(),
                "gate": looked.filter(|looked| looked.under_policy).and_then(|looked| looked.verdict.gate),
                "have": looked.filter(|looked| looked.methods_read).map(|looked| looked.verdict.have),
                "kinds": kinds,
                "policyAllowed": looked.filter(|looked| looked.under_policy).and_then(|looked| looked.verdict.policy_allowed),
                "reasons": self.reasons(),
            },
            "links": {
                "selfServiceReset": self.links.self_service_reset,
                "securityInfo": self.links.security_info,
                "unconfirmed": self.links.unconfirmed.into_iter().collect::<Vec<_>>(),
            },
            "opened": self.opened,
        })
    }

    fn headline(&self) -> String {
        match self.answer() {
            Answer::Yes => format!(
                "{} can reset its password by self-service now.",
                self.name()
            ),
            Answer::No => format!(
                "{} cannot reset its password by self-service now.",
                self.name()
            ),
            Answer::Unknown => format!(
                "Whether {} can reset its password by self-service is not known.",
                self.asked.as_deref().unwrap_or("the account")
            ),
        }
    }

    fn table(&self) -> Option<Table> {
        None
    }

    fn csv(&self) -> Table {
        let looked = self.looked.as_ref();
        Table {
            columns: vec![
                "userPrincipalName",
                "verdict",
                "gate",
                "have",
                "selfServiceReset",
                "securityInfo",
                "reasons",
            ],
            rows: vec![vec![
                self.asked.clone().unwrap_or_default(),
                self.answer().word().to_owned(),
                looked
                    .filter(|looked| looked.under_policy)
                    .and_then(|looked| looked.verdict.gate)
                    .map(|gate| gate.to_string())
                    .unwrap_or_default(),
                looked
                    .filter(|looked| looked.methods_read)
                    .map(|looked| looked.verdict.have.to_string())
                    .unwrap_or_default(),
                self.links.self_service_reset.clone(),
                self.links.security_info.to_owned(),
                self.reasons().join(" "),
            ]],
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.reasons();
        notes.push(format!("Reset:         {}", self.links.self_service_reset));
        notes.push(format!("Security info: {}", self.links.security_info));
        if self.links.unconfirmed.is_some() && !self.is_global() {
            notes.push(
                "The address of the security info page is not confirmed for this cloud.".to_owned(),
            );
        }
        if !self.code.is_empty() {
            notes.push(String::new());
            notes.extend(self.code.iter().cloned());
        }
        notes
    }

    fn next(&self) -> Vec<String> {
        match (self.answer(), &self.asked) {
            (Answer::Yes, _) => Vec::new(),
            (_, Some(name)) => vec![format!("admin-reset advise --username {name}")],
            (_, None) => vec!["admin-reset advise".to_owned()],
        }
    }

    fn exit(&self) -> Exit {
        match self.answer() {
            Answer::Yes => Exit::Done,
            Answer::No => Exit::CheckFailed,
            Answer::Unknown => Exit::Undecided,
        }
    }
}
