import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { templateGroups, templates, templateVersions } from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import { sshKeys } from "#db/schema/ssh-keys";
import { must, reading, signedInActor } from "#e2e/world/acting";
import { authorizeProject } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import { launchEnvironment } from "#lib/commands/launch-environment";
import type { Id } from "#lib/domain/id";

/** Launches as a member who signs in, with all their saved keys; the worker does the rest. */
export async function launch(
  db: Database,
  who: { email: string; password: string },
  what: { tenant: string; project: string; template: string; name: string; nodes: number },
): Promise<Id<"environment">> {
  const actor = await signedInActor(db, who);
  const grant = must(authorizeProject(actor, what.tenant, what.project, "environment.launch"));
  const keys = await withUser(db, actor.userId, (tx) => tx.select().from(sshKeys));
  const { groups, templateVersionId, imageId } = await offered(db, what.template);
  const launched = await launchEnvironment(db, grant, {
    requestKey: randomUUID(),
    name: what.name,
    templateVersionId,
    imageId,
    counts: Object.fromEntries(groups.map((group) => [group, what.nodes])),
    sshKeyIds: keys.map((key) => key.id),
    pastedKey: "",
  });
  return must(launched).environmentId;
}

async function offered(db: Database, template: string) {
  const rows = await reading(db, (tx) =>
    tx
      .select({ versionId: templateVersions.id, group: templateGroups.name })
      .from(templates)
      .innerJoin(templateVersions, eq(templateVersions.templateId, templates.id))
      .innerJoin(templateGroups, eq(templateGroups.templateVersionId, templateVersions.id))
      .where(and(eq(templates.name, template), eq(templateVersions.state, "published"))),
  );
  const [image] = await reading(db, (tx) =>
    tx.select().from(images).where(eq(images.name, "Ubuntu")),
  );
  const [first] = rows;
  if (!first || !image) throw new Error(`there is no template ${template} to launch`);
  return {
    templateVersionId: first.versionId,
    imageId: image.id,
    groups: rows.map((row) => row.group),
  };
}
