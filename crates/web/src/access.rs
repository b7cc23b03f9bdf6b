//! Who may come in: tokens, the sessions that they open, and what each role may do.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::WebError;

/// Sessions that are remembered; the oldest is forgotten first.
const MOST_SESSIONS: usize = 200;
/// Shortest token of a file of users.
const SHORTEST: usize = 24;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look at everything and ask in SQL.
    Reader,
    /// Also correct the map, scan again and save questions.
    Editor,
}

/// Somebody who came in.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Name, for corrections.
    pub(crate) name: Arc<str>,
    /// What they may do.
    pub(crate) role: Role,
    /// What forms have to bring back, so that no other site can send them.
    pub(crate) csrf: Arc<str>,
    /// Came in by a header that no form of another site can send.
    pub(crate) is_program: bool,
}

impl Visitor {
    /// Whether they may change anything.
    pub(crate) fn may_edit(&self) -> bool {
        self.role == Role::Editor
    }
}

/// Tokens and open sessions.
#[derive(Debug)]
pub(crate) struct Access {
    users: Vec<(String, Visitor)>,
    sessions: Mutex<VecDeque<(String, Visitor)>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UsersFile {
    #[serde(default)]
    user: Vec<UserEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserEntry {
    name: String,
    role: Role,
    token: String,
}

impl Access {
    /// One person, by a token made for this launch. Gives the token too.
    pub(crate) fn of_launch() -> Result<(Self, String), WebError> {
        let token = random()?;
        let visitor = visitor("you", Role::Editor);
        Ok((Self { users: vec![(token.clone(), visitor)], sessions: Mutex::default() }, token))
    }

    /// The people of a file.
    pub(crate) fn of_file(path: &Path) -> Result<Self, WebError> {
        let wrong = |detail: String| WebError::Users { path: path.to_path_buf(), detail };
        let text = std::fs::read_to_string(path).map_err(|e| wrong(format!("could not be read: {e}")))?;
        private(path).map_err(wrong)?;
        // The error of the parser would show the line, and with it perhaps a token.
        let file: UsersFile = toml::from_str(&text).map_err(|e| wrong(e.message().to_owned()))?;
        if file.user.is_empty() {
            return Err(wrong("it names nobody".to_owned()));
        }
        let mut users: Vec<(String, Visitor)> = Vec::new();
        for entry in file.user {
            if entry.token.len() < SHORTEST || !entry.token.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(wrong(format!(
                    "the token of `{}` has to be at least {SHORTEST} letters, digits and signs",
                    entry.name
                )));
            }
            if users.iter().any(|(token, _)| *token == entry.token) {
                return Err(wrong(format!("`{}` has the token of somebody else", entry.name)));
            }
            users.push((entry.token, visitor(&entry.name, entry.role)));
        }
        Ok(Self { users, sessions: Mutex::default() })
    }

    /// Who holds a token.
    pub(crate) fn by_token(&self, token: &str) -> Option<Visitor> {
        // All are compared, so that the time says nothing of which came close.
        let mut found = None;
        for (known, visitor) in &self.users {
            if bool::from(known.as_bytes().ct_eq(token.as_bytes())) {
                found = Some(visitor.clone());
            }
        }
        found
    }

    /// Opens a session and gives what its cookie holds.
    pub(crate) fn open(&self, visitor: &Visitor) -> Result<String, WebError> {
        let (cookie, csrf) = (random()?, random()?);
        let visitor = Visitor { csrf: csrf.into(), ..visitor.clone() };
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MOST_SESSIONS {
            sessions.pop_front();
        }
        sessions.push_back((cookie.clone(), visitor));
        Ok(cookie)
    }

    /// Who holds a cookie.
    pub(crate) fn by_cookie(&self, cookie: &str) -> Option<Visitor> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for (known, visitor) in sessions.iter() {
            if bool::from(known.as_bytes().ct_eq(cookie.as_bytes())) {
                found = Some(visitor.clone());
            }
        }
        found
    }
}

fn visitor(name: &str, role: Role) -> Visitor {
    Visitor { name: name.into(), role, csrf: "".into(), is_program: false }
}

/// Refuses a file that others on the machine can read.
#[cfg(unix)]
fn private(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).map_err(|e| e.to_string())?.permissions().mode();
    if mode.trailing_zeros() >= 6 {
        Ok(())
    } else {
        Err("others on this machine can read it; `chmod 600` keeps the tokens yours".to_owned())
    }
}

#[cfg(not(unix))]
fn private(_path: &Path) -> Result<(), String> {
    Ok(())
}

/// 32 random bytes as hexadecimal text.
pub(crate) fn random() -> Result<String, WebError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|e| WebError::Random(e.to_string()))?;
    let mut text = String::with_capacity(64);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _done = write!(text, "{byte:02x}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_a_session_and_nothing_else_does() {
        let (access, token) = Access::of_launch().expect("random numbers");
        assert!(access.by_token("").is_none() && access.by_token(&token[1..]).is_none());
        let visitor = access.by_token(&token).expect("the token of this launch");
        let cookie = access.open(&visitor).expect("random numbers");
        assert_ne!(cookie, token, "the cookie is worth nothing at another launch");
        let known = access.by_cookie(&cookie).expect("an open session");
        assert!(known.may_edit() && known.csrf.len() == 64);
        assert!(access.by_cookie(&token).is_none());
        for _ in 0..MOST_SESSIONS {
            access.open(&visitor).expect("random numbers");
        }
        assert!(access.by_cookie(&cookie).is_none(), "old sessions are forgotten");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_of_users_is_private_and_says_who_may_what() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("users.toml");
        let check = |text: &str, mode: u32, expect: &str| {
            std::fs::write(&path, text).expect("a new file");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("our file");
            let error = Access::of_file(&path).expect_err(expect).to_string();
            assert!(error.contains(expect), "{error}");
            assert!(!error.contains("0123456789"), "no error shows a token: {error}");
        };
        let good = "[[user]]\nname = \"ana\"\nrole = \"reader\"\ntoken = \"0123456789abcdefghijklmn\"\n";
        check(good, 0o644, "chmod 600");
        check("", 0o600, "names nobody");
        check("[[user]]\nname = \"ana\"\nrole = \"reader\"\ntoken = \"0123456789\"\n", 0o600, "at least 24");
        check(&format!("{good}{good}"), 0o600, "the token of somebody else");
        check(&good.replace("reader", "king"), 0o600, "king");
        std::fs::write(&path, good).expect("our file");
        let access = Access::of_file(&path).expect("good and private");
        assert!(!access.by_token("0123456789abcdefghijklmn").expect("ana").may_edit());
    }
}
