//! The sign-in service of one tenant as an HTTP client for crate `oauth2`: our transport, its retries, its refusals.
//!
//! Only successful JSON replies reach the crate, so that no body can end up in one of its errors.

use super::entra::Refusal;
use crate::error::{Error, ErrorCode, Service};
use crate::http::cloud::Origin;
use crate::http::retry::{BUDGET, Facts, Replay, Try, next_delay};
use crate::http::{Failure, Incoming, Outgoing, Transport, base_headers};
use crate::ids::TenantId;
use crate::random;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use oauth2::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};
use url::Url;

/// Longest wait for one reply, as MSAL has it.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Seconds a device code is taken to live where the service does not say, as Entra has it.
const CODE_LIFE: u32 = 900;

/// Who is asked for tokens, and in whose name.
pub(crate) struct Authority {
    pub(super) transport: Rc<Transport>,
    pub(super) login: Origin,
    pub(super) graph: Origin,
    pub(super) tenant: TenantId,
    pub(super) client_id: String,
}

/// How often a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// As often as the retry rules allow.
    Freely,
    /// It redeems something that works once: after a lost reply one more try is worth it.
    OnceAfterLoss,
    /// The caller has a rhythm of its own.
    Never,
}

/// Why no token came.
pub(crate) enum Trouble {
    /// The service said no.
    Refused(Box<Refusal>),
    /// The service could not be asked, or answered nothing that can be read.
    Failed(Error),
}

