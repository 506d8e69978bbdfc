//! Tests of the laboratory itself: a check that cannot fail proves nothing.

use crate::support::Lab;

#[test]
fn the_binary_runs_in_surroundings_of_its_own() {
    let lab = Lab::new();
    lab.run(["--version"]).code(0).shows("admin-reset ");
    assert!(lab.requests().is_empty() && lab.files().is_empty());
    lab.run(["no-such-command"]).code(2).silent().says("error:");
}

#[test]
fn a_violation_fails_the_test_that_caused_it() {
    use std::io::{Read, Write};
    let complaint = std::panic::catch_unwind(|| {
        let lab = Lab::new();
        let token = lab
            .sandbox()
            .token_for("ada.okafor@contoso.com")
            .unwrap()
            .token;
        let origin = lab.sandbox().origin();
        let host = origin.trim_start_matches("http://");
        let mut socket = std::net::TcpStream::connect(host).unwrap();
        write!(socket, "GET /v1.0/users HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n").unwrap();
        socket.read_to_end(&mut Vec::new()).unwrap();
        drop(lab);
    });
    let complaint = complaint.unwrap_err();
    assert!(
        complaint
            .downcast_ref::<String>()
            .unwrap()
            .contains("client-request-id is missing")
    );
}
