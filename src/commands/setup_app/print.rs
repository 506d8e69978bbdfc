//! `--print`: the same as `az rest` commands, made from the tables alone. The script makes a new registration; it does not look for
//! one.

use super::look::kind_word;
use super::plan::credential;
use super::wanted::Wanted;
use super::{Args, execute, usage};
use crate::consent::shell_word;
use crate::context::Context;
use crate::graph::call::Spec;
use crate::graph::script::{arguments, variable};
use crate::graph::{apps, consents, roles};
use crate::policy::Cloud;
use crate::policy::permissions::Kind;
use crate::render::{Report, Table};
use serde_json::{Value, json};

/// A script for a POSIX shell.
pub(super) fn script(args: &Args, wanted: &Wanted, context: &Context) -> String {
    let graph = context.settings.endpoints.graph.to_string();
    let names: Vec<&str> = wanted.permissions.iter().map(|(name, _)| *name).collect();
    let mut lines = vec![
        format!(
            "# Registers the app {} for {}. Run it once, signed in with `az login`.",
            wanted.name,
            wanted.commands.join(", ")
        ),
        format!("# Permissions: {}.", names.join(", ")),
    ];
    lines.extend(cloud_note(wanted.cloud).map(str::to_owned));
    lines.extend(
        [
            "set -eu",
            &format!("graph={}", shell_word(&graph)),
            "call() { az rest --only-show-errors --resource \"$graph\" --headers Content-Type=application/json \"$@\"; }",
            "# What was made just now may take a while to be known everywhere.",
            "patient() { n=0; until call \"$@\"; do n=$((n + 1)); [ \"$n\" -lt 12 ] || return 1; sleep 5; done; }",
            "",
        ]
        .map(str::to_owned),
    );
    let app = variable("app");
    lines.push(format!(
        "app=$(call {} --query appId -o tsv)",
        arguments(apps::create(registration(wanted)).spec())
    ));
    lines.push(found("sp", apps::create_principal(&app).spec()));
    if !wanted.federations.is_empty() {
        lines.push(found("object", apps::object_id(&app).spec()));
    }
    for one in &wanted.federations {
        let credential = credential(wanted, &one.name, &one.issuer, &one.subject);
        let object = variable("object");
        lines.push(done(
            apps::add_federated(&object, &credential, "Made by admin-reset setup-app").spec(),
        ));
    }
    if args.grant {
        lines.extend(grants(wanted, &names));
    }
    if let Some((id, role)) = &wanted.role {
        lines.push(format!("# The role {role}."));
        lines.push(done(roles::assign(&variable("sp"), id, "/").spec()));
    }
    lines.push("echo \"client id: $app\"".to_owned());
    if !args.grant {
        let link = usage::consent_link_of("$login", "$tenant", "$app");
        let login = context.settings.endpoints.login.to_string();
        lines.push(format!("login={}", shell_word(&login)));
        lines.push("tenant=$(az account show --query tenantId -o tsv)".to_owned());
        lines.push(format!("echo \"consent: {link}\""));
    }
    lines.join("\n") + "\n"
}

/// A line that keeps the id of what is made or found.
fn found(name: &str, spec: &Spec) -> String {
    format!("{name}=$(patient {} --query id -o tsv)", arguments(spec))
}

/// A line of whose answer nothing is needed.
fn done(spec: &Spec) -> String {
    format!("patient {} -o none", arguments(spec))
}

/// How the Azure CLI gets to the cloud.
const fn cloud_note(cloud: Cloud) -> Option<&'static str> {
    match cloud {
        Cloud::Global => None,
        Cloud::UsGov => Some("# First: az cloud set --name AzureUSGovernment"),
        Cloud::UsGovDod => Some(
            "# First: az cloud set --name AzureUSGovernment; the addresses below are those of the DoD cloud.",
        ),
        Cloud::China => Some("# First: az cloud set --name AzureChinaCloud"),
    }
}

fn registration(wanted: &Wanted) -> Value {
    let access = wanted
        .permissions
        .iter()
        .map(|(_, id)| json!({ "id": id, "type": kind_word(wanted.kind) }))
        .collect();
    let mut properties = execute::properties(wanted, access);
    if let Some(certificate) = &wanted.certificate {
        properties["keyCredentials"] = json!([{
            "type": "AsymmetricX509Cert", "usage": "Verify", "key": certificate.base64(),
            "displayName": "admin-reset setup-app",
        }]);
    }
    properties
}

fn grants(wanted: &Wanted, names: &[&str]) -> Vec<String> {
    let (sp, resource) = (variable("sp"), variable("resource"));
    let mut lines = vec![found("resource", consents::graph_id().spec())];
    match wanted.kind {
        Kind::Person => lines.push(done(
            consents::consent(&sp, &resource, &names.join(" ")).spec(),
        )),
        Kind::App => {
            for (name, id) in &wanted.permissions {
                lines.push(format!("# {name}"));
                lines.push(done(consents::give_app_role(&sp, &resource, id).spec()));
            }
        }
    }
    lines
}

pub(super) struct Printed {
    pub(super) script: String,
    pub(super) raw: bool,
}

impl Report for Printed {
    fn json(&self) -> Value {
        json!({ "schema": super::SCHEMA, "status": "printed", "script": self.script })
    }
    fn headline(&self) -> String {
        "The commands that set up the app.".to_owned()
    }
    fn table(&self) -> Option<Table> {
        None
    }
    fn csv(&self) -> Table {
        Table {
            columns: vec!["script"],
            rows: vec![vec![self.script.clone()]],
        }
    }
    fn streamed(&self) -> bool {
        self.raw
    }
}
