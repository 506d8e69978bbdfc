//! `doctor`: does everything work, and what helps where it does not. Everything it knows comes from `crate::doctor`.

use super::behind_all;
use crate::context::Context;
use crate::doctor;
use crate::error::Result;
use crate::render::Report;
use crate::settings::{Auth, Given};

/// Check network, sign-in, permissions and roles, with the fix for each problem
///
/// Looks at settings, folders, proxy, names, trust, clock, sign-in and token, and says for each command which permissions and roles are
/// there, missing or too much. Works half-broken: what cannot be asked is said, and the rest goes on. Nobody is asked to sign in, unless
/// --auth browser or --auth device-code says so. The exit code is 0 when all is well, 10 when something is wrong, 11 when something could not be decided.
/// A command that lacks something counts only when it is named with --for.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset doctor
  admin-reset doctor --for reset-user,create-admin
  admin-reset doctor --for check-security-info -o json --query 'commands[].missing'
  admin-reset doctor --sandbox")]
pub struct Args {
    /// Commands that have to work, alone
    #[arg(long = "for", value_name = "COMMAND", value_delimiter = ',')]
    commands: Vec<String>,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let wanted = behind_all(&args.commands)?;
    let (auth, given) = context.settings.auth;
    let ask = given == Given::Flag && matches!(auth, Auth::Browser | Auth::DeviceCode);
    Ok(Box::new(doctor::examine(context, wanted, ask).await))
}
