// A GraphQL server over Linear's published schema, for contracts.py: it validates each query as the real one does and
// answers with invented values of the right types.
//   node linear.js SCHEMA PORT   (NODE_PATH names a folder with graphql, @graphql-tools/schema and @graphql-tools/mock)
const fs = require('fs');
const http = require('http');
const { graphql } = require('graphql');
const { makeExecutableSchema } = require('@graphql-tools/schema');
const { addMocksToSchema } = require('@graphql-tools/mock');

const [schemaFile, port] = process.argv.slice(2);
let n = 0;
const mocks = {
  ID: () => `id-${n += 1}`,
  DateTime: () => '2026-01-05T10:00:00.000Z',
  TimelessDate: () => '2026-02-01',
  JSONObject: () => ({}),
  PageInfo: () => ({ hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null }),
  Team: () => ({ key: 'ENG' }),
  Issue: () => ({ identifier: `ENG-${n += 1}` }),
  WorkflowState: () => ({ name: 'Doing', type: 'started' }),
};
// Any other scalar is a text.
const source = fs.readFileSync(schemaFile, 'utf8');
for (const [, name] of source.matchAll(/^scalar (\w+)/gm)) mocks[name] = mocks[name] || (() => 'text');
const schema = addMocksToSchema({ schema: makeExecutableSchema({ typeDefs: source }), mocks });

http.createServer((request, response) => {
  let text = '';
  request.on('data', (part) => { text += part; });
  request.on('end', async () => {
    const { query, variables } = JSON.parse(text);
    const answer = await graphql({ schema, source: query, variableValues: variables });
    const failed = answer.errors && answer.errors.length > 0;
    response.writeHead(failed ? 400 : 200, { 'content-type': 'application/json', date: new Date().toUTCString() });
    response.end(JSON.stringify(answer));
  });
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
