//! The CSV that carries secrets: RFC 4180, nothing altered, so that what is read back is what the account has.
//!
//! Reports have their own encoder, which defuses formulas; it must not be used here.

use super::Entry;
use zeroize::Zeroizing;

/// Header of a file that holds the secrets of several users.
pub(super) const HEADER: &[u8] = b"userPrincipalName,id,password,operationId\n";

/// The line of one user, with its line end; wiped when dropped.
pub(super) fn line(entry: &Entry<'_>) -> Zeroizing<Vec<u8>> {
    let fields = [
        entry.upn,
        entry.id,
        entry.secret.expose(),
        entry.operation_id,
    ];
    // Room for every character doubled, so that the buffer never moves and leaves a copy behind.
    let mut line = Zeroizing::new(Vec::with_capacity(
        fields.iter().map(|field| 2 * field.len() + 3).sum(),
    ));
    for (at, field) in fields.into_iter().enumerate() {
        if at > 0 {
            line.push(b',');
        }
        if field.contains([',', '"', '\r', '\n']) || field.starts_with(' ') || field.ends_with(' ')
        {
            line.push(b'"');
            for byte in field.bytes() {
                if byte == b'"' {
                    line.push(b'"');
                }
                line.push(byte);
            }
            line.push(b'"');
        } else {
            line.extend_from_slice(field.as_bytes());
        }
    }
    line.push(b'\n');
    line
}

/// A secret and one line end; wiped when dropped.
pub(super) fn alone(entry: &Entry<'_>) -> Zeroizing<Vec<u8>> {
    let secret = entry.secret.expose().as_bytes();
    let mut line = Zeroizing::new(Vec::with_capacity(secret.len() + 1));
    line.extend_from_slice(secret);
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    proptest::proptest! {
        #[test]
        fn what_is_read_back_is_what_was_given(upn in "[ -~]{0,20}", id in "[a-f0-9-]{0,10}", secret in "[ -~\\n\\r\"]{1,40}") {
            let held = Secret::new(secret.clone());
            let entry = Entry { tenant: None, upn: &upn, id: &id, operation_id: "op", secret: &held, what: "password" };
            let mut whole = HEADER.to_vec();
            whole.extend_from_slice(&line(&entry));
            let mut reader = ::csv::Reader::from_reader(whole.as_slice());
            let row = reader.records().next().unwrap().unwrap();
            proptest::prop_assert_eq!(row.iter().collect::<Vec<_>>(), vec![upn.as_str(), id.as_str(), secret.as_str(), "op"]);
        }
    }

    #[test]
    fn formulas_are_left_as_they_are() {
        let secret = Secret::new("=1+1,\"x\"");
        let entry = Entry {
            tenant: None,
            upn: "ada@contoso.com",
            id: "1",
            operation_id: "o",
            secret: &secret,
            what: "password",
        };
        assert_eq!(&**line(&entry), b"ada@contoso.com,1,\"=1+1,\"\"x\"\"\",o\n");
    }
}
