//! Tokens: taken from environment variables or from a command of the user's own, put into one header, shown to nobody.

use crate::address::Address;
use crate::error::ConnectError;
use crate::kinds::{Kind, names};
use crate::own;

/// Looks up an environment variable.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A token, with the account that it belongs to where the service asks for that. It has no `Debug` and no `Display`.
pub(crate) struct Credentials {
    account: Option<String>,
    token: String,
}

impl Credentials {
    /// The token for a source; `None` where there is none and none is needed.
    ///
    /// # Errors
    /// [`ConnectError::NoToken`], [`ConnectError::ForeignHost`] where the token must not go to the host, and what is wrong
    /// with the user's own settings or the command that they name.
    pub(crate) fn find(address: &Address, environment: Environment<'_>) -> Result<Option<Self>, ConnectError> {
        Self::find_by(address, environment, &own::run)
    }

    /// Whether there is a token for a source, without running the command that gives it.
    ///
    /// # Errors
    /// As [`Credentials::find`], but for what only running the command shows.
    pub(crate) fn is_there(address: &Address, environment: Environment<'_>) -> Result<bool, ConnectError> {
        Self::find_by(address, environment, &|_, _| Ok("not asked".to_owned())).map(|found| found.is_some())
    }

    fn find_by(
        address: &Address,
        environment: Environment<'_>,
        run: &dyn Fn(&str, &str) -> Result<String, ConnectError>,
    ) -> Result<Option<Self>, ConnectError> {
        let about = address.kind.about();
        let value = |name: &str| environment(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mut found =
            about.variables.iter().find_map(|set| set.iter().map(|name| value(name)).collect::<Option<Vec<_>>>());
        let is_public_page = address.kind == Kind::Statuspage && address.name.is_empty();
        // A host that may not have the token is no reason to ask for a passphrase.
        let is_trusted = address.is_trusted(environment("SIGHTLINE_HOSTS").as_deref());
        if found.is_none() && !is_public_page {
            let mut commands = Vec::new();
            for set in about.variables {
                let mut all = Vec::new();
                for name in *set {
                    let command = if value(name).is_some() { None } else { own::command(name, environment)? };
                    all.push((*name, command));
                }
                if all.iter().all(|(name, command)| command.is_some() || value(name).is_some()) {
                    commands = all;
                    break;
                }
            }
            if !commands.is_empty() && !is_trusted {
                return Err(ConnectError::ForeignHost { host: address.host().to_owned() });
            }
            let mut values = Vec::new();
            for (name, command) in commands {
                values.push(match command {
                    Some(command) => run(name, &command)?,
                    None => value(name).unwrap_or_default(),
                });
            }
            found = (!values.is_empty()).then_some(values);
        }
        let Some(mut values) = found else {
            // A page of Statuspage is public by its own host only.
            let is_open = about.is_open && (address.kind != Kind::Statuspage || is_public_page);
            if is_open {
                return Ok(None);
            }
            let sets: Vec<String> = about.variables.iter().map(|set| names(set, "and")).collect();
            return Err(ConnectError::NoToken { title: about.title, word: about.word, variables: sets.join(", or ") });
        };
        // A public page is read by everybody alike.
        if is_public_page {
            return Ok(None);
        }
        if !is_trusted {
            return Err(ConnectError::ForeignHost { host: address.host().to_owned() });
        }
        let token = values.pop().unwrap_or_default();
        // A line end would begin another header.
        if token.chars().any(char::is_control) || values.iter().any(|v| v.chars().any(char::is_control)) {
            let set = about.variables.iter().map(|set| names(set, "and")).collect::<Vec<_>>().join(", or ");
            return Err(ConnectError::NoToken { title: about.title, word: about.word, variables: set });
        }
        Ok(Some(Self { account: values.pop(), token }))
    }

    /// The header that carries it.
    pub(crate) fn header(&self, kind: Kind) -> (&'static str, String) {
        let token = &self.token;
        match (kind, &self.account) {
            (Kind::Gitlab, _) => ("private-token", token.clone()),
            (Kind::Jira | Kind::Jenkins, Some(account)) => {
                ("authorization", format!("Basic {}", base64(format!("{account}:{token}").as_bytes())))
            }
            (Kind::Linear, _) => ("authorization", token.clone()),
            (Kind::Pagerduty, _) => ("authorization", format!("Token token={token}")),
            (Kind::Opsgenie, _) => ("authorization", format!("GenieKey {token}")),
            (Kind::Statuspage, _) => ("authorization", format!("OAuth {token}")),
            (Kind::Github | Kind::Jira | Kind::Jenkins, _) => ("authorization", format!("Bearer {token}")),
        }
    }

    /// The text without the token, should a service repeat it.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        let mut hidden = text.replace(&self.token, "***");
        if let Some(account) = &self.account {
            hidden = hidden.replace(&base64(format!("{account}:{}", self.token).as_bytes()), "***");
        }
        hidden
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            if place <= group.len() {
                out.push(char::from(DIGITS[(word >> (18 - 6 * place)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_and_tokens_are_written_as_base64() {
        let check = |text: &str, expect: &str| assert_eq!(base64(text.as_bytes()), expect);
        check("", "");
        check("a", "YQ==");
        check("ab", "YWI=");
        check("me:tok", "bWU6dG9r");
    }

    #[test]
    fn a_command_gives_what_no_variable_holds_and_is_not_run_for_a_host_that_nobody_named() {
        let home = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir_all(home.path().join("sightline")).expect("a folder can be made");
        let text = "[token-command]\nJIRA_TOKEN = \"give\"\nGITHUB_TOKEN = \"give\"\n";
        std::fs::write(home.path().join("sightline/settings.toml"), text).expect("a file can be written");
        let place = home.path().to_string_lossy().into_owned();
        let environment = |name: &str| match name {
            "XDG_CONFIG_HOME" => Some(place.clone()),
            "JIRA_EMAIL" => Some("ann@example.org".to_owned()),
            _ => None,
        };
        let find = |address: &str, run: &dyn Fn(&str, &str) -> Result<String, ConnectError>| {
            let address = Address::parse(address).expect("a source").expect("an address");
            Credentials::find_by(&address, &environment, run).map(|found| found.map(|c| c.header(address.kind).1))
        };
        let give = |variable: &str, command: &str| Ok(format!("{variable} by {command}"));
        let header = find("github:acme/shop", &give).expect("it is trusted");
        assert_eq!(header.as_deref(), Some("Bearer GITHUB_TOKEN by give"));
        let header = find("jira:https://acme.atlassian.net/PAY", &give).expect("it is trusted").expect("a token");
        assert_eq!(header, format!("Basic {}", base64(b"ann@example.org:JIRA_TOKEN by give")));
        let never = |_: &str, _: &str| unreachable!("nobody may have it");
        let foreign = find("github:https://git.acme.example/acme/shop", &never);
        assert!(matches!(foreign, Err(ConnectError::ForeignHost { .. })));
        assert!(matches!(find("gitlab:acme/shop", &never), Ok(None)), "no command is set for it");
        let address = Address::parse("github:acme/shop").expect("a source").expect("an address");
        assert!(matches!(Credentials::is_there(&address, &environment), Ok(true)));
    }

    #[test]
    fn a_token_goes_to_no_host_that_nobody_named() {
        let address = Address::parse("jira:https://jira.acme.example/PAY").expect("a source").expect("an address");
        let set = |hosts: &'static str| {
            move |name: &str| match name {
                "JIRA_PAT" => Some("s3cret".to_owned()),
                "SIGHTLINE_HOSTS" => Some(hosts.to_owned()),
                _ => None,
            }
        };
        assert!(matches!(Credentials::find(&address, &set("")), Err(ConnectError::ForeignHost { .. })));
        assert!(matches!(Credentials::find(&address, &set("jira.acme.example")), Ok(Some(_))));
        assert!(matches!(Credentials::find(&address, &|_| None), Ok(None)), "public projects need none");
        let linear = Address::parse("linear:ENG").expect("a source").expect("an address");
        assert!(matches!(Credentials::find(&linear, &|_| None), Err(ConnectError::NoToken { .. })));
    }
}
