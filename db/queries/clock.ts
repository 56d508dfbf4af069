import type { Transaction } from "#db/client";
import { databaseSeconds } from "#db/queries/second-factors";

/**
 * The moment by the database's clock: what people are let into ends by it whatever the clock of the
 * process that asks. A test can say another one.
 */
export async function databaseNow(tx: Transaction, instead?: Date): Promise<Date> {
  return instead ?? new Date((await databaseSeconds(tx)) * 1000);
}
