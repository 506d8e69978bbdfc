//! `keyvault:VAULT/NAME`: a version of a secret in Azure Key Vault, disabled until the change is proven.
//!
//! A disabled version holds the secret and gives it to nobody, so programs that read the newest one get no password that opens
//! nothing; it is enabled and read back once the password is in force. Old versions stay as they are; none is ever deleted.

use super::folder::plain;
use super::{Entry, Fate, Place, Standing};
use crate::error::{Error, ErrorCode, Result};
use crate::keyvault::Vault;
use crate::secret::Secret;
use serde_json::{Value, json};
use std::collections::HashMap;

/// One version whose fate is open.
struct Held {
    name: String,
    version: String,
    secret: Secret,
    tags: Value,
}

/// Versions of one run.
pub(super) struct Vaulted {
    vault: Vault,
    name: String,
    many: bool,
    held: HashMap<String, Held>,
}

impl Vaulted {
    pub(super) fn new(vault: Vault, name: &str, many: bool) -> Self {
        Vaulted {
            vault,
            name: name.to_owned(),
            many,
            held: HashMap::new(),
        }
    }

    /// The name for a user: object ids stay as they are, other characters become hyphens.
    fn name_for(&self, id: &str) -> Result<String> {
        if !self.many {
            return Ok(self.name.clone());
        }
        let name = format!("{}-{id}", self.name);
        if crate::keyvault::is_secret_name(&name) {
            return Ok(name);
        }
        Err(Error::new(ErrorCode::SinkRefused, format!("'{}' cannot be the name of a secret in Key Vault.", plain(&name)))
            .why("Rule: 1 to 127 letters, digits and hyphens.")
            .fix("Use a shorter name, and leave --no-preflight out, so that users are known by their object id."))
    }

    /// Looks whether the vault is there and takes the token; changes nothing.
    pub(super) async fn check(&self) -> Result<()> {
        self.vault.reach(&self.name).await
    }

    pub(super) async fn stage(&mut self, entry: &Entry<'_>, standing: Standing) -> Result<()> {
        let name = self.name_for(entry.id)?;
        let enabled = standing != Standing::NotYet;
        let mut tags = json!({
            "account": entry.upn,
            "objectId": entry.id,
            "operationId": entry.operation_id,
            "what": entry.what,
            "state": if enabled { "handedOver" } else { "pending" },
        });
        let version = self.vault.set(&name, entry.secret, enabled, &tags).await?;
        if !self.vault.holds(&name, &version, enabled).await? {
            return Err(Error::new(
                ErrorCode::SinkRefused,
                format!(
                    "Vault {} does not list the version that was set.",
                    self.vault.named()
                ),
            )
            .fix("Use another destination."));
        }
        if enabled {
            return Ok(());
        }
        tags["state"] = Value::Null;
        let held = Held {
            name,
            version,
            secret: entry.secret.clone(),
            tags,
        };
        self.held.insert(entry.id.to_owned(), held);
        Ok(())
    }

    /// Enables what is in force; marks the rest, which stays disabled.
    pub(super) async fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        let Some(mut held) = self.held.remove(id) else {
            return Ok(());
        };
        let (enabled, state) = match fate {
            Fate::InForce => (true, "inForce"),
            Fate::NotInForce => (false, "notInForce"),
            Fate::Unknown => (false, "unknown"),
        };
        held.tags["state"] = json!(state);
        let done = self.finish(&held, enabled).await;
        done.map_err(|error| {
            Error::new(ErrorCode::SinkRefused, error.message().to_owned())
                .why(format!(
                    "{} The secret is in version {}, which is disabled; enable it with: az keyvault secret set-attributes --vault-name {} --name {} --version {} --enabled true",
                    error.cause().unwrap_or_default(),
                    held.version,
                    self.vault.named(),
                    held.name,
                    held.version
                ))
                .service(error.said().clone())
        })
    }

    async fn finish(&self, held: &Held, enabled: bool) -> Result<()> {
        self.vault
            .update(&held.name, &held.version, enabled, &held.tags)
            .await?;
        if !enabled {
            return Ok(());
        }
        let back = self.vault.get(&held.name, &held.version).await?;
        if back.expose() == held.secret.expose() {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::SinkRefused,
            format!(
                "Vault {} gives another secret than was put in.",
                self.vault.named()
            ),
        ))
    }

    pub(super) fn place(&self) -> Place {
        let name = if self.many {
            format!("{}-<object id>", self.name)
        } else {
            self.name.clone()
        };
        Place {
            kind: "keyvault",
            location: Some(format!("{}/{name}", self.vault.named())),
            recipients: Vec::new(),
        }
    }
}
