//! What the sandbox reads of a certificate: its RSA key and when it is valid. It checks no chain and no signature.

use super::stamp;

/// The parts of an X.509 certificate that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate<'a> {
    /// PKCS#1 RSA public key; none when the key is of another kind.
    pub(super) rsa_key: Option<&'a [u8]>,
    /// First moment it is valid, in milliseconds.
    pub(super) not_before: i64,
    /// Last moment it is valid, in milliseconds.
    pub(super) not_after: i64,
}

/// `rsaEncryption`.
const RSA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

/// Reads a certificate as DER; nothing when it is none.
pub(super) fn read(der: &[u8]) -> Option<Certificate<'_>> {
    let (0x30, certificate, []) = element(der)? else {
        return None;
    };
    let (0x30, mut fields, _) = element(certificate)? else {
        return None;
    };
    if fields.first() == Some(&0xA0) {
        fields = element(fields)?.2; // the version is optional
    }
    for _ in 0..3 {
        fields = element(fields)?.2; // serial, signature, issuer
    }
    let (0x30, validity, after_validity) = element(fields)? else {
        return None;
    };
    let (from_tag, from, rest) = element(validity)?;
    let (to_tag, to, _) = element(rest)?;
    let after_subject = element(after_validity)?.2;
    let (_, info, _) = element(after_subject)?;
    let (_, algorithm, after_algorithm) = element(info)?;
    let rsa = matches!(element(algorithm)?, (0x06, oid, _) if oid == RSA);
    let key = match element(after_algorithm)? {
        (0x03, [0, key @ ..], _) => key,
        _ => return None,
    };
    Some(Certificate {
        rsa_key: rsa.then_some(key),
        not_before: moment(from_tag, from)?,
        not_after: moment(to_tag, to)?,
    })
}

/// `YYMMDDHHMMSSZ` (50 and more are of the last century) or `YYYYMMDDHHMMSSZ`.
fn moment(tag: u8, text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (year, rest) = match tag {
        0x17 => {
            let (year, rest) = text.split_at_checked(2)?;
            let century = if year >= "50" { "19" } else { "20" };
            (format!("{century}{year}"), rest)
        }
        0x18 => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.to_owned(), rest)
        }
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2);
    stamp::parse(&format!(
        "{year}-{}-{}T{}:{}:{}Z",
        part(0)?,
        part(2)?,
        part(4)?,
        part(6)?,
        part(8)?
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_time_are_read() {
        assert_eq!(moment(0x17, b"261120101112Z"), Some(1_795_169_472_000));
        assert_eq!(moment(0x18, b"20261120101112Z"), Some(1_795_169_472_000));
        assert_eq!(moment(0x17, b"500101000000Z"), Some(-631_152_000_000));
        assert_eq!(moment(0x17, b"2611"), None);
        assert_eq!(moment(0x04, b"261120101112Z"), None);
    }

    #[test]
    fn what_is_no_certificate_is_nothing() {
        assert_eq!(read(b""), None);
        assert_eq!(read(b"\x30\x03\x02\x01\x00"), None);
        assert_eq!(read(b"no certificate"), None);
    }
}
