import {
  and,
  eq,
  gt,
  inArray,
  isNotNull,
  isNull,
  lt,
  ne,
  not,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Database, Transaction } from "#db/client";
import { findAddressHolder, findMachine, movePlace } from "#db/queries/boot-places";
import { isForsaken } from "#db/queries/boot-windows";
import { announceOperation, logLine, wakeOperations } from "#db/queries/operations";
import { bootWindows } from "#db/schema/boot-windows";
import { allocations } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { racks, sites } from "#db/schema/sites";
import { noteMisplaced } from "#lib/boot/note-misplaced";
import {
  type BootFile,
  type BootStore,
  type BootWindow,
  suspiciousRequests,
  userDataTries,
} from "#lib/boot/store";
import type { BootTokenPurpose } from "#lib/domain/boot/boot-token";
import { liveOperationStates } from "#lib/domain/operation/operation";
import { stepsOf } from "#lib/domain/operation/workflow";

const hashColumns = {
  boot: bootWindows.bootTokenHash,
  seed: bootWindows.seedTokenHash,
  phone: bootWindows.phoneTokenHash,
  event: bootWindows.eventTokenHash,
  wipe: bootWindows.wipeTokenHash,
  start: bootWindows.startTokenHash,
  hook: bootWindows.hookTokenHash,
} as const satisfies Record<BootTokenPurpose, unknown>;

type Row = typeof bootWindows.$inferSelect;

/**
 * Judged by the database's clock, which is the only one that all processes share. A node that was lent
 * and is set aside is given nothing more, though a worker has yet to close its window.
 */
const isOpen = and(
  isNull(bootWindows.closedAt),
  gt(bootWindows.expiresAt, sql`now()`),
  not(isForsaken),
);
/**
 * What runs scripts asks until its node is handed over or taken back, which closes the window: hooks
 * and other nodes take their own time, and it serves nothing but scripts that are live.
 */
const isNotClosed = and(isNull(bootWindows.closedAt), not(isForsaken));
/** What an installation wrote asks for its seed once the installer has reported, never before. */
const isSeeded = and(
  isOpen,
  isNull(bootWindows.phonedHomeAt),
  or(
    and(ne(bootWindows.purpose, "install"), isNull(bootWindows.reportedAt)),
    and(eq(bootWindows.purpose, "install"), isNotNull(bootWindows.reportedAt)),
  ),
);
const isAwaited = and(isOpen, isNull(bootWindows.phonedHomeAt), isNull(bootWindows.reportedAt));
/** When a token is good, where that is not as long as its window is open. */
const stages: Partial<Record<BootTokenPurpose, SQL | undefined>> = {
  boot: isAwaited,
  seed: isSeeded,
  hook: isNotClosed,
};

/**
 * The boot windows of the database, under the role `ingot_worker`. What is taken once is taken by
 * one conditional update, so two that ask at the same moment cannot both have it. A milestone wakes
 * the operation that waits for it.
 */
