// Asks a provider as Ingot does, and says of each promise of the contract whether it is kept:
//
//   node provider-check.mjs https://127.0.0.1:8443/ --secret-file secret --certificate cert.pem
//
// Exit code 0: all are; 1: one is not; 2: it was not told what to ask. Plain Node (20.9 or newer), one file.
// It asks for real: for environments called ingot-check-…, which it has removed at the end.

import { createHmac, randomBytes, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { checkServerIdentity } from "node:tls";
import { parseArgs } from "node:util";

const usage = `node provider-check.mjs https://HOST:PORT/PATH --secret-file FILE [options]

  --secret-file FILE   the secret that Ingot showed when the provider was registered
  --certificate FILE   the certificate that is trusted, as entered in Ingot; else what this machine trusts
  --inputs JSON        the inputs of the launch that it is asked about: '{"size_gib":10}'
  --outputs NAMES      what a hook that asks it declares, separated by commas: ticket,mount
  --wait SECONDS       how long an answer "again" is followed (60)`;

/** What an answer may have at most: bytes in all, characters of the JSON of its parts. */
const longest = { answer: 64 * 1024, outputs: 8_192, state: 16_384 };
/** A whole answer has to be there within this. */
const answerMs = 20_000;

/**
 * Reads an answer as Ingot does: the answer, or in words what it was instead.
 * @param {string} text
 * @param {string} key
 * @returns {{ answer: any } | { words: string }}
 */
export function readAnswer(text, key) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    const isPage = /^\s*</.test(text);
    return { words: isPage ? "a web page and not JSON" : "what is not JSON" };
  }
  if (!isRecord(body)) return { words: "what is no JSON object" };
  if (body.key === undefined) return { words: "without the request's key" };
  if (body.key !== key) return { words: "with another key than the request's" };
  const { answer, outputs = {}, state = null, after } = body;
  if (JSON.stringify(state).length > longest.state) {
    return { words: `with a state of more than ${longest.state} characters` };
  }
  if (answer === "done") {
    if (!isRecord(outputs)) return { words: "with outputs that are no JSON object" };
    if (JSON.stringify(outputs).length > longest.outputs) {
      return { words: `with outputs of more than ${longest.outputs} characters` };
    }
  } else if (answer === "again") {
    if (!(Number(after) > 0)) return { words: '"again" without saying after how many seconds' };
  } else if (answer !== "failed" && answer !== "transient") {
    return { words: 'none of "done", "again", "failed" and "transient"' };
  }
  return { answer: body };
}

/** @param {unknown} value */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A promise that is not kept, or one that could not be tried. */
class Broken extends Error {}
class NotTried extends Error {}

/**
 * Asks and judges, one promise after the other; gives what was found of each.
 * @param {{ url: URL, secret: string, certificatePem?: string, inputs: object, waitSeconds: number,
 *   outputs?: string[], tell: (result: { result: "pass" | "FAIL" | "skip", promise: string, words: string }) => void }} options
 * @returns {Promise<{ failed: number, passed: number, skipped: number }>}
 */
