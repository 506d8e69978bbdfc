//! What a running sandbox holds, and the way of a request to it.
//!
//! Owns the shared state behind one lock and the clock, and turns strangers away. Sockets stay in `http`; the order of the steps
//! is in `dealing`.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::entra::Entra;
use super::faults::{Action, Effect, FaultBook};
use super::gate::{Gate, Place};
use super::log::{Log, Logged};
use super::manners::Manners;
use super::state::StateFile;
use super::tenant::Tenant;
use super::throttle::Throttle;
use super::vault::Vault;
use super::wire::{Reply, Request};

/// Which of the services a request goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Graph,
    Login,
    Vault,
    /// An address neither of them has.
    Elsewhere,
}

/// A running sandbox, as its connections see it.
pub(super) struct Shared {
    pub(super) origin: String,
    latency: Duration,
    started: Instant,
    /// Milliseconds the sandbox's clock is ahead of the machine's.
    ahead_ms: AtomicI64,
    core: Mutex<Core>,
}

/// Everything that changes.
pub(super) struct Core {
    pub(super) tenant: Tenant,
    pub(super) entra: Entra,
    pub(super) faults: FaultBook,
    pub(super) throttle: Option<Throttle>,
    pub(super) gate: Gate,
    pub(super) manners: Manners,
    pub(super) vault: Vault,
    pub(super) log: Log,
    pub(super) state: Option<StateFile>,
}

/// One request with the moment it came.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) request: &'a Request,
    pub(super) place: Place<'a>,
    /// Monotonic time since the start, for waits and limits.
    pub(super) clock: Duration,
}

impl Shared {
    pub(super) fn new(origin: String, latency: Duration, core: Core) -> Self {
        Self {
            origin,
            latency,
            started: Instant::now(),
            ahead_ms: AtomicI64::new(0),
            core: Mutex::new(core),
        }
    }

    pub(super) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn latency(&self) -> Duration {
        self.latency
    }

    /// The sandbox's clock.
    pub(super) fn now_ms(&self) -> i64 {
        now_ms() + self.ahead_ms.load(Ordering::Relaxed)
    }

    /// Lets time pass.
    pub(super) fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(
            i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
            Ordering::Relaxed,
        );
    }

    /// Answers a request; the action is what remains to be done to the reply on its way.
    pub(super) fn exchange(&self, request: &Request, side: Side) -> (Reply, Option<Action>) {
        let now_ms = self.now_ms();
        let ahead = Duration::from_millis(
            u64::try_from(self.ahead_ms.load(Ordering::Relaxed)).unwrap_or_default(),
        );
        let place = Place {
            origin: &self.origin,
            now_ms,
        };
        let arrival = Arrival {
            request,
            place,
            clock: self.started.elapsed() + ahead,
        };
        let mut core = self.core();
        if let Some(reply) = stranger(request, &self.origin) {
            core.log.request(Logged::new(request, reply.status));
            return (reply, None);
        }
        let action = core
            .faults
            .decide(&request.method, &request.path, &request.query);
        let reply = match side {
            Side::Graph => core.graph(arrival, action.as_ref()),
            Side::Login => core.login(arrival, action.as_ref()),
            Side::Vault => core.vault(arrival, action.as_ref()),
            Side::Elsewhere => core.elsewhere(arrival, action.as_ref()),
        };
        let broken = matches!(
            action.as_ref().map(|action| &action.effect),
            Some(Effect::Break { bytes: 0, .. })
        );
        core.log
            .request(Logged::new(request, if broken { 0 } else { reply.status }));
        (reply, action)
    }
}

/// Milliseconds since the epoch on the machine's clock.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Pages of other sites must not reach the sandbox through a browser: neither by a name of their own that leads to loopback, nor
/// by sending forms across sites.
fn stranger(request: &Request, origin: &str) -> Option<Reply> {
    let host = request.header("host").unwrap_or_default();
    let own = origin.trim_start_matches("http://");
    if host != own && host != own.replacen("127.0.0.1", "localhost", 1) {
        return Some(Reply {
            status: 421,
            ..Reply::default()
        });
    }
    let crossing =
        request.method != "GET" && request.header("sec-fetch-site") == Some("cross-site");
    crossing.then(|| Reply {
        status: 403,
        ..Reply::default()
    })
}
