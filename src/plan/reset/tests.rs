//! Tests of reading timestamps.

use super::*;

#[test]
fn timestamps_of_any_fraction() {
    for text in [
        "2026-11-20T10:11:12Z",
        "2026-11-20T10:11:12.5Z",
        "2026-11-20T10:11:12.1234567Z",
    ] {
        let user = User {
            last_password_change_date_time: Some(text.to_owned()),
            ..User::default()
        };
        assert!(changed_at(&user).is_some(), "{text}");
    }
    assert!(changed_at(&User::default()).is_none());
}
