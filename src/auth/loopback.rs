//! The listener for the redirect of a browser sign-in: takes one answer that carries the right `state`, then is gone.
//!
//! Listens on this machine only. Whoever else connects learns nothing and stops nothing.
//! Sources: RFC 8252, sections 7.3 and 8.3; Microsoft Learn "Redirect URI (reply URL) restrictions", read 2026-11.

use super::entra::Refusal;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use std::hint::black_box;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

/// Longest request, headers and body together.
const REQUEST_LIMIT: usize = 64 * 1024;
/// Time for the headers. Browsers open connections ahead of need; those end here.
const HEADER_TIMEOUT: Duration = Duration::from_secs(1);
/// Time for a body, for the answer, and for the browser to read it.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);
/// Most connections served at the same time.
const MOST_CONNECTIONS: usize = 32;

/// What came back through the browser.
pub(crate) enum Answer {
    /// A code to redeem.
    Code(Secret),
    /// The service said no.
    Refused(Refusal),
}

/// The listening sockets.
pub(crate) struct Loopback {
    four: TcpListener,
    six: Option<TcpListener>,
    port: u16,
}

impl Loopback {
    /// Takes a free port, the same on both loopback addresses where there are two: `localhost` may mean either, and a stranger on
    /// the other would receive the code.
    pub(crate) async fn bind() -> Result<Self> {
        let refuse = |cause: io::Error| {
            Error::new(
                ErrorCode::SignInFailed,
                "No port for the browser's answer could be opened on this machine.",
            )
            .fix("Sign in with --auth device-code.")
            .source(cause)
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let four = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .await
                .map_err(refuse)?;
            let port = four.local_addr().map_err(refuse)?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                Ok(six) => {
                    return Ok(Loopback {
                        four,
                        six: Some(six),
                        port,
                    });
                }
                Err(cause) if cause.kind() == io::ErrorKind::AddrInUse && tries < 10 => {}
                Err(cause) if cause.kind() == io::ErrorKind::AddrInUse => {
                    return Err(refuse(cause));
                }
                // No IPv6 on this machine.
                Err(_) => {
                    return Ok(Loopback {
                        four,
                        six: None,
                        port,
                    });
                }
            }
        }
    }

    /// Where the service shall send the browser. It has no path, and the same text is repeated when the code is redeemed.
    pub(crate) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Waits for the answer with this `state`. `stray` is told of answers with another one.
    pub(crate) async fn receive(&self, state: &Secret, stray: impl Fn()) -> Answer {
        let mut open = FuturesUnordered::new();
        loop {
            let accepted = async {
                match &self.six {
                    Some(six) => {
                        tokio::select! { found = self.four.accept() => found, found = six.accept() => found }
                    }
                    None => self.four.accept().await,
                }
            };
            tokio::select! {
                found = accepted, if open.len() < MOST_CONNECTIONS => match found {
                    Ok((stream, _)) => open.push(serve(stream, state, &stray)),
                    // Out of descriptors, or a peer that left at once: neither may spin the loop.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
                Some(answer) = open.next() => if let Some(answer) = answer { return answer },
            }
        }
    }
}

/// Serves one connection: one request, one whole reply.
async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    state: &Secret,
    stray: &impl Fn(),
) -> Option<Answer> {
    let request = read_request(&mut stream).await;
    // Nothing readable came in time: there is nobody to answer.
    let judged = judge(&request?, state);
    let (status, text) = match &judged {
        Ok(Answer::Code(_)) => (
            "200 OK",
            "The answer has arrived. Go on in the terminal; this window can be closed.".to_owned(),
        ),
        Ok(Answer::Refused(refusal)) => (
            "200 OK",
            format!(
                "The sign-in was refused: {refusal}. The terminal tells more; this window can be closed."
            ),
        ),
        Err(Stray::OtherState) => {
            stray();
            (
                "400 Bad Request",
                "This answer does not belong to the sign-in that is waiting.".to_owned(),
            )
        }
        Err(Stray::OtherPath) => ("404 Not Found", "Nothing is here.".to_owned()),
        Err(Stray::NoAnswer) => (
            "400 Bad Request",
            "This is not the answer of a sign-in.".to_owned(),
        ),
    };
    let _ = timeout(BODY_TIMEOUT, reply(&mut stream, status, &text)).await;
    judged.ok()
}

