//! A sign-in service on loopback: hands out prepared answers in order and remembers what it was asked.

use crate::auth::authority::Authority;
use crate::cli::GlobalArgs;
use crate::console::{Console, Manner};
use crate::http::{Transport, Watch};
use crate::ids::TenantId;
use crate::settings::{Env, Settings};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(in crate::auth) const TENANT: &str = "11111111-2222-4333-8444-555555555555";
pub(in crate::auth) const CLIENT: &str = "66666666-7777-4888-8999-aaaaaaaaaaaa";

/// One prepared answer.
pub(in crate::auth) enum Answer {
    Json(u16, Value),
    Raw(u16, &'static str, String),
    /// Reads the request and hangs up.
    Cut,
}

/// What one request looked like.
#[derive(Clone)]
pub(in crate::auth) struct Asked {
    pub(in crate::auth) path: String,
    pub(in crate::auth) headers: Vec<(String, String)>,
    pub(in crate::auth) form: Vec<(String, String)>,
}

impl Asked {
    pub(in crate::auth) fn field(&self, name: &str) -> Option<&str> {
        let mut found = self.form.iter().filter(|(own, _)| own == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} was sent twice");
        value
    }

    pub(in crate::auth) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(in crate::auth) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.form.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }
}

#[derive(Clone)]
pub(in crate::auth) struct Service {
    pub(in crate::auth) port: u16,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Service {
    pub(in crate::auth) async fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = Service {
            port: listener.local_addr().unwrap().port(),
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            asked: Arc::default(),
        };
        let own = service.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                own.serve(stream).await;
            }
        });
        service
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some(asked) = read(&mut stream).await else {
            return;
        };
        self.asked.lock().unwrap().push(asked);
        let answer = self
            .answers
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or_else(|| Answer::Raw(501, "", "nothing prepared".into()));
        let (status, headers, body) = match answer {
            Answer::Cut => return,
            Answer::Json(status, body) => (
                status,
                "Content-Type: application/json; charset=utf-8\r\n",
                body.to_string(),
            ),
            Answer::Raw(status, headers, body) => (status, headers, body),
        };
        let reply = format!(
            "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let _ = stream.write_all(reply.as_bytes()).await;
        let _ = stream.shutdown().await;
    }

    pub(in crate::auth) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(in crate::auth) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Settings whose login is this service and whose Graph is nowhere.
    pub(in crate::auth) fn settings(&self, args: GlobalArgs, env: &[(&str, &str)]) -> Settings {
        let args = GlobalArgs {
            login_endpoint: Some(self.origin()),
            graph_endpoint: Some(GRAPH.into()),
            ..args
        };
        Settings::resolve(&args, Env::of(env)).unwrap()
    }

    pub(in crate::auth) fn authority(&self) -> Authority {
        let settings = self.settings(GlobalArgs::default(), &[]);
        Authority {
            transport: Rc::new(Transport::new(&settings, Watch::default()).unwrap()),
            login: settings.endpoints.login,
            graph: settings.endpoints.graph,
            tenant: TenantId::parse(TENANT).unwrap(),
            client_id: CLIENT.into(),
        }
    }
}

pub(in crate::auth) const GRAPH: &str = "http://127.0.0.1:9";

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let path = lines.next()?.split(' ').nth(1)?.to_owned();
            let headers: Vec<(String, String)> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let length = headers
                .iter()
                .find(|(name, _)| name == "content-length")
                .map_or(0, |(_, value)| value.parse().unwrap());
            if body.len() >= length {
                let form = url::form_urlencoded::parse(body.as_bytes())
                    .into_owned()
                    .collect();
                return Some(Asked {
                    path,
                    headers,
                    form,
                });
            }
        }
        match stream.read(&mut chunk).await.ok()? {
            0 => return None,
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

/// A token that says what `claims` hold.
pub(in crate::auth) fn jwt(claims: &Value) -> String {
    format!(
        "{}.{}.c2ln",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

/// A token answer.
pub(in crate::auth) fn token(access: &str) -> Answer {
    Answer::Json(
        200,
        json!({"token_type": "Bearer", "expires_in": 3599, "access_token": access}),
    )
}

/// A refusal as Entra words it. The description holds a mark that must never be shown.
pub(in crate::auth) fn refused(status: u16, error: &str, number: u32) -> Answer {
    let body = json!({
        "error": error, "error_description": format!("AADSTS{number}: canary-description"), "error_codes": [number],
        "timestamp": "2026-11-20 10:11:12Z", "trace_id": "255d1aef-8c98-452f-ac51-23d051240864",
        "correlation_id": "fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7"
    });
    Answer::Json(status, body)
}

/// The page of a broken gateway.
pub(in crate::auth) fn broken() -> Answer {
    Answer::Raw(
        502,
        "Content-Type: text/html\r\n",
        "<html>canary-page</html>".into(),
    )
}

/// A console that never asks.
pub(in crate::auth) fn console() -> Arc<Console> {
    Arc::new(Console::new(
        Manner {
            no_input: true,
            quiet: true,
            ..Manner::default()
        },
        &Env::default(),
    ))
}
