//! The shape of passwords: what Entra refuses, what its banned list would probably refuse, and how to make good ones.
//! Randomness comes from the caller as an unbiased pick; nothing here stores or shows a password.
//!
//! Source: Entra password policy and password protection pages, read 2026. Length and characters are certain and
//! checked; the banned list is Microsoft's and partly secret, so its scoring is only a warning here.

pub mod words;

use words::WORDS;
use zeroize::Zeroizing;

/// Shortest password Entra takes for a cloud account.
pub const MIN_LENGTH: usize = 8;
/// Longest password Entra takes.
pub const MAX_LENGTH: usize = 256;
/// Character classes needed, of four.
pub const CLASSES_NEEDED: usize = 3;
/// Length of a generated password unless told otherwise.
pub const DEFAULT_LENGTH: usize = 20;
/// Length for break-glass accounts.
pub const BREAK_GLASS_LENGTH: usize = 32;
/// Shortest password this program generates.
pub const SHORTEST_GENERATED: usize = 12;
/// Fewest and most words of a generated phrase.
pub const WORD_RANGE: std::ops::RangeInclusive<usize> = 4..=30;
/// Bits that one word carries.
pub const BITS_PER_WORD: u32 = 11;

/// Symbols Entra allows, the blank included.
const SYMBOLS: &str = "@#$%^&*-_!+=[]{}|\\:',.?/`~\"();<> ";

/// Letters and digits that are not mistaken for one another, and symbols that survive shells, spreadsheets and CSV.
const LOWER: &str = "abcdefghjkmnpqrstuvwxyz";
const UPPER: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS: &str = "23456789";
const SAFE_SYMBOLS: &str = "-+=.@";

/// A rule a password breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Fewer than 8 characters.
    TooShort,
    /// More than 256 characters.
    TooLong,
    /// A character outside ASCII letters, digits and the allowed symbols.
    ForbiddenCharacter,
    /// Fewer than three of the four classes.
    TooFewClasses,
    /// Contains the user name.
    ContainsUserName,
}

impl Rule {
    /// All rules.
    pub const ALL: [Rule; 5] = [
        Rule::TooShort,
        Rule::TooLong,
        Rule::ForbiddenCharacter,
        Rule::TooFewClasses,
        Rule::ContainsUserName,
    ];

    /// The rule as a sentence; it never quotes the password.
    pub const fn sentence(self) -> &'static str {
        match self {
            Rule::TooShort => "The password has fewer than 8 characters.",
            Rule::TooLong => "The password has more than 256 characters.",
            Rule::ForbiddenCharacter => {
                "The password holds a character Entra does not take: only ASCII letters, digits, common symbols and the blank are allowed."
            }
            Rule::TooFewClasses => {
                "The password needs three of: lower-case letter, upper-case letter, digit, symbol."
            }
            Rule::ContainsUserName => "The password contains the user name.",
        }
    }
}

/// Checks what Entra certainly demands. The user name counts from four letters on, without regard to case.
pub fn check(password: &str, upn: &str) -> Result<(), Vec<Rule>> {
    let mut broken = Vec::new();
    let length = password.chars().count();
    if length < MIN_LENGTH {
        broken.push(Rule::TooShort);
    }
    if length > MAX_LENGTH {
        broken.push(Rule::TooLong);
    }
    if password
        .chars()
        .any(|c| !c.is_ascii_alphanumeric() && !SYMBOLS.contains(c))
    {
        broken.push(Rule::ForbiddenCharacter);
    }
    if classes(password) < CLASSES_NEEDED {
        broken.push(Rule::TooFewClasses);
    }
    let name = upn
        .split('@')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let lower = Zeroizing::new(password.to_ascii_lowercase());
    if name.chars().count() >= 4 && lower.contains(&name) {
        broken.push(Rule::ContainsUserName);
    }
    if broken.is_empty() {
        Ok(())
    } else {
        Err(broken)
    }
}

/// How many of the four classes occur.
fn classes(password: &str) -> usize {
    let any = |test: fn(char) -> bool| usize::from(password.chars().any(test));
    any(|c| c.is_ascii_lowercase())
        + any(|c| c.is_ascii_uppercase())
        + any(|c| c.is_ascii_digit())
        + any(|c| SYMBOLS.contains(c))
}

/// Points the password needs against the banned list.
pub const MIN_SCORE: usize = 5;

/// Words that Microsoft's secret list surely holds; our own short choice, for a warning only.
const COMMON: &[&str] = &[
    "abc",
    "abcd",
    "abcdef",
    "access",
    "admin",
    "administrator",
    "asdf",
    "asdfgh",
    "august",
    "autumn",
    "azure",
    "changeme",
    "company",
    "contoso",
    "december",
    "default",
    "dragon",
    "exchange",
    "february",
    "football",
    "friday",
    "guest",
    "hello",
    "iloveyou",
    "january",
    "letmein",
    "login",
    "master",
    "microsoft",
    "monday",
    "monkey",
    "november",
    "october",
    "office",
    "office365",
    "outlook",
    "pass",
    "passwd",
    "password",
    "qwert",
    "qwerty",
    "qwertz",
    "reset",
    "root",
    "secret",
    "september",
    "server",
    "spring",
    "summer",
    "sunshine",
    "super",
    "support",
    "sysadmin",
    "system",
    "teams",
    "temp",
    "temporary",
    "test",
    "user",
    "welcome",
    "windows",
    "winter",
    "111",
    "123",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "2024",
    "2025",
    "2026",
    "2027",
];

