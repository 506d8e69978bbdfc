//! Proofs for the name rules: bounds, look-alikes, and that no text makes a check panic.

use super::*;
use proptest::prelude::*;

#[test]
fn takes_what_entra_takes() {
    for upn in [
        "a@b.co",
        "megan.bowen@contoso.onmicrosoft.com",
        "o'brien_x-1!#^~z@contoso.com",
        "lee_fabrikam.com#EXT#@contoso.onmicrosoft.com",
        "root@m365x123.partner.onmschina.cn",
    ] {
        assert_eq!(check_upn(upn), Ok(()), "{upn}");
    }
    let local = "l".repeat(LOCAL_MAX);
    let domain = format!("{}.com", "d".repeat(DOMAIN_MAX - 4));
    assert_eq!(check_upn(&format!("{local}@{domain}")), Ok(()));
}

#[test]
fn the_parts_have_their_own_bounds() {
    let long = |length: usize| check_upn(&format!("{}@contoso.com", "l".repeat(length)));
    assert_eq!(long(64), Ok(()));
    assert!(matches!(
        long(65),
        Err(NameProblem::TooLong {
            max: LOCAL_MAX,
            length: 65,
            ..
        })
    ));
    let wide = check_upn(&format!("a@{}.com", "d".repeat(45)));
    assert!(matches!(
        wide,
        Err(NameProblem::TooLong {
            max: DOMAIN_MAX,
            length: 49,
            ..
        })
    ));
}

#[test]
fn refuses_with_the_right_reason() {
    use NameProblem::*;
    let cases: [(&str, NameProblem); 13] = [
        ("", Empty),
        ("megan", NotAnAddress),
        ("@contoso.com", NotAnAddress),
        ("megan@", NotAnAddress),
        ("a@b@c.com", SecondAt),
        ("$megan@contoso.com", LeadingDollar),
        ("megan.@contoso.com", DotBeforeAt),
        (
            "me gan@contoso.com",
            Forbidden {
                character: ' ',
                part: "part before the @",
            },
        ),
        (
            "megan@con_toso.com",
            Forbidden {
                character: '_',
                part: "part after the @",
            },
        ),
        ("megan@contoso", Domain),
        ("megan@-contoso.com", Domain),
        ("megan@contoso..com", Domain),
        (
            "m\u{435}gan@contoso.com",
            NotAscii {
                character: '\u{435}',
            },
        ),
    ];
    for (upn, problem) in cases {
        assert_eq!(check_upn(upn), Err(problem), "{upn:?}");
    }
}

#[test]
fn look_alikes_are_named_by_code_point() {
    for (upn, name) in [
        ("\u{ff4d}egan@contoso.com", "U+FF4D (full-width letter)"),
        ("meg\u{200b}an@contoso.com", "U+200B (zero-width space)"),
        (
            "\u{202e}megan@contoso.com",
            "U+202E (text-direction control)",
        ),
        ("mega\u{3bd}@contoso.com", "U+03BD (Greek letter)"),
        ("megan@c\u{43e}ntoso.com", "U+043E (Cyrillic letter)"),
    ] {
        let why = check_upn(upn).unwrap_err().why();
        assert!(why.contains(name), "{why}");
    }
    let zero_width = check_upn("meg\u{200b}an@contoso.com").unwrap_err();
    assert!(zero_width.fix().contains("invisible"));
    assert_eq!(describe('\t'), "U+0009 (control character)");
}

#[test]
fn display_names_take_any_script_and_nothing_invisible() {
    assert_eq!(
        check_display_name("Zo\u{eb} \u{5d0}\u{5d1} \u{65e5}\u{672c}"),
        Ok(())
    );
    assert_eq!(check_display_name("  "), Err(NameProblem::Empty));
    for bad in ["a\u{202e}b", "a\u{200b}b", "a\nb", "a\u{7}b", "a\u{85}b"] {
        assert!(
            matches!(check_display_name(bad), Err(NameProblem::Forbidden { .. })),
            "{bad:?}"
        );
    }
    assert_eq!(check_display_name(&"x".repeat(256)), Ok(()));
    assert!(check_display_name(&"x".repeat(257)).is_err());
}

