//! The settings as a list for people: name, value, and where it came from. Holds no secret.

use super::{Given, Settings};
use url::Url;

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its name, as a JSON key.
    pub name: &'static str,
    /// Its value; `None` when it is not set.
    pub value: Option<String>,
    /// Where it came from.
    pub from: Given,
}

/// Variables that decide how the network is reached.
const NETWORK: &[(&str, &[&str])] = &[
    ("httpsProxy", &["HTTPS_PROXY", "https_proxy"]),
    ("httpProxy", &["HTTP_PROXY", "http_proxy"]),
    ("allProxy", &["ALL_PROXY", "all_proxy"]),
    ("noProxy", &["NO_PROXY", "no_proxy"]),
    ("sslCertFile", &["SSL_CERT_FILE"]),
    ("sslCertDir", &["SSL_CERT_DIR"]),
];

impl Settings {
    /// Every setting with its value and where it came from, in the order of the documentation.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        let one = |name, value: Option<String>, from| Told { name, value, from };
        let path = |path: &Option<std::path::PathBuf>| {
            path.as_ref().map(|path| path.display().to_string())
        };
        let folder = |own: &str| {
            if self.env.get(own).is_some() {
                Given::Environment
            } else {
                Given::Default
            }
        };
        let given = |value: &Option<(String, Given)>| match value {
            Some((value, from)) => (Some(value.clone()), *from),
            None => (None, Given::Default),
        };
        let tenant = self
            .tenant
            .as_ref()
            .map(|(tenant, from)| (tenant.as_str().to_owned(), *from));
        let (tenant, tenant_from) = given(&tenant);
        let (client_id, client_from) = given(&self.client_id);
        let mut all = vec![
            one("profile", self.profile_name.clone(), self.from.profile),
            one("tenant", tenant, tenant_from),
            one("clientId", client_id, client_from),
            one("auth", Some(self.auth.0.word().to_owned()), self.auth.1),
            one(
                "cloud",
                Some(self.endpoints.cloud.name().to_owned()),
                self.from.cloud,
            ),
            one(
                "loginEndpoint",
                Some(self.endpoints.login.to_string()),
                self.from.login,
            ),
            one(
                "graphEndpoint",
                Some(self.endpoints.graph.to_string()),
                self.from.graph,
            ),
            one("caFile", path(&self.ca_file), self.from.ca_file),
            one(
                "configDir",
                path(&self.config_dir),
                folder("ADMIN_RESET_CONFIG_DIR"),
            ),
            one(
                "stateDir",
                path(&self.state_dir),
                folder("ADMIN_RESET_STATE_DIR"),
            ),
        ];
        all.extend(NETWORK.iter().filter_map(|(name, variables)| {
            let value = variables
                .iter()
                .find_map(|variable| self.env.get(variable))?;
            Some(one(name, Some(without_password(value)), Given::Environment))
        }));
        all
    }
}

/// A proxy as it may be shown: its user and password are left out.
fn without_password(value: &str) -> String {
    match Url::parse(value) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            if url.set_username("").is_err() || url.set_password(None).is_err() {
                return "(not shown: it holds a password)".to_owned();
            }
            format!(
                "{} (with a user and password)",
                url.as_str().trim_end_matches('/')
            )
        }
        _ if value.contains('@') => match value.rsplit_once('@') {
            Some((_, rest)) => format!("{rest} (with a user and password)"),
            None => String::new(),
        },
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::GlobalArgs;
    use crate::settings::Env;

    #[test]
    fn every_value_says_where_it_came_from_and_no_password_is_shown() {
        let args = GlobalArgs {
            tenant: Some("contoso.com".into()),
            ..GlobalArgs::default()
        };
        let env = Env::of(&[
            ("AZURE_CLIENT_ID", "8f782a37-d311-48b0-a63f-d8303f27f739"),
            ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us"),
            ("HTTPS_PROXY", "http://ada:canary@proxy.example:3128"),
            ("http_proxy", "ada:canary@proxy.example:3128"),
            ("ADMIN_RESET_STATE_DIR", "/state"),
        ]);
        let settings = Settings::resolve(&args, env).unwrap();
        let told = settings.told();
        let find = |name: &str| {
            let one = told.iter().find(|one| one.name == name).unwrap();
            (one.value.as_deref(), one.from)
        };
        assert_eq!(find("tenant"), (Some("contoso.com"), Given::Flag));
        assert_eq!(find("clientId").1, Given::Environment);
        assert_eq!(find("auth"), (Some("auto"), Given::Default));
        assert_eq!(find("cloud"), (Some("usgov"), Given::Environment));
        assert_eq!(
            find("graphEndpoint"),
            (Some("https://graph.microsoft.us"), Given::Environment)
        );
        assert_eq!(find("caFile"), (None, Given::Default));
        assert_eq!(find("stateDir"), (Some("/state"), Given::Environment));
        assert_eq!(
            find("httpsProxy").0,
            Some("http://proxy.example:3128 (with a user and password)")
        );
        assert!(!format!("{told:?}").contains("canary"), "{told:?}");
    }
}
