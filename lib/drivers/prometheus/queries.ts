import { type Id, isId } from "#lib/domain/id";
import type { HostRate } from "#lib/domain/telemetry/host-metric";

/** An exporter's name for one of our metrics; `factor` brings it to our unit. */
export type ExporterField = { name: string; factor: number; ratioOrPercent: boolean };

/** What is computed of the samples in a bucket: each can be joined with that of another part of it. */
export const bucketFunctions = ["min", "max", "sum", "count"] as const;
export type BucketFunction = (typeof bucketFunctions)[number];

/** A name of series, and whose: whole GPUs, the parts that they are split into (MIG), or hosts. */
export type Selected = { name: string; of: "gpus" | "instances" | "hosts" };

const labelsOf = {
  gpus: 'gpu!="",GPU_I_ID="",nvlink="",nvswitch=""',
  instances: 'gpu!="",GPU_I_ID!="",nvlink="",nvswitch=""',
  hosts: "",
} as const satisfies Record<Selected["of"], string>;

/**
 * The series of a node's whole GPUs, or of their parts: never of both, of a link or of a switch. Of a host
 * all of one name, but those that `but` leaves out, which is a constant of the caller's. Only
 * ids vary, and an id is letters and digits by its shape; anything else is refused (throws), so no
 * text of anyone's becomes a part of a query.
 */
function selector(
  { name: field, of }: Selected,
  nodes: Id<"node"> | readonly Id<"node">[],
  but = "",
): string {
  const ids = [nodes].flat();
  if (ids.length === 0 || !ids.every((id) => isId("node", id))) {
    throw new Error("not the id of a node");
  }
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(field))
    throw new Error(`not the name of a series: ${field}`);
  const rest = [labelsOf[of], but].filter((text) => text !== "").map((text) => `,${text}`);
  const which = ids.length === 1 ? `="${ids[0]}"` : `=~"${ids.join("|")}"`;
  return `${field}{ingot_node${which}${rest.join("")}}`;
}

/** Keeps the name of a series, which a function drops, as a label. */
const named = (expression: string, { name }: Pick<Selected, "name">) =>
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

/** VictoriaMetrics takes a query of 16 KiB, if nothing else is set: so many names of one node stay under it. */
const namesAQuery = 60;

/** Names in as few lists, all about as long, as an engine takes in one query each. */
export function inQueries(names: readonly Selected[]): Selected[][] {
  const lists = Math.ceil(names.length / namesAQuery);
  const length = Math.ceil(names.length / lists);
  return Array.from({ length: lists }, (_, n) => names.slice(n * length, (n + 1) * length));
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

const totals = ["sum", "count", "max"] as const;
type Total = (typeof totals)[number];

/** What a series of `totalsQuery` is of, by its `ingot_field`; undefined for what is none of it. */
export function readTotal(text: string): { compute: Total; field: string } | undefined {
  const [word = "", field = ""] = text.split(" ");
  const compute = totals.find((one) => one === word);
  return compute && { compute, field };
}

/**
 * For each node the sum and the number of the samples of all its whole GPUs in a bucket of `rangeMs`, for
 * every field, and the greatest of them where a name has had two units. A GPU of which a sample was beyond
 * `most` is not counted: one value that no GPU can have spoils the sum of its bucket.
 */
export function totalsQuery(
  fields: readonly ExporterField[],
  nodeIds: readonly Id<"node">[],
  rangeMs: number,
  most: number,
): string {
  return either(
    fields.flatMap(({ name, ratioOrPercent }) => {
      const range = `${selector({ name, of: "gpus" }, nodeIds)}[${rangeMs}ms]`;
      const credible = `max_over_time(${range}) <= ${most}`;
      const inner: Record<Total, string> = {
        sum: `sum by (ingot_node) (sum_over_time(${range}) and ${credible})`,
        count: `sum by (ingot_node) (count_over_time(${range}) and ${credible})`,
        max: `max by (ingot_node) (${credible})`,
      };
      return totals
        .filter((total) => total !== "max" || ratioOrPercent)
        .map((total) => named(inner[total], { name: `${total} ${name}` }));
    }),
  );
}

/** One kind of counters of a host's devices; what it is called, and what tells them apart. */
type CounterField = { name: string; by: readonly string[]; never?: string };

/** How an exporter of hosts calls what is read of it. */
export type HostFields = Record<HostLevel | "cpu" | "bonds", string> & {
  counters: Record<
    HostRate,
    CounterField & { deviceOf: (label: (name: string) => string | undefined) => string | null }
  >;
};

/** What one look at a host finds that is of no device. */
export const hostLevels = ["bootSeconds", "load1", "memTotalBytes", "memAvailableBytes"] as const;
export type HostLevel = (typeof hostLevels)[number];

/** What the answer to `looksQuery` tells beside the counters, as its `ingot_field`. */
export const lookFields = { at: "at", processors: "processors" } as const;

/**
 * The last that a host's exporter said in the `rangeMs` back from the moment asked: its counters, by
 * device, and the seconds of all its processors, by mode. After its address has changed two series may
 * stand for one thing: the greater of them is the newer. `at` is when it said the last it ever said,
 * which may lie before the range.
 */
export function looksQuery(fields: HostFields, nodeId: Id<"node">, rangeMs: number): string {
  const last = (name: string, but?: string) =>
    `last_over_time(${selector({ name, of: "hosts" }, nodeId, but)}[${rangeMs}ms])`;
  const levels = hostLevels.map((level): Selected => ({ name: fields[level], of: "hosts" }));
  const parts: [field: string, expression: string][] = [
    [lookFields.at, newestQuery(levels, nodeId)],
    [fields.bootSeconds, `max(${last(fields.bootSeconds)})`],
    [fields.cpu, `sum by (mode) (max by (cpu, mode) (${last(fields.cpu)}))`],
    [lookFields.processors, `count(max by (cpu) (${last(fields.cpu)}))`],
    [fields.bonds, `max by (master) (${last(fields.bonds)})`],
    ...Object.values(fields.counters).map(({ name, by, never }): [string, string] => [
      name,
      `max by (${by.join(", ")}) (${last(name, never && `device!~"${never.replaceAll("\\", "\\\\")}"`)})`,
    ]),
  ];
  return either(parts.map(([name, expression]) => named(expression, { name })));
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
