//! What is in the file after each step, and what becomes of several destinations when one of them fails.

use super::*;
use crate::console::Manner;
use crate::error::ErrorCode;
use crate::settings::Env;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

fn no_vault(_: &str) -> Result<crate::keyvault::Vault> {
    panic!("no vault was named")
}

fn console() -> Means<'static> {
    Means {
        console: Arc::new(Console::new(Manner::default(), &Env::default())),
        search: None,
        vault: &no_vault,
        escrow: EscrowMeans::default(),
        going_on: false,
    }
}

/// None of these destinations waits for anything.
fn now<T>(work: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(work).unwrap()
}

fn entry<'a>(id: &'a str, secret: &'a Secret) -> Entry<'a> {
    Entry {
        tenant: None,
        upn: "ada@contoso.com",
        id,
        operation_id: "op",
        secret,
        what: "password",
    }
}

fn one(path: &Path) -> Custody {
    Custody::open(&[SinkSpec::File(path.to_path_buf())], false, &console()).unwrap()
}

fn many(path: &Path) -> Custody {
    Custody::open(&[SinkSpec::File(path.to_path_buf())], true, &console()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn kinds_end_at_the_first_colon_and_drives_have_none() {
    assert_eq!(parse("tty").unwrap(), SinkSpec::Tty);
    assert_eq!(parse("stdout").unwrap(), SinkSpec::Stdout);
    assert_eq!(parse("file:/a:b").unwrap(), SinkSpec::File("/a:b".into()));
    assert_eq!(
        parse("file:C:\\pw.txt").unwrap(),
        SinkSpec::File("C:\\pw.txt".into())
    );
    assert_eq!(
        parse("keyring").unwrap(),
        SinkSpec::Keyring("admin-reset".into())
    );
    assert_eq!(
        parse("keyring:safe: Ada").unwrap(),
        SinkSpec::Keyring("safe: Ada".into())
    );
    assert!(parse(&format!("keyring:{}", "n".repeat(200))).is_ok());
    assert!(parse(&format!("keyring:{}", "n".repeat(201))).is_err());
    for text in [
        "",
        "file",
        "file:",
        "file:a\0b",
        "file:/",
        "file:/tmp/",
        "tty:x",
        "stdout:x",
        "C:\\pw.txt",
        "/tmp/pw",
        "FILE:/a",
        "age:key:/a",
        "keyring:",
        "keyring: ",
        "keyring:a\0b",
        "keyring:a\u{202e}b",
        "cmd:",
        "cmd",
        "age",
        "age:",
        "age:@owners.txt",
        "age::/a",
        "shares:2/3",
        "keyvault:ops",
        "keyvault:/ada",
        "keyvault:ops/a_b",
        "shares:2/3:",
        "shares:1/3:d",
        "shares:4/3:d",
        "vault:x",
    ] {
        assert_eq!(
            parse(text).err().unwrap().code(),
            ErrorCode::BadInput,
            "{text}"
        );
    }
    assert!(
        parse("C:\\pw.txt")
            .err()
            .unwrap()
            .remedy()
            .contains("file:C:")
    );
    assert!(parse("vault:x").err().unwrap().remedy().contains(KINDS));
}

const RECIPIENT: &str = "age1zqk0ejs94g7hjcsukcry2nen7vng2kqj5fp8yu2h76jfu2vu4qxsv9z8r0";

#[test]
fn recipients_and_schemes_stand_before_the_path() {
    let path = |spec: SinkSpec| match spec {
        SinkSpec::Age(recipients, path) => {
            assert_eq!(recipients.names(), [RECIPIENT]);
            path.to_string_lossy().into_owned()
        }
        SinkSpec::Shares(scheme, path) => format!("{scheme} {}", path.display()),
        other => panic!("{other:?}"),
    };
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("owners.txt");
    std::fs::write(&list, format!("# ours\n{RECIPIENT}\n")).unwrap();
    for (text, expected) in [
        (format!("age:{RECIPIENT}:/a/b.age"), "/a/b.age"),
        (format!("age:{RECIPIENT}:C:\\x.age"), "C:\\x.age"),
        (format!("age:{RECIPIENT}:/a:b"), "/a:b"),
        (format!("age:@{}:x.age", list.display()), "x.age"),
        ("shares:2/3:sheets".to_owned(), "2/3 sheets"),
        ("shares:3/5:C:\\sheets".to_owned(), "3/5 C:\\sheets"),
    ] {
        assert_eq!(path(parse(&text).unwrap()), expected, "{text}");
    }
    let named = parse("age:@C:\\list.txt:D:\\x.age").unwrap_err();
    assert!(named.message().contains("C:\\list.txt"), "{named}");
    let key = "AGE-SECRET-KEY-1QQQQQQQQ";
    for text in [format!("age:{key}"), format!("age:{key}:x")] {
        let error = parse(&text).unwrap_err();
        assert!(
            !format!("{error} {:?}", error.cause()).contains("1QQQQ"),
            "{error}"
        );
    }
}

fn open_one(spec: SinkSpec, many: bool) -> Custody {
    Custody::open(&[spec], many, &console()).unwrap()
}

#[test]
fn sealed_files_come_and_go_like_plain_ones() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ada.age");
    let recipients = crate::seal::Recipients::parse(RECIPIENT).unwrap();
    let spec = SinkSpec::Age(recipients.clone(), path.clone());
    let mut custody = open_one(spec.clone(), false);
    now(custody.check()).unwrap();
    now(custody.prove()).unwrap();
    assert_eq!(names(dir.path()).len(), 0);
    let secret = Secret::new("Kx9-canary");
    now(custody.stage(&entry("1", &secret))).unwrap();
    let sealed = std::fs::read(&path).unwrap();
    let identities =
        crate::seal::Identities::parse(include_str!("../../tests/data/age/key.txt"), "k").unwrap();
    let document =
        crate::seal::Document::read(&crate::seal::open(&sealed, &identities, "x").unwrap(), "x")
            .unwrap();
    assert_eq!(document.secret.expose(), "Kx9-canary");
    assert_eq!(document.operation_id, "op");
    assert!(!String::from_utf8_lossy(&sealed).contains("ada@"));
    now(custody.settle("1", Fate::NotInForce)).unwrap();
    assert_eq!(names(dir.path()).len(), 0);
    now(custody.stage(&entry("1", &secret))).unwrap();
    now(custody.settle("1", Fate::Unknown)).unwrap();
    assert_eq!(names(dir.path()), ["ada.age"]);
    assert_eq!(
        custody.places()[0].to_string(),
        format!("age:{RECIPIENT}:{}", path.display())
    );
    assert_eq!(
        now(open_one(spec, false).prove()).unwrap_err().code(),
        ErrorCode::OutputExists
    );
    // Several users: one file each, in a folder that is made.
    let folder = dir.path().join("many");
    let mut custody = open_one(SinkSpec::Age(recipients, folder.clone()), true);
    now(custody.check()).unwrap();
    assert!(!folder.exists());
    now(custody.prove()).unwrap();
    now(custody.stage(&entry("id-1", &secret))).unwrap();
    now(custody.stage(&entry("a/../b", &secret))).unwrap();
    let mut found = names(&folder);
    found.sort();
    assert_eq!(found, ["a_.._b.age", "id-1.age"]);
    now(custody.settle("id-1", Fate::NotInForce)).unwrap();
    assert_eq!(names(&folder), ["a_.._b.age"]);
}

#[test]
fn shares_are_all_there_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("sheets");
    let spec = SinkSpec::Shares(
        crate::share::Scheme {
            threshold: 2,
            count: 3,
        },
        folder.clone(),
    );
    let mut custody = open_one(spec.clone(), false);
    now(custody.check()).unwrap();
    assert!(!folder.exists());
    now(custody.prove()).unwrap();
    let secret = Secret::new("Kx9-canary");
    now(custody.stage(&entry("1", &secret))).unwrap();
    let mut found = names(&folder);
    found.sort();
    assert_eq!(
        found,
        ["share-1-of-3.txt", "share-2-of-3.txt", "share-3-of-3.txt"]
    );
    let shares: Vec<crate::share::Share> = found[1..]
        .iter()
        .map(|name| {
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            assert!(!text.contains("canary"));
            crate::sheet::Sheet::read(&text, name).unwrap().share
        })
        .collect();
    assert_eq!(
        crate::share::combine(&shares).unwrap().expose(),
        "Kx9-canary"
    );
    assert_eq!(
        now(open_one(spec, false).check()).unwrap_err().code(),
        ErrorCode::OutputExists
    );
    now(custody.settle("1", Fate::NotInForce)).unwrap();
    assert_eq!(names(&folder).len(), 0);
    // One name is taken by the time of staging: none of the others stays.
    std::fs::write(folder.join("share-3-of-3.txt"), "").unwrap();
    assert!(now(custody.stage(&entry("1", &secret))).is_err());
    assert_eq!(names(&folder), ["share-3-of-3.txt"]);
}

