//! Sealing to age recipients and opening with age identities: how a secret rests in a file that only its owners can read.
//!
//! Encrypts to native (`age1…`) and hardware-tag (`age1tag1…`, `age1tagpq1…`) recipients, starts no plugin program and takes no SSH
//! key. Knows neither destinations nor commands; writes no file. No error of it repeats a private key or what was sealed.

mod document;
mod identity;
mod recipients;

#[cfg(test)]
mod tests;

pub use document::{Document, SCHEMA};
pub use identity::{Identities, Lock, locked};
pub use recipients::{Form, Recipients};

use crate::error::{Error, ErrorCode, Result};
use age::{DecryptError, Decryptor, armor::ArmoredReader};
use std::io::Read;
use zeroize::Zeroizing;

/// Longest sealed content that is taken in. What this program seals is below 10 KiB.
pub const LIMIT: usize = 1024 * 1024;

/// Whether bytes look like an age file, armored or not.
#[must_use]
pub fn is_sealed(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    text.starts_with(b"age-encryption.org/")
        || text.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----")
}

/// Opens what was sealed, armored or not. `named` is how sentences call it.
pub fn open(sealed: &[u8], identities: &Identities, named: &str) -> Result<Zeroizing<Vec<u8>>> {
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(sealed))
        .map_err(|cause| refused(&cause, named))?;
    if decryptor.is_scrypt() {
        return Err(Error::new(
            ErrorCode::SealBroken,
            format!("{named} is sealed with a passphrase, not to a recipient."),
        )
        .why("This tool seals to recipients and opens with their identities.")
        .fix("Open it with: age -d FILE"));
    }
    let reader = decryptor
        .decrypt(identities.borrowed())
        .map_err(|cause| refused(&cause, named))?;
    // One block that never grows: a buffer that moves leaves copies behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader
        .take(LIMIT as u64)
        .read_to_end(&mut plain)
        .map_err(|_| damaged(named))?;
    Ok(plain)
}

fn damaged(named: &str) -> Error {
    Error::new(
        ErrorCode::SealBroken,
        format!("{named} is damaged: it was changed or cut after it was sealed."),
    )
    .why("The authentication of age does not fit the content.")
    .fix("Take another copy of the file.")
}

/// The library's own words are localised at a cost of size and may quote; these are ours.
fn refused(cause: &DecryptError, named: &str) -> Error {
    match cause {
        DecryptError::NoMatchingKeys => Error::new(
            ErrorCode::SealBroken,
            format!("None of the identities opens {named}."),
        )
        .why("It was sealed to other recipients.")
        .fix("Give the identity of one of its recipients with --identity FILE."),
        DecryptError::InvalidMac | DecryptError::DecryptionFailed => damaged(named),
        DecryptError::Io(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
            damaged(named)
        }
        DecryptError::UnknownFormat => Error::new(
            ErrorCode::SealBroken,
            format!("{named} is of a later version of age."),
        )
        .fix("Open it with a current age: age -d -i IDENTITY FILE"),
        _ => Error::new(
            ErrorCode::SealBroken,
            format!("{named} is no whole age file."),
        )
        .why("Its beginning cannot be read; it is damaged or something else.")
        .fix("Take another copy of the file."),
    }
}
