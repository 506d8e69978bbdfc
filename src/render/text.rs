//! Encoders for foreign data: terminal and CI log, CSV cell, TSV cell, Markdown cell.
//!
//! Display names come from a directory that strangers may write to; each output has exactly one encoder, here.

/// Makes a line safe for a terminal and for CI logs. With `keep_color` our own SGR sequences (`ESC [ … m`) survive.
///
/// Control characters, bidirectional and zero-width characters become a visible mark; a line that a pipeline would take for a
/// command (`::`, `##`, `##vso[`) loses that meaning.
#[must_use]
pub fn clean(line: &str, keep_color: bool) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    let mut combining = 0usize;
    while let Some(c) = rest.next() {
        if c == '\x1b' && keep_color {
            let ahead: String = rest.clone().take(8).collect();
            if let Some(length) = own_sgr(&ahead) {
                out.push(c);
                out.extend(rest.by_ref().take(length));
                continue;
            }
        }
        combining = if unicode_width::UnicodeWidthChar::width(c) == Some(0) {
            combining + 1
        } else {
            0
        };
        if c == '\t' {
            out.push(' ');
        } else if is_hostile(c) {
            out.push('\u{fffd}');
        } else if combining <= 4 {
            out.push(c);
        }
    }
    let start = out.trim_start();
    if start.starts_with("::") || start.starts_with("##") {
        out = format!("{}. {start}", &out[..out.len() - start.len()]);
    }
    break_vso(&out)
}

/// A JSON document as a terminal and a CI log may see it: the same document, with characters that act written as escapes.
#[must_use]
pub fn json(document: &str) -> String {
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n');
    if document.bytes().all(plain) && !document.contains("##") {
        return document.to_owned();
    }
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        // Pipelines look for `##vso[` and `##[` anywhere in a line.
        let command = c == '#' && out.ends_with('#');
        if command || (is_hostile(c) && c != '\n') {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn break_vso(text: &str) -> String {
    let mut out = text.to_owned();
    while let Some(at) = out.to_ascii_lowercase().find("##vso[") {
        out.insert(at + 2, ' ');
    }
    out
}

/// Length of `[…m` after ESC when it is one of the sequences that [`crate::console`] paints with.
fn own_sgr(ahead: &str) -> Option<usize> {
    let end = ahead.find('m')?;
    let inner = ahead.get(..end)?.strip_prefix('[')?;
    inner
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b';')
        .then_some(end + 1)
}

/// Characters that act instead of being seen: C0, DEL, C1, bidirectional controls, zero-width and tag characters.
#[must_use]
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of foreign text as a table cell.
#[must_use]
pub fn cell(text: &str) -> String {
    clean(&text.replace(['\r', '\n'], " "), false)
}

/// A CSV cell of a report: a value that a spreadsheet would take for a formula gets a leading quote.
#[must_use]
pub fn csv_cell(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| {
            if is_hostile(c) && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    let formula = text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    // A log that shows the CSV must not take a line for a pipeline command either.
    let text = break_vso(&text);
    if formula || text.starts_with("::") || text.starts_with("##") {
        format!("'{text}")
    } else {
        text
    }
}

/// A Markdown table cell.
#[must_use]
pub fn markdown_cell(text: &str) -> String {
    let mut out = String::new();
    for c in cell(text).chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_document_and_cannot_act() {
        let name = "##vso[task.setvariable variable=PATH]x ### \u{202e}\u{9b}31m\u{1b}[2J\u{e0041} \u{e9}\n";
        let document = serde_json::json!({ "displayName": name, "id": 1 });
        for written in [json(&format!("{document:#}")), json(&document.to_string())] {
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&written).unwrap(),
                document
            );
            assert!(!written.contains("##") && !written.contains(|c| is_hostile(c) && c != '\n'));
        }
    }

    #[test]
    fn terminal_attacks_are_defused() {
        assert!(!clean("a\x1b]0;pwned\x07b", true).contains('\x1b'));
        assert!(!clean("\x1b]52;c;eA==\x07", true).contains('\x1b'));
        assert_eq!(clean("\x1b[31mred\x1b[0m", true), "\x1b[31mred\x1b[0m");
        assert!(!clean("\x1b[31mred", false).contains('\x1b'));
        assert!(!clean("\x1b[2J", true).contains('\x1b'));
        assert!(!clean("::set-output name=x::y", false).starts_with("::"));
        assert!(!clean("x ##vso[task.setvariable variable=PATH]x", false).contains("##vso["));
        assert!(!clean("##[error]x", false).starts_with("##"));
        let marks: String = std::iter::once('a')
            .chain(std::iter::repeat_n('\u{301}', 10_000))
            .collect();
        assert!(clean(&marks, false).chars().count() < 10);
    }

    #[test]
    fn formulas_are_quoted() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\u{ff1d}1"] {
            assert!(csv_cell(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(csv_cell("ada@contoso.com"), "ada@contoso.com");
    }

    #[test]
    fn markdown_cannot_break_out() {
        assert_eq!(markdown_cell("a|b\nc"), "a\\|b c");
    }

    proptest::proptest! {
        #[test]
        fn nothing_hostile_survives(text in proptest::collection::vec(proptest::char::any(), 0..60)) {
            let text: String = text.into_iter().collect();
            for line in [clean(&text, false), cell(&text)] {
                proptest::prop_assert!(!line.chars().any(is_hostile), "{line:?}");
                proptest::prop_assert!(!line.trim_start().starts_with("::") && !line.trim_start().starts_with("##"));
                proptest::prop_assert!(!line.to_ascii_lowercase().contains("##vso["));
            }
            let csv = csv_cell(&text);
            proptest::prop_assert!(!csv.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
