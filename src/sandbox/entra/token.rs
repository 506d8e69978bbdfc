//! The token endpoint: who the client is, which grant it brings, and what it gets for it.
//!
//! Source: Microsoft Learn pages on the authorization code, device authorization, client credentials and refresh flows, mid 2026.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::aadsts::{self, Refusal};
use super::assertion::ASSERTION_TYPE;
use super::claims::Claims;
use super::fields::Fields;
use super::scope::{self, Asked};
use super::sessions::{Flow, Grant};
use super::{Entra, Segment, Visit};
use crate::sandbox::access::{Subject, Ticket};
use crate::sandbox::faults::PolicyRule;
use crate::sandbox::tenant::{ClientApp, Person};
use crate::sandbox::wire::{Body, Reply};

/// Parameters the endpoint knows.
const KNOWN: &[&str] = &[
    "grant_type",
    "client_id",
    "scope",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "device_code",
    "refresh_token",
    "client_info",
    "claims",
];

/// Everything a person's tokens are made of.
struct Issue<'a> {
    client: &'a ClientApp,
    grant: &'a Grant,
    asked: &'a Asked,
    claims: &'a Claims,
    nonce: &'a str,
    wants_client_info: bool,
}

impl Entra {
    /// `POST /{tenant}/oauth2/v2.0/token`.
    pub(super) fn token(&mut self, visit: &mut Visit<'_>, segment: &str) -> Reply {
        match self.redeem(visit, segment) {
            Ok(body) => Reply {
                status: 200,
                headers: Vec::new(),
                body: Body::Json(body),
            },
            Err(refusal) => refusal.reply(visit.request, visit.now_ms),
        }
    }

    fn redeem(&mut self, visit: &mut Visit<'_>, segment: &str) -> Result<Value, Refusal> {
        if visit.request.method != "POST" {
            visit.breach("the token endpoint takes POST only");
            return Err(Refusal::about(aadsts::POST_ONLY, &visit.request.method));
        }
        if let Some(origin) = visit.request.header("origin").map(str::to_owned) {
            visit.breach("a token request carries an Origin header");
            return Err(Refusal::about(aadsts::CROSS_ORIGIN, &origin));
        }
        let fields = Fields::of_form(visit);
        fields.check(visit, KNOWN)?;
        let grant_type = fields.need("grant_type")?;
        let segment = visit.segment(segment)?;
        let proof = Proof::read(visit, &fields);
        let claims = Claims::parse(fields.get("claims"))?;
        if grant_type == "client_credentials" {
            return self.client_credentials(visit, &fields, segment, &proof, &claims);
        }
        let client = visit.client(segment, &proof.client_id)?;
        self.check_client(visit, &client, &proof)?;
        let issue = |grant, asked, claims, nonce| Issue {
            client: &client,
            grant,
            asked,
            claims,
            nonce,
            wants_client_info: fields.get("client_info") == "1",
        };
        match grant_type {
            "urn:ietf:params:oauth:grant-type:device_code" => {
                let (grant, declared) =
                    self.poll_device_code(visit, fields.need("device_code")?, &client.client_id)?;
                self.issue(
                    visit,
                    &issue(&grant, &grant.asked, &claims.and(&declared), ""),
                    None,
                )
            }
            "authorization_code" => {
                let redeemed = self.redeem_code(visit.now_ms, &fields, &client.client_id)?;
                let grant = redeemed.grant;
                self.issue(
                    visit,
                    &issue(
                        &grant,
                        &grant.asked,
                        &claims.and(&redeemed.claims),
                        &redeemed.nonce,
                    ),
                    None,
                )
            }
            "refresh_token" => {
                let token = fields.need("refresh_token")?;
                let strict = self.settings.strict_rotation;
                let grant = self
                    .sessions
                    .redeem(token, &client.client_id, strict, visit.now_ms)?;
                let asked = match fields.get("scope") {
                    "" => grant.asked.clone(),
                    text => Asked::parse(text, visit.origin, visit.tenant.cloud)?,
                };
                self.issue(visit, &issue(&grant, &asked, &claims, ""), Some(token))
            }
            other => {
                visit.breach(format!("grant_type '{other}' is not offered"));
                Err(Refusal::about(aadsts::GRANT_TYPE_UNKNOWN, other))
            }
        }
    }

