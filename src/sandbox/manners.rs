//! Manners of a Graph client: ids on every call, JSON said to be JSON, and no knocking before `Retry-After` has passed.
//!
//! Owns the memory of who was told to wait, and the sentences of the violations. It never refuses anything itself.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::time::{Duration, SystemTime};

use super::wire::{Reply, Request};

/// Who was told to wait until when.
#[derive(Debug, Default)]
pub(super) struct Manners {
    not_before: HashMap<String, Duration>,
}

impl Manners {
    /// Breaches of a request that has just arrived; `clock` is any monotonic time.
    pub(super) fn check(&mut self, request: &Request, clock: Duration) -> Vec<String> {
        let mut breaches = Vec::new();
        match request.header("client-request-id") {
            _ if request.batched => {}
            None => breaches.push("client-request-id is missing".to_owned()),
            Some(id) if uuid::Uuid::try_parse(id).is_err() => {
                breaches.push("client-request-id is not a GUID".to_owned())
            }
            Some(_) => {}
        }
        if body_without_type(request) {
            breaches.push("a body without Content-Type: application/json".to_owned());
        }
        if let Some(until) = self.not_before.remove(&key(request))
            && clock < until
        {
            let early = until - clock;
            breaches.push(format!(
                "repeated {} ms before Retry-After had passed",
                early.as_millis().max(1)
            ));
        }
        breaches
    }

    /// Remembers a reply that asks to wait.
    pub(super) fn note(&mut self, request: &Request, reply: &Reply, now_ms: i64, clock: Duration) {
        let header = |name: &str| {
            reply
                .headers
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        let Some(wait) = header("retry-after").and_then(|text| wait(text, now_ms)) else {
            return;
        };
        // An accepted operation is asked for at its Location; everything else is repeated where it was.
        let location = (reply.status == 202).then(|| header("location")).flatten();
        let target = match location.and_then(|location| url::Url::parse(location).ok()) {
            Some(location) => {
                let query = location.query().unwrap_or_default();
                format!("GET {} {query}", location.path())
            }
            None => key(request),
        };
        self.not_before.retain(|_, until| *until > clock);
        self.not_before.insert(target, clock + wait);
    }
}

/// Whether a request carries a body it does not call JSON.
pub(super) fn body_without_type(request: &Request) -> bool {
    let kind = request.header("content-type").unwrap_or_default();
    !request.batched
        && !request.body.is_empty()
        && !kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .eq_ignore_ascii_case("application/json")
}

/// `Retry-After` in either form.
fn wait(text: &str, now_ms: i64) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).ok()?);
    Some(date.duration_since(now).unwrap_or_default())
}

/// Two requests with one key are the same request again; batches differ by what is in them.
fn key(request: &Request) -> String {
    let mut key = format!("{} {} {}", request.method, request.path, request.query);
    if request.path.ends_with("/$batch") {
        let mut hasher = DefaultHasher::new();
        request.body.hash(&mut hasher);
        key.push_str(&format!(" {:x}", hasher.finish()));
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], body: &str) -> Request {
        Request {
            method: "POST".into(),
            path: "/v1.0/users".into(),
            headers: headers
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: body.as_bytes().to_vec(),
            ..Request::default()
        }
    }

    const ID: (&str, &str) = ("client-request-id", "11111111-2222-4333-8444-555555555555");

    fn told(status: u16, headers: &[(&str, &str)]) -> Reply {
        let headers = headers
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Reply {
            status,
            headers,
            ..Reply::default()
        }
    }

    #[test]
    fn ids_and_media_types_are_expected() {
        let mut manners = Manners::default();
        assert_eq!(
            manners.check(
                &request(
                    &[ID, ("content-type", "application/json; charset=utf-8")],
                    "{}"
                ),
                Duration::ZERO
            ),
            [""; 0]
        );
        assert_eq!(manners.check(&request(&[ID], ""), Duration::ZERO), [""; 0]);
        assert_eq!(manners.check(&request(&[], "{}"), Duration::ZERO).len(), 2);
        assert_eq!(
            manners.check(&request(&[("client-request-id", "x")], ""), Duration::ZERO),
            ["client-request-id is not a GUID"]
        );
    }

    #[test]
    fn knocking_early_is_noticed_once_and_waiting_is_not() {
        let mut manners = Manners::default();
        let call = request(&[ID], "");
        manners.note(
            &call,
            &told(429, &[("Retry-After", "2")]),
            0,
            Duration::from_secs(10),
        );
        assert_eq!(
            manners.check(&call, Duration::from_secs(11)),
            ["repeated 1000 ms before Retry-After had passed"]
        );
        assert_eq!(manners.check(&call, Duration::from_secs(11)), [""; 0]);
        manners.note(
            &call,
            &told(503, &[("Retry-After", "Thu, 01 Jan 1970 00:00:03 GMT")]),
            1000,
            Duration::ZERO,
        );
        assert_eq!(manners.check(&call, Duration::from_secs(2)), [""; 0]);
        manners.note(&call, &told(429, &[]), 0, Duration::ZERO);
        assert_eq!(manners.check(&call, Duration::ZERO), [""; 0]);
    }

    #[test]
    fn an_operation_is_asked_for_in_its_time() {
        let mut manners = Manners::default();
        let accepted = told(
            202,
            &[
                ("Retry-After", "1"),
                ("Location", "http://127.0.0.1:1/v1.0/operations/7?x=1"),
            ],
        );
        manners.note(&request(&[ID], ""), &accepted, 0, Duration::ZERO);
        let mut poll = request(&[ID], "");
        (poll.method, poll.path, poll.query) =
            ("GET".into(), "/v1.0/operations/7".into(), "x=1".into());
        assert_eq!(manners.check(&poll, Duration::from_millis(100)).len(), 1);
    }
}
