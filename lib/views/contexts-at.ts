import { and, asc, desc, eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { contextsToApply } from "#db/queries/contexts";
import { templateShares, templates, templateVersions } from "#db/schema/catalogue";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { contextsInForce, overlapWords } from "#lib/domain/context/in-force";
import { type Id, isId } from "#lib/domain/id";

export type ContextsAt = {
  contexts: {
    id: Id<"context">;
    name: string;
    description: string;
    variables: string[];
    secrets: string[];
    files: string[];
  }[];
  /** A sentence for each name that is set more than once, and which stands. */
  overlaps: string[];
};

/**
 * The config contexts of a template, project or provider, and what of them stands where a name is set
 * twice: of a template with its own inputs, of a project with each template that it may launch.
 */
export async function contextsAt(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<ContextsAt> {
  const none = { contexts: [], overlaps: [] };
  if (!isId("template", id) && !isId("project", id) && !isId("provider", id)) return none;
  return withGrant(db, grant, async (tx) => {
    const own = await contextsToApply(tx, id);
    const attached = own.map(({ id: contextId, name, description, variables, secrets, files }) => ({
      ...{ id: contextId, name, description, secrets },
      variables: Object.keys(variables).sort(),
      files: files.map(({ path }) => path),
    }));
    if (isId("template", id)) {
      const overlaps = overlapWords(contextsInForce(own, await inputsOf(tx, id)));
      return { contexts: attached, overlaps };
    }
    if (isId("provider", id)) {
      return { contexts: attached, overlaps: overlapWords(contextsInForce(own, [])) };
    }
    const overlaps: string[] = [];
    for (const template of await sharedTemplates(tx, id)) {
      const all = [...(await contextsToApply(tx, template.id)), ...own];
      const words = overlapWords(contextsInForce(all, await inputsOf(tx, template.id)));
      overlaps.push(...words.map((sentence) => `With ${template.name}: ${sentence}`));
    }
    return { contexts: attached, overlaps };
  });
}

/** The inputs of the version that tenants launch; of a template without one, of its newest. */
async function inputsOf(tx: Transaction, id: Id<"template">): Promise<string[]> {
  const versions = await tx
    .select({ state: templateVersions.state, inputs: templateVersions.inputs })
    .from(templateVersions)
    .where(eq(templateVersions.templateId, id))
    .orderBy(desc(templateVersions.version));
  const version = versions.find(({ state }) => state === "published") ?? versions[0];
  return (version?.inputs ?? []).map((input) => input.name);
}

function sharedTemplates(tx: Transaction, projectId: Id<"project">) {
  return tx
    .selectDistinct({ id: templates.id, name: templates.name })
    .from(templateShares)
    .innerJoin(templates, eq(templates.id, templateShares.templateId))
    .innerJoin(
      templateVersions,
      and(eq(templateVersions.templateId, templates.id), eq(templateVersions.state, "published")),
    )
    .where(eq(templateShares.projectId, projectId))
    .orderBy(asc(templates.name));
}
