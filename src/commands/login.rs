//! `login`: a person signs in once, and the refresh token stays in the keyring of the operating system.

use super::behind_all;
use crate::auth::SignedIn;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::policy::{Cloud, permissions};
use crate::render::{Report, Table};
use crate::sign_ins::DEFAULT_PROFILE;
use serde_json::{Value, json};

/// Sign in as a person, so that later commands are signed in too
///
/// Opens the browser, or shows a code with --auth device-code. What is kept is a refresh token in the keyring of the operating
/// system; it is never written to a file. Without a keyring nothing is kept, and each command signs in by itself.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset login --tenant contoso.com --client-id 8f782a37-d311-48b0-a63f-d8303f27f739
  admin-reset login --auth device-code
  admin-reset login --client-id graph-cli --for reset-user,who-can-reset
  admin-reset login --profile second --choose-account")]
pub struct Args {
    /// Commands the sign-in is for: graph-cli asks for their permissions, and what is missing is told
    #[arg(long = "for", value_name = "COMMAND", value_delimiter = ',')]
    commands: Vec<String>,
    /// Let the browser offer other accounts than the one it is signed in with
    #[arg(long)]
    choose_account: bool,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    if context.settings.sandbox {
        return Err(
            Error::new(ErrorCode::Usage, "The built-in tenant needs no login.")
                .fix("Leave --sandbox out, or act as one of its people with --sandbox-as."),
        );
    }
    let scopes = scopes_for(&args.commands, context.settings.endpoints.cloud)?;
    let signed_in = context.sign_in(&scopes, args.choose_account).await?;
    Ok(Box::new(Told {
        missing: missing(&signed_in, &scopes),
        signed_in,
    }))
}

/// The permissions of these commands, each once, as the permission table has them.
fn scopes_for(commands: &[String], cloud: Cloud) -> Result<Vec<&'static str>> {
    Ok(permissions::scopes(&behind_all(commands)?, &[], cloud))
}

/// Permissions that are wanted and were not granted, as far as the service told what was.
fn missing(signed_in: &SignedIn, scopes: &[&'static str]) -> Vec<&'static str> {
    let Some(granted) = &signed_in.permissions else {
        return Vec::new();
    };
    scopes
        .iter()
        .copied()
        .filter(|scope| !granted.iter().any(|one| one.eq_ignore_ascii_case(scope)))
        .collect()
}

struct Told {
    signed_in: SignedIn,
    missing: Vec<&'static str>,
}

impl Report for Told {
    fn json(&self) -> Value {
        let record = &self.signed_in.record;
        json!({
            "schema": "admin-reset/login/1",
            "status": "signedIn",
            "profile": record.profile,
            "account": {
                "id": record.account,
                "userPrincipalName": record.user_principal_name,
                "displayName": self.signed_in.name,
            },
            "tenant": record.tenant,
            "clientId": record.client_id,
            "cloud": record.cloud,
            "auth": record.way,
            "permissions": self.signed_in.permissions,
            "missingPermissions": self.missing,
            "keptIn": "keyring",
        })
    }

    fn headline(&self) -> String {
        let record = &self.signed_in.record;
        format!(
            "Signed in as {} to tenant {}.",
            record.name(),
            record.tenant
        )
    }

    fn table(&self) -> Option<Table> {
        None
    }

    fn csv(&self) -> Table {
        let record = &self.signed_in.record;
        Table {
            columns: vec![
                "profile",
                "userPrincipalName",
                "tenant",
                "clientId",
                "cloud",
                "auth",
            ],
            rows: vec![vec![
                record.profile.clone(),
                record.user_principal_name.clone().unwrap_or_default(),
                record.tenant.clone(),
                record.client_id.clone(),
                record.cloud.clone(),
                record.way.clone(),
            ]],
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "The sign-in is kept in the keyring; `admin-reset logout` takes it away.".to_owned(),
        ];
        if !self.missing.is_empty() {
            notes.push(format!(
                "Not granted, and needed by the commands that were named: {}. Consent them for the app and sign in again.",
                self.missing.join(", ")
            ));
        }
        notes
    }

    fn next(&self) -> Vec<String> {
        vec![match self.signed_in.record.profile.as_str() {
            DEFAULT_PROFILE => "admin-reset whoami".to_owned(),
            name => format!("admin-reset whoami --profile {name}"),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_of_several_commands_come_once() {
        let words = |list: &[&str]| {
            list.iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        assert!(scopes_for(&[], Cloud::Global).unwrap().is_empty());
        let both = scopes_for(&words(&["reset-user", "who-can-reset"]), Cloud::Global).unwrap();
        let mut once = both.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), both.len());
        assert!(both.len() > 3);
        let error = scopes_for(&words(&["reset-users"]), Cloud::Global).unwrap_err();
        assert!(error.remedy().contains("reset-user"));
    }

    #[test]
    fn every_command_of_the_table_exists() {
        let all = crate::cli::command();
        for name in permissions::names() {
            assert!(all.find_subcommand(name).is_some(), "{name}");
        }
    }
}
