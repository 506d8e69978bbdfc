//! How an app is used once it is there: the consent link, and the settings of people and jobs.

use super::wanted::Wanted;
use crate::policy::federation::{Service, audience};
use crate::policy::permissions::Kind;

/// Where an administrator consents to everything the registration declares. Source: Microsoft Learn "Grant tenant-wide admin consent
/// to an application", read 2026-07.
pub(super) fn consent_link_of(login: &str, tenant: &str, app: &str) -> String {
    format!("{login}/{tenant}/adminconsent?client_id={app}")
}

/// Settings with which the app is used: lines of the configuration file for people, variables of the environment for jobs.
pub(super) fn configuration(
    wanted: &Wanted,
    app: &str,
    tenant: &str,
) -> Vec<(&'static str, String)> {
    let app_and =
        |tenant_key, app_key| vec![(tenant_key, tenant.to_owned()), (app_key, app.to_owned())];
    if wanted.kind == Kind::Person {
        let mut lines = app_and("tenant", "client-id");
        if wanted.cloud.name() != "global" {
            lines.push(("cloud", wanted.cloud.name().to_owned()));
        }
        return lines;
    }
    let mut lines = app_and("AZURE_TENANT_ID", "AZURE_CLIENT_ID");
    if wanted.certificate.is_some() {
        lines.push((
            "AZURE_CLIENT_CERTIFICATE_PATH",
            "a file with the certificate and its private key".to_owned(),
        ));
    }
    let Some(federation) = wanted.federations.first() else {
        return lines;
    };
    match federation.service {
        Service::GitHub => {}
        Service::AzureDevOps => {
            lines.push(("SYSTEM_ACCESSTOKEN", "$(System.AccessToken)".to_owned()));
        }
        Service::GitLab | Service::Kubernetes | Service::Other => lines.push((
            "AZURE_FEDERATED_TOKEN_FILE",
            format!(
                "a file with the token, whose audience is {}",
                audience(wanted.cloud)
            ),
        )),
    }
    lines
}

/// How the configuration is to be used, in lines.
pub(super) fn lines(kind: Kind, configuration: &[(&'static str, String)]) -> Vec<String> {
    if configuration.is_empty() {
        return Vec::new();
    }
    let (first, between, quote) = match kind {
        Kind::Person => ("In config.toml: [profile.default]", " = ", "\""),
        Kind::App => ("In the environment of the job:", "=", ""),
    };
    let mut lines = vec![first.to_owned()];
    lines.extend(
        configuration
            .iter()
            .map(|(key, value)| format!("  {key}{between}{quote}{value}{quote}")),
    );
    lines
}
