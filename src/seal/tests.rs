use super::*;
use crate::secret::Secret;

const KEY: &str = include_str!("../../tests/data/age/key.txt");
const MADE_BY_AGE: [(&str, &[u8]); 2] = [
    (
        "binary.age",
        include_bytes!("../../tests/data/age/binary.age"),
    ),
    (
        "armored.age",
        include_bytes!("../../tests/data/age/armored.age"),
    ),
];
/// A hardware-tag recipient and its post-quantum kin, from the test vectors of age.
const TAG: &str = "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e";

fn document() -> Document {
    Document {
        tenant: Some("contoso.onmicrosoft.com".into()),
        id: "11111111-2222-3333-4444-555555555555".into(),
        user_principal_name: "ada@contoso.com".into(),
        what: "password".into(),
        time: "2026-11-25T19:00:00Z".into(),
        operation_id: "op".into(),
        secret: Secret::new("p\"a\\s 'æ✓ w/ord"),
    }
}

#[test]
fn what_is_sealed_opens_for_each_recipient_and_nobody_else() {
    let owners = [Identities::generate(), Identities::generate()];
    let list: Vec<String> = owners
        .iter()
        .flat_map(|one| one.recipients().unwrap().names().to_vec())
        .collect();
    let recipients = Recipients::parse(&list.join(",")).unwrap();
    assert_eq!(recipients.names(), list);
    for form in [Form::Binary, Form::Armored] {
        let sealed = recipients
            .seal(&document().to_bytes().unwrap(), form)
            .unwrap();
        assert!(is_sealed(&sealed));
        assert!(
            !sealed
                .windows(4)
                .any(|part| part == b"ord\"" || part == b"ada@")
        );
        for owner in &owners {
            let back = Document::read(&open(&sealed, owner, "x.age").unwrap(), "x.age").unwrap();
            assert_eq!(back.secret.expose(), document().secret.expose());
            assert_eq!(back.user_principal_name, "ada@contoso.com");
            assert_eq!(back.tenant.as_deref(), Some("contoso.onmicrosoft.com"));
        }
        let error = open(&sealed, &Identities::generate(), "x.age").unwrap_err();
        assert!(
            error.message().starts_with("None of the identities opens"),
            "{error}"
        );
    }
}

#[test]
fn files_of_the_reference_tool_open() {
    let identities = Identities::parse(KEY, "key.txt").unwrap();
    for (name, bytes) in MADE_BY_AGE {
        let document = Document::read(&open(bytes, &identities, name).unwrap(), name).unwrap();
        assert_eq!(document.secret.expose(), "Fixture-Only-7q2m", "{name}");
        assert_eq!(
            document.operation_id,
            "99999999-8888-7777-6666-555555555555"
        );
    }
}

#[test]
fn every_damage_is_noticed() {
    let owner = Identities::generate();
    let sealed = owner
        .recipients()
        .unwrap()
        .seal(&document().to_bytes().unwrap(), Form::Binary)
        .unwrap();
    for at in 0..sealed.len() {
        let mut other = sealed.clone();
        other[at] ^= 1;
        assert!(open(&other, &owner, "x").is_err(), "byte {at}");
        assert!(open(&sealed[..at], &owner, "x").is_err(), "cut at {at}");
    }
    assert!(open(&sealed, &owner, "x").is_ok());
}

#[test]
fn recipients_that_could_not_open_are_refused_by_rule() {
    for (text, word) in [
        ("", "nothing empty"),
        ("age1", "checksum"),
        (
            "age1zqk0ejs94g7hjcsukcry2nen7vng2kqj5fp8yu2h76jfu2vu4qxsv9z8r1",
            "checksum",
        ),
        ("ssh-ed25519 AAAA", "SSH"),
        (
            "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
            "plugin",
        ),
        ("ada@contoso.com", "begins with age1"),
        ("@/nowhere/list.txt", "No such file"),
        ("@", "after the @"),
    ] {
        let error = Recipients::parse(text).unwrap_err();
        assert!(
            error.cause().unwrap_or_default().contains(word),
            "{text}: {error} {:?}",
            error.cause()
        );
        assert_eq!(error.code(), ErrorCode::BadInput);
    }
    let key = KEY.lines().last().unwrap();
    let error = Recipients::parse(key).unwrap_err();
    assert!(
        !format!("{error:?} {error}").contains(&key[16..30])
            && error.remedy().contains("age-keygen -y")
    );
}

