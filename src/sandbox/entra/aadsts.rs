//! The refusals of the sign-in service: one row per AADSTS number, and the body they are answered with.
//!
//! Owns the pairing of number, OAuth error, suberror and HTTP status; decides nothing about when a refusal applies.
//!
//! Source: Microsoft Learn "Microsoft Entra authentication and authorization error codes" and "OAuth 2.0 device authorization
//! grant", state of mid 2026, read 2026-11.

use serde_json::{Value, json};

use crate::sandbox::entropy;
use crate::sandbox::wire::{Body, Reply, Request};

/// One AADSTS number and what travels with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct Row {
    /// The number behind `AADSTS`.
    pub(in crate::sandbox) code: u32,
    /// OAuth `error`.
    pub(in crate::sandbox) error: &'static str,
    /// HTTP status at the token endpoint.
    pub(in crate::sandbox) status: u16,
    /// `suberror`, empty when the row has none.
    pub(in crate::sandbox) suberror: &'static str,
    /// Text behind the number; `{}` takes the detail.
    pub(in crate::sandbox) text: &'static str,
}

const fn row(
    code: u32,
    error: &'static str,
    status: u16,
    suberror: &'static str,
    text: &'static str,
) -> Row {
    Row {
        code,
        error,
        status,
        suberror,
        text,
    }
}

macro_rules! rows {
    ($($name:ident = $code:literal, $error:literal, $status:literal, $suberror:literal, $text:literal;)*) => {
        $(pub(in crate::sandbox) const $name: Row = row($code, $error, $status, $suberror, $text);)*
        /// Every row, so that a fault can name one by number.
        const ROWS: &[Row] = &[$($name),*];
    };
}