export async function checkProvider(options) {
  const {
    url,
    secret,
    certificatePem,
    inputs,
    waitSeconds,
    outputs: declared = [],
    tell,
  } = options;
  const counts = { passed: 0, failed: 0, skipped: 0 };

  /** @param {string} promise @param {() => Promise<string>} look gives what was seen */
  async function expect(promise, look) {
    try {
      const words = await look();
      counts.passed++;
      tell({ result: "pass", promise, words });
      return true;
    } catch (error) {
      const isSkip = error instanceof NotTried;
      counts[isSkip ? "skipped" : "failed"]++;
      tell({ result: isSkip ? "skip" : "FAIL", promise, words: error.message });
      return false;
    }
  }

  /**
   * Posts what is given and gives status and text; status 0 where we cut the connection once all is sent. Throws
   * `Broken` where there is no whole answer.
   * @param {string} body
   * @param {{ key?: string, timestamp?: number, signature?: string | null, cut?: boolean }} change
   * @returns {Promise<{ status: number, text: string }>}
   */
  async function post(body, { key = "", timestamp = seconds(), signature, cut = false }) {
    const signed = signature === undefined ? sign(secret, timestamp, body) : signature;
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const deadline = AbortSignal.timeout(answerMs);
    const headers = {
      host: url.host,
      accept: "application/json",
      "accept-encoding": "identity",
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "idempotency-key": key,
      "ingot-timestamp": String(timestamp),
      ...(signed === null ? {} : { "ingot-signature": signed }),
    };
    try {
      return await new Promise((resolve, reject) => {
        const outgoing = request({
          ...{ agent: false, method: "POST", host, port: url.port || 443, path: url.pathname },
          ...{ minVersion: "TLSv1.2", headers, ...trust(certificatePem, host) },
          signal: deadline,
        });
        outgoing.on("error", reject);
        outgoing.once("response", (response) => {
          const pieces = [];
          let bytes = 0;
          response.on("data", (piece) => {
            bytes += piece.length;
            pieces.push(piece);
            if (bytes <= longest.answer) return;
            reject(new Broken("its answer is longer than 64 KiB"));
            outgoing.destroy();
          });
          response.on("error", reject);
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() }),
          );
        });
        outgoing.end(body, () => {
          if (!cut) return;
          resolve({ status: 0, text: "" });
          outgoing.destroy();
        });
      });
    } catch (error) {
      if (deadline.aborted) throw new Broken("it gave no whole answer within 20 seconds");
      throw error instanceof Broken ? error : new Broken(`no answer: ${error.message}`);
    }
  }

  /** A question as it is sent. @param {any} about @param {object} [change] */
  function questionOf({ run, environment, event = "deploy" }, change = {}) {
    const turn = change.turn ?? 0;
    const release = event === "destroy";
    const kind = event === "action" ? "act" : release ? "release" : "launch";
    const point = event === "action" ? "on_action" : release ? "after_release" : "after_allocate";
    return {
      version: 1,
      key: `${run}.${turn}`,
      hook: "check",
      point,
      attempt: 1,
      event,
      operation: { id: newId("opr"), kind: `environment.${kind}` },
      environment,
      ...{ tenant: "ingot-check", project: "ingot-check" },
      nodes: [{ hostname: `${environment.name}-1`, group: "workers" }],
      counts: { workers: 1 },
      inputs,
      outputs: {},
      state: null,
      turn,
      ...change,
    };
  }

  /** Asks, and gives an answer that can be read. @param {any} question */
  async function ask(question) {
    const { status, text } = await post(JSON.stringify(question), question);
    if (status < 200 || status >= 300) throw new Broken(`it answered ${status}${saying(text)}`);
    const read = readAnswer(text, question.key);
    if ("words" in read) throw new Broken(`it answered ${read.words}`);
    return read.answer;
  }

  /** As a hook with retries asks: what is transient is asked again. @param {any} question */
  async function askPatiently(question) {
    for (let attempt = 1; ; attempt++) {
      const answer = await ask({ ...question, attempt });
      if (answer.answer !== "transient" || attempt === 5) return answer;
      await sleep(1_000);
    }
  }

  /**
   * Until it is done, has failed, or it took too long.
   * @param {any} about @param {any} first @param {object} [change] what its first question had besides
   */
  async function follow(about, first, change = {}) {
    let answer = first;
    const end = Date.now() + waitSeconds * 1_000;
    for (let turn = 1; answer.answer === "again"; turn++) {
      const pauseMs = Math.max(1, Number(answer.after)) * 1_000;
      if (Date.now() + pauseMs > end) {
        const what = answer.reason ? ` (“${answer.reason}”)` : "";
        throw new NotTried(`after ${waitSeconds} s it still says again${what}; see --wait`);
      }
      await sleep(pauseMs);
      answer = await askPatiently(
        questionOf(about, { ...change, turn, state: answer.state ?? null }),
      );
    }
    if (answer.answer !== "done") throw new Broken(`${answer.answer}: ${answer.reason ?? ""}`);
    return answer;
  }

  /** Whether an answer "done" has what is declared; gives all that it has. @param {{ outputs?: object }} answer */
  function given({ outputs = {} }) {
    const missing = declared.filter((name) => !Object.hasOwn(outputs, name));
    if (missing.length === 0) return `done ${JSON.stringify(outputs)}`;
    throw new Broken(`done without its outputs: ${missing.join(", ")}`);
  }

  /** @param {{ status: number, text: string }} answered @param {number} wanted */
  function refused({ status, text }, wanted) {
    if (status === wanted) return `${status}${saying(text)}`;
    throw new Broken(`it answered ${status}${saying(text)}; ${wanted} is wanted`);
  }

  const made = Array.from({ length: 4 }, newEnvironment);
  const [one, two, three, four] = made.map((environment) => ({ run: newId("hkr"), environment }));
  const stray = { run: newId("hkr"), environment: newEnvironment(), event: "destroy" };

  const check = { version: 1, key: `check.${newId("prv")}`, event: "check" };
  let knowsDryRuns = false;
  const isThere = await expect("it says how it is (check)", async () => {
    const { answer, reason, outputs, dryRun } = await ask(check);
    if (answer !== "done") throw new Broken(`${answer}: ${reason ?? ""}`);
    knowsDryRuns = dryRun === true;
    return outputs ? JSON.stringify(outputs) : "done";
  });
  if (!isThere) {
    counts.skipped++;
    const words = "it has to answer before more can be asked";
    tell({ result: "skip", promise: "everything else", words });
    return counts;
  }

  const plain = JSON.stringify(check);
  const other = JSON.stringify({ ...check, note: "changed" });
  const wrong = { "no signature": null, "another secret's signature": sign("x", seconds(), plain) };
  for (const [name, signature] of Object.entries(wrong)) {
    await expect(`${name} is refused`, async () =>
      refused(await post(plain, { key: check.key, signature }), 401),
    );
  }
  await expect("a body that was changed is refused", async () => {
    const signature = sign(secret, seconds(), plain);
    return refused(await post(other, { key: check.key, signature }), 401);
  });
  for (const [name, shift] of /** @type {const} */ ([
    ["old", -600],
    ["ahead", 600],
  ])) {
    await expect(
      `a replay, signed ten minutes ${name === "old" ? "ago" : "ahead"}, is refused`,
      async () => refused(await post(plain, { key: check.key, timestamp: seconds() + shift }), 401),
    );
  }
  await expect("a body that is not JSON is refused, as the asker's fault", async () => {
    const { status, text } = await post("{ not JSON", { key: check.key });
    if (status >= 400 && status < 500) return `${status}${saying(text)}`;
    throw new Broken(`it answered ${status}; 400 is wanted`);
  });
  await expect("an event it does not know is not taken for another", async () => {
    const question = questionOf({ ...stray, event: "deploy" }, { event: "not_known" });
    const { status, text } = await post(JSON.stringify(question), question);
    if (status >= 400 && status < 500) return `${status}${saying(text)}`;
    if (/"(failed|transient)"/.test(text)) return "it says no";
    throw new Broken(`it answered ${status}${saying(text)}; 400 is wanted`);
  });

  // Before anything is made: what a dry run had made or released would show in what follows.
  await expect("a dry run is answered", async () => {
    if (!knowsDryRuns) {
      throw new NotTried("its check does not say dryRun: true, so it is never asked for one");
    }
    const answered = await ask(questionOf(four, { dryRun: true }));
    const { answer, reason = "" } = answered;
    return answer === "done" ? given(answered) : [answer, reason].filter(Boolean).join(": ");
  });
  await expect("a dry run changes nothing: the launch after it is a first one", async () => {
    if (!knowsDryRuns) throw new NotTried("it is never asked for one");
    const dry = { dryRun: true, turn: 3, state: null };
    await ask(questionOf(four, dry));
    await ask(questionOf({ ...four, event: "destroy", run: newId("hkr") }, { dryRun: true }));
    const { answer, reason = "" } = await askPatiently(questionOf(four));
    if (answer === "done" || answer === "again") return reason || answer;
    throw new Broken(`${answer}: ${reason} (does it want other --inputs?)`);
  });

  /** @type {any} */
  let first;
  const question = questionOf(one);
  const isAnswered = await expect("a launch (deploy) is answered", async () => {
    first = await askPatiently(question);
    const { answer, reason = "" } = first;
    if (answer === "done" || answer === "again") return reason || answer;
    throw new Broken(`${answer}: ${reason} (does it want other --inputs?)`);
  });
  /** @param {string} promise @param {() => Promise<string>} look */
  const expectThen = (promise, look) =>
    expect(promise, async () => {
      if (!isAnswered) throw new NotTried("the launch was not taken up");
      return look();
    });
  await expectThen("the same key again gets the same answer", async () =>
    alike(first, await ask({ ...question, attempt: 2 })),
  );
  await expectThen("the same key twice at once gets the same answer", async () => {
    const both = [ask(questionOf(two)), ask(questionOf(two))];
    const [left, right] = await Promise.all(both);
    return alike(left, right);
  });
  await expectThen("a connection that was cut: asked again, it answers", async () => {
    const cut = questionOf(three);
    await post(JSON.stringify(cut), { key: cut.key, cut: true });
    const { answer, reason = "" } = await askPatiently(cut);
    if (answer === "done" || answer === "again") return reason || answer;
    throw new Broken(`${answer}: ${reason}`);
  });
  await expectThen("a version that is out of date is refused (409)", async () => {
    if (first.answer !== "again") throw new NotTried("it was done at the first question");
    const next = questionOf(one, { turn: 1, state: first.state ?? null });
    await askPatiently(next);
    return refused(await post(JSON.stringify(question), question), 409);
  });
  await expectThen("a launch comes to its end", async () => {
    return given(await follow(two, await askPatiently(questionOf(two))));
  });

  // A provider may take part in no actions: then it says no, as the kit does, or knows no such event.
  const press = questionOf(
    { run: newId("hkr"), environment: two.environment, event: "action" },
    { action: { name: "ingot-check", label: "Check", inputs: {} } },
  );
  await expectThen("an action is answered, and with the same key alike", async () => {
    const { status, text } = await post(JSON.stringify(press), press);
    if (status >= 400 && status < 500) {
      throw new NotTried(`it takes part in no actions: ${status}${saying(text)}`);
    }
    if (status < 200 || status >= 300) throw new Broken(`it answered ${status}${saying(text)}`);
    const read = readAnswer(text, press.key);
    if ("words" in read) throw new Broken(`it answered ${read.words}`);
    const { answer, reason = "" } = read.answer;
    // What is transient is not kept: the same question may come to more.
    if (answer !== "transient") alike(read.answer, await ask({ ...press, attempt: 2 }));
    return [answer, reason].filter(Boolean).join(": ");
  });

  await expectThen("a release (destroy) is done, in the middle of a launch too", async () => {
    for (const environment of made) {
      const about = { run: newId("hkr"), environment, event: "destroy" };
      await follow(about, await askPatiently(questionOf(about)));
    }
    return "done";
  });
  await expectThen("what is released already is released again", async () => {
    const about = { run: newId("hkr"), environment: one.environment, event: "destroy" };
    await follow(about, await askPatiently(questionOf(about)));
    return "done";
  });
  await expect("what was never there is released", async () => {
    await follow(stray, await askPatiently(questionOf(stray)));
    return "done";
  });
  await expect("a launch that got no nodes is released, without any", async () => {
    const about = { run: newId("hkr"), environment: newEnvironment(), event: "destroy" };
    const none = { nodes: [], counts: {} };
    await follow(about, await askPatiently(questionOf(about, none)), none);
    return "done";
  });
  await expectThen("an action that comes after its release makes nothing (409)", async () => {
    const late = { ...press, key: `${newId("hkr")}.0` };
    const answered = await post(JSON.stringify(late), late);
    if (/"failed"/.test(answered.text)) return "failed";
    if (answered.status === 400) throw new NotTried("it takes part in no actions");
    return refused(answered, 409);
  });
  await expectThen("a launch that comes after its release makes nothing (409)", async () => {
    const late = questionOf({ run: newId("hkr"), environment: one.environment });
    const answered = await post(JSON.stringify(late), late);
    if (/"failed"/.test(answered.text)) return "failed";
    return refused(answered, 409);
  });
  return counts;
}

