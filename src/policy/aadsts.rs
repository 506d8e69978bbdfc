//! What the numbers of the sign-in service mean, in our own words. For help texts only: programs branch on `error` and
//! `suberror` of the reply, never on these numbers, as Microsoft asks.
//!
//! Source: the AADSTS error reference and the protocol pages of the Microsoft identity platform, read 2026; the family of
//! pass-through authentication and the password numbers are known by their range only.

/// One number, or several that mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInError {
    /// First and last number of each range; a single number is a range of one.
    pub numbers: &'static [(u32, u32)],
    /// What happened.
    pub title: &'static str,
    /// Why.
    pub cause: &'static str,
    /// What to do.
    pub fix: &'static str,
}

macro_rules! rows {
    ($( [$($first:literal $(..= $last:literal)?),+] $title:literal, $cause:literal, $fix:literal; )*) => {
        &[ $( SignInError {
            numbers: &[ $( ($first, rows!(@last $first $($last)?)) ),+ ],
            title: $title,
            cause: $cause,
            fix: $fix,
        } ),* ]
    };
    (@last $first:literal) => { $first };
    (@last $first:literal $last:literal) => { $last };
}

/// The table, by number.
pub const SIGN_IN_ERRORS: &[SignInError] = rows! {
    [16000, 50058] "No session can be used silently.",
        "The sign-in service has no usable session for this account.",
        "Sign in again.";
    [50011] "The redirect address is not registered.",
        "The app registration does not list the address the browser was to return to.",
        "Add `http://localhost` as a redirect URI for mobile and desktop applications to the app registration.";
    [50020] "The account belongs to another directory.",
        "The account comes from another tenant or identity provider.",
        "Sign in with a member account of the tenant.";
    [50034] "The user does not exist in this tenant.",
        "The user name is misspelt, or the tenant is another one.",
        "Check the user name and `--tenant`.";
    [50053] "The account is locked for now.",
        "Too many wrong passwords, or the network address counts as malicious.",
        "Wait a minute (it grows with each failure), use another network, or have an administrator reset the password.";
    [50055] "The password has expired.",
        "The password is older than the tenant allows.",
        "Change it in the browser.";
    [50056, 50126] "User name or password is wrong.",
        "The password does not match, or the account has none in the cloud.",
        "Check both; a reset by another administrator helps when it is forgotten.";
    [50057] "The account is disabled.",
        "Sign-in is blocked for the account.",
        "Have an administrator enable it (`reset-user --enable`).";
    [50059, 90002] "The tenant was not found.",
        "The tenant is missing from the request, misspelt, or in another national cloud.",
        "Check `--tenant` and `--cloud`.";
    [50072, 50079] "The account must register for multifactor authentication.",
        "A policy asks for a second factor and the account has none.",
        "Register a method in the browser; a Temporary Access Pass lets a new account do so.";
    [50074, 50076, 50078] "Multifactor authentication is required now.",
        "A policy asks for a second factor, or the last one is too old.",
        "Sign in interactively; a silent renewal cannot do it.";
    [50105] "The user is not assigned to the application.",
        "The application admits assigned users only.",
        "Assign the user, or switch off the assignment requirement.";
    [50132, 50133, 50173] "The stored sign-in was revoked.",
        "The password was changed or the sessions were revoked since.",
        "Sign in again.";
    [50135, 50142] "The password must be changed first.",
        "A policy or a risk demands a new password.",
        "Change it in the browser.";
    [50140] "The browser asked whether to stay signed in.",
        "The question interrupted the sign-in.",
        "Sign in again and answer it.";
    [50158] "Another provider has a challenge.",
        "An external factor or terms of use must be passed.",
        "Sign in interactively.";
    [50194] "The application is for one tenant only.",
        "It was used through the address for all tenants.",
        "Give the tenant with `--tenant`.";
    [50196] "The sign-in service saw a loop.",
        "The same request was repeated too often.",
        "Wait a minute; if it comes back, report it as a fault of this program.";
    [500011] "The service to be called is unknown in this tenant.",
        "The scope names a host of another national cloud, or the service is not present.",
        "Check `--cloud`.";
    [500133] "The proof of identity is outside its time.",
        "The clock of this machine is wrong, or the outside token is too old.",
        "Set the clock and try again.";
    [53000, 53001, 53002] "The device or app does not meet the policy.",
        "Conditional Access wants a compliant or joined device, or an approved app.",
        "Sign in on a managed device.";
    [53003] "Conditional Access blocks this sign-in.",
        "A policy blocks it; very often it is the policy that blocks the device code flow.",
        "Use the browser sign-in (`--auth browser`), an account that is excluded, or change the policy.";
    [53004] "Registering security info is blocked.",
        "The sign-in counts as risky.",
        "Use a trusted network, or a Temporary Access Pass.";
    [53011] "The user is blocked for risk.",
        "The home tenant holds the account to be compromised.",
        "Have the home tenant clear the risk.";
    [530034, 530035] "Security defaults or rules for delegated administration block this sign-in.",
        "The kind of sign-in is not allowed for this account.",
        "Use the browser sign-in, or an account of the tenant itself.";
    [530036] "The stored sign-in came from a flow that is now blocked.",
        "It was once obtained by device code or transfer, and Conditional Access now forbids that.",
        "Sign in again with the browser.";
    [530084] "The token must be bound to the device.",
        "A token protection policy applies.",
        "Sign in on a device whose broker binds tokens, or exclude this application.";
    [65001] "Consent is missing.",
        "Nobody has agreed to what the application asks for.",
        "Have an administrator grant consent to the app in the Entra admin center.";
    [65004] "Consent was declined.",
        "The person said no on the consent page.",
        "Sign in again and accept, or have an administrator grant consent.";
    [65005, 650052, 650056, 650057] "The app registration does not fit.",
        "It does not list the service that is called, or is incomplete.",
        "Correct the app registration, or make it anew.";
    [70000] "The stored sign-in is not valid for this client.",
        "The grant is malformed or was made for another application.",
        "Sign in again.";
    [70001, 700016] "The application is not known in this tenant.",
        "The client id is wrong, the tenant is wrong, the cloud is wrong, or it was never installed here.",
        "Check `--client-id`, `--tenant` and `--cloud`; have an administrator consent to it.";
    [70008, 700082, 700084] "The stored sign-in has expired.",
        "It was not used for 90 days, or its lifetime is over.",
        "Sign in again.";
    [70011] "The scope is malformed.",
        "Applications must ask for `.default`; people may name scopes.",
        "Report it as a fault of this program if no `--scope` was given.";
    [70016] "The sign-in is still waiting.",
        "The code has not been entered yet.",
        "Enter the code in the browser.";
    [70018, 70019, 70020] "The code is wrong or has expired.",
        "A device code lives 15 minutes.",
        "Start again.";
    [70043] "The stored sign-in is too old for the policy.",
        "A sign-in frequency policy ended it.",
        "Sign in again.";
    [700024] "The client's proof is outside its time.",
        "The clock of this machine is wrong.",
        "Set the clock and try again.";
    [700025] "A public client sent a secret.",
        "The registration allows public flows only.",
        "Use the registration without a secret, or make it a confidential one.";
    [700027] "The client's certificate is not accepted.",
        "It is not uploaded to the app registration, or another one is.",
        "Upload the public part of this certificate.";
    [7000112] "The application is disabled.",
        "Its service principal is switched off in this tenant.",
        "Enable it under enterprise applications.";
    [7000215] "The client secret is wrong.",
        "Often the id of the secret was given instead of its value.",
        "Use the value, which is shown once at creation.";
    [7000218] "The registration demands a secret.",
        "Public client flows are not allowed for it.",
        "Allow public client flows in the app registration.";
    [7000222] "The client secret has expired.",
        "Secrets have an end date.",
        "Make a new one, or better a certificate or federation.";
    [80000..=89999] "The on-premises sign-in does not answer.",
        "The agents of pass-through authentication failed.",
        "Look at the agents, or use a cloud-only account.";
    [90014, 900144] "The request lacks a parameter.",
        "A field the protocol demands was empty.",
        "Report it as a fault of this program.";
    [90033, 90055] "The sign-in service is busy.",
        "It is overloaded for the moment.",
        "Try again in a minute.";
    [90038] "The tenant is in another national cloud.",
        "The request went to the wrong one.",
        "Give the right `--cloud`.";
    [90072] "The account is not in this tenant.",
        "It exists elsewhere and is not a guest here.",
        "Use an account of the tenant, or have it invited.";
    [90094, 90095] "An administrator must consent.",
        "The application asks for more than users may grant.",
        "Have an administrator grant consent.";
    [120000..=120021] "The new password was refused.",
        "It is too simple, contains the user name, or breaks another rule.",
        "Choose another password.";
    [9001023] "This kind of sign-in needs the tenant.",
        "It is not allowed at the address for all tenants.",
        "Give the tenant with `--tenant`.";
    [7000229] "The app has no service principal in this tenant.",
        "An app has to be installed in a tenant before it can sign in there.",
        "Let an administrator of the tenant consent to the app.";
    [70021, 700211..=700213] "No federated credential of the app fits the token that was presented.",
        "Issuer, subject or audience differ from what the app registration lists.",
        "Compare the three with the federated credential of the app; one made minutes ago may still be on its way.";
    [9002327] "The redirect address is registered for single-page apps.",
        "Such an address gives codes to web pages only.",
        "Register `http://localhost` under mobile and desktop applications instead.";
    [900382] "The tenant is in another national cloud.",
        "The sign-in service of this cloud does not hold it.",
        "Choose the cloud with `--cloud`.";
    [1002012] "The scope does not fit an app's own sign-in.",
        "An app asks for `.default` of one resource and nothing else.",
        "Check `--graph-endpoint`.";
    [65002] "One of Microsoft's own apps may not ask for these permissions.",
        "Their permissions are fixed by Microsoft.",
        "Use an app registration of your own.";
    [54005] "The code from the browser was used already.",
        "A code works once.",
        "Sign in again.";
    [501481] "The code came back to another sign-in than the one that waits.",
        "The proof key does not belong to the code.",
        "Sign in again, in one window only.";
    [70003, 90023] "The service did not understand the request.",
        "The kind of sign-in or a parameter is unknown to it.",
        "Check `--login-endpoint`; otherwise report it with the ids.";
};

