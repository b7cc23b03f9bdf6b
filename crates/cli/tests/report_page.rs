//! The one-file report in a real browser, opened from disk: it asks the network for nothing, says nothing on the
//! console, every link inside it leads somewhere, it fits a narrow screen, turns dark, and prints.
//!
//! Where no Chromium is installed the browser tests say so and stop; the checks of the text run everywhere.

mod common;

use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use common::ok;
use sightline_testkit::TinyRepo;

/// What a hostile author writes into a README.
const HOSTILE: &str = "<script>fetch('http://tracker.example/a')</script><img src=http://tracker.example/b>";

/// Hosts that the browser asks for its own sake (updates, clock, accounts), whatever page is open.
const OF_THE_BROWSER: [&str; 4] = ["google.com", "googleapis.com", "gvt1.com", "gstatic.com"];

/// A system with code, tests, an import cycle, packages, history and words that try to become markup.
fn system() -> TinyRepo {
    let mut repo = TinyRepo::default();
    repo.file(
        "README.md",
        "# Shop\n\nYou need to have Java installed.\n\nShop is a small system that sells things to people.\n",
    );
    repo.file("NOTES.md", &format!("# {HOSTILE}\n\nNotes about {HOSTILE} and more words than that.\n"));
    repo.file("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\ndescription = \"Sells things to people\"\n\n[dependencies]\nserde = \"1\"\n");
    repo.file("src/main.rs", "mod cart;\n\nfn main() {\n    cart::fill();\n}\n");
    repo.file(
        "src/cart.rs",
        "/// Fills.\npub fn fill() {\n    if true {\n        println!(\"x\");\n    }\n}\n#[test]\nfn fills() {}\n",
    );
    repo.file("bin/start.sh", "#!/bin/sh\nexec shop\n");
    repo.file(".github/workflows/ci.yml", "on: push\njobs: {}\n");
    repo.commit("feat: sell things (#1)");
    repo.by("Bo <b>Chen</b>", "bo@example.org");
    for i in 0..40 {
        let next = (i + 1) % 40;
        repo.file(&format!("web/a-rather-long-name-of-a-folder-{i}/page.ts"), &format!("import {{ a }} from '../a-rather-long-name-of-a-folder-{next}/page';\nexport function page{i}(x: number) {{ if (x > 1) {{ return {i}; }} return 0; }}\n"));
    }
    repo.commit(&format!("Add pages {HOSTILE}"));
    repo.git(&["tag", "v0.1.0"]);
    repo
}

/// The report of a system, as a file.
fn report(repo: &TinyRepo) -> PathBuf {
    let workspace = repo.outside().join("workspace");
    ok(&workspace, &["open", repo.path().to_str().expect("temporary folders have plain names")]);
    let page = workspace.join("report.html");
    assert!(page.is_file(), "`open` leaves a report in the workspace");
    page
}

fn chromium() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&folders).find_map(|folder| {
        ["chromium", "chromium-browser", "google-chrome"].iter().map(|name| folder.join(name)).find(|p| p.is_file())
    });
    if found.is_none() {
        let _written = std::io::Write::write_all(
            &mut std::io::stderr(),
            b"skipped: no chromium, chromium-browser or google-chrome in PATH\n",
        );
    }
    found
}

