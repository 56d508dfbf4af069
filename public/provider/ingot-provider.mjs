// All that a provider of Ingot needs besides its own logic, in one file and plain Node (20.9 or newer).
// It checks that a question is Ingot's and fresh, remembers what was answered to it, refuses one that is
// out of date, and keeps records that are never overwritten unread.
//
//   import { done, serveProvider } from "./ingot-provider.mjs";
//   await serveProvider({
//     deploy: async (question) => done({ greeting: `Hello ${question.environment.name}` }),
//     destroy: async () => done(),
//   });
//
//   TLS_KEY=key.pem TLS_CERT=cert.pem SECRET_FILE=secret node my-provider.mjs
//
// `node provider-check.mjs`, beside this file, asks a provider as Ingot does and says what is wrong.

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, mkdir, open, readdir, readFile, rm, stat, unlink } from "node:fs/promises";
import { createServer } from "node:https";
import path from "node:path";

/**
 * What Ingot asks.
 * @typedef {object} Question
 * @property {string} key The same for as long as this turn is asked: the run, a full stop, the turn.
 * @property {"deploy" | "destroy" | "action"} event
 * @property {string} hook
 * @property {string} point
 * @property {number} turn Rises with each answer that Ingot has kept: the version of `state`.
 * @property {number} attempt
 * @property {true} [dryRun] An operator tries out what you would answer: nothing may be changed.
 * @property {any} state What your last answer about this environment gave, to whichever hook; null at first.
 * @property {{ id: string, name: string }} environment
 * @property {{ id: string, kind: string, state?: string, reason?: string | null }} operation At the points after its end also how it ended ("succeeded", "failed", "aborted"), and why.
 * @property {string} tenant
 * @property {string} project
 * @property {{ hostname: string, group: string }[]} nodes
 * @property {Record<string, number>} counts how many nodes were ordered, by group
 * @property {Record<string, ProfileFacts>} profiles What the groups take their nodes from, by group.
 * @property {Record<string, any>} inputs
 * @property {{ name: string, label: string, inputs: Record<string, any> }} [action] Of the event `action`: which, and what was entered.
 * @property {Record<string, Record<string, any>>} outputs What earlier hooks gave, by hook.
 * @property {Context} [context] Of the config contexts that are attached to you; absent where none is.
 */

/**
 * What a compute profile says of its nodes. Ingot hands it on and does not set it up by itself.
 * @typedef {object} ProfileFacts
 * @property {string} name
 * @property {"none" | "mig" | "time_slicing" | "mps"} gpuSharing
 * @property {"runc" | "kata"} containerRuntime
 * @property {string[]} storageClasses
 */

/**
 * What the platform team gives you with each question. Give no secret back: each is hidden in all that
 * you answer, your state too.
 * @typedef {object} Context
 * @property {Record<string, string>} variables
 * @property {Record<string, string>} secrets
 * @property {{ path: string, mode: string, content: string }[]} files
 */

/**
 * @typedef {{ answer: "done", outputs: Record<string, unknown>, state?: unknown, log?: string }
 *   | { answer: "again", after: number, reason: string, state?: unknown, log?: string }
 *   | { answer: "failed" | "transient", reason: string, log?: string }} Answer
 */

/**
 * @typedef {object} Tools
 * @property {Store} records Yours, to keep what you have made.
 * @property {AbortSignal} signal Aborted when the environment is being released meanwhile: stop soon.
 */

/** @typedef {(question: Question, tools: Tools) => Promise<Answer> | Answer} Handler */

/**
 * Answers what `deploy` or `destroy` would, and changes nothing: of the records it can only read.
 * @typedef {(question: Question, tools: { records: Pick<Store, "read"> }) => Promise<Answer> | Answer} DryHandler
 */

/**
 * The hook is done. Later hooks are given the outputs.
 * @type {(outputs?: Record<string, unknown>, more?: { state?: unknown, log?: string }) => Answer}
 */
export const done = (outputs = {}, more = {}) => ({ answer: "done", outputs, ...more });

/**
 * Not yet: ask again after so many seconds, with this state. People read the reason: what it waits for.
 * @type {(after: number, reason: string, more?: { state?: unknown, log?: string }) => Answer}
 */
export const again = (after, reason, more = {}) => ({ answer: "again", after, reason, ...more });

/**
 * No, and another try would come to no more.
 * @type {(reason: string, more?: { log?: string }) => Answer}
 */
export const failed = (reason, more = {}) => ({ answer: "failed", reason, ...more });

/**
 * Not now: Ingot tries the same question again as often as the hook says, at a release until its time is over. Nothing
 * may be left half done.
 * @type {(reason: string, more?: { log?: string }) => Answer}
 */
export const transient = (reason, more = {}) => ({ answer: "transient", reason, ...more });

