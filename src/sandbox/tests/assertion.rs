//! Client assertions: certificate and federation, in order and out of order.
//!
//! Key and certificate were made for this file alone and are registered nowhere.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use serde_json::json;

use super::super::entropy;
use super::super::seed::CONFIDENTIAL_CLIENT_ID;
use super::*;

/// RSA key, PKCS#8.
const KEY: &str = "\
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCt3iwn88gsG7yWf9pbFJJv2RUw9ZZnsnn+yhBML6hU/bKYA04wUwiUKyoKi3goQ9VWJRDr\
wEwnTDCAFG0SVmwxpVrVbdm61DiXZxhmpgCmKNNcpAPx61/23b1Kv5naeLduzEUq/aPFT7X0LWzTDUfaSRZmJXWoPkGMd1mDeL4jPJ1FrfCT7fUzEJiEbg3B\
gCsuWQhs0JkrIXctk/TZXlBjYJuE3lhG9InFg9c91Nu3RR2GWCQAjz+jneV+1k65ku8kM2wljxIv6sLClwR7ndwYHDrg/tJjq3+YI4UK39SFIKpkxhu4eKV0\
Q84W5v0vwNuZ6jYgzsnfc1xbg3Jx1JY5AgMBAAECggEAIBHeGqtuZWZjUW45QDoJ7awAquRtruhedLbgLTFQLwcRgVUAv8ydBTl1+nZxvhmO+OIC3j08vrXg\
r0s1OB/tOnYJzFrEAaBB5PlM6KgfcAaRP+H34VA9RetuDiLLtd601PDEJFMe+VbD1MtpKn+lXHfFNCeeLV94Vzivb97eUWC+2fdnPzr0fSIcsVJ+6dkHwmio\
RI+VLAKRCOSkj5x6vH9cGvvGNKDB+MTwnng1CvazNVvlbS6x5c2lYIIo4uz9pfZvI3vkzRzbQPgqhwmAF2+95fvJDfp5gIwN//6ybCd4NzWRcpkGkQDoxMiz\
RvtI6FG9VJBkmDZIY00UiHihJQKBgQD1QumRTWN06N92LTvb0v99D9fdEG4Q+GdOJeka/2AcJ/nOmCLdNjbokWDD/My8O8pf+Atzmn+CqRA8c6cwi07h+oIG\
k84cNQ2ySc9xPV8LWxkMDsVW4Jvk//6a0a9vqzVrEmxZbc/E1MZumo06rl0H9/Jbr1kh+bAyBP4EBvsJ5QKBgQC1ewYfwtlkwyqxzeXUNqqevto6Xan8TsAs\
e5WfFWlBMtE7SNNdc1rfBpiyqjrTwMG9bs5oBckb9y4OOhjQmEXZlfjj4SiPlg4Lrx4gx33Pia/QxaQjJe6P3LM86QW7ww4CAOPrEMmE6wqS+Dwhi+4F/aSR\
upNm1nV3zcc3vFqFxQKBgChUxYXgXP+Hn9+WFqbSbrMJHO08W20s/Afs0gVfg1V9+WVQvUL1PFhIN8pi0uQNTP01E+UBvgAlfwcB2bdw4RrmD+W2/ojC7Kqp\
2pP7jJqYc2j5MNhVfS1OL3cUDi5l0BX4ZJrcJPNwLeVYQusoayH5UwBiuFyO67t9+Kt+3l9FAoGAV6a8lXiBkQYmR8w/Vdi1XYimVAxK/n52mMVzxWsM9B18\
KtsIoxkE6bUA6UIIuZ9es4SiEmHA+U3QI7TxqUXybp3doQptkbQSwpfowEI5xJQmo3nhxcwbRcZ9l0ygpUgXKuaNLkpkWls/Ny7HtBgmdSRFaNEpQkEQaTWt\
I4FIY1UCgYEAhAcs6VUTFV6wlbVtX5dfDk6SipxzECksBB0yn84zVOsNuZVbjEAogYvIWuGRon6hqzqRhSAqvXrmxnf78ZL9ayw12NrT3jXdArJ391volOc0\
iuKrTkIggobQhoX3K59IcwcdYXvuMr37whpiUBe17XW8EnXEbbxp/UO769Sk+y8=\
";

