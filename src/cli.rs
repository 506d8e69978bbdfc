//! The command line: global flags, parsing, dispatch; errors to stderr, the report to stdout.
//!
//! The only place where a result becomes an exit status.

mod tree;

use crate::commands::Command;
use crate::console::{Console, Manner};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Exit, Result};
use crate::http::cloud::Cloud;
use crate::render::{self, Format, Report, Style};
use crate::settings::{Auth, Env, Settings};
use clap::ValueEnum;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

/// A parsed command line.
pub struct Cli {
    global: GlobalArgs,
    command: Command,
}

/// Flags every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Tenant id or domain [env: AZURE_TENANT_ID]
    #[arg(long, global = true, value_name = "ID|DOMAIN")]
    pub tenant: Option<String>,
    /// Client id of the app registration, or graph-cli [env: AZURE_CLIENT_ID]
    #[arg(long, global = true, value_name = "ID|graph-cli")]
    pub client_id: Option<String>,
    /// Profile of config.toml to use [env: ADMIN_RESET_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// National cloud
    #[arg(long, global = true, value_parser = cloud, value_name = "global|usgov|usgov-dod|china")]
    pub cloud: Option<Cloud>,
    /// Login endpoint of a private or emulated cloud [env: ADMIN_RESET_LOGIN_ENDPOINT]
    #[arg(long, global = true, value_name = "URL")]
    pub login_endpoint: Option<String>,
    /// Graph endpoint of a private or emulated cloud, without /v1.0 [env: ADMIN_RESET_GRAPH_ENDPOINT]
    #[arg(long, global = true, value_name = "URL")]
    pub graph_endpoint: Option<String>,
    /// PEM file of a certificate authority to trust beside the system's [env: SSL_CERT_FILE replaces the system's]
    #[arg(long, global = true, value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
    /// How to sign in
    #[arg(
        long,
        global = true,
        value_enum,
        hide_possible_values = true,
        value_name = "auto|browser|device-code|secret|certificate|federated|managed-identity|azure-cli|token"
    )]
    pub auth: Option<Auth>,
    /// Output format [env: ADMIN_RESET_OUTPUT] [default: text]
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        hide_possible_values = true,
        value_name = "text|json|jsonl|csv|tsv|markdown|none"
    )]
    pub output: Option<Format>,
    /// JMESPath over the JSON output
    #[arg(long, global = true, value_name = "EXPR")]
    pub query: Option<String>,
    /// Never ask; implied by CI and by no terminal
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Show requests and replies; secrets are always left out
    #[arg(long, global = true)]
    pub debug: bool,
    /// Run this one command against the built-in tenant: no network, no account
    #[cfg(feature = "sandbox")]
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Whom to act as in the built-in tenant: a user principal name, or app
    #[cfg(feature = "sandbox")]
    #[arg(long, global = true, value_name = "USER|app", requires = "sandbox")]
    pub sandbox_as: Option<String>,
}

impl GlobalArgs {
    /// Whether `--sandbox` was given.
    #[must_use]
    pub fn sandbox_on(&self) -> bool {
        #[cfg(feature = "sandbox")]
        {
            self.sandbox
        }
        #[cfg(not(feature = "sandbox"))]
        {
            false
        }
    }
}

/// Runs the command line and returns its exit status.
#[must_use]
pub fn run(args: Vec<OsString>) -> Exit {
    let env = Env::process();
    let asked = asked_format(&args, &env);
    let cli = match tree::parse(&args) {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&error, asked, &env),
    };
    let output = match output_format(&cli.global, &env) {
        Ok(format) => format,
        Err(error) => {
            Console::new(Manner::default(), &env).error(&error);
            return error.exit();
        }
    };
    let manner = Manner {
        quiet: cli.global.quiet,
        verbose: cli.global.verbose,
        debug: cli.global.debug,
        no_input: cli.global.no_input,
        json: matches!(output, Format::Json | Format::Jsonl),
    };
    let console = Arc::new(Console::new(manner, &env));
    match execute(cli, output, env, &console) {
        Ok(exit) => exit,
        Err(error) => {
            console.error(&explained(error.copied()));
            error.exit()
        }
    }
}

