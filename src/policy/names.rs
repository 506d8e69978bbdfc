//! The shape of names: user principal names, mail nicknames and display names, checked before anything is sent, with the
//! offending character named. Also names that do not say what an account is for.
//!
//! Source: user resource and UPN pages (113 characters in all, 64 before the @, 48 after it; allowed characters), read
//! 2026-07. The forms of the domain part are those of DNS.

use super::password::words::WORDS;
use std::fmt::Write as _;

/// Longest UPN.
pub const UPN_MAX: usize = 113;
/// Longest part before the @.
pub const LOCAL_MAX: usize = 64;
/// Longest part after the @.
pub const DOMAIN_MAX: usize = 48;
/// Longest mail nickname.
pub const MAIL_NICKNAME_MAX: usize = 64;
/// Longest display name.
pub const DISPLAY_NAME_MAX: usize = 256;
/// Characters allowed before the @ beside ASCII letters and digits.
pub const LOCAL_SYMBOLS: &str = "'.-_!#^~";

/// What is wrong with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameProblem {
    /// Nothing there.
    Empty,
    /// No @, or nothing on one side of it.
    NotAnAddress,
    /// More than one @.
    SecondAt,
    /// Longer than the rule allows.
    TooLong {
        /// Which part.
        part: &'static str,
        /// Its length in characters.
        length: usize,
        /// The longest allowed.
        max: usize,
    },
    /// A character that is not ASCII.
    NotAscii {
        /// The character.
        character: char,
    },
    /// An ASCII character that the rule does not allow.
    Forbidden {
        /// The character.
        character: char,
        /// Which part.
        part: &'static str,
    },
    /// Starts with a dollar sign, which the path of a request cannot carry.
    LeadingDollar,
    /// A dot directly before the @.
    DotBeforeAt,
    /// A domain that DNS would not take.
    Domain,
}

impl NameProblem {
    /// One sentence: what is wrong.
    pub fn why(&self) -> String {
        match self {
            NameProblem::Empty => "The name is empty.".into(),
            NameProblem::NotAnAddress => "A user principal name has the form name@domain.".into(),
            NameProblem::SecondAt => "The name holds more than one @.".into(),
            NameProblem::TooLong { part, length, max } => {
                format!("The {part} has {length} characters; at most {max} are allowed.")
            }
            NameProblem::NotAscii { character } => {
                format!(
                    "The name holds {}, which is not an ASCII character.",
                    describe(*character)
                )
            }
            NameProblem::Forbidden { character, part } => {
                format!(
                    "The {part} holds {}, which is not allowed there.",
                    describe(*character)
                )
            }
            NameProblem::LeadingDollar => "The name starts with a dollar sign.".into(),
            NameProblem::DotBeforeAt => "The name has a dot directly before the @.".into(),
            NameProblem::Domain => "The part after the @ is not a domain name.".into(),
        }
    }

    /// One sentence: what to do.
    pub fn fix(&self) -> String {
        match self {
            NameProblem::Empty | NameProblem::NotAnAddress | NameProblem::SecondAt => {
                "Give it like megan@contoso.onmicrosoft.com.".into()
            }
            NameProblem::TooLong { .. } => "Shorten it.".into(),
            NameProblem::NotAscii { character } if is_invisible(*character) => {
                "Type the name anew instead of pasting it: the character is invisible.".into()
            }
            NameProblem::NotAscii { .. } => {
                "Type the name with plain letters: look-alikes name another account.".into()
            }
            NameProblem::Forbidden { .. } => {
                format!(
                    "Use letters, digits and {LOCAL_SYMBOLS} before the @, and letters, digits, dots and hyphens after it."
                )
            }
            NameProblem::LeadingDollar => "Use the object id of the account.".into(),
            NameProblem::DotBeforeAt => "Remove the dot.".into(),
            NameProblem::Domain => "Use a verified domain of the tenant.".into(),
        }
    }
}

/// Names a character so that it can be found: `U+200B (zero-width space)`, or itself in quotes when it is visible ASCII.
pub fn describe(character: char) -> String {
    if character.is_ascii_graphic() {
        return format!("'{character}'");
    }
    let mut text = format!("U+{:04X}", u32::from(character));
    let kind = match character {
        ' ' => "blank",
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => "special blank",
        '\u{200b}' => "zero-width space",
        '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => "invisible character",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' => {
            "text-direction control"
        }
        '\u{370}'..='\u{3ff}' => "Greek letter",
        '\u{400}'..='\u{52f}' => "Cyrillic letter",
        '\u{ff01}'..='\u{ff5e}' => "full-width letter",
        c if c.is_control() => "control character",
        _ => "",
    };
    if !kind.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(text, " ({kind})");
    }
    text
}

/// True for characters that leave no mark on the screen, or turn the text around.
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{2000}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}')
}

