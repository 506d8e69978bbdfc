//! Reports in every format: text, JSON, JSONL, CSV, TSV, Markdown, and `--query` over the JSON.
//!
//! A command returns a [`Report`]; one struct feeds all formats, so they cannot drift. Writes nothing.

mod notes;
pub mod stream;
pub mod text;

use crate::error::{Error, ErrorCode, Exit, Result};
use serde_json::Value;

/// Output format, `-o`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// A sentence, at most one table, and what to do next
    #[default]
    Text,
    /// One JSON document
    Json,
    /// One JSON document a line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
    /// Tab-separated values without a header
    Tsv,
    /// A Markdown table
    Markdown,
    /// Nothing; the exit code tells
    None,
}

/// Columns and rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Column heads.
    pub columns: Vec<&'static str>,
    /// Cells, one vector a row.
    pub rows: Vec<Vec<String>>,
}

/// What a command returns.
pub trait Report {
    /// The whole document, with `schema`.
    fn json(&self) -> Value;
    /// The outcome in one sentence.
    fn headline(&self) -> String;
    /// The table of the text and Markdown output.
    fn table(&self) -> Option<Table>;
    /// The table of CSV and TSV, with the header of the contract.
    fn csv(&self) -> Table;
    /// Documents of JSONL; the whole document unless there are many targets.
    fn jsonl(&self) -> Vec<Value> {
        vec![self.json()]
    }
    /// Further lines between table and `Next:`.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
    /// Commands that can be pasted into a shell.
    fn next(&self) -> Vec<String> {
        Vec::new()
    }
    /// Exit status.
    fn exit(&self) -> Exit {
        Exit::Done
    }
    /// The error that stands on stderr beside the report when the exit is not 0.
    fn error(&self) -> Option<Error> {
        None
    }
    /// Whether the result was written already, one user after the other (see [`stream`]).
    fn streamed(&self) -> bool {
        false
    }
    /// Whether the report tells of a change that was made or may have been made, so that failing to print it does not alter the exit.
    fn changed(&self) -> bool {
        false
    }
}

/// How to render: format, query, and what the terminal can do.
#[derive(Debug, Clone, Default)]
pub struct Style {
    /// Format.
    pub format: Format,
    /// JMESPath expression.
    pub query: Option<String>,
    /// Whether more than ASCII may be drawn.
    pub unicode: bool,
    /// Whether this ran on the built-in tenant, which every output says.
    pub sandbox: bool,
    /// Width of the terminal, when there is one.
    pub width: Option<usize>,
}

/// Checks a JMESPath expression before anything is done.
pub fn check_query(expression: &str) -> Result<()> {
    jmespath::compile(expression).map(|_| ()).map_err(|cause| {
        Error::new(
            ErrorCode::BadInput,
            format!("The query '{}' is not JMESPath.", text::cell(expression)),
        )
        .why(text::cell(&cause.to_string()))
        .fix("Quote the expression for the shell, for example --query 'users[].userPrincipalName'.")
    })
}

/// Renders a report.
pub fn render(report: &dyn Report, style: &Style) -> Result<String> {
    if report.streamed() {
        return Ok(String::new());
    }
    if let Some(expression) = &style.query {
        return queried(report, expression, style);
    }
    Ok(match style.format {
        Format::None => String::new(),
        Format::Text => as_text(report, style),
        Format::Json => text::json(&format!("{:#}\n", mark(report.json(), style))),
        Format::Jsonl => report
            .jsonl()
            .into_iter()
            .map(|value| text::json(&format!("{}\n", mark(value, style))))
            .collect(),
        Format::Csv => as_csv(&report.csv(), true)?,
        Format::Tsv => as_tsv(&report.csv()),
        Format::Markdown => as_markdown(report, style),
    })
}

/// Puts the sandbox mark into a document.
#[must_use]
pub fn mark(mut value: Value, style: &Style) -> Value {
    if style.sandbox
        && let Value::Object(map) = &mut value
    {
        map.insert("sandbox".to_owned(), Value::Bool(true));
    }
    value
}

