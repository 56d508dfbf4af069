import { z } from "zod";
import { type Id, type IdKind, isId } from "#lib/domain/id";

/** An id of one kind, by its shape. */
export const idOf = <K extends IdKind>(kind: K) =>
  z.custom<Id<K>>((value) => isId(kind, value), { error: "Choose one of the list." });
