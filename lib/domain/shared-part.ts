import type { Id } from "#lib/domain/id";

/** A part of the catalogue that is shared with projects. */
export type SharedPart =
  | { kind: "template"; id: Id<"template"> }
  | { kind: "profile"; id: Id<"profile"> }
  | { kind: "image"; id: Id<"image"> };
