import type { Database } from "#db/client";
import {
  endRetired,
  findLookBefore,
  hasRefusedUs,
  type LookBefore,
  listWatchedControllers,
  mayBeLookedAt,
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
import { nextTurns, type Turn } from "#lib/worker/reconcilers/controller-turns";
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

/**
 * Looks at the controllers of all nodes at rest, each in its own moment of the interval: reads the
 * sensors, and every fifth time the logs; keeps what they say, and has the node's health follow. Orders
 * nothing. What an operation may be using is left alone, and what refused a sign-in or shows another
 * certificate until an operator has seen to it, who is told.
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
  now?: () => number;
  log: Log;
}): ControllerWatcher {
  const { db, controllers, isLeader, intervalMs, now = Date.now, log } = input;
  const turns = new Map<Id<"node">, Turn>();
  /** When the logs of each were asked for last: those that fail wait for their turn as well. */
  const logsAskedMs = new Map<Id<"node">, number>();
  const running = new Set<Promise<void>>();
  let refreshAtMs = 0;

  async function refresh(): Promise<void> {
    const present = new Set(await listWatchedControllers(db));
    // One under way stays, or it could be begun a second time.
    for (const [nodeId, { busy }] of turns) {
      if (present.has(nodeId) || busy) continue;
      turns.delete(nodeId);
      logsAskedMs.delete(nodeId);
    }
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
    const told: Told = { sensors: null, logs: null, silence: null, refused: null, error: null };
    let controller: Controller;
    try {
      controller = await controllers.open(nodeId, routine);
    } catch (error) {
      return { ...told, ...(await failureOf(nodeId, error)) };
    }
    try {
      told.sensors = await controller.sensors();
    } catch (error) {
      Object.assign(told, await failureOf(nodeId, error));
    }
    if (told.silence !== null || told.refused !== null || !areLogsDue(before)) return told;
    // The sensors may have taken a minute, in which an operation has begun.
    if (!(await mayBeLookedAt(db, nodeId))) return told;
    logsAskedMs.set(nodeId, now());
    try {
      return { ...told, logs: await controller.logs() };
    } catch (error) {
      // It answers, and has no such thing: nothing is wrong with it.
      if (error instanceof ControllerError && error.failure === "unsupported") return told;
      const failed = await failureOf(nodeId, error);
      // Slow at its logs, it is not silent: it has just told its sensors.
      return { ...told, refused: failed.refused, error: told.error ?? failed.error };
    }
  }

  function areLogsDue({ nodeId, look }: LookBefore): boolean {
    const lastMs = Math.max(look?.logsAt?.getTime() ?? 0, logsAskedMs.get(nodeId) ?? 0);
    return now() - lastMs >= (looksPerLog - 0.5) * intervalMs;
  }

  /** What a failure tells. Throws what is no controller's failure. */
  async function failureOf(nodeId: Id<"node">, error: unknown): Promise<Failure> {
    if (!(error instanceof ControllerError)) throw error;
    const { failure, message } = error;
    const isSilent = failure === "unreachable" || failure === "timeout";
    const refusal =
      failure === "auth_failed" || failure === "certificate_changed" ? refusals[failure] : null;
    // One that was replaced meanwhile says nothing of the sign-in in use.
    const isRefused = refusal !== null && (await hasRefusedUs(db, nodeId));
    return {
      silence: isSilent ? message : null,
      refused: isRefused ? refusal : null,
      error: message,
    };
  }

  async function keep(before: LookBefore, told: Told): Promise<void> {
    const triedAt = new Date(now());
    const was = before.look;
    const read = told.logs && newEntries(was?.logCursor ?? {}, told.logs);
    const silentSince = told.silence === null ? null : (was?.silentSince ?? triedAt);
    const look: ControllerLook = {
      supplies: told.sensors?.supplies ?? null,
      readings: told.sensors?.readings ?? null,
      unread: told.sensors?.unread ?? { supplies: false, readings: false },
      refused: told.refused,
      fresh: read?.fresh ?? null,
      silentSinceMs: silentSince?.getTime() ?? null,
    };
    const settings = await loadHealthSettings(db);
    const rules = rememberedOf(was?.watch ?? {}, before.open);
    const { watch, changes, judged } = observeController(rules, look, triedAt.getTime(), settings);
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
      ...{ changes, judged },
    });
  }

  return {
    look,
    async tick() {
      if (!isLeader()) {
        turns.clear();
        logsAskedMs.clear();
        refreshAtMs = 0;
        return;
      }
      if (now() >= refreshAtMs) {
        refreshAtMs = now() + refreshMs;
        await refresh();
      }
      for (const nodeId of nextTurns(turns, intervalMs, now())) {
        const turn = turns.get(nodeId);
        if (turn) begin(nodeId, turn);
      }
    },
    async settled() {
      await Promise.all(running);
    },
  };
}

/** Asked every minute: of its exchanges only those that failed are worth keeping. */
const routine = { operationId: null, step: null, isRoutine: true } as const;

const refusals = {
  auth_failed: "it refused our sign-in",
  certificate_changed: "it shows another certificate",
} as const;

type Failure = {
  /** Why it did not answer at all; null when it did. */
  silence: string | null;
  /** Why it is not asked any more, in words; null when it may be. */
  refused: string | null;
  /** Why something could not be read, in words; null when all of it was. */
  error: string | null;
};

/** What one look came to, before it is compared with the one before. */
type Told = Failure & {
  sensors: Sensors | null;
  logs: Awaited<ReturnType<Controller["logs"]>> | null;
};
