//! Planted addresses in every wrapping mail knows, and texts that only look like one.

use super::body::Body;
use super::kind;
use super::reader::Reader;
use super::transfer::encoded;
use super::*;
use std::collections::BTreeSet;
use std::io::{Cursor, Read};

/// Gives as many bytes at once as it is told.
struct Sips<'b>(Cursor<&'b [u8]>, usize);

impl Read for Sips<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(into.len());
        self.0.read(&mut into[..most])
    }
}

fn findings(bytes: &[u8], sip: usize) -> (Vec<Found>, Vec<(String, u64)>, u64) {
    let mut findings = Findings::default();
    let mut body = Body::new();
    let form = kind::kind(bytes).unwrap_or_else(|| kind::kind_of_other(bytes, "x"));
    Reader::new(form, &mut body, &mut findings)
        .read(Sips(Cursor::new(bytes), sip), &mut Vec::new(), |_| ())
        .unwrap();
    let messages = findings.messages;
    let (found, domains) = findings.ranked();
    (found, domains, messages)
}

fn addresses(bytes: &[u8], sip: usize) -> BTreeSet<String> {
    findings(bytes, sip)
        .0
        .into_iter()
        .map(|found| found.address)
        .collect()
}

fn mail(head: &str, body: &str) -> String {
    format!(
        "From: Ada <ada@private.example>\nDate: Mon, 23 Nov 2026 14:50:10 +0100\nSubject: hello\n{head}\n\n{body}\n"
    )
}

fn folded(code: &str, width: usize) -> String {
    let lines: Vec<&str> = code
        .as_bytes()
        .chunks(width)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join("\n")
}

fn wide(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16()
        .flat_map(|unit| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        })
        .collect()
}

const QUOTED: &str =
    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable";
const BASE64: &str = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64";
const HTML: &str = "Content-Type: text/html; charset=utf-8";

