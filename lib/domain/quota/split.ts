import type { QuotaDimension } from "#lib/domain/quota/quota";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

export type QuotaSubject = {
  dimension: QuotaDimension;
  subject: string;
  /** In words: "H200 GPUs", "nodes of gpu-8x-h200". */
  words: string;
};

/**
 * How much a tenant may hold at all of a subject: its line, or what no line means (none of a GPU
 * model, any number of nodes).
 */
export function tenantBound(dimension: QuotaDimension, limit: number | null): number {
  return limit ?? (dimension === "gpus" ? 0 : Number.POSITIVE_INFINITY);
}

/**
 * Says whether a tenant's projects may be promised these limits together. Null is a project without
 * a limit of its own: it is promised nothing and takes from what is there.
 */
export function admitSplit(
  of: QuotaSubject,
  tenantLimit: number | null,
  others: readonly number[],
  wanted: number | null,
): Result<void, RefusalOf<"invalid_input">> {
  if (wanted === null) return ok(undefined);
  const bound = tenantBound(of.dimension, tenantLimit);
  const promised = others.reduce((sum, limit) => sum + limit, 0);
  if (promised + wanted <= bound) return ok(undefined);
  const left = Math.max(0, bound - promised);
  return no(
    `The tenant has ${bound} ${of.words} and its other projects are promised ${promised}. ${
      left === 0 ? "There is nothing left to promise" : `Promise at most ${left} here`
    }, or lower another project first.`,
  );
}

/** Says whether a tenant's limit may become this, with what its projects are promised by now. */
export function admitTenantLimit(
  of: QuotaSubject,
  projects: readonly number[],
  wanted: number | null,
): Result<void, RefusalOf<"invalid_input">> {
  const bound = tenantBound(of.dimension, wanted);
  const promised = projects.reduce((sum, limit) => sum + limit, 0);
  if (promised <= bound) return ok(undefined);
  return no(
    `The tenant's projects are promised ${promised} ${of.words} together. Keep at least ${promised}, or lower a project first.`,
  );
}

function no(message: string) {
  return refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { limit: message } });
}
