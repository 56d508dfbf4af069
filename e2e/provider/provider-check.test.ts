import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { startProvider } from "#e2e/fixtures/provider-process";
import { CertificateAuthor } from "#e2e/simulator/certificate";
import { readAnswer as readAsWorker } from "#lib/domain/hook/answer";
import { providerSignature } from "#lib/drivers/http-provider/call-provider";
import { checkProvider, readAnswer } from "../../public/provider/provider-check.mjs";

// The check that an author of a provider runs: the providers that come with Ingot pass it, it reads
// answers as the worker does, and it finds each way in which one is broken.

const long = "x".repeat(20_000);

test.for([
  "<html>",
  "hello",
  "[]",
  "null",
  "{}",
  '{"key":"b","answer":"done"}',
  '{"key":"a"}',
  '{"key":"a","answer":"yes"}',
  '{"key":"a","answer":"done"}',
  '{"key":"a","answer":"done","outputs":{"n":1},"state":[1],"log":3}',
  '{"key":"a","answer":"done","outputs":[]}',
  '{"key":"a","answer":"done","outputs":null}',
  `{"key":"a","answer":"done","outputs":{"n":"${long}"}}`,
  `{"key":"a","answer":"again","after":1,"state":"${long}"}`,
  '{"key":"a","answer":"again"}',
  '{"key":"a","answer":"again","after":0}',
  '{"key":"a","answer":"again","after":"30"}',
  '{"key":"a","answer":"again","after":1e9}',
  '{"key":"a","answer":"failed"}',
  '{"key":"a","answer":"transient","reason":"later"}',
])("the check reads an answer as the worker does: %.60s", (text) => {
  expect("answer" in readAnswer(text, "a")).toBe(readAsWorker(text, "a").ok);
});

const kit = path.join(import.meta.dirname, "../../public/provider");
const check = path.join(kit, "provider-check.mjs");

/** What the check says of a provider that is a process, and what that one has made. */
async function checked(program: string, inputs: object, outputs = "") {
  const provider = await startProvider(program);
  await provider.tellSecret("s3cret");
  const made = path.join(provider.directory, "made");
  // The person who works on tickets.
  const closing = setInterval(async () => {
    for (const ticket of await readdir(path.join(made, "open")).catch(() => [])) {
      const move = rename(path.join(made, "open", ticket), path.join(made, "closed", ticket));
      await move.catch(() => {});
    }
  }, 200);
  try {
    const ran = await run(check, [
      provider.url,
      ...["--secret-file", provider.secretFile],
      ...["--certificate", path.join(provider.directory, "cert.pem")],
      ...["--inputs", JSON.stringify(inputs), "--outputs", outputs],
    ]);
    return { ...ran, made: await readdir(made).catch(() => []) };
  } finally {
    clearInterval(closing);
    await provider.stop();
  }
}

test.concurrent("the providers that come with Ingot keep every promise", async () => {
  const [tickets, volumes] = await Promise.all([
    checked("ticket-provider.mjs", {}),
    checked("volume-provider.mjs", { size_gib: 10 }, "mount"),
  ]);
  expect(tickets.output).toContain("23 kept, 0 broken, 0 not tried");
  expect(tickets.exitCode).toBe(0);
  // A volume is made at once, so there is no older turn to ask about.
  expect(volumes.output).toContain("22 kept, 0 broken, 1 not tried");
  expect(volumes).toMatchObject({ exitCode: 0, made: [] });
});

test.concurrent("so does the one in the guide", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-guide-"));
  const guide = await readFile("app/docs/guides/write-a-provider.md", "utf8");
  const [, program = ""] = /```js\n([\s\S]*?)```/.exec(guide) ?? [];
  expect(program).toContain("serveProvider");
  await cp(path.join(kit, "ingot-provider.mjs"), path.join(directory, "ingot-provider.mjs"));
  await writeFile(path.join(directory, "my.mjs"), program.replace("/export/", `${directory}/`));
  const { output, exitCode } = await checked(path.join(directory, "my.mjs"), {
    cost_centre: "4711",
  });
  expect(output).toContain("22 kept, 0 broken, 1 not tried");
  expect(exitCode).toBe(0);
  expect((await readdir(directory)).sort()).toEqual(["ingot-provider.mjs", "my.mjs"]);
  await rm(directory, { recursive: true });
});

test.concurrent("one that is done without what a hook declares is found, and what is lacking is named", async () => {
  const { output, exitCode } = await checked(
    "volume-provider.mjs",
    { size_gib: 10 },
    "mount, node",
  );
  const broken = output.split("\n").filter((line) => line.startsWith("FAIL"));
  expect(broken).toEqual([
    expect.stringMatching(/a dry run is answered +done without its outputs: node/),
    expect.stringMatching(/a launch comes to its end +done without its outputs: node/),
  ]);
  expect(exitCode).toBe(1);
});