const freshSeconds = 300;

/**
 * Why a request is not Ingot's, or null when it is: signed with our secret over the timestamp, a line
 * feed and the body, and not older or newer than five minutes.
 * @param {{ secret: string, timestamp: unknown, signature: unknown, body: string | Buffer, now?: number }} request
 *   `now` in milliseconds.
 * @returns {string | null}
 */
export function whyNotIngot({ secret, timestamp, signature, body, now = Date.now() }) {
  if (!secret) return "this provider has no secret yet";
  if (typeof timestamp !== "string" || typeof signature !== "string") return "it is not signed";
  const wanted = createHmac("sha256", secret).update(`${timestamp}\n`).update(body).digest();
  const given = Buffer.from(signature, "hex");
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    return "its signature is not by our secret";
  }
  const age = Math.abs(now / 1000 - Number(timestamp));
  return age < freshSeconds ? null : "it is older or newer than five minutes";
}

/** A write that was begun before somebody else's was done. Read again, and decide anew. */
export class Stale extends Error {
  /** @param {string} name */
  constructor(name) {
    super(`${name} was written by somebody else meanwhile`);
    this.name = "Stale";
  }
}

/**
 * @typedef {object} Store
 * @property {(name: string) => Promise<{ version: number, value: any }>} read
 *   Version 0 and null where there is nothing.
 * @property {(name: string, version: number, value: unknown) => Promise<number>} write
 *   Gives the new version; throws `Stale` when `version` is not the one that is there. Null removes.
 * @property {(days: number) => Promise<void>} forget Removes what was not written for so long.
 */

const dayMs = 24 * 3_600_000;

/**
 * Records of JSON in a directory: a folder for each, a file for each version. A version is written
 * beside and then linked to its name, which fails where that name is taken: so two writers never
 * overwrite each other, in one process or in several, and a crash leaves no half of one. A version
 * that was replaced stays for a day, so that a slow writer still meets it.
 * @param {string} directory
 * @returns {Store}
 */
