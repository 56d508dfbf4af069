import { z } from "zod";
import { contextLimits } from "#lib/domain/context/context";
import { idOf } from "#lib/schemas/id";
import { line, slug } from "#lib/schemas/text";

/** Text as it is, blank ends among it: a value or the content of a file is nobody's to trim. */
const verbatim = (longest: number) =>
  z
    .string()
    .max(longest, `At most ${longest} characters.`)
    .regex(/^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u, "Use printable characters only.");

// Names, paths and modes are read by `contextProblems`, whose sentences say what is wrong with them.
const parts = {
  description: line(200),
  variables: z
    .array(z.object({ name: line(64), value: verbatim(contextLimits.value) }).strict())
    .max(contextLimits.variables, `At most ${contextLimits.variables} variables.`),
  files: z
    .array(
      z
        .object({ path: line(255), mode: line(4), content: verbatim(contextLimits.fileBytes) })
        .strict(),
    )
    .max(contextLimits.files, `At most ${contextLimits.files} files.`),
};

export const createContextInput = z.object({ name: slug(40), ...parts }).strict();
export type CreateContextInput = z.infer<typeof createContextInput>;

export const changeContextInput = z
  .object({
    contextId: idOf("context"),
    /** When it had been changed last, as far as whoever sends this has seen. */
    seen: z.iso.datetime(),
    ...parts,
  })
  .strict();
export type ChangeContextInput = z.infer<typeof changeContextInput>;

export const contextInput = z.object({ contextId: idOf("context") }).strict();
export type ContextInput = z.infer<typeof contextInput>;

export const setContextSecretInput = z
  .object({
    contextId: idOf("context"),
    name: line(64),
    // A shorter one would be hidden in every line of a log, and everybody would know it.
    value: verbatim(contextLimits.value).min(4, "A secret has at least 4 characters."),
  })
  .strict();
export type SetContextSecretInput = z.infer<typeof setContextSecretInput>;

export const removeContextSecretInput = z
  .object({ contextId: idOf("context"), name: line(64) })
  .strict();
export type RemoveContextSecretInput = z.infer<typeof removeContextSecretInput>;

/** Where a context is attached: the id says to what. */
export const attachContextInput = z
  .object({
    contextId: idOf("context"),
    to: z.union([idOf("template"), idOf("project"), idOf("provider")], {
      error: "Choose one of the list.",
    }),
  })
  .strict();
export type AttachContextInput = z.infer<typeof attachContextInput>;
