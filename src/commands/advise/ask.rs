//! The dialogue: one question after the other, an empty answer is "not known". An answer that is not understood is asked again.

use super::user;
use crate::context::Context;
use crate::error::Result;
use crate::policy::advise::{Account, Answers, OtherAdmin, Question, Tri};

/// Asks a question and takes the answer; for a user name, `offer` is whom an empty answer means.
pub(super) fn ask(
    context: &Context,
    question: Question,
    answers: &mut Answers,
    name: &mut Option<String>,
    offer: Option<&str>,
) -> Result<()> {
    let console = &context.console;
    let words = match offer {
        Some(offer) => format!(
            "User name that is locked out (Enter: {offer}, who is signed in here; n: not known):"
        ),
        None => words(question),
    };
    loop {
        let said = console.ask(&words)?;
        let text = match (said.trim(), offer) {
            ("", Some(offer)) => offer,
            (text, _) => text,
        };
        match take(question, text, answers, name) {
            Ok(()) => return Ok(()),
            Err(hint) => console.must_say(&hint),
        }
    }
}

/// The question as it is shown.
pub(super) fn words(question: Question) -> String {
    match question {
        Question::UserName => "User name that is locked out, name@domain (Enter: not known):",
        Question::Password => "Do you know its password? y/N:",
        Question::OtherAdmin => {
            "Another administrator who can sign in? 1 Global or Privileged Authentication, 2 a lesser role, 3 yes, role not known, \
             4 nobody (Enter: not known):"
        }
        Question::Account => {
            "Where does the password live? 1 in the cloud, 2 synced from Active Directory, 3 another identity provider (Enter: not known):"
        }
        Question::Registered => {
            "Registered for the account and at hand? e = e-mail, p = phone, a = authenticator app, n = none; several together (Enter: not known):"
        }
        Question::Sessions => {
            "Still signed in as this account? b = browser, o = Office app, c = command line; several together (Enter: nothing):"
        }
    }
    .to_owned()
}

/// Takes an answer; the error is what to say before asking again.
pub(super) fn take(
    question: Question,
    text: &str,
    answers: &mut Answers,
    name: &mut Option<String>,
) -> std::result::Result<(), String> {
    let lower = text.to_lowercase();
    match question {
        Question::UserName => {
            if !text.is_empty() && lower != "n" && lower != "no" {
                let found = user(text).map_err(|error| {
                    format!("{} {}", error.message(), error.cause().unwrap_or_default())
                })?;
                *name = Some(found);
            }
            answers.user_name = name.is_some();
        }
        Question::Password => {
            answers.password = match &lower[..] {
                "" | "n" | "no" => false,
                "y" | "yes" => true,
                _ => return Err("Answer y or n.".to_owned()),
            };
        }
        Question::OtherAdmin => {
            answers.other_admin = match &lower[..] {
                "" => OtherAdmin::Unknown,
                "1" | "global" => OtherAdmin::Powerful,
                "2" | "limited" => OtherAdmin::Limited,
                "3" | "some" | "y" | "yes" => OtherAdmin::SomeRole,
                "4" | "none" | "n" | "no" => OtherAdmin::Nobody,
                _ => return Err("Answer 1, 2, 3 or 4.".to_owned()),
            };
        }
        Question::Account => {
            answers.account = match &lower[..] {
                "" => Account::Unknown,
                "1" | "cloud" => Account::Cloud,
                "2" | "synced" => Account::Synced,
                "3" | "federated" => Account::Federated,
                _ => return Err("Answer 1, 2 or 3.".to_owned()),
            };
        }
        Question::Registered => {
            if lower.is_empty() {
                return Ok(());
            }
            let letters =
                letters(&lower, "epan").ok_or("Answer with the letters e, p, a, or n.")?;
            if letters.contains('n') && letters.len() > 1 {
                return Err("Answer n alone, or without it.".to_owned());
            }
            let tri = |letter| {
                if letters.contains(letter) {
                    Tri::Yes
                } else {
                    Tri::No
                }
            };
            (answers.email, answers.phone, answers.app) = (tri('e'), tri('p'), tri('a'));
        }
        Question::Sessions => {
            let letters = letters(&lower, "bocn").ok_or("Answer with the letters b, o, c.")?;
            answers.browser = letters.contains('b');
            answers.office = letters.contains('o');
            answers.cli = letters.contains('c');
        }
    }
    Ok(())
}

/// Letters of an answer, blanks and commas left out; `None` when there is another one.
fn letters(text: &str, known: &str) -> Option<String> {
    let found: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != ',')
        .collect();
    found.chars().all(|c| known.contains(c)).then_some(found)
}