impl Trouble {
    /// Our error for it; `what` was refused.
    pub(crate) fn into_error(self, what: &str) -> Error {
        match self {
            Trouble::Refused(refusal) => refusal.into_error(what),
            Trouble::Failed(error) => error,
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Failed(error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Refused(refusal) => refusal.fmt(f),
            Trouble::Failed(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Trouble {}

impl Authority {
    /// Address of one of the tenant's endpoints.
    pub(super) fn url(&self, endpoint: &str) -> String {
        format!(
            "{}/{}/oauth2/v2.0/{endpoint}",
            self.login,
            self.tenant.as_str()
        )
    }

    /// The same address, parsed.
    pub(super) fn parsed_url(&self, endpoint: &str) -> Result<Url, Error> {
        Url::parse(&self.url(endpoint)).map_err(|cause| {
            Error::new(
                ErrorCode::Internal,
                "The sign-in address could not be built.",
            )
            .source(cause)
        })
    }

    /// A form for one of the endpoints, by hand.
    pub(super) async fn post(
        &self,
        endpoint: &str,
        form: &[(&str, &str)],
        repeat: Repeat,
    ) -> Result<HttpResponse, Trouble> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let body = body.into_bytes();
        self.deliver(self.parsed_url(endpoint)?, &|| Ok(body.clone()), repeat)
            .await
    }

    /// A request that crate `oauth2` prepared. Its headers are ours already.
    pub(super) async fn send(
        &self,
        request: HttpRequest,
        repeat: Repeat,
    ) -> Result<HttpResponse, Trouble> {
        let url = Url::parse(&request.uri().to_string()).map_err(|cause| {
            Error::new(
                ErrorCode::Internal,
                "The sign-in address could not be built.",
            )
            .source(cause)
        })?;
        let body = request.into_body();
        self.deliver(url, &|| Ok(body.clone()), repeat).await
    }

    /// Posts a form, again where that may help. The body is made for each try, since some can be used only once.
    pub(super) async fn deliver(
        &self,
        url: Url,
        body: &dyn Fn() -> Result<Vec<u8>, Error>,
        repeat: Repeat,
    ) -> Result<HttpResponse, Trouble> {
        let id = random::uuid()?;
        let mut headers = base_headers(&id);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        headers.insert(
            HeaderName::from_static("x-client-sku"),
            HeaderValue::from_static(env!("CARGO_PKG_NAME")),
        );
        headers.insert(
            HeaderName::from_static("x-client-ver"),
            HeaderValue::from_static(env!("CARGO_PKG_VERSION")),
        );
        let mut request = Outgoing {
            method: http::Method::POST,
            url,
            headers,
            body: None,
        };
        let deadline = Instant::now() + BUDGET;
        let mut tries = 0;
        loop {
            tries += 1;
            request.body = Some(body()?);
            let ended =
                match tokio::time::timeout(CALL_TIMEOUT, self.transport.send(&request)).await {
                    Ok(ended) => ended,
                    Err(_) => Err(Failure::Lost(
                        Error::new(
                            ErrorCode::Network,
                            format!("{} did not answer in time.", self.login),
                        ),
                        None,
                    )),
                };
            let (outcome, retry_after) = match &ended {
                Ok(reply) => (Try::Status(reply.status.as_u16()), reply.retry_after()),
                Err(Failure::NeverSent(_)) => (Try::NeverSent, None),
                Err(Failure::Lost(..)) => (Try::Lost, None),
            };
            let again = match repeat {
                Repeat::Freely => true,
                Repeat::OnceAfterLoss => outcome != Try::Lost || tries < 2,
                Repeat::Never => false,
            };
            let fatal = matches!(&ended, Err(Failure::NeverSent(error)) if error.code() == ErrorCode::Untrusted);
            let left = deadline.saturating_duration_since(Instant::now());
            let facts = Facts {
                outcome,
                replay: Replay::Safe,
                tries,
                retry_after,
                left,
                jitter: random::fraction()?,
            };
            match next_delay(facts).filter(|_| again && !fatal) {
                Some(wait) => {
                    self.transport.waiting(wait, "the sign-in service");
                    tokio::time::sleep(wait).await;
                }
                None => return self.judged(ended.map_err(Failure::into_error)?, &id),
            }
        }
    }

    /// Lets only a successful JSON reply through.
    fn judged(&self, reply: Incoming, id: &str) -> Result<HttpResponse, Trouble> {
        let status = reply.status.as_u16();
        let refusal = Refusal::read(status, &reply.body);
        let service = Service {
            http_status: Some(status),
            code: refusal.as_ref().map(ToString::to_string),
            request_id: refusal
                .as_ref()
                .and_then(|refusal| refusal.correlation_id.clone()),
            client_request_id: Some(id.to_owned()),
            retry_after: reply.retry_after().map(|wait| wait.as_secs()),
            ..Service::default()
        };
        match (status, refusal) {
            (200, _)
                if reply.body.first() == Some(&b'{')
                    || reply.body.trim_ascii_start().starts_with(b"{") =>
            {
                let mut response = HttpResponse::new(in_plain_form(reply.body));
                // Some servers name another type or none; that it is JSON was just seen.
                response
                    .headers_mut()
                    .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Ok(response)
            }
            (429, _) => Err(Error::new(
                ErrorCode::Throttled,
                "The sign-in service throttles the requests.",
            )
            .service(service)
            .into()),
            (500.., _) => Err(
                Error::new(ErrorCode::ServiceFailed, "The sign-in service failed.")
                    .service(service)
                    .into(),
            ),
            (400..500, Some(refusal)) => Err(Trouble::Refused(Box::new(Refusal {
                client_request_id: Some(id.to_owned()),
                retry_after: service.retry_after,
                ..refusal
            }))),
            _ => Err(unreadable(&self.login, service).into()),
        }
    }
}

/// A reply that is no answer of a sign-in service.
pub(super) fn unreadable(login: &Origin, service: Service) -> Error {
    Error::new(ErrorCode::UnexpectedReply, format!("{login} did not answer as a sign-in service does."))
        .why("The reply is not the JSON that the standard describes.")
        .fix("Check --login-endpoint and --tenant; a proxy or a captive portal may have answered instead.")
        .service(service)
}

/// What crate `oauth2` is strict about, in the form it takes: lifetimes as whole numbers, which some services write as text or with a
/// fraction; scopes as one text; and what a service leaves out because there is but one value it could have. What cannot be understood
/// stays as it is and is refused.
fn in_plain_form(body: Vec<u8>) -> Vec<u8> {
    let Ok(Value::Object(mut reply)) = serde_json::from_slice(&body) else {
        return body;
    };
    let before = reply.clone();
    for key in ["expires_in", "interval"] {
        let Some(value) = reply.get(key).filter(|value| !value.is_u64()) else {
            continue;
        };
        let seconds = value
            .as_str()
            .and_then(|text| text.trim().parse::<f64>().ok())
            .or_else(|| value.as_f64())
            .filter(|seconds| (0.0..1e15).contains(seconds));
        if let Some(seconds) = seconds {
            reply.insert(key.to_owned(), (seconds as u64).into());
        }
    }
    if let Some(Value::Array(names)) = reply.get("scope") {
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        let text = names.join(" ");
        reply.insert("scope".to_owned(), text.into());
    }
    let lacks = |reply: &Map<String, Value>, key: &str| reply.get(key).is_none_or(Value::is_null);
    if reply.contains_key("access_token") && lacks(&reply, "token_type") {
        reply.insert("token_type".to_owned(), "Bearer".into());
    }
    if reply.contains_key("device_code") && lacks(&reply, "expires_in") {
        reply.insert("expires_in".to_owned(), CODE_LIFE.into());
    }
    if reply == before {
        body
    } else {
        Value::Object(reply).to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::in_plain_form;

    #[test]
    fn replies_in_other_forms_are_understood() {
        for (given, wanted) in [
            (r#"{"expires_in":3599}"#, r#"{"expires_in":3599}"#),
            (r#"{"expires_in":"3599"}"#, r#"{"expires_in":3599}"#),
            (r#"{"expires_in":3599.0}"#, r#"{"expires_in":3599}"#),
            (r#"{"interval":" 5 "}"#, r#"{"interval":5}"#),
            (r#"{"expires_in":-5}"#, r#"{"expires_in":-5}"#),
            (r#"{"expires_in":null}"#, r#"{"expires_in":null}"#),
            (r#"{"expires_in":"soon"}"#, r#"{"expires_in":"soon"}"#),
            (r#"{"scope":["a","b"]}"#, r#"{"scope":"a b"}"#),
            (r#"{"scope":"a b"}"#, r#"{"scope":"a b"}"#),
            (
                r#"{"access_token":"x"}"#,
                r#"{"access_token":"x","token_type":"Bearer"}"#,
            ),
            (
                r#"{"access_token":"x","token_type":"pop"}"#,
                r#"{"access_token":"x","token_type":"pop"}"#,
            ),
            (
                r#"{"device_code":"x"}"#,
                r#"{"device_code":"x","expires_in":900}"#,
            ),
            ("<html>", "<html>"),
        ] {
            let read = String::from_utf8(in_plain_form(given.as_bytes().to_vec())).unwrap();
            assert_eq!(read, wanted);
        }
    }
}