#[test]
fn derives_nicknames_and_knows_guests() {
    assert_eq!(mail_nickname("o'brien.x@contoso.com"), "obrien.x");
    assert_eq!(
        mail_nickname("lee_fabrikam.com#EXT#@contoso.com"),
        "lee_fabrikam.comEXT"
    );
    assert_eq!(mail_nickname("'@contoso.com"), "user");
    assert!(is_guest_upn("lee_fabrikam.com#ext#@contoso.com"));
    assert!(!is_guest_upn("ext@contoso.com"));
    assert_eq!(domain_of("a@b.c"), Some("b.c"));
    assert_eq!(domain_of("a@"), None);
}

#[test]
fn look_alikes_never_confirm() {
    const ID: &str = "0f1e2d3c-0000-4000-8000-00000000abcd";
    const UPN: &str = "ian.klima@contoso.com";
    let typed = [
        "\u{456}an.klima@contoso.com",
        "\u{131}an.klima@contoso.com",
        "lan.klima@contoso.com",
        "1an.klima@contoso.com",
        "|an.klima@contoso.com",
        "\u{ff49}an.klima@contoso.com",
        "i\u{430}n.klima@contoso.com",
        "i\u{251}n.klima@contoso.com",
        "ia\u{578}.klima@contoso.com",
        "ia\u{ff4e}.klima@contoso.com",
        "ian\u{2024}klima@contoso.com",
        "ian\u{ff0e}klima@contoso.com",
        "ian\u{b7}klima@contoso.com",
        "ian.\u{212a}lima@contoso.com",
        "ian.\u{43a}lima@contoso.com",
        "ian.kIima@contoso.com",
        "ian.k1ima@contoso.com",
        "ian.kl\u{ed}ma@contoso.com",
        "ian.kli\u{29f}a@contoso.com",
        "ian.klirna@contoso.com",
        "ian.klima\u{ff20}contoso.com",
        "ian.klima@c\u{43e}ntoso.com",
        "ian.klima@cont0so.com",
        "ian.klima@contos\u{3bf}.com",
        "ian.klima@conto\u{17f}o.com",
        "ian.klima@contoso.c\u{585}m",
        "ian.klima@contoso.com\u{200b}",
        "\u{202e}ian.klima@contoso.com",
        "ian.\u{ad}klima@contoso.com",
        "\u{a0}ian.klima@contoso.com",
        "i\u{307}an.klima@contoso.com",
        "",
        " ",
    ];
    for text in typed {
        assert!(!confirms(text, UPN, ID), "{text:?}");
    }
    assert!(confirms(" IAN.Klima@Contoso.com\n", UPN, ID));
    assert!(confirms("0F1E2D3C-0000-4000-8000-00000000ABCD", UPN, ID));
}

#[test]
fn random_local_parts_do_not_tell() {
    let mut state = 1_usize;
    let mut pick = |n: usize| {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        (state >> 8) % n
    };
    for _ in 0..2000 {
        let local = random_local_part(&mut pick);
        assert_eq!(check_local_part(&local), Ok(()), "{local}");
        for word in [
            "admin", "break", "glass", "emerg", "root", "rescue", "global", "backup",
        ] {
            assert!(!local.contains(word), "{local}");
        }
    }
}

proptest! {
    #[test]
    fn accepted_names_keep_every_rule(upn in "[ -~]{0,130}") {
        if check_upn(&upn).is_ok() {
            prop_assert!(upn.len() <= UPN_MAX && upn.matches('@').count() == 1 && !upn.contains(".@"));
            prop_assert!(!upn.contains(['/', '?', '%', ' ', '"', '$', '&', '+', '\\']));
        }
    }

    #[test]
    fn no_text_makes_the_checks_panic(text in "\\PC{0,200}") {
        if let Err(problem) = check_upn(&text) {
            prop_assert!(problem.why().ends_with('.') && problem.fix().ends_with('.'));
        }
        let _ = check_display_name(&text);
        prop_assert!(check_local_part(&mail_nickname(&text)).is_ok());
    }
}
