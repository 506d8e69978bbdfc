//! The documents say what the program does: generated pages are current, links lead somewhere, every command line in README and
//! examples runs, the map of the crate names every module, and every dependency has its line.
//!
//! `ADMIN_RESET_BLESS=1 cargo test --test it docs` rewrites the generated pages.

mod errors;
mod lines;
mod supply;

use crate::support::root;
use std::collections::HashSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Compares a generated page with the one in the repository, or writes it.
#[track_caller]
fn page(path: &str, text: &str) {
    let file = root().join(path);
    if std::env::var_os("ADMIN_RESET_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&file, text).unwrap();
        return;
    }
    let kept = read(&file);
    let line = kept
        .lines()
        .zip(text.lines())
        .position(|(kept, now)| kept != now)
        .unwrap_or(kept.lines().count().min(text.lines().count()));
    let shown = |text: &str| text.lines().nth(line).unwrap_or("(end)").to_owned();
    assert!(
        kept == text,
        "{path} is not current from line {}: it says\n  {}\nand should say\n  {}\nADMIN_RESET_BLESS=1 rewrites it",
        line + 1,
        shown(&kept),
        shown(text)
    );
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path)
        .unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
        .replace("\r\n", "\n")
}

/// Every page for people: README and what is in `docs`.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = std::fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    pages.insert(0, root().join("README.md"));
    assert!(pages.len() > 8, "{pages:?}");
    pages
}

/// The command reference, from the same tree that parses the command line.
#[test]
fn the_command_reference_is_current() {
    let mut top = admin_reset::cli::command();
    top.build();
    let mut out = String::from(
        "# Commands\n\nGenerated from the program's own help; `ADMIN_RESET_BLESS=1 cargo test --test it docs` rewrites it. The options under\n\
         *Global options* belong to every command and are listed once.\n",
    );
    let (help, global) = help_of(&mut top);
    let _ = write!(
        out,
        "\n## admin-reset\n\n```text\n{help}\n```\n\n## Global options\n\n```text\n{global}\n```\n"
    );
    let names: Vec<String> = top
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .filter(|name| name != "help")
        .collect();
    for name in names {
        describe(&mut out, top.find_subcommand_mut(&name).unwrap(), 2);
    }
    page("docs/commands.md", &out);
}

/// The permissions in README, from the table that also grants them.
#[test]
fn the_permissions_in_readme_are_current() {
    let (from, to) = ("<!-- generated: permissions -->\n", "<!-- end -->");
    let kept = read(&root().join("README.md"));
    let (before, rest) = kept.split_once(from).expect("the mark in README");
    let (_, after) = rest.split_once(to).expect("the end mark in README");
    let table = admin_reset::commands::permissions::readme_table();
    page("README.md", &format!("{before}{from}{table}{to}{after}"));
}

fn describe(out: &mut String, command: &mut clap::Command, level: usize) {
    let name = command
        .get_bin_name()
        .unwrap()
        .trim_start_matches("admin-reset ")
        .to_owned();
    let (help, _) = help_of(command);
    let _ = write!(
        out,
        "\n{} {name}\n\n```text\n{help}\n```\n",
        "#".repeat(level)
    );
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .filter(|name| name != "help")
        .collect();
    for name in names {
        describe(out, command.find_subcommand_mut(&name).unwrap(), level + 1);
    }
}

/// The help without the options that every command has, and these.
fn help_of(command: &mut clap::Command) -> (String, String) {
    let text = command
        .clone()
        .term_width(110)
        .render_long_help()
        .to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let Some(start) = lines.iter().position(|line| *line == "Global options:") else {
        return (text.trim_end().to_owned(), String::new());
    };
    // The section ends where the next line begins at the margin.
    let length = lines[start + 1..]
        .iter()
        .position(|line| !line.is_empty() && !line.starts_with(' '))
        .unwrap_or(lines.len() - start - 1);
    let end = start + 1 + length;
    let global = lines[start + 1..end].join("\n");
    let rest = [&lines[..start], &lines[end..]].concat().join("\n");
    (rest.trim_end().to_owned(), global.trim_end().to_owned())
}

