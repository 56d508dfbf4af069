import { randomUUID } from "node:crypto";
import type { Boot } from "./boot-journal.ts";
import type { Faults } from "./faults.ts";
import { NodeNetwork } from "./node-network.ts";
import { pause, type Timing } from "./timing.ts";

/** Where the files that cloud-init writes say that scripts are asked for. */
const addressFile = "/var/lib/ingot/hooks.url";
/** Where they say what was given to the launch. */
const launchFile = "/etc/ingot/launch.json";
/** How long a runner says nothing while its script is silent. */
const silenceMs = 5_000;

/**
 * What the runner on a node does, over the same requests: ask for scripts until it is told that there are
 * none any more, begin each, send what it writes, and say how it ended. Nothing is run here: of a script
 * only lines that echo a text, echo NAME=value to the file of outputs, sleep, exit, or exit unless one number
 * is another at least are understood, and in a line $NAME of what the launch or the action gave. Rejects only
 * when the signal fires.
 */
export async function runHooks(input: {
  userData: Record<string, unknown>;
  address: string;
  timing: Timing;
  faults: Faults;
  boot: Boot;
  signal: AbortSignal;
}): Promise<void> {
  const base = addressOf(input.userData);
  if (base === undefined) return;
  const { timing, signal } = input;
  const network = new NodeNetwork({ ...input, userAgent: "Python-urllib/3.11" });
  const retry = { tries: 20, retryMs: timing.retryMs };
  const ask = async (path: string, body?: string, headers: Record<string, string> = {}) => {
    const method = body === undefined ? ("GET" as const) : ("POST" as const);
    const sent = { method, url: base + path, headers, ...(body === undefined ? {} : { body }) };
    const answer = await network.sendWithRetries(sent, retry);
    return answer instanceof Error ? { status: 0, text: "" } : answer;
  };
  const runner = randomUUID();
  for (;;) {
    const next = await ask("/next");
    if (next.status === 404 || input.faults.has("hook-runner-ended")) return;
    if (next.status !== 200) {
      await pause(timing.retryMs, signal);
      continue;
    }
    const job: Job = JSON.parse(next.text);
    if (job.run === undefined) {
      await pause(timing.retryMs, signal);
      continue;
    }
    const script = await ask(`/${job.run}/script`);
    await ask(`/${job.run}/values`);
    const heard = { "ingot-heard": String(silenceMs / 1_000) };
    if ((await ask(`/${job.run}/begin`, runner, heard)).status !== 200) {
      await pause(timing.retryMs, signal);
      continue;
    }
    const text = withValues(script.text, input.userData, job);
    await carryOut({ ...input, job, script: text, ask });
  }
}

type Job = {
  run?: string;
  attempt: number;
  seconds: number;
  action: { name: string; inputs: Record<string, unknown> } | null;
  inputs: Record<string, unknown>;
  dryRun: boolean;
};

async function carryOut(input: {
  job: Job;
  script: string;
  ask: (path: string, body: string) => Promise<{ status: number }>;
  timing: Timing;
  faults: Faults;
  signal: AbortSignal;
}): Promise<void> {
  const { job, script, ask, timing, faults, signal } = input;
  let sent = 0;
  const write = async (text: string) => {
    await ask(`/${job.run}/log/${sent}`, text);
    sent += Buffer.byteLength(text);
  };
  const end = (report: object) => ask(`/${job.run}/end`, JSON.stringify(report));
  if (faults.has("hook-never-ends")) {
    await write("waiting for something that never comes\n");
    for (let leftMs = job.seconds * 1_000; leftMs > 0; leftMs -= silenceMs) {
      await pause(Math.min(leftMs, silenceMs), signal);
      if ((await ask(`/${job.run}/log/${sent}`, "")).status === 410) return;
    }
    await end({ result: "timeout" });
    return;
  }
  if (faults.has("hook-floods")) {
    // No more of it than is left out: a simulated node spares its machine the rest.
    for (let piece = 0; piece < 4; piece++) await write("y\n".repeat(16_384));
    await end({ result: "flood" });
    return;
  }
  let outputs = "";
  let code = 0;
  for (const line of script.split("\n")) {
    const [, text, redirected] =
      /^echo "?([^">]*?)"?( *>> *"?\$INGOT_OUTPUTS"?)?$/.exec(line) ?? [];
    const exits = /^(?:\[ (\d+) -ge (\d+) \] \|\| )?exit (\d+)$/.exec(line);
    if (exits) {
      const [, is, least, exit] = exits;
      if (is !== undefined && Number(is) >= Number(least)) continue;
      code = Number(exit);
      break;
    }
    const [, seconds] = /^sleep (\d+(?:\.\d+)?)$/.exec(line) ?? [];
    if (seconds !== undefined) await pause(Number(seconds) * 1_000, signal);
    if (text === undefined) continue;
    if (redirected) outputs += `${text}\n`;
    else await write(`${text}\n`);
    await pause(timing.retryMs, signal);
  }
  await end({ result: "exit", code, outputs: faults.has("hook-forgets-outputs") ? "" : outputs });
}

function addressOf(userData: Record<string, unknown>): string | undefined {
  return fileOf(userData, addressFile)?.trim();
}

/**
 * A script with its `$NAME` replaced by what is in the file of the launch's values under that name, what an
 * input was changed to since, what was entered for the action, which attempt it is, or whether that is a dry run's.
 */
function withValues(
  script: string,
  userData: Record<string, unknown>,
  { action, attempt, dryRun, inputs: changed }: Job,
): string {
  const { context = {}, inputs = {} } = JSON.parse(fileOf(userData, launchFile) ?? "{}");
  const named = (prefix: string, given: object) =>
    Object.entries(given).map(([name, value]) => [`${prefix}_${name.toUpperCase()}`, value ?? ""]);
  const values = new Map<string, unknown>([
    ...Object.entries(context),
    ...(named("INGOT_INPUT", { ...inputs, ...changed }) as []),
    ...(named("INGOT_ACTION_INPUT", action?.inputs ?? {}) as []),
    ["INGOT_ACTION", action?.name ?? ""],
    ["INGOT_ATTEMPT", attempt],
    ["INGOT_DRY_RUN", dryRun ? "1" : ""],
  ]);
  return script.replace(/\$([A-Za-z_]\w*)/g, (whole, name) => String(values.get(name) ?? whole));
}

/** What cloud-init would write to a path; undefined when it would write nothing there. */
function fileOf({ write_files: files }: Record<string, unknown>, path: string): string | undefined {
  if (!Array.isArray(files)) return undefined;
  const file = files.find((each) => each?.path === path);
  return typeof file?.content === "string" ? file.content : undefined;
}
