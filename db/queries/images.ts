import { and, desc, eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { images } from "#db/schema/images";
import type { Id } from "#lib/domain/id";
import type { ImagePurpose } from "#lib/domain/image/image";

type Reader = Database | Transaction;
export type ImageRow = typeof images.$inferSelect;

export async function findImage(db: Reader, id: Id<"image">): Promise<ImageRow | undefined> {
  const [row] = await db.select().from(images).where(eq(images.id, id));
  return row;
}

/** The newest approved image that does one of our own jobs on nodes. */
export async function findJobImage(
  db: Reader,
  purpose: Exclude<ImagePurpose, "tenant">,
): Promise<ImageRow | undefined> {
  const [row] = await db
    .select()
    .from(images)
    .where(and(eq(images.purpose, purpose), eq(images.state, "approved")))
    .orderBy(desc(images.createdAt))
    .limit(1);
  return row;
}
