//! Journeys in a real browser, by keyboard and without script, and checks of every page by axe-core.
//!
//! Where no driver is installed they say so and stop; `test.sh` installs it where it may.

mod common;
#[path = "common/browser.rs"]
mod driven;

use common::{Site, parse};
use driven::{Browser, CONTROL, DOWN, ENTER, ESCAPE, LEFT, RIGHT, TAB, UP};
use serde_json::json;

/// One page of each kind.
const PAGES: [&str; 27] = [
    "/",
    "/search?q=endpoint_identification_algorithm",
    "/changes",
    "/changes?since=2026-01-01",
    "/answers",
    "/documents",
    "/map",
    "/flows",
    "/flow?of=orders%3A%20POST%20%2Forders",
    "/component/orders",
    "/endpoints",
    "/data",
    "/outside",
    "/stack",
    "/health",
    "/tables",
    "/table/components",
    "/metrics",
    "/metric/code-lines",
    "/sql?q=select%20name%2C%20code_lines%20from%20components",
    "/trust",
    "/glossary",
    "/help",
    "/scan",
    "/corrections",
    "/search?q=orders",
    "/code?repo=shop&path=compose.yaml&from=3&to=5",
];

fn entered(width: u32, height: u32) -> Option<(Browser, Site, String)> {
    let browser = Browser::start(width, height)?;
    let site = Site::shop();
    let base = format!("http://{}", site.host());
    browser.open(&format!("{base}/?token={}", site.token));
    browser.until("document.querySelector('#rail')");
    assert_eq!(browser.text("location.href"), format!("{base}/"), "the token has left the address");
    Some((browser, site, base))
}

#[test]
fn a_newcomer_finds_parts_stores_and_a_flow_by_keyboard() {
    let Some((browser, _site, base)) = entered(1280, 900) else { return };
    browser.press(&["g", "m"]);
    browser.until("location.pathname === '/map'");
    let lead = browser.text("document.querySelector('.lead').innerText");
    assert!(lead.contains("data store"), "{lead}");
    // Tab enters the picture once; arrows go from box to box; Enter opens the part.
    browser.run("document.querySelector('svg.sys a').focus()");
    let first = browser.text("document.activeElement.getAttribute('href')");
    for key in [RIGHT, LEFT, UP, DOWN, DOWN] {
        browser.press(&[key]);
    }
    let second = browser.text("document.activeElement.getAttribute('href')");
    assert!(second.starts_with("/component/"), "{first} {second}");
    let moved = browser.run("return document.activeElement !== document.querySelector('svg.sys a')");
    assert_eq!(moved, json!(true), "{first} {second}");
    assert_eq!(browser.text("document.querySelectorAll('svg.sys a[tabindex=\"0\"]').length"), "1");
    browser.press(&[ENTER]);
    browser.until("location.pathname.startsWith('/component/')");
    browser.press(&["/"]);
    browser.keys("ordres");
    browser.press(&[ENTER]);
    browser.until("location.pathname === '/search' && document.querySelector('.hits a')");
    assert_eq!(browser.text("document.querySelector('.hits a').innerText"), "orders", "a letter may be wrong");
    browser.press(&["g", "f"]);
    browser.until("location.pathname === '/flows'");
    browser.press(&["j", ENTER]);
    browser.until("location.pathname === '/flow'");
    browser.until("document.querySelector('svg.sys') || document.querySelector('.lead')");
    assert_eq!(browser.said(), Vec::<String>::new(), "nothing went wrong on the way, from {base}");
}

