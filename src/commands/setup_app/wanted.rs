//! What is wanted, decided from the flags and the permission table alone.

use super::super::behind_all;
use super::look::Found;
use super::{Args, COMMAND};
use crate::auth::Upload;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::ids;
use crate::plan::Step;
use crate::plan::app::AppStep;
use crate::policy::Cloud;
use crate::policy::federation::{self, Federation};
use crate::policy::permissions::{
    self, Kind, RolesNeeded, Row, When, needed, roles_needed, rows_of,
};
use crate::policy::roles;
use crate::render::text::cell;
use std::time::SystemTime;

/// Longest display name that portals take.
const LONGEST_NAME: usize = 120;

/// The app as it is to be.
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) cloud: Cloud,
    pub(super) commands: Vec<&'static str>,
    /// Permissions with their id, in the order of the table.
    pub(super) permissions: Vec<(&'static str, &'static str)>,
    pub(super) certificate: Option<Upload>,
    pub(super) federations: Vec<Federation>,
    /// The role the service principal is to be given: template id and name.
    pub(super) role: Option<(String, String)>,
    /// Roles that the commands need besides, in words: whoever signs in, or the service principal.
    pub(super) roles: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Wanted {
    pub(super) fn of(args: &Args, context: &Context) -> Result<Self> {
        let cloud = context.settings.endpoints.cloud;
        let kind = if args.for_jobs() {
            Kind::App
        } else {
            Kind::Person
        };
        if let Some(id) = args.app.as_deref().filter(|id| ids::guid(id).is_none()) {
            return Err(bad(id, "a client id")
                .why("Rule: an app is named by the GUID of its Application (client) ID.")
                .fix("Copy the Application (client) ID of the registration."));
        }
        if kind == Kind::Person && args.assign_role.is_some() {
            return Err(Error::new(
                ErrorCode::Usage,
                "--assign-role is for apps that act for themselves.",
            )
            .why("When people sign in, it is their own role that counts.")
            .fix("Add --certificate or --federated, or leave --assign-role out."));
        }
        let commands = behind_all(&args.commands)?;
        can_be(&commands, kind, cloud)?;
        let flags = flags(&args.with, &commands)?;
        let federations = federations(args)?;
        let mut notes: Vec<String> = Vec::new();
        for note in federations.iter().filter_map(|one| one.note) {
            if !notes.iter().any(|own| own == note) {
                notes.push(note.to_owned());
            }
        }
        let permissions = needed(&commands, kind, cloud, &flags)
            .iter()
            .filter_map(|one| {
                let known = permissions::by_name(one.permission)?;
                Some((one.permission, known.id(kind)))
            })
            .collect();
        let needs = roles_needed(&commands, kind, cloud, &flags);
        let role = match &args.assign_role {
            None => None,
            Some(Some(named)) => Some(named_role(named)?),
            Some(None) => {
                let least = least_role(&needs, args.for_administrators);
                if least.is_none() {
                    notes.push(
                        "No directory role is needed for these commands, so none is given."
                            .to_owned(),
                    );
                }
                least
            }
        };
        let password = context.settings.secret("AZURE_CLIENT_CERTIFICATE_PASSWORD");
        let certificate = args
            .certificate
            .as_deref()
            .map(|path| Upload::read(path, password.as_ref(), SystemTime::now()))
            .transpose()?;
        Ok(Wanted {
            // Until it was read, an app that was given is called by its id.
            name: match &args.app {
                Some(id) => id.clone(),
                None => name(args, kind)?,
            },
            kind,
            cloud,
            commands,
            permissions,
            certificate,
            federations,
            role,
            roles: words(&needs),
            notes,
        })
    }

    /// Why the name has to be typed: by what is given to something that acts without a person, or by what a new credential opens.
    pub(super) fn power(&self, args: &Args, found: &Found, steps: &[Step]) -> Option<String> {
        self.power_given(args).or_else(|| opened(found, steps))
    }

    /// The same by what this run gives, which the flags tell alone.
    pub(super) fn power_given(&self, args: &Args) -> Option<String> {
        if self.kind == Kind::Person {
            return None;
        }
        let writes: Vec<&str> = self
            .permissions
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| writes(name))
            .collect();
        match (&self.role, args.grant && !writes.is_empty()) {
            (Some((_, role)), _) => Some(format!("it will hold {role} and act without a person")),
            (None, true) => Some(format!(
                "it will act without a person, with {}",
                writes.join(", ")
            )),
            _ => None,
        }
    }
}

