//! App registrations and what they are granted: the applications themselves, their service principals, consents and keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::{permission_ids, seed, stamp};
use super::{ClientApp, Tenant};

/// Application id of Microsoft Graph, an audience of every cloud.
pub(in crate::sandbox) const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

/// Delegated permissions that people may consent to themselves.
const FOR_ANYBODY: [&str; 4] = ["openid", "profile", "offline_access", "User.Read"];

/// An app registration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::sandbox) struct Application {
    /// Properties under their wire names.
    pub(in crate::sandbox) props: Map<String, Value>,
    /// Federated identity credentials.
    pub(in crate::sandbox) federated: Vec<Value>,
    /// When replication shows the object.
    pub(in crate::sandbox) visible_from: i64,
}

impl Application {
    /// A property as text.
    pub(in crate::sandbox) fn text(&self, name: &str) -> &str {
        self.props
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    fn public(&self) -> bool {
        self.props.get("isFallbackPublicClient") == Some(&Value::Bool(true))
    }

    fn redirects(&self) -> Vec<String> {
        self.props
            .get("publicClient")
            .and_then(|client| client["redirectUris"].as_array())
            .into_iter()
            .flatten()
            .filter_map(|uri| uri.as_str().map(str::to_owned))
            .collect()
    }
}

/// The object id of Microsoft Graph's service principal.
pub(in crate::sandbox) fn graph_principal_id() -> String {
    stamp::derived_id("servicePrincipal Microsoft Graph")
}

/// Microsoft Graph's own service principal, with everything it offers.
pub(in crate::sandbox) fn graph_principal() -> Value {
    let offered = permission_ids::PERMISSIONS;
    let scopes: Vec<Value> = offered
        .iter()
        .filter(|(_, scope, _)| !scope.is_empty())
        .map(|(name, scope, _)| {
            json!({
                "id": scope, "value": name, "type": if FOR_ANYBODY.contains(name) { "User" } else { "Admin" }, "isEnabled": true,
                "adminConsentDisplayName": name, "adminConsentDescription": name,
                "userConsentDisplayName": null, "userConsentDescription": null, "origin": "ServicePrincipal",
            })
        })
        .collect();
    let roles: Vec<Value> = offered
        .iter()
        .filter(|(.., role)| !role.is_empty())
        .map(|(name, _, role)| {
            json!({
                "id": role, "value": name, "allowedMemberTypes": ["Application"], "isEnabled": true,
                "displayName": name, "description": name, "origin": "ServicePrincipal",
            })
        })
        .collect();
    json!({
        "id": graph_principal_id(), "deletedDateTime": null, "accountEnabled": true, "appId": GRAPH_APP_ID,
        "displayName": "Microsoft Graph", "appDisplayName": "Microsoft Graph",
        "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a", "appRoleAssignmentRequired": false,
        "servicePrincipalType": "Application", "signInAudience": "AzureADMultipleOrgs",
        "servicePrincipalNames": [GRAPH_APP_ID], "tags": [], "appRoles": roles, "oauth2PermissionScopes": scopes,
    })
}

impl Tenant {
    /// A registration by object id, or by `appId=…` or `uniqueName=…`.
    pub(in crate::sandbox) fn application(&self, key: &str) -> Option<&Application> {
        let at = self.application_at(key)?;
        self.applications.get(at)
    }

    /// Where a registration stands.
    pub(in crate::sandbox) fn application_at(&self, key: &str) -> Option<usize> {
        let (name, value) = match key.split_once('=') {
            Some(("appId", value)) => ("appId", value),
            Some(("uniqueName", value)) => ("uniqueName", value),
            _ => ("id", key),
        };
        self.applications
            .iter()
            .position(|one| !value.is_empty() && one.text(name).eq_ignore_ascii_case(value))
    }

    /// A service principal by object id or `appId=…`, once replication shows it.
    pub(in crate::sandbox) fn visible_principal(&self, key: &str, now: i64) -> Option<Value> {
        let (name, value) = match key.strip_prefix("appId=") {
            Some(value) => ("appId", value),
            None => ("id", key),
        };
        let meant = |own: &str| own.eq_ignore_ascii_case(value);
        if (name == "appId" && meant(GRAPH_APP_ID))
            || (name == "id" && meant(&graph_principal_id()))
        {
            return Some(graph_principal());
        }
        self.service_principals
            .iter()
            .find(|one| one[name].as_str().is_some_and(meant))
            .filter(|one| {
                let id = one["id"].as_str().unwrap_or_default();
                self.principal_visible_from
                    .get(id)
                    .is_none_or(|from| *from <= now)
            })
            .cloned()
    }

    /// Whether there is a registration with that client id, wherever its service principal may be.
    pub(in crate::sandbox) fn is_registered(&self, client_id: &str) -> bool {
        self.application(&format!("appId={client_id}")).is_some()
    }

