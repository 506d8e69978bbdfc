//! E-mail addresses and phone numbers as security info takes them: what is normalised, and what is refused with its rule.
//!
//! Source: emailAuthenticationMethod and phoneAuthenticationMethod of the Graph reference (the blank after the country code
//! counts); country codes of ITU-T E.164 (assigned codes, list of 2016 with amendments). Read 2026-11.

/// Country codes of one and two digits; every other one has three, and none begins with another.
const SHORT_CODES: &[&str] = &[
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45",
    "46", "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
    "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];
/// Groups of which no code is assigned to a country or service.
const SPARE: &[&str] = &["210", "28", "83", "89", "999"];
/// Countries whose numbers lose the leading zero when they are dialled from abroad. Only those without exceptions.
const NO_LEADING_ZERO: &[&str] = &[
    "20", "27", "31", "32", "33", "41", "43", "44", "46", "49", "55", "60", "61", "62", "64", "66",
    "81", "82", "84", "86", "90", "91", "353", "358", "380",
];
/// Most digits of a number with its country code (E.164).
const MOST_DIGITS: usize = 15;
/// Least digits after the country code.
const LEAST_DIGITS: usize = 4;

/// What kind of phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PhoneKind {
    /// The first one: text messages and calls.
    Mobile,
    /// The second one.
    AlternateMobile,
    /// Calls only; it may have an extension.
    Office,
}

impl PhoneKind {
    /// All of them.
    pub const ALL: [PhoneKind; 3] = [
        PhoneKind::Mobile,
        PhoneKind::AlternateMobile,
        PhoneKind::Office,
    ];

    /// Graph's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            PhoneKind::Mobile => "mobile",
            PhoneKind::AlternateMobile => "alternateMobile",
            PhoneKind::Office => "office",
        }
    }

    /// Id of the method, the same for every user.
    #[must_use]
    pub const fn method_id(self) -> &'static str {
        match self {
            PhoneKind::Mobile => "3179e48a-750b-4051-897c-87b9720928f7",
            PhoneKind::AlternateMobile => "b6332ec1-7057-4abe-9331-3d72feddfe41",
            PhoneKind::Office => "e37fc753-ff3b-4958-9484-eaa9425c82bc",
        }
    }

    /// Reads Graph's word, in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<PhoneKind> {
        PhoneKind::ALL
            .into_iter()
            .find(|kind| kind.word().eq_ignore_ascii_case(word))
    }
}

/// Why something was refused, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule.
    pub rule: String,
    /// What to do.
    pub fix: String,
}

fn problem<T>(rule: impl Into<String>, fix: impl Into<String>) -> Result<T, Problem> {
    Err(Problem {
        rule: rule.into(),
        fix: fix.into(),
    })
}

/// The country code at the beginning of the digits, when one is assigned there.
fn country_code(digits: &str) -> Option<&str> {
    if let Some(short) = SHORT_CODES.iter().find(|code| digits.starts_with(**code)) {
        return digits.get(..short.len());
    }
    let spare = SPARE.iter().any(|group| digits.starts_with(group));
    digits
        .get(..3)
        .filter(|code| !spare && !code.starts_with('0'))
}

