//! Refusals: the error bodies Graph sends, each built in one place.
//!
//! Texts follow the error notes of the reference facts; ids inside `innerError` are filled by the socket side.

use serde_json::{Value, json};

use super::super::stamp;
use super::super::wire::{Body, Reply};

/// A refusal, and whether it betrays a mistake of the client.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Fault {
    /// HTTP status.
    pub(in crate::sandbox) status: u16,
    /// `error.code`.
    pub(in crate::sandbox) code: &'static str,
    /// `error.message`.
    pub(in crate::sandbox) message: String,
    /// `error.details`: code and target.
    pub(in crate::sandbox) details: Option<(&'static str, Option<&'static str>)>,
    /// The rule of the protocol that was broken.
    pub(in crate::sandbox) breach: Option<String>,
}

impl Fault {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Fault {
        Fault {
            status,
            code,
            message: message.into(),
            details: None,
            breach: None,
        }
    }

    /// Marks the refusal as a mistake of the client.
    pub(in crate::sandbox) fn breach(mut self, rule: impl Into<String>) -> Fault {
        self.breach = Some(rule.into());
        self
    }

    /// Adds an element to `details`.
    pub(in crate::sandbox) fn detail(
        mut self,
        code: &'static str,
        target: Option<&'static str>,
    ) -> Fault {
        self.details = Some((code, target));
        self
    }

    /// The reply. Parts of a batch bring their `client_request_id`; elsewhere the socket side fills both ids.
    pub(in crate::sandbox) fn reply(&self, now_ms: i64, client_request_id: Option<&str>) -> Reply {
        let request_id = if client_request_id.is_some() {
            stamp::new_id()
        } else {
            String::new()
        };
        let client_request_id = client_request_id.unwrap_or_default();
        let mut error = json!({
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": stamp::error_date(now_ms), "request-id": request_id, "client-request-id": client_request_id,
            },
        });
        if let Some((code, target)) = self.details {
            error["details"] = json!([{"code": code, "message": self.message, "target": target}]);
        }
        Reply {
            status: self.status,
            headers: Vec::new(),
            body: Body::Json(json!({ "error": error })),
        }
    }
}

/// 400 `Request_BadRequest`.
pub(in crate::sandbox) fn bad_request(message: impl Into<String>) -> Fault {
    Fault::new(400, "Request_BadRequest", message)
}

/// 400 `BadRequest`, as the front end of Graph says it.
pub(in crate::sandbox) fn malformed(message: impl Into<String>) -> Fault {
    Fault::new(400, "BadRequest", message)
}

/// 400 for what the metadata of a national cloud does not have; a client has to know that beforehand.
pub(in crate::sandbox) fn not_in_this_cloud(segment: &str) -> Fault {
    malformed(format!("Resource not found for the segment '{segment}'."))
        .breach(format!("this cloud does not have {segment}"))
}

/// 400 `badRequest`, as the authentication-methods service says it.
pub(in crate::sandbox) fn method_refused(message: impl Into<String>) -> Fault {
    Fault::new(400, "badRequest", message)
}

/// 400 `Request_UnsupportedQuery`, always a mistake of the client.
pub(in crate::sandbox) fn unsupported_query(message: impl Into<String>) -> Fault {
    let message = message.into();
    Fault::new(400, "Request_UnsupportedQuery", message.clone()).breach(message)
}

/// 400 for a property that a type does not have.
pub(in crate::sandbox) fn no_such_property(name: &str, kind: &str) -> Fault {
    let message =
        format!("Could not find a property named '{name}' on type 'microsoft.graph.{kind}'.");
    malformed(message.clone()).breach(message)
}

/// 400 for a value a property does not take.
pub(in crate::sandbox) fn invalid_value(property: &'static str) -> Fault {
    bad_request(format!(
        "Invalid value specified for property '{property}' of resource 'User'."
    ))
    .detail("InvalidValue", Some(property))
}

/// 400 for a password the directory refuses.
pub(in crate::sandbox) fn weak_password() -> Fault {
    bad_request(
        "The specified password does not comply with password complexity requirements. Please provide a different \
         password.",
    )
    .detail("InvalidValue", Some("password"))
}

/// 400 for a value another object has already.
pub(in crate::sandbox) fn taken(property: &'static str) -> Fault {
    bad_request(format!(
        "Another object with the same value for property {property} already exists."
    ))
    .detail("ObjectConflict", Some(property))
}

/// 400 for a link that exists already.
pub(in crate::sandbox) fn conflicting() -> Fault {
    bad_request("A conflicting object with one or more of the specified property values is present in the directory.")
        .detail("ConflictingObjects", None)
}

/// 409 for a key that another object of its kind has already.
pub(in crate::sandbox) fn key_taken(message: impl Into<String>) -> Fault {
    Fault::new(409, "Request_MultipleObjectsWithSameKeyValue", message)
        .detail("ConflictingObjects", None)
}