#[test]
fn every_number_of_a_page_can_be_defended_and_taken_home() {
    let Some((browser, _site, base)) = entered(1280, 900) else { return };
    browser.open(&format!("{base}/map"));
    let numbers = browser.run("return [...document.querySelectorAll('main a.n')].map(a => a.href)");
    let numbers: Vec<String> = serde_json::from_value(numbers).expect("addresses");
    assert!(numbers.len() > 3, "{numbers:?}");
    let distinct: std::collections::BTreeSet<&String> = numbers.iter().collect();
    for number in distinct {
        browser.open(number);
        let lead = browser.text("document.querySelector('#answer .lead')?.innerText");
        assert!(lead.contains(" row"), "{number} is answered: {lead}");
    }
    // A changed question is answered on the same page, and its address can be shared.
    browser.run("document.querySelector('#q').value = 'select name from components order by name lim'");
    browser
        .run("const q = document.querySelector('#q'); q.focus(); q.setSelectionRange(q.value.length, q.value.length)");
    browser.keys("it 2");
    browser.chord(CONTROL, ENTER);
    browser.until("document.querySelector('#answer .lead')?.innerText.startsWith('2 rows')");
    assert!(browser.text("location.search").contains("limit%202"));
    assert!(browser.text("document.querySelector('#answer .forms a').href").contains("/sql.csv?q="));
    // Completion knows the tables.
    browser.run("const q = document.querySelector('#q'); q.value = 'select * from compon'; q.focus(); q.setSelectionRange(q.value.length, q.value.length)");
    browser.chord(CONTROL, " ");
    browser.until("!document.querySelector('#hints').hidden");
    browser.press(&[TAB]);
    assert_eq!(browser.text("document.querySelector('#q').value"), "select * from components");
    assert_eq!(browser.said(), Vec::<String>::new());
}

#[test]
fn an_engineer_gets_from_a_sentence_to_its_lines_and_corrects_it() {
    let Some((browser, site, base)) = entered(1400, 900) else { return };
    browser.open(&format!("{base}/component/orders"));
    // One key opens the evidence with its lines; Escape leads back to the sentence.
    browser.press(&["e"]);
    browser.until("document.querySelector('#panel mark')");
    assert!(!browser.text("document.querySelector('#panel mark').innerText").is_empty());
    assert_eq!(browser.text("document.activeElement.closest('#panel') !== null"), "true", "focus moves into the panel");
    browser.press(&[ESCAPE]);
    browser.until("document.querySelector('#panel').hidden");
    assert_eq!(browser.text("document.activeElement.className.includes('ev')"), "true", "and back to where it was");
    browser.press(&["e"]);
    browser.until("document.querySelector('#panel details.wrong')");
    // The form, by keyboard.
    browser.run("document.querySelector('#panel details.wrong summary').focus()");
    browser.press(&[ENTER]);
    browser.run("document.querySelector('#panel form.fix input[name=owner]').focus()");
    browser.keys("Checkout");
    browser.press(&[ENTER]);
    browser.until("location.pathname === '/corrections'");
    assert!(site.file("sightline.toml").contains("owner = \"Checkout\""), "{}", site.file("sightline.toml"));
    browser.run("document.querySelector('form[action=\"/scan\"] button').focus()");
    browser.press(&[ENTER]);
    browser.until("location.pathname === '/scan'");
    browser.until("document.querySelector('#scan')?.dataset.phase === 'done'");
    browser.open(&format!("{base}/component/orders"));
    assert!(browser.text("document.querySelector('main').innerText").contains("Checkout"), "the correction holds");
    assert_eq!(browser.said(), Vec::<String>::new());
}

