//! Takes paths and names of accounts out of a document that somebody else is going to read.

use crate::mask;
use serde_json::Value;

/// Takes paths and names out of every text of a document.
pub(super) fn redact(value: &mut Value, paths: &[&str], names: bool) {
    match value {
        Value::String(text) => *text = redacted(text, paths, names),
        Value::Array(list) => list.iter_mut().for_each(|one| redact(one, paths, names)),
        Value::Object(map) => map.values_mut().for_each(|one| redact(one, paths, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn redacted(text: &str, paths: &[&str], names: bool) -> String {
    let mut text = text.to_owned();
    for path in paths {
        text = text.replace(path, "(path)");
    }
    let word = |word: &str| {
        let bare = word.trim_matches(|c: char| "\"'`(),.;:".contains(c));
        let is_path = bare.starts_with(['/', '~', '\\'])
            || bare
                .get(1..3)
                .is_some_and(|drive| drive == ":\\" || drive == ":/");
        if is_path {
            word.replace(bare, "(path)")
        } else if bare.contains('@') && !names {
            word.replace(bare, &mask::email(bare))
        } else {
            word.to_owned()
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_person_or_a_machine_is_left() {
        let text = "Signed in as ada@contoso.com (browser). See '/home/ada love/x' and /etc/ca.pem; https://graph.example answers.";
        let hidden = redacted(text, &["/home/ada love"], false);
        assert!(
            !hidden.contains("ada") && !hidden.contains("/etc"),
            "{hidden}"
        );
        assert!(
            hidden.contains("https://graph.example answers."),
            "{hidden}"
        );
        assert!(redacted(text, &[], true).contains("ada@contoso.com"));
    }
}
