//! Which accounts of history and trackers belong to one person. Careful: two people made one are worse than one counted
//! twice, so that what is only likely is marked as inferred, and programs stay apart.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::table::{Boolean, ColumnKind as _, Instant, Integer, OptText, Text};
use sightline_facts::tables::identities::{IdentitiesBuilder, IdentityRow};

use crate::error::MapError;
use crate::query::column;

/// Pull requests of a login that must hold commits of an address before both are taken for one person.
const LEAST_PULLS: i64 = 5;
/// Share of either's work that must be of the other.
const LEAST_SHARE: f64 = 0.9;

/// Accounts that belong to one person, as somebody wrote down: it outlives scans and goes before all that is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name under which they are shown.
    pub name: String,
    /// Addresses, names, `Name <address>`, or names in one kind of source, as `github:ann`.
    pub accounts: Vec<String>,
    /// File and line.
    pub place: String,
}

/// An account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Account {
    /// `git` or the format of the data set.
    kind: String,
    /// Name in history, login in a tracker.
    name: String,
    email: Option<String>,
    is_bot: bool,
    n: i64,
    first_at: i64,
    last_at: i64,
    repo: String,
    commit: Option<String>,
    place: Option<(String, i64)>,
    /// Host of the tracker, where addresses of its items tell it.
    host: Option<String>,
}

/// Accounts that were united, each with how it was known.
#[derive(Debug, Default)]
struct Unions {
    /// The account towards which each leads; its own where it is the first.
    parent: Vec<usize>,
    /// The weakest rule by which an account came in.
    how: Vec<(&'static str, &'static str)>,
    /// By the first account of a group: the person, by place in the list, whose somebody says it is.
    said: Vec<Option<usize>>,
}

impl Unions {
    fn new(n: usize) -> Self {
        Self { parent: (0..n).collect(), how: vec![("declared", "own"); n], said: vec![None; n] }
    }

    fn root(&self, mut at: usize) -> usize {
        while self.parent[at] != at {
            at = self.parent[at];
        }
        at
    }

    /// Unites two accounts; the one with the smaller number of its group stays the first. Groups that are said to be of
    /// two people stay apart.
    fn unite(&mut self, a: usize, b: usize, basis: &'static str, rule: &'static str) {
        let (a, b) = (self.root(a), self.root(b));
        let (first, second) = (a.min(b), a.max(b));
        let is_apart = matches!((self.said[a], self.said[b]), (Some(a), Some(b)) if a != b);
        if first != second && !is_apart {
            self.parent[second] = first;
            self.said[first] = self.said[first].or(self.said[second]);
            self.how[second] = (basis, rule);
        }
    }
}

impl Account {
    /// The account as people write it.
    fn shown(&self) -> String {
        match &self.email {
            Some(email) => format!("{} <{email}>", self.name),
            None => self.name.clone(),
        }
    }

    /// Whether somebody who wrote this meant it.
    fn is_meant(&self, written: &str) -> bool {
        let is = |text: &str| text.to_lowercase() == written.to_lowercase();
        is(&self.name)
            || self.email.as_deref().is_some_and(is)
            || is(&self.shown())
            || is(&format!("{}:{}", self.kind, self.name))
    }
}

/// Derives `identities`, by person and account. What people say goes first, and where it names two people, nothing that
/// is found makes them one.
///
/// # Errors
/// [`MapError`] when a table cannot be read.
pub fn people(session: &Session, said: &[Person]) -> Result<RecordBatch, MapError> {
    let mut accounts = of_history(session)?;
    accounts.extend(of_trackers(session)?);
    // Who did most gives the name, so that accounts stand in that order; people of history before those of trackers.
    accounts.sort_by(|a, b| {
        let order = |x: &Account| (x.kind != "git", std::cmp::Reverse(x.n));
        order(a).cmp(&order(b)).then_with(|| (&a.name, &a.email, &a.repo).cmp(&(&b.name, &b.email, &b.repo)))
    });
    let mut unions = Unions::new(accounts.len());
    by_hand(&accounts, said, &mut unions);
    by_address(&accounts, &mut unions);
    by_login(&accounts, &mut unions);
    by_work(session, &accounts, &mut unions)?;
    by_name(&accounts, &mut unions);
    Ok(rows(&accounts, &unions, said))
}

