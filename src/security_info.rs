//! Reads what is registered for a user and what decides about self-service reset: methods, roles, the tenant. Facts only; what follows
//! from them, [`crate::policy::sspr`] says.

pub(crate) mod ask;
pub(crate) mod evidence;
pub(crate) mod holders;
pub(crate) mod tenant;

use crate::facts;
use crate::policy::clouds::Cloud;
use crate::policy::sspr::AccountFacts;
use evidence::Evidence;
use tenant::Tenant;

/// The facts of the self-service verdict about one account.
pub(crate) fn account(evidence: &Evidence, tenant: &Tenant, cloud: Cloud) -> AccountFacts {
    let user = evidence.user.as_ref();
    let upn = user.and_then(|user| user.user_principal_name.clone());
    AccountFacts {
        enabled: user.and_then(|user| user.account_enabled),
        guest: user.is_some_and(|user| facts::is_guest(user, upn.as_deref().unwrap_or_default())),
        // Null means never synced; only an unread user leaves it open.
        synced: user.map(|user| user.on_premises_sync_enabled == Some(true)),
        federated_domain: upn.as_deref().and_then(|upn| tenant.is_federated(upn)),
        upn: upn.unwrap_or_default(),
        roles: evidence.roles.clone(),
        eligible: evidence.eligible.clone(),
        methods: evidence.methods.kinds(cloud),
        report: None,
    }
}
