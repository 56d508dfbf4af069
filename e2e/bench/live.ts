import { randomUUID } from "node:crypto";
import { Agent, get } from "node:http";
import type { Page } from "@playwright/test";
import { sql } from "drizzle-orm";
import { inScope } from "#db/client";
import { signedInPage } from "#e2e/bench/browser";
import { childrenOf, cpuSecondsOf, memoryMib } from "#e2e/bench/process-cost";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { signedIn } from "#e2e/bench/sign-in";
import { type BenchWorld, benchViewers, startBenchWorld } from "#e2e/bench/world";
import { launchEnvironment } from "#lib/commands/launch-environment";
import type { Id } from "#lib/domain/id";

/** As many as the template's group may have. */
const nodeCount = 8;
const scrapeSeconds = 2;
const viewers = 500;
const seconds = 60;

/**
 * How long it takes from a scrape until it is drawn on an open page, and what 500 open pages cost the
 * one process of the portal that serves them: eight nodes of eight GPUs, each watched by sixty.
 */
export async function benchLive(say: (line: string) => void, command: string): Promise<BenchRow[]> {
  const world = await startBenchWorld(say, {
    INGOT_WEB_PROCESSES: "1",
    INGOT_SCRAPE_SECONDS: String(scrapeSeconds),
  });
  try {
    const { environmentId, nodeIds } = await launched(world);
    const pixels = await scrapeToPixel(world, environmentId);
    say(`${viewers} viewers`);
    const watched = await watchedByMany(world, environmentId, nodeIds);
    const row = (name: string, value: number, unit: string): BenchRow => ({
      ...{ name, value: Number(value.toFixed(1)), unit, command },
    });
    const many = `${viewers} viewers of ${nodeCount} nodes, a scrape every ${scrapeSeconds} s`;
    return [
      row("scrape to pixel, 8 GPUs, p50", quantile(pixels, 0.5), "ms"),
      row("scrape to pixel, 8 GPUs, p95", quantile(pixels, 0.95), "ms"),
      row("scrape to pixel, scrapes seen", pixels.length, "scrapes"),
      row(`${many}, portal idle before`, watched.idlePercent, "% of a core"),
      row(`${many}, portal`, watched.percent, "% of a core"),
      row(`${many}, portal's memory`, watched.memoryMib, "MiB"),
      row(`${many}, portal's memory before`, watched.memoryBeforeMib, "MiB"),
      row(`${many}, messages`, watched.messagesPerSecond, "a second"),
      row(`${many}, a message`, watched.kilobytes, "kB"),
      row(`${many}, scrape to viewer, p50`, quantile(watched.lateMs, 0.5), "ms"),
      row(`${many}, scrape to viewer, p95`, quantile(watched.lateMs, 0.95), "ms"),
    ];
  } finally {
    await world.stop();
  }
}