fn execute(cli: Cli, output: Format, env: Env, console: &Arc<Console>) -> Result<Exit> {
    if let Some(expression) = &cli.global.query {
        render::check_query(expression)?;
    }
    let (settings, unsettled) = if cli.command.works_half_broken() {
        Settings::resolve_somehow(&cli.global, env)?
    } else if cli.command.makes_a_profile() {
        (Settings::resolve_new(&cli.global, env)?, None)
    } else {
        (Settings::resolve(&cli.global, env)?, None)
    };
    let style = Style {
        format: output,
        query: cli.global.query.clone(),
        unicode: console.unicode(),
        sandbox: settings.sandbox,
        width: console.stdout_terminal().then(|| console.width()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| {
            Error::new(ErrorCode::Internal, "The runtime could not be started.").source(cause)
        })?;
    let exit = runtime.block_on(async {
        #[cfg(feature = "sandbox")]
        let (settings, _sandbox) =
            crate::commands::sandbox::attach(settings, &cli.global, console).await?;
        let mut context = Context::new(settings, Arc::clone(console), style);
        context.unsettled = unsettled;
        let report = tokio::select! {
            report = cli.command.run(&context) => report?,
            exit = interrupted(&context) => return Ok(exit),
        };
        Ok(show(report.as_ref(), &context))
    });
    // A thread that waits for a terminal or a hung keyring must not hold up the end.
    runtime.shutdown_background();
    exit
}

/// Waits for Ctrl-C. Before a change it ends the run; during one it lets the step in hand finish, and a second one stops waiting.
async fn interrupted(context: &Context) -> Exit {
    loop {
        if !crate::signal::wait().await {
            return std::future::pending().await;
        }
        context.console.clear_progress();
        let changing = context.changing.borrow().clone();
        match changing {
            None => {
                context.console.restore_terminal();
                context.console.error(&Error::new(
                    ErrorCode::Interrupted,
                    "Interrupted; nothing was changed.",
                ));
                return Exit::Interrupted;
            }
            Some(id) if context.stop.get() => {
                context.console.restore_terminal();
                let mut error = Error::new(
                    ErrorCode::OutcomeUnknown,
                    "Interrupted while a change was under way.",
                )
                .why("The answer was not waited for.")
                .operation(id);
                if let Some(words) = context.left_to_do.borrow().as_ref() {
                    error = error.fix(words.clone());
                }
                context.console.error(&error);
                return Exit::Partial;
            }
            Some(_) => {
                context.stop.set(true);
                context
                    .console
                    .must_say("Finishing the step in hand; press Ctrl-C again to stop waiting.");
            }
        }
    }
}

/// Renders the report to stdout, and the error beside it to stderr.
fn show(report: &dyn Report, context: &Context) -> Exit {
    let console = &context.console;
    let exit = report.exit();
    let written = render::render(report, &context.style).and_then(|text| {
        if console.secret_on_stdout() {
            console.report_line(&text);
            return Ok(());
        }
        match console.out(&text) {
            // Whoever closed the pipe has read enough.
            Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|cause| {
                Error::new(
                    ErrorCode::OutputFailed,
                    "The report could not be written to standard output.",
                )
                .source(cause)
            }),
        }
    });
    if let Some(error) = report.error() {
        console.error(&explained(error));
    }
    match written {
        Ok(()) => exit,
        Err(error) => {
            console.error(&error);
            if report.changed() || exit != Exit::Done {
                exit
            } else {
                error.exit()
            }
        }
    }
}

/// Adds what is known about Graph's code where the error has no words of its own.
fn explained(error: Error) -> Error {
    crate::explain::explain(error)
}

fn output_format(global: &GlobalArgs, env: &Env) -> Result<Format> {
    match (global.output, env.get("ADMIN_RESET_OUTPUT")) {
        (Some(format), _) => Ok(format),
        (None, Some(text)) => Format::from_str(text, true).map_err(|_| {
            Error::new(
                ErrorCode::BadConfig,
                format!(
                    "ADMIN_RESET_OUTPUT is '{}', which is no output format.",
                    render::text::cell(text)
                ),
            )
            .fix("Use text, json, jsonl, csv, tsv, markdown or none.")
        }),
        (None, None) => Ok(Format::Text),
    }
}

/// The format asked for on a command line that could not be parsed, as far as it can be seen.
fn asked_format(args: &[OsString], env: &Env) -> Format {
    let words: Vec<&str> = args.iter().filter_map(|word| word.to_str()).collect();
    let flag = words
        .iter()
        .enumerate()
        .rev()
        .find_map(|(index, word)| match *word {
            "-o" | "--output" => words.get(index + 1).copied(),
            word => word
                .strip_prefix("--output=")
                .or_else(|| word.strip_prefix("-o")),
        });
    flag.or_else(|| env.get("ADMIN_RESET_OUTPUT"))
        .and_then(|text| Format::from_str(text, true).ok())
        .unwrap_or_default()
}

/// Help and version to stdout; a wrong command line to stderr, as JSON when that was asked for.
fn misunderstood(error: &clap::Error, asked: Format, env: &Env) -> Exit {
    use clap::error::ErrorKind;
    let json = matches!(asked, Format::Json | Format::Jsonl);
    let console = Console::new(
        Manner {
            json,
            ..Manner::default()
        },
        env,
    );
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = console.out(&error.render().to_string());
            Exit::Done
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            console.line(&error.render().to_string());
            Exit::Usage
        }
        _ => {
            let text = error.render().to_string();
            let mut parts = text.trim().splitn(2, "\n\n");
            let what = parts
                .next()
                .unwrap_or_default()
                .trim_start_matches("error: ")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let tail = parts.next().unwrap_or_default();
            let usage = tail
                .lines()
                .find_map(|line| line.trim().strip_prefix("Usage: "))
                .map(|usage| format!("Usage: {usage}"));
            let tip = tail
                .lines()
                .find_map(|line| line.trim().strip_prefix("tip: "))
                .map(str::to_owned);
            let mut fix = vec!["See --help.".to_owned()];
            fix.splice(0..0, tip);
            let mut shown =
                Error::new(ErrorCode::Usage, format!("{}.", what.trim_end_matches('.')))
                    .fix(fix.join(" "));
            if let Some(usage) = usage {
                shown = shown.why(usage);
            }
            console.error(&shown);
            Exit::Usage
        }
    }
}

/// The whole command, for documentation and tests.
#[must_use]
pub fn command() -> clap::Command {
    tree::whole()
}

fn cloud(text: &str) -> Result<Cloud, String> {
    Cloud::by_name(text).ok_or_else(|| "use global, usgov, usgov-dod or china".to_owned())
}
