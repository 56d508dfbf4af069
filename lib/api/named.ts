import { type Id, type IdKind, isId } from "#lib/domain/id";
import type { RefusalOf, Resource } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** The id that a part of the path holds; a text that is no id of that kind names nothing there is. */
export function named<K extends IdKind>(
  kind: K,
  text: string | undefined,
  resource: Resource,
): Result<Id<K>, RefusalOf<"not_found">> {
  return isId(kind, text) ? ok(text) : refuse({ kind: "not_found", resource });
}