/// 403 of the directory.
pub(in crate::sandbox) fn denied() -> Fault {
    Fault::new(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

/// 403 of the directory for a member of a restricted management unit.
pub(in crate::sandbox) fn restricted() -> Fault {
    Fault::new(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation. Target object is a member of a restricted management \
         administrative unit and can only be modified by administrators scoped to that administrative unit. Check \
         that you are assigned a role that has permission to perform the operation for this restricted management \
         administrative unit. Learn more: https://go.microsoft.com/fwlink/?linkid=2197831",
    )
}

/// 403 of the authentication-methods service.
pub(in crate::sandbox) fn access_denied() -> Fault {
    Fault::new(403, "accessDenied", "Request Authorization failed")
}

/// 403 of Conditional Access.
pub(in crate::sandbox) fn scopes_missing() -> Fault {
    Fault::new(
        403,
        "AccessDenied",
        "You cannot perform the requested operation, required scopes are missing in the token.",
    )
}

/// 403 of the reports for a missing permission.
pub(in crate::sandbox) fn reports_permission(name: &str) -> Fault {
    Fault::new(
        403,
        "Authentication_MSGraphPermissionMissing",
        format!(
            "The principal does not have required Microsoft Graph permission(s): {name} to call this API."
        ),
    )
}

/// 403 of the reports for a missing role.
pub(in crate::sandbox) fn reports_role() -> Fault {
    Fault::new(
        403,
        "Authentication_RequestFromUnsupportedUserRole",
        "User is not in the allowed roles",
    )
}

/// 403 of the reports for a missing licence.
pub(in crate::sandbox) fn no_premium() -> Fault {
    Fault::new(
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    )
}

/// 400 of PIM for a missing licence.
pub(in crate::sandbox) fn no_pim() -> Fault {
    Fault::new(
        400,
        "AadPremiumLicenseRequired",
        "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
    )
}

/// 400 of `resetPassword` for a token without a user.
pub(in crate::sandbox) fn no_user_in_token() -> Fault {
    // The two blanks are in the recorded answer.
    malformed("UserPrincipalName value  in token was missing or invalid")
}

/// 404 of the directory.
pub(in crate::sandbox) fn not_found(key: &str) -> Fault {
    Fault::new(
        404,
        "Request_ResourceNotFound",
        format!(
            "Resource '{key}' does not exist or one of its queried reference-property objects are not present."
        ),
    )
}

/// 404 of the authentication-methods service.
pub(in crate::sandbox) fn method_not_found() -> Fault {
    Fault::new(
        404,
        "resourceNotFound",
        "The requested resource was not found.",
    )
}

/// 405 for a verb a resource does not know.
pub(in crate::sandbox) fn method_not_allowed(message: impl Into<String>) -> Fault {
    let message = message.into();
    Fault::new(405, "Request_BadRequest", message.clone()).breach(message)
}

/// 501 for what the sandbox does not model.
pub(in crate::sandbox) fn not_modelled(what: impl Into<String>) -> Fault {
    let what = what.into();
    Fault::new(
        501,
        "notImplemented",
        format!("The sandbox does not model {what}."),
    )
    .breach(format!("unknown {what}"))
}

/// 501 for a property that a collection cannot deliver.
pub(in crate::sandbox) fn not_in_collection(name: &str) -> Fault {
    let message = format!("Property '{name}' is not supported in a collection.");
    Fault::new(501, "notImplemented", message.clone()).breach(message)
}

/// 400 for a page token that cannot be read.
pub(in crate::sandbox) fn bad_page_token() -> Fault {
    Fault::new(
        400,
        "Directory_ExpiredPageToken",
        "The specified page token value has expired and can no longer be used.",
    )
    .breach("$skiptoken does not come from a next link of this query")
}

/// 424 inside a batch.
pub(in crate::sandbox) fn failed_dependency() -> Fault {
    Fault::new(424, "failedDependency", "Failed Dependency")
}

/// 400 for a phone number in another form than the documented one.
pub(in crate::sandbox) fn invalid_phone_number() -> Fault {
    Fault::new(
        400,
        "invalidPhoneNumber",
        "The phone number is not in the form '+{country code} {number}x{extension}'.",
    )
}

/// 404 for an operation whose routing values were lost.
pub(in crate::sandbox) fn operation_not_found(rule: Option<&str>) -> Fault {
    let fault = method_not_found();
    match rule {
        Some(rule) => fault.breach(rule),
        None => fault,
    }
}

/// 200, 201 … with a JSON body.
pub(in crate::sandbox) fn json_reply(status: u16, body: Value) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: Body::Json(body),
    }
}

/// A reply without a body.
pub(in crate::sandbox) fn empty_reply(status: u16) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: Body::Empty,
    }
}
