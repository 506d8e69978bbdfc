//! A certificate an app signs in with: read from a file, checked here, and turned into a signed assertion for each request.
//!
//! Whatever can be told from the file alone is told before anything is sent: a key that fits no certificate, an encrypted or an
//! elliptic key, a certificate that has ended. Source: Microsoft Learn "Application authentication certificate credentials", read 2026-11.

mod der;
mod file;
#[cfg(test)]
pub(super) mod tests;
mod upload;

pub use upload::Upload;

use crate::error::{Error, ErrorCode, Result};
use crate::random;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::signature::{
    KeyPair as _, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long an assertion is good for.
const LIFE: Duration = Duration::from_secs(600);
/// How far the clock of the service may be behind ours.
const SKEW: Duration = Duration::from_secs(60);
/// A certificate that ends sooner than this is warned about.
const SOON: Duration = Duration::from_secs(30 * 86_400);

/// A private key with its certificate.
pub(super) struct Certificate {
    key: RsaKeyPair,
    /// DER, the leaf first.
    chain: Vec<Vec<u8>>,
    from: SystemTime,
    until: SystemTime,
    send_chain: bool,
}

impl Certificate {
    /// Reads a PEM or PKCS#12 file; which of them is told by its content.
    pub(super) fn read(
        path: &std::path::Path,
        password: Option<&Secret>,
        send_chain: bool,
    ) -> Result<Self> {
        file::read(path, password, send_chain)
    }

    /// Puts key and certificates together; the leaf is the certificate that fits the key, wherever it stands.
    fn of(key: RsaKeyPair, mut certificates: Vec<Vec<u8>>, send_chain: bool) -> Result<Self, Flaw> {
        let own = key.public_key().as_ref();
        let leaf = certificates
            .iter()
            .position(|der| der::rsa_key(der) == Some(own))
            .ok_or(match certificates.len() {
                0 => Flaw::NoCertificate,
                _ => Flaw::OtherKey,
            })?;
        let leaf = certificates.remove(leaf);
        let (from, until) = der::validity(&leaf).ok_or(Flaw::NoCertificate)?;
        certificates.insert(0, leaf);
        let whole = Certificate {
            key,
            chain: certificates,
            from,
            until,
            send_chain,
        };
        whole.try_key()?;
        Ok(whole)
    }

    /// Signs once and verifies with the certificate, so that a broken key is not found out by the service.
    fn try_key(&self) -> Result<(), Flaw> {
        let public = der::rsa_key(&self.chain[0]).ok_or(Flaw::NoCertificate)?;
        let signature = self.sign(b"probe").map_err(|_| Flaw::OtherKey)?;
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public)
            .verify(b"probe", &signature)
            .map_err(|_| Flaw::OtherKey)
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &random::generator(), text, &mut signature)
            .map_err(|_| Error::new(ErrorCode::Internal, "The certificate's key did not sign."))?;
        Ok(signature)
    }

    /// What should be known about the certificate's life, in words.
    pub(super) fn worry(&self, now: SystemTime) -> Option<String> {
        let date = |at: SystemTime| {
            let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            jiff::Timestamp::from_second(i64::try_from(seconds).unwrap_or(i64::MAX)).map_or_else(
                |_| "an unknown time".to_owned(),
                |at| at.strftime("%Y-%m-%d").to_string(),
            )
        };
        if now > self.until {
            return Some(format!(
                "The certificate ended on {}; the sign-in service will refuse it. Create a new one and upload it to the app registration.",
                date(self.until)
            ));
        }
        if now < self.from {
            return Some(format!(
                "The certificate is valid from {} on, later than this machine's clock.",
                date(self.from)
            ));
        }
        let left = self.until.duration_since(now).unwrap_or_default();
        (left < SOON).then(|| {
            format!(
                "The certificate ends on {}, in {} days. Upload a new one before that.",
                date(self.until),
                left.as_secs() / 86_400
            )
        })
    }

    /// SHA-1 of the certificate as portals show it.
    pub(super) fn thumbprint(&self) -> String {
        digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &self.chain[0])
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect()
    }

    /// A new assertion: PS256, the certificate's SHA-256, an id that was never used.
    pub(super) fn assertion(
        &self,
        audience: &str,
        client_id: &str,
        now: SystemTime,
    ) -> Result<Secret> {
        let mut header = json!({
            "alg": "PS256",
            "typ": "JWT",
            "x5t#S256": URL_SAFE_NO_PAD.encode(digest(&SHA256, &self.chain[0])),
        });
        if self.send_chain {
            header["x5c"] = self.chain.iter().map(|der| STANDARD.encode(der)).collect();
        }
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let claims = json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": random::uuid()?,
            "nbf": now.saturating_sub(SKEW).as_secs(),
            "iat": now.as_secs(),
            "exp": (now + LIFE).as_secs(),
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&header), part(&claims));
        let signature = self.sign(text.as_bytes())?;
        Ok(Secret::new(format!(
            "{text}.{}",
            URL_SAFE_NO_PAD.encode(signature)
        )))
    }
}

