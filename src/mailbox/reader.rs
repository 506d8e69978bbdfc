//! Reads a file of mail as a stream of bytes: where a message begins, which lines are its header, where a part ends. Holds one buffer,
//! whatever the size of the file; bodies are passed on in large pieces and looked at by [`Body`].
//!
//! Inside a body only two things end a piece, both searched with vector instructions: a line that begins with `--` (a boundary of a
//! multipart) and, in an mbox, a line that begins with `From ` behind an empty one.

use super::body::Body;
use super::found::{Findings, Message, Place};
use super::header::{self, Shape};
use super::kind::Kind;
use memchr::{memchr, memmem};
use std::io::{self, Read};

/// Bytes read at once.
const READ: usize = 256 * 1024;
/// A header field longer than this is cut.
const MOST_FIELD: usize = 64 * 1024;
/// Parts inside parts.
const MOST_DEPTH: usize = 64;

/// Where in a message the next line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the length of an Apple message.
    Length,
    Header,
    Body,
}

/// Reads one file.
pub(super) struct Reader<'f> {
    body: &'f mut Body,
    findings: &'f mut Findings,
    is_mbox: bool,
    at: At,
    // The line before was empty.
    blank: bool,
    boundaries: Vec<Vec<u8>>,
    shape: Shape,
    field: Vec<u8>,
    // Fields of parts and of messages inside do not say who sent the message and when.
    outermost: bool,
    message: Message,
    marks: Marks,
}

/// Searchers for what ends a piece of a body.
struct Marks {
    boundary: memmem::Finder<'static>,
    separator: memmem::Finder<'static>,
}

impl<'f> Reader<'f> {
    pub(super) fn new(kind: Kind, body: &'f mut Body, findings: &'f mut Findings) -> Self {
        let mut shape = Shape::default();
        let is_mail = matches!(kind, Kind::Mbox | Kind::Message | Kind::Emlx);
        match kind {
            Kind::Html => shape.kind = "text/html".to_owned(),
            Kind::Wide => shape.charset = "utf-16".to_owned(),
            _ => {}
        }
        body.begin(&shape);
        Reader {
            body,
            findings,
            is_mbox: kind == Kind::Mbox,
            at: match kind {
                Kind::Emlx => At::Length,
                _ if is_mail => At::Header,
                _ => At::Body,
            },
            blank: true,
            boundaries: Vec::new(),
            shape,
            field: Vec::new(),
            outermost: true,
            // The separator in front of an mbox's first message begins it.
            message: Message::new(u64::from(kind != Kind::Mbox)),
            marks: Marks {
                boundary: memmem::Finder::new(b"\n--"),
                separator: memmem::Finder::new(b"\nFrom "),
            },
        }
    }

    /// Reads to the end; `buffer` is lent by the caller, who tells how far it is.
    pub(super) fn read(
        mut self,
        mut file: impl Read,
        buffer: &mut Vec<u8>,
        mut step: impl FnMut(usize),
    ) -> io::Result<()> {
        buffer.resize(READ, 0);
        let (mut filled, mut at_line_start) = (0, true);
        let mut first = true;
        loop {
            let count = match file.read(&mut buffer[filled..]) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            step(count);
            filled += count;
            let mut from = 0;
            if first && filled >= 3 {
                first = false;
                from = if buffer.starts_with(b"\xef\xbb\xbf") {
                    3
                } else {
                    0
                };
            }
            let last = count == 0;
            let ready = match memchr::memrchr(b'\n', &buffer[..filled]) {
                _ if last => filled,
                Some(at) => at + 1,
                // A line longer than the buffer goes on as it is, except that its end may be the beginning of a line's end.
                None if filled == READ => filled - 1,
                None => 0,
            };
            if ready > from {
                self.piece(&buffer[from..ready], at_line_start);
                at_line_start = buffer[ready - 1] == b'\n';
            }
            if last {
                break;
            }
            if ready > 0 {
                buffer.copy_within(ready..filled, 0);
                filled -= ready;
            }
        }
        self.end_field();
        self.end_body();
        self.findings.end_message();
        Ok(())
    }

    /// Takes whole lines, or a part of a line that is too long.
    fn piece(&mut self, mut bytes: &[u8], mut at_line_start: bool) {
        while !bytes.is_empty() {
            let used = match self.at {
                At::Body => self.in_body(bytes, at_line_start),
                At::Header | At::Length => self.in_header(bytes, at_line_start),
            };
            at_line_start = used > 0 && bytes[used - 1] == b'\n';
            bytes = &bytes[used..];
        }
    }

    fn in_header(&mut self, bytes: &[u8], at_line_start: bool) -> usize {
        let end = memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
        let line = &bytes[..end];
        let text = trimmed(line);
        if self.at == At::Length {
            self.at = At::Header;
        } else if !at_line_start || matches!(text, [b' ' | b'\t', ..]) && !self.field.is_empty() {
            let room = MOST_FIELD.saturating_sub(self.field.len());
            self.field.extend_from_slice(&text[..text.len().min(room)]);
        } else if text.is_empty() {
            self.end_header();
            self.blank = true;
        } else if !self.structural(line) {
            self.end_field();
            self.field
                .extend_from_slice(&text[..text.len().min(MOST_FIELD)]);
            self.blank = false;
        }
        end
    }

