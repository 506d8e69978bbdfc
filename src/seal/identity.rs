//! Who opens: age identities, from a file, behind a passphrase, or made here for a key store.
//!
//! A private key is a [`Secret`] wherever it is text. Never says what a line holds, only where it stands.

use super::recipients::Recipients;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use age::secrecy::{ExposeSecret, SecretString};
use age::{DecryptError, Decryptor, armor::ArmoredReader, scrypt, x25519};
use std::io::Read;
use zeroize::Zeroizing;

/// Longest file of identities.
const FILE_LIMIT: u64 = 64 * 1024;

/// One or more age identities.
#[derive(Clone)]
pub struct Identities(Vec<x25519::Identity>);

/// What stands between a file of identities and its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Nothing.
    Open,
    /// A passphrase.
    Passphrase,
}

/// Whether the bytes of a file of identities want a passphrase; an error when they are neither kind.
pub fn locked(bytes: &[u8], named: &str) -> Result<Lock> {
    if !super::is_sealed(bytes) {
        return Ok(Lock::Open);
    }
    match Decryptor::new_buffered(ArmoredReader::new(bytes)) {
        Ok(decryptor) if decryptor.is_scrypt() => Ok(Lock::Passphrase),
        Ok(_) => Err(unusable(named)
            .why("It is sealed to other recipients, not with a passphrase.")
            .fix("Open it first with: age -d -i IDENTITY FILE")),
        Err(_) => Err(unusable(named)
            .why("It is a damaged age file.")
            .fix("Take another copy of the file.")),
    }
}

impl Identities {
    /// Makes a new identity.
    #[must_use]
    pub fn generate() -> Self {
        Identities(vec![x25519::Identity::generate()])
    }

    /// Reads identities as age-keygen writes them; `named` is how sentences call the source.
    pub fn parse(text: &str, named: &str) -> Result<Self> {
        let mut found = Vec::new();
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            found.push(line.parse::<x25519::Identity>().map_err(|_| {
                let error = unusable(named);
                let upper = line.to_ascii_uppercase();
                if upper.starts_with("AGE-PLUGIN-") {
                    error
                        .why(format!(
                            "Line {} is for a plugin of age, and plugin programs are not started.",
                            number + 1
                        ))
                        .fix("Open the sealed file with: age -d -i IDENTITY FILE")
                } else if line.starts_with("age1") {
                    error
                        .why(format!(
                            "Line {} is a recipient, the public half; it seals and does not open.",
                            number + 1
                        ))
                        .fix("Give the file with the line that begins with AGE-SECRET-KEY-1.")
                } else {
                    error
                        .why(format!("Line {} is no age identity.", number + 1))
                        .fix("Give the file that age-keygen wrote.")
                }
            })?);
        }
        if found.is_empty() {
            return Err(unusable(named)
                .why("It holds no identity.")
                .fix("Give the file that age-keygen wrote."));
        }
        Ok(Identities(found))
    }

    /// Reads text that is a secret: of an entry of a key store, or typed.
    pub fn of_secret(text: &Secret, named: &str) -> Result<Self> {
        Self::parse(text.expose(), named)
    }

    /// Reads the bytes of a file; the passphrase is for a file that [`locked`] calls so.
    pub fn read(bytes: &[u8], passphrase: Option<&Secret>, named: &str) -> Result<Self> {
        let plain = match passphrase {
            None => Zeroizing::new(bytes.to_vec()),
            Some(passphrase) => unlock(bytes, passphrase, named)?,
        };
        let text = std::str::from_utf8(&plain).map_err(|_| {
            unusable(named)
                .why("It is not UTF-8 text.")
                .fix("Give the file that age-keygen wrote.")
        })?;
        Self::parse(text, named)
    }

    /// The first identity as text, for a key store.
    #[must_use]
    pub fn to_text(&self) -> Option<Secret> {
        let text = self.0.first()?.to_string();
        Some(Secret::new(text.expose_secret()))
    }

    /// Those whom these identities open for.
    pub fn recipients(&self) -> Result<Recipients> {
        Recipients::together(
            self.0
                .iter()
                .map(|one| one.to_public().to_string())
                .collect(),
        )
    }

    /// Adds the identities of another source.
    pub fn extend(&mut self, other: Identities) {
        self.0.extend(other.0);
    }

    pub(super) fn borrowed(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.0.iter().map(|one| one as &dyn age::Identity)
    }
}

fn unlock(bytes: &[u8], passphrase: &Secret, named: &str) -> Result<Zeroizing<Vec<u8>>> {
    let identity = scrypt::Identity::new(SecretString::from(passphrase.expose().to_owned()));
    let damaged = || {
        unusable(named)
            .why("It is a damaged age file.")
            .fix("Take another copy of the file.")
    };
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(bytes)).map_err(|_| damaged())?;
    let reader = decryptor
        .decrypt(std::iter::once(&identity as &dyn age::Identity))
        .map_err(|cause| match cause {
            DecryptError::ExcessiveWork { .. } => unusable(named)
                .why("Its passphrase was made so costly that this machine would work on it for too long.")
                .fix("Open it with: age -d FILE > key.txt"),
            DecryptError::InvalidHeader | DecryptError::InvalidMac => damaged(),
            _ => unusable(named).why("The passphrase is wrong.").fix("Try again."),
        })?;
    let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len()));
    reader
        .take(FILE_LIMIT)
        .read_to_end(&mut plain)
        .map_err(|_| damaged())?;
    Ok(plain)
}

fn unusable(named: &str) -> Error {
    Error::new(
        ErrorCode::BadInput,
        format!("The identity {named} cannot be used."),
    )
}