export function openStore(directory) {
  /** @param {string} name */
  const folderOf = (name) => {
    const file = encodeURIComponent(name).replace(/^\./, "%2E");
    if (!name || file.length > 200)
      throw new Error("a record needs a name, of 200 characters at most");
    return path.join(directory, file);
  };

  /** @param {string} folder */
  async function versions(folder) {
    const files = await readdir(folder).catch(nothing);
    return files
      .map((file) => Number(/^(\d+)\.json$/.exec(file)?.[1] ?? 0))
      .filter((version) => version > 0)
      .sort((a, b) => a - b);
  }

  /** @type {Store["read"]} */
  async function read(name) {
    const folder = folderOf(name);
    const version = (await versions(folder)).at(-1) ?? 0;
    if (version === 0) return { version, value: null };
    return { version, value: JSON.parse(await readFile(fileOf(folder, version), "utf8")) };
  }

  return {
    read,

    async write(name, version, value) {
      const folder = folderOf(name);
      await mkdir(folder, { recursive: true });
      const before = await versions(folder);
      if ((before.at(-1) ?? 0) !== version) throw new Stale(name);
      const draft = path.join(folder, `.${randomUUID()}`);
      const file = await open(draft, "wx", 0o600);
      try {
        try {
          await file.writeFile(JSON.stringify(value));
          await file.sync();
        } finally {
          await file.close();
        }
        await link(draft, fileOf(folder, version + 1));
      } catch (error) {
        if (error.code === "EEXIST") throw new Stale(name);
        throw error;
      } finally {
        await unlink(draft);
      }
      for (const old of before) {
        const file = fileOf(folder, old);
        const age = Date.now() - ((await stat(file).catch(() => null))?.mtimeMs ?? 0);
        if (age > dayMs) await rm(file, { force: true });
      }
      return version + 1;
    },

    async forget(days) {
      for (const file of await readdir(directory).catch(nothing)) {
        const folder = path.join(directory, file);
        const changed = (await stat(folder)).mtimeMs;
        if (Date.now() - changed > days * dayMs) await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** @param {string} folder @param {number} version */
function fileOf(folder, version) {
  return path.join(folder, `${version}.json`);
}

/** @param {{ code?: string }} error @returns {string[]} */
function nothing(error) {
  if (error.code === "ENOENT") return [];
  throw error;
}

/** What is answered to a dry run where there is no handler for one. */
const noDryRun = done({}, { log: "A dry run: this provider was asked, and does nothing in one." });

/** How often a handler is run in all when somebody else wrote a record before it each time. */
const mostTries = 20;

const answers = ["done", "again", "failed", "transient"];
/** Longest question that is read, in bytes. */
const longestQuestion = 1024 * 1024;
/** How long an answer is remembered: far longer than Ingot asks for one. */
const rememberedDays = 30;

/** A question that is not answered: its status, and why. */
class Refused extends Error {
  /** @param {number} status @param {string} words */
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

/**
 * Makes the listener of an HTTPS server: `createServer(tls, providerListener({ … }))`.
 *
 * The same question gets the same answer and is handled once, unless that was `transient` or this
 * program died in between: a handler looks at what is there before it acts. Questions about one
 * environment are handled one after the other. A handler that throws `Stale` is run again at once, since
 * many environments may write one record. 409 is answered to a turn older than one that was
 * answered, and to a deploy or action of an environment that is being released. A handler that throws counts as
 * transient.
 * @param {{
 *   secret: () => string, directory: string, deploy: Handler, destroy: Handler, action?: Handler,
 *   check?: (tools: { records: Store }) => Promise<Answer> | Answer,
 *   dryRun?: DryHandler,
 *   say?: (line: string) => void,
 * }} provider `secret` is asked at each question, so that a renewed one counts at once. `check` answers
 *   an operator who asks how this provider is: it does nothing. `action` is asked when an action of an
 *   environment is pressed; without it those are refused. `dryRun` is asked in the place of all three in a
 *   dry run; without it, that is answered and nothing is done. Nothing of a dry run is remembered.
 * @returns {import("node:http").RequestListener}
 */
export function providerListener(provider) {
  const { secret, directory, deploy, destroy, check, dryRun, say = console.log } = provider;
  const { action = () => failed("this provider takes part in no actions") } = provider;
  const handlers = { deploy, destroy, action };
  const records = openStore(path.join(directory, "records"));
  const runs = openStore(path.join(directory, "runs"));
  const released = openStore(path.join(directory, "released"));
  /** @type {Map<string, Promise<unknown>>} the last piece of work on each environment */
  const queues = new Map();
  /** @type {Map<string, AbortController>} the deploy or action that is under way in each */
  const deploying = new Map();

  /** @param {string} place @param {() => Promise<Answer>} work */
  function inOrder(place, work) {
    const turn = (queues.get(place) ?? Promise.resolve()).then(work, work);
    queues.set(place, turn);
    const leave = () => queues.get(place) === turn && queues.delete(place);
    turn.then(leave, leave);
    return turn;
  }

  /** @param {Question} question @returns {Promise<Answer>} */
  async function answerOnce(question) {
    const { key, event, environment } = question;
    const run = key.slice(0, key.lastIndexOf("."));
    const { version, value: last } = await runs.read(run);
    if (last && question.turn < last.turn) {
      throw new Refused(409, `turn ${last.turn} of this run was answered already`);
    }
    if (last && question.turn === last.turn) return last.answer;
    if (event !== "destroy" && (await released.read(environment.id)).value) {
      throw new Refused(409, "this environment was released already");
    }
    const answer = await handled(question);
    if (answer.answer === "transient") return answer;
    try {
      await runs.write(run, version, { turn: question.turn, answer });
    } catch (error) {
      unlessStale(error);
      // Another process of ours has answered it: what that one said is what holds.
      return answerOnce(question);
    }
    return answer;
  }

  /** @param {Question} question @returns {Promise<Answer>} */
  async function handled(question) {
    const { key, event, environment } = question;
    const ending = new AbortController();
    try {
      if (event !== "destroy") deploying.set(environment.id, ending);
      const answer = await untilNotStale(ending.signal, async () =>
        handlers[event](question, { records, signal: ending.signal }),
      );
      if (!answers.includes(answer?.answer))
        throw new Error(`the handler of ${event} gave no answer`);
      return answer;
    } catch (error) {
      say(`${key}: ${error instanceof Error ? error.stack : error}`);
      if (error instanceof Stale) return transient(error.message);
      return transient("the provider met a fault; its own log says which");
    } finally {
      if (deploying.get(environment.id) === ending) deploying.delete(environment.id);
    }
  }

  /** @param {Question} question @returns {Promise<Answer>} */
  async function rehearsed(question) {
    try {
      const tools = { records: { read: records.read } };
      const answer = dryRun ? await dryRun(question, tools) : noDryRun;
      if (!answers.includes(answer?.answer))
        throw new Error("the handler of dryRun gave no answer");
      return answer;
    } catch (error) {
      say(`${question.key}: ${error instanceof Error ? error.stack : error}`);
      return transient("the provider met a fault; its own log says which");
    }
  }

  /** @param {import("node:http").IncomingMessage} request */
  async function answerTo(request) {
    if (request.method !== "POST") throw new Refused(405, "questions are POSTed");
    const body = await read(request);
    const { "ingot-timestamp": timestamp, "ingot-signature": signature } = request.headers;
    const why = whyNotIngot({ secret: secret(), timestamp, signature, body });
    if (why) throw new Refused(401, why);
    const question = parse(body);
    if (question.event === "check") {
      // The word by which Ingot knows that it may ask for a dry run.
      return { question, answer: { ...((await check?.({ records })) ?? done()), dryRun: true } };
    }
    if (question.dryRun === true) return { question, answer: await rehearsed(question) };
    const place = question.environment.id;
    if (question.event === "destroy") {
      // Before its turn comes, so that no deploy that waits begins after this.
      const { version, value } = await released.read(place);
      if (!value) await released.write(place, version, true).catch(unlessStale);
      deploying.get(place)?.abort();
    }
    return { question, answer: await inOrder(place, () => answerOnce(question)) };
  }

  const forget = () => {
    Promise.all([runs.forget(rememberedDays), released.forget(rememberedDays)]).catch((error) =>
      say(`what is old was not forgotten: ${error}`),
    );
  };
  forget();
  setInterval(forget, dayMs).unref();

  return (request, response) => {
    /** @param {number} status @param {object} value */
    const send = (status, value) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    answerTo(request).then(
      ({ question, answer }) => {
        const { key, event, hook = "", dryRun: isDry } = question;
        const what = isDry === true ? `dry ${event}` : event;
        say([key, what, hook, answer.answer, answer.reason].filter(Boolean).join(" "));
        send(200, { key, ...answer });
      },
      (error) => {
        const { status = 500, message, stack } = error;
        say(`${status}: ${status === 500 ? stack : message}`);
        send(status, { error: status === 500 ? "a fault; see the provider's log" : message });
      },
    );
  };
}

/**
 * Does it again while somebody else's write comes before its own, and throws `Stale` when that goes on.
 * @param {AbortSignal} signal
 * @param {() => Promise<Answer>} handle
 */
async function untilNotStale(signal, handle) {
  for (let tries = 1; ; tries++) {
    try {
      return await handle();
    } catch (error) {
      if (signal.aborted || tries === mostTries) throw error;
      unlessStale(error);
    }
    // Longer each time, so that of many that began at once all come to it.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 30 * tries));
  }
}

/** @param {unknown} error */
function unlessStale(error) {
  if (!(error instanceof Stale)) throw error;
}

/** @param {import("node:http").IncomingMessage} request */
async function read(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > longestQuestion) throw new Refused(413, "a question has 1 MiB at most");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @param {Buffer} body @returns {any} */
function parse(body) {
  let question;
  try {
    question = JSON.parse(body.toString("utf8"));
  } catch {
    throw new Refused(400, "it is not JSON");
  }
  const { version, key, event, environment, turn } = question ?? {};
  if (version !== 1) throw new Refused(400, "this provider knows version 1 of the contract alone");
  if (typeof key !== "string") throw new Refused(400, "it has no key");
  if (event === "check") return question;
  // What is not known is not taken for a deploy.
  if (!["deploy", "destroy", "action"].includes(event))
    throw new Refused(400, "its event is not known");
  // A mark that is not understood is not taken for none.
  if (question.dryRun !== undefined && question.dryRun !== true) {
    throw new Refused(400, "its mark of a dry run is not true");
  }
  if (typeof environment?.id !== "string" || !Number.isInteger(turn) || !key.includes(".")) {
    throw new Refused(400, "it is about no environment, or has no turn");
  }
  return question;
}

/**
 * Starts a provider by its environment variables, and says where it listens:
 * `TLS_KEY`, `TLS_CERT` and `SECRET_FILE` name files, `DATA_DIRECTORY` (`data`) is where its memory is
 * kept, `HOST` (`127.0.0.1`) and `PORT` (8443). A signal ends it when what it works on is answered.
 * @param {Pick<Parameters<typeof providerListener>[0], "deploy" | "destroy" | "action" | "check" | "dryRun">} handlers
 */
export async function serveProvider(handlers) {
  const { TLS_KEY, TLS_CERT, SECRET_FILE, DATA_DIRECTORY = "data" } = process.env;
  const { HOST = "127.0.0.1", PORT = "8443" } = process.env;
  if (!TLS_KEY || !TLS_CERT || !SECRET_FILE) {
    console.error(
      "Set TLS_KEY, TLS_CERT and SECRET_FILE to files: see the head of ingot-provider.mjs.",
    );
    process.exit(2);
  }
  const listener = providerListener({
    ...handlers,
    secret: () => readFileSync(SECRET_FILE, "utf8").trim(),
    directory: DATA_DIRECTORY,
  });
  const server = createServer(
    { key: readFileSync(TLS_KEY), cert: readFileSync(TLS_CERT) },
    listener,
  );
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(PORT), HOST, () => resolve(undefined));
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : PORT;
  console.log(`listening on https://${HOST}:${port}/`);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
  }
}