/** An environment that runs, and its nodes, each of which has been scraped. */
async function launched(world: BenchWorld) {
  const { launchable } = world;
  const result = await launchEnvironment(world.app.db, world.grant("environment.launch"), {
    requestKey: randomUUID(),
    name: "live",
    templateVersionId: launchable.templateVersionId,
    imageId: launchable.imageId,
    counts: { [launchable.group]: nodeCount },
    sshKeyIds: launchable.sshKeyIds,
    pastedKey: "",
  });
  if (!result.ok) throw new Error(`launch refused: ${JSON.stringify(result.refusal)}`);
  const { environmentId } = result.value;
  const limit = performance.now() + 300_000;
  for (;;) {
    const nodeIds = await inScope(
      world.app.db,
      { tenant: "", user: "", fleet: "read" },
      async (tx) => {
        const { rows } = await tx.execute<{ id: Id<"node"> }>(sql`
          select distinct s.node_id as id from gpu_samples s
          join allocations a on a.node_id = s.node_id and s.at >= a.started_at
          where a.environment_id = ${environmentId}`);
        return rows.map(({ id }) => id);
      },
    );
    if (nodeIds.length === nodeCount) return { environmentId, nodeIds };
    if (performance.now() > limit) throw new Error("the nodes of the bench are not scraped");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** From the moment a scrape was answered to the frame in which the page shows it, in ms. */
async function scrapeToPixel(
  world: BenchWorld,
  environmentId: Id<"environment">,
): Promise<number[]> {
  const { origin } = world.ingot;
  const cookie = await signedIn(origin, "bench@ingot.example", world.password);
  const { browser, page } = await signedInPage(origin, cookie);
  try {
    await page.goto(
      `${origin}/${world.tenant}/projects/${world.project}/environments/${environmentId}`,
    );
    await page.locator('canvas[data-drawn="8"]').first().waitFor({ timeout: 60_000 });
    return await watchPixels(page, seconds);
  } finally {
    await browser.close();
  }
}

/**
 * From the moment of each scrape in so many seconds to the frame in which an environment's open page shows it,
 * in ms. The page tells the moment of its newest sample; when that changes, the next frame shows the charts of it.
 */
export async function watchPixels(page: Page, forSeconds: number): Promise<number[]> {
  const newest = page.getByRole("region", { name: /^GPU telemetry/ }).locator("time");
  return newest.first().evaluate(
    (time, limitMs) =>
      new Promise<number[]>((done) => {
        const late: number[] = [];
        const panel = time.closest("section") ?? time;
        let before = time.getAttribute("datetime");
        new MutationObserver(() => {
          const at = panel.querySelector("time")?.getAttribute("datetime") ?? null;
          // What moves it by less is the page's reckoning of the server's clock, anew with each answer.
          if (at === null || Math.abs(Date.parse(at) - Date.parse(before ?? "")) < 500) return;
          before = at;
          // The first callback is before the frame that draws this, the second after it.
          requestAnimationFrame(() =>
            requestAnimationFrame(() => late.push(Date.now() - Date.parse(at))),
          );
        }).observe(panel, { subtree: true, childList: true, attributes: true });
        setTimeout(() => done(late), limitMs);
      }),
    forSeconds * 1_000,
  );
}

/** Five hundred streams on the portal, and what it takes to serve them. */
async function watchedByMany(
  world: BenchWorld,
  environmentId: Id<"environment">,
  nodeIds: readonly Id<"node">[],
) {
  const { origin } = world.ingot;
  const cookies: string[] = [];
  // One after another: many attempts at once from one address have to wait.
  for (const { email } of benchViewers) {
    cookies.push(await signedIn(origin, email, world.password));
  }
  // Its first process only starts those that serve.
  const pids = childrenOf(world.ingot.pid("web") ?? 0);
  await quiet(5_000);
  const memoryBeforeMib = memoryOf(pids);
  const idlePercent = await percentOver(pids, 10_000);

  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  let [messages, bytes, measuring] = [0, 0, false];
  const lateMs: number[] = [];
  const opened = Array.from({ length: viewers }, (_, index) => {
    const query = new URLSearchParams({ tenant: world.tenant, project: world.project });
    query.append("topic", `environment:${environmentId}`);
    query.append("topic", `charts:${environmentId}:${nodeIds[index % nodeIds.length]}:15m`);
    query.set("since", String(Date.now()));
    const headers = { cookie: cookies[index % cookies.length] ?? "" };
    return new Promise<void>((ready, failed) => {
      get(`${origin}/api/live?${query}`, { agent, headers }, (answer) => {
        if (answer.statusCode !== 200) return failed(new Error(`refused: ${answer.statusCode}`));
        ready();
        answer.setEncoding("latin1");
        answer.on("data", (text: string) => {
          if (!measuring) return;
          bytes += text.length;
          for (const [, at] of text.matchAll(/^id: (\d+)$/gm)) {
            messages += 1;
            lateMs.push(Date.now() - Number(at));
          }
        });
        answer.on("error", () => {});
      }).on("error", failed);
    });
  });
  await Promise.all(opened);
  await quiet(10_000);
  measuring = true;
  const percent = await percentOver(pids, seconds * 1_000);
  measuring = false;
  const memoryMib = memoryOf(pids);
  agent.destroy();
  return {
    ...{ idlePercent, percent, memoryBeforeMib, memoryMib, lateMs },
    messagesPerSecond: messages / seconds,
    kilobytes: bytes / Math.max(1, messages) / 1_000,
  };
}

const quiet = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function percentOver(pids: readonly number[], ms: number): Promise<number> {
  const cpuSeconds = () => pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  const [before, began] = [cpuSeconds(), performance.now()];
  await quiet(ms);
  return ((cpuSeconds() - before) * 1_000 * 100) / (performance.now() - began);
}

const memoryOf = (pids: readonly number[]) => pids.reduce((sum, pid) => sum + memoryMib(pid), 0);