/// Opens a page without a window and gives what the browser printed.
fn browse(browser: &Path, page: &Path, more: &[&str]) -> Output {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"])
        .args(["--allow-file-access-from-files", "--virtual-time-budget=4000", "--enable-logging=stderr", "--v=0"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(more)
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .output()
        .expect("the browser starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A proxy that connects nobody and notes what it was asked for.
fn listener() -> (String, Arc<Mutex<Vec<String>>>) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("it is bound");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in socket.incoming().flatten() {
            let mut bytes = [0; 400];
            let n = stream.read(&mut bytes).unwrap_or(0);
            let line = String::from_utf8_lossy(&bytes[..n]).lines().next().unwrap_or_default().to_owned();
            let target = line.split(' ').nth(1).unwrap_or_default().trim_start_matches("http://").to_owned();
            let host = target.split(['/', ':']).next().unwrap_or_default().to_owned();
            if !host.is_empty() && !OF_THE_BROWSER.iter().any(|own| host.ends_with(own)) {
                notes.lock().expect("nobody panics with it").push(line);
            }
        }
    });
    (format!("--proxy-server=http://{address}"), asked)
}

/// What the page asked of the network and said on the console.
fn noise(browser: &Path, page: &Path) -> (Vec<String>, Vec<String>) {
    let (proxy, asked) = listener();
    let output = browse(browser, page, &[&proxy, "--proxy-bypass-list=<-loopback>", "--dump-dom"]);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    let asked = asked.lock().expect("nobody panics with it").clone();
    (asked, said)
}

/// Measures of the page in a frame of that width, taken from outside so that the page itself is as it was written.
fn measured(browser: &Path, page: &Path, width: u32, more: &[&str]) -> Vec<String> {
    let frame = page.with_file_name(format!("frame-{width}.html"));
    let html = format!(
        "<!doctype html><iframe id=f src='{}' style='width:{width}px;height:900px;border:0'></iframe><script>\n\
         onload = () => {{ const d = document.getElementById('f').contentDocument, r = d.documentElement;\n\
         const lost = (q, n, cut) => [...d.querySelectorAll(q)].map(a => decodeURIComponent(a.getAttribute(n)).slice(cut))\n\
         .filter(id => id && !d.getElementById(id));\n\
         document.body.textContent = ['MEASURED', r.scrollWidth - r.clientWidth, d.querySelectorAll('h1').length,\n\
         lost('a[href^=\"#\"]', 'href', 1).concat(lost('[popovertarget]', 'popovertarget', 0)).length,\n\
         d.querySelectorAll('*').length, d.querySelectorAll('a[href^=\"#\"]').length,\n\
         d.defaultView.getComputedStyle(d.body).backgroundColor, 'END'].join('|'); }}</script>",
        page.file_name().expect("a file").to_string_lossy()
    );
    std::fs::write(&frame, html).expect("the workspace can be written");
    let mut options = vec!["--dump-dom"];
    options.extend(more);
    let output = browse(browser, &frame, &options);
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, rest) = dom.split_once("MEASURED|").unwrap_or_else(|| panic!("nothing was measured: {dom}"));
    rest.split('|').take_while(|part| !part.starts_with("END")).map(str::to_owned).collect()
}

#[test]
fn the_page_asks_for_nothing_and_says_nothing() {
    let Some(browser) = chromium() else { return };
    let repo = system();
    let page = report(&repo);
    let (asked, said) = noise(&browser, &page);
    assert_eq!((asked, said), (Vec::new(), Vec::new()));

    // The same ears hear a page that does ask and does complain.
    let loud = page.with_file_name("loud.html");
    std::fs::write(&loud, "<img src='http://tracker.example/x.png'><script>console.error('heard')</script>")
        .expect("written");
    let (asked, said) = noise(&browser, &loud);
    assert!(asked.iter().any(|line| line.contains("tracker.example")), "{asked:?}");
    assert!(said.iter().any(|line| line.contains("heard")), "{said:?}");
}

#[test]
fn the_page_fits_a_narrow_screen_turns_dark_and_leads_somewhere() {
    let Some(browser) = chromium() else { return };
    let repo = system();
    let page = report(&repo);
    let light = measured(&browser, &page, 320, &["--blink-settings=preferredColorScheme=1"]);
    let [overflow, headings, lost, elements, links, ground] = light.as_slice() else { panic!("{light:?}") };
    assert_eq!(
        (overflow.as_str(), headings.as_str(), lost.as_str()),
        ("0", "1", "0"),
        "scrolled pixels, h1, dead links"
    );
    let count = |text: &str| text.parse::<u32>().expect("a number");
    assert!(count(elements) < 60_000 && count(links) > 20, "{elements} elements, {links} links");
    let dark = measured(&browser, &page, 1280, &["--blink-settings=preferredColorScheme=0"]);
    assert_ne!(dark.last(), Some(ground), "dark mode has another ground");
    assert_eq!(dark[0], "0", "pixels to scroll sideways on a wide screen");
}

