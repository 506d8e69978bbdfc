//! `resume`: goes on with work that was cut short or whose outcome is not known; by the command that began it.
//!
//! Finds the work in the journal and hands it over; sends nothing itself.

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::journal::{self, Operation};
use crate::render::Report;
use crate::resuming::{ResumeArgs, Work};
use crate::runs::{self, Run};

/// Go on with work that was cut short or whose outcome is not known
///
/// Looks at the account first and tells apart what was never sent, what took effect, and what somebody else changed since. Where the
/// password has to be sent again it is the same one, from the destination it was staged in; a new one is never made. Steps that
/// were planned and not taken follow, and an account outside its restricted unit is put back. An administrator that never came into
/// being is made. A bulk run goes on with the users it never began, with its own options and destinations. The exit code is 0 when
/// all is done, 8 when something is still open.
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
    let state_dir = context.settings.state_dir()?;
    let look = || {
        choose(
            journal::read(state_dir)?,
            runs::all(state_dir)?,
            args.id.trim(),
        )
    };
    let mut work = look()?;
    let list = work.run.as_ref().filter(|_| !args.how.consent.dry_run);
    let _turn = match list.map(|run| run.id.clone()) {
        Some(id) => {
            // No other run begins meanwhile.
            let _starting = runs::starting(state_dir, args.how.wait).await?;
            let turn = runs::turn(state_dir, &id)?;
            // Whoever had the turn until now may have gone on meanwhile: nobody is judged by what was read before.
            work = look()?;
            let listed = work.run.iter().flat_map(|run| &run.users);
            let users = listed.map(|user| user.to_ascii_lowercase()).collect();
            for other in runs::all(state_dir)?.iter().filter(|other| !other.is(&id)) {
                runs::nobody_else_is_at_work(state_dir, other, &users)?;
            }
            Some(turn)
        }
        None => None,
    };
    let command = work
        .run
        .as_ref()
        .map(|run| run.command.clone())
        .or_else(|| work.operations.first().map(|one| one.command.clone()))
        .unwrap_or_default();
    match super::resumption(&command, work, &args.how, context) {
        Some(work) => work.await,
        None => Err(Error::new(
            ErrorCode::BadInput,
            format!("Work of `{command}` is not gone on with; the command may be run again."),
        )
        .why("Each of its steps ends in the same state when it is repeated.")
        .fix(format!("Run `admin-reset {command}` again."))),
    }
}

/// One operation, or all of a bulk run with those it never began.
fn choose(all: Vec<Operation>, lists: Vec<Run>, asked: &str) -> Result<Work> {
    let list = lists.into_iter().find(|run| run.is(asked));
    let of_run = |one: &Operation| {
        one.how
            .run
            .as_deref()
            .is_some_and(|run| runs::names(run, asked))
    };
    if list.is_some() || all.iter().any(of_run) {
        let (operations, others): (Vec<_>, Vec<_>) = all.into_iter().partition(of_run);
        let began = list.as_ref().and_then(|run| journal::time(&run.at));
        let since = |one: &Operation| journal::time(&one.began) >= began;
        return Ok(Work {
            operations,
            many: true,
            elsewhere: others.into_iter().filter(since).collect(),
            run: list,
        });
    }
    let at = journal::find(&all, asked).map_err(|error| match error.code() {
        ErrorCode::NotFound => error.fix("See `admin-reset journal list --open`."),
        _ => error,
    })?;
    Ok(Work {
        operations: all.into_iter().skip(at).take(1).collect(),
        many: false,
        run: None,
        elsewhere: Vec::new(),
    })
}