/// Messages, each with one address `planted-N@contoso.onmicrosoft.com`, N the place in the list from 1.
fn planted() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut add = |make: &dyn Fn(&str) -> String| {
        let address = format!("planted-{}@contoso.onmicrosoft.com", all.len() + 1);
        all.push(make(&address));
    };
    // Headers.
    add(&|a| mail(&format!("To: Somebody <{a}>"), ""));
    add(&|a| mail(&format!("To:\n  \"Some, body\"\n\t<{a}>"), ""));
    add(&|a| mail(&format!("Delivered-To: {}", a.to_uppercase()), ""));
    add(&|a| {
        mail(
            &format!("X-Note: =?utf-8?Q?{}?=", a.replace('@', "=40")),
            "",
        )
    });
    add(&|a| {
        mail(
            &format!("X-Note: =?us-ascii?q?user_{}?=", a.replace('.', "=2E")),
            "",
        )
    });
    add(&|a| {
        mail(
            &format!("X-Note: =?UTF-8?B?{}?=", encoded(a.as_bytes())),
            "",
        )
    });
    add(&|a| {
        let (one, two) = a.split_at(11);
        mail(
            &format!(
                "X-Note: =?utf-8?B?{}?=\n =?utf-8?B?{}?=",
                encoded(one.as_bytes()),
                encoded(two.as_bytes())
            ),
            "",
        )
    });
    add(&|a| {
        let (one, two) = a.split_at(14);
        mail(
            &format!(
                "X-Note: see =?iso-8859-1?Q?{one}?=   =?iso-8859-1?b?{}?= there",
                encoded(two.as_bytes())
            ),
            "",
        )
    });
    add(&|a| {
        mail(
            &format!("X-Note: =?utf-16le?B?{}?=", encoded(&wide(a, false))),
            "",
        )
    });
    add(&|a| {
        mail(
            &format!("X-File: name*=utf-8''{}.txt", a.replace('@', "%40")).replace(".txt", "%20x"),
            "",
        )
    });
    // Plain text.
    add(&|a| {
        mail(
            "MIME-Version: 1.0",
            &format!("Your user name is {a}. Keep it."),
        )
    });
    add(&|a| {
        mail(
            "Content-Type: text/plain; charset=iso-8859-1",
            &format!("<{a}>"),
        )
    });
    add(&|a| {
        mail(
            "Content-Type: text/plain; format=flowed",
            &format!("> > {a}\n-- \nsig"),
        )
    });
    add(&|a| {
        mail(
            "Content-Type: TEXT/PLAIN",
            &format!("https://login.microsoftonline.com/?login_hint={a}&x=1"),
        )
    });
    add(&|a| {
        mail(
            "X: y",
            &format!(
                "https://eur01.safelinks.example/?url=https%3A%2F%2Fx%2F%3Fu%3D{}%26d",
                a.replace('@', "%40")
            ),
        )
    });
    add(&|a| {
        mail(
            "X: y",
            &format!("zero\u{200b}width: {}", a.replace('.', "\u{200b}.")),
        )
    });
    add(&|a| mail("X: y", &format!("{}\n{a}", "x".repeat(300_000))));
    add(&|a| {
        mail(
            "X: y",
            &format!("{} {a} {}", "x".repeat(262_100), "y".repeat(1000)),
        )
    });
    // Quoted-printable.
    add(&|a| mail(QUOTED, &a.replace('@', "=40")));
    add(&|a| mail(QUOTED, &a.replace("@con", "@=\ncon")));
    add(&|a| mail(QUOTED, &a.replace("onmicrosoft", "onmi=\ncrosoft")));
    add(&|a| mail(QUOTED, &a.replace("onmicrosoft", "onmi= \t\ncrosoft")));
    add(&|a| {
        mail(
            QUOTED,
            &a.bytes()
                .map(|byte| format!("={byte:02X}"))
                .collect::<String>(),
        )
    });
    add(&|a| {
        mail(
            QUOTED,
            &a.bytes()
                .map(|byte| format!("={byte:02x}=\n"))
                .collect::<String>(),
        )
    });
    // Base64.
    add(&|a| {
        mail(
            BASE64,
            &folded(&encoded(format!("Your user name: {a}\n").as_bytes()), 76),
        )
    });
    add(&|a| {
        mail(
            BASE64,
            &folded(&encoded(format!("{} {a}", "x".repeat(49)).as_bytes()), 76),
        )
    });
    add(&|a| mail(BASE64, &folded(&encoded(format!("..{a}").as_bytes()), 7)));
    add(&|a| mail(BASE64, encoded(a.as_bytes()).trim_end_matches('=')));
    add(&|a| {
        mail(
            BASE64,
            &folded(
                &encoded(format!("{} {a}", "x".repeat(70_000)).as_bytes()),
                76,
            ),
        )
    });
    add(&|a| {
        mail(
            BASE64,
            &folded(
                &encoded(format!("{} {a}", "x".repeat(196_590)).as_bytes()),
                76,
            ),
        )
    });
    add(&|a| {
        let head = BASE64.replace("utf-8", "utf-16");
        mail(&head, &folded(&encoded(&wide(a, true)), 76))
    });
    // HTML.
    add(&|a| {
        mail(
            HTML,
            &format!("<table><tr><td>User</td><td>{a}</td><td>x</td></tr></table>"),
        )
    });
    add(&|a| mail(HTML, &a.replace('@', "&#64;").replace('.', "&#x2e;")));
    add(&|a| mail(HTML, &a.replace('@', "&commat;").replace('.', "&period;")));
    add(&|a| {
        mail(
            HTML,
            &a.replace("onmicro", "<b>onmi</b><wbr>cro")
                .replace('@', "<span style='x'>@</span>"),
        )
    });
    add(&|a| mail(HTML, &a.replace("soft", "<!-- hidden > -->soft")));
    add(&|a| {
        mail(
            HTML,
            &format!("<a href=\"mailto:{}\">write</a>", a.replace('@', "%40")),
        )
    });
    add(&|a| {
        mail(
            HTML,
            &a.replace("contoso", "<a href='http://x.example/'>contoso")
                .replace(".com", ".com</a>Sign in"),
        )
    });
    add(&|a| {
        let head = QUOTED.replace("plain", "html");
        mail(
            &head,
            &a.replace('@', "&#6=\n4;")
                .replace("onmicrosoft", "<sp=\nan class=3D\"x\">onmicrosoft</span>"),
        )
    });
    add(&|a| {
        let head = BASE64.replace("plain", "html");
        let page = format!(
            "<html><body>{}{}</body></html>",
            "<p>filler</p>".repeat(9000),
            a.replace('@', "<i></i>&#64;")
        );
        mail(&head, &folded(&encoded(page.as_bytes()), 76))
    });
    // Parts, attachments, messages inside.
    add(&|a| {
        mail(
            "Content-Type: multipart/alternative;\n boundary=\"=_b 1\"",
            &format!(
                "--=_b 1\nContent-Type: text/plain\n\nnothing\n--=_b 1\n{QUOTED}\n\n{}\n--=_b 1--\n",
                a.replace('@', "=40")
            ),
        )
    });
    add(&|a| {
        mail(
            "Content-Type: multipart/mixed; boundary=outer",
            &format!(
                "preamble\n--outer\nContent-Type: multipart/related; boundary=outer2\n\n--outer2\n{BASE64}\n\n{}\n--outer2--\n--outer\n\nx\n--outer--",
                folded(&encoded(a.as_bytes()), 20)
            ),
        )
    });
    add(&|a| {
        mail(
            "Content-Type: multipart/mixed; boundary=m",
            &format!(
                "--m\nContent-Type: message/rfc822\n\nTo: =?utf-8?Q?{}?=\nSubject: inside\n\nbody\n--m--",
                a.replace('@', "=40")
            ),
        )
    });
    add(&|a| {
        mail(
            "Content-Type: multipart/mixed; boundary=m",
            &format!(
                "--m\nContent-Type: application/octet-stream; name=\"accounts.csv\"\nContent-Transfer-Encoding: base64\n\n{}\n--m--",
                folded(&encoded(format!("upn,name\r\n{a},x\r\n").as_bytes()), 76)
            ),
        )
    });
    add(&|a| {
        mail(
            "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64",
            &folded(&encoded(&wide(&format!("to {a} "), false)), 60),
        )
    });
    add(&|a| {
        mail(
            "Content-Type: multipart/report; report-type=delivery-status; boundary=r",
            &format!(
                "--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; {a}\n--r--"
            ),
        )
    });
    add(&|a| {
        mail(
            "Content-Type: text/calendar",
            &format!("BEGIN:VCALENDAR\nORGANIZER:MAILTO:{a}\nEND:VCALENDAR"),
        )
    });
    add(&|a| {
        mail(
            "Content-Type: multipart/mixed; boundary=never",
            &format!("no boundary follows {a}"),
        )
    });
    all
}

