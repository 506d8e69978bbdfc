//! What Graph's error codes mean, in our own words: found by status, code and, where nothing else tells two meanings
//! apart, a short fragment of the message. Fragments are used only where the text was seen in published documents or
//! logs; everything else falls back to the code, then to the status.
//!
//! Source: Graph error reference and the pages of the single endpoints, and public logs, read 2026.

/// One meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphError {
    /// Stable id for programs and documents.
    pub id: &'static str,
    /// HTTP status.
    pub status: u16,
    /// `error.code`; empty matches any.
    pub code: &'static str,
    /// Lower-case fragment of the message; empty matches any.
    pub fragment: &'static str,
    /// What happened.
    pub title: &'static str,
    /// Why.
    pub cause: &'static str,
    /// What to do.
    pub fix: &'static str,
}

const FAULT: &str = "Report it as a fault of this program, with the request id.";
const FOUR_CAUSES: &str = "The token lacks a permission, the caller lacks a role, the account is protected, or a role is not active yet.";
const FOUR_FIXES: &str = "Run `who-can-reset` for the account: it tells which of the four it is.";

macro_rules! rows {
    ($( $id:ident $status:literal $code:literal $fragment:literal $title:expr, $cause:expr, $fix:expr; )*) => {
        &[ $( GraphError {
            id: stringify!($id),
            status: $status,
            code: $code,
            fragment: $fragment,
            title: $title,
            cause: $cause,
            fix: $fix,
        } ),* ]
    };
}

