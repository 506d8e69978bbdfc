//! One share as its holder keeps it: whose it is, what it opens, and its words; as a text file, and read back from one.
//!
//! What stands beside the words is for people and is not proven by anything; the words alone decide whether a share fits.

use crate::error::{Error, ErrorCode, Result};
use crate::share::Share;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// First line of a share file.
const TITLE: &str = "admin-reset share/1";

/// Words of one line.
const IN_A_LINE: usize = 5;

/// A share with what its holder has to know.
#[derive(Clone)]
pub struct Sheet {
    /// Number of the share, from 1.
    pub number: u8,
    /// Shares that open the secret.
    pub threshold: u8,
    /// Shares there are, where it is known.
    pub count: Option<u8>,
    /// Number of the set, as four hexadecimal digits.
    pub set: String,
    /// User principal name.
    pub account: Option<String>,
    /// Object id.
    pub id: Option<String>,
    /// Tenant id or domain.
    pub tenant: Option<String>,
    /// What the secret is.
    pub what: Option<String>,
    /// When it was made.
    pub time: Option<String>,
    /// Operation id.
    pub operation_id: Option<String>,
    /// The share itself.
    pub share: Share,
}

impl Sheet {
    /// A sheet for a share that was just made.
    #[must_use]
    #[allow(clippy::too_many_arguments)] // each is a line of the sheet
    pub fn new(
        share: &Share,
        count: u8,
        tenant: Option<&str>,
        id: &str,
        upn: &str,
        what: &str,
        time: &str,
        operation_id: &str,
    ) -> Self {
        let some = |text: &str| Some(text.to_owned());
        Sheet {
            count: Some(count),
            account: some(upn),
            id: some(id).filter(|id| id != upn),
            tenant: tenant.map(str::to_owned),
            what: some(what),
            time: some(time),
            operation_id: some(operation_id),
            ..Sheet::bare(share.clone())
        }
    }

    /// A sheet of which only the words are known.
    fn bare(share: Share) -> Self {
        Sheet {
            number: share.index + 1,
            threshold: share.threshold,
            count: None,
            set: format!("{:04x}", share.id),
            account: None,
            id: None,
            tenant: None,
            what: None,
            time: None,
            operation_id: None,
            share,
        }
    }

    /// "2 of 5"
    #[must_use]
    pub fn place(&self) -> String {
        match self.count {
            Some(count) => format!("{} of {count}", self.number),
            None => self.number.to_string(),
        }
    }