#[cfg(unix)]
#[test]
fn planted_places_are_refused_by_every_kind_of_file() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let recipients = crate::seal::Recipients::parse(RECIPIENT).unwrap();
    let scheme = crate::share::Scheme {
        threshold: 2,
        count: 2,
    };
    let open = dir.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    let real = dir.path().join("real");
    std::fs::create_dir(&real).unwrap();
    symlink(&real, dir.path().join("link")).unwrap();
    symlink("/etc/passwd", dir.path().join("ada.age")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        dir.path().join("fifo"),
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    symlink("/etc/passwd", real.join("share-2-of-2.txt")).unwrap();
    let age = |path: &str| SinkSpec::Age(recipients.clone(), dir.path().join(path));
    let shares = |path: &str| SinkSpec::Shares(scheme, dir.path().join(path));
    for (spec, many) in [
        (age("ada.age"), false),
        (age("fifo"), false),
        (age("open/ada.age"), false),
        (age("open/folder"), true),
        (age("link"), true),
        (age("fifo"), true),
        (age("open"), true),
        (shares("open/sheets"), false),
        (shares("open"), false),
        (shares("link"), false),
        (shares("fifo"), false),
        (shares("real"), false),
    ] {
        let mut custody = open_one(spec.clone(), many);
        assert!(now(custody.prove()).is_err(), "{spec:?} {many}");
        assert!(now(custody.check()).is_err(), "{spec:?} {many}");
    }
}

