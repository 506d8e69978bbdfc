//! Finds user names of initial domains in a stream of decoded bytes, whatever the pieces it comes in.
//!
//! Looks at bytes only: no file, no mail, no rank. Two anchors are searched with vector instructions: `@` (or `%40`, as links
//! write it) for addresses, and the domain's own letters for a domain that stands alone.

use memchr::{memchr2_iter, memmem};

/// Stands in a text where an inline tag, a comment or an invisible character was: `adm<b>in</b>@…`.
pub(super) const JOINT: u8 = 0x01;
/// Stands where a link began or ended: an address may go on behind it, but none begins before it.
pub(super) const LINK: u8 = 0x02;

/// Bytes looked at together.
const SIZE: usize = 64 * 1024;
/// How far an address may reach to either side of its `@`, escapes and joints included.
const REACH: usize = 512;
/// Longest local part (limits of user names) and what may stand before it, such as the marks of a relayed sender.
const MOST_LOCAL: usize = 64;
const MOST_TOKEN: usize = 256;
/// Longest domain name.
const MOST_DOMAIN: usize = 253;
/// How much of the text before an address is kept to see whether it announces a user name.
const BEFORE: usize = 96;

/// What every initial domain ends with.
const SUFFIXES: [&str; 3] = [
    ".onmicrosoft.com",
    ".onmicrosoft.us",
    ".partner.onmschina.cn",
];

/// An address or a domain that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    /// Before the `@`; `None` for a domain that stands alone. In lower case.
    pub(super) local: Option<String>,
    /// Behind it, in lower case.
    pub(super) domain: String,
    /// Text before the address, in lower case.
    pub(super) before: String,
}

/// Looks for user names in what it is fed.
pub(super) struct Matcher {
    buffer: Vec<u8>,
    // Anchors before this place have been looked at.
    done: usize,
    /// Whether letters may be the second half of a character, as in Shift-JIS and Big5.
    pub(super) double_byte: bool,
    hits: Vec<Hit>,
    domains: memmem::Finder<'static>,
}

impl Matcher {
    pub(super) fn new() -> Self {
        Matcher {
            buffer: Vec::with_capacity(SIZE),
            done: 0,
            double_byte: false,
            hits: Vec::new(),
            domains: memmem::Finder::new(b"onm"),
        }
    }

    /// Takes more of the text.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let fits = bytes.len().min(SIZE - self.buffer.len());
            let (now, later) = bytes.split_at(fits);
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == SIZE {
                let limit = SIZE - REACH;
                self.look(limit);
                let from = limit - REACH;
                self.buffer.copy_within(from.., 0);
                self.buffer.truncate(SIZE - from);
                self.done = REACH;
            }
        }
    }

    /// Takes one byte more.
    pub(super) fn put(&mut self, byte: u8) {
        self.feed(&[byte]);
    }

    /// Ends the text and hands over what was found since the last time.
    pub(super) fn finish(&mut self) -> Vec<Hit> {
        if !self.buffer.is_empty() {
            self.look(self.buffer.len());
            self.buffer.clear();
            self.done = 0;
        }
        std::mem::take(&mut self.hits)
    }

    /// What was found so far, in a text that goes on.
    pub(super) fn drain(&mut self) -> Vec<Hit> {
        std::mem::take(&mut self.hits)
    }

    fn look(&mut self, limit: usize) {
        let text = &self.buffer[..];
        let fresh = &text[self.done..limit];
        for at in memchr2_iter(b'@', b'%', fresh) {
            let at = at + self.done;
            let Some(behind) = at_sign(text, at) else {
                continue;
            };
            if let Some(domain) = domain_from(text, behind) {
                let local = local_before(text, at, self.double_byte);
                if let Some((local, start)) = local {
                    self.hits.push(Hit {
                        before: before(text, start),
                        local: Some(local),
                        domain,
                    });
                }
            }
        }
        for at in self.domains.find_iter(fresh) {
            let at = at + self.done;
            if let Some(domain) = domain_around(text, at) {
                self.hits.push(Hit {
                    local: None,
                    domain,
                    before: String::new(),
                });
            }
        }
    }
}

