//! Header fields: what they say about the structure of a message, and their text with encoded words decoded (RFC 2047, 2231).

use super::transfer;
use memchr::memmem;

/// What a body is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    /// As it stands: 7bit, 8bit, binary.
    #[default]
    Plain,
    /// Base64.
    Base64,
    /// Quoted-printable.
    Quoted,
}

/// What the header of a message or of one of its parts says about its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// `text/html`, lower case; empty when not said.
    pub(super) kind: String,
    /// Lower case; empty when not said.
    pub(super) charset: String,
    /// Of a multipart.
    pub(super) boundary: Option<Vec<u8>>,
    /// How the body is wrapped.
    pub(super) encoding: Encoding,
}

/// Longest boundary that is kept; the standard allows 70.
const MOST_BOUNDARY: usize = 200;

/// Kinds whose bytes are packed or are no text at all: an address would not be found in them anyway.
const PACKED: &[&str] = &[
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/pdf",
    "application/zip",
    "application/gzip",
    "application/x-gzip",
    "application/x-7z",
    "application/x-rar",
    "application/vnd.rar",
    "application/x-zip",
    "application/vnd.openxmlformats",
    "application/vnd.oasis",
    "application/java-archive",
];

impl Shape {
    /// Takes note of a field. `name` is in lower case.
    pub(super) fn field(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b"content-type" => self.content_type(value),
            b"content-transfer-encoding" => {
                let word = String::from_utf8_lossy(value).trim().to_ascii_lowercase();
                self.encoding = match &word[..] {
                    "base64" => Encoding::Base64,
                    "quoted-printable" => Encoding::Quoted,
                    _ => Encoding::Plain,
                };
            }
            _ => {}
        }
    }

    fn content_type(&mut self, value: &[u8]) {
        let text = String::from_utf8_lossy(value);
        let mut parts = split(&text, ';').into_iter();
        self.kind = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        for part in parts {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            let value = unquoted(value.trim());
            match &name.trim().to_ascii_lowercase()[..] {
                "charset" | "charset*" => {
                    self.charset = value
                        .rsplit('\'')
                        .next()
                        .unwrap_or_default()
                        .to_ascii_lowercase();
                }
                "boundary" if !value.is_empty() => {
                    let mut bytes = value.into_bytes();
                    bytes.truncate(MOST_BOUNDARY);
                    self.boundary = Some(bytes);
                }
                _ => {}
            }
        }
    }

    /// Whether parts follow.
    pub(super) fn is_multipart(&self) -> bool {
        self.kind.starts_with("multipart/") && self.boundary.is_some()
    }

    /// Whether another header follows.
    pub(super) fn is_message(&self) -> bool {
        self.encoding == Encoding::Plain
            && matches!(
                &self.kind[..],
                "message/rfc822"
                    | "message/global"
                    | "message/news"
                    | "text/rfc822-headers"
                    | "message/delivery-status"
                    | "message/feedback-report"
            )
    }

    /// Whether the body is HTML.
    pub(super) fn is_html(&self) -> bool {
        matches!(
            &self.kind[..],
            "text/html" | "application/xhtml+xml" | "text/enriched"
        )
    }

    /// Whether the body is text or nothing is said.
    pub(super) fn is_text(&self) -> bool {
        self.kind.is_empty() || self.kind.starts_with("text/") || !self.kind.contains('/')
    }

    /// Whether the body is packed, so that it need not be looked at.
    pub(super) fn is_packed(&self) -> bool {
        // Drawings are text, and are looked at.
        PACKED.iter().any(|kind| self.kind.starts_with(kind)) && !self.kind.starts_with("image/svg")
    }

    /// Whether characters are two bytes wide, one of them zero for what an address is made of.
    pub(super) fn is_wide(&self) -> bool {
        [
            "utf-16",
            "utf16",
            "ucs-2",
            "iso-10646-ucs-2",
            "utf-32",
            "unicode",
        ]
        .iter()
        .any(|name| self.charset.starts_with(name))
    }

    /// Whether a letter may be the second half of a character.
    pub(super) fn is_double_byte(&self) -> bool {
        [
            "shift",
            "sjis",
            "ms_kanji",
            "windows-31j",
            "cp932",
            "big5",
            "gbk",
            "gb18030",
            "cp936",
            "cp949",
            "johab",
        ]
        .iter()
        .any(|name| self.charset.starts_with(name))
    }
}

/// Splits at a character outside quotation marks.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for c in text.chars() {
        if c == at && !quoted {
            parts.push(String::new());
            continue;
        }
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = c == '\\' && quoted && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

fn unquoted(text: &str) -> String {
    match text.strip_prefix('"') {
        None => text
            .split([' ', '\t', '('])
            .next()
            .unwrap_or_default()
            .to_owned(),
        Some(rest) => {
            let (mut out, mut escaped) = (String::new(), false);
            for c in rest.chars() {
                match c {
                    '\\' if !escaped => escaped = true,
                    '"' if !escaped => break,
                    c => {
                        out.push(c);
                        escaped = false;
                    }
                }
            }
            out
        }
    }
}

