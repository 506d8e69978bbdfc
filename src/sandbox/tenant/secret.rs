//! Passwords of the emulated tenant: how they are kept, and what the directory accepts as one.
//!
//! Only salted hashes are kept; the seeded demo value is kept as a mark, so that a start costs no hashing.
//! Rules: Microsoft Entra password policies and "Eliminate bad passwords", figures as of mid 2026.

use std::num::NonZeroU32;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use ring::pbkdf2;
use serde::{Deserialize, Serialize};

use super::super::{seed::SEED_PASSWORD, stamp};

const ROUNDS: NonZeroU32 = match NonZeroU32::new(1_000) {
    Some(rounds) => rounds,
    None => NonZeroU32::MIN,
};
const MIN_LENGTH: usize = 8;
const MAX_LENGTH: usize = 256;
const CLASSES_REQUIRED: usize = 3;
const SYMBOLS: &str = "@#$%^&*-_!+=[]{}|\\:',.?/`~\"();<> ";

/// Points a password must reach when banned words count one each.
const MIN_SCORE: usize = 5;

/// A short stand-in for the global banned list, plus the tenant's own words.
const BANNED: &[&str] = &[
    "password", "passwort", "welcome", "qwerty", "letmein", "admin", "contoso", "spring", "summer",
    "autumn", "winter", "abc123", "iloveyou", "monkey", "dragon",
];

/// A password as the tenant keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::sandbox) enum Password {
    /// Nobody can sign in with a password here (guests, federated users).
    Absent,
    /// Still the demo value all seeded people share.
    Seeded,
    /// Salt and PBKDF2 output, base64.
    Hashed {
        /// Salt.
        salt: String,
        /// PBKDF2-HMAC-SHA256.
        hash: String,
    },
}

impl Password {
    /// Hashes a new password with a fresh salt.
    pub(in crate::sandbox) fn new(clear: &str) -> Password {
        let salt = stamp::random::<16>();
        let mut hash = [0_u8; 32];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ROUNDS,
            &salt,
            clear.as_bytes(),
            &mut hash,
        );
        Password::Hashed {
            salt: STANDARD_NO_PAD.encode(salt),
            hash: STANDARD_NO_PAD.encode(hash),
        }
    }

    /// Whether this is the password.
    pub(in crate::sandbox) fn matches(&self, clear: &str) -> bool {
        match self {
            Password::Absent => false,
            Password::Seeded => clear == SEED_PASSWORD,
            Password::Hashed { salt, hash } => {
                let (Ok(salt), Ok(hash)) =
                    (STANDARD_NO_PAD.decode(salt), STANDARD_NO_PAD.decode(hash))
                else {
                    return false;
                };
                pbkdf2::verify(
                    pbkdf2::PBKDF2_HMAC_SHA256,
                    ROUNDS,
                    &salt,
                    clear.as_bytes(),
                    &hash,
                )
                .is_ok()
            }
        }
    }
}

/// Whether length and characters are right; `relaxed` is the policy value `DisableStrongPassword`.
pub(in crate::sandbox) fn well_formed(clear: &str, relaxed: bool) -> bool {
    let length = clear.chars().count();
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        return false;
    }
    let known = |c: char| c.is_ascii_alphanumeric() || SYMBOLS.contains(c);
    if !clear.chars().all(known) {
        return false;
    }
    if relaxed {
        return true;
    }
    let classes = [
        clear.chars().any(|c| c.is_ascii_lowercase()),
        clear.chars().any(|c| c.is_ascii_uppercase()),
        clear.chars().any(|c| c.is_ascii_digit()),
        clear.chars().any(|c| SYMBOLS.contains(c)),
    ];
    classes.into_iter().filter(|has| *has).count() >= CLASSES_REQUIRED
}

/// Whether the directory accepts the password for this person: form, and not too much of it banned.
pub(in crate::sandbox) fn acceptable(clear: &str, upn: &str, relaxed: bool) -> bool {
    well_formed(clear, relaxed) && (relaxed || score(clear, upn) >= MIN_SCORE)
}

/// Points after normalising: one for each banned word found, one for each character left.
fn score(clear: &str, upn: &str) -> usize {
    let normal: String = clear
        .to_lowercase()
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'l',
            '$' => 's',
            '@' => 'a',
            other => other,
        })
        .collect();
    let local = upn.split('@').next().unwrap_or_default().to_lowercase();
    let own = local.split(['.', '-', '_']).filter(|part| part.len() >= 4);
    let mut rest = normal;
    let mut points = 0;
    for word in BANNED.iter().copied().chain(own) {
        while let Some(at) = rest.find(word) {
            rest.replace_range(at..at + word.len(), "");
            points += 1;
        }
    }
    points + rest.chars().count()
}

/// A password in the shape the service generates: a consonant-vowel pattern and five digits.
pub(in crate::sandbox) fn generated() -> String {
    const CONSONANTS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
    const VOWELS: &[u8] = b"aeou";
    let bytes = stamp::random::<8>();
    let pick = |set: &[u8], byte: u8| {
        char::from(
            set.get(usize::from(byte) % set.len())
                .copied()
                .unwrap_or(b'x'),
        )
    };
    let [a, b, c, digits @ ..] = bytes;
    let mut text = String::new();
    text.push(pick(CONSONANTS, a));
    text.push(pick(VOWELS, b));
    text.push(pick(CONSONANTS, c).to_ascii_lowercase());
    text.extend(digits.iter().map(|byte| char::from(b'0' + byte % 10)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_word_matches_and_the_clear_text_is_not_kept() {
        let kept = Password::new("Tall-Ships-42");
        assert!(kept.matches("Tall-Ships-42") && !kept.matches("tall-ships-42"));
        assert!(!serde_json::to_string(&kept).unwrap().contains("Ships"));
        assert!(Password::Seeded.matches(SEED_PASSWORD));
        assert!(!Password::Absent.matches(""));
    }

    #[test]
    fn the_rules_of_the_directory_hold() {
        let upn = "chidi.maro@contoso.com";
        assert!(acceptable("Tall-Ships-42", upn, false));
        assert!(acceptable(SEED_PASSWORD, upn, false));
        assert!(!acceptable("Ab1-xyz", upn, false), "too short");
        assert!(!acceptable("alllowercaseletters", upn, false), "one class");
        assert!(
            acceptable("alllowercaseletters", upn, true),
            "relaxed by policy"
        );
        assert!(!acceptable("Pässword-12345", upn, false), "unicode");
        assert!(
            !acceptable("P@ssw0rd1", upn, false),
            "banned word and two more"
        );
        assert!(!acceptable("Chidi-1", upn, false));
        assert!(
            !acceptable(&format!("Aa1-{}", "x".repeat(253)), upn, false),
            "too long"
        );
    }

    #[test]
    fn generated_ones_look_like_the_documented_sample() {
        let one = generated();
        assert_eq!(one.len(), 8);
        assert!(one.chars().skip(3).all(|c| c.is_ascii_digit()));
        assert!(acceptable(&one, "x@contoso.com", false));
    }
}
