//! `unseal`: opens a sealed file or puts shares together, and hands the secret to a destination.
//!
//! Works without network and sign-in. Changes nothing: the files stay as they are.

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::opening::{self, Found, OpeningArgs};
use crate::render::{Report, Table};
use crate::secret::Secret;
use crate::sheet::Sheet;
use crate::sink::{self, Entry, Place, SinkSpec};
use serde_json::{Value, json};

/// Open a sealed file, or put shares together, and hand over the secret
///
/// Takes a file of --secret-to age: with the identity of one of its recipients, or as many share files of --secret-to shares: as are
/// needed. No network and no sign-in is used. What is wrong, damaged, missing or foreign is named.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset unseal ada.age --identity key.txt
  admin-reset unseal share-1-of-3.txt share-3-of-3.txt --secret-to file:ada.txt
  admin-reset unseal --words
  admin-reset unseal share-2-of-3.txt --show-info")]
pub struct Args {
    #[command(flatten)]
    opening: OpeningArgs,
    /// Where the secret goes, as for reset-user (can be repeated) [default: tty]
    #[arg(long, value_name = "SINK")]
    secret_to: Vec<String>,
    /// Tell what it is and hand over nothing; for shares one is enough
    #[arg(long, conflicts_with = "secret_to")]
    show_info: bool,
}

/// What is known beside the secret.
#[derive(Debug, Clone, Default)]
struct About {
    kind: &'static str,
    account: Option<String>,
    id: Option<String>,
    tenant: Option<String>,
    what: Option<String>,
    time: Option<String>,
    operation_id: Option<String>,
    /// Numbers of the shares, how many are needed, and the number of the set.
    shares: Option<(Vec<u8>, u8, String)>,
}

/// What the command returns.
struct Unsealed {
    status: &'static str,
    about: About,
    sinks: Vec<Place>,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let specs = args.sinks(context)?;
    let found = args.opening.find(&context.console)?;
    let (about, secret) = match &found {
        Found::Sealed(bytes, named) => {
            let identities = args.opening.identities(&context.console)?;
            let document = opening::unseal(bytes, named, &identities)?;
            let about = About {
                kind: "age",
                account: Some(document.user_principal_name),
                id: Some(document.id),
                tenant: document.tenant,
                what: Some(document.what),
                time: Some(document.time),
                operation_id: Some(document.operation_id),
                shares: None,
            };
            (about, Some(document.secret))
        }
        Found::Shares(shares) => {
            // Metadata needs no quorum, so that a holder can tell what is in the drawer.
            let secret = if args.show_info {
                None
            } else {
                Some(opening::unite(shares)?)
            };
            (of_shares(shares), secret)
        }
    };
    let Some(secret) = secret.filter(|_| !args.show_info) else {
        return Ok(Box::new(Unsealed {
            status: "shown",
            about,
            sinks: Vec::new(),
        }));
    };
    let sinks = hand_over(&specs, &about, &secret, context).await?;
    Ok(Box::new(Unsealed {
        status: "done",
        about,
        sinks,
    }))
}

async fn hand_over(
    specs: &[SinkSpec],
    about: &About,
    secret: &Secret,
    context: &Context,
) -> Result<Vec<Place>> {
    let mut custody = context.custody(specs, false)?;
    if custody.uses_stdout() {
        context.console.give_stdout_to_secret();
    }
    custody.prove().await?;
    let upn = about
        .account
        .clone()
        .unwrap_or_else(|| "an account that is not named".to_owned());
    let entry = Entry {
        tenant: about.tenant.as_deref(),
        upn: &upn,
        id: about.id.as_deref().unwrap_or(&upn),
        operation_id: about.operation_id.as_deref().unwrap_or("-"),
        secret,
        what: about.what.as_deref().unwrap_or("secret"),
    };
    custody.hand_back(&entry).await?;
    custody.publish().await?;
    Ok(custody.places())
}

