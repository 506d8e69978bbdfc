//! The table of routes: which function answers which method and path. What is not here is answered 501.

use super::super::wire::Reply;
use super::fault::{self, Fault};
use super::methods::kind_of;
use super::request::Exchange;
use super::{
    applications, consents, deleted, directory, groups, logs, members, methods, methods_write, pim,
    principals, reports, reset, roles, units, user_actions, users, users_write,
};

/// Finds the route and answers.
pub(super) fn route(x: &mut Exchange<'_>) -> Result<Reply, Fault> {
    let mut owned = x.segments.clone();
    if owned.first().is_some_and(|first| first == "me") {
        if x.caller.app_only {
            return Err(fault::malformed(
                "/me request is only valid with delegated authentication flow.",
            ));
        }
        owned.splice(0..1, ["users".to_owned(), x.caller.object_id.clone()]);
        if owned.get(2).is_some_and(|third| third == "changePassword") && x.request.method == "POST"
        {
            return users_write::change_own_password(x);
        }
    }
    let path: Vec<&str> = owned.iter().map(String::as_str).collect();
    if let Some(segment) = x.tenant.cloud.lacks(&path) {
        return Err(fault::not_in_this_cloud(segment));
    }
    let verb = x.request.method.clone();
    match path.as_slice() {
        ["users", rest @ ..] => people(x, &verb, rest),
        ["directory", "deletedItems", rest @ ..] => deleted_items(x, &verb, rest),
        ["directory", "administrativeUnits", rest @ ..] => administrative_units(x, &verb, rest),
        ["groups", rest @ ..] => all_groups(x, &verb, rest),
        ["roleManagement", "directory", rest @ ..] => role_management(x, &verb, rest),
        ["policies", rest @ ..] => policies(x, &verb, rest),
        ["applications", rest @ ..] => registrations(x, &verb, rest),
        ["servicePrincipals", rest @ ..] => service_principals(x, &verb, rest),
        ["oauth2PermissionGrants", rest @ ..] => grants(x, &verb, rest),
        other => facts(x, &verb, other),
    }
}

fn unknown(x: &Exchange<'_>) -> Fault {
    fault::not_modelled(format!("route {} {}", x.request.method, x.request.path))
}

fn people(x: &mut Exchange<'_>, verb: &str, path: &[&str]) -> Result<Reply, Fault> {
    match (verb, path) {
        ("GET", []) => users::list(x),
        ("POST", []) => users_write::create(x),
        ("GET", ["$count"]) => users::count(x),
        ("GET", [key]) => users::get(x, key),
        ("PATCH", [key]) => users_write::update(x, key),
        ("DELETE", [key]) => users_write::delete(x, key),
        ("POST", [key, "revokeSignInSessions"]) => user_actions::revoke_sessions(x, key),
        ("GET", [key, "licenseDetails"]) => user_actions::licenses(x, key),
        ("POST", [key, "checkMemberGroups"]) => user_actions::check_member_groups(x, key),
        (
            "GET",
            [
                key,
                which @ ("memberOf" | "transitiveMemberOf" | "ownedObjects"),
                tail @ ..,
            ],
        ) => {
            x.require_permission_on(&format!("GET /users/{{id}}/{which}"), key)?;
            let user = x.user(key)?;
            x.require_on(&format!("GET /users/{{id}}/{which}"), &user)?;
            match *which {
                "ownedObjects" => members::owned(x, user.id(), tail),
                which => members::member_of(x, user.id(), which == "transitiveMemberOf", tail),
            }
        }
        (_, [key, "authentication", rest @ ..]) => authentication(x, verb, key, rest),
        _ => Err(unknown(x)),
    }
}

