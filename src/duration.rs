//! Durations as people write them: `90s`, `3m`, `1h`, or plain seconds.

use std::time::Duration;

/// Longest duration that is taken, to keep typing errors from hanging a run.
const MOST: u64 = 24 * 3600;

/// Parses a duration.
///
/// # Errors
/// Says the rule when the text is no duration between one second and a day.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let rule = || {
        "use seconds, or a number with s, m or h, such as 90s or 3m (1 second to 24 hours)"
            .to_owned()
    };
    let (number, unit) = text
        .find(|c: char| !c.is_ascii_digit())
        .map_or((text, "s"), |at| text.split_at(at));
    let number: u64 = number.parse().map_err(|_| rule())?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(rule()),
    };
    let seconds = number
        .checked_mul(factor)
        .filter(|seconds| (1..=MOST).contains(seconds))
        .ok_or_else(rule)?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(parse_duration("90s").unwrap().as_secs(), 90);
        assert_eq!(parse_duration("3m").unwrap().as_secs(), 180);
        assert_eq!(parse_duration("45").unwrap().as_secs(), 45);
        for text in ["", "0", "-1", "3d", "1.5m", "25h", "99999999999999999999"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
