//! `support-bundle`: what a support case asks for, in one archive, without a secret. Works without a sign-in, and with --offline without a network; shows what is
//! inside before it writes.

mod contents;
mod report;

use crate::context::Context;
use crate::doctor;
use crate::error::{Error, ErrorCode, Result};
use crate::files;
use crate::render::Report;
use contents::Part;
use report::BundleReport;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use zip::write::SimpleFileOptions;

/// Put together what a support case asks for, without a secret
///
/// Tenant, cloud, versions, where each setting came from, what doctor finds, and an extract of the journal with times and request ids.
/// Names of accounts are masked, words of --reason and paths are left out. What is inside is shown before anything is written; the file can be read by
/// nobody else, and nothing is overwritten. It is sent to nobody.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset support-bundle
  admin-reset support-bundle case.zip --yes
  admin-reset support-bundle case.zip --ticket CASE-4711 --dry-run")]
pub struct Args {
    /// File to write; must not exist [default: admin-reset-support.zip]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// How many records of the journal to take, the newest
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    last: u32,
    /// Show user principal names whole instead of masked
    #[arg(long)]
    include_names: bool,
    /// Only records that carry this ticket
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    /// Leave out what doctor finds, and ask no service for it
    #[arg(long)]
    offline: bool,
    /// Show what would be inside and write nothing
    #[arg(long, alias = "what-if")]
    dry_run: bool,
    /// Write without asking
    #[arg(short, long)]
    yes: bool,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let path = args
        .file
        .clone()
        .unwrap_or_else(|| PathBuf::from("admin-reset-support.zip"));
    let doctor = if args.offline {
        None
    } else {
        let found = doctor::examine(context, Vec::new(), false).await;
        Some(found.for_support(args.include_names))
    };
    let (parts, records) = contents::gather(&args, &context.settings, doctor)?;
    contents::check(&parts, &context.settings.env, args.include_names)?;
    let mut report = BundleReport {
        planned: true,
        path: path.display().to_string(),
        names: args.include_names,
        records,
        parts,
    };
    if args.dry_run {
        return Ok(Box::new(report));
    }
    if !args.yes {
        agree(context, &report)?;
    }
    let archive = archive(&report.parts)?;
    let claim = files::claim(&path).map_err(|error| match error.code() {
        ErrorCode::SinkRefused => error.recode(ErrorCode::OutputFailed),
        _ => error,
    })?;
    claim.fill(&archive)?;
    report.planned = false;
    Ok(Box::new(report))
}

/// Shows what is inside and asks.
fn agree(context: &Context, report: &BundleReport) -> Result<()> {
    let console = &context.console;
    if !console.can_ask() {
        return Err(Error::new(
            ErrorCode::ConsentNeeded,
            "The bundle was not written: nobody could be asked.",
        )
        .why("It leaves this machine in your hands, so what is inside is shown first.")
        .fix("Look at it with --dry-run, then add --yes."));
    }
    for part in &report.parts {
        console.must_say(&format!(
            "{:<14} {:>7} bytes  {}",
            part.name,
            part.text.len(),
            part.holds
        ));
    }
    console.must_say(&report.personal());
    let answer = console.ask(&format!("Write this to {}? y/N:", report.path))?;
    if matches!(&answer.to_lowercase()[..], "y" | "yes") {
        Ok(())
    } else {
        Err(Error::new(ErrorCode::ConsentNeeded, "Nothing was written.")
            .why("The answer was not yes.")
            .fix("Run the command again and answer y."))
    }
}

/// The archive, not compressed: it is small, and anybody can look into it.
fn archive(parts: &[Part]) -> Result<Vec<u8>> {
    let failed = |cause: anyhow::Error| {
        Error::new(ErrorCode::Internal, "The archive could not be made.").source(cause)
    };
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .unix_permissions(0o600);
    for part in parts {
        writer
            .start_file(part.name, options)
            .map_err(|cause| failed(cause.into()))?;
        writer
            .write_all(part.text.as_bytes())
            .map_err(|cause| failed(cause.into()))?;
    }
    let done = writer.finish().map_err(|cause| failed(cause.into()))?;
    Ok(done.into_inner())
}