/// The table. For one status and code, rows with a fragment come before the one without.
pub const GRAPH_ERRORS: &[GraphError] = rows! {
    weakPassword 400 "Request_BadRequest" "does not comply with password complexity"
        "The password was refused.",
        "It is too short, too simple or on the banned list; Graph does not tell which.",
        "Choose a longer one without common words, or let this program generate it.";
    nameTaken 400 "Request_BadRequest" "same value for property userprincipalname already exists"
        "The user name is taken.",
        "Another object has it, perhaps a deleted user.",
        "Choose another name, or restore or purge the deleted user.";
    aliasTaken 400 "Request_BadRequest" "same value for property proxyaddresses already exists"
        "The mail alias is taken.",
        "Another object has the address.",
        "Choose another mail nickname.";
    domainNotVerified 400 "Request_BadRequest" "domain portion of the userprincipalname property is invalid"
        "The domain is not one of the tenant's.",
        "Only verified domains can be used in a user name.",
        "Use a verified domain, for instance the initial onmicrosoft domain.";
    nameInvalid 400 "Request_BadRequest" "property userprincipalname is invalid"
        "The user name is not well-formed.",
        "It is too long or holds a character that is not allowed.",
        "Correct the name.";
    nicknameInvalid 400 "Request_BadRequest" "invalid value specified for property 'mailnickname'"
        "The mail nickname is not well-formed.",
        "It is too long or holds a character that is not allowed.",
        "Correct the nickname.";
    linkExists 400 "Request_BadRequest" "conflicting object with one or more of the specified property values"
        "It exists already.",
        "The role assignment or link was there before.",
        "Nothing, once a read confirms it.";
    scopeNotPossible 400 "Request_BadRequest" "not supported to be assigned to a single resource scope"
        "The role cannot be assigned at this scope.",
        "Only some roles may be limited to an administrative unit.",
        "Assign it for the whole tenant.";
    countNeedsHeader 400 "Request_BadRequest" "$count is not currently supported"
        "Graph refused the query.", "A header for advanced queries was missing.", FAULT;
    badRequest 400 "Request_BadRequest" ""
        "Graph refused the content of the request.",
        "A value is not acceptable, or a link exists already; its message says more. Synced accounts take most changes on-premises only.",
        "Correct the value, read whether it is there already, or change it in the on-premises directory.";
    queryUnsupported 400 "Request_UnsupportedQuery" ""
        "Graph refused the query.", "The filter, page size or number of clauses is not supported.", FAULT;
    appOnlyReset 400 "BadRequest" "userprincipalname value  in token was missing"
        "Applications cannot use the reset action.",
        "The action works for signed-in administrators only.",
        "Sign in as an administrator, or use `--via direct`.";
    defaultMethod 400 "badRequest" "cannot delete the default method while other methods"
        "The number cannot be removed yet.",
        "The mobile number is the default while an alternate number exists.",
        "Remove the alternate number first, or change the default.";
    accessPassForGuest 400 "badRequest" "temporary access pass cannot be added to an external guest"
        "A guest cannot get a Temporary Access Pass.",
        "Passes are for accounts of this tenant.",
        "Ask the guest's home tenant.";
    accessPassNotEnabled 400 "badRequest" "converged usercredentialpolicy does not allow"
        "The tenant does not allow a Temporary Access Pass for this account, or not with these values.",
        "The authentication methods policy rules it out.",
        "Enable the method for a group with this account, or keep to the policy's minutes and single use.";
    premiumP2Needed 400 "AadPremiumLicenseRequired" ""
        "Privileged Identity Management is not licensed.",
        "The tenant has neither Entra ID P2 nor Governance.",
        "Leave out what asks for it; without it nobody is eligible for a role.";
    batchOrMethod 400 "BadRequest" ""
        "Graph refused the content of the request.",
        "A value is not acceptable, or this cloud does not have the endpoint.",
        "Compare `--cloud` with the tenant; the message says more.";
    tooManyResults 400 "Directory_ResultSizeLimitExceeded" ""
        "The list is too long for one reply.", "The user is in more groups than can be returned.", FAULT;
    pageExpired 400 "Directory_ExpiredPageToken" ""
        "The list has expired.", "Too much time passed between two pages.", "Start the command again.";
    outdatedToken 401 "InvalidAuthenticationToken" "continuous access evaluation"
        "The session was ended.",
        "The password or a policy changed, or the sessions were revoked, after the token was issued.",
        "Sign in again.";
    tokenInvalid 401 "InvalidAuthenticationToken" ""
        "The token is not accepted.",
        "It has expired, is damaged, or belongs to another cloud.",
        "Sign in again; check `--cloud`.";
    restrictedUnit 403 "Authorization_RequestDenied" "restricted management administrative unit"
        "The account is in a restricted management administrative unit.",
        "Only roles scoped to that unit reach it, whatever else the caller holds.",
        "Use an administrator of that unit, or have the account taken out for the time.";
    denied 403 "Authorization_RequestDenied" "" "Graph refused the request.", FOUR_CAUSES, FOUR_FIXES;
    methodsDenied 403 "accessDenied" "request authorization failed"
        "Graph refused access to authentication methods.", FOUR_CAUSES, FOUR_FIXES;
    accessDenied 403 "accessDenied" ""
        "Graph refused access.",
        "The token lacks a permission, the caller lacks a role or the account is protected; at Conditional Access the tenant may lack Entra ID P1.",
        "Run `who-can-reset` for the account; at Conditional Access check Policy.Read.All, the role and the licence.";
    forbidden 403 "Forbidden" ""
        "Graph refused the request.",
        "A permission, a role or the licence for Conditional Access is missing.",
        "Check the permissions in the token; Conditional Access needs Entra ID P1.";
    premiumP1Needed 403 "Authentication_RequestFromNonPremiumTenantOrB2CTenant" ""
        "The report is not licensed.",
        "The tenant has no Entra ID P1.",
        "Read the methods user by user (`--source live`).";
    reportPermission 403 "Authentication_MSGraphPermissionMissing" ""
        "The token lacks the permission for reports.",
        "AuditLog.Read.All was not granted.",
        "Grant it to the application and sign in again.";
    reportRole 403 "Authentication_RequestFromUnsupportedUserRole" ""
        "The caller lacks a role for reports.",
        "Reports are open to some roles only.",
        "Use an account with Reports Reader or more.";
    quota 403 "Directory_QuotaExceeded" ""
        "The directory is full.",
        "The tenant, or a creator without administrator role, has reached the limit of objects.",
        "Purge deleted objects, verify a domain, or use an administrator.";
    notFound 404 "Request_ResourceNotFound" ""
        "It was not found.",
        "The name or id is wrong, it was deleted, it is too new, or the caller may not see it.",
        "Check the spelling; after a create wait a minute.";
    methodNotFound 404 "resourceNotFound" ""
        "No such method or user.", "It does not exist or was removed.", "List the methods first.";
    nothingThere 404 "" ""
        "It was not found.",
        "There is no such object, or this national cloud does not offer the endpoint.",
        "Check the name and `--cloud`.";
    endpointAbsent 404 "UnknownError" ""
        "Graph does not know the endpoint.", "This national cloud does not offer it.", "Check `--cloud`.";
    verb 405 "" "" "Graph does not support this call.", "The method is not allowed there.", FAULT;
    keyClash 409 "Request_MultipleObjectsWithSameKeyValue" ""
        "The name is taken.", "Another object has the same key.", "Choose another name.";
    conflict 409 "" ""
        "Somebody else changed it at the same time.", "Two writes met.", "Read it again and repeat.";
    changedMeanwhile 412 "" ""
        "It changed meanwhile.", "The version read before is no longer current.", "Read it again and repeat.";
    locked 423 "" "" "It is locked.", "Another operation holds it.", "Try again in a minute.";
    dependency 424 "" ""
        "A request this one waited for failed.", "Part of a batch depends on another part.", "Look at the other failure.";
    throttled 429 "" ""
        "Graph asks to slow down.", "Too many requests in a short time.", "Wait as long as it says; lower `--concurrency`.";
    serverFault 500 "" ""
        "Graph failed.", "A fault on Microsoft's side.", "Read the state, then try again.";
    notImplemented 501 "" "" "Graph does not support a property here.", "It cannot be read in a list.", FAULT;
    gateway 502 "" ""
        "Graph did not answer.", "A gateway on the way failed.", "Read the state, then try again.";
    unavailable 503 "" ""
        "Graph is overloaded.", "The service is busy for the moment.", "Try again in a minute.";
    timeout 504 "" ""
        "Graph did not answer in time.", "A gateway gave up waiting.", "Read the state, then try again.";
    bandwidth 509 "" "" "The bandwidth limit is reached.", "Too much was read.", "Try again later.";
};

