// A real OpenID provider on a free loopback port, for one test run.
//
// Prints its port as one line, then reads lines of JSON: settings that the next answers follow
// (`{"amr": ["pwd", "otp"]}`), each answered by an empty line.  It ends when its
// input does.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const settings = { amr: ["pwd"], acr: undefined };

const accounts = (_ctx, id) => ({
  accountId: id,
  claims: async () => ({ sub: id, email: `${id}@example.jp`, name: id }),
});

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;
const redirect = process.argv[2];

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "tsuzuri",
      client_secret: "a-secret-only-this-test-knows-0123456789",
      redirect_uris: [redirect],
      response_types: ["code"],
      grant_types: ["authorization_code"],
    },
  ],
  findAccount: accounts,
  pkce: { required: () => true },
  claims: { openid: ["sub", "amr", "acr"], email: ["email"], profile: ["name"] },
  cookies: { keys: ["only for this test"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
});

const answer = provider.callback();

// The provider's own pages: a login form of one field, and consent given without asking.
const interact = async (request, response) => {
  const details = await provider.interactionDetails(request, response);
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html");
    response.end(`<form id="login" method="post" action="${request.url}"><input name="account"></form>`);
    return;
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const account = new URLSearchParams(Buffer.concat(chunks).toString()).get("account");
  const grant = new provider.Grant({ accountId: account, clientId: details.params.client_id });
  grant.addOIDCScope("openid");
  const result = {
    login: { accountId: account, amr: settings.amr, acr: settings.acr },
    consent: { grantId: await grant.save() },
  };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
};

server.on("request", (request, response) => {
  if (!request.url.startsWith("/interaction/")) return answer(request, response);
  return interact(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});

console.log(port);
for await (const line of createInterface({ input: process.stdin })) {
  Object.assign(settings, JSON.parse(line));
  console.log("");
}
process.exit(0);
