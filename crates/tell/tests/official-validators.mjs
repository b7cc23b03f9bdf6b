// Holds what `sightline export` writes against each format's own parser, schema or validator, from npm.
// Run by official-validators.sh, which says what the arguments are.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync, existsSync, chmodSync } from "node:fs";

const [program, workspace, component, flow] = process.argv.slice(2);
let passed = 0;
const failed = [];

function exported(format, ...more) {
  return execFileSync(program, ["export", "--format", format, ...more, "--workspace", workspace], { encoding: "utf8", maxBuffer: 1 << 28 });
}

/** `check` throws where the text is none of its format; `wreck` makes it one that has to be refused. */
async function validate(name, text, check, wreck) {
  try {
    await check(text);
  } catch (error) {
    failed.push(`${name}: ${String(error?.message ?? error).slice(0, 600)}`);
    return;
  }
  try {
    await check(wreck(text));
  } catch {
    passed += 1;
    return;
  }
  failed.push(`${name}: the validator takes anything`);
}

const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
const graphviz = await Graphviz.load();
await validate("Graphviz", exported("dot"), (text) => graphviz.dot(text), (text) => text.replace(/\}\s*$/, "{ ["));

const { parse: plantuml } = (await import("plantuml-parser")).default;
await validate("PlantUML", exported("plantuml"), (text) => {
  const diagrams = plantuml(text);
  if (!diagrams.length || !diagrams[0].elements.length) throw new Error("it holds no diagram");
}, (text) => text.replace("@startuml", "@start"));

const cyclonedx = await import("@cyclonedx/cyclonedx-library");
const { Validation, Spec } = cyclonedx.default ?? cyclonedx;
const bom = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
await validate("CycloneDX 1.6", exported("cyclonedx"), async (text) => {
  const wrong = await bom.validate(text);
  if (wrong) throw new Error(JSON.stringify(wrong).slice(0, 600));
}, (text) => JSON.stringify({ ...JSON.parse(text), components: [{ name: "x" }] }));

const catalog = await import("@backstage/catalog-model");
const { entityKindSchemaValidator, componentEntityV1alpha1Validator, resourceEntityV1alpha1Validator, apiEntityV1alpha1Validator,
  systemEntityV1alpha1Validator, domainEntityV1alpha1Validator, groupEntityV1alpha1Validator, locationEntityV1alpha1Validator,
  SchemaValidEntityPolicy, FieldFormatEntityPolicy, NoForeignRootFieldsEntityPolicy } = catalog.default ?? catalog;
const kinds = [componentEntityV1alpha1Validator, resourceEntityV1alpha1Validator, apiEntityV1alpha1Validator, systemEntityV1alpha1Validator,
  domainEntityV1alpha1Validator, groupEntityV1alpha1Validator, locationEntityV1alpha1Validator];
const policies = [new SchemaValidEntityPolicy(), new FieldFormatEntityPolicy(), new NoForeignRootFieldsEntityPolicy()];
const { parseAllDocuments } = await import("yaml");
await validate("Backstage", exported("backstage"), async (text) => {
  for (const document of parseAllDocuments(text)) {
    if (document.errors.length) throw document.errors[0];
    const entity = document.toJS();
    for (const policy of policies) {
      if (!(await policy.enforce(entity))) throw new Error(`an entity is refused: ${JSON.stringify(entity.metadata)}`);
    }
    const known = await Promise.all(kinds.map((kind) => kind.check(entity)));
    if (!known.some(Boolean)) throw new Error(`no kind of entity: ${entity.kind}`);
  }
}, (text) => text.replace(/^ {2}name: .*$/m, "  name: '// no name //'"));

const openapi = await import("@readme/openapi-parser");
await validate("OpenAPI 3.1", exported("openapi", "--of", component), async (text) => {
  const answer = await openapi.validate(JSON.parse(text));
  if (answer.valid === false) throw new Error(JSON.stringify(answer.errors).slice(0, 600));
}, (text) => JSON.stringify({ ...JSON.parse(text), paths: { "/x": { get: { responses: 3 } } } }));

const { Parser } = (await import("@asyncapi/parser")).default;
await validate("AsyncAPI 3.0", exported("asyncapi"), async (text) => {
  const errors = (await new Parser().validate(text)).filter((problem) => problem.severity === 0);
  if (errors.length) throw new Error(errors.slice(0, 3).map((problem) => problem.message).join("; "));
}, (text) => JSON.stringify({ ...JSON.parse(text), channels: 3 }));

// The validator of SARIF is a program of its own.
const multitool = "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool";
if (existsSync(multitool)) {
  chmodSync(multitool, 0o755);
  await validate("SARIF 2.1.0", exported("sarif"), (text) => {
    writeFileSync("findings.sarif", text);
    try {
      execFileSync(multitool, ["validate", "findings.sarif", "--output", "verdict.sarif", "--log", "ForceOverwrite", "--level", "Error", "--kind", "Fail"],
        { encoding: "utf8", stdio: "pipe", env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: "1" } });
    } catch (error) {
      if (!existsSync("verdict.sarif")) throw error;
    }
    const verdict = JSON.parse(readFileSync("verdict.sarif", "utf8").replace(/^\uFEFF/, ""));
    const errors = verdict.runs.flatMap((run) => run.results ?? []).filter((result) => (result.level ?? "warning") === "error");
    if (errors.length) throw new Error(errors.slice(0, 3).map((e) => `${e.ruleId} ${JSON.stringify(e.message)}`).join("; "));
  }, (text) => JSON.stringify({ ...JSON.parse(text), runs: [{ tool: 3 }] }));
}

// Mermaid cleans labels with a DOM, which has to be there before it is loaded; other packages take it for a browser.
const { JSDOM } = await import("jsdom");
const { window } = new JSDOM("<!doctype html><body></body>");
globalThis.window = window;
globalThis.document = window.document;
for (const name of ["Element", "HTMLElement", "SVGElement", "Node", "DOMParser", "DocumentFragment", "HTMLTemplateElement", "NodeFilter"]) {
  globalThis[name] ??= window[name];
}
const { default: mermaid } = await import("mermaid");
const flowchart = exported("mermaid");
await validate("Mermaid flowchart", flowchart, (text) => mermaid.parse(text), (text) => text + "\nnonsense --> --> [");
await validate("Mermaid sequence", exported("sequence", "--of", flow), (text) => mermaid.parse(text), (text) => text + "\n->>->> :");

for (const line of failed) console.error(`error: ${line}`);
console.log(`official validators: ${passed} passed, ${failed.length} failed`);
process.exit(failed.length ? 1 : 0);
