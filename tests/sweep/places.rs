//! What each destination needs beforehand, and what it gave out or keeps afterwards: strictly what its owner would find, no more.

use crate::desktop::Desktop;
use crate::ground::Kind;
use crate::support::Lab;
use admin_reset::seal::{self, Document, Identities};
use admin_reset::share;
use admin_reset::sheet::Sheet;
use std::process::Command;

pub const KEY: &str = include_str!("../data/age/key.txt");

fn recipient() -> &'static str {
    KEY.lines()
        .find_map(|line| line.strip_prefix("# public key: "))
        .unwrap()
}

/// Lays out what a destination works with; `sealed` names somebody for the copy of what a destination cannot hold.
pub fn prepare(lab: &Lab, kind: Kind, sealed: bool) {
    if sealed {
        let text = format!(
            "[profile.default]\nescrow-recipients = [\"{}\"]\n",
            recipient()
        );
        std::fs::write(lab.home().join("config/config.toml"), text).unwrap();
    }
    if kind == Kind::Cmd {
        use std::os::unix::fs::PermissionsExt;
        let to = lab.path("given.txt");
        let part = lab.path("given.part");
        let script = format!(
            "#!/bin/sh\n/bin/cat /proc/$$/environ /proc/$$/cmdline > '{seen}'\n/bin/cat > '{part}' && /bin/mv '{part}' '{to}'\n",
            seen = lab.path("seen.bin").display(),
            part = part.display(),
            to = to.display()
        );
        let path = lab.write("keep.sh", script);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
}

/// As `--secret-to` takes it.
pub fn destination(lab: &Lab, kind: Kind, entry: &str) -> String {
    match kind {
        Kind::File => "file:p.txt".into(),
        Kind::Age => format!("age:{}:p.age", recipient()),
        Kind::Shares => "shares:2/3:sheets".into(),
        Kind::Keyring => format!("keyring:{entry}"),
        Kind::KeyVault => "keyvault:ops-vault/sweep".into(),
        Kind::Cmd => format!("cmd:{}", lab.path("keep.sh").display()),
        Kind::Stdout => "stdout".into(),
        Kind::Tty => "tty".into(),
    }
}

/// The same run on a terminal of its own, whose display is kept in `screen`.
pub fn on_a_terminal(lab: &Lab, command: &Command) -> Command {
    let quoted =
        |word: &std::ffi::OsStr| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"));
    let mut line = format!(
        "echo $$ > '{}'; exec {}",
        lab.home().join("pid").display(),
        quoted(command.get_program())
    );
    for word in command.get_args() {
        line.push(' ');
        line.push_str(&quoted(word));
    }
    let mut wrapped = Command::new("script");
    wrapped
        .args(["-q", "-f", "-e", "-c", &line])
        .arg(lab.home().join("screen"))
        .env_clear()
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .current_dir(lab.path(""));
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            wrapped.env(name, value);
        }
    }
    wrapped
}

/// Every text that came out of the destination or lies in it, and might be the password.
pub fn held(lab: &Lab, kind: Kind, entry: &str, desktop: Option<&Desktop>) -> Vec<String> {
    let text = |path: std::path::PathBuf| {
        String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
    };
    let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let mut held: Vec<String> = copies(lab);
    held.extend(lines(text(lab.path("handed.txt"))));
    held.extend(match kind {
        Kind::File => lines(text(lab.path("p.txt"))),
        Kind::Age => sealed(&lab.path("p.age")).into_iter().collect(),
        Kind::Shares => shared(lab).into_iter().collect(),
        Kind::Keyring => desktop.and_then(|it| it.take(entry)).into_iter().collect(),
        Kind::KeyVault => lab
            .sandbox()
            .vault()
            .into_iter()
            .map(|(_, value, _, _)| value)
            .collect(),
        Kind::Cmd => lines(text(lab.path("given.txt"))),
        Kind::Stdout => lines(text(lab.home().join("stdout"))),
        Kind::Tty => text(lab.home().join("screen"))
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| word.len() >= 12)
            .map(str::to_owned)
            .collect(),
    });
    held
}

/// What the sealed copies on this machine hold.
fn copies(lab: &Lab) -> Vec<String> {
    let found = std::fs::read_dir(lab.state().join("escrow"));
    let entries = found.into_iter().flatten().flatten();
    entries.filter_map(|entry| sealed(&entry.path())).collect()
}

fn sealed(path: &std::path::Path) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    let key = Identities::parse(KEY, "key").unwrap();
    let plain = seal::open(&bytes, &key, "sealed").ok()?;
    let document = Document::read(&plain, "sealed").ok()?;
    Some(document.secret.expose().to_owned())
}

/// The second and third of three shares, of which two are enough.
fn shared(lab: &Lab) -> Option<String> {
    let read = |number: u8| {
        let path = lab.path(&format!("sheets/share-{number}-of-3.txt"));
        let text = std::fs::read_to_string(path).ok()?;
        Some(Sheet::read(&text, "share").ok()?.share)
    };
    let secret = share::combine(&[read(3)?, read(2)?]).ok()?;
    Some(secret.expose().to_owned())
}
