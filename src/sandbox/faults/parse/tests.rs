//! What fault scripts say, and what is said about those that say nothing.

use super::*;
use crate::sandbox::faults::GRAMMAR;

fn action(text: &str) -> Action {
    let fault: Fault = format!("*:*:* -> {text}").parse().unwrap();
    let Kind::Wire(rule) = fault.kind else {
        panic!("a policy")
    };
    rule.action
}

fn complaint(text: &str) -> String {
    text.parse::<Fault>().unwrap_err().to_string()
}

#[test]
fn statuses_carry_their_modifiers() {
    let Effect::Status(fault) = action("429").effect else {
        panic!()
    };
    assert_eq!(fault.retry_after, Some(RetryAfter::Seconds(1)));
    let Effect::Status(fault) = action("429 no-retry-after").effect else {
        panic!()
    };
    assert_eq!(fault.retry_after, None);
    let late = action("503 retry-after-date=2 html-body after delay=50");
    assert!(late.commit && late.delay_ms == 50);
    let Effect::Status(fault) = late.effect else {
        panic!()
    };
    assert_eq!(
        (fault.status, fault.retry_after, fault.body),
        (503, Some(RetryAfter::Date(2)), FaultBody::Html)
    );
}

#[test]
fn broken_replies_come_after_the_commit_unless_told_otherwise() {
    assert_eq!(
        action("lost-reply"),
        Action {
            effect: Effect::Break {
                bytes: 0,
                end: End::Close
            },
            commit: true,
            delay_ms: 0
        }
    );
    assert_eq!(
        action("cut=20").effect,
        Effect::Break {
            bytes: 20,
            end: End::Close
        }
    );
    assert_eq!(
        action("reset").effect,
        Effect::Break {
            bytes: 0,
            end: End::Reset
        }
    );
    assert_eq!(
        action("silence=7").effect,
        Effect::Break {
            bytes: 7,
            end: End::Stall
        }
    );
    assert!(!action("drop").commit && !action("reset before").commit && action("slow=1bps").commit);
    assert_eq!(action("next-link=same").effect, Effect::NextLink(None));
}

#[test]
fn a_script_has_comments_lines_and_semicolons() {
    let faults =
        Fault::parse_script("# two rules\n1:GET:/users -> 429; 2:POST:/users -> drop # last\n\n")
            .unwrap();
    assert_eq!(
        faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["1:GET:/users -> 429", "2:POST:/users -> drop"]
    );
}

#[test]
fn complaints_name_the_rule_and_the_way_out() {
    for (text, part) in [
        ("GET:/users -> 429", "WHEN:METHOD:PATH"),
        ("0:GET:/users -> 429", "write 3, 2-4"),
        ("4-2:GET:/users -> 429", "write 3, 2-4"),
        ("101%:GET:/users -> 429", "write 3, 2-4"),
        ("1:G3T:/users -> 429", "no HTTP method"),
        ("1:GET: -> 429", "path is missing"),
        ("1:GET:/users ->", "stands an action"),
        ("1:GET:/users -> 200", "between 400 and 599"),
        ("1:GET:/users -> cut", "number of bytes"),
        ("1:GET:/users -> explode", "is no action"),
        ("1:GET:/users -> 429 retry-after=soon", "whole seconds"),
        ("1:GET:/users -> cut=1 retry-after=1", "does not go with"),
        ("1:GET:/users -> aadsts=1", "not among the refusals"),
        ("mfa", "not a policy"),
        ("mfa-required for ada", "user principal name"),
    ] {
        let complaint = complaint(text);
        assert!(
            complaint.contains(part) && complaint.contains(text.trim()),
            "{text}: {complaint}"
        );
    }
}

#[test]
fn everything_the_grammar_names_can_be_read() {
    let section = |name: &str| {
        let start = GRAMMAR.find(&format!("\n{name}\n")).unwrap() + name.len() + 2;
        GRAMMAR[start..].split("\n\n").next().unwrap()
    };
    let fill = |word: &str| {
        let word = word
            .replace("URL|same", "same")
            .replace("[=C]", "=c1")
            .replace("=N", "=50076");
        word.replace("=MS", "=5")
            .replace("=S", "=5")
            .replace("=GRAPHCODE", "=locked")
            .replace("=URL", "=https://x.example/")
    };
    let mut actions = 0;
    for line in section("ACTION").lines() {
        let column = line[2..].split("  ").next().unwrap();
        for word in column.split(", ").filter(|word| !word.starts_with("400")) {
            action(&fill(word));
            actions += 1;
        }
    }
    assert_eq!(actions, 18);
    for word in section("MODIFIER")
        .split_whitespace()
        .map(|word| word.trim_end_matches(','))
        .filter(|word| word.contains(['=', '-']))
    {
        action(&format!("503 {}", fill(word)));
    }
    for word in section("POLICY").split(", ") {
        Fault::parse_script(word).unwrap();
    }
    let example = GRAMMAR.rsplit("Example: ").next().unwrap();
    assert_eq!(Fault::parse_script(example).unwrap().len(), 3);
}
