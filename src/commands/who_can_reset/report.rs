//! The answer for one user as a report.

use super::Judged;
use super::possible::Possible;
use super::reach::{Able, Person};
use super::view::{caller_view, sentences, user_view};
use crate::error::{Error, Exit};
use crate::facts::Surroundings;
use crate::policy::reset::{CallerKind, Reason, Refusal, Verdict, Via};
use crate::policy::{Cloud, Gap};
use crate::render::{Report, Table, tri};
use crate::verdicts;
use serde_json::{Value, json};

pub(super) const SCHEMA: &str = "admin-reset/who-can-reset/1";

/// The answer for one user.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) name: String,
    pub(super) body: Value,
    pub(super) exit: Exit,
    headline: String,
    /// Sentences that say why or what is missing.
    because: Vec<String>,
    who_can: Option<String>,
    possible: Vec<Possible>,
    pub(super) people: Option<Vec<Person>>,
    pub(super) row: Vec<String>,
}

impl Answer {
    pub(super) fn new(
        judged: Judged,
        surroundings: &Surroundings,
        able: Option<Able>,
        possible: Vec<Possible>,
        cloud: Cloud,
    ) -> Self {
        let target = &judged.subject.target;
        let name = target.upn.clone();
        let exit = match &judged.verdict {
            Verdict::Allowed { .. } => Exit::Done,
            Verdict::Unknown { .. } => Exit::Undecided,
            Verdict::Denied { .. } => match judged.verdict.refusal() {
                Some(Refusal::Precondition) => Exit::Precondition,
                _ => Exit::NotPermitted,
            },
        };
        let who_can = match &judged.verdict {
            Verdict::Denied { who_can, .. } | Verdict::Unknown { who_can, .. } => {
                Some(who_can.clone())
            }
            Verdict::Allowed { .. } => None,
        };
        let mut body = json!({
            "user": user_view(&judged),
            "caller": caller_view(surroundings),
            "via": way(judged.via),
            "verdict": verdicts::to_json(&judged.verdict, surroundings.caller.kind, cloud),
            "possible": possible,
            "whoCan": who_can.as_ref().map(|who| json!({
                "roles": who.roles.iter().map(|role| json!({
                    "name": role.name, "templateId": role.template_id,
                })).collect::<Vec<_>>(),
                "units": who.units,
                "permissions": who.permissions,
            })),
        });
        if let Some(able) = &able {
            body["people"] = json!(able.people);
            if !able.missing.is_empty() {
                body["peopleMissing"] = json!(sentences(&able.missing));
            }
        }
        let mut because: Vec<String> = match &judged.verdict {
            Verdict::Allowed { .. } => Vec::new(),
            Verdict::Denied { reasons, .. } => {
                reasons.iter().map(|reason| reason.why()).skip(1).collect()
            }
            Verdict::Unknown {
                missing, may_be, ..
            } => sentences(missing)
                .into_iter()
                .chain(
                    may_be
                        .iter()
                        .map(|reason| format!("It may be: {}", reason.why())),
                )
                .collect(),
        };
        if let Some(able) = &able {
            because.extend(sentences(&able.missing));
        }
        let row = vec![
            name.clone(),
            target.id.clone(),
            judged.verdict.word().to_owned(),
            way(judged.via).to_owned(),
            judged
                .verdict
                .reasons()
                .iter()
                .map(|reason| reason.code())
                .collect::<Vec<_>>()
                .join(" "),
            able.as_ref().map_or_else(String::new, |able| {
                able.people
                    .iter()
                    .filter_map(|one| one.user_principal_name.clone())
                    .collect::<Vec<_>>()
                    .join(" ")
            }),
            exit.code().to_string(),
            String::new(),
        ];
        Answer {
            headline: headline(&judged, &possible, surroundings.caller.kind, cloud),
            because,
            who_can: who_can.map(|who| who.sentence()),
            possible,
            people: able.map(|able| able.people),
            row,
            name,
            body,
            exit,
        }
    }

    /// A user of whom nothing could be decided because it could not be read.
    pub(super) fn failed(name: &str, error: Error) -> Self {
        Answer {
            name: name.to_owned(),
            headline: format!("Not decided for {name}: {}", error.message()),
            because: Vec::new(),
            who_can: None,
            possible: Vec::new(),
            people: None,
            row: vec![
                name.to_owned(),
                String::new(),
                "unknown".to_owned(),
                String::new(),
                String::new(),
                String::new(),
                Exit::Undecided.code().to_string(),
                error.code().as_str().to_owned(),
            ],
            exit: Exit::Undecided,
            body: json!({
                "user": { "userPrincipalName": name },
                "verdict": { "answer": "unknown", "reasons": [], "missing": [error.message()] },
                "error": error.to_json()["error"],
            }),
        }
    }

