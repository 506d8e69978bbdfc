use super::ask::{take, words};
use super::*;

#[test]
fn answers_of_the_dialogue() {
    let (mut answers, mut name) = (Answers::default(), None);
    let mut say = |question, text: &str| take(question, text, &mut answers, &mut name);
    assert!(say(Question::UserName, "ada").is_err());
    assert!(say(Question::UserName, "ada@contoso.com").is_ok());
    assert!(say(Question::Password, "maybe").is_err());
    assert!(say(Question::Password, "").is_ok());
    assert!(say(Question::OtherAdmin, "5").is_err());
    assert!(say(Question::OtherAdmin, "4").is_ok());
    assert!(say(Question::Account, "2").is_ok());
    assert!(say(Question::Registered, "e, n").is_err());
    assert!(say(Question::Registered, "x").is_err());
    assert!(say(Question::Registered, "e a").is_ok());
    assert!(say(Question::Sessions, "bo").is_ok());
    assert_eq!(name.as_deref(), Some("ada@contoso.com"));
    let wanted = Answers {
        user_name: true,
        browser: true,
        office: true,
        other_admin: OtherAdmin::Nobody,
        email: Tri::Yes,
        phone: Tri::No,
        app: Tri::Yes,
        account: Account::Synced,
        ..Answers::default()
    };
    assert_eq!(answers, wanted);
}

#[test]
fn every_question_has_words_and_takes_an_empty_answer() {
    for question in Question::ALL {
        assert!(words(question).ends_with(':'));
        assert!(take(question, "", &mut Answers::default(), &mut None).is_ok());
    }
}
