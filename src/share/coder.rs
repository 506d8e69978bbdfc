//! A share as words: 10 bits a word, marks of its set at the front, a checksum of three words at the end.
//!
//! The checksum finds any error in up to three words. Lists of words come from people: case, spacing and numbers before words do not
//! matter, and a word may be cut after its fourth letter, which is all that tells it from the others.

use std::fmt;
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// The word list of SLIP-39: 1024 words that differ within four letters.
pub static WORDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("words.txt").lines().collect());

const CHECKSUM_WORDS: usize = 3;
const MARK_WORDS: usize = 4;
/// Marks, checksum and 128 bits.
const FEWEST: usize = MARK_WORDS + CHECKSUM_WORDS + 13;
/// Beyond this the checksum guards nothing.
const MOST: usize = 1023;

/// One share with the marks of its set.
#[derive(Clone, PartialEq, Eq)]
pub struct Share {
    /// Random number of the set, 15 bits.
    pub id: u16,
    /// Flag of later versions of the standard.
    pub extendable: bool,
    /// Cost of the cipher.
    pub exponent: u8,
    /// Which group, from 0.
    pub group_index: u8,
    /// Groups that are needed.
    pub group_threshold: u8,
    /// Groups there are.
    pub group_count: u8,
    /// Which share of the group, from 0.
    pub index: u8,
    /// Shares of the group that are needed.
    pub threshold: u8,
    /// What it holds.
    pub value: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "share {} of set {:04x}", self.index + 1, self.id)
    }
}

/// What is wrong with words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// No such word, at this place from 1, as it was written.
    Unknown(usize, String),
    /// So many words make no share.
    Length(usize),
    /// A word is wrong, or two changed places.
    Checksum,
    /// The words are consistent and say something impossible.
    Marks,
}

impl Flaw {
    /// The flaw as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Flaw::Unknown(at, word) => format!("Word {at}, '{word}', is not in the word list."),
            Flaw::Length(count) => format!(
                "It has {count} words, and no share has so many; some are missing or too many."
            ),
            Flaw::Checksum => {
                "Its checksum does not fit: a word is wrong, missing, or in another place."
                    .to_owned()
            }
            Flaw::Marks => {
                "Its words fit their checksum and say something that no share says.".to_owned()
            }
        }
    }
}

const GENERATOR: [u32; 10] = [
    0x00e0_e040,
    0x01c1_c080,
    0x0383_8100,
    0x0707_0200,
    0x0e0e_0009,
    0x1c0c_2412,
    0x3808_6c24,
    0x3090_fc48,
    0x21b1_f890,
    0x03f3_f120,
];

/// Reed–Solomon code over GF(1024), as in the standard.
fn polymod(values: impl Iterator<Item = u16>) -> u32 {
    values.fold(1, |sum, value| {
        let high = sum >> 20;
        let shifted = (sum & 0x000f_ffff) << 10 ^ u32::from(value);
        GENERATOR
            .iter()
            .enumerate()
            .fold(shifted, |sum, (bit, row)| {
                sum ^ if high >> bit & 1 == 1 { *row } else { 0 }
            })
    })
}

fn name(extendable: bool) -> impl Iterator<Item = u16> {
    let text: &[u8] = if extendable {
        b"shamir_extendable"
    } else {
        b"shamir"
    };
    text.iter().map(|byte| u16::from(*byte))
}

/// Bits that are taken from the top.
struct Bits<'a> {
    words: &'a [u16],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> u16 {
        let mut value = 0;
        for _ in 0..count {
            let word = self.words.get(self.at / 10).copied().unwrap_or_default();
            value = value << 1 | (word >> (9 - self.at % 10) & 1);
            self.at += 1;
        }
        value
    }
}

/// Bits that are put to the end.
struct Builder {
    words: Zeroizing<Vec<u16>>,
    free: usize,
}

impl Builder {
    fn put(&mut self, value: u16, count: usize) {
        for bit in (0..count).rev() {
            if self.free == 0 {
                self.words.push(0);
                self.free = 10;
            }
            self.free -= 1;
            if let Some(last) = self.words.last_mut() {
                *last |= (value >> bit & 1) << self.free;
            }
        }
    }
}

