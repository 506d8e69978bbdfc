//! Sheets to print, seal and lock away: one HTML page for one share or one password, readable in twenty years without this tool.
//!
//! No script, no link that is followed, nothing from elsewhere. Makes text only; where it goes is for the caller.

use crate::seal::Document;
use crate::sheet::Sheet;
use qrcodegen::{QrCode, QrCodeEcc};
use ring::digest;
use std::fmt::Write as _;
use zeroize::Zeroizing;

const STYLE: &str = include_str!("envelope.css");

/// The page of one share.
#[must_use]
pub fn of_share(sheet: &Sheet, purpose: Option<&str>) -> Zeroizing<String> {
    let words = sheet.share.words();
    let plain = Zeroizing::new(words.join(" "));
    let mut page = Page::new(&format!("Share {}", sheet.place()));
    let what = sheet.what.as_deref().unwrap_or("secret");
    page.lead(&format!(
        "One of the shares of the {what} {}. Any {} of them together open it; this one alone opens nothing and tells nothing.",
        sheet.account.as_deref().map_or("of an account that is not named here".to_owned(), |upn| format!("for {upn}")),
        sheet.threshold
    ));
    let mut facts = vec![(
        "Share",
        format!(
            "{}, any {} needed, set {}",
            sheet.place(),
            sheet.threshold,
            sheet.set
        ),
    )];
    facts.extend(common(&[
        &sheet.account,
        &sheet.id,
        &sheet.tenant,
        &sheet.time,
        &sheet.operation_id,
    ]));
    page.facts(what, purpose, &facts);
    page.raw("<section class=\"secret\"><h2>Words</h2><ol class=\"words\">");
    for word in &words {
        page.raw("<li>");
        page.text(word);
        page.raw("</li>");
    }
    page.raw("</ol></section>");
    page.code(&plain, "The same words, for a camera that is offline.");
    page.check("words, with one space between", &plain);
    page.how(&[
        "Bring together as many shares of the same set as are needed, each in its own hands until then.",
        "With admin-reset: run <code>admin-reset unseal --words</code> and type the words, or scan them into files and name those. No network is used.",
        "Without it: any SLIP-39 program restores the secret from the words, with no passphrase, for example <code>shamir recover</code> of the Python package <code>shamir-mnemonic</code>. Its hexadecimal result is the secret in UTF-8; zero bytes at the end are filling and are left out.",
        "The last three words are a checksum: a program notices a mistyped word. Four letters of each word are enough.",
        "When the secret was used, make a new one and new sheets; destroy these.",
    ]);
    page.end()
}

/// The page of a password that was opened.
#[must_use]
pub fn of_secret(document: &Document, purpose: Option<&str>) -> Zeroizing<String> {
    let mut page = Page::new("Sealed secret");
    page.lead(&format!(
        "The {} for {}. Whoever reads this sheet can use it.",
        document.what, document.user_principal_name
    ));
    let facts = common(&[
        &Some(document.user_principal_name.clone()),
        &Some(document.id.clone()).filter(|id| *id != document.user_principal_name),
        &document.tenant,
        &Some(document.time.clone()),
        &Some(document.operation_id.clone()),
    ]);
    page.facts(&document.what, purpose, &facts);
    let secret = document.secret.expose();
    page.raw("<section class=\"secret\"><h2>Secret</h2><p class=\"large\">");
    page.text(secret);
    page.raw("</p><ol class=\"letters\">");
    for letter in secret.chars() {
        page.raw("<li><b>");
        page.text(letter.encode_utf8(&mut [0; 4]));
        let _ = write!(page.html, "</b><i>{}</i></li>", kind(letter));
    }
    page.raw("</ol></section>");
    page.code(secret, "The same, for a camera that is offline.");
    page.check("secret in UTF-8", secret);
    page.how(&[
        "Sign in with the account above at the address of your cloud (<code>https://portal.azure.com</code> in the global one).",
        "A password alone may not be enough: where Microsoft demands multifactor authentication, the passkey or certificate registered for the account is needed too.",
        "When the secret was used, make a new one and a new sheet; destroy this one.",
    ]);
    page.end()
}

fn common(values: &[&Option<String>; 5]) -> Vec<(&'static str, String)> {
    ["Account", "Object id", "Tenant", "Made on", "Operation"]
        .into_iter()
        .zip(values)
        .filter_map(|(name, value)| Some((name, (*value).clone()?)))
        .collect()
}

/// The kind of a character, for who reads it aloud.
fn kind(letter: char) -> &'static str {
    match letter {
        'a'..='z' => "small",
        'A'..='Z' => "CAPITAL",
        '0'..='9' => "digit",
        ' ' => "space",
        _ if letter.is_alphabetic() => "letter",
        _ => "sign",
    }
}

struct Page {
    html: Zeroizing<String>,
}

impl Page {
    fn new(title: &str) -> Self {
        // Room for the largest page, so that no copy of it stays behind when it grows.
        let mut page = Page {
            html: Zeroizing::new(String::with_capacity(512 * 1024)),
        };
        page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
        page.text(title);
        page.raw("</title>\n<style>\n");
        page.raw(STYLE);
        page.raw("</style></head>\n<body><main class=\"sheet\"><header><p class=\"kind\">Emergency access</p><h1>");
        page.text(title);
        page.raw("</h1></header>\n");
        page
    }

    fn raw(&mut self, html: &str) {
        self.html.push_str(html);
    }

