//! Parts HTML into what is read and what stands inside tags, as the pieces come. No tree, no layout: enough to put an address together
//! that tags, comments and entities have taken apart.

use super::address::{JOINT, LINK, Matcher};
use memchr::{memchr_iter, memchr2};

/// Longest tag name and entity that are told apart.
const MOST_NAME: usize = 16;
/// Entities by name. Of 2,231 these are the ones an address could be written with.
const NAMED: &[(&str, &str)] = &[
    ("amp", "&"),
    ("apos", "'"),
    ("commat", "@"),
    ("dash", "-"),
    ("equals", "="),
    ("gt", ">"),
    ("hyphen", "-"),
    ("lowbar", "_"),
    ("lt", "<"),
    ("nbsp", " "),
    ("num", "#"),
    ("percnt", "%"),
    ("period", "."),
    ("plus", "+"),
    ("quot", "\""),
    ("UnderBar", "_"),
    ("shy", "\u{1}"),
    ("zwj", "\u{1}"),
    ("zwnj", "\u{1}"),
    ("ZeroWidthSpace", "\u{1}"),
    ("NoBreak", "\u{1}"),
    ("NegativeThinSpace", "\u{1}"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Text,
    /// Behind `<`, before it is known whether that is a tag.
    Open,
    /// Inside a tag.
    Tag,
    /// Inside a comment.
    Comment,
}

/// Takes HTML apart.
#[derive(Debug, Default)]
pub(super) struct Html {
    state: State,
    // Name of the tag, lower case; `/` left out.
    name: Vec<u8>,
    named: bool,
    // Dashes at the end of a comment so far.
    dashes: usize,
    // Characters of an entity so far, without `&`; `None` outside of one.
    entity: Option<Vec<u8>>,
}

impl Html {
    /// Starts a new document.
    pub(super) fn reset(&mut self) {
        *self = Html::default();
    }

    /// Takes a piece: what is read goes to `text`, what stands in tags and comments to `tags`.
    pub(super) fn feed(&mut self, mut bytes: &[u8], text: &mut Matcher, tags: &mut Matcher) {
        while let [first, ..] = bytes {
            if self.entity.is_some() {
                let used = self.in_entity(*first, text, tags);
                bytes = &bytes[used..];
                continue;
            }
            let used = match self.state {
                State::Text => self.in_text(bytes, text),
                State::Open => self.at_open(*first, text, tags),
                State::Tag => self.in_tag(bytes, text, tags),
                State::Comment => self.in_comment(bytes, text, tags),
            };
            bytes = &bytes[used..];
        }
    }

    fn in_text(&mut self, bytes: &[u8], text: &mut Matcher) -> usize {
        let Some(at) = memchr2(b'<', b'&', bytes) else {
            text.feed(bytes);
            return bytes.len();
        };
        text.feed(&bytes[..at]);
        if bytes[at] == b'&' {
            self.entity = Some(Vec::new());
        } else {
            self.state = State::Open;
        }
        at + 1
    }

    /// Decides whether a `<` begins a tag.
    fn at_open(&mut self, first: u8, text: &mut Matcher, tags: &mut Matcher) -> usize {
        if first.is_ascii_alphabetic() || matches!(first, b'/' | b'!' | b'?') {
            self.state = State::Tag;
            self.name.clear();
            self.named = true;
            tags.put(b'\n');
        } else {
            self.state = State::Text;
            text.put(b'<');
        }
        0
    }

    fn in_tag(&mut self, bytes: &[u8], text: &mut Matcher, tags: &mut Matcher) -> usize {
        if self.named {
            if bytes[0] == b'/' && self.name.is_empty() {
                return 1;
            }
            let mut used = 0;
            for byte in bytes {
                let part = byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'!' | b'-');
                if !part || self.name.len() == MOST_NAME {
                    self.named = false;
                    break;
                }
                self.name.push(byte.to_ascii_lowercase());
                used += 1;
                if self.name == b"!--" {
                    self.state = State::Comment;
                    self.dashes = 0;
                    return used;
                }
            }
            tags.feed(&bytes[..used]);
            if used > 0 || self.named {
                return used;
            }
        }
        let Some(at) = memchr2(b'>', b'&', bytes) else {
            tags.feed(bytes);
            return bytes.len();
        };
        tags.feed(&bytes[..at]);
        if bytes[at] == b'&' {
            self.entity = Some(Vec::new());
        } else {
            tags.put(b'\n');
            self.state = State::Text;
            text.put(match &self.name[..] {
                b"a" => LINK,
                name if is_inline(name) => JOINT,
                _ => b'\n',
            });
        }
        at + 1
    }

    fn in_comment(&mut self, bytes: &[u8], text: &mut Matcher, tags: &mut Matcher) -> usize {
        let mut from = 0;
        for at in memchr_iter(b'>', bytes) {
            let seen = &bytes[..at];
            let dashes = seen.iter().rev().take_while(|byte| **byte == b'-').count();
            let before = if dashes == at { self.dashes } else { 0 };
            if dashes + before >= 2 {
                tags.feed(&bytes[from..at]);
                tags.put(b'\n');
                text.put(JOINT);
                self.state = State::Text;
                return at + 1;
            }
            tags.feed(&bytes[from..=at]);
            from = at + 1;
        }
        tags.feed(&bytes[from..]);
        let dashes = bytes.iter().rev().take_while(|byte| **byte == b'-').count();
        self.dashes = if dashes == bytes.len() {
            self.dashes + dashes
        } else {
            dashes
        };
        bytes.len()
    }

    /// One character of an entity; whether it belongs to it is the answer (1), or it is looked at again (0).
    fn in_entity(&mut self, byte: u8, text: &mut Matcher, tags: &mut Matcher) -> usize {
        let Some(entity) = &mut self.entity else {
            return 0;
        };
        let goes_on = match &entity[..] {
            [] => byte == b'#' || byte.is_ascii_alphabetic(),
            [b'#'] => byte.is_ascii_digit() || matches!(byte, b'x' | b'X'),
            [b'#', b'x' | b'X', ..] => byte.is_ascii_hexdigit(),
            [b'#', ..] => byte.is_ascii_digit(),
            _ => byte.is_ascii_alphanumeric(),
        };
        if goes_on && entity.len() < MOST_NAME {
            entity.push(byte);
            return 1;
        }
        let entity = self.entity.take().unwrap_or_default();
        let to = if self.state == State::Text {
            text
        } else {
            tags
        };
        let closed = byte == b';';
        match meaning(&entity, closed) {
            Some(meant) => {
                to.feed(meant.as_bytes());
                usize::from(closed)
            }
            None => {
                to.put(b'&');
                to.feed(&entity);
                0
            }
        }
    }
}

