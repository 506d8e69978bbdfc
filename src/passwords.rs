//! Where a new password comes from: generated here, or supplied by stdin, file or environment; never from argv.
//!
//! Supplied ones are checked against Entra's rules before anything is sent.

use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::policy::password;
use crate::random;
use crate::secret::Secret;
use crate::settings::Env;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest secret that is taken in, in bytes.
const LIMIT: usize = 4096;

/// Flags about the new password.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Password")]
pub struct PasswordArgs {
    /// Length of the generated password, 12 to 256 [default: 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(12..=256), conflicts_with = "words")]
    pub length: Option<u16>,
    /// Generate a phrase of so many words instead, 4 to 30
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(4..=30))]
    pub words: Option<u8>,
    /// Read the password from standard input
    #[arg(long, group = "supplied", conflicts_with_all = ["length", "words"])]
    pub password_stdin: bool,
    /// Read the password from a file that only you can read
    #[arg(long, value_name = "FILE", group = "supplied", conflicts_with_all = ["length", "words"])]
    pub password_file: Option<PathBuf>,
    /// Read the password from an environment variable; standard input is safer
    #[arg(long, value_name = "NAME", group = "supplied", conflicts_with_all = ["length", "words"])]
    pub password_env: Option<String>,
}

impl PasswordArgs {
    /// Whether the caller supplies the password.
    #[must_use]
    pub fn is_supplied(&self) -> bool {
        self.password_stdin || self.password_file.is_some() || self.password_env.is_some()
    }

    /// The supplied password, if there is one.
    pub fn supplied(&self, console: &Console, env: &Env) -> Result<Option<Secret>> {
        let bytes = if self.password_stdin {
            Zeroizing::new(console.read_stdin("the password", LIMIT)?)
        } else if let Some(path) = &self.password_file {
            read_file(path)?
        } else if let Some(name) = &self.password_env {
            let value = env.get(name).ok_or_else(|| {
                Error::new(
                    ErrorCode::BadInput,
                    format!(
                        "The environment variable {} is not set.",
                        crate::render::text::cell(name)
                    ),
                )
                .fix("Set it, or give the password with --password-stdin.")
            })?;
            Zeroizing::new(value.as_bytes().to_vec())
        } else {
            return Ok(None);
        };
        taken(&bytes).map(Some)
    }

    /// A fresh password.
    pub fn generate(&self, default_length: usize) -> Result<Secret> {
        let mut failed = None;
        let mut pick = |n: usize| {
            random::below(n).unwrap_or_else(|error| {
                failed = Some(error);
                usize::MAX
            })
        };
        let made = match self.words {
            Some(words) => password::generate_words(usize::from(words), &mut pick),
            None => password::generate(self.length.map_or(default_length, usize::from), &mut pick),
        };
        match (made, failed) {
            (_, Some(error)) => Err(error),
            (Ok(text), None) => Ok(Secret::new(text.as_str())),
            (Err(problem), None) => Err(Error::new(ErrorCode::Internal, problem.sentence())),
        }
    }
}

/// Checks a supplied password against the rules before it is sent anywhere.
pub fn check(secret: &Secret, upn: &str) -> Result<()> {
    password::check(secret.expose(), upn).map_err(|rules| {
        let broken: Vec<&str> = rules.iter().map(|rule| rule.sentence()).collect();
        Error::new(
            ErrorCode::PasswordRefused,
            "The supplied password breaks a rule of Entra; nothing was sent.",
        )
        .why(broken.join(" "))
        .fix("Use another password, or leave the password out and have one generated.")
    })
}

fn taken(bytes: &[u8]) -> Result<Secret> {
    let refuse = |why: &str| {
        Error::new(ErrorCode::BadInput, "The supplied password cannot be used.")
            .why(why)
            .fix("Give the password alone, on one line.")
    };
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("It is not UTF-8."))?;
    let text = text
        .strip_suffix('\n')
        .map_or(text, |rest| rest.strip_suffix('\r').unwrap_or(rest));
    if text.is_empty() {
        return Err(refuse("It is empty."));
    }
    if bytes.len() > LIMIT {
        return Err(refuse("It is longer than 4096 bytes."));
    }
    if text.contains(['\n', '\r', '\0']) {
        return Err(refuse("It holds a line break or a NUL."));
    }
    Ok(Secret::new(text))
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let refuse = |why: String, fix: &str| {
        Error::new(
            ErrorCode::BadInput,
            format!("The password file {} cannot be used.", path.display()),
        )
        .why(why)
        .fix(fix)
    };
    let about = std::fs::symlink_metadata(path)
        .map_err(|cause| refuse(cause.to_string(), "Check the path."))?;
    if !about.is_file() {
        return Err(refuse(
            "Rule: a regular file, no link, pipe or device.".to_owned(),
            "Give the file itself, or use --password-stdin.",
        ));
    }
    if about.len() > LIMIT as u64 {
        return Err(refuse(
            "It is longer than 4096 bytes.".to_owned(),
            "Give the password alone, on one line.",
        ));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if about.permissions().mode() & 0o077 != 0 {
            return Err(refuse(
                format!(
                    "Others on this machine can read it (mode {:04o}).",
                    about.permissions().mode() & 0o7777
                ),
                &format!("chmod 600 {}", path.display()),
            ));
        }
    }
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|cause| refuse(cause.to_string(), "Check the path."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trailing_newline_is_removed_and_inner_ones_are_refused() {
        assert_eq!(taken(b"Abc-12345678\r\n").unwrap().expose(), "Abc-12345678");
        assert_eq!(taken(b"Abc-12345678 ").unwrap().expose(), "Abc-12345678 ");
        for bytes in [
            &b""[..],
            b"\n",
            b"a\nb",
            b"a\0b",
            &[0xff, 0xfe],
            &[b'a'; 5000],
        ] {
            assert!(taken(bytes).is_err());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        std::fs::write(&path, "Abc-12345678\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(
            read_file(&path)
                .unwrap_err()
                .remedy()
                .starts_with("chmod 600")
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read_file(&path).is_ok());
        let link = folder.path().join("l");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(read_file(&link).is_err());
    }

    #[test]
    fn generated_ones_pass_the_rules() {
        for args in [
            PasswordArgs::default(),
            PasswordArgs {
                length: Some(12),
                ..Default::default()
            },
            PasswordArgs {
                words: Some(5),
                ..Default::default()
            },
        ] {
            let secret = args.generate(20).unwrap();
            assert!(password::check(secret.expose(), "ada@contoso.com").is_ok());
            assert!(check(&secret, "ada@contoso.com").is_ok());
        }
        assert_eq!(PasswordArgs::default().generate(32).unwrap().chars(), 32);
    }
}