#[cfg(unix)]
fn program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_gets_the_secret_on_its_input_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keep");
    let out = dir.path().join("out");
    program(
        &path,
        &format!(
            "#!/bin/sh\n{{ echo \"args:$#\"; /usr/bin/env; cat; }} > {}\n",
            out.display()
        ),
    );
    let mut custody = open_one(
        SinkSpec::Command(path.to_string_lossy().into_owned()),
        false,
    );
    custody.check().await.unwrap();
    custody.prove().await.unwrap();
    assert!(!out.exists(), "a proof starts nothing");
    custody
        .stage(&entry("1", &Secret::new("Kx9-canary")))
        .await
        .unwrap();
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(
        text.starts_with("args:0\n") && text.ends_with("\nKx9-canary\n"),
        "{text}"
    );
    for inherited in ["HOME=", "PATH=/", "CARGO", "USER="] {
        assert!(!text.contains(inherited), "{text}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_fails_or_is_not_ours_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    let spec = |name: &str| SinkSpec::Command(at(name));
    program(
        &dir.path().join("three"),
        "#!/bin/sh\ncat >/dev/null; echo oops; exit 3\n",
    );
    let mut custody = open_one(spec("three"), false);
    let error = custody
        .stage(&entry("1", &Secret::new("Kx9-canary")))
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::SinkRefused);
    assert!(
        error.cause().unwrap().contains("exited with 3") && !format!("{error:?}").contains("oops")
    );
    program(&dir.path().join("wide"), "#!/bin/sh\ncat\n");
    std::fs::set_permissions(
        dir.path().join("wide"),
        std::fs::Permissions::from_mode(0o777),
    )
    .unwrap();
    std::fs::write(dir.path().join("plain"), "").unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        dir.path().join("fifo"),
        rustix::fs::FileType::Fifo,
        0o700.into(),
        0,
    )
    .unwrap();
    for name in ["wide", "plain", "fifo", "absent", "."] {
        assert!(open_one(spec(name), false).check().await.is_err(), "{name}");
    }
    // A bare name is looked up in absolute folders of PATH, and never in the current one.
    let found = |search: &str| {
        let means = Means {
            search: Some(search.into()),
            ..console()
        };
        Custody::open(&[SinkSpec::Command("three".into())], false, &means).unwrap()
    };
    assert!(found(&dir.path().to_string_lossy()).check().await.is_ok());
    assert!(found("").check().await.is_err());
    assert!(found(".:relative").check().await.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_does_not_end_is_ended_with_what_it_started() {
    use std::time::{Duration, Instant};
    let dir = tempfile::tempdir().unwrap();
    let (path, pids) = (dir.path().join("slow"), dir.path().join("pids"));
    program(
        &path,
        &format!(
            "#!/bin/sh\nsleep 60 & echo $$ $! > {0}.new; mv {0}.new {0}; cat > /dev/null; wait\n",
            pids.display()
        ),
    );
    let means = console();
    let slow = command::Program::new(&path.to_string_lossy(), false, means.console, None);
    let mut slow = slow.within(Duration::from_millis(700));
    let since = Instant::now();
    let secret = Secret::new("Kx9-canary");
    let error = slow
        .stage(&entry("1", &secret), Standing::NotYet)
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::SinkRefused);
    assert_eq!(error.cause().unwrap(), "It did not end within 0.7 s.");
    assert!(since.elapsed() < Duration::from_secs(30));
    for pid in std::fs::read_to_string(&pids).unwrap().split_whitespace() {
        let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
        let gone = || match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
            // Ended, and perhaps not yet noticed by whoever inherited it.
            Ok(stat) => stat.contains(") Z "),
            Err(_) => rustix::process::test_kill_process(pid).is_err(),
        };
        while !gone() {
            assert!(since.elapsed() < Duration::from_secs(30), "{pid} lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_destination_is_named_once() {
    let twice = [SinkSpec::File("pw".into()), SinkSpec::File("./pw".into())];
    assert!(Custody::open(&twice, false, &console()).is_err());
    assert!(Custody::open(&[SinkSpec::Tty, SinkSpec::Tty], false, &console()).is_err());
}

#[test]
fn one_secret_in_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pw");
    let mut custody = one(&path);
    now(custody.check()).unwrap();
    assert_eq!(names(dir.path()).len(), 0, "a check leaves nothing behind");
    now(custody.prove()).unwrap();
    assert_eq!(names(dir.path()).len(), 0, "a proof leaves nothing behind");
    let secret = Secret::new("Kx9-canary");
    now(custody.stage(&entry("1", &secret))).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "Kx9-canary\n");
    now(custody.settle("1", Fate::InForce)).unwrap();
    now(custody.publish()).unwrap();
    assert_eq!(names(dir.path()), ["pw"]);
    let place = custody.places().remove(0);
    assert_eq!(place.to_string(), format!("file:{}", path.display()));
    assert_eq!(serde_json::to_value(&place).unwrap()["kind"], "file");
    assert_eq!(
        now(one(&path).check()).err().unwrap().code(),
        ErrorCode::OutputExists
    );
    assert_eq!(
        now(one(&path).prove()).err().unwrap().code(),
        ErrorCode::OutputExists
    );
}

