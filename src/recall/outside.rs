//! Places that are no files: the keyring, and the versions of a vault that wait for their password to be in force.

use super::{EACH, Recall};
use crate::error::{Error, ErrorCode, Result};
use crate::keyvault::{Listed, Vault};
use crate::secret::Secret;
use crate::sink;
use serde_json::json;

impl Recall<'_> {
    /// The version of a vault that the operation set: a disabled one is enabled for the moment it is read.
    pub(super) async fn vaulted(
        &self,
        place: &str,
        id: &str,
        operation_id: &str,
    ) -> Result<Secret> {
        let (vault, name, listed) = self.version(place, id, operation_id).await?;
        let Some(listed) = listed else {
            return Err(Error::new(
                ErrorCode::SealBroken,
                format!("Vault {} has no version of this operation.", vault.named()),
            ));
        };
        if listed.enabled {
            return vault.get(&name, &listed.version).await;
        }
        vault
            .update(&name, &listed.version, true, &listed.tags)
            .await?;
        let secret = vault.get(&name, &listed.version).await;
        vault
            .update(&name, &listed.version, false, &listed.tags)
            .await?;
        secret
    }

    async fn version(
        &self,
        place: &str,
        id: &str,
        operation_id: &str,
    ) -> Result<(Vault, String, Option<Listed>)> {
        let (vault, name) = place.split_once('/').unwrap_or((place, ""));
        let name = name.replace(EACH, id);
        let vault = self.context.vault(vault)?;
        let found = vault.versions(&name).await?.into_iter().find(|one| {
            one.tags["operationId"] == json!(operation_id)
                && one.tags["state"] != json!("notInForce")
        });
        Ok((vault, name, found))
    }

    /// The password is in force now: versions in a vault that waited for that are enabled.
    pub(crate) async fn in_force(
        &self,
        places: &[String],
        id: &str,
        operation_id: &str,
    ) -> Result<()> {
        for place in places {
            let Some(place) = place.strip_prefix("keyvault:") else {
                continue;
            };
            let (vault, name, found) = self.version(place, id, operation_id).await?;
            let Some(mut found) = found.filter(|one| one.tags["state"] != json!("inForce")) else {
                continue;
            };
            found.tags["state"] = json!("inForce");
            vault
                .update(&name, &found.version, true, &found.tags)
                .await
                .map_err(|error| error.recode(ErrorCode::SecretNotDelivered))?;
        }
        Ok(())
    }

    /// Whether a keyring or a vault holds the password of an operation.
    pub(crate) async fn has(&self, place: &str, id: &str, operation_id: &str) -> bool {
        match place.split_once(':') {
            Some(("keyring", name)) => {
                let console = self.context.console.clone();
                sink::read_keyring(&name.replace(EACH, id), console).is_ok()
            }
            Some(("keyvault", rest)) => {
                matches!(
                    self.version(rest, id, operation_id).await,
                    Ok((.., Some(_)))
                )
            }
            _ => false,
        }
    }
}