/// Its self-signed certificate.
const CERTIFICATE: &str = "\
MIIDETCCAfmgAwIBAgIUVl4/dYRWumBx/Zxmc4wZeBoqNHIwDQYJKoZIhvcNAQELBQAwFzEVMBMGA1UEAwwMc2FuZGJveCB0ZXN0MCAXDTI2MTEyMzE0NDIx\
OVoYDzIxMjYxMDMwMTQ0MjE5WjAXMRUwEwYDVQQDDAxzYW5kYm94IHRlc3QwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCt3iwn88gsG7yWf9pb\
FJJv2RUw9ZZnsnn+yhBML6hU/bKYA04wUwiUKyoKi3goQ9VWJRDrwEwnTDCAFG0SVmwxpVrVbdm61DiXZxhmpgCmKNNcpAPx61/23b1Kv5naeLduzEUq/aPF\
T7X0LWzTDUfaSRZmJXWoPkGMd1mDeL4jPJ1FrfCT7fUzEJiEbg3BgCsuWQhs0JkrIXctk/TZXlBjYJuE3lhG9InFg9c91Nu3RR2GWCQAjz+jneV+1k65ku8k\
M2wljxIv6sLClwR7ndwYHDrg/tJjq3+YI4UK39SFIKpkxhu4eKV0Q84W5v0vwNuZ6jYgzsnfc1xbg3Jx1JY5AgMBAAGjUzBRMB0GA1UdDgQWBBTIfqYAzj+y\
EwQ66Ts4LAzoinS4TDAfBgNVHSMEGDAWgBTIfqYAzj+yEwQ66Ts4LAzoinS4TDAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQA+aJPHHhk1\
sh1cwSSeqkSYAiXzqon2GEOwEaKHefBXAM3O/yYRTjpynW9xlB2rayCJ44p9/DFJYGgap07QkvMFlAbO92+NbV5Nsm+15FSLgMXviE6hHxOGccCJCk5xprVK\
FkhND75HMzRAFZGUTPhm9OPjiUgxdstQyO4HF3fN/BpXgjUKaZiaZmT9oQaVSqsdi5IxE1MJlVjOx3V+UB1qMFaCX02dJkcfG9AHiUJnPDrEg1UX/y2q9fPX\
fu/oTJMK5OlJI6mkIGv34/q05E/hHpzSdZV2TNBk5hTJfGZAzF5WHEczNEMtH3ump9q510oza7EvYcXhy4M64z3j6WZ0\
";

fn key() -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(&STANDARD.decode(KEY).unwrap()).unwrap()
}

/// The certificate as DER.
pub(in crate::sandbox) fn certificate() -> Vec<u8> {
    STANDARD.decode(CERTIFICATE).unwrap()
}

fn thumbprint() -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, &certificate());
    URL_SAFE_NO_PAD.encode(digest)
}

fn jwt(head: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(head), part(claims));
    let padding: &'static dyn RsaEncoding = if head["alg"] == "RS256" {
        &RSA_PKCS1_SHA256
    } else {
        &RSA_PSS_SHA256
    };
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        padding,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims(sandbox: &Sandbox) -> Value {
    let now = super::super::service::now_ms() / 1000;
    json!({
        "aud": format!("{}/{}/oauth2/v2.0/token", sandbox.origin(), sandbox.tenant_id()),
        "iss": CONFIDENTIAL_CLIENT_ID, "sub": CONFIDENTIAL_CLIENT_ID, "jti": entropy::guid(),
        "nbf": now - 60, "exp": now + 600,
    })
}

async fn ask(sandbox: &Sandbox, assertion: &str) -> Heard {
    let scope = format!("{}/.default", sandbox.origin());
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", CONFIDENTIAL_CLIENT_ID),
        ("scope", scope.as_str()),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", assertion),
    ];
    token_call(sandbox, &fields).await
}

#[tokio::test(flavor = "current_thread")]
async fn a_registered_certificate_opens_and_its_misuse_has_numbers() {
    let sandbox = sandbox_with("").await;
    let head = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint()});
    assert_eq!(
        ask(&sandbox, &jwt(&head, &claims(&sandbox))).await.aadsts(),
        700_027
    );
    sandbox
        .trust_certificate(CONFIDENTIAL_CLIENT_ID, &certificate())
        .unwrap();
    let good = claims(&sandbox);
    let opened = ask(&sandbox, &jwt(&head, &good)).await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    let old = json!({"alg": "RS256", "typ": "JWT", "x5t#S256": thumbprint()});
    assert_eq!(
        ask(&sandbox, &jwt(&old, &claims(&sandbox))).await.status,
        200
    );
    assert_eq!(rules(&sandbox), [""; 0]);

    let mut late = claims(&sandbox);
    late["exp"] = json!(1);
    assert_eq!(ask(&sandbox, &jwt(&head, &late)).await.aadsts(), 700_024);
    let mut astray = claims(&sandbox);
    astray["aud"] = json!("https://login.example/token");
    assert_eq!(ask(&sandbox, &jwt(&head, &astray)).await.aadsts(), 700_023);
    let mut bent = jwt(&head, &claims(&sandbox));
    bent.replace_range(bent.len() - 8.., "AAAAAAAA");
    assert_eq!(ask(&sandbox, &bent).await.aadsts(), 700_027);
    assert_eq!(ask(&sandbox, "rubbish").await.aadsts(), 90023);
    let again = ask(&sandbox, &jwt(&head, &good)).await;
    assert_eq!(again.status, 200);
    assert_eq!(rules(&sandbox), ["a client assertion without a fresh jti"]);
    assert!(
        sandbox
            .trust_certificate(CONFIDENTIAL_CLIENT_ID, b"no certificate")
            .is_err()
    );
}