#[test]
fn what_is_not_in_force_goes_and_what_is_unknown_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pw");
    let mut custody = one(&path);
    now(custody.prove()).unwrap();
    let (first, second) = (Secret::new("first-canary"), Secret::new("second-canary"));
    now(custody.stage(&entry("1", &first))).unwrap();
    now(custody.settle("other", Fate::NotInForce)).unwrap();
    assert!(path.exists());
    now(custody.settle("1", Fate::NotInForce)).unwrap();
    assert!(!path.exists());
    now(custody.stage(&entry("1", &second))).unwrap();
    now(custody.settle("1", Fate::Unknown)).unwrap();
    now(custody.publish()).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "second-canary\n");
    // The same again is fine, another one is not: the first may be in force.
    now(custody.stage(&entry("1", &second))).unwrap();
    assert_eq!(
        now(custody.stage(&entry("1", &first)))
            .err()
            .unwrap()
            .code(),
        ErrorCode::SinkRefused
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "second-canary\n");
}

#[test]
fn a_file_that_appears_after_the_proof_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pw");
    let mut custody = one(&path);
    now(custody.prove()).unwrap();
    std::fs::write(&path, "foreign").unwrap();
    let secret = Secret::new("canary");
    assert_eq!(
        now(custody.stage(&entry("1", &secret)))
            .err()
            .unwrap()
            .code(),
        ErrorCode::OutputExists
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "foreign");
    assert_eq!(names(dir.path()), ["pw"]);
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = ::csv::Reader::from_path(path).unwrap();
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>(),
        ["userPrincipalName", "id", "password", "operationId"]
    );
    reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn a_table_has_a_line_before_each_write_and_loses_those_who_were_not_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pw.csv");
    let mut custody = many(&path);
    now(custody.prove()).unwrap();
    assert!(!path.exists());
    let secrets: Vec<Secret> = (0..4)
        .map(|n| Secret::new(format!("canary,\"{n}")))
        .collect();
    for (n, secret) in secrets.iter().enumerate() {
        now(custody.stage(&entry(&n.to_string(), secret))).unwrap();
        assert_eq!(rows(&path).len(), n + 1);
    }
    for (id, fate) in [
        ("0", Fate::InForce),
        ("1", Fate::NotInForce),
        ("2", Fate::Unknown),
        ("3", Fate::NotInForce),
    ] {
        now(custody.settle(id, fate)).unwrap();
    }
    assert_eq!(rows(&path).len(), 4, "nothing goes before the run ends");
    now(custody.publish()).unwrap();
    now(custody.publish()).unwrap();
    let kept = rows(&path);
    assert_eq!(
        kept.iter().map(|row| row[1].as_str()).collect::<Vec<_>>(),
        ["0", "2"]
    );
    assert_eq!(kept[1][2], "canary,\"2");
    assert_eq!(names(dir.path()), ["pw.csv"]);
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::MetadataExt::mode(&path.metadata().unwrap()) & 0o7777,
        0o600
    );
}

