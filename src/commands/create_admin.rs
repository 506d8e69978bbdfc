//! `create-admin`: creates an administrator that works in an emergency, and leaves no half account and no lost password behind.
//!
//! Reads first, decides purely, stages the secret in every sink, gives the role last, reads back, reports once.

mod finish;
mod flags;
mod left;
mod make;
mod outcome;
mod prepare;
mod report;
mod wanted;

use crate::administrator::{account, execute, existing, finish as ending, history, sight};
use crate::consent::ConsentArgs;
use crate::context::Context;
use crate::duration::parse_duration;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::journal;
use crate::policy::names;
use crate::policy::reset::Action;
use crate::preflight;
use crate::recall::Recall;
use crate::render::Report;
use crate::settings::Auth;
use crate::sink::Custody;
use finish::{Handing, finish_left};
use flags::RoleArg;
use history::Work;
use make::make;
use prepare::{Ground, Prepared};
use std::ffi::OsStr;
use std::fs::File;
use std::time::{Duration, Instant};
use wanted::TenantView;

pub(crate) use left::resume;

/// How long a run without consent looks for the exact words of the flag that is missing.
const TO_NAME_THE_FLAG: Duration = Duration::from_secs(15);

/// How a role is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum RoleMode {
    /// Active and without end
    #[default]
    Active,
    /// To be activated in PIM
    Eligible,
}

/// What to do about an account that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum IfExists {
    /// Refuse
    Fail,
    /// Compare it, never write
    #[default]
    Report,
    /// Finish it when this tool began it
    Fix,
}

/// Create a break-glass or other administrator that is complete or not there at all
///
/// Without --upn the account is for emergencies: in the initial domain, cloud-only, with a name that does not tell what it is
/// for, Global Administrator, active and without end, a password of 32 characters that never expires. The password is held
/// durably in every destination of --secret-to before the account exists; the role is given last; what cannot be completed is
/// deleted again. Running the same command twice is safe.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(
    after_help = "A new administrator is confirmed by typing the tenant's initial domain; in scripts: --confirm contoso.onmicrosoft.com

Examples:
  admin-reset create-admin --dry-run
  admin-reset create-admin --pair --secret-to file:one.txt --secret-to file:two.txt --confirm contoso.onmicrosoft.com
  admin-reset create-admin --upn megan@contoso.com --role 'User Administrator' --secret-to file:megan.txt
  admin-reset create-admin --sandbox --secret-to file:new.txt --confirm contoso.onmicrosoft.com"
)]
pub struct Args {
    /// Local part of the user principal name, and the display name unless given [default: made up]
    #[arg(value_name = "NAME", conflicts_with = "upn")]
    name: Option<String>,
    /// Make an account for emergencies; the default without --upn
    #[arg(long)]
    break_glass: bool,
    /// Make two, whose passwords go to different destinations
    #[arg(long, conflicts_with_all = ["upn", "access_pass"])]
    pair: bool,
    /// User principal name, in any verified domain that is not federated
    #[arg(long, value_name = "UPN")]
    upn: Option<String>,
    /// Display name
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// Role by name or id (can be repeated) [default for emergencies: Global Administrator]
    #[arg(long, value_name = "NAME|ID")]
    role: Vec<String>,
    /// How the roles are given
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "active|eligible",
        default_value = "active",
        hide_default_value = true
    )]
    role_mode: RoleMode,
    /// Administrative unit the roles are limited to: an id, or / for the tenant
    #[arg(
        long,
        value_name = "UNIT",
        default_value = "/",
        hide_default_value = true
    )]
    scope: String,
    /// Where the password goes: tty, stdout, file:PATH, age:RECIPIENT[,RECIPIENT...]:PATH, keyring:NAME, keyvault:VAULT/NAME, cmd:PROGRAM or shares:K/N:DIR (can be repeated; with --pair half of them for each) [default: tty]
    #[arg(long, value_name = "SINK", help_heading = "Password")]
    secret_to: Vec<String>,
    /// With --upn: do not make the user change the password at the first sign-in
    #[arg(long, help_heading = "Password")]
    no_force_change: bool,
    /// Issue a Temporary Access Pass as well, for so many minutes, to register a passkey with
    #[arg(long, value_name = "MINUTES", num_args = 0..=1, require_equals = true, value_parser = clap::value_parser!(u32).range(10..=43200), help_heading = "Password")]
    access_pass: Option<Option<u32>>,
    /// Where the access pass goes [default: tty]
    #[arg(
        long,
        value_name = "SINK",
        requires = "access_pass",
        help_heading = "Password"
    )]
    access_pass_to: Option<String>,
    /// What to do about an account of that name: fail, report how it differs, or fix what this tool left unfinished
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "fail|report|fix",
        default_value = "report",
        hide_default_value = true
    )]
    if_exists: IfExists,
    /// Leave an account that could not be completed instead of deleting it
    #[arg(long)]
    no_rollback: bool,
    /// Time each step may take until the new account can be seen everywhere [default: 3m]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    wait: Option<Duration>,
    /// How long an account that cannot be seen may be on its way; `resume` sets it.
    #[arg(skip)]
    settle: Option<Duration>,
    #[command(flatten)]
    consent: ConsentArgs,
}