    /// The lines beside the words, as name and value.
    #[must_use]
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("share", self.place()),
            ("needed", format!("any {}", self.threshold)),
            ("set", self.set.clone()),
        ];
        let more = [
            ("account", &self.account),
            ("id", &self.id),
            ("tenant", &self.tenant),
            ("what", &self.what),
            ("time", &self.time),
            ("operation", &self.operation_id),
        ];
        facts.extend(
            more.into_iter()
                .filter_map(|(name, value)| Some((name, value.clone()?))),
        );
        facts
    }

    /// The file of this share.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<Vec<u8>> {
        let words = self.share.words();
        let mut text = Zeroizing::new(String::with_capacity(words.len() * 16 + 2048));
        let _ = writeln!(text, "{TITLE}");
        for (name, value) in self.facts() {
            let _ = writeln!(text, "{name}: {}", one_line(&value));
        }
        let _ = writeln!(text);
        for (at, line) in words.chunks(IN_A_LINE).enumerate() {
            for (word, number) in line.iter().zip(at * IN_A_LINE + 1..) {
                let _ = write!(text, "{number:4} {word:<9}");
            }
            let _ = writeln!(text);
        }
        let _ = writeln!(
            text,
            "\n# Any {} of these shares open the secret: admin-reset unseal FILE FILE …\n# Without it: any SLIP-39 tool restores the bytes from the words, with no passphrase; they are the secret in UTF-8, filled up with zero bytes.",
            self.threshold
        );
        Zeroizing::new(text.as_bytes().to_vec())
    }

    /// Reads what is a share file, or bare words; `named` is how sentences call it.
    pub fn read(text: &str, named: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .peekable();
        let ours = lines.peek().is_some_and(|line| line.trim() == TITLE);
        let mut facts: Vec<(String, String)> = Vec::new();
        let mut words = Zeroizing::new(String::with_capacity(text.len()));
        if ours {
            lines.next();
        }
        for line in lines {
            match line
                .split_once(": ")
                .filter(|_| ours && words.trim().is_empty())
            {
                Some((name, value)) => facts.push((
                    name.trim().to_owned(),
                    value
                        .trim()
                        .chars()
                        .filter(|c| !c.is_control())
                        .take(300)
                        .collect(),
                )),
                None => {
                    words.push_str(line);
                    words.push('\n');
                }
            }
        }
        if words.trim().is_empty() {
            return Err(
                Error::new(ErrorCode::SealBroken, format!("{named} holds no share."))
                    .why("No words stand in it.")
                    .fix("Give the files of the shares, or their words."),
            );
        }
        let share = Share::read(&words).map_err(|flaw| {
            Error::new(
                ErrorCode::SealBroken,
                format!("{named} is damaged or no share."),
            )
            .why(flaw.sentence())
            .fix("Compare the words with the sheet, or take another share.")
        })?;
        let fact = |name: &str| {
            facts
                .iter()
                .find(|(own, _)| own == name)
                .map(|(_, value)| value.clone())
        };
        let count = fact("share").and_then(|text| text.split_once(" of ")?.1.parse().ok());
        Ok(Sheet {
            count,
            account: fact("account"),
            id: fact("id"),
            tenant: fact("tenant"),
            what: fact("what"),
            time: fact("time"),
            operation_id: fact("operation"),
            ..Sheet::bare(share)
        })
    }
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::share::{Scheme, split};

    fn sheet() -> Sheet {
        let mut fill = |buffer: &mut [u8]| {
            buffer.fill(0x5a);
            Ok(())
        };
        let shares = split(
            &Secret::new("Kd7#mQ2x-canary"),
            Scheme {
                threshold: 2,
                count: 3,
            },
            &mut fill,
        )
        .unwrap();
        Sheet::new(
            &shares[1],
            3,
            Some("contoso.onmicrosoft.com"),
            "1-2",
            "ada@contoso.com",
            "password",
            "2026-11-25T19:00:00Z",
            "op",
        )
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = String::from_utf8(sheet().to_text().to_vec()).unwrap();
        assert!(
            text.starts_with("admin-reset share/1\nshare: 2 of 3\nneeded: any 2\n"),
            "{text}"
        );
        assert!(!text.contains("canary"));
        for text in [
            text.clone(),
            text.replace('\n', "\r\n"),
            format!("\u{feff}{text}"),
        ] {
            let back = Sheet::read(&text, "x").unwrap();
            assert_eq!(back.facts(), sheet().facts());
            assert_eq!(back.share, sheet().share);
        }
    }

    #[test]
    fn bare_words_are_a_share_too_and_damage_is_named() {
        let words = sheet().share.words();
        let back = Sheet::read(&words.join(" "), "x").unwrap();
        assert_eq!((back.number, back.count, back.account), (2, None, None));
        let error = Sheet::read(&words.join(" ").replace(words[7], "zebra"), "share-2.txt")
            .err()
            .unwrap();
        assert!(
            error.message().contains("share-2.txt") && error.cause().unwrap().contains("zebra"),
            "{error}"
        );
        assert!(
            Sheet::read("# nothing\n", "x")
                .err()
                .unwrap()
                .message()
                .contains("no share")
        );
        assert!(Sheet::read("admin-reset share/1\nshare: 1 of 2\n", "x").is_err());
    }
}
