//! Runs what README, docs and examples tell people to type: every line that starts with `admin-reset`, and the example runbooks.
//!
//! Lines run in a laboratory, so that those without `--sandbox` meet a tenant too. A comment `# exit N` at the end of a line is
//! what the line must end with; without one it is 0.

use super::{pages, read};
use crate::support::{Identity, Lab, issuer, root};

/// A line to type, where it stands, and how it has to end.
#[derive(Debug)]
struct Line {
    place: String,
    text: String,
    exit: i32,
}

/// Lines of the `sh` blocks of a page that start with the program's name.
fn lines(name: &str, text: &str) -> Vec<Line> {
    let (mut found, mut block) = (Vec::new(), None);
    let mut pending = String::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            block = if block.is_none() {
                Some(info.trim().to_owned())
            } else {
                None
            };
            continue;
        }
        if block.as_deref() != Some("sh") {
            continue;
        }
        if let Some(begun) = line.strip_suffix('\\') {
            pending.push_str(begun);
            continue;
        }
        let whole = std::mem::take(&mut pending) + line;
        if !whole.contains("admin-reset ")
            || whole.starts_with("cargo ")
            || whole.starts_with("git ")
            || whole.starts_with('#')
        {
            continue;
        }
        let exit = whole.rsplit_once("# exit ").map_or(0, |(_, rest)| {
            rest.split_whitespace().next().unwrap().parse().unwrap()
        });
        found.push(Line {
            place: format!("{name}:{}", number + 1),
            text: whole,
            exit,
        });
    }
    found
}

/// Runs a script in the laboratory's folder, with the program in PATH.
#[cfg(unix)]
fn shell<'lab>(lab: &'lab Lab, shell: &str, script: &str) -> crate::support::Run<'lab> {
    let nothing: [&str; 0] = [];
    let path = std::env::var("PATH").unwrap();
    // The program comes as $0, which is how its folder gets into PATH.
    let script = format!("PATH=\"${{0%/*}}:$PATH\"\n{script}");
    lab.run(nothing)
        .under([shell, "-c", &script])
        .env("PATH", path)
}

#[cfg(unix)]
#[test]
fn every_line_of_readme_and_docs_runs() {
    let mut ran = 0;
    for page in pages() {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        let lines = lines(&name, &read(&page));
        if lines.is_empty() {
            continue;
        }
        // One laboratory a page: later lines may build on earlier ones.
        let lab = Lab::new();
        lab.write(
            "leavers.csv",
            "userPrincipalName\nnoor.haddad@contoso.com\ntom.reed@contoso.com\n",
        );
        for line in lines {
            let output = shell(&lab, "sh", &line.text).output();
            assert_eq!(
                output.code, line.exit,
                "{} `{}`: {output}",
                line.place, line.text
            );
            ran += 1;
        }
    }
    assert!(
        ran >= 10,
        "only {ran} lines were found; the search is broken"
    );
}

/// Examples in the help that name the sandbox run as they stand. A question may be answered with no.
#[test]
fn examples_in_the_help_run() {
    let mut ran = 0;
    let mut commands = vec![admin_reset::cli::command()];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().cloned());
        let Some(text) = command.get_after_help() else {
            continue;
        };
        for line in text
            .to_string()
            .lines()
            .filter_map(|line| line.trim().strip_prefix("admin-reset "))
        {
            if !line.contains("--sandbox") {
                continue;
            }
            let lab = Lab::new().as_nobody();
            let output = lab.run(line.split_whitespace()).output();
            let answers: &[i32] = if line.starts_with("who-can-reset ") {
                &[0, 5, 6]
            } else {
                &[0, 10]
            };
            assert!(answers.contains(&output.code), "{output}");
            ran += 1;
        }
    }
    assert!(
        ran >= 3,
        "only {ran} examples were found; the search is broken"
    );
}

/// What `sandbox show` proposes runs, too, and its table says something about everybody.
#[test]
fn the_people_of_the_tenant_are_shown_and_can_be_tried() {
    let lab = Lab::new().as_nobody();
    let shown = lab
        .run(["sandbox", "show"])
        .code(0)
        .shows("Helpdesk Administrator in a unit")
        .shows("Global Administrator (eligible)");
    assert!(!shown.stdout.contains("{\""), "JSON in a table: {shown}");
    let next = shown
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("Next: admin-reset "))
        .unwrap();
    let _ = lab
        .run(next.split_whitespace())
        .code(0)
        .shows("resetPassword");
    let csv = lab.run(["sandbox", "show", "-o", "csv"]).code(0);
    assert!(
        csv.stdout.lines().count() > 25 && csv.stdout.lines().all(|line| !line.ends_with(',')),
        "{csv}"
    );
}

