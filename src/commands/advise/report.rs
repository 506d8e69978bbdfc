//! The ways back in every format: numbered for people, as data for scripts.

use super::look::Looked;
use crate::consent::shell_word;
use crate::policy::advise::{Answers, Question, Way, WayId, ways};
use crate::render::{Report, Table};
use serde_json::{Value, json};

/// The advice.
pub(super) struct Advice {
    answers: Answers,
    name: Option<String>,
    ways: Vec<Way>,
    looked: Looked,
}

impl Advice {
    pub(super) fn new(answers: Answers, name: Option<String>, looked: Looked) -> Self {
        Advice {
            ways: ways(&answers),
            answers,
            name,
            looked,
        }
    }

    /// Command lines with the user name and the cloud filled in.
    fn commands(&self, way: &Way) -> Vec<String> {
        let cloud = self.answers.cloud;
        way.commands
            .iter()
            .map(|line| {
                let line = match &self.name {
                    Some(name) => line.replace("USER", &shell_word(name)),
                    None => (*line).to_owned(),
                };
                // What is read on this machine alone is the same in every cloud.
                let offline = matches!(way.id, WayId::FindUserName | WayId::EmergencyAccount);
                if cloud == Default::default() || offline {
                    line
                } else {
                    format!("{line} --cloud {cloud}")
                }
            })
            .collect()
    }

    fn link(&self, way: &Way) -> Option<String> {
        let link = way.link?;
        Some(if way.link_takes_name {
            self.answers
                .cloud
                .portals()
                .self_service_for(self.name.as_deref())
        } else {
            link.to_owned()
        })
    }
}

/// The key in `answers` that a question fills.
const fn key(question: Question) -> &'static str {
    match question {
        Question::UserName => "userName",
        Question::Password => "passwordKnown",
        Question::OtherAdmin => "otherAdmin",
        Question::Account => "account",
        Question::Registered => "registered",
        Question::Sessions => "signedIn",
    }
}

impl Report for Advice {
    fn json(&self) -> Value {
        let a = &self.answers;
        let ways: Vec<Value> = self
            .ways
            .iter()
            .map(|way| {
                json!({
                    "way": way.id.word(), "title": way.title, "commands": self.commands(way), "link": self.link(way),
                    "needs": way.needs, "takes": way.takes, "risks": way.risks, "steps": way.steps,
                })
            })
            .collect();
        json!({
            "schema": "admin-reset/advise/1",
            "answers": {
                "userName": self.name, "userNameKnown": a.user_name, "passwordKnown": a.password,
                "signedIn": { "browser": a.browser, "office": a.office, "cli": a.cli },
                "otherAdmin": a.other_admin.word(),
                "registered": { "email": a.email.value(), "phone": a.phone.value(), "app": a.app.value() },
                "account": a.account.word(), "cloud": a.cloud.name(),
            },
            "lookedUp": {
                "signedInAs": self.looked.signed_in_as,
                "answered": self.looked.filled.iter().map(|one| key(*one)).collect::<Vec<_>>(),
                "notes": self.looked.notes,
            },
            "ways": ways,
        })
    }

    fn headline(&self) -> String {
        let first = self.ways.first().map_or("", |way| way.title);
        match self.ways.len() {
            1 => format!("One way is left: {first}"),
            count => format!("{count} ways back; begin here: {first}"),
        }
    }

    fn table(&self) -> Option<Table> {
        None
    }

    fn csv(&self) -> Table {
        Table {
            columns: vec![
                "number", "way", "title", "command", "link", "needs", "takes",
            ],
            rows: self
                .ways
                .iter()
                .enumerate()
                .map(|(at, way)| {
                    vec![
                        (at + 1).to_string(),
                        way.id.word().to_owned(),
                        way.title.to_owned(),
                        self.commands(way).join("; "),
                        self.link(way).unwrap_or_default(),
                        way.needs.to_owned(),
                        way.takes.to_owned(),
                    ]
                })
                .collect(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut lines = self.looked.notes.clone();
        if !lines.is_empty() {
            lines.push(String::new());
        }
        for (at, way) in self.ways.iter().enumerate() {
            if at > 0 {
                lines.push(String::new());
            }
            lines.push(format!("{}. {}", at + 1, way.title));
            for command in self.commands(way) {
                lines.push(format!("   run:     {command}"));
            }
            if let Some(link) = self.link(way) {
                lines.push(format!("   open:    {link}"));
            }
            lines.push(format!("   needs:   {}", way.needs));
            lines.push(format!("   takes:   {}", way.takes));
            for step in &way.steps {
                lines.push(format!("   - {step}"));
            }
            for risk in &way.risks {
                lines.push(format!("   careful: {risk}"));
            }
        }
        lines
    }

    fn next(&self) -> Vec<String> {
        // The first line that can be run as it stands.
        self.ways
            .first()
            .into_iter()
            .flat_map(|way| self.commands(way))
            .filter(|line| !line.contains("USER") && !line.contains("FOLDER"))
            .take(1)
            .collect()
    }
}
