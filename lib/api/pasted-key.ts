import type { Refusal } from "#lib/domain/refusal";
import { type Result, refuse } from "#lib/domain/result";

/** What a command says of the key that a form calls pasted, under the name that callers send it by. */
export function underPublicKey<T>(done: Result<T, Refusal>): Result<T, Refusal> {
  if (done.ok || done.refusal.kind !== "invalid_input") return done;
  const { pastedKey, ...fields } = done.refusal.fields;
  if (pastedKey === undefined) return done;
  return refuse({ kind: "invalid_input", fields: { ...fields, publicKey: pastedKey } });
}
