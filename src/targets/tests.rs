//! CSV files in the encodings and forms people have.

use super::*;

fn names(bytes: &[u8], map: &[&str]) -> Result<Vec<String>> {
    let map: Vec<String> = map.iter().map(|entry| (*entry).to_owned()).collect();
    from_csv(bytes, "users.csv", &map).map(|users| users.iter().map(ToString::to_string).collect())
}

#[test]
fn encodings_and_line_ends() {
    let text = "Name,UserPrincipalName\r\nAda,ada@contoso.com\nBo,bo@contoso.com";
    let utf16 = |big: bool| -> Vec<u8> {
        let mark: &[u8] = if big { &[0xfe, 0xff] } else { &[0xff, 0xfe] };
        let units = text.encode_utf16().flat_map(|unit| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        });
        mark.iter().copied().chain(units).collect()
    };
    let bom: Vec<u8> = [0xef, 0xbb, 0xbf].into_iter().chain(text.bytes()).collect();
    for bytes in [text.as_bytes().to_vec(), bom, utf16(true), utf16(false)] {
        assert_eq!(
            names(&bytes, &[]).unwrap(),
            ["ada@contoso.com", "bo@contoso.com"]
        );
    }
}

#[test]
fn entra_templates_and_maps() {
    let template = "version:v1.0\r\nName [displayName] Required,User name [userPrincipalName] Required\r\nExample: Chris,Example: chris@contoso.com\r\nAda,ada@contoso.com\r\n";
    assert_eq!(
        names(template.as_bytes(), &[]).unwrap(),
        ["ada@contoso.com"]
    );
    assert_eq!(
        names(
            b"Email;x\nada@contoso.com;1\n",
            &["userPrincipalName=Email"]
        )
        .unwrap(),
        ["ada@contoso.com"]
    );
    assert!(names(b"Email\nada@contoso.com\n", &["upn=Email"]).is_err());
    assert!(names(b"Email\nada@contoso.com\n", &["userPrincipalName=Mail"]).is_err());
}

#[test]
fn bad_rows_are_named() {
    let error = names(b"userPrincipalName\nada@contoso.com\nbad name\n", &[]).unwrap_err();
    assert!(
        error.message().starts_with("Line 3 of users.csv"),
        "{}",
        error.message()
    );
    assert!(names(b"userPrincipalName\n\"ada@contoso.com\n", &[]).is_err());
    assert!(
        names(b"mail\nada@contoso.com\n", &[])
            .unwrap_err()
            .remedy()
            .contains("--map")
    );
    assert!(
        names(
            b"id,userPrincipalName\n,\n45ea6528-16d7-43d6-8ed8-9e7dce610253,x\n",
            &[]
        )
        .is_ok()
    );
}
