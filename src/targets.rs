//! Which users a command is about: positional names, one a line on stdin, or a column of a CSV file.
//!
//! Everything is parsed and checked before anything is asked of Graph; a bad name is refused with its row.

use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::ids::UserId;
use crate::render::text::cell;
use std::collections::HashSet;

/// Most bytes of a list of users.
const LIMIT: usize = 256 * 1024 * 1024;

/// How users are named on the command line.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TargetArgs {
    /// User principal name or object id; - reads one per line from stdin (can be repeated)
    #[arg(value_name = "USER")]
    pub users: Vec<String>,
    /// Read users from the userPrincipalName or id column of a CSV file; - is stdin
    #[arg(long, value_name = "FILE|-")]
    pub from_csv: Option<String>,
    /// Say which column holds the names, for example userPrincipalName=Email (can be repeated)
    #[arg(long, value_name = "NAME=COLUMN", requires = "from_csv")]
    pub map: Vec<String>,
}

/// The users, and whether the caller asked in a way that means many.
#[derive(Debug, Clone)]
pub struct Targets {
    /// In the order of asking, each once.
    pub users: Vec<UserId>,
    /// Whether they came from stdin, a file, or more than one positional: reports then have `users[]` and `summary`.
    pub many: bool,
}

impl TargetArgs {
    /// Whether no user was named at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.from_csv.is_none()
    }

    /// Reads and checks the names.
    pub fn gather(&self, console: &Console) -> Result<Targets> {
        let mut users = Vec::new();
        let mut many = self.users.len() > 1;
        for text in &self.users {
            if text == "-" {
                many = true;
                let bytes = console.read_stdin("the list of users", LIMIT)?;
                for (index, line) in decode_text(&bytes, "standard input")?.lines().enumerate() {
                    let line = line.trim_matches([' ', '\t', '\r']);
                    if !line.is_empty() {
                        users.push(
                            UserId::parse(line)
                                .map_err(|error| in_row(error, "standard input", index + 1))?,
                        );
                    }
                }
            } else {
                users.push(UserId::parse(text)?);
            }
        }
        if let Some(path) = &self.from_csv {
            many = true;
            let (bytes, name) = match path.as_str() {
                "-" => (console.read_stdin("the CSV", LIMIT)?, "standard input"),
                path => (read_file(path)?, path),
            };
            users.extend(from_csv(&bytes, name, &self.map)?);
        }
        if users.is_empty() {
            return Err(Error::new(ErrorCode::BadInput, "No user was named.")
                .why("The list is empty.")
                .fix("Give user principal names or object ids."));
        }
        let mut seen = HashSet::new();
        users.retain(|user| seen.insert(user.as_str().to_ascii_lowercase()));
        Ok(Targets { users, many })
    }
}

fn read_file(path: &str) -> Result<Vec<u8>> {
    let refuse = |cause: std::io::Error| {
        Error::new(
            ErrorCode::BadInput,
            format!("The file {} could not be read.", cell(path)),
        )
        .source(cause)
    };
    let size = std::fs::metadata(path).map_err(refuse)?.len();
    if size > LIMIT as u64 {
        return Err(Error::new(
            ErrorCode::BadInput,
            format!("The file {} is too large.", cell(path)),
        )
        .why(format!("Rule: at most {LIMIT} bytes.")));
    }
    std::fs::read(path).map_err(refuse)
}

/// An error with the place it was found at.
pub fn in_row(error: Error, name: &str, row: usize) -> Error {
    let message = format!("Line {row} of {}: {}", cell(name), error.message());
    let why = error.cause().unwrap_or_default();
    let fix = error.remedy().to_owned();
    Error::new(error.code(), message).why(why).fix(fix)
}

/// UTF-8 with or without BOM, or UTF-16 with BOM (or with the zero bytes that give it away).
fn decode_text(bytes: &[u8], name: &str) -> Result<String> {
    let utf16 = |bytes: &[u8], big: bool| {
        let units = bytes.chunks_exact(2).map(|pair| {
            if big {
                u16::from_be_bytes([pair[0], pair[1]])
            } else {
                u16::from_le_bytes([pair[0], pair[1]])
            }
        });
        if !bytes.len().is_multiple_of(2) {
            None
        } else {
            char::decode_utf16(units)
                .collect::<std::result::Result<String, _>>()
                .ok()
        }
    };
    let decoded = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        [0xff, 0xfe, rest @ ..] => utf16(rest, false),
        [0xfe, 0xff, rest @ ..] => utf16(rest, true),
        [_, 0, _, 0, ..] => utf16(bytes, false),
        [0, _, 0, _, ..] => utf16(bytes, true),
        bytes => std::str::from_utf8(bytes).ok().map(str::to_owned),
    };
    decoded.ok_or_else(|| {
        Error::new(
            ErrorCode::BadInput,
            format!("The text of {} is not readable.", cell(name)),
        )
        .why("Rule: UTF-8, or UTF-16 with a byte order mark.")
        .fix("Save the file as UTF-8.")
    })
}

/// Names of a column as people and tools write it: `userPrincipalName`, `User name [userPrincipalName] Required`.
fn column_name(header: &str) -> String {
    let inner = header
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or(header, |(inner, _)| inner);
    inner.trim().to_ascii_lowercase()
}

