//! Can the services be reached: name, proxy, connection, TLS, clock. One bounded try each, no token, no retry.

use super::cloud::Origin;
use super::{Outgoing, Transport, base_headers};
use crate::error::{Error, ErrorCode, Result};
use crate::random;
use crate::settings::Env;
use hyper_util::client::proxy::matcher::Matcher;
use std::time::{Duration, SystemTime};
use url::Url;

/// Longest wait for a name or a connection.
const SHORT: Duration = Duration::from_secs(5);
/// Longest wait for a reply.
const REPLY: Duration = Duration::from_secs(10);

/// A proxy that requests go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The variable that names it; `None` where the system's settings do.
    pub variable: Option<&'static str>,
    /// Host and port, without user and password.
    pub shown: String,
    host: String,
    port: u16,
}

impl Proxy {
    /// What names it.
    #[must_use]
    pub fn named_by(&self) -> &'static str {
        self.variable.unwrap_or("the system's settings")
    }
}

/// What one request without a token came to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The server's clock.
    pub date: Option<SystemTime>,
    /// The body.
    pub body: Vec<u8>,
}

/// Host and port of an origin.
fn place(origin: &Origin) -> Option<(String, u16)> {
    let url = Url::parse(&origin.to_string()).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some((host, url.port_or_known_default()?))
}

/// The proxy of an origin, by environment and system: `None` where there is none, an error where a variable is without effect or
/// cannot be used. Loopback never goes through one.
#[must_use]
pub fn proxy_for(env: &Env, origin: &Origin) -> Option<Result<Proxy>> {
    // The same that the client itself is built with, so that both mean the same proxy.
    proxy_by(&Matcher::from_system(), env, origin)
}

fn proxy_by(matcher: &Matcher, env: &Env, origin: &Origin) -> Option<Result<Proxy>> {
    if origin.is_loopback() {
        return None;
    }
    let target: http::Uri = origin.to_string().parse().ok()?;
    let names: [&'static str; 4] = if origin.is_https() {
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
    };
    let alone = |value: &str| Matcher::builder().all(value).build().intercept(&target);
    let Some(found) = matcher.intercept(&target) else {
        let (variable, value) = names
            .into_iter()
            .find_map(|name| Some((name, env.get(name)?)))?;
        return (alone(value).is_none() && !is_excepted(env, &target)).then(|| {
            Err(Error::new(
                ErrorCode::BadConfig,
                format!("{variable} is not the address of a proxy, so none is used."),
            )
            .fix(format!("Set {variable} to http://HOST:PORT, or unset it.")))
        });
    };
    let variable = names.into_iter().find(|name| {
        let own = env.get(name).and_then(alone);
        own.is_some_and(|own| own.uri() == found.uri())
    });
    let uri = found.uri();
    let host = uri.host()?.to_owned();
    let usual = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => {
            let named_by = variable.unwrap_or("The system's settings");
            return Some(Err(Error::new(
                ErrorCode::BadConfig,
                format!("{named_by} names a SOCKS proxy, and only HTTP proxies can be used."),
            )
            .fix("Set HTTPS_PROXY to http://HOST:PORT of an HTTP proxy; many SOCKS servers have one beside.")));
        }
    };
    let port = uri.port_u16().unwrap_or(usual);
    Some(Ok(Proxy {
        variable,
        shown: format!("{host}:{port}"),
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
    }))
}

/// Whether `NO_PROXY` means a target: then a broken variable is without consequence.
fn is_excepted(env: &Env, target: &http::Uri) -> bool {
    let list = env.get("NO_PROXY").or_else(|| env.get("no_proxy"));
    let any = Matcher::builder().all("http://any.invalid");
    any.no(list.unwrap_or_default())
        .build()
        .intercept(target)
        .is_none()
}

/// Addresses of an origin's host.
pub async fn resolve(origin: &Origin) -> Result<usize> {
    let Some((host, port)) = place(origin) else {
        return Err(Error::new(ErrorCode::Internal, "The endpoint has no host."));
    };
    let failed = |why: String| {
        Error::new(
            ErrorCode::Network,
            format!("The name {host} could not be resolved."),
        )
        .why(why)
        .fix("Check the network and DNS; behind a proxy that resolves names set HTTPS_PROXY.")
    };
    match tokio::time::timeout(SHORT, tokio::net::lookup_host((host.as_str(), port))).await {
        Ok(Ok(found)) => match found.count() {
            0 => Err(failed("It has no address.".to_owned())),
            count => Ok(count),
        },
        Ok(Err(cause)) => Err(failed(cause.to_string())),
        Err(_) => Err(failed(format!(
            "There was no answer within {} s.",
            SHORT.as_secs()
        ))),
    }
}

