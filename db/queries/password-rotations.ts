import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { controllerCredentials } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { passwordRotations } from "#db/schema/password-rotations";
import { type Id, newId } from "#lib/domain/id";
import { mostRotationTries, openRotationStates } from "#lib/domain/node/rotation";
import { liveOperationStates } from "#lib/domain/operation/operation";

type Reader = Database | Transaction;
export type RotationRow = typeof passwordRotations.$inferSelect;

const isOpen = inArray(passwordRotations.state, [...openRotationStates]);

/** The change of a node's password that has not come to an end; only the worker may read it whole. */
export async function findOpenRotation(
  db: Reader,
  nodeId: Id<"node">,
): Promise<RotationRow | undefined> {
  const [row] = await db
    .select()
    .from(passwordRotations)
    .where(and(eq(passwordRotations.nodeId, nodeId), isOpen));
  return row;
}

export type RotationLine = {
  /** When the controller was last given a new password by Ingot. */
  changedAt: Date | null;
  /** Why neither of two passwords works; null while that is not so. */
  unresolved: string | null;
};

/** What is known of the changes of a node's password, without the passwords. */
export async function findRotationLine(db: Reader, nodeId: Id<"node">): Promise<RotationLine> {
  const { state, endedAt, reason } = passwordRotations;
  const rows = await db
    .select({ state, endedAt, reason })
    .from(passwordRotations)
    .where(and(eq(passwordRotations.nodeId, nodeId), inArray(state, ["committed", "unresolved"])))
    .orderBy(desc(passwordRotations.startedAt))
    .limit(20);
  return {
    changedAt: rows.find((row) => row.state === "committed")?.endedAt ?? null,
    unresolved: rows.find((row) => row.state === "unresolved")?.reason ?? null,
  };
}

/** Whether the operation that began a change still goes on: then the change is its alone. */
export async function isRotationHeld(db: Reader, rotation: RotationRow): Promise<boolean> {
  const [row] = await db
    .select({ id: operations.id })
    .from(operations)
    .where(
      and(
        eq(operations.id, rotation.operationId),
        inArray(operations.state, [...liveOperationStates]),
      ),
    );
  return row !== undefined;
}

/** True while an operation has sent a node's controller a new password and does not know yet what came of it. */
export async function isBeingRotated(tx: Transaction, nodeId: Id<"node">): Promise<boolean> {
  const rows = await tx
    .select({ id: passwordRotations.id })
    .from(passwordRotations)
    .innerJoin(operations, eq(operations.id, passwordRotations.operationId))
    .where(
      and(
        eq(passwordRotations.nodeId, nodeId),
        eq(passwordRotations.state, "sent"),
        inArray(operations.state, [...liveOperationStates]),
      ),
    );
  return rows.length > 0;
}

/** The changes that an operation has begun, the latest first. */
export async function listRotationsOf(
  db: Reader,
  operationId: Id<"operation">,
): Promise<RotationRow[]> {
  return db
    .select()
    .from(passwordRotations)
    .where(eq(passwordRotations.operationId, operationId))
    .orderBy(desc(passwordRotations.startedAt), desc(passwordRotations.id));
}

/** Keeps a new password before anything is sent. One that was kept and never sent is dropped for it. */
export async function prepareRotation(
  db: Database,
  input: { nodeId: Id<"node">; operationId: Id<"operation">; sealed: string },
): Promise<Id<"passwordRotation">> {
  const id = newId("passwordRotation");
  await db.transaction(async (tx) => {
    await tx
      .update(passwordRotations)
      .set({ state: "taken_back", sealed: null, endedAt: sql`now()`, reason: "It was never sent." })
      .where(
        and(eq(passwordRotations.nodeId, input.nodeId), eq(passwordRotations.state, "prepared")),
      );
    await tx.insert(passwordRotations).values({ id, ...input });
  });
  return id;
}

/** From here on it is not known which password works. */
export async function markRotationSent(db: Reader, id: Id<"passwordRotation">): Promise<void> {
  await db
    .update(passwordRotations)
    .set({ state: "sent" })
    .where(and(eq(passwordRotations.id, id), eq(passwordRotations.state, "prepared")));
}

