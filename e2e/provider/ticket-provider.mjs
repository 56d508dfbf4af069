// A provider in plain Node, to begin one's own with: it opens a ticket for every launch and answers
// "done" when the ticket has been worked on. Nothing but Node is needed:
//
//   TLS_KEY=key.pem TLS_CERT=cert.pem SECRET_FILE=secret PORT=8443 node ticket-provider.mjs
//
// The secret is what Ingot shows when the provider is registered. It is read from its file at every
// request, so that a renewed one counts at once.

import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const { TLS_KEY, TLS_CERT, SECRET_FILE, PORT = "8443", HOST = "127.0.0.1" } = process.env;

/** Tickets by environment. A real provider keeps them where they outlive it. */
const tickets = new Map();
/** What was answered to a key: the same question again gets the same answer, and does nothing twice. */
const answers = new Map();

const server = createServer(
  { key: readFileSync(TLS_KEY), cert: readFileSync(TLS_CERT) },
  async (request, response) => {
    if (request.method === "GET") {
      // For people: what there is.
      return send(response, 200, { tickets: [...tickets.values()] });
    }
    const body = await read(request);
    if (!isFromIngot(request, body)) return send(response, 401, { error: "who are you?" });
    const question = JSON.parse(body);
    const known = answers.get(question.key);
    if (known) return send(response, 200, known);
    const answer = { key: question.key, ...decide(question) };
    // A check is asked with one key for ever and does nothing.
    if (question.event !== "check") answers.set(question.key, answer);
    send(response, 200, answer);
  },
);

/** The one part that is about tickets. */
function decide({ event, environment, inputs, state }) {
  if (event === "check") return { answer: "done", outputs: { tickets: tickets.size } };
  if (state?.ticket) {
    const ticket = tickets.get(environment.id) ?? { ticket: state.ticket };
    ticket.status = "closed";
    return {
      answer: "done",
      outputs: { ticket: state.ticket },
      log: `${state.ticket} is closed.`,
    };
  }
  const ticket = `OPS-${tickets.size + 1}`;
  tickets.set(environment.id, { ticket, status: "open", environment: environment.name, inputs });
  return {
    answer: "again",
    after: 1,
    reason: `${ticket} is being worked on`,
    state: { ticket },
    log: `${ticket} was opened.`,
  };
}

/** Signed with our secret over the timestamp and the body, and not older than five minutes. */
function isFromIngot(request, body) {
  const timestamp = String(request.headers["ingot-timestamp"]);
  const given = Buffer.from(String(request.headers["ingot-signature"]), "hex");
  const secret = readFileSync(SECRET_FILE, "utf8").trim();
  const wanted = createHmac("sha256", secret).update(`${timestamp}\n${body}`).digest();
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  return given.length === wanted.length && timingSafeEqual(given, wanted) && age < 300;
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function send(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

server.listen(Number(PORT), HOST, () => {
  console.log(`listening on https://${HOST}:${server.address().port}/`);
});
