// Asks through the TypeScript client, compiled.
// Usage: node client.mjs MODULE URL KEY QUESTION SLOW_URL CUT_URL SLOW_QUESTION; prints what it was told as JSON.
const [module, url, key, question, slowUrl, cutUrl, slowQuestion] = process.argv.slice(2);
const { ApiError, Malmoi } = await import(module);

const malmoi = new Malmoi(url, { key });
const answer = await malmoi.ask({ question, keep: true });
const opened = await malmoi.openPassage(answer.citations[0]);
const found = await malmoi.search(question, { limit: 3 });
await malmoi.rate(answer.turn, 1);

const streamed = [];
for await (const event of malmoi.stream({ question })) streamed.push(event.type);

const refused = await new Malmoi(url, { key: "mm_wrong" }).ask({ question })
  .then(() => null, (error) => [error instanceof ApiError, error.status, error.code]);

const resumed = [];
for await (const event of new Malmoi(cutUrl).stream({ question: slowQuestion })) resumed.push(event.type);

const aborting = new AbortController();
let aborted = "";
try {
  for await (const event of new Malmoi(slowUrl).stream({ question: slowQuestion }, aborting.signal)) {
    if (event.type === "passages") aborting.abort();
  }
} catch (error) {
  aborted = error.name;
}
console.log(JSON.stringify({ answer, opened, found: found.length, streamed, refused, resumed, aborted }));