rows! {
    REDIRECT_MISMATCH = 50011, "invalid_request", 400, "", "The redirect URI '{}' specified in the request does not match the redirect URIs configured for the application.";
    USER_NOT_FOUND = 50034, "invalid_grant", 400, "", "The user account {} does not exist in the directory.";
    LOCKED_OUT = 50053, "invalid_grant", 400, "", "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.";
    PASSWORD_EXPIRED = 50055, "invalid_grant", 400, "user_password_expired", "The password is expired or has to be changed at the first sign-in.";
    USER_DISABLED = 50057, "invalid_grant", 400, "", "The user account is disabled.";
    NO_SESSION = 50058, "login_required", 400, "", "A silent sign-in request was sent but no user is signed in.";
    TENANT_MISSING = 50059, "invalid_request", 400, "", "No tenant-identifying information found in either the request or implied by any provided credentials.";
    MFA_ENROLMENT = 50072, "interaction_required", 400, "basic_action", "You must enroll in multi-factor authentication to access the resource.";
    MFA_NEEDED = 50074, "interaction_required", 400, "basic_action", "Strong authentication is required.";
    MFA_REQUIRED = 50076, "invalid_grant", 400, "basic_action", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.";
    MFA_EXPIRED = 50078, "interaction_required", 400, "basic_action", "Presented multi-factor authentication has expired due to policies configured by your administrator.";
    MFA_REGISTRATION = 50079, "invalid_grant", 400, "basic_action", "You must enroll in multi-factor authentication.";
    NOT_ASSIGNED = 50105, "invalid_grant", 400, "", "The signed-in user is not assigned to a role for the application.";
    WRONG_PASSWORD = 50126, "invalid_grant", 400, "", "Error validating credentials due to invalid username or password.";
    SESSION_INVALID = 50132, "invalid_grant", 400, "bad_token", "The session is not valid due to password expiration or recent password change.";
    SESSION_EXPIRED = 50133, "invalid_grant", 400, "bad_token", "The session is not valid due to password expiration or recent password change.";
    PASSWORD_CHANGE_RISK = 50135, "invalid_grant", 400, "", "Password change is required due to account risk.";
    KEEP_SIGNED_IN = 50140, "interaction_required", 400, "", "This error occurred due to the 'Keep me signed in' interrupt when the user was signing-in.";
    PASSWORD_CHANGE_POLICY = 50142, "invalid_grant", 400, "", "Password change is required due to Conditional Access policy.";
    EXTERNAL_CHALLENGE = 50158, "interaction_required", 400, "", "External security challenge not satisfied.";
    SESSION_REVOKED = 50173, "invalid_grant", 400, "bad_token", "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. {}";
    SINGLE_TENANT = 50194, "invalid_request", 400, "", "Application '{}' is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps.";
    LOOP_DETECTED = 50196, "invalid_grant", 400, "", "The server terminated an operation because it encountered a client request loop.";
    DEVICE_NOT_COMPLIANT = 53000, "interaction_required", 400, "message_only", "Device is not in required device state: compliant.";
    DEVICE_NOT_JOINED = 53001, "interaction_required", 400, "message_only", "Device is not in required device state: domain_joined.";
    APP_NOT_APPROVED = 53002, "interaction_required", 400, "message_only", "The app used isn't an approved app for Conditional Access.";
    BLOCKED_BY_POLICY = 53003, "invalid_grant", 400, "message_only", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
    REGISTRATION_BLOCKED = 53004, "interaction_required", 400, "message_only", "Security information registration is blocked because of risk.";
    BLOCKED_BY_RISK = 53011, "interaction_required", 400, "message_only", "User blocked due to risk on home tenant.";
    CODE_REDEEMED = 54005, "invalid_grant", 400, "", "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.";
    CONSENT_MISSING = 65001, "invalid_grant", 400, "consent_required", "The user or administrator has not consented to use the application with ID '{}'. Send an interactive authorization request for this user and resource.";
    FOREIGN_APP_SCOPE = 65002, "invalid_grant", 400, "", "Consent between first party application and the resource must be configured via preauthorization.";
    CONSENT_DECLINED = 65004, "access_denied", 400, "", "User declined to consent to access the app.";
    RESOURCE_NOT_DECLARED = 65005, "invalid_client", 400, "", "The application required resource access list does not contain applications discoverable by the resource.";
    GRANT_MALFORMED = 70000, "invalid_grant", 400, "", "Provided grant is invalid or malformed. {}";
    GRANT_TYPE_UNKNOWN = 70003, "unsupported_grant_type", 400, "", "The app requested an unsupported grant type '{}'.";
    GRANT_EXPIRED = 70008, "invalid_grant", 400, "token_expired", "The provided authorization code or refresh token has expired due to inactivity.";
    SCOPE_INVALID = 70011, "invalid_scope", 400, "", "The provided value for the input parameter 'scope' is not valid. {}";
    PENDING = 70016, "authorization_pending", 400, "", "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
    DEVICE_CODE_UNKNOWN = 70018, "bad_verification_code", 400, "", "Invalid verification code. The device_code is not known.";
    DEVICE_CODE_OLD = 70019, "expired_token", 400, "", "Verification code expired. Have the user retry the sign-in.";
    DEVICE_CODE_EXPIRED = 70020, "expired_token", 400, "", "The provided device_code has expired. Authorize again.";
    SIGN_IN_FREQUENCY = 70043, "invalid_grant", 400, "bad_token", "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access.";
    TENANT_UNKNOWN = 90002, "invalid_request", 400, "", "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.";
    PARAMETER_ABSENT = 90014, "invalid_request", 400, "", "The required field is missing from the request.";
    REQUEST_INVALID = 90023, "invalid_request", 400, "", "The authentication service request isn't valid. {}";
    SERVICE_BUSY = 90033, "temporarily_unavailable", 503, "", "A transient error has occurred. Please try again.";
    SERVICE_THROTTLED = 90055, "temporarily_unavailable", 429, "", "The server is throttling the request. Please try again later.";
    ACCOUNT_NOT_HERE = 90072, "invalid_grant", 400, "", "The user account does not exist in the tenant and cannot access the application in that tenant.";
    ADMIN_CONSENT = 90094, "invalid_grant", 400, "consent_required", "Administrator consent is required.";
    ADMIN_CONSENT_ASKED = 90095, "invalid_grant", 400, "consent_required", "Administrator consent is required and was asked for.";
    PASSWORD_WEAK = 120_002, "invalid_grant", 400, "", "The new password does not meet the complexity requirements. Please choose another one.";
    RESOURCE_UNKNOWN = 500_011, "invalid_resource", 400, "", "The resource principal named {} was not found in the tenant. You might have sent your authentication request to the wrong tenant or cloud.";
    GRANT_TIME = 500_133, "invalid_grant", 400, "", "Assertion is not within its valid time range.";
    VERIFIER_WRONG = 501_481, "invalid_grant", 400, "", "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
    BLOCKED_BY_DEFAULTS = 530_035, "invalid_grant", 400, "", "Access has been blocked by security defaults.";
    DEVICE_FLOW_NOW_BLOCKED = 530_036, "invalid_grant", 400, "message_only", "The refresh token was first issued through an authentication flow that Conditional Access policies now block.";
    TOKEN_NOT_BOUND = 530_084, "invalid_grant", 400, "message_only", "Access has been blocked by a token protection policy.";
    APP_NOT_FOUND = 700_016, "unauthorized_client", 400, "", "Application with identifier '{}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.";
    ASSERTION_AUDIENCE = 700_023, "invalid_client", 401, "", "Client assertion audience claim does not match the endpoint. Client app ID: {}.";
    ASSERTION_TIME = 700_024, "invalid_client", 401, "", "Client assertion is not within its valid time range.";
    SECRET_FROM_PUBLIC = 700_025, "invalid_client", 401, "", "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
    ASSERTION_UNKNOWN = 700_027, "invalid_client", 401, "", "The certificate with identifier used to sign the client assertion is not registered on application. {}";
    ASSERTION_SUBJECT = 700_030, "invalid_client", 401, "", "Invalid certificate - the subject of the client assertion is not the application. Client app ID: {}.";
    GRANT_UNUSED = 700_082, "invalid_grant", 400, "token_expired", "The refresh token has expired due to inactivity.";
    GRANT_LIMITED = 700_084, "invalid_grant", 400, "token_expired", "The refresh token was issued to a single page app, and therefore has a fixed, limited lifetime.";
    FEDERATION_ISSUER = 700_211, "invalid_client", 401, "", "No matching federated identity record found for presented assertion issuer '{}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.";
    FEDERATION_AUDIENCE = 700_212, "invalid_client", 401, "", "No matching federated identity record found for presented assertion audience '{}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.";
    FEDERATION_SUBJECT = 700_213, "invalid_client", 401, "", "No matching federated identity record found for presented assertion subject '{}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.";
    PARAMETER_MISSING = 900_144, "invalid_request", 400, "", "The request body must contain the following parameter: '{}'.";
    POST_ONLY = 900_561, "invalid_request", 400, "", "The endpoint only accepts POST requests. Received a {} request.";
    SCOPE_NOT_DEFAULT = 1_002_012, "invalid_scope", 400, "", "The provided value for scope {} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).";
    APP_DISABLED = 7_000_112, "unauthorized_client", 400, "", "Application '{}' is disabled.";
    SECRET_WRONG = 7_000_215, "invalid_client", 401, "", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.";
    SECRET_MISSING = 7_000_218, "invalid_client", 401, "", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    SECRET_EXPIRED = 7_000_222, "invalid_client", 401, "", "The provided client secret keys for app '{}' are expired.";
    PRINCIPAL_MISSING = 7_000_229, "unauthorized_client", 400, "", "The client application '{}' is missing a service principal in the tenant.";
    TENANT_NEEDED = 9_001_023, "invalid_request", 400, "", "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.";
    CROSS_ORIGIN = 9_002_326, "invalid_request", 400, "", "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '{}'.";
}

