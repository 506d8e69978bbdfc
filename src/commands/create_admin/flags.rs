//! What the flags mean: which kind of account, which roles, which destinations. Refuses contradictions; asks nothing.

use super::prepare;
use super::{Args, RoleMode};
use crate::administrator::Terms;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::policy::{names, roles as catalogue};
use crate::sink::{self, Demand, SinkSpec};
use std::path::Path;
use std::time::Duration;

/// What kind of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// For emergencies.
    BreakGlass,
    /// In the initial domain like one for emergencies, with other roles.
    Local,
    /// An administrator with a name of its own.
    Ordinary,
}

/// A role as the command line named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RoleArg {
    pub(super) id: String,
    pub(super) name: String,
    /// Whether the catalogue has it.
    pub(super) known: bool,
}

fn usage(message: &str, fix: &str) -> Error {
    Error::new(ErrorCode::Usage, message).fix(fix)
}

impl Args {
    /// What holds for every account of the run.
    pub(super) fn terms(&self) -> Terms {
        Terms {
            wait: self.wait(),
            no_rollback: self.no_rollback,
            named: self.name.is_some() || self.upn.is_some(),
            resumed: true,
        }
    }

    /// The flags of this run that need permissions of their own, as the permission table names them.
    pub(super) fn flags_for_scopes(&self) -> &'static [&'static str] {
        if self.access_pass.is_some() {
            &["--access-pass"]
        } else {
            &[]
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.role_mode == RoleMode::Eligible {
            return Err(usage(
                "This build gives active assignments only.",
                "Leave --role-mode out; make the role eligible in PIM afterwards.",
            ));
        }
        if let Some(name) = &self.name {
            let longest = if self.pair {
                format!("{name}-2")
            } else {
                name.clone()
            };
            names::check_local_part(&longest).map_err(|problem| {
                Error::new(
                    ErrorCode::BadInput,
                    format!(
                        "'{}' cannot be the name of an account.",
                        crate::render::text::cell(name)
                    ),
                )
                .why(problem.why())
                .fix(problem.fix())
            })?;
        }
        if let Some(upn) = &self.upn {
            prepare::checked_upn(upn)?;
        }
        if let Some(name) = &self.display_name {
            names::check_display_name(name).map_err(|problem| {
                Error::new(ErrorCode::BadInput, "That display name cannot be used.")
                    .why(problem.why())
                    .fix("Give another --display-name.")
            })?;
        }
        if self.upn.is_some() && !self.break_glass && self.role.is_empty() {
            return Err(usage(
                "An account with --upn needs a --role.",
                "Give the least role that does the work, for example --role 'User Administrator'; --break-glass means Global Administrator.",
            ));
        }
        if self.break_glass && self.directory_scope() != "/" {
            return Err(usage(
                "A break-glass account holds its role in the whole tenant.",
                "Leave --scope out.",
            ));
        }
        if self.directory_scope().is_empty() {
            return Err(usage(
                &format!("'{}' is no scope.", crate::render::text::cell(&self.scope)),
                "Give the object id of an administrative unit, /administrativeUnits/ID, or / for the tenant.",
            ));
        }
        Ok(())
    }

    pub(super) fn profile(&self) -> Profile {
        let global = self.role.iter().any(|role| {
            catalogue::find(role.trim())
                .is_some_and(|role| role.template_id == catalogue::GLOBAL_ADMINISTRATOR)
        });
        if self.break_glass
            || (self.upn.is_none()
                && (self.role.is_empty() || (global && self.directory_scope() == "/")))
        {
            Profile::BreakGlass
        } else if self.upn.is_none() {
            Profile::Local
        } else {
            Profile::Ordinary
        }
    }

    /// The scope as Graph spells it; empty when it cannot be one.
    pub(super) fn directory_scope(&self) -> String {
        let text = self.scope.trim();
        if text == "/" {
            return text.to_owned();
        }
        let id = text.strip_prefix("/administrativeUnits/").unwrap_or(text);
        crate::ids::guid(id)
            .map(|id| format!("/administrativeUnits/{id}"))
            .unwrap_or_default()
    }

    /// The roles, each once; names come from the catalogue, an unknown id is looked up in the tenant later.
    pub(super) fn wanted_roles(&self) -> Result<Vec<RoleArg>> {
        let mut wanted: Vec<RoleArg> = Vec::new();
        for text in &self.role {
            let role = one_role(text, self.directory_scope() != "/")?;
            if !wanted.contains(&role) {
                wanted.push(role);
            }
        }
        let global = RoleArg {
            id: catalogue::GLOBAL_ADMINISTRATOR.to_owned(),
            name: catalogue::display_name(catalogue::GLOBAL_ADMINISTRATOR).to_owned(),
            known: true,
        };
        if wanted.is_empty() {
            wanted.push(global);
        } else if self.break_glass && !wanted.contains(&global) {
            return Err(usage(
                "A break-glass account holds Global Administrator.",
                "Leave --role out, or leave --break-glass out.",
            ));
        }
        Ok(wanted)
    }

    /// Destinations for each account; `tty` when none was named and a person is there.
    pub(super) fn sinks(&self, context: &Context) -> Result<Vec<Vec<SinkSpec>>> {
        let wanted = Demand {
            what: "new password",
            flag: "--secret-to",
            or_else: "",
            // A pair has two destinations, and its own words for it.
            may_be_none: self.pair || self.consent.dry_run,
        };
        let specs = sink::given(&self.secret_to, wanted, &context.console)?;
        if !self.pair {
            return Ok(vec![specs]);
        }
        split_pair(specs, self.consent.dry_run)
    }

    pub(super) fn access_pass_sink(&self, context: &Context) -> Result<Option<SinkSpec>> {
        if self.access_pass.is_none() || self.consent.dry_run {
            return Ok(None);
        }
        sink::given_for_pass(self.access_pass_to.as_ref(), &context.console)
    }

    pub(super) fn wait(&self) -> Duration {
        self.wait.unwrap_or(Duration::from_secs(180))
    }
}

