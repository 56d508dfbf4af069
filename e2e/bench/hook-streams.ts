import { Agent, get } from "node:http";
import { writtenAt } from "#e2e/bench/hook-nodes";
import type { BenchWorld } from "#e2e/bench/world";
import { createPace, restMsOf } from "#lib/client/paced-reads";
import type { Id } from "#lib/domain/id";
import type { HookRunsPage } from "#lib/schemas/environment-view";

/** A line of a hook's log: when it was written, and when a viewer had it. */
export type SeenLine = { atMs: number; seenMs: number };
/** The same, and when the stream told of it. */
type ToldLine = SeenLine & { toldMs: number };

/** What viewers have seen, and how many of their reads were refused or failed. */
export type Watched<Line = SeenLine> = {
  lines: () => Promise<Line[]>;
  reads: () => { reads: number; failed: number };
  close: () => void;
};

/** As pages do it: hints of one moment are one change. */
const gatherMs = 250;

/**
 * Opens streams as the portal's pages do, one for each of these people, on some environments each, and reads of an
 * environment what its page does when the stream tells of it, as often: what scripts have written alone when one has
 * written something, all of the environment when that has changed. What pages ask for by the clock beside it is left
 * out: of several environments a person looks at one.
 */
export async function watchStreams(
  world: BenchWorld,
  viewers: readonly { cookie: string; environmentIds: readonly Id<"environment">[] }[],
): Promise<Watched<ToldLine>> {
  const { origin } = world.ingot;
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const place = { tenant: world.tenant, project: world.project };
  const seen: ToldLine[] = [];
  let [isOpen, reads, failed] = [true, 0, 0];

  async function open({ cookie, environmentIds }: (typeof viewers)[number]): Promise<void> {
    const readers = new Map<string, () => void>();
    for (const id of environmentIds) {
      const { changed, written } = readerOf(id, cookie);
      readers.set(`environment:${id}`, changed);
      readers.set(`hooks:${id}`, written);
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

  /** Gives the functions that take a hint about one environment, and read of it what its page does. */
  function readerOf(environmentId: Id<"environment">, cookie: string) {
    const told: number[] = [];
    const pace = createPace();
    let [isGathering, isChanged, lastMs] = [false, false, 0];

    async function read(path: "" | "/hook-runs", more: Record<string, string>): Promise<number> {
      const askedMs = Date.now();
      reads += 1;
      const url = `${origin}/api/environments/${environmentId}${path}`;
      const answer = await fetch(`${url}?${new URLSearchParams({ ...place, ...more })}`, {
        headers: { cookie },
      });
      if (!answer.ok) {
        await answer.body?.cancel();
        failed += 1;
        return answer.status === 429 ? restMsOf(answer) : 0;
      }
      const of = (await answer.json()) as { hookRuns: HookRunsPage["runs"] } | HookRunsPage;
      const runs = "hookRuns" in of ? of.hookRuns : of.runs;
      const seenMs = Date.now();
      for (const atMs of runs.flatMap(({ scripts }) =>
        scripts.flatMap(({ log }) => writtenAt(log)),
      )) {
        if (atMs <= lastMs) continue;
        lastMs = atMs;
        // Of several hints since, the last one that came before it was asked.
        const toldMs = told.filter((each) => each >= atMs && each <= askedMs).at(-1) ?? seenMs;
        seen.push({ atMs, toldMs, seenMs });
      }
      return 0;
    }
    const tried = async (reading: Promise<number>): Promise<number> =>
      reading.catch(() => {
        if (isOpen) failed += 1;
        return 0;
      });

    function hint(): void {
      told.push(Date.now());
      if (told.length > 50) told.shift();
      if (isGathering) return;
      isGathering = true;
      setTimeout(() => {
        isGathering = false;
        if (!isOpen) return;
        if (isChanged) void tried(read("", {}));
        else pace(() => tried(read("/hook-runs", { unfinished: "" })));
        isChanged = false;
      }, gatherMs);
    }
    return {
      written: hint,
      changed: () => {
        isChanged = true;
        hint();
      },
    };
  }

  await Promise.all(viewers.map(open));
  return {
    lines: async () => seen,
    reads: () => ({ reads, failed }),
    close: () => {
      isOpen = false;
      agent.destroy();
    },
  };
}
