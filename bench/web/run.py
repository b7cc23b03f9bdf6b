#!/usr/bin/env python3
"""Measures the web app against its budgets: pages under load, and paint in a real Chromium.

    python3 bench/web/run.py SIGHTLINE REPOSITORY... [--rate N] [--seconds N] [--work FOLDER]

SIGHTLINE is the program; the repositories become one workspace, which should hold a million facts (one large project with
its history does). Beside it systems of 500 parts with 3,000 connections and of 2,000 with 10,000 are generated; of the
larger one it is measured how long its map takes to make and to draw. What was measured goes to standard output, and is kept in bench/web/scoreboard.txt by hand. Needs chromium and chromedriver for the paint figures
and leaves them out, saying so, where those are missing. Standard library only.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGES = ["/", "/answers", "/map", "/flows", "/endpoints", "/data", "/outside", "/stack", "/changes", "/health", "/tables",
         "/trust", "/table/files", "/table/commits", "/search?q=server", "/search?q=confg"]


def command(program: str, *words: str) -> str:
    done = subprocess.run([program, *words], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join([program, *words])}\n{done.stderr}")
    return done.stdout


def facts(program: str, workspace: Path) -> int:
    """Rows of all tables."""
    tables = json.loads(command(program, "tables", "--json", "--workspace", str(workspace)))
    return sum(int(table["rows"]) for table in tables)


class Served:
    """A running server and the cookie of somebody who came in."""

    def __init__(self, program: str, workspace: Path) -> None:
        words = [program, "serve", "--no-open", "--port", "0", "--json", "--workspace", str(workspace)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        # The answer is one JSON object over several lines.
        text = ""
        while True:
            text += self.process.stdout.readline()
            try:
                said = json.loads(text)
                break
            except json.JSONDecodeError:
                if self.process.poll() is not None:
                    sys.exit(f"the server ended: {text}")
        self.url = said["url"]
        self.address = said["address"]
        with urllib.request.urlopen(self.url) as answer:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]

    def memory(self) -> float:
        """Resident memory in MB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def wait_for_search(self) -> float:
        """Seconds of the first search, after what is made in the background had time to be made."""
        begun = time.monotonic()
        self.get("/search?q=first")
        return time.monotonic() - begun

    def get(self, path: str) -> bytes:
        request = urllib.request.Request(f"http://{self.address}{path}", headers={"Cookie": self.cookie})
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.read()

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