/// A link to a page, a file or a heading that is not there.
#[test]
fn links_between_pages_lead_somewhere() {
    let mut seen = 0;
    for page in pages() {
        let text = without_code(&read(&page));
        for target in link_targets(&text) {
            if target.starts_with("https://") || target.starts_with("http://") {
                continue;
            }
            seen += 1;
            let (file, anchor) = target
                .split_once('#')
                .map_or((target.as_str(), None), |(file, anchor)| {
                    (file, Some(anchor))
                });
            let path = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            assert!(
                path.exists(),
                "{} links to {target}, which does not exist",
                page.display()
            );
            if let Some(anchor) = anchor {
                assert!(
                    anchors(&read(&path)).contains(anchor),
                    "{} links to {target}; there is no such heading",
                    page.display()
                );
            }
        }
    }
    assert!(
        seen >= 20,
        "only {seen} links were found; the search is broken"
    );
}

/// Every error says where it is explained; there must be something.
#[test]
fn the_link_of_every_error_leads_to_its_heading() {
    let known = anchors(&read(&root().join("docs/errors.md")));
    for code in admin_reset::error::ErrorCode::ALL {
        let link = admin_reset::error::Error::new(*code, "x").docs_link();
        let anchor = link
            .strip_prefix("docs/errors.md#")
            .unwrap_or_else(|| panic!("{link}"));
        assert!(known.contains(anchor), "{link}");
    }
}

/// The map in `docs/architecture.md` names every top-level module and every command.
#[test]
fn the_map_of_the_crate_names_every_module() {
    let map = read(&root().join("docs/architecture.md"));
    let modules = |file: &str| -> Vec<String> {
        read(&root().join(file))
            .lines()
            .filter_map(|line| {
                line.strip_prefix("pub mod ")
                    .or_else(|| line.strip_prefix("mod "))?
                    .strip_suffix(';')
            })
            .map(str::to_owned)
            .collect()
    };
    let (top, commands) = (modules("src/lib.rs"), modules("src/commands/mod.rs"));
    assert!(top.len() > 20 && commands.len() > 1, "{top:?} {commands:?}");
    for (prefix, modules) in [("src/", top), ("src/commands/", commands)] {
        for module in modules {
            let named = [format!("{prefix}{module}.rs"), format!("{prefix}{module}/")]
                .iter()
                .any(|path| map.contains(path.as_str()));
            assert!(
                named,
                "docs/architecture.md does not say what {prefix}{module} is for"
            );
        }
    }
}

/// `docs/security.md` names tests as proofs; a test that is gone proves nothing.
#[test]
fn every_proof_that_is_named_is_a_test() {
    let sources = sources(&["src", "tests"]);
    let page = read(&root().join("docs/security.md"));
    let mut named = 0;
    for paragraph in page
        .split("\n\n")
        .filter(|paragraph| paragraph.starts_with("*Proof:*"))
    {
        for name in paragraph.split('`').skip(1).step_by(2) {
            let is_test = sources
                .iter()
                .any(|text| text.contains(&format!("fn {name}(")));
            assert!(
                is_test,
                "docs/security.md names the test {name}, which does not exist"
            );
            named += 1;
        }
    }
    assert!(
        named >= 20,
        "only {named} proofs were found; the search is broken"
    );
}

/// Texts of all Rust files below some folders.
fn sources(folders: &[&str]) -> Vec<String> {
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                texts.push(read(&path));
            }
        }
    }
    texts
}

/// Text outside fenced blocks and inline code.
fn without_code(text: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        for (index, part) in line.split('`').enumerate() {
            if index % 2 == 0 {
                out.push_str(part);
            } else {
                // A link's text may be code; something has to stand there.
                out.push('c');
            }
        }
        out.push('\n');
    }
    out
}

fn link_targets(text: &str) -> Vec<String> {
    text.match_indices("](")
        .filter_map(|(at, _)| Some(text[at + 2..].split_once(')')?.0.to_owned()))
        .collect()
}

/// Headings as GitHub makes anchors of them.
fn anchors(text: &str) -> HashSet<String> {
    let mut fenced = false;
    let mut found = HashSet::new();
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        let heading = line.trim_start_matches('#');
        if !fenced && heading.len() < line.len() && heading.starts_with(' ') {
            let lower = heading.trim().to_lowercase();
            let kept = lower
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            found.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
    }
    found
}

#[test]
fn headings_become_anchors_as_on_github() {
    let found = anchors("# Who may act, on whom?\n```text\n# not this\n```\n## `notFound`\n#no\n");
    assert_eq!(
        found,
        HashSet::from(["who-may-act-on-whom".to_owned(), "notfound".to_owned()])
    );
    assert_eq!(
        link_targets(&without_code(
            "[`a`](b.md#c) `[x](y)` and [d](e)\n```\n[f](g)\n```\n"
        )),
        ["b.md#c", "e"]
    );
}
