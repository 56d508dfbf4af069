import "server-only";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import { problem } from "#lib/server/problem";

/** A text for a person to keep, or the problem that says why there is none. */
export function fileAnswer(
  file: Result<{ name: string; type: string; text: string }, Refusal>,
): Response {
  if (!file.ok) {
    const detail =
      file.refusal.kind === "invalid_input"
        ? Object.entries(file.refusal.fields)
            .map(([field, words]) => `${field}: ${words}`)
            .join(" ")
        : undefined;
    return problem(400, refusalMessage(file.refusal), detail);
  }
  const { name, type, text } = file.value;
  return new Response(text, {
    headers: {
      "content-type": type,
      "content-disposition": `attachment; filename="${name}"`,
      "cache-control": "private, no-store",
    },
  });
}
