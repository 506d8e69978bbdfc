//! The Graph client: `fetch`, `pages`, `batch`, `change` over one fixed pipeline.
//!
//! Per call: URL, `client-request-id`, deadline. Retry loop. Per try: origin check, token, send. A 401 is answered once with a new
//! token, with the claims of a challenge when there is one. Knows no command, no plan and no policy.

pub mod apps;
pub mod audits;
pub mod batch;
pub mod call;
pub mod consents;
pub mod fault;
pub mod info;
pub mod methods;
mod now;
mod pace;
pub mod paging;
pub mod reports;
pub mod roles;
pub mod script;
pub mod search;
pub mod tenant;
pub mod units;
pub mod users;

use crate::auth::{AccessToken, TokenSource, claims};
use crate::error::{Error, ErrorCode, Result, Service};
use crate::http::cloud::{Endpoints, Origin};
use crate::http::retry::{BUDGET, Facts, Replay, Try, next_delay};
use crate::http::{Failure, Incoming, Outgoing, Transport, base_headers};
use crate::random;
use crate::sign_ins::SignIn;
use call::{Call, Change, Need, Spec};
use fault::{Asker, Fault};
use http::{HeaderValue, Method};
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};
use url::Url;

/// Graph, as one signed-in caller sees it.
pub struct Client {
    transport: Rc<Transport>,
    tokens: Box<dyn TokenSource>,
    endpoints: Endpoints,
    token: RefCell<Option<AccessToken>>,
    request_ids: RefCell<Vec<String>>,
    pace: RefCell<pace::Pace>,
    clock: Cell<Option<(SystemTime, Instant)>>,
}

/// A decoded reply with what its headers told.
#[derive(Debug)]
pub struct Reply<T> {
    /// The body.
    pub value: T,
    /// The server's clock when it answered.
    pub date: Option<SystemTime>,
    /// `Location` of a created object or a long-running operation.
    pub location: Option<String>,
    /// The wait the server asked for.
    pub retry_after: Option<Duration>,
    /// The server's request id.
    pub request_id: Option<String>,
}

/// How a change ended, seen from here.
#[derive(Debug)]
pub enum Sent<T> {
    /// The service said yes.
    Done(Reply<T>),
    /// The service said no; nothing changed.
    Declined(Fault, Error),
    /// Nothing was sent.
    NotSent(Error),
    /// Bytes were sent and no clear answer came.
    Unclear(Error),
}

/// One exchange after the retry loop.
enum Exchange {
    /// The reply; true when an earlier try of a change may have arrived, so that a refusal is no proof that nothing changed.
    Reply(Incoming, bool),
    NeverSent(Error),
    Lost(Error),
}

impl Client {
    /// A client for the endpoints, with tokens from a source.
    #[must_use]
    pub fn new(
        transport: Rc<Transport>,
        endpoints: Endpoints,
        tokens: Box<dyn TokenSource>,
    ) -> Self {
        Client {
            transport,
            tokens,
            endpoints,
            token: RefCell::new(None),
            request_ids: RefCell::new(Vec::new()),
            pace: RefCell::default(),
            clock: Cell::new(None),
        }
    }

    /// The endpoints in use.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The tenant this caller is signed in to, as far as the token tells.
    pub async fn tenant(&self) -> Option<String> {
        self.token().await.ok()?.claims.tid
    }

    /// The token in use; obtained if there is none yet.
    pub async fn token(&self) -> Result<AccessToken> {
        if let Some(token) = self.usable_token() {
            return Ok(token);
        }
        self.new_token(None, false).await
    }

