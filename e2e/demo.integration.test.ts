import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { connect } from "#db/client";
import { ownerOfRunning } from "#db/embedded";
import { signedIn } from "#e2e/bench/sign-in";
import { freePort, isFree } from "#e2e/free-port";
import { people } from "#e2e/seed";
import { actorOf } from "#e2e/world/acting";

// `npm run demo` itself, as somebody at a terminal has it: all of Ingot on the production build, with the
// simulated rack.

/** The ids of all that runs for a folder, whoever started it: it is in their arguments or their settings. */
function runningFor(directory: string): string[] {
  const mentions = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8").includes(directory);
    } catch {
      return false;
    }
  };
  const isOne = (pid: string) => mentions(pid, "cmdline") || mentions(pid, "environ");
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isOne(name));
}

test("a demo that is killed while it makes its world is gone on with, signs everyone in, and ends whole", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "ingot-demo-"));
  // Postgres runs as another user, and passes through here.
  chmodSync(directory, 0o711);
  const port = await freePort();
  const settings = {
    INGOT_DATA_DIRECTORY: directory,
    INGOT_PORT: String(port),
    INGOT_BOOT_PORT: String(await freePort()),
    // How long a boot is waited for that was broken off with the rack.
    INGOT_BOOT_LIMIT_SECONDS: "30",
  };
  const begun: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const { pid = 0 } of begun) signal(pid, "SIGINT");
    await vi.waitFor(() => expect(runningFor(directory)).toEqual([]), 60_000);
    rmSync(directory, { recursive: true });
  });
  const demo = () => {
    const child = spawn(process.execPath, ["lib/launch/bootstrap.mjs", "e2e/demo.ts"], {
      env: { ...process.env, ...settings },
      stdio: ["ignore", "pipe", "pipe"],
      // What a terminal's Ctrl-C reaches, and no more.
      detached: true,
    });
    begun.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        said += text;
      });
    }
    const says = (text: string) => expect.poll(() => said, { timeout: 400_000 }).toContain(text);
    return { pid: child.pid ?? 0, ended: once(child, "exit"), says, text: () => said };
  };
  const operator = async () => {
    const url = await ownerOfRunning(path.join(directory, "demo/postgres"));
    const { db, pool } = connect({ url: url ?? "", role: "ingot_app", max: 1 });
    try {
      return (await actorOf(db, people.operator.email)).userId;
    } finally {
      await pool.end();
    }
  };

  const first = demo();
  // From here on it makes the tenant, a person at a time.
  await first.says("✓ images, profiles and templates");
  const before = await operator();
  signal(first.pid, "SIGKILL");
  await first.ended;

  const second = demo();
  await second.says("Ctrl-C stops everything.");
  expect(second.text()).toContain("Ingot is ready after");
  // Boots that were broken off with the rack are begun again; one node has lost a GPU.
  expect(second.text()).toContain("19 available, 1 not");
  expect(await operator()).toBe(before);
  const [, password = ""] = /with the password {2}(\S+)/.exec(second.text()) ?? [];
  const origin = `http://127.0.0.1:${port}`;
  for (const [who, { email }] of Object.entries(people)) {
    const cookie = await signedIn(origin, email, password);
    const home = who === "operator" || who === "watcher" ? "/fleet" : "/aurora";
    const { status } = await fetch(`${origin}${home}`, { headers: { cookie }, redirect: "manual" });
    expect([email, status]).toEqual([email, 200]);
  }

  signal(second.pid, "SIGINT");
  expect(await second.ended).toEqual([0, null]);
  expect(second.text()).toContain("Stopping.");
  expect(runningFor(directory)).toEqual([]);
  expect(await isFree("127.0.0.1", port)).toBe(true);
});

/** Reaches a program and its group, as a terminal does. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It has ended.
  }
}
