import type { Database } from "#db/client";
import {
  type ControllerLookRow,
  endRetired,
  findLookBefore,
  type LookBefore,
  listWatchedControllers,
  writeLook,
} from "#db/queries/controller-looks";
import { loadHealthSettings } from "#db/queries/health-rule-settings";
import type { Log } from "#lib/config/log";
import type { ControllerLook } from "#lib/domain/health/controller-conditions";
import { observeController, rememberedOf } from "#lib/domain/health/controller-watch";
import type { Id } from "#lib/domain/id";
import { newEntries } from "#lib/domain/node/controller-log";
import { sensorSample } from "#lib/domain/telemetry/sensor-metric";
import { type Controller, ControllerError, type Sensors } from "#lib/ports/controller";
import type { Controllers } from "#lib/worker/controllers";
import { slotOf } from "#lib/worker/scrapers/schedule";

export type ControllerWatcher = {
  /** Begins the looks that are due; they go on when it has returned. Never throws. */
  tick: () => Promise<void>;
  /** Looks at one controller now, if it may be looked at; false where it did not answer. */
  look: (nodeId: Id<"node">) => Promise<boolean>;
  /** Waits for the looks under way. */
  settled: () => Promise<void>;
};

/** How often it is read whose controllers may be looked at. */
const refreshMs = 15_000;
/** The logs are read with every so many looks. */
const looksPerLog = 5;
/** How long a controller that does not answer is left alone at most. */
const longestRestMs = 5 * 60_000;

type Turn = { dueMs: number; failures: number; busy: boolean };

/**
 * Looks at the controllers of all nodes at rest, each in its own moment of the interval, `atOnce` at
 * the same time: reads the sensors, and every fifth time the logs; keeps what they say, and has the
 * node's health follow. Orders nothing. What an operation may be using is left alone, and what refused
 * a sign-in or shows another certificate until an operator has seen to it.
 *
 * What is remembered of a controller is in the database, so a worker that takes over goes on where
 * another ended; no entry of a log counts twice.
 */