/// Scores a password as the documentation describes it: every banned word one point, every other character one point.
/// Parts of the given names count as banned words from four letters on. Fewer than [`MIN_SCORE`] points would probably be
/// refused; only Graph knows, since its list is not public.
pub fn banned_score(password: &str, names: &[&str]) -> usize {
    let text = normalised(password);
    let mut banned: Vec<Zeroizing<Vec<char>>> =
        COMMON.iter().map(|word| normalised(word)).collect();
    for name in names {
        for part in name
            .split(|c: char| !c.is_alphanumeric())
            .filter(|part| part.chars().count() >= 4)
        {
            banned.push(normalised(part));
        }
    }
    if banned.iter().any(|word| near(&text, word)) {
        return 1;
    }
    let mut best = vec![0_usize; text.len() + 1];
    for end in 1..=text.len() {
        let mut points = best.get(end - 1).copied().unwrap_or(0) + 1;
        for word in &banned {
            let ends_here = text.get(..end).is_some_and(|start| start.ends_with(word));
            if ends_here
                && let Some(before) = end
                    .checked_sub(word.len())
                    .and_then(|start| best.get(start))
            {
                points = points.min(before + 1);
            }
        }
        if let Some(slot) = best.get_mut(end) {
            *slot = points;
        }
    }
    best.last().copied().unwrap_or(0)
}

/// Lower case, with the documented substitutions undone.
fn normalised(text: &str) -> Zeroizing<Vec<char>> {
    Zeroizing::new(
        text.chars()
            .flat_map(char::to_lowercase)
            .map(|c| match c {
                '0' => 'o',
                '1' => 'l',
                '$' => 's',
                '@' => 'a',
                other => other,
            })
            .collect(),
    )
}

/// True when the two are equal but for one insertion, deletion or change, for words of at least five characters.
fn near(left: &[char], right: &[char]) -> bool {
    if right.len() < 5 || left.len().abs_diff(right.len()) > 1 {
        return false;
    }
    let same = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let tail = |list: &[char], skip: usize| {
        list.get(same + skip..)
            .map(<[char]>::to_vec)
            .unwrap_or_default()
    };
    match left.len().cmp(&right.len()) {
        std::cmp::Ordering::Equal => tail(left, 1) == tail(right, 1),
        std::cmp::Ordering::Less => tail(left, 0) == tail(right, 1),
        std::cmp::Ordering::Greater => tail(left, 1) == tail(right, 0),
    }
}

/// Why no password was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GenerateProblem {
    /// The length is outside 12 to 256.
    Length,
    /// The number of words is outside 4 to 30.
    Words,
    /// The source of randomness keeps giving the same: nothing it yields may be used.
    Randomness,
}

impl GenerateProblem {
    /// One sentence for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            GenerateProblem::Length => "A generated password has 12 to 256 characters.",
            GenerateProblem::Words => "A generated phrase has 4 to 30 words.",
            GenerateProblem::Randomness => {
                "The source of randomness does not behave randomly; no password was made."
            }
        }
    }
}

/// Makes a password of this many characters. `pick(n)` gives an even choice below n. The first character is a letter and
/// the last a letter or digit, all four classes occur, and every such password is equally likely.
pub fn generate(
    length: usize,
    pick: &mut dyn FnMut(usize) -> usize,
) -> Result<Zeroizing<String>, GenerateProblem> {
    if !(SHORTEST_GENERATED..=MAX_LENGTH).contains(&length) {
        return Err(GenerateProblem::Length);
    }
    let letters = [LOWER, UPPER].concat();
    let ends = [LOWER, UPPER, DIGITS].concat();
    let all = [LOWER, UPPER, DIGITS, SAFE_SYMBOLS].concat();
    let mut password = Zeroizing::new(String::with_capacity(length));
    // More than a third of the drafts hold all classes even at 12 characters; 256 failures mean a broken source.
    for _ in 0..256 {
        password.clear();
        for place in 0..length {
            let alphabet = match place {
                0 => &letters,
                _ if place + 1 == length => &ends,
                _ => &all,
            };
            let byte = alphabet.as_bytes().get(pick(alphabet.len())).copied();
            password.push(char::from(byte.ok_or(GenerateProblem::Randomness)?));
        }
        if classes(&password) == 4 {
            return Ok(password);
        }
    }
    Err(GenerateProblem::Randomness)
}

/// Makes a phrase such as `Garden-Meteor-Plank-Violet-7`: capitalised words and one digit, joined by hyphens. Each word
/// carries 11 bits, the digit 3: four words are 47 bits, six 69.
pub fn generate_words(
    count: usize,
    pick: &mut dyn FnMut(usize) -> usize,
) -> Result<Zeroizing<String>, GenerateProblem> {
    if !WORD_RANGE.contains(&count) {
        return Err(GenerateProblem::Words);
    }
    let mut phrase = Zeroizing::new(String::with_capacity(count * 7 + 1));
    for _ in 0..count {
        let word = WORDS
            .get(pick(WORDS.len()))
            .ok_or(GenerateProblem::Randomness)?;
        let mut letters = word.chars();
        phrase.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        phrase.extend(letters);
        phrase.push('-');
    }
    let digit = DIGITS.as_bytes().get(pick(DIGITS.len())).copied();
    phrase.push(char::from(digit.ok_or(GenerateProblem::Randomness)?));
    Ok(phrase)
}

/// Bits of a generated password of this length, before the condition on classes (which costs less than two).
pub fn entropy_bits(length: usize) -> u32 {
    let all = (LOWER.len() + UPPER.len() + DIGITS.len() + SAFE_SYMBOLS.len()) as f64;
    (all.log2() * length as f64) as u32
}

#[cfg(test)]
mod tests;
