//! Reads a whole history and prints sums and times: `history_speed REPOSITORY [THREADS] [--no-renames] [--rows]`.
#![expect(clippy::print_stdout, reason = "an example that measures has to print")]

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use sightline_facts::tables::changes::ChangesView;
use sightline_read::git::GitSource;
use sightline_read::history::{self, HistoryOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().ok_or("give a repository")?;
    let threads = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(2);
    let renames = !arguments.iter().any(|a| a == "--no-renames");
    let shows_rows = arguments.iter().any(|a| a == "--rows");
    let git = GitSource::open(Path::new(path))?.ok_or("there is no repository")?;
    let tip = git.head(None)?.commit.ok_or("there is no commit")?;
    let known: Vec<String> = arguments.iter().filter_map(|a| a.strip_prefix("--known=")).map(str::to_owned).collect();
    let options = HistoryOptions { threads, renames, ..HistoryOptions::default() };
    let start = Instant::now();
    let mut hash = blake3::Hasher::new();
    let (mut added, mut deleted, mut largest) = (0, 0, 0);
    let summary =
        history::read(&git, &git.name(), &tip, &known, &options, &|_, _| {}, &AtomicBool::new(false), &mut |rows| {
            for builder in rows.builders() {
                if builder.is_empty() {
                    continue;
                }
                largest = largest.max(builder.len());
                let name = builder.spec().name;
                let batch = builder.finish();
                for column in batch.columns() {
                    for buffer in column.to_data().buffers() {
                        hash.update(buffer.as_slice());
                    }
                }
                if name != "changes" {
                    continue;
                }
                for row in ChangesView::of(&batch).iter().flat_map(|view| view.rows().collect::<Vec<_>>()) {
                    added += row.added.unwrap_or(0);
                    deleted += row.deleted.unwrap_or(0);
                    if shows_rows {
                        let count = |n: Option<i64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
                        let old = row.old_path.map(|p| format!("{p} => ")).unwrap_or_default();
                        println!("{}\t{}\t{}\t{old}{}", row.commit, count(row.added), count(row.deleted), row.path);
                    }
                }
            }
        })?;
    if !shows_rows {
        println!("{summary:?}");
        println!("added {added} deleted {deleted}; largest batch {largest} rows; hash {}", hash.finalize().to_hex());
        println!("{:.2} s", start.elapsed().as_secs_f64());
    }
    Ok(())
}
