//! What the sign-in service says about a tenant before anybody signs in: whether it exists, its id, its cloud, and its clock.
//!
//! `tenant_region_scope`, `cloud_instance_name` and `msgraph_host` are seen in public projects and in no official page, so they
//! only make hints.

use crate::auth::Refusal;
use crate::error::{Error, ErrorCode, Result};
use crate::http::cloud::{Cloud, Endpoints, Origin};
use crate::http::reach::Answer;
use crate::http::{Transport, reach};
use crate::ids::TenantId;
use serde::Deserialize;
use std::time::SystemTime;

/// Numbers of a tenant that is not there, or whose name cannot be one. They are looked at beside `invalid_tenant`, since replies were
/// seen with either alone.
const UNKNOWN_TENANT: [u32; 3] = [50_059, 90_002, 900_023];

/// A tenant as the sign-in service describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Discovery {
    /// Tenant id, when one tenant was asked for.
    pub(super) tenant_id: Option<String>,
    /// The cloud the tenant seems to be in, when that is another than the configured one.
    pub(super) other_cloud: Option<Cloud>,
    /// The service's clock.
    pub(super) date: Option<SystemTime>,
}

#[derive(Deserialize)]
struct Document {
    issuer: Option<String>,
    msgraph_host: Option<String>,
    tenant_region_sub_scope: Option<String>,
}

/// Asks for the OpenID configuration of a tenant.
pub(super) async fn discover(
    transport: &Transport,
    endpoints: &Endpoints,
    tenant: Option<&TenantId>,
) -> Result<Discovery> {
    let tenant_or_any = tenant.map_or("organizations", TenantId::as_str);
    let path = format!("/{tenant_or_any}/v2.0/.well-known/openid-configuration");
    let answer = reach::get(transport, &endpoints.login, &path).await?;
    let document: Option<Document> = serde_json::from_slice(&answer.body).ok();
    match (answer.status, document) {
        (200, Some(document)) if document.issuer.is_some() => Ok(Discovery {
            tenant_id: document.issuer.as_deref().and_then(tenant_of),
            other_cloud: cloud_of(&document, endpoints),
            date: answer.date,
        }),
        (status, _) => Err(refused(&answer, status, &endpoints.login, tenant)),
    }
}

/// What an answer that is no document says. Only the sign-in service itself can say that a tenant is not there: a proxy, a gateway or a
/// firewall answers with the same statuses.
fn refused(answer: &Answer, status: u16, login: &Origin, tenant: Option<&TenantId>) -> Error {
    let refusal = Refusal::read(status, &answer.body);
    let unknown = |refusal: &Refusal| {
        refusal.error == "invalid_tenant"
            || refusal
                .numbers
                .iter()
                .any(|one| UNKNOWN_TENANT.contains(one))
    };
    match (refusal, tenant) {
        (Some(refusal), Some(tenant)) if unknown(&refusal) => Error::new(
            ErrorCode::NotFound,
            format!("The sign-in service does not know the tenant {}.", tenant.as_str()),
        )
        .why(format!("{login} has no tenant of that id or domain."))
        .fix("Correct --tenant or AZURE_TENANT_ID; a tenant of another national cloud needs --cloud."),
        _ if status == 429 => Error::new(
            ErrorCode::Throttled,
            format!("{login} takes no more questions for now (HTTP 429)."),
        )
        .fix("Wait a minute and run the command again."),
        (Some(refusal), _) => refusal.into_error(&format!("The question to {login}")),
        _ if status >= 500 => Error::new(
            ErrorCode::ServiceFailed,
            format!("{login} answers with a failure (HTTP {status})."),
        )
        .fix("Try again later; something on the way may have answered in its place."),
        _ => Error::new(
            ErrorCode::UnexpectedReply,
            format!("{login} did not answer as a sign-in service does."),
        )
        .why(format!("It answered with status {status}, and not with the OpenID configuration."))
        .fix("A proxy, a firewall or a captive portal may have answered instead; check --login-endpoint and HTTPS_PROXY."),
    }
}

/// The tenant id inside an issuer.
fn tenant_of(issuer: &str) -> Option<String> {
    issuer.split('/').find_map(crate::ids::guid)
}

fn cloud_of(document: &Document, endpoints: &Endpoints) -> Option<Cloud> {
    if endpoints.custom {
        return None;
    }
    let told = match (
        document.msgraph_host.as_deref()?,
        document.tenant_region_sub_scope.as_deref(),
    ) {
        ("graph.microsoft.com", _) => Cloud::Global,
        ("dod-graph.microsoft.us", _) | (_, Some("DOD")) => Cloud::UsGovDod,
        ("graph.microsoft.us", _) => Cloud::UsGov,
        ("microsoftgraph.chinacloudapi.cn", _) => Cloud::China,
        _ => return None,
    };
    (told != endpoints.cloud).then_some(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(host: &str, sub: Option<&str>) -> Document {
        Document {
            issuer: None,
            msgraph_host: Some(host.to_owned()),
            tenant_region_sub_scope: sub.map(str::to_owned),
        }
    }

    #[test]
    fn another_cloud_is_noticed() {
        let global = Endpoints::of(Cloud::Global);
        let gov = Endpoints::of(Cloud::UsGov);
        assert_eq!(
            cloud_of(&document("graph.microsoft.com", None), &global),
            None
        );
        assert_eq!(
            cloud_of(&document("graph.microsoft.us", Some("DODCON")), &global),
            Some(Cloud::UsGov)
        );
        assert_eq!(
            cloud_of(&document("graph.microsoft.us", Some("DOD")), &gov),
            Some(Cloud::UsGovDod)
        );
        assert_eq!(cloud_of(&document("127.0.0.1:1", None), &global), None);
    }

    #[test]
    fn the_tenant_is_in_the_issuer() {
        assert_eq!(
            tenant_of(
                "https://login.microsoftonline.com/17822e98-2aaf-464f-a9fa-8d27d8fb833f/v2.0"
            )
            .as_deref(),
            Some("17822e98-2aaf-464f-a9fa-8d27d8fb833f")
        );
        assert_eq!(tenant_of("https://x/{tenantid}/v2.0"), None);
    }
}