fn of_shares(shares: &[(String, Sheet)]) -> About {
    let first = shares.first().map(|(_, sheet)| sheet);
    let fact = |pick: fn(&Sheet) -> &Option<String>| {
        shares.iter().find_map(|(_, sheet)| pick(sheet).clone())
    };
    About {
        kind: "shares",
        account: fact(|sheet| &sheet.account),
        id: fact(|sheet| &sheet.id),
        tenant: fact(|sheet| &sheet.tenant),
        what: fact(|sheet| &sheet.what),
        time: fact(|sheet| &sheet.time),
        operation_id: fact(|sheet| &sheet.operation_id),
        shares: first.map(|sheet| {
            (
                shares.iter().map(|(_, sheet)| sheet.number).collect(),
                sheet.threshold,
                sheet.set.clone(),
            )
        }),
    }
}

impl Args {
    fn sinks(&self, context: &Context) -> Result<Vec<SinkSpec>> {
        let specs: Vec<SinkSpec> = self
            .secret_to
            .iter()
            .map(|text| sink::parse(text))
            .collect::<Result<_>>()?;
        if !specs.is_empty() || self.show_info {
            return Ok(specs);
        }
        if context.console.has_terminal() {
            return Ok(vec![SinkSpec::Tty]);
        }
        Err(
            Error::new(ErrorCode::SinkNeeded, "There is nowhere to put the secret.")
                .why("No terminal is there to show it, and --secret-to was not given.")
                .fix("Add --secret-to file:PATH."),
        )
    }
}

impl Unsealed {
    fn rows(&self) -> Vec<(&'static str, String)> {
        let about = &self.about;
        let mut rows: Vec<(&'static str, String)> = [
            ("account", &about.account),
            ("id", &about.id),
            ("tenant", &about.tenant),
            ("what", &about.what),
            ("time", &about.time),
            ("operation", &about.operation_id),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect();
        if let Some((numbers, need, set)) = &about.shares {
            let numbers: Vec<String> = numbers.iter().map(u8::to_string).collect();
            rows.push((
                "shares",
                format!("{} of set {set}, {need} needed", numbers.join(", ")),
            ));
        }
        rows
    }
}

impl Report for Unsealed {
    fn json(&self) -> Value {
        let about = &self.about;
        json!({
            "schema": "admin-reset/unseal/1",
            "status": self.status,
            "kind": about.kind,
            "user": { "id": about.id, "userPrincipalName": about.account },
            "tenant": about.tenant,
            "what": about.what,
            "time": about.time,
            "operationId": about.operation_id,
            "shares": about.shares.as_ref().map(|(numbers, need, set)| json!({ "numbers": numbers, "needed": need, "set": set })),
            "secret": { "sinks": self.sinks },
        })
    }

    fn headline(&self) -> String {
        let what = self.about.what.as_deref().unwrap_or("secret");
        let whose = self
            .about
            .account
            .as_deref()
            .map(|upn| format!(" for {upn}"))
            .unwrap_or_default();
        if self.status == "shown" {
            return match self.about.kind {
                "age" => format!("The sealed {what}{whose} opens; it was not handed over."),
                _ => format!("Shares of the {what}{whose}; nothing was opened."),
            };
        }
        let places: Vec<String> = self.sinks.iter().map(ToString::to_string).collect();
        format!("The {what}{whose} went to {}.", places.join(", "))
    }

    fn table(&self) -> Option<Table> {
        Some(Table {
            columns: vec!["field", "value"],
            rows: self
                .rows()
                .into_iter()
                .map(|(name, value)| vec![name.to_owned(), value])
                .collect(),
        })
    }

    fn csv(&self) -> Table {
        let about = &self.about;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Table {
            columns: vec![
                "status",
                "kind",
                "userPrincipalName",
                "id",
                "tenant",
                "what",
                "time",
                "operationId",
            ],
            rows: vec![vec![
                self.status.to_owned(),
                about.kind.to_owned(),
                text(&about.account),
                text(&about.id),
                text(&about.tenant),
                text(&about.what),
                text(&about.time),
                text(&about.operation_id),
            ]],
        }
    }
}
