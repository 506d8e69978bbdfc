//! QR codes for a terminal: two rows of modules in one line of half blocks, or two characters a module where only ASCII is shown.

use qrcodegen::{QrCode, QrCodeEcc};

/// Empty modules around a code, as its standard asks for.
const QUIET: i32 = 4;

/// Lines that show a text as a QR code on a dark or a light background; nothing when the text is too long for one.
pub(crate) fn lines(text: &str, unicode: bool) -> Vec<String> {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else {
        return Vec::new();
    };
    // Light modules are drawn, dark ones are left out: phones read it on the dark terminals most people have, and inverted too.
    let light = |x: i32, y: i32| !code.get_module(x, y);
    let range = -QUIET..code.size() + QUIET;
    if !unicode {
        return range
            .clone()
            .map(|y| {
                range
                    .clone()
                    .map(|x| if light(x, y) { "##" } else { "  " })
                    .collect()
            })
            .collect();
    }
    range
        .clone()
        .step_by(2)
        .map(|y| {
            range
                .clone()
                .map(|x| match (light(x, y), light(x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_drawings_show_the_same_modules() {
        let text = "https://passwordreset.microsoftonline.com/?username=ada%40contoso.com";
        let (plain, blocks) = (lines(text, false), lines(text, true));
        assert_eq!(blocks.len(), plain.len().div_ceil(2));
        for (at, line) in blocks.iter().enumerate() {
            let upper: Vec<bool> = line.chars().map(|c| matches!(c, '█' | '▀')).collect();
            let wanted: Vec<bool> = plain[2 * at]
                .as_bytes()
                .chunks(2)
                .map(|two| two == b"##")
                .collect();
            assert_eq!(upper, wanted, "{at}");
        }
        assert!(plain[0].chars().all(|c| c == '#'), "the margin is light");
        assert!(lines(&"x".repeat(5000), true).is_empty());
    }
}