/// Whether a permission does more than read. What has no name that is known counts as such.
fn writes(name: &str) -> bool {
    !name.contains(".Read.")
}

/// What a credential that is added lets its holder do as an app that is there already. What could not be read counts as power.
fn opened(found: &Found, steps: &[Step]) -> Option<String> {
    let adds = steps.iter().any(|step| {
        matches!(
            step,
            Step::App(AppStep::AddCertificate { .. } | AppStep::TrustIssuer { .. })
        )
    });
    if !adds || found.principal.is_none() {
        return None;
    }
    let (Some(granted), Some(roles)) = (&found.granted, &found.roles) else {
        return Some(
            "who has the new credential acts as it, and what it holds could not be read".to_owned(),
        );
    };
    let mut held: Vec<&str> = granted
        .iter()
        .map(String::as_str)
        .filter(|name| writes(name))
        .collect();
    if found.granted_elsewhere {
        held.push("permissions of other services than Graph");
    }
    held.extend(
        roles
            .iter()
            .map(|one| roles::display_name(&one.role_definition_id)),
    );
    (!held.is_empty()).then(|| {
        format!(
            "who has the new credential acts as it, with {}",
            held.join(", ")
        )
    })
}

fn bad(text: &str, what: &str) -> Error {
    Error::new(
        ErrorCode::BadInput,
        format!("'{}' cannot be {what}.", cell(text)),
    )
}

fn name(args: &Args, kind: Kind) -> Result<String> {
    let usual = match kind {
        Kind::Person => "admin-reset",
        Kind::App => "admin-reset-ci",
    };
    let name = args.name.as_deref().unwrap_or(usual).trim();
    let fine = (1..=LONGEST_NAME).contains(&name.chars().count())
        && !name.chars().any(|c| c.is_control() || "<>;&%".contains(c));
    if fine {
        return Ok(name.to_owned());
    }
    Err(bad(name, "the name of an app")
        .why(format!(
            "Rule: 1 to {LONGEST_NAME} characters, no control character and none of < > ; & %."
        ))
        .fix("Give another --name."))
}

/// Whether each command has a way for this kind of app in this cloud.
fn can_be(commands: &[&str], kind: Kind, cloud: Cloud) -> Result<()> {
    let Some(command) = commands
        .iter()
        .find(|command| !permissions::possible(command, kind, cloud))
    else {
        return Ok(());
    };
    let for_people = kind == Kind::App && permissions::possible(command, Kind::Person, cloud);
    let why = if for_people {
        "Graph offers what it needs to signed-in people only.".to_owned()
    } else {
        format!("Graph in {} lacks what it needs.", cloud.title())
    };
    Err(Error::new(
        ErrorCode::CloudLacks,
        format!("{command} cannot be set up this way."),
    )
    .why(why)
    .fix(format!(
        "Leave {command} out of --for; `admin-reset permissions {command}` shows what it needs."
    )))
}

fn federations(args: &Args) -> Result<Vec<Federation>> {
    let mut all: Vec<Federation> = Vec::new();
    for text in &args.federated {
        let one = federation::parse(text, args.issuer.as_deref()).map_err(|rule| {
            bad(text, "a federated credential")
                .why(format!("Rule: {rule}."))
                .fix(format!("Forms: {}.", federation::FORMS))
        })?;
        if let Some(other) = all.iter().find(|own| own.service != one.service)
            && args.issuer.is_some()
        {
            return Err(Error::new(
                ErrorCode::Usage,
                "--issuer is for tokens of one service, and these are of several.",
            )
            .why(format!(
                "{} and {} have different issuers.",
                other.subject, one.subject
            ))
            .fix("Run the command once for each service."));
        }
        if !all
            .iter()
            .any(|own| own.issuer == one.issuer && own.subject == one.subject)
        {
            all.push(one);
        }
    }
    Ok(all)
}

