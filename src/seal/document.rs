//! What is sealed: the secret and all that its finder has to know about it, as one small JSON document.
//!
//! Versioned and meant to be read by people too, with `age -d` and nothing else. Everything about the account is inside, so that the
//! outside of a sealed file tells nobody whose it is.

use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// Name and version of the document.
pub const SCHEMA: &str = "admin-reset/sealed/1";

/// A secret with the account it belongs to.
#[derive(Clone)]
pub struct Document {
    /// Tenant id or domain, where it was known.
    pub tenant: Option<String>,
    /// Object id.
    pub id: String,
    /// User principal name.
    pub user_principal_name: String,
    /// What the secret is: `password`, `access pass`.
    pub what: String,
    /// When it was sealed, RFC 3339 in UTC.
    pub time: String,
    /// Operation id under which the journal knows the change.
    pub operation_id: String,
    /// The secret.
    pub secret: Secret,
}

/// As it stands in the file. Lives only between the wrapper and the seal.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    schema: std::borrow::Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<std::borrow::Cow<'a, str>>,
    id: std::borrow::Cow<'a, str>,
    user_principal_name: std::borrow::Cow<'a, str>,
    what: std::borrow::Cow<'a, str>,
    time: std::borrow::Cow<'a, str>,
    operation_id: std::borrow::Cow<'a, str>,
    secret: std::borrow::Cow<'a, str>,
}

impl Document {
    /// The bytes to seal.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>> {
        let written = Written {
            schema: SCHEMA.into(),
            tenant: self.tenant.as_deref().map(Into::into),
            id: self.id.as_str().into(),
            user_principal_name: self.user_principal_name.as_str().into(),
            what: self.what.as_str().into(),
            time: self.time.as_str().into(),
            operation_id: self.operation_id.as_str().into(),
            secret: self.secret.expose().into(),
        };
        // Room for all of it, every character escaped: a buffer that grows would leave copies of the secret behind.
        let length = 6
            * (self.secret.expose().len() + self.id.len() + self.user_principal_name.len())
            + 1024;
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        serde_json::to_writer_pretty(&mut *bytes, &written).map_err(|cause| {
            Error::new(
                ErrorCode::Internal,
                "The sealed document could not be written.",
            )
            .source(anyhow::anyhow!("{:?}", cause.classify()))
        })?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads an opened document; `named` is how sentences call it.
    pub fn read(bytes: &[u8], named: &str) -> Result<Self> {
        let foreign = |why: &str| {
            Error::new(
                ErrorCode::SealBroken,
                format!("{named} holds no secret of this tool."),
            )
            .why(why)
            .fix("Open it with: age -d -i IDENTITY FILE")
        };
        // The library's message may quote what stands there.
        let written: Written<'_> = serde_json::from_slice(bytes).map_err(|_| {
            foreign(
                "It could be opened, and what is in it is not the document that this tool seals.",
            )
        })?;
        if written.schema != SCHEMA {
            let later = written.schema.starts_with("admin-reset/sealed/");
            return Err(foreign(if later {
                "It was sealed by another version of this tool."
            } else {
                "It could be opened, and what is in it is not the document that this tool seals."
            }));
        }
        Ok(Document {
            tenant: written.tenant.map(Into::into),
            id: written.id.into(),
            user_principal_name: written.user_principal_name.into(),
            what: written.what.into(),
            time: written.time.into(),
            operation_id: written.operation_id.into(),
            secret: Secret::new(written.secret),
        })
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("id", &self.id)
            .field("operation_id", &self.operation_id)
            .finish_non_exhaustive()
    }
}