fn queried(report: &dyn Report, expression: &str, style: &Style) -> Result<String> {
    let failed = |cause: String| {
        Error::new(ErrorCode::BadInput, "The query could not be applied.").why(text::cell(&cause))
    };
    let compiled = jmespath::compile(expression).map_err(|cause| failed(cause.to_string()))?;
    let found = compiled
        .search(mark(report.json(), style))
        .map_err(|cause| failed(cause.to_string()))?;
    let found = serde_json::to_value(&*found).map_err(|cause| failed(cause.to_string()))?;
    Ok(match style.format {
        Format::None => String::new(),
        Format::Json => text::json(&format!("{found:#}\n")),
        Format::Jsonl => match found {
            Value::Array(items) => items
                .iter()
                .map(|item| text::json(&format!("{item}\n")))
                .collect(),
            other => text::json(&format!("{other}\n")),
        },
        Format::Csv => as_csv(
            &Table {
                columns: Vec::new(),
                rows: rows_of(&found),
            },
            false,
        )?,
        Format::Text | Format::Tsv | Format::Markdown => as_tsv(&Table {
            columns: Vec::new(),
            rows: rows_of(&found),
        }),
    })
}

/// Rows of a query result, as az does for tsv: scalars are lines, objects and arrays are rows.
fn rows_of(value: &Value) -> Vec<Vec<String>> {
    let scalar = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let row = |value: &Value| match value {
        Value::Array(items) => items.iter().map(scalar).collect(),
        Value::Object(map) => map.values().map(scalar).collect(),
        other => vec![scalar(other)],
    };
    match value {
        Value::Array(items) => items.iter().map(row).collect(),
        other => vec![row(other)],
    }
}

fn as_text(report: &dyn Report, style: &Style) -> String {
    let mut out = String::new();
    let sandbox = if style.sandbox { "[sandbox] " } else { "" };
    out.push_str(&format!(
        "{sandbox}{}\n",
        text::clean(&report.headline(), false)
    ));
    if let Some(table) = report.table().filter(|table| !table.rows.is_empty()) {
        out.push('\n');
        out.push_str(&plain_table(&table, style));
    }
    let notes = report.notes();
    if !notes.is_empty() {
        out.push('\n');
        for note in notes {
            notes::put(&mut out, &text::clean(&note, false), style.width);
        }
    }
    let next = report.next();
    if !next.is_empty() {
        out.push('\n');
        for mut line in next {
            // A line that is pasted must not leave the rehearsal for a real tenant.
            if style.sandbox && line.starts_with("admin-reset ") && !line.contains("sandbox") {
                line.push_str(" --sandbox");
            }
            out.push_str(&format!("Next: {}\n", text::clean(&line, false)));
        }
    }
    out
}