/// What is written through Graph is what the token endpoint believes: the certificate and the federated credential of a new app.
#[tokio::test(flavor = "current_thread")]
async fn an_app_made_through_graph_proves_itself() {
    let sandbox = sandbox_with("").await;
    let admin = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    let post = async |path: &str, body: Value| {
        let heard = graph_call(&sandbox, &admin, "POST", path, &body.to_string()).await;
        assert_eq!(heard.status, 201, "{}", heard.text());
        heard.json()
    };
    let app = post(
        "/v1.0/applications",
        json!({"displayName": "ci", "keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify", "key": CERTIFICATE}]}),
    )
    .await;
    let (id, app_id) = (app["id"].as_str().unwrap(), app["appId"].as_str().unwrap());
    let with = async |head: Value, claims: Value| {
        let scope = format!("{}/.default", sandbox.origin());
        let assertion = jwt(&head, &claims);
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", app_id),
            ("scope", scope.as_str()),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion.as_str()),
        ];
        token_call(&sandbox, &fields).await
    };
    let signed = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint()});
    let own = || {
        let mut own = claims(&sandbox);
        own["iss"] = json!(app_id);
        own["sub"] = json!(app_id);
        own
    };
    // A registration without a service principal is nobody in the tenant.
    assert_eq!(with(signed.clone(), own()).await.aadsts(), 7_000_229);
    sandbox.advance(std::time::Duration::from_secs(1));
    let principal = post("/v1.0/servicePrincipals", json!({ "appId": app_id })).await;
    let opened = with(signed.clone(), own()).await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    let token = payload(opened.json()["access_token"].as_str().unwrap());
    assert_eq!(token["oid"], principal["id"]);
    assert_eq!(token["roles"], json!([]));
    let mut stranger = own();
    stranger["sub"] = json!(CONFIDENTIAL_CLIENT_ID);
    assert_eq!(with(signed, stranger).await.aadsts(), 700_030);

    let mut outside = claims(&sandbox);
    outside["iss"] = json!("https://token.actions.githubusercontent.com");
    outside["sub"] = json!("repo:contoso/runbooks:ref:refs/heads/main");
    outside["aud"] = json!("api://AzureADTokenExchange");
    let head = json!({"alg": "RS256", "kid": "1"});
    assert_eq!(with(head.clone(), outside.clone()).await.aadsts(), 700_211);
    post(
        &format!("/v1.0/applications/{id}/federatedIdentityCredentials"),
        json!({"name": "github-main", "issuer": outside["iss"], "subject": outside["sub"], "audiences": [outside["aud"]]}),
    )
    .await;
    // Nobody told the sandbox how this issuer signs.
    let heard = with(head.clone(), outside.clone()).await;
    assert_eq!(heard.aadsts(), 700_027);
    assert!(heard.text().contains("was told no key"), "{}", heard.text());
    sandbox.publish_issuer(
        "https://token.actions.githubusercontent.com",
        key().public().as_ref(),
    );
    assert_eq!(with(head, outside).await.status, 200);
    assert_eq!(rules(&sandbox), [""; 0]);
}

#[tokio::test(flavor = "current_thread")]
async fn a_federated_subject_is_matched_exactly() {
    let sandbox = sandbox_with("").await;
    let key = key();
    let subject = "repo:contoso/admin:environment:prod";
    sandbox.trust_issuer(
        CONFIDENTIAL_CLIENT_ID,
        "https://issuer.example",
        subject,
        key.public().as_ref(),
    );
    let head = json!({"alg": "RS256", "typ": "JWT", "kid": "1"});
    let mut outside = claims(&sandbox);
    outside["iss"] = json!("https://issuer.example");
    outside["sub"] = json!(subject);
    outside["aud"] = json!("api://AzureADTokenExchange");
    let opened = ask(&sandbox, &jwt(&head, &outside)).await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    assert_eq!(
        ask(&sandbox, &jwt(&json!({"alg": "PS256"}), &outside))
            .await
            .aadsts(),
        700_027
    );
    for (claim, value, number) in [
        ("sub", "repo:contoso/admin:environment:test", 700_213),
        ("sub", "repo:Contoso/admin:environment:prod", 700_213),
        ("aud", "https://graph.microsoft.com", 700_212),
        ("iss", "https://issuer.example/", 700_211),
    ] {
        let mut astray = outside.clone();
        astray[claim] = json!(value);
        let heard = ask(&sandbox, &jwt(&head, &astray)).await;
        assert_eq!(heard.aadsts(), number, "{claim}");
        assert!(heard.text().contains(value), "{}", heard.text());
        assert_eq!(heard.status, 401);
    }
    outside["exp"] = json!(1);
    assert_eq!(ask(&sandbox, &jwt(&head, &outside)).await.aadsts(), 700_024);
    assert_eq!(rules(&sandbox), [""; 0]);
}
