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
use crate::sandbox::x509;

/// The assertion's own type.
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Audience of tokens from outside.
const FEDERATION_AUDIENCE: &str = "api://AzureADTokenExchange";

/// Seconds two clocks may differ.
const SKEW_S: i64 = 300;

/// A key or an issuer that an application is trusted to prove itself with, beside what its registration says.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Trusted {
    client_id: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Certificate(Key),
    Federation { issuer: String, subject: String },
}

/// A certificate an assertion may be signed with.
#[derive(Debug, Clone)]
struct Key {
    /// PKCS#1 RSA public key.
    rsa: Vec<u8>,
    sha256: Vec<u8>,
    sha1: Vec<u8>,
    not_after: i64,
}

impl Key {
    fn read(der: &[u8]) -> Option<Self> {
        let certificate = x509::read(der)?;
        let print = |algorithm| digest::digest(algorithm, der).as_ref().to_vec();
        Some(Self {
            rsa: certificate.rsa_key?.to_vec(),
            sha256: print(&SHA256),
            sha1: print(&SHA1_FOR_LEGACY_USE_ONLY),
            not_after: certificate.not_after,
        })
    }

    fn named_in(&self, head: &Value) -> bool {
        thumbprint(&head["x5t#S256"]).as_ref() == Some(&self.sha256)
            || thumbprint(&head["x5t"]).as_ref() == Some(&self.sha1)
    }
}

impl Trusted {
    /// A certificate uploaded to the application; DER.
    pub(in crate::sandbox) fn certificate(client_id: &str, der: &[u8]) -> Result<Self, String> {
        let key = Key::read(der).ok_or("this is not an X.509 certificate with an RSA key")?;
        Ok(Self {
            client_id: client_id.to_owned(),
            kind: Kind::Certificate(key),
        })
    }

    /// A federated credential of the application.
    pub(in crate::sandbox) fn federation(client_id: &str, issuer: &str, subject: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            kind: Kind::Federation {
                issuer: issuer.to_owned(),
                subject: subject.to_owned(),
            },
        }
    }

    fn of(&self, client: &ClientApp) -> bool {
        self.client_id.eq_ignore_ascii_case(&client.client_id)
    }
}

/// A client assertion taken apart; nothing of it is believed yet.
struct Assertion<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    head: Value,
    payload: Value,
}

impl<'a> Assertion<'a> {
    fn read(text: &'a str) -> Result<Self, Refusal> {
        let parts = || {
            let (signed, signature) = text.rsplit_once('.')?;
            let (head, payload) = signed.split_once('.')?;
            Some(Self {
                signed,
                signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
                head: json_part(head)?,
                payload: json_part(payload)?,
            })
        };
        parts().ok_or_else(|| {
            Refusal::about(
                aadsts::REQUEST_INVALID,
                "The client assertion is not a signed JWT.",
            )
        })
    }

    fn claim(&self, name: &str) -> &str {
        self.payload[name].as_str().unwrap_or_default()
    }

    /// Whether one of the keys made the signature.
    fn signed_by(&self, keys: &[&[u8]]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.head["alg"].as_str() {
            Some("PS256") => &RSA_PSS_2048_8192_SHA256,
            Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
            _ => return false,
        };
        keys.iter().any(|key| {
            UnparsedPublicKey::new(algorithm, key)
                .verify(self.signed.as_bytes(), &self.signature)
                .is_ok()
        })
    }

    fn check_times(&self, now_ms: i64) -> Result<(), Refusal> {
        let now = now_ms.div_euclid(1000);
        let time = |name: &str| self.payload[name].as_i64();
        if time("exp").is_none_or(|exp| exp + SKEW_S < now)
            || time("nbf").is_some_and(|nbf| nbf - SKEW_S > now)
        {
            return Err(aadsts::ASSERTION_TIME.into());
        }
        Ok(())
    }
}

impl Entra {
    /// Checks `client_assertion`. One that the application issued itself is signed with a certificate; any other is of an outside
    /// issuer.
    pub(super) fn check_assertion(
        &mut self,
        visit: &mut Visit<'_>,
        client: &ClientApp,
        text: &str,
    ) -> Result<(), Refusal> {
        let assertion = Assertion::read(text)?;
        if assertion
            .claim("iss")
            .eq_ignore_ascii_case(&client.client_id)
        {
            self.check_certificate(visit, client, &assertion)
        } else {
            self.check_federation(visit, client, &assertion)
        }
    }

