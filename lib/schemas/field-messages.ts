import type { z } from "zod";

/** The first thing wrong with each field, by its path: `groups.0.profileId`; `` for the whole. */
export function fieldMessages(error: z.ZodError): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const issue of error.issues) fields[issue.path.join(".")] ??= issue.message;
  return fields;
}
