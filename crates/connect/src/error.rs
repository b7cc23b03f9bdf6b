//! What can go wrong between us and a service: what happened, where, and what to do next. No message holds a token.

use std::path::PathBuf;

/// An error that ends a download. What was downloaded before stays and can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address names no source.
    #[error("`{given}` is no address of a {title} source: {detail}\nhelp: write it as `{example}`")]
    BadAddress {
        /// What the user wrote, without user and password.
        given: String,
        /// Name of the service.
        title: &'static str,
        /// What is wrong.
        detail: String,
        /// One that works.
        example: &'static str,
    },
    /// There is a token, and the host is not one that tokens may be sent to.
    #[error(
        "your token is not sent to `{host}`, since nothing says that this host is yours\nhelp: set SIGHTLINE_HOSTS={host} if you trust it; several hosts are separated by commas"
    )]
    ForeignHost {
        /// The host.
        host: String,
    },
    /// The user's own settings are no good.
    #[error("your settings in `{}` cannot be used: {detail}\nhelp: write `[token-command]` and below it lines such as `GITHUB_TOKEN = \"pass show github\"`, or set the variable instead", path.display())]
    OwnSettings {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The command that should give a token did not.
    #[error(
        "the command that your settings name for {variable} gave no token: {detail}\nhelp: run it by hand; its first line must be the token and nothing else"
    )]
    TokenCommand {
        /// The variable that the token would else stand in.
        variable: String,
        /// What happened.
        detail: String,
    },
    /// The service answers nobody without a token.
    #[error(
        "{title} answers only with a token, and none is set\nhelp: set {variables}; `sightline connect {word}` says which permissions it needs"
    )]
    NoToken {
        /// Name of the service.
        title: &'static str,
        /// Word of the address.
        word: &'static str,
        /// The environment variables that may hold it.
        variables: String,
    },
    /// The token was refused: wrong, expired or taken back.
    #[error(
        "`{host}` refuses the token: {detail}\nhelp: make a new one and run the same command; what was downloaded is kept, and it goes on from there"
    )]
    Unauthorised {
        /// The host.
        host: String,
        /// What the service says.
        detail: String,
    },
    /// The token is right and may not read this.
    #[error(
        "`{host}` does not allow to read `{path}`: {detail}\nhelp: `sightline connect {word}` says which permissions the token needs"
    )]
    Forbidden {
        /// The host.
        host: String,
        /// What was asked for.
        path: String,
        /// What the service says.
        detail: String,
        /// Word of the address.
        word: &'static str,
    },
    /// There is no such thing, or the token may not see it.
    #[error(
        "`{host}` has nothing at `{path}`, or the token may not see it\nhelp: check the spelling; `sightline connect {word}` says which permissions the token needs"
    )]
    NotFound {
        /// The host.
        host: String,
        /// What was asked for.
        path: String,
        /// Word of the address.
        word: &'static str,
    },
    /// The service answers something else than was agreed.
    #[error(
        "`{host}` answers `{path}` in a way that cannot be read: {detail}\nhelp: try again later; if it stays so, check that the address is that of the service and not of a page before it"
    )]
    BadAnswer {
        /// The host.
        host: String,
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Nobody answers.
    #[error(
        "`{host}` cannot be reached: {detail}\nhelp: check the network and the address; what was downloaded before is kept"
    )]
    Unreachable {
        /// The host.
        host: String,
        /// Why.
        detail: String,
    },
    /// The service wants us to wait for longer than the user would.
    #[error(
        "`{host}` allows no more requests for {minutes} minutes\nhelp: run the same command after that; what was downloaded is kept, and it goes on from there"
    )]
    LongWait {
        /// The host.
        host: String,
        /// How long, rounded up.
        minutes: u64,
    },
    /// A file of the download cannot be read or written.
    #[error("could not {doing} `{}`: {source}\nhelp: check that the disk has room and that you may write there", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The user stopped it.
    #[error("stopped; what was downloaded is kept\nhelp: the same command goes on from there")]
    Stopped,
}

impl ConnectError {
    /// Whether only this part of the source cannot be had, so that the rest may still be.
    pub(crate) fn is_of_one_part(&self) -> bool {
        matches!(self, Self::Forbidden { .. } | Self::NotFound { .. })
    }

    /// What happened, in one line.
    pub fn brief(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }
}
