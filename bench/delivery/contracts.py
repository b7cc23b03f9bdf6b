#!/usr/bin/env python3
"""Runs connectors against servers made from the services' own API descriptions.

    contracts.py --binary SIGHTLINE --contracts FOLDER --node FOLDER [--scoreboard FILE]

Prism (npm `@stoplight/prism-cli`) says of each request whether the OpenAPI description allows it, and answers with values
of the described types; `graphql.js` beside this file does the same for a GraphQL schema. Each connector must
send only requests that are allowed, and each answer must be read into rows without a gap. `--node` is a folder in which
`npm install @stoplight/prism-cli @graphql-tools/mock @graphql-tools/schema graphql @octokit/openapi @octokit/graphql-schema`
ran: the last two are GitHub's own descriptions, of which the contracts hold a part of the first only. Nothing of the descriptions is
kept. Standard library only.
"""
import argparse
import http.client
import http.server
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

# What is asked to find out which version of a service it is, and what the older descriptions do not have yet.
OUTSIDE = {"/rest/api/2/serverInfo", "/rest/api/3/search/jql"}
TOKEN = "contract-token"
# The description of Jira leaves open what an issue's fields are; these are of the kinds that its documentation shows.
JIRA_ISSUE = {
    "key": "PAY-1",
    "fields": {
        "summary": "Lost cart", "created": "2026-01-05T10:00:00.000+0000", "updated": "2026-01-06T10:00:00.000+0000",
        "status": {"name": "Doing", "statusCategory": {"key": "indeterminate"}}, "issuetype": {"name": "Bug"},
        "issuelinks": [{"type": {"name": "Blocks", "inward": "is blocked by", "outward": "blocks"}, "outwardIssue": {"key": "PAY-2"}}],
        "comment": {"comments": [], "total": 3},
    },
    "changelog": {"total": 2, "histories": []},
}
# The description of GitHub leaves open what the time of an event looks like, so that the mock answers `string`; its
# documentation shows this. Nothing else of what the mock says is changed.
OPEN_TIME, SHOWN_TIME = b'"created_at":"string"', b'"created_at":"2026-01-05T10:00:00Z"'


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Recorder:
    """Stands between connector and servers: routes by path, and writes down what was asked and answered."""

    def __init__(self, routes):
        self.asked = []
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length) if length else None
                port = next(port for prefix, port in routes if self.path.startswith(prefix))
                there = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "accept-encoding")}
                there.request(self.command, self.path, body, headers)
                answer = there.getresponse()
                text = answer.read()
                if self.path.startswith("/rest/api/3/search?") and answer.status == 200:
                    found = json.loads(text)
                    found["issues"] = [JIRA_ISSUE]
                    text = json.dumps(found).encode()
                if "/timeline" in self.path and answer.status == 200:
                    text = text.replace(OPEN_TIME, SHOWN_TIME)
                # Prism's own invented answers may break the description; only what the connector sent counts.
                told = json.loads(answer.getheader("sl-violations") or "[]")
                broken = [v for v in told if v["location"][0] == "request"]
                recorder.asked.append((self.command, self.path, answer.status, text, broken))
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def start(command, environment=None):
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    for line in child.stdout:
        if "listening" in line or "ready" in line:
            break
    else:
        sys.exit(f"{command[0]} ended at once")
    threading.Thread(target=child.stdout.read, daemon=True).start()
    return child


def prism(node, description):
    port = free_port()
    command = [f"{node}/node_modules/.bin/prism", "mock", "-h", "127.0.0.1", "-p", str(port), str(description)]
    return port, start(command)


def graphql(node, *schemas):
    port = free_port()
    environment = dict(os.environ, NODE_PATH=str(node / "node_modules"))
    script = pathlib.Path(__file__).with_name("graphql.js")
    return port, start(["node", str(script), str(port), *map(str, schemas)], environment)


def with_checks(node, contract, folder):
    """The contract with the requests for checks, which it does not have, from the same description."""
    whole = json.loads((node / "node_modules/@octokit/openapi/generated/api.github.com.deref.json").read_text())
    part = json.loads(contract.read_text())
    for path in ("/repos/{owner}/{repo}", "/repos/{owner}/{repo}/commits/{ref}/check-runs"):
        get = whole["paths"][path]["get"]
        for answer in get["responses"].values():
            # The example of a next page leads to GitHub itself.
            answer.pop("headers", None)
            for content in answer.get("content", {}).values():
                # Values are made from the types; examples are of one repository.
                content.pop("examples", None)
        get["responses"] = {status: answer for status, answer in get["responses"].items() if status == "200"}
        part["paths"][path] = {"get": get}
    file = pathlib.Path(folder) / "github.json"
    file.write_text(json.dumps(part))
    return file


def sightline(binary, workspace, *arguments):
    environment = dict(os.environ, HOME=str(workspace), XDG_DATA_HOME=str(workspace / "data"), GITHUB_TOKEN=TOKEN,
                       # The runs of the description are of 2020.
                       SIGHTLINE_BUILDS_FROM="2015-01-01",
                       JIRA_EMAIL="ann@example.org", JIRA_TOKEN=TOKEN, LINEAR_API_KEY=TOKEN)
    return subprocess.run([binary, *arguments, "--workspace", str(workspace)], env=environment, capture_output=True, text=True)