    fn client_credentials(
        &mut self,
        visit: &mut Visit<'_>,
        fields: &Fields,
        segment: Segment,
        proof: &Proof,
        claims: &Claims,
    ) -> Result<Value, Refusal> {
        if segment != Segment::Own {
            return Err(aadsts::TENANT_NEEDED.into());
        }
        let client = visit.client(segment, &proof.client_id)?;
        if client.public_client && proof.secret.is_none() && proof.assertion.is_none() {
            return Err(aadsts::SECRET_MISSING.into());
        }
        self.check_client(visit, &client, proof)?;
        let resource =
            scope::app_resource(fields.need("scope")?, visit.origin, visit.tenant.cloud)?;
        let (token, life) = self.ready_for_app(
            visit.tenant,
            &client,
            &resource,
            claims.cp1,
            visit.origin,
            visit.now_ms,
        );
        let mut body = json!({"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token});
        if claims.cp1 {
            body["refresh_in"] = json!(life / 2);
        }
        Ok(body)
    }

    fn check_client(
        &mut self,
        visit: &mut Visit<'_>,
        client: &ClientApp,
        proof: &Proof,
    ) -> Result<(), Refusal> {
        match (client.public_client, &proof.secret, &proof.assertion) {
            (true, None, None) => Ok(()),
            (true, ..) => Err(aadsts::SECRET_FROM_PUBLIC.into()),
            (false, None, None) => Err(aadsts::SECRET_MISSING.into()),
            (false, Some(secret), _)
                if visit.tenant.check_client_secret(&client.client_id, secret) =>
            {
                Ok(())
            }
            (false, Some(_), _) => Err(Refusal::about(aadsts::SECRET_WRONG, &client.client_id)),
            (false, None, Some(assertion)) => self.check_assertion(visit, client, assertion),
        }
    }

    /// Issues the tokens of a person; `rotated` is the refresh token that was redeemed for them.
    fn issue(
        &mut self,
        visit: &mut Visit<'_>,
        issue: &Issue<'_>,
        rotated: Option<&str>,
    ) -> Result<Value, Refusal> {
        let grant = issue.grant;
        let person = visit
            .tenant
            .person(&grant.user_id)
            .ok_or_else(|| Refusal::about(aadsts::USER_NOT_FOUND, &grant.user_id))?;
        if !person.enabled {
            return Err(aadsts::USER_DISABLED.into());
        }
        if grant.signed_in_ms < visit.tenant.sessions_valid_from_ms(&person.object_id) {
            return Err(aadsts::SESSION_REVOKED.into());
        }
        if rotated.is_some() {
            self.check_standing(issue, &person)?;
        }
        let granted = issue.asked.granted(issue.client)?;
        let scp = issue.asked.scp(&granted);
        let amr: &[&str] = if grant.mfa { &["pwd", "mfa"] } else { &["pwd"] };
        let minted = self.signer.mint(&Ticket {
            tenant_id: visit.tenant.tenant_id(),
            origin: visit.origin,
            resource: &issue.asked.resource,
            client_id: &issue.client.client_id,
            client_name: &issue.client.display_name,
            client_proof: if issue.client.public_client { "0" } else { "1" },
            subject: Subject::Person {
                object_id: &person.object_id,
                upn: &person.upn,
                name: &person.display_name,
                scp: &scp,
                amr,
            },
            wids: visit.tenant.wids(&person.object_id),
            cp1: issue.claims.cp1,
            acrs: &grant.acrs,
            now_ms: visit.now_ms,
        });
        let mut body = json!({
            "token_type": "Bearer",
            "scope": issue.asked.answer(&granted),
            "expires_in": minted.expires_in,
            "ext_expires_in": minted.expires_in,
            "access_token": minted.token,
        });
        if issue.claims.cp1 {
            body["refresh_in"] = json!(minted.expires_in / 2);
        }
        if issue.asked.offline || rotated.is_some() {
            let token = match rotated {
                Some(old) => self.sessions.rotate(old, grant.clone(), visit.now_ms),
                None => self.sessions.start(grant.clone(), visit.now_ms),
            };
            body["refresh_token"] = json!(token);
            visit.changed = true;
        }
        if issue.asked.wants_id_token() {
            body["id_token"] = json!(self.id_token(visit, issue, &person));
        }
        if issue.wants_client_info {
            body["client_info"] = json!(client_info(&person.object_id, visit.tenant.tenant_id()));
        }
        Ok(body)
    }

    /// Standing rules of the tenant that a silent renewal has to meet as well.
    fn check_standing(&self, issue: &Issue<'_>, person: &Person) -> Result<(), Refusal> {
        let grant = issue.grant;
        if grant.flow == Flow::DeviceCode && self.policy(PolicyRule::DeviceCodeBlocked, &person.upn)
        {
            return Err(aadsts::DEVICE_FLOW_NOW_BLOCKED.into());
        }
        if self.policy(PolicyRule::MfaRequired, &person.upn) && !grant.mfa {
            let claims = json!({"access_token": {"capolids": {"essential": true, "values": ["4b1bdae3-2ab3-4bd3-8d1c-7d2e1a6b3c55"]}}});
            return Err(Refusal::from(aadsts::MFA_REQUIRED).with_claims(claims));
        }
        if self.policy(PolicyRule::ConsentMissing, &person.upn) {
            return Err(Refusal::about(
                aadsts::CONSENT_MISSING,
                &issue.client.client_id,
            ));
        }
        if !issue
            .claims
            .acrs
            .iter()
            .all(|context| grant.acrs.contains(context))
        {
            return Err(Refusal::from(aadsts::MFA_REQUIRED).with_claims(issue.claims.challenge()));
        }
        Ok(())
    }

    fn id_token(&self, visit: &Visit<'_>, issue: &Issue<'_>, person: &Person) -> String {
        let now = visit.now_ms.div_euclid(1000);
        let tenant = visit.tenant.tenant_id();
        let mut payload = json!({
            "sandbox": true,
            "ver": "2.0",
            "iss": format!("{}/{tenant}/v2.0", visit.origin),
            "aud": issue.client.client_id,
            "sub": person.object_id,
            "oid": person.object_id,
            "tid": tenant,
            "preferred_username": person.upn,
            "name": person.display_name,
            "iat": now, "nbf": now, "exp": now + 3600,
        });
        if !issue.nonce.is_empty() {
            payload["nonce"] = json!(issue.nonce);
        }
        self.signer.sign(&payload)
    }
}

/// What a client shows to prove who it is.
pub(super) struct Proof {
    client_id: String,
    secret: Option<String>,
    assertion: Option<String>,
}

impl Proof {
    fn read(visit: &mut Visit<'_>, fields: &Fields) -> Self {
        let filled = |name: &str| {
            Some(fields.get(name))
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        if !fields.get("client_assertion").is_empty()
            && fields.get("client_assertion_type") != ASSERTION_TYPE
        {
            visit.breach("client_assertion without its client_assertion_type");
        }
        let mut proof = Self {
            client_id: fields.get("client_id").to_owned(),
            secret: filled("client_secret"),
            assertion: filled("client_assertion"),
        };
        if let Some((id, secret)) = visit.request.header("authorization").and_then(basic) {
            if proof.secret.is_some() {
                visit.breach("a client secret in the body and in the Authorization header");
            }
            proof.client_id = id;
            proof.secret = Some(secret);
        }
        proof
    }
}

/// HTTP Basic with both parts form-encoded first (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, text) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |part: &str| {
        let pair = format!("v={part}");
        url::form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

/// `client_info`: the account's stable key.
pub(super) fn client_info(user_id: &str, tenant_id: &str) -> String {
    URL_SAFE_NO_PAD.encode(json!({"uid": user_id, "utid": tenant_id}).to_string())
}
