//! The ways a phone number may be written in a directory. A filter compares letter by letter, so each has to be asked for.
//!
//! Source: user resource of the Graph reference (mobilePhone and businessPhones are free text), registered methods are written
//! `+CC NUMBER`; read 2026-08.

/// Longest and shortest numbers that are taken for one (E.164: at most 15 digits).
const LENGTH: std::ops::RangeInclusive<usize> = 5..=15;

/// Whether a text looks like a phone number and not like a name.
pub fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    LENGTH.contains(&digits)
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace() || "+()-./".contains(c))
}

/// Digits of a number with the country code, without what stands for "abroad" or "from within the country" in front.
fn core(text: &str) -> (String, bool) {
    // `+44 (0)20 …` is written for people; nobody dials both.
    let text = text.replace("(0)", "");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.trim_start().starts_with('+') {
        (digits, true)
    } else if let Some(rest) = digits.strip_prefix("00") {
        (rest.to_owned(), true)
    } else {
        (digits, false)
    }
}

/// Forms to ask for, likeliest first, each once; at most thirty.
pub fn forms(text: &str) -> Vec<String> {
    let (digits, international) = core(text);
    let mut all = vec![text.trim().to_owned()];
    if international {
        for length in [2, 1, 3] {
            if let Some((code, rest)) = digits.split_at_checked(length) {
                all.push(format!("+{code} {rest}"));
                all.push(format!("+{code}{rest}"));
            }
        }
        if let Some(rest) = digits.strip_prefix('1').filter(|rest| rest.len() == 10) {
            let (area, exchange, line) = (&rest[..3], &rest[3..6], &rest[6..]);
            all.push(format!("+1 {area}-{exchange}-{line}"));
            all.push(format!("+1 ({area}) {exchange}-{line}"));
            all.push(format!("+1 {area} {exchange} {line}"));
            all.extend(american(rest));
        }
        for length in [2, 3, 1] {
            if let Some((code, rest)) = digits.split_at_checked(length) {
                all.push(format!("0{rest}"));
                all.push(rest.to_owned());
                all.push(format!("+{code} {}", grouped(rest)));
            }
        }
        all.push(digits.clone());
        all.push(format!("00{digits}"));
    } else {
        all.push(digits.clone());
        if digits.len() == 10 && !digits.starts_with('0') {
            all.extend(american(&digits));
            all.push(format!("+1 {digits}"));
            all.push(format!("+1{digits}"));
        }
        let plain = digits.trim_start_matches('0');
        all.push(plain.to_owned());
        all.push(format!("0{plain}"));
        all.push(grouped(&digits));
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|form| !form.is_empty() && seen.insert(form.clone()));
    all.truncate(30);
    all
}

fn american(rest: &str) -> [String; 4] {
    let (area, exchange, line) = (&rest[..3], &rest[3..6], &rest[6..]);
    [
        format!("({area}) {exchange}-{line}"),
        format!("{area}-{exchange}-{line}"),
        format!("{area}.{exchange}.{line}"),
        rest.to_owned(),
    ]
}

/// In groups as people write them: 123 45 678, 12 34 56 78.
fn grouped(digits: &str) -> String {
    let first = if digits.len() % 2 == 1 || digits.len() == 8 && digits.starts_with(['4', '9']) {
        3
    } else {
        2
    };
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at == first || (at > first && (at - first) % 2 == 0) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// Whether two numbers are the same, however they are written; a number without country code equals one with it.
pub fn same(a: &str, b: &str) -> bool {
    let ((a, a_whole), (b, b_whole)) = (core(a), core(b));
    if a_whole && b_whole {
        return a == b;
    }
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    // A country code has at most three digits.
    short.len() >= 6 && long.ends_with(short) && long.len() - short.len() <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names() {
        for text in [
            "+47 12345678",
            "(206) 555-0100",
            "020 7946 0101",
            "206.555.0100",
        ] {
            assert!(is_phone(text), "{text}");
        }
        for text in ["ada", "1234", "+", "ada 12345", "12345678901234567"] {
            assert!(!is_phone(text), "{text}");
        }
    }

    #[test]
    fn many_forms_of_one_number() {
        let forms = forms("+1 (206) 555 0100");
        for wanted in [
            "+1 2065550100",
            "+12065550100",
            "+1 206-555-0100",
            "+1 (206) 555-0100",
            "(206) 555-0100",
            "206-555-0100",
            "2065550100",
            "+120 65550100",
        ] {
            assert!(
                forms.iter().any(|form| form == wanted),
                "{wanted} in {forms:?}"
            );
        }
        assert!(forms.len() <= 30);
        assert!(
            super::forms("0047 12345678")
                .iter()
                .any(|form| form == "+47 12345678")
        );
        assert!(
            super::forms("2065550100")
                .iter()
                .any(|form| form == "+1 2065550100")
        );
        assert!(
            super::forms("+44 (0)7700 900101")
                .iter()
                .any(|form| form == "+44 7700900101")
        );
    }

    #[test]
    fn the_same_number_however_it_is_written() {
        assert!(same("+44 7700900101", "07700 900 101"));
        assert!(same("0044 7700900101", "+44 (0)7700-900101"));
        assert!(same("+1 206-555-0100", "(206) 555 0100"));
        assert!(!same("+44 7700900101", "+1 7700900101"));
        assert!(!same("900101", "+44 7700900101"), "too much is missing");
        assert!(!same("12345", "12345"), "too short to tell anything");
    }
}
