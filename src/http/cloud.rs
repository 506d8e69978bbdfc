//! Table: national cloud -> login origin and Graph origin; and what an origin is.
//!
//! An emulated or private cloud is a row made from settings. Hosts: national cloud deployment pages, read 2026-08.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, ToSocketAddrs};
use url::{Host, Url};

pub use crate::policy::clouds::Cloud;
pub use crate::policy::permissions::GRAPH_APP_ID;

/// Scheme, host and port: what a token may be sent to. Compared as parsed parts, never as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// Parses an endpoint a person gave: https, or http with a loopback address; no path, query or user info.
    pub fn parse_endpoint(text: &str) -> Result<Self, String> {
        let url = Url::parse(text.trim()).map_err(|cause| format!("it is no URL ({cause})"))?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(
                "an endpoint has no path; the version (/v1.0) is added by the tool".to_owned(),
            );
        }
        Self::of(&url)
    }

    /// The origin of a URL, if a token may go there at all: https, or http to loopback; no user info.
    pub fn of(url: &Url) -> Result<Self, String> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a URL with user name or password in it is never used".to_owned());
        }
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(format!("the scheme {other} is not http or https")),
        };
        let host = url.host().ok_or("it has no host")?;
        if !https && !is_loopback_host(&host) {
            return Err(
                "plain http is only for loopback (127.0.0.0/8, [::1], localhost)".to_owned(),
            );
        }
        let port = url.port_or_known_default().ok_or("it has no port")?;
        Ok(Origin {
            https,
            host: host.to_string(),
            port,
        })
    }

    /// Whether traffic stays on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.to_string())
            .ok()
            .and_then(|url| url.host().map(|host| is_loopback_host(&host)))
            .unwrap_or(false)
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default) = if self.https {
            ("https", 443)
        } else {
            ("http", 80)
        };
        if self.port == default {
            write!(f, "{scheme}://{}", self.host)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

/// Checks that a URL is an identity endpoint of the machine this runs on: plain http to loopback or to a link-local address, which
/// no router passes on.
pub fn machine_address(url: &Url) -> Result<(), String> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a URL with user name or password in it is never used".to_owned());
    }
    let local = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_link_local(),
        Some(host) => is_loopback_host(&host),
        None => false,
    };
    if url.scheme() == "http" && local {
        Ok(())
    } else {
        Err("the identity of a machine is asked for by http at a loopback or link-local address only".to_owned())
    }
}

fn is_loopback_host(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => *address == Ipv6Addr::LOCALHOST,
        // Only the name itself, and only when it means this machine here and now.
        Host::Domain(name) => {
            name.eq_ignore_ascii_case("localhost")
                && (*name, 0u16).to_socket_addrs().is_ok_and(|mut found| {
                    found.all(|address| match address.ip() {
                        std::net::IpAddr::V4(v4) => {
                            v4.octets()[0] == Ipv4Addr::LOCALHOST.octets()[0]
                        }
                        std::net::IpAddr::V6(v6) => v6 == Ipv6Addr::LOCALHOST,
                    })
                })
        }
    }
}

/// Where sign-in and Graph are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// The national cloud whose rules apply.
    pub cloud: Cloud,
    /// Login authority.
    pub login: Origin,
    /// Graph host.
    pub graph: Origin,
    /// Whether flag, environment or profile replaced a built-in host.
    pub custom: bool,
}

struct Row {
    cloud: Cloud,
    login: &'static str,
    /// Another name of the same sign-in service, as `AZURE_AUTHORITY_HOST` of the Azure SDKs has it.
    login_alias: Option<&'static str>,
    graph: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        cloud: Cloud::Global,
        login: "login.microsoftonline.com",
        login_alias: None,
        graph: "graph.microsoft.com",
    },
    Row {
        cloud: Cloud::UsGov,
        login: "login.microsoftonline.us",
        login_alias: None,
        graph: "graph.microsoft.us",
    },
    Row {
        cloud: Cloud::UsGovDod,
        login: "login.microsoftonline.us",
        login_alias: None,
        graph: "dod-graph.microsoft.us",
    },
    Row {
        cloud: Cloud::China,
        login: "login.partner.microsoftonline.cn",
        login_alias: Some("login.chinacloudapi.cn"),
        graph: "microsoftgraph.chinacloudapi.cn",
    },
];

fn built_in(host: &str) -> Origin {
    Origin {
        https: true,
        host: host.to_owned(),
        port: 443,
    }
}

