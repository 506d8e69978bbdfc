use super::*;

fn dice(seed: u64) -> impl FnMut(&mut [u8]) -> Result<()> {
    let mut state = seed | 1;
    move |buffer| {
        for byte in buffer {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = (state >> 24) as u8;
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_word_list_is_whole_and_four_letters_tell() {
    assert_eq!(WORDS.len(), 1024);
    assert!(WORDS.is_sorted());
    let short: std::collections::HashSet<&str> = WORDS.iter().map(|word| &word[..4]).collect();
    assert_eq!(short.len(), 1024);
}

#[test]
fn official_vectors() {
    let vectors: Vec<(String, Vec<String>, String)> =
        serde_json::from_str(include_str!("../../tests/data/slip39/vectors.json")).unwrap();
    assert_eq!(vectors.len(), 18);
    for (name, lines, secret) in vectors {
        let shares: Result<Vec<Share>, _> = lines.iter().map(|line| Share::read(line)).collect();
        let found = shares.ok().and_then(|shares| {
            combine_bytes(&shares, b"TREZOR")
                .ok()
                .filter(|_| shares.iter().all(|one| one.value.len() % 2 == 0))
        });
        assert_eq!(
            found.map(|bytes| hex(&bytes)).unwrap_or_default(),
            secret,
            "{name}"
        );
    }
}

#[test]
fn shares_of_the_reference_tool_open() {
    let sets: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../tests/data/slip39/reference.json")).unwrap();
    assert_eq!(sets.len(), 4);
    for set in sets {
        let shares: Vec<Share> = set["shares"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| Share::read(line.as_str().unwrap()).unwrap())
            .collect();
        assert_eq!(
            combine(&shares).unwrap().expose(),
            set["text"].as_str().unwrap()
        );
        // And what is written again is the same line.
        for (share, line) in shares.iter().zip(set["shares"].as_array().unwrap()) {
            assert_eq!(share.words().join(" "), line.as_str().unwrap());
        }
    }
}

fn subsets(of: usize, size: usize) -> Vec<Vec<usize>> {
    (0u32..1 << of)
        .filter(|mask| mask.count_ones() as usize == size)
        .map(|mask| (0..of).filter(|at| mask >> at & 1 == 1).collect())
        .collect()
}

#[test]
fn every_k_restore_and_k_less_one_do_not() {
    let secret = Secret::new("Kd7#mQ2x-canary-word!");
    for (threshold, count) in [(2, 3), (3, 5), (5, 8)] {
        let shares = split(&secret, Scheme { threshold, count }, &mut dice(7)).unwrap();
        assert_eq!(shares.len(), usize::from(count));
        for set in subsets(count.into(), threshold.into()) {
            let some: Vec<Share> = set.iter().map(|at| shares[*at].clone()).collect();
            assert_eq!(combine(&some).unwrap().expose(), secret.expose(), "{set:?}");
        }
        for set in subsets(count.into(), usize::from(threshold) - 1) {
            let some: Vec<Share> = set.iter().map(|at| shares[*at].clone()).collect();
            assert_eq!(
                combine(&some).err(),
                Some(Misfit::TooFew {
                    need: threshold,
                    have: threshold - 1
                }),
                "{set:?}"
            );
        }
        assert_eq!(combine(&shares).unwrap().expose(), secret.expose());
    }
}

#[test]
fn fewer_shares_tell_nothing_about_a_byte() {
    // For each value the first byte could have, there is one polynomial through K-1 given points: all secrets stay possible.
    let value = [7u8, 9];
    let mut seen = std::collections::HashSet::new();
    for byte in 0..=255u8 {
        let secret = [byte, 0];
        let points = [(0u8, &value[..]), (255, &secret[..])];
        seen.insert(field::interpolate(&points, 1)[0]);
    }
    assert_eq!(seen.len(), 256);
}

#[test]
fn secrets_of_all_lengths_survive() {
    for length in [1, 2, 15, 16, 17, 20, 31, 32, 33, 64, 256, 1023, 1024] {
        let secret = Secret::new(
            "ø9Ab"
                .repeat(length)
                .chars()
                .take(length / 2)
                .collect::<String>()
                + &"x".repeat(length % 2 + usize::from(length < 2)),
        );
        let shares = split(
            &secret,
            Scheme {
                threshold: 2,
                count: 2,
            },
            &mut dice(length as u64 + 1),
        )
        .unwrap();
        let again: Vec<Share> = shares
            .iter()
            .map(|one| Share::read(&one.words().join(" ")).unwrap())
            .collect();
        assert_eq!(
            combine(&again).unwrap().expose(),
            secret.expose(),
            "{length}"
        );
    }
    assert!(
        split(
            &Secret::new("x".repeat(1025)),
            Scheme {
                threshold: 2,
                count: 2
            },
            &mut dice(1)
        )
        .is_err()
    );
}

#[test]
fn every_wrong_word_is_noticed() {
    let shares = split(
        &Secret::new("Kd7#mQ2x-canary-word"),
        Scheme {
            threshold: 2,
            count: 3,
        },
        &mut dice(3),
    )
    .unwrap();
    let words = shares[0].words();
    for at in 0..words.len() {
        for other in ["academic", "zero", "lunar"] {
            if words[at] == other {
                continue;
            }
            let mut wrong = words.clone();
            wrong[at] = other;
            assert_eq!(
                Share::read(&wrong.join(" ")).err(),
                Some(coder::Flaw::Checksum),
                "word {at}"
            );
        }
        let mut swapped = words.clone();
        swapped.swap(at, (at + 1) % words.len());
        assert!(swapped == words || Share::read(&swapped.join(" ")).is_err());
    }
    assert!(matches!(
        Share::read(&words[1..].join(" ")),
        Err(coder::Flaw::Length(_) | coder::Flaw::Checksum)
    ));
    let mut foreign = words.clone();
    foreign[4] = "zebra";
    assert_eq!(
        Share::read(&foreign.join(" ")).err(),
        Some(coder::Flaw::Unknown(5, "zebra".into()))
    );
}

#[test]
fn words_are_read_as_people_write_them() {
    let shares = split(
        &Secret::new("Kd7#mQ2x"),
        Scheme {
            threshold: 2,
            count: 2,
        },
        &mut dice(5),
    )
    .unwrap();
    let words = shares[1].words();
    let numbered: String = words
        .iter()
        .enumerate()
        .map(|(at, word)| format!("{:2}. {}\r\n", at + 1, word.to_uppercase()))
        .collect();
    assert_eq!(Share::read(&numbered).unwrap(), shares[1]);
    let short: Vec<String> = words.iter().map(|word| word[..4].to_owned()).collect();
    assert_eq!(Share::read(&short.join("  ")).unwrap(), shares[1]);
}

#[test]
fn what_does_not_belong_is_named() {
    let scheme = Scheme {
        threshold: 2,
        count: 3,
    };
    let ours = split(&Secret::new("first"), scheme, &mut dice(11)).unwrap();
    let theirs = split(&Secret::new("second"), scheme, &mut dice(12)).unwrap();
    let set = |parts: &[&Share]| parts.iter().map(|one| (*one).clone()).collect::<Vec<_>>();
    assert_eq!(combine(&[]).err(), Some(Misfit::None));
    assert_eq!(
        combine(&set(&[&ours[0], &theirs[1]])).err(),
        Some(Misfit::Foreign(1))
    );
    assert_eq!(
        combine(&set(&[&ours[0], &ours[2], &ours[0]])).err(),
        Some(Misfit::Twice(2, 0))
    );
    let mut changed = ours[0].clone();
    changed.value[3] ^= 1;
    assert_eq!(
        combine(&set(&[&ours[0], &changed])).err(),
        Some(Misfit::Contradict(1, 0))
    );
    assert_eq!(
        combine(&set(&[&changed, &ours[1]])).err(),
        Some(Misfit::Broken)
    );
    // A third one that lies on another polynomial is noticed although the first two give a secret.
    assert_eq!(
        combine(&set(&[&ours[1], &ours[2], &changed])).err(),
        Some(Misfit::Broken)
    );
}

#[test]
fn schemes_are_checked() {
    for (text, word) in [
        ("3", "K/N"),
        ("a/3", "numbers"),
        ("+2/3", "numbers"),
        ("1/3", "at least 2"),
        ("4/3", "at most N"),
        ("2/17", "at most 16"),
        ("2/", "numbers"),
    ] {
        assert!(Scheme::parse(text).unwrap_err().contains(word), "{text}");
    }
    assert_eq!(
        Scheme::parse("3/5").unwrap(),
        Scheme {
            threshold: 3,
            count: 5
        }
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_decoder_fall_over(text in "\\PC{0,400}", numbers in proptest::collection::vec(0usize..1024, 0..60)) {
        let _ = Share::read(&text);
        let words: Vec<&str> = numbers.iter().map(|at| WORDS[*at]).collect();
        let _ = Share::read(&words.join(" "));
    }
}