impl Share {
    /// Whether both belong to one splitting.
    #[must_use]
    pub fn same_set(&self, other: &Share) -> bool {
        (
            self.id,
            self.extendable,
            self.exponent,
            self.group_threshold,
            self.group_count,
        ) == (
            other.id,
            other.extendable,
            other.exponent,
            other.group_threshold,
            other.group_count,
        )
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        let bits = self.value.len() * 8;
        let padding = bits.next_multiple_of(10) - bits;
        let room = MARK_WORDS + bits.div_ceil(10) + CHECKSUM_WORDS;
        let mut builder = Builder {
            words: Zeroizing::new(Vec::with_capacity(room)),
            free: 0,
        };
        builder.put(self.id, 15);
        builder.put(u16::from(self.extendable), 1);
        builder.put(u16::from(self.exponent), 4);
        for mark in [
            self.group_index,
            self.group_threshold - 1,
            self.group_count - 1,
            self.index,
            self.threshold - 1,
        ] {
            builder.put(u16::from(mark), 4);
        }
        builder.put(0, padding);
        for byte in self.value.iter() {
            builder.put(u16::from(*byte), 8);
        }
        let mut words = builder.words;
        let sum = polymod(
            name(self.extendable)
                .chain(words.iter().copied())
                .chain([0; CHECKSUM_WORDS]),
        ) ^ 1;
        for at in (0..CHECKSUM_WORDS).rev() {
            words.push((sum >> (10 * at) & 0x3ff) as u16);
        }
        words
            .iter()
            .map(|word| WORDS.get(usize::from(*word)).copied().unwrap_or_default())
            .collect()
    }

    /// Reads words.
    pub fn read(text: &str) -> Result<Share, Flaw> {
        let mut words = Zeroizing::new(Vec::with_capacity(text.len() / 4));
        let parts = text
            .split(|c: char| !c.is_ascii_alphabetic() && !c.is_alphabetic())
            .filter(|part| !part.is_empty());
        for (at, part) in parts.enumerate() {
            words.push(index(part).ok_or_else(|| {
                Flaw::Unknown(
                    at + 1,
                    part.chars().take(20).flat_map(char::escape_debug).collect(),
                )
            })?);
        }
        let count = words.len();
        let padding = count.saturating_sub(MARK_WORDS + CHECKSUM_WORDS) * 10 % 16;
        if !(FEWEST..=MOST).contains(&count) || padding > 8 {
            return Err(Flaw::Length(count));
        }
        let mut bits = Bits {
            words: &words,
            at: 0,
        };
        let (id, extendable, exponent) = (bits.take(15), bits.take(1) == 1, bits.take(4) as u8);
        if polymod(name(extendable).chain(words.iter().copied())) != 1 {
            return Err(Flaw::Checksum);
        }
        let mut mark = || bits.take(4) as u8;
        let (group_index, group_threshold, group_count, number, threshold) =
            (mark(), mark() + 1, mark() + 1, mark(), mark() + 1);
        if group_threshold > group_count || group_index >= group_count || bits.take(padding) != 0 {
            return Err(Flaw::Marks);
        }
        let length = ((count - MARK_WORDS - CHECKSUM_WORDS) * 10 - padding) / 8;
        let mut value = Zeroizing::new(Vec::with_capacity(length));
        for _ in 0..length {
            value.push(bits.take(8) as u8);
        }
        Ok(Share {
            id,
            extendable,
            exponent,
            group_index,
            group_threshold,
            group_count,
            index: number,
            threshold,
            value,
        })
    }
}

/// The number of a word; four letters are enough, and case does not matter.
fn index(word: &str) -> Option<u16> {
    let lower = Zeroizing::new(word.to_ascii_lowercase());
    let found = match WORDS.binary_search(&lower.as_str()) {
        Ok(at) => at,
        Err(at) if lower.len() == 4 => WORDS
            .get(at)
            .filter(|whole| whole.starts_with(lower.as_str()))
            .map(|_| at)?,
        Err(_) => return None,
    };
    u16::try_from(found).ok()
}