    /// Everything that may sign in: the seeded clients, and what was registered since.
    pub(in crate::sandbox) fn all_clients(&self) -> Vec<ClientApp> {
        let made = self
            .applications
            .iter()
            .map(|one| one.text("appId"))
            .filter(|id| !self.clients.iter().any(|client| client.client_id == **id))
            .filter_map(|id| self.registered_client(id));
        self.clients.iter().cloned().chain(made).collect()
    }

    /// The application as the sign-in service sees it: a registration with a service principal, and what was granted to that.
    pub(super) fn registered_client(&self, client_id: &str) -> Option<ClientApp> {
        let application = self.application(&format!("appId={client_id}"))?;
        let principal = self.service_principals.iter().find(|one| {
            one["appId"]
                .as_str()
                .is_some_and(|id| id.eq_ignore_ascii_case(client_id))
        })?;
        let id = principal["id"].as_str().unwrap_or_default();
        let of_app = |row: &&Value, name: &str| row[name].as_str() == Some(id);
        let mut scopes: Vec<String> = Vec::new();
        for row in self.consents.iter().filter(|row| {
            of_app(row, "clientId") && row["consentType"].as_str() == Some("AllPrincipals")
        }) {
            for name in row["scope"].as_str().unwrap_or_default().split_whitespace() {
                if !scopes.iter().any(|own| own == name) {
                    scopes.push(name.to_owned());
                }
            }
        }
        let app_roles = self
            .app_role_grants
            .iter()
            .filter(|row| of_app(row, "principalId"))
            .filter_map(|row| permission_ids::role_name(row["appRoleId"].as_str()?))
            .map(str::to_owned)
            .collect();
        Some(ClientApp {
            client_id: application.text("appId").to_owned(),
            display_name: application.text("displayName").to_owned(),
            service_principal_id: id.to_owned(),
            public_client: application.public(),
            redirect_uris: application.redirects(),
            scopes,
            app_roles,
            enabled: principal["accountEnabled"] != Value::Bool(false),
        })
    }

    /// Permissions of Graph that a registration declares: id and whether it is an application permission.
    fn declared_ids(&self, client_id: &str) -> Vec<(String, bool)> {
        self.application(&format!("appId={client_id}"))
            .and_then(|one| one.props.get("requiredResourceAccess")?.as_array())
            .into_iter()
            .flatten()
            .filter(|one| one["resourceAppId"] == GRAPH_APP_ID)
            .flat_map(|one| one["resourceAccess"].as_array().into_iter().flatten())
            .filter_map(|one| Some((one["id"].as_str()?.to_owned(), one["type"] == "Role")))
            .collect()
    }

    /// Names of the permissions that a registration declares.
    pub(in crate::sandbox) fn declared(&self, client_id: &str) -> Vec<String> {
        self.declared_ids(client_id)
            .iter()
            .filter_map(|(id, role)| {
                if *role {
                    permission_ids::role_name(id)
                } else {
                    permission_ids::scope_name(id)
                }
            })
            .map(str::to_owned)
            .collect()
    }

    /// Whether a registration declares application permissions.
    pub(in crate::sandbox) fn declares_roles(&self, client_id: &str) -> bool {
        self.declared_ids(client_id).iter().any(|(_, role)| *role)
    }

    /// Grants everything that a registration declares, as the consent page does.
    pub(in crate::sandbox) fn grant_declared(&mut self, client_id: &str, now: i64) {
        let Some(client) = self.registered_client(client_id) else {
            return;
        };
        let principal = client.service_principal_id;
        let mut scopes = client.scopes;
        for (id, role) in self.declared_ids(client_id) {
            if role {
                let held = |one: &Value| one["appRoleId"].as_str() == Some(&id);
                if !self.app_roles_of(&principal).iter().any(held) {
                    let row = app_role_row(&principal, &client.display_name, &id, now);
                    self.app_role_grants.push(row);
                }
            } else if let Some(name) = permission_ids::scope_name(&id)
                && !scopes.iter().any(|own| own == name)
            {
                scopes.push(name.to_owned());
            }
        }
        if scopes.is_empty() {
            return;
        }
        self.consents.retain(|row| {
            row["clientId"] != principal.as_str() || row["consentType"] != "AllPrincipals"
        });
        self.consents.push(json!({
            "id": stamp::new_id(), "clientId": principal, "consentType": "AllPrincipals", "principalId": null,
            "resourceId": graph_principal_id(), "scope": scopes.join(" "),
        }));
    }

    /// Certificates (DER) uploaded to a registration.
    pub(in crate::sandbox) fn certificates_of(&self, client_id: &str) -> Vec<Vec<u8>> {
        self.application(&format!("appId={client_id}"))
            .and_then(|one| one.props.get("keyCredentials")?.as_array())
            .into_iter()
            .flatten()
            .filter(|key| key["usage"] == "Verify")
            .filter_map(|key| STANDARD.decode(key["key"].as_str()?).ok())
            .collect()
    }