/// A line of a CSV: whom it is about, and the values of further columns.
#[derive(Debug, Clone)]
pub struct Row {
    /// The user.
    pub user: UserId,
    /// Number of the line in the file.
    pub line: usize,
    /// Values of the further columns, in their order; `None` where a column or a value is missing.
    pub values: Vec<Option<String>>,
}

/// Reads a CSV file, or standard input for `-`, with further columns beside the one for the user.
pub fn read_rows(
    path: &str,
    map: &[String],
    more: &[&str],
    console: &Console,
) -> Result<(Vec<Row>, String)> {
    let (bytes, name) = match path {
        "-" => (console.read_stdin("the CSV", LIMIT)?, "standard input"),
        path => (read_file(path)?, path),
    };
    Ok((rows(&bytes, name, map, more)?, name.to_owned()))
}

fn from_csv(bytes: &[u8], name: &str, map: &[String]) -> Result<Vec<UserId>> {
    let rows = rows(bytes, name, map, &[])?;
    Ok(rows.into_iter().map(|row| row.user).collect())
}

fn rows(bytes: &[u8], name: &str, map: &[String], more: &[&str]) -> Result<Vec<Row>> {
    let text = decode_text(bytes, name)?;
    // Entra's bulk templates begin with a line of their own.
    let (text, skipped) = match text.split_once('\n') {
        Some((first, rest))
            if first
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("version:") =>
        {
            (rest, 1)
        }
        _ => (text.as_str(), 0),
    };
    let shown = cell(name);
    let bad = |why: String, fix: &str| {
        Error::new(
            ErrorCode::BadInput,
            format!("The CSV {shown} cannot be used."),
        )
        .why(why)
        .fix(fix)
    };
    if text.matches('"').count() % 2 != 0 {
        return Err(bad(
            "A quotation mark is not closed.".to_owned(),
            "Close the quoted field; a quote inside one is doubled.",
        ));
    }
    let delimiter = if text
        .lines()
        .next()
        .is_some_and(|line| !line.contains(',') && line.contains(';'))
    {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = reader
        .headers()
        .map_err(|cause| bad(cause.to_string(), "Give a CSV with a header line."))?
        .clone();
    let mut wanted: Vec<(String, String)> = ["userprincipalname", "id"]
        .iter()
        .chain(more)
        .map(|own| (own.to_ascii_lowercase(), own.to_ascii_lowercase()))
        .collect();
    let names = ["userPrincipalName", "id"]
        .iter()
        .chain(more)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    for entry in map {
        let (key, column) = entry.split_once('=').ok_or_else(|| {
            bad(
                format!("--map {} has no '='.", cell(entry)),
                "Write --map userPrincipalName=COLUMN.",
            )
        })?;
        let key = key.trim().to_ascii_lowercase();
        let row = wanted
            .iter_mut()
            .find(|(own, _)| *own == key)
            .ok_or_else(|| {
                bad(
                    format!(
                        "--map names '{}', which is no name this tool reads.",
                        cell(&key)
                    ),
                    &format!("Use one of {names} on the left."),
                )
            })?;
        row.1 = column_name(column);
        if !headers.iter().any(|header| column_name(header) == row.1) {
            return Err(bad(
                format!("It has no column '{}'.", cell(column)),
                "Correct --map.",
            ));
        }
    }
    let place = |column: &str| {
        headers
            .iter()
            .position(|header| column_name(header) == column)
    };
    // The object id wins where both are there: it names one account for ever.
    let columns: Vec<usize> = [&wanted[1].1, &wanted[0].1]
        .into_iter()
        .filter_map(|column| place(column))
        .collect();
    if columns.is_empty() {
        return Err(bad(
            "It has neither a column userPrincipalName nor id.".to_owned(),
            "Name the column with --map userPrincipalName=COLUMN.",
        ));
    }
    let further: Vec<Option<usize>> = wanted[2..]
        .iter()
        .map(|(_, column)| place(column))
        .collect();
    let mut users = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|cause| bad(cause.to_string(), "Correct the line."))?;
        let row = record
            .position()
            .map_or(0, |position| position.line() as usize)
            + skipped;
        let value = columns
            .iter()
            .filter_map(|index| record.get(*index))
            .map(str::trim)
            .find(|value| !value.is_empty());
        match value {
            // A row of an Entra template that explains the columns is no user.
            Some(value) if value.to_ascii_lowercase().starts_with("example:") => {}
            Some(value) => users.push(Row {
                user: UserId::parse(value).map_err(|error| in_row(error, name, row))?,
                line: row,
                values: further
                    .iter()
                    .map(|at| record.get((*at)?))
                    .map(|value| value.map(str::trim).filter(|value| !value.is_empty()))
                    .map(|value| value.map(str::to_owned))
                    .collect(),
            }),
            None if record.iter().all(|field| field.trim().is_empty()) => {}
            None => {
                return Err(Error::new(
                    ErrorCode::BadInput,
                    format!("Line {row} of {shown} names nobody."),
                )
                .why("The column for the user is empty.")
                .fix("Fill it in, or remove the line."));
            }
        }
    }
    Ok(users)
}

#[cfg(test)]
mod tests;
