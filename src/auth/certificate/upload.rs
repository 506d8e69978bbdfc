//! The public part of a certificate file, as an app registration takes it. A private key in the file is used to find the
//! certificate that belongs to it, and goes nowhere.

use super::{Flaw, der, file};
use crate::error::{Error, ErrorCode, Result};
use crate::files;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Lengths of RSA keys that can sign in.
const BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// A certificate to be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    der: Vec<u8>,
    until: SystemTime,
}

impl Upload {
    /// Reads PEM with or without the key, DER, or PKCS#12; refuses what could not sign in.
    pub fn read(path: &Path, password: Option<&Secret>, now: SystemTime) -> Result<Self> {
        let refused = |why: String, fix: &str| {
            Error::new(
                ErrorCode::BadInput,
                format!("The certificate {} cannot be used.", files::shown(path)),
            )
            .why(why)
            .fix(fix)
        };
        const MAKE: &str = "Make one: openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=admin-reset -keyout key.pem -out cert.pem; then cat key.pem cert.pem > both.pem for the job.";
        let bytes = file::bytes(path).map_err(|why| refused(why, "Correct --certificate."))?;
        let der = certificate(&bytes, password).map_err(|flaw| match flaw {
            Flaw::NoCertificate | Flaw::NoKey | Flaw::Unknown => refused(
                "It holds no X.509 certificate that can be read.".to_owned(),
                MAKE,
            ),
            flaw => {
                let (why, fix) = flaw.words();
                refused(why.to_owned(), fix)
            }
        })?;
        let (_, until) = der::validity(&der).ok_or_else(|| {
            refused(
                "It is no X.509 certificate that can be read.".to_owned(),
                MAKE,
            )
        })?;
        match der::rsa_bits(&der) {
            Some(bits) if BITS.contains(&bits) => {}
            Some(bits) => {
                return Err(refused(
                    format!(
                        "Its RSA key has {bits} bits; it takes {} to {}.",
                        BITS.start(),
                        BITS.end()
                    ),
                    MAKE,
                ));
            }
            None => {
                return Err(refused(
                    "Its key is not RSA, and Entra takes RSA keys only for this.".to_owned(),
                    MAKE,
                ));
            }
        }
        let upload = Upload { der, until };
        if until < now {
            return Err(refused(format!("It ended on {}.", upload.ends_on()), MAKE));
        }
        Ok(upload)
    }

    /// DER in base64, as Graph takes it.
    #[must_use]
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    /// SHA-256 in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        self.print(&SHA256)
    }

    /// SHA-1 in hexadecimal, as portals show it.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.print(&SHA1_FOR_LEGACY_USE_ONLY)
    }

    fn print(&self, algorithm: &'static Algorithm) -> String {
        digest(algorithm, &self.der)
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect()
    }

    /// Its last day.
    #[must_use]
    pub fn ends_on(&self) -> String {
        let since = self.until.duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs())
            .ok()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .map_or_else(
                || "an unknown day".to_owned(),
                |at| at.strftime("%Y-%m-%d").to_string(),
            )
    }
}

/// The certificate of a file: the one that fits the key, where there is a key; else the first.
fn certificate(bytes: &[u8], password: Option<&Secret>) -> Result<Vec<u8>, Flaw> {
    if der::validity(bytes).is_some() {
        return Ok(bytes.to_vec());
    }
    let flaw = match file::parse(bytes, password, false) {
        Ok(whole) => return whole.chain.into_iter().next().ok_or(Flaw::NoCertificate),
        Err(flaw) => flaw,
    };
    let begin = b"-----BEGIN CERTIFICATE-----";
    let first = bytes
        .windows(begin.len())
        .position(|window| window == begin);
    match (flaw, first) {
        // The private key may be elsewhere, or out of reach: it is not needed here, nor read again. What protects PKCS#12 protects
        // the certificate too.
        (
            Flaw::NoKey | Flaw::EncryptedPem | Flaw::PasswordMissing | Flaw::WrongPassword,
            Some(at),
        ) => CertificateDer::from_pem_slice(&bytes[at..])
            .map(|der| der.to_vec())
            .map_err(|_| Flaw::BadPem),
        (flaw, _) => Err(flaw),
    }
}
