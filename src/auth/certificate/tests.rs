//! Every form of certificate file, and every way one can be wrong. How the files were made: `tests/certificates/make.sh`.

use super::file::parse;
use super::*;
use base64::Engine as _;

macro_rules! made {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/certificates/", $name))
    };
}

/// A file that is fine.
pub(in crate::auth) const PEM: &[u8] = made!("certificate-first.pem");
const DER: &[u8] = made!("app.der");

fn with(bytes: &[u8], password: Option<&str>) -> Result<Certificate, Flaw> {
    parse(bytes, password.map(Secret::new).as_ref(), false)
}

#[test]
fn every_form_gives_the_same_certificate() {
    let secret = Some("secret");
    for (bytes, password) in [
        (PEM, None),
        (PEM, secret),
        (made!("key-first-leaf-last.pem"), None),
        (made!("pkcs1.pem"), None),
        (made!("encrypted-pkcs8.pem"), secret),
        (made!("modern.p12"), secret),
        (made!("legacy.p12"), secret),
        (made!("windows.p12"), secret),
        (made!("no-password.p12"), None),
        (made!("no-password.p12"), Some("")),
        (made!("plain.p12"), None),
    ] {
        let read =
            with(bytes, password).unwrap_or_else(|flaw| panic!("{} bytes: {flaw:?}", bytes.len()));
        assert_eq!(read.chain[0], DER);
    }
    assert!(with(made!("large.pem"), None).is_ok());
    let windows = String::from_utf8(PEM.to_vec())
        .unwrap()
        .replace('\n', "\r\n");
    assert!(with(windows.as_bytes(), None).is_ok());
}

#[test]
fn every_flaw_has_its_own_words() {
    let secret = Some("secret");
    let mut seen = Vec::new();
    for (bytes, password, flaw) in [
        (&made!("key-alone.pem")[..], None, Flaw::NoCertificate),
        (made!("certificate-alone.pem"), None, Flaw::NoKey),
        (made!("other-key.pem"), None, Flaw::OtherKey),
        (made!("encrypted-pkcs8.pem"), None, Flaw::PasswordMissing),
        (
            made!("encrypted-pkcs8.pem"),
            Some("wrong"),
            Flaw::WrongPassword,
        ),
        (
            made!("encrypted-traditional.pem"),
            secret,
            Flaw::EncryptedPem,
        ),
        (made!("ec-pkcs8.pem"), None, Flaw::Elliptic),
        (made!("ec-sec1.pem"), None, Flaw::Elliptic),
        (made!("ec.p12"), secret, Flaw::Elliptic),
        (made!("small.pem"), None, Flaw::Size),
        (made!("damaged.pem"), None, Flaw::BadPem),
        (made!("modern.p12"), Some("wrong"), Flaw::WrongPassword),
        (made!("legacy.p12"), Some("wrong"), Flaw::WrongPassword),
        (made!("modern.p12"), None, Flaw::PasswordMissing),
        (made!("no-key.p12"), secret, Flaw::NoKey),
        (DER, None, Flaw::BadP12),
        (b"0\x82", None, Flaw::BadP12),
        (b"", None, Flaw::Unknown),
        (b"hello", None, Flaw::Unknown),
        (
            b"-----BEGIN NOTHING-----\n-----END NOTHING-----\n",
            None,
            Flaw::NoKey,
        ),
    ] {
        let found = with(bytes, password).err();
        assert_eq!(found, Some(flaw), "{} bytes", bytes.len());
        seen.push(flaw.words().0);
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 11);
}

#[test]
fn the_assertion_is_the_documented_one() {
    let certificate = with(made!("key-first-leaf-last.pem"), None).unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let make = || {
        certificate
            .assertion("https://login.example/t/token", "client", now)
            .unwrap()
    };
    let (one, two) = (make(), make());
    let part = |text: &str| -> serde_json::Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    let parts: Vec<&str> = one.expose().split('.').collect();
    let (head, claims) = (part(parts[0]), part(parts[1]));
    assert_eq!(
        head,
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(digest(&SHA256, DER))})
    );
    let jti = claims["jti"].as_str().unwrap();
    assert!(crate::ids::guid(jti).is_some() && !two.expose().contains(parts[1]));
    assert_eq!(
        claims,
        json!({
            "aud": "https://login.example/t/token", "iss": "client", "sub": "client", "jti": jti,
            "nbf": 1_799_999_940u64, "iat": 1_800_000_000u64, "exp": 1_800_000_600u64,
        })
    );
    let signed = format!("{}.{}", parts[0], parts[1]);
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, der::rsa_key(DER).unwrap())
        .verify(
            signed.as_bytes(),
            &URL_SAFE_NO_PAD.decode(parts[2]).unwrap(),
        )
        .unwrap();
    assert_eq!(format!("{one:?}"), "[secret]");
}

