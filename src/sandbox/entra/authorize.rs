//! The browser flow up to the code: checks of the request, the sign-in page and the way back to the application.
//!
//! Source: Microsoft Learn "OAuth 2.0 authorization code flow" and "Redirect URI (reply URL) outline and restrictions", mid 2026.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::aadsts::{self, Marks, Refusal};
use super::claims::Claims;
use super::fields::Fields;
use super::pages::{self, SignInForm};
use super::scope::Asked;
use super::sessions::{Flow, Grant};
use super::{Entra, Visit};
use crate::sandbox::entropy;
use crate::sandbox::tenant::ClientApp;
use crate::sandbox::wire::Reply;

/// Milliseconds a code lives.
const CODE_LIFE_MS: i64 = 10 * 60 * 1000;

/// Parameters of the request, carried through the form.
const PARAMETERS: &[&str] = &[
    "client_id",
    "response_type",
    "redirect_uri",
    "response_mode",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "login_hint",
    "domain_hint",
    "claims",
    "nonce",
    "client_info",
    "mkt",
    "ui_locales",
];

/// Fields the form adds.
const FORM: &[&str] = &["login", "passwd", "newpasswd", "mfa", "action"];

/// A code waiting to be redeemed.
#[derive(Debug)]
pub(super) struct AuthorizationCode {
    code: String,
    redirect_uri: String,
    challenge: String,
    nonce: String,
    claims: Claims,
    grant: Grant,
    expires_ms: i64,
    redeemed: bool,
}

/// A code that was redeemed.
pub(super) struct Redeemed {
    pub(super) grant: Grant,
    pub(super) claims: Claims,
    pub(super) nonce: String,
}

/// Where answers go once the application is known to be reachable there.
struct Way {
    redirect_uri: Url,
    form_post: bool,
    state: String,
}

impl Entra {
    /// `/{tenant}/oauth2/v2.0/authorize`.
    pub(super) fn authorize(&mut self, visit: &mut Visit<'_>, segment: &str) -> Reply {
        let form = if visit.request.method == "POST" {
            Fields::of_form(visit)
        } else {
            Fields::default()
        };
        let fields = Fields::of_query(visit).joined(form);
        // Until client and redirect address are proven, nothing may leave this page.
        let (client, way) = match self.way(visit, &fields, segment) {
            Ok(found) => found,
            Err(refusal) => return pages::refused(&refusal),
        };
        match self.authorize_known(visit, &fields, &client) {
            Ok(Step::Show(refusal)) => sign_in_page(visit, &fields, refusal.as_ref()),
            Ok(Step::Code(code)) => {
                let mut answer = vec![("code", code)];
                if fields.get("client_info") == "1" {
                    let user = self
                        .codes
                        .last()
                        .map_or("", |code| code.grant.user_id.as_str());
                    answer.push((
                        "client_info",
                        super::token::client_info(user, visit.tenant.tenant_id()),
                    ));
                }
                way.send(answer)
            }
            Err(refusal) => {
                let marks = Marks::new(visit.request, visit.now_ms);
                let error = if refusal.row.code == aadsts::CONSENT_MISSING.code {
                    "consent_required"
                } else {
                    refusal.row.error
                };
                way.send(vec![
                    ("error", error.to_owned()),
                    ("error_description", refusal.description(&marks)),
                ])
            }
        }
    }

    fn way(
        &self,
        visit: &mut Visit<'_>,
        fields: &Fields,
        segment: &str,
    ) -> Result<(ClientApp, Way), Refusal> {
        let known: Vec<&str> = PARAMETERS.iter().chain(FORM).copied().collect();
        fields.check(visit, &known)?;
        let segment = visit.segment(segment)?;
        let client = visit.client(segment, fields.get("client_id"))?;
        let redirect_uri = fields.need("redirect_uri")?;
        let wrong = || Refusal::about(aadsts::REDIRECT_MISMATCH, redirect_uri);
        let uri = Url::parse(redirect_uri).map_err(|_| wrong())?;
        if !client
            .redirect_uris
            .iter()
            .any(|registered| redirect_fits(registered, &uri))
        {
            return Err(wrong());
        }
        let form_post = match fields.get("response_mode") {
            "" | "query" => false,
            "form_post" => true,
            other => {
                return Err(Refusal::about(
                    aadsts::REQUEST_INVALID,
                    &format!("The response_mode '{other}' is not supported here."),
                ));
            }
        };
        Ok((
            client,
            Way {
                redirect_uri: uri,
                form_post,
                state: fields.get("state").to_owned(),
            },
        ))
    }

