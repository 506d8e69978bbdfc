//! Can the services be reached: name, proxy, connection, TLS, clock. One bounded try each, no token, no retry.

use super::cloud::Origin;
use super::{Outgoing, Transport, base_headers};
use crate::error::{Error, ErrorCode, Result};
use crate::random;
use crate::settings::Env;
use std::time::{Duration, SystemTime};
use url::Url;

/// Longest wait for a name or a connection.
const SHORT: Duration = Duration::from_secs(5);
/// Longest wait for a reply.
const REPLY: Duration = Duration::from_secs(10);

/// A proxy that requests go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The variable that names it.
    pub variable: &'static str,
    /// Host and port, without user and password.
    pub shown: String,
    host: String,
    port: u16,
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

/// The proxy that variables name for an origin: `None` where there is none, an error where the variable cannot be understood and
/// is therefore without effect. Loopback never goes through one.
#[must_use]
pub fn proxy_for(env: &Env, origin: &Origin) -> Option<Result<Proxy>> {
    if origin.is_loopback() {
        return None;
    }
    let (host, _) = place(origin)?;
    if ["NO_PROXY", "no_proxy"]
        .iter()
        .filter_map(|name| env.get(name))
        .flat_map(|list| list.split(','))
        .any(|rule| excepts(rule.trim(), &host))
    {
        return None;
    }
    let names: [&'static str; 4] = if origin.is_https() {
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
    };
    names.into_iter().find_map(|variable| {
        let value = env.get(variable)?;
        let text = if value.contains("://") {
            value.to_owned()
        } else {
            format!("http://{value}")
        };
        let url = Url::parse(&text).ok();
        let Some((url, host)) = url.as_ref().and_then(|url| Some((url, url.host_str()?))) else {
            return Some(Err(Error::new(
                ErrorCode::BadConfig,
                format!("{variable} is not the address of a proxy, so none is used."),
            )
            .fix(format!("Set {variable} to http://HOST:PORT, or unset it."))));
        };
        let port = url.port_or_known_default().unwrap_or(1080);
        Some(Ok(Proxy {
            variable,
            shown: format!("{host}:{port}"),
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
        }))
    })
}

/// Whether an entry of `NO_PROXY` means a host: `*`, the host, or a domain it is in.
fn excepts(rule: &str, host: &str) -> bool {
    let rule = rule
        .trim_start_matches('.')
        .trim_start_matches("*.")
        .to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    rule == "*" || (!rule.is_empty() && (host == rule || host.ends_with(&format!(".{rule}"))))
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
                proxy.shown, proxy.variable
            ),
        )
        .why(why)
        .fix(format!(
            "Correct or unset {}, or name the endpoints in NO_PROXY.",
            proxy.variable
        ))
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
    super::trouble::is_about_trust(error)
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

    #[test]
    fn the_proxy_of_an_origin() {
        let env = Env::of(&[
            ("HTTPS_PROXY", "http://user:secret@proxy.example:8080"),
            ("NO_PROXY", "localhost,.internal.example"),
        ]);
        let of = |env: &Env, text: &str| proxy_for(env, &origin(text)).map(|found| found.unwrap());
        let proxy = of(&env, "https://graph.microsoft.com").unwrap();
        assert_eq!(proxy.shown, "proxy.example:8080");
        assert_eq!(proxy.variable, "HTTPS_PROXY");
        assert_eq!(of(&env, "https://graph.internal.example"), None);
        assert_eq!(of(&env, "http://127.0.0.1:8080"), None);
        let bare = Env::of(&[("ALL_PROXY", "proxy.example:3128")]);
        let proxy = of(&bare, "https://graph.microsoft.com").unwrap();
        assert_eq!(proxy.shown, "proxy.example:3128");
        let broken = Env::of(&[("HTTPS_PROXY", "http://:secret@")]);
        let error = proxy_for(&broken, &origin("https://graph.microsoft.com"))
            .unwrap()
            .unwrap_err();
        assert!(!format!("{error:?}").contains("secret"));
    }

    #[test]
    fn exceptions_are_hosts_and_domains() {
        assert!(excepts("*", "a.b") && excepts(".b.c", "a.b.c") && excepts("b.c", "b.c"));
        assert!(!excepts("b.c", "ab.c") && !excepts("", "a"));
    }
}