/// Whether a proxy takes connections.
pub async fn knock(proxy: &Proxy) -> Result<()> {
    let failed = |why: String| {
        Error::new(
            ErrorCode::Network,
            format!(
                "The proxy {} of {} does not take connections.",
                proxy.shown,
                proxy.named_by()
            ),
        )
        .why(why)
        .fix(match proxy.variable {
            Some(name) => format!("Correct or unset {name}, or name the endpoints in NO_PROXY."),
            None => "Correct the proxy in the settings of the system, or name the endpoints in NO_PROXY.".to_owned(),
        })
    };
    let connected = tokio::net::TcpStream::connect((proxy.host.as_str(), proxy.port));
    match tokio::time::timeout(SHORT, connected).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(cause)) => Err(failed(cause.to_string())),
        Err(_) => Err(failed(format!(
            "There was no answer within {} s.",
            SHORT.as_secs()
        ))),
    }
}

/// Whether an error of `get` says that the other side's certificate is not trusted.
#[must_use]
pub fn is_about_trust(error: &Error) -> bool {
    error.stems_from::<super::trouble::Untrusted>()
}

/// One `GET` without a token. Any status counts as an answer.
pub async fn get(transport: &Transport, origin: &Origin, path: &str) -> Result<Answer> {
    let url = Url::parse(&format!("{origin}{path}")).map_err(|cause| {
        Error::new(ErrorCode::Internal, "The address could not be built.").source(cause)
    })?;
    let request = Outgoing {
        method: http::Method::GET,
        url,
        headers: base_headers(&random::uuid()?),
        body: None,
    };
    let reply = transport
        .send_within(&request, REPLY)
        .await
        .map_err(super::Failure::into_error)?;
    Ok(Answer {
        status: reply.status.as_u16(),
        date: reply.date(),
        body: reply.body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse_endpoint(text).unwrap()
    }

    /// As if these variables were those of the process.
    fn found(pairs: &[(&str, &str)], text: &str) -> Option<Result<Proxy>> {
        let env = Env::of(pairs);
        let of = |name| env.get(name).unwrap_or_default().to_owned();
        let matcher = Matcher::builder()
            .all(of("ALL_PROXY"))
            .https(of("HTTPS_PROXY"))
            .no(of("NO_PROXY"))
            .build();
        proxy_by(&matcher, &env, &origin(text))
    }

    #[test]
    fn the_proxy_of_an_origin() {
        let pairs = [
            ("HTTPS_PROXY", "http://user:secret@proxy.example:8080"),
            ("NO_PROXY", "localhost,.internal.example, 10.0.0.0/8"),
        ];
        let of = |pairs: &[(&str, &str)], text: &str| found(pairs, text).map(Result::unwrap);
        let proxy = of(&pairs, "https://graph.microsoft.com").unwrap();
        assert_eq!(proxy.shown, "proxy.example:8080");
        assert_eq!(proxy.variable, Some("HTTPS_PROXY"));
        for direct in [
            "https://graph.internal.example",
            "https://10.1.2.3",
            "http://127.0.0.1:8080",
        ] {
            assert_eq!(of(&pairs, direct), None, "{direct}");
        }
        let bare = [("ALL_PROXY", "proxy.example:3128")];
        let proxy = of(&bare, "https://graph.microsoft.com").unwrap();
        assert_eq!(
            (proxy.shown.as_str(), proxy.variable),
            ("proxy.example:3128", Some("ALL_PROXY"))
        );
        // What cannot be used does not hide what can.
        let both = [
            ("HTTPS_PROXY", "ftp://a.example"),
            ("ALL_PROXY", "http://b.example"),
        ];
        let proxy = of(&both, "https://graph.microsoft.com").unwrap();
        assert_eq!(
            (proxy.shown.as_str(), proxy.variable),
            ("b.example:80", Some("ALL_PROXY"))
        );
    }

    #[test]
    fn a_variable_that_names_no_proxy_is_told_where_it_matters() {
        let target = "https://graph.microsoft.com";
        let broken = ("HTTPS_PROXY", "http://:secret@");
        let error = found(&[broken], target).unwrap().unwrap_err();
        assert!(error.message().contains("not the address of a proxy"));
        assert!(!format!("{error:?}").contains("secret"));
        assert!(found(&[broken, ("NO_PROXY", "microsoft.com")], target).is_none());
        let socks = found(&[("ALL_PROXY", "socks5://a.example:1080")], target);
        assert!(socks.unwrap().unwrap_err().message().contains("SOCKS"));
    }

    /// Where no variable says so, it is the system that has a proxy.
    #[test]
    fn a_proxy_of_the_system_has_no_variable() {
        let matcher = Matcher::builder().all("http://proxy.example:8080").build();
        let proxy = proxy_by(
            &matcher,
            &Env::default(),
            &origin("https://graph.microsoft.com"),
        );
        let proxy = proxy.unwrap().unwrap();
        assert_eq!(
            (proxy.variable, proxy.named_by()),
            (None, "the system's settings")
        );
    }
}