    fn authorize_known(
        &mut self,
        visit: &mut Visit<'_>,
        fields: &Fields,
        client: &ClientApp,
    ) -> Result<Step, Refusal> {
        if fields.need("response_type")? != "code" {
            return Err(Refusal::about(
                aadsts::REQUEST_INVALID,
                "Only response_type=code is offered.",
            ));
        }
        if fields.get("state").is_empty() {
            visit.breach("authorize without state");
        }
        let challenge = fields.get("code_challenge");
        let digest = URL_SAFE_NO_PAD.decode(challenge).unwrap_or_default();
        if challenge.is_empty()
            || fields.get("code_challenge_method") != "S256"
            || digest.len() != 32
        {
            visit.breach("authorize without a PKCE challenge of method S256");
            return Err(Refusal::about(aadsts::PARAMETER_MISSING, "code_challenge"));
        }
        let asked = Asked::parse(fields.need("scope")?, visit.origin, visit.tenant.cloud)?;
        let claims = Claims::parse(fields.get("claims"))?;
        match fields.get("prompt") {
            "none" => return Err(aadsts::NO_SESSION.into()),
            "" | "select_account" | "login" | "consent" => {}
            other => {
                return Err(Refusal::about(
                    aadsts::REQUEST_INVALID,
                    &format!("The prompt '{other}' is not known."),
                ));
            }
        }
        match fields.get("action") {
            "" => return Ok(Step::Show(None)),
            "decline" => return Err(aadsts::CONSENT_DECLINED.into()),
            _ => {}
        }
        let grant = match self.sign_in(visit, fields, client, &asked, &claims, Flow::Browser) {
            Ok(grant) => grant,
            Err(refusal) if refusal.row.code == aadsts::CONSENT_MISSING.code => {
                return Err(refusal);
            }
            Err(refusal) => return Ok(Step::Show(Some(refusal))),
        };
        let code = format!("1.SANDBOX.{}", entropy::opaque());
        self.codes.retain(|code| code.expires_ms > visit.now_ms);
        self.codes.push(AuthorizationCode {
            code: code.clone(),
            redirect_uri: fields.get("redirect_uri").to_owned(),
            challenge: challenge.to_owned(),
            nonce: fields.get("nonce").to_owned(),
            claims,
            grant,
            expires_ms: visit.now_ms + CODE_LIFE_MS,
            redeemed: false,
        });
        Ok(Step::Code(code))
    }

    /// Redeems a code, once, for the client and the redirect address it was made for.
    pub(super) fn redeem_code(
        &mut self,
        now_ms: i64,
        fields: &Fields,
        client_id: &str,
    ) -> Result<Redeemed, Refusal> {
        let code = fields.need("code")?;
        let redirect_uri = fields.need("redirect_uri")?;
        let verifier = fields.need("code_verifier")?;
        let found = self
            .codes
            .iter_mut()
            .find(|entry| entry.code == code && entry.grant.client_id == client_id);
        let entry = found
            .ok_or_else(|| Refusal::about(aadsts::GRANT_MALFORMED, "The code isn't valid."))?;
        if entry.redeemed {
            return Err(aadsts::CODE_REDEEMED.into());
        }
        if entry.expires_ms <= now_ms {
            return Err(aadsts::GRANT_EXPIRED.into());
        }
        if entry.redirect_uri != redirect_uri {
            return Err(Refusal::about(aadsts::REDIRECT_MISMATCH, redirect_uri));
        }
        let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
        if !(43..=128).contains(&verifier.len())
            || URL_SAFE_NO_PAD.encode(digest) != entry.challenge
        {
            return Err(aadsts::VERIFIER_WRONG.into());
        }
        entry.redeemed = true;
        Ok(Redeemed {
            grant: entry.grant.clone(),
            claims: entry.claims.clone(),
            nonce: entry.nonce.clone(),
        })
    }
}

/// What follows from a request that is in order.
enum Step {
    Show(Option<Refusal>),
    Code(String),
}

impl Way {
    fn send(self, mut fields: Vec<(&str, String)>) -> Reply {
        if !self.state.is_empty() {
            fields.push(("state", self.state));
        }
        fields.push(("session_state", entropy::guid()));
        let mut uri = self.redirect_uri;
        if self.form_post {
            let origin = uri.origin().ascii_serialization();
            return pages::form_post(uri.as_str(), &origin, &fields);
        }
        uri.query_pairs_mut().extend_pairs(&fields);
        let headers = vec![
            ("Location".to_owned(), uri.to_string()),
            ("Cache-Control".to_owned(), "no-store".to_owned()),
        ];
        Reply {
            status: 302,
            headers,
            body: crate::sandbox::wire::Body::Empty,
        }
    }
}

fn sign_in_page(visit: &Visit<'_>, fields: &Fields, refusal: Option<&Refusal>) -> Reply {
    let hidden: Vec<(&str, &str)> = fields.only(PARAMETERS).collect();
    let login = match fields.get("login") {
        "" => fields.get("login_hint"),
        typed => typed,
    };
    pages::sign_in(&SignInForm {
        heading: "Sign in",
        target: &visit.request.path,
        hidden: &hidden,
        device_code: None,
        login,
        refusal,
    })
}

/// Scheme, host, path and query have to be those registered; the port does not count on loopback.
fn redirect_fits(registered: &str, asked: &Url) -> bool {
    let Ok(registered) = Url::parse(registered) else {
        return false;
    };
    let loopback =
        asked.scheme() == "http" && matches!(asked.host_str(), Some("localhost" | "127.0.0.1"));
    asked.scheme() == registered.scheme()
        && asked.host_str() == registered.host_str()
        && (loopback || asked.port_or_known_default() == registered.port_or_known_default())
        && asked.path() == registered.path()
        && asked.query() == registered.query()
        && asked.fragment().is_none()
        && asked.username().is_empty()
        && asked.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(registered: &str, asked: &str) -> bool {
        redirect_fits(registered, &Url::parse(asked).unwrap())
    }

    #[test]
    fn only_the_port_of_loopback_is_free() {
        assert!(fits("http://localhost", "http://localhost:4711"));
        assert!(fits("http://localhost", "http://localhost:4711/"));
        assert!(fits("http://127.0.0.1/cb", "http://127.0.0.1:9/cb"));
        assert!(!fits("http://localhost", "http://127.0.0.1:4711"));
        assert!(!fits("http://localhost", "http://localhost:4711/cb"));
        assert!(!fits("http://localhost/cb", "http://localhost/CB"));
        assert!(!fits(
            "https://app.example/cb",
            "https://app.example:8443/cb"
        ));
        assert!(!fits("http://localhost", "http://user@localhost/"));
        assert!(!fits("http://localhost", "https://localhost/"));
    }
}
