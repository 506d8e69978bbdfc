//! Accounts and tenants that were used on this machine: sign-ins, profiles and journal of this tool, and the profile file of the Azure CLI. Reads
//! files of names only, never one that holds a token, and writes nothing.

use super::report::Account;
use crate::journal::{self, Record};
use crate::policy::Cloud;
use crate::settings::Settings;
use crate::sign_ins;
use serde::Deserialize;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Largest profile file that is read.
const LIMIT: u64 = 16 * 1024 * 1024;

/// `azureProfile.json`, as far as it is of interest.
#[derive(Deserialize)]
struct AzureProfile {
    #[serde(default)]
    subscriptions: Vec<Subscription>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscription {
    user: Option<AzureUser>,
    tenant_id: Option<String>,
    tenant_default_domain: Option<String>,
    environment_name: Option<String>,
}

#[derive(Deserialize)]
struct AzureUser {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Everything that is known here, each once.
pub(super) fn accounts(settings: &Settings) -> Vec<Account> {
    let mut all = kept(settings);
    all.extend(azure_cli(settings));
    all.extend(journal(settings));
    all.extend(profiles(settings));
    let mut once: Vec<Account> = Vec::new();
    for account in all {
        let known = once.iter().any(|one| {
            one.source == account.source
                && one.user_principal_name == account.user_principal_name
                && one.tenant == account.tenant
        });
        if !known {
            once.push(account);
        }
    }
    once
}

/// Sign-ins of this tool; the file names accounts and holds no token.
fn kept(settings: &Settings) -> Vec<Account> {
    let Some(folder) = &settings.state_dir else {
        return Vec::new();
    };
    // A broken file is for `login` to complain about; here it only knows nobody.
    sign_ins::all(folder)
        .unwrap_or_default()
        .into_iter()
        .map(|one| Account {
            source: "sign-in",
            place: format!("profile {}", one.profile),
            cloud: Cloud::by_name(&one.cloud).map(Cloud::name),
            user_principal_name: one.user_principal_name,
            tenant: Some(one.tenant),
        })
        .collect()
}

fn azure_cli(settings: &Settings) -> Vec<Account> {
    let Some(path) = azure_profile(settings) else {
        return Vec::new();
    };
    let Some(text) = small_file(&path) else {
        return Vec::new();
    };
    // The Azure CLI writes a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let Ok(profile) = serde_json::from_str::<AzureProfile>(text) else {
        return Vec::new();
    };
    profile
        .subscriptions
        .into_iter()
        .filter_map(|one| {
            let user = one.user?;
            let is_person = user.kind.as_deref() == Some("user");
            Some(Account {
                source: "azure-cli",
                user_principal_name: user
                    .name
                    .filter(|name| is_person && name.contains('@'))?
                    .into(),
                tenant: one.tenant_default_domain.or(one.tenant_id),
                cloud: one.environment_name.as_deref().and_then(cloud),
                place: path.display().to_string(),
            })
        })
        .collect()
}

fn azure_profile(settings: &Settings) -> Option<PathBuf> {
    let env = &settings.env;
    let folder = env.get("AZURE_CONFIG_DIR").map(PathBuf::from).or_else(|| {
        let home = env.get("HOME").or_else(|| env.get("USERPROFILE"))?;
        Some(Path::new(home).join(".azure"))
    })?;
    Some(folder.join("azureProfile.json"))
}

/// Names of clouds as the Azure CLI has them.
fn cloud(name: &str) -> Option<&'static str> {
    match name {
        "AzureCloud" => Some("global"),
        "AzureUSGovernment" => Some("usgov"),
        "AzureChinaCloud" => Some("china"),
        _ => None,
    }
}

fn small_file(path: &Path) -> Option<String> {
    let about = std::fs::metadata(path).ok()?;
    if !about.is_file() || about.len() > LIMIT {
        return None;
    }
    std::fs::read_to_string(path).ok()
}

/// Who acted, and which accounts were acted on.
fn journal(settings: &Settings) -> Vec<Account> {
    let Some(path) = settings
        .state_dir
        .as_ref()
        .map(|folder| folder.join(journal::FILE))
    else {
        return Vec::new();
    };
    let Some(file) = std::fs::metadata(&path)
        .ok()
        .filter(std::fs::Metadata::is_file)
        .and_then(|_| std::fs::File::open(&path).ok())
    else {
        return Vec::new();
    };
    let mut found: Vec<Account> = Vec::new();
    for line in BufReader::new(file)
        .lines()
        .map_while(std::result::Result::ok)
    {
        let Ok(record) = serde_json::from_str::<Record>(&line) else {
            continue;
        };
        let target = record.target.and_then(|target| target.user_principal_name);
        for name in [record.caller, target].into_iter().flatten() {
            let known = found
                .iter()
                .any(|one| one.user_principal_name.as_deref() == Some(&name));
            if name.contains('@') && !known {
                found.push(Account {
                    source: "journal",
                    user_principal_name: Some(name),
                    tenant: record.tenant.clone(),
                    cloud: None,
                    place: path.display().to_string(),
                });
            }
        }
    }
    found
}

fn profiles(settings: &Settings) -> Vec<Account> {
    let place = settings
        .config_dir
        .as_ref()
        .map(|folder| folder.join("config.toml").display().to_string())
        .unwrap_or_default();
    settings
        .profiles()
        .into_iter()
        .filter_map(|(name, profile)| {
            Some(Account {
                source: "profile",
                user_principal_name: None,
                tenant: Some(profile.tenant?),
                cloud: profile
                    .cloud
                    .as_deref()
                    .and_then(Cloud::by_name)
                    .map(Cloud::name),
                place: format!("{place} [profile.{name}]"),
            })
        })
        .collect()
}
