import type { BucketFunction, ExporterField } from "#lib/drivers/prometheus/queries";

/** What one field said in one place and bucket, in the exporter's unit. */
export type Cell = Partial<Record<BucketFunction, number>>;
/** By field, by place and by bucket. */
export type Cells = Map<string, Map<string, Map<number, Cell>>>;

/** Adds what one series says of a bucket. Of several series of one place, as after a label changed, all count. */
export function note(
  cells: Cells,
  said: { field: string; place: string; bucket: number; compute: BucketFunction; value: number },
): void {
  const ofField = entry(cells, said.field, () => new Map<string, Map<number, Cell>>());
  const ofPlace = entry(ofField, said.place, () => new Map<number, Cell>());
  const cell = entry(ofPlace, said.bucket, (): Cell => ({}));
  const before = cell[said.compute];
  const join = { min: Math.min, max: Math.max, sum: add, count: add };
  cell[said.compute] = before === undefined ? said.value : join[said.compute](before, said.value);
}

const add = (a: number, b: number) => a + b;

/** The value of a key, made where there is none. */
export function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

/** What brings the values of a field to our unit, by all that it said in one place: one name has carried a share of one and a percentage. */
export function scaleOf({ factor, ratioOrPercent }: ExporterField, cells: Iterable<Cell>): number {
  const greatest = Math.max(...[...cells].map(({ max }) => max ?? 0));
  return ratioOrPercent && greatest > 1.0001 ? 1 : factor;
}
