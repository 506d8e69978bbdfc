//! Scopes: what a client may ask for in one request, and what it is granted.
//!
//! Owns the rules "one resource", "`.default` alone" and "only what was consented"; knows neither people nor tokens.

use serde::{Deserialize, Serialize};

use super::aadsts::{self, Refusal};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::tenant::ClientApp;
use crate::sandbox::tenant::apps::GRAPH_APP_ID;

/// Whether a token for `resource` is meant for the Graph of this sandbox.
pub(in crate::sandbox) fn is_graph(resource: &str, origin: &str, cloud: Cloud) -> bool {
    let resource = resource.trim_end_matches('/');
    let twin = origin.replacen("127.0.0.1", "localhost", 1);
    resource == origin || resource == twin || resource == GRAPH_APP_ID || resource == cloud.graph()
}

/// What a request asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The resource as it was spelled, without a trailing slash.
    pub(super) resource: String,
    /// Whether names were spelled with the resource in front; the answer repeats the manner.
    prefixed: bool,
    /// `.default` instead of names.
    pub(super) default: bool,
    /// Named permissions of the resource.
    names: Vec<String>,
    /// OpenID Connect scopes, without `offline_access`.
    oidc: Vec<String>,
    /// Whether a refresh token is wanted.
    pub(super) offline: bool,
}

impl Asked {
    /// Reads a `scope` parameter.
    pub(super) fn parse(text: &str, origin: &str, cloud: Cloud) -> Result<Self, Refusal> {
        let mut asked = Self {
            resource: String::new(),
            prefixed: false,
            default: false,
            names: Vec::new(),
            oidc: Vec::new(),
            offline: false,
        };
        for word in text.split_ascii_whitespace() {
            match word {
                "offline_access" => asked.offline = true,
                "openid" | "profile" | "email" => asked.oidc.push(word.to_owned()),
                _ => asked.take(word, origin, cloud)?,
            }
        }
        if asked.default && !asked.names.is_empty() {
            return Err(invalid(
                ".default scope can't be combined with resource-specific scopes.",
                text,
            ));
        }
        if asked.resource.is_empty() {
            if asked.oidc.is_empty() {
                return Err(invalid("No scope of a resource was asked for.", text));
            }
            GRAPH_APP_ID.clone_into(&mut asked.resource);
        }
        Ok(asked)
    }

    fn take(&mut self, word: &str, origin: &str, cloud: Cloud) -> Result<(), Refusal> {
        let (resource, name) = match word.rsplit_once('/') {
            Some((resource, name)) => (resource.trim_end_matches('/'), name),
            None => (GRAPH_APP_ID, word),
        };
        if name.is_empty() {
            return Err(invalid("A scope is empty.", word));
        }
        if !is_graph(resource, origin, cloud) {
            return Err(Refusal::about(aadsts::RESOURCE_UNKNOWN, resource));
        }
        if !self.resource.is_empty() && self.resource != resource {
            return Err(invalid("It contains more than one resource.", word));
        }
        resource.clone_into(&mut self.resource);
        self.prefixed |= word.contains('/');
        if name == ".default" {
            self.default = true
        } else {
            self.names.push(name.to_owned())
        }
        Ok(())
    }

    /// Whether an id_token is wanted.
    pub(super) fn wants_id_token(&self) -> bool {
        self.oidc.iter().any(|scope| scope == "openid")
    }

    /// Permissions for the token's `scp`, or 65001 when the application holds no consent for one of them.
    pub(super) fn granted(&self, client: &ClientApp) -> Result<Vec<String>, Refusal> {
        let missing = || Refusal::about(aadsts::CONSENT_MISSING, &client.client_id);
        let mut granted = Vec::new();
        if self.default {
            granted.clone_from(&client.scopes);
            if granted.is_empty() {
                return Err(missing());
            }
        }
        for name in &self.names {
            let consented = client
                .scopes
                .iter()
                .find(|scope| scope.eq_ignore_ascii_case(name))
                .ok_or_else(missing)?;
            granted.push(consented.clone());
        }
        Ok(granted)
    }

    /// The `scope` of the answer: granted permissions in the manner of the request, then the OpenID Connect scopes.
    pub(super) fn answer(&self, granted: &[String]) -> String {
        let mut words: Vec<String> = granted
            .iter()
            .map(|name| {
                if self.prefixed {
                    format!("{}/{name}", self.resource)
                } else {
                    name.clone()
                }
            })
            .collect();
        words.extend(self.oidc.iter().cloned());
        words.join(" ")
    }

    /// The token's `scp`.
    pub(super) fn scp(&self, granted: &[String]) -> String {
        let mut words: Vec<&str> = granted
            .iter()
            .chain(&self.oidc)
            .map(String::as_str)
            .collect();
        words.sort_unstable();
        words.dedup();
        words.join(" ")
    }
}

