//! The report of a check: counts, exit status, the rows that are shown, and the document around them.

use super::row::{CSV, TABLE, UserRow};
use crate::error::Exit;
use crate::policy::sspr::Requirement;
use crate::render::{Report, Table};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::time::SystemTime;

pub(super) const SCHEMA: &str = "admin-reset/check-security-info/1";

/// When the answers were given, by Graph's clock, and where from.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    at: SystemTime,
    shown: String,
}

impl Moment {
    /// A moment; seconds are all that Graph tells.
    pub(super) fn of(at: SystemTime) -> Self {
        let seconds = at
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let shown = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .map_or_else(String::new, |at| at.to_string());
        Moment { at, shown }
    }

    /// The later of the two.
    pub(super) fn advance(&mut self, date: Option<SystemTime>) {
        if let Some(date) = date.filter(|date| *date > self.at) {
            *self = Moment::of(date);
        }
    }

    /// ISO 8601, UTC.
    pub(super) fn as_of(&self) -> &str {
        &self.shown
    }

    /// The day, UTC.
    pub(super) fn day(&self) -> Option<Date> {
        let at = Timestamp::try_from(self.at).ok()?;
        Some(at.to_zoned_datetime(TimeZone::UTC).date())
    }

    /// Which reading of the tenant this is.
    pub(super) fn source(&self) -> &'static str {
        "live"
    }
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tally {
    /// Users looked at.
    pub(super) checked: u64,
    /// Users that have everything required.
    pub(super) ready: u64,
    /// Users that lack something.
    pub(super) not_ready: u64,
    /// Users about whom nothing certain can be said.
    pub(super) undecided: u64,
}

/// What bends the exit status.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bar {
    /// `--exit-zero`.
    pub(super) always_zero: bool,
    /// `--fail-under`.
    pub(super) percent: Option<f64>,
    /// A part of the users was asked for; it may be empty by chance.
    pub(super) sharded: bool,
    /// The reader closed the pipe before everybody was checked.
    pub(super) cut_short: bool,
}

impl Tally {
    /// Counts a user.
    pub(super) fn count(&mut self, ready: Option<bool>) {
        self.checked += 1;
        match ready {
            Some(true) => self.ready += 1,
            Some(false) => self.not_ready += 1,
            None => self.undecided += 1,
        }
    }

    /// 0, 10 or 11.
    pub(super) fn exit(&self, bar: &Bar) -> Exit {
        let answer = match bar.percent {
            Some(percent) if self.checked > 0 => {
                // What is undecided could still turn out ready, so it fails the bar only when it cannot help.
                let reached = |ready: u64| ready as f64 * 100.0 >= percent * self.checked as f64;
                match (reached(self.ready), reached(self.ready + self.undecided)) {
                    (true, _) => Exit::Done,
                    (false, true) => Exit::Undecided,
                    (false, false) => Exit::CheckFailed,
                }
            }
            _ if self.not_ready > 0 => Exit::CheckFailed,
            _ if self.undecided > 0 => Exit::Undecided,
            // A gate must not open because a list was empty by mistake.
            _ if self.checked == 0 && !bar.sharded => Exit::Undecided,
            _ => Exit::Done,
        };
        match answer {
            _ if bar.always_zero => Exit::Done,
            Exit::Done if bar.cut_short => Exit::Undecided,
            other => other,
        }
    }

    fn percent(&self) -> f64 {
        if self.checked == 0 {
            0.0
        } else {
            self.ready as f64 * 100.0 / self.checked as f64
        }
    }
}

/// The report.
pub(super) struct CheckReport {
    /// When.
    pub(super) moment: Moment,
    /// What was required.
    pub(super) require: Vec<Requirement>,
    /// Counts.
    pub(super) tally: Tally,
    /// What bends the exit status.
    pub(super) bar: Bar,
    /// Rows that are shown, in the order of asking.
    pub(super) rows: Vec<UserRow>,
    /// Users left out of the rows.
    pub(super) hidden: u64,
    /// Whether one user was asked about by name.
    pub(super) single: bool,
    /// Whether the rows were written already.
    pub(super) streamed: bool,
    /// Further lines for people.
    pub(super) notes: Vec<String>,
    /// Commands to go on with.
    pub(super) next: Vec<String>,
}

impl CheckReport {
    /// The document without its users.
    pub(super) fn head(&self) -> Map<String, Value> {
        let head = json!({
            "schema": SCHEMA,
            "asOf": self.moment.as_of(),
            "source": self.moment.source(),
            "require": self.require.iter().map(|requirement| requirement.word()).collect::<Vec<_>>(),
            "summary": self.tally,
        });
        match head {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn wanted(&self) -> String {
        listed(&self.require)
    }
}

/// `email, phone and otp`.
pub(super) fn listed(requirements: &[Requirement]) -> String {
    match requirements {
        [] => String::new(),
        [one] => one.word().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(|requirement| requirement.word()).collect();
            format!("{} and {}", most.join(", "), last.word())
        }
    }
}

impl Report for CheckReport {
    fn json(&self) -> Value {
        let mut document = self.head();
        document.insert(
            "users".to_owned(),
            serde_json::to_value(&self.rows).unwrap_or_default(),
        );
        Value::Object(document)
    }

