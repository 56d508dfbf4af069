import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { providerSignature } from "#lib/drivers/http-provider/call-provider";
import {
  again,
  done,
  openStore,
  providerListener,
  Stale,
  transient,
  whyNotIngot,
} from "../../public/provider/ingot-provider.mjs";

// What the portal hands to those who write a provider, held against what the worker sends.

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "ingot-sdk-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const secret = "s3cret";
const body = '{"key":"ü"}';
const now = 1_790_000_000_000;
const signed = (seconds: number, by = secret) => ({
  timestamp: String(seconds),
  signature: providerSignature(by, String(seconds), body),
});

test.for([
  [signed(1_790_000_000), null],
  [signed(1_790_000_299), null],
  [signed(1_790_000_301), "it is older or newer than five minutes"],
  [signed(1_789_999_699), "it is older or newer than five minutes"],
  [signed(1_790_000_000, "other"), "its signature is not by our secret"],
  [{ ...signed(1_790_000_000), timestamp: "1790000001" }, "its signature is not by our secret"],
  [{ timestamp: "1790000000", signature: "zz" }, "its signature is not by our secret"],
  [{ timestamp: "1790000000", signature: undefined }, "it is not signed"],
] as const)("a request with %j is Ingot's, or it says why not: %s", ([headers, why]) => {
  expect(whyNotIngot({ secret, body, now, ...headers })).toBe(why);
  expect(whyNotIngot({ secret: "", body, now, ...headers })).toMatch(/no secret/);
});

test("of writers at once none overwrites what it has not read, in however many processes", async () => {
  // Each opens the directory for itself, as a process of its own would.
  const add = async () => {
    const store = openStore(path.join(directory, "sums"));
    for (;;) {
      const { version, value } = await store.read("sum");
      try {
        return await store.write("sum", version, (value ?? 0) + 1);
      } catch (error) {
        if (!(error instanceof Stale)) throw error;
      }
    }
  };
  const versions = await Promise.all(Array.from({ length: 20 }, add));
  expect(new Set(versions).size).toBe(20);
  const store = openStore(path.join(directory, "sums"));
  expect(await store.read("sum")).toEqual({ version: 20, value: 20 });
  await expect(store.write("sum", 19, 0)).rejects.toThrow("written by somebody else");
  await store.write("../escape", 0, "kept");
  expect(await store.read("../escape")).toEqual({ version: 1, value: "kept" });
  await expect(store.read("")).rejects.toThrow("needs a name");
  // What could not be written, as on a full disk, leaves no draft.
  await expect(store.write("unwritable", 0, 1n)).rejects.toThrow();
  expect(await readdir(path.join(directory, "sums/unwritable"))).toEqual([]);
});