fn of_history(session: &Session) -> Result<Vec<Account>, MapError> {
    const SQL: &str = "select author_name, author_email, repo, min(\"commit\") as \"commit\", bool_or(is_bot) as is_bot, \
         count(*) as n, min(authored_at) as first_at, max(authored_at) as last_at from commits \
         group by author_name, author_email, repo order by author_name, author_email, repo";
    let mut found: Vec<Account> = Vec::new();
    for batch in session.query(SQL)? {
        let text = |name| column::<Text>(&batch, "commits", name);
        let (names, emails, repos) = (text("author_name")?, text("author_email")?, text("repo")?);
        let commits = text("commit")?;
        let bots = column::<Boolean>(&batch, "commits", "is_bot")?;
        let n = column::<Integer>(&batch, "commits", "n")?;
        let first = column::<Instant>(&batch, "commits", "first_at")?;
        let last = column::<Instant>(&batch, "commits", "last_at")?;
        for i in 0..batch.num_rows() {
            let (name, email) = (Text::get(&names, i), Text::get(&emails, i));
            let (n, first, last) = (Integer::get(&n, i), Instant::get(&first, i), Instant::get(&last, i));
            // The first repository by name speaks for an account that is in several.
            match found.last_mut().filter(|a| a.name == name && a.email.as_deref() == Some(email)) {
                Some(known) => {
                    known.is_bot |= Boolean::get(&bots, i);
                    known.n += n;
                    known.first_at = known.first_at.min(first);
                    known.last_at = known.last_at.max(last);
                }
                None => found.push(Account {
                    kind: "git".to_owned(),
                    commit: Some(Text::get(&commits, i).to_owned()),
                    name: name.to_owned(),
                    email: Some(email.to_owned()),
                    repo: Text::get(&repos, i).to_owned(),
                    is_bot: Boolean::get(&bots, i),
                    n,
                    first_at: first,
                    last_at: last,
                    ..Account::default()
                }),
            }
        }
    }
    Ok(found)
}

fn of_trackers(session: &Session) -> Result<Vec<Account>, MapError> {
    const SQL: &str = "select a.repo, a.account, min(d.format) as format, bool_or(a.is_bot) as is_bot, count(*) as n, \
         min(a.at) as first_at, max(a.at) as last_at, min(a.path) as path, min(a.line_start) as line_start from ( \
         select repo, author as account, false as is_bot, created_at as at, path, line_start from issues \
         union all select repo, assignee, false, created_at, path, line_start from issues \
         union all select repo, author, is_bot, created_at, path, line_start from pulls \
         union all select repo, merged_by, false, merged_at, path, line_start from pulls where merged_at is not null \
         union all select repo, reviewer, is_bot, submitted_at, path, line_start from reviews \
         union all select repo, actor, is_bot, at, path, line_start from issue_events where kind <> 'committed') a \
         join data_sets d on d.repo = a.repo where a.account is not null group by a.repo, a.account order by a.repo, a.account";
    let hosts = hosts(session)?;
    let mut found = Vec::new();
    for batch in session.query_of(SQL, &["data_sets"])? {
        let text = |name| column::<Text>(&batch, "accounts", name);
        let (repos, formats, paths) = (text("repo")?, text("format")?, text("path")?);
        let accounts = column::<OptText>(&batch, "accounts", "account")?;
        let bots = column::<Boolean>(&batch, "accounts", "is_bot")?;
        let n = column::<Integer>(&batch, "accounts", "n")?;
        let starts = column::<Integer>(&batch, "accounts", "line_start")?;
        let first = column::<Instant>(&batch, "accounts", "first_at")?;
        let last = column::<Instant>(&batch, "accounts", "last_at")?;
        for i in 0..batch.num_rows() {
            let repo = Text::get(&repos, i).to_owned();
            found.push(Account {
                kind: Text::get(&formats, i).to_owned(),
                name: OptText::get(&accounts, i).unwrap_or_default().to_owned(),
                is_bot: Boolean::get(&bots, i),
                n: Integer::get(&n, i),
                first_at: Instant::get(&first, i),
                last_at: Instant::get(&last, i),
                place: Some((Text::get(&paths, i).to_owned(), Integer::get(&starts, i))),
                host: hosts.get(&repo).cloned(),
                repo,
                ..Account::default()
            });
        }
    }
    Ok(found)
}

