//! Undoes transfer encodings, base64 and quoted-printable, as the pieces of a body come. Knows no mail and no text.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memchr;

/// Whole lines without padding are decoded in one go; everything else goes the careful way.
static LINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Base64 in lines of any length, with anything between that is not of its alphabet.
#[derive(Debug, Default)]
pub(super) struct Base64 {
    // Up to three characters of a group that is not full yet, already as 6-bit values.
    group: u32,
    count: u8,
}

impl Base64 {
    /// Decodes a piece and hands the bytes over, a bounded number at a time.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut take: impl FnMut(&[u8])) {
        let mut out = [0u8; 6 * 1024];
        let mut filled = 0;
        while !bytes.is_empty() {
            let end = memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
            let (line, rest) = bytes.split_at(end.min(4 * 1024));
            bytes = rest;
            if filled + line.len() > out.len() {
                take(&out[..filled]);
                filled = 0;
            }
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if self.count == 0
                && text.len() % 4 == 0
                && !text.ends_with(b"=")
                && let Ok(length) = LINE.decode_slice(text, &mut out[filled..])
            {
                filled += length;
            } else {
                filled += self.careful(text, &mut out[filled..]);
            }
        }
        take(&out[..filled]);
    }

    /// Decodes character by character; padding ends a group, and another may follow.
    fn careful(&mut self, text: &[u8], out: &mut [u8]) -> usize {
        let mut filled = 0;
        for byte in text {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => {
                    filled += self.flush(&mut out[filled..]);
                    continue;
                }
                _ => continue,
            };
            self.group = self.group << 6 | u32::from(value);
            self.count += 1;
            if self.count == 4 {
                let [_, a, b, c] = self.group.to_be_bytes();
                out[filled..filled + 3].copy_from_slice(&[a, b, c]);
                filled += 3;
                (self.group, self.count) = (0, 0);
            }
        }
        filled
    }

    /// The bytes of a group that ends early.
    pub(super) fn flush(&mut self, out: &mut [u8]) -> usize {
        let [_, a, b, _] = (self.group << (6 * (4 - u32::from(self.count)))).to_be_bytes();
        let length = usize::from(self.count.saturating_sub(1));
        let bytes = [a, b];
        (self.group, self.count) = (0, 0);
        for (place, byte) in out.iter_mut().zip(&bytes[..length]) {
            *place = *byte;
        }
        length
    }
}

/// Decodes a whole short text, as in headers; blanks and foreign characters are passed over.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut decoder = Base64::default();
    decoder.feed(text, |piece| bytes.extend_from_slice(piece));
    let mut rest = [0; 2];
    let length = decoder.flush(&mut rest);
    bytes.extend_from_slice(&rest[..length]);
    bytes
}

/// Quoted-printable: `=40` is a byte, `=` at the end of a line joins it to the next.
#[derive(Debug, Default)]
pub(super) struct Quoted {
    // A `=` and what followed it, when a piece ended there.
    open: Vec<u8>,
}

/// Blanks that mail systems have added between `=` and the end of the line.
const MOST_BLANKS: usize = 80;

/// What stands at a `=`.
enum Escape {
    /// A byte; so many characters long.
    Byte(u8, usize),
    /// The line goes on; so many characters long.
    Soft(usize),
    /// The piece ends before that is clear.
    Open,
    /// Nothing special.
    Plain,
}

impl Quoted {
    /// Decodes a piece and hands the bytes over.
    pub(super) fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8])) {
        if self.open.is_empty() {
            return self.decode(bytes, &mut take);
        }
        let mut joined = std::mem::take(&mut self.open);
        joined.extend_from_slice(bytes);
        self.decode(&joined, &mut take);
    }

    fn decode(&mut self, mut bytes: &[u8], take: &mut impl FnMut(&[u8])) {
        while let Some(at) = memchr(b'=', bytes) {
            if at > 0 {
                take(&bytes[..at]);
            }
            bytes = &bytes[at..];
            let length = match escape(bytes) {
                Escape::Byte(byte, length) => {
                    take(&[byte]);
                    length
                }
                Escape::Soft(length) => length,
                Escape::Plain => {
                    take(b"=");
                    1
                }
                Escape::Open => {
                    self.open = bytes.to_vec();
                    return;
                }
            };
            bytes = &bytes[length..];
        }
        if !bytes.is_empty() {
            take(bytes);
        }
    }

    /// Gives up what was kept at the end of a body.
    pub(super) fn finish(&mut self) {
        self.open.clear();
    }
}

fn escape(bytes: &[u8]) -> Escape {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    if let [_, high, low, ..] = bytes
        && let (Some(high), Some(low)) = (digit(*high), digit(*low))
    {
        return u8::try_from(high * 16 + low).map_or(Escape::Plain, |byte| Escape::Byte(byte, 3));
    }
    let blanks = bytes[1..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    match &bytes[1 + blanks..] {
        [b'\n', ..] => Escape::Soft(blanks + 2),
        [b'\r', b'\n', ..] => Escape::Soft(blanks + 3),
        [] | [b'\r'] if blanks <= MOST_BLANKS => Escape::Open,
        [one] if blanks == 0 && digit(*one).is_some() => Escape::Open,
        _ => Escape::Plain,
    }
}

/// Decodes the `Q` form of a header word: underscores are blanks.
pub(super) fn q_word(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'_' { b' ' } else { *byte })
        .collect();
    let mut bytes = Vec::with_capacity(text.len());
    let mut decoder = Quoted::default();
    decoder.feed(&spaced, |piece| bytes.extend_from_slice(piece));
    bytes
}

/// Base64 of bytes, for tests.
#[cfg(test)]
pub(super) fn encoded(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(pieces: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut decoder = Quoted::default();
        for piece in pieces {
            decoder.feed(piece, |piece| bytes.extend_from_slice(piece));
        }
        bytes
    }

    #[test]
    fn base64_whatever_its_lines() {
        let text: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let code = encoded(&text);
        for width in [1, 3, 4, 5, 7, 57, 75, 76, 77, 1000, 2000] {
            for end in ["\n", "\r\n", " \r\n"] {
                let lines: Vec<&str> = code
                    .as_bytes()
                    .chunks(width)
                    .map(|line| std::str::from_utf8(line).unwrap())
                    .collect();
                assert_eq!(base64(lines.join(end).as_bytes()), text, "{width} {end:?}");
            }
        }
        assert_eq!(
            base64(code.trim_end_matches('=').as_bytes()),
            text,
            "no padding"
        );
        assert_eq!(base64(b"YQ==YQ=="), b"aa", "two texts in a row");
        assert_eq!(base64(b"****"), b"");
    }

    #[test]
    fn base64_in_pieces() {
        let text = b"admin@contoso.onmicrosoft.com and more";
        let code = encoded(text);
        for cut in 0..code.len() {
            let mut bytes = Vec::new();
            let mut decoder = Base64::default();
            for piece in [&code.as_bytes()[..cut], &code.as_bytes()[cut..]] {
                decoder.feed(piece, |piece| bytes.extend_from_slice(piece));
            }
            assert_eq!(bytes, text, "{cut}");
        }
    }

    #[test]
    fn quoted_printable_in_pieces() {
        let code = b"admin=40con=\r\ntoso=  \n.on=3D=zz=";
        for cut in 0..code.len() {
            assert_eq!(
                quoted(&[&code[..cut], &code[cut..]]),
                b"admin@contoso.on==zz",
                "{cut}"
            );
        }
        assert_eq!(q_word(b"a_b=5Fc=40d"), b"a b_c@d");
    }
}
