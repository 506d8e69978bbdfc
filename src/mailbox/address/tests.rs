//! Anchors, neighbours, cuts, and what only looks like an address.

use super::*;

fn found(text: &[u8]) -> Vec<String> {
    let mut matcher = Matcher::new();
    matcher.feed(text);
    matcher.finish().into_iter().map(shown).collect()
}

fn shown(hit: Hit) -> String {
    match hit.local {
        Some(local) => format!("{local}@{}", hit.domain),
        None => hit.domain,
    }
}

#[test]
fn addresses_in_plain_text() {
    for (text, address) in [
        (
            "Admin@Contoso.OnMicrosoft.com",
            "admin@contoso.onmicrosoft.com",
        ),
        ("<a.b-c_d@x.onmicrosoft.us>", "a.b-c_d@x.onmicrosoft.us"),
        (
            "ADMIN@C-1.PARTNER.ONMSCHINA.CN.",
            "admin@c-1.partner.onmschina.cn",
        ),
        ("(a@b.onmicrosoft.com)", "a@b.onmicrosoft.com"),
        ("'a@b.onmicrosoft.com'", "a@b.onmicrosoft.com"),
        ("mailto:a@b.onmicrosoft.com?x", "a@b.onmicrosoft.com"),
        ("login_hint=a@b.onmicrosoft.com&y", "a@b.onmicrosoft.com"),
        (
            "login_hint%3Da%40b.onmicrosoft.com%26",
            "a@b.onmicrosoft.com",
        ),
        (
            "u%253Da.b%2540b.onmicrosoft.com%2526",
            "a.b@b.onmicrosoft.com",
        ),
        ("a%2Eb%40b%2Eonmicrosoft%2Ecom", "a.b@b.onmicrosoft.com"),
        ("a@b.mail.onmicrosoft.com", "a@b.mail.onmicrosoft.com"),
        (
            "x_y.z#EXT#@b.onmicrosoft.com",
            "x_y.z#ext#@b.onmicrosoft.com",
        ),
        ("_a@b.onmicrosoft.com_ ", "_a@b.onmicrosoft.com"),
        ("用户名a@b.onmicrosoft.com。", "a@b.onmicrosoft.com"),
        ("a\u{200b}@b.\u{ad}onmicrosoft.com", "a@b.onmicrosoft.com"),
        ("a@b.onmicrosoft.com-", "a@b.onmicrosoft.com"),
    ] {
        assert_eq!(found(text.as_bytes()), [address], "{text}");
    }
}

#[test]
fn what_only_looks_like_one() {
    for text in [
        "a@b.onmicrosoft.community",
        "a@notonmicrosoft.com",
        "a@b.notonmicrosoft.com",
        "a@onmicrosoft.com",
        "a@b.onmicrosoft.com.evil.test",
        "a@b.onmicrosoft.com@evil.test",
        "a@b.onmicrosoft.com_old",
        "a@b.onmicrosoft.com-old.test",
        "a@b.onmicrosoft.org",
        "a@b.onmicrosoft.computer",
        "a@-b.onmicrosoft.com",
        "a@b..onmicrosoft.com",
        "müller@b.onmicrosoft.com",
        "a@b.onmschina.cn",
        "b.onmicrosoft.comx b.onmicrosoft.com.evil.test",
    ] {
        assert_eq!(found(text.as_bytes()), [""; 0], "{text}");
    }
    // The same name in an 8-bit character set.
    assert_eq!(found(b"m\xfcller@b.onmicrosoft.com"), [""; 0]);
}

#[test]
fn domains_alone() {
    for text in [
        "Your domain is contoso.onmicrosoft.com.",
        "header.d=contoso.onmicrosoft.com;",
        "https://contoso.onmicrosoft.com/x",
        "u=https%3A%2F%2Fcontoso.onmicrosoft.com%2F",
    ] {
        assert_eq!(
            found(text.as_bytes()),
            ["contoso.onmicrosoft.com"],
            "{text}"
        );
    }
}

#[test]
fn joints_and_links_inside() {
    let joined = |text: &str| {
        let bytes: Vec<u8> = text
            .bytes()
            .map(|byte| match byte {
                b'|' => JOINT,
                b'^' => LINK,
                other => other,
            })
            .collect();
        found(&bytes)
    };
    assert_eq!(
        joined("ad|min@con|toso.onmicro|soft.com"),
        ["admin@contoso.onmicrosoft.com"]
    );
    assert_eq!(
        joined("admin@contoso.onmicrosoft.com|Sign in"),
        ["admin@contoso.onmicrosoft.com"]
    );
    assert_eq!(
        joined("Name^admin@^contoso.onmicrosoft.com^x"),
        ["admin@contoso.onmicrosoft.com"]
    );
}

#[test]
fn relayed_senders_stay_whole_and_second_halves_are_left_out() {
    assert_eq!(
        found(b"bounces+SRS=ab=YC=gmail.com=me@b.onmicrosoft.com"),
        ["bounces+srs=ab=yc=gmail.com=me@b.onmicrosoft.com"]
    );
    let mut matcher = Matcher::new();
    matcher.double_byte = true;
    matcher.feed(b"\x83\x41admin@b.onmicrosoft.com");
    assert_eq!(matcher.finish()[0].local.as_deref(), Some("admin"));
}

#[test]
fn every_cut_finds_it_once() {
    let address = b"admin@contoso.onmicrosoft.com";
    for gap in SIZE - 2 * REACH - 40..SIZE + 40 {
        let mut text = vec![b' '; gap];
        text.extend_from_slice(address);
        text.extend_from_slice(&[b' '; 700]);
        assert_eq!(found(&text), ["admin@contoso.onmicrosoft.com"], "{gap}");
    }
}

#[test]
fn a_hostile_text_takes_no_time() {
    let long = b"a.".repeat(SIZE);
    assert!(found(&long).is_empty());
    assert!(found(&b"onmicrosoft.".repeat(SIZE)).is_empty());
    assert!(found(&b"@".repeat(SIZE)).is_empty());
}
