import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

// The runners of many nodes, in one process that takes little of the machine: over the same requests as
// the runner that cloud-init carries, and as often. Takes where scripts are asked for, a node each; of
// whatever script it is given it sends a line with the time every so often, until its parent says that it
// is enough. Ends with its parent.

type Told = { bases: string[]; lineSeconds: number } | "enough";

/** How often the runner looks whether its script has written something. */
const lookMs = 500;
/** How soon the runner asks again when there is no script yet. */
const askAgainMs = 2_000;

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
let isEnough = false;

process.on("disconnect", () => process.exit());
process.on("message", (told: Told) => {
  if (told === "enough") isEnough = true;
  else for (const [at, base] of told.bases.entries()) void node(base, at, told.lineSeconds);
});
// What is preloaded keeps no process alive for its channel; until it is told of nodes, nothing else does.
process.channel?.ref();
process.send?.("ready");

/** What a node does until it is told that there are no scripts any more. */
async function node(base: string, at: number, lineSeconds: number): Promise<void> {
  // Nodes do not come up in the same moment.
  await pause((at % 20) * (askAgainMs / 20));
  const runner = randomUUID();
  for (;;) {
    const { status, text } = await ask(`${base}/next`);
    if (status !== 200) return;
    const { run } = JSON.parse(text) as { run?: string };
    if (run === undefined) {
      await pause(askAgainMs);
      continue;
    }
    await ask(`${base}/${run}/script`);
    await ask(`${base}/${run}/values`);
    if ((await ask(`${base}/${run}/begin`, runner)).status !== 200) continue;
    let sent = 0;
    for (let due = Date.now(); !isEnough; due += lineSeconds * 1_000) {
      await pause(Math.max(0, due - Date.now()));
      const line = `at ${Date.now() / 1_000} of stream-${at + 1}-1: a line as long as those that programs write\n`;
      // The script writes it now; the runner sees it at its next look.
      await pause(Math.random() * lookMs);
      if ((await ask(`${base}/${run}/log/${sent}`, line)).status !== 200) break;
      sent += line.length;
    }
    await ask(`${base}/${run}/end`, JSON.stringify({ result: "exit", code: 0, outputs: "" }));
  }
}

/** One request, as often as it takes for what passes: no connection, a 5xx, too many requests. */
async function ask(url: string, body?: string): Promise<{ status: number; text: string }> {
  for (let wait = 1_000; ; wait = Math.min(10_000, wait * 2)) {
    const answer = await once(url, body).catch(() => null);
    if (answer && answer.status < 500 && answer.status !== 429) return answer;
    await pause(wait);
  }
}

function once(url: string, body?: string): Promise<{ status: number; text: string }> {
  return new Promise((answered, failed) => {
    const method = body === undefined ? "GET" : "POST";
    const sent = request(url, { agent, method, timeout: 20_000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        text += piece;
      });
      answer.on("end", () => answered({ status: answer.statusCode ?? 0, text }));
      answer.on("error", failed);
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", failed);
    sent.end(body);
  });
}