fn expected(count: usize) -> BTreeSet<String> {
    (1..=count)
        .map(|n| format!("planted-{n}@contoso.onmicrosoft.com"))
        .collect()
}

fn mbox(messages: &[String]) -> String {
    messages
        .iter()
        .map(|message| {
            let quoted = message.replace("\nFrom ", "\n>From ");
            format!("From sender@private.example Mon Nov 23 14:50:10 2026\n{quoted}\n")
        })
        .collect()
}

#[test]
fn every_planted_address_is_found() {
    let all = planted();
    assert!(all.len() >= 40, "{}", all.len());
    for (at, message) in all.iter().enumerate() {
        let wanted = BTreeSet::from([format!("planted-{}@contoso.onmicrosoft.com", at + 1)]);
        let dos = message.replace('\n', "\r\n");
        for text in [message, &dos] {
            assert_eq!(
                addresses(text.as_bytes(), usize::MAX),
                wanted,
                "whole: {}",
                head(text)
            );
        }
        if message.len() < 20_000 {
            for sip in [1, 7, 61] {
                assert_eq!(
                    addresses(message.as_bytes(), sip),
                    wanted,
                    "by {sip}: {}",
                    head(message)
                );
            }
        }
    }
}

fn head(text: &str) -> String {
    text.chars().take(600).collect()
}

