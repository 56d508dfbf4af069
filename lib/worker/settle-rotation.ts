import type { Database } from "#db/client";
import { findCredential } from "#db/queries/nodes";
import {
  commitRotation,
  countRotationTry,
  discountRotationTry,
  leaveRotationUnresolved,
  noteNewRefused,
  type RotationRow,
  takeBackRotation,
} from "#db/queries/password-rotations";
import { ControllerError } from "#lib/ports/controller";

export type Settled = "committed" | "taken_back";

/**
 * Finds out which of two passwords a controller takes, by signing in with each at most once, and
 * makes that one the one in use. A refusal is written down before the other is tried, so that a
 * worker that comes after a death does not repeat it. Throws `ControllerError`: `auth_failed` when
 * neither is accepted, what the controller failed with when it did not judge.
 */
export async function settleRotation(input: {
  db: Database;
  rotation: RotationRow;
  /** The one that is more likely to work: with it alone it ends without a failed sign-in. */
  first: "new" | "old";
  /** Whether a sealed sign-in is accepted; throws `ControllerError` when it was not judged. */
  signIn: (sealed: string) => Promise<boolean>;
}): Promise<Settled> {
  const { db, rotation, first } = input;
  const credential = await findCredential(db, rotation.nodeId);
  if (!credential || rotation.sealed === null) {
    throw new Error(`rotation ${rotation.id} has lost its passwords`);
  }
  const sealed = { new: rotation.sealed, old: credential.sealed };
  const isRefused = { new: rotation.newRefused, old: credential.state === "rejected" };
  for (const which of first === "new" ? (["new", "old"] as const) : (["old", "new"] as const)) {
    if (isRefused[which]) continue;
    if (!(await countRotationTry(db, rotation.id))) break;
    if (await judge(sealed[which])) {
      if (which === "old") {
        await takeBackRotation(db, rotation, "The controller still takes the password before.");
        return "taken_back";
      }
      if (await commitRotation(db, rotation)) return "committed";
      throw new ControllerError("busy", "another sign-in was entered meanwhile", {
        retryable: true,
      });
    }
    if (which === "new") await noteNewRefused(db, rotation.id);
  }
  const reason =
    "The controller takes neither the password before nor the new one; both are kept, and neither is tried again before an operator says so";
  await leaveRotationUnresolved(db, rotation, `${reason}.`);
  throw new ControllerError("auth_failed", reason, { retryable: false });

  async function judge(password: string): Promise<boolean> {
    try {
      return await input.signIn(password);
    } catch (error) {
      if (error instanceof ControllerError) await discountRotationTry(db, rotation.id);
      throw error;
    }
  }
}
