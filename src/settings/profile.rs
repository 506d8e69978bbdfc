//! `config.toml`: one section a profile. Holds no secret.

use super::bad_config;
use crate::error::Result;
use serde::Deserialize;
use std::collections::BTreeMap;
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

pub(super) fn read(config_dir: Option<&Path>, name: Option<&str>) -> Result<Profile> {
    let path = config_dir.map(|folder| folder.join("config.toml"));
    let text = match &path {
        None => None,
        Some(path) => match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => None,
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
        return match name {
            None => Ok(Profile::default()),
            Some(name) => Err(bad_config(
                format!("There is no profile '{name}'."),
                "Create config.toml with a [profile.NAME] section, or leave --profile out.",
            )),
        };
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
    match name {
        Some(name) => file.profile.remove(name).ok_or_else(|| {
            let known: Vec<&str> = file.profile.keys().map(String::as_str).collect();
            bad_config(
                format!("There is no profile '{name}' in {shown}."),
                &format!(
                    "Use one of: {}.",
                    if known.is_empty() {
                        "none is defined".to_owned()
                    } else {
                        known.join(", ")
                    }
                ),
            )
        }),
        None => Ok(file.profile.remove("default").unwrap_or_default()),
    }
}
