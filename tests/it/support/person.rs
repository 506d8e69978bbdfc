//! A person with a browser, for the flows that need one: this test binary itself, started by the program under test as `$BROWSER`.
//!
//! Speaks plain HTTP with cookies and redirects, and knows the pages of the built-in tenant and of the OpenID provider.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use url::Url;

/// Which plan the browser follows; a file in its home, since it gets no environment of ours.
const PLAN: &str = "browser-plan";

/// How the browser behaves.
#[derive(Debug, Clone, Copy)]
pub enum Plan<'a> {
    /// Signs in to the built-in tenant as this person.
    Persona(&'a str),
    /// Signs in to the built-in tenant under the name the page is opened for, with the password in a file: the first file for this
    /// name, the second for any other.
    Hinted(&'a str, &'a Path, &'a Path),
    /// Agrees to everything at the OpenID provider.
    Provider,
    /// The same, after another answer with a wrong `state`.
    WrongStateFirst,
}

/// The value of `$BROWSER` for a home in which the plan is laid down.
pub fn browser(home: &Path, plan: Plan<'_>) -> String {
    let text = match plan {
        Plan::Persona(upn) => format!("persona {upn}"),
        Plan::Hinted(upn, own, other) => {
            format!("hinted {upn} {} {}", own.display(), other.display())
        }
        Plan::Provider => "provider".to_owned(),
        Plan::WrongStateFirst => "wrong-state-first".to_owned(),
    };
    std::fs::write(home.join(PLAN), text).unwrap();
    let own = std::env::current_exe().unwrap();
    // `$BROWSER` is a list divided by colons, so the test cannot be called by its whole path.
    format!("{} the_browser --ignored --nocapture", own.display())
}

/// Whether a browser was opened for this home.
pub fn was_opened(home: &Path) -> bool {
    home.join("browser-opened").exists()
}

#[test]
#[ignore = "started by the program under test as its browser"]
fn the_browser() {
    let home = std::path::PathBuf::from(std::env::var_os("HOME").unwrap());
    std::fs::write(home.join("browser-opened"), "").unwrap();
    let address = std::env::args()
        .find(|word| word.starts_with("http"))
        .unwrap();
    let plan = std::fs::read_to_string(home.join(PLAN)).unwrap();
    let url = Url::parse(&address).unwrap();
    let mut agent = Agent::default();
    match plan.split_once(' ') {
        Some(("persona", upn)) => {
            let password = admin_reset::sandbox::seed::SEED_PASSWORD;
            agent.sign_in_to_the_built_in_tenant(&url, upn, password);
        }
        Some(("hinted", rest)) => {
            let words: Vec<&str> = rest.split(' ').collect();
            let hint = url.query_pairs().find(|(key, _)| key == "login_hint");
            let upn = hint.expect("the page is opened for an account").1;
            let file = words[if upn == words[0] { 1 } else { 2 }];
            let password = std::fs::read_to_string(file).unwrap();
            agent.sign_in_to_the_built_in_tenant(&url, &upn, password.trim_end());
        }
        _ => {
            if plan == "wrong-state-first" {
                let redirect = url
                    .query_pairs()
                    .find(|(key, _)| key == "redirect_uri")
                    .unwrap()
                    .1;
                let wrong = Url::parse(&format!("{redirect}/?code=stolen&state=guessed")).unwrap();
                agent.get(&wrong);
            }
            agent.get(&url);
        }
    }
}

/// A user agent: cookies, redirects, forms.
#[derive(Default)]
pub struct Agent {
    cookies: BTreeMap<String, String>,
}

/// A page at the end of the redirects.
pub struct Page {
    /// Status.
    pub status: u16,
    /// Body as text.
    pub body: String,
    /// Where it was found.
    pub url: Url,
}

impl Agent {
    /// Gets a page.
    pub fn get(&mut self, url: &Url) -> Page {
        self.follow("GET", url.clone(), String::new())
    }

    /// Posts a form.
    pub fn post(&mut self, url: &Url, form: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.follow("POST", url.clone(), body)
    }

    fn sign_in_to_the_built_in_tenant(&mut self, url: &Url, upn: &str, password: &str) {
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let mut form: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        form.extend([
            ("login", upn),
            ("passwd", password),
            ("mfa", "approve"),
            ("action", "approve"),
        ]);
        let mut target = url.clone();
        target.set_query(None);
        self.post(&target, &form);
    }

    /// Enters a device code at the OpenID provider and agrees, or not.
    pub fn enter_code(&mut self, page: &str, code: &str, agree: bool) {
        let url = Url::parse(page).unwrap();
        let form = self.get(&url).body;
        let xsrf = form
            .split("name=\"xsrf\" value=\"")
            .nth(1)
            .unwrap_or_else(|| panic!("no form in {form}"))
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let answer = if agree {
            ("confirm", "yes")
        } else {
            ("abort", "yes")
        };
        let end = self.post(&url, &[("xsrf", &xsrf), ("user_code", code), answer]);
        assert!(
            end.status < 400,
            "{} at {}: {}",
            end.status,
            end.url,
            end.body
        );
    }

    fn follow(&mut self, method: &str, mut url: Url, mut body: String) -> Page {
        let mut method = method.to_owned();
        for _ in 0..20 {
            let (status, headers, text) = self.once(&method, &url, &body);
            let location = headers.iter().find(|(name, _)| name == "location");
            match location {
                Some((_, target)) if (300..400).contains(&status) => {
                    url = url.join(target).unwrap();
                    method = "GET".to_owned();
                    body = String::new();
                }
                _ => {
                    return Page {
                        status,
                        body: text,
                        url,
                    };
                }
            }
        }
        panic!("too many redirects");
    }

    fn once(
        &mut self,
        method: &str,
        url: &Url,
        body: &str,
    ) -> (u16, Vec<(String, String)>, String) {
        let port = url.port_or_known_default().unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let kind = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/x-www-form-urlencoded\r\n"
        };
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nHost: {}:{port}\r\nAccept: text/html\r\nCookie: {}\r\n{kind}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            url.host_str().unwrap(),
            cookies.join("; "),
            body.len()
        )
        .unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|word| word.parse().ok())
            .unwrap_or(0);
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        for (_, value) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            if let Some((name, value)) = value
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
            {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        (status, headers, body.to_owned())
    }
}
