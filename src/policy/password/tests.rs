//! Proofs for the password rules: bounds, classes, scoring, and properties of everything generated.

use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

const UPN: &str = "megan.bowen@contoso.com";

/// A small deterministic source, good enough to spread over the alphabets.
fn source(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |n| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % n
    }
}

#[test]
fn takes_and_refuses_at_the_bounds() {
    assert_eq!(check("Abcdef1x", UPN), Ok(()));
    assert_eq!(check("Abcde1x", UPN), Err(vec![Rule::TooShort]));
    let long = format!("Ab1{}", "x".repeat(253));
    assert_eq!(check(&long, UPN), Ok(()));
    assert_eq!(check(&format!("{long}x"), UPN), Err(vec![Rule::TooLong]));
    assert_eq!(check("abcdefgh", UPN), Err(vec![Rule::TooFewClasses]));
    assert_eq!(check("abcdefg1", UPN), Err(vec![Rule::TooFewClasses]));
    assert_eq!(check("abc def1", UPN), Ok(()), "the blank is a symbol");
}

#[test]
fn refuses_what_is_not_ascii_and_control_characters() {
    for text in [
        "Abcdef1\u{e9}",
        "Abcdef1\u{200b}",
        "Abcdef1\t",
        "Abcdef1\u{7f}",
        "\u{ff21}bcdefg1!",
    ] {
        assert!(
            check(text, UPN)
                .unwrap_err()
                .contains(&Rule::ForbiddenCharacter),
            "{text:?}"
        );
    }
    for symbol in SYMBOLS.chars() {
        assert_eq!(
            check(&format!("Abcdef1{symbol}"), UPN),
            Ok(()),
            "{symbol:?}"
        );
    }
}

#[test]
fn refuses_the_user_name_in_any_case_but_not_short_ones() {
    assert_eq!(
        check("xMEGAN.bowen1", UPN),
        Err(vec![Rule::ContainsUserName])
    );
    assert_eq!(check("xx-Ann-9-xx", "ann@contoso.com"), Ok(()));
}

#[test]
fn counts_points_as_documented() {
    // The documentation's own shape: two banned words and three more characters make five points.
    assert_eq!(banned_score("C0ntos0Blank12", &["Contoso", "blank"]), 4);
    assert_eq!(banned_score("ContoS0Bl@nkf9!", &["contoso", "blank"]), 5);
    assert!(banned_score("P@ssword1", &[]) < MIN_SCORE);
    assert!(banned_score("Welcome2026!", &[]) < MIN_SCORE);
    assert!(banned_score("Bowen-12", &["Megan Bowen"]) < MIN_SCORE);
    assert!(banned_score("kT7-vQ2x", &["Megan Bowen"]) >= MIN_SCORE);
    assert_eq!(banned_score("", &[]), 0);
    assert_eq!(
        banned_score("passwird", &[]),
        1,
        "one change away from a banned word"
    );
}

#[test]
fn lengths_outside_the_range_are_refused() {
    assert_eq!(
        generate(11, &mut source(1)).unwrap_err(),
        GenerateProblem::Length
    );
    assert_eq!(
        generate(257, &mut source(1)).unwrap_err(),
        GenerateProblem::Length
    );
    assert_eq!(
        generate_words(3, &mut source(1)).unwrap_err(),
        GenerateProblem::Words
    );
    assert_eq!(
        generate_words(31, &mut source(1)).unwrap_err(),
        GenerateProblem::Words
    );
}

#[test]
fn a_broken_source_makes_no_password() {
    assert_eq!(
        generate(20, &mut |_| 0).unwrap_err(),
        GenerateProblem::Randomness
    );
    assert_eq!(
        generate(20, &mut |n| n).unwrap_err(),
        GenerateProblem::Randomness
    );
    assert_eq!(
        generate_words(4, &mut |n| n).unwrap_err(),
        GenerateProblem::Randomness
    );
}

#[test]
fn the_alphabet_is_free_of_look_alikes_and_uses_every_member() {
    let all: Vec<char> = [LOWER, UPPER, DIGITS, SAFE_SYMBOLS]
        .concat()
        .chars()
        .collect();
    assert!(!all.iter().any(|c| "0O1lIoi|".contains(*c)));
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    assert!(SAFE_SYMBOLS.chars().all(|c| SYMBOLS.contains(c)));
    let mut seen = HashSet::new();
    let mut pick = source(7);
    for _ in 0..200 {
        seen.extend(generate(DEFAULT_LENGTH, &mut pick).unwrap().chars());
    }
    assert_eq!(seen.len(), all.len());
}

#[test]
fn the_word_list_is_what_it_claims() {
    assert_eq!(WORDS.len(), 1 << BITS_PER_WORD);
    assert!(
        WORDS.windows(2).all(|pair| pair[0] < pair[1]),
        "sorted and without duplicates"
    );
    assert!(
        WORDS
            .iter()
            .all(|word| (3..=6).contains(&word.len())
                && word.bytes().all(|b| b.is_ascii_lowercase()))
    );
}

#[test]
fn the_longest_phrase_still_fits() {
    let longest = WORDS.iter().position(|word| word.len() == 6).unwrap();
    let phrase = generate_words(30, &mut |n| if n == WORDS.len() { longest } else { 0 }).unwrap();
    assert!(phrase.len() <= MAX_LENGTH);
    assert_eq!(check(&phrase, UPN), Ok(()));
}

proptest! {
    #[test]
    fn every_generated_password_is_acceptable(seed: u64, length in SHORTEST_GENERATED..=MAX_LENGTH) {
        let password = generate(length, &mut source(seed)).unwrap();
        prop_assert_eq!(password.len(), length);
        prop_assert!(password.starts_with(|c: char| c.is_ascii_alphabetic()));
        prop_assert!(password.ends_with(|c: char| c.is_ascii_alphanumeric()));
        prop_assert_eq!(classes(&password), 4);
        prop_assert_eq!(check(&password, UPN), Ok(()));
        prop_assert!(!password.contains(['"', ',', ';', '\'', '\\', ' ', '$', '`', '%', '&', '|', '<', '>', '!']));
    }

    #[test]
    fn every_generated_phrase_is_acceptable(seed: u64, count in 4_usize..=30) {
        let phrase = generate_words(count, &mut source(seed)).unwrap();
        prop_assert_eq!(phrase.split('-').count(), count + 1);
        prop_assert_eq!(check(&phrase, UPN), Ok(()));
        prop_assert_eq!(classes(&phrase), 4);
    }

    #[test]
    fn no_text_makes_the_checks_panic(text in "\\PC{0,300}", name in "\\PC{0,40}") {
        let _ = check(&text, &name);
        let score = banned_score(&text, &[&name]);
        prop_assert!(score <= text.chars().flat_map(char::to_lowercase).count());
    }

    #[test]
    fn scoring_ignores_case(text in "[A-Za-z0-9$@!-]{0,20}") {
        prop_assert_eq!(banned_score(&text, &[]), banned_score(&text.to_uppercase(), &[]));
    }
}
