//! `logout`: takes kept sign-ins away. The session at Microsoft has no end that a program could bring about for one app alone.

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::render::{Report, Table};
use crate::sign_ins::SignIn;
use serde_json::{Value, json};

/// Sign out: take the kept sign-in away
///
/// Removes the refresh token from the keyring and the entry in the list of sign-ins. Sessions in browsers live on; to end all
/// sessions of an account use revoke-sessions.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset logout
  admin-reset logout --profile second
  admin-reset logout --all")]
pub struct Args {
    /// Take the sign-ins of all profiles away
    #[arg(long)]
    all: bool,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    if context.settings.sandbox {
        return Err(
            Error::new(ErrorCode::Usage, "The built-in tenant has no kept sign-in.")
                .fix("Leave --sandbox out."),
        );
    }
    let gone = context.sign_out(args.all)?;
    Ok(Box::new(Told { gone }))
}

struct Told {
    gone: Vec<SignIn>,
}

impl Report for Told {
    fn json(&self) -> Value {
        let gone: Vec<Value> = self
            .gone
            .iter()
            .map(|one| {
                json!({
                    "profile": one.profile,
                    "userPrincipalName": one.user_principal_name,
                    "tenant": one.tenant,
                    "clientId": one.client_id,
                })
            })
            .collect();
        json!({ "schema": "admin-reset/logout/1", "status": "signedOut", "signIns": gone })
    }

    fn headline(&self) -> String {
        match &self.gone[..] {
            [] => "Nobody was signed in.".to_owned(),
            [one] => format!("{} is signed out.", one.name()),
            many => format!("{} sign-ins were taken away.", many.len()),
        }
    }

    fn table(&self) -> Option<Table> {
        (self.gone.len() > 1).then(|| self.csv())
    }

    fn csv(&self) -> Table {
        Table {
            columns: vec!["profile", "userPrincipalName", "tenant", "clientId"],
            rows: self
                .gone
                .iter()
                .map(|one| {
                    vec![
                        one.profile.clone(),
                        one.user_principal_name.clone().unwrap_or_default(),
                        one.tenant.clone(),
                        one.client_id.clone(),
                    ]
                })
                .collect(),
        }
    }

    fn notes(&self) -> Vec<String> {
        if self.gone.is_empty() {
            return Vec::new();
        }
        vec![
            "The session in the browser lives on; sign out there too on a machine that others use."
                .to_owned(),
        ]
    }
}