/// What is wrong with a certificate file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    NoKey,
    NoCertificate,
    OtherKey,
    EncryptedPem,
    Elliptic,
    NotRsa,
    Size,
    BadPem,
    BadP12,
    WrongPassword,
    PasswordMissing,
    Unknown,
}

impl Flaw {
    /// Why, and what to do.
    fn words(self) -> (&'static str, &'static str) {
        const BOTH: &str = "Give a PEM file that holds both the certificate and its private key, or a PKCS#12 (.pfx, .p12) file.";
        match self {
            Flaw::NoKey => ("It holds no private key.", BOTH),
            Flaw::NoCertificate => ("It holds no X.509 certificate that can be read.", BOTH),
            Flaw::OtherKey => (
                "None of its certificates belongs to its private key.",
                "Put the key next to the certificate that was made for it.",
            ),
            Flaw::EncryptedPem => (
                "The private key in it is encrypted in an old form that is not read.",
                "Convert it: openssl pkcs8 -topk8 -in KEY.pem -out NEW.pem, which asks for a password that AZURE_CLIENT_CERTIFICATE_PASSWORD then holds; or use a PKCS#12 file with AZURE_CLIENT_CERTIFICATE_PASSWORD.",
            ),
            Flaw::Elliptic => (
                "Its private key is an elliptic curve key, and Entra takes RSA keys only for this.",
                "Create a certificate with an RSA key of 2048 to 4096 bits.",
            ),
            Flaw::NotRsa => (
                "Its private key is not an RSA key that can be read.",
                "Create a certificate with an RSA key of 2048 to 4096 bits.",
            ),
            Flaw::Size => (
                "Its RSA key is shorter than 2048 or longer than 4096 bits.",
                "Create a certificate with an RSA key of 2048 to 4096 bits.",
            ),
            Flaw::BadPem => (
                "One of its PEM blocks is damaged.",
                "Export certificate and key again.",
            ),
            Flaw::BadP12 => (
                "It looks like PKCS#12 and could not be read.",
                "Export it again, or convert it: openssl pkcs12 -in FILE -nodes -out BOTH.pem.",
            ),
            Flaw::WrongPassword => (
                "The password in AZURE_CLIENT_CERTIFICATE_PASSWORD does not open it.",
                "Correct AZURE_CLIENT_CERTIFICATE_PASSWORD.",
            ),
            Flaw::PasswordMissing => (
                "It is protected by a password, and AZURE_CLIENT_CERTIFICATE_PASSWORD is not set.",
                "Set AZURE_CLIENT_CERTIFICATE_PASSWORD.",
            ),
            Flaw::Unknown => ("It is neither PEM nor PKCS#12.", BOTH),
        }
    }
}
