//! `resume`: goes on with work that was cut short or whose outcome is not known; by the command that began it.
//!
//! Finds the work in the journal and hands it over; sends nothing itself.

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::journal::{self, Operation};
use crate::render::Report;
use crate::resuming::ResumeArgs;

/// Go on with work that was cut short or whose outcome is not known
///
/// Looks at the account first and tells apart what was never sent, what took effect, and what somebody else changed since. Where the
/// password has to be sent again it is the same one, from the destination it was staged in; a new one is never made. Steps that
/// were planned and not taken follow, and an account outside its restricted unit is put back. The exit code is 0 when all is done, 8
/// when something is still open.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset journal list --open
  admin-reset resume 0f8fad5b-d9cb-469f-a165-70867728950e --confirm ada@contoso.com
  admin-reset resume 0f8fad5b-d9cb-469f-a165-70867728950e --password-stdin --yes < password.txt")]
pub struct Args {
    /// Operation id, or the id of a bulk run; the first eight or more characters will do
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    how: ResumeArgs,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let all = journal::read(context.settings.state_dir()?)?;
    let (chosen, many) = choose(all, &args.id)?;
    let command = chosen
        .first()
        .map(|one| one.command.clone())
        .unwrap_or_default();
    match super::resumption(&command, chosen, many, &args.how, context) {
        Some(work) => work.await,
        None => Err(Error::new(
            ErrorCode::BadInput,
            format!("Work of `{command}` is not gone on with; the command may be run again."),
        )
        .why("Each of its steps ends in the same state when it is repeated.")
        .fix(format!("Run `admin-reset {command}` again."))),
    }
}

/// One operation, or all of a bulk run.
fn choose(all: Vec<Operation>, id: &str) -> Result<(Vec<Operation>, bool)> {
    let asked = id.trim();
    let of_run = |one: &Operation| {
        one.how.run.as_deref().is_some_and(|run| {
            run.eq_ignore_ascii_case(asked)
                || (asked.len() >= 8
                    && run
                        .get(..asked.len())
                        .is_some_and(|head| head.eq_ignore_ascii_case(asked)))
        })
    };
    if all.iter().any(of_run) {
        return Ok((all.into_iter().filter(of_run).collect(), true));
    }
    let at = journal::find(&all, asked).map_err(|error| match error.code() {
        ErrorCode::NotFound => error.fix("See `admin-reset journal list --open`."),
        _ => error,
    })?;
    Ok((all.into_iter().skip(at).take(1).collect(), false))
}
