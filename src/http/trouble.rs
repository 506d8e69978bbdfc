//! Why a connection failed, in words: the name, the proxy, the trust, the time.
//!
//! The libraries tell it only in the chain of causes, and as text; what is not recognised keeps that text.

use super::Failure;
use crate::error::{Error, ErrorCode};

/// The error without its URL, whose query may hold what must not be shown.
pub(super) fn strip(cause: reqwest::Error) -> anyhow::Error {
    anyhow::Error::new(cause.without_url())
}

pub(super) fn failure(cause: reqwest::Error, origin: &str) -> Failure {
    let never_sent = cause.is_connect() || cause.is_builder();
    let timeout = cause.is_timeout();
    let chain = format!("{:#}", strip(cause));
    let lower = chain.to_ascii_lowercase();
    let (what, fix) = if lower.contains("certificate")
        || lower.contains("tls")
        || lower.contains("handshake")
    {
        (
            format!("No trusted connection to {origin} could be made."),
            "Check the clock; behind an inspecting proxy give its CA with --ca-file; on slim containers install ca-certificates.",
        )
    } else if lower.contains("dns") || lower.contains("resolve") || lower.contains("lookup") {
        (
            format!("The name in {origin} could not be resolved."),
            "Check the network and DNS; check --cloud and the endpoints.",
        )
    } else if lower.contains("tunnel") || lower.contains("proxy") {
        (
            format!("The proxy did not let the connection to {origin} through."),
            "Check HTTPS_PROXY and NO_PROXY.",
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
    let error = Error::new(ErrorCode::Network, what)
        .fix(fix)
        .source(anyhow::anyhow!(chain));
    if never_sent {
        Failure::NeverSent(error)
    } else {
        Failure::Lost(error, None)
    }
}
