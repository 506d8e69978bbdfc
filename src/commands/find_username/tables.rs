//! The tables of the report: what text shows, and the records of CSV.

use super::report::{FoundReport, SHOWN};
use crate::policy::user_names;
use crate::render::{Table, tri};

impl FoundReport {
    /// The table of text and Markdown.
    pub(super) fn shown(&self) -> Table {
        if self.signed_in {
            return Table {
                columns: vec![
                    "user",
                    "name",
                    "enabled",
                    "roles",
                    "last sign-in",
                    "found by",
                ],
                rows: self
                    .people
                    .iter()
                    .map(|one| {
                        let matched: Vec<String> = one
                            .matched
                            .iter()
                            .map(|(property, value)| format!("{property} {value}"))
                            .collect();
                        vec![
                            one.user_principal_name.clone(),
                            one.display_name.clone().unwrap_or_default(),
                            tri(one.enabled).to_owned(),
                            one.roles
                                .as_ref()
                                .map_or_else(|| "unknown".to_owned(), |roles| roles.join(", ")),
                            one.last_sign_in.clone().unwrap_or_else(|| "-".to_owned()),
                            matched.join(", "),
                        ]
                    })
                    .collect(),
            };
        }
        if self.looked.is_some() {
            return Table {
                columns: vec!["user name", "kind", "messages", "why", "best place"],
                rows: self
                    .candidates
                    .iter()
                    .take(SHOWN)
                    .map(|found| {
                        let (why, place) =
                            found
                                .sightings
                                .first()
                                .map_or_else(Default::default, |best| {
                                    let place = format!(
                                        "{} #{} {} {}",
                                        best.file, best.message, best.place, best.date
                                    );
                                    (best.seen.sentence().to_owned(), place)
                                });
                        vec![
                            found.address.clone(),
                            user_names::kind(&found.address).word().to_owned(),
                            found.messages.to_string(),
                            why,
                            place,
                        ]
                    })
                    .collect(),
            };
        }
        Table {
            columns: vec!["user name", "tenant", "cloud", "known from"],
            rows: self
                .accounts
                .iter()
                .map(|one| {
                    vec![
                        one.user_principal_name
                            .clone()
                            .unwrap_or_else(|| "-".to_owned()),
                        one.tenant.clone().unwrap_or_default(),
                        one.cloud.unwrap_or_default().to_owned(),
                        format!("{} ({})", one.source, one.place),
                    ]
                })
                .collect(),
        }
    }

    /// The records of CSV and TSV.
    pub(super) fn records(&self) -> Table {
        let mut rows = Vec::new();
        for one in &self.people {
            rows.push(vec![
                one.user_principal_name.clone(),
                "directory".to_owned(),
                one.enabled.map(|on| on.to_string()).unwrap_or_default(),
                one.roles.clone().unwrap_or_default().join(";"),
                one.last_sign_in.clone().unwrap_or_default(),
                String::new(),
                String::new(),
                one.id.clone(),
            ]);
        }
        for found in &self.candidates {
            let best = found.sightings.first();
            rows.push(vec![
                found.address.clone(),
                "mailbox".to_owned(),
                String::new(),
                String::new(),
                String::new(),
                found.messages.to_string(),
                best.map_or("", |one| one.seen.word()).to_owned(),
                best.map_or_else(String::new, |one| format!("{}#{}", one.file, one.message)),
            ]);
        }
        for one in &self.accounts {
            rows.push(vec![
                one.user_principal_name.clone().unwrap_or_default(),
                one.source.to_owned(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                one.place.clone(),
            ]);
        }
        Table {
            columns: vec![
                "userPrincipalName",
                "source",
                "enabled",
                "roles",
                "lastSignInDateTime",
                "messages",
                "seen",
                "place",
            ],
            rows,
        }
    }
}
