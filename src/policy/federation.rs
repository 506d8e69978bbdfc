//! Issuers and subjects of tokens that other services give to their jobs: what a federated credential must say, word for word.
//!
//! Sources: workload identity federation pages of Microsoft Learn and the issuers' own, read 2026-07. Entra compares letter for
//! letter, and there are no wildcards. GitHub: repositories that were created, renamed or transferred since 15 July 2026 have
//! subjects with the ids of owner and repository; older ones keep names until they opt in. Azure DevOps shows issuer and subject on
//! the service connection, so they are given, not built.

use super::clouds::Cloud;

/// What a token of another service looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Federation {
    /// Whose tokens they are.
    pub service: Service,
    /// Name for the credential, made of what it stands for.
    pub name: String,
    /// Issuer of the token.
    pub issuer: String,
    /// Subject of the token.
    pub subject: String,
    /// What a reader should know about it.
    pub note: Option<&'static str>,
}

/// A service that gives tokens to its jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
    /// Azure DevOps.
    AzureDevOps,
    /// A service account of Kubernetes.
    Kubernetes,
    /// Another one.
    Other,
}

/// The audience of tokens from outside. Those beside the global cloud's are known by report only.
pub const fn audience(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Global => "api://AzureADTokenExchange",
        Cloud::UsGov | Cloud::UsGovDod => "api://AzureADTokenExchangeUSGov",
        Cloud::China => "api://AzureADTokenExchangeChina",
    }
}

/// The forms that are understood, for help and messages.
pub const FORMS: &str = "github:OWNER/REPO:branch=B, :tag=T, :environment=E or :pull-request; gitlab:GROUP/PROJECT:branch=B or :tag=T; kubernetes:NAMESPACE/ACCOUNT; azure-devops:SUBJECT; subject:SUBJECT";

const GITHUB: &str = "give github:OWNER/REPO:branch=B, :tag=T, :environment=E or :pull-request";
const GITLAB: &str = "give gitlab:GROUP/PROJECT:branch=B or :tag=T";
const KUBERNETES: &str =
    "give kubernetes:NAMESPACE/ACCOUNT, names of lower-case letters, digits and hyphens";
const MUTABLE: &str = "GitHub repositories created, renamed or transferred since 15 July 2026 send the ids of owner and repository too: if the sign-in is refused (AADSTS700213), give OWNER@OWNERID/REPO@REPOID; `gh api repos/OWNER/REPO --jq '.owner.id, .id'` prints both.";
const ANYBODY: &str = "Every workflow that a pull request starts in this repository may sign in with it, whoever wrote the request.";
const AS_SHOWN: &str = "Issuer and subject must be those that Azure DevOps shows on the service connection, letter for letter.";

/// Longest issuer or subject.
const LONGEST: usize = 600;

/// Reads a form. `issuer` is the one given beside it, if any.
pub fn parse(text: &str, issuer: Option<&str>) -> Result<Federation, String> {
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    let issuer = issuer.map(checked_issuer).transpose()?;
    let given = |why: &str| {
        issuer
            .clone()
            .ok_or_else(|| format!("--issuer URL is needed, {why}"))
    };
    let (service, parts, found, note) = match kind {
        "github" => {
            let (subject, parts, note) = github(rest)?;
            let usual = "https://token.actions.githubusercontent.com".to_owned();
            let found = (issuer.unwrap_or(usual), subject);
            (Service::GitHub, parts, found, note)
        }
        "gitlab" => {
            let (subject, parts) = gitlab(rest)?;
            let usual = "https://gitlab.com".to_owned();
            let found = (issuer.unwrap_or(usual), subject);
            (Service::GitLab, parts, found, None)
        }
        "kubernetes" => {
            let (namespace, account) = rest
                .split_once('/')
                .filter(|(namespace, account)| label(namespace, false) && label(account, true))
                .ok_or(KUBERNETES)?;
            let subject = format!("system:serviceaccount:{namespace}:{account}");
            let found = (given("the OIDC issuer of the cluster")?, subject);
            let parts = vec![
                "kubernetes".to_owned(),
                namespace.to_owned(),
                account.to_owned(),
            ];
            (Service::Kubernetes, parts, found, None)
        }
        "azure-devops" => {
            let subject = checked_subject(rest)?;
            let found = (given("as the service connection shows it")?, subject);
            let parts = vec!["azure-devops".to_owned(), rest.to_owned()];
            (Service::AzureDevOps, parts, found, Some(AS_SHOWN))
        }
        "subject" => {
            let subject = checked_subject(rest)?;
            let found = (given("as the token names it")?, subject);
            let parts = vec!["outside".to_owned(), rest.to_owned()];
            (Service::Other, parts, found, None)
        }
        _ => return Err(format!("use {FORMS}")),
    };
    Ok(Federation {
        service,
        name: name(&parts),
        issuer: found.0,
        subject: checked_subject(&found.1)?,
        note,
    })
}

fn checked_issuer(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").unwrap_or_default();
    let fine = !host.is_empty()
        && !host.starts_with('/')
        && text.len() <= LONGEST
        && !text.contains(['?', '#', '@', '\\'])
        && text.chars().all(|c| c.is_ascii_graphic());
    if fine {
        Ok(text.to_owned())
    } else {
        Err("an issuer is an https URL without query, exactly as the token names it".to_owned())
    }
}

