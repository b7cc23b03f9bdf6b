// A GraphQL server over a published schema, for contracts.py: it validates each query as the real one does and answers
// with invented values of the right types.
//   node graphql.js PORT SCHEMA...   (NODE_PATH names a folder with graphql, @graphql-tools/schema and @graphql-tools/mock)
// Several schemas are one: a later one may extend the types of an earlier one.
const fs = require('fs');
const http = require('http');
const { graphql } = require('graphql');
const { makeExecutableSchema } = require('@graphql-tools/schema');
const { addMocksToSchema } = require('@graphql-tools/mock');

const [port, ...files] = process.argv.slice(2);
let n = 0;
const mocks = {
  ID: () => `id-${n += 1}`,
  DateTime: () => '2026-01-05T10:00:00.000Z',
  Date: () => '2026-02-01',
  TimelessDate: () => '2026-02-01',
  JSONObject: () => ({}),
  PageInfo: () => ({ hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null }),
};
const sources = files.map((file) => fs.readFileSync(file, 'utf8'));
// What tells the two services apart, and which of several types a thing of GitHub is.
const linear = {
  Team: () => ({ key: 'ENG' }),
  Issue: () => ({ identifier: `ENG-${n += 1}` }),
  WorkflowState: () => ({ name: 'Doing', type: 'started' }),
  Project: () => ({ trashed: false }),
  Initiative: () => ({ trashed: false }),
};
const github = {
  Repository: () => ({ nameWithOwner: 'acme/shop' }),
  Node: () => ({ __typename: 'ProjectV2' }),
  ProjectV2: () => ({ number: n += 1 }),
  Issue: () => ({ number: n += 1 }),
  Actor: () => ({ __typename: 'User' }),
  GitObject: () => ({ __typename: 'Commit' }),
  ProjectV2ItemContent: () => ({ __typename: 'Issue' }),
  ProjectV2ItemFieldValue: () => ({ __typename: 'ProjectV2ItemFieldSingleSelectValue' }),
  ProjectV2FieldConfiguration: () => ({ __typename: 'ProjectV2SingleSelectField' }),
  ProjectV2SingleSelectField: () => ({ name: 'Status' }),
  IssueTimelineItems: () => ({ __typename: 'ProjectV2ItemStatusChangedEvent' }),
  StatusCheckRollupContext: () => ({ __typename: (n += 1) % 2 ? 'CheckRun' : 'StatusContext' }),
  App: () => ({ slug: 'other-ci' }),
};
Object.assign(mocks, sources.some((source) => /^type ProjectV2\b/m.test(source)) ? github : linear);
// Any other scalar is a text.
for (const source of sources) {
  for (const [, name] of source.matchAll(/^scalar (\w+)/gm)) mocks[name] = mocks[name] || (() => 'text');
}
// A published schema may define a field twice, which is not ours to judge; queries are validated all the same.
const schema = addMocksToSchema({ schema: makeExecutableSchema({ typeDefs: sources, assumeValidSDL: true }), mocks });

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
