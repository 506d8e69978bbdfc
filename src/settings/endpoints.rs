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
    let (cloud, cloud_from) = match (args.cloud, &profile.cloud) {
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
    // AZURE_AUTHORITY_HOST is the Azure SDKs' name for the login endpoint. It may name any built-in cloud's host.
    let from_azure = env
        .get("AZURE_AUTHORITY_HOST")
        .filter(|_| args.cloud.is_none());
    let mut login = one_endpoint(
        "login endpoint",
        &args.login_endpoint,
        env.get("ADMIN_RESET_LOGIN_ENDPOINT").or(from_azure),
        &profile.login_endpoint,
    )?;
    let mut graph = one_endpoint(
        "Graph endpoint",
        &args.graph_endpoint,
        env.get("ADMIN_RESET_GRAPH_ENDPOINT"),
        &profile.graph_endpoint,
    )?;
    let (cloud, cloud_from) = meant((cloud, cloud_from), &mut login, &mut graph)?;
    let mut endpoints = Endpoints::of(cloud);
    let mut chosen = (cloud_from, cloud_from);
    if let Some((origin, from)) = login {
        chosen.0 = from;
        // An alias of the cloud's own host is that host.
        if !cloud_of_login(&origin).is_some_and(|known| same_login(known, cloud)) {
            endpoints.custom = true;
            endpoints.login = origin;
        }
    }
    if let Some((origin, from)) = graph {
        chosen.1 = from;
        endpoints.custom |= origin != endpoints.graph;
        endpoints.graph = origin;
    }
    Ok(Chosen {
        endpoints,
        cloud: cloud_from,
        login: chosen.0,
        graph: chosen.1,
    })
}

type Endpoint = Option<(Origin, Given)>;

/// L4 and L5 share the sign-in service.
fn same_login(one: Cloud, other: Cloud) -> bool {
    Endpoints::of(one).login == Endpoints::of(other).login
}

/// The cloud in use. A built-in host belongs to one cloud, and what it says weighs as much as the place it was said in: more than
/// `--cloud` chooses the cloud, less is dropped, and a contradiction of equal weight is an error. Never half of each: a token of one
/// cloud is worth nothing at another's Graph.
fn meant(
    said: (Cloud, Given),
    login: &mut Endpoint,
    graph: &mut Endpoint,
) -> Result<(Cloud, Given)> {
    let (mut cloud, mut from) = said;
    let of_graph = known(graph, cloud_of_graph);
    let of_login = known(login, cloud_of_login);
    if let Some((own, given)) =
        of_graph.filter(|(own, given)| *own != cloud && given.outweighs(from))
    {
        (cloud, from) = (own, given);
    }
    if let Some((own, given)) = of_login
        && !same_login(own, cloud)
        && given.outweighs(from)
    {
        (cloud, from) = (own, given);
    }
    if let Some((own, given)) = of_graph.filter(|(own, _)| *own != cloud) {
        contradiction("Graph endpoint", (own, given), graph, (cloud, from))?;
    }
    if let Some((own, given)) = of_login.filter(|(own, _)| !same_login(*own, cloud)) {
        contradiction("login endpoint", (own, given), login, (cloud, from))?;
    }
    Ok((cloud, from))
}

fn known(endpoint: &Endpoint, cloud_of: fn(&Origin) -> Option<Cloud>) -> Option<(Cloud, Given)> {
    let (origin, given) = endpoint.as_ref()?;
    Some((cloud_of(origin)?, *given))
}

/// An endpoint of another cloud than the one in use.
fn contradiction(
    what: &str,
    (own, given): (Cloud, Given),
    endpoint: &mut Endpoint,
    (cloud, from): (Cloud, Given),
) -> Result<()> {
    let Some((origin, _)) = endpoint else {
        return Ok(());
    };
    if from.outweighs(given) {
        *endpoint = None;
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::BadConfig,
        format!("The {what} {origin} does not belong to {}.", cloud.title()),
    )
    .why(format!(
        "It is that of {}; a token of one cloud is refused by another.",
        own.title()
    ))
    .fix(format!(
        "Give --cloud {own} and no endpoints, or take the endpoint away."
    )))
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