/// `slow_down` of RFC 8628; Entra documents no number for it.
pub(in crate::sandbox) const SLOW_DOWN: Row = row(
    0,
    "slow_down",
    400,
    "",
    "OAuth 2.0 device flow error. Polling too frequently.",
);

/// The person declined at the device sign-in page; no number is documented.
pub(in crate::sandbox) const DEVICE_DECLINED: Row = row(
    0,
    "authorization_declined",
    400,
    "",
    "OAuth 2.0 device flow error. The end user denied the authorization request.",
);

/// The row of a number, for faults that name one.
pub(in crate::sandbox) fn by_code(code: u32) -> Option<Row> {
    ROWS.iter().copied().find(|row| row.code == code)
}

/// A refusal on its way to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Refusal {
    /// What is refused.
    pub(in crate::sandbox) row: Row,
    /// The number's text with its detail filled in.
    text: String,
    /// `claims` a following sign-in has to carry.
    claims: Option<Value>,
}

impl Refusal {
    /// A refusal whose text carries `detail`.
    pub(in crate::sandbox) fn about(row: Row, detail: &str) -> Self {
        Self {
            row,
            text: row.text.replacen("{}", detail, 1).trim_end().to_owned(),
            claims: None,
        }
    }

    /// Adds the claims a following sign-in has to carry.
    pub(in crate::sandbox) fn with_claims(mut self, claims: Value) -> Self {
        self.claims = Some(claims);
        self
    }