    /// The way this caller signed in, as a word of `--auth`.
    #[must_use]
    pub fn signed_in_by(&self) -> &'static str {
        self.tokens.way()
    }

    /// The kept sign-in this caller goes on with, if it does.
    #[must_use]
    pub fn kept_sign_in(&self) -> Option<&SignIn> {
        self.tokens.kept()
    }

    /// The server's request ids of the changes sent so far, oldest first.
    #[must_use]
    pub fn request_ids(&self) -> Vec<String> {
        self.request_ids.borrow().clone()
    }

    fn usable_token(&self) -> Option<AccessToken> {
        self.token
            .borrow()
            .clone()
            .filter(|token| token.expires.is_none_or(|at| at > Instant::now()))
    }

    async fn new_token(&self, claims: Option<&str>, fresh: bool) -> Result<AccessToken> {
        let token = self.tokens.token(claims, fresh).await?;
        *self.token.borrow_mut() = Some(token.clone());
        Ok(token)
    }

    fn asker(&self) -> Asker {
        let token = self.token.borrow();
        token.as_ref().map_or_else(Asker::default, |token| Asker {
            app_only: token.claims.app_only,
            permissions: token.claims.permissions.clone(),
        })
    }

    /// Reads one object.
    pub async fn fetch<T: DeserializeOwned>(&self, call: &Call<T>) -> Result<Reply<T>> {
        self.fetch_within(call, BUDGET).await
    }

    /// Reads one object within a time of its own.
    pub async fn fetch_within<T: DeserializeOwned>(
        &self,
        call: &Call<T>,
        budget: Duration,
    ) -> Result<Reply<T>> {
        let spec = call.spec();
        let url = self.url_of(spec)?;
        let reply = self.read(spec, url, budget).await?;
        self.decoded(spec, &reply)
    }

    /// Reads an operation's `Location`, after the origin check.
    pub async fn follow<T: DeserializeOwned>(
        &self,
        link: &str,
        like: &Call<T>,
        budget: Duration,
    ) -> Result<Reply<T>> {
        // RFC 9110 lets `Location` be relative to the request; what it joins to is checked like any link.
        let link = match Url::parse(link) {
            Err(url::ParseError::RelativeUrlWithoutBase) => self
                .url_of(like.spec())?
                .join(link)
                .map_or_else(|_| link.to_owned(), String::from),
            _ => link.to_owned(),
        };
        let url = self.checked_link(&link)?;
        let reply = self.read(like.spec(), url, budget).await?;
        self.decoded(like.spec(), &reply)
    }

    /// Sends a change once it may be repeated as its `Replay` says. The caller decides what an unclear answer means.
    pub async fn change<T: DeserializeOwned>(
        &self,
        change: &Change<T>,
        budget: Duration,
    ) -> Sent<T> {
        let spec = change.spec();
        let url = match self.url_of(spec) {
            Ok(url) => url,
            Err(error) => return Sent::NotSent(error),
        };
        let (reply, earlier) = match self.exchange(spec, &url, change.replay, budget).await {
            Ok(Exchange::Reply(reply, earlier)) => (reply, earlier),
            Ok(Exchange::NeverSent(error)) | Err(error) => return Sent::NotSent(error),
            Ok(Exchange::Lost(error)) => return Sent::Unclear(error),
        };
        if let Some(id) = reply.header("request-id") {
            self.request_ids.borrow_mut().push(id.to_owned());
        }
        match reply.status.as_u16() {
            200..=299 => match self.decoded(spec, &reply) {
                Ok(reply) => Sent::Done(reply),
                Err(error) => Sent::Unclear(error),
            },
            _ if earlier => Sent::Unclear(self.fault_error(spec, &reply)),
            // A throttled reply has been reported for a change that took effect, so it is no clear no.
            408 | 429 => Sent::Unclear(self.fault_error(spec, &reply)),
            400..=499 => {
                let fault = Fault::read(&reply);
                let error = self.fault_error(spec, &reply);
                Sent::Declined(fault, error)
            }
            _ => Sent::Unclear(self.fault_error(spec, &reply)),
        }
    }

    fn url_of(&self, spec: &Spec) -> Result<Url> {
        spec.url(&self.endpoints.graph).map_err(|cause| {
            Error::new(
                ErrorCode::Internal,
                format!("The address of {} could not be built.", spec.describe()),
            )
            .source(cause)
        })
    }

    /// Checks that a link found in a reply stays on the Graph origin.
    pub(crate) fn checked_link(&self, link: &str) -> Result<Url> {
        let refuse = |why: String| {
            Error::new(ErrorCode::Untrusted, "A link in Graph's answer points to another server and was not followed.")
                .why(why)
                .fix("Check --graph-endpoint and the network between; the access token was not sent there.")
        };
        let url = Url::parse(link)
            .map_err(|cause| refuse(format!("The link is no absolute URL: {cause}.")))?;
        match Origin::of(&url) {
            Ok(origin) if origin == self.endpoints.graph => Ok(url),
            Ok(origin) => Err(refuse(format!(
                "It points to {origin}, Graph is at {}.",
                self.endpoints.graph
            ))),
            Err(rule) => Err(refuse(format!("The link is refused: {rule}."))),
        }
    }

    async fn read(&self, spec: &Spec, url: Url, budget: Duration) -> Result<Incoming> {
        match self.exchange(spec, &url, Replay::Safe, budget).await? {
            Exchange::Reply(reply, _) if reply.status.is_success() => Ok(reply),
            Exchange::Reply(reply, _) => Err(self.fault_error(spec, &reply)),
            Exchange::NeverSent(error) | Exchange::Lost(error) => Err(error),
        }
    }

    /// The fixed pipeline: per call, retry loop, per try.
    async fn exchange(
        &self,
        spec: &Spec,
        url: &Url,
        replay: Replay,
        budget: Duration,
    ) -> Result<Exchange> {
        let body = spec.body.as_ref().map(|body| body.to_string().into_bytes());
        self.exchange_body(spec, url, body, replay, budget).await
    }

    /// The same with a body that is written already.
    async fn exchange_body(
        &self,
        spec: &Spec,
        url: &Url,
        body: Option<Vec<u8>>,
        replay: Replay,
        budget: Duration,
    ) -> Result<Exchange> {
        let client_request_id = random::uuid()?;
        let deadline = Instant::now() + budget;
        let (mut tries, mut challenged) = (0, false);
        let mut token = self.token().await?;
        // After a try that may have reached the service, a later failure to send is no proof that nothing changed.
        let mut may_have_arrived = false;
        loop {
            let request = self.prepared(spec, url, &client_request_id, body.clone(), &token)?;
            tries += 1;
            let left = deadline.saturating_duration_since(Instant::now());
            let answer = self.transport.send_within(&request, left).await;
            self.heard(answer.as_ref().ok());
            let (outcome, ended) = match answer {
                Ok(reply) if !challenged && claims::asks_anew(reply.status, &reply.headers) => {
                    challenged = true;
                    // A refused token means that nothing was executed: asking again with a new one is safe for writes too.
                    match self.answer_challenge(&reply).await {
                        Ok(Some(new)) => {
                            token = new;
                            continue;
                        }
                        Ok(None) => {
                            let status = Try::Status(reply.status.as_u16());
                            (status, Exchange::Reply(reply, may_have_arrived))
                        }
                        Err(error) if may_have_arrived => return Ok(Exchange::Lost(error)),
                        Err(error) => return Err(error),
                    }
                }
                Ok(reply) => (
                    Try::Status(reply.status.as_u16()),
                    Exchange::Reply(reply, may_have_arrived),
                ),
                Err(Failure::NeverSent(error)) if may_have_arrived && replay != Replay::Safe => {
                    (Try::NeverSent, Exchange::Lost(error))
                }
                Err(Failure::NeverSent(error)) => (Try::NeverSent, Exchange::NeverSent(error)),
                Err(Failure::Lost(error, _)) => (Try::Lost, Exchange::Lost(error)),
            };
            may_have_arrived |=
                replay != Replay::Safe && outcome != Try::NeverSent && outcome != Try::Status(401);
            let retry_after = match &ended {
                Exchange::Reply(reply, _) => reply.retry_after(),
                _ => None,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let facts = Facts {
                outcome,
                replay,
                tries,
                retry_after,
                left,
                // Bytes may be out by now: lack of randomness must not pass for "not sent".
                jitter: random::fraction().unwrap_or(1.0),
            };
            let fatal = matches!(&ended, Exchange::NeverSent(error) if error.code() == ErrorCode::Untrusted);
            match next_delay(facts).filter(|_| !fatal) {
                Some(wait) => {
                    self.transport.waiting(wait, &describe_try(outcome));
                    tokio::time::sleep(wait).await;
                }
                None => return Ok(ended),
            }
        }
    }

    fn prepared(
        &self,
        spec: &Spec,
        url: &Url,
        id: &str,
        body: Option<Vec<u8>>,
        token: &AccessToken,
    ) -> Result<Outgoing> {
        if Origin::of(url).ok().as_ref() != Some(&token.origin) {
            return Err(Error::new(
                ErrorCode::Untrusted,
                "The access token belongs to another server.",
            )
            .why(format!(
                "It was issued for {}, and the request goes elsewhere.",
                token.origin
            )));
        }
        let mut headers = base_headers(id);
        if body.is_some() {
            headers.insert(
                http::header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret.expose()))
            .map_err(|_| {
                Error::new(
                    ErrorCode::NotSignedIn,
                    "The access token has characters that no token has.",
                )
                .fix("Give the token alone, without quotes or line breaks.")
            })?;
        bearer.set_sensitive(true);
        headers.insert(http::header::AUTHORIZATION, bearer);
        spec.mark(&mut headers);
        let bodyless_post = spec.method == Method::POST && body.is_none();
        if bodyless_post {
            headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(Outgoing {
            method: spec.method.clone(),
            url: url.clone(),
            headers,
            body,
        })
    }

    /// A new token after a 401; `None` when the source has no other.
    async fn answer_challenge(&self, reply: &Incoming) -> Result<Option<AccessToken>> {
        let wanted = claims::challenge_in(&reply.headers);
        *self.token.borrow_mut() = None;
        match self.new_token(wanted.as_deref(), true).await {
            Ok(token) => Ok(Some(token)),
            // A fixed token has no successor; Graph's own words about the refusal are the better error then.
            Err(error) if error.code() == ErrorCode::NotSignedIn => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn decoded<T: DeserializeOwned>(&self, spec: &Spec, reply: &Incoming) -> Result<Reply<T>> {
        // A reply without a body decodes as null, so `()` and options work for 204 and 202.
        let bytes: &[u8] = if reply.body.iter().all(u8::is_ascii_whitespace) {
            b"null"
        } else {
            &reply.body
        };
        let value = decode(bytes).map_err(|why| {
            Error::new(ErrorCode::UnexpectedReply, format!("{}: the answer could not be read.", spec.describe()))
                .why(why)
                .fix("A proxy or sign-in portal may have answered instead of Graph; give the request id to support otherwise.")
                .service(Service {
                    http_status: Some(reply.status.as_u16()),
                    request_id: reply.header("request-id").map(str::to_owned),
                    client_request_id: reply.header("client-request-id").map(str::to_owned),
                    ..Service::default()
                })
        })?;
        Ok(Reply {
            value,
            date: reply.date(),
            location: reply.header("location").map(str::to_owned),
            retry_after: reply.retry_after(),
            request_id: reply.header("request-id").map(str::to_owned),
        })
    }

    fn fault_error(&self, spec: &Spec, reply: &Incoming) -> Error {
        Fault::read(reply).into_error(&spec.describe(), spec.need, &self.asker())
    }

    pub(crate) fn part_error(&self, spec: &Spec, fault: Fault) -> Error {
        fault.into_error(&spec.describe(), spec.need, &self.asker())
    }
}

/// Decodes JSON; the error names the path of the field that did not fit, never its value.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    // Keeping track of the path costs more than the decoding itself, so it is done only once something did not fit.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|cause| {
        let kind = match cause.inner().classify() {
            serde_json::error::Category::Data => "does not fit the documented type",
            serde_json::error::Category::Eof => "ends too early",
            _ => "is not JSON",
        };
        let path = cause.path().to_string();
        if path == "." {
            format!("The body {kind}.")
        } else {
            format!("The body {kind} at '{path}'.")
        }
    })
}

fn describe_try(outcome: Try) -> String {
    match outcome {
        Try::NeverSent => "no connection".to_owned(),
        Try::Lost => "no reply".to_owned(),
        Try::Status(429) => "throttled".to_owned(),
        Try::Status(status) => format!("status {status}"),
    }
}

/// What nothing needs: for links whose needs are those of the call they came from.
pub const NO_NEED: Need = Need {
    delegated: &[],
    application: &[],
    role: "",
};