#[test]
fn the_page_prints() {
    let Some(browser) = chromium() else { return };
    let repo = system();
    let page = report(&repo);
    let pdf = page.with_file_name("report.pdf");
    browse(&browser, &page, &[&format!("--print-to-pdf={}", pdf.display()), "--no-pdf-header-footer"]);
    let bytes = std::fs::read(&pdf).expect("the browser wrote it");
    let pages = String::from_utf8_lossy(&bytes).matches("/Type /Page\n").count();
    assert!(bytes.starts_with(b"%PDF") && pages > 1, "{} bytes, {pages} pages", bytes.len());
}

#[test]
fn the_text_of_the_page_loads_nothing_and_escapes_names() {
    let repo = system();
    let html = std::fs::read_to_string(report(&repo)).expect("a page");
    assert!(html.len() < 5_000_000, "{} bytes", html.len());
    // Only what stands between real angle brackets is markup; hostile words are text.
    for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        assert!(!["script", "img", "link", "iframe", "object", "embed", "base"].contains(&name), "<{tag}>");
        assert!(!tag.contains(" src=") && !tag.contains(" srcset=") && !tag.contains(" onerror="), "<{tag}>");
    }
    assert!(!html.contains("url(") && !html.contains("@import"), "style sheets load nothing");
    assert!(!html.contains("<b>Chen"), "names of people are text");
    assert!(html.contains("&lt;script&gt;fetch("), "hostile words are shown as they are");
    assert!(html.contains("default-src 'none'"));
    assert!(html.contains("Shop is a small system that sells things to people."), "what it is, not what it needs");
    assert!(!html.contains("says: “You need"), "an instruction is not what the system is");
}

#[test]
fn every_quotation_stands_in_its_lines() {
    let repo = system();
    report(&repo);
    let workspace = repo.outside().join("workspace");
    let text = ok(&workspace, &["verify", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["broken"], serde_json::json!([]), "{text}");
    let abouts =
        common::sql(&workspace, "select about from claim_evidence where from_table = 'entry_points' and quote is null");
    assert!(!abouts.is_empty(), "why something is an entry point is said in our words, not in quotation marks");
}

/// Words that say nothing, or say it only to the trade; `crates/tell/tests/wording.rs` has the full rules.
const BANNED: [&str; 12] = [
    "node",
    "edge",
    "artefact",
    "artifact",
    "entity",
    "leverage",
    "robust",
    "seamless",
    "utilize",
    "simply",
    "obviously",
    "very",
];

#[test]
fn sentences_about_a_real_repository_are_short_and_plain() {
    let repo = system();
    report(&repo);
    let workspace = repo.outside().join("workspace");
    let rows = ok(&workspace, &["sql", "--format", "json", "select claim, text from claims order by claim"]);
    let rows: serde_json::Value = serde_json::from_str(&rows).expect("JSON");
    let mut lengths = Vec::new();
    for row in rows.as_array().expect("rows") {
        let (claim, text) = (row["claim"].as_str().expect("an id"), row["text"].as_str().expect("a sentence"));
        assert!(text.ends_with(['.', '”']), "{claim} does not end: {text}");
        // Quoted words are not ours.
        let ours: String = text.split('“').map(|part| part.split('”').next_back().unwrap_or_default()).collect();
        for sentence in ours.split_inclusive(['.', ':']) {
            let n = sentence.split_whitespace().count();
            assert!(n <= 30, "{claim}: {n} words: {sentence}");
        }
        lengths.push(ours.split_whitespace().count());
        for word in ours.split(|c: char| !c.is_alphanumeric()) {
            assert!(!BANNED.contains(&word.to_lowercase().as_str()), "{claim} says `{word}`: {text}");
        }
    }
    lengths.sort_unstable();
    assert!(lengths.len() > 20 && lengths[lengths.len() / 2] <= 20, "{lengths:?}");
}