    /// `AADSTS50034: …`, as pages show it.
    pub(in crate::sandbox) fn headline(&self) -> String {
        if self.row.code == 0 {
            self.text.clone()
        } else {
            format!("AADSTS{}: {}", self.row.code, self.text)
        }
    }

    /// `error_description` with the ids and the time that support asks for.
    pub(in crate::sandbox) fn description(&self, marks: &Marks) -> String {
        let Marks {
            trace_id,
            correlation_id,
            timestamp,
        } = marks;
        format!(
            "{} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}",
            self.headline()
        )
    }

    /// The answer of the token and device code endpoints.
    pub(in crate::sandbox) fn reply(&self, request: &Request, now_ms: i64) -> Reply {
        let marks = Marks::new(request, now_ms);
        let mut body = json!({
            "error": self.row.error,
            "error_description": self.description(&marks),
            "error_codes": if self.row.code == 0 { json!([]) } else { json!([self.row.code]) },
            "timestamp": marks.timestamp,
            "trace_id": marks.trace_id,
            "correlation_id": marks.correlation_id,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.row.code),
        });
        if !self.row.suberror.is_empty() {
            body["suberror"] = json!(self.row.suberror);
        }
        if let Some(claims) = &self.claims {
            body["claims"] = json!(claims.to_string());
        }
        Reply {
            status: self.row.status,
            headers: Vec::new(),
            body: Body::Json(body),
        }
    }
}

impl From<Row> for Refusal {
    fn from(row: Row) -> Self {
        Self::about(row, "")
    }
}

/// Ids and time of one refusal.
#[derive(Debug)]
pub(in crate::sandbox) struct Marks {
    trace_id: String,
    correlation_id: String,
    timestamp: String,
}

impl Marks {
    /// Takes the correlation id from the client when it sent one.
    pub(in crate::sandbox) fn new(request: &Request, now_ms: i64) -> Self {
        let correlation_id = request
            .header("client-request-id")
            .map_or_else(entropy::guid, str::to_owned);
        let timestamp = jiff::Timestamp::from_millisecond(now_ms)
            .unwrap_or_default()
            .strftime("%Y-%m-%d %H:%M:%SZ")
            .to_string();
        Self {
            trace_id: entropy::guid(),
            correlation_id,
            timestamp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique() {
        let mut codes: Vec<u32> = ROWS.iter().map(|row| row.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ROWS.len());
    }

    #[test]
    fn a_refusal_has_every_documented_field() {
        let request = Request {
            headers: vec![(
                "client-request-id".into(),
                "11111111-2222-4333-8444-555555555555".into(),
            )],
            ..Request::default()
        };
        let refusal =
            Refusal::about(USER_NOT_FOUND, "x@y.example").with_claims(json!({"access_token": {}}));
        let reply = refusal.reply(&request, 1_795_169_472_000);
        let Body::Json(body) = reply.body else {
            panic!("no JSON")
        };
        assert_eq!(reply.status, 400);
        assert_eq!(body["error"], "invalid_grant");
        assert_eq!(body["error_codes"], json!([50034]));
        assert_eq!(body["timestamp"], "2026-11-20 10:11:12Z");
        assert_eq!(
            body["correlation_id"],
            "11111111-2222-4333-8444-555555555555"
        );
        assert_eq!(body["claims"], r#"{"access_token":{}}"#);
        let text = body["error_description"].as_str().unwrap();
        assert!(
            text.starts_with("AADSTS50034: The user account x@y.example does not exist"),
            "{text}"
        );
        assert!(
            text.contains(" Trace ID: ") && text.ends_with("Timestamp: 2026-11-20 10:11:12Z"),
            "{text}"
        );
    }

    #[test]
    fn a_text_without_detail_ends_cleanly() {
        assert!(
            Refusal::from(SCOPE_INVALID)
                .headline()
                .ends_with("is not valid.")
        );
    }
}
