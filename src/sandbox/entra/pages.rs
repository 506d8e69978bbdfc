//! The pages a person meets: sign-in, device sign-in and the answers. No script, nothing from elsewhere.
//!
//! Owns the HTML; which page is shown is decided by the endpoints.

use std::fmt::Write as _;

use super::aadsts::{self, Refusal};
use crate::sandbox::wire::{Body, Reply};

/// What the sign-in form needs to know.
pub(super) struct SignInForm<'a> {
    pub(super) heading: &'a str,
    /// Where the form is sent.
    pub(super) target: &'a str,
    /// Fields carried along unseen.
    pub(super) hidden: &'a [(&'a str, &'a str)],
    /// Whether to ask for the code of a device, and the one to start with.
    pub(super) device_code: Option<&'a str>,
    pub(super) login: &'a str,
    /// Why the last attempt failed.
    pub(super) refusal: Option<&'a Refusal>,
}

/// The form: user name, password, second factor, approve or decline.
pub(super) fn sign_in(form: &SignInForm<'_>) -> Reply {
    let mut inner = String::new();
    if let Some(refusal) = form.refusal {
        let _ = write!(
            inner,
            "<p role=\"alert\">{}</p>",
            escape(&refusal.headline())
        );
    }
    let _ = write!(
        inner,
        "<form method=\"post\" action=\"{}\">",
        escape(form.target)
    );
    for (name, value) in form.hidden {
        let _ = write!(
            inner,
            "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
            escape(name),
            escape(value)
        );
    }
    if let Some(code) = form.device_code {
        let _ = write!(
            inner,
            "<label>Code <input name=\"otc\" value=\"{}\" autocomplete=\"off\"></label>",
            escape(code)
        );
        inner.push_str("<p>Enter only a code you started yourself.</p>");
    }
    let renew = |refusal: &Refusal| {
        matches!(
            refusal.row,
            aadsts::PASSWORD_EXPIRED | aadsts::PASSWORD_WEAK
        )
    };
    if form.refusal.is_some_and(renew) {
        inner.push_str("<label>New password <input name=\"newpasswd\" type=\"password\" autocomplete=\"off\"></label>");
    }
    let _ = write!(
        inner,
        "<label>User name <input name=\"login\" value=\"{}\"></label>\
         <label>Password <input name=\"passwd\" type=\"password\" autocomplete=\"off\"></label>\
         <label><input type=\"checkbox\" name=\"mfa\" value=\"approve\"> Approve on my phone as well (second factor)</label>\
         <p><button name=\"action\" value=\"approve\">Sign in and accept</button>\
         <button name=\"action\" value=\"decline\">Decline</button></p></form>",
        escape(form.login)
    );
    let status = if form.refusal.is_some() { 400 } else { 200 };
    page(status, form.heading, &inner, "'self'")
}

/// A page that only says something.
pub(super) fn message(heading: &str, text: &str) -> Reply {
    page(200, heading, &format!("<p>{}</p>", escape(text)), "'none'")
}

/// A page for refusals that may not be sent to the application.
pub(super) fn refused(refusal: &Refusal) -> Reply {
    let text = format!("<p role=\"alert\">{}</p>", escape(&refusal.headline()));
    page(400, "We could not sign you in", &text, "'none'")
}

/// `response_mode=form_post`: the fields go to the application with a click, since there is no script to do it.
pub(super) fn form_post(
    redirect_uri: &str,
    origin_of_redirect: &str,
    fields: &[(&str, String)],
) -> Reply {
    let mut inner = format!("<form method=\"post\" action=\"{}\">", escape(redirect_uri));
    for (name, value) in fields {
        let _ = write!(
            inner,
            "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
            escape(name),
            escape(value)
        );
    }
    inner.push_str("<button>Continue to the application</button></form>");
    page(200, "Continue", &inner, origin_of_redirect)
}

fn page(status: u16, heading: &str, inner: &str, form_action: &str) -> Reply {
    let heading = escape(heading);
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{heading} - sandbox</title>\
         <style>body{{font:1rem/1.5 sans-serif;max-width:26rem;margin:3rem auto}}label{{display:block;margin:.5rem 0}}\
         [role=alert]{{color:#a00}}</style>\
         <p>This is the built-in sandbox, not Microsoft. Do not enter a real password.</p><h1>{heading}</h1>{inner}</html>"
    );
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action {form_action}"
    );
    let headers = [
        ("Content-Security-Policy", policy.as_str()),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"),
    ];
    let headers = headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    Reply {
        status,
        headers,
        body: Body::Html(html),
    }
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_typed_becomes_markup() {
        let reply = sign_in(&SignInForm {
            heading: "Sign in",
            target: "/x",
            hidden: &[("state", "\"><script>")],
            device_code: Some("<b>"),
            login: "'",
            refusal: None,
        });
        let Body::Html(html) = reply.body else {
            panic!()
        };
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(html.contains("&quot;&gt;&lt;script&gt;"), "{html}");
    }
}