#[test]
fn pages_are_whole_without_script_and_on_a_narrow_screen() {
    let Some((browser, _site, base)) = entered(1280, 900) else { return };
    browser.browser(
        "Emulation.setDeviceMetricsOverride",
        &json!({ "width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": true }),
    );
    for page in PAGES {
        browser.open(&format!("{base}{page}"));
        let wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(wide, json!(0), "{page} scrolls sideways at 320 pixels");
    }
    assert_eq!(browser.said(), Vec::<String>::new());
    browser.browser("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    browser.open(&format!("{base}/map"));
    // Clicks of the driver are clicks of a hand; they need no script of the page.
    browser.click("main a.ev");
    browser.click(".menu");
    browser.click("#rail a[href=\"/trust\"]");
    browser.browser("Emulation.setScriptExecutionDisabled", &json!({ "value": false }));
    browser.until("location.pathname === '/trust'");
}

#[test]
fn axe_finds_nothing_wrong_in_any_light() {
    let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/axe/package/axe.min.js");
    let Ok(axe) = std::fs::read_to_string(axe) else {
        drop(std::io::Write::write_all(
            &mut std::io::stderr(),
            b"skipped: no axe-core in target/axe; test.sh fetches it\n",
        ));
        return;
    };
    let Some((browser, _site, base)) = entered(1280, 1000) else { return };
    let evidence = {
        browser.open(&format!("{base}/map"));
        browser.text("document.querySelector('main a.ev').getAttribute('href')")
    };
    let mut wrong = Vec::new();
    for (name, features) in [
        ("light", json!([{ "name": "prefers-color-scheme", "value": "light" }])),
        ("dark", json!([{ "name": "prefers-color-scheme", "value": "dark" }])),
        (
            "high contrast",
            json!([{ "name": "prefers-color-scheme", "value": "light" }, { "name": "prefers-contrast", "value": "more" }]),
        ),
    ] {
        browser.browser("Emulation.setEmulatedMedia", &json!({ "features": features }));
        for page in PAGES.iter().copied().chain([evidence.as_str(), "/map#dates"]) {
            browser.open(&format!("{base}{page}"));
            if page.ends_with("#dates") {
                browser.run("document.querySelector('#dates').showPopover()");
            }
            let found = browser.run_later(&format!(
                "{axe};\nconst done = arguments[arguments.length - 1];\n\
                 window.axe.run(document, {{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }})\n\
                 .then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 2).map(n => n.html.slice(0, 200) + ' ' + n.failureSummary).join(' | '))));"
            ));
            for one in found.as_array().into_iter().flatten().filter_map(|v| v.as_str()) {
                wrong.push(format!("{name} {page}: {one}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} violations:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn days_to_compare_with_are_reached_by_keyboard() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let site = Site::grown();
    let base = format!("http://{}", site.host());
    browser.open(&format!("{base}/?token={}", site.token));
    browser.until("document.querySelector('#rail')");
    browser.open(&format!("{base}/map"));
    browser.press(&["["]);
    browser.until("location.pathname === '/changes' && location.search.includes('since=')");
    let newest = browser.text("location.search");
    browser.press(&["["]);
    browser.until(&format!("location.search !== '{newest}' && document.querySelector('#rail')"));
    browser.press(&["]"]);
    browser.until(&format!("location.search === '{newest}' && document.querySelector('#rail')"));
    // The choice goes along, and every page says what it means there.
    browser.press(&["g", "m"]);
    browser.until("location.pathname === '/map' && document.querySelector('.since')");
    assert_eq!(browser.text("location.search"), newest);
    // The control: open, type a day, send, all by keyboard.
    browser.run("document.querySelector('button.asof').focus()");
    browser.press(&[ENTER]);
    browser.until("document.querySelector('#dates').matches(':popover-open')");
    browser.run("const f = document.querySelector('#dates input[name=since]'); f.focus(); f.select()");
    browser.keys("v1.0.0");
    browser.press(&[ENTER]);
    browser.until("location.pathname === '/changes' && location.search.includes('v1.0.0')");
    assert!(browser.text("document.querySelector('h1').innerText").starts_with("Changes since v1.0.0"));
    assert_eq!(browser.said(), Vec::<String>::new());
}

#[test]
fn pages_print_with_their_evidence_and_without_controls() {
    let Some((browser, _site, base)) = entered(1280, 900) else { return };
    browser.browser("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    for page in ["/", "/map", "/component/orders", "/outside", "/health", "/changes?since=2026-01-01"] {
        browser.open(&format!("{base}{page}"));
        let left = browser.run(
            "return ['.bar', '#rail', '.forms', '.filter', '.correct', '.more'].filter(q => [...document.querySelectorAll(q)].some(e => e.getClientRects().length))",
        );
        assert_eq!(left, json!([]), "{page}: controls stand on paper");
        let marks = browser.run(
            "return [document.querySelectorAll('main a.ev').length, [...document.querySelectorAll('.endnotes .en')].filter(e => e.getClientRects().length).length]",
        );
        assert!(marks[0] == marks[1] && marks[0] != json!(0), "{page}: marks and end notes: {marks}");
        let cut = browser.run(
            "return [...document.querySelectorAll('main tbody tr')].filter(r => getComputedStyle(r).breakInside !== 'avoid').length",
        );
        assert_eq!(cut, json!(0), "{page}: rows that may be cut");
        browser.browser("Page.printToPDF", &json!({ "printBackground": false }));
    }
    assert_eq!(browser.said(), Vec::<String>::new());
}
