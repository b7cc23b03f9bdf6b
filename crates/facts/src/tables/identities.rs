//! Table `identities`.

use crate::spec::Proof;

crate::table! {
    /// One row per account under which somebody appears in history or a tracker, with the person it belongs to.
    "identities", version 1, proof Proof::Lines;
    row IdentityRow, builder IdentitiesBuilder, view IdentitiesView;
    person: Text [""] "Id, `person:<name>`: the name under which most was done.";
    name: Text [""] "That name.";
    account: Text [""] "`Name <address>` in history, the tracker's own name for people elsewhere.";
    kind: Text [""] "`git`, or the format of the data set: `github`, `jira`, `linear` and so on.";
    email: OptText [""] "Address in lower case, of accounts in history.";
    is_bot: Boolean [""] "A program; it is never united with a person.";
    basis: Text [""] "`declared` for the account that gives the person the name, `resolved` where an address or a login shows that both are one, `inferred` from equal full names or from the work itself, `said` where somebody wrote so.";
    rule: Text [""] "`own`, `same-address`, `login-in-address`, `same-login`, `same-work` (nearly all pull requests of the login hold commits of this address and the other way round), `same-name`, or `by-hand` (a `[[person]]` of the settings).";
    said_at: OptText [""] "File and line of the settings that say so.";
    n_actions: Integer ["actions"] "Commits by it, or issues, pull requests, reviews and events.";
    first_at: Instant [""] "The first of them.";
    last_at: Instant [""] "The last of them.";
    repo: Text [""] "Repository or data set, by the name of its source; of an account in several repositories the first.";
    commit: OptText [""] "One of its commits.";
    path: OptText [""] "File of the export.";
    line_start: OptInteger ["line"] "First line of a record that names it.";
    line_end: OptInteger ["line"] "Last line of it.";
}
