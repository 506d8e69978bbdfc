//! The kept sign-in of the profile: whether a command acts with it, and if not, why and what to do.

use super::choose::Chooser;
use crate::error::Result;
use crate::http::cloud::Cloud;
use crate::sign_ins::{self, DEFAULT_PROFILE, Other, SignIn};

impl Chooser<'_> {
    /// What is kept under the name of the profile.
    pub(super) fn record(&self) -> Result<Option<SignIn>> {
        let Some(folder) = self
            .settings
            .state_dir
            .as_deref()
            .filter(|_| !self.settings.sandbox)
        else {
            return Ok(None);
        };
        let profile = self
            .settings
            .profile_name
            .as_deref()
            .unwrap_or(DEFAULT_PROFILE);
        sign_ins::of(folder, profile)
    }

    /// The kept sign-in of the profile, when it fits what was said otherwise.
    pub(super) fn kept(&self) -> Result<Option<SignIn>> {
        let Some(record) = self.record()? else {
            return Ok(None);
        };
        match self.unfit(&record) {
            None => Ok(Some(record)),
            Some((why, _)) => {
                self.console.note(&why);
                Ok(None)
            }
        }
    }

    /// Why a kept sign-in is not the one for this command, and what to do about it.
    pub(super) fn unfit(&self, record: &SignIn) -> Option<(String, String)> {
        let name = record.name();
        let endpoints = &self.settings.endpoints;
        if record.login_endpoint != endpoints.login.to_string()
            || record.graph_endpoint != endpoints.graph.to_string()
        {
            let place = |cloud: Option<Cloud>, custom: bool, graph: &str| match cloud {
                Some(cloud) if !custom => cloud.title().to_owned(),
                _ => graph.to_owned(),
            };
            let there = place(
                Cloud::by_name(&record.cloud),
                record.custom_endpoints,
                &record.graph_endpoint,
            );
            let here = place(
                Some(endpoints.cloud),
                endpoints.custom,
                &endpoints.graph.to_string(),
            );
            let sign_in = if endpoints.custom {
                "admin-reset login --profile NAME".to_owned()
            } else {
                format!(
                    "admin-reset login --cloud {} --profile NAME",
                    endpoints.cloud
                )
            };
            return Some((
                format!(
                    "The kept sign-in of {name} is for {there}, and this command goes to {here}."
                ),
                format!(
                    "Leave --cloud and the endpoints out to go where the sign-in is, or keep one for here beside it with `{sign_in}`."
                ),
            ));
        }
        let client_id = self.settings.client_id.as_ref();
        let tenant = self.settings.tenant.as_ref();
        let other = record.is_for_other(
            client_id.map(|(id, _)| id.as_str()),
            tenant.map(|(tenant, _)| tenant.as_str()),
        )?;
        let (what, flag, value) = match other {
            Other::App => ("app", "--client-id", &record.client_id),
            Other::Tenant => ("tenant", "--tenant", &record.tenant),
        };
        Some((
            format!("The kept sign-in of {name} is for another {what} ({value})."),
            format!(
                "Leave {flag} out to act with the sign-in that is kept, or keep another one beside it with `admin-reset login {flag} ID --profile NAME`."
            ),
        ))
    }
}
