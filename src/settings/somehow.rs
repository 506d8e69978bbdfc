//! Settings for a command that has to run when they are broken.

use super::{Env, Reading, Settings};
use crate::cli::GlobalArgs;
use crate::error::{Error, Result};

impl Settings {
    /// The same for a command that has to run with whatever is there: what is wrong is told beside the settings that are left. Only a
    /// wrong flag is still an error.
    pub fn resolve_somehow(args: &GlobalArgs, env: Env) -> Result<(Self, Option<Error>)> {
        let error = match Self::resolve(args, env.clone()) {
            Ok(settings) => return Ok((settings, None)),
            Err(error) => error,
        };
        // First without the profile, then without the variables that may contradict it, and each other.
        let mut without = args.clone();
        without.profile = None;
        let mut left = env.without(&["ADMIN_RESET_PROFILE"]);
        let mut mended = Self::resolve_with(&without, left.clone(), Reading::Nothing);
        if mended.is_err() {
            left = left.without(&[
                "AZURE_TENANT_ID",
                "AZURE_CLIENT_ID",
                "AZURE_AUTHORITY_HOST",
                "ADMIN_RESET_LOGIN_ENDPOINT",
                "ADMIN_RESET_GRAPH_ENDPOINT",
            ]);
            mended = Self::resolve_with(&without, left, Reading::Nothing);
        }
        match mended {
            Ok(mut settings) => {
                settings.env = env;
                Ok((settings, Some(error)))
            }
            Err(_) => Err(error),
        }
    }
}
