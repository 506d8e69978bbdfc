//! Which login and Graph endpoints are used, and when the environment may choose them.

use super::{Env, Given, Profile, bad_config};
use crate::cli::GlobalArgs;
use crate::error::{Error, ErrorCode, Result};
use crate::http::cloud::{Cloud, Endpoints, Origin, cloud_of_graph, cloud_of_login};

/// The endpoints in use, and where cloud, login and Graph endpoint came from.
pub(super) struct Chosen {
    pub(super) endpoints: Endpoints,
    pub(super) cloud: Given,
    pub(super) login: Given,
    pub(super) graph: Given,
}

pub(super) fn endpoints(args: &GlobalArgs, env: &Env, profile: &Profile) -> Result<Chosen> {
    let (cloud, mut cloud_from) = match (args.cloud, &profile.cloud) {
        (Some(cloud), _) => (cloud, Given::Flag),
        (None, Some(text)) => (
            Cloud::by_name(text).ok_or_else(|| {
                bad_config(
                    format!("'{text}' is no cloud."),
                    "Use global, usgov, usgov-dod or china.",
                )
            })?,
            Given::Profile,
        ),
        (None, None) => (Cloud::Global, Given::Default),
    };
    let mut endpoints = Endpoints::of(cloud);
    let (mut login_from, mut graph_from) = (cloud_from, cloud_from);
    // AZURE_AUTHORITY_HOST is the Azure SDKs' name for the login endpoint. It may name any built-in cloud's host.
    let from_azure = env
        .get("AZURE_AUTHORITY_HOST")
        .filter(|_| args.cloud.is_none());
    let login = one_endpoint(
        "login endpoint",
        &args.login_endpoint,
        env.get("ADMIN_RESET_LOGIN_ENDPOINT").or(from_azure),
        &profile.login_endpoint,
    )?;
    let graph = one_endpoint(
        "Graph endpoint",
        &args.graph_endpoint,
        env.get("ADMIN_RESET_GRAPH_ENDPOINT"),
        &profile.graph_endpoint,
    )?;
    if let Some((origin, from)) = login {
        login_from = from;
        match cloud_of_login(&origin).filter(|_| from == Given::Environment) {
            // A built-in host by AZURE_AUTHORITY_HOST chooses the cloud, Graph host included.
            Some(known) => {
                endpoints = Endpoints::of(if known == Cloud::UsGov && cloud == Cloud::UsGovDod {
                    cloud
                } else {
                    (cloud_from, graph_from) = (from, from);
                    known
                })
            }
            None => {
                endpoints.custom = true;
                endpoints.login = origin;
            }
        }
    }
    if let Some((origin, from)) = graph {
        graph_from = from;
        endpoints.custom = true;
        endpoints.graph = origin;
    }
    Ok(Chosen {
        endpoints,
        cloud: cloud_from,
        login: login_from,
        graph: graph_from,
    })
}

/// One endpoint by precedence. Given the environment alone a foreign one is taken only on loopback, or when flag or profile name the
/// same origin: an injected variable would otherwise receive the client secret (security promise P6).
fn one_endpoint(
    what: &str,
    flag: &Option<String>,
    env: Option<&str>,
    profile: &Option<String>,
) -> Result<Option<(Origin, Given)>> {
    let parse = |text: &str| {
        Origin::parse_endpoint(text).map_err(|rule| {
        Error::new(ErrorCode::BadInput, format!("'{}' cannot be the {what}.", text.escape_debug()))
            .why(format!("Rule: {rule}."))
            .fix("Give an https URL without path, or http with a loopback address, such as http://127.0.0.1:8080.")
    })
    };
    if let Some(text) = flag {
        return Ok(Some((parse(text)?, Given::Flag)));
    }
    let from_profile = profile.as_deref().map(parse).transpose()?;
    if let Some(text) = env {
        let origin = parse(text)?;
        if origin.is_loopback()
            || cloud_of_login(&origin).is_some()
            || cloud_of_graph(&origin).is_some()
            || from_profile.as_ref() == Some(&origin)
        {
            return Ok(Some((origin, Given::Environment)));
        }
        return Err(Error::new(ErrorCode::BadConfig, format!("The {what} {origin} comes from the environment alone."))
            .why("A variable that somebody else can set would decide which server receives the credential.")
            .fix(format!("Name it by flag (--{}-endpoint {origin}) or in the profile too.", if what.starts_with("login") { "login" } else { "graph" })));
    }
    Ok(from_profile.map(|origin| (origin, Given::Profile)))
}
