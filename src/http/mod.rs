//! The transport: one `send` over verified TLS, with limits, ids and redaction; follows no redirect.
//!
//! Knows origins, bytes and time; knows no Graph word. Whether to send again is decided by the caller with [`retry`].

mod build;
pub mod cloud;
pub mod reach;
pub mod redact;
pub mod retry;
mod trouble;

use crate::error::{Error, ErrorCode, Result};
use crate::settings::Settings;
use cloud::Origin;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};
use url::Url;

/// Longest reply body, after decoding (security bar, section 4).
const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// Longest sum of reply headers.
const HEADER_LIMIT: usize = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// A call that is given less time would be given up before a healthy service has answered.
const SHORTEST_CALL: Duration = Duration::from_secs(5);

/// A request ready to go.
#[derive(Clone)]
pub struct Outgoing {
    /// HTTP method.
    pub method: Method,
    /// Where to; the origin is checked by who built it and again here.
    pub url: Url,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Option<Vec<u8>>,
}

/// A reply, whole.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, at most 10 MiB.
    pub body: Vec<u8>,
    /// When the reply had arrived.
    pub at: Instant,
}

impl Incoming {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The wait the server asked for.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after").and_then(|value| {
            retry::retry_after(value, self.date().unwrap_or_else(SystemTime::now))
        })
    }

    /// The server's clock when it answered.
    #[must_use]
    pub fn date(&self) -> Option<SystemTime> {
        self.header("date")
            .and_then(|value| httpdate::parse_http_date(value).ok())
    }
}

/// Why there is no reply.
#[derive(Debug)]
pub enum Failure {
    /// Nothing left this machine: DNS, connect, TLS, or a refusal of ours.
    NeverSent(Error),
    /// Bytes may have been sent and no whole reply came. The status, when its line had arrived.
    Lost(Error, Option<StatusCode>),
}

impl Failure {
    /// The error inside.
    #[must_use]
    pub fn into_error(self) -> Error {
        match self {
            Failure::NeverSent(error) | Failure::Lost(error, _) => error,
        }
    }
}

/// The HTTP client for a set of servers; no other is ever reached through it.
pub struct Transport {
    client: reqwest::Client,
    /// For addresses of this machine, where a proxy is set for the others.
    direct: Option<reqwest::Client>,
    reach: Reach,
    watch: Watch,
}

/// Which servers a transport reaches.
enum Reach {
    /// These.
    Origins(Vec<Origin>),
    /// The identity endpoints of the machine this runs on.
    Machine,
}

/// Takes a redacted line.
pub type TellLine = Rc<dyn Fn(&str)>;
/// Takes a wait and its reason.
pub type TellWait = Rc<dyn Fn(Duration, &str)>;

/// Who is told what the transport and the client do. Nothing said here is a secret.
#[derive(Default, Clone)]
pub struct Watch {
    /// A redacted line a request, with `--debug`.
    pub debug: Option<TellLine>,
    /// A wait before the next try, and why.
    pub waiting: Option<TellWait>,
}

impl Transport {
    /// Builds the client for the endpoints of the settings. TLS roots are loaded only when TLS will be spoken.
    pub fn new(settings: &Settings, watch: Watch) -> Result<Self> {
        let endpoints = &settings.endpoints;
        let origins = vec![endpoints.login.clone(), endpoints.graph.clone()];
        Self::toward(settings, origins, watch)
    }

    /// Builds a client for other servers, under the same rules.
    pub fn toward(settings: &Settings, origins: Vec<Origin>, watch: Watch) -> Result<Self> {
        let wanted = build::Wanted {
            ca_file: settings.ca_file.as_deref(),
            tls: origins.iter().any(Origin::is_https),
            // A proxy is never meant for this machine's own addresses, yet reqwest would use it.
            proxy: !origins.iter().all(Origin::is_loopback),
            connect: CONNECT_TIMEOUT,
        };
        let mixed = wanted.proxy && origins.iter().any(Origin::is_loopback);
        let direct = mixed
            .then(|| {
                build::client(&build::Wanted {
                    proxy: false,
                    ..wanted
                })
            })
            .transpose()?;
        Ok(Transport {
            client: build::client(&wanted)?,
            direct,
            reach: Reach::Origins(origins),
            watch,
        })
    }

    /// Builds a client for the identity endpoints of the machine this runs on: loopback and link-local addresses, never a proxy,
    /// and given up soon where nobody listens.
    pub fn machine(connect: Duration, watch: Watch) -> Result<Self> {
        let wanted = build::Wanted {
            ca_file: None,
            tls: false,
            proxy: false,
            connect,
        };
        Ok(Transport {
            client: build::client(&wanted)?,
            direct: None,
            reach: Reach::Machine,
            watch,
        })
    }

