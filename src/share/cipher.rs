//! The cipher of SLIP-39 between the secret and what is shared: four rounds of Feistel with PBKDF2.
//!
//! Without a passphrase it protects nothing; it is here so that other tools restore what was split. Ours use none: K holders shall
//! not need anything else.

use ring::pbkdf2;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

const ROUNDS: u8 = 4;
/// Iterations of one round; doubled by each step of the exponent.
const ITERATIONS: u32 = 2500;

fn round(
    number: u8,
    passphrase: &[u8],
    exponent: u8,
    salt: &[u8],
    right: &[u8],
) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(vec![number]);
    key.extend_from_slice(passphrase);
    let mut salted = Zeroizing::new(Vec::with_capacity(salt.len() + right.len()));
    salted.extend_from_slice(salt);
    salted.extend_from_slice(right);
    let count = NonZeroU32::new(ITERATIONS << exponent.min(15)).unwrap_or(NonZeroU32::MIN);
    let mut out = Zeroizing::new(vec![0; right.len()]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, count, &salted, &key, &mut out);
    out
}

fn feistel(
    input: &[u8],
    rounds: impl Iterator<Item = u8>,
    passphrase: &[u8],
    exponent: u8,
    id: u16,
    extendable: bool,
) -> Zeroizing<Vec<u8>> {
    let salt = if extendable {
        Vec::new()
    } else {
        [&b"shamir"[..], &id.to_be_bytes()].concat()
    };
    let (left, right) = input.split_at(input.len() / 2);
    let (mut left, mut right) = (
        Zeroizing::new(left.to_vec()),
        Zeroizing::new(right.to_vec()),
    );
    for number in rounds {
        let mask = round(number, passphrase, exponent, &salt, &right);
        for (byte, mask) in left.iter_mut().zip(mask.iter()) {
            *byte ^= mask;
        }
        std::mem::swap(&mut left, &mut right);
    }
    let mut out = Zeroizing::new(Vec::with_capacity(input.len()));
    out.extend_from_slice(&right);
    out.extend_from_slice(&left);
    out
}

pub(super) fn encrypt(
    secret: &[u8],
    passphrase: &[u8],
    exponent: u8,
    id: u16,
    extendable: bool,
) -> Zeroizing<Vec<u8>> {
    feistel(secret, 0..ROUNDS, passphrase, exponent, id, extendable)
}

pub(super) fn decrypt(
    sealed: &[u8],
    passphrase: &[u8],
    exponent: u8,
    id: u16,
    extendable: bool,
) -> Zeroizing<Vec<u8>> {
    feistel(
        sealed,
        (0..ROUNDS).rev(),
        passphrase,
        exponent,
        id,
        extendable,
    )
}
