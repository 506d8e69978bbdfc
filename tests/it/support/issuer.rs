//! Outside issuers: the tokens they give to jobs, and a stand-in for the services that hand them out.

use super::{Lab, root};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

/// Issuer of GitHub Actions.
pub const GITHUB: &str = "https://token.actions.githubusercontent.com";
/// Audience of tokens that are for Entra.
pub const AUDIENCE: &str = "api://AzureADTokenExchange";
/// What a job proves itself with to the service that gives it tokens.
pub const JOB_TOKEN: &str = "job-token";

/// The key of the test certificates, which here is the issuers'.
fn key() -> RsaKeyPair {
    let pem = std::fs::read_to_string(root().join("tests/certificates/key-alone.pem")).unwrap();
    let der: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    RsaKeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap()
}

/// Lets the tenant know how an issuer signs, as its discovery document would.
pub fn publish(lab: &Lab, issuer: &str) {
    lab.sandbox()
        .publish_issuer(issuer, key().public_key().as_ref());
}

/// A token as an issuer gives it to a job.
pub fn token(issuer: &str, subject: &str, audience: &str) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!(
        "{}.{}",
        part(json!({"alg": "RS256", "typ": "JWT", "kid": "1"})),
        part(json!({
            "iss": issuer, "sub": subject, "aud": audience, "iat": now, "nbf": now - 60, "exp": now + 300,
        })),
    );
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A stand-in for the token services of GitHub Actions and Azure DevOps: one answer for each connection, for as long as the test
/// runs. Whoever asks without the job's own token, or otherwise than documented, gets nothing. Returns its address.
pub fn service(issuer: &'static str, subject: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            for line in BufReader::new(&stream).lines() {
                let line = line.unwrap_or_default();
                if line.is_empty() {
                    break;
                }
                head.push(line);
            }
            let first = head.first().cloned().unwrap_or_default();
            let says = |text: &str| head.iter().any(|line| line.eq_ignore_ascii_case(text));
            let field = if !says(&format!("authorization: Bearer {JOB_TOKEN}")) {
                None
            } else if first.starts_with(
                "GET /token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange ",
            ) {
                Some("value")
            } else if first.starts_with("POST /token?api-version=7.1") && says("content-length: 0")
            {
                Some("oidcToken")
            } else {
                None
            };
            let (status, body) = match field {
                Some(name) => (
                    "200 OK",
                    json!({ name: token(issuer, subject, AUDIENCE) }).to_string(),
                ),
                None => ("400 Bad Request", json!({ "heard": head }).to_string()),
            };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}/token")
}
