//! Shares of a secret on paper: K of N word lists after SLIP-39, so that other tools can open them too.
//!
//! Pure: randomness and everything else comes in as an argument. The field below is that of `vsss-rs`, in constant time; the code of
//! words, checksum and cipher is here. Source: SLIP-0039 of SatoshiLabs, read 2026-11.

mod cipher;
mod coder;
mod field;
#[cfg(test)]
mod tests;

pub use coder::{Share, WORDS};

use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use zeroize::Zeroizing;

/// Most shares of one secret: an index has four bits.
pub const MOST: u8 = 16;

/// Shortest secret the standard allows.
const SHORTEST: usize = 16;

/// Longest secret whose words the checksum still guards (1023 words in all).
pub const LONGEST: usize = 1024;

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheme {
    /// Shares that open the secret.
    pub threshold: u8,
    /// Shares there are.
    pub count: u8,
}

impl Scheme {
    /// Parses `K/N`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (threshold, count) = text
            .split_once('/')
            .ok_or("K/N says how many of how many shares open the secret, for example 2/3")?;
        let number = |text: &str| {
            text.parse::<u8>()
                .ok()
                .filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
        };
        let (Some(threshold), Some(count)) = (number(threshold), number(count)) else {
            return Err("K and N are numbers, for example 2/3");
        };
        if threshold < 2 {
            return Err("K is at least 2: with one share that opens it alone, nothing is shared");
        }
        if count > MOST {
            return Err("N is at most 16");
        }
        if threshold > count {
            return Err("K is at most N");
        }
        Ok(Scheme { threshold, count })
    }
}

impl std::fmt::Display for Scheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.threshold, self.count)
    }
}

/// Splits a secret. `random` fills a buffer.
pub fn split(
    secret: &Secret,
    scheme: Scheme,
    random: &mut dyn FnMut(&mut [u8]) -> Result<()>,
) -> Result<Vec<Share>> {
    let text = secret.expose().as_bytes();
    if text.len() > LONGEST {
        return Err(Error::new(
            ErrorCode::SinkRefused,
            format!("A secret of {} bytes does not fit into shares.", text.len()),
        )
        .why(format!("Rule: at most {LONGEST} bytes."))
        .fix("Use a shorter password, or another destination."));
    }
    // No password holds a NUL, so what is added can be told from what was there.
    let mut padded = Zeroizing::new(vec![0; text.len().max(SHORTEST).next_multiple_of(2)]);
    padded[..text.len()].copy_from_slice(text);
    let mut id = [0; 2];
    random(&mut id)?;
    split_bytes(
        &padded,
        scheme,
        u16::from_be_bytes(id) & 0x7fff,
        b"",
        random,
    )
}

/// Splits bytes into one group of shares, as other tools do with one group.
fn split_bytes(
    secret: &[u8],
    scheme: Scheme,
    id: u16,
    passphrase: &[u8],
    random: &mut dyn FnMut(&mut [u8]) -> Result<()>,
) -> Result<Vec<Share>> {
    let sealed = cipher::encrypt(secret, passphrase, 0, id, false);
    let values = field::split(&sealed, scheme.threshold, scheme.count, random)?;
    Ok(values
        .into_iter()
        .enumerate()
        .map(|(index, value)| Share {
            id,
            extendable: false,
            exponent: 0,
            group_index: 0,
            group_threshold: 1,
            group_count: 1,
            index: index as u8,
            threshold: scheme.threshold,
            value,
        })
        .collect())
}

/// What is wrong with a set of shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// There is none.
    None,
    /// So many more are needed.
    TooFew {
        /// Shares that open the secret.
        need: u8,
        /// Different ones that are there.
        have: u8,
    },
    /// The share at this place belongs to another set than the first.
    Foreign(usize),
    /// The share at the first place is the same as the one at the second.
    Twice(usize, usize),
    /// Two shares claim one place in the set and differ.
    Contradict(usize, usize),
    /// They fit together by their marks, and what they give fails its own check.
    Broken,
    /// More than one group: made by another tool, for more than this one opens.
    Groups,
    /// What they give is no text.
    NotText,
}

/// Puts shares together; each is named by its place in the list.
pub fn combine(shares: &[Share]) -> Result<Secret, Misfit> {
    let padded = combine_bytes(shares, b"")?;
    let end = padded
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    let text = std::str::from_utf8(&padded[..end]).map_err(|_| Misfit::NotText)?;
    if text.is_empty() || text.contains('\0') {
        return Err(Misfit::NotText);
    }
    Ok(Secret::new(text))
}

/// The shares that belong together with the first, without repetitions; an error names what does not.
pub fn sort_out(shares: &[Share]) -> Result<Vec<&Share>, Misfit> {
    let first = shares.first().ok_or(Misfit::None)?;
    let mut fit: Vec<(usize, &Share)> = Vec::new();
    for (at, share) in shares.iter().enumerate() {
        if !share.same_set(first) {
            return Err(Misfit::Foreign(at));
        }
        let same = |(_, other): &&(usize, &Share)| {
            other.group_index == share.group_index && other.index == share.index
        };
        if let Some((before, other)) = fit.iter().find(same) {
            return Err(
                if other.value == share.value && other.threshold == share.threshold {
                    Misfit::Twice(at, *before)
                } else {
                    Misfit::Contradict(at, *before)
                },
            );
        }
        fit.push((at, share));
    }
    Ok(fit.into_iter().map(|(_, share)| share).collect())
}

fn combine_bytes(shares: &[Share], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, Misfit> {
    let fit = sort_out(shares)?;
    let first = fit.first().ok_or(Misfit::None)?;
    if first.group_threshold != 1 {
        return Err(Misfit::Groups);
    }
    // With one group to satisfy, the group of the first share is it.
    let group: Vec<&Share> = fit
        .iter()
        .filter(|one| one.group_index == first.group_index)
        .copied()
        .collect();
    if let Some(at) = shares.iter().position(|one| {
        one.group_index == first.group_index
            && (one.threshold != first.threshold || one.value.len() != first.value.len())
    }) {
        return Err(Misfit::Foreign(at));
    }
    let need = first.threshold;
    if group.len() < usize::from(need) {
        return Err(Misfit::TooFew {
            need,
            have: group.len() as u8,
        });
    }
    let points: Vec<(u8, &[u8])> = group
        .iter()
        .map(|one| (one.index, one.value.as_slice()))
        .collect();
    // Any K give the secret; the others have to agree with them, or one of all is wrong.
    let sealed = field::restore(&points, need).ok_or(Misfit::Broken)?;
    Ok(cipher::decrypt(
        &sealed,
        passphrase,
        first.exponent,
        first.id,
        first.extendable,
    ))
}