/// The resource of a client credentials request: exactly one `{resource}/.default`.
pub(super) fn app_resource(text: &str, origin: &str, cloud: Cloud) -> Result<String, Refusal> {
    let wrong = || Refusal::about(aadsts::SCOPE_NOT_DEFAULT, text);
    let mut words = text.split_ascii_whitespace();
    let (Some(word), None) = (words.next(), words.next()) else {
        return Err(wrong());
    };
    let resource = word
        .strip_suffix("/.default")
        .ok_or_else(wrong)?
        .trim_end_matches('/');
    if !is_graph(resource, origin, cloud) && resource != cloud.vault() {
        return Err(Refusal::about(aadsts::RESOURCE_UNKNOWN, resource));
    }
    Ok(resource.to_owned())
}

fn invalid(why: &str, scope: &str) -> Refusal {
    Refusal::about(
        aadsts::SCOPE_INVALID,
        &format!("The scope '{scope}' is not valid. {why}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "http://127.0.0.1:4711";

    fn client(scopes: &[&str]) -> ClientApp {
        ClientApp {
            client_id: "c".into(),
            display_name: "C".into(),
            service_principal_id: "s".into(),
            public_client: true,
            redirect_uris: Vec::new(),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            app_roles: Vec::new(),
            enabled: true,
        }
    }

    fn code(text: &str) -> u32 {
        Asked::parse(text, ORIGIN, Cloud::Global)
            .unwrap_err()
            .row
            .code
    }

    #[test]
    fn default_takes_all_consented_scopes_in_the_manner_of_the_request() {
        let asked = Asked::parse(
            &format!("{ORIGIN}/.default offline_access openid profile"),
            ORIGIN,
            Cloud::Global,
        )
        .unwrap();
        assert!(asked.offline && asked.wants_id_token() && asked.default);
        let granted = asked
            .granted(&client(&["User.Read", "AuditLog.Read.All"]))
            .unwrap();
        assert_eq!(
            asked.answer(&granted),
            format!("{ORIGIN}/User.Read {ORIGIN}/AuditLog.Read.All openid profile")
        );
        assert_eq!(
            asked.scp(&granted),
            "AuditLog.Read.All User.Read openid profile"
        );
    }

    #[test]
    fn names_are_spelled_as_registered_and_bare_ones_mean_graph() {
        let asked = Asked::parse("user.read", ORIGIN, Cloud::Global).unwrap();
        assert_eq!(asked.resource, GRAPH_APP_ID);
        let granted = asked.granted(&client(&["User.Read"])).unwrap();
        assert_eq!(asked.answer(&granted), "User.Read");
    }

    #[test]
    fn breaches_of_the_scope_rules_have_their_numbers() {
        assert_eq!(
            code(&format!("{ORIGIN}/.default {ORIGIN}/User.Read")),
            70011
        );
        assert_eq!(
            code(&format!(
                "{ORIGIN}/User.Read https://graph.microsoft.com/User.Read"
            )),
            70011
        );
        assert_eq!(code("https://vault.azure.net/.default"), 500_011);
        assert_eq!(code("offline_access"), 70011);
        let asked = Asked::parse("User.Read Mail.Send", ORIGIN, Cloud::Global).unwrap();
        assert_eq!(
            asked.granted(&client(&["User.Read"])).unwrap_err().row.code,
            65001
        );
        assert_eq!(
            Asked::parse(&format!("{ORIGIN}/.default"), ORIGIN, Cloud::Global)
                .unwrap()
                .granted(&client(&[]))
                .unwrap_err()
                .row
                .code,
            65001
        );
    }

    #[test]
    fn client_credentials_take_default_and_nothing_beside_it() {
        assert_eq!(
            app_resource("https://graph.microsoft.us/.default", ORIGIN, Cloud::UsGov).unwrap(),
            "https://graph.microsoft.us"
        );
        assert_eq!(
            app_resource(&format!("{ORIGIN}/User.Read"), ORIGIN, Cloud::Global)
                .unwrap_err()
                .row
                .code,
            1_002_012
        );
        assert_eq!(
            app_resource(&format!("{ORIGIN}/.default openid"), ORIGIN, Cloud::Global)
                .unwrap_err()
                .row
                .code,
            1_002_012
        );
        for (audience, cloud) in [
            ("https://vault.azure.net", Cloud::Global),
            ("https://vault.usgovcloudapi.net", Cloud::UsGovDod),
            ("https://vault.azure.cn", Cloud::China),
        ] {
            let scope = format!("{audience}/.default");
            assert!(app_resource(&scope, ORIGIN, cloud).is_ok());
            let elsewhere = if cloud == Cloud::China {
                Cloud::UsGov
            } else {
                Cloud::China
            };
            assert_eq!(
                app_resource(&scope, ORIGIN, elsewhere)
                    .unwrap_err()
                    .row
                    .code,
                500_011
            );
        }
        assert_eq!(
            app_resource("https://storage.azure.com/.default", ORIGIN, Cloud::Global)
                .unwrap_err()
                .row
                .code,
            500_011
        );
    }
}
