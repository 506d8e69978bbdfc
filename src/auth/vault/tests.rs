//! Splitting below a keyring's limit, and that no moment of a renewal loses the token. The real keyring is met in `tests/it`.

use super::*;
use crate::console::Manner;
use crate::settings::Env;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

/// A keyring in memory that takes as little as that of Windows, and fails when told to.
#[derive(Default)]
pub(in crate::auth) struct Small {
    pub(in crate::auth) entries: Mutex<BTreeMap<String, Vec<u8>>>,
    /// How many more changes succeed.
    left: Mutex<Option<usize>>,
}

impl Small {
    fn may(&self) -> Result<(), Fault> {
        match self.left.lock().unwrap().as_mut() {
            Some(0) => Err(Fault::new("broken")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Entries for Small {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        Ok(self
            .entries
            .lock()
            .unwrap()
            .get(name)
            .cloned()
            .map(Zeroizing::new))
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<(), Fault> {
        self.may()?;
        assert!(value.len() <= 2560, "{} bytes", value.len());
        assert!(name.len() <= 400);
        self.entries
            .lock()
            .unwrap()
            .insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), Fault> {
        self.may()?;
        self.entries.lock().unwrap().remove(name);
        Ok(())
    }
}

/// A vault in memory.
pub(in crate::auth) fn in_memory(entries: Arc<dyn Entries>) -> Vault {
    let manner = Manner {
        no_input: true,
        quiet: true,
        ..Manner::default()
    };
    Vault {
        entries,
        console: Arc::new(Console::new(manner, &Env::default())),
        quick: Duration::from_millis(300),
    }
}

fn token(length: usize, letter: char) -> Secret {
    Secret::new(std::iter::repeat_n(letter, length).collect::<String>())
}

#[test]
fn tokens_of_every_length_come_back_and_leave_nothing_behind() {
    let small = Arc::new(Small::default());
    let vault = in_memory(Arc::clone(&small) as Arc<dyn Entries>);
    assert!(vault.read("k").unwrap().is_none());
    for length in [1, 1_500, 2_300, 2_400, 2_401, 4_800, 9_999, 70_000, 30] {
        let kept = token(length, 'a');
        vault.write("k", &kept).unwrap();
        assert_eq!(
            vault.read("k").unwrap().unwrap().expose(),
            kept.expose(),
            "{length}"
        );
        let parts = small.entries.lock().unwrap().len();
        let most = if length < 2_300 {
            1
        } else {
            1 + length.div_ceil(ROOM)
        };
        assert!(parts <= most, "{parts} entries for {length} bytes");
    }
    vault.write("other", &token(5_000, 'b')).unwrap();
    vault.remove("k").unwrap();
    assert!(vault.read("k").unwrap().is_none());
    assert_eq!(vault.read("other").unwrap().unwrap().chars(), 5_000);
    vault.remove("other").unwrap();
    vault.remove("other").unwrap();
    vault.prove().unwrap();
    assert!(small.entries.lock().unwrap().is_empty());
}

#[test]
fn a_renewal_that_breaks_anywhere_leaves_the_old_or_the_new() {
    for (old, new) in [(30, 30), (30, 9_000), (9_000, 30), (9_000, 9_000)] {
        for left in 0..12 {
            let small = Arc::new(Small::default());
            let vault = in_memory(Arc::clone(&small) as Arc<dyn Entries>);
            vault.write("k", &token(old, 'o')).unwrap();
            *small.left.lock().unwrap() = Some(left);
            let done = vault.write("k", &token(new, 'n')).is_ok();
            let found = vault
                .read("k")
                .unwrap()
                .map(|token| token.expose().to_owned());
            let found =
                found.unwrap_or_else(|| panic!("{old} to {new} after {left} changes: nothing"));
            assert!(
                [&token(old, 'o'), &token(new, 'n')]
                    .iter()
                    .any(|one| one.expose() == found)
            );
            assert!(!done || found.starts_with('n'));
        }
    }
}

#[test]
fn damaged_entries_are_no_token() {
    let small = Arc::new(Small::default());
    let vault = in_memory(Arc::clone(&small) as Arc<dyn Entries>);
    vault.write("k", &token(9_000, 'a')).unwrap();
    let names: Vec<String> = small.entries.lock().unwrap().keys().cloned().collect();
    for name in &names {
        let whole = small.entries.lock().unwrap().clone();
        small.entries.lock().unwrap().remove(name);
        assert!(vault.read("k").unwrap().is_none(), "without {name}");
        small
            .entries
            .lock()
            .unwrap()
            .insert(name.clone(), b"{}".to_vec());
        assert!(vault.read("k").unwrap().is_none(), "with another {name}");
        *small.entries.lock().unwrap() = whole;
    }
    assert!(vault.read("k").unwrap().is_some());
}

#[test]
fn a_keyring_that_hangs_is_given_up_with_a_sentence() {
    struct Hung;
    impl Entries for Hung {
        fn get(&self, _: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
            std::thread::sleep(Duration::from_secs(3600));
            Ok(None)
        }
        fn set(&self, _: &str, _: &[u8]) -> Result<(), Fault> {
            self.get("").map(drop)
        }
        fn remove(&self, _: &str) -> Result<(), Fault> {
            self.get("").map(drop)
        }
    }
    let vault = in_memory(Arc::new(Hung));
    let before = Instant::now();
    let error = vault.read("k").unwrap_err();
    assert!(before.elapsed() < Duration::from_secs(30));
    assert_eq!(error.exit().code(), 4);
    assert!(error.cause().unwrap().contains("did not answer in time"));
    assert!(error.remedy().contains("--auth device-code"));
    assert!(vault.prove().is_err());
    // Whoever only asks whether there is one hears nothing of a sign-in that was kept.
    let error = vault.answers().unwrap_err();
    assert!(error.message().contains("could keep no sign-in"), "{error}");
}

#[test]
fn what_a_store_says_about_an_entry_is_not_repeated() {
    let fault = Fault::from(StoreError::BadEncoding(b"canary".to_vec()));
    assert!(!format!("{fault:?}").contains("canary"));
}
