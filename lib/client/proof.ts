import type { Proof } from "#lib/domain/access/second-factor";

// Between an act that asks for a fresh proof and the one dialog that gets it.

export type ProofRequest = { by: readonly Proof[]; answer: (proved: boolean) => void };

let asked: ProofRequest | undefined;
const listeners = new Set<() => void>();

function replace(next: ProofRequest | undefined) {
  asked = next;
  for (const listener of listeners) listener();
}

/**
 * Has the person at the page prove that it is they; false when they turn back. Of two acts at once the
 * second waits for the same proof. Who has nothing to show is not asked.
 */
export function askForProof(by: readonly Proof[]): Promise<boolean> {
  if (by.length === 0) return Promise.resolve(false);
  return new Promise((resolve) => {
    const earlier = asked;
    let isAnswered = false;
    replace({
      by,
      answer: (proved) => {
        // What comes late, as from a window that was left open, must not answer who asks by then.
        if (isAnswered) return;
        isAnswered = true;
        replace(undefined);
        earlier?.answer(proved);
        resolve(proved);
      },
    });
  });
}

/** What the dialog shows; undefined while nothing is asked. */
export const proofAsked = () => asked;

export function onProofAsked(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
