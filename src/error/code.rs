//! Table: error code -> exit code, title, what to do; and the exit codes themselves.

/// Exit status of the process, as the command line contract spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Done, or the check passed.
    Done = 0,
    /// Unexpected failure.
    Failure = 1,
    /// Usage, or consent to a change is missing.
    Usage = 2,
    /// User, role or object not found.
    NotFound = 3,
    /// Not signed in, or sign-in failed.
    SignIn = 4,
    /// Not permitted.
    NotPermitted = 5,
    /// A precondition refuses, or Graph refuses the content.
    Precondition = 6,
    /// Throttled, network or time-out; no byte of a change was sent, or only reads failed.
    Unavailable = 7,
    /// Partly done, or the outcome is not known.
    Partial = 8,
    /// The check ran and the answer is no.
    CheckFailed = 10,
    /// The check could not decide.
    Undecided = 11,
    /// Interrupted before anything was sent.
    Interrupted = 130,
}

impl Exit {
    /// The number the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Merges the exits of several targets: something done and something not, or any unknown outcome, is partial; all failed is the highest.
    #[must_use]
    pub fn merge(exits: &[Exit]) -> Exit {
        let done = exits.contains(&Exit::Done);
        let failed = exits.iter().any(|exit| *exit != Exit::Done);
        if exits.contains(&Exit::Partial) || (done && failed) {
            return Exit::Partial;
        }
        exits
            .iter()
            .copied()
            .max_by_key(|exit| exit.code())
            .unwrap_or(Exit::Done)
    }
}

macro_rules! error_codes {
    ($($variant:ident = $text:literal, $exit:ident, $title:literal, $fix:literal;)*) => {
        /// Stable code of an error: what scripts compare and `docs/errors.md` explains.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $(#[doc = $title] $variant,)* }

        impl ErrorCode {
            /// All codes, in the order of the documentation.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)*];

            /// The code as scripts see it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$variant => $text,)* }
            }

            /// Exit code that belongs to it.
            #[must_use]
            pub fn exit(self) -> Exit {
                match self { $(ErrorCode::$variant => Exit::$exit,)* }
            }

            /// Title in the documentation.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(ErrorCode::$variant => $title,)* }
            }

            /// What to do when nothing more exact is known.
            #[must_use]
            pub fn default_fix(self) -> &'static str {
                match self { $(ErrorCode::$variant => $fix,)* }
            }
        }
    };
}

error_codes! {
    Usage = "usage", Usage, "The command line is not understood", "See `admin-reset --help`.";
    BadInput = "badInput", Usage, "A value that was given breaks a rule", "Correct the value and run the command again.";
    BadConfig = "badConfig", Usage, "A setting is wrong or two settings contradict each other", "Correct the setting that is named.";
    ConsentNeeded = "consentNeeded", Usage, "A change was asked for without consent", "Add the flag that is named, or answer the question on a terminal.";
    SinkNeeded = "sinkNeeded", Usage, "There is nowhere to put the secret", "Add --secret-to, for example --secret-to file:PATH.";
    NotFound = "notFound", NotFound, "The user, role or object does not exist", "Check the spelling; a user deleted in the last 30 days is under deleted users.";
    NotSignedIn = "notSignedIn", SignIn, "There is no usable sign-in", "Sign in, or give a credential in the environment.";
    SignInFailed = "signInFailed", SignIn, "The sign-in service refused the sign-in", "Follow the cause that is named.";
    TokenRefused = "tokenRefused", SignIn, "Graph refused the access token", "Sign in again; check tenant and cloud.";
    NotPermitted = "notPermitted", NotPermitted, "The caller may not do this", "Use an account or app that holds what is named.";
    LicenceMissing = "licenceMissing", Precondition, "The tenant lacks the licence this needs", "Use a tenant with the licence, or a command that does without.";
    OwnAccount = "ownAccount", Precondition, "Graph does not reset the caller's own password", "Sign in as another administrator, or change the own password in the browser.";
    SyncedUser = "syncedUser", Precondition, "The user is mastered on premises", "Change it in Active Directory, or add the flag that is named.";
    FederatedUser = "federatedUser", Precondition, "The user's domain is federated", "Reset the password at the identity provider of the domain.";
    GuestUser = "guestUser", Precondition, "The user is a guest whose password lives in another tenant", "Ask an administrator of the guest's home tenant.";
    RestrictedUnit = "restrictedUnit", Precondition, "The user is in a restricted management administrative unit", "Let an administrator of that unit act, or remove the user from the unit first.";
    LastGlobalAdmin = "lastGlobalAdmin", Precondition, "The user is the last enabled Global Administrator", "Create a second Global Administrator first.";
    AlreadyExists = "alreadyExists", Precondition, "An object with that name exists and differs", "Choose another name, or see --if-exists.";
    OutputExists = "outputExists", Precondition, "The output exists already", "Choose a path that does not exist; nothing is ever overwritten.";
    PasswordRefused = "passwordRefused", Precondition, "The password breaks a rule", "Use a generated password, or a longer one unrelated to names.";
    ContentRefused = "contentRefused", Precondition, "Graph refuses the content of the request", "Follow Graph's message.";
    CloudLacks = "cloudLacks", Precondition, "The national cloud does not offer this", "Use the way that is named.";
    SinkRefused = "sinkRefused", Precondition, "A destination for the secret cannot be used", "Choose another destination; nothing was changed.";
    SealBroken = "sealBroken", Precondition, "A sealed file or a set of shares does not open", "Take what is missing or another copy of what is damaged; nothing was changed.";
    JournalRefused = "journalRefused", Precondition, "The journal cannot be written, so nothing was sent", "Make the state folder writable, or set ADMIN_RESET_STATE_DIR.";
    TargetChanged = "targetChanged", Precondition, "The target changed between the preview and the write", "Look at the account again and repeat the command.";
    Throttled = "throttled", Unavailable, "The service throttled the request for too long", "Wait the time that is named and run the command again.";
    Network = "network", Unavailable, "The service could not be reached", "Check network, proxy and TLS trust.";
    ServiceFailed = "serviceFailed", Unavailable, "The service failed", "Try again later; give the request id to support.";
    OutcomeUnknown = "outcomeUnknown", Partial, "A change was sent and its outcome is not known", "Keep the secret and run `admin-reset resume` with the operation id.";
    PartlyDone = "partlyDone", Partial, "Part of the work was done", "See the report for what is left.";
    SecretNotDelivered = "secretNotDelivered", Partial, "The account has the new secret, and a destination could not be written", "The secret is in the places that are named.";
    Interrupted = "interrupted", Interrupted, "Interrupted before anything was sent", "Run the command again.";
    UnexpectedReply = "unexpectedReply", Failure, "The service answered something that does not fit its documentation", "Give the request id to support.";
    Untrusted = "untrusted", Failure, "A reply pointed to another server, and the link was not followed", "Check the endpoint that is configured.";
    OutputFailed = "outputFailed", Failure, "The report could not be written", "Check the place that is named.";
    Internal = "internal", Failure, "A fault in this program", "Report it with the command line and this message.";
}
