//! What is there, what of it the commands do not need, and what of their permissions is not granted. Reads; changes nothing.

use super::Args;
use super::wanted::Wanted;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::{self, Surroundings};
use crate::graph::Client;
use crate::graph::apps::{self, Application, Federated, ServicePrincipal};
use crate::graph::consents::{self, GraphResource, Offered};
use crate::graph::paging::Page;
use crate::graph::{call::Call, roles};
use crate::policy::permissions::{GRAPH_APP_ID, Kind, by_id, is_of_sign_in};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Where a browser sign-in comes back to.
pub(super) const REDIRECT: &str = "http://localhost";

/// What was read.
pub(super) struct Found {
    pub(super) graph: GraphResource,
    pub(super) app: Option<Application>,
    pub(super) principal: Option<ServicePrincipal>,
    /// Certificates, whole.
    pub(super) keys: Vec<Value>,
    pub(super) federated: Vec<Federated>,
    /// Permissions of the wanted kind that were granted; `None` when they could not be read.
    pub(super) granted: Option<Vec<String>>,
    /// Permissions of the other kind that were granted, as far as they could be read.
    granted_otherwise: Vec<String>,
    /// Whether it was given application permissions of another service.
    pub(super) granted_elsewhere: bool,
    /// Roles of the service principal; `None` when they could not be read.
    pub(super) roles: Option<Vec<roles::Assignment>>,
    pub(super) tenant: Option<String>,
    pub(super) caller: Option<String>,
    /// What was found and is left as it is.
    pub(super) notes: Vec<String>,
    /// What is not known about whether this may be done.
    pub(super) warnings: Vec<String>,
    pub(super) surroundings: Surroundings,
}

async fn all<T: DeserializeOwned>(client: &Client, call: &Call<Page<T>>) -> Result<Vec<T>> {
    client.pages(call)?.all().await
}

