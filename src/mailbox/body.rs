//! The way of a body from its bytes in the file to the matchers: transfer encoding, character set, HTML. One set of buffers for all
//! bodies, so that memory does not grow with the mailbox.

use super::address::{Hit, Matcher};
use super::header::{Encoding, Shape};
use super::html::Html;
use super::transfer::{Base64, Quoted};

/// First bytes of packed formats, for attachments whose declared kind says nothing.
const MAGIC: &[&[u8]] = &[
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b\x08",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"BZh",
    b"\xfd7zXZ",
    b"ID3",
    b"OggS",
];

/// What is done with the decoded bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Nothing: packed.
    Nothing,
    /// First bytes decide whether it is packed; else as `Wide`, for documents often hold text of two bytes a character.
    Attachment,
    /// As text.
    Text,
    /// As text whose zero bytes are left out.
    Wide,
    /// As HTML.
    Html,
    /// As HTML whose zero bytes are left out.
    WideHtml,
}

/// Reads bodies.
pub(super) struct Body {
    encoding: Encoding,
    base64: Base64,
    quoted: Quoted,
    rest: Decoded,
}

/// Everything behind the transfer encoding.
struct Decoded {
    reading: Reading,
    // An attachment's first bytes are still to come.
    fresh: bool,
    html: Html,
    text: Matcher,
    tags: Matcher,
}

impl Body {
    pub(super) fn new() -> Self {
        Body {
            encoding: Encoding::Plain,
            base64: Base64::default(),
            quoted: Quoted::default(),
            rest: Decoded {
                reading: Reading::Text,
                fresh: true,
                html: Html::default(),
                text: Matcher::new(),
                tags: Matcher::new(),
            },
        }
    }

    /// Begins a body of this shape; the one before has been finished.
    pub(super) fn begin(&mut self, shape: &Shape) {
        self.encoding = shape.encoding;
        self.base64 = Base64::default();
        self.quoted = Quoted::default();
        let rest = &mut self.rest;
        rest.fresh = true;
        rest.html.reset();
        rest.reading = if shape.is_packed() {
            Reading::Nothing
        } else if shape.is_html() {
            if shape.is_wide() {
                Reading::WideHtml
            } else {
                Reading::Html
            }
        } else if shape.is_wide() {
            Reading::Wide
        } else if shape.is_text() || shape.encoding == Encoding::Plain {
            Reading::Text
        } else {
            Reading::Attachment
        };
        rest.text.double_byte = shape.is_double_byte();
        rest.tags.double_byte = rest.text.double_byte;
    }

    /// Takes a piece of the body as it stands in the file.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let Body {
            encoding,
            base64,
            quoted,
            rest,
        } = self;
        if rest.reading == Reading::Nothing {
            return;
        }
        match encoding {
            Encoding::Plain => rest.feed(bytes),
            Encoding::Base64 => base64.feed(bytes, |piece| rest.feed(piece)),
            Encoding::Quoted => quoted.feed(bytes, |piece| rest.feed(piece)),
        }
    }

    /// What was found so far in a body that goes on.
    pub(super) fn drain(&mut self) -> Vec<Hit> {
        let mut hits = self.rest.text.drain();
        hits.append(&mut self.rest.tags.drain());
        hits
    }

    /// Ends the body.
    pub(super) fn finish(&mut self) -> Vec<Hit> {
        let mut last = [0; 2];
        let length = self.base64.flush(&mut last);
        if length > 0 && self.rest.reading != Reading::Nothing {
            self.rest.feed(&last[..length]);
        }
        self.quoted.finish();
        let mut hits = self.rest.text.finish();
        hits.append(&mut self.rest.tags.finish());
        hits
    }

    /// Whether the body is HTML.
    pub(super) fn is_html(&self) -> bool {
        matches!(self.rest.reading, Reading::Html | Reading::WideHtml)
    }
}

impl Decoded {
    fn feed(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.fresh && self.reading == Reading::Attachment {
            self.reading = if MAGIC.iter().any(|magic| bytes.starts_with(magic)) {
                Reading::Nothing
            } else {
                Reading::Wide
            };
        }
        self.fresh = false;
        match self.reading {
            Reading::Nothing => {}
            Reading::Text => self.text.feed(bytes),
            Reading::Html => self.html.feed(bytes, &mut self.text, &mut self.tags),
            Reading::Attachment | Reading::Wide => {
                for piece in without_zeros(bytes) {
                    self.text.feed(piece);
                }
            }
            Reading::WideHtml => {
                for piece in without_zeros(bytes) {
                    self.html.feed(piece, &mut self.text, &mut self.tags);
                }
            }
        }
    }
}

/// What stands between zeros: text of two bytes a character as an address has it.
fn without_zeros(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let at = memchr::memchr(0, bytes);
        rest = at.map(|at| &bytes[at + 1..]);
        Some(&bytes[..at.unwrap_or(bytes.len())])
    })
}
