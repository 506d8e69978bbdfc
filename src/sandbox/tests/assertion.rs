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

fn certificate() -> Vec<u8> {
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
    outside["sub"] = json!("repo:contoso/admin:environment:test");
    assert_eq!(ask(&sandbox, &jwt(&head, &outside)).await.aadsts(), 700_027);
    assert_eq!(rules(&sandbox), [""; 0]);
}