/// Finds the meaning of a reply: by status, code and fragment, then status and code, then status alone.
pub fn explain(status: u16, code: &str, message: &str) -> Option<&'static GraphError> {
    let message = message.to_ascii_lowercase();
    let of_code = |row: &&GraphError| row.status == status && row.code.eq_ignore_ascii_case(code);
    GRAPH_ERRORS
        .iter()
        .filter(of_code)
        .find(|row| !row.fragment.is_empty() && message.contains(row.fragment))
        .or_else(|| {
            GRAPH_ERRORS
                .iter()
                .filter(of_code)
                .find(|row| row.fragment.is_empty())
        })
        .or_else(|| {
            GRAPH_ERRORS
                .iter()
                .find(|row| row.status == status && row.code.is_empty())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn id(status: u16, code: &str, message: &str) -> Option<&'static str> {
        explain(status, code, message).map(|row| row.id)
    }

    #[test]
    fn rows_are_unique_reachable_and_speak() {
        let ids: HashSet<_> = GRAPH_ERRORS.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), GRAPH_ERRORS.len());
        for row in GRAPH_ERRORS {
            assert_eq!(
                id(row.status, row.code, row.fragment),
                Some(row.id),
                "{}",
                row.id
            );
            assert_eq!(row.fragment, row.fragment.to_ascii_lowercase());
            for text in [row.title, row.cause, row.fix] {
                assert!(text.ends_with('.'), "{text}");
            }
        }
    }

    #[test]
    fn texts_as_seen_are_told_apart() {
        let bad = "Request_BadRequest";
        for (message, expected) in [
            (
                "The specified password does not comply with password complexity requirements. Please provide a different password.",
                "weakPassword",
            ),
            (
                "Another object with the same value for property userPrincipalName already exists.",
                "nameTaken",
            ),
            (
                "Another object with the same value for property proxyAddresses already exists.",
                "aliasTaken",
            ),
            (
                "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.",
                "domainNotVerified",
            ),
            (
                "A conflicting object with one or more of the specified property values is present in the directory.",
                "linkExists",
            ),
            ("Something new.", "badRequest"),
        ] {
            assert_eq!(id(400, bad, message), Some(expected));
        }
        let app = "UserPrincipalName value  in token was missing or invalid";
        assert_eq!(id(400, "BadRequest", app), Some("appOnlyReset"));
        let unit = "Insufficient privileges to complete the operation. Target object is a member of a restricted management administrative unit and can only be modified";
        assert_eq!(
            id(403, "Authorization_RequestDenied", unit),
            Some("restrictedUnit")
        );
        assert_eq!(
            id(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges"
            ),
            Some("denied")
        );
    }

    #[test]
    fn an_unknown_code_falls_back_to_the_status() {
        assert_eq!(id(429, "activityLimitReached", ""), Some("throttled"));
        assert_eq!(id(503, "", "<html>"), Some("unavailable"));
        assert_eq!(id(403, "SomethingNew", ""), None);
        assert_eq!(id(200, "", ""), None);
    }
}