/// Where the domain begins behind an `@` or its escape at this place.
fn at_sign(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at..)? {
        [b'@', ..] => Some(at + 1),
        [b'%', b'4', b'0', ..] => Some(at + 3),
        [b'%', b'2', b'5', b'4', b'0', ..] => Some(at + 5),
        _ => None,
    }
}

/// Length of something at this place that is not seen: a joint, a link, or a character without width.
fn unseen(rest: &[u8]) -> usize {
    match rest {
        [JOINT | LINK, ..] => 1,
        [0xc2, 0xad, ..] => 2,
        [0xe2, 0x80, 0x8b..=0x8d, ..] | [0xe2, 0x81, 0xa0, ..] | [0xef, 0xbb, 0xbf, ..] => 3,
        _ => 0,
    }
}

/// The same for what ends before this place.
fn unseen_before(text: &[u8]) -> usize {
    match text {
        [.., JOINT] => 1,
        [.., 0xc2, 0xad] => 2,
        [.., 0xe2, 0x80, 0x8b..=0x8d] | [.., 0xe2, 0x81, 0xa0] | [.., 0xef, 0xbb, 0xbf] => 3,
        _ => 0,
    }
}

/// Reads a domain name forward; only an initial domain counts, and it must end where it seems to end.
fn domain_from(text: &[u8], start: usize) -> Option<String> {
    // Nearly every `@` in bytes that are no text ends here.
    if !text[start..]
        .iter()
        .take(2)
        .all(|byte| is_domain_byte(*byte) || matches!(*byte, b'%' | JOINT | LINK | 0x80..))
    {
        return None;
    }
    let mut name = String::with_capacity(48);
    // The name may end at a joint although letters follow.
    let mut at_joint = None;
    let mut at = start;
    while at < text.len() && name.len() <= MOST_DOMAIN && at - start < REACH {
        let rest = &text[at..];
        let skipped = unseen(rest);
        if skipped > 0 {
            let ends = match rest[0] {
                LINK => true,
                // A capital behind small letters is the next word, whose blank only the layout shows.
                JOINT => {
                    at > start
                        && text[at - 1].is_ascii_lowercase()
                        && rest.get(1).is_some_and(u8::is_ascii_uppercase)
                }
                _ => false,
            };
            if ends && at_joint.is_none() && is_initial(&name) {
                at_joint = Some(name.clone());
            }
            at += skipped;
        } else if let [b'%', b'2', b'E' | b'e', ..] = rest {
            name.push('.');
            at += 3;
        } else if is_domain_byte(rest[0]) {
            name.push(char::from(rest[0].to_ascii_lowercase()));
            at += 1;
        } else {
            break;
        }
    }
    let more = match text.get(at..) {
        Some([b'@', ..]) => true,
        // A name like `com_old` is another name; an underscore that only marks italics is none.
        Some([b'_', next, ..]) => next.is_ascii_alphanumeric(),
        Some(rest) => at_sign(rest, 0).is_some(),
        None => false,
    };
    let name = name.trim_end_matches(['.', '-']);
    if !more && is_initial(name) {
        return Some(name.to_owned());
    }
    at_joint
}

/// Reads the domain around its own letters at this place, unless it belongs to an address.
fn domain_around(text: &[u8], at: usize) -> Option<String> {
    let rest = &text[at..];
    let known = [&b"onmicrosoft."[..], b"onmschina."]
        .iter()
        .any(|word| rest.starts_with(word));
    if !known {
        return None;
    }
    let mut start = at;
    while start > 0 && at - start < REACH {
        let skipped = unseen_before(&text[..start]);
        if skipped > 0 {
            start -= skipped;
        } else if text[start - 1] == LINK || is_domain_byte(text[start - 1]) {
            start -= 1;
        } else {
            break;
        }
    }
    // `%2F` before a name is an escape whose last two characters look like letters of it.
    if start > 0 && text[start - 1] == b'%' && text.len() >= start + 2 {
        let escaped = [&b"40"[..], b"2540"]
            .iter()
            .any(|escape| text[start..].starts_with(escape));
        if escaped {
            return None;
        }
        start += if text[start..].starts_with(b"25") {
            4
        } else {
            2
        };
    }
    if start >= at || matches!(text[..start], [.., b'@']) {
        return None;
    }
    domain_from(text, start)
}