/// Checks a user principal name. Guests' names with `#EXT#` are valid.
pub fn check_upn(upn: &str) -> Result<(), NameProblem> {
    if upn.is_empty() {
        return Err(NameProblem::Empty);
    }
    if let Some(character) = upn.chars().find(|c| !c.is_ascii()) {
        return Err(NameProblem::NotAscii { character });
    }
    if upn.starts_with('$') {
        return Err(NameProblem::LeadingDollar);
    }
    let Some((local, domain)) = upn.split_once('@') else {
        return Err(NameProblem::NotAnAddress);
    };
    if domain.contains('@') {
        return Err(NameProblem::SecondAt);
    }
    if local.is_empty() || domain.is_empty() {
        return Err(NameProblem::NotAnAddress);
    }
    check_local_part(local)?;
    check_domain(domain)?;
    fits("user principal name", upn.len(), UPN_MAX)
}

/// Checks the part before the @.
pub fn check_local_part(local: &str) -> Result<(), NameProblem> {
    const PART: &str = "part before the @";
    if local.is_empty() {
        return Err(NameProblem::Empty);
    }
    if let Some(character) = local.chars().find(|c| !c.is_ascii()) {
        return Err(NameProblem::NotAscii { character });
    }
    if local.starts_with('$') {
        return Err(NameProblem::LeadingDollar);
    }
    let bad = local
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !LOCAL_SYMBOLS.contains(*c));
    if let Some(character) = bad {
        return Err(NameProblem::Forbidden {
            character,
            part: PART,
        });
    }
    fits(PART, local.len(), LOCAL_MAX)?;
    if local.ends_with('.') {
        return Err(NameProblem::DotBeforeAt);
    }
    Ok(())
}

fn check_domain(domain: &str) -> Result<(), NameProblem> {
    const PART: &str = "part after the @";
    let bad = domain
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !"-.".contains(*c));
    if let Some(character) = bad {
        return Err(NameProblem::Forbidden {
            character,
            part: PART,
        });
    }
    fits(PART, domain.len(), DOMAIN_MAX)?;
    let label = |text: &str| !text.is_empty() && !text.starts_with('-') && !text.ends_with('-');
    if !domain.contains('.') || !domain.split('.').all(label) {
        return Err(NameProblem::Domain);
    }
    Ok(())
}

const fn fits(part: &'static str, length: usize, max: usize) -> Result<(), NameProblem> {
    if length > max {
        Err(NameProblem::TooLong { part, length, max })
    } else {
        Ok(())
    }
}

/// Checks a display name that is to be written: any language, nothing invisible.
pub fn check_display_name(name: &str) -> Result<(), NameProblem> {
    if name.trim().is_empty() {
        return Err(NameProblem::Empty);
    }
    if let Some(character) = name.chars().find(|c| is_invisible(*c)) {
        return Err(NameProblem::Forbidden {
            character,
            part: "display name",
        });
    }
    fits("display name", name.chars().count(), DISPLAY_NAME_MAX)
}

/// True when what a person typed names this account: its UPN or its object id, ASCII letter case aside. Look-alike
/// letters, other forms of the same letter and invisible characters never match.
pub fn confirms(typed: &str, upn: &str, id: &str) -> bool {
    let typed = typed.trim_matches([' ', '\t', '\r', '\n']);
    !typed.is_empty() && (typed.eq_ignore_ascii_case(upn) || typed.eq_ignore_ascii_case(id))
}

/// True for the name of a guest as the inviting tenant shows it.
pub fn is_guest_upn(upn: &str) -> bool {
    upn.split('@')
        .next()
        .is_some_and(|local| local.to_ascii_uppercase().contains("#EXT#"))
}

/// The domain of a UPN.
pub fn domain_of(upn: &str) -> Option<&str> {
    upn.rsplit_once('@')
        .map(|(_, domain)| domain)
        .filter(|domain| !domain.is_empty())
}

/// A mail nickname for a UPN: its local part, without what mail addresses do not like.
pub fn mail_nickname(upn: &str) -> String {
    let local = upn.split('@').next().unwrap_or_default();
    let kept: String = local
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c))
        .take(MAIL_NICKNAME_MAX)
        .collect();
    let kept = kept.trim_matches('.');
    if kept.is_empty() {
        "user".to_owned()
    } else {
        kept.to_owned()
    }
}

/// A local part that says nothing about its purpose: two words and four digits, about 35 bits. `pick(n)` gives an even
/// choice below n.
pub fn random_local_part(pick: &mut dyn FnMut(usize) -> usize) -> String {
    let mut word = || WORDS.get(pick(WORDS.len())).copied().unwrap_or("larch");
    let (first, second) = (word(), word());
    let number = 1000 + pick(9000) % 9000;
    format!("{first}.{second}{number}")
}

#[cfg(test)]
mod tests;
