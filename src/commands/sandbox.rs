//! `sandbox`: the built-in tenant as a server, its state, and attaching one command to it (`--sandbox`).
//!
//! The only place outside [`crate::sandbox`] that knows it.

use crate::cli::GlobalArgs;
use crate::console::Console;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::http::cloud::Origin;
use crate::ids::TenantId;
use crate::policy::Cloud;
use crate::render::{Report, Table};
use crate::sandbox::{self, Fault, Options, Sandbox, seed};
use crate::settings::{Auth, Given, Settings};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Rehearse on the built-in tenant: serve it, look at it, start it over
///
/// The tenant is emulated on this machine: sign-in and Graph on a loopback address, with the documented rules, limits and
/// errors. Any command takes --sandbox to run against it without a server.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset sandbox start --port 8180
  admin-reset sandbox show
  admin-reset sandbox reset")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Action {
    /// Serve sign-in and Graph on loopback until stopped, and print the environment to export
    Start(StartArgs),
    /// Start the tenant over
    Reset,
    /// Show the people of the tenant
    Show,
}

#[derive(Debug, Clone, clap::Args)]
struct StartArgs {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Further users beside the seeded ones
    #[arg(long, value_name = "N", default_value_t = 0)]
    users: u64,
    /// Milliseconds before each reply
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Apply the published throttling limits
    #[arg(long)]
    throttle: bool,
    /// What goes wrong, for example "3:GET:/users -> 429 retry-after=1" (can be repeated)
    #[arg(long, value_name = "SPEC")]
    faults: Vec<String>,
    /// Keep nothing between runs
    #[arg(long)]
    in_memory: bool,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    match args.action {
        Action::Start(start) => serve(start, context).await,
        Action::Reset => {
            let path = context.sandbox_file()?;
            let existed = sandbox::reset(&path).map_err(|cause| state_error(&path, cause))?;
            Ok(Box::new(Told {
                json: json!({ "schema": "admin-reset/sandbox/1", "status": "reset", "existed": existed }),
                headline: if existed {
                    "The built-in tenant starts over."
                } else {
                    "The built-in tenant was new already."
                }
                .to_owned(),
                table: None,
                next: vec!["admin-reset sandbox show".to_owned()],
            }))
        }
        Action::Show => show(context).await,
    }
}

async fn serve(args: StartArgs, context: &Context) -> Result<Box<dyn Report>> {
    let faults = args
        .faults
        .iter()
        .map(|text| {
            text.parse::<Fault>().map_err(|cause| {
                Error::new(
                    ErrorCode::BadInput,
                    format!("'{}' is no fault.", crate::render::text::cell(text)),
                )
                .why(cause.to_string())
            })
        })
        .collect::<Result<Vec<Fault>>>()?;
    let own_cloud = context.settings.endpoints.cloud;
    let state_file = if args.in_memory {
        None
    } else {
        Some(prepared_file(&context.settings)?)
    };
    let options = Options {
        port: args.port,
        generated_users: args.users,
        latency: Duration::from_millis(args.latency),
        throttle: args.throttle,
        faults,
        state_file: state_file.clone(),
        cloud: cloud(own_cloud),
        request_log: false,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options)
        .await
        .map_err(|cause| start_error(state_file.as_deref(), cause))?;
    let origin = sandbox.origin();
    let lines = [
        format!("export ADMIN_RESET_LOGIN_ENDPOINT={origin}"),
        format!("export ADMIN_RESET_GRAPH_ENDPOINT={origin}"),
        format!("export ADMIN_RESET_VAULT_ENDPOINT={origin}"),
        format!("export AZURE_TENANT_ID={}", sandbox.tenant_id()),
        format!("export AZURE_CLIENT_ID={}", seed::CONFIDENTIAL_CLIENT_ID),
        format!(
            "export AZURE_CLIENT_SECRET={}",
            seed::CONFIDENTIAL_CLIENT_SECRET
        ),
    ];
    let _ = context.console.out(&format!("{}\n", lines.join("\n")));
    context.console.note(&format!(
        "The built-in tenant listens on {origin} until Ctrl-C. The lines above sign in as an app; for a person use --client-id {} with --auth device-code, user {} and the sandbox's password {}.",
        seed::PUBLIC_CLIENT_ID, seed::DEFAULT_PERSONA, seed::SEED_PASSWORD
    ));
    if own_cloud != Cloud::Global {
        context.console.note(&format!(
            "It stands in {}: give the commands --cloud {own_cloud}.",
            own_cloud.title()
        ));
    }
    sandbox.run().await;
    Err(Error::new(
        ErrorCode::Internal,
        "The built-in tenant stopped by itself.",
    ))
}