impl Endpoints {
    /// The built-in endpoints of a cloud.
    #[must_use]
    pub fn of(cloud: Cloud) -> Self {
        let row = ROWS
            .iter()
            .find(|row| row.cloud == cloud)
            .unwrap_or(&ROWS[0]);
        Endpoints {
            cloud,
            login: built_in(row.login),
            graph: built_in(row.graph),
            custom: false,
        }
    }

    /// Whether a token with this audience may be sent to the Graph endpoint in use.
    ///
    /// Microsoft's own Graph audiences pass for an emulated cloud too, since emulators issue them.
    #[must_use]
    pub fn accepts_audience(&self, audience: &str) -> bool {
        let audience = audience.trim_end_matches('/');
        // One of the audiences of its tokens in every cloud.
        if audience == GRAPH_APP_ID {
            return true;
        }
        let Some(origin) = Url::parse(audience)
            .ok()
            .and_then(|url| Origin::of(&url).ok())
        else {
            return false;
        };
        origin == self.graph || origin == Endpoints::of(self.cloud).graph
    }
}

/// The cloud whose built-in login host this is.
#[must_use]
pub fn cloud_of_login(origin: &Origin) -> Option<Cloud> {
    ROWS.iter()
        .find(|row| {
            built_in(row.login) == *origin
                || row
                    .login_alias
                    .is_some_and(|host| built_in(host) == *origin)
        })
        .map(|row| row.cloud)
}

/// The cloud whose built-in Graph host this is.
#[must_use]
pub fn cloud_of_graph(origin: &Origin) -> Option<Cloud> {
    ROWS.iter()
        .find(|row| built_in(row.graph) == *origin)
        .map(|row| row.cloud)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_loopback_http() {
        for text in [
            "https://graph.microsoft.com",
            "http://127.0.0.1:8080/",
            "http://[::1]:80",
            "http://127.9.9.9:1",
        ] {
            assert!(Origin::parse_endpoint(text).is_ok(), "{text}");
        }
        for text in [
            "http://graph.microsoft.com",
            "ftp://127.0.0.1",
            "https://a@b.example",
            "https://graph.microsoft.com/v1.0",
            "http://127.0.0.1.evil.test",
            "http://10.0.0.1",
        ] {
            assert!(Origin::parse_endpoint(text).is_err(), "{text}");
        }
    }

    #[test]
    fn origins_compare_by_part() {
        let own = Endpoints::of(Cloud::Global).graph;
        for text in [
            "https://graph.microsoft.com.evil.test/x",
            "https://graph.microsoft.com@evil.test/x",
            "http://graph.microsoft.com/x",
            "https://graph.microsoft.com:444/x",
            "https://evil.test\\@graph.microsoft.com/x",
            "https://graph.microsoft.com./x",
            "https://grаph.microsoft.com/x",
        ] {
            let same = Url::parse(text)
                .ok()
                .and_then(|url| Origin::of(&url).ok())
                .is_some_and(|origin| origin == own);
            assert!(!same, "{text}");
        }
        assert_eq!(
            Origin::of(&Url::parse("https://GRAPH.microsoft.com:443/x").unwrap()).unwrap(),
            own
        );
    }

    #[test]
    fn a_machine_is_asked_at_its_own_addresses_only() {
        for (text, fine) in [
            ("http://169.254.169.254/metadata", true),
            ("http://127.0.0.1:40342/x", true),
            ("http://[::1]:1/x", true),
            ("http://169.255.169.254/", false),
            ("http://10.0.0.1/", false),
            ("https://169.254.169.254/", false),
            ("http://evil.test/", false),
            ("http://a:b@127.0.0.1/", false),
            ("http://127.0.0.1.evil.test/", false),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(machine_address(&url).is_ok(), fine, "{text}");
        }
    }

    #[test]
    fn every_cloud_has_a_row() {
        for cloud in Cloud::ALL {
            assert!(ROWS.iter().any(|row| row.cloud == cloud));
        }
    }

    #[test]
    fn audiences() {
        let endpoints = Endpoints::of(Cloud::UsGov);
        assert!(endpoints.accepts_audience("https://graph.microsoft.us/"));
        assert!(endpoints.accepts_audience(GRAPH_APP_ID));
        assert!(!endpoints.accepts_audience("https://graph.microsoft.com"));
        assert!(!endpoints.accepts_audience("https://vault.azure.net"));
    }
}
