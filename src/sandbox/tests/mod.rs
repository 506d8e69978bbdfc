//! The sandbox over real sockets, spoken to by hand, so that no client library smooths a fault over.

pub(super) mod assertion;
mod browser;
mod faults;
mod graph;
mod lifecycle;
mod login;
mod refusals;

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::seed::{DEFAULT_PERSONA, PUBLIC_CLIENT_ID, SEED_PASSWORD};
use super::{Fault, Options, Sandbox};

const CORRELATION: &str = "11111111-2222-4333-8444-555555555555";

/// A reply as it came off the wire.
#[derive(Debug)]
struct Heard {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Heard {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The AADSTS number of a refusal, or 0.
    fn aadsts(&self) -> u64 {
        self.json()["error_codes"][0].as_u64().unwrap_or_default()
    }
}

/// Sends bytes on a new connection and reads until it ends; what came is returned beside how it ended.
async fn raw(sandbox: &Sandbox, bytes: &[u8]) -> (Vec<u8>, io::Result<()>) {
    let address = sandbox.origin().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match tokio::time::timeout(Duration::from_millis(1500), stream.read(&mut buffer)).await {
            Err(_) => return (heard, Err(io::ErrorKind::TimedOut.into())),
            Ok(Err(error)) => return (heard, Err(error)),
            Ok(Ok(0)) => return (heard, Ok(())),
            Ok(Ok(count)) => heard.extend_from_slice(&buffer[..count]),
        }
    }
}

/// The bytes of a request.
fn request_bytes(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Vec<u8> {
    let host = sandbox.origin().trim_start_matches("http://").to_owned();
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    text.into_bytes()
}

fn parse(bytes: &[u8]) -> Heard {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no whole head: {:?}", String::from_utf8_lossy(bytes)));
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let pair = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    Heard {
        status: status.parse().unwrap(),
        headers: lines.map(pair).collect(),
        body: bytes[end + 4..].to_vec(),
    }
}

async fn send(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Heard {
    let bytes = request_bytes(sandbox, method, target, headers, body);
    let (heard, ended) = raw(sandbox, &bytes).await;
    ended.unwrap();
    parse(&heard)
}

/// A well-mannered Graph call.
async fn graph_call(
    sandbox: &Sandbox,
    token: &str,
    method: &str,
    target: &str,
    body: &str,
) -> Heard {
    let authorization = format!("Bearer {token}");
    let mut headers = vec![
        ("Authorization", authorization.as_str()),
        ("client-request-id", CORRELATION),
    ];
    if !body.is_empty() {
        headers.push(("Content-Type", "application/json"));
    }
    send(sandbox, method, target, &headers, body).await
}

/// A form posted to a sign-in address.
async fn post_form(sandbox: &Sandbox, path: &str, fields: &[(&str, &str)]) -> Heard {
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("client-request-id", CORRELATION),
    ];
    send(sandbox, "POST", path, &headers, &body).await
}

async fn token_call(sandbox: &Sandbox, fields: &[(&str, &str)]) -> Heard {
    let path = format!("/{}/oauth2/v2.0/token", sandbox.tenant_id());
    post_form(sandbox, &path, fields).await
}

async fn sandbox_with(script: &str) -> Sandbox {
    let options = Options {
        faults: Fault::parse_script(script).unwrap(),
        device_code_interval: 0,
        ..Options::default()
    };
    Sandbox::start(options).await.unwrap()
}

/// Signs the default persona in with a device code; returns the token answer.
async fn device_sign_in(sandbox: &Sandbox, scope: &str, claims: &str) -> Value {
    let started = start_device(sandbox, scope).await;
    approve(sandbox, started["user_code"].as_str().unwrap(), "approve").await;
    let mut fields = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", PUBLIC_CLIENT_ID),
        ("device_code", started["device_code"].as_str().unwrap()),
    ];
    if !claims.is_empty() {
        fields.push(("claims", claims));
    }
    let heard = token_call(sandbox, &fields).await;
    assert_eq!(heard.status, 200, "{}", heard.text());
    heard.json()
}

async fn start_device(sandbox: &Sandbox, scope: &str) -> Value {
    let path = format!("/{}/oauth2/v2.0/devicecode", sandbox.tenant_id());
    let heard = post_form(
        sandbox,
        &path,
        &[("client_id", PUBLIC_CLIENT_ID), ("scope", scope)],
    )
    .await;
    assert_eq!(heard.status, 200, "{}", heard.text());
    heard.json()
}

async fn approve(sandbox: &Sandbox, user_code: &str, action: &str) -> Heard {
    let fields = [
        ("otc", user_code),
        ("login", DEFAULT_PERSONA),
        ("passwd", SEED_PASSWORD),
        ("action", action),
    ];
    post_form(sandbox, "/devicelogin", &fields).await
}

fn default_scope(sandbox: &Sandbox) -> String {
    format!(
        "{}/.default offline_access openid profile",
        sandbox.origin()
    )
}

/// The claims of a token.
fn payload(token: &str) -> Value {
    use base64::Engine as _;
    let part = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn rules(sandbox: &Sandbox) -> Vec<String> {
    sandbox
        .violations()
        .into_iter()
        .map(|violation| violation.rule)
        .collect()
}
