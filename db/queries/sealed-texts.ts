import { type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";

/** A column that holds sealed texts, and the columns by which its rows are known. */
export type SealedPlace = { table: string; column: string; knownBy: readonly string[] };

/** One sealed text, with the row it is in. */
export type SealedText = { row: Record<string, string>; sealed: string };

/**
 * The next texts of a column, after a row, that are sealed by another key than `keyId`; their rows
 * are locked until the transaction ends.
 */
export async function lockSealedTexts(
  tx: Transaction,
  place: SealedPlace,
  input: { keyId: string; after: SealedText["row"] | null; limit: number },
): Promise<SealedText[]> {
  const { keyId, after, limit } = input;
  const column = sql.identifier(place.column);
  const later = after && sql`and (${keysOf(place)}) > (${valuesOf(place, after)})`;
  const { rows } = await tx.execute<Record<string, string>>(sql`
    select ${keysOf(place)}, ${column} as sealed_text from ${sql.identifier(place.table)}
    where sealed_key(${column}) <> ${keyId} ${later ?? sql``}
    order by ${keysOf(place)} limit ${limit} for update`);
  return rows.map(({ sealed_text, ...row }) => ({ row, sealed: sealed_text ?? "" }));
}

/** Puts another sealed text in the place of one. */
export async function replaceSealedText(
  tx: Transaction,
  place: SealedPlace,
  { row, sealed }: SealedText,
): Promise<void> {
  await tx.execute(sql`update ${sql.identifier(place.table)}
    set ${sql.identifier(place.column)} = ${sealed}
    where (${keysOf(place)}) = (${valuesOf(place, row)})`);
}

/**
 * How many texts of the places are sealed by one of the keys, or do not say by which. Nobody writes
 * in their tables until the transaction ends; throws when somebody does for longer than half a second,
 * which is before Postgres would break off one of two that wait for each other.
 */
export async function countSealedBy(
  tx: Transaction,
  places: readonly SealedPlace[],
  keyIds: readonly string[],
): Promise<number> {
  const tables = [...new Set(places.map(({ table }) => table))].map((name) => sql.identifier(name));
  await tx.execute(sql`set local lock_timeout = 500`);
  await tx.execute(sql`lock table ${sql.join(tables, sql`, `)} in share row exclusive mode`);
  const listed = sql.join(
    keyIds.map((id) => sql`${id}`),
    sql`, `,
  );
  return countTexts(tx, places, (keyId) => sql`${keyId} in ('', ${listed})`);
}

/** How many texts of the places are sealed by another key than this one, while others may write. */
export async function countNotSealedBy(
  tx: Transaction,
  places: readonly SealedPlace[],
  keyId: string,
): Promise<number> {
  return countTexts(tx, places, (found) => sql`${found} <> ${keyId}`);
}

/** From here on the database takes nothing that one of these keys has sealed. */
export async function insertRetiredKeys(tx: Transaction, keyIds: readonly string[]): Promise<void> {
  for (const id of keyIds) {
    await tx.execute(sql`insert into retired_keys (id) values (${id}) on conflict do nothing`);
  }
}

async function countTexts(
  tx: Transaction,
  places: readonly SealedPlace[],
  counts: (keyId: SQL) => SQL,
): Promise<number> {
  let count = 0;
  for (const { table, column } of places) {
    const { rows } = await tx.execute<{ count: number }>(sql`
      select count(*)::int as count from ${sql.identifier(table)}
      where ${counts(sql`sealed_key(${sql.identifier(column)})`)}`);
    count += rows[0]?.count ?? 0;
  }
  return count;
}

function keysOf({ knownBy }: SealedPlace): SQL {
  const keys = knownBy.map((name) => sql.identifier(name));
  return sql.join(keys, sql`, `);
}

function valuesOf({ knownBy }: SealedPlace, row: SealedText["row"]): SQL {
  const values = knownBy.map((name) => sql`${row[name] ?? ""}`);
  return sql.join(values, sql`, `);
}