/** A provider whose handlers a test decides, and a way to ask it. */
async function given(
  name: string,
  handlers: Partial<Parameters<typeof providerListener>[0]>,
): Promise<{ ask: (question: object) => Promise<[number, unknown]>; close: () => void }> {
  const server = createServer(
    providerListener({
      secret: () => secret,
      directory: path.join(directory, name),
      deploy: () => done(),
      destroy: () => done(),
      say: () => {},
      ...handlers,
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    async ask(question) {
      const asked = JSON.stringify({
        ...{ version: 1, event: "deploy", turn: 0, environment: { id: "env_1", name: "train" } },
        ...question,
      });
      const timestamp = String(Math.floor(Date.now() / 1000));
      const headers = {
        "ingot-timestamp": timestamp,
        "ingot-signature": providerSignature(secret, timestamp, asked),
      };
      const url = `http://127.0.0.1:${port}/`;
      const response = await fetch(url, { method: "POST", headers, body: asked });
      return [response.status, await response.json()];
    },
    close: () => server.close(),
  };
}

test("a question is handled once, also after a restart, unless its answer was transient", async () => {
  let handled = 0;
  const deploy = ({ turn }: { turn: number }) => {
    handled++;
    if (handled === 1) return transient("not now");
    if (handled === 2) throw new Error("a bug");
    return turn === 0 ? again(5, "soon", { state: { handled } }) : done({ handled });
  };
  const first = await given("once", { deploy });
  const key = "hkr_1.0";
  expect(await first.ask({ key })).toEqual([200, { key, answer: "transient", reason: "not now" }]);
  expect(await first.ask({ key })).toMatchObject([200, { answer: "transient" }]);
  const kept = [200, { key, answer: "again", after: 5, reason: "soon", state: { handled: 3 } }];
  expect(await Promise.all([first.ask({ key }), first.ask({ key })])).toEqual([kept, kept]);
  first.close();
  const second = await given("once", { deploy });
  expect(await second.ask({ key })).toEqual(kept);
  const next = { key: "hkr_1.1", turn: 1 };
  expect(await second.ask(next)).toMatchObject([200, { outputs: { handled: 4 } }]);
  expect(await second.ask({ key })).toMatchObject([
    409,
    { error: expect.stringContaining("turn 1") },
  ]);
  expect(handled).toBe(4);
  second.close();
});

test("an action is asked of its own handler; who has none refuses it, and so does what was released", async () => {
  const action = { name: "flush", label: "Flush", inputs: { depth: 3 } };
  const question = { key: "hkr_2.0", event: "action", action };
  const without = await given("without", {});
  expect(await without.ask(question)).toMatchObject([
    200,
    { answer: "failed", reason: "this provider takes part in no actions" },
  ]);
  without.close();
  const provider = await given("acts", { action: (asked) => done(asked.action?.inputs) });
  expect(await provider.ask(question)).toMatchObject([200, { outputs: { depth: 3 } }]);
  await provider.ask({ key: "hkr_3.0", event: "destroy" });
  expect(await provider.ask({ ...question, key: "hkr_4.0" })).toMatchObject([409, {}]);
  provider.close();
});

test("a dry run never comes to what acts, can read records only, and nothing of it is remembered", async () => {
  let acted = 0;
  const act = () => {
    acted++;
    return done({ acted });
  };
  const plain = await given("dry-plain", { deploy: act, destroy: act });
  const question = { key: "dcl_1.0", dryRun: true };
  const said = [200, { answer: "done", outputs: {}, log: expect.stringContaining("dry run") }];
  expect(await plain.ask({ ...question, event: "destroy" })).toMatchObject(said);
  expect(await plain.ask(question)).toMatchObject(said);
  expect(await plain.ask({ key: "check.1", event: "check" })).toMatchObject([
    200,
    { dryRun: true },
  ]);
  // A mark that is not understood is not taken for none.
  expect(await plain.ask({ ...question, dryRun: "yes" })).toMatchObject([400, {}]);
  expect(acted).toBe(0);
  // Had the release or the key been kept, this would be refused or answered alike.
  expect(await plain.ask({ key: "dcl_1.0" })).toMatchObject([200, { outputs: { acted: 1 } }]);
  plain.close();

  const own = await given("dry-own", {
    deploy: act,
    dryRun: ({ event }, { records }) => {
      if (event === "destroy") throw new Error("a bug");
      return done({ can: Object.keys(records) });
    },
  });
  expect(await own.ask(question)).toMatchObject([200, { outputs: { can: ["read"] } }]);
  expect(await own.ask({ ...question, event: "destroy" })).toMatchObject([
    200,
    { answer: "transient" },
  ]);
  own.close();
});

test("of a batch that writes one record at once each gets its turn, without being asked again", async () => {
  const provider = await given("batch", {
    async deploy({ environment }, { records }) {
      const { version, value } = await records.read("pool");
      await records.write("pool", version, { ...value, [environment.id]: 1 });
      return done({ before: Object.keys(value ?? {}).length });
    },
  });
  // Each try that fails means that another's was written: fewer than there are tries, so all come to it.
  const asked = Array.from({ length: 16 }, (_, n) =>
    provider.ask({ key: `batch${n}.0`, environment: { id: `env_${n}`, name: "train" } }),
  );
  const answers = (await Promise.all(asked)) as [number, { answer: string }][];
  expect(answers.map(([, { answer }]) => answer)).toEqual(answers.map(() => "done"));
  const { value } = await openStore(path.join(directory, "batch/records")).read("pool");
  expect(Object.keys(value)).toHaveLength(16);
  provider.close();
});

test("a release ends the launch that is under way, waits for it, and lets none begin after", async () => {
  const acts: string[] = [];
  const begun = Promise.withResolvers<void>();
  const provider = await given("release", {
    async deploy({ key }, { signal }) {
      acts.push(`${key} begins`);
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      acts.push(`${key} ends`);
      return done();
    },
    async destroy({ key }) {
      acts.push(key);
      return done();
    },
  });
  const launch = provider.ask({ key: "deploy.0" });
  await begun.promise;
  const waiting = provider.ask({ key: "other.0" });
  const release = provider.ask({ key: "destroy.0", event: "destroy" });
  expect(await launch).toMatchObject([200, { answer: "done" }]);
  expect(await release).toMatchObject([200, { answer: "done" }]);
  expect((await waiting)[0]).toBe(409);
  expect((await provider.ask({ key: "late.0" }))[0]).toBe(409);
  expect(acts).toEqual(["deploy.0 begins", "deploy.0 ends", "destroy.0"]);
  provider.close();
});

test.for([
  [{ key: "a.0", version: 2 }, "version 1"],
  [{ key: "a.0", event: "audit" }, "event"],
  [{ key: 1 }, "key"],
  [{ key: "a" }, "turn"],
  [{ key: "a.0", environment: null }, "environment"],
] as const)("%j is refused in words", async ([question, words]) => {
  const provider = await given("bad", {});
  const [status, answer] = await provider.ask(question);
  expect([status, JSON.stringify(answer)]).toEqual([400, expect.stringContaining(words)]);
  provider.close();
});
