import { eq } from "drizzle-orm";
import { inScope } from "#db/client";
import { environments } from "#db/schema/environments";
import { fillFleet } from "#e2e/bench/fill-fleet";
import { firstLoads } from "#e2e/bench/first-load";
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
  return [...rows, ...firstLoadRows(command)];
}

/** Of all pages the five largest, the one in the middle and the smallest. */
function firstLoadRows(command: string): BenchRow[] {
  const pages = firstLoads();
  const named = (what: string, at: number) => {
    const page = pages.at(at);
    if (!page) throw new Error("the build has no pages");
    const name = `first-load JavaScript of ${pages.length} pages, ${what}: ${page.route}`;
    return { name, value: page.kib, unit: "KiB gz", command };
  };
  return [
    ...["largest", "second", "third", "fourth", "fifth"].map(named),
    named("in the middle", Math.floor(pages.length / 2)),
    named("smallest", -1),
  ];
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
