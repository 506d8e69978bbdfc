//! The list of a bulk run: what is written down of it before the first change, and what stands in the way of another run for the same
//! users. Sends nothing.

use super::bulk::Looked;
use super::extras::{ExtraArgs, PasswordPolicy};
use super::{Args, COMMAND, ViaArg};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::files::Turn;
use crate::journal::{self, Operation, State};
use crate::passwords::PasswordArgs;
use crate::resuming::ResumeArgs;
use crate::runs::{self, Run};
use crate::sink::Place;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::Path;

/// What a place of several users has instead of an id.
const EACH: &str = "-<object id>";

/// What the flags asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Options {
    via: ViaArg,
    no_force_change: bool,
    force_change_mfa: bool,
    revoke_sessions: bool,
    no_revoke_sessions: bool,
    enable: bool,
    password_policy: Option<PasswordPolicy>,
    require_reregister: bool,
    no_preflight: bool,
    cloud_only_write: bool,
    through_restricted_unit: bool,
    length: Option<u16>,
    words: Option<u8>,
    concurrency: Option<u8>,
    stop_after_errors: Option<u32>,
    wait_seconds: Option<u64>,
    /// Destinations with whole paths.
    pub(super) secret_to: Vec<String>,
}

impl Options {
    fn of(args: &Args, places: &[Place]) -> Self {
        Options {
            via: args.via,
            no_force_change: args.no_force_change,
            force_change_mfa: args.force_change_mfa,
            revoke_sessions: args.revoke_sessions,
            no_revoke_sessions: args.no_revoke_sessions,
            enable: args.enable,
            password_policy: args.extras.password_policy,
            require_reregister: args.extras.require_reregister,
            no_preflight: args.no_preflight,
            cloud_only_write: args.cloud_only_write,
            through_restricted_unit: args.through_restricted_unit,
            length: args.password.length,
            words: args.password.words,
            concurrency: args.concurrency,
            stop_after_errors: args.stop_after_errors,
            wait_seconds: args.wait.map(|wait| wait.as_secs()),
            secret_to: places
                .iter()
                .map(|place| place.to_string().replace(EACH, ""))
                .collect(),
        }
    }

    /// The same work, with the consent of who goes on with it.
    pub(super) fn args(&self, asked: &ResumeArgs) -> Args {
        Args {
            via: self.via,
            no_force_change: self.no_force_change,
            force_change_mfa: self.force_change_mfa,
            revoke_sessions: self.revoke_sessions,
            no_revoke_sessions: self.no_revoke_sessions,
            enable: self.enable,
            extras: ExtraArgs {
                password_policy: self.password_policy,
                require_reregister: self.require_reregister,
            },
            no_preflight: self.no_preflight,
            cloud_only_write: self.cloud_only_write,
            through_restricted_unit: self.through_restricted_unit,
            password: PasswordArgs {
                length: self.length,
                words: self.words,
                ..PasswordArgs::default()
            },
            concurrency: self.concurrency,
            stop_after_errors: self.stop_after_errors,
            wait: asked
                .wait
                .or(self.wait_seconds.map(std::time::Duration::from_secs)),
            consent: asked.consent.clone(),
            include_admins: asked.include_admins,
            confirm_count: asked.confirm_count,
            ..Args::default()
        }
    }
}

/// How a list names a user: by what the write goes to.
pub(super) fn key(looked: &Looked) -> Option<String> {
    match looked {
        Looked::Ready(prepared) => Some(prepared.path_id().to_ascii_lowercase()),
        Looked::Refused(_) => None,
    }
}

