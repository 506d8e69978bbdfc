//! `config.toml`: one section a profile. Holds no secret.

use super::bad_config;
use crate::error::{Error, ErrorCode, Result};
use crate::sign_ins::SignIn;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// One profile of `config.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Tenant id or domain.
    pub tenant: Option<String>,
    /// Client id of the app registration, or `graph-cli`.
    pub client_id: Option<String>,
    /// National cloud.
    pub cloud: Option<String>,
    /// How to sign in.
    pub auth: Option<String>,
    /// Login endpoint of a private or emulated cloud.
    pub login_endpoint: Option<String>,
    /// Graph endpoint of a private or emulated cloud.
    pub graph_endpoint: Option<String>,
    /// PEM file of a private certificate authority.
    pub ca_file: Option<PathBuf>,
    /// Output format.
    pub output: Option<String>,
    /// Age recipients of sealed copies, or `@FILE` with a list of them.
    #[serde(default)]
    pub escrow_recipients: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

/// Every profile, for lists; a file that is missing or broken has none.
pub(super) fn all(config_dir: Option<&Path>) -> Vec<(String, Profile)> {
    config_dir
        .and_then(|folder| std::fs::read_to_string(folder.join("config.toml")).ok())
        .and_then(|text| toml::from_str::<ConfigFile>(&text).ok())
        .map(|file| file.profile.into_iter().collect())
        .unwrap_or_default()
}

/// The profile of this name. One that only `login` made is what its sign-in says; `may_be_new` lets a name pass that nobody knows.
pub(super) fn read(
    config_dir: Option<&Path>,
    name: Option<&str>,
    signed_in: impl Fn(&str) -> Option<Result<SignIn>>,
    may_be_new: bool,
) -> Result<Profile> {
    let (found, known) = written(config_dir, name)?;
    match (found, name) {
        (Some(profile), _) => Ok(profile),
        (None, None) => Ok(Profile::default()),
        (None, Some(name)) => match signed_in(name) {
            Some(record) => Ok(Profile::of(record?)),
            None if may_be_new => {
                check_name(name)?;
                Ok(Profile::default())
            }
            None => Err(bad_config(
                format!("There is no profile '{}'.", name.escape_debug()),
                &format!(
                    "{}Write a section [profile.NAME] into config.toml, or make the profile with `admin-reset login --profile NAME`.",
                    if known.is_empty() {
                        String::new()
                    } else {
                        format!("Use one of: {}. ", known.join(", "))
                    }
                ),
            )),
        },
    }
}

/// A name that can stand in a command line and in TOML without quotes.
fn check_name(name: &str) -> Result<()> {
    let fine = !name.is_empty()
        && name.len() <= 64
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fine {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::BadInput,
        format!("'{}' cannot be the name of a profile.", name.escape_debug()),
    )
    .why("Rule: letters, digits, - and _, at most 64 of them.")
    .fix("Choose another name for --profile."))
}

impl Profile {
    /// The recipients of sealed copies; a list that is named by a relative path stands beside `config.toml`.
    pub(super) fn escrow_recipients(&self, config_dir: Option<&Path>) -> Vec<String> {
        let whole = |name: &String| match (name.strip_prefix('@'), config_dir) {
            (Some(path), Some(folder)) => format!("@{}", folder.join(path).display()),
            _ => name.clone(),
        };
        self.escrow_recipients.iter().map(whole).collect()
    }

    /// What a sign-in that is kept says.
    pub(super) fn of(record: SignIn) -> Self {
        let custom = |origin: String| record.custom_endpoints.then_some(origin);
        Profile {
            tenant: Some(record.tenant),
            client_id: Some(record.client_id),
            cloud: Some(record.cloud),
            login_endpoint: custom(record.login_endpoint),
            graph_endpoint: custom(record.graph_endpoint),
            ..Profile::default()
        }
    }
}

/// The section of `config.toml`, `None` when there is none of that name; and the names there are.
fn written(
    config_dir: Option<&Path>,
    name: Option<&str>,
) -> Result<(Option<Profile>, Vec<String>)> {
    let path = config_dir.map(|folder| folder.join("config.toml"));
    let text = match &path {
        None => None,
        Some(path) => match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            // A home such as /dev/null has no folders at all.
            Err(cause)
                if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                None
            }
            Err(cause) => {
                return Err(bad_config(
                    format!("The configuration {} cannot be read.", path.display()),
                    "Make the file readable, or set ADMIN_RESET_CONFIG_DIR.",
                )
                .source(cause));
            }
        },
    };
    let Some(text) = text else {
        return Ok((None, Vec::new()));
    };
    let shown = path
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let mut file: ConfigFile = toml::from_str(&text).map_err(|cause| {
        bad_config(
            format!("The configuration {shown} is not understood."),
            "Correct the line that is named.",
        )
        .why(cause.message().to_owned())
    })?;
    let known = file.profile.keys().cloned().collect();
    Ok((file.profile.remove(name.unwrap_or("default")), known))
}
