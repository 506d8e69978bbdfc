//! `journal`: what this machine's record of changes tells, whether it is whole, and whether Entra's audit log agrees.
//!
//! Reads the journal and the audit log; the only thing it may write is the repair of a torn last line, when asked to.

mod compare;
mod list;
mod matched;
mod matching;
mod verify;

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::journal::{self, Operation};
use crate::render::Report;
use std::path::PathBuf;

/// Look at the record of changes this machine keeps, verify it, and compare it with Entra's audit log
///
/// Every change is in the journal before it is sent, in lines that each carry the hash of the line before. The journal holds ids,
/// names and outcomes, and never a secret.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset journal list --open
  admin-reset journal show 0f8fad5b-d9cb-469f-a165-70867728950e
  admin-reset journal verify --head 5f2d...
  admin-reset journal match --days 7 -o json")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Action {
    /// List the operations, newest first
    List(ListArgs),
    /// Show one operation: its steps, where the secret is, what is left
    Show(ShowArgs),
    /// Check that no line was altered, moved, removed or added
    ///
    /// Exit 0 when the journal is whole, 10 when it is not. The head hash that each change prints, kept elsewhere, also shows
    /// whether the end was cut off or all of it was rebuilt; without one that cannot be told.
    Verify(VerifyArgs),
    /// Pair the entries with the records of Entra's audit log
    ///
    /// By account, activity, caller, and a time within five minutes by the service's clock. Exit 0 when everything fits, 10 when a
    /// change of the journal is not in the log or a password reset of the log is not in the journal, 11 when something could not
    /// be decided: the log lags behind, is kept for 7 to 30 days, and does not name every change.
    Match(MatchArgs),
}

#[derive(Debug, Clone, clap::Args)]
struct ListArgs {
    /// Only what is not finished
    #[arg(long)]
    open: bool,
    /// Only what concerns this account
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Only the newest N
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Debug, Clone, clap::Args)]
struct ShowArgs {
    /// Operation id, or the first eight or more characters of one
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Debug, Clone, clap::Args)]
struct VerifyArgs {
    /// A head hash that was kept elsewhere
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
    /// A copy of a journal instead of this machine's own
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Take away a torn last line, which a run that died may have left, and note that in the journal
    #[arg(long, conflicts_with = "file")]
    repair: bool,
}

#[derive(Debug, Clone, clap::Args)]
struct MatchArgs {
    /// Operations to compare [default: all of the period]
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Days to look back, 1 to 30 [default: to the oldest entry]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=30))]
    days: Option<u8>,
    /// Take no notice of resets by other callers
    #[arg(long)]
    mine: bool,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    match args.action {
        Action::List(args) => list::list(&args, context),
        Action::Show(args) => list::show(&args, context),
        Action::Verify(args) => verify::verify(&args, context),
        Action::Match(args) => compare::compare(&args, context).await,
    }
}

/// The operation of an id or of the beginning of one.
fn find(operations: &[Operation], id: &str) -> Result<usize> {
    journal::find(operations, id).map_err(|error| match error.code() {
        ErrorCode::NotFound => error.fix("See `admin-reset journal list`."),
        _ => error,
    })
}

fn no_journal(context: &Context) -> Result<Error> {
    let folder = context.settings.state_dir()?;
    Ok(Error::new(
        ErrorCode::NotFound,
        format!(
            "There is no journal in {}.",
            crate::render::text::cell(&folder.to_string_lossy())
        ),
    )
    .why(
        "No change was made from this account on this machine, or the state folder is another one.",
    )
    .fix("Set ADMIN_RESET_STATE_DIR to the folder that is meant."))
}
