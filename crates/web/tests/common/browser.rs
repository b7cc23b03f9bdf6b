//! A real browser, driven by its driver over the `WebDriver` protocol.
#![allow(dead_code, clippy::allow_attributes, reason = "the folder of the profile has to live as long as the browser")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The key that the protocol gives elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Keys by their code in the protocol.
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const CONTROL: &str = "\u{e009}";
pub(crate) const LEFT: &str = "\u{e012}";
pub(crate) const UP: &str = "\u{e013}";
pub(crate) const RIGHT: &str = "\u{e014}";
pub(crate) const DOWN: &str = "\u{e015}";

/// A browser with one page.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: tempfile::TempDir,
}

impl Browser {
    /// Starts a browser; `None`, with a note, where there is no driver for one.
    pub(crate) fn start(width: u32, height: u32) -> Option<Self> {
        let child = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut driver) = child else {
            let note = b"skipped: no chromedriver in PATH (Debian: chromium-driver)\n";
            drop(std::io::stderr().write_all(note));
            return None;
        };
        let lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|l| l.split("started successfully on port ").nth(1)?.trim_end_matches('.').parse().ok())
            .expect("the driver says its port");
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut browser = Self { driver, port, session: String::new(), profile };
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            format!("--user-data-dir={}", browser.profile.path().display()),
            format!("--window-size={width},{height}"),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let made = browser.ask("POST", "/session", &wanted);
        let session = made["sessionId"].as_str().map(str::to_owned);
        browser.session = session.expect("the driver opens a session");
        Some(browser)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the driver listens");
        stream.set_read_timeout(Some(Duration::from_mins(2))).expect("a socket");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .expect("sent");
        // The driver keeps the connection open, whatever it is asked.
        let mut bytes = Vec::new();
        let mut part = [0; 16 << 10];
        let text = loop {
            let n = match stream.read(&mut part) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                outcome => outcome.expect("the driver answers in time"),
            };
            bytes.extend_from_slice(&part[..n]);
            let reply = crate::parse(&bytes);
            let whole = reply.header("content-length").parse().is_ok_and(|length: usize| reply.body.len() >= length);
            if n == 0 || whole {
                break reply.body;
            }
        };
        let value: Value = serde_json::from_str(&text).expect("the driver answers in JSON");
        let value = value["value"].clone();
        assert!(value.get("error").is_none(), "{method} {path}: {value}");
        value
    }

    fn send(&self, what: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}/{what}", self.session), body)
    }

    /// Opens a page and waits until it is there.
    pub(crate) fn open(&self, address: &str) {
        self.send("url", &json!({ "url": address }));
    }

    /// Runs a function body in the page.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.send("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a function body whose last argument is called with the answer.
    pub(crate) fn run_later(&self, script: &str) -> Value {
        self.send("execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Text that an expression gives in the page.
    pub(crate) fn text(&self, expression: &str) -> String {
        self.run(&format!("return String({expression} ?? '')")).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression holds in the page.
    pub(crate) fn until(&self, expression: &str) {
        let started = Instant::now();
        while self.run(&format!("return Boolean({expression})")) != Value::Bool(true) {
            assert!(
                started.elapsed() < Duration::from_secs(90),
                "never came: {expression}\nat {}\nsaid {:?}\npanel {}\n{}",
                self.text("location.href"),
                self.said(),
                self.text("document.querySelector('#panel')?.outerHTML.slice(0, 1500)"),
                self.text("document.body.innerText.slice(0, 1500)")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the page was painted: the browser drops keys that come between its loading and its first picture.
    fn until_painted(&self) {
        self.until("document.readyState === 'complete' && performance.getEntriesByType('paint').length");
    }

    /// Presses keys one after the other; a list inside is held down together.
    pub(crate) fn press(&self, keys: &[&str]) {
        self.until_painted();
        let actions: Vec<Value> = keys
            .iter()
            .flat_map(|key| [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })])
            .collect();
        self.send("actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }));
    }

    /// Presses a key while another is held.
    pub(crate) fn chord(&self, held: &str, key: &str) {
        self.until_painted();
        let actions = json!([
            { "type": "keyDown", "value": held },
            { "type": "keyDown", "value": key },
            { "type": "keyUp", "value": key },
            { "type": "keyUp", "value": held },
        ]);
        self.send("actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }));
    }

    /// Types text, key by key.
    pub(crate) fn keys(&self, text: &str) {
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        self.press(&letters);
    }

    /// Clicks the first element that a selector finds.
    pub(crate) fn click(&self, selector: &str) {
        self.until_painted();
        let found = self.send("element", &json!({ "using": "css selector", "value": selector }));
        let id = found[ELEMENT].as_str().expect("an element");
        self.send(&format!("element/{id}/click"), &json!({}));
    }

    /// A command of the browser's own protocol.
    pub(crate) fn browser(&self, command: &str, parameters: &Value) {
        self.send("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
    }

    /// What the page said on the console since it was asked last.
    pub(crate) fn said(&self) -> Vec<String> {
        let log = self.send("se/log", &json!({ "type": "browser" }));
        log.as_array().into_iter().flatten().filter_map(|e| e["message"].as_str().map(str::to_owned)).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.ask("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}
