//! Writes a result piece by piece: JSON lines and CSV records as they come, and one large JSON document without building it in
//! memory. Encodes like the rest of [`crate::render`]; decides nothing about what is written.

use super::{Style, text};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Text that is gathered before it is written.
const PIECE: usize = 32 * 1024;

/// Standard output, fed piece by piece.
pub struct Stream<'a> {
    console: &'a Console,
    style: &'a Style,
    text: String,
    closed: bool,
}

/// What every output of the built-in tenant says.
#[derive(Serialize)]
struct Marked<'a, T> {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sandbox: bool,
    #[serde(flatten)]
    value: &'a T,
}

impl<'a> Stream<'a> {
    /// A stream to standard output.
    #[must_use]
    pub fn new(console: &'a Console, style: &'a Style) -> Self {
        Stream {
            console,
            style,
            text: String::new(),
            closed: false,
        }
    }

    /// Whether the reader has closed the pipe: nothing further can be delivered.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Adds a JSON line.
    pub fn line<T: Serialize>(&mut self, value: &T) -> Result<()> {
        let line = serde_json::to_string(&Marked {
            sandbox: self.style.sandbox,
            value,
        })
        .map_err(|cause| unbuilt(&cause))?;
        self.text.push_str(&text::json(&line));
        self.text.push('\n');
        Ok(())
    }

    /// Adds a CSV record; the cells are made harmless for spreadsheets.
    pub fn record<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> Result<()> {
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .buffer_capacity(1024)
            .from_writer(Vec::new());
        for cell in cells {
            writer
                .write_field(text::csv_cell(cell))
                .map_err(|cause| unbuilt(&cause))?;
        }
        writer
            .write_record(None::<&[u8]>)
            .map_err(|cause| unbuilt(&cause))?;
        let bytes = writer
            .into_inner()
            .map_err(|cause| unbuilt(cause.error()))?;
        self.text.push_str(&String::from_utf8_lossy(&bytes));
        Ok(())
    }

    /// Adds a line of tab-separated cells.
    pub fn cells<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> Result<()> {
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                self.text.push('\t');
            }
            self.text.push_str(&text::cell(cell));
        }
        self.text.push('\n');
        if self.text.len() >= PIECE {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes a whole indented document: the members of `head`, then `key` with one element an item.
    pub fn document<T: Serialize>(
        &mut self,
        mut head: Map<String, Value>,
        key: &str,
        items: impl IntoIterator<Item = T>,
    ) -> Result<()> {
        if self.style.sandbox {
            head.insert("sandbox".to_owned(), Value::Bool(true));
        }
        self.text.push_str("{\n");
        for (name, value) in &head {
            let _ = writeln!(
                self.text,
                "  {}: {},",
                Value::from(name.as_str()),
                indented(value, "  ")?
            );
        }
        let _ = write!(self.text, "  {}: [", Value::from(key));
        let mut empty = true;
        for item in items {
            self.text.push_str(if empty { "\n    " } else { ",\n    " });
            self.text.push_str(&indented(&item, "    ")?);
            empty = false;
            if self.text.len() >= PIECE {
                self.flush()?;
            }
        }
        self.text
            .push_str(if empty { "]\n}\n" } else { "\n  ]\n}\n" });
        self.flush()
    }

    /// Writes what was gathered. A closed pipe is no error: whoever closed it has read enough.
    pub fn flush(&mut self) -> Result<()> {
        if self.text.is_empty() || self.closed {
            self.text.clear();
            return Ok(());
        }
        let written = self.console.out(&self.text);
        self.text.clear();
        match written {
            Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other.map_err(|cause| {
                Error::new(
                    ErrorCode::OutputFailed,
                    "The report could not be written to standard output.",
                )
                .source(cause)
            }),
        }
    }
}

/// Indented JSON whose further lines begin with `margin`. Text inside JSON has no raw line breaks, so each one is layout.
fn indented(value: &impl Serialize, margin: &str) -> Result<String> {
    let pretty = serde_json::to_string_pretty(value).map_err(|cause| unbuilt(&cause))?;
    Ok(text::json(&pretty.replace('\n', &format!("\n{margin}"))))
}

fn unbuilt(cause: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorCode::Internal, "The output could not be built.").why(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::Manner;
    use crate::settings::Env;
    use serde_json::json;

    fn written(sandbox: bool, act: impl FnOnce(&mut Stream<'_>)) -> String {
        let console = Console::new(Manner::default(), &Env::default());
        let style = Style {
            sandbox,
            ..Style::default()
        };
        let mut stream = Stream::new(&console, &style);
        act(&mut stream);
        std::mem::take(&mut stream.text)
    }

    #[test]
    fn lines_and_records() {
        let text = written(true, |stream| stream.line(&json!({"a": 1})).unwrap());
        assert_eq!(text, "{\"sandbox\":true,\"a\":1}\n");
        let text = written(false, |stream| stream.line(&json!({"a": "x\ny"})).unwrap());
        assert_eq!(text, "{\"a\":\"x\\ny\"}\n");
        let text = written(false, |stream| {
            stream.record(["=1+1", "a,b", "c\"d", ""]).unwrap()
        });
        assert_eq!(text, "'=1+1,\"a,b\",\"c\"\"d\",\n");
        let text = written(false, |stream| stream.cells(["=1", "a\tb", ""]).unwrap());
        assert_eq!(text, "=1\ta b\t\n");
        let text = written(false, |stream| stream.record([""]).unwrap());
        assert_eq!(text, "\"\"\n");
    }

    #[test]
    fn indentation_equals_that_of_a_whole_document() {
        let whole = json!({"users": [{"id": "x\n\"y\"", "list": [1, 2], "none": []}, {"id": "z"}]});
        let pieces: Vec<String> = whole["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| indented(item, "    ").unwrap())
            .collect();
        assert_eq!(
            format!(
                "{{\n  \"users\": [\n    {}\n  ]\n}}",
                pieces.join(",\n    ")
            ),
            format!("{whole:#}")
        );
    }
}
