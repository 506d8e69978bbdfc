//! The sandbox: an emulated Entra tenant on loopback, with its sign-in service and its Graph.
//!
//! Owns starting and stopping, and what a test or a command may ask of a running sandbox. It is an independent witness: it imports
//! nothing of this crate outside its own folder and is written from Microsoft's documents, so that it can contradict the client.
//! It listens on 127.0.0.1 only, and its tokens say that they are the sandbox's.

mod access;
mod cloud;
mod dealing;
mod entra;
mod entropy;
mod faults;
mod gate;
pub mod graph;
mod http;
mod injected;
mod log;
mod manners;
mod odata;
mod parts;
mod permission_ids;
mod permissions;
mod properties;
mod roles;
pub mod rules;
pub mod seed;
mod service;
mod stamp;
mod state;
pub mod tenant;
mod throttle;
mod vault;
pub mod wire;
mod x509;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

pub use access::ReadyToken;
pub use cloud::Cloud;
pub use faults::{Fault, FaultError, GRAMMAR as FAULT_GRAMMAR};
pub use log::Logged;
pub use permissions::accepts;

use self::entra::assertion::Trusted;
use self::entra::{Entra, Settings};
use self::faults::FaultBook;
use self::log::Log;
use self::service::{Core, Shared};
use self::state::StateFile;
use self::tenant::Tenant;
use self::throttle::Throttle;
use self::wire::Violation;

/// How a sandbox is to be; the default is a small, quick tenant without trouble.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port on 127.0.0.1; any free one when none is given.
    pub port: Option<u16>,
    /// People beside the seeded ones.
    pub generated_users: u64,
    /// Pause before every reply.
    pub latency: Duration,
    /// Whether the published throttling limits apply.
    pub throttle: bool,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Where the tenant is kept between runs; nowhere when none is given.
    pub state_file: Option<PathBuf>,
    /// How long a new object stays invisible to reads.
    pub visible_lag: Duration,
    /// How long a password reset runs.
    pub operation_time: Duration,
    /// Seconds between two polls for a device code.
    pub device_code_interval: u32,
    /// Whether using a rotated refresh token again ends the session.
    pub strict_rotation: bool,
    /// The national cloud it stands in.
    pub cloud: Cloud,
    /// Whether requests are remembered; a long-running sandbox had better not.
    pub request_log: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: None,
            generated_users: 0,
            latency: Duration::ZERO,
            throttle: false,
            faults: Vec::new(),
            state_file: None,
            visible_lag: Duration::from_millis(400),
            operation_time: Duration::from_millis(300),
            device_code_interval: 5,
            strict_rotation: false,
            cloud: Cloud::Global,
            request_log: true,
        }
    }
}

/// A running sandbox; stops when it is dropped.
pub struct Sandbox {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    running: Running,
}

/// Where the accept loop lives.
enum Running {
    Task(Option<tokio::task::JoinHandle<()>>),
    Thread(Option<std::thread::JoinHandle<()>>),
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sandbox")
            .field("origin", &self.shared.origin)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts a sandbox as a task of the current runtime.
    pub async fn start(options: Options) -> io::Result<Self> {
        let (listener, shared) = prepare(&options).await?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(http::serve(listener, Arc::clone(&shared), stopped));
        Ok(Self {
            shared,
            stop,
            running: Running::Task(Some(task)),
        })
    }

