//! `man`: the manual pages, made from the same definitions as the help.
//!
//! Without a folder the page of the whole tool goes to stdout. Pages are public; nothing here is secret.

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::render::{Format, Report, Table};
use clap_mangen::Man;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Write the manual pages
///
/// Without DIR the page of the whole tool is printed; with it one page a command is written there, older pages are replaced.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset man ~/.local/share/man/man1
  admin-reset man | man -l -")]
pub struct Args {
    /// Folder for the pages; made if it is missing
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let Some(dir) = args.dir else {
        let mut pages = pages()?;
        let (_, text) = pages.pop().unwrap_or_default();
        let raw = context.style.format == Format::Text && context.style.query.is_none();
        if raw {
            super::print_raw(context, &text)?;
        }
        return Ok(Box::new(Pages {
            written: Vec::new(),
            text: Some(text),
            raw,
        }));
    };
    let refuse = |path: &Path, cause: std::io::Error| {
        Error::new(
            ErrorCode::OutputFailed,
            format!(
                "The page {} could not be written.",
                crate::files::shown(path)
            ),
        )
        .source(cause)
        .fix("Give a folder that you may write to.")
    };
    std::fs::create_dir_all(&dir).map_err(|cause| refuse(&dir, cause))?;
    let mut written = Vec::new();
    for (name, text) in pages()? {
        let path = dir.join(name);
        replace(&path, &text).map_err(|cause| refuse(&path, cause))?;
        written.push(path);
    }
    Ok(Box::new(Pages {
        written,
        text: None,
        raw: false,
    }))
}

/// Writes a page afresh: what stands there is removed first, so that no link is followed.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?;
    file.write_all(text.as_bytes())
}

/// File names and texts, the whole tool last.
fn pages() -> Result<Vec<(String, String)>> {
    fn collect(command: &clap::Command, pages: &mut Vec<(String, String)>) -> std::io::Result<()> {
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            collect(sub, pages)?;
        }
        let man = Man::new(command.clone());
        let mut bytes = Vec::new();
        man.render(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        pages.push((man.get_filename(), text));
        Ok(())
    }
    let mut command = crate::cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    collect(&command, &mut pages).map_err(|cause| {
        Error::new(ErrorCode::Internal, "The manual page could not be made.").source(cause)
    })?;
    Ok(pages)
}

struct Pages {
    written: Vec<PathBuf>,
    text: Option<String>,
    raw: bool,
}

impl Report for Pages {
    fn json(&self) -> Value {
        let files: Vec<String> = self
            .written
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        json!({ "schema": "admin-reset/man/1", "files": files, "page": self.text })
    }
    fn headline(&self) -> String {
        match self.written.len() {
            0 => "The manual page.".to_owned(),
            count => format!("{count} manual pages written."),
        }
    }
    fn table(&self) -> Option<Table> {
        Some(self.csv())
    }
    fn csv(&self) -> Table {
        Table {
            columns: vec!["file"],
            rows: self
                .written
                .iter()
                .map(|path| vec![path.display().to_string()])
                .collect(),
        }
    }
    fn streamed(&self) -> bool {
        self.raw
    }
}
