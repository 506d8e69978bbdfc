//! Golden files: whole texts under `tests/golden`, with what differs from run to run replaced by marks.
//!
//! `ADMIN_RESET_BLESS=1 cargo test --test it` rewrites them; the change then shows in the diff of the commit.

use super::root;
use std::fmt::Write;

/// Compares a text with its golden file, after [`normal`].
#[track_caller]
pub fn golden(name: &str, text: &str) {
    verbatim(&root().join("tests/golden").join(name), &normal(text));
}

/// Compares a text with a file as it is.
#[track_caller]
pub fn verbatim(path: &std::path::Path, text: &str) {
    if std::env::var_os("ADMIN_RESET_BLESS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(path).unwrap_or_else(|cause| {
        panic!("{}: {cause}; ADMIN_RESET_BLESS=1 writes it", path.display())
    });
    assert!(
        kept == text,
        "{} differs; ADMIN_RESET_BLESS=1 rewrites it\n{}",
        path.display(),
        difference(&kept, text)
    );
}

/// Replaces ids, times, hashes, ports and temporary folders by marks. Equal ids get equal marks, numbered as they come.
pub fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut ids: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // A mark never begins inside a word.
        let inside = out
            .chars()
            .next_back()
            .is_some_and(|before| before.is_ascii_alphanumeric());
        let found = if inside { None } else { mark(rest, &mut ids) };
        match found {
            Some((length, mark)) => {
                out.push_str(&mark);
                rest = &rest[length..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// Length of what stands at the beginning and its mark, if it differs from run to run.
fn mark(text: &str, ids: &mut Vec<String>) -> Option<(usize, String)> {
    let shaped = |pattern: &str| {
        let bytes = text.as_bytes();
        let fits = bytes.len() >= pattern.len()
            && pattern.bytes().zip(bytes).all(|(want, have)| match want {
                b'h' => have.is_ascii_hexdigit(),
                b'd' => have.is_ascii_digit(),
                other => *have == other,
            });
        fits && !bytes.get(pattern.len()).is_some_and(u8::is_ascii_hexdigit)
    };
    let guid = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    if shaped(guid) {
        let id = text[..guid.len()].to_ascii_lowercase();
        let place = ids
            .iter()
            .position(|known| *known == id)
            .unwrap_or_else(|| {
                ids.push(id);
                ids.len() - 1
            });
        return Some((guid.len(), format!("<id-{}>", place + 1)));
    }
    if shaped(&"h".repeat(64)) {
        return Some((64, "<sha256>".to_owned()));
    }
    let stamp = "dddd-dd-ddTdd:dd:dd";
    if shaped(stamp) {
        let fraction = text[stamp.len()..]
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .count();
        let zone = usize::from(text[stamp.len() + fraction..].starts_with('Z'));
        return Some((stamp.len() + fraction + zone, "<time>".to_owned()));
    }
    if let Some(port) = text.strip_prefix("127.0.0.1:") {
        let digits = port.chars().take_while(char::is_ascii_digit).count();
        return Some(("127.0.0.1:".len() + digits, "127.0.0.1:<port>".to_owned()));
    }
    // The temporary folder of a laboratory, wherever the system keeps such folders.
    if text.starts_with('/') {
        let path = text
            .split(|c: char| c.is_whitespace() || "\"';,)".contains(c))
            .next()
            .unwrap_or_default();
        if let Some((_, tail)) = path.split_once("/admin-reset-lab-") {
            let below = tail.find('/').map_or("", |at| &tail[at..]);
            return Some((path.len(), format!("<home>{below}")));
        }
    }
    None
}

/// The whole of both texts, line by line: ` ` in both, `-` kept only, `+` now only.
fn difference(kept: &str, now: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), now.lines().collect());
    // Lengths of the longest common subsequences of the tails.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut out, mut i, mut j) = (String::new(), 0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            let _ = writeln!(out, "  {}", old[i]);
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            let _ = writeln!(out, "- {}", old[i]);
            i += 1;
        } else {
            let _ = writeln!(out, "+ {}", new[j]);
            j += 1;
        }
    }
    out
}

#[test]
fn what_differs_from_run_to_run_is_marked_and_nothing_else() {
    let text = "a 5d268281-4f89-4b22-862f-cfd452453531 b 5D268281-4f89-4b22-862f-cfd452453531 c 0d268281-4f89-4b22-862f-cfd452453531\n\
        at 2026-11-23T14:50:10.123Z and 2026-11-23T14:50:10Z on http://127.0.0.1:4711/v1.0 in /tmp/x/admin-reset-lab-Ab1/work/p.txt, 2026-11-23\n";
    assert_eq!(
        normal(text),
        "a <id-1> b <id-1> c <id-2>\nat <time> and <time> on http://127.0.0.1:<port>/v1.0 in <home>/work/p.txt, 2026-11-23\n"
    );
    assert_eq!(normal(&"a".repeat(64)), "<sha256>");
    assert_eq!(normal(&"a".repeat(65)), "a".repeat(65));
}

#[test]
fn a_difference_shows_both_texts_whole() {
    assert_eq!(difference("a\nb\nc\n", "a\nx\nc\n"), "  a\n- b\n+ x\n  c\n");
}
