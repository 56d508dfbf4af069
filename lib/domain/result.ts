/**
 * "No" is a value: an expected refusal is returned, never thrown. A thrown error
 * is a bug or an outage.
 */
export type Result<T, R> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: R };

/** Wraps a value as the success half of a `Result`. */
export function ok<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

/** Wraps a refusal as the failure half of a `Result`. */
export function refuse<R>(refusal: R): { ok: false; refusal: R } {
  return { ok: false, refusal };
}
