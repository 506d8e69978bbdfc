//! The command table: variant, file, dispatch. A new command is one file and one row.

pub mod advise;
pub mod check_security_info;
pub mod completions;
pub mod create_admin;
pub mod doctor;
pub mod envelope;
pub mod find_username;
pub mod issue_access_pass;
pub mod journal;
pub mod login;
pub mod logout;
pub mod man;
pub mod permissions;
pub mod recover_own;
pub mod reset_user;
pub mod resume;
pub mod revoke_sessions;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod self_service;
pub mod set_security_info;
pub mod setup_app;
pub mod support_bundle;
pub mod unseal;
pub mod who_can_reset;
pub mod whoami;

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::policy::permissions as permissions_table;
use crate::render::Report;
use crate::resuming::{ResumeArgs, Work};
use std::pin::Pin;

/// A name that the permission table has rows behind; others are refused with the list.
fn of_table(text: &str) -> Result<String, String> {
    let name = text.trim().to_ascii_lowercase();
    if permissions_table::behind(&name).is_empty() {
        return Err(format!("use {}", permissions_table::names().join(", ")));
    }
    Ok(name)
}

/// The permission table's commands behind names that somebody gave.
fn behind_all(names: &[String]) -> Result<Vec<&'static str>> {
    permissions_table::behind_all(names).map_err(|name| {
        let name = name.escape_debug();
        Error::new(
            ErrorCode::BadInput,
            format!("'{name}' is no command that asks Microsoft Graph."),
        )
        .fix(format!(
            "Use one or more of: {}.",
            permissions_table::names().join(", ")
        ))
    })
}

/// Prints a text that another program reads as it is; whoever closed the pipe has read enough.
fn print_raw(context: &Context, text: &str) -> Result<()> {
    match context.console.out(text) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::new(
            ErrorCode::OutputFailed,
            "The text could not be written to standard output.",
        )
        .source(cause)),
        _ => Ok(()),
    }
}

/// How much of a command is put into the tree that parses a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// With its arguments.
    Whole,
    /// Its name and one line, for lists and suggestions.
    Line,
    /// Nothing.
    Absent,
}

/// The name of a command, from that of its file.
const fn kebab<const LENGTH: usize>(file: &str) -> [u8; LENGTH] {
    let (bytes, mut name, mut at) = (file.as_bytes(), [0; LENGTH], 0);
    while at < LENGTH {
        name[at] = if bytes[at] == b'_' { b'-' } else { bytes[at] };
        at += 1;
    }
    name
}

/// Work that is gone on with.
type Resumption<'a> = Pin<Box<dyn Future<Output = Result<Box<dyn Report>>> + 'a>>;

/// Which command goes on with the work it began: the one place where `resume` meets the others. `None` where repeating the command
/// is as good.
fn resumption<'a>(
    command: &str,
    work: Work,
    args: &'a ResumeArgs,
    context: &'a Context,
) -> Option<Resumption<'a>> {
    match command {
        "create-admin" => Some(Box::pin(create_admin::resume(
            work.operations,
            args,
            context,
        ))),
        "reset-user" => Some(Box::pin(reset_user::resume(work, args, context))),
        _ => None,
    }
}

macro_rules! commands {
    ($($(#[$gate:meta])? $variant:ident => $module:ident, $about:literal;)*) => {
        /// What the tool can do.
        #[derive(Debug, clap::Subcommand)]
        #[allow(clippy::large_enum_variant)] // one is made a run
        pub enum Command { $($(#[$gate])? #[doc = $about] $variant($module::Args),)* }

        impl Command {
            /// Adds the commands to the tree, each as far as it is wanted.
            pub fn add_to(mut top: clap::Command, shape: impl Fn(&str) -> Shape) -> clap::Command {
                $($(#[$gate])? {
                    const BYTES: [u8; stringify!($module).len()] = kebab(stringify!($module));
                    const NAME: &str = match std::str::from_utf8(&BYTES) { Ok(name) => name, Err(_) => "" };
                    top = match shape(NAME) {
                        Shape::Whole => top.subcommand(
                            <$module::Args as clap::Args>::augment_args(clap::Command::new(NAME)).about($about).long_about(None),
                        ),
                        Shape::Line => top.subcommand(clap::Command::new(NAME).about($about)),
                        Shape::Absent => top,
                    };
                })*
                top.subcommand_required(true).arg_required_else_help(true)
            }

            /// Runs the command.
            pub async fn run(self, context: &Context) -> Result<Box<dyn Report>> {
                match self { $($(#[$gate])? Command::$variant(args) => $module::run(args, context).await,)* }
            }
        }
    };
}

commands! {
    Advise => advise, "Show the way back in for an administrator who is locked out";
    CheckSecurityInfo => check_security_info, "Check who has an alternate e-mail and a phone registered";
    Completions => completions, "Print the completion script of a shell";
    CreateAdmin => create_admin, "Create a break-glass or other administrator that is complete or not there at all";
    Doctor => doctor, "Check network, sign-in, permissions and roles, with the fix for each problem";
    Envelope => envelope, "Make sheets to print: one for each holder of a share, or one with a whole secret";
    FindUsername => find_username, "Find a forgotten user name: in the directory, in exported mail, on this machine";
    IssueAccessPass => issue_access_pass, "Issue a Temporary Access Pass: a code to sign in with and register a passkey or phone";
    Journal => journal, "Look at the record of changes, verify it, and compare it with Entra's audit log";
    Login => login, "Sign in as a person, so that later commands are signed in too";
    Logout => logout, "Sign out: take the kept sign-in away";
    Man => man, "Write the manual pages";
    Permissions => permissions, "Show which permissions and roles each command needs, and what each is for";
    RecoverOwn => recover_own, "Reset your own lost password while a session of yours still lives";
    ResetUser => reset_user, "Reset an administrator's or user's password and keep the new one safe";
    Resume => resume, "Go on with work that was cut short or whose outcome is not known";
    RevokeSessions => revoke_sessions, "End all sessions of users";
    #[cfg(feature = "sandbox")]
    Sandbox => sandbox, "Rehearse on the built-in tenant: serve it, look at it, start it over";
    SelfService => self_service, "Tell whether an account can reset its own password, with the links to do it";
    SetSecurityInfo => set_security_info, "Set the e-mail address and phone a user can reset the password with";
    SetupApp => setup_app, "Create the app registration for some commands, with exactly the permissions they need";
    SupportBundle => support_bundle, "Put together what a support case asks for, without a secret";
    Unseal => unseal, "Open a sealed file, or put shares together, and hand over the secret";
    WhoCanReset => who_can_reset, "Tell whether you may reset a user's password, why, what would make it possible, and who can";
    Whoami => whoami, "Tell who is signed in, to which tenant, with which roles and permissions, and which settings apply";
}

impl Command {
    /// Whether the command may be given a profile that does not exist yet.
    #[must_use]
    pub fn makes_a_profile(&self) -> bool {
        matches!(self, Command::Login(_))
    }

    /// Whether the command runs with what is left of settings that contradict each other, and tells what is wrong with them.
    #[must_use]
    pub fn works_half_broken(&self) -> bool {
        matches!(self, Command::Doctor(_) | Command::SupportBundle(_))
    }
}
