//! Certificate files: PEM with its blocks in any order, or PKCS#12 with and without a password.

use super::{Certificate, Flaw, der};
use crate::error::{Error, ErrorCode, Result};
use crate::files;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as P12Error;
use pkcs5::EncryptionScheme;
use ring::signature::RsaKeyPair;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::Read as _;
use std::path::Path;
use zeroize::Zeroizing;

/// Longest file that is read.
const LIMIT: u64 = 1024 * 1024;

pub(super) fn read(
    path: &Path,
    password: Option<&Secret>,
    send_chain: bool,
) -> Result<Certificate> {
    let refused = |why: String| {
        Error::new(
            ErrorCode::BadConfig,
            format!(
                "The certificate file {} cannot be used.",
                files::shown(path)
            ),
        )
        .why(why)
    };
    let bytes =
        bytes(path).map_err(|why| refused(why).fix("Correct AZURE_CLIENT_CERTIFICATE_PATH."))?;
    parse(&bytes, password, send_chain).map_err(|flaw| {
        let (why, fix) = flaw.words();
        refused(why.to_owned()).fix(fix)
    })
}

/// The bytes of a file that may hold a key, or why they cannot be had.
pub(super) fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    files::open_to_read(path)
        .and_then(|file| {
            file.take(LIMIT + 1)
                .read_to_end(&mut bytes)
                .map_err(|cause| {
                    Error::new(ErrorCode::BadConfig, "It cannot be read.").source(cause)
                })
        })
        .map_err(|error| error.cause().unwrap_or_else(|| error.message().to_owned()))?;
    if bytes.len() as u64 > LIMIT {
        return Err(format!("It is longer than {LIMIT} bytes."));
    }
    Ok(bytes)
}

/// Key and certificates by what the bytes look like, never by the file's name.
pub(super) fn parse(
    bytes: &[u8],
    password: Option<&Secret>,
    send_chain: bool,
) -> Result<Certificate, Flaw> {
    let has = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    if has(b"-----BEGIN") {
        // The old form would otherwise be told as a broken certificate. Its key is made with one round of MD5.
        if has(b"Proc-Type: 4,ENCRYPTED") {
            return Err(Flaw::EncryptedPem);
        }
        return of_pem(bytes, password, send_chain);
    }
    if bytes.first() == Some(&0x30) {
        return of_p12(bytes, password, send_chain);
    }
    Err(Flaw::Unknown)
}

fn of_pem(bytes: &[u8], password: Option<&Secret>, send_chain: bool) -> Result<Certificate, Flaw> {
    let certificates = CertificateDer::pem_slice_iter(bytes)
        .map(|one| one.map(|der| der.to_vec()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Flaw::BadPem)?;
    if let Some(key) = decrypted(bytes, password)? {
        // What the wrong password makes may look like padding by chance, never like a key.
        let key = of_pkcs8(&key).map_err(|flaw| match flaw {
            Flaw::NotRsa => Flaw::WrongPassword,
            other => other,
        })?;
        return Certificate::of(key, certificates, send_chain);
    }
    let key = match PrivateKeyDer::from_pem_slice(bytes) {
        Ok(PrivateKeyDer::Pkcs1(key)) => rsa(RsaKeyPair::from_der(key.secret_pkcs1_der()))?,
        Ok(PrivateKeyDer::Pkcs8(key)) => of_pkcs8(key.secret_pkcs8_der())?,
        Ok(PrivateKeyDer::Sec1(_)) => return Err(Flaw::Elliptic),
        Ok(_) | Err(pem::Error::NoItemsFound) => return Err(Flaw::NoKey),
        Err(_) => return Err(Flaw::BadPem),
    };
    Certificate::of(key, certificates, send_chain)
}

/// The key of an encrypted PKCS#8 block, if there is one.
fn decrypted(bytes: &[u8], password: Option<&Secret>) -> Result<Option<Zeroizing<Vec<u8>>>, Flaw> {
    let text = String::from_utf8_lossy(bytes);
    let block = text
        .split_once("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        .and_then(|(_, rest)| rest.split_once("-----END ENCRYPTED PRIVATE KEY-----"));
    let Some((block, _)) = block else {
        return Ok(None);
    };
    let letters: String = block.split_ascii_whitespace().collect();
    let der = STANDARD.decode(letters).map_err(|_| Flaw::BadPem)?;
    let (algorithm, data) = der::encrypted_key(&der).ok_or(Flaw::BadPem)?;
    let scheme = EncryptionScheme::try_from(algorithm).map_err(|_| Flaw::EncryptedPem)?;
    let password = password.ok_or(Flaw::PasswordMissing)?;
    match scheme.decrypt(password.expose(), data) {
        Ok(key) => Ok(Some(Zeroizing::new(key))),
        Err(pkcs5::Error::DecryptFailed) => Err(Flaw::WrongPassword),
        Err(_) => Err(Flaw::EncryptedPem),
    }
}

fn of_p12(bytes: &[u8], password: Option<&Secret>, send_chain: bool) -> Result<Certificate, Flaw> {
    let given = password.map(Secret::expose).unwrap_or_default();
    let archive = Pkcs12Archive::from_pkcs12(bytes, given).map_err(|cause| {
        // A wrong password shows in the check value, or, in files without one, in what does not decrypt.
        let locked = matches!(
            cause,
            P12Error::MacError(_) | P12Error::UnpadError | P12Error::Pkcs5Error(_)
        );
        match (locked, password) {
            (true, Some(_)) => Flaw::WrongPassword,
            (true, None) => Flaw::PasswordMissing,
            (false, _) => Flaw::BadP12,
        }
    })?;
    let key = archive.keys.first().ok_or(Flaw::NoKey)?;
    let key = of_pkcs8(key.key.as_der())?;
    let certificates = archive
        .certs
        .iter()
        .map(|one| one.cert.as_der().to_vec())
        .collect();
    Certificate::of(key, certificates, send_chain)
}

fn of_pkcs8(der: &[u8]) -> Result<RsaKeyPair, Flaw> {
    if der::is_elliptic(der) {
        return Err(Flaw::Elliptic);
    }
    rsa(RsaKeyPair::from_pkcs8(der))
}

fn rsa(read: Result<RsaKeyPair, ring::error::KeyRejected>) -> Result<RsaKeyPair, Flaw> {
    read.map_err(|cause| {
        let said = cause.to_string();
        if said.contains("TooSmall") || said.contains("TooLarge") {
            Flaw::Size
        } else {
            Flaw::NotRsa
        }
    })
}
