//! What reaches the terminal, byte by byte, with a file in its place.

use super::*;
use crate::console::Manner;
use crate::settings::Env;
use std::io::{Read, Seek, SeekFrom, Write};

/// A display of which all bytes are kept, and keys that were typed.
fn tty(erasing: bool, keys: &str) -> (Tty, std::fs::File) {
    let screen = tempfile::tempfile().unwrap();
    let mut typed = tempfile::tempfile().unwrap();
    typed.write_all(keys.as_bytes()).unwrap();
    typed.seek(SeekFrom::Start(0)).unwrap();
    let mut tty = Tty::new(Arc::new(Console::new(Manner::default(), &Env::default())));
    tty.device = Some(Device::of(screen.try_clone().unwrap(), typed));
    tty.erasing = erasing;
    (tty, screen)
}

fn seen(screen: &mut std::fs::File) -> String {
    let mut text = String::new();
    screen.seek(SeekFrom::Start(0)).unwrap();
    screen.read_to_string(&mut text).unwrap();
    text
}

fn stage(tty: &mut Tty, id: &str, secret: &str) -> Result<()> {
    let secret = Secret::new(secret);
    tty.stage(
        &Entry {
            tenant: None,
            upn: "ada@contoso.com",
            id,
            operation_id: "op",
            secret: &secret,
            what: "password",
        },
        Standing::NotYet,
    )
}

#[test]
fn the_secret_has_a_screen_of_its_own_and_is_erased_when_stored() {
    let (mut tty, mut screen) = tty(true, "xx\r");
    stage(&mut tty, "1", "Kx9-canary").unwrap();
    let staged = seen(&mut screen);
    assert!(staged.starts_with("\x1b[?1049h"), "{staged:?}");
    assert!(
        staged.contains("ada@contoso.com")
            && staged.contains("Kx9-canary")
            && staged.contains("not yet in force")
    );
    tty.settle("1", Fate::InForce).unwrap();
    assert!(seen(&mut screen)[staged.len()..].contains("is in force."));
    tty.publish().unwrap();
    let all = seen(&mut screen);
    assert!(all.contains("Press Enter"));
    assert!(all.ends_with("\x1b[H\x1b[2J\x1b[?1049l"), "{all:?}");
    drop(tty);
    assert_eq!(seen(&mut screen), all, "leaving happens once");
}

#[test]
fn without_a_second_screen_nothing_pretends_to_be_erased() {
    let (mut tty, mut screen) = tty(false, "");
    stage(&mut tty, "1", "Kx9-canary").unwrap();
    tty.settle("1", Fate::Unknown).unwrap();
    tty.publish().unwrap();
    let all = seen(&mut screen);
    assert!(!all.contains('\x1b'), "{all:?}");
    assert!(
        all.contains("Kx9-canary")
            && all.contains("may or may not be in force")
            && all.contains("scroll-back")
    );
}

#[test]
fn what_nobody_could_have_stored_is_not_erased_for_good() {
    let (mut tty, mut screen) = tty(true, "");
    stage(&mut tty, "1", "Kx9-canary").unwrap();
    tty.settle("1", Fate::InForce).unwrap();
    tty.publish().unwrap();
    let all = seen(&mut screen);
    let after = all.rsplit_once("\x1b[?1049l").unwrap().1;
    assert!(
        after.contains("Kx9-canary") && after.contains("is in force"),
        "{all:?}"
    );
}

#[test]
fn a_refused_change_needs_no_key() {
    let (mut tty, mut screen) = tty(true, "");
    stage(&mut tty, "1", "Kx9-canary").unwrap();
    tty.settle("1", Fate::NotInForce).unwrap();
    drop(tty);
    let all = seen(&mut screen);
    assert!(!all.contains("Press Enter"));
    assert!(all.ends_with("\x1b[?1049l"), "{all:?}");
}

#[test]
fn a_run_that_is_broken_off_still_waits_for_the_person() {
    let (mut tty, mut screen) = tty(true, "\n");
    stage(&mut tty, "1", "Kx9-canary").unwrap();
    drop(tty);
    let all = seen(&mut screen);
    assert!(
        all.contains("Press Enter") && all.ends_with("\x1b[?1049l"),
        "{all:?}"
    );
}

#[test]
fn more_than_a_page_is_turned_with_a_key() {
    let (mut tty, mut screen) = tty(true, &"\n".repeat(20));
    for n in 0..20 {
        let id = n.to_string();
        stage(&mut tty, &id, &format!("canary-{n}")).unwrap();
        tty.settle(&id, Fate::InForce).unwrap();
    }
    tty.publish().unwrap();
    let all = seen(&mut screen);
    assert!(all.matches("Press Enter").count() > 2);
    for page in all.split("\x1b[2J") {
        assert!(page.lines().count() <= 24, "{page}");
    }
    for n in 0..20 {
        assert!(all.contains(&format!("canary-{n}\n")));
    }
}

#[test]
fn secrets_that_act_on_the_terminal_and_foreign_names_do_no_harm() {
    let (mut tty, mut screen) = tty(false, "");
    for secret in ["a\x1b[2Jb", "a\u{202e}b", "a\u{200b}b", "a\tb"] {
        assert_eq!(
            stage(&mut tty, "1", secret).err().unwrap().code(),
            ErrorCode::SinkRefused
        );
    }
    assert_eq!(seen(&mut screen), "");
    let secret = Secret::new("Kx9");
    tty.stage(
        &Entry {
            tenant: None,
            upn: "\x1b]0;pwned\x07@contoso.com",
            id: "2",
            operation_id: "op",
            secret: &secret,
            what: "password",
        },
        Standing::Already,
    )
    .unwrap();
    let all = seen(&mut screen);
    assert!(
        !all.contains('\x1b') && all.contains("is in force."),
        "{all:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_terminal_that_is_gone_refuses_before_anything_is_sent() {
    if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
        for erasing in [true, false] {
            let (mut tty, _screen) = tty(erasing, "");
            tty.device = Some(Device::of(
                full.try_clone().unwrap(),
                tempfile::tempfile().unwrap(),
            ));
            assert_eq!(
                stage(&mut tty, "1", "Kx9").err().unwrap().code(),
                ErrorCode::SinkRefused
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn a_hang_up_ends_the_wait() {
    let ended = std::sync::atomic::AtomicBool::new(true);
    let mut device = Device::of(tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    assert!(device.wait_for_enter(Some(&ended)).is_ok());
    assert!(
        device.wait_for_enter(None).is_err(),
        "the end of the input is no answer"
    );
}
