//! What a connector could not have, as it writes it down: each is a gap.

use serde::Deserialize;

use super::fields::Text;
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Missing {
    #[serde(rename = "missing")]
    what: Text,
    reason: Text,
    detail: Text,
}

impl Tells for Missing {
    fn missing(&self) -> Option<&'static str> {
        self.what.get().is_none().then_some("missing")
    }

    fn id(&self) -> String {
        self.what.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, _told: &mut Told) {
        let reason = match self.reason.get() {
            Some("forbidden") => "forbidden",
            Some("not-found") => "not-found",
            Some("empty") => "empty",
            _ => "not-downloaded",
        };
        let [what, detail] = [&self.what, &self.detail].map(|t| t.get().unwrap_or_default());
        place.gap(rows, reason, &format!("{what}: {detail}"));
    }
}
