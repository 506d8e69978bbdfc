//! The answer does not depend on how the work is cut.

use super::*;
use std::fmt::Write as _;

/// An mbox of many messages, some with what only looks like a separator, in a file of its own.
fn mailbox(line_end: &str) -> (tempfile::TempDir, Candidate, u64) {
    let mut text = String::new();
    for number in 1..=400 {
        let _ = write!(
            text,
            "From a@example.com Mon Nov 23 14:50:10 2026\nFrom: Ada <a@example.com>\nDate: {number}\nSubject: number {number}\n\n\
             In text at-{}@contoso.onmicrosoft.com, and from {number}@contoso.onmicrosoft.com.\n\
             From here to 14:50 there is no empty line before this one.\n\nFrom a sentence without a time.\n\n",
            number % 7
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mbox");
    let text = text.replace('\n', line_end);
    std::fs::write(&path, &text).unwrap();
    let file = Candidate { path, named: true };
    (folder, file, text.len() as u64)
}

#[test]
fn the_answer_does_not_depend_on_the_cuts() {
    for line_end in ["\n", "\r\n"] {
        let (_folder, file, length) = mailbox(line_end);
        let files = [file];
        let answer = |size| {
            let progress = Progress::default();
            let (findings, looked) = search(&files, size, &progress).unwrap();
            assert_eq!(progress.bytes.load(Ordering::Relaxed), length);
            let (found, domains) = findings.ranked();
            (format!("{found:?} {domains:?}"), format!("{looked:?}"))
        };
        assert_eq!(pieces(&files, u64::MAX / 2).len(), 1);
        let whole = answer(u64::MAX / 2);
        assert!(whole.1.contains("messages: 400"), "{}", whole.1);
        for size in [1, 100, 999, 5_000, length / 3] {
            let cut = pieces(&files, size);
            assert!(cut.len() > 2, "{size}: {cut:?}");
            assert_eq!(answer(size), whole, "{size}");
        }
        assert_eq!(pieces(&files, 1).len(), 400);
    }
}

#[test]
fn small_files_are_taken_together_and_a_large_one_apart() {
    let (folder, large, length) = mailbox("\n");
    let small = |name: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, "From: a@example.com\n\nb@contoso.onmicrosoft.com\n").unwrap();
        Candidate { path, named: false }
    };
    let files = [small("1"), small("2"), large, small("3"), small("4")];
    let cut = pieces(&files, length / 2);
    assert_eq!(cut.first(), Some(&Piece::Files(0..2)));
    assert_eq!(cut.last(), Some(&Piece::Files(3..5)));
    assert!(cut.len() >= 3, "{cut:?}");
    let (findings, looked) = search(&files, length / 2, &Progress::default()).unwrap();
    assert_eq!((looked.files, looked.messages), (5, 404));
    let (found, _) = findings.ranked();
    let b = found.iter().find(|one| one.address.starts_with("b@"));
    assert_eq!(b.map(|one| (one.occurrences, one.messages)), Some((4, 4)));
}

#[test]
fn a_named_file_that_is_gone_is_the_error_whoever_was_faster() {
    let (folder, large, _) = mailbox("\n");
    let gone = Candidate {
        path: folder.path().join("gone"),
        named: true,
    };
    let Err(error) = search(&[large, gone], 1_000, &Progress::default()) else {
        panic!("a file that is not there was read");
    };
    assert!(format!("{error:?}").contains("gone"), "{error:?}");
}