/** Counts a sign-in before it is made; false when there have been too many. */
export async function countRotationTry(db: Reader, id: Id<"passwordRotation">): Promise<boolean> {
  const rows = await db
    .update(passwordRotations)
    .set({ tries: sql`${passwordRotations.tries} + 1` })
    .where(and(eq(passwordRotations.id, id), lt(passwordRotations.tries, mostRotationTries)))
    .returning({ id: passwordRotations.id });
  return rows.length === 1;
}

/** A sign-in that was counted was not judged: the controller was busy, or away. */
export async function discountRotationTry(db: Reader, id: Id<"passwordRotation">): Promise<void> {
  await db
    .update(passwordRotations)
    .set({ tries: sql`${passwordRotations.tries} - 1` })
    .where(eq(passwordRotations.id, id));
}

export async function noteNewRefused(db: Reader, id: Id<"passwordRotation">): Promise<void> {
  await db.update(passwordRotations).set({ newRefused: true }).where(eq(passwordRotations.id, id));
}

/** The new password works: from here on it is the one in use. False when the change had been ended. */
export async function commitRotation(db: Database, rotation: RotationRow): Promise<boolean> {
  return db.transaction(async (tx) => {
    const ended = await end(tx, rotation.id, "committed", null);
    if (!ended || rotation.sealed === null) return false;
    await tx
      .update(controllerCredentials)
      .set({
        sealed: rotation.sealed,
        version: sql`${controllerCredentials.version} + 1`,
        state: "good",
        changedAt: sql`now()`,
      })
      .where(eq(controllerCredentials.nodeId, rotation.nodeId));
    return true;
  });
}

/** The password before it works: the new one is forgotten. */
export async function takeBackRotation(
  db: Database,
  rotation: RotationRow,
  reason: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    if (!(await end(tx, rotation.id, "taken_back", reason))) return;
    await tx
      .update(controllerCredentials)
      .set({ state: "good" })
      .where(eq(controllerCredentials.nodeId, rotation.nodeId));
  });
}

/** Neither works: both are kept, and nobody tries again until an operator says so. */
export async function leaveRotationUnresolved(
  db: Database,
  rotation: RotationRow,
  reason: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    const left = await tx
      .update(passwordRotations)
      .set({ state: "unresolved", reason })
      .where(and(eq(passwordRotations.id, rotation.id), isOpen))
      .returning({ id: passwordRotations.id });
    // An operator has entered another sign-in meanwhile: that one has been tried by nobody.
    if (left.length === 0) return;
    await tx
      .update(controllerCredentials)
      .set({ state: "rejected" })
      .where(eq(controllerCredentials.nodeId, rotation.nodeId));
  });
}

/** Ends what is open for a node, since an operator has entered another sign-in. */
export async function dropRotation(tx: Transaction, nodeId: Id<"node">): Promise<void> {
  await tx
    .update(passwordRotations)
    .set({
      state: "taken_back",
      sealed: null,
      endedAt: sql`now()`,
      reason: "An operator entered another sign-in.",
    })
    .where(and(eq(passwordRotations.nodeId, nodeId), isOpen));
}

/** Has both passwords tried again. False when there is nothing unresolved. */
export async function retryRotation(tx: Transaction, nodeId: Id<"node">): Promise<boolean> {
  const rows = await tx
    .update(passwordRotations)
    .set({ state: "sent", tries: 0, newRefused: false, reason: null })
    .where(and(eq(passwordRotations.nodeId, nodeId), eq(passwordRotations.state, "unresolved")))
    .returning({ id: passwordRotations.id });
  return rows.length > 0;
}

async function end(
  tx: Transaction,
  id: Id<"passwordRotation">,
  state: "committed" | "taken_back",
  reason: string | null,
): Promise<boolean> {
  const rows = await tx
    .update(passwordRotations)
    .set({ state, sealed: null, endedAt: sql`now()`, reason })
    .where(and(eq(passwordRotations.id, id), isOpen))
    .returning({ id: passwordRotations.id });
  return rows.length === 1;
}