    /// Starts a sandbox on a thread and runtime of its own, for callers that block.
    pub fn start_on_thread(options: Options) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("sandbox".into())
            .spawn(move || {
                let runtime = match tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                {
                    Ok(runtime) => runtime,
                    Err(error) => return drop(tell.send(Err(error))),
                };
                runtime.block_on(async {
                    match prepare(&options).await {
                        Ok((listener, shared)) => {
                            if tell.send(Ok(Arc::clone(&shared))).is_ok() {
                                http::serve(listener, shared, stopped).await;
                            }
                        }
                        Err(error) => drop(tell.send(Err(error))),
                    }
                });
            })?;
        let shared = told
            .recv()
            .map_err(|_| io::Error::other("the sandbox's thread ended before it began"))??;
        Ok(Self {
            shared,
            stop,
            running: Running::Thread(Some(thread)),
        })
    }

    /// `http://127.0.0.1:PORT`; sign-in and Graph share it.
    pub fn origin(&self) -> String {
        self.shared.origin.clone()
    }

    /// The tenant's id.
    pub fn tenant_id(&self) -> String {
        self.shared.core().tenant.tenant_id().to_owned()
    }

    /// An access token as the token endpoint would issue it now: for a person by user principal name or id with the public client,
    /// or for `app` with the confidential one.
    pub fn token_for(&self, persona: &str) -> Result<ReadyToken, String> {
        let client_id = if persona == "app" {
            seed::CONFIDENTIAL_CLIENT_ID
        } else {
            seed::PUBLIC_CLIENT_ID
        };
        let now_ms = self.shared.now_ms();
        let origin = &self.shared.origin;
        let core = self.shared.core();
        let client = core
            .tenant
            .client(client_id)
            .ok_or_else(|| format!("the sandbox has no application {client_id}"))?;
        let (token, life) = match persona {
            "app" => core
                .entra
                .ready_for_app(&core.tenant, &client, origin, false, origin, now_ms),
            _ => core
                .entra
                .ready_for_person(&core.tenant, &client, persona, origin, now_ms)?,
        };
        let life = Duration::from_secs(u64::try_from(life).unwrap_or_default());
        let now = Duration::from_millis(u64::try_from(now_ms).unwrap_or_default());
        Ok(ReadyToken {
            token,
            expires_at: SystemTime::UNIX_EPOCH + now + life,
        })
    }

    /// Every request so far, in order of arrival; empty when the options asked for no log.
    pub fn requests(&self) -> Vec<Logged> {
        self.shared.core().log.requests()
    }

    /// Every breach of manners or of the metadata so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.core().log.violations()
    }

    /// Looks at the tenant or changes it behind Graph's back; what is changed is kept.
    pub fn with_tenant<R>(&self, work: impl FnOnce(&mut Tenant) -> R) -> io::Result<R> {
        let mut core = self.shared.core();
        let result = work(&mut core.tenant);
        core.save()?;
        Ok(result)
    }

    /// People, roles and methods of the tenant, without a secret.
    pub fn dump(&self) -> serde_json::Value {
        self.shared.core().tenant.dump()
    }

    /// Replaces the fault script; all counting starts over.
    pub fn set_faults(&self, faults: &[Fault]) {
        let mut core = self.shared.core();
        core.faults = FaultBook::new(faults);
        let Core { faults, entra, .. } = &mut *core;
        entra.set_policies(faults.policies());
    }

    /// What is in the vault: name, value, whether it is enabled, and the tag `state`, oldest first.
    pub fn vault(&self) -> Vec<(String, String, bool, String)> {
        self.shared.core().vault.content()
    }

    /// Moves the sandbox's clock forward.
    pub fn advance(&self, by: Duration) {
        self.shared.advance(by);
    }

    /// Registers a certificate (DER, RSA) the application may sign its assertions with, until the sandbox stops.
    pub fn trust_certificate(&self, client_id: &str, certificate: &[u8]) -> Result<(), String> {
        self.shared
            .core()
            .entra
            .trust(Trusted::certificate(client_id, certificate)?);
        Ok(())
    }

    /// Registers a federated credential of the application, until the sandbox stops; `key` is the issuer's RSA public key as
    /// PKCS#1 DER.
    pub fn trust_issuer(&self, client_id: &str, issuer: &str, subject: &str, key: &[u8]) {
        let mut core = self.shared.core();
        core.entra
            .trust(Trusted::federation(client_id, issuer, subject));
        core.entra.publish(issuer, key);
    }

    /// Makes an RSA key (PKCS#1 DER) of an outside issuer known, as its discovery document would, until the sandbox stops. Whom it
    /// may speak for is said by the federated credentials of the applications.
    pub fn publish_issuer(&self, issuer: &str, key: &[u8]) {
        self.shared.core().entra.publish(issuer, key);
    }

    /// Waits until the sandbox ends, which it does not do by itself.
    pub async fn run(mut self) {
        if let Running::Task(task) = &mut self.running
            && let Some(task) = task.take()
        {
            let _ = task.await;
        }
    }

    /// Stops listening and ends every connection.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Running::Task(task) = &mut self.running
            && let Some(task) = task.take()
        {
            let _ = task.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        match &mut self.running {
            Running::Task(task) => {
                if let Some(task) = task.take() {
                    task.abort();
                }
            }
            Running::Thread(thread) => {
                if let Some(thread) = thread.take() {
                    let _ = thread.join();
                }
            }
        }
    }
}

/// Forgets the state kept in a file; true when there was one.
pub fn reset(state_file: &Path) -> io::Result<bool> {
    state::reset(state_file)
}

/// Everything up to the first accepted connection.
async fn prepare(options: &Options) -> io::Result<(tokio::net::TcpListener, Arc<Shared>)> {
    let state = match &options.state_file {
        Some(path) => Some(StateFile::open(path).await?),
        None => None,
    };
    let settings = Settings {
        device_interval_s: options.device_code_interval.into(),
        strict_rotation: options.strict_rotation,
        ..Settings::default()
    };
    let kept = match &state {
        Some(state) => state.load()?.map(|value| (state, value)),
        None => None,
    };
    let (mut tenant, mut entra) = match kept {
        Some((state, mut value)) => {
            let tenant =
                Tenant::from_state(value["tenant"].take()).map_err(|why| state.unreadable(&why))?;
            let entra = Entra::from_state(&value["entra"], settings)
                .map_err(|why| state.unreadable(&why))?;
            (tenant, entra)
        }
        None => (Tenant::seeded(service::now_ms()), Entra::new(settings)),
    };
    if options.generated_users > 0 {
        tenant.set_generated_users(options.generated_users);
    }
    tenant.cloud = options.cloud;
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    tenant.set_lag_ms(millis(options.visible_lag), millis(options.operation_time));
    let faults = FaultBook::new(&options.faults);
    entra.set_policies(faults.policies());
    let listener = tokio::net::TcpListener::bind(SocketAddr::from((
        Ipv4Addr::LOCALHOST,
        options.port.unwrap_or(0),
    )))
    .await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let throttle = options
        .throttle
        .then(|| Throttle::for_users(options.generated_users.saturating_add(20)));
    let mut core = Core {
        tenant,
        entra,
        faults,
        throttle,
        gate: gate::Gate::default(),
        manners: manners::Manners::default(),
        vault: vault::Vault::of(options.cloud),
        log: Log::new(options.request_log),
        state,
    };
    core.save()?;
    Ok((
        listener,
        Arc::new(Shared::new(origin, options.latency, core)),
    ))
}

#[cfg(test)]
mod tests;
