import { type Id, isId } from "#lib/domain/id";

/** An exporter's name for one of our metrics; `factor` brings it to our unit. */
export type ExporterField = { name: string; factor: number; ratioOrPercent: boolean };

/** What is computed of the samples in a bucket: each can be joined with that of another part of it. */
export const bucketFunctions = ["min", "max", "sum", "count"] as const;
export type BucketFunction = (typeof bucketFunctions)[number];

/** A name of series, and whose: whole GPUs, or the parts that they are split into (MIG). */
export type Selected = { name: string; of: "gpus" | "instances" };

const labelsOf = {
  gpus: 'gpu!="",GPU_I_ID="",nvlink="",nvswitch=""',
  instances: 'gpu!="",GPU_I_ID!="",nvlink="",nvswitch=""',
} as const satisfies Record<Selected["of"], string>;

/**
 * The series of a node's whole GPUs, or of their parts: never of both, of a link or of a switch. Only
 * the id varies, and an id is letters and digits by its shape; anything else is refused (throws), so no
 * text of anyone's becomes a part of a query.
 */
function selector({ name: field, of }: Selected, nodeId: Id<"node">): string {
  if (!isId("node", nodeId)) throw new Error("not the id of a node");
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(field))
    throw new Error(`not the name of a series: ${field}`);
  return `${field}{ingot_node="${nodeId}",${labelsOf[of]}}`;
}

/** Keeps the name of a series, which a function drops, as a label. */
const named = (expression: string, { name }: Selected) =>
  `label_replace(${expression}, "ingot_field", "${name}", "", "")`;

/**
 * All of these, joined in halves: an engine compares each side of an `or` series by series, so that a
 * long row of them costs the square of its length.
 */
function either(expressions: readonly string[]): string {
  if (expressions.length <= 1) return expressions[0] ?? "";
  const middle = Math.ceil(expressions.length / 2);
  return `(${either(expressions.slice(0, middle))} or ${either(expressions.slice(middle))})`;
}

/** One function over the samples of a bucket of `rangeMs`, for every field, `rangeMs` back from the moment asked. */
export function bucketQuery(
  compute: BucketFunction,
  fields: readonly Selected[],
  nodeId: Id<"node">,
  rangeMs: number,
): string {
  return either(
    fields.map((field) =>
      named(`${compute}_over_time(${selector(field, nodeId)}[${rangeMs}ms])`, field),
    ),
  );
}

/** The moment of the newest sample, in seconds. */
export function newestQuery(fields: readonly Selected[], nodeId: Id<"node">): string {
  return `max(${either(fields.map((field) => named(`timestamp(${selector(field, nodeId)})`, field)))})`;
}

/**
 * How many whole seconds the second up to a whole one holds: two where a range takes in both of its
 * ends (Prometheus before 3), one where it leaves its beginning out (Prometheus 3, VictoriaMetrics).
 */
export const endsQuery = "count_over_time(vector(1)[1s:1s])";
