//! The chain, its repair, many writers, and the faults that verifying must find.

use super::*;
use std::time::Instant;

fn intent<'a>(operation_id: &'a str, reason: Option<&'a str>) -> Intent<'a> {
    Intent {
        operation_id,
        command: "reset-user",
        step: "resetPassword",
        target_id: Some("11111111-1111-1111-1111-111111111111"),
        target_name: Some("ada@contoso.com"),
        tenant: Some("contoso.onmicrosoft.com"),
        caller: Some("root@contoso.com"),
        reason,
        ticket: Some("INC-1"),
        sinks: vec!["file:/safe/pw".into()],
    }
}

fn result<'a>(operation_id: &'a str) -> StepResult<'a> {
    StepResult {
        operation_id,
        command: "reset-user",
        step: "resetPassword",
        target_id: None,
        target_name: Some("ada@contoso.com"),
        outcome: "done",
        request_ids: vec!["r-1".into()],
        error: None,
    }
}

fn filled(records: usize) -> (tempfile::TempDir, PathBuf, Journal) {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    for n in 0..records {
        journal
            .begin(&intent(&format!("op-{n}"), Some("lost phone")))
            .unwrap();
    }
    let path = dir.path().join(FILE);
    (dir, path, journal)
}

#[test]
fn a_record_is_chained_and_can_be_followed_with_sha256sum() {
    let (_dir, path, mut journal) = filled(1);
    journal.end(&result("op-0")).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    let second: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
    assert_eq!(second["prev"], chain::sha256(lines[0].as_bytes()));
    assert_eq!(second["seq"], 2);
    assert_eq!(second["kind"], "result");
    assert_eq!(second["outcome"], "done");
    assert!(second["at"].as_str().unwrap().ends_with('Z'));
    let (body, tail) = lines[1].split_once(",\"hash\":\"").unwrap();
    assert_eq!(
        tail.trim_end_matches("\"}"),
        chain::sha256(format!("{body}}}").as_bytes())
    );
    assert_eq!(second["hash"], journal.head());
    assert!(verify(&path, Some(&journal.head())).unwrap().is_sound());
}

#[test]
fn intents_without_a_result_are_found() {
    let (_dir, _path, mut journal) = filled(3);
    journal.end(&result("op-1")).unwrap();
    let open: Vec<String> = journal
        .unfinished(Some("reset-user"))
        .unwrap()
        .into_iter()
        .filter_map(|r| r.operation_id)
        .collect();
    assert_eq!(open, ["op-0", "op-2"]);
    assert!(journal.unfinished(Some("create-admin")).unwrap().is_empty());
    assert_eq!(journal.unfinished(None).unwrap().len(), 2);
}

#[test]
fn control_characters_stay_inside_their_string() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    journal
        .begin(&intent("op", Some("a\nb\u{1b}[2J\"}\u{0}")))
        .unwrap();
    let text = std::fs::read_to_string(journal.path()).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert!(!text.trim_end().chars().any(char::is_control));
    let read = journal.records().unwrap().next().unwrap().unwrap();
    assert_eq!(read.reason.as_deref(), Some("a\nb\u{1b}[2J\"}\u{0}"));
}

#[test]
fn sentences_have_no_place_where_names_belong() {
    let (_dir, path, mut journal) = filled(1);
    let size = path.metadata().unwrap().len();
    for step in ["reset the password to X", "", "a\"b"] {
        assert!(
            journal
                .begin(&Intent {
                    step,
                    ..intent("op", None)
                })
                .is_err(),
            "{step}"
        );
    }
    assert!(
        journal
            .end(&StepResult {
                error: Some("the password is X"),
                ..result("op-0")
            })
            .is_err()
    );
    assert!(
        journal
            .begin(&intent("op", Some(&"x".repeat(2_000_000))))
            .is_err()
    );
    assert_eq!(path.metadata().unwrap().len(), size);
    journal.begin(&intent("op-1", None)).unwrap();
}

#[test]
fn a_torn_last_line_is_removed_with_a_note() {
    for torn in ["{\"v\":1,\"seq\":3,\"at\":\"20", "garbage", "\0\0\0\0"] {
        let (dir, path, journal) = filled(2);
        drop(journal);
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .map(|mut file| std::io::Write::write_all(&mut file, torn.as_bytes()))
            .unwrap()
            .unwrap();
        assert_eq!(verify(&path, None).unwrap().broken.unwrap().line, 3);
        let mut journal = Journal::open(dir.path()).unwrap();
        assert_eq!(
            journal.records().unwrap().count(),
            2,
            "a torn line is no record"
        );
        journal.begin(&intent("op-9", None)).unwrap();
        let verified = verify(&path, Some(&journal.head())).unwrap();
        assert_eq!((verified.records, verified.is_sound()), (4, true), "{torn}");
        let note = journal.records().unwrap().nth(2).unwrap().unwrap();
        assert_eq!(
            (note.kind, note.outcome.as_deref()),
            (Kind::Note, Some("repaired"))
        );
        assert!(note.error.unwrap().contains(&torn.len().to_string()));
    }
}