#[test]
fn and_in_one_mbox_whatever_is_read_at_once() {
    let all = planted();
    let unix = mbox(&all);
    let dos = unix.replace('\n', "\r\n");
    for text in [&unix, &dos] {
        for sip in [4096, 65_537, 262_143, usize::MAX] {
            let (found, _, messages) = findings(text.as_bytes(), sip);
            let names: BTreeSet<String> = found.iter().map(|one| one.address.clone()).collect();
            assert_eq!(names, expected(all.len()), "{sip}");
            assert_eq!(messages, all.len() as u64);
            for one in &found {
                assert_eq!((one.occurrences, one.messages), (1, 1), "{}", one.address);
                assert_eq!(
                    format!(
                        "planted-{}@contoso.onmicrosoft.com",
                        one.sightings[0].message
                    ),
                    one.address
                );
            }
        }
    }
}

#[test]
fn what_only_looks_like_one_is_not() {
    let decoys = "a@b.onmicrosoft.community a@notonmicrosoft.com a@b.onmicrosoft.com.evil.test a@onmicrosoft.com \
        x@b.onmicrosoft.comm y@b-onmicrosoft.com z@b.onmicrosoft.com@evil.test onmicrosoft.com";
    for (head, body) in [
        ("X: y", decoys.to_owned()),
        (QUOTED, decoys.replace('@', "=40")),
        (BASE64, folded(&encoded(decoys.as_bytes()), 76)),
        (
            HTML,
            decoys.replace(".com", "<b>.com</b>").replace(' ', "<br>"),
        ),
    ] {
        let text = mail(head, &body);
        assert_eq!(
            addresses(text.as_bytes(), usize::MAX),
            BTreeSet::new(),
            "{text}"
        );
    }
    let header = mail(&format!("To: {decoys}"), "");
    assert_eq!(addresses(header.as_bytes(), usize::MAX), BTreeSet::new());
}

#[test]
fn packed_attachments_are_passed_over() {
    let code = folded(&encoded(b"a@b.onmicrosoft.com"), 76);
    let body = mail(
        "Content-Type: image/png\nContent-Transfer-Encoding: base64",
        &code,
    );
    assert!(addresses(body.as_bytes(), usize::MAX).is_empty());
    let code = folded(&encoded(b"PK\x03\x04 a@b.onmicrosoft.com"), 76);
    let body = mail(
        "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64",
        &code,
    );
    assert!(addresses(body.as_bytes(), usize::MAX).is_empty());
}

#[test]
fn sentences_that_begin_with_from_begin_no_message() {
    let text = "From a@b.example Mon Nov 23 14:50:10 2026\nSubject: x\n\nFrom here on it rains.\n\nFrom 14:00 on too?\nx\n\
        \nFrom c@d.example Mon Nov 23 14:50:11 2026\nSubject: y\n\nz\n";
    assert_eq!(
        findings(text.as_bytes(), 5).2,
        3,
        "the one with a time of day behind an empty line is taken for one"
    );
    let text = text.replace("From 14:00 on too?", "From then on too?");
    assert_eq!(findings(text.as_bytes(), 5).2, 2);
}