async fn show(context: &Context) -> Result<Box<dyn Report>> {
    let path = prepared_file(&context.settings)?;
    let sandbox = Sandbox::start(Options {
        state_file: Some(path.clone()),
        ..Options::default()
    })
    .await
    .map_err(|cause| start_error(Some(&path), cause))?;
    let dump = sandbox
        .with_tenant(|tenant| tenant.dump())
        .map_err(|cause| state_error(&path, cause))?;
    sandbox.stop().await;
    let people = dump["people"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = people
        .iter()
        .map(|person| {
            vec![
                text(&person["userPrincipalName"]),
                roles_in_words(person),
                text(&person["note"]),
            ]
        })
        .collect();
    let mut json = json!({ "schema": "admin-reset/sandbox/1", "status": "shown" });
    if let (Value::Object(own), Value::Object(dump)) = (&mut json, dump) {
        own.extend(dump);
    }
    Ok(Box::new(Told {
        headline: format!("The built-in tenant has {} people.", people.len()),
        table: Some(Table {
            columns: vec!["user", "roles", "note"],
            rows,
        }),
        json,
        // Somebody else than the default persona, whose own password is not hers to reset.
        next: vec![
            "admin-reset reset-user --sandbox bo.lindqvist@contoso.com --dry-run".to_owned(),
        ],
    }))
}

/// Roles as a table can hold them: where they reach, and which may only be activated. The JSON has the ids.
fn roles_in_words(person: &Value) -> String {
    let list = |key: &str| person[key].as_array().cloned().unwrap_or_default();
    let held = list("roles").into_iter().map(|role| {
        let name = role["name"].as_str().unwrap_or_default();
        let scope = if role["scope"] == "/" {
            ""
        } else {
            " in a unit"
        };
        let through = if role["through"].is_null() {
            ""
        } else {
            " through a group"
        };
        format!("{name}{scope}{through}")
    });
    let eligible = list("eligibleRoles")
        .into_iter()
        .map(|role| format!("{} (eligible)", role.as_str().unwrap_or_default()));
    held.chain(eligible).collect::<Vec<_>>().join(", ")
}

/// Starts the tenant for one command and points the settings at it.
pub(crate) async fn attach(
    mut settings: Settings,
    global: &GlobalArgs,
    console: &Arc<Console>,
) -> Result<(Settings, Option<Sandbox>)> {
    if !global.sandbox {
        return Ok((settings, None));
    }
    let path = prepared_file(&settings)?;
    let sandbox = Sandbox::start(Options {
        state_file: Some(path.clone()),
        cloud: cloud(settings.endpoints.cloud),
        request_log: false,
        ..Options::default()
    })
    .await
    .map_err(|cause| start_error(Some(&path), cause))?;
    let origin = Origin::parse_endpoint(&sandbox.origin())
        .map_err(|rule| Error::new(ErrorCode::Internal, rule))?;
    settings.endpoints.login = origin.clone();
    settings
        .env
        .set("ADMIN_RESET_VAULT_ENDPOINT", &origin.to_string());
    settings.endpoints.graph = origin;
    settings.endpoints.custom = true;
    settings.ca_file = None;
    settings.tenant = Some((TenantId::parse(&sandbox.tenant_id())?, Given::Default));
    console.detail(&format!(
        "The built-in tenant runs on {}.",
        sandbox.origin()
    ));
    match global.auth {
        // The real flows run against the tenant's own sign-in service.
        Some(Auth::Secret) => {
            settings.client_id = Some((seed::CONFIDENTIAL_CLIENT_ID.to_owned(), Given::Default));
            settings
                .env
                .set("AZURE_CLIENT_SECRET", seed::CONFIDENTIAL_CLIENT_SECRET);
        }
        Some(Auth::Browser | Auth::DeviceCode) => {
            settings.client_id = Some((seed::PUBLIC_CLIENT_ID.to_owned(), Given::Default));
            console.note(&format!(
                "Sign in as {} with the sandbox's password {}.",
                seed::DEFAULT_PERSONA,
                seed::SEED_PASSWORD
            ));
        }
        Some(
            auth @ (Auth::Certificate | Auth::Federated | Auth::ManagedIdentity | Auth::AzureCli),
        ) => {
            return Err(Error::new(
                ErrorCode::Usage,
                format!("--sandbox cannot be combined with --auth {}.", auth.word()),
            )
            .why("A rehearsal needs no credential of a real app.")
            .fix("Leave --auth out, or use secret, browser or device-code."));
        }
        Some(Auth::Auto | Auth::Token) | None => {
            // For a command that lets somebody else sign in beside the persona.
            settings.client_id = Some((seed::PUBLIC_CLIENT_ID.to_owned(), Given::Default));
            let persona = global
                .sandbox_as
                .as_deref()
                .unwrap_or(seed::DEFAULT_PERSONA);
            let ready = sandbox.token_for(persona).map_err(|why| {
                Error::new(
                    ErrorCode::BadInput,
                    format!(
                        "Nobody in the built-in tenant can act as '{}'.",
                        crate::render::text::cell(persona)
                    ),
                )
                .why(why)
                .fix(
                    "See `admin-reset sandbox show` for its people; `app` acts as its application.",
                )
            })?;
            settings.auth = (Auth::Token, Given::Default);
            settings.env.set("ADMIN_RESET_TOKEN", &ready.token);
        }
    }
    Ok((settings, Some(sandbox)))
}

/// The cloud by its name, which both sides read for themselves.
fn cloud(ours: Cloud) -> sandbox::Cloud {
    sandbox::Cloud::by_name(ours.name()).unwrap_or_default()
}

/// The state file, in a folder that exists and is ours alone.
fn prepared_file(settings: &Settings) -> Result<PathBuf> {
    let folder = settings.state_dir()?;
    crate::files::private_folder(folder)?;
    Ok(folder.join("sandbox.json"))
}

fn start_error(path: Option<&std::path::Path>, cause: std::io::Error) -> Error {
    let place = path
        .map(|path| format!(" Its state is in {}.", path.display()))
        .unwrap_or_default();
    Error::new(ErrorCode::BadConfig, "The built-in tenant could not be started.")
        .why(format!("{cause}.{place}"))
        .fix("Choose another --port, wait for the other run, or start over with `admin-reset sandbox reset`.")
}

fn state_error(path: &std::path::Path, cause: std::io::Error) -> Error {
    Error::new(
        ErrorCode::BadConfig,
        format!(
            "The state of the built-in tenant in {} cannot be used.",
            path.display()
        ),
    )
    .source(cause)
}

struct Told {
    json: Value,
    headline: String,
    table: Option<Table>,
    next: Vec<String>,
}

impl Report for Told {
    fn json(&self) -> Value {
        self.json.clone()
    }
    fn headline(&self) -> String {
        self.headline.clone()
    }
    fn table(&self) -> Option<Table> {
        self.table.as_ref().map(|table| Table {
            columns: table.columns.clone(),
            rows: table.rows.clone(),
        })
    }
    fn csv(&self) -> Table {
        self.table.clone().unwrap_or_default()
    }
    fn next(&self) -> Vec<String> {
        self.next.clone()
    }
}