/** @param {any} left @param {any} right */
function alike(left, right) {
  const part = ({ answer, outputs = {}, state = null, after = null }) =>
    JSON.stringify({ answer, outputs, state, after });
  if (part(left) === part(right)) return "the same";
  throw new Broken(`${part(left)}, then ${part(right)}`);
}

/** @param {string} secret @param {number} timestamp @param {string} body */
function sign(secret, timestamp, body) {
  return createHmac("sha256", secret).update(`${timestamp}\n${body}`).digest("hex");
}

function seconds() {
  return Math.floor(Date.now() / 1000);
}

/** Trusts as Ingot does: the certificate that was entered and no other. @param {string | undefined} pem @param {string} host */
function trust(pem, host) {
  if (pem === undefined) return {};
  const pinned = new X509Certificate(pem).fingerprint256;
  return {
    ca: [pem],
    allowPartialTrustChain: true,
    checkServerIdentity: (_, shown) =>
      shown.fingerprint256 === pinned ? undefined : checkServerIdentity(host, shown),
  };
}

/** The first of what it said. @param {string} text */
function saying(text) {
  const words = text.replaceAll(/\s+/g, " ").trim().slice(0, 80);
  return words ? ` ${words}` : "";
}

/** An id as Ingot's are: 26 letters and digits that no one mistakes. @param {string} kind */
function newId(kind) {
  const letters = "0123456789abcdefghjkmnpqrstvwxyz";
  const random = [...randomBytes(26)].map((byte) => letters[byte % 32]).join("");
  return `${kind}_${random}`;
}