export function postgresBootStore(db: Database): BootStore {
  return {
    isReachable: async () => {
      try {
        await db.execute(sql`select 1`);
        return true;
      } catch {
        return false;
      }
    },

    findOpenWindow: async (purpose, tokenHash) => {
      if (purpose === "start") return findLaterWindow(db, purpose, tokenHash);
      const [row] = await db
        .select()
        .from(bootWindows)
        .where(and(eq(hashColumns[purpose], tokenHash), stages[purpose] ?? isOpen));
      if (!row && purpose === "hook") {
        return (await findLaterWindow(db, purpose, tokenHash)) ?? findHeldWindow(db, tokenHash);
      }
      return row && windowOf(row);
    },

    findOpenWindowByMac: async (mac) => {
      const rows = await db
        .select()
        .from(bootWindows)
        .where(and(eq(bootWindows.mac, mac), isAwaited))
        .limit(2);
      const [row] = rows;
      return rows.length === 1 && row ? windowOf(row) : undefined;
    },

    findSeedWindowByPeer: async (peer) => {
      const rows = await db
        .select({ window: bootWindows, site: sites.name })
        .from(bootWindows)
        .innerJoin(nodes, eq(nodes.id, bootWindows.nodeId))
        .innerJoin(racks, eq(racks.id, nodes.rackId))
        .innerJoin(sites, eq(sites.id, racks.siteId))
        .where(
          and(
            eq(bootWindows.peerAddress, peer),
            isNotNull(bootWindows.scriptFetchedAt),
            isNotNull(bootWindows.seed),
            isSeeded,
          ),
        )
        .limit(2);
      const [row] = rows;
      if (rows.length !== 1 || !row) return undefined;
      return { ...windowOf(row.window), mac: row.window.mac, site: row.site };
    },

    findAddressHolder: (window, peer) => findAddressHolder(db, window.nodeId, peer),

    findMachine: (window) => findMachine(db, window.nodeId),

    movePlace: async (window, stage, { from, to }) => {
      const { places, isMoved } = await movePlace(db, window.id, stage, { from: from ?? null, to });
      // Where a controller reads a medium is another network.
      const isNews =
        isMoved &&
        stage !== "medium" &&
        Object.entries(window.places).some(([of, place]) => of !== "medium" && place !== to);
      if (isNews) {
        const words = `It asks from another address now, ${to}`;
        await db.transaction((tx) => logNews(tx, window, words, "info"));
      }
      return places[stage];
    },

    noteMisplaced: (window, request) =>
      db.transaction(async (tx) => {
        const count = await noteMisplaced(tx, window.id, request);
        if (count === 1) await logNews(tx, window, misplacedWords, "warning");
      }),

    noteScriptFetched: async (window, peer) => {
      await db.transaction((tx) =>
        note(tx, window, isNull(bootWindows.scriptFetchedAt), {
          scriptFetchedAt: sql`now()`,
          peerAddress: peer,
        }),
      );
    },

    noteKernelFetched: async (window) => {
      await db.transaction((tx) =>
        note(tx, window, isNull(bootWindows.kernelFetchedAt), { kernelFetchedAt: sql`now()` }),
      );
    },

    takeUserData: (window) =>
      db.transaction((tx) =>
        note(
          tx,
          window,
          and(
            isSeeded,
            isNull(bootWindows.userDataFetchedAt),
            lt(bootWindows.userDataTries, userDataTries),
          ),
          {
            userDataFetchedAt: sql`now()`,
            userDataTries: sql`${bootWindows.userDataTries} + 1`,
          },
        ),
      ),

    giveBackUserData: async (window) => {
      await db
        .update(bootWindows)
        .set({ userDataFetchedAt: null })
        .where(eq(bootWindows.id, window.id));
    },

    takePhoneHome: (window, caller) =>
      db.transaction((tx) =>
        note(tx, window, and(isOpen, isNull(bootWindows.phonedHomeAt)), {
          phonedHomeAt: sql`now()`,
          peerAddress: caller.peer,
          hostKey: caller.hostKey,
          keysPutAt: caller.tookKeys ? sql`now()` : null,
        }),
      ),

    noteNews: (window, news) =>
      db.transaction(async (tx) => {
        await tx
          .update(bootWindows)
          .set({ progress: news.words, progressAt: sql`now()` })
          .where(eq(bootWindows.id, window.id));
        if (news.keep) await logNews(tx, window, news.words, news.level);
        await tell(tx, window, news.words);
      }),

    takeReport: (window, report) =>
      db.transaction((tx) =>
        note(tx, window, and(isOpen, isNull(bootWindows.reportedAt)), {
          report,
          reportedAt: sql`now()`,
        }),
      ),

    takeInstallReport: (window, report) =>
      db.transaction((tx) =>
        note(tx, window, and(isOpen, isNull(bootWindows.reportedAt)), {
          installReport: report,
          reportedAt: sql`now()`,
        }),
      ),

    takeInspection: (window, report) =>
      db.transaction((tx) =>
        note(tx, window, and(isOpen, isNull(bootWindows.reportedAt)), {
          inspectionReport: report,
          reportedAt: sql`now()`,
        }),
      ),

    keepLog: async (window, log) => {
      await db
        .update(bootWindows)
        .set({ jobLog: log, jobLogAt: sql`now()` })
        .where(eq(bootWindows.id, window.id));
    },

    noteVoidToken: (tokenHash, request) =>
      db.transaction(async (tx) => {
        const [row] = await tx
          .update(bootWindows)
          .set({ wrongTokens: sql`${bootWindows.wrongTokens} + 1` })
          .where(or(...Object.values(hashColumns).map((column) => eq(column, tokenHash))))
          .returning();
        if (!row) return undefined;
        const { door, stage, peer } = request;
        const place = row.places[stage];
        if (place !== undefined && place !== peer) {
          const why = `it came from ${peer} with a token that is void, and that boot asked from ${place}`;
          await noteMisplaced(tx, row.id, { door, peer, why });
        }
        if (row.wrongTokens === suspiciousRequests) {
          const words = `Void boot tokens of this boot were presented ${row.wrongTokens} times`;
          await logNews(tx, windowOf(row), words, "warning");
        }
        return { nodeId: row.nodeId, count: row.wrongTokens };
      }),
  };
}

/** Writes a milestone where the condition holds, and wakes who waits for it; false when it did not. */
async function note(
  tx: Transaction,
  window: BootWindow,
  condition: SQL | undefined,
  change: Parameters<ReturnType<typeof tx.update<typeof bootWindows>>["set"]>[0],
): Promise<boolean> {
  const changed = await tx
    .update(bootWindows)
    .set(change)
    .where(and(eq(bootWindows.id, window.id), condition))
    .returning({ id: bootWindows.id });
  if (changed.length === 0) return false;
  await wakeOperations(tx, eq(operations.id, window.operationId));
  return true;
}