#[test]
fn a_file_that_is_no_journal_is_left_alone() {
    for content in ["my shopping list", "line one\nline two\n", "{\"v\":1}\n"] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), content).unwrap();
        assert_eq!(
            Journal::open(dir.path()).err().unwrap().code(),
            ErrorCode::JournalRefused
        );
        assert_eq!(
            std::fs::read_to_string(dir.path().join(FILE)).unwrap(),
            content
        );
    }
}

#[test]
fn opening_reads_the_end_only() {
    let (dir, path, journal) = filled(200);
    drop(journal);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    journal.begin(&intent("op", None)).unwrap();
    let verified = verify(&path, None).unwrap();
    assert_eq!(verified.broken.unwrap().line, 1);
}

#[test]
fn lines_longer_than_the_first_look_back_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let long = "x".repeat(100_000);
    Journal::open(dir.path())
        .unwrap()
        .begin(&intent("op-1", Some(&long)))
        .unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    journal.begin(&intent("op-2", Some(&long))).unwrap();
    Journal::open(dir.path())
        .unwrap()
        .begin(&intent("op-3", None))
        .unwrap();
    assert_eq!(verify(journal.path(), None).unwrap().records, 3);
}

#[test]
fn eight_writers_keep_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let path = dir.path();
            scope.spawn(move || {
                let mut journal = Journal::open(path).unwrap();
                for n in 0..100 {
                    journal
                        .begin(&intent(&format!("op-{writer}-{n}"), None))
                        .unwrap();
                }
            });
        }
    });
    let verified = verify(&dir.path().join(FILE), None).unwrap();
    assert_eq!((verified.records, verified.broken), (800, None));
}

#[test]
fn a_silent_file_system_is_given_up() {
    let since = Instant::now();
    let result: Result<()> = bounded(Path::new("/mnt/hung"), |_| {
        std::thread::sleep(Duration::from_secs(30));
        Ok(())
    });
    assert_eq!(result.err().unwrap().code(), ErrorCode::JournalRefused);
    assert!(since.elapsed() < Duration::from_secs(4));
    // Waiting for a lock beats, and is not silence.
    let waited: Result<u8> = bounded(Path::new("x"), |beat| {
        for _ in 0..25 {
            beat.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(1)
    });
    assert_eq!(waited.unwrap(), 1);
}

#[cfg(unix)]
#[test]
fn places_that_cannot_be_trusted_are_refused_before_anything_is_sent() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let refused = |path: &Path| {
        assert_eq!(
            Journal::open(path).err().unwrap().code(),
            ErrorCode::JournalRefused,
            "{}",
            path.display()
        )
    };
    let dir = tempfile::tempdir().unwrap();
    let fresh = |text: &str| {
        let path = dir.path().join(text);
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path
    };
    let pipe = fresh("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(pipe.join(FILE))
            .status()
            .unwrap()
            .success()
    );
    refused(&pipe);
    let link = fresh("link");
    symlink(dir.path().join("elsewhere"), link.join(FILE)).unwrap();
    refused(&link);
    assert!(!dir.path().join("elsewhere").exists());
    let folder = fresh("folder");
    std::fs::create_dir(folder.join(FILE)).unwrap();
    refused(&folder);
    let open = fresh("open");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    refused(&open);
    let full = fresh("full");
    if Path::new("/dev/full").exists() {
        symlink("/dev/full", full.join(FILE)).unwrap();
        refused(&full);
    }
    std::fs::write(dir.path().join("file"), "").unwrap();
    refused(&dir.path().join("file"));
    refused(Path::new("/proc/1/nothing"));
}

#[test]
fn a_journal_that_was_moved_away_takes_no_more() {
    let (_dir, path, mut journal) = filled(1);
    std::fs::rename(&path, path.with_extension("old")).unwrap();
    assert_eq!(
        journal.begin(&intent("op", None)).err().unwrap().code(),
        ErrorCode::JournalRefused
    );
    assert_eq!(
        journal.end(&result("op-0")).err().unwrap().code(),
        ErrorCode::OutputFailed
    );
}

/// Ten thousand random edits; every one must be found. A cut at the end needs a head that was kept.
#[test]
fn every_edit_is_found() {
    let (_dir, path, journal) = filled(12);
    let head = journal.head();
    let whole = std::fs::read(&path).unwrap();
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let pick = |n: usize| crate::random::below(n).unwrap();
    let mut found = 0;
    const ROUNDS: usize = 10_000;
    for round in 0..ROUNDS {
        let mut parts: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
        let (a, b) = (pick(parts.len()), pick(parts.len() - 1));
        let b = if b >= a { b + 1 } else { b };
        let mut expected_head = None;
        match round % 5 {
            0 | 1 => {
                let at = pick(parts[a].len());
                parts[a][at] ^= 1 << pick(8);
            }
            2 => parts.swap(a, b),
            3 => {
                let copy = parts[a].clone();
                parts.insert(b, copy);
            }
            _ => {
                // The last ones leave a sound beginning: only the head tells.
                parts.remove(a);
                if a == lines.len() - 1 {
                    expected_head = Some(head.as_str());
                }
            }
        }
        let verified = chain::follow(parts.concat().as_slice(), expected_head).unwrap();
        found += usize::from(!verified.is_sound());
    }
    assert_eq!(found, ROUNDS);
    assert_eq!(
        verify(&path, Some(&head.to_uppercase())).unwrap().anchored,
        Some(12)
    );
    assert!(verify(&path, None).unwrap().is_sound());
}