/// A list that may be out of reach.
async fn readable<T: DeserializeOwned>(
    client: &Client,
    call: &Call<Page<T>>,
) -> Result<Option<Vec<T>>> {
    match all(client, call).await {
        Ok(list) => Ok(Some(list)),
        Err(error) if error.code() == ErrorCode::NotPermitted => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads everything that matters. An app that was given by its id gets the name it has.
pub(super) async fn look(
    context: &Context,
    client: &Client,
    args: &Args,
    wanted: &mut Wanted,
) -> Result<Found> {
    let surroundings = facts::surroundings(client).await?;
    surroundings.belongs_to(context.settings.tenant.as_ref().map(|(tenant, _)| tenant))?;
    let claims = client.token().await?.claims;
    let graph = client.fetch(&consents::graph_resource()).await?.value;
    let app = match &args.app {
        Some(id) => Some(client.fetch(&apps::by_app_id(id)).await?.value),
        None => one_of(all(client, &apps::named(&wanted.name)).await?, &wanted.name)?,
    };
    let organization = surroundings.organization.as_ref();
    let mut found = Found {
        graph,
        app: None,
        principal: None,
        keys: Vec::new(),
        federated: Vec::new(),
        granted: Some(Vec::new()),
        granted_otherwise: Vec::new(),
        granted_elsewhere: false,
        roles: Some(Vec::new()),
        tenant: organization
            .map(|one| one.id.clone())
            .or_else(|| claims.tid.clone()),
        caller: surroundings.caller_name.clone(),
        notes: Vec::new(),
        warnings: Vec::new(),
        surroundings,
    };
    let Some(app) = app else {
        return Ok(found);
    };
    if let (Some(_), Some(name)) = (&args.app, &app.display_name) {
        wanted.name.clone_from(name);
    }
    fits(wanted, args, &app)?;
    if let Some(audience) = app
        .sign_in_audience
        .as_deref()
        .filter(|one| *one != "AzureADMyOrg")
    {
        found.notes.push(format!(
            "The app lets accounts of other tenants in (signInAudience {audience}), which is left as it is."
        ));
    }
    if wanted.certificate.is_some() {
        found.keys = client
            .fetch(&apps::keys(&app.id))
            .await?
            .value
            .key_credentials;
    }
    if !wanted.federations.is_empty() {
        found.federated = all(client, &apps::federated(&app.id)).await?;
    }
    found.principal = match client.fetch(&apps::service_principal(&app.app_id)).await {
        Ok(reply) => Some(reply.value),
        Err(error) if error.code() == ErrorCode::NotFound => None,
        Err(error) => return Err(error),
    };
    found.app = Some(app);
    if let Some(principal) = found.principal.clone() {
        found.look_at_grants(client, wanted, &principal).await?;
    }
    Ok(found)
}

/// The one registration of a name; several are told apart by their id.
fn one_of(mut found: Vec<Application>, name: &str) -> Result<Option<Application>> {
    if found.len() <= 1 {
        return Ok(found.pop());
    }
    let ids: Vec<String> = found
        .iter()
        .map(|one| {
            let made = one.created_date_time.as_deref().unwrap_or("?");
            format!("{} (made {made})", one.app_id)
        })
        .collect();
    Err(Error::new(
        ErrorCode::AlreadyExists,
        format!("{} apps are named {name}.", found.len()),
    )
    .why(format!("They are {}.", ids.join(", ")))
    .fix("Say which with --app CLIENT-ID, or take another --name."))
}

/// An app for people and one for jobs are not mixed: with both, whoever signs in could act with what was meant for the job.
fn fits(wanted: &Wanted, args: &Args, app: &Application) -> Result<()> {
    let declares = |kind: &str| {
        app.required_resource_access
            .iter()
            .flat_map(|one| &one.resource_access)
            .any(|one| one.kind == kind)
    };
    let public = app.is_fallback_public_client == Some(true)
        || app
            .public_client
            .as_ref()
            .is_some_and(|client| !client.redirect_uris.is_empty());
    let other = match wanted.kind {
        Kind::Person if declares("Role") => "an app for jobs: it has application permissions",
        Kind::App if public => "an app for people: it is a public client",
        _ => return Ok(()),
    };
    Err(Error::new(
        ErrorCode::AlreadyExists,
        format!("{} ({}) is {other}.", wanted.name, app.app_id),
    )
    .why("One app for people and for jobs would let each use what was meant for the other.")
    .fix(match args.app {
        Some(_) => "Give the id of another app, or --name instead of --app: the registration is made beside this one.",
        None => "Give another --name: the registration is made beside this one.",
    }))
}

impl Found {
    async fn look_at_grants(
        &mut self,
        client: &Client,
        wanted: &Wanted,
        principal: &ServicePrincipal,
    ) -> Result<()> {
        let graph = self.graph.id.clone();
        let consented = readable(client, &consents::consents(&principal.id))
            .await?
            .map(|list| {
                list.iter()
                    .filter(|one| {
                        one.consent_type.as_deref() == Some("AllPrincipals")
                            && one.resource_id.eq_ignore_ascii_case(&graph)
                    })
                    .flat_map(|one| one.scope.as_deref().unwrap_or_default().split_whitespace())
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            });
        let given = readable(client, &consents::app_roles(&principal.id)).await?;
        self.granted_elsewhere = given
            .iter()
            .flatten()
            .any(|one| !one.resource_id.eq_ignore_ascii_case(&graph));
        let given = given.map(|list| {
            list.iter()
                .filter(|one| one.resource_id.eq_ignore_ascii_case(&graph))
                .map(|one| self.permission(Kind::App, &one.app_role_id))
                .collect::<Vec<_>>()
        });
        let (granted, otherwise) = match wanted.kind {
            Kind::Person => (consented, given),
            Kind::App => (given, consented),
        };
        if granted.is_none() {
            self.notes.push(match wanted.kind {
                Kind::Person => "What is consented to could not be read: that needs Directory.Read.All or DelegatedPermissionGrant.ReadWrite.All.".to_owned(),
                Kind::App => "What was given to the app could not be read: that needs Application.Read.All.".to_owned(),
            });
        }
        self.granted = granted;
        self.granted_otherwise = otherwise.unwrap_or_default();
        if wanted.kind == Kind::App {
            self.roles = readable(client, &roles::assignments_of(&principal.id)).await?;
        }
        if principal.account_enabled == Some(false) {
            self.notes.push(format!(
                "{} is disabled in this tenant: nobody can sign in with it until it is enabled.",
                wanted.name
            ));
        }
        if principal.app_role_assignment_required == Some(true) && wanted.kind == Kind::Person {
            self.notes.push(format!(
                "{} lets only assigned people sign in (AADSTS50105 for others).",
                wanted.name
            ));
        }
        Ok(())
    }

    /// What Graph offers of a kind in this tenant.
    fn offered(&self, kind: Kind) -> &[Offered] {
        match kind {
            Kind::Person => &self.graph.oauth2_permission_scopes,
            Kind::App => &self.graph.app_roles,
        }
    }

    /// Name of a permission: the tenant's own word, else the table's, else the id.
    fn permission(&self, kind: Kind, id: &str) -> String {
        self.offered(kind)
            .iter()
            .find(|one| one.id.eq_ignore_ascii_case(id))
            .and_then(|one| one.value.clone())
            .or_else(|| by_id(id).map(|known| known.name.to_owned()))
            .unwrap_or_else(|| id.to_owned())
    }

    /// The tenant's initial domain.
    pub(super) fn domain(&self) -> Option<&str> {
        self.surroundings.domain()
    }

    /// The id of a permission: the tenant's own, else the table's.
    pub(super) fn id_of(&self, kind: Kind, name: &str, known: &str) -> String {
        self.offered(kind)
            .iter()
            .find(|one| one.value.as_deref() == Some(name))
            .map_or_else(|| known.to_owned(), |one| one.id.clone())
    }

    /// Names that the registration declares or holds, and that the commands do not need, each with its kind.
    pub(super) fn excess(&self, wanted: &Wanted) -> Vec<String> {
        let (mut same, mut other) = (
            self.granted.clone().unwrap_or_default(),
            self.granted_otherwise.clone(),
        );
        for (id, word) in self.app.iter().flat_map(declared) {
            let kind = if word == kind_word(Kind::App) {
                Kind::App
            } else {
                Kind::Person
            };
            let name = self.permission(kind, &id);
            let list = if kind == wanted.kind {
                &mut same
            } else {
                &mut other
            };
            if !list.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
                list.push(name);
            }
        }
        let of_sign_in = |name: &String| is_of_sign_in(name);
        same.retain(|name| {
            !of_sign_in(name)
                && !wanted
                    .permissions
                    .iter()
                    .any(|(own, _)| own.eq_ignore_ascii_case(name))
        });
        other.retain(|name| !of_sign_in(name));
        let word = match wanted.kind {
            Kind::Person => "application",
            Kind::App => "delegated",
        };
        same.extend(other.iter().map(|name| format!("{name} ({word})")));
        same
    }

    /// Permissions that are wanted and not granted; `None` when that could not be read.
    pub(super) fn not_granted(&self, wanted: &Wanted) -> Option<Vec<String>> {
        let granted = self.granted.as_ref()?;
        Some(
            wanted
                .permissions
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .filter(|name| !granted.iter().any(|own| own.eq_ignore_ascii_case(name)))
                .collect(),
        )
    }
}

/// Ids that a registration declares for Graph, with their kind.
pub(super) fn declared(app: &Application) -> Vec<(String, String)> {
    app.required_resource_access
        .iter()
        .filter(|one| one.resource_app_id.eq_ignore_ascii_case(GRAPH_APP_ID))
        .flat_map(|one| &one.resource_access)
        .map(|one| (one.id.to_ascii_lowercase(), one.kind.clone()))
        .collect()
}

/// Word of a permission's kind in a registration.
pub(super) const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "Scope",
        Kind::App => "Role",
    }
}
