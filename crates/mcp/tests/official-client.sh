#!/usr/bin/env bash
# Speaks to `sightline mcp` with the official client from npm. Usage: official-client.sh PROGRAM
# Leaves itself out, and says so, where there is no npm or no registry.
set -euo pipefail
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)

left_out() { echo "note: $1; the test with the official MCP client is left out" >&2; exit 0; }
command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1 || left_out "no npm here"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$here/official-client.mjs" "$folder/"
(cd "$folder" && echo '{"type": "module"}' > package.json \
  && timeout 180 npm install --silent --no-audit --no-fund --ignore-scripts @modelcontextprotocol/sdk@1 >/dev/null 2>&1) \
  || left_out "the client could not be fetched"

mkdir -p "$folder/shop/orders"
cat > "$folder/shop/docker-compose.yml" <<'YAML'
services:
  orders:
    build: ./orders
    environment:
      DATABASE_URL: postgres://orders-db:5432/orders
  orders-db:
    image: postgres:17
YAML
printf 'FROM node:24\nCMD ["node", "server.js"]\n' > "$folder/shop/orders/Dockerfile"
printf '{"name": "orders", "version": "1.0.0",\n "dependencies": {"express": "5.1.0", "pg": "8.16.0"}}\n' > "$folder/shop/orders/package.json"
printf "const app = require('express')();\napp.post('/orders', (q, r) => r.json({}));\napp.listen(3000);\n" > "$folder/shop/orders/server.js"
"$program" scan "$folder/shop" --workspace "$folder/workspace" --quiet >/dev/null 2>&1
(cd "$folder" && node official-client.mjs "$program" "$folder/workspace")
