//! Tells from its first bytes what a file is.

use memchr::memchr;

/// What a file of mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Messages one after the other, each behind a line `From …`.
    Mbox,
    /// One message.
    Message,
    /// One message of Apple Mail, behind a line with its length.
    Emlx,
    /// No mail: looked at as it stands.
    Text,
    /// The same, HTML.
    Html,
    /// A document whose text has two bytes a character, such as a message of Outlook.
    Wide,
}

/// Bytes that are enough to tell what a file is.
pub(super) const PEEK: usize = 4096;

/// Tells from its first bytes what a file is; `None` when it does not look like mail.
pub(super) fn kind(head: &[u8]) -> Option<Kind> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let line_end = memchr(b'\n', head).unwrap_or(head.len());
    let line = line_of(&head[..line_end]);
    if head.starts_with(b"From ") {
        return Some(Kind::Mbox);
    }
    if !line.is_empty()
        && line.len() < 12
        && line
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b' ')
    {
        let rest = head.get(line_end + 1..).unwrap_or_default();
        return is_header(rest).then_some(Kind::Emlx);
    }
    is_header(head).then_some(Kind::Message)
}

/// What to read a file as that was named by a person although it does not look like mail.
pub(super) fn kind_of_other(head: &[u8], name: &str) -> Kind {
    let name = name.to_ascii_lowercase();
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    if head.starts_with(b"\xd0\xcf\x11\xe0")
        || head.starts_with(b"\xff\xfe")
        || head.starts_with(b"\xfe\xff")
    {
        Kind::Wide
    } else if name.ends_with(".html") || name.ends_with(".htm") || first == Some(&b'<') {
        Kind::Html
    } else {
        Kind::Text
    }
}

/// A line `Name: value`, as every header begins.
fn is_header(text: &[u8]) -> bool {
    let Some(colon) = memchr(b':', text) else {
        return false;
    };
    let name = &text[..colon];
    (2..=76).contains(&colon)
        && name.iter().all(|byte| byte.is_ascii_graphic())
        && name.iter().any(u8::is_ascii_alphabetic)
        // A drive or a scheme is no field: `C:\…`, `http://…`.
        && !text[colon + 1..].starts_with(b"//")
}

/// A line without its end.
fn line_of(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