fn checked_subject(text: &str) -> Result<String, String> {
    let wild = text.contains('*');
    if wild {
        return Err(
            "a federated credential has no wildcards: make one for each subject".to_owned(),
        );
    }
    let fine = !text.is_empty()
        && text.len() <= LONGEST
        && text.trim() == text
        && !text.chars().any(char::is_control);
    if fine {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "a subject has 1 to {LONGEST} characters, no control character and no blank at its ends"
        ))
    }
}

/// A name as GitHub and GitLab write those of owners and repositories.
fn plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && !matches!(text, "." | "..")
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// A DNS label, or several with dots between.
fn label(text: &str, dots: bool) -> bool {
    let one = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    if dots {
        text.len() <= 253 && text.split('.').all(one)
    } else {
        one(text)
    }
}

/// The short name of a branch or tag, by the rules of git-check-ref-format.
fn checked_ref(kind: &str, text: &str) -> Result<(), String> {
    if text.starts_with("refs/") {
        return Err(format!(
            "give the {kind} alone, without refs/heads/ or refs/tags/"
        ));
    }
    if text.contains('*') {
        return Err(format!(
            "a federated credential has no wildcards: make one for each {kind}"
        ));
    }
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with(".lock")
            && !part.ends_with('.')
    };
    let fine = text.split('/').all(part)
        && text != "@"
        && !text.contains("..")
        && !text.contains("@{")
        && !text.contains([' ', '~', '^', ':', '?', '[', '\\'])
        && !text.chars().any(char::is_control);
    if fine {
        Ok(())
    } else {
        Err(format!("'{}' is no name of a {kind}", text.escape_debug()))
    }
}

type GitHub = (String, Vec<String>, Option<&'static str>);

fn github(text: &str) -> Result<GitHub, String> {
    let (repository, what) = text.split_once(':').ok_or(GITHUB)?;
    let (owner, repo) = repository.split_once('/').ok_or(GITHUB)?;
    // `NAME@ID` is the immutable form; both parts have it or neither.
    let part = |text: &str| match text.split_once('@') {
        Some((own, id)) => {
            (plain(own) && (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit()))
                .then_some(true)
        }
        None => plain(text).then_some(false),
    };
    let (Some(owner_id), Some(repo_id)) = (part(owner), part(repo)) else {
        return Err(format!(
            "{GITHUB}; names have letters, digits, hyphen, underscore and dot"
        ));
    };
    if owner_id != repo_id {
        return Err("give the ids of both, OWNER@OWNERID/REPO@REPOID, or of neither".to_owned());
    }
    let (filter, label) = match what.split_once('=') {
        Some((kind @ ("branch" | "tag"), value)) => {
            checked_ref(kind, value)?;
            let folder = if kind == "branch" { "heads" } else { "tags" };
            (
                format!("ref:refs/{folder}/{value}"),
                format!("{kind}-{value}"),
            )
        }
        Some(("environment", value)) => {
            if value.contains('*') {
                return Err(
                    "a federated credential has no wildcards: make one for each environment"
                        .to_owned(),
                );
            }
            if value.trim().is_empty() || value.len() > 255 || value.chars().any(char::is_control) {
                return Err("an environment has a name of 1 to 255 characters".to_owned());
            }
            // GitHub writes a colon inside a value of the subject as %3A.
            (
                format!("environment:{}", value.replace(':', "%3A")),
                format!("environment-{value}"),
            )
        }
        None if what == "pull-request" => ("pull_request".to_owned(), "pull-request".to_owned()),
        _ => return Err(GITHUB.to_owned()),
    };
    let parts = ["github", owner, repo, &label].map(str::to_owned).to_vec();
    Ok((
        format!("repo:{owner}/{repo}:{filter}"),
        parts,
        if what == "pull-request" {
            Some(ANYBODY)
        } else {
            (!owner_id).then_some(MUTABLE)
        },
    ))
}

fn gitlab(text: &str) -> Result<(String, Vec<String>), String> {
    let (path, what) = text.split_once(':').ok_or(GITLAB)?;
    if !path.contains('/') || !path.split('/').all(plain) {
        return Err(format!(
            "{GITLAB}; GROUP/PROJECT is the path of the project, groups included"
        ));
    }
    let (kind, value) = what
        .split_once('=')
        .filter(|(kind, _)| matches!(*kind, "branch" | "tag"))
        .ok_or(GITLAB)?;
    checked_ref(kind, value)?;
    let parts = ["gitlab", path, kind, value].map(str::to_owned).to_vec();
    Ok((
        format!("project_path:{path}:ref_type:{kind}:ref:{value}"),
        parts,
    ))
}

/// A name of 3 to 120 letters, digits and hyphens.
fn name(parts: &[String]) -> String {
    let mut short = String::new();
    for c in parts.join("-").chars() {
        let c = if c.is_ascii_alphanumeric() { c } else { '-' };
        if !(c == '-' && short.ends_with('-')) {
            short.push(c);
        }
    }
    short.truncate(110);
    short.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests;
