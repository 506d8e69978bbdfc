//! Names of vaults and of secrets in them. Pure; sends nothing.

use crate::http::cloud::Cloud;

/// Domain of the vaults of a cloud; the audience of their tokens is `https://` and this.
/// Source: Key Vault documentation "Access Azure Key Vault behind a firewall" and "Authentication, requests and responses".
#[must_use]
pub fn domain(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Global => "vault.azure.net",
        Cloud::UsGov | Cloud::UsGovDod => "vault.usgovcloudapi.net",
        Cloud::China => "vault.azure.cn",
    }
}

/// The host of a vault that was named, or given by its host; nothing but a vault of the cloud.
pub fn host(named: &str, cloud: Cloud) -> Result<String, String> {
    let domain = domain(cloud);
    let lower = named.to_ascii_lowercase();
    let name = match lower
        .strip_suffix(domain)
        .and_then(|rest| rest.strip_suffix('.'))
    {
        Some(name) => name,
        None if lower.contains('.') => {
            return Err(format!("a vault of this cloud is called NAME.{domain}"));
        }
        None => &lower,
    };
    let fine = (3..=24).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.ends_with('-')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fine {
        Ok(format!("{name}.{domain}"))
    } else {
        Err(
            "the name of a vault has 3 to 24 letters, digits and hyphens, and begins with a letter"
                .to_owned(),
        )
    }
}

/// Whether a secret can be called so.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    (1..=127).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vault_is_one_of_its_cloud() {
        assert_eq!(
            host("Ops-Vault", Cloud::Global).unwrap(),
            "ops-vault.vault.azure.net"
        );
        assert_eq!(
            host("ops.vault.azure.net", Cloud::Global).unwrap(),
            "ops.vault.azure.net"
        );
        assert_eq!(host("ops", Cloud::China).unwrap(), "ops.vault.azure.cn");
        assert_eq!(
            host("ops", Cloud::UsGovDod).unwrap(),
            "ops.vault.usgovcloudapi.net"
        );
        for (named, cloud) in [
            ("ops.vault.azure.net", Cloud::China),
            ("evil.com", Cloud::Global),
            ("a.b.vault.azure.net", Cloud::Global),
            ("vault.azure.net", Cloud::Global),
            ("evilvault.azure.net", Cloud::Global),
            ("ops:8443", Cloud::Global),
            ("ops@x", Cloud::Global),
            ("1ops", Cloud::Global),
            ("op", Cloud::Global),
            ("ops-", Cloud::Global),
        ] {
            assert!(host(named, cloud).is_err(), "{named}");
        }
        assert!(
            is_secret_name("ada-1")
                && !is_secret_name("ada_1")
                && !is_secret_name("")
                && !is_secret_name(&"a".repeat(128))
        );
    }
}
