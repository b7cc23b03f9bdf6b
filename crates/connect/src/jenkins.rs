//! Jenkins: the builds of a job, of the jobs in a folder, or of the branches of a pipeline.

use serde_json::{Value, json};

use crate::error::ConnectError;
use crate::pages::{array, text};
use crate::sync::{Record, Sync};
use crate::texts::pick;

/// Builds of a page.
const PAGE: u64 = 100;
/// Folders below folders.
const DEPTH: usize = 4;
/// Jobs of one source.
const MOST_JOBS: usize = 2_000;
/// Builds of one job.
const MOST_BUILDS: u64 = 100_000;
/// What is asked of a build.
const FIELDS: &str = "number,url,result,timestamp,duration,building,actions[causes[shortDescription,userName],lastBuiltRevision[SHA1,branch[name]]]";

/// A job by its name and the path below the address.
type Job = (String, String);

pub(crate) fn sync(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    sync.whole("builds", |sync| {
        let mut jobs = Vec::new();
        self::jobs(sync, (sync.address.name.clone(), String::new()), 0, &mut jobs)?;
        let mut cursor = sync.cursor("builds");
        // `seen` holds for each job the number up to which its builds are there and over.
        let mut reached: std::collections::BTreeMap<String, u64> = cursor
            .seen
            .iter()
            .filter_map(|mark| mark.rsplit_once(' '))
            .filter_map(|(job, number)| Some((job.to_owned(), number.parse().ok()?)))
            .collect();
        for (name, path) in jobs {
            let from = reached.get(&name).copied().unwrap_or(0);
            let (records, until) = builds(sync, &name, &path, from)?;
            reached.insert(name, until);
            cursor.seen = reached.iter().map(|(job, number)| format!("{job} {number}")).collect();
            sync.commit("builds", cursor.clone(), &records)?;
        }
        cursor.is_whole = true;
        sync.commit("builds", cursor, &[])
    })
}

/// The jobs that have builds, through folders and branches.
fn jobs(sync: &mut Sync<'_>, (name, path): Job, depth: usize, found: &mut Vec<Job>) -> Result<(), ConnectError> {
    let tree = "jobs[name,url,buildable],builds[number]{0,1}";
    let body = sync.client.get(&format!("{path}/api/json"), &[("tree", tree)])?.body;
    let below = array(body["jobs"].clone());
    if below.is_empty() {
        found.push((name, path));
        return Ok(());
    }
    for job in below {
        let own = text(&job, "name");
        if depth < DEPTH && found.len() < MOST_JOBS && !own.is_empty() {
            let inner = format!("{path}/job/{}", crate::client::encoded(&own));
            jobs(sync, (format!("{name}/{own}").trim_matches('/').to_owned(), inner), depth + 1, found)?;
        }
    }
    Ok(())
}

/// The builds of a job after a number, newest first, and the number up to which all are over.
fn builds(sync: &mut Sync<'_>, name: &str, path: &str, from: u64) -> Result<(Vec<Record>, u64), ConnectError> {
    let mut records: Vec<Record> = Vec::new();
    let mut until = from;
    let mut oldest_running = u64::MAX;
    let mut start = 0;
    loop {
        let tree = format!("allBuilds[{FIELDS}]{{{start},{}}}", start + PAGE);
        let body = sync.client.get(&format!("{path}/api/json"), &[("tree", &tree)])?.body;
        let page = array(body["allBuilds"].clone());
        let n = page.len() as u64;
        let mut is_end = n < PAGE || start + PAGE >= MOST_BUILDS;
        for build in page {
            let number = build["number"].as_u64().unwrap_or(0);
            if number <= from {
                is_end = true;
                continue;
            }
            until = until.max(number);
            if build["building"] == true {
                oldest_running = oldest_running.min(number);
            }
            records.push(("builds.jsonl", self::build(name, &build)));
        }
        if is_end {
            // What still runs is asked for again.
            return Ok((records, until.min(oldest_running.saturating_sub(1)).max(from)));
        }
        start += PAGE;
    }
}

fn build(job: &str, build: &Value) -> Value {
    let mut record = json!({"job": job});
    if let (Some(to), Value::Object(from)) =
        (record.as_object_mut(), pick(build, &["number", "url", "result", "timestamp", "duration", "building"]))
    {
        to.extend(from);
    }
    record["actions"] = array(build["actions"].clone())
        .iter()
        .map(|action| pick(action, &["causes", "lastBuiltRevision"]))
        .filter(|action| action.as_object().is_some_and(|a| !a.is_empty()))
        .collect();
    record
}
