//! Lines of prose on a terminal: broken between words, continued under their text. What is copied, a command or a link, stays whole.

use textwrap::{Options, WordSplitter};

/// Narrower than this a text is easier to read broken by the terminal.
const LEAST: usize = 40;

/// Adds a line; `width` is the terminal's, when there is one.
pub(super) fn put(out: &mut String, line: &str, width: Option<usize>) {
    match width.filter(|width| *width >= LEAST && line.chars().count() >= *width) {
        Some(width) if is_prose(line) => {
            let indent = " ".repeat(hang(line));
            let options = Options::new(width)
                .subsequent_indent(&indent)
                .word_splitter(WordSplitter::NoHyphenation)
                .break_words(false);
            out.push_str(&textwrap::fill(line, options));
        }
        _ => out.push_str(line),
    }
    out.push('\n');
}

/// Words of a person; not a command, a link or a picture made of characters.
fn is_prose(line: &str) -> bool {
    let text = line.trim_start();
    !text.starts_with("run:")
        && !text.contains("://")
        && text.chars().any(char::is_alphabetic)
        && !text.contains("  admin-reset ")
}

/// Where the text begins behind blanks, a dash or a label such as `needs:`.
fn hang(line: &str) -> usize {
    let blanks = line.len() - line.trim_start_matches(' ').len();
    let text = &line[blanks..];
    if text.starts_with("- ") {
        return blanks + 2;
    }
    let label = text.split(' ').next().unwrap_or_default();
    let numbered = label
        .strip_suffix('.')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|one| one.is_ascii_digit()));
    if blanks > 0 && label.len() <= 12 && label.ends_with(':') || numbered {
        let behind = &text[label.len()..];
        return blanks + label.len() + behind.len() - behind.trim_start_matches(' ').len();
    }
    blanks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(line: &str, width: usize) -> Vec<String> {
        let mut out = String::new();
        put(&mut out, line, Some(width));
        out.lines().map(str::to_owned).collect()
    }

    #[test]
    fn broken_between_words_and_continued_under_the_text() {
        let needs = "   needs:   The user name and two of: registered e-mail, registered phone.";
        assert_eq!(
            lines(needs, 50),
            [
                "   needs:   The user name and two of: registered",
                "            e-mail, registered phone."
            ]
        );
        let step = "   - Have ready: a recent invoice or the last digits of the card.";
        assert_eq!(
            lines(step, 50),
            [
                "   - Have ready: a recent invoice or the last",
                "     digits of the card."
            ]
        );
        let way = "12. Open a support case by phone and ask for the data team.";
        assert_eq!(lines(way, 50)[1], "    data team.");
        assert_eq!(lines("short", 50), ["short"]);
    }

    #[test]
    fn what_is_copied_stays_whole() {
        for line in [
            "   run:     admin-reset reset-user somebody.with.a.long.name@contoso.onmicrosoft.com",
            "   open:    https://passwordreset.microsoftonline.com/?username=somebody%40contoso.com",
            "████ ▄▄ ████ ▄▄ ████ ▄▄ ████ ▄▄ ████ ▄▄ ████ ▄▄ ████",
        ] {
            assert_eq!(lines(line, 45), [line]);
        }
        let mut out = String::new();
        put(&mut out, &"word ".repeat(100), None);
        assert_eq!(out.lines().count(), 1);
    }
}