/** What a node says while it is waited for is what the wait is for, without a look of the worker's. */
async function tell(tx: Transaction, window: BootWindow, words: string): Promise<void> {
  const [operation] = await tx
    .update(operations)
    .set({ waitReason: words })
    .where(
      and(
        eq(operations.id, window.operationId),
        eq(operations.state, "waiting"),
        inArray(operations.step, ["install", "phone_home", "wipe_report", "inspection"]),
      ),
    )
    .returning();
  if (operation) await announceOperation(tx, operation);
}

async function logNews(
  tx: Transaction,
  window: BootWindow,
  message: string,
  level: "info" | "warning" | "error",
): Promise<void> {
  const [operation] = await tx
    .select({
      id: operations.id,
      tenantId: operations.tenantId,
      environmentId: operations.environmentId,
      nodeId: operations.nodeId,
      step: operations.step,
    })
    .from(operations)
    .where(eq(operations.id, window.operationId));
  if (operation) await logLine(tx, operation, { message, level, source: "node" });
}

/**
 * The window in which an installed system is awaited at a later start. Its token is of the window
 * it was installed in, and good while the same allocation holds the node.
 */
async function findLaterWindow(
  db: Database,
  purpose: "start" | "hook",
  tokenHash: string,
): Promise<BootWindow | undefined> {
  const installed = alias(bootWindows, "installed");
  const [row] = await db
    .select({ window: bootWindows })
    .from(installed)
    .innerJoin(allocations, eq(allocations.id, installed.allocationId))
    .innerJoin(
      bootWindows,
      and(
        eq(bootWindows.nodeId, installed.nodeId),
        eq(bootWindows.allocationId, installed.allocationId),
      ),
    )
    .where(
      and(
        eq(purpose === "start" ? installed.startTokenHash : installed.hookTokenHash, tokenHash),
        eq(installed.purpose, "install"),
        isNull(allocations.releasedAt),
        eq(bootWindows.purpose, "start"),
        purpose === "hook" ? isNotClosed : isOpen,
      ),
    );
  return row && windowOf(row.window);
}

/**
 * The window in which a system was booted whose runner stays, since hooks run scripts later, too: for as
 * long as its allocation holds the node, and through the hooks that come before a release does anything
 * to it.
 */
async function findHeldWindow(db: Database, tokenHash: string): Promise<BootWindow | undefined> {
  const isGivenBackLater = sql`exists (select from ${operations} where ${operations.nodeId} = ${bootWindows.nodeId}
    and ${operations.allocationId} = ${bootWindows.allocationId} and ${operations.kind} = 'node.reclaim'
    and ${inArray(operations.state, [...liveOperationStates])}
    and coalesce(${operations.step}, ${firstOfReclaim}) = ${firstOfReclaim})`;
  const [row] = await db
    .select({ window: bootWindows })
    .from(bootWindows)
    .innerJoin(allocations, eq(allocations.id, bootWindows.allocationId))
    .where(
      and(
        eq(bootWindows.hookTokenHash, tokenHash),
        sql`(${bootWindows.seed} ->> 'keepsRunner')::boolean`,
        or(isNull(allocations.releasedAt), isGivenBackLater),
      ),
    );
  return row && { ...windowOf(row.window), isHandedOver: true };
}

/** For whoever reads the operation's log: a tenant reads it, too, and other machines are not its business. */
const misplacedWords =
  "A request with the tokens of this boot was refused: it came from elsewhere, or from another machine. The audit log has it";

const firstOfReclaim = stepsOf("node.reclaim")[0]?.name;

function fileOf(name: string | null, sha256: string | null): BootFile | null {
  return name === null || sha256 === null ? null : { name, sha256 };
}

function diskOf(row: Row): BootWindow["disk"] {
  const file = fileOf(row.diskFile, row.diskSha256);
  return file && row.diskBytes !== null ? { ...file, unpackedBytes: row.diskBytes } : null;
}

function windowOf(row: Row): BootWindow {
  return {
    id: row.id,
    nodeId: row.nodeId,
    operationId: row.operationId,
    allocationId: row.allocationId,
    purpose: row.purpose,
    bootOrigin: row.bootOrigin,
    kernel: fileOf(row.kernelFile, row.kernelSha256),
    initrd: fileOf(row.initrdFile, row.initrdSha256),
    disk: diskOf(row),
    kernelArgs: row.kernelArgs,
    seed: row.seed,
    keys:
      row.purpose === "start" ? (row.authorizedKeys?.map((key) => key.publicKey) ?? null) : null,
    sealedInputs: row.sealedInputs,
    inspection: row.inspection,
    isAwaitedFromMedium: row.way === "cd" && row.scriptFetchedAt === null,
    isHandedOver: false,
    hasPhonedHome: row.phonedHomeAt !== null,
    places: row.places,
  };
}
