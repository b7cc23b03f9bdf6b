//! What a download would ask for, said beforehand and without asking anybody.

use std::path::Path;

use crate::address::Address;
use crate::error::ConnectError;
use crate::folder::STATE;
use crate::kinds::{About, names};
use crate::secret::{Credentials, Environment};

/// What would be asked, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The service.
    pub about: &'static About,
    /// The host that would be asked; `None` where no source is named.
    pub host: Option<String>,
    /// What is known of the token, in words.
    pub token: String,
    /// What is there already, in words.
    pub earlier: Option<String>,
    /// Whether nothing stands in the way of asking.
    pub is_ready: bool,
}

/// Says what a download of a source into a folder would ask for. Nobody is asked.
pub fn plan(address: &Address, folder: Option<&Path>, environment: Environment<'_>) -> Plan {
    let about = address.kind.about();
    let (token, is_ready) = match Credentials::is_there(address, environment) {
        Ok(true) => ("there is a token, and it may be sent to this host".to_owned(), true),
        Ok(false) => {
            let sets: Vec<String> = about.variables.iter().map(|set| names(set, "and")).collect();
            (format!("no token is set ({}), so only what is public can be read", sets.join(", or ")), true)
        }
        Err(
            error
            @ (ConnectError::NoToken { .. } | ConnectError::ForeignHost { .. } | ConnectError::OwnSettings { .. }),
        ) => (error.to_string(), false),
        Err(error) => (error.brief(), false),
    };
    let earlier = folder
        .filter(|f| f.join(STATE).is_file())
        .map(|_| "an earlier download is there, so only what changed since then is asked for".to_owned());
    Plan { about, host: Some(address.host().to_owned()), token, earlier, is_ready }
}
