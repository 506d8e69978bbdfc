//! Planted things, wrong folders, races: what must be refused is refused, and nothing is left behind.
#![cfg(unix)]

use super::*;
use crate::error::ErrorCode;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};

fn name(text: &str) -> OsString {
    OsString::from(text)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn code<T>(result: Result<T>) -> ErrorCode {
    result.err().unwrap().code()
}

fn root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_new_file_is_private_and_whole_and_leaves_nothing_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    folder.try_writing().unwrap();
    folder.create(&name("pw"), b"secret\n").unwrap();
    assert_eq!(std::fs::read(dir.path().join("pw")).unwrap(), b"secret\n");
    assert_eq!(
        dir.path().join("pw").metadata().unwrap().mode() & 0o7777,
        0o600
    );
    assert_eq!(names(dir.path()), ["pw"]);
}

/// The test program runs itself again under each umask, which belongs to a whole process.
#[test]
fn the_mode_does_not_depend_on_the_umask() {
    const MARK: &str = "ADMIN_RESET_TEST_UMASK_CHILD";
    if std::env::var_os(MARK).is_some() {
        let dir = tempfile::Builder::new()
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir()
            .unwrap();
        set_mode(dir.path(), 0o700);
        a_private_tree(dir.path());
        return;
    }
    for umask in ["000", "022", "077", "277"] {
        let status = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!("umask {umask}; exec \"$0\" --exact files::tests::the_mode_does_not_depend_on_the_umask"))
            .arg(std::env::current_exe().unwrap())
            .env(MARK, "1")
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "umask {umask}");
    }
}

fn a_private_tree(dir: &Path) {
    let state = dir.join("a");
    let folder = Folder::private(&state).unwrap();
    assert_eq!(state.metadata().unwrap().mode() & 0o077, 0);
    let made = folder.create(&name("pw"), b"x").unwrap();
    assert_eq!(made.metadata().unwrap().mode() & 0o7777, 0o600);
    let log = folder.log(&name("log")).unwrap();
    assert_eq!(log.metadata().unwrap().mode() & 0o7777, 0o600);
}

#[test]
fn what_stands_at_the_place_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let at = |text: &str| dir.path().join(text);
    std::fs::write(at("file"), "old").unwrap();
    std::fs::write(at("first"), "old").unwrap();
    std::fs::hard_link(at("first"), at("second")).unwrap();
    std::fs::create_dir(at("folder")).unwrap();
    symlink("/etc/passwd", at("link")).unwrap();
    symlink(at("nowhere"), at("dangling")).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(at("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    let before = names(dir.path());
    for (what, expected) in [
        ("file", ErrorCode::OutputExists),
        ("folder", ErrorCode::OutputExists),
        ("second", ErrorCode::SinkRefused),
        ("link", ErrorCode::SinkRefused),
        ("dangling", ErrorCode::SinkRefused),
        ("pipe", ErrorCode::SinkRefused),
        ("socket", ErrorCode::SinkRefused),
    ] {
        assert_eq!(code(folder.vacant(&name(what))), expected, "{what}");
        assert_eq!(code(folder.create(&name(what), b"new")), expected, "{what}");
    }
    assert_eq!(
        code(
            Folder::open(Path::new("/dev"))
                .unwrap()
                .vacant(&name("null"))
        ),
        ErrorCode::SinkRefused
    );
    assert_eq!(names(dir.path()), before);
    assert_eq!(std::fs::read(at("file")).unwrap(), b"old");
}

#[test]
fn folders_that_others_rule_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let make = |text: &str, mode: u32| {
        let path = dir.path().join(text);
        std::fs::create_dir(&path).unwrap();
        set_mode(&path, mode);
        path
    };
    let open = make("open", 0o777);
    let error = Folder::open(&open).err().unwrap();
    assert_eq!(error.code(), ErrorCode::SinkRefused);
    assert!(error.remedy().contains("chmod"), "{}", error.remedy());
    assert!(Folder::open(&make("sticky", 0o1777)).is_ok());
    assert!(Folder::open(&make("readable", 0o755)).is_ok());
    // A private folder below one that others rule can be swapped as a whole.
    let below = open.join("below");
    std::fs::create_dir(&below).unwrap();
    set_mode(&below, 0o700);
    assert_eq!(code(Folder::open(&below)), ErrorCode::SinkRefused);
    assert_eq!(
        code(Folder::open(&dir.path().join("missing"))),
        ErrorCode::SinkRefused
    );
    std::fs::write(dir.path().join("file"), "").unwrap();
    assert_eq!(
        code(Folder::open(&dir.path().join("file"))),
        ErrorCode::SinkRefused
    );
    if root() {
        let group = make("group", 0o775);
        std::os::unix::fs::chown(&group, None, Some(1234)).unwrap();
        assert_eq!(code(Folder::open(&group)), ErrorCode::SinkRefused);
    }
}

