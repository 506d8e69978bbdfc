//! `envelope`: a sheet to print for each holder of a share, or for a secret that is kept whole.
//!
//! Writes one private file for each sheet and never two shares on one. Uses no network.

use crate::context::Context;
use crate::envelope;
use crate::error::{Error, ErrorCode, Result};
use crate::files::Folder;
use crate::opening::{self, Found, OpeningArgs};
use crate::render::{Report, Table};
use crate::sink;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::PathBuf;

/// Make sheets to print: one for each holder of a share, or one with a whole secret
///
/// Each sheet is an HTML file of its own that only you can read, without script and without anything from elsewhere: what it opens,
/// the words and a QR code, and how to use it without this tool. Print it with a browser, to paper or PDF, and remove the file.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset envelope share-1-of-3.txt share-2-of-3.txt share-3-of-3.txt --out sheets
  admin-reset envelope ada.age --identity key.txt --out sheets --purpose \"Global Administrator, emergencies only\"")]
pub struct Args {
    #[command(flatten)]
    opening: OpeningArgs,
    /// Folder for the sheets; made when it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What it opens and when it may be opened, for the sheet
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,
}

/// One sheet that was written.
struct Written {
    path: String,
    share: Option<String>,
    account: Option<String>,
}

/// What the command returns.
struct Sheets(Vec<Written>);

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let purpose = args.purpose.as_deref();
    if purpose.is_some_and(|text| text.chars().count() > 300) {
        return Err(
            Error::new(ErrorCode::BadInput, "The purpose is too long for a sheet.")
                .why("Rule: at most 300 characters.")
                .fix("Shorten it."),
        );
    }
    let found = args.opening.find(&context.console)?;
    let mut pages = Vec::new();
    match &found {
        Found::Sealed(bytes, named) => {
            let identities = args.opening.identities(&context.console)?;
            let document = opening::unseal(bytes, named, &identities)?;
            pages.push((
                OsString::from("envelope.html"),
                envelope::of_secret(&document, purpose),
                None,
                Some(document.user_principal_name),
            ));
        }
        Found::Shares(shares) => {
            let bare: Vec<_> = shares
                .iter()
                .map(|(_, sheet)| sheet.share.clone())
                .collect();
            opening::fit(&bare, shares)?;
            for (_, sheet) in shares {
                let of = sheet
                    .count
                    .map(|count| format!("-of-{count}"))
                    .unwrap_or_default();
                let name = format!("envelope-share-{}{of}.html", sheet.number);
                pages.push((
                    OsString::from(name),
                    envelope::of_share(sheet, purpose),
                    Some(sheet.place()),
                    sheet.account.clone(),
                ));
            }
        }
    }
    let folder = sink::folder_for(&args.out)?;
    write(&folder, &pages)?;
    Ok(Box::new(Sheets(
        pages
            .into_iter()
            .map(|(name, _, share, account)| Written {
                path: folder.file(&name).to_string_lossy().into_owned(),
                share,
                account,
            })
            .collect(),
    )))
}

type Page = (
    OsString,
    zeroize::Zeroizing<String>,
    Option<String>,
    Option<String>,
);

/// Writes all sheets or none.
fn write(folder: &Folder, pages: &[Page]) -> Result<()> {
    for (name, ..) in pages {
        folder.vacant(name)?;
    }
    let mut made = Vec::new();
    for (name, page, ..) in pages {
        match folder.create(name, page.as_bytes()) {
            Ok(file) => made.push((name, file)),
            Err(error) => {
                for (name, file) in &made {
                    let _ = folder.remove(name, file);
                }
                return Err(error);
            }
        }
    }
    Ok(())
}

impl Report for Sheets {
    fn json(&self) -> Value {
        json!({
            "schema": "admin-reset/envelope/1",
            "status": "done",
            "sheets": self.0.iter().map(|one| json!({ "path": one.path, "share": one.share, "userPrincipalName": one.account })).collect::<Vec<_>>(),
        })
    }

    fn headline(&self) -> String {
        match &self.0[..] {
            [_] => "1 sheet was written.".to_owned(),
            many => format!(
                "{} sheets were written, each for another holder.",
                many.len()
            ),
        }
    }

    fn table(&self) -> Option<Table> {
        Some(self.csv())
    }

    fn csv(&self) -> Table {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        Table {
            columns: vec!["path", "share", "userPrincipalName"],
            rows: self
                .0
                .iter()
                .map(|one| vec![one.path.clone(), text(&one.share), text(&one.account)])
                .collect(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec!["Print each with a browser (Ctrl+P, to paper or PDF), then remove the files: who reads one holds what is on it.".to_owned()]
    }
}