fn plain_table(table: &Table, style: &Style) -> String {
    let mut drawn = comfy_table::Table::new();
    drawn.load_style(comfy_table::presets::NOTHING);
    match style.width {
        Some(width) => {
            drawn.set_width(width.min(usize::from(u16::MAX)) as u16);
            drawn.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
        }
        None => {
            drawn.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
        }
    }
    drawn.set_header(table.columns.iter().map(|column| column.to_uppercase()));
    for row in &table.rows {
        drawn.add_row(row.iter().map(|value| text::cell(value)));
    }
    drawn
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// Renders a CSV table.
pub fn as_csv(table: &Table, header: bool) -> Result<String> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    let failed = |cause: csv::Error| {
        Error::new(ErrorCode::Internal, "The CSV could not be built.").source(cause)
    };
    if header {
        writer.write_record(&table.columns).map_err(failed)?;
    }
    for row in &table.rows {
        writer
            .write_record(row.iter().map(|value| text::csv_cell(value)))
            .map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|cause| Error::new(ErrorCode::Internal, cause.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn as_tsv(table: &Table) -> String {
    table
        .rows
        .iter()
        .map(|row| {
            format!(
                "{}\n",
                row.iter()
                    .map(|value| text::cell(value))
                    .collect::<Vec<_>>()
                    .join("\t")
            )
        })
        .collect()
}

fn as_markdown(report: &dyn Report, style: &Style) -> String {
    let mut out = String::new();
    let sandbox = if style.sandbox { "\\[sandbox\\] " } else { "" };
    out.push_str(&format!(
        "{sandbox}{}\n",
        text::markdown_cell(&report.headline())
    ));
    if let Some(table) = report.table().filter(|table| !table.rows.is_empty()) {
        out.push_str(&format!(
            "\n| {} |\n|{}\n",
            table.columns.join(" | "),
            " --- |".repeat(table.columns.len())
        ));
        for row in &table.rows {
            out.push_str(&format!(
                "| {} |\n",
                row.iter()
                    .map(|value| text::markdown_cell(value))
                    .collect::<Vec<_>>()
                    .join(" | ")
            ));
        }
    }
    for note in report.notes() {
        out.push_str(&format!("\n{}\n", text::markdown_cell(&note)));
    }
    out
}

/// `yes`, `no` or `unknown`, for cells.
#[must_use]
pub fn tri(value: Option<bool>) -> &'static str {
    match value {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Sample;
    impl Report for Sample {
        fn json(&self) -> Value {
            json!({"schema": "admin-reset/sample/1", "users": [{"upn": "a@b.c", "n": 1}, {"upn": "=d@b.c", "n": null}]})
        }
        fn headline(&self) -> String {
            "Two users.".into()
        }
        fn table(&self) -> Option<Table> {
            Some(self.csv())
        }
        fn csv(&self) -> Table {
            Table {
                columns: vec!["upn", "n"],
                rows: vec![
                    vec!["a@b.c".into(), "1".into()],
                    vec!["=d@b.c".into(), String::new()],
                ],
            }
        }
        fn next(&self) -> Vec<String> {
            vec!["admin-reset whoami".into()]
        }
    }

    fn with(format: Format, query: Option<&str>) -> String {
        render(
            &Sample,
            &Style {
                format,
                query: query.map(str::to_owned),
                ..Style::default()
            },
        )
        .unwrap()
    }

    #[test]
    fn every_format() {
        assert_eq!(
            with(Format::Text, None),
            "Two users.\n\n UPN     N\n a@b.c   1\n =d@b.c\n\nNext: admin-reset whoami\n"
        );
        assert_eq!(with(Format::Csv, None), "upn,n\na@b.c,1\n'=d@b.c,\n");
        assert_eq!(with(Format::Tsv, None), "a@b.c\t1\n=d@b.c\t\n");
        assert!(with(Format::Markdown, None).contains("| a@b.c | 1 |"));
        assert_eq!(with(Format::None, None), "");
        assert_eq!(
            serde_json::from_str::<Value>(&with(Format::Json, None)).unwrap()["users"][0]["n"],
            1
        );
    }

    #[test]
    fn queries() {
        assert_eq!(with(Format::Tsv, Some("users[].upn")), "a@b.c\n=d@b.c\n");
        assert_eq!(
            with(Format::Tsv, Some("users[].[upn,n]")),
            "a@b.c\t1\n=d@b.c\t\n"
        );
        assert_eq!(with(Format::Json, Some("users[0].n")), "1\n");
        assert!(check_query("users[").is_err());
    }

    #[test]
    fn the_sandbox_is_named_everywhere() {
        let style = Style {
            sandbox: true,
            ..Style::default()
        };
        assert!(render(&Sample, &style).unwrap().starts_with("[sandbox] "));
        let json = render(
            &Sample,
            &Style {
                format: Format::Json,
                sandbox: true,
                ..Style::default()
            },
        )
        .unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&json).unwrap()["sandbox"],
            true
        );
    }
}