#[test]
fn best_candidates_come_first() {
    let messages = [
        mail("To: me@contoso.onmicrosoft.com\nMessage-ID: <x@contoso.onmicrosoft.com>", "hello"),
        "From: Other <other@fabrikam.onmicrosoft.com>\nSubject: s\n\nhi\n".to_owned(),
        "From: Other <other@fabrikam.onmicrosoft.com>\nSubject: s\n\nhi\n".to_owned(),
        "From: Microsoft <no-reply@microsoftonline.com>\nDate: Tue, 3 Mar 2020 10:00:00 +0000\nSubject: =?utf-8?Q?Welcome=21?=\n\n\
         User name: admin@contoso.onmicrosoft.com\n"
            .to_owned(),
        mail("Return-Path: <bounces+SRS=a=b=c.example=d@contoso.onmicrosoft.com>", "your domain contoso.onmicrosoft.com"),
    ];
    let (found, domains, _) = findings(mbox(&messages).as_bytes(), usize::MAX);
    let names: Vec<&str> = found.iter().map(|one| &one.address[..]).collect();
    assert_eq!(
        names,
        [
            "admin@contoso.onmicrosoft.com",
            "me@contoso.onmicrosoft.com",
            "other@fabrikam.onmicrosoft.com",
            "x@contoso.onmicrosoft.com",
            "bounces+srs=a=b=c.example=d@contoso.onmicrosoft.com",
        ]
    );
    let best = &found[0].sightings[0];
    assert_eq!(
        (best.message, &best.subject[..], &best.place[..]),
        (4, "Welcome!", "text")
    );
    assert_eq!(best.date, "Tue, 3 Mar 2020 10:00:00 +0000");
    assert_eq!((found[2].messages, found[2].occurrences), (2, 2));
    assert_eq!(domains, [("contoso.onmicrosoft.com".to_owned(), 1)]);
}

#[test]
fn apple_messages_and_files_that_are_no_mail() {
    let apple = format!(
        "1234\n{}<?xml version=\"1.0\"?><plist/>",
        mail("To: a@b.onmicrosoft.com", "x")
    );
    assert_eq!(
        findings(apple.as_bytes(), usize::MAX).0[0].sightings[0].place,
        "header To"
    );
    assert_eq!(addresses(b"note: a@b.onmicrosoft.com", 3).len(), 1);
    assert_eq!(addresses(b"just a@b.onmicrosoft.com", 3).len(), 1);
    assert_eq!(
        addresses(b"\xef\xbb\xbfTo: a@b.onmicrosoft.com\n\n", 1).len(),
        1
    );
    let mut outlook = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    outlook.extend(wide("to a@b.onmicrosoft.com now", false));
    assert_eq!(addresses(&outlook, usize::MAX).len(), 1);
}

#[test]
fn folders_and_maildirs() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Maildir/cur", "Maildir/new", "Maildir/.Sent/cur", "Local"] {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "Maildir/cur/1700.M1.host:2,S",
        &mail("To: one@b.onmicrosoft.com", "x"),
    );
    write(
        "Maildir/new/1701.M1.host",
        &mail("To: two@b.onmicrosoft.com", "x"),
    );
    write(
        "Maildir/.Sent/cur/1702",
        &mail("To: three@b.onmicrosoft.com", "x"),
    );
    write(
        "Local/Inbox",
        &mbox(&[mail("To: four@b.onmicrosoft.com", "x")]),
    );
    write("Local/Inbox.msf", "// <!-- five@b.onmicrosoft.com -->");
    write("Local/picture", "\u{0}\u{1}six@b.onmicrosoft.com");
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), folder.path().join("Local/loop")).unwrap();
    let (findings, looked) = search(&[folder.path().to_path_buf()], &Progress::default()).unwrap();
    let (found, _) = findings.ranked();
    let names: BTreeSet<&str> = found
        .iter()
        .map(|one| one.address.split('@').next().unwrap())
        .collect();
    assert_eq!(names, BTreeSet::from(["one", "two", "three", "four"]));
    assert_eq!((looked.files, looked.others), (4, 1));
    assert!(search(&[folder.path().join("none")], &Progress::default()).is_err());
}
