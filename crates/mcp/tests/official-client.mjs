// Lists and calls everything that `sightline mcp` offers, with the official client of the protocol, on standard input and
// output and over HTTP. Run by official-client.sh, which says what the arguments are.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [program, workspace] = process.argv.slice(2);
const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");

const calls = {
  overview: {}, map: {}, show_component: { name: "orders" }, impact: { name: "orders-db" }, flow: { name: "POST /orders" },
  endpoints: { component: "orders" }, data: {}, blockers: {}, forecast: {}, search: { query: "ordrs" }, report_section: { section: "stack" },
  explain_metric: { id: "code-lines" }, evidence: { path: "orders/server.js", line_start: 1 }, list_tables: {},
  describe_table: { table: "components" }, sql: { query: "select repo, path, line_start, line_end, name from components" },
};

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

async function everything(transport, name) {
  const client = new Client({ name: "sightline-test", version: "1.0.0" });
  await client.connect(transport);
  const { tools } = await client.listTools();
  const missing = tools.map((t) => t.name).filter((t) => !(t in calls));
  if (missing.length || tools.length !== Object.keys(calls).length) fail(`the tools differ: ${tools.map((t) => t.name)}`);
  for (const [tool, args] of Object.entries(calls)) {
    const result = await client.callTool({ name: tool, arguments: args });
    if (result.isError || !result.structuredContent?.notice) fail(`${tool}: ${JSON.stringify(result).slice(0, 500)}`);
  }
  const refused = await client.callTool({ name: "sql", arguments: { query: "drop table components" } });
  if (!refused.isError) fail("a statement that would change something was not refused");
  const { resources } = await client.listResources();
  for (const { uri } of resources) {
    const { contents } = await client.readResource({ uri });
    if (!contents[0].text) fail(`${uri} is empty`);
  }
  const { prompts } = await client.listPrompts();
  for (const prompt of prompts) {
    const given = Object.fromEntries((prompt.arguments ?? []).map((a) => [a.name, "orders"]));
    const { messages } = await client.getPrompt({ name: prompt.name, arguments: given });
    if (!messages.length) fail(`${prompt.name} is empty`);
  }
  await client.close();
  console.log(`official client, ${name}: ${tools.length} tools called, ${resources.length} pages read, ${prompts.length} prompts got`);
}

await everything(
  new StdioClientTransport({ command: program, args: ["mcp", "--workspace", workspace], stderr: "inherit" }),
  "standard input and output",
);

const server = spawn(program, ["mcp", "--http", "--port", "0", "--workspace", workspace], { stdio: ["ignore", "ignore", "pipe"] });
const lines = createInterface({ input: server.stderr })[Symbol.asyncIterator]();
const url = (await lines.next()).value.replace("serving at ", "");
const authorization = (await lines.next()).value.replace("header: Authorization: ", "");
try {
  await everything(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: authorization } } }),
    "HTTP",
  );
  const stranger = await fetch(url, { method: "POST", body: "{}" });
  if (stranger.status !== 401) fail(`without the token the answer is ${stranger.status}`);
} finally {
  server.kill();
}
