//! Forms as they are typed, and subjects as the issuers write them.

use super::*;

fn subject_of(text: &str) -> String {
    parse(text, None).unwrap().subject
}

#[test]
fn subjects_as_the_issuers_write_them() {
    for (text, subject) in [
        (
            "github:contoso/runbooks:branch=main",
            "repo:contoso/runbooks:ref:refs/heads/main",
        ),
        (
            "github:contoso/runbooks:tag=v1.2",
            "repo:contoso/runbooks:ref:refs/tags/v1.2",
        ),
        (
            "github:contoso@42/runbooks@4711:environment=prod",
            "repo:contoso@42/runbooks@4711:environment:prod",
        ),
        (
            "github:contoso/runbooks:environment=EU: production",
            "repo:contoso/runbooks:environment:EU%3A production",
        ),
        (
            "github:contoso/runbooks:pull-request",
            "repo:contoso/runbooks:pull_request",
        ),
        (
            "gitlab:it/ops/runbooks:branch=release/1",
            "project_path:it/ops/runbooks:ref_type:branch:ref:release/1",
        ),
    ] {
        assert_eq!(subject_of(text), subject);
    }
    let pod = parse("kubernetes:ops/reset", Some("https://oidc.example/1")).unwrap();
    assert_eq!(pod.subject, "system:serviceaccount:ops:reset");
    assert_eq!(pod.issuer, "https://oidc.example/1");
    let ado = parse(
        "azure-devops:sc://contoso/ops/admin-reset",
        Some("https://vstoken.dev.azure.com/0c1f"),
    )
    .unwrap();
    assert_eq!(ado.subject, "sc://contoso/ops/admin-reset");
    let own = parse("gitlab:it/runbooks:tag=v1", Some("https://gitlab.example")).unwrap();
    assert_eq!(own.issuer, "https://gitlab.example");
}

#[test]
fn names_alone_are_told_about_immutable_subjects() {
    assert!(
        parse("github:a/b:branch=main", None)
            .unwrap()
            .note
            .is_some()
    );
    assert!(
        parse("github:a@1/b@2:branch=main", None)
            .unwrap()
            .note
            .is_none()
    );
    assert!(parse("github:a@1/b:branch=main", None).is_err());
    assert!(parse("github:a@x/b@2:branch=main", None).is_err());
}

#[test]
fn what_is_incomplete_or_wild_is_refused_with_its_rule() {
    for (text, rule) in [
        ("github", "github:OWNER/REPO"),
        ("github:a/b", "github:OWNER/REPO"),
        ("github:a/b:branch=", "is no name of a branch"),
        ("github:a/b:branch=rel-*", "no wildcards"),
        ("github:a/b:branch=refs/heads/main", "without refs/heads/"),
        ("github:a/b:branch=two words", "is no name of a branch"),
        ("github:a/b:branch=a..b", "is no name of a branch"),
        ("github:a/b:tag=x.lock", "is no name of a tag"),
        ("github:a/b:environment=", "1 to 255"),
        ("github:a/b:wing=left", "github:OWNER/REPO"),
        ("github:a:branch=b", "github:OWNER/REPO"),
        (
            "github:https://github.com/a/b:branch=c",
            "github:OWNER/REPO",
        ),
        ("gitlab:a:branch=b", "path of the project"),
        ("gitlab:a/b:environment=c", "gitlab:GROUP/PROJECT"),
        ("kubernetes:a/b", "--issuer"),
        ("kubernetes:Ops/b", "lower-case"),
        ("azure-devops:x", "--issuer"),
        ("jenkins:x", "github:OWNER/REPO"),
        ("subject:", "1 to 600"),
    ] {
        let error = parse(text, None).unwrap_err();
        assert!(error.contains(rule), "{text}: {error}");
    }
    for issuer in [
        "http://insecure.example",
        "https://",
        "https://u@x.example",
        "https://x.example?a",
        "x",
    ] {
        assert!(parse("subject:x", Some(issuer)).is_err(), "{issuer}");
    }
}

#[test]
fn names_fit_the_rule() {
    let long = format!("github:contoso/runbooks:branch={}y", "x/".repeat(100));
    for text in ["github:a/b:branch=feature/one.two", &long] {
        let name = parse(text, None).unwrap().name;
        assert!((3..=120).contains(&name.len()), "{name}");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    }
}