/// Host at which the items of a data set can be opened.
fn hosts(session: &Session) -> Result<BTreeMap<String, String>, MapError> {
    const SQL: &str = "select repo, min(url) as url from (select repo, url from issues union all select repo, url from pulls) \
         where url is not null group by repo";
    let mut found = BTreeMap::new();
    for batch in session.query_of(SQL, &["data_sets"])? {
        let repos = column::<Text>(&batch, "issues", "repo")?;
        let urls = column::<OptText>(&batch, "issues", "url")?;
        for i in 0..batch.num_rows() {
            let host = OptText::get(&urls, i).and_then(|u| u.split_once("://")?.1.split('/').next());
            found.extend(host.map(|h| (Text::get(&repos, i).to_owned(), h.to_lowercase())));
        }
    }
    Ok(found)
}

/// Accounts that somebody wrote down. An account that two people's entries mean is the first one's.
fn by_hand(accounts: &[Account], said: &[Person], unions: &mut Unions) {
    for (place, person) in said.iter().enumerate() {
        let meant = |account: &Account| person.accounts.iter().any(|written| account.is_meant(written));
        let free = |at: usize, unions: &Unions| unions.said[unions.root(at)].is_none();
        let all: Vec<usize> = (0..accounts.len()).filter(|at| meant(&accounts[*at]) && free(*at, unions)).collect();
        for at in &all {
            unions.said[*at] = Some(place);
            unions.how[*at] = ("said", "by-hand");
        }
        for other in all.iter().skip(1) {
            unions.unite(all[0], *other, "said", "by-hand");
        }
    }
}

/// Accounts of history with one address.
fn by_address(accounts: &[Account], unions: &mut Unions) {
    let mut first: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for (at, account) in accounts.iter().enumerate() {
        let Some(email) = account.email.as_deref().filter(|e| is_personal(e)) else { continue };
        match first.get(&(email, account.is_bot)) {
            Some(known) => unions.unite(*known, at, "resolved", "same-address"),
            None => drop(first.insert((email, account.is_bot), at)),
        }
    }
}

/// Whether an address can be one person's: not what machines fill in for everybody.
fn is_personal(email: &str) -> bool {
    let Some((user, host)) = email.split_once('@') else { return false };
    !user.is_empty()
        && host.contains('.')
        && !matches!(user, "noreply" | "no-reply" | "root" | "admin" | "info" | "dev" | "devnull" | "none" | "nobody")
        && !matches!(host.rsplit('.').next(), Some("local" | "localdomain" | "localhost"))
        && !host.starts_with("example.")
}

