//! Opens what was sealed or shared: from files, standard input, or words that a person types.
//!
//! Shared by `unseal` and `envelope`. Names what is wrong, damaged, missing or foreign by its file; writes nothing.

use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::files;
use crate::seal::{self, Document, Identities, Lock};
use crate::secret::Secret;
use crate::share::{self, Misfit, Share};
use crate::sheet::Sheet;
use crate::sink;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Where keys and shares come from.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct OpeningArgs {
    /// A sealed file, or files with shares; - reads shares from standard input, one a line
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Open with the age identities in this file; one behind a passphrase is asked for it (can be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Vec<PathBuf>,
    /// Open with the age identity in this keyring entry
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = sink::KEY_ENTRY, require_equals = true)]
    pub(crate) identity_keyring: Option<String>,
    /// Type the words of shares on the terminal
    #[arg(long)]
    pub(crate) words: bool,
}

/// What was found in the files.
pub(crate) enum Found {
    /// A sealed file, and how sentences call it.
    Sealed(Vec<u8>, String),
    /// Shares, each with how sentences call it.
    Shares(Vec<(String, Sheet)>),
}

fn usage(message: &str, fix: &str) -> Error {
    Error::new(ErrorCode::Usage, message).fix(fix)
}

impl OpeningArgs {
    /// Reads the files, standard input or words. Shares that are damaged are named here.
    pub(crate) fn find(&self, console: &Console) -> Result<Found> {
        if self.files.is_empty() && !self.words {
            return Err(usage(
                "Nothing to open was named.",
                "Name a sealed file, the files of shares, or add --words.",
            ));
        }
        let mut shares = Vec::new();
        for path in &self.files {
            if path == Path::new("-") {
                let text = Zeroizing::new(console.read_stdin("shares", seal::LIMIT)?);
                lines_of(&text, &mut shares)?;
                continue;
            }
            let named = files::shown(path);
            let bytes = read(path)?;
            if seal::is_sealed(&bytes) {
                if self.files.len() > 1 || self.words {
                    return Err(usage(
                        "A sealed file is opened alone.",
                        "Name one sealed file, or files with shares only.",
                    ));
                }
                return Ok(Found::Sealed(bytes.to_vec(), named));
            }
            let text = std::str::from_utf8(&bytes).map_err(|_| neither(&named))?;
            shares.push((named.clone(), Sheet::read(text, &named)?));
        }
        if self.words {
            typed(console, &mut shares)?;
        }
        Ok(Found::Shares(shares))
    }

    /// The identities that were named.
    pub(crate) fn identities(&self, console: &Arc<Console>) -> Result<Identities> {
        let mut all: Option<Identities> = None;
        let mut add = |more: Identities| match &mut all {
            Some(all) => all.extend(more),
            None => all = Some(more),
        };
        for path in &self.identity {
            let named = files::shown(path);
            let bytes = read(path)?;
            let passphrase = match seal::locked(&bytes, &named)? {
                Lock::Open => None,
                Lock::Passphrase if console.can_ask() => {
                    Some(console.ask_secret(&format!("Passphrase of {named}:"))?)
                }
                Lock::Passphrase => {
                    return Err(usage(
                        &format!(
                            "The identity {named} is behind a passphrase, and nobody can be asked for it."
                        ),
                        "Run the command on a terminal, or give an identity without one.",
                    ));
                }
            };
            add(Identities::read(&bytes, passphrase.as_ref(), &named)?);
        }
        if let Some(name) = &self.identity_keyring {
            let text = sink::read_keyring(name, Arc::clone(console))?;
            let named = format!("in keyring entry '{name}'");
            add(Identities::of_secret(&text, &named)?);
        }
        all.ok_or_else(|| {
            usage(
                "The file is sealed, and no identity was given to open it.",
                "Add --identity FILE with the key that belongs to one of its recipients.",
            )
        })
    }
}

/// Opens a sealed file.
pub(crate) fn unseal(sealed: &[u8], named: &str, identities: &Identities) -> Result<Document> {
    let plain = seal::open(sealed, identities, named)?;
    Document::read(&plain, named)
}

/// Puts shares together.
pub(crate) fn unite(shares: &[(String, Sheet)]) -> Result<Secret> {
    let bare: Vec<Share> = shares
        .iter()
        .map(|(_, sheet)| sheet.share.clone())
        .collect();
    share::combine(&bare).map_err(|misfit| told(misfit, shares))
}

/// Whether shares are all of one set and each there once; an error names the one that is not.
pub(crate) fn fit(bare: &[Share], shares: &[(String, Sheet)]) -> Result<()> {
    share::sort_out(bare)
        .map(|_| ())
        .map_err(|misfit| told(misfit, shares))
}

