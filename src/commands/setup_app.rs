//! `setup-app`: the app registration for some commands, with exactly the permissions they need: for people a public client, for jobs
//! a certificate or a federated credential. Reads first, shows the plan, writes what is missing, and never takes anything away.

mod execute;
mod look;
mod plan;
mod print;
mod report;
mod usage;
mod wanted;

use crate::consent::{ConsentArgs, Subject};
use crate::context::Context;
use crate::duration::parse_duration;
use crate::error::{Error, ErrorCode, Result};
use crate::policy::permissions;
use crate::render::{Format, Report};
use report::Done;
use std::path::PathBuf;
use std::time::Duration;
use wanted::Wanted;

const COMMAND: &str = "setup-app";
const SCHEMA: &str = "admin-reset/setup-app/1";

/// Create the app registration for some commands, with exactly the permissions they need
///
/// Without a credential the app is for people: a public client with the redirect http://localhost. With --certificate or
/// --federated it is for jobs, without a secret. What is there already is kept: a second run changes nothing, completes what an
/// earlier one left, names what the app has beyond these commands, and never removes a credential or a permission. Sign in as Cloud
/// Application Administrator; giving permissions and roles to an app for jobs needs Privileged Role Administrator.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset setup-app --for reset-user,check-security-info --dry-run
  admin-reset setup-app --for reset-user --grant --yes
  admin-reset setup-app --for check-security-info --federated github:contoso/runbooks:branch=main --grant --confirm admin-reset-ci
  admin-reset setup-app --for reset-user --certificate cert.pem --grant --assign-role --confirm admin-reset-ci
  admin-reset setup-app --for create-admin --print
  admin-reset setup-app --sandbox --for reset-user --grant --yes")]
pub struct Args {
    /// Commands the app is for
    #[arg(long = "for", required = true, value_name = "COMMAND,COMMAND", value_delimiter = ',', value_parser = super::of_table)]
    commands: Vec<String>,
    /// Flags of these commands that will be used too and need more, as `permissions` names them: enable,access-pass
    #[arg(long, value_name = "FLAG,FLAG", value_delimiter = ',')]
    with: Vec<String>,
    /// Name of the registration [default: admin-reset, for jobs admin-reset-ci]
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Use this existing registration instead of looking for the name
    #[arg(long, value_name = "CLIENT-ID")]
    app: Option<String>,
    /// For jobs: a certificate the app proves itself with: PEM, DER or PKCS#12; a private key in the file stays in it
    #[arg(long, value_name = "FILE", help_heading = "For jobs")]
    certificate: Option<PathBuf>,
    /// For jobs: tokens of another service (can be repeated): github:OWNER/REPO:branch=B, :tag=T, :environment=E or :pull-request;
    /// gitlab:GROUP/PROJECT:branch=B or :tag=T; kubernetes:NAMESPACE/ACCOUNT; azure-devops:SUBJECT; subject:SUBJECT
    #[arg(long, value_name = "FORM", help_heading = "For jobs")]
    federated: Vec<String>,
    /// Issuer of these tokens, where the form does not tell or another one is used
    #[arg(
        long,
        value_name = "URL",
        requires = "federated",
        help_heading = "For jobs"
    )]
    issuer: Option<String>,
    /// Consent for everybody, or give the application permissions; without it the consent link is printed
    #[arg(long)]
    grant: bool,
    /// For jobs: give the service principal the least directory role the commands need, or this one
    #[arg(long, value_name = "ROLE", num_args = 0..=1, require_equals = true, help_heading = "For jobs")]
    assign_role: Option<Option<String>>,
    /// For jobs: choose the role that reaches administrators, not only ordinary accounts
    #[arg(long, requires = "assign_role", help_heading = "For jobs")]
    for_administrators: bool,
    /// Print a script of `az rest` commands that makes the app, instead of doing anything; no sign-in, no network
    #[arg(long, conflicts_with_all = ["dry_run", "app"])]
    print: bool,
    /// Time until new objects are known everywhere [default: 2m]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    wait: Option<Duration>,
    #[command(flatten)]
    consent: ConsentArgs,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let mut wanted = Wanted::of(&args, context)?;
    if args.print {
        let script = print::script(&args, &wanted, context);
        let raw = context.style.format == Format::Text && context.style.query.is_none();
        if raw {
            super::print_raw(context, &script)?;
        }
        for note in &wanted.notes {
            context.console.note(note);
        }
        return Ok(Box::new(print::Printed { script, raw }));
    }
    let hopeless = !context.console.can_ask() && !args.consent.dry_run;
    if hopeless && !args.consent.yes && args.consent.confirm.is_empty() {
        return Err(no_consent(&wanted, &args));
    }
    let client = context.client_for(COMMAND, &used_flags(&args))?;
    let mut found = look::look(context, &client, &args, &mut wanted).await?;
    let steps = plan::plan(&wanted, &found, &args)?;
    plan::may_the_caller(context, &client, &mut found, &steps).await?;
    for warning in &found.warnings {
        context.console.warn(warning);
    }
    if args.consent.dry_run || steps.is_empty() {
        let status = if args.consent.dry_run {
            "planned"
        } else {
            "unchanged"
        };
        return Ok(Box::new(Done::without_changes(
            status, &wanted, &found, &steps, context,
        )));
    }
    if context.console.can_ask() {
        for step in &steps {
            context
                .console
                .note(&format!("- {}", step.sentence(&wanted.name)));
        }
    }
    let subject = Subject {
        name: wanted.name.clone(),
        id: found.app.as_ref().map(|app| app.app_id.clone()),
        privileged: wanted.power(&args, &found, &steps),
    };
    args.consent
        .obtain(&subject, &what(&wanted, &found), &context.console)
        .await?;
    execute::execute(&args, context, &client, &wanted, found, steps).await
}

fn what(wanted: &Wanted, found: &look::Found) -> String {
    let verb = if found.app.is_some() {
        "Change"
    } else {
        "Register"
    };
    let place = found
        .domain()
        .map(|domain| format!(" in {domain}"))
        .unwrap_or_default();
    format!("{verb} the app {}{place}", wanted.name)
}

/// What no look at the tenant could make up for.
fn no_consent(wanted: &Wanted, args: &Args) -> Error {
    let flag = match wanted.power_given(args) {
        Some(_) => format!("--confirm {}", crate::consent::shell_word(&wanted.name)),
        None => "--yes".to_owned(),
    };
    Error::new(
        ErrorCode::ConsentNeeded,
        format!(
            "Set up the app {}: consent is missing, nothing was changed.",
            wanted.name
        ),
    )
    .why("There is no terminal to ask on.")
    .fix(format!("Look at the plan with --dry-run, then add {flag}."))
}

/// The flags of this run that the permission table knows.
fn used_flags(args: &Args) -> Vec<&'static str> {
    let mut with = Vec::new();
    if args.grant {
        with.push(if args.for_jobs() {
            permissions::GRANT_TO_APP
        } else {
            permissions::GRANT_TO_PEOPLE
        });
    }
    if args.assign_role.is_some() {
        with.push("--assign-role");
    }
    with
}

impl Args {
    fn wait(&self) -> Duration {
        self.wait.unwrap_or(Duration::from_secs(120))
    }

    /// Whether the app acts without a person.
    fn for_jobs(&self) -> bool {
        self.certificate.is_some() || !self.federated.is_empty()
    }
}
