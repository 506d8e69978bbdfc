//! `--shard I/N`: a part of the users, the same in every run, so that N machines can share a large tenant.

use std::str::FromStr;

/// Part `index` of `count`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    index: u64,
    count: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule = || "write I/N with 1 ≤ I ≤ N ≤ 10000, for example 1/4".to_owned();
        let (index, count) = text.split_once('/').ok_or_else(rule)?;
        let shard = Shard {
            index: index.parse().map_err(|_| rule())?,
            count: count.parse().map_err(|_| rule())?,
        };
        if (1..=10_000).contains(&shard.count) && (1..=shard.count).contains(&shard.index) {
            Ok(shard)
        } else {
            Err(rule())
        }
    }
}

impl Shard {
    /// Whether a user belongs to this part: by FNV-1a over the lower-case name, which no release may change.
    pub(super) fn holds(self, name: &str) -> bool {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01b3)
        });
        hash % self.count == self.index - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_as_fractions() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, count: 3 }));
        for text in [
            "", "1", "0/3", "4/3", "1/0", "-1/2", "1/2/3", "a/b", "1/10001",
        ] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn everybody_is_in_exactly_one_part_and_parts_are_even() {
        for count in [1, 2, 3, 7] {
            let mut sizes = vec![0usize; count];
            for user in 0..7000 {
                let id = format!("00000000-0000-4000-8000-{user:012x}");
                let parts: Vec<usize> = (1..=count)
                    .filter(|index| {
                        format!("{index}/{count}")
                            .parse::<Shard>()
                            .unwrap()
                            .holds(&id)
                    })
                    .collect();
                assert_eq!(parts.len(), 1);
                sizes[parts[0] - 1] += 1;
            }
            let even: usize = 7000 / count;
            assert!(
                sizes.iter().all(|size| (*size).abs_diff(even) < even / 5),
                "{sizes:?}"
            );
        }
    }

    #[test]
    fn parts_stay_the_same_between_releases() {
        let shard: Shard = "1/4".parse().unwrap();
        let held: Vec<u8> = (0..8)
            .filter(|n| shard.holds(&format!("user{n}@Contoso.com")))
            .collect();
        assert_eq!(held, [2, 6]);
    }
}