fn authentication(
    x: &mut Exchange<'_>,
    verb: &str,
    key: &str,
    path: &[&str],
) -> Result<Reply, Fault> {
    match (verb, path) {
        ("GET", [list]) if *list == "methods" || kind_of(list).is_some() => {
            methods::list(x, key, list)
        }
        ("GET", [list, id]) if *list == "methods" || kind_of(list).is_some() => {
            methods::get(x, key, list, id)
        }
        ("POST", ["methods", id, "resetPassword"]) => reset::reset(x, key, id),
        ("GET", ["operations", id]) => reset::operation(x, key, id),
        ("POST", ["emailMethods"]) => methods_write::add_email(x, key),
        ("PATCH", ["emailMethods", id]) => methods_write::change_email(x, key, id),
        ("POST", ["phoneMethods"]) => methods_write::add_phone(x, key),
        ("PATCH", ["phoneMethods", id]) => methods_write::change_phone(x, key, id),
        (
            "POST",
            [
                "phoneMethods",
                id,
                verb @ ("enableSmsSignIn" | "disableSmsSignIn"),
            ],
        ) => methods_write::sms_sign_in(x, key, id, verb),
        ("POST", ["temporaryAccessPassMethods"]) => methods_write::issue_access_pass(x, key),
        ("DELETE", [list, id]) if *list == "methods" || kind_of(list).is_some() => {
            methods::delete(x, key, list, id)
        }
        ("PATCH" | "PUT", ["temporaryAccessPassMethods", _]) => Err(fault::method_not_allowed(
            "A Temporary Access Pass cannot be changed; issue another one.",
        )),
        _ => Err(unknown(x)),
    }
}

fn deleted_items(x: &mut Exchange<'_>, verb: &str, path: &[&str]) -> Result<Reply, Fault> {
    match (verb, path) {
        ("GET", ["microsoft.graph.user"]) => deleted::list(x),
        ("GET", [id]) => deleted::get(x, id),
        ("POST", [id, "restore"]) => deleted::restore(x, id),
        ("DELETE", [id]) => deleted::purge(x, id),
        _ => Err(unknown(x)),
    }
}

fn administrative_units(x: &mut Exchange<'_>, verb: &str, path: &[&str]) -> Result<Reply, Fault> {
    match (verb, path) {
        ("GET", []) => units::list(x),
        ("POST", []) => units::create(x),
        ("GET", [id]) => units::get(x, id),
        ("DELETE", [id]) => units::delete(x, id),
        ("POST", [id, "members", "$ref"]) => units::add_member(x, id),
        ("DELETE", [id, "members", member, "$ref"]) => units::remove_member(x, id, member),
        ("GET", [id, "members", tail @ ..]) => units::list_members(x, id, tail),
        ("GET", [id, "scopedRoleMembers"]) => units::scoped_roles(x, id),
        ("POST", [id, "scopedRoleMembers"]) => units::add_scoped_role(x, id),
        _ => Err(unknown(x)),
    }
}

fn all_groups(x: &mut Exchange<'_>, verb: &str, path: &[&str]) -> Result<Reply, Fault> {
    match (verb, path) {
        ("GET", []) => groups::list(x),
        ("POST", []) => groups::create(x),
        ("GET", [id]) => groups::get(x, id),
        (
            "GET",
            [
                id,
                which @ ("members" | "transitiveMembers" | "owners"),
                tail @ ..,
            ],
        ) => groups::people(x, id, which, tail),
        ("POST", [id, "members", "$ref"]) => groups::add_member(x, id),
        ("DELETE", [id, "members", member, "$ref"]) => groups::remove_member(x, id, member),
        _ => Err(unknown(x)),
    }
}

fn role_management(x: &mut Exchange<'_>, verb: &str, path: &[&str]) -> Result<Reply, Fault> {
    match (verb, path) {
        ("GET", ["roleAssignments"]) => roles::assignments(x),
        ("POST", ["roleAssignments"]) => roles::assign(x),
        ("GET", ["roleAssignments", id]) => roles::assignment(x, id),
        ("DELETE", ["roleAssignments", id]) => roles::unassign(x, id),
        ("GET", ["roleDefinitions"]) => roles::definitions(x),
        ("GET", ["roleDefinitions", id]) => roles::definition(x, id),
        (
            "GET",
            [
                which @ ("roleAssignmentScheduleInstances"
                | "roleEligibilityScheduleInstances"
                | "roleEligibilitySchedules"),
                tail @ ..,
            ],
        ) => pim::list(x, which, tail),
        _ => Err(unknown(x)),
    }
}

