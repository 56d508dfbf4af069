import { gzipSync } from "node:zlib";
import { eq } from "drizzle-orm";
import { inScope } from "#db/client";
import { environments } from "#db/schema/environments";
import { fillFleet } from "#e2e/bench/fill-fleet";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { signedIn } from "#e2e/bench/sign-in";
import type { BenchWorld } from "#e2e/bench/world";
import { people } from "#e2e/seed";

const requestsPerSecond = 50;
const seconds = 10;

/** Pages under a steady fifty requests a second, and what each loads first. */
export async function benchPages(world: BenchWorld, command: string): Promise<BenchRow[]> {
  await fillFleet(world, 1_000);
  const operator = await signedIn(world.ingot.origin, people.operator.email, world.password);
  const member = await signedIn(world.ingot.origin, "bench@ingot.example", world.password);
  const environment = await anyEnvironment(world);
  const home = `/${world.tenant}/projects/${world.project}`;
  const rows = [
    ...(await under("fleet list of 1,000 nodes", world, "/fleet/nodes", operator, command)),
    ...(await under(
      "environment page",
      world,
      `${home}/environments/${environment}`,
      member,
      command,
    )),
  ];
  for (const [path, cookie] of [
    ["/sign-in", ""],
    ["/fleet", operator],
    ["/fleet/nodes", operator],
    ["/fleet/operations", operator],
    [`/${world.tenant}`, member],
    [home, member],
    [`${home}/environments/new`, member],
    [`${home}/environments/${environment}`, member],
  ] as const) {
    rows.push({
      name: `first-load JavaScript, ${path.replace(environment, "{id}").replace(`/${world.tenant}`, "/{tenant}").replace(`/projects/${world.project}`, "/projects/{project}")}`,
      value: await firstLoad(world.ingot.origin, path, cookie),
      unit: "KiB gz",
      command,
    });
  }
  return rows;
}

/** Sends requests at a fixed pace, whether or not earlier ones have been answered. */
async function under(
  name: string,
  world: BenchWorld,
  path: string,
  cookie: string,
  command: string,
): Promise<BenchRow[]> {
  const took: number[] = [];
  let failed = 0;
  const ask = async () => {
    const began = performance.now();
    const answer = await fetch(`${world.ingot.origin}${path}`, {
      headers: { cookie },
      redirect: "manual",
    });
    await answer.arrayBuffer();
    if (answer.status === 200) took.push(performance.now() - began);
    else failed++;
  };
  // Warm, as a portal is that people use: the processes have compiled what they run.
  for (let i = 0; i < 50; i++) await Promise.all([ask(), ask(), ask(), ask()]);
  took.length = 0;
  const under: Promise<void>[] = [];
  const total = requestsPerSecond * seconds;
  const start = performance.now();
  for (let i = 0; i < total; i++) {
    const wait = start + (i * 1_000) / requestsPerSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    under.push(ask());
  }
  await Promise.all(under);
  const row = (what: string, value: number, unit: string) => ({
    name: `${name}, ${what}`,
    value,
    unit,
    command,
  });
  return [
    row(`p50 at ${requestsPerSecond}/s`, Math.round(quantile(took, 0.5)), "ms"),
    row(`p95 at ${requestsPerSecond}/s`, Math.round(quantile(took, 0.95)), "ms"),
    ...(failed > 0 ? [row("not answered 200", failed, "requests")] : []),
  ];
}

/** The scripts that a page's HTML names for browsers of today, compressed as a server would send them. */
async function firstLoad(origin: string, path: string, cookie: string): Promise<number> {
  const html = await (await fetch(`${origin}${path}`, { headers: { cookie } })).text();
  const tags = [...html.matchAll(/<script[^>]+src="([^"]+)"[^>]*>/g)];
  const scripts = new Set(tags.flatMap(([tag, src]) => (/nomodule/i.test(tag) ? [] : [src])));
  let bytes = 0;
  for (const script of scripts) {
    if (!script) continue;
    const content = await (await fetch(new URL(script, origin))).arrayBuffer();
    bytes += gzipSync(Buffer.from(content)).length;
  }
  return Math.round(bytes / 1024);
}

async function anyEnvironment(world: BenchWorld): Promise<string> {
  return inScope(world.app.db, { tenant: "", user: "", fleet: "read" }, async (tx) => {
    const [row] = await tx
      .select({ id: environments.id })
      .from(environments)
      .where(eq(environments.state, "ready"));
    if (!row) throw new Error("the bench left no environment that runs");
    return row.id;
  });
}
