//! Why a connection failed, in words: the name, the proxy, the trust, the time.
//!
//! The libraries tell it only in the chain of causes, and as text; what is not recognised keeps that text.

use super::Failure;
use crate::error::{Error, ErrorCode};
use std::fmt;

/// The error without its URL, whose query may hold what must not be shown.
pub(super) fn strip(cause: reqwest::Error) -> anyhow::Error {
    anyhow::Error::new(cause.without_url())
}

/// Below the error of a side that is not trusted: the library's words.
#[derive(Debug)]
pub(super) struct Untrusted(String);

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Untrusted {}

pub(super) fn failure(cause: reqwest::Error, origin: &str) -> Failure {
    let never_sent = cause.is_connect() || cause.is_builder();
    let timeout = cause.is_timeout();
    let chain = format!("{:#}", strip(cause));
    let lower = chain.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let mut trusted = true;
    let (what, fix) = if says(&[
        "proxy authentication required",
        "proxy authorization required",
    ]) {
        (
            format!("The proxy on the way to {origin} wants a user and password."),
            "Put them into the proxy's address: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded.",
        )
    } else if says(&[
        "unknownissuer",
        "unknown issuer",
        "self-signed",
        "self signed",
    ]) {
        trusted = false;
        (
            format!(
                "The certificate of {origin} comes from an authority that is not trusted here."
            ),
            "Behind an inspecting proxy give its CA with --ca-file or SSL_CERT_FILE; on slim containers install ca-certificates.",
        )
    } else if says(&["certificate", "handshake", "tls"]) && !says(&["tunnel"]) {
        trusted = false;
        (
            format!("No trusted connection to {origin} could be made."),
            "Check the clock; behind an inspecting proxy give its CA with --ca-file; on slim containers install ca-certificates.",
        )
    } else if says(&["tunnel", "proxy"]) {
        (
            format!("The proxy did not let the connection to {origin} through."),
            "Check HTTPS_PROXY and NO_PROXY, and that the proxy can reach the server.",
        )
    } else if says(&["dns", "resolve", "lookup"]) {
        (
            format!("The name in {origin} could not be resolved."),
            "Check the network and DNS; where only a proxy reaches the internet, set HTTPS_PROXY; check --cloud and the endpoints.",
        )
    } else if timeout {
        (
            format!("{origin} did not answer in time."),
            "Check the network and the proxy, and try again.",
        )
    } else if never_sent {
        (
            format!("{origin} could not be reached."),
            "Check the network, HTTPS_PROXY and the endpoint.",
        )
    } else {
        (
            format!("The connection to {origin} broke before the reply came."),
            "Try again.",
        )
    };
    let error = Error::new(ErrorCode::Network, what).fix(fix);
    let error = if trusted {
        error.source(anyhow::anyhow!(chain))
    } else {
        error.source(Untrusted(chain))
    };
    if never_sent {
        Failure::NeverSent(error)
    } else {
        Failure::Lost(error, None)
    }
}
