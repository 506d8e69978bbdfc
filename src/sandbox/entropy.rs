//! Randomness of the sandbox: bytes, GUIDs and opaque texts.
//!
//! Owns the only call to the operating system's generator on this side; knows nothing of what the bytes are for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Fills an array with random bytes.
///
/// Panics when the operating system has no randomness to give: a sandbox with guessable codes would teach wrong lessons.
pub(super) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the operating system gives no randomness: {error}");
    }
    bytes
}

/// A random (version 4) GUID in lower case.
pub(super) fn guid() -> String {
    uuid::Builder::from_random_bytes(bytes())
        .into_uuid()
        .to_string()
}

/// An opaque text of 43 characters, 256 bits.
pub(super) fn opaque() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// A code of `length` characters a person can type: no look-alikes.
pub(super) fn typed_code(length: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    debug_assert_eq!(LETTERS.len(), 32, "a power of two keeps the pick unbiased");
    let random = bytes::<32>();
    random
        .iter()
        .take(length)
        .map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_version_four_and_never_the_same() {
        let (one, two) = (guid(), guid());
        assert_ne!(one, two);
        assert_eq!(one.as_bytes()[14], b'4');
    }

    #[test]
    fn a_typed_code_has_the_asked_length_and_no_look_alikes() {
        let code = typed_code(9);
        assert_eq!(code.len(), 9);
        assert!(!code.contains(['0', 'O', '1', 'I']), "{code}");
    }
}