    /// Whether a request may go there, and how the server is called in sentences.
    fn server(&self, url: &Url) -> Result<(String, bool), Failure> {
        let refuse = |rule: &str| Failure::NeverSent(untrusted(url, rule));
        match &self.reach {
            Reach::Origins(allowed) => {
                let origin = Origin::of(url).map_err(|rule| refuse(&rule))?;
                if !allowed.contains(&origin) {
                    return Err(refuse("it is not one of the configured endpoints"));
                }
                Ok((origin.to_string(), origin.is_loopback()))
            }
            Reach::Machine => {
                cloud::machine_address(url).map_err(|rule| refuse(&rule))?;
                Ok((url.origin().ascii_serialization(), true))
            }
        }
    }

    /// Who is told, for another transport of the same run.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// Tells that the next try waits.
    pub fn waiting(&self, wait: Duration, why: &str) {
        if let Some(tell) = &self.watch.waiting {
            tell(wait, why);
        }
    }

    /// Sends once.
    pub async fn send(&self, request: &Outgoing) -> Result<Incoming, Failure> {
        self.send_within(request, CALL_TIMEOUT).await
    }

    /// Sends once and waits for the whole reply at most so long, but long enough for a slow service to answer at all.
    pub async fn send_within(
        &self,
        request: &Outgoing,
        most: Duration,
    ) -> Result<Incoming, Failure> {
        let (origin, local) = self.server(&request.url)?;
        let client = self
            .direct
            .as_ref()
            .filter(|_| local)
            .unwrap_or(&self.client);
        let started = Instant::now();
        let mut builder = client
            .request(request.method.clone(), request.url.clone())
            .timeout(most.clamp(SHORTEST_CALL, CALL_TIMEOUT))
            .headers(request.headers.clone());
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let answer = builder.send().await;
        let mut response = match answer {
            Ok(response) => response,
            Err(cause) => {
                let failure = trouble::failure(cause, &origin);
                self.log(
                    request,
                    started,
                    match &failure {
                        Failure::NeverSent(_) => "not sent",
                        Failure::Lost(..) => "no reply",
                    },
                );
                return Err(failure);
            }
        };
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let header_size: usize = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        let lost = |message: String| {
            Failure::Lost(
                Error::new(ErrorCode::UnexpectedReply, message),
                Some(status),
            )
        };
        if header_size > HEADER_LIMIT {
            return Err(lost(format!(
                "{origin} sent {header_size} bytes of headers; the limit is {HEADER_LIMIT}."
            )));
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > BODY_LIMIT => {
                    return Err(lost(format!("{origin} sent more than {BODY_LIMIT} bytes.")));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(cause) => {
                    self.log(request, started, "reply cut");
                    let ended = if cause.is_timeout() {
                        "did not end in time"
                    } else {
                        "was cut off"
                    };
                    let error = Error::new(
                        ErrorCode::Network,
                        format!("The reply of {origin} {ended}."),
                    )
                    .service(crate::error::Service {
                        http_status: Some(status.as_u16()),
                        ..Default::default()
                    })
                    .source(trouble::strip(cause));
                    return Err(Failure::Lost(error, Some(status)));
                }
            }
        }
        let reply = Incoming {
            status,
            headers,
            body,
            at: Instant::now(),
        };
        self.log(
            request,
            started,
            &format!(
                "{} request-id={}",
                status.as_u16(),
                reply.header("request-id").unwrap_or("-")
            ),
        );
        Ok(reply)
    }

    fn log(&self, request: &Outgoing, started: Instant, outcome: &str) {
        if let Some(tell) = &self.watch.debug {
            let headers: Vec<String> = request
                .headers
                .iter()
                .map(|(name, value)| {
                    format!(
                        "{name}: {}",
                        redact::header(name.as_str(), value.to_str().unwrap_or("?"))
                    )
                })
                .collect();
            tell(&format!(
                "{} {} [{}] -> {outcome} in {} ms",
                request.method,
                redact::url(&request.url),
                headers.join(", "),
                started.elapsed().as_millis()
            ));
        }
    }
}

/// Headers that every request of ours carries.
pub fn base_headers(client_request_id: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        http::header::ACCEPT,
        HeaderValue::from_static("application/json"),
    );
    // A compressed reply would have to be bounded twice; none is asked for.
    headers.insert(
        http::header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    if let Ok(value) = HeaderValue::from_str(client_request_id) {
        headers.insert(HeaderName::from_static("client-request-id"), value);
    }
    headers
}

fn untrusted(url: &Url, rule: &str) -> Error {
    Error::new(
        ErrorCode::Untrusted,
        format!("A link to {} was not followed.", redact::url(url)),
    )
    .why(format!(
        "A token may only go to the configured endpoints, and {rule}."
    ))
}
