//! The only source of randomness: bytes from the operating system, ids, and an unbiased pick.

use crate::error::{Error, ErrorCode, Result};

/// Fills a buffer from the operating system's generator.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut buffer = [0u8; N];
    fill(&mut buffer)?;
    Ok(buffer)
}

/// Fills a buffer of any length from the operating system's generator.
pub fn fill(buffer: &mut [u8]) -> Result<()> {
    getrandom::fill(buffer).map_err(|cause| {
        Error::new(
            ErrorCode::Internal,
            "The operating system gave no random bytes.",
        )
        .source(anyhow::anyhow!("{cause}"))
    })
}

/// A random (version 4) UUID in lower case with hyphens.
pub fn uuid() -> Result<String> {
    Ok(uuid::Builder::from_random_bytes(bytes::<16>()?)
        .into_uuid()
        .hyphenated()
        .to_string())
}

/// The generator that signatures with a random salt take.
#[must_use]
pub fn generator() -> ring::rand::SystemRandom {
    ring::rand::SystemRandom::new()
}

/// Picks a number below `n` without bias, by throwing away the uneven rest of the range.
pub fn below(n: usize) -> Result<usize> {
    let n = n.max(1) as u64;
    let limit = u64::MAX - u64::MAX % n;
    loop {
        let value = u64::from_le_bytes(bytes::<8>()?);
        if value < limit {
            return Ok((value % n) as usize);
        }
    }
}

/// A fraction in `0..1`, for jitter.
pub fn fraction() -> Result<f64> {
    Ok(f64::from(u32::from_le_bytes(bytes::<4>()?)) / (f64::from(u32::MAX) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_version_4_and_differ() {
        let (a, b) = (uuid().unwrap(), uuid().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.as_bytes()[14], b'4');
        assert_eq!(a.len(), 36);
    }

    #[test]
    fn picks_stay_below_and_reach_all() {
        let mut seen = [0usize; 7];
        for _ in 0..7_000 {
            seen[below(7).unwrap()] += 1;
        }
        assert!(
            seen.iter().all(|count| (800..1200).contains(count)),
            "{seen:?}"
        );
        assert_eq!(below(1).unwrap(), 0);
        assert!((0.0..1.0).contains(&fraction().unwrap()));
    }
}