/// Tags that do not end a word. All others do: two cells of a table are two words.
#[rustfmt::skip]
fn is_inline(name: &[u8]) -> bool {
    matches!(
        name,
        b"abbr" | b"acronym" | b"b" | b"bdi" | b"bdo" | b"big" | b"cite" | b"code" | b"del" | b"dfn" | b"em" | b"font"
            | b"i" | b"ins" | b"kbd" | b"mark" | b"nobr" | b"o:p" | b"q" | b"s" | b"samp" | b"small" | b"span"
            | b"st1:personname" | b"strike" | b"strong" | b"sub" | b"sup" | b"tt" | b"u" | b"var" | b"wbr"
    ) || name.starts_with(b"!--")
}

/// What an entity stands for. Numbers are understood without the semicolon too, as browsers do.
fn meaning(entity: &[u8], closed: bool) -> Option<String> {
    let word = std::str::from_utf8(entity).ok()?;
    let Some(number) = word.strip_prefix('#') else {
        let named = NAMED.iter().find(|(name, _)| *name == word && closed)?;
        return Some(named.1.to_owned());
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    let character = char::from_u32(code)?;
    Some(match character {
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => "\u{1}".to_owned(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses in what is read, and in tags; in one piece and cut anywhere.
    fn found(html: &str) -> (Vec<String>, Vec<String>) {
        let read = |cut: usize| {
            let (mut text, mut tags) = (Matcher::new(), Matcher::new());
            let mut parser = Html::default();
            parser.feed(&html.as_bytes()[..cut], &mut text, &mut tags);
            parser.feed(&html.as_bytes()[cut..], &mut text, &mut tags);
            [text, tags].map(|mut matcher| {
                let hits = matcher.finish().into_iter();
                hits.filter_map(|hit| Some(format!("{}@{}", hit.local?, hit.domain)))
                    .collect::<Vec<_>>()
            })
        };
        let whole = read(0);
        for cut in 0..=html.len() {
            assert_eq!(read(cut), whole, "cut at {cut} of {html}");
        }
        let [text, tags] = whole;
        (text, tags)
    }

    #[test]
    fn put_together_from_what_is_read() {
        for html in [
            "<p>admin@contoso.onmicrosoft.com</p>",
            "<td>Name</td><td>admin@contoso.onmicrosoft.com</td><td>Global</td>",
            "ad<b>min</b>@contoso.<wbr>onmicrosoft<wbr/>.com",
            "admin&#64;contoso&#46;onmicrosoft&period;com",
            "admin&#x40;contoso.onmicrosoft.com",
            "admin&commat;contoso.onmicrosoft.com",
            "admin&#64contoso.onmicrosoft.com",
            "admin<!-- x > -- y -->@contoso.onmicrosoft.com",
            "adm&shy;in@contoso.&#8203;onmicrosoft.com",
            "<SPAN STYLE='x'>admin</SPAN>@<a href='http://x'>contoso.onmicrosoft.com</a>Sign",
            "admin@contoso.onmicrosoft.com<b>Now</b>",
            "a < b&lt;admin@contoso.onmicrosoft.com&gt;",
        ] {
            assert_eq!(found(html).0, ["admin@contoso.onmicrosoft.com"], "{html}");
        }
        assert_eq!(found("<td>a</td>@contoso.onmicrosoft.com").0, [""; 0]);
        assert_eq!(found("a@contoso.onmicrosoft.com&percnt;").0.len(), 1);
    }

    #[test]
    fn found_in_tags_and_comments() {
        for html in [
            "<a href=\"mailto:admin@contoso.onmicrosoft.com\">x</a>",
            "<a href='https://x/?u=admin%40contoso.onmicrosoft.com&amp;v'>x</a>",
            "<a href='mailto:admin&#64;contoso.onmicrosoft.com'>x</a>",
            "<admin@contoso.onmicrosoft.com>",
            "<!--[if mso]><p>admin@contoso.onmicrosoft.com</p><![endif]-->",
        ] {
            assert_eq!(
                found(html),
                (vec![], vec!["admin@contoso.onmicrosoft.com".into()]),
                "{html}"
            );
        }
    }
}