#[test]
fn a_user_has_one_line_even_when_the_first_password_was_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pw.csv");
    let mut custody = many(&path);
    now(custody.prove()).unwrap();
    let (a, b, c) = (
        Secret::new("aaaa"),
        Secret::new("bbbbbb"),
        Secret::new("cc"),
    );
    now(custody.stage(&entry("1", &a))).unwrap();
    now(custody.stage(&entry("2", &b))).unwrap();
    now(custody.settle("1", Fate::NotInForce)).unwrap();
    now(custody.stage(&entry("1", &c))).unwrap();
    let passwords = |path: &Path| {
        rows(path)
            .into_iter()
            .map(|row| format!("{}={}", row[1], row[2]))
            .collect::<Vec<_>>()
    };
    assert_eq!(passwords(&path), ["2=bbbbbb", "1=cc"]);
    assert!(now(custody.stage(&entry("2", &c))).is_err());
    now(custody.stage(&entry("3", &a))).unwrap();
    now(custody.settle("2", Fate::NotInForce)).unwrap();
    now(custody.publish()).unwrap();
    assert_eq!(passwords(&path), ["1=cc", "3=aaaa"]);
}

/// What a killed run was about to hand over is not on record as handed over: nobody has it before the run has ended there.
#[cfg(unix)]
#[test]
fn a_handing_over_is_noted_when_the_run_has_ended_there() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let program = dir.path().join("take");
    std::fs::write(&program, "#!/bin/sh\ncat >/dev/null\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let specs = [
        SinkSpec::File(dir.path().join("pw.csv")),
        SinkSpec::Command(program.to_string_lossy().into_owned()),
    ];
    let means = Means {
        escrow: EscrowMeans {
            state_dir: Some(dir.path().join("state")),
            recipients: vec![RECIPIENT.to_owned()],
            keyring: false,
        },
        ..console()
    };
    let work = async {
        let mut custody = Custody::open(&specs, true, &means).unwrap();
        custody.prove_to_change(true).await.unwrap();
        let secret = Secret::new("canary");
        for id in ["1", "2"] {
            custody.stage(&entry(id, &secret)).await.unwrap();
        }
        custody.settle("1", Fate::Unknown).await.unwrap();
        custody.settle("2", Fate::InForce).await.unwrap();
        assert_eq!(custody.deliveries(), []);
        assert!(custody.escrow_path("1").is_some() && custody.escrow_path("2").is_some());
        custody.publish().await.unwrap();
        let told: Vec<(String, &str)> = custody
            .deliveries()
            .into_iter()
            .map(|one| (one.id, one.outcome))
            .collect();
        assert_eq!(
            told,
            [("1".to_owned(), "unknown"), ("2".to_owned(), "done")]
        );
        // As long as it is not known whether it is in force, the copy stays.
        assert!(custody.escrow_path("1").is_some() && custody.escrow_path("2").is_none());
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work);
}

#[test]
fn a_folder_may_end_in_a_slash_and_a_file_may_not() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("sealed");
    let age = parse(&format!("age:{RECIPIENT}:{}/", folder.display())).unwrap();
    let error = Custody::open(std::slice::from_ref(&age), false, &console())
        .err()
        .unwrap();
    assert_eq!(error.code(), ErrorCode::BadInput);
    let shares = parse(&format!(
        "shares:2/3:{}/",
        dir.path().join("sheets").display()
    ))
    .unwrap();
    let mut custody = Custody::open(&[age, shares], true, &console()).unwrap();
    now(custody.prove()).unwrap();
    let secret = Secret::new("canary");
    now(custody.stage(&entry("1", &secret))).unwrap();
    assert!(folder.join("1.age").is_file());
    assert!(dir.path().join("sheets/1/share-1-of-3.txt").is_file());
    let shown: Vec<String> = custody.places().iter().map(ToString::to_string).collect();
    assert!(shown.iter().all(|place| !place.contains("//")), "{shown:?}");
}

