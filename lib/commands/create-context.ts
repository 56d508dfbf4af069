import { sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { contexts } from "#db/schema/contexts";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { contextProblems } from "#lib/domain/context/context";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateContextInput } from "#lib/schemas/context";

/**
 * Makes a config context of variables and files. It goes with nothing until it is attached; secrets
 * are given to it afterwards.
 */
export async function createContext(
  db: Database,
  grant: Grant<"context.edit">,
  input: CreateContextInput,
): Promise<Result<{ contextId: Id<"context"> }, RefusalOf<"invalid_input" | "name_taken">>> {
  const { name, description, variables, files } = input;
  const fields = contextProblems(variables, files, []);
  if (Object.keys(fields).length > 0) return refuse({ kind: "invalid_input", fields });
  const id = newId("context");
  return withGrant(db, grant, async (tx) => {
    const made = await tx
      .insert(contexts)
      .values({ id, name, description, variables: recordOf(variables), files })
      .onConflictDoNothing({ target: contexts.name, where: sql`removed_at is null` })
      .returning({ id: contexts.id });
    if (made.length === 0) return refuse({ kind: "name_taken", resource: "config context", name });
    await recordAudit(tx, grant, {
      action: "context.create",
      object: { kind: "context", id, name },
      detail: changeOf({ variables: {}, files: [] }, { variables: recordOf(variables), files }),
    });
    return ok({ contextId: id });
  });
}

type Parts = Pick<typeof contexts.$inferSelect, "variables" | "files">;

/** What changed, for the audit log: names and paths; values can be long, and are in the context. */
export function changeOf(before: Parts, after: Parts): Record<string, string[]> {
  const flat = ({ variables, files }: Parts) => ({
    ...variables,
    ...Object.fromEntries(files.map(({ path, mode, content }) => [path, `${mode} ${content}`])),
  });
  const [was, is] = [flat(before), flat(after)] as [Record<string, string>, Record<string, string>];
  return {
    added: Object.keys(is).filter((name) => !Object.hasOwn(was, name)),
    changed: Object.keys(is).filter((name) => Object.hasOwn(was, name) && was[name] !== is[name]),
    removed: Object.keys(was).filter((name) => !Object.hasOwn(is, name)),
  };
}

/** Variables as they are kept. */
export function recordOf(variables: CreateContextInput["variables"]): Record<string, string> {
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}