/// Finds the meaning of a number; the narrowest range wins.
pub fn by_number(number: u32) -> Option<&'static SignInError> {
    SIGN_IN_ERRORS
        .iter()
        .filter_map(|row| {
            let width = row
                .numbers
                .iter()
                .filter(|(first, last)| (*first..=*last).contains(&number))
                .map(|(first, last)| last - first)
                .min()?;
            Some((width, row))
        })
        .min_by_key(|(width, _)| *width)
        .map(|(_, row)| row)
}

/// The number in a text such as `AADSTS50076: Due to …`.
pub fn number_in(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("AADSTS")?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_every_row_speaks() {
        let mut taken: Vec<(u32, u32)> = Vec::new();
        for row in SIGN_IN_ERRORS {
            for (first, last) in row.numbers {
                assert!(first <= last);
                assert!(
                    !taken.iter().any(|(a, b)| first <= b && a <= last),
                    "{first}"
                );
                taken.push((*first, *last));
            }
            for text in [row.title, row.cause, row.fix] {
                assert!(text.ends_with('.') && !text.contains("  "), "{text}");
            }
        }
    }

    #[test]
    fn finds_by_number() {
        assert!(by_number(53003).unwrap().cause.contains("device code"));
        assert_eq!(by_number(50058), by_number(16000));
        assert!(by_number(80014).unwrap().title.contains("on-premises"));
        assert!(by_number(120_002).unwrap().title.contains("password"));
        assert_eq!(by_number(1), None);
    }

    #[test]
    fn reads_the_number_out_of_a_description() {
        assert_eq!(
            number_in("AADSTS50076: Due to a change Trace ID: 1"),
            Some(50076)
        );
        assert_eq!(number_in("x AADSTS7000222"), Some(7_000_222));
        for text in ["", "AADSTS", "AADSTSx", "AADSTS99999999999", "50076"] {
            assert_eq!(number_in(text), None, "{text}");
        }
    }
}
