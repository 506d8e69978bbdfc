//! What the program is made of: where its crates come from, under which licences, and that each direct one is explained.

use super::read;
use crate::support::root;
use std::process::Command;

/// Licences under which a crate may be taken in; the same list is in `.cargo/deny.toml`.
const LICENCES: [&str; 11] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unlicense",
    "BSL-1.0",
    "Unicode-3.0",
    "CDLA-Permissive-2.0",
];

/// Crates that must never come in, not even by way of others.
const BANNED: [&str; 6] = [
    "aws-lc-sys",
    "aws-lc-rs",
    "openssl-sys",
    "native-tls",
    "libdbus-sys",
    "rsa",
];

fn lock() -> toml::Table {
    read(&root().join("Cargo.lock")).parse().unwrap()
}

#[test]
fn every_crate_comes_from_the_registry_and_none_is_banned() {
    let lock = lock();
    let packages = lock["package"].as_array().unwrap();
    assert!(packages.len() > 100);
    for package in packages {
        let name = package["name"].as_str().unwrap();
        assert!(!BANNED.contains(&name), "{name} is banned");
        match package.get("source").and_then(toml::Value::as_str) {
            Some(source) => assert_eq!(
                source, "registry+https://github.com/rust-lang/crates.io-index",
                "{name}"
            ),
            None => assert_eq!(name, "admin-reset"),
        }
        assert!(
            name == "admin-reset" || package.get("checksum").is_some(),
            "{name} has no checksum"
        );
    }
}

#[test]
fn the_lists_here_and_in_deny_toml_are_the_same() {
    let deny: toml::Table = read(&root().join(".cargo/deny.toml")).parse().unwrap();
    let allowed: Vec<&str> = deny["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect();
    assert_eq!(allowed, LICENCES);
    let banned: Vec<&str> = deny["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["crate"].as_str().unwrap())
        .collect();
    assert_eq!(banned, BANNED);
}

/// What cargo knows about the crates of this platform; they are all here, since this test was built from them.
fn metadata() -> serde_json::Value {
    let cargo = std::env::var_os("CARGO").expect("tests run under cargo");
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
            host,
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_licence_is_allowed_and_every_direct_dependency_is_explained() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    for package in packages {
        let licence = package["license"]
            .as_str()
            .unwrap_or_else(|| panic!("{} names no licence", package["name"]));
        assert!(
            allowed(licence),
            "{} is licensed {licence}",
            package["name"]
        );
    }
    let own = packages
        .iter()
        .find(|package| package["name"] == "admin-reset")
        .unwrap();
    let page = read(&root().join("docs/dependencies.md"));
    let mut explained = 0;
    for dependency in own["dependencies"].as_array().unwrap() {
        let name = dependency["name"].as_str().unwrap();
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}` |")))
            .unwrap_or_else(|| panic!("docs/dependencies.md has no line for {name}"));
        assert!(
            row.split('|').all(|cell| row.starts_with(cell)
                || row.ends_with(cell)
                || !cell.trim().is_empty()),
            "an empty cell: {row}"
        );
        // Of several versions in the lock file the newest is ours; older ones belong to somebody below.
        let version = |package: &&serde_json::Value| -> Vec<u64> {
            let text = package["version"].as_str().unwrap_or_default();
            text.split('.')
                .map(|part| part.parse().unwrap_or(0))
                .collect()
        };
        let ours = packages.iter().filter(|package| package["name"] == name);
        if let Some(package) = ours.max_by_key(version) {
            let licence = package["license"].as_str().unwrap();
            assert!(
                row.contains(licence),
                "{name} is licensed {licence}, the page says: {row}"
            );
        }
        explained += 1;
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(
        rows, explained,
        "docs/dependencies.md explains crates that are no direct dependency"
    );
}

/// Whether an SPDX expression can be met with the allowed licences. `/` is the old way to write OR.
fn allowed(expression: &str) -> bool {
    let text = expression
        .replace(" / ", " OR ")
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace("Apache-2.0 WITH LLVM-exception", "Apache-LLVM");
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    let met = any(&words, &mut at);
    assert_eq!(at, words.len(), "{expression} is not understood");
    met
}

fn any(words: &[&str], at: &mut usize) -> bool {
    let mut met = all(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at);
    }
    met
}

fn all(words: &[&str], at: &mut usize) -> bool {
    let mut met = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at);
    }
    met
}

fn one(words: &[&str], at: &mut usize) -> bool {
    let word = words[*at];
    *at += 1;
    if word == "(" {
        let met = any(words, at);
        assert_eq!(words.get(*at), Some(&")"));
        *at += 1;
        return met;
    }
    LICENCES.contains(&word) || word == "Apache-LLVM"
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() {
    for good in [
        "MIT",
        "MIT OR GPL-3.0",
        "Unlicense/MIT",
        "Apache-2.0 / MIT",
        "(GPL-2.0 OR MIT) AND ISC",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(allowed(good), "{good}");
    }
    for bad in [
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(GPL-2.0 OR LGPL-2.1) AND ISC",
        "MPL-2.0",
    ] {
        assert!(!allowed(bad), "{bad}");
    }
}
