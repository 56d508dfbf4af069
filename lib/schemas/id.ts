import { z } from "zod";
import { type Id, type IdKind, idPrefixes, isId } from "#lib/domain/id";

/** An id of one kind, by its shape. */
export const idOf = <K extends IdKind>(kind: K) =>
  z
    .custom<Id<K>>((value) => isId(kind, value), { error: "Choose one of the list." })
    // For the description of the API, which a custom schema could not tell from itself.
    .meta({ type: "string", pattern: `^${idPrefixes[kind]}_[0-9a-hjkmnp-tv-z]{26}$` });
