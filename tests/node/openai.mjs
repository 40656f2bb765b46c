// A conversation of two turns through OpenAI's client, the second streamed.
// Usage: node openai.mjs BASE_URL KEY QUESTION FOLLOW_UP; prints what it was told as JSON.
import OpenAI from "openai";

const [baseURL, apiKey, question, followUp] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const models = [];
for await (const model of client.models.list()) models.push(model.id);
const missing = await client.chat.completions
  .create({ model: "another", messages: [{ role: "user", content: question }] })
  .then(() => "", (error) => error.code);

const messages = [{ role: "user", content: question }];
const first = await client.chat.completions.create({ model: "malmoi", messages });
const said = first.choices[0].message;
messages.push(said, { role: "user", content: followUp });

let text = "", chunks = 0, annotations = [];
for await (const chunk of await client.chat.completions.create({ model: "malmoi", messages, stream: true })) {
  chunks += 1;
  const delta = chunk.choices[0]?.delta ?? {};
  text += delta.content ?? "";
  annotations = delta.annotations ?? annotations;
}
const turns = [{ text: said.content, annotations: said.annotations }, { text, annotations, chunks }];
console.log(JSON.stringify({ models, missing, turns }));
