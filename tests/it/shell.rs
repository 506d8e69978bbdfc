//! `completions` and `man`: what a shell and `man` make of them.

use crate::support::Lab;
use std::process::Command;

/// Whether a program is there; a machine without a shell cannot test its script.
fn has(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

#[test]
fn bash_completes_commands_flags_and_values() {
    if !has("bash") {
        return;
    }
    let lab = Lab::new();
    let script = lab.run(["completions", "bash"]).code(0).stdout;
    let offered = |words: &[&str]| {
        let list = words
            .iter()
            .map(|word| format!("'{word}'"))
            .collect::<Vec<_>>()
            .join(" ");
        let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
        let test = format!(
            "{script}\nCOMP_WORDS=({list})\nCOMP_CWORD={}\n_admin__reset admin-reset '{last}' '{before}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
            words.len() - 1
        );
        // The script is longer than an argument may be.
        let file = lab.write("completion-test.sh", test);
        let output = Command::new("bash")
            .arg("--norc")
            .arg(file)
            .output()
            .unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(
        offered(&["admin-reset", "res"])
            .lines()
            .any(|word| word == "reset-user")
    );
    assert!(
        offered(&["admin-reset", "reset-user", "--secret"])
            .lines()
            .any(|word| word == "--secret-to")
    );
    assert!(
        offered(&["admin-reset", "--output", "mark"])
            .lines()
            .any(|word| word == "markdown")
    );
}

#[test]
fn every_shell_has_a_script_and_an_unknown_one_is_refused() {
    let lab = Lab::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        lab.run(["completions", shell])
            .code(0)
            .shows("admin-reset")
            .shows("create-admin");
        let document = lab.run(["completions", shell, "-o", "json"]).code(0).json();
        assert_eq!(document["schema"], "admin-reset/completions/1");
        assert!(
            document["script"]
                .as_str()
                .unwrap()
                .contains("check-security-info")
        );
    }
    lab.run(["completions", "tcsh"]).code(2).silent();
    lab.run(["completions"]).code(2).silent();
    assert!(lab.requests().is_empty());
}

#[test]
fn one_manual_page_a_command() {
    let lab = Lab::new();
    lab.run(["man"])
        .code(0)
        .shows(".TH admin-reset 1")
        .shows("reset\\-user");
    for _ in 0..2 {
        lab.run(["man", "pages/man1"])
            .code(0)
            .shows("manual pages written.");
    }
    let page = lab.read("pages/man1/admin-reset-reset-user.1");
    assert!(page.contains(".TH admin-reset-reset-user 1") && page.contains("\\-\\-secret\\-to"));
    assert!(
        lab.read("pages/man1/admin-reset-sandbox-start.1")
            .contains("\\-\\-faults")
    );
    assert!(lab.requests().is_empty());
}
