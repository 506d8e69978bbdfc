//! Shows of an e-mail address or phone number only enough to be recognised by its owner. Whole values are shown with
//! `--show-values` alone.

/// First character of the name and of each domain label but the last: `a***@f***.example`.
pub(crate) fn email(address: &str) -> String {
    let Some((name, domain)) = address.rsplit_once('@') else {
        return first(address);
    };
    let (inner, last) = domain.rsplit_once('.').unwrap_or((domain, ""));
    // A lower domain may be the person's own name, so no more of it is shown than of the name.
    if last.is_empty() {
        format!("{}@{}", first(name), first(inner))
    } else {
        format!("{}@{}.{last}", first(name), first(inner))
    }
}

fn first(text: &str) -> String {
    text.chars()
        .next()
        .map_or_else(|| "***".to_owned(), |c| format!("{c}***"))
}

/// The last two digits: `***55`; an extension, with which no reset works, stays visible as `x***`.
pub(crate) fn phone(number: &str) -> String {
    let (main, extension) = match number.split_once('x') {
        Some((main, extension)) if !extension.trim().is_empty() => (main, "x***"),
        _ => (number, ""),
    };
    let digits: Vec<char> = main.chars().filter(char::is_ascii_digit).collect();
    // A number of a few digits would be shown nearly whole.
    let tail: String = if digits.len() > 4 {
        digits[digits.len() - 2..].iter().collect()
    } else {
        String::new()
    };
    format!("***{tail}{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (address, shown) in [
            ("ada@fabrikam.example", "a***@f***.example"),
            ("ada@mail.fabrikam.co.uk", "a***@m***.uk"),
            ("a@localhost", "a***@l***"),
            ("\"x@y\"@z.com", "\"***@z***.com"),
            ("no-address", "n***"),
            ("@x.y", "***@x***.y"),
            ("", "***"),
            ("\u{e5}se@\u{f8}l.no", "\u{e5}***@\u{f8}***.no"),
        ] {
            assert_eq!(email(address), shown);
        }
    }

    #[test]
    fn numbers() {
        for (number, shown) in [
            ("+1 2065555555", "***55"),
            ("+47 12345678", "***78"),
            ("+1 2065555512x1234", "***12x***"),
            ("+1 XXXXXX5555", "***55"),
            ("112", "***"),
            ("", "***"),
        ] {
            assert_eq!(phone(number), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_mask_shows_a_name_or_a_number(name in "[a-z]{2,12}", label in "[a-z]{2,12}", number in "\\+[0-9]{1,3} [0-9]{6,12}") {
            let shown = email(&format!("{name}@{label}.example"));
            let shown = shown.strip_suffix(".example").unwrap();
            proptest::prop_assert!(!shown.contains(&name) && !shown.contains(&label));
            proptest::prop_assert!(phone(&number).chars().filter(char::is_ascii_digit).count() == 2);
        }
    }
}
