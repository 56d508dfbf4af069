import { text, timestamp } from "drizzle-orm/pg-core";
import type { Id, IdKind } from "#lib/domain/id";

/** A text column that holds an id of one kind. */
export const id = <K extends IdKind>(_kind: K, name: string) => text(name).$type<Id<K>>();

/** A moment, with time zone, as a `Date`. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