/// The first half of the destinations is for the first account, the second for the second; none is for both.
pub(super) fn split_pair(specs: Vec<SinkSpec>, dry_run: bool) -> Result<Vec<Vec<SinkSpec>>> {
    if specs.is_empty() && dry_run {
        return Ok(vec![Vec::new(), Vec::new()]);
    }
    if specs.is_empty() || !specs.len().is_multiple_of(2) {
        return Err(Error::new(
            ErrorCode::SinkNeeded,
            "A pair needs a destination for each password.",
        )
        .why("Two emergency accounts whose passwords lie in one place are lost together.")
        .fix(
            "Give --secret-to twice: the first for the first account, the second for the second.",
        ));
    }
    let second = specs.len() / 2;
    if specs[..second]
        .iter()
        .any(|one| specs[second..].iter().any(|other| same_place(one, other)))
    {
        return Err(Error::new(
            ErrorCode::BadInput,
            "Both passwords of the pair would go to the same destination.",
        )
        .why("Two emergency accounts whose passwords lie in one place are lost together.")
        .fix("Give each account a destination of its own."));
    }
    Ok(vec![specs[..second].to_vec(), specs[second..].to_vec()])
}

/// Whether two destinations are one, by whatever path they are named.
fn same_place(one: &SinkSpec, other: &SinkSpec) -> bool {
    let whole = |path: &Path| {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let folder = folder
            .canonicalize()
            .or_else(|_| std::path::absolute(folder))
            .unwrap_or_else(|_| folder.to_path_buf());
        folder.join(path.file_name().unwrap_or_default())
    };
    match (one, other) {
        (
            SinkSpec::File(one) | SinkSpec::Age(_, one) | SinkSpec::Shares(_, one),
            SinkSpec::File(other) | SinkSpec::Age(_, other) | SinkSpec::Shares(_, other),
        ) => whole(one) == whole(other),
        _ => one == other,
    }
}

fn one_role(text: &str, in_unit: bool) -> Result<RoleArg> {
    let text = text.trim();
    let id = crate::ids::guid(text);
    let known = catalogue::find(id.as_deref().unwrap_or(text));
    let role = match (known, id) {
        (Some(role), _) => role,
        (None, Some(id)) => {
            return Ok(RoleArg {
                name: id.clone(),
                id,
                known: false,
            });
        }
        (None, None) => {
            let near: Vec<String> = catalogue::suggest(text)
                .iter()
                .map(|role| format!("'{}'", role.name))
                .collect();
            let near = if near.is_empty() {
                "Give a built-in role by its full name, or any role by its id.".to_owned()
            } else {
                format!(
                    "Did you mean {}? A role of your own is given by its id.",
                    near.join(" or ")
                )
            };
            let shown = crate::render::text::cell(text);
            // Look-alike letters are a wrong command line; a plain misspelling names a role that is not there.
            if let Some(odd) = text.chars().find(|c| !c.is_ascii()) {
                return Err(Error::new(
                    ErrorCode::BadInput,
                    format!("'{shown}' cannot be the name of a built-in role."),
                )
                .why(format!(
                    "It holds {}, which is not an ASCII character.",
                    names::describe(odd)
                ))
                .fix(near));
            }
            return Err(Error::new(
                ErrorCode::NotFound,
                format!("There is no built-in role '{shown}'; nothing was asked."),
            )
            .why("The catalogue of built-in roles has no such name.")
            .fix(near));
        }
    };
    if role.implicit {
        return Err(Error::new(
            ErrorCode::BadInput,
            format!("{} is no role that can be given.", role.name),
        )
        .why("Everybody of a kind holds it.")
        .fix("Name another role."));
    }
    if in_unit && !role.unit_assignable {
        return Err(Error::new(
            ErrorCode::ContentRefused,
            format!(
                "{} cannot be limited to an administrative unit; nothing was changed.",
                role.name
            ),
        )
        .why("Entra gives this role for the whole tenant only.")
        .fix("Leave --scope out, or name another role."));
    }
    Ok(RoleArg {
        id: role.template_id.to_owned(),
        name: role.name.to_owned(),
        known: true,
    })
}