/// `enable` or `--enable` as the table names it.
fn flags(given: &[String], commands: &[&str]) -> Result<Vec<&'static str>> {
    let mut known: Vec<&'static str> = commands
        .iter()
        .flat_map(|command| rows_of(command))
        .filter_map(|row| match row.when {
            When::With(flag) if flag.starts_with("--") => Some(flag),
            _ => None,
        })
        .collect();
    known.sort_unstable();
    known.dedup();
    let mut all = Vec::new();
    for text in given {
        let own = text.trim().trim_start_matches("--");
        let before = all.len();
        all.extend(known.iter().copied().filter(|flag| {
            let flag = flag.trim_start_matches("--");
            flag == own || flag.split([' ', '=']).next() == Some(own)
        }));
        if all.len() == before {
            let list = if known.is_empty() {
                "none of them has one".to_owned()
            } else {
                known.join(", ")
            };
            return Err(bad(text, "a flag of these commands that needs more")
                .why(format!("Known: {list}."))
                .fix(format!(
                    "See `admin-reset permissions {}`.",
                    commands.join(" ")
                )));
        }
    }
    Ok(all)
}

/// The least roles of each command, in words. A need that another one of the command covers is not said again.
fn words(needs: &[(&'static Row, RolesNeeded)]) -> Vec<String> {
    let all: Vec<(String, Option<&str>, Option<&str>)> = needs
        .iter()
        .map(|(row, role)| {
            let flag = match row.when {
                When::With(flag) => format!(" with {flag}"),
                _ => String::new(),
            };
            let (enough, for_admins) = role.least();
            (format!("{}{flag}", row.command), enough, for_admins)
        })
        .collect();
    let covered = |command: &str, for_admins: Option<&str>| {
        all.iter()
            .any(|(own, enough, other)| own == command && enough.is_some() && *other == for_admins)
    };
    let mut words: Vec<String> = Vec::new();
    for (command, enough, for_admins) in &all {
        let line = match (enough, for_admins) {
            (Some(one), Some(other)) => format!("{command}: {one}, for administrators {other}"),
            (Some(one), None) => format!("{command}: {one}"),
            (None, Some(_)) if covered(command, *for_admins) => continue,
            (None, Some(other)) => format!("{command}: for administrators {other}"),
            (None, None) => continue,
        };
        if !words.contains(&line) {
            words.push(line);
        }
    }
    words
}

/// The smallest role that is enough for every row.
fn least_role(
    needs: &[(&'static Row, RolesNeeded)],
    for_administrators: bool,
) -> Option<(String, String)> {
    let sets: Vec<&'static [&'static str]> = needs
        .iter()
        .map(|(_, role)| {
            if for_administrators && !role.for_admins.is_empty() {
                role.for_admins
            } else {
                role.enough
            }
        })
        .filter(|set| !set.is_empty())
        .collect();
    let first = sets.first()?;
    let fits = first
        .iter()
        .find(|id| sets.iter().all(|set| set.contains(id)))
        .copied()
        .unwrap_or(roles::GLOBAL_ADMINISTRATOR);
    Some((fits.to_owned(), roles::display_name(fits).to_owned()))
}

fn named_role(text: &str) -> Result<(String, String)> {
    roles::by_template_id(text)
        .or_else(|| {
            roles::ROLES
                .iter()
                .find(|role| role.name.eq_ignore_ascii_case(text.trim()))
        })
        .map(|role| (role.template_id.to_owned(), role.name.to_owned()))
        .ok_or_else(|| {
            bad(text, "a role here")
                .why("Rule: the display name or the template id of a built-in directory role.")
                .fix(format!(
                    "Leave the value out: {COMMAND} takes the least role that is enough."
                ))
        })
}