/// The first commands of README are what a newcomer types: they are looked at by name.
#[test]
fn readme_begins_with_the_two_commands() {
    let readme = read(&root().join("README.md"));
    let first: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("cargo "))
        .take(2)
        .collect();
    assert!(
        first[0].starts_with("cargo run --locked -- reset-user --sandbox ")
            && first[0].contains("--secret-to stdout"),
        "{first:?}"
    );
    assert_eq!(first[1], "cargo test --locked");
    // The first one, without cargo, twice: a second run must not stumble over the first.
    let lab = Lab::new().as_nobody();
    let words: Vec<&str> = first[0]
        .split_once(" -- ")
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    let passwords: Vec<String> = (0..2)
        .map(|_| lab.run(&words).code(0).says("[sandbox]").stdout)
        .collect();
    assert!(
        passwords.iter().all(|password| password.trim().len() == 20)
            && passwords[0] != passwords[1],
        "{passwords:?}"
    );
}

/// The shell runbook from rehearsal to report, as an application with a client secret.
#[cfg(unix)]
#[test]
fn the_shell_runbook_runs() {
    let lab = Lab::new().as_client();
    let script = read(&root().join("examples/runbook.sh"));
    let out = lab.path("custody");
    let run = shell(
        &lab,
        "bash",
        &format!("set -- noor.haddad@contoso.com {}\n{script}", out.display()),
    );
    let output = run.env("CI", "true").env("TICKET", "INC-1042").code(0);
    let secret = lab.read("custody/noor.haddad@contoso.com.txt");
    assert!(
        lab.password_of("noor.haddad@contoso.com", secret.trim_end()),
        "the password in custody opens the account: {output}"
    );
    assert!(
        !output.stdout.contains(secret.trim_end()) && !output.stderr.contains(secret.trim_end()),
        "the log of the job holds no password"
    );
    assert!(
        lab.journal()
            .iter()
            .any(|line| line.to_string().contains("INC-1042")),
        "the ticket is in the journal"
    );
}

/// Makes the app of an example as its own comment says, with the names filled in, and returns its client id.
#[cfg(unix)]
fn set_up(lab: &Lab, example: &str, names: &[(&str, &str)]) -> String {
    let line = example
        .lines()
        .map(|line| line.trim_start_matches('#').trim())
        .skip_while(|line| !line.starts_with("admin-reset setup-app"))
        .take_while(|line| !line.is_empty())
        .map_while({
            let mut open = true;
            move |line| {
                let this = open.then_some(line);
                open = line.ends_with('\\');
                this
            }
        })
        .map(|line| line.trim_end_matches('\\'))
        .collect::<Vec<_>>()
        .join(" ");
    let line = names
        .iter()
        .fold(line, |line, (name, value)| line.replace(name, value));
    let report = shell(lab, "sh", &format!("{line} -o json")).code(0).json();
    report["app"]["clientId"].as_str().unwrap().to_owned()
}

/// Every step of the workflow example that calls the program, with the variables the workflow gives it, and with the job's own
/// token as the only credential.
#[cfg(unix)]
#[test]
fn the_workflow_example_runs() {
    let lab = Lab::new();
    issuer::publish(&lab, issuer::GITHUB);
    let example = read(&root().join("examples/reset-admin.yml"));
    let id = set_up(&lab, &example, &[("OWNER/REPO", "contoso/runbooks")]);
    let service = issuer::service(
        issuer::GITHUB,
        "repo:contoso/runbooks:environment:break-glass",
    );
    let lab = lab.as_nobody();
    let steps = steps("run:", &example);
    let ours: Vec<&String> = steps
        .iter()
        .filter(|step| step.contains("admin-reset "))
        .collect();
    assert!(ours.len() >= 2, "{steps:?}");
    let password = "Kestrel-40-umbra-lattice";
    for step in ours {
        assert!(
            !step.contains("${{"),
            "an expression inside a script is an injection: {step}"
        );
        shell(&lab, "bash", &format!("set -eo pipefail\n{step}"))
            .env("CI", "true")
            .env("AZURE_CLIENT_ID", &id)
            .env(
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                format!("{service}?api-version=2.0"),
            )
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", issuer::JOB_TOKEN)
            .env("GITHUB_STEP_SUMMARY", lab.path("summary.md"))
            .env("TARGET", "noor.haddad@contoso.com")
            .env("REASON", "locked out")
            .env("TICKET", "INC-1042")
            .env("NEW_PASSWORD", password)
            .code(0);
    }
    assert!(lab.password_of("noor.haddad@contoso.com", password));
    let summary = lab.read("summary.md");
    assert!(
        summary.contains("noor.haddad@contoso.com") && !summary.contains(password),
        "{summary}"
    );
}