function newEnvironment() {
  const id = newId("env");
  return { id, name: `ingot-check-${id.slice(-6)}` };
}

async function main() {
  /** @type {Parameters<typeof checkProvider>[0]} */
  let options;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        "secret-file": { type: "string" },
        certificate: { type: "string" },
        inputs: { type: "string", default: "{}" },
        outputs: { type: "string", default: "" },
        wait: { type: "string", default: "60" },
      },
    });
    const [address] = positionals;
    if (!address || !values["secret-file"]) throw new Error("An address and a secret are needed.");
    const url = new URL(address);
    if (url.protocol !== "https:") throw new Error("Ingot asks providers over https alone.");
    const waitSeconds = Number(values.wait);
    if (!(waitSeconds >= 0)) throw new Error("--wait is a number of seconds.");
    options = {
      url,
      secret: readFileSync(values["secret-file"], "utf8").trim(),
      certificatePem: values.certificate && readFileSync(values.certificate, "utf8"),
      inputs: JSON.parse(values.inputs),
      outputs: values.outputs
        .split(",")
        .map((name) => name.trim())
        .filter(Boolean),
      waitSeconds,
      tell: ({ result, promise, words }) =>
        console.log(`${result}  ${promise.padEnd(62)}  ${words}`.trimEnd()),
    };
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
  const { passed, failed, skipped } = await checkProvider(options);
  console.log(`\n${passed} kept, ${failed} broken, ${skipped} not tried`);
  process.exit(failed === 0 ? 0 : 1);
}

if (process.argv[1]?.endsWith("provider-check.mjs")) await main();
