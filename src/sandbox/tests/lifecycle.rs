//! Starting, keeping and stopping.

use super::*;

fn kept_in(folder: &tempfile::TempDir) -> Options {
    Options {
        state_file: Some(folder.path().join("state/sandbox.json")),
        device_code_interval: 0,
        ..Options::default()
    }
}

#[tokio::test(flavor = "current_thread")]
async fn sessions_and_changes_outlive_the_process_but_no_secret_does() {
    let folder = tempfile::tempdir().unwrap();
    let first = Sandbox::start(kept_in(&folder)).await.unwrap();
    let signed_in = device_sign_in(&first, "User.Read offline_access", "").await;
    first
        .with_tenant(|tenant| tenant.set_password(DEFAULT_PERSONA, "Quartz-Lantern-77"))
        .unwrap();
    first.stop().await;
    let path = folder.path().join("state/sandbox.json");
    let text = std::fs::read_to_string(&path).unwrap();
    for secret in [
        "Quartz-Lantern-77",
        SEED_PASSWORD,
        super::super::seed::CONFIDENTIAL_CLIENT_SECRET,
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
    let refresh_token = signed_in["refresh_token"].as_str().unwrap();
    assert!(!text.contains(&refresh_token[12..40]));

    let second = Sandbox::start(kept_in(&folder)).await.unwrap();
    assert!(
        second
            .with_tenant(|tenant| tenant.check_password(DEFAULT_PERSONA, "Quartz-Lantern-77"))
            .unwrap()
    );
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", PUBLIC_CLIENT_ID),
        ("refresh_token", refresh_token),
    ];
    let renewed = token_call(&second, &fields).await;
    assert!(
        renewed.status == 200 || renewed.aadsts() == 50173,
        "{}",
        renewed.text()
    );
    assert_eq!(
        super::super::reset(&path).unwrap_err().kind(),
        io::ErrorKind::WouldBlock
    );
    second.stop().await;
    assert!(super::super::reset(&path).unwrap() && !path.exists());
}

#[tokio::test(flavor = "current_thread")]
async fn a_state_nobody_wrote_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let options = kept_in(&folder);
    let path = options.state_file.clone().unwrap();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "{\"version\":1}").unwrap();
    let error = Sandbox::start(options).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.to_string().contains("reset the sandbox"), "{error}");
}

#[tokio::test(flavor = "current_thread")]
async fn only_loopback_is_bound_and_nothing_answers_after_the_stop() {
    let sandbox = sandbox_with("").await;
    let origin = sandbox.origin();
    assert!(origin.starts_with("http://127.0.0.1:"), "{origin}");
    sandbox.stop().await;
    assert!(
        TcpStream::connect(origin.trim_start_matches("http://"))
            .await
            .is_err()
    );
}

#[test]
fn a_blocking_caller_has_it_on_a_thread_and_dropping_ends_it() {
    let sandbox = Sandbox::start_on_thread(Options::default()).unwrap();
    let address = sandbox.origin().trim_start_matches("http://").to_owned();
    let token = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let request = format!(
        "GET /v1.0/me HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nclient-request-id: {CORRELATION}\r\n\r\n"
    );
    io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let mut text = String::new();
    io::Read::read_to_string(&mut stream, &mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    drop(sandbox);
    assert!(std::net::TcpStream::connect(&address).is_err());
}

#[test]
fn a_thread_that_cannot_bind_says_so() {
    let sandbox = Sandbox::start_on_thread(Options::default()).unwrap();
    let port = sandbox
        .origin()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let error = Sandbox::start_on_thread(Options {
        port: Some(port),
        ..Options::default()
    })
    .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}

#[tokio::test(flavor = "current_thread")]
async fn starting_takes_milliseconds() {
    let folder = tempfile::tempdir().unwrap();
    Sandbox::start(kept_in(&folder)).await.unwrap().stop().await;
    let start = std::time::Instant::now();
    let sandbox = Sandbox::start(kept_in(&folder)).await.unwrap();
    let took = start.elapsed();
    sandbox.stop().await;
    // A debug build on a busy machine; the figure of interest is a few milliseconds in release.
    assert!(took < Duration::from_millis(400), "{took:?}");
}

#[test]
fn a_sandbox_may_be_moved_and_shared_between_threads() {
    fn movable<T: Send + Sync>() {}
    movable::<Sandbox>();
}