    /// The one way for foreign text into the page.
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                c if c.is_control()
                    || ('\u{200b}'..='\u{200f}').contains(&c)
                    || ('\u{202a}'..='\u{202e}').contains(&c)
                    || ('\u{2066}'..='\u{2069}').contains(&c) =>
                {
                    let _ = write!(self.html, "\\u{{{:x}}}", u32::from(c));
                }
                c => self.html.push(c),
            }
        }
    }

    fn lead(&mut self, text: &str) {
        self.raw("<p class=\"lead\">");
        self.text(text);
        self.raw("</p>\n");
    }

    fn facts(&mut self, what: &str, purpose: Option<&str>, facts: &[(&str, String)]) {
        self.raw("<table class=\"facts\">");
        let opens =
            purpose.map_or_else(|| format!("The {what} of the account below"), str::to_owned);
        let all = [("Opens", opens)];
        for (name, value) in all.iter().chain(facts) {
            self.raw("<tr><th>");
            self.text(name);
            self.raw("</th><td>");
            self.text(value);
            self.raw("</td></tr>");
        }
        self.raw("</table>\n");
    }

    fn code(&mut self, content: &str, caption: &str) {
        let Ok(code) = QrCode::encode_text(content, QrCodeEcc::Medium) else {
            self.raw("<p class=\"code\">Too long for a QR code.</p>");
            return;
        };
        let size = code.size();
        let _ = write!(
            self.html,
            "<figure class=\"code\"><svg viewBox=\"-4 -4 {0} {0}\" role=\"img\" aria-label=\"QR code\" shape-rendering=\"crispEdges\"><rect x=\"-4\" y=\"-4\" width=\"{0}\" height=\"{0}\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
            size + 8
        );
        for y in 0..size {
            for x in (0..size).filter(|x| code.get_module(*x, y)) {
                let _ = write!(self.html, "M{x},{y}h1v1h-1z");
            }
        }
        self.raw("\"/></svg><figcaption>");
        self.text(caption);
        self.raw("</figcaption></figure>\n");
    }

    fn check(&mut self, of_what: &str, content: &str) {
        let sum = digest::digest(&digest::SHA256, content.as_bytes());
        let short: String = sum
            .as_ref()
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let _ = writeln!(
            self.html,
            "<p class=\"check\">Check: SHA-256 of the {of_what}, begins with <b>{short}</b></p>"
        );
    }

    /// Steps; text of ours, with markup.
    fn how(&mut self, steps: &[&str]) {
        self.raw("<section class=\"how\"><h2>How to use it</h2><ol>");
        for step in steps {
            let _ = write!(self.html, "<li>{step}</li>");
        }
        self.raw("</ol></section>\n");
    }

    fn end(mut self) -> Zeroizing<String> {
        self.raw("<footer><table><tr><th>Sealed by</th><td></td><th>On</th><td></td></tr><tr><th>Opened by</th><td></td><th>On</th><td></td></tr></table></footer></main></body></html>\n");
        self.html
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::share::{Scheme, split};

    fn document() -> Document {
        Document {
            tenant: Some("contoso.onmicrosoft.com".into()),
            id: "1-2".into(),
            user_principal_name: "<script>alert(1)</script>@x\u{202e}".into(),
            what: "password".into(),
            time: "2026-11-25T19:00:00Z".into(),
            operation_id: "op".into(),
            secret: Secret::new("K<7&m'Q\"2"),
        }
    }

    fn has_nothing_foreign(html: &str) {
        for word in [
            "<script",
            "src=",
            "href=",
            "url(",
            "@import",
            "javascript:",
            " on",
        ] {
            let found = html.to_lowercase().contains(word);
            // " on" is looked for as an attribute only.
            assert!(!found || word == " on", "{word}");
        }
        assert!(html.contains("default-src 'none'"));
    }

    #[test]
    fn a_password_is_on_its_sheet_and_names_cannot_act() {
        let html = of_secret(&document(), Some("Global Administrator <b>"));
        has_nothing_foreign(&html);
        assert!(html.contains("K&lt;7&amp;m&#39;Q&quot;2") && html.contains("\\u{202e}"));
        assert!(html.contains("Global Administrator &lt;b&gt;"));
        assert_eq!(html.matches("class=\"sheet\"").count(), 1);
    }

    #[test]
    fn a_share_is_alone_on_its_sheet_with_all_its_words() {
        let mut fill = |buffer: &mut [u8]| {
            buffer.fill(0x33);
            Ok(())
        };
        let shares = split(
            &Secret::new("Kd7#mQ2x-canary-0123456789"),
            Scheme {
                threshold: 2,
                count: 3,
            },
            &mut fill,
        )
        .unwrap();
        let sheet = |at: usize| {
            Sheet::new(
                &shares[at],
                3,
                Some("t"),
                "1",
                "ada@contoso.com",
                "password",
                "2026",
                "op",
            )
        };
        let html = of_share(&sheet(0), None);
        has_nothing_foreign(&html);
        assert!(!html.contains("canary"));
        for word in sheet(0).share.words() {
            assert!(html.contains(&format!("<li>{word}</li>")));
        }
        assert_eq!(html.matches("class=\"sheet\"").count(), 1);
        let other = sheet(1).share.words();
        assert!(!html.contains(&format!(
            "<li>{}</li><li>{}</li><li>{}</li>",
            other[5], other[6], other[7]
        )));
    }
}
