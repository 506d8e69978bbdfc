//! The listening side: an accept loop of our own, axum's routing, and the way from bytes to [`wire`](super::wire) values and back.
//!
//! Owns sockets, limits and pace. What is answered is decided in `service`; what is damaged on the way is told to `socket`.

mod reply;
mod socket;

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request as HttpRequest, State};
use axum::response::Response;
use axum::routing::any;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::socket::{FaultStream, WireOrder};
use super::faults::{Action, Effect};
use super::service::{Shared, Side};
use super::wire::{Body, Reply, Request};

/// Largest request body, as Graph's own limit.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// Serves connections until told to stop; dropping the future ends all of them.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let router = router(shared);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(converse(stream, router.clone())); }
                // Out of file descriptors, most likely: let others close theirs.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            },
        }
    }
}

async fn converse(stream: TcpStream, router: Router) {
    // Small replies at once: a rehearsal on loopback should not wait for Nagle.
    let _ = stream.set_nodelay(true);
    let order = Arc::new(WireOrder::default());
    let io = TokioIo::new(FaultStream::new(stream, Arc::clone(&order)));
    let service = TowerToHyperService::new(router.layer(Extension(order)));
    // A broken connection is the client's affair, or the very thing a fault script asked for.
    let _ = http1::Builder::new().serve_connection(io, service).await;
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1.0", any(graph))
        .route("/v1.0/{*rest}", any(graph))
        .route("/devicelogin", any(login))
        .route("/{tenant}/adminconsent", any(login))
        .route("/{tenant}/oauth2/v2.0/{endpoint}", any(login))
        .route(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            any(login),
        )
        .route("/{tenant}/discovery/v2.0/keys", any(login))
        .route("/secrets/{*rest}", any(vault))
        .fallback(elsewhere)
        .with_state(shared)
}

async fn graph(
    State(shared): State<Arc<Shared>>,
    Extension(order): Extension<Arc<WireOrder>>,
    request: HttpRequest,
) -> Response {
    exchange(&shared, &order, request, Side::Graph).await
}

async fn login(
    State(shared): State<Arc<Shared>>,
    Extension(order): Extension<Arc<WireOrder>>,
    request: HttpRequest,
) -> Response {
    exchange(&shared, &order, request, Side::Login).await
}

async fn vault(
    State(shared): State<Arc<Shared>>,
    Extension(order): Extension<Arc<WireOrder>>,
    request: HttpRequest,
) -> Response {
    exchange(&shared, &order, request, Side::Vault).await
}

async fn elsewhere(
    State(shared): State<Arc<Shared>>,
    Extension(order): Extension<Arc<WireOrder>>,
    request: HttpRequest,
) -> Response {
    exchange(&shared, &order, request, Side::Elsewhere).await
}

async fn exchange(
    shared: &Shared,
    order: &WireOrder,
    request: HttpRequest,
    side: Side,
) -> Response {
    order.clear();
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return reply::response(
            Reply {
                status: 413,
                ..Reply::default()
            },
            false,
        );
    };
    let headers = head.headers.iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.into(),
        batched: false,
    };
    let (answer, action) = shared.exchange(&request, side);
    let answer = reply::dress(answer, &request, side, shared.now_ms());
    pace(shared, action.as_ref()).await;
    let garbled = spoil(order, action.as_ref());
    // A reply to HEAD describes a body it must not send; hyper keeps the two apart.
    reply::response(answer, garbled)
}

async fn pace(shared: &Shared, action: Option<&Action>) {
    let delay = shared.latency()
        + std::time::Duration::from_millis(action.map_or(0, |action| action.delay_ms));
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

/// Gives the socket its orders; true when the body is to be damaged.
fn spoil(order: &WireOrder, action: Option<&Action>) -> bool {
    match action.map(|action| &action.effect) {
        Some(Effect::Break { bytes, end }) => order.break_after(*bytes, *end),
        Some(Effect::Slow { bytes_per_second }) => order.slow(*bytes_per_second),
        Some(Effect::Garble) => return true,
        _ => {}
    }
    false
}

/// The bytes of a body and its media type.
fn body_bytes(body: Body) -> (Vec<u8>, Option<&'static str>) {
    match body {
        Body::Empty => (Vec::new(), None),
        Body::Json(value) => (
            value.to_string().into_bytes(),
            Some("application/json; charset=utf-8"),
        ),
        Body::Text(text) => (text.into_bytes(), Some("text/plain; charset=utf-8")),
        Body::Html(text) => (text.into_bytes(), Some("text/html; charset=utf-8")),
    }
}
