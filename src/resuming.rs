//! What `resume` is told on the command line, and the work it is about, for all commands that go on with theirs. Decides nothing.

use crate::consent::ConsentArgs;
use crate::duration::parse_duration;
use crate::journal::Operation;
use crate::runs::Run;
use std::path::PathBuf;
use std::time::Duration;

/// The work that is gone on with.
pub(crate) struct Work {
    /// One operation, or those that a bulk run has begun.
    pub(crate) operations: Vec<Operation>,
    /// Whether it is a bulk run.
    pub(crate) many: bool,
    /// The list of the run, as long as it is not at its end.
    pub(crate) run: Option<Run>,
    /// What others have begun since.
    pub(crate) elsewhere: Vec<Operation>,
}

/// Flags of `resume`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ResumeArgs {
    /// Send the same password again even where that is not done by itself: to a synced user, or where nothing can be read
    #[arg(long)]
    pub resend: bool,
    /// Read the password from standard input, where its destination cannot be read back
    #[arg(long, help_heading = "Password", conflicts_with = "password_file")]
    pub password_stdin: bool,
    /// Read the password from a file that only you can read
    #[arg(long, value_name = "FILE", help_heading = "Password")]
    pub password_file: Option<PathBuf>,
    /// Open a sealed destination, or the sealed copy, with the age identities in this file (can be repeated)
    #[arg(long, value_name = "FILE", help_heading = "Password")]
    pub identity: Vec<PathBuf>,
    /// Share of the password, where its folder no longer holds enough of them (can be repeated)
    #[arg(long, value_name = "FILE", help_heading = "Password")]
    pub share: Vec<PathBuf>,
    /// Where a password goes that was set and not handed over yet, as for reset-user (can be repeated) [default: where it was to go]
    #[arg(long, value_name = "SINK", help_heading = "Password")]
    pub secret_to: Vec<String>,
    /// For a bulk run: go on with privileged users too
    #[arg(long, help_heading = "Many users")]
    pub include_admins: bool,
    /// For a bulk run: the number of users that are gone on with
    #[arg(long, value_name = "N", help_heading = "Many users")]
    pub confirm_count: Option<usize>,
    /// Time for each write, its waits and its proof [default: 90s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub wait: Option<Duration>,
    /// Time that a change may take to show when it is read [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub settle: Option<Duration>,
    /// Consent to going on.
    #[command(flatten)]
    pub consent: ConsentArgs,
}
