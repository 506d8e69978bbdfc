//! Requests to servers that are neither the sign-in service nor Graph: whoever vouches for the machine or the job this runs in.
//!
//! What is sent there is a secret of its own kind: it goes to https or to this machine only, is never redirected, and no body of
//! an answer reaches an error.

use crate::error::{Error, ErrorCode, Result, Service};
use crate::http::retry::{Facts, Replay, Try, next_delay};
use crate::http::{Failure, Incoming, Outgoing, Transport};
use crate::random;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::time::{Duration, Instant};
use url::Url;

/// Longest wait for one answer.
const CALL: Duration = Duration::from_secs(30);
/// Longest time for all tries.
const BUDGET: Duration = Duration::from_secs(60);

/// One request.
pub(super) struct Question<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// Who is asked, for sentences.
    pub(super) whom: &'a str,
    /// Statuses that mean "not yet" here, beside the usual ones.
    pub(super) not_yet: &'a [u16],
}

impl Question<'_> {
    /// Sends it, again where that may help.
    pub(super) async fn put(self, transport: &Transport) -> Result<Incoming> {
        let whom = self.whom;
        let body = (self.method == Method::POST).then(Vec::new);
        let request = Outgoing {
            method: self.method,
            url: self.url,
            headers: self.headers,
            body,
        };
        let deadline = Instant::now() + BUDGET;
        let mut tries = 0;
        loop {
            tries += 1;
            let ended = match tokio::time::timeout(CALL, transport.send(&request)).await {
                Ok(ended) => ended,
                Err(_) => Err(Failure::Lost(
                    Error::new(
                        ErrorCode::Network,
                        format!("{whom} did not answer in time."),
                    ),
                    None,
                )),
            };
            let (outcome, retry_after) = match &ended {
                // Seen as what the retry rules know for "busy".
                Ok(reply) if self.not_yet.contains(&reply.status.as_u16()) => {
                    (Try::Status(503), reply.retry_after())
                }
                Ok(reply) => (Try::Status(reply.status.as_u16()), reply.retry_after()),
                Err(Failure::NeverSent(_)) => (Try::NeverSent, None),
                Err(Failure::Lost(..)) => (Try::Lost, None),
            };
            let facts = Facts {
                outcome,
                replay: Replay::Safe,
                tries,
                retry_after,
                left: deadline.saturating_duration_since(Instant::now()),
                jitter: random::fraction()?,
            };
            let fatal = matches!(&ended, Err(Failure::NeverSent(error)) if error.code() == ErrorCode::Untrusted);
            match next_delay(facts).filter(|_| !fatal) {
                Some(wait) => {
                    transport.waiting(wait, whom);
                    tokio::time::sleep(wait).await;
                }
                None => return ended.map_err(Failure::into_error),
            }
        }
    }
}

/// A header that carries a secret.
pub(super) fn confidential(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<()> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        Error::new(
            ErrorCode::BadConfig,
            "A variable of the environment has characters that no header can carry.",
        )
        .fix("Give it without line breaks.")
    })?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// An answer that is not the one that was hoped for, without its body.
pub(super) fn refused(whom: &str, reply: &Incoming) -> Error {
    let status = reply.status.as_u16();
    let code = match status {
        429 => ErrorCode::Throttled,
        500.. => ErrorCode::ServiceFailed,
        _ => ErrorCode::SignInFailed,
    };
    // Azure DevOps names its answers by the last two.
    let id = [
        "x-ms-request-id",
        "x-github-request-id",
        "x-vss-e2eid",
        "x-msedge-ref",
    ]
    .iter()
    .find_map(|name| reply.header(name))
    .map(|id| {
        id.chars()
            .filter(char::is_ascii_graphic)
            .take(100)
            .collect()
    });
    Error::new(code, format!("{whom} answered with status {status}.")).service(Service {
        http_status: Some(status),
        request_id: id,
        ..Service::default()
    })
}

/// An answer that cannot be read.
pub(super) fn unreadable(whom: &str) -> Error {
    Error::new(
        ErrorCode::UnexpectedReply,
        format!("{whom} did not answer as documented."),
    )
    .why("Its answer is not the JSON that was expected.")
}