#[test]
fn the_chain_is_sent_only_when_asked_for() {
    let certificate = parse(made!("key-first-leaf-last.pem"), None, true).unwrap();
    let one = certificate.assertion("a", "c", SystemTime::now()).unwrap();
    let head = URL_SAFE_NO_PAD
        .decode(one.expose().split('.').next().unwrap())
        .unwrap();
    let head: serde_json::Value = serde_json::from_slice(&head).unwrap();
    let chain = head["x5c"].as_array().unwrap();
    assert_eq!(chain.len(), 2);
    assert_eq!(STANDARD.decode(chain[0].as_str().unwrap()).unwrap(), DER);
}

#[test]
fn an_end_that_is_near_or_past_is_told() {
    let certificate = with(PEM, None).unwrap();
    let (from, until) = (certificate.from, certificate.until);
    assert_eq!(certificate.worry(from + Duration::from_secs(60)), None);
    let soon = certificate
        .worry(until - Duration::from_secs(86_400 * 29))
        .unwrap();
    assert!(soon.contains("29 days"), "{soon}");
    assert!(
        certificate
            .worry(until + Duration::from_secs(1))
            .unwrap()
            .contains("ended on")
    );
    assert!(
        certificate
            .worry(from - Duration::from_secs(1))
            .unwrap()
            .contains("valid from")
    );
    assert_eq!(
        certificate.worry(until - SOON - Duration::from_secs(1)),
        None
    );
}

/// The blocks of a file in the other order.
fn key_first(name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(format!("tests/certificates/{name}")).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let (certificate, key) = text.split_once(end).unwrap();
    assert!(key.contains("PRIVATE KEY"));
    format!("{key}{certificate}{end}").into_bytes()
}

#[test]
fn what_is_uploaded_is_the_certificate_alone() {
    let folder = tempfile::tempdir().unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let read = |bytes: &[u8], password: Option<&str>, now| {
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        Upload::read(&path, password.map(Secret::new).as_ref(), now)
    };
    for (bytes, password) in [
        (DER, None),
        (PEM, None),
        (made!("certificate-alone.pem"), None),
        // The key says which of several certificates is meant.
        (made!("key-first-leaf-last.pem"), None),
        (made!("modern.p12"), Some("secret")),
        (made!("no-password.p12"), None),
        // A key that cannot be opened is not needed, wherever it stands.
        (made!("encrypted-pkcs8.pem"), Some("secret")),
        (made!("encrypted-pkcs8.pem"), None),
        (made!("encrypted-pkcs8.pem"), Some("wrong")),
        (made!("encrypted-traditional.pem"), None),
        (&key_first("encrypted-pkcs8.pem"), None),
        (&key_first("encrypted-traditional.pem"), None),
    ] {
        let upload = read(bytes, password, now).unwrap();
        assert_eq!(upload.base64(), STANDARD.encode(DER));
        assert_eq!(upload.thumbprint().len(), 40);
    }
    let flaws: [(&[u8], Option<&str>, &str); 7] = [
        (made!("ec-pkcs8.pem"), None, "elliptic"),
        (made!("small.pem"), None, "2048"),
        (made!("key-alone.pem"), None, "no X.509 certificate"),
        (made!("damaged.pem"), None, "damaged"),
        (made!("modern.p12"), Some("wrong"), "does not open it"),
        (made!("modern.p12"), None, "protected by a password"),
        (b"hello", None, "no X.509 certificate"),
    ];
    for (bytes, password, why) in flaws {
        let error = read(bytes, password, now).unwrap_err();
        assert!(error.cause().unwrap().contains(why), "{error:?}");
        assert_eq!(error.exit().code(), 2);
    }
    // Years later it has ended, which Entra would tell only at the first sign-in.
    let late = read(DER, None, now + Duration::from_secs(400 * 365 * 86_400)).unwrap_err();
    assert!(late.cause().unwrap().starts_with("It ended on"), "{late:?}");
}
