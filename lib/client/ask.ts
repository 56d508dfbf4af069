import { unstable_rethrow } from "next/navigation";
import { askForProof } from "#lib/client/proof";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import { type Result, refuse } from "#lib/domain/result";

/**
 * Runs an action. One of weight may be answered by the question who is there: then the person at
 * the page proves it, and the action is run once more. A refusal is also made of whatever keeps it
 * from answering: a lost connection, a fault of ours. Without this the page would give way to an
 * error, and what was entered with it. Where an action leads elsewhere, as to the sign-in page, it
 * still does.
 */
export async function ask<T>(
  action: () => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  try {
    const result = await action();
    if (result.ok || result.refusal.kind !== "proof_due") return result;
    return (await askForProof(result.refusal.by)) ? await action() : result;
  } catch (error) {
    unstable_rethrow(error);
    return refuse(asRefusal(error));
  }
}

/** Why an action was refused, in words; nothing when it was done. */
export async function whyRefused(
  action: () => Promise<Result<unknown, Refusal>>,
): Promise<string | undefined> {
  const result = await ask(action);
  return result.ok ? undefined : refusalMessage(result.refusal);
}

function asRefusal(error: unknown): Refusal {
  // What fetch throws when there was no answer (https://fetch.spec.whatwg.org/#fetch-method).
  if (error instanceof TypeError) {
    return {
      kind: "not_now",
      reason: "Ingot did not answer, so it may or may not have been done.",
      advice: "Check your connection and try again: what you entered is still here.",
    };
  }
  const digest = error instanceof Error && "digest" in error ? ` (${error.digest})` : "";
  return {
    kind: "not_now",
    reason: `Something went wrong inside Ingot${digest}.`,
    advice: "Try again; if it stays so, tell whoever runs Ingot this number.",
  };
}