/// The pipelines of Azure DevOps and GitLab, each with the token its service gives the job.
#[cfg(unix)]
#[test]
fn the_pipeline_examples_run() {
    let lab = Lab::new();
    let example = read(&root().join("examples/azure-pipelines.yml"));
    let (issuer, subject) = (
        "https://vstoken.dev.azure.com/0c1f",
        "sc://contoso/ops/admin-reset",
    );
    issuer::publish(&lab, issuer);
    let id = set_up(&lab, &example, &[("SUBJECT", subject), ("URL", issuer)]);
    let service = issuer::service(issuer, subject);
    let script = &steps("inlineScript:", &example)[0];
    let output = shell(&lab, "bash", &format!("set -eo pipefail\n{script}"))
        .as_identity(Identity::Nobody)
        .env("TF_BUILD", "True")
        .env("AZURESUBSCRIPTION_CLIENT_ID", &id)
        .env("AZURESUBSCRIPTION_TENANT_ID", lab.sandbox().tenant_id())
        .env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "connection")
        .env("SYSTEM_OIDCREQUESTURI", service)
        .env("SYSTEM_ACCESSTOKEN", issuer::JOB_TOKEN)
        .code(10);
    assert!(output.stdout.contains("ada.okafor@contoso.com"), "{output}");

    let lab = Lab::new();
    let example = read(&root().join("examples/gitlab-ci.yml"));
    issuer::publish(&lab, "https://gitlab.com");
    let id = set_up(&lab, &example, &[("GROUP/PROJECT", "it/runbooks")]);
    let script: String = example
        .lines()
        .skip_while(|line| line.trim() != "script:")
        .skip(1)
        .map_while(|line| line.trim_start().strip_prefix("- "))
        .fold(String::new(), |all, line| all + line + "\n");
    let subject = "project_path:it/runbooks:ref_type:branch:ref:main";
    let output = shell(&lab, "bash", &format!("set -eo pipefail\n{script}"))
        .as_identity(Identity::Nobody)
        .env("CI", "true")
        .env("TMPDIR", lab.path(""))
        .env("AZURE_CLIENT_ID", &id)
        .env(
            "ENTRA_TOKEN",
            issuer::token("https://gitlab.com", subject, issuer::AUDIENCE),
        )
        .code(10);
    assert!(output.stdout.contains("ada.okafor@contoso.com"), "{output}");
}

/// Texts of the blocks and lines of a workflow under a key such as `run:`.
fn steps(key: &str, workflow: &str) -> Vec<String> {
    let (mut found, mut lines) = (Vec::new(), workflow.lines().peekable());
    while let Some(line) = lines.next() {
        let body = line.trim_start().trim_start_matches("- ");
        let Some(rest) = body.strip_prefix(key) else {
            continue;
        };
        if rest.trim() != "|" {
            found.push(rest.trim().to_owned());
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        let mut step = String::new();
        while let Some(next) = lines
            .next_if(|next| next.trim().is_empty() || next.len() - next.trim_start().len() > depth)
        {
            step.push_str(next.trim_start());
            step.push('\n');
        }
        found.push(step);
    }
    found
}

#[test]
fn lines_and_steps_are_found() {
    let page = "```sh\n# a\nadmin-reset x   # exit 5\ncat f | admin-reset \\\n  y\n```\n```text\nadmin-reset z\n```\nadmin-reset w\n";
    let found = lines("p", page);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].exit, found[0].place.as_str()), (5, "p:3"));
    assert_eq!(
        (found[1].exit, found[1].text.as_str()),
        (0, "cat f | admin-reset   y")
    );
    assert_eq!(
        steps(
            "run:",
            "a:\n  - run: one\n  - name: n\n    run: |\n      two\n      three\n  - uses: x\n"
        ),
        ["one", "two\nthree\n"]
    );
}
