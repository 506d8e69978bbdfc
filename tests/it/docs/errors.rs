//! `docs/errors.md`: every code with its exit, what it means, when it comes, and what to do.

use super::page;
use admin_reset::error::{ErrorCode, Exit};
use std::fmt::Write;

/// When a code comes: what the table in the program is too short to say. One sentence or two each.
fn when(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Usage => {
            "An unknown flag, a missing value, or flags that contradict each other. Nothing was asked of the tenant."
        }
        ErrorCode::BadInput => {
            "A user name, tenant, path or other value breaks a rule that is known beforehand; the rule is named in `cause`. Nothing was asked of the tenant."
        }
        ErrorCode::BadConfig => {
            "`config.toml`, a profile or an environment variable. An endpoint that comes from the environment alone and is not loopback is refused here too: whoever can set a variable would otherwise receive the credential."
        }
        ErrorCode::ConsentNeeded => {
            "No terminal is there to ask on and no flag gives consent, or the question was not answered with yes. `--yes` alone does not cover a privileged target: its user principal name or id has to be given with `--confirm`."
        }
        ErrorCode::SinkNeeded => {
            "A password would be generated and there is no terminal, or `CI` is set, so it could not be shown to anybody."
        }
        ErrorCode::NotFound => {
            "Graph answered 404 to a read of the object by name or id. Nothing was changed."
        }
        ErrorCode::NotSignedIn => {
            "No ready token and no complete app credential were found, and nobody can be asked. A half-set app credential stops here as well, so that a person is never signed in where an app was meant."
        }
        ErrorCode::SignInFailed => {
            "The sign-in service answered with an error. Its AADSTS number is in `graphCode`; the [numbers](#codes-of-sign-in-aadsts) are below, with causes."
        }
        ErrorCode::TokenRefused => {
            "Graph answered 401, also after one new token. With a ready token: it expired, belongs to another tenant or cloud, or is meant for another service."
        }
        ErrorCode::NotPermitted => {
            "Refused by Graph (403), or foreseen from roles and permissions before asking. `need` lists what would suffice, `have` what the token carries; [policy.md](policy.md#who-may-act-on-whom) holds the tables."
        }
        ErrorCode::LicenceMissing => {
            "Graph names a premium licence that the tenant does not have (403 for reports and sign-ins, 400 for Privileged Identity Management). No permission or role mends it."
        }
        ErrorCode::OwnAccount => "The target is the signed-in account.",
        ErrorCode::SyncedUser => {
            "The user comes from Active Directory and the chosen way would write to the cloud alone."
        }
        ErrorCode::FederatedUser => {
            "The domain of the user signs in elsewhere, so a password in Entra would open nothing."
        }
        ErrorCode::GuestUser => "The account is at home in another organisation.",
        ErrorCode::RestrictedUnit => {
            "Tenant-wide roles do not reach members of a restricted management administrative unit, not even Global Administrator."
        }
        ErrorCode::LastGlobalAdmin => {
            "The change would leave the tenant without an enabled Global Administrator."
        }
        ErrorCode::AlreadyExists => {
            "An account with the wanted name is there and is not what was asked for. It was not touched."
        }
        ErrorCode::OutputExists => "A file named with `file:` or `--results` is there already.",
        ErrorCode::PasswordRefused => {
            "A supplied password breaks Entra's rules or the tenant's banned-password list. Generated ones always meet the fixed rules."
        }
        ErrorCode::ContentRefused => {
            "Graph answered 400 or a similar refusal of the content. The known [codes](#codes-of-graph) are below, with causes."
        }
        ErrorCode::CloudLacks => "The feature is not offered in the chosen national cloud.",
        ErrorCode::SinkRefused => {
            "Found while the destinations were proven, before the account was touched: a folder others may write to, a link, a full disk, a terminal that is gone."
        }
        ErrorCode::SealBroken => {
            "The wrong identity, too few shares, shares of different sets, or a file that was damaged. What is wrong is named; the file itself stays as it is."
        }
        ErrorCode::JournalRefused => {
            "An intent has to be on disk before anything is sent. The state folder is missing, not writable, not yours, or the disk is full."
        }
        ErrorCode::TargetChanged => {
            "What was read for the preview no longer held just before the write."
        }
        ErrorCode::Throttled => {
            "429 answers beyond the time that `--wait` allows, or a `Retry-After` longer than what is left of it. No change was made."
        }
        ErrorCode::Network => {
            "Name resolution, connection, TLS or a time-out, before any byte of a change was sent, or in a read."
        }
        ErrorCode::ServiceFailed => {
            "5xx answers to reads, or a refusal that proves that no change was made."
        }
        ErrorCode::OutcomeUnknown => {
            "The connection broke, the time ran out or the answer was unreadable after the change had been sent, and reading back did not settle it. The staged secret is kept: it may be the password in force."
        }
        ErrorCode::PartlyDone => {
            "The first step took effect and a later one did not, or of several users some are done and some are not. The report tells which."
        }
        ErrorCode::SecretNotDelivered => {
            "The change is in force and finishing one of the destinations failed. The staged copy is kept, and its place is named."
        }
        ErrorCode::Interrupted => {
            "Ctrl-C, SIGTERM or SIGHUP before a change was begun. Later ones end in 8, because something may have been sent."
        }
        ErrorCode::UnexpectedReply => {
            "Not JSON, a missing field, too large, or a contradiction. For a change that was sent the code is `outcomeUnknown` instead."
        }
        ErrorCode::Untrusted => {
            "A next link, an operation link or a redirect led to another scheme, host or port. The token was not sent there."
        }
        ErrorCode::OutputFailed => {
            "Standard output is full or broken in another way than a closed pipe. The exit of a change that was made is not altered by it."
        }
        ErrorCode::Internal => {
            "It should not happen. A panic ends the same way, with the place in the source and no data."
        }
    }
}

