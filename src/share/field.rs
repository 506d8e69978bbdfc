//! Polynomials over GF(256), one for each byte: splitting a secret into points and restoring it.
//!
//! The secret lies at x = 255 and a digest of it at x = 254, as SLIP-39 has it: a wrong point is noticed instead of giving a wrong
//! secret. Arithmetic is that of `vsss-rs`, without tables that secrets could be read from by timing.

use crate::error::Result;
use ring::hmac;
use vsss_rs::Gf256;
use zeroize::Zeroizing;

const SECRET: u8 = 255;
const DIGEST: u8 = 254;
const DIGEST_LENGTH: usize = 4;

fn digest(random: &[u8], secret: &[u8]) -> [u8; DIGEST_LENGTH] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, random), secret);
    let mut short = [0; DIGEST_LENGTH];
    short.copy_from_slice(&tag.as_ref()[..DIGEST_LENGTH]);
    short
}

/// The value at `x` of the polynomials through the points. All values have one length, and no two points one place.
pub(super) fn interpolate(points: &[(u8, &[u8])], x: u8) -> Zeroizing<Vec<u8>> {
    if let Some((_, value)) = points.iter().find(|(at, _)| *at == x) {
        return Zeroizing::new(value.to_vec());
    }
    let mut sum = Zeroizing::new(vec![
        0u8;
        points.first().map_or(0, |(_, value)| value.len())
    ]);
    for (at, value) in points {
        // Places are public, so only the products with values have to be silent, and those are.
        let mut basis = Gf256(1);
        for (other, _) in points.iter().filter(|(other, _)| other != at) {
            basis *= Gf256(x ^ other) / Gf256(at ^ other);
        }
        for (total, byte) in sum.iter_mut().zip(*value) {
            *total ^= (Gf256(*byte) * basis).0;
        }
    }
    sum
}

/// Points of a secret at 0, 1, …: any `threshold` of them restore it.
pub(super) fn split(
    secret: &[u8],
    threshold: u8,
    count: u8,
    random: &mut dyn FnMut(&mut [u8]) -> Result<()>,
) -> Result<Vec<Zeroizing<Vec<u8>>>> {
    let mut values: Vec<Zeroizing<Vec<u8>>> = Vec::with_capacity(usize::from(count));
    for _ in 2..threshold {
        let mut value = Zeroizing::new(vec![0; secret.len()]);
        random(&mut value)?;
        values.push(value);
    }
    let mut proof = Zeroizing::new(vec![0; secret.len()]);
    random(&mut proof[DIGEST_LENGTH..])?;
    let short = digest(&proof[DIGEST_LENGTH..], secret);
    proof[..DIGEST_LENGTH].copy_from_slice(&short);
    let free = values.len();
    let base: Vec<(u8, Zeroizing<Vec<u8>>)> = values
        .iter()
        .cloned()
        .zip(0u8..)
        .map(|(value, at)| (at, value))
        .collect();
    let mut points: Vec<(u8, &[u8])> = base
        .iter()
        .map(|(at, value)| (*at, value.as_slice()))
        .collect();
    points.push((DIGEST, &proof));
    points.push((SECRET, secret));
    for at in free as u8..count {
        values.push(interpolate(&points, at));
    }
    Ok(values)
}

/// The secret, if all points lie on one polynomial and its digest fits.
pub(super) fn restore(points: &[(u8, &[u8])], threshold: u8) -> Option<Zeroizing<Vec<u8>>> {
    let (enough, more) = points.split_at_checked(usize::from(threshold))?;
    if threshold == 1 {
        let (_, value) = enough.first()?;
        return more
            .iter()
            .all(|(_, other)| other == value)
            .then(|| Zeroizing::new(value.to_vec()));
    }
    let secret = interpolate(enough, SECRET);
    let proof = interpolate(enough, DIGEST);
    let (short, random) = proof.split_at_checked(DIGEST_LENGTH)?;
    let fits = digest(random, &secret) == short
        && more
            .iter()
            .all(|(at, value)| interpolate(enough, *at).as_slice() == *value);
    fits.then_some(secret)
}