    fn headline(&self) -> String {
        if let ([row], true) = (&self.rows[..], self.single) {
            let name = row.name();
            return match row.ready {
                Some(true) => format!("{name} has what is required: {}.", self.wanted()),
                Some(false) => format!("{name} lacks {}.", listed(&row.missing)),
                None => format!(
                    "Whether {name} has {} could not be decided.",
                    listed(&row.undecided)
                ),
            };
        }
        let Tally {
            checked,
            ready,
            not_ready,
            undecided,
        } = self.tally;
        if checked == 0 {
            return "Nobody was checked: the list is empty.".to_owned();
        }
        let mut line = format!(
            "{ready} of {checked} users have {} ({:.1} %)",
            self.wanted(),
            self.tally.percent()
        );
        if not_ready > 0 {
            line.push_str(&format!(
                "; {not_ready} {} something",
                if not_ready == 1 { "lacks" } else { "lack" }
            ));
        }
        if undecided > 0 {
            line.push_str(&format!("; {undecided} could not be decided"));
        }
        if let Some(percent) = self.bar.percent {
            line.push_str(&format!("; {percent} % are required"));
        }
        line + "."
    }

    fn table(&self) -> Option<Table> {
        Some(Table {
            columns: TABLE.to_vec(),
            rows: self.rows.iter().map(UserRow::table).collect(),
        })
    }

    fn csv(&self) -> Table {
        let row = |row: &UserRow| row.csv(&self.moment).into_iter().map(Into::into).collect();
        Table {
            columns: CSV.to_vec(),
            rows: self.rows.iter().map(row).collect(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if self.hidden > 0 {
            notes.push(format!("{} users are not shown here.", self.hidden));
        }
        notes
    }

    fn next(&self) -> Vec<String> {
        self.next.clone()
    }

    fn exit(&self) -> Exit {
        self.tally.exit(&self.bar)
    }

    fn streamed(&self) -> bool {
        self.streamed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn tally(ready: u64, not_ready: u64, undecided: u64) -> Tally {
        Tally {
            checked: ready + not_ready + undecided,
            ready,
            not_ready,
            undecided,
        }
    }

    #[test]
    fn the_answer_no_wins_over_undecided() {
        let bar = Bar::default();
        assert_eq!(tally(3, 0, 0).exit(&bar), Exit::Done);
        assert_eq!(tally(3, 1, 0).exit(&bar), Exit::CheckFailed);
        assert_eq!(tally(3, 0, 1).exit(&bar), Exit::Undecided);
        assert_eq!(tally(0, 1, 5).exit(&bar), Exit::CheckFailed);
    }

    #[test]
    fn nobody_checked_proves_nothing_unless_a_part_was_asked_for() {
        assert_eq!(tally(0, 0, 0).exit(&Bar::default()), Exit::Undecided);
        assert_eq!(
            tally(0, 0, 0).exit(&Bar {
                sharded: true,
                ..Bar::default()
            }),
            Exit::Done
        );
        assert_eq!(
            tally(0, 0, 0).exit(&Bar {
                percent: Some(0.0),
                ..Bar::default()
            }),
            Exit::Undecided
        );
    }

    #[test]
    fn exit_zero_covers_answers_only() {
        let bar = Bar {
            always_zero: true,
            ..Bar::default()
        };
        assert_eq!(tally(0, 1, 0).exit(&bar), Exit::Done);
        assert_eq!(tally(0, 0, 1).exit(&bar), Exit::Done);
    }

    #[test]
    fn a_percentage_is_reached_missed_or_open() {
        let bar = |percent| Bar {
            percent: Some(percent),
            ..Bar::default()
        };
        assert_eq!(tally(8, 2, 0).exit(&bar(80.0)), Exit::Done);
        assert_eq!(tally(8, 2, 0).exit(&bar(80.1)), Exit::CheckFailed);
        assert_eq!(tally(7, 2, 1).exit(&bar(80.0)), Exit::Undecided);
        assert_eq!(tally(7, 3, 1).exit(&bar(80.0)), Exit::CheckFailed);
        assert_eq!(tally(0, 5, 0).exit(&bar(0.0)), Exit::Done);
    }

    #[test]
    fn a_closed_pipe_never_passes_the_rest() {
        let bar = Bar {
            cut_short: true,
            ..Bar::default()
        };
        assert_eq!(tally(5, 0, 0).exit(&bar), Exit::Undecided);
        assert_eq!(tally(5, 1, 0).exit(&bar), Exit::CheckFailed);
    }

    #[test]
    fn moments_only_go_forward() {
        let second = |n| SystemTime::UNIX_EPOCH + Duration::from_secs(n);
        let mut moment = Moment::of(second(1_790_000_000));
        assert_eq!(moment.as_of(), "2026-09-21T14:13:20Z");
        moment.advance(Some(second(1_780_000_000)));
        moment.advance(None);
        assert_eq!(moment.as_of(), "2026-09-21T14:13:20Z");
        moment.advance(Some(second(1_790_000_001)));
        assert_eq!(moment.as_of(), "2026-09-21T14:13:21Z");
    }

    #[test]
    fn lists_in_words() {
        assert_eq!(listed(&[Requirement::Email]), "email");
        assert_eq!(
            listed(&[Requirement::Email, Requirement::Phone, Requirement::Otp]),
            "email, phone and otp"
        );
    }
}
