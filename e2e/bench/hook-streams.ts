import { Agent, get } from "node:http";
import { writtenAt } from "#e2e/bench/hook-nodes";
import type { BenchWorld } from "#e2e/bench/world";
import type { Id } from "#lib/domain/id";
import type { HookRunsPage } from "#lib/schemas/environment-view";

/** A line of a hook's log: when it was written, when the stream told of it, when it had been read. */
type SeenLine = { environmentId: Id<"environment">; atMs: number; toldMs: number; readMs: number };

/** As pages do it: hints of one moment are one change. */
const gatherMs = 250;

/**
 * Opens streams as the portal's pages do, each on its share of the environments, and reads the runs of an
 * environment's hooks when the stream tells of them, as its page does: alone when a script has written something,
 * with all of the environment when that has changed. Gives what was seen of its lines.
 */
export async function watchLogs(
  world: BenchWorld,
  input: {
    cookies: readonly string[];
    streams: number;
    environmentIds: readonly Id<"environment">[];
  },
): Promise<{ seen: SeenLine[]; failed: () => number; close: () => void }> {
  const { origin } = world.ingot;
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const place = { tenant: world.tenant, project: world.project };
  const seen: SeenLine[] = [];
  let [isOpen, failed] = [true, 0];

  async function open(index: number): Promise<void> {
    const cookie = input.cookies[index % input.cookies.length] ?? "";
    const ids = input.environmentIds.filter((_, at) => at % input.streams === index);
    const readers = new Map<string, () => void>();
    for (const id of ids) {
      const read = readerOf(id, cookie);
      readers.set(`environment:${id}`, () => read("/"));
      readers.set(`hooks:${id}`, () => read("/hook-runs"));
    }
    const query = new URLSearchParams(place);
    for (const topic of readers.keys()) query.append("topic", topic);
    return new Promise((ready, refused) => {
      get(`${origin}/api/live?${query}`, { agent, headers: { cookie } }, (answer) => {
        if (answer.statusCode !== 200) return refused(new Error(`refused: ${answer.statusCode}`));
        ready();
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (piece: string) => {
          text += piece;
          const lines = text.split("\n");
          text = lines.pop() ?? "";
          for (const each of lines) readers.get(each.replace(/^data: /, ""))?.();
        });
        answer.on("error", () => {});
      }).on("error", refused);
    });
  }

  /** Reads of one environment what its page does on a hint; gives the function that takes a hint. */
  function readerOf(
    environmentId: Id<"environment">,
    cookie: string,
  ): (what: "/" | "/hook-runs") => void {
    const told: number[] = [];
    let [isGathering, lastMs] = [false, 0];
    let wanted: "/" | "/hook-runs" = "/hook-runs";

    async function read(): Promise<void> {
      isGathering = false;
      const path = `/api/environments/${environmentId}${wanted === "/" ? "" : wanted}`;
      wanted = "/hook-runs";
      const askedMs = Date.now();
      const url = `${origin}${path}?${new URLSearchParams(place)}`;
      const answer = await fetch(url, { headers: { cookie } });
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
      const of = (await answer.json()) as { hookRuns: HookRunsPage["runs"] } | HookRunsPage;
      const runs = "hookRuns" in of ? of.hookRuns : of.runs;
      const readMs = Date.now();
      for (const atMs of runs.flatMap(({ scripts }) =>
        scripts.flatMap(({ log }) => writtenAt(log)),
      )) {
        if (atMs <= lastMs) continue;
        lastMs = atMs;
        // Of several hints since, the last one that came before it was asked.
        const own = told.filter((each) => each >= atMs && each <= askedMs).at(-1) ?? readMs;
        seen.push({ environmentId, atMs, toldMs: own, readMs });
      }
    }

    return (what) => {
      if (what === "/") wanted = what;
      told.push(Date.now());
      if (told.length > 50) told.shift();
      if (isGathering) return;
      isGathering = true;
      setTimeout(() => {
        if (!isOpen) return;
        read().catch(() => {
          failed += 1;
        });
      }, gatherMs);
    };
  }

  await Promise.all(Array.from({ length: input.streams }, (_, index) => open(index)));
  return {
    seen,
    failed: () => failed,
    close: () => {
      isOpen = false;
      agent.destroy();
    },
  };
}
