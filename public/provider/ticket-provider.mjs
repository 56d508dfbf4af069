// A provider that keeps a list of what runs (a small CMDB) and opens a ticket for each launch, which
// waits until a person has closed it. A ticket is a file in TICKETS/open; who has worked on it moves it
// to TICKETS/closed. Put your own ticket system in the place of `openTicket` and `isClosed`.
//
//   TICKETS=tickets TLS_KEY=key.pem TLS_CERT=cert.pem SECRET_FILE=secret node ticket-provider.mjs
//
// A hook after the nodes are taken opens the ticket. A hook after the release notes that the
// environment is gone, and takes a ticket back that nobody has closed. A hook behind an action notes in
// the list what was pressed.

import { access, mkdir, readdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { again, done, serveProvider } from "./ingot-provider.mjs";

const { TICKETS = "tickets", AGAIN_SECONDS = "30" } = process.env;
const openTickets = path.join(TICKETS, "open");
const closedTickets = path.join(TICKETS, "closed");
await mkdir(openTickets, { recursive: true });
await mkdir(closedTickets, { recursive: true });

/** Opens a ticket; opened twice it is the same one. @param {string} number @param {object} about */
async function openTicket(number, about) {
  if (await isClosed(number)) return;
  await writeFile(path.join(openTickets, `${number}.json`), `${JSON.stringify(about, null, 2)}\n`);
}

/** @param {string} number */
async function isClosed(number) {
  return access(path.join(closedTickets, `${number}.json`)).then(
    () => true,
    () => false,
  );
}

await serveProvider({
  async deploy(question, { records }) {
    const { environment, tenant, project, nodes, inputs, hook } = question;
    const item = await records.read(environment.id);
    // Ours from before, when we died after we took a number and before we answered.
    let ticket = item.value?.ticket;
    if (!ticket) {
      // Two that want a number at once: one of them is told that it is stale, and takes the next.
      const last = await records.read("last-ticket");
      const number = (last.value ?? 0) + 1;
      await records.write("last-ticket", last.version, number);
      ticket = `OPS-${number}`;
      const about = { ticket, state: "runs", environment, tenant, project, nodes, inputs };
      await records.write(environment.id, item.version, about);
    }
    if (await isClosed(ticket)) return done({ ticket }, { log: `${ticket} is closed.` });
    await openTicket(ticket, { ticket, hook, environment: environment.name, tenant, inputs });
    const isNew = question.state === null;
    return again(Number(AGAIN_SECONDS), `${ticket} is open`, {
      state: { ticket },
      ...(isNew ? { log: `${ticket} was opened.` } : {}),
    });
  },

  async destroy({ environment }, { records }) {
    const { version, value } = await records.read(environment.id);
    if (!value) return done({}, { log: "It is not in the list." });
    const { ticket } = value;
    await rename(
      path.join(openTickets, `${ticket}.json`),
      path.join(closedTickets, `${ticket}.json`),
    ).catch((error) => {
      if (error.code !== "ENOENT") throw error;
    });
    await records.write(environment.id, version, { ...value, state: "released" });
    return done({ ticket }, { log: `${environment.name} is noted as released.` });
  },

  async action({ environment, action }, { records }) {
    const { version, value } = await records.read(environment.id);
    await records.write(environment.id, version, { ...value, environment, last: action });
    return done({}, { log: `${action?.label} is noted.` });
  },

  // As if somebody had closed the ticket, so that later hooks have a number to be tried with.
  async dryRun({ event, environment }, { records }) {
    if (event !== "deploy") return done({}, { log: "A dry run: nothing is noted." });
    const last = (await records.read("last-ticket")).value ?? 0;
    return done(
      { ticket: `OPS-${last + 1}` },
      { log: `A dry run: a ticket would be opened for ${environment.name}, and waited for.` },
    );
  },

  async check() {
    return done({ open_tickets: (await readdir(openTickets)).length });
  },
});