#[test]
fn a_list_in_a_file_is_read_and_a_wrong_line_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("owners.txt");
    let (one, two) = (
        Identities::generate().recipients().unwrap(),
        Identities::generate().recipients().unwrap(),
    );
    let (one, two) = (one.names()[0].clone(), two.names()[0].clone());
    std::fs::write(
        &path,
        format!("\u{feff}# owners\r\n\r\n{one}\r\n  {two}  \n{one}\n"),
    )
    .unwrap();
    let read = Recipients::parse(&format!("@{}", path.display())).unwrap();
    assert_eq!(read.names(), [one.clone(), two.clone()]);
    std::fs::write(&path, format!("{one}\n# next\n{}x\n", two)).unwrap();
    let error = Recipients::parse(&format!("@{}", path.display())).unwrap_err();
    assert!(
        error.message().contains("line 3 of") && error.message().contains("owners.txt"),
        "{error}"
    );
    std::fs::write(&path, "# nobody\n").unwrap();
    assert!(Recipients::parse(&format!("@{}", path.display())).is_err());
}

#[test]
fn hardware_tags_are_sealed_to_and_post_quantum_ones_stand_alone() {
    let recipients = Recipients::parse(TAG).unwrap();
    let sealed = recipients.seal(b"x", Form::Binary).unwrap();
    assert!(
        sealed.windows(10).any(|part| part == b"-> p256tag"),
        "{}",
        String::from_utf8_lossy(&sealed)
    );
    let native = Identities::generate().recipients().unwrap().names()[0].clone();
    assert!(Recipients::parse(&format!("{TAG},{native}")).is_ok());
    let error = Recipients::together(vec![POST_QUANTUM_WORD.to_owned(), native]);
    assert!(error.unwrap_err().message().contains("together"));
}

const POST_QUANTUM_WORD: &str = "age1tagpq1x";

#[test]
fn identities_are_read_and_what_is_none_is_told_by_line() {
    let made = Identities::generate();
    let text = made.to_text().unwrap();
    let again = Identities::parse(text.expose(), "the keyring").unwrap();
    assert_eq!(again.recipients().unwrap(), made.recipients().unwrap());
    for (text, word) in [
        ("# nothing\n", "holds no identity"),
        ("\nAGE-SECRET-KEY-1XX\n", "Line 2"),
        (
            "age1zqk0ejs94g7hjcsukcry2nen7vng2kqj5fp8yu2h76jfu2vu4qxsv9z8r0",
            "public half",
        ),
        ("AGE-PLUGIN-YUBIKEY-1QQ", "plugin"),
    ] {
        let error = Identities::parse(text, "key.txt").err().unwrap();
        assert!(
            error.cause().unwrap().contains(word),
            "{error} {:?}",
            error.cause()
        );
        assert!(!format!("{error} {error:?}").contains("1XX"));
    }
}

#[test]
fn an_identity_behind_a_passphrase_opens_with_it_alone() {
    let made = Identities::generate();
    let text = made.to_text().unwrap();
    let mut recipient =
        age::scrypt::Recipient::new(age::secrecy::SecretString::from("open sesame".to_owned()));
    recipient.set_work_factor(4);
    let locked_file = age::encrypt(&recipient, text.expose().as_bytes()).unwrap();
    assert_eq!(locked(&locked_file, "key.age").unwrap(), Lock::Passphrase);
    assert_eq!(
        locked(text.expose().as_bytes(), "key.txt").unwrap(),
        Lock::Open
    );
    let read = |word: &str| Identities::read(&locked_file, Some(&Secret::new(word)), "key.age");
    assert_eq!(
        read("open sesame").unwrap().recipients().unwrap(),
        made.recipients().unwrap()
    );
    assert!(
        read("open barley")
            .err()
            .unwrap()
            .cause()
            .unwrap()
            .contains("wrong")
    );
    // Sealed to somebody is not locked with a passphrase.
    let sealed = made
        .recipients()
        .unwrap()
        .seal(b"x", Form::Armored)
        .unwrap();
    assert!(locked(&sealed, "x").is_err());
    assert!(
        open(&locked_file, &made, "key.age")
            .err()
            .unwrap()
            .message()
            .contains("passphrase")
    );
}

#[test]
fn what_is_no_document_of_ours_is_not_taken_for_one() {
    for bytes in [&b"Abc-12345678\n"[..], b"{}", b"{\"schema\":\"admin-reset/sealed/2\",\"id\":\"\",\"userPrincipalName\":\"\",\"what\":\"\",\"time\":\"\",\"operationId\":\"\",\"secret\":\"CANARY\"}"] {
        let error = Document::read(bytes, "x.age").unwrap_err();
        assert_eq!(error.code(), ErrorCode::SealBroken);
        assert!(!format!("{error} {error:?}").contains("CANARY"));
    }
    assert!(!format!("{:?}", document()).contains("ord"));
}