/// A phone number as Graph wants it: `+{country code} {digits}`, with `x{extension}` for an office.
///
/// Blanks, hyphens, dots and brackets are taken out, and the blank after the country code is put where it belongs: no
/// country code begins with another. What would have to be guessed is refused.
pub fn phone(text: &str, kind: PhoneKind) -> Result<String, Problem> {
    const LIKE: &str = "Write it with a plus and the country code, for example \"+47 12345678\".";
    let text = text.trim();
    let (main, extension) = match text.find(['x', 'X']) {
        Some(at) => (&text[..at], Some(text[at + 1..].trim())),
        None => (text, None),
    };
    let Some(rest) = main.trim().strip_prefix('+') else {
        return problem("a number begins with + and the country code", LIKE);
    };
    // "(0)" is what is dialled inside the country only.
    let rest = rest.replace("(0)", "");
    let odd = |c: char| !(c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/'));
    if rest.contains(odd) {
        return problem(
            "a number has digits, blanks, hyphens, dots and brackets",
            LIKE,
        );
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let Some(code) = country_code(&digits) else {
        return problem("after the + comes the code of a country", LIKE);
    };
    let number = &digits[code.len()..];
    // A blank that somebody put has to stand where the code ends.
    let given: String = rest
        .trim_start()
        .split([' ', '-', '.', '(', '/'])
        .next()
        .unwrap_or_default()
        .to_owned();
    let separated = given.len() < digits.len();
    if separated && given != code && given.len() <= 4 {
        return problem(
            format!("+{given} is no country code; it would be +{code}"),
            format!("Write \"+{code} {number}\" if that is meant."),
        );
    }
    if number.len() < LEAST_DIGITS || digits.len() > MOST_DIGITS {
        return problem(
            format!(
                "a number has at least {LEAST_DIGITS} digits after the country code and at most {MOST_DIGITS} in all"
            ),
            LIKE,
        );
    }
    if code == "1" && number.len() != 10 {
        return problem(
            "a number after +1 has ten digits",
            "Count the digits again.",
        );
    }
    if number.starts_with('0') && NO_LEADING_ZERO.contains(&code) {
        let without = number.trim_start_matches('0');
        return problem(
            format!("after +{code} the leading 0 is left out"),
            format!("Write \"+{code} {without}\"."),
        );
    }
    match extension {
        None => Ok(format!("+{code} {number}")),
        Some(_) if kind != PhoneKind::Office => problem(
            "a number with an extension cannot be used to reset a password",
            "Leave the extension out, or register it with --phone-type office.",
        ),
        Some(digits)
            if (1..=7).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Ok(format!("+{code} {number}x{digits}"))
        }
        Some(_) => problem(
            "an extension has one to seven digits",
            "Write it like \"+1 2065550100x4321\".",
        ),
    }
}

/// Whether a number that Graph showed is masked, so that it tells nothing but its last digits.
#[must_use]
pub fn is_masked(number: &str) -> bool {
    number
        .split('x')
        .next()
        .is_some_and(|main| main.contains(['X', '*']))
}

/// The digits alone, for comparing two numbers.
#[must_use]
pub fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// An e-mail address to register.
pub fn email(text: &str) -> Result<String, Problem> {
    const LIKE: &str = "Write it like ada@fabrikam.example.";
    let text = text.trim();
    let Some((name, domain)) = text.split_once('@') else {
        return problem("an address has one @", LIKE);
    };
    let fits = |part: &str, more: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains("..")
    };
    if domain.contains('@') {
        return problem("an address has one @", LIKE);
    }
    if !fits(name, ".!#$%&'*+/=?^_`{|}~-") || name.len() > 64 {
        return problem(
            "before the @ stand 1 to 64 letters, digits and signs without blanks or quotes",
            LIKE,
        );
    }
    let labels = domain.split('.').count();
    let hyphens = domain
        .split('.')
        .any(|label| label.starts_with('-') || label.ends_with('-'));
    if !fits(domain, ".-") || labels < 2 || hyphens || domain.len() > 250 {
        return problem(
            "after the @ stands a domain of letters, digits and hyphens",
            LIKE,
        );
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use PhoneKind::{Mobile, Office};

    #[test]
    fn what_is_safe_is_normalised() {
        for (text, form) in [
            ("+47 12345678", "+47 12345678"),
            ("+4712345678", "+47 12345678"),
            ("+47 123 45 678", "+47 12345678"),
            (" +1 (206) 555-0100 ", "+1 2065550100"),
            ("+12065550100", "+1 2065550100"),
            ("+44 (0)20 7946 0958", "+44 2079460958"),
            ("+390612345678", "+39 0612345678"),
            ("+353851234567", "+353 851234567"),
            ("+7 912 345 67 89", "+7 9123456789"),
            ("+86 138 0013 8000", "+86 13800138000"),
        ] {
            assert_eq!(phone(text, Mobile).as_deref(), Ok(form), "{text}");
        }
        assert_eq!(
            phone("+1 425 555 0199 x4321", Office).as_deref(),
            Ok("+1 4255550199x4321")
        );
    }

    #[test]
    fn what_would_have_to_be_guessed_is_refused_with_rule_and_fix() {
        for (text, rule, fix) in [
            ("12345678", "begins with +", "+47 12345678"),
            ("0047 12345678", "begins with +", "+47 12345678"),
            ("", "begins with +", "+47"),
            ("+47 12a45678", "digits, blanks", "+47"),
            (
                "+471 2345678",
                "+471 is no country code",
                "\"+47 12345678\"",
            ),
            ("+44 020 7946 0958", "leading 0", "\"+44 2079460958\""),
            ("+1 555 0100", "ten digits", "Count"),
            ("+47 123", "at least 4", "+47"),
            ("+47 12345678901234", "at most 15", "+47"),
            ("+999 12345678", "code of a country", "+47"),
            ("+0 12345678", "code of a country", "+47"),
            ("+1 2065550100x12", "extension cannot", "office"),
        ] {
            let refused = phone(text, Mobile).unwrap_err();
            assert!(refused.rule.contains(rule), "{text}: {refused:?}");
            assert!(refused.fix.contains(fix), "{text}: {refused:?}");
        }
        assert!(phone("+1 4255550199xab", Office).is_err());
    }

    #[test]
    fn no_country_code_begins_with_another() {
        for code in SHORT_CODES {
            for other in SHORT_CODES.iter().filter(|other| *other != code) {
                assert!(!other.starts_with(code), "{code} {other}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn what_comes_out_goes_in_again_unchanged(text in "\\+[0-9 ()./-]{5,18}") {
            if let Ok(once) = phone(&text, Mobile) {
                proptest::prop_assert_eq!(phone(&once, Mobile), Ok(once.clone()));
                proptest::prop_assert_eq!(digits(&once), digits(&text.replace("(0)", "")));
            }
        }
    }

    #[test]
    fn addresses_are_checked_and_not_rewritten() {
        for fine in ["ada@fabrikam.example", "o'brien+x@a-b.co.uk", " a@b.c "] {
            assert_eq!(email(fine).as_deref(), Ok(fine.trim()));
        }
        for wrong in [
            "",
            "ada",
            "@b.c",
            "a@",
            "a@b",
            "a@@b.c",
            "a b@c.d",
            "a@-b.c",
            "a@b..c",
            ".a@b.c",
            "\u{430}da@b.c",
            "a@b.c\n.d",
            "\"a\"@b.c",
        ] {
            assert!(email(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn masks_are_seen() {
        assert!(is_masked("+1 XXXXXX5555") && is_masked("+1 XXXXXXXX00"));
        assert!(!is_masked("+1 4255550199x4321") && !is_masked("+1 2065550100"));
    }
}