#[test]
fn links_on_the_way_are_followed_only_when_nobody_else_laid_them() {
    let dir = tempfile::tempdir().unwrap();
    let real = dir.path().join("real");
    std::fs::create_dir_all(real.join("in")).unwrap();
    set_mode(&real, 0o700);
    set_mode(&real.join("in"), 0o700);
    symlink(&real, dir.path().join("link")).unwrap();
    // The folder itself is a link: the answer names the real one.
    let error = Folder::open(&dir.path().join("link")).err().unwrap();
    assert!(
        error.remedy().contains(real.to_str().unwrap()),
        "{}",
        error.remedy()
    );
    // A link of ours further up is an ordinary thing.
    let folder = Folder::open(&dir.path().join("link/in")).unwrap();
    folder.create(&name("pw"), b"x").unwrap();
    assert!(real.join("in/pw").exists());
    symlink("loop", dir.path().join("loop")).unwrap();
    assert_eq!(
        code(Folder::open(&dir.path().join("loop/in"))),
        ErrorCode::SinkRefused
    );
    if root() {
        std::os::unix::fs::lchown(dir.path().join("link"), Some(1234), Some(1234)).unwrap();
        assert_eq!(
            code(Folder::open(&dir.path().join("link/in"))),
            ErrorCode::SinkRefused
        );
    }
}

#[test]
fn a_state_folder_is_made_private_and_must_be_ours() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("a/b/c");
    Folder::private(&state).unwrap();
    assert_eq!(state.metadata().unwrap().mode() & 0o7777, 0o700);
    private_folder(&state).unwrap();
    set_mode(&state, 0o1777);
    assert!(
        Folder::private(&state).is_err(),
        "the sticky bit is not enough for a private folder"
    );
    set_mode(&state, 0o755);
    Folder::private(&state).unwrap();
    if root() {
        std::os::unix::fs::chown(&state, Some(1234), None).unwrap();
        assert!(Folder::private(&state).is_err());
    }
}

#[test]
fn a_log_is_a_regular_file_of_ours_alone() {
    let dir = tempfile::tempdir().unwrap();
    let at = |text: &str| dir.path().join(text);
    let folder = Folder::private(dir.path()).unwrap();
    append(&folder.log(&name("log")).unwrap(), b"one\n").unwrap();
    append(&folder.log(&name("log")).unwrap(), b"two\n").unwrap();
    assert_eq!(std::fs::read(at("log")).unwrap(), b"one\ntwo\n");
    set_mode(&at("log"), 0o644);
    folder.log(&name("log")).unwrap();
    assert_eq!(at("log").metadata().unwrap().mode() & 0o7777, 0o600);
    set_mode(&at("log"), 0o666);
    assert!(folder.log(&name("log")).is_err());
    symlink(at("log"), at("link")).unwrap();
    std::fs::hard_link(at("log"), at("second")).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(at("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    for what in ["link", "second", "pipe", "socket"] {
        assert!(folder.log(&name(what)).is_err(), "{what}");
    }
    assert!(open_to_read(&at("pipe")).is_err());
}

#[test]
fn replacing_and_removing_touch_only_what_we_made() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    let made = folder.create(&name("pw"), b"one\n").unwrap();
    folder.append(&name("pw"), &made, b"two\n").unwrap();
    let made = folder.replace(&name("pw"), &made, b"new\n").unwrap();
    assert_eq!(std::fs::read(dir.path().join("pw")).unwrap(), b"new\n");
    std::fs::rename(dir.path().join("pw"), dir.path().join("moved")).unwrap();
    std::fs::write(dir.path().join("pw"), "foreign").unwrap();
    assert!(folder.replace(&name("pw"), &made, b"x").is_err());
    assert!(folder.append(&name("pw"), &made, b"x").is_err());
    assert!(folder.remove(&name("pw"), &made).is_err());
    assert_eq!(std::fs::read(dir.path().join("pw")).unwrap(), b"foreign");
    folder.remove(&name("moved"), &made).unwrap();
    assert_eq!(names(dir.path()), ["pw"]);
}