export function controllerWatcher(input: {
  db: Database;
  controllers: Pick<Controllers, "open">;
  /** Whether this worker is the one that looks. */
  isLeader: () => boolean;
  intervalMs: number;
  atOnce?: number;
  now?: () => number;
  log: Log;
}): ControllerWatcher {
  const { db, controllers, isLeader, intervalMs, atOnce = 8, now = Date.now, log } = input;
  const turns = new Map<Id<"node">, Turn>();
  const running = new Set<Promise<void>>();
  let refreshAtMs = 0;

  async function refresh(): Promise<void> {
    const present = new Set(await listWatchedControllers(db));
    for (const nodeId of turns.keys()) if (!present.has(nodeId)) turns.delete(nodeId);
    for (const nodeId of present) {
      if (turns.has(nodeId)) continue;
      turns.set(nodeId, { dueMs: nextTurn(nodeId, now()), failures: 0, busy: false });
    }
    await endRetired(db);
  }

  /** The next moment that is the node's own. */
  function nextTurn(nodeId: Id<"node">, afterMs: number): number {
    const own = slotOf(nodeId, intervalMs);
    return Math.floor((afterMs - own) / intervalMs + 1) * intervalMs + own;
  }

  function begin(nodeId: Id<"node">, turn: Turn): void {
    turn.busy = true;
    const looking = look(nodeId)
      .then((answers) => {
        turn.failures = answers ? 0 : turn.failures + 1;
      })
      .catch((error) => log.error({ error, nodeId }, "a controller could not be watched"))
      .then(() => {
        const restMs =
          turn.failures === 0 ? 0 : Math.min(longestRestMs, 2 ** turn.failures * 30_000);
        turn.dueMs = nextTurn(nodeId, now() + Math.max(0, restMs - intervalMs));
        turn.busy = false;
        running.delete(looking);
      });
    running.add(looking);
  }

  async function look(nodeId: Id<"node">): Promise<boolean> {
    const before = await findLookBefore(db, nodeId);
    if (!before) return true;
    const told = await ask(before);
    await keep(before, told);
    return told.silence === null;
  }

  async function ask(before: LookBefore): Promise<Told> {
    const { nodeId } = before;
    let controller: Controller;
    try {
      controller = await controllers.open(nodeId, routine);
    } catch (error) {
      return toldBy(error);
    }
    const told: Told = { sensors: null, logs: null, silence: null, error: null };
    try {
      told.sensors = await controller.sensors();
      if (areLogsDue(before.look)) told.logs = await controller.logs();
      return told;
    } catch (error) {
      // What came before it failed is as good as ever.
      return { ...toldBy(error), sensors: told.sensors };
    }
  }

  function areLogsDue(look: ControllerLookRow | null): boolean {
    const everyMs = (looksPerLog - 0.5) * intervalMs;
    return !look?.logsAt || now() - look.logsAt.getTime() >= everyMs;
  }

  async function keep(before: LookBefore, told: Told): Promise<void> {
    const triedAt = new Date(now());
    const was = before.look;
    const read = told.logs && newEntries(was?.logCursor ?? {}, told.logs);
    const silentSince = told.silence === null ? null : (was?.silentSince ?? triedAt);
    const look: ControllerLook = {
      supplies: told.sensors?.supplies ?? null,
      readings: told.sensors?.readings ?? null,
      fresh: read?.fresh ?? null,
      silentSinceMs: silentSince?.getTime() ?? null,
    };
    const settings = await loadHealthSettings(db);
    const rules = rememberedOf(was?.watch ?? {}, before.open);
    const { watch, changes } = observeController(rules, look, triedAt.getTime(), settings);
    const sample = told.sensors && sensorSample(told.sensors.readings);
    await writeLook(db, before, {
      look: {
        ...{ nodeId: before.nodeId, triedAt, silentSince, watch, error: told.error },
        sensorsAt: told.sensors ? triedAt : (was?.sensorsAt ?? null),
        logsAt: told.logs ? triedAt : (was?.logsAt ?? null),
        logCursor: read?.cursor ?? was?.logCursor ?? {},
        errorSince: told.error === null ? null : (was?.errorSince ?? triedAt),
      },
      sample: sample && Object.values(sample).some((value) => value !== null) ? sample : null,
      changes,
    });
  }

  return {
    look,
    async tick() {
      if (!isLeader()) {
        turns.clear();
        refreshAtMs = 0;
        return;
      }
      if (now() >= refreshAtMs) {
        refreshAtMs = now() + refreshMs;
        await refresh();
      }
      const due = [...turns].filter(([, turn]) => !turn.busy && turn.dueMs <= now());
      due.sort(([, a], [, b]) => a.dueMs - b.dueMs);
      for (const [nodeId, turn] of due) {
        if (running.size >= atOnce) return;
        begin(nodeId, turn);
      }
    },
    async settled() {
      await Promise.all(running);
    },
  };
}

/** Asked every minute: of its exchanges only those that failed are worth keeping. */
const routine = { operationId: null, step: null, isRoutine: true } as const;

/** What one look came to, before it is compared with the one before. */
type Told = {
  sensors: Sensors | null;
  logs: Awaited<ReturnType<Controller["logs"]>> | null;
  /** Why it did not answer at all; null when it did. */
  silence: string | null;
  /** Why something could not be read, in words; null when all of it was. */
  error: string | null;
};

/** What a failure tells. Throws what is no controller's failure. */
function toldBy(error: unknown): Told {
  if (!(error instanceof ControllerError)) throw error;
  const told: Told = { sensors: null, logs: null, silence: null, error: error.message };
  switch (error.failure) {
    case "unreachable":
    case "timeout":
      return { ...told, silence: error.message };
    // It answers, and has no such thing: nothing is wrong with it.
    case "unsupported":
      return { ...told, error: null };
    default:
      return told;
  }
}