    pub(super) fn word(&self) -> &str {
        self.body["verdict"]["answer"].as_str().unwrap_or("unknown")
    }
}

fn headline(judged: &Judged, possible: &[Possible], kind: CallerKind, cloud: Cloud) -> String {
    let name = &judged.subject.target.upn;
    match &judged.verdict {
        Verdict::Allowed { by } => {
            let role = by
                .role
                .as_ref()
                .map_or("no role needed", |role| role.display_name());
            let permission = by.permission.as_deref().unwrap_or("no permission needed");
            format!("Yes: you may reset the password of {name} ({role}, {permission}).")
        }
        Verdict::Denied { reasons, .. } => {
            let (why, fix) = verdicts::leading(reasons).map_or_else(
                || (String::new(), String::new()),
                |reason| {
                    let fix = match (reason, possible.first()) {
                        (Reason::RestrictedUnit { .. }, Some(one)) => match &one.command {
                            Some(command) => format!("{} Run `{command}`.", one.what),
                            None => one.what.clone(),
                        },
                        _ => verdicts::fix_for(reason, kind, cloud),
                    };
                    (reason.why(), fix)
                },
            );
            format!("No: you may not reset the password of {name}. {why} {fix}")
        }
        Verdict::Unknown {
            missing, may_be, ..
        } => {
            let first = match verdicts::leading(may_be) {
                Some(reason) => format!(
                    "{} {}",
                    reason.why(),
                    verdicts::fix_for(reason, kind, cloud)
                ),
                None => missing.first().map_or_else(String::new, Gap::sentence),
            };
            format!("Not decided: whether you may reset the password of {name}. {first}")
        }
    }
}

fn way(via: Via) -> &'static str {
    match via {
        Via::Method => "method",
        Via::Direct | Via::DirectCloudOnly => "direct",
    }
}

pub(super) const COLUMNS: [&str; 8] = [
    "userPrincipalName",
    "id",
    "answer",
    "via",
    "reasons",
    "people",
    "exitCode",
    "errorCode",
];

impl Report for Answer {
    fn json(&self) -> Value {
        let mut value = json!({ "schema": SCHEMA });
        if let (Value::Object(own), Value::Object(body)) = (&mut value, self.body.clone()) {
            own.extend(body);
        }
        value
    }

    fn headline(&self) -> String {
        self.headline.clone()
    }

    fn table(&self) -> Option<Table> {
        let people = self.people.as_ref()?;
        let rows = people
            .iter()
            .map(|one| {
                let group = one
                    .via_group
                    .as_ref()
                    .and_then(|group| group["displayName"].as_str().or(group["id"].as_str()))
                    .unwrap_or_default();
                let how = match (one.certain, one.through_restricted_unit) {
                    (_, true) => "with --through-restricted-unit",
                    (true, false) => "yes",
                    (false, false) => "not settled",
                };
                vec![
                    one.user_principal_name
                        .clone()
                        .unwrap_or_else(|| one.id.clone()),
                    one.role.clone(),
                    one.mode.to_owned(),
                    group.to_owned(),
                    how.to_owned(),
                    tri(one.enabled).to_owned(),
                    one.can_sign_in.to_owned(),
                ]
            })
            .collect();
        Some(Table {
            columns: vec![
                "who",
                "role",
                "mode",
                "through",
                "can reset",
                "enabled",
                "can sign in",
            ],
            rows,
        })
    }

    fn csv(&self) -> Table {
        Table {
            columns: COLUMNS.to_vec(),
            rows: vec![self.row.clone()],
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.because.clone();
        if let Some(who) = &self.who_can {
            notes.push(format!("Who can: {who}"));
        }
        match &self.people {
            Some(people) if people.is_empty() => {
                notes.push("Nobody who could do it was found.".to_owned());
            }
            Some(_) => notes.push(
                "Can sign in says whether the account is enabled; passwords, methods and Conditional Access of these people were not looked at.".to_owned(),
            ),
            None => {}
        }
        notes.extend(self.possible.iter().map(|one| match &one.link {
            Some(link) => format!("Possible: {} {link}", one.what),
            None => format!("Possible: {}", one.what),
        }));
        notes
    }

    fn next(&self) -> Vec<String> {
        if self.exit == Exit::Done {
            let name = crate::consent::shell_word(&self.name);
            return vec![format!("admin-reset reset-user {name} --dry-run")];
        }
        self.possible
            .iter()
            .filter_map(|one| one.command.clone())
            .collect()
    }

    fn exit(&self) -> Exit {
        self.exit
    }
}