fn meaning(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "Done, or the check passed",
        Exit::Failure => "Unexpected failure",
        Exit::Usage => "Usage; consent to a change is missing",
        Exit::NotFound => "User, role or object not found",
        Exit::SignIn => "Not signed in, or sign-in failed",
        Exit::NotPermitted => "Not permitted (403, or seen before asking)",
        Exit::Precondition => "A precondition refuses, or Graph refuses the content",
        Exit::Unavailable => {
            "Throttled, network or time-out after retries; no byte of a change was sent, or only reads failed"
        }
        Exit::Partial => "Partly done, or the outcome is not known; the operation id is printed",
        Exit::CheckFailed => "The check ran and the answer is no",
        Exit::Undecided => "The check could not decide (licence, permission, cloud)",
        Exit::Interrupted => "Interrupted before anything was sent",
    }
}

const EXITS: [Exit; 12] = [
    Exit::Done,
    Exit::Failure,
    Exit::Usage,
    Exit::NotFound,
    Exit::SignIn,
    Exit::NotPermitted,
    Exit::Precondition,
    Exit::Unavailable,
    Exit::Partial,
    Exit::CheckFailed,
    Exit::Undecided,
    Exit::Interrupted,
];

#[test]
fn the_page_of_errors_is_current() {
    let mut out = String::from(
        "# Exit codes and errors\n\nGenerated from the tables in `src/error/code.rs` and `src/policy`; `ADMIN_RESET_BLESS=1 cargo test --test it docs` rewrites it.\n\n\
         Scripts hold on to the exit code, and to `error.code` of the object that `-o json` prints on standard error:\n\n\
         ```json\n{\"error\":{\"code\":\"notPermitted\",\"message\":\"…\",\"cause\":\"…\",\"need\":[],\"have\":[],\"fix\":\"…\",\"httpStatus\":403,\n  \
         \"graphCode\":\"Authorization_RequestDenied\",\"graphMessage\":\"…\",\"requestId\":\"…\",\"clientRequestId\":\"…\",\n  \
         \"docs\":\"docs/errors.md#notpermitted\",\"exitCode\":5}}\n```\n\n\
         `reasons` (stable words for why a verdict is no), `retryAfter` and `operationId` are there when they are known. The codes [of Graph](#codes-of-graph) and\n\
         [of the sign-in service](#codes-of-sign-in-aadsts) are explained at the end.\n\n## Exit codes\n\n| exit | meaning | codes |\n|---|---|---|\n",
    );
    for exit in EXITS {
        let codes: Vec<String> = ErrorCode::ALL
            .iter()
            .filter(|code| code.exit() == exit)
            .map(|code| format!("[{0}](#{1})", code.as_str(), code.as_str().to_lowercase()))
            .collect();
        let codes = if codes.is_empty() {
            "a report, not an error".to_owned()
        } else {
            codes.join(", ")
        };
        writeln!(out, "| {} | {} | {codes} |", exit.code(), meaning(exit)).unwrap();
    }
    out.push_str(
        "\nSeveral targets: all done is 0; some done and some not, or any unknown outcome, is 8; all failed is the highest of their\n\
         codes. Checks: 10 when anybody lacks what is required, 11 when nobody does and somebody could not be decided.\n",
    );
    for code in ErrorCode::ALL {
        writeln!(
            out,
            "\n## {}\n\n**Exit {}.** {}.\n\n{}\n\n*What to do:* {}",
            code.as_str(),
            code.exit().code(),
            code.title(),
            when(*code),
            code.default_fix()
        )
        .unwrap();
    }
    out.push('\n');
    out.push_str(admin_reset::policy::document::error_tables().trim_end());
    out.push('\n');
    page("docs/errors.md", &out);
}