/// The text of a field with its encoded words decoded; words that follow each other are one text, whatever was cut between them.
pub(super) fn decoded(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    let mut after_word = false;
    while let Some(at) = memmem::find(rest, b"=?") {
        let Some((bytes, length)) = encoded_word(&rest[at..]) else {
            out.extend_from_slice(&rest[..at + 2]);
            rest = &rest[at + 2..];
            after_word = false;
            continue;
        };
        let between = &rest[..at];
        if !(after_word && between.iter().all(u8::is_ascii_whitespace)) {
            out.extend_from_slice(between);
        }
        out.extend_from_slice(&bytes);
        rest = &rest[at + length..];
        after_word = true;
    }
    out.extend_from_slice(rest);
    out
}

/// An encoded word at the beginning, `=?charset?Q?text?=`: its bytes and its length.
fn encoded_word(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let inner = &text[2..];
    let charset_end = inner.iter().position(|byte| *byte == b'?')?;
    let charset = &inner[..charset_end];
    let [kind, b'?', body @ ..] = &inner[charset_end + 1..] else {
        return None;
    };
    let sound =
        !charset.is_empty() && charset.len() <= 60 && charset.iter().all(u8::is_ascii_graphic);
    let body_end = memmem::find(body, b"?=").filter(|_| sound)?;
    let body = &body[..body_end];
    let mut bytes = match kind {
        b'B' | b'b' => transfer::base64(body),
        b'Q' | b'q' => transfer::q_word(body),
        _ => return None,
    };
    let charset = String::from_utf8_lossy(charset).to_ascii_lowercase();
    if (Shape {
        charset,
        ..Shape::default()
    })
    .is_wide()
    {
        bytes.retain(|byte| *byte != 0);
    }
    Some((bytes, 2 + charset_end + 1 + 2 + body_end + 2))
}

/// Whether an address in a `From` field is Microsoft's own.
pub(super) fn is_microsoft(from: &[u8]) -> bool {
    let text = String::from_utf8_lossy(from).to_ascii_lowercase();
    let Some((_, behind)) = text.rsplit_once('@') else {
        return false;
    };
    let domain = behind
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
        .next()
        .unwrap_or_default();
    crate::policy::user_names::MICROSOFT_SENDERS
        .iter()
        .any(|own| {
            domain == *own
                || domain
                    .strip_suffix(own)
                    .is_some_and(|sub| sub.ends_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words() {
        for (text, meant) in [
            (
                "=?utf-8?Q?admin=40contoso.onmicrosoft.com?=",
                "admin@contoso.onmicrosoft.com",
            ),
            ("=?ISO-8859-1?q?a_b?= <x>", "a b <x>"),
            (
                "=?utf-8?B?YWRtaW5AYw==?= =?utf-8?b?b250b3Nv?=",
                "admin@contoso",
            ),
            ("=?utf-8?Q?ad?=\t =?utf-8?Q?min?= x", "admin x"),
            ("a =?utf-8?Q?b?= c =?utf-8?Q?d?=", "a b c d"),
            ("=?utf-16be?B?AGEAQABi?=", "a@b"),
            ("=?utf-8*en?Q?a?=", "a"),
            ("=?x?=", "=?x?="),
            ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
            ("2=?", "2=?"),
        ] {
            assert_eq!(
                String::from_utf8_lossy(&decoded(text.as_bytes())),
                meant,
                "{text}"
            );
        }
    }

    #[test]
    fn content_types() {
        let mut shape = Shape::default();
        shape.field(
            b"content-type",
            b" Multipart/Mixed; name=\"a;b\"; BOUNDARY=\"x \\\"y\"; charset=UTF-8 (note)",
        );
        assert_eq!(
            (&shape.kind[..], &shape.charset[..]),
            ("multipart/mixed", "utf-8")
        );
        assert_eq!(shape.boundary.as_deref(), Some(&b"x \"y"[..]));
        assert!(shape.is_multipart());
        shape.field(b"content-transfer-encoding", b" Quoted-Printable ");
        assert_eq!(shape.encoding, Encoding::Quoted);
    }

    #[test]
    fn senders_of_microsoft() {
        assert!(is_microsoft(
            b"Microsoft <msonlineservicesteam@microsoftonline.com>"
        ));
        assert!(is_microsoft(b"o365mc@email2.microsoft.com"));
        assert!(!is_microsoft(b"a@microsoft.com.evil.test"));
        assert!(!is_microsoft(b"a@notmicrosoft.com"));
        assert!(!is_microsoft(b"\"x@microsoft.com\" <a@evil.test>"));
    }
}