#[test]
fn of_many_who_want_one_name_one_gets_it() {
    let dir = tempfile::tempdir().unwrap();
    let won: Vec<bool> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..8u8)
            .map(|n| {
                let path = dir.path();
                scope.spawn(move || {
                    Folder::open(path)
                        .unwrap()
                        .create(&name("pw"), &[n])
                        .is_ok()
                })
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap())
            .collect()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    assert_eq!(names(dir.path()), ["pw"]);
}

/// Somebody swaps links in and out at the destination, and the folder for a link to another, as fast as they can.
#[test]
fn no_swapped_link_leads_the_secret_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, away, victim) = (
        dir.path().join("ours"),
        dir.path().join("away"),
        dir.path().join("victim"),
    );
    for folder in [&ours, &away] {
        std::fs::create_dir(folder).unwrap();
        set_mode(folder, 0o700);
    }
    std::fs::write(&victim, "untouched").unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (planted, hidden, link) = (
                ours.join("pw"),
                dir.path().join("hidden"),
                dir.path().join("link"),
            );
            symlink(&away, &link).unwrap();
            while !stop.load(Ordering::Relaxed) {
                let _ = symlink(&victim, &planted);
                let _ = std::fs::remove_file(&planted);
                if std::fs::rename(&ours, &hidden).is_ok() {
                    let _ = std::fs::rename(&link, &ours);
                    let _ = std::fs::rename(&ours, &link);
                    std::fs::rename(&hidden, &ours).unwrap();
                }
            }
        });
        let mut written = 0;
        for _ in 0..10_000 {
            if let Ok(folder) = Folder::open(&ours)
                && let Ok(file) = folder.create(&name("pw"), b"secret")
            {
                let _ = folder.remove(&name("pw"), &file);
                written += 1;
            }
        }
        assert!(written > 0, "no write got through, so nothing was tried");
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(std::fs::read(&victim).unwrap(), b"untouched");
    assert_eq!(names(&away), Vec::<String>::new());
}

#[test]
fn a_full_device_is_an_error_not_a_loss() {
    if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
        assert!(write_whole(&full, b"x").is_err());
        assert!(append(&full, b"x").is_err());
    }
}

#[test]
fn a_path_must_end_in_a_name() {
    assert_eq!(
        split(Path::new("pw")).unwrap(),
        (PathBuf::from("."), name("pw"))
    );
    assert_eq!(
        split(Path::new("/a/pw")).unwrap(),
        (PathBuf::from("/a"), name("pw"))
    );
    for path in ["", "/", "a/", "a/.", "..", "a/.."] {
        assert_eq!(code(split(Path::new(path))), ErrorCode::BadInput, "{path}");
    }
}

#[test]
fn a_claim_is_filled_or_goes_away() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("results.csv");
    let claimed = claim(&path).unwrap();
    assert_eq!(code(claim(&path)), ErrorCode::OutputExists);
    drop(claimed);
    assert!(!path.exists());
    claim(&path).unwrap().fill(b"a,b\n").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"a,b\n");
}
