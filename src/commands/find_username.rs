//! `find-username`: a forgotten user name, from the directory when somebody can sign in, else from mail and from this machine.
//!
//! Reads only.

mod directory;
mod machine;
mod mail;
mod report;
mod sign_ins;
mod tables;

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::policy::phone_forms;
use crate::render::Report;
use report::FoundReport;
use std::path::PathBuf;

/// Find a forgotten user name
///
/// With TEXT somebody signed in searches the directory: an e-mail address (contact, mailbox, alias), a phone number in any form, or
/// a name. Registered security info cannot be searched by it. Without TEXT nobody needs to be signed in: exported mail is searched
/// for addresses of initial domains (*.onmicrosoft.com, *.onmicrosoft.us, *.partner.onmschina.cn), and the accounts that this tool
/// and the Azure CLI have used on this machine are listed. No token is read and nothing is sent.
///
/// Mail is read as it stands in mbox files, single messages, Maildir folders and folders of them; encoded headers, HTML,
/// quoted-printable and base64 are decoded. Packed attachments (images, PDF, Office, archives) are not looked into.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset find-username ada.private@fabrikam.example
  admin-reset find-username \"+44 7700 900101\"
  admin-reset find-username okafor
  admin-reset find-username --admins
  admin-reset find-username
  admin-reset find-username --mailbox ~/Mail --mailbox takeout.mbox")]
pub struct Args {
    /// E-mail address, phone number or name; with --mailbox only candidates that contain it are shown
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// Search exported mail: an mbox file, a message, a Maildir, or a folder of them (can be repeated)
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "admins")]
    mailbox: Vec<PathBuf>,
    /// Only those who hold a directory role or may activate one; without TEXT all of them
    #[arg(long)]
    admins: bool,
}

/// What TEXT is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Email,
    Phone,
    Name,
}

impl Kind {
    fn of(text: &str) -> Kind {
        if text.contains('@') {
            Kind::Email
        } else if phone_forms::is_phone(text) {
            Kind::Phone
        } else {
            Kind::Name
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Email => "email",
            Kind::Phone => "phone",
            Kind::Name => "name",
        }
    }
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let text = args.text.as_deref().map(checked).transpose()?;
    if !args.mailbox.is_empty() {
        let mut report = mail::search(context, args.mailbox, text).await?;
        report.accounts = machine::accounts(&context.settings);
        return Ok(Box::new(report));
    }
    if text.is_some() || args.admins {
        return Ok(Box::new(
            directory::search(context, text, args.admins).await?,
        ));
    }
    Ok(Box::new(FoundReport {
        accounts: machine::accounts(&context.settings),
        ..FoundReport::default()
    }))
}

fn checked(text: &str) -> Result<&str> {
    let text = text.trim();
    let fits =
        text.chars().count() >= 2 && text.len() <= 200 && !text.chars().any(char::is_control);
    if fits {
        Ok(text)
    } else {
        Err(
            Error::new(ErrorCode::BadInput, "This cannot be searched for.")
                .why("Rule: 2 to 200 characters without control characters.")
                .fix("Give an e-mail address, a phone number or a name."),
        )
    }
}