#[test]
fn a_table_of_nobody_goes_away() {
    let dir = tempfile::tempdir().unwrap();
    let mut custody = many(&dir.path().join("pw.csv"));
    now(custody.prove()).unwrap();
    let secret = Secret::new("canary");
    now(custody.stage(&entry("1", &secret))).unwrap();
    now(custody.settle("1", Fate::NotInForce)).unwrap();
    now(custody.publish()).unwrap();
    assert_eq!(names(dir.path()).len(), 0);
}

#[test]
fn a_table_that_was_swapped_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pw.csv");
    let mut custody = many(&path);
    now(custody.prove()).unwrap();
    let secret = Secret::new("canary");
    now(custody.stage(&entry("1", &secret))).unwrap();
    now(custody.stage(&entry("2", &secret))).unwrap();
    now(custody.settle("1", Fate::NotInForce)).unwrap();
    std::fs::rename(&path, dir.path().join("moved")).unwrap();
    std::fs::write(&path, "foreign").unwrap();
    assert_eq!(
        now(custody.publish()).err().unwrap().code(),
        ErrorCode::SecretNotDelivered
    );
    assert!(now(custody.stage(&entry("3", &secret))).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "foreign");
    assert_eq!(rows(&dir.path().join("moved")).len(), 2);
}

#[test]
fn when_one_destination_refuses_the_others_forget() {
    let dir = tempfile::tempdir().unwrap();
    let (good, bad) = (dir.path().join("good"), dir.path().join("bad"));
    let specs = [SinkSpec::File(good.clone()), SinkSpec::File(bad.clone())];
    let mut custody = Custody::open(&specs, false, &console()).unwrap();
    now(custody.prove()).unwrap();
    std::fs::write(&bad, "foreign").unwrap();
    let secret = Secret::new("canary");
    let error = now(custody.stage(&entry("1", &secret))).err().unwrap();
    assert_eq!(error.operation_id(), Some("op"));
    assert!(!good.exists());
    std::fs::remove_file(&bad).unwrap();
    now(custody.stage(&entry("1", &secret))).unwrap();
    assert!(good.exists() && bad.exists());
}

#[test]
fn a_secret_of_the_service_goes_wherever_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let (bad, good) = (dir.path().join("bad"), dir.path().join("good"));
    let specs = [SinkSpec::File(bad.clone()), SinkSpec::File(good.clone())];
    let mut custody = Custody::open(&specs, false, &console()).unwrap();
    now(custody.prove()).unwrap();
    std::fs::write(&bad, "foreign").unwrap();
    let secret = Secret::new("canary");
    let error = now(custody.deliver(&entry("1", &secret))).err().unwrap();
    assert_eq!(error.code(), ErrorCode::SecretNotDelivered);
    assert_eq!(std::fs::read_to_string(&good).unwrap(), "canary\n");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]
    /// Any order of staging and settling: the table holds exactly one line, the right one, for everybody who may have a password.
    #[test]
    fn the_table_is_what_is_or_may_be_in_force(steps in proptest::collection::vec((0..5usize, 0..4u8), 1..30)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pw.csv");
        let mut custody = many(&path);
        now(custody.prove()).unwrap();
        let mut expected = std::collections::BTreeMap::new();
        for (n, (user, action)) in steps.into_iter().enumerate() {
            let id = user.to_string();
            match action {
                0 => now(custody.settle(&id, Fate::InForce)).unwrap(),
                1 => {
                    now(custody.settle(&id, Fate::NotInForce)).unwrap();
                    expected.remove(&id);
                }
                _ => {
                    let secret = Secret::new(format!("{}-{n}", "x".repeat(n)));
                    let staged = now(custody.stage(&entry(&id, &secret)));
                    proptest::prop_assert_eq!(staged.is_ok(), !expected.contains_key(&id));
                    if staged.is_ok() {
                        expected.insert(id, secret.expose().to_owned());
                    }
                }
            }
        }
        now(custody.publish()).unwrap();
        proptest::prop_assert_eq!(path.exists(), !expected.is_empty());
        if path.exists() {
            let found: std::collections::BTreeMap<String, String> = rows(&path).into_iter().map(|row| (row[1].clone(), row[2].clone())).collect();
            proptest::prop_assert_eq!(rows(&path).len(), expected.len());
            proptest::prop_assert_eq!(found, expected);
        }
    }
}