fn is_domain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.'
}

/// Whether a name in lower case is an initial domain: a tenant's label in front of a known ending.
fn is_initial(name: &str) -> bool {
    SUFFIXES.iter().any(|suffix| {
        name.strip_suffix(suffix).is_some_and(|tenant| {
            tenant.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            })
        })
    })
}

fn is_local_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"'.-_!#^~+=".contains(&byte)
}

/// Reads the local part backward from the `@`, and where it begins.
fn local_before(text: &[u8], at: usize, double_byte: bool) -> Option<(String, usize)> {
    let mut token = Vec::new();
    let mut start = at;
    while start > 0 && token.len() < MOST_TOKEN && at - start < REACH {
        let head = &text[..start];
        let skipped = unseen_before(head);
        if skipped > 0 {
            start -= skipped;
        } else if matches!(head, [.., LINK]) && token.is_empty() {
            start -= 1;
        } else if let Some((byte, length)) = escape_before(head) {
            if !is_local_byte(byte) {
                break;
            }
            token.push(byte);
            start -= length;
        } else if is_local_byte(text[start - 1]) {
            token.push(text[start - 1]);
            start -= 1;
        } else {
            break;
        }
    }
    token.reverse();
    if foreign_letter(&text[..start]) && !double_byte {
        return None;
    }
    if double_byte && !token.is_empty() && is_second_half(&text[..start]) {
        token.remove(0);
    }
    let token = String::from_utf8(token).ok()?.to_ascii_lowercase();
    // A forwarder writes the sender it stands in for into the local part: `name+SRS=hash=day=domain=user`.
    let relayed = token.contains("srs=") || token.contains("srs0=") || token.contains("srs1=");
    let local = if relayed {
        &token[..]
    } else {
        token.rsplit('=').next().unwrap_or_default()
    };
    // `charset''text`, as parameters of header fields are written (RFC 2231).
    let local = local.rsplit("''").next().unwrap_or_default();
    let local = local.trim_start_matches(['\'', '.', '-', '!', '#', '^', '~', '+']);
    let fits = !local.is_empty()
        && !local.ends_with(['.', '\''])
        && (local.len() <= MOST_LOCAL || relayed)
        && token.len() < MOST_TOKEN;
    fits.then(|| (local.to_owned(), start))
}

/// The character that a percent escape (once or twice escaped) before this place stands for, and the escape's length.
fn escape_before(head: &[u8]) -> Option<(u8, usize)> {
    let (high, low, length) = match head {
        [.., b'%', b'2', b'5', high, low] => (high, low, 5),
        [.., b'%', high, low] => (high, low, 3),
        _ => return None,
    };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let value = digit(high)? * 16 + digit(low)?;
    Some((u8::try_from(value).ok()?, length))
}

/// Whether the text ends in a letter that user names cannot have, such as `é`: what follows is then half a word. Letters of scripts
/// that are written without blanks are no obstacle.
fn foreign_letter(head: &[u8]) -> bool {
    match head {
        // UTF-8: U+00C0 to U+024F are Latin letters; × and ÷ are not worth the case.
        [.., lead @ 0xc3..=0xc9, 0x80..=0xbf] => *lead < 0xc9 || head[head.len() - 1] <= 0x8f,
        // A continuation byte of anything else in UTF-8, or punctuation in an 8-bit character set.
        [.., 0x80..=0xbf] => false,
        // A letter of an 8-bit character set.
        [.., 0xc0..=0xff] => true,
        _ => false,
    }
}

/// In double-byte character sets a letter behind an odd number of high bytes is the second half of a character.
fn is_second_half(head: &[u8]) -> bool {
    head.iter().rev().take_while(|byte| **byte >= 0x81).count() % 2 == 1
}

fn before(text: &[u8], start: usize) -> String {
    String::from_utf8_lossy(&text[start.saturating_sub(BEFORE)..start])
        .to_lowercase()
        .replace(|c: char| c.is_control() || c.is_whitespace(), " ")
}

#[cfg(test)]
mod tests;