test.concurrent("it says what it has to be told, and does nothing before", async () => {
  const { output, exitCode } = await run(check, ["http://127.0.0.1/", "--secret-file", check]);
  expect(output).toContain("Ingot asks providers over https alone.");
  expect(exitCode).toBe(2);
});

type Manners = {
  status?: number;
  signature?: boolean;
  age?: boolean;
  memory?: boolean;
  versions?: boolean;
  late?: boolean;
  events?: boolean;
  dryRuns?: boolean;
  actions?: boolean;
  nodeless?: boolean;
  page?: boolean;
};

const forged = [
  "no signature is refused",
  "another secret's signature is refused",
  "a body that was changed is refused",
];
const replayed = [
  "a replay, signed ten minutes ago, is refused",
  "a replay, signed ten minutes ahead, is refused",
];

// They wait more than they work.
test.concurrent.for<[Manners, string[]]>([
  [{}, []],
  [{ status: 302 }, ["it says how it is (check)"]],
  [{ page: true }, ["it says how it is (check)"]],
  [{ signature: false }, forged],
  [{ age: false }, replayed],
  [
    { memory: false },
    ["the same key again gets the same answer", "the same key twice at once gets the same answer"],
  ],
  [{ versions: false }, ["a version that is out of date is refused (409)"]],
  [
    { late: false },
    [
      "an action that comes after its release makes nothing (409)",
      "a launch that comes after its release makes nothing (409)",
    ],
  ],
  [{ events: false }, ["an event it does not know is not taken for another"]],
  [{ actions: false }, ["an action is answered, and with the same key alike"]],
  [{ nodeless: false }, ["a launch that got no nodes is released, without any"]],
  [{ dryRuns: false }, ["a dry run changes nothing: the launch after it is a first one"]],
])("a provider with %j is found to break %j", async ([manners, broken]) => {
  const author = await CertificateAuthor.open();
  const { pem } = await author.issue("provider", "127.0.0.1");
  const server = createServer({ key: author.keyPem, cert: pem }, provider(manners));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const found: string[] = [];
  const { failed } = await checkProvider({
    url: new URL(`https://127.0.0.1:${port}/`),
    secret: "s3cret",
    certificatePem: pem,
    inputs: {},
    waitSeconds: 60,
    tell: ({ result, promise }) => void (result === "FAIL" && found.push(promise)),
  });
  server.close();
  expect(found).toEqual(broken);
  expect(failed).toBe(broken.length);
});

/** A provider written without the SDK, with one promise of the contract broken. */
function provider(manners: Manners): RequestListener {
  const { status = 200, page = false } = manners;
  const { signature = true, age = true, memory = true } = manners;
  const { versions = true, late = true, events = true, dryRuns = true } = manners;
  const { actions = true, nodeless = true } = manners;
  const answers = new Map<string, string>();
  const turns = new Map<string, number>();
  const released = new Set<string>();
  let asked = 0;
  return async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const end = (code: number, text = "") => void response.writeHead(code).end(text);
    if (page) return end(200, "<html>");
    if (status !== 200) return end(status);
    const timestamp = String(request.headers["ingot-timestamp"]);
    const signed = providerSignature("s3cret", timestamp, body);
    if (signature && request.headers["ingot-signature"] !== signed) return end(401);
    if (age && Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return end(401);
    let question: {
      key: string;
      event: string;
      turn: number;
      environment: { id: string };
      dryRun?: boolean;
      nodes?: object[];
    };
    try {
      question = JSON.parse(body);
    } catch {
      return end(400);
    }
    const { key, event, turn } = question;
    const say = (answer: object) => JSON.stringify({ key, ...answer });
    if (event === "check") return end(200, say({ answer: "done", dryRun: true }));
    if (events && !["deploy", "destroy", "action"].includes(event)) return end(400);
    if (dryRuns && question.dryRun) return end(200, say({ answer: "done", outputs: {} }));
    const run = key.slice(0, key.lastIndexOf("."));
    if (versions && turn < (turns.get(run) ?? 0)) return end(409);
    turns.set(run, turn);
    const known = answers.get(key);
    if (memory && known) return end(200, known);
    if (event === "destroy") released.add(question.environment.id);
    else if (late && released.has(question.environment.id)) return end(409);
    if (event === "action" && !actions)
      return end(200, say({ answer: "done", outputs: [++asked] }));
    if (event === "destroy" && !nodeless && question.nodes?.length === 0) {
      return end(200, say({ answer: "failed", reason: "Which nodes?" }));
    }
    const isFirst = event === "deploy" && turn === 0;
    const answer = isFirst
      ? say({ answer: "again", after: 1, state: { asked: ++asked } })
      : say({ answer: "done", outputs: {} });
    answers.set(key, answer);
    end(200, answer);
  };
}

function run(program: string, args: string[]): Promise<{ output: string; exitCode: number }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) =>
      resolve({ output: stdout + stderr, exitCode: error ? Number(error.code) : 0 }),
    );
  });
}