/// The login in an address that a forge gives to those who hide theirs: `12+ann@users.noreply.github.com`.
fn login_of(email: &str) -> Option<(&'static str, &str)> {
    let (user, host) = email.split_once('@')?;
    let after = |mark: char| match user.split_once(mark) {
        Some((digits, login)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => login,
        _ => user,
    };
    match host {
        "users.noreply.github.com" => Some(("github", after('+'))),
        "users.noreply.gitlab.com" => Some(("gitlab", after('-'))),
        _ => None,
    }
}

/// Logins that stand in addresses, and equal logins of one host.
fn by_login(accounts: &[Account], unions: &mut Unions) {
    let mut logins: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (at, account) in accounts.iter().enumerate().filter(|(_, a)| !a.is_bot) {
        if let Some((kind, login)) = account.email.as_deref().and_then(login_of) {
            match logins.get(&(kind, login.to_lowercase())) {
                Some(known) => unions.unite(*known, at, "resolved", "login-in-address"),
                None => drop(logins.insert((kind, login.to_lowercase()), at)),
            }
        }
    }
    let mut on_host: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (at, account) in accounts.iter().enumerate().filter(|(_, a)| !a.is_bot && a.email.is_none()) {
        if let Some(known) = logins.get(&(account.kind.as_str(), account.name.to_lowercase())) {
            unions.unite(*known, at, "resolved", "login-in-address");
        }
        if let Some(host) = account.host.as_deref() {
            match on_host.get(&(host, account.name.as_str())) {
                Some(known) => unions.unite(*known, at, "resolved", "same-login"),
                None => drop(on_host.insert((host, account.name.as_str()), at)),
            }
        }
    }
}

/// Logins whose pull requests hold the commits of one address, and nearly no other's.
fn by_work(session: &Session, accounts: &[Account], unions: &mut Unions) -> Result<(), MapError> {
    const SQL: &str = "select p.repo, p.author, c.author_email, count(distinct p.pull) as n from work_links l \
         join pulls p on p.repo = l.repo and p.pull = l.to_item \
         join commits c on c.repo = l.code_repo and c.\"commit\" = l.code_commit \
         where l.kind = 'part-of' and l.basis <> 'inferred' and not c.is_merge and not c.is_bot and not p.is_bot \
         and p.author is not null group by p.repo, p.author, c.author_email order by p.repo, p.author, c.author_email";
    // Addresses count by the person that they are known to be.
    let mut person: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, account) in accounts.iter().enumerate() {
        if let Some(email) = account.email.as_deref() {
            person.entry(email).or_insert_with(|| unions.root(at));
        }
    }
    let login: BTreeMap<(&str, &str), usize> = accounts
        .iter()
        .enumerate()
        .filter(|(_, a)| a.email.is_none() && !a.is_bot)
        .map(|(at, a)| ((a.repo.as_str(), a.name.as_str()), at))
        .collect();
    let mut shared: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for batch in session.query_of(SQL, &["work_links", "pulls", "commits"])? {
        let text = |name| column::<Text>(&batch, "work_links", name);
        let (repos, emails, n) = (text("repo")?, text("author_email")?, column::<Integer>(&batch, "work_links", "n")?);
        let authors = column::<OptText>(&batch, "work_links", "author")?;
        for i in 0..batch.num_rows() {
            let account = login.get(&(Text::get(&repos, i), OptText::get(&authors, i).unwrap_or_default()));
            if let (Some(login), Some(person)) = (account, person.get(Text::get(&emails, i))) {
                *shared.entry((*login, *person)).or_default() += Integer::get(&n, i);
            }
        }
    }
    let (mut of_login, mut of_person): (BTreeMap<usize, i64>, BTreeMap<usize, i64>) = Default::default();
    for ((login, person), n) in &shared {
        *of_login.entry(*login).or_default() += n;
        *of_person.entry(*person).or_default() += n;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of pull requests are far below 2^52")]
    let share = |n: i64, all: Option<&i64>| n as f64 / all.copied().unwrap_or(1).max(1) as f64;
    for ((login, person), n) in &shared {
        if *n >= LEAST_PULLS
            && share(*n, of_login.get(login)) >= LEAST_SHARE
            && share(*n, of_person.get(person)) >= LEAST_SHARE
        {
            unions.unite(*person, *login, "inferred", "same-work");
        }
    }
    Ok(())
}

/// Full names that are equal, where each side has the name once: in history, and in history and one tracker.
fn by_name(accounts: &[Account], unions: &mut Unions) {
    let mut named: BTreeMap<(String, &str), BTreeSet<usize>> = BTreeMap::new();
    for (at, account) in accounts.iter().enumerate().filter(|(_, a)| !a.is_bot) {
        let name = account.name.trim().to_lowercase();
        // One word is a nickname that many have.
        if name.split_whitespace().filter(|w| w.chars().count() > 1).count() < 2 {
            continue;
        }
        let place = if account.kind == "git" { "" } else { account.repo.as_str() };
        named.entry((name, place)).or_default().insert(at);
    }
    let in_history: BTreeMap<&str, usize> = named
        .iter()
        .filter(|((_, place), _)| place.is_empty())
        .filter_map(|((name, _), all)| Some((name.as_str(), *all.first()?)))
        .collect();
    for ((name, place), all) in &named {
        if place.is_empty() {
            let mut all = all.iter();
            if let Some(first) = all.next() {
                all.for_each(|other| unions.unite(*first, *other, "inferred", "same-name"));
            }
        } else if let (1, Some(known), Some(one)) = (all.len(), in_history.get(name.as_str()), all.first()) {
            unions.unite(*known, *one, "inferred", "same-name");
        }
    }
}

fn rows(accounts: &[Account], unions: &Unions, said: &[Person]) -> RecordBatch {
    // Two people of one name are told apart by their address or data set.
    let mut n_named: BTreeMap<String, usize> = BTreeMap::new();
    let name_of = |root: usize| unions.said[root].map_or(accounts[root].name.as_str(), |p| said[p].name.as_str());
    for at in (0..accounts.len()).filter(|at| unions.root(*at) == *at) {
        *n_named.entry(name_of(at).to_lowercase()).or_default() += 1;
    }
    let id_of = |root: usize| {
        let (account, name) = (&accounts[root], name_of(root));
        if n_named.get(&name.to_lowercase()).copied().unwrap_or(0) < 2 {
            return format!("person:{name}");
        }
        format!("person:{name} ({})", account.email.as_deref().unwrap_or(&account.repo))
    };
    let mut order: Vec<(String, usize)> = (0..accounts.len()).map(|at| (id_of(unions.root(at)), at)).collect();
    order.sort();
    let mut rows = IdentitiesBuilder::default();
    for (person, at) in order {
        let account = &accounts[at];
        let shown = account.shown();
        let root = unions.root(at);
        let (basis, rule) = unions.how[at];
        let said_at = unions.said[root].filter(|_| rule == "by-hand").map(|p| said[p].place.as_str());
        rows.push(&IdentityRow {
            person: &person,
            name: name_of(root),
            account: &shown,
            kind: &account.kind,
            email: account.email.as_deref(),
            is_bot: account.is_bot,
            basis,
            rule,
            said_at,
            n_actions: account.n,
            first_at: account.first_at,
            last_at: account.last_at,
            repo: &account.repo,
            commit: account.commit.as_deref(),
            path: account.place.as_ref().map(|p| p.0.as_str()),
            line_start: account.place.as_ref().map(|p| p.1),
            line_end: account.place.as_ref().map(|p| p.1),
            ..IdentityRow::default()
        });
    }
    rows.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(name: &str, email: &str, n: i64) -> Account {
        let (name, email) = (name.to_owned(), Some(email.to_owned()));
        Account { kind: "git".to_owned(), name, email, n, repo: "shop".to_owned(), ..Account::default() }
    }

    fn tracker(kind: &str, name: &str) -> Account {
        let repo = format!("{kind}-shop");
        Account { kind: kind.to_owned(), name: name.to_owned(), repo, ..Account::default() }
    }

    /// Groups of accounts by name and address or kind, each with the rule by which it came in.
    fn check(accounts: &[Account], expect: &str) {
        check_said(accounts, &[], expect);
    }

    fn check_said(accounts: &[Account], said: &[(&str, &[&str])], expect: &str) {
        let person = |(name, accounts): &(&str, &[&str])| Person {
            name: (*name).to_owned(),
            accounts: accounts.iter().map(|a| (*a).to_owned()).collect(),
            place: "sightline.toml:1".to_owned(),
        };
        let said: Vec<Person> = said.iter().map(person).collect();
        let mut unions = Unions::new(accounts.len());
        by_hand(accounts, &said, &mut unions);
        by_address(accounts, &mut unions);
        by_login(accounts, &mut unions);
        by_name(accounts, &mut unions);
        let mut groups: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (at, account) in accounts.iter().enumerate() {
            let name = account.email.as_deref().unwrap_or(&account.name);
            groups.entry(unions.root(at)).or_default().push(format!("{name} {}", unions.how[at].1));
        }
        let text: Vec<String> = groups.into_values().map(|g| g.join(", ")).collect();
        assert_eq!(text.join("; "), expect);
    }

    #[test]
    fn one_address_is_one_person_unless_machines_fill_it_in() {
        check(
            &[
                git("Ann Lee", "ann@x.org", 9),
                git("ann", "ann@x.org", 1),
                git("Bo", "root@localhost", 1),
                git("Cy", "root@localhost", 1),
            ],
            "ann@x.org own, ann@x.org same-address; root@localhost own; root@localhost own",
        );
    }

    #[test]
    fn logins_in_addresses_join_history_and_tracker() {
        check(
            &[
                git("Ann", "12+ann@users.noreply.github.com", 9),
                git("Ann", "ann@users.noreply.github.com", 2),
                tracker("github", "Ann"),
                tracker("jira", "ann"),
            ],
            "12+ann@users.noreply.github.com own, ann@users.noreply.github.com login-in-address, Ann login-in-address; ann own",
        );
    }

    #[test]
    fn equal_full_names_are_inferred_and_nicknames_are_not() {
        check(
            &[
                git("Ann Lee", "ann@x.org", 9),
                git("ann lee", "ann@y.org", 2),
                git("Bo", "bo@x.org", 1),
                git("Bo", "bo@y.org", 1),
                tracker("jira", "Ann Lee"),
            ],
            "ann@x.org own, ann@y.org same-name, Ann Lee same-name; bo@x.org own; bo@y.org own",
        );
    }

    #[test]
    fn what_somebody_wrote_goes_before_what_is_found() {
        let accounts = [
            git("Ann Lee", "ann@x.org", 9),
            git("Ann Lee", "ann@y.org", 2),
            git("Root", "box@x.org", 1),
            tracker("github", "aleecoder"),
            tracker("jira", "aleecoder"),
        ];
        // Found: two addresses under one full name.
        check(&accounts, "ann@x.org own, ann@y.org same-name; box@x.org own; aleecoder own; aleecoder own");
        check_said(
            &accounts,
            &[("Ann", &["ANN@x.org", "github:aleecoder", "Root <box@x.org>"])],
            "ann@x.org by-hand, ann@y.org same-name, box@x.org by-hand, aleecoder by-hand; aleecoder own",
        );
        // Two people of one name are kept apart by naming both; a bare name means each account that has it.
        check_said(
            &accounts,
            &[("Ann Lee", &["ann@x.org", "aleecoder"]), ("Ann Lee of Y", &["ann@y.org"]), ("Nobody", &["none"])],
            "ann@x.org by-hand, aleecoder by-hand, aleecoder by-hand; ann@y.org by-hand; box@x.org own",
        );
    }

    #[test]
    fn rows_have_the_written_name_and_where_it_is_written() {
        let accounts = [git("ann", "ann@x.org", 9), tracker("jira", "u1"), git("Bo", "bo@x.org", 1)];
        let written = Person {
            name: "Ann Lee".to_owned(),
            accounts: vec!["jira:u1".to_owned(), "ann".to_owned()],
            place: "sightline.toml:7".to_owned(),
        };
        let mut unions = Unions::new(accounts.len());
        by_hand(&accounts, std::slice::from_ref(&written), &mut unions);
        let batch = rows(&accounts, &unions, &[written]);
        let view = sightline_facts::tables::identities::IdentitiesView::of(&batch).expect("it is that table");
        let shown: Vec<String> = view
            .rows()
            .map(|r| format!("{} {} {} {} {}", r.person, r.name, r.account, r.basis, r.said_at.unwrap_or("-")))
            .collect();
        assert_eq!(
            shown,
            [
                "person:Ann Lee Ann Lee ann <ann@x.org> said sightline.toml:7",
                "person:Ann Lee Ann Lee u1 said sightline.toml:7",
                "person:Bo Bo Bo <bo@x.org> declared -",
            ]
        );
    }

    #[test]
    fn programs_stay_apart() {
        let bot = Account { is_bot: true, ..git("Release Bot", "ann@x.org", 3) };
        check(&[git("Release Bot", "ann@x.org", 9), bot], "ann@x.org own; ann@x.org own");
    }

    #[test]
    fn logins_are_equal_on_one_host_only() {
        let on = |repo: &str, host: Option<&str>| Account {
            repo: repo.to_owned(),
            host: host.map(str::to_owned),
            ..tracker("github", "u1")
        };
        check(
            &[on("a", Some("h")), on("b", Some("h")), on("c", Some("i")), on("d", None), on("e", None)],
            "u1 own, u1 same-login; u1 own; u1 own; u1 own",
        );
    }
}
