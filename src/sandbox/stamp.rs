//! Time stamps and identifiers as Graph writes them.
//!
//! The present is always an argument; only identifiers ask the system for randomness.

/// ISO 8601 in UTC with the given number of fraction digits (Graph's vary from 0 to 7).
pub(super) fn iso(ms: i64, digits: usize) -> String {
    let seconds = ms.div_euclid(1000);
    let text = match jiff::Timestamp::from_second(seconds) {
        Ok(stamp) => stamp.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        Err(_) => "0001-01-01T00:00:00".to_owned(),
    };
    if digits == 0 {
        return format!("{text}Z");
    }
    // Milliseconds are all there is; the lower digits are made up so that nobody parses with a fixed width.
    let fraction = format!("{:03}4567", ms.rem_euclid(1000));
    let fraction = fraction.get(..digits.min(7)).unwrap_or("0");
    format!("{text}.{fraction}Z")
}

/// The date inside an error body: no zone, no fraction.
pub(super) fn error_date(ms: i64) -> String {
    let mut text = iso(ms, 0);
    text.pop();
    text
}

/// Reads a date literal; `None` when it is not one.
pub(super) fn parse(text: &str) -> Option<i64> {
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some(stamp.as_millisecond());
    }
    // A date alone means midnight.
    let stamp: jiff::Timestamp = format!("{text}T00:00:00Z").parse().ok()?;
    Some(stamp.as_millisecond())
}

/// Fills a buffer with random bytes; the sandbox keeps no real secret, so a missing source degrades to the clock.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    if getrandom::fill(&mut bytes).is_err() {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_nanos());
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = (now >> (8 * (index % 16))) as u8;
        }
    }
    bytes
}

/// A new random identifier.
pub(super) fn new_id() -> String {
    uuid::Builder::from_random_bytes(random::<16>())
        .into_uuid()
        .to_string()
}

/// An identifier that is the same whenever the text is, so that a fresh tenant looks alike each time.
pub(super) fn derived_id(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// Whether the text is a GUID in the hyphenated form.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_carry_the_digits_asked_for_and_read_back() {
        let ms = 1_795_169_472_345;
        assert_eq!(iso(ms, 0), "2026-11-20T10:11:12Z");
        assert_eq!(iso(ms, 7), "2026-11-20T10:11:12.3454567Z");
        assert_eq!(error_date(ms), "2026-11-20T10:11:12");
        assert_eq!(parse("2026-11-20T10:11:12.345Z"), Some(ms));
        assert_eq!(parse("2026-11-20"), Some(1_795_132_800_000));
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn identifiers_are_guids_and_differ() {
        let (one, two) = (new_id(), new_id());
        assert!(is_guid(&one) && one != two);
        assert!(!is_guid("62e9039469f542379190012177145e10"));
    }
}