    /// Issuers, subjects and audiences a registration trusts.
    pub(in crate::sandbox) fn federations_of(&self, client_id: &str) -> Vec<Value> {
        self.application(&format!("appId={client_id}"))
            .map(|one| one.federated.clone())
            .unwrap_or_default()
    }

    /// Consents for everybody: those that were written, and those the seeded clients came with.
    pub(in crate::sandbox) fn all_consents(&self) -> Vec<Value> {
        let seeded = self
            .clients
            .iter()
            .filter(|client| !client.scopes.is_empty())
            .map(|client| {
                json!({
                    "id": stamp::derived_id(&format!("grant {}", client.client_id)),
                    "clientId": client.service_principal_id,
                    "consentType": "AllPrincipals", "principalId": null,
                    "resourceId": graph_principal_id(), "scope": client.scopes.join(" "),
                })
            });
        seeded.chain(self.consents.iter().cloned()).collect()
    }

    /// Application permissions of a service principal: those that were given, and those a seeded client came with.
    pub(in crate::sandbox) fn app_roles_of(&self, principal_id: &str) -> Vec<Value> {
        let seeded = self
            .clients
            .iter()
            .filter(|client| client.service_principal_id.eq_ignore_ascii_case(principal_id))
            .flat_map(|client| client.app_roles.iter().map(move |role| (client, role)))
            .filter_map(|(client, role)| {
                Some(json!({
                    "id": stamp::derived_id(&format!("appRole {} {role}", client.client_id)),
                    "deletedDateTime": null, "appRoleId": permission_ids::role_id(role)?,
                    "createdDateTime": "2025-03-04T11:20:00Z", "principalDisplayName": client.display_name,
                    "principalId": client.service_principal_id, "principalType": "ServicePrincipal",
                    "resourceDisplayName": "Microsoft Graph", "resourceId": graph_principal_id(),
                }))
            });
        seeded
            .chain(
                self.app_role_grants
                    .iter()
                    .filter(|row| {
                        row["principalId"]
                            .as_str()
                            .is_some_and(|id| id.eq_ignore_ascii_case(principal_id))
                    })
                    .cloned(),
            )
            .collect()
    }
}

/// An application permission of Graph that was given to a service principal.
pub(in crate::sandbox) fn app_role_row(principal: &str, name: &str, role: &str, now: i64) -> Value {
    json!({
        "id": stamp::new_id(), "deletedDateTime": null, "appRoleId": role, "createdDateTime": stamp::iso(now, 7),
        "principalDisplayName": name, "principalId": principal, "principalType": "ServicePrincipal",
        "resourceDisplayName": "Microsoft Graph", "resourceId": graph_principal_id(),
    })
}

/// The registrations of the seeded clients.
pub(in crate::sandbox) fn seeded(clients: &[ClientApp]) -> Vec<Application> {
    clients
        .iter()
        .map(|client| {
            let access = |names: &[String], kind: &str| {
                names
                    .iter()
                    .filter_map(|name| {
                        let (_, scope, role) = permission_ids::PERMISSIONS
                            .iter()
                            .find(|(own, ..)| own == name)?;
                        let id = if kind == "Scope" { scope } else { role };
                        Some(json!({ "id": id, "type": kind }))
                    })
                    .collect::<Vec<Value>>()
            };
            let mut wanted = access(&client.scopes, "Scope");
            wanted.extend(access(&client.app_roles, "Role"));
            let props = json!({
                "id": stamp::derived_id(&format!("application {}", client.client_id)),
                "deletedDateTime": null, "appId": client.client_id, "displayName": client.display_name,
                "createdDateTime": "2025-03-04T11:20:00Z", "signInAudience": "AzureADMyOrg",
                "isFallbackPublicClient": client.public_client.then_some(true),
                "publicClient": { "redirectUris": client.redirect_uris },
                "keyCredentials": [], "uniqueName": null,
                "passwordCredentials": if client.client_id == seed::CONFIDENTIAL_CLIENT_ID {
                    json!([{
                        "keyId": stamp::derived_id("the demo secret"), "displayName": "demo", "hint": "san",
                        "secretText": null, "startDateTime": "2025-03-04T11:20:00Z", "endDateTime": "2035-03-04T11:20:00Z",
                    }])
                } else {
                    json!([])
                },
                "requiredResourceAccess": [{ "resourceAppId": GRAPH_APP_ID, "resourceAccess": wanted }],
                "tags": [], "notes": null, "description": null,
            });
            Application {
                props: props.as_object().cloned().unwrap_or_default(),
                federated: Vec::new(),
                visible_from: 0,
            }
        })
        .collect()
}
