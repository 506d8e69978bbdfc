//! Where judged users go: straight out as JSON lines or CSV records, or into the few rows that a whole report needs.

use super::Population;
use super::kept::{Kept, Shelf};
use super::report::{Bar, CheckReport, Moment, SCHEMA, Tally};
use super::row::{CSV, UserRow};
use crate::context::Context;
use crate::error::Result;
use crate::policy::sspr::Requirement;
use crate::render::stream::Stream;
use crate::render::{Format, Report};
use serde::Serialize;
use std::collections::BTreeMap;

/// Text and Markdown show everybody up to this many users; beyond, those who are not ready, up to as many.
const SHOWN: usize = 100;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Lines,
    Records,
    All,
    Some,
    Nothing,
}

/// A JSON line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    schema: &'static str,
    as_of: &'a str,
    source: &'static str,
    #[serde(flatten)]
    user: &'a UserRow,
}

/// Who was checked.
pub(super) enum Of<'p> {
    /// One user, asked about alone.
    One,
    /// A population.
    Many(&'p Population),
}

/// What makes a report of what was gathered.
pub(super) struct Closing<'p> {
    /// What was required.
    pub(super) require: Vec<Requirement>,
    /// What bends the exit status.
    pub(super) bar: Bar,
    /// Who was checked.
    pub(super) of: Of<'p>,
    /// Further lines for people.
    pub(super) notes: Vec<String>,
}

/// A row and its place in the order of asking.
struct Placed {
    place: u64,
    ready: Option<bool>,
    row: Kept,
}

/// Counts users and passes them on.
pub(super) struct Gather<'a> {
    context: &'a Context,
    stream: Stream<'a>,
    mode: Mode,
    /// When Graph answered last.
    pub(super) moment: Moment,
    tally: Tally,
    rows: Vec<Placed>,
    shelf: Shelf,
    hidden: u64,
    // Code of a problem: how many users have it, and what to do.
    problems: BTreeMap<&'static str, (u64, String)>,
}

impl<'a> Gather<'a> {
    /// Nobody yet.
    pub(super) fn new(context: &'a Context, moment: Moment) -> Result<Self> {
        let style = &context.style;
        let mode = match style.format {
            _ if style.query.is_some() => Mode::All,
            Format::Jsonl => Mode::Lines,
            Format::Csv => Mode::Records,
            Format::Json | Format::Tsv => Mode::All,
            Format::Text | Format::Markdown => Mode::Some,
            Format::None => Mode::Nothing,
        };
        let mut stream = Stream::new(&context.console, style);
        if mode == Mode::Records {
            stream.record(CSV)?;
        }
        Ok(Gather {
            context,
            stream,
            mode,
            moment,
            tally: Tally::default(),
            rows: Vec::new(),
            shelf: Shelf::default(),
            hidden: 0,
            problems: BTreeMap::new(),
        })
    }

    /// Takes a judged user.
    pub(super) fn add(&mut self, place: u64, row: UserRow) -> Result<()> {
        self.tally.count(row.ready);
        if let Some(problem) = &row.error {
            self.problems
                .entry(problem.code)
                .or_insert_with(|| (0, problem.fix.clone()))
                .0 += 1;
        }
        match self.mode {
            Mode::Lines => {
                let line = Line {
                    schema: SCHEMA,
                    as_of: self.moment.as_of(),
                    source: self.moment.source(),
                    user: &row,
                };
                self.stream.line(&line)
            }
            Mode::Records => self
                .stream
                .record(row.csv(&self.moment).iter().map(AsRef::as_ref)),
            Mode::All | Mode::Some => {
                let ready = row.ready;
                let row = self.shelf.keep(row);
                self.rows.push(Placed { place, ready, row });
                if self.mode == Mode::Some && self.rows.len() > 2 * SHOWN {
                    self.choose();
                }
                Ok(())
            }
            Mode::Nothing => Ok(()),
        }
    }

    /// Keeps the rows that text will show.
    fn choose(&mut self) {
        if self.tally.checked as usize > SHOWN {
            self.rows.retain(|placed| placed.ready != Some(true));
        }
        self.rows.sort_by_key(|placed| placed.place);
        self.rows.truncate(SHOWN);
        self.hidden = self.tally.checked - self.rows.len() as u64;
    }

    /// Writes what has come, and tells how far it is.
    pub(super) fn flush(&mut self, total: Option<u64>) -> Result<()> {
        self.stream.flush()?;
        let checked = self.tally.checked;
        match total {
            Some(total) => self
                .context
                .console
                .progress(&format!("Checked {checked} of {total} users")),
            None => self
                .context
                .console
                .progress(&format!("Checked {checked} users")),
        }
        Ok(())
    }

    /// Whether the reader has closed the pipe.
    pub(super) fn is_closed(&self) -> bool {
        self.stream.is_closed()
    }

    /// The report; what was not streamed as it came is written whole.
    pub(super) fn finish(mut self, closing: Closing) -> Result<CheckReport> {
        let Closing {
            require,
            bar,
            of,
            notes,
        } = closing;
        let console = &self.context.console;
        console.clear_progress();
        if self.mode == Mode::Some {
            self.choose();
        }
        self.rows.sort_by_key(|placed| placed.place);
        if matches!(of, Of::Many(Population::Admins)) {
            // Their order of asking is that of their ids, which says nothing to anybody.
            let shelf = &self.shelf;
            self.rows.sort_by_cached_key(|placed| {
                let row = shelf.row(&placed.row);
                row.map(|row| row.name().to_ascii_lowercase())
            });
        }
        let (single, again) = match of {
            Of::One => (true, None),
            Of::Many(population) => (false, population.flags().filter(|_| self.hidden > 0)),
        };
        let problems = self
            .problems
            .iter()
            .filter(|_| !single)
            .map(|(code, (count, fix))| format!("Not readable: {count} users ({code}). {fix}"));
        let mut report = CheckReport {
            moment: self.moment,
            require,
            tally: self.tally,
            bar,
            rows: Vec::new(),
            hidden: self.hidden,
            single,
            streamed: false,
            notes: notes.into_iter().chain(problems).collect(),
            next: again
                .map(|flags| {
                    format!("admin-reset check-security-info {flags} -o csv > security-info.csv")
                })
                .into_iter()
                .collect(),
        };
        match self.mode {
            Mode::Lines | Mode::Records => {
                self.stream.flush()?;
                report.streamed = true;
                // A summary of rows that stand alone; of a single one it would be an echo.
                if !bar.cut_short && !single {
                    console.note(&report.headline());
                }
            }
            // Too long to be built in memory, so it is written row by row; complete it is already.
            Mode::All if self.context.style.query.is_none() => {
                let rows = rows(&self.shelf, &self.rows);
                if self.context.style.format == Format::Json {
                    self.stream.document(report.head(), "users", rows)?;
                } else {
                    for row in rows {
                        let cells = row.csv(&report.moment);
                        self.stream.cells(cells.iter().map(AsRef::as_ref))?;
                    }
                    self.stream.flush()?;
                }
                report.streamed = true;
            }
            _ => report.rows = rows(&self.shelf, &self.rows).collect(),
        }
        Ok(report)
    }
}

fn rows<'r>(shelf: &'r Shelf, placed: &'r [Placed]) -> impl Iterator<Item = UserRow> + 'r {
    placed.iter().filter_map(|placed| shelf.row(&placed.row))
}