def check(name, binary, address, recorder, questions, lacks=frozenset()):
    """Downloads and reads one source; gives its line of the scoreboard and what is wrong. `lacks`: what the server has not."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        workspace = pathlib.Path(folder) / "workspace"
        done = sightline(binary, workspace, "scan", address, *([] if lacks else ["--strict"]))
        if done.returncode != 0:
            wrong.append(f"scan ended with {done.returncode}: {done.stderr.strip()}")
        if TOKEN in done.stdout + done.stderr or any(
            TOKEN.encode() in p.read_bytes() for p in workspace.rglob("*") if p.is_file()
        ):
            wrong.append("the token stands in a file or in the output")
        counts = {}
        for table in questions:
            answer = sightline(binary, workspace, "sql", "--format", "csv", f"select count(*) from {table}")
            counts[table] = int((answer.stdout.split() or ["0", "0"])[-1]) if answer.returncode == 0 else -1
            if (counts[table] < 1) != (table == "gaps") or counts[table] < 0:
                wrong.append(f"{counts[table]} rows of {table}")
        if counts.get("gaps", 0) > 0:
            rows = sightline(binary, workspace, "sql", "--format", "csv", "select path, line_start, reason, detail from gaps")
            wrong += rows.stdout.splitlines()[1:6]
    refused = [a for a in recorder.asked if (a[2] >= 400 or a[4]) and a[1].split("?")[0] not in OUTSIDE | lacks]
    for method, path, status, text, broken in refused[:5]:
        wrong.append(f"{method} {path} was answered with {status}: {broken or text[:300]!r}")
    shapes = {(a[0], re.sub(r"/-?\d+(?=/|$)", "/{n}", a[1].split("?")[0])) for a in recorder.asked if a[2] < 400}
    line = f"{name:11} {len(recorder.asked):4} requests of {len(shapes):2} kinds, {len(refused)} refused; " + ", ".join(
        f"{count} {table}" for table, count in counts.items()
    )
    return line, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--contracts", type=pathlib.Path, required=True)
    parser.add_argument("--node", type=pathlib.Path, required=True)
    parser.add_argument("--scoreboard", type=pathlib.Path)
    options = parser.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    node = options.node.resolve()
    children, lines, wrong = [], [], []
    scratch = tempfile.TemporaryDirectory()
    try:
        port, child = prism(node, with_checks(node, options.contracts / "github-rest.json", scratch.name))
        children.append(child)
        published = node / "node_modules/@octokit/graphql-schema/schema.graphql"
        graph, child = graphql(node, published, pathlib.Path(__file__).with_name("github-events.graphql"))
        children.append(child)
        recorder = Recorder([("/graphql", graph), ("/", port)])
        # A check that cannot fail says nothing: a wrong request must be noticed.
        probe = http.client.HTTPConnection("127.0.0.1", recorder.port, timeout=120)
        probe.request("GET", "/repos/acme/shop/issues?per_page=many")
        probe.getresponse().read()
        if not (recorder.asked[0][4] or recorder.asked[0][2] >= 400):
            wrong.append("a wrong request was not noticed")
        recorder.asked.clear()
        told = check("github", binary, f"github:http://127.0.0.1:{recorder.port}/acme/shop", recorder,
                     ["pulls", "issue_events", "milestones", "deployments", "pipelines", "initiatives",
                      "initiative_updates", "gaps"])
        lines.append(told[0])
        wrong += told[1]
        # A server without GraphQL: what only that knows is a gap, and checks come over REST.
        recorder = Recorder([("/", port)])
        told = check("github REST", binary, f"github:http://127.0.0.1:{recorder.port}/acme/shop", recorder,
                     ["pulls", "issue_events", "milestones", "deployments", "pipelines"], {"/graphql"})
        lines.append(told[0])
        wrong += told[1]
        platform, child = prism(node, options.contracts / "jira-platform-v3.json")
        children.append(child)
        software, child = prism(node, options.contracts / "jira-software-v1.json")
        children.append(child)
        recorder = Recorder([("/rest/agile", software), ("/", platform)])
        told = check("jira", binary, f"jira:http://127.0.0.1:{recorder.port}/PAY", recorder,
                     ["issues", "issue_events", "issue_links", "milestones", "gaps"])
        lines.append(told[0])
        wrong += told[1]
        port, child = graphql(node, options.contracts / "linear.graphql")
        children.append(child)
        recorder = Recorder([("/", port)])
        told = check("linear", binary, f"linear:http://127.0.0.1:{recorder.port}/graphql/ENG", recorder,
                     ["issues", "issue_events", "issue_links", "milestones", "initiatives", "initiative_updates", "gaps"])
        lines.append(told[0])
        wrong += told[1]
    finally:
        for child in children:
            child.terminate()
            child.wait(timeout=20)
        scratch.cleanup()
    text = "\n".join(lines) + "\n"
    print(text, end="")
    for one in wrong:
        print("WRONG", one)
    if options.scoreboard and not wrong:
        options.scoreboard.write_text(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
