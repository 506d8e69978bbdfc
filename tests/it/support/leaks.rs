//! A secret in every form in which it might leak, and the search for them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A secret in every form in which it might leak.
pub fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let mut forms = vec![
        ("as it is", bytes.to_vec()),
        ("hex", hex(bytes, false).into_bytes()),
        ("upper-case hex", hex(bytes, true).into_bytes()),
        (
            "percent-encoded",
            percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
                .into_bytes(),
        ),
        (
            "JSON",
            serde_json::to_string(secret)
                .unwrap()
                .trim_matches('"')
                .as_bytes()
                .to_vec(),
        ),
        (
            "UTF-16LE",
            secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "UTF-16BE",
            secret.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ),
        (
            "reversed",
            secret.chars().rev().collect::<String>().into_bytes(),
        ),
    ];
    // Base64 depends on where in the encoded text the secret begins; the middle part is the same whatever stands around it.
    for skip in 0..3 {
        let padded = [&b"\0\0"[..skip], bytes].concat();
        for (name, engine) in [
            ("base64", &STANDARD_NO_PAD),
            ("base64url", &URL_SAFE_NO_PAD),
        ] {
            let text = engine.encode(&padded);
            let inner = &text[(skip * 8).div_ceil(6)..padded.len() * 8 / 6];
            forms.push((name, inner.as_bytes().to_vec()));
        }
    }
    forms
}

fn hex(bytes: &[u8], upper: bool) -> String {
    bytes
        .iter()
        .map(|byte| {
            if upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            }
        })
        .collect()
}

/// Where the secret is found, and in which form.
pub fn leaks(secret: &str, places: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut found = Vec::new();
    for (form, needle) in forms(secret) {
        for (place, bytes) in places {
            if bytes.windows(needle.len()).any(|window| window == needle) {
                found.push(format!("{form} in {place}"));
            }
        }
    }
    found
}