/// What is wrong with a set, in terms of its files.
fn told(misfit: Misfit, shares: &[(String, Sheet)]) -> Error {
    let name = |at: usize| shares.get(at).map_or("-", |(name, _)| name.as_str());
    let sheet = |at: usize| shares.get(at).map(|(_, sheet)| sheet);
    let error = |message: String| Error::new(ErrorCode::SealBroken, message);
    match misfit {
        Misfit::None => error("There is no share.".to_owned()).fix("Name the files of the shares."),
        Misfit::TooFew { need, have } => error(format!("{have} of the {need} shares that are needed are there."))
            .why(format!("Any {need} different shares of the set open the secret; fewer tell nothing about it."))
            .fix(format!("Add {} more.", need - have)),
        Misfit::Foreign(at) => error(format!("{} belongs to another set of shares.", name(at)))
            .why(match (sheet(at), sheet(0)) {
                (Some(own), Some(first)) if own.set != first.set => format!("It is of set {}, and {} is of set {}.", own.set, name(0), first.set),
                _ => format!("Its marks differ from those of {}.", name(0)),
            })
            .fix("Leave it out, and take a share of the right set."),
        Misfit::Twice(at, before) => error(format!("{} is the same share as {}.", name(at), name(before)))
            .why("A share counts once.")
            .fix("Leave one of them out, and add another share of the set."),
        Misfit::Contradict(at, before) => error(format!("{} and {} claim to be the same share and differ.", name(at), name(before)))
            .why("One of them was forged or comes from another splitting.")
            .fix("Leave one of them out, and add another share of the set."),
        Misfit::Broken => error("The shares do not fit together: the secret they give fails its own check.".to_owned())
            .why("Each one is undamaged in itself, so at least one was forged or comes from another splitting with the same number.")
            .fix("Try other shares of the set."),
        Misfit::Groups => error("The shares were made for several groups.".to_owned())
            .why("This tool splits into one group and opens one.")
            .fix("Open them with the tool that made them."),
        Misfit::NotText => error("The shares open, and what is in them is no password.".to_owned())
            .why("It is not text; another tool made them, perhaps for a wallet, or with a passphrase.")
            .fix("Open them with the tool that made them."),
    }
}

fn neither(named: &str) -> Error {
    Error::new(
        ErrorCode::SealBroken,
        format!("{named} is neither a sealed file nor a share."),
    )
    .why("It begins with neither the mark of age nor words.")
    .fix("Name the file that --secret-to age: or shares: wrote.")
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let file = files::open_to_read(path).map_err(|error| error.recode(ErrorCode::BadInput))?;
    let length = file.metadata().map_or(0, |about| about.len());
    if length > seal::LIMIT as u64 {
        return Err(Error::new(
            ErrorCode::BadInput,
            format!(
                "{} is too long to be a sealed file or a share.",
                files::shown(path)
            ),
        )
        .fix("Name the right file."));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(seal::LIMIT.min(length as usize + 1)));
    file.take(seal::LIMIT as u64)
        .read_to_end(&mut bytes)
        .map_err(|cause| {
            Error::new(
                ErrorCode::BadInput,
                format!("{} cannot be read.", files::shown(path)),
            )
            .source(cause)
        })?;
    Ok(bytes)
}

/// Shares from a stream: one a line, as words.
fn lines_of(bytes: &[u8], shares: &mut Vec<(String, Sheet)>) -> Result<()> {
    let text = std::str::from_utf8(bytes).map_err(|_| neither("Standard input"))?;
    for line in text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
    {
        let named = format!("Share {} on standard input", shares.len() + 1);
        shares.push((named.clone(), Sheet::read(line, &named)?));
    }
    Ok(())
}

/// Asks for words until there are enough shares; a wrong one is told at once and asked for again.
fn typed(console: &Console, shares: &mut Vec<(String, Sheet)>) -> Result<()> {
    if !console.can_ask() {
        return Err(usage(
            "Nobody can be asked for words.",
            "Run the command on a terminal, or give the words with - on standard input.",
        ));
    }
    let mut need = shares
        .first()
        .map_or(2, |(_, sheet)| usize::from(sheet.threshold));
    while shares.len() < need {
        let question = format!(
            "Words of share {} (numbers and line breaks do not matter; end with an empty line):",
            shares.len() + 1
        );
        let mut text = Zeroizing::new(String::with_capacity(8192));
        let mut prompt = question.as_str();
        loop {
            let line = Zeroizing::new(console.ask(prompt)?);
            if line.is_empty() {
                break;
            }
            text.push_str(&line);
            text.push('\n');
            prompt = ">";
        }
        if text.is_empty() {
            return Err(Error::new(ErrorCode::Interrupted, "No words were given."));
        }
        let named = format!("Share {}", shares.len() + 1);
        match Sheet::read(&text, &named) {
            Ok(sheet) => {
                shares.push((named, sheet));
                let bare: Vec<Share> = shares
                    .iter()
                    .map(|(_, sheet)| sheet.share.clone())
                    .collect();
                if let Err(misfit) = share::sort_out(&bare) {
                    console.warn(&told(misfit, shares).to_string());
                    shares.pop();
                }
                need = shares
                    .first()
                    .map_or(2, |(_, sheet)| usize::from(sheet.threshold));
            }
            Err(error) => console.warn(&format!("{} {}", error, error.cause().unwrap_or_default())),
        }
    }
    Ok(())
}