/// What the reads decided.
enum Decided {
    Make(Box<Prepared>),
    Finish {
        tenant: TenantView,
        caller: Option<String>,
        left: left::Left,
    },
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    args.check()?;
    let wanted_roles = args.wanted_roles()?;
    let specs = args.sinks(context)?;
    let pass_spec = args.access_pass_sink(context)?;
    if args.access_pass.is_some() {
        preflight::offered(context, [Action::IssueAccessPass])?;
    }
    let custodies: Vec<Custody> = specs
        .iter()
        .map(|specs| context.custody(specs, false))
        .collect::<Result<_>>()?;
    if custodies.iter().any(Custody::uses_stdout) && !args.consent.dry_run {
        context.console.give_stdout_to_secret();
    }
    let hopeless =
        !context.console.can_ask() && !args.consent.dry_run && args.consent.confirm.is_empty();
    let (decided, works, _lock) = if hopeless {
        // Without consent nothing will be changed. The reads only serve to name the flag exactly, or to find that nothing is to do.
        if matches!(context.settings.auth.0, Auth::Browser | Auth::DeviceCode) {
            return Err(no_consent(None));
        }
        match tokio::time::timeout(TO_NAME_THE_FLAG, decide(&args, context, &wanted_roles)).await {
            Ok(Ok(decided)) => decided,
            _ => return Err(no_consent(None)),
        }
    } else {
        decide(&args, context, &wanted_roles).await?
    };
    let client = context.client_for("create-admin", args.flags_for_scopes())?;
    match decided {
        Decided::Finish {
            tenant,
            caller,
            left,
        } => {
            let handing = Handing {
                context,
                recall: Recall::plain(context, person(&client).await?),
                named: &args.secret_to,
                operations: &[],
            };
            finish_left(&args, context, &client, tenant, caller, left, handing).await
        }
        Decided::Make(prepared) => {
            make(
                &args, context, &client, *prepared, works, custodies, pass_spec,
            )
            .await
        }
    }
}

/// All reads: the tenant, what earlier runs left, the names, the roles, the caller's rights.
async fn decide(
    args: &Args,
    context: &Context,
    wanted_roles: &[RoleArg],
) -> Result<(Decided, Vec<Work>, Option<File>)> {
    let client = context.client_for("create-admin", args.flags_for_scopes())?;
    let Ground {
        tenant,
        surroundings,
    } = prepare::ground(&client, context).await?;
    let lock = if args.consent.dry_run {
        None
    } else {
        Some(lock(context, args.wait()).await?)
    };
    let works: Vec<Work> = read_history(context)?
        .into_iter()
        .filter(|work| {
            work.tenant
                .as_deref()
                .is_none_or(|own| own.eq_ignore_ascii_case(&tenant.id))
        })
        .collect();
    let ground = Ground {
        tenant,
        surroundings,
    };
    if args.name.is_none() && args.upn.is_none() {
        let initial = works.iter().filter(|work| {
            work.is_unfinished()
                && names::domain_of(&work.upn).is_some_and(|domain| {
                    domain.eq_ignore_ascii_case(&ground.tenant.initial_domain)
                })
        });
        let recall = Recall::plain(context, person(&client).await?);
        let left = left::left_over(&client, context, args, initial, &recall).await?;
        if !left.accounts.is_empty() {
            return Ok((
                Decided::Finish {
                    caller: ground.surroundings.caller_name,
                    tenant: ground.tenant,
                    left,
                },
                works,
                lock,
            ));
        }
        let mut prepared =
            prepare::prepare(&client, context, ground, args, wanted_roles, &works).await?;
        prepared.never_made.extend(left.never_made);
        return Ok((Decided::Make(Box::new(prepared)), works, lock));
    }
    let prepared = prepare::prepare(&client, context, ground, args, wanted_roles, &works).await?;
    Ok((Decided::Make(Box::new(prepared)), works, lock))
}

/// Whether a person acts, as far as the token tells.
async fn person(client: &Client) -> Result<bool> {
    Ok(client.token().await?.claims.app_only == Some(false))
}

/// One run at a time on this machine: another one's open intents would look like those of a run that died.
async fn lock(context: &Context, wait: Duration) -> Result<File> {
    let folder = crate::files::Folder::private(context.settings.state_dir()?)
        .map_err(|error| error.recode(ErrorCode::JournalRefused))?;
    let file = folder
        .log(OsStr::new("create-admin.lock"))
        .map_err(|error| error.recode(ErrorCode::JournalRefused))?;
    let since = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::Error(cause))
                if cause.kind() != std::io::ErrorKind::Interrupted =>
            {
                return Err(Error::new(
                    ErrorCode::JournalRefused,
                    "The lock in the state folder cannot be taken.",
                )
                .source(cause));
            }
            Err(_) if since.elapsed() > wait => {
                return Err(Error::new(
                    ErrorCode::JournalRefused,
                    "Another create-admin runs on this machine; nothing was changed.",
                )
                .why(format!("It did not end within {} s.", wait.as_secs()))
                .fix("Wait for it, then run the command again."));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// What the journal knows, without making one.
fn read_history(context: &Context) -> Result<Vec<Work>> {
    let path = context.settings.state_dir()?.join(journal::FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let records: Vec<journal::Record> = journal::records(&path)?.collect::<Result<_>>()?;
    let state_dir = context.settings.state_dir()?;
    Ok(history::with_copies(history::works(records), state_dir))
}

fn no_consent(domain: Option<&str>) -> Error {
    let flag = domain.unwrap_or("TENANT-DOMAIN");
    Error::new(ErrorCode::ConsentNeeded, "A new administrator needs consent, and there is no terminal to ask on.")
        .why("--confirm was not given; --yes alone is not enough for an administrator.")
        .fix(format!("Look at the plan with --dry-run, then add --confirm {flag} with the tenant's initial domain, as the plan shows it."))
}

#[cfg(test)]
mod tests;