/// Refuses to reset users anew who are on the list of a run that is at work or not at its end; the runs whose place this one takes
/// with `--anew`.
pub(super) fn unfinished(args: &Args, context: &Context, looked: &[Looked]) -> Result<Vec<Run>> {
    let Ok(state_dir) = context.settings.state_dir() else {
        return Ok(Vec::new());
    };
    let mut replaced = Vec::new();
    let mut wanted: Option<HashSet<String>> = None;
    for run in runs::all(state_dir)? {
        let wanted = wanted.get_or_insert_with(|| {
            let upn = |one: &Looked| match one {
                Looked::Ready(prepared) => Some(prepared.upn().to_ascii_lowercase()),
                Looked::Refused(_) => None,
            };
            looked
                .iter()
                .filter_map(key)
                .chain(looked.iter().filter_map(upn))
                .collect()
        });
        let both = |users: &HashSet<String>| users.iter().any(|user| wanted.contains(user));
        let listed: HashSet<String> = run
            .users
            .iter()
            .map(|user| user.to_ascii_lowercase())
            .collect();
        if run.command != COMMAND || !both(&listed) {
            continue;
        }
        runs::nobody_else_is_at_work(state_dir, &run, wanted)?;
        if !args.anew {
            // Where it reset none of them, nobody gets a second password.
            let known = journal::read(state_dir)?;
            let own = known
                .iter()
                .filter(|one| one.how.run.as_deref() == Some(run.id.as_str()));
            if !both(&in_force(own)) {
                continue;
            }
            return Err(Error::new(
                ErrorCode::TargetChanged,
                format!("Users on this list were reset by run {}, which is not at its end; nothing was changed.", run.id),
            )
            .why(format!("It was begun at {}. They would get a second password.", run.at))
            .fix(format!("Go on with it: admin-reset resume {}. To reset all of these users anew all the same, add --anew.", run.id)));
        }
        replaced.push(run);
    }
    Ok(replaced)
}

/// Whom operations have reset, or may have, by every name the journal has for them.
pub(super) fn in_force<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> HashSet<String> {
    operations
        .into_iter()
        .filter(|one| {
            let state = one.step("resetPassword").map(|step| step.state);
            matches!(state, Some(State::Done | State::Open | State::Unknown))
        })
        .flat_map(names)
        .collect()
}

/// Users for whom an operation about their password was begun, however it ended.
pub(super) fn begun<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> HashSet<String> {
    operations
        .into_iter()
        .filter(|one| {
            one.step("resetPassword")
                .is_some_and(|step| step.state != State::Planned)
        })
        .flat_map(names)
        .collect()
}

/// Every name the journal has for the target of an operation, in lower case.
pub(super) fn names(one: &Operation) -> impl Iterator<Item = String> {
    one.names().map(str::to_ascii_lowercase)
}

/// The list of this run, durable, and the right to work on it. After an error nothing may be sent.
pub(super) async fn begin(
    args: &Args,
    context: &Context,
    run_id: &str,
    places: &[Place],
    looked: &[Looked],
    tenant: Option<String>,
) -> Result<Turn> {
    let state_dir = context.settings.state_dir()?;
    // Another run may have begun since this one looked, while a person was asked.
    let _starting = runs::starting(state_dir, args.wait).await?;
    let replaced = unfinished(args, context, looked)?;
    let turn = runs::turn(state_dir, run_id)?;
    let options = serde_json::to_value(Options::of(args, places)).map_err(|cause| {
        Error::new(
            ErrorCode::Internal,
            "The options of the run could not be written.",
        )
        .source(cause)
    })?;
    let run = Run {
        v: 1,
        id: run_id.to_owned(),
        command: COMMAND.to_owned(),
        at: format!("{:.0}", jiff::Timestamp::now()),
        tenant,
        options,
        users: looked.iter().filter_map(key).collect(),
    };
    runs::keep(state_dir, &run)?;
    for old in replaced {
        give_way(context, state_dir, old, &run.users)?;
    }
    Ok(turn)
}

/// Takes the users of a new run off the list of an older one, and the list away when nobody is left on it.
fn give_way(context: &Context, state_dir: &Path, mut old: Run, users: &[String]) -> Result<()> {
    let taken: HashSet<&String> = users.iter().collect();
    let known = journal::read(state_dir)?;
    let own = known
        .iter()
        .filter(|one| one.how.run.as_deref() == Some(old.id.as_str()));
    let begun = begun(own);
    old.users.retain(|user| {
        let user = user.to_ascii_lowercase();
        !taken.contains(&user) && !begun.contains(&user)
    });
    if old.users.is_empty() {
        forget(context, &old.id);
        return Ok(());
    }
    runs::shorten(state_dir, &old)?;
    context.console.note(&format!(
        "Run {} keeps {} users who are not on this list: admin-reset resume {}",
        old.id,
        old.users.len(),
        old.id
    ));
    Ok(())
}

/// Takes the list away. One that stays is told: it would stand in the way of the next run.
pub(super) fn forget(context: &Context, id: &str) {
    let gone = context
        .settings
        .state_dir()
        .and_then(|state_dir| runs::forget(state_dir, id));
    if let Err(error) = gone {
        context.console.warn(&format!(
            "The list of run {id} could not be removed: {}",
            error.cause().unwrap_or_default()
        ));
    }
}