/// Why a request is not the answer that is waited for.
enum Stray {
    OtherState,
    OtherPath,
    NoAnswer,
}

struct Request {
    method: String,
    target: String,
    form: Option<Vec<u8>>,
}

/// Reads headers and, for a form, the body. `None` when the peer is too slow, too long or gone.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut bytes = Vec::new();
    let head = timeout(
        HEADER_TIMEOUT,
        read_until(stream, &mut bytes, |bytes| {
            find(bytes, b"\r\n\r\n").map(|at| at + 4)
        }),
    )
    .await
    .ok()??;
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let header = |name: &str| {
        let mut found = text
            .split("\r\n")
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .filter(|(own, _)| own.trim().eq_ignore_ascii_case(name));
        found
            .next()
            .map(|(_, value)| value.trim().to_ascii_lowercase())
    };
    let is_form = header("content-type")
        .is_some_and(|kind| kind.split(';').next() == Some("application/x-www-form-urlencoded"));
    let form = match header("content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if method == "POST" && is_form && length <= REQUEST_LIMIT - head => {
            timeout(
                BODY_TIMEOUT,
                read_until(stream, &mut bytes, |bytes| {
                    (bytes.len() >= head + length).then_some(head + length)
                }),
            )
            .await
            .ok()??;
            Some(bytes[head..head + length].to_vec())
        }
        _ => None,
    };
    Some(Request {
        method,
        target,
        form,
    })
}

/// Reads until `end` finds an end; `None` at the limit or when the peer is gone.
async fn read_until(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
    end: impl Fn(&[u8]) -> Option<usize>,
) -> Option<usize> {
    loop {
        if let Some(at) = end(bytes) {
            return Some(at);
        }
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 || bytes.len() + read > REQUEST_LIMIT {
            return None;
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Looks at nothing but `state` before that has been found right.
fn judge(request: &Request, state: &Secret) -> Result<Answer, Stray> {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    if path != "/" {
        return Err(Stray::OtherPath);
    }
    let fields = match (request.method.as_str(), &request.form) {
        ("GET", _) => query.as_bytes(),
        ("POST", Some(form)) => form,
        _ => return Err(Stray::NoAnswer),
    };
    let field = |name: &str| {
        url::form_urlencoded::parse(fields)
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.into_owned())
    };
    match field("state") {
        None => return Err(Stray::NoAnswer),
        Some(found) if !same(found.as_bytes(), state.expose().as_bytes()) => {
            return Err(Stray::OtherState);
        }
        Some(_) => {}
    }
    if let Some(error) = field("error") {
        let description = field("error_description").unwrap_or_default();
        return Ok(Answer::Refused(Refusal::redirected(&error, &description)));
    }
    match field("code").filter(|code| !code.is_empty()) {
        Some(code) => Ok(Answer::Code(Secret::new(code))),
        None => Err(Stray::NoAnswer),
    }
}

/// Compares in a time that depends on the lengths only.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one
        .iter()
        .zip(other)
        .fold(0, |found, (a, b)| black_box(found | (a ^ b)));
    one.len() == other.len() && differences == 0
}

async fn reply(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    status: &str,
    text: &str,
) -> io::Result<()> {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>admin-reset</title>\
         <body style=\"font-family:sans-serif;margin:3em\"><p>{}</p></body></html>",
        escape(text)
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    stream.shutdown().await?;
    // Closing while the peer still sends would reset the connection and take the page away: read to its end.
    let mut rest = [0; 4096];
    let _ = timeout(HEADER_TIMEOUT, async {
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    })
    .await;
    Ok(())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
