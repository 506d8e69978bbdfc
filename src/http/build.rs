//! Building an HTTP client: limits, roots of trust, proxy or none.

use super::trouble::strip;
use super::{CALL_TIMEOUT, HEADER_LIMIT};
use crate::error::{Error, ErrorCode, Result};
use std::path::Path;
use std::time::Duration;

/// What a client is for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// A certificate authority beside the system's.
    pub(super) ca_file: Option<&'a Path>,
    /// Whether TLS will be spoken.
    pub(super) tls: bool,
    /// Whether the proxy of the environment or the system is used.
    pub(super) proxy: bool,
    /// How long a connection may take.
    pub(super) connect: Duration,
}

/// Builds it.
pub(super) fn client(wanted: &Wanted<'_>) -> Result<reqwest::Client> {
    // `Err` means that a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(wanted.connect)
        .timeout(CALL_TIMEOUT)
        .referer(false)
        .pool_max_idle_per_host(16)
        .http2_max_header_list_size(HEADER_LIMIT as u32)
        .user_agent(concat!("admin-reset/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = wanted.ca_file {
        builder = builder.tls_certs_merge(certificates(path)?);
    } else if !wanted.tls {
        builder = builder.tls_certs_only([]);
    }
    if !wanted.proxy {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|cause| {
        Error::new(ErrorCode::Network, "The HTTP client could not be set up.")
            .fix("Check --ca-file, SSL_CERT_FILE and the proxy variables.")
            .source(strip(cause))
    })
}

fn certificates(path: &Path) -> Result<Vec<reqwest::Certificate>> {
    let refuse = |why: String| {
        Error::new(
            ErrorCode::BadInput,
            format!("The CA file {} cannot be used.", path.display()),
        )
        .why(why)
        .fix("Give a PEM file with one or more CERTIFICATE blocks.")
    };
    let bytes = std::fs::read(path).map_err(|cause| refuse(cause.to_string()))?;
    let found =
        reqwest::Certificate::from_pem_bundle(&bytes).map_err(|cause| refuse(cause.to_string()))?;
    if found.is_empty() {
        Err(refuse("It holds no certificate.".to_owned()))
    } else {
        Ok(found)
    }
}
