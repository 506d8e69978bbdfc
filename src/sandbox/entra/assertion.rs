//! Client assertions: certificates and federated credentials an application may prove itself with.
//!
//! Source: Microsoft Learn "Application authentication certificate credentials" and "Workload identity federation", mid 2026.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::Value;

use super::aadsts::{self, Refusal};
use super::{Entra, Visit};
use crate::sandbox::tenant::ClientApp;

/// The assertion's own type.
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Audience of tokens from outside.
const FEDERATION_AUDIENCE: &str = "api://AzureADTokenExchange";

/// Seconds two clocks may differ.
const SKEW_S: i64 = 300;

/// A key an application may sign with.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Trusted {
    client_id: String,
    /// PKCS#1 RSA public key.
    key: Vec<u8>,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Certificate { sha256: Vec<u8>, sha1: Vec<u8> },
    Federation { issuer: String, subject: String },
}

impl Trusted {
    /// A certificate uploaded to the application; DER.
    pub(in crate::sandbox) fn certificate(client_id: &str, der: &[u8]) -> Result<Self, String> {
        let key = rsa_key(der).ok_or("this is not an X.509 certificate with an RSA key")?;
        let print = |algorithm| digest::digest(algorithm, der).as_ref().to_vec();
        let kind = Kind::Certificate {
            sha256: print(&SHA256),
            sha1: print(&SHA1_FOR_LEGACY_USE_ONLY),
        };
        Ok(Self {
            client_id: client_id.to_owned(),
            key: key.to_vec(),
            kind,
        })
    }

    /// A federated credential of the application; the issuer's RSA key is given as PKCS#1 DER.
    pub(in crate::sandbox) fn federation(
        client_id: &str,
        issuer: &str,
        subject: &str,
        key: &[u8],
    ) -> Self {
        let kind = Kind::Federation {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
        };
        Self {
            client_id: client_id.to_owned(),
            key: key.to_vec(),
            kind,
        }
    }
}

impl Entra {
    /// Checks `client_assertion`: known key, signature, audience, times, and a `jti` never seen before.
    pub(super) fn check_assertion(
        &mut self,
        visit: &mut Visit<'_>,
        client: &ClientApp,
        text: &str,
    ) -> Result<(), Refusal> {
        let malformed = || {
            Refusal::about(
                aadsts::REQUEST_INVALID,
                "The client assertion is not a signed JWT.",
            )
        };
        let (signed, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (head, payload) = signed.split_once('.').ok_or_else(malformed)?;
        let (head, payload) = (
            json_part(head).ok_or_else(malformed)?,
            json_part(payload).ok_or_else(malformed)?,
        );
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?;
        let unknown = || {
            Refusal::about(
                aadsts::ASSERTION_UNKNOWN,
                &format!("Client app ID: {}.", client.client_id),
            )
        };
        let fits = |trusted: &&Trusted| {
            trusted.client_id == client.client_id && trusted.kind.fits(&head, &payload)
        };
        let trusted = self.trusted.iter().find(fits).ok_or_else(unknown)?;
        let algorithm: &'static dyn VerificationAlgorithm = match head["alg"].as_str() {
            Some("PS256") => &RSA_PSS_2048_8192_SHA256,
            Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
            _ => return Err(unknown()),
        };
        let key = UnparsedPublicKey::new(algorithm, &trusted.key);
        key.verify(signed.as_bytes(), &signature)
            .map_err(|_| unknown())?;
        let wanted = match trusted.kind {
            Kind::Certificate { .. } => format!("{}{}", visit.origin, visit.request.path),
            Kind::Federation { .. } => FEDERATION_AUDIENCE.to_owned(),
        };
        if payload["aud"] != wanted.as_str() {
            return Err(Refusal::about(
                aadsts::ASSERTION_AUDIENCE,
                &client.client_id,
            ));
        }
        let now = visit.now_ms.div_euclid(1000);
        let time = |name: &str| payload[name].as_i64();
        if time("exp").is_none_or(|exp| exp + SKEW_S < now)
            || time("nbf").is_some_and(|nbf| nbf - SKEW_S > now)
        {
            return Err(aadsts::ASSERTION_TIME.into());
        }
        if matches!(trusted.kind, Kind::Certificate { .. }) {
            let jti = payload["jti"].as_str().unwrap_or_default();
            if jti.is_empty() || self.seen_jti.iter().any(|seen| seen == jti) {
                visit.breach("a client assertion without a fresh jti");
            }
            // An assertion lives minutes, so the latest are enough to notice one that comes again.
            self.seen_jti.truncate(999);
            self.seen_jti.insert(0, jti.to_owned());
        }
        Ok(())
    }
}

impl Kind {
    fn fits(&self, head: &Value, payload: &Value) -> bool {
        match self {
            Self::Certificate { sha256, sha1 } => {
                thumbprint(&head["x5t#S256"]) == Some(sha256.clone())
                    || thumbprint(&head["x5t"]) == Some(sha1.clone())
            }
            Self::Federation { issuer, subject } => {
                payload["iss"] == issuer.as_str() && payload["sub"] == subject.as_str()
            }
        }
    }
}

/// Both base64 alphabets are taken, as Entra does.
fn thumbprint(value: &Value) -> Option<Vec<u8>> {
    let text = value
        .as_str()?
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_");
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn json_part(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// The RSA key inside a certificate: `tbsCertificate.subjectPublicKeyInfo.subjectPublicKey`.
fn rsa_key(certificate: &[u8]) -> Option<&[u8]> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    if fields.first() == Some(&0xA0) {
        fields = element(fields)?.2; // the version is optional
    }
    for _ in 0..5 {
        fields = element(fields)?.2; // serial, signature, issuer, validity, subject
    }
    let (_, info, _) = element(fields)?;
    let (_, _, after_algorithm) = element(info)?;
    match element(after_algorithm)? {
        (0x03, [0, key @ ..], _) => Some(key),
        _ => None,
    }
}

/// Splits one DER element off: tag, content, rest.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest
            .split_at_checked(usize::from(first & 0x7F))
            .filter(|(bytes, _)| bytes.len() <= 4)?;
        (
            bytes
                .iter()
                .fold(0, |length, &byte| length << 8 | usize::from(byte)),
            rest,
        )
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