async def one(host: str, port: int, cookie: str, path: str, free: list) -> tuple[int, int]:
    """Asks for a page over a connection that was used before, where there is one."""
    reader, writer = free.pop() if free else await asyncio.open_connection(host, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    fields = {k.strip().lower(): v.strip() for k, _, v in (l.partition(b":") for l in head.split(b"\r\n")[1:])}
    size = 0
    if b"content-length" in fields:
        size = int(fields[b"content-length"])
        await reader.readexactly(size)
    elif fields.get(b"transfer-encoding") == b"chunked":
        while True:
            length = int(await reader.readline(), 16)
            await reader.readexactly(length + 2)
            if length == 0:
                break
            size += length
    free.append((reader, writer))
    return status, size


async def load(served: Served, rate: int, seconds: int) -> dict:
    """Requests at a fixed rate, whatever the server does: waiting counts."""
    host, port = served.address.rsplit(":", 1)
    took: list[tuple[float, str]] = []
    wrong: list[str] = []
    free: list = []
    running = set()

    async def timed(path: str) -> None:
        begun = time.perf_counter()
        try:
            status, _ = await asyncio.wait_for(one(host, int(port), served.cookie, path, free), 30)
            if status != 200:
                wrong.append(f"{path}: {status}")
        except Exception as error:  # every kind of failure counts as one
            wrong.append(f"{path}: {error!r}")
        took.append((time.perf_counter() - begun, path))

    begun = time.perf_counter()
    for n in range(rate * seconds):
        await asyncio.sleep(max(0.0, begun + n / rate - time.perf_counter()))
        task = asyncio.create_task(timed(PAGES[n % len(PAGES)]))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    lasted = time.perf_counter() - begun
    times = sorted(t for t, _ in took)
    at = lambda share: times[min(len(times) - 1, int(len(times) * share))] * 1000
    slow = {}
    for t, path in took:
        slow.setdefault(path, []).append(t)
    worst = sorted(((sorted(ts)[int(len(ts) * 0.95)] * 1000, path) for path, ts in slow.items()), reverse=True)[:3]
    return {"n": len(times), "wrong": wrong, "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "seconds": lasted, "worst": worst}


class Browser:
    """As much of the WebDriver protocol as is needed."""

    def __init__(self) -> None:
        self.driver = subprocess.Popen(["chromedriver", "--port=9517"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.base = "http://127.0.0.1:9517"
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--disable-quic", "--window-size=1280,900"]
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": {"args": flags}}}}
        for _ in range(50):
            try:
                self.session = self.ask("/session", wanted)["sessionId"]
                return
            except urllib.error.URLError:
                time.sleep(0.2)
        sys.exit("chromedriver does not answer")

    def ask(self, path: str, body: dict) -> dict:
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())["value"]

    def open(self, url: str) -> None:
        self.ask(f"/session/{self.session}/url", {"url": url})

    def run(self, script: str):
        return self.ask(f"/session/{self.session}/execute/async", {"script": script, "args": []})

    def end(self) -> None:
        urllib.request.urlopen(urllib.request.Request(f"{self.base}/session/{self.session}", method="DELETE"), timeout=20).read()
        self.driver.terminate()
        self.driver.wait(10)


PAINT = """
const done = arguments[arguments.length - 1];
const settled = () => new Promise(r => requestAnimationFrame(() => setTimeout(r, 0)));
(async () => {
  await settled();
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  const nav = performance.getEntriesByType('navigation')[0];
  // Before the picture is hidden and shown again, which moves what is below it.
  let shift = 0;
  await new Promise(r => {
    const watch = new PerformanceObserver(l => { for (const e of l.getEntries()) shift += e.value; });
    watch.observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => { watch.disconnect(); r(); }, 50);
  });
  const svg = document.querySelector('svg.sys');
  let again = null;
  if (svg) {
    svg.style.display = 'none'; await settled(); await settled();
    const begun = performance.now(); svg.style.display = ''; svg.getBoundingClientRect(); await settled();
    again = performance.now() - begun;
  }
  done({ paint: paint ? paint.startTime : null, loaded: nav.loadEventEnd, answer: nav.responseStart, bytes: nav.transferSize,
         elements: document.querySelectorAll('*').length, svg: svg ? svg.outerHTML.length : null, again, shift });
})();
"""


def painted(served: Served, pages: list[str]) -> list[dict]:
    """First and second paint of each page, each in a browser of its own profile."""
    out = []
    for page in pages:
        browser = Browser()
        try:
            browser.open(served.url)
            time.sleep(0.5)
            browser.open(f"http://{served.address}{page}")
            cold = browser.run(PAINT)
            warm = []
            for _ in range(5):
                browser.open(f"http://{served.address}{page}")
                warm.append(browser.run(PAINT))
            warm.sort(key=lambda m: m["paint"] or 0)
            out.append({"page": page, "cold": cold, "warm": warm[2]})
        finally:
            browser.end()
    return out


def paints(title: str, rows: list[dict]) -> None:
    print(f"\n{title}: paint in Chromium, milliseconds (second figures: median of 5 with the page known)")
    print(f"{'page':<12} {'first paint':>12} {'loaded':>8} {'again':>8} {'picture':>8} {'kB svg':>7} {'elements':>9} {'shift':>6}")
    for row in rows:
        cold, warm = row["cold"], row["warm"]
        picture = f"{warm['again']:.0f}" if warm["again"] is not None else "-"
        svg = f"{warm['svg'] / 1000:.0f}" if warm["svg"] else "-"
        print(f"{row['page']:<12} {cold['paint'] or 0:>12.0f} {cold['loaded']:>8.0f} {warm['paint'] or 0:>8.0f} {picture:>8} {svg:>7} {cold['elements']:>9} {cold['shift']:>6.3f}")


def resolved(program: str, work: Path) -> Path:
    """The workspace of the larger system, with how long its map took."""
    workspace, system = work / "most", work / "system-most"
    for folder in (workspace, system):
        shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, str(HERE.parent / "architecture/generate.py"), str(system), "2000", "10000"], check=True)
    words = [program, "scan", str(system), "--workspace", str(workspace), "--timings"]
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    stages = [line.strip() for line in (said.stdout + said.stderr).splitlines() if " s  " in line]
    print("\n2,000 parts, 10,000 connections: stages of a cold scan")
    for line in stages:
        print(f"  {line}")
    return workspace


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--work", type=Path, default=Path("target/bench-web"))
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    large, many = given.work / "large", given.work / "many"
    if not (large / ".sightline/snapshot.json").exists():
        begun = time.monotonic()
        command(given.program, "scan", *given.repositories, "--workspace", str(large))
        print(f"scan of the large workspace: {time.monotonic() - begun:.0f} s")
    if not (many / ".sightline/snapshot.json").exists():
        system = given.work / "system"
        shutil.rmtree(system, ignore_errors=True)
        subprocess.run([sys.executable, str(HERE.parent / "architecture/generate.py"), str(system), "500", "3000"], check=True)
        command(given.program, "scan", str(system), "--workspace", str(many))
    print(f"facts: {facts(given.program, large):,} rows in the large workspace, {facts(given.program, many):,} in the generated one")
    print(f"machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the start")

    has_browser = shutil.which("chromedriver") and (shutil.which("chromium") or shutil.which("google-chrome"))
    for title, workspace, pages in [("large", large, ["/", "/map", "/health", "/tables"]), ("500 parts, 3,000 connections", many, ["/map", "/"])]:
        served = Served(given.program, workspace)
        try:
            begun = time.monotonic()
            for page in PAGES:
                served.get(page)
            print(f"\n{title}: {len(PAGES)} pages, each for the first time, {time.monotonic() - begun:.1f} s; a search {served.wait_for_search() * 1000:.0f} ms")
            before = served.memory()
            found = asyncio.run(load(served, given.rate, given.seconds))
            middle = served.memory()
            again = asyncio.run(load(served, given.rate, given.seconds))
            after = served.memory()
            for words, one_run in (("first", found), ("second", again)):
                worst = ", ".join(f"{path} {ms:.0f}" for ms, path in one_run["worst"])
                print(f"{title}, {words} run: {one_run['n']} requests in {one_run['seconds']:.1f} s, p50 {one_run['p50']:.0f} ms, p95 {one_run['p95']:.0f} ms, p99 {one_run['p99']:.0f} ms, {len(one_run['wrong'])} errors; slowest at p95: {worst}")
                for line in one_run["wrong"][:3]:
                    print(f"  {line}")
            print(f"{title}: memory {before:.0f} MB before, {middle:.0f} MB after the first run, {after:.0f} MB after the second")
            if has_browser:
                paints(title, painted(served, pages))
            else:
                print("paint was not measured: chromium and chromedriver are needed")
        finally:
            served.end()

    most = resolved(given.program, given.work)
    if has_browser:
        served = Served(given.program, most)
        try:
            paints("2,000 parts, 10,000 connections", painted(served, ["/map"]))
        finally:
            served.end()


if __name__ == "__main__":
    main()
