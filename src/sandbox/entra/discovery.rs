//! The documents that describe the service: OpenID configuration and signing keys.

use serde_json::json;

use super::Visit;
use crate::sandbox::wire::{Body, Reply};

/// `/{tenant}/v2.0/.well-known/openid-configuration`.
pub(super) fn configuration(visit: &Visit<'_>, segment: &str) -> Reply {
    let origin = visit.origin;
    if let Err(refusal) = visit.segment(segment) {
        let mut reply = refusal.reply(visit.request, visit.now_ms);
        if let Body::Json(body) = &mut reply.body {
            body["error"] = json!("invalid_tenant");
        }
        return reply;
    }
    let known = visit.tenant.knows_tenant(segment);
    let issuer_tenant = if known {
        visit.tenant.tenant_id()
    } else {
        "{tenantid}"
    };
    let base = format!(
        "{origin}/{}",
        if known {
            visit.tenant.tenant_id()
        } else {
            segment
        }
    );
    let host = origin.trim_start_matches("http://");
    let mut document = json!({
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["HS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{origin}/{issuer_tenant}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
        "tenant_region_scope": if known { json!("EU") } else { json!(null) },
        "cloud_instance_name": host,
        "cloud_graph_host_name": host,
        "msgraph_host": host,
    });
    if let Some((instance, region)) = visit.tenant.cloud.region() {
        document["cloud_instance_name"] = json!(instance);
        if let Some((scope, part)) = region.filter(|_| known) {
            document["tenant_region_scope"] = json!(scope);
            document["tenant_region_sub_scope"] = json!(part);
        }
    }
    Reply {
        status: 200,
        headers: Vec::new(),
        body: Body::Json(document),
    }
}

/// `/{tenant}/discovery/v2.0/keys`: empty, since nobody but the sandbox can check its signatures.
pub(super) fn keys() -> Reply {
    Reply {
        status: 200,
        headers: Vec::new(),
        body: Body::Json(json!({"keys": []})),
    }
}
