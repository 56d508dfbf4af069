import { integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "#db/schema/columns";
import type { ActorId } from "#lib/domain/id";

/** What was asked of the API under an `Idempotency-Key`, and answered: the same is told again, for a day. */
export const apiAnswers = pgTable("api_answers", {
  // Of caller, address and the caller's own key.
  key: uuid("key").primaryKey(),
  callerId: text("caller_id").$type<ActorId>().notNull(),
  // HMAC-SHA-256 of the body by the token, in hexadecimal digits: another body is another request.
  bodyHash: text("body_hash").notNull(),
  askedAt: instant("asked_at").notNull().defaultNow(),
  // Null until it has been done.
  status: integer("status"),
  // Null where it is not kept: it holds a secret.
  answer: jsonb("answer").$type<unknown>(),
});
