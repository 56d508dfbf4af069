import { randomInt } from "node:crypto";
import { listRotationsOf, markRotationSent, prepareRotation } from "#db/queries/password-rotations";
import { newPassword } from "#lib/domain/node/new-password";
import { mostRotationRounds } from "#lib/domain/node/rotation";
import type { WipeMeasure } from "#lib/domain/node/wipe-measure";
import { type Controller, ControllerError } from "#lib/ports/controller";
import type { NodeContext } from "#lib/worker/context";

type Rotated = Omit<WipeMeasure, "kind">;

/**
 * Gives a node's controller a new password, once per operation. The new one is kept, sealed, before
 * it is sent; it is the one in use only after a new sign-in with it was accepted. Wherever this dies,
 * the next opening of the controller finds out which of the two works (`settleRotation`).
 *
 * Gives what came of it where the controller has decided; throws `ControllerError` where it has not.
 */
export async function rotatePassword(context: NodeContext, step: string): Promise<Rotated> {
  const { db, nodeId, operation } = context;
  const controller = await context.controller(step);
  const rounds = await listRotationsOf(db, operation.id);
  if (rounds.some(({ state }) => state === "committed")) return changed(controller);
  const sent = rounds.filter(({ newRefused }) => newRefused).length;
  if (sent >= mostRotationRounds) {
    return {
      outcome: "failed",
      words: `The controller did not take a new password ${sent} times.`,
    };
  }

  const offered = await rulesOf(controller);
  if ("outcome" in offered) return offered;
  const password = newPassword(offered, randomInt);
  if (password === null) {
    const words = `The controller takes passwords of at most ${offered.maxLength} characters, too short to be safe.`;
    return { outcome: "not_offered", words };
  }
  const sealed = await context.withPassword(password);
  const id = await prepareRotation(db, { nodeId, operationId: operation.id, sealed });
  await context.hold.confirm();
  await markRotationSent(db, id);

  const refusal = await send(controller, password);
  // A controller that said no, or not now, has most likely changed nothing.
  const saidNo = refusal !== null && (!refusal.retryable || refusal.failure === "busy");
  const settled = await context.settlePassword(step, saidNo ? "old" : "new");
  if (settled === "committed") return changed(await context.controller(step));
  if (refusal === null) {
    const words = "The controller accepted a new password, and still takes the one before.";
    return { outcome: "failed", words };
  }
  if (refusal.retryable) throw refusal;
  return { outcome: "failed", words: `The controller refused a new password: ${refusal.message}` };
}

async function rulesOf(controller: Controller) {
  try {
    return await controller.passwordRules();
  } catch (error) {
    if (!(error instanceof ControllerError) || error.failure !== "unsupported") throw error;
    const words = `The controller has no way to change its password: ${error.message}.`;
    return { outcome: "not_offered", words } as const;
  }
}

/** Sends the new password; gives what the controller failed with, which does not say what it did. */
async function send(controller: Controller, password: string): Promise<ControllerError | null> {
  try {
    await controller.changePassword(password);
    return null;
  } catch (error) {
    if (error instanceof ControllerError) return error;
    throw error;
  }
}

/** Ends what was signed in with the password before. That it could not be done is said, no more. */
async function changed(controller: Controller): Promise<Rotated> {
  const words = "The controller has a new password, and accepted a sign-in with it.";
  try {
    await controller.endOtherSessions();
    return { outcome: "done", words };
  } catch (error) {
    if (!(error instanceof ControllerError) || error.retryable) throw error;
    const left = `Sessions from before could not be ended: ${error.message}.`;
    return { outcome: "done", words: `${words} ${left}` };
  }
}
