#!/usr/bin/env bash
# Holds every export against its format's own parser, schema or validator. Usage: official-validators.sh PROGRAM
# Leaves itself out, and says so, where there is no npm or no registry. SPDX is checked where Python can have its tools;
# Structurizr's own parser is in no registry that packages come from here, so its text is checked by our tests alone.
set -euo pipefail
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)

left_out() { echo "note: $1; the test with the official validators is left out" >&2; exit 0; }
command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1 || left_out "no npm here"

# The packages are large, so they are kept with what else was built.
folder=${CARGO_TARGET_DIR:-$here/../../../target}/validators
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cp "$here/official-validators.mjs" "$folder/"
(cd "$folder" && echo '{"type": "module"}' > package.json \
  && timeout 400 npm install --silent --no-audit --no-fund --ignore-scripts mermaid@12 jsdom@26 @hpcc-js/wasm-graphviz@1 plantuml-parser@0.4 \
    @cyclonedx/cyclonedx-library@10 ajv@8 ajv-formats@3 ajv-formats-draft2019@1 @backstage/catalog-model@1 yaml@2 @readme/openapi-parser@9 @asyncapi/parser@3 \
    @microsoft/sarif-multitool-linux@5 >/dev/null 2>&1) \
  || left_out "the validators could not be fetched"

# Outside of this repository, which would be read in place of the folder.
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
mkdir -p "$made/shop/orders" "$made/shop/site"
cat > "$made/shop/docker-compose.yml" <<'YAML'
services:
  site:
    build: ./site
    environment:
      ORDERS_URL: http://orders:3000
  orders:
    build: ./orders
    environment:
      DATABASE_URL: postgres://orders-db:5432/orders
  orders-db:
    image: postgres:17
  "odd \"name\" [x] --> y; end":
    image: redis:7
YAML
printf 'FROM node:24\nCMD ["node", "server.js"]\n' | tee "$made/shop/orders/Dockerfile" > "$made/shop/site/Dockerfile"
printf '{"name": "orders", "version": "1.0.0",\n "license": "MIT", "dependencies": {"express": "5.1.0", "pg": "8.16.0", "openai": "5.0.0", "stripe": "18.0.0", "kafkajs": "2.2.4"}}\n' > "$made/shop/orders/package.json"
printf '{"name": "site", "version": "1.0.0",\n "dependencies": {"express": "5.1.0"}}\n' > "$made/shop/site/package.json"
cat > "$made/shop/orders/server.js" <<'JS'
const express = require('express');
const { Pool } = require('pg');
const { Kafka } = require('kafkajs');
const producer = new Kafka({ brokers: [process.env.KAFKA_BROKERS] }).producer();
const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const app = express();
app.post('/orders/:id', async (q, r) => { await pool.query('insert into orders values (1)'); r.json({}); });
app.get('/orders', async (q, r) => { await producer.send({ topic: 'orders.listed', messages: [{ value: 'x' }] }); r.json([]); });
app.listen(3000);
JS
cat > "$made/shop/site/server.js" <<'JS'
const app = require('express')();
app.post('/buy', async (q, r) => { await fetch(process.env.ORDERS_URL + '/orders/1', { method: 'POST' }); r.json({}); });
app.listen(80);
JS
# Files in a circle are a finding.
printf "import { b } from './b.js';\nexport const a = () => b();\n" > "$made/shop/orders/a.js"
printf "import { a } from './a.js';\nexport const b = () => a();\n" > "$made/shop/orders/b.js"
"$program" scan "$made/shop" --workspace "$made/workspace" --quiet >/dev/null 2>&1
(cd "$folder" && node official-validators.mjs "$program" "$made/workspace" orders "site POST /buy")

if command -v python3 >/dev/null 2>&1 && python3 -m venv "$folder/spdx" >/dev/null 2>&1 \
  && timeout 200 "$folder/spdx/bin/pip" install --quiet spdx-tools==0.8.* >/dev/null 2>&1; then
  "$program" export --format spdx --workspace "$made/workspace" --output "$made/packages.spdx.json" >/dev/null
  "$folder/spdx/bin/pyspdxtools" --infile "$made/packages.spdx.json" >/dev/null
  echo "official validator of SPDX: 1 passed, 0 failed"
else
  echo "note: no Python or no tools of SPDX here; its export was not checked" >&2
fi
