import { sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";

/**
 * What the database's clock says now, in milliseconds since the epoch: for what is measured. Allocations begin
 * and end by it, and samples are stamped by it, so that a page's newest moment is its, too.
 */
export async function readDatabaseClock(db: Database | Transaction): Promise<number> {
  const { rows } = await db.execute<{ ms: number }>(
    sql`select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  );
  const [row] = rows;
  if (!row) throw new Error("the database did not say what its clock says");
  return row.ms;
}

/**
 * The same moment as a date: for what people are let into, which ends by it whatever the clock of the process
 * that asks. A test can say another one.
 */
export async function databaseNow(tx: Transaction, instead?: Date): Promise<Date> {
  return instead ?? new Date(await readDatabaseClock(tx));
}