fn policies(x: &mut Exchange<'_>, verb: &str, path: &[&str]) -> Result<Reply, Fault> {
    match (verb, path) {
        ("GET", ["authorizationPolicy"]) => directory::authorization_policy(x),
        ("PATCH", ["authorizationPolicy"]) => directory::update_authorization_policy(x),
        ("GET", ["identitySecurityDefaultsEnforcementPolicy"]) => directory::security_defaults(x),
        ("GET", ["authenticationMethodsPolicy"]) => directory::methods_policy(x),
        (
            "GET",
            [
                "authenticationMethodsPolicy",
                "authenticationMethodConfigurations",
                id,
            ],
        ) => directory::methods_configuration(x, id),
        ("GET", ["authenticationStrengthPolicies"]) => directory::strengths(x),
        _ => Err(unknown(x)),
    }
}

fn registrations(x: &mut Exchange<'_>, verb: &str, path: &[&str]) -> Result<Reply, Fault> {
    match (verb, path) {
        ("GET", []) => applications::list(x),
        ("POST", []) => applications::create(x),
        ("GET", [key]) => applications::get(x, key),
        ("PATCH", [key]) => applications::update(x, key),
        ("GET", [key, "federatedIdentityCredentials"]) => applications::federated(x, key),
        ("POST", [key, "federatedIdentityCredentials"]) => applications::add_federated(x, key),
        _ => Err(unknown(x)),
    }
}

fn service_principals(x: &mut Exchange<'_>, verb: &str, path: &[&str]) -> Result<Reply, Fault> {
    match (verb, path) {
        ("POST", []) => consents::create_principal(x),
        ("GET", [key, "appRoleAssignments"]) => consents::app_roles(x, key),
        ("POST", [key, "appRoleAssignments"]) => consents::add_app_role(x, key),
        ("GET", [key, tail @ ..]) => principals::service_principal(x, key, tail),
        _ => Err(unknown(x)),
    }
}

fn grants(x: &mut Exchange<'_>, verb: &str, path: &[&str]) -> Result<Reply, Fault> {
    match (verb, path) {
        ("GET", []) => consents::list(x),
        ("POST", []) => consents::create(x),
        ("PATCH", [id]) => consents::update(x, id),
        _ => Err(unknown(x)),
    }
}

fn facts(x: &mut Exchange<'_>, verb: &str, path: &[&str]) -> Result<Reply, Fault> {
    if verb != "GET" {
        return Err(unknown(x));
    }
    match path {
        ["organization"] => directory::organization(x, None),
        ["organization", id] => directory::organization(x, Some(id)),
        ["domains"] => directory::domains(x, None),
        ["domains", name] => directory::domains(x, Some(name)),
        ["domains", name, "federationConfiguration"] => directory::federation(x, name),
        ["subscribedSkus"] => directory::skus(x),
        ["identity", "conditionalAccess", "policies"] => directory::conditional_access(x, None),
        ["identity", "conditionalAccess", "policies", id] => {
            directory::conditional_access(x, Some(id))
        }
        [
            "reports",
            "authenticationMethods",
            "userRegistrationDetails",
        ] => reports::list(x),
        [
            "reports",
            "authenticationMethods",
            "userRegistrationDetails",
            id,
        ] => reports::get(x, id),
        ["auditLogs", "signIns"] => logs::sign_ins(x),
        ["auditLogs", "signIns", id] => logs::sign_in(x, id),
        ["auditLogs", "directoryAudits"] => logs::audits(x),
        ["directory", "onPremisesSynchronization"] => directory::on_premises_synchronization(x),
        ["directoryRoles"] => principals::directory_roles(x),
        ["directoryRoles", key, "members", tail @ ..] => {
            principals::directory_role_members(x, key, tail)
        }
        _ => Err(unknown(x)),
    }
}
