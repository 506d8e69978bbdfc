//! As much of X.509 and PKCS#8 as telling certificates apart takes: the public key, the time of validity, the kind of a key.
//!
//! Reads and never judges; what cannot be read is `None`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;

/// 1.2.840.10045.2.1, the kind of elliptic curve keys.
const EC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];

/// 1.2.840.113549.1.1.1, the kind of RSA keys.
const RSA_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

/// Splits one element off: tag, content, rest.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7F);
        let (bytes, rest) = rest
            .split_at_checked(count)
            .filter(|_| (1..=4).contains(&count))?;
        let length = bytes
            .iter()
            .fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The content of an element with this tag, and what follows.
fn expect(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(der)?;
    (found == tag).then_some((content, rest))
}

/// The fields of `tbsCertificate` from `signature` on.
fn fields(certificate: &[u8]) -> Option<&[u8]> {
    let (whole, _) = expect(SEQUENCE, certificate)?;
    let (mut fields, _) = expect(SEQUENCE, whole)?;
    if let Some((VERSION, _, rest)) = element(fields) {
        fields = rest;
    }
    let (_, rest) = expect(INTEGER, fields)?;
    Some(rest)
}

/// Kind and public key of a certificate.
fn public_key(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, rest) = expect(SEQUENCE, fields(certificate)?)?; // signature
    let (_, rest) = expect(SEQUENCE, rest)?; // issuer
    let (_, rest) = expect(SEQUENCE, rest)?; // validity
    let (_, rest) = expect(SEQUENCE, rest)?; // subject
    let (info, _) = expect(SEQUENCE, rest)?;
    let (algorithm, key) = expect(SEQUENCE, info)?;
    match expect(BIT_STRING, key)? {
        ([0, key @ ..], _) => Some((algorithm, key)),
        _ => None,
    }
}

/// The RSA public key of a certificate, as PKCS#1.
pub(super) fn rsa_key(certificate: &[u8]) -> Option<&[u8]> {
    public_key(certificate).map(|(_, key)| key)
}

/// Bits of the RSA key of a certificate; `None` when its key is of another kind.
pub(super) fn rsa_bits(certificate: &[u8]) -> Option<usize> {
    let (algorithm, key) = public_key(certificate)?;
    if expect(OID, algorithm)?.0 != RSA_KEY {
        return None;
    }
    let (modulus, _) = expect(INTEGER, expect(SEQUENCE, key)?.0)?;
    let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let first = modulus.first()?;
    Some(modulus.len() * 8 - usize::try_from(first.leading_zeros()).ok()?)
}

/// From when until when a certificate is valid.
pub(super) fn validity(certificate: &[u8]) -> Option<(SystemTime, SystemTime)> {
    let (_, rest) = expect(SEQUENCE, fields(certificate)?)?; // signature
    let (_, rest) = expect(SEQUENCE, rest)?; // issuer
    let (validity, _) = expect(SEQUENCE, rest)?;
    let (tag, from, rest) = element(validity)?;
    let from = time(tag, from)?;
    let (tag, until, _) = element(rest)?;
    Some((from, time(tag, until)?))
}

/// `UTCTime` with two digits for the year (50 and above are 1950 to 1999), or `GeneralizedTime` with four; both end in Z here.
fn time(tag: u8, text: &[u8]) -> Option<SystemTime> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (tag, text.len()) {
        (UTC_TIME, 12) => {
            let short: i16 = text[..2].parse().ok()?;
            (
                if short >= 50 {
                    1900 + short
                } else {
                    2000 + short
                },
                &text[2..],
            )
        }
        (GENERALIZED_TIME, 14) => (text[..4].parse().ok()?, &text[4..]),
        _ => return None,
    };
    let two = |at: usize| rest[at..at + 2].parse::<i8>().ok();
    let seconds = jiff::civil::DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0)
        .ok()?
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_second();
    // What lies before 1970 has ended in any case.
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// The parts of an encrypted PKCS#8 key: how it is encrypted, as a whole element, and what is.
pub(super) fn encrypted_key(pkcs8: &[u8]) -> Option<(&[u8], &[u8])> {
    let (whole, _) = expect(SEQUENCE, pkcs8)?;
    let (_, rest) = expect(SEQUENCE, whole)?;
    let (data, _) = expect(OCTET_STRING, rest)?;
    Some((&whole[..whole.len() - rest.len()], data))
}

/// Whether a PKCS#8 private key is an elliptic curve key.
pub(super) fn is_elliptic(pkcs8: &[u8]) -> bool {
    let kind = || {
        let (whole, _) = expect(SEQUENCE, pkcs8)?;
        let (_, rest) = expect(INTEGER, whole)?;
        let (algorithm, _) = expect(SEQUENCE, rest)?;
        let (kind, _) = expect(OID, algorithm)?;
        Some(kind)
    };
    kind() == Some(EC_KEY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_both_forms() {
        let at = |tag, text: &[u8]| {
            time(tag, text).map(|at| at.duration_since(UNIX_EPOCH).unwrap().as_secs())
        };
        assert_eq!(at(UTC_TIME, b"700101000001Z"), Some(1));
        assert_eq!(at(UTC_TIME, b"261123144219Z"), Some(1_795_444_939));
        assert_eq!(at(UTC_TIME, b"491231235959Z"), Some(2_524_607_999));
        assert_eq!(at(UTC_TIME, b"500101000000Z"), Some(0));
        assert_eq!(
            at(GENERALIZED_TIME, b"21261030144219Z"),
            Some(4_949_044_939)
        );
        for text in [
            &b"261123144219"[..],
            b"2611231442Z",
            b"261323144219Z",
            b"\xff",
            b"26112314421 Z",
        ] {
            assert_eq!(at(UTC_TIME, text), None);
        }
    }

    #[test]
    fn cut_and_bent_input_is_nothing() {
        for der in [
            &b""[..],
            b"0",
            b"0\x80",
            b"0\x84\xff\xff\xff\xff",
            b"0\x8a1234567890",
            b"0\x03\x02\x01",
        ] {
            assert_eq!(rsa_key(der), None);
            assert_eq!(validity(der), None);
            assert_eq!(encrypted_key(der), None);
            assert!(!is_elliptic(der));
        }
    }
}