    fn end_field(&mut self) {
        let field = std::mem::take(&mut self.field);
        let colon = memchr(b':', &field).unwrap_or(0);
        let name = field[..colon].to_ascii_lowercase();
        let value = &field[(colon + 1).min(field.len())..];
        self.shape.field(&name, value);
        let text = if memmem::find(value, b"=?").is_some() {
            header::decoded(value)
        } else {
            value.to_vec()
        };
        if self.outermost {
            match &name[..] {
                b"from" => self.message.from_microsoft = header::is_microsoft(&text),
                b"date" => self.message.date = String::from_utf8_lossy(value).trim().to_owned(),
                b"subject" => self.message.subject = text.clone(),
                _ => {}
            }
        }
        self.findings
            .header(&self.message, &field[..colon], &name, &text);
        self.field = field;
        self.field.clear();
    }

    fn end_header(&mut self) {
        self.end_field();
        let shape = std::mem::take(&mut self.shape);
        self.outermost = false;
        if shape.is_message() {
            return;
        }
        if shape.is_multipart()
            && self.boundaries.len() < MOST_DEPTH
            && let Some(boundary) = shape.boundary.clone()
        {
            self.boundaries.push(boundary);
        }
        self.body.begin(&shape);
        self.at = At::Body;
    }

    fn end_body(&mut self) {
        let place = self.place();
        for hit in self.body.finish() {
            self.findings.add(&self.message, &place, hit);
        }
    }

    fn place(&self) -> Place {
        if self.body.is_html() {
            Place::Html
        } else {
            Place::Text
        }
    }

    fn in_body(&mut self, bytes: &[u8], at_line_start: bool) -> usize {
        if at_line_start {
            let end = memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
            if self.structural(&bytes[..end]) {
                return end;
            }
        }
        let end = self.next_mark(bytes, at_line_start);
        let piece = &bytes[..end];
        self.body.feed(piece);
        self.blank = ends_blank(piece, at_line_start);
        let hits = self.body.drain();
        if !hits.is_empty() {
            let place = self.place();
            for hit in hits {
                self.findings.add(&self.message, &place, hit);
            }
        }
        end
    }

    /// Where the next line begins that may be structural; everything before is body.
    fn next_mark(&self, bytes: &[u8], at_line_start: bool) -> usize {
        let boundary = if self.boundaries.is_empty() {
            None
        } else {
            self.marks
                .boundary
                .find_iter(bytes)
                .map(|at| at + 1)
                .find(|at| self.boundary_at(&bytes[*at..]).is_some())
        };
        let until = boundary.unwrap_or(bytes.len());
        let separator = if self.is_mbox {
            self.marks
                .separator
                .find_iter(&bytes[..until])
                .map(|at| at + 1)
                .find(|at| ends_blank(&bytes[..*at], at_line_start) && is_separator(&bytes[*at..]))
        } else {
            None
        };
        separator.unwrap_or(until)
    }

    /// The level whose boundary stands at the beginning of a line, and whether it is the closing one.
    fn boundary_at(&self, line: &[u8]) -> Option<(usize, bool)> {
        let rest = line.strip_prefix(b"--")?;
        self.boundaries
            .iter()
            .enumerate()
            .rev()
            .find_map(|(level, boundary)| {
                let behind = rest.strip_prefix(&boundary[..])?;
                let end = memchr(b'\n', behind).unwrap_or(behind.len());
                match behind[..end].trim_ascii_end() {
                    b"" => Some((level, false)),
                    b"--" => Some((level, true)),
                    _ => None,
                }
            })
    }

    /// Takes a line that begins a message or a part, or ends one; false when it does neither.
    fn structural(&mut self, line: &[u8]) -> bool {
        if self.is_mbox && self.blank && is_separator(line) {
            self.end_field();
            self.end_body();
            // In front of the first separator there is no message.
            if self.message.number > 0 {
                self.findings.end_message();
            }
            self.boundaries.clear();
            self.message = Message::new(self.message.number + 1);
            self.shape = Shape::default();
            self.outermost = true;
            self.at = At::Header;
            self.blank = false;
            let envelope = line.strip_prefix(b"From ").unwrap_or(line);
            self.findings
                .header(&self.message, b"From ", b"from ", trimmed(envelope));
            return true;
        }
        if self.boundaries.is_empty() {
            return false;
        }
        let Some((level, closing)) = self.boundary_at(line) else {
            return false;
        };
        self.end_field();
        self.end_body();
        self.shape = Shape::default();
        self.blank = false;
        if closing {
            self.boundaries.truncate(level);
            self.body.begin(&Shape::default());
            self.at = At::Body;
        } else {
            self.boundaries.truncate(level + 1);
            self.at = At::Header;
        }
        true
    }
}

/// A line without its end.
fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether a text ends in an empty line. A line end alone is one only where a line begins.
fn ends_blank(text: &[u8], at_line_start: bool) -> bool {
    match text {
        [.., b'\n', b'\n'] | [.., b'\n', b'\r', b'\n'] => true,
        b"\n" | b"\r\n" => at_line_start,
        _ => false,
    }
}

/// `From somebody Mon Nov 23 14:50:10 2026`, and not a sentence that begins with that word: there is a time of day in it.
pub(super) fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let end = memchr(b'\n', rest).unwrap_or(rest.len());
    rest[..end].windows(5).any(|five| {
        matches!(five, [a, b, b':', c, d] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()))
    })
}
