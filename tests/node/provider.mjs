// A certified OpenID Connect provider on loopback: one client, and an account for whatever name is typed.
// Usage: node provider.mjs CALLBACK; prints its address on the first line.
import Provider from "oidc-provider";

const callback = process.argv[2];
const groups = { dana: ["staff", "항만과"], noor: [] };
const server = await new Promise((resolve) => {
  import("node:http").then(({ createServer }) => {
    const waiting = createServer((request, reply) => handle(request, reply));
    waiting.listen(0, "127.0.0.1", () => resolve(waiting));
  });
});
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: "malmoi", client_secret: "a-secret-between-the-two", redirect_uris: [callback] }],
  claims: { openid: ["sub"], profile: ["name", "groups"] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `${id} 님`, groups: groups[id] ?? [] }) }),
  cookies: { keys: ["only for this test"] },
  pkce: { required: () => true },
});
const handle = provider.callback();
console.log(issuer);