    /// Known certificate, signature, audience, times, and a `jti` never seen before.
    fn check_certificate(
        &mut self,
        visit: &mut Visit<'_>,
        client: &ClientApp,
        assertion: &Assertion<'_>,
    ) -> Result<(), Refusal> {
        let unknown = |why: &str| {
            Refusal::about(
                aadsts::ASSERTION_UNKNOWN,
                &format!("{why}Client app ID: {}.", client.client_id),
            )
        };
        let uploaded = visit.tenant.certificates_of(&client.client_id);
        let lent = self
            .trusted
            .iter()
            .filter(|one| one.of(client))
            .filter_map(|one| match &one.kind {
                Kind::Certificate(key) => Some(key.clone()),
                Kind::Federation { .. } => None,
            });
        let key = uploaded
            .iter()
            .filter_map(|der| Key::read(der))
            .chain(lent)
            .find(|key| key.named_in(&assertion.head))
            .ok_or_else(|| unknown(""))?;
        if !assertion.signed_by(&[&key.rsa]) {
            return Err(unknown(""));
        }
        if key.not_after < visit.now_ms {
            return Err(unknown("[Reason - The key used is expired.] "));
        }
        if assertion.claim("aud") != format!("{}{}", visit.origin, visit.request.path) {
            return Err(Refusal::about(
                aadsts::ASSERTION_AUDIENCE,
                &client.client_id,
            ));
        }
        assertion.check_times(visit.now_ms)?;
        if !assertion
            .claim("sub")
            .eq_ignore_ascii_case(&client.client_id)
        {
            return Err(Refusal::about(aadsts::ASSERTION_SUBJECT, &client.client_id));
        }
        let jti = assertion.claim("jti");
        if jti.is_empty() || self.seen_jti.iter().any(|seen| seen == jti) {
            visit.breach("a client assertion without a fresh jti");
        }
        // An assertion lives minutes, so the latest are enough to notice one that comes again.
        self.seen_jti.truncate(999);
        self.seen_jti.insert(0, jti.to_owned());
        Ok(())
    }

    /// A federated credential that names issuer, subject and audience letter for letter, then the issuer's signature and the times.
    fn check_federation(
        &self,
        visit: &Visit<'_>,
        client: &ClientApp,
        assertion: &Assertion<'_>,
    ) -> Result<(), Refusal> {
        let (issuer, subject) = (assertion.claim("iss"), assertion.claim("sub"));
        let lent = self
            .trusted
            .iter()
            .filter(|one| one.of(client))
            .filter_map(|one| match &one.kind {
                Kind::Federation { issuer, subject } => Some(Record {
                    issuer: issuer.clone(),
                    subject: subject.clone(),
                    audiences: vec![FEDERATION_AUDIENCE.to_owned()],
                }),
                Kind::Certificate(_) => None,
            });
        let mut records: Vec<Record> = visit
            .tenant
            .federations_of(&client.client_id)
            .iter()
            .map(Record::read)
            .chain(lent)
            .collect();
        let keep = |records: &mut Vec<Record>, fits: &dyn Fn(&Record) -> bool, row, said: &str| {
            records.retain(fits);
            if records.is_empty() {
                Err(Refusal::about(row, said))
            } else {
                Ok(())
            }
        };
        keep(
            &mut records,
            &|one| one.issuer == issuer,
            aadsts::FEDERATION_ISSUER,
            issuer,
        )?;
        keep(
            &mut records,
            &|one| one.subject == subject,
            aadsts::FEDERATION_SUBJECT,
            subject,
        )?;
        let audiences = match &assertion.payload["aud"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        keep(
            &mut records,
            &|one| {
                one.audiences
                    .iter()
                    .any(|own| audiences.contains(&own.as_str()))
            },
            aadsts::FEDERATION_AUDIENCE,
            &audiences.join(", "),
        )?;
        let keys: Vec<&[u8]> = self
            .issuers
            .iter()
            .filter(|(own, _)| own == issuer)
            .map(|(_, key)| key.as_slice())
            .collect();
        if assertion.head["alg"] != "RS256" || !assertion.signed_by(&keys) {
            let why = if keys.is_empty() {
                format!("The sandbox was told no key of {issuer}.")
            } else {
                format!("Client app ID: {}.", client.client_id)
            };
            return Err(Refusal::about(aadsts::ASSERTION_UNKNOWN, &why));
        }
        assertion.check_times(visit.now_ms)
    }
}

/// A federated credential as the check needs it.
struct Record {
    issuer: String,
    subject: String,
    audiences: Vec<String>,
}

impl Record {
    fn read(credential: &Value) -> Self {
        let text = |name: &str| credential[name].as_str().unwrap_or_default().to_owned();
        Self {
            issuer: text("issuer"),
            subject: text("subject"),
            audiences: credential["audiences"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| one.as_str().map(str::to_owned))
                .collect(),
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
