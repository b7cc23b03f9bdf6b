//! GraphQL: a question, what is wrong with the answer, and the pages of lists.

use serde_json::{Value, json};

use crate::error::ConnectError;
use crate::sync::Sync;

/// An answer that holds something.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) data: Value,
    /// A part of what was asked for that the token may not read; the rest is in `data`.
    pub(crate) refused: Option<ConnectError>,
    /// The instant of the answer by the service's clock, microseconds since 1970.
    pub(crate) now: i64,
}

/// Asks an address, and makes an error of what the service says is wrong where nothing was answered.
pub(crate) fn ask(sync: &mut Sync<'_>, url: &str, query: &str, variables: &Value) -> Result<Told, ConnectError> {
    let answer = sync.client.post(url, &json!({"query": query, "variables": variables}))?;
    let now = answer.now();
    let mut body = answer.body;
    let data = body["data"].take();
    let is_empty = match &data {
        Value::Object(fields) => fields.values().all(Value::is_null),
        other => other.is_null(),
    };
    let wrong = body["errors"].get(0).map(|told| error(sync, told));
    match wrong {
        Some(error) if is_empty => Err(error),
        wrong => Ok(Told { data, refused: wrong.filter(ConnectError::is_of_one_part), now }),
    }
}

/// What an error means, by its code: Linear has it below `extensions`, GitHub beside the message.
fn error(sync: &Sync<'_>, told: &Value) -> ConnectError {
    let detail = told["message"].as_str().unwrap_or("it names no reason").to_owned();
    let (host, word) = (sync.address.host().to_owned(), sync.address.kind.about().word);
    let code = ["/extensions/code", "/extensions/type", "/type"].iter().find_map(|at| told.pointer(at)?.as_str());
    let path = "graphql".to_owned();
    match code {
        Some("AUTHENTICATION_ERROR" | "authentication error") => ConnectError::Unauthorised { host, detail },
        Some("FORBIDDEN" | "forbidden" | "INSUFFICIENT_SCOPES") => ConnectError::Forbidden { host, path, detail, word },
        Some("NOT_FOUND") => ConnectError::NotFound { host, path, word },
        _ => ConnectError::BadAnswer { host, path, detail },
    }
}

/// The cursor of the next page, where there is one.
pub(crate) fn next(list: &Value) -> Option<Value> {
    let info = &list["pageInfo"];
    (info["hasNextPage"] == true && info["endCursor"].is_string()).then(|| info["endCursor"].clone())
}
