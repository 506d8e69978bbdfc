//! The limit on a call that never returns, and that no word of a secret leaves by an error. The store itself is met in `tests/it`.

use super::*;
use std::sync::mpsc;
use std::time::Instant;

const CANARY: &str = "Kx9-canary-secret";

const SHORT: Patience = Patience {
    quick: Duration::from_millis(60),
    person: None,
};

fn silent() {}

#[test]
fn a_call_that_never_returns_is_given_up_and_the_program_goes_on() {
    let started = Instant::now();
    let ended = bounded::run(
        SHORT,
        silent,
        || loop {
            std::thread::park()
        },
        |()| (),
    );
    assert_eq!(ended, Ended::Silent);
    assert!(started.elapsed() >= SHORT.quick);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn it_works_inside_a_runtime_and_ends_with_it() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(async {
        assert_eq!(
            bounded::run(SHORT, silent, || 7, |_| ()),
            Ended::Answered(7)
        );
        bounded::run(
            SHORT,
            silent,
            || loop {
                std::thread::park()
            },
            |()| (),
        )
    });
    assert_eq!(ended, Ended::Silent);
    drop(runtime);
}

#[test]
fn a_person_gets_more_time_after_a_word() {
    let (said, heard) = mpsc::channel();
    let (reply, person) = mpsc::channel();
    let patience = Patience {
        person: Some(Duration::from_secs(30)),
        ..SHORT
    };
    let announce = move || {
        said.send(()).unwrap();
        reply.send("unlocked").unwrap();
    };
    let ended = bounded::run(patience, announce, move || person.recv().unwrap(), |_| ());
    assert_eq!(ended, Ended::Answered("unlocked"));
    assert_eq!(heard.iter().count(), 1);
}

#[test]
fn what_arrives_too_late_is_undone_by_whom_it_belongs_to() {
    let (go, may_go) = mpsc::channel::<()>();
    let (undo, undone) = mpsc::channel();
    let work = move || {
        let _ = may_go.recv();
        "written"
    };
    let ended = bounded::run(SHORT, silent, work, move |value| undo.send(value).unwrap());
    assert_eq!(ended, Ended::Silent);
    assert!(undone.try_recv().is_err());
    go.send(()).unwrap();
    assert_eq!(
        undone.recv_timeout(Duration::from_secs(20)).unwrap(),
        "written"
    );
}

#[test]
fn a_call_that_dies_is_no_answer() {
    let ended: Ended<()> = bounded::run(SHORT, silent, || panic!("a fault of the store"), |()| ());
    assert_eq!(ended, Ended::Silent);
}

#[test]
fn no_error_shows_the_bytes_it_carries() {
    let bytes = || CANARY.as_bytes().to_vec();
    let cause = || Box::new(std::io::Error::other(CANARY));
    let errors = [
        StoreError::BadEncoding(bytes()),
        StoreError::BadDataFormat(bytes(), cause()),
        StoreError::PlatformFailure(cause()),
        StoreError::NoStorageAccess(cause()),
        StoreError::BadStoreFormat(CANARY.into()),
        StoreError::Invalid("password".into(), CANARY.into()),
        StoreError::NotSupportedByStore(CANARY.into()),
        StoreError::TooLong("password".into(), 2560),
        StoreError::Ambiguous(Vec::new()),
        StoreError::NoDefaultStore,
    ];
    let listed: String = format!("{:?}", bytes());
    for error in errors {
        let error = Fault::from(&error).unquoted().error("It failed.".into());
        let shown = format!("{} {:?} {error:?}", error.to_json(), error.chain());
        assert!(
            !shown.contains(CANARY) && !shown.contains(&listed),
            "{shown}"
        );
        assert_eq!(error.exit(), crate::error::Exit::Precondition);
        assert!(error.cause().is_some_and(|why| why.ends_with('.')));
    }
}

#[test]
fn the_bytes_of_an_entry_are_never_the_store_s_own_words() {
    for error in [
        StoreError::BadEncoding(CANARY.into()),
        StoreError::BadDataFormat(CANARY.into(), Box::new(std::io::Error::other(CANARY))),
    ] {
        let fault = Fault::from(&error);
        assert_eq!(fault.code, ErrorCode::OutputExists);
        assert!(!format!("{fault:?}").contains(CANARY));
    }
}

#[test]
fn several_users_have_entries_of_their_own() {
    let console = || {
        Arc::new(Console::new(
            crate::console::Manner::default(),
            &crate::settings::Env::default(),
        ))
    };
    let (one, many) = (
        Keyring::new("safe", false, console()),
        Keyring::new("safe", true, console()),
    );
    assert_eq!(one.user("1f"), "safe");
    assert_eq!(many.user("1f"), "safe-1f");
    assert_eq!(one.place().to_string(), "keyring:safe");
    assert_eq!(many.place().to_string(), "keyring:safe-<object id>");
}
