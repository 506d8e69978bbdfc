//! `completions`: the completion script of a shell, made from the same definitions as the help.
//!
//! Prints; installs nothing.

use crate::context::Context;
use crate::error::Result;
use crate::render::{Format, Report, Table};
use clap_complete::Shell;
use serde_json::{Value, json};

/// Print the completion script of a shell
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset completions bash > ~/.local/share/bash-completion/completions/admin-reset
  admin-reset completions zsh > ~/.zfunc/_admin-reset
  admin-reset completions fish > ~/.config/fish/completions/admin-reset.fish
  admin-reset completions powershell >> $PROFILE
  admin-reset completions elvish >> ~/.config/elvish/rc.elv")]
pub struct Args {
    /// Which shell
    #[arg(
        value_enum,
        hide_possible_values = true,
        value_name = "bash|zsh|fish|powershell|elvish"
    )]
    shell: Shell,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let text = script(args.shell);
    // A script is sourced as it is, so the text output has no sentence around it.
    let raw = context.style.format == Format::Text && context.style.query.is_none();
    if raw {
        super::print_raw(context, &text)?;
    }
    Ok(Box::new(Completions {
        shell: args.shell,
        script: text,
        raw,
    }))
}

fn script(shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut crate::cli::command(), "admin-reset", &mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if shell == Shell::Bash {
        // clap_complete 4.6.11 sets `admin__reset__subcmd__…` and looks for `admin__subcmd__reset__…`: a program whose own name
        // has a hyphen would complete nothing below its commands.
        text.replace(
            "\n        admin__subcmd__reset__",
            "\n        admin__reset__",
        )
    } else {
        text
    }
}

struct Completions {
    shell: Shell,
    script: String,
    raw: bool,
}

impl Report for Completions {
    fn json(&self) -> Value {
        json!({
            "schema": "admin-reset/completions/1",
            "shell": self.shell.to_string(),
            "script": self.script,
        })
    }
    fn headline(&self) -> String {
        format!("Completion script for {}.", self.shell)
    }
    fn table(&self) -> Option<Table> {
        None
    }
    fn csv(&self) -> Table {
        Table::default()
    }
    fn streamed(&self) -> bool {
        self.raw
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_script_knows_every_command_and_flag() {
        let command = crate::cli::command();
        for shell in Shell::value_variants() {
            let text = script(*shell);
            for sub in command.get_subcommands() {
                assert!(text.contains(sub.get_name()), "{shell}: {}", sub.get_name());
                for long in sub.get_arguments().filter_map(clap::Arg::get_long) {
                    assert!(text.contains(long), "{shell}: {} --{long}", sub.get_name());
                }
            }
            assert!(text.contains("graph-endpoint"), "{shell}: global flags");
        }
    }
}
