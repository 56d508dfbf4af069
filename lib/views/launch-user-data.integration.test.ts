import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { templateShares, templateVersions } from "#db/schema/catalogue";
import { contexts } from "#db/schema/contexts";
import { projects } from "#db/schema/tenants";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { anInput } from "#e2e/fixtures/hooks";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import type { Grant } from "#lib/access/authorize";
import { newSealingKeys } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import { attachContext } from "#lib/commands/attach-context";
import { createContext } from "#lib/commands/create-context";
import { removeContextSecret } from "#lib/commands/remove-context-secret";
import { setContextSecret } from "#lib/commands/set-context-secret";
import { type Id, newId } from "#lib/domain/id";
import { type LaunchUserDataInput, launchUserDataInput } from "#lib/schemas/environment";
import { launchUserData } from "#lib/views/launch-user-data";

let db: GivenConnections;
let edit: Grant<"context.edit">;
const { publicKey: sealingKey } = newSealingKeys();
beforeAll(async () => {
  db = await givenConnections();
  edit = await givenFleetGrant(db.app, "context.edit");
});
afterAll(() => db?.close());

const hidden = "••••••";
let counter = 0;

async function given(
  to: Id<"template"> | Id<"project">,
  variables: Record<string, string>,
  secrets: Record<string, string> = {},
): Promise<Id<"context">> {
  const { contextId } = must(
    await createContext(db.app, edit, {
      ...{ name: `context-${++counter}`, description: "", files: [] },
      variables: Object.entries(variables).map(([name, value]) => ({ name, value })),
    }),
  );
  for (const [name, value] of Object.entries(secrets)) {
    must(await setContextSecret(db.app, edit, { contextId, name, value }, sealingKey));
  }
  must(await attachContext(db.app, edit, { contextId, to }));
  return contextId;
}

/** A template that asks for a directory and a licence, shared with one project of a tenant. */
async function launchable(): Promise<{ fleet: GivenFleet; tenant: GivenTenant }> {
  const fleet = await givenFleet(db.app, { racks: [2] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 16 });
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({
        bootConfig: { packages: ["tmux"], commands: [["nvidia-smi", "-pm", "1"]] },
        inputs: [
          anInput({ name: "cache", type: "string" }),
          anInput({ name: "licence", type: "secret", label: "Licence", required: true, min: 8 }),
        ],
      })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  return { fleet, tenant };
}

function ask(
  { fleet, tenant }: { fleet: GivenFleet; tenant: GivenTenant },
  change: Partial<LaunchUserDataInput> = {},
) {
  const { templateVersionId, imageId } = fleet;
  const input = launchUserDataInput.parse({
    ...{ name: "train", templateVersionId, imageId, counts: { workers: 2 } },
    ...{ sshKeyIds: [tenant.keyId], secrets: ["licence"] },
    ...change,
  });
  return launchUserData(db.app, tenant.grant("environment.launch"), input);
}

type Config = {
  hostname: string;
  packages: string[];
  users: { name: string; ssh_authorized_keys: string[] }[];
  write_files: { path: string; content: string }[];
};

/** The one group's text as cloud-init reads it, and what a script on its node would find. */
function readBack(answer: Awaited<ReturnType<typeof ask>>) {
  const { groups } = must(answer);
  expect(groups).toHaveLength(1);
  const text = groups[0]?.userData ?? "";
  const config: Config = JSON.parse(text.slice("#cloud-config\n".length));
  const file = (path: string) => config.write_files.find((each) => each.path === path)?.content;
  return {
    ...{ text, config },
    launch: JSON.parse(file("/etc/ingot/launch.json") ?? "null"),
    variables: file("/etc/ingot/inputs.sh") ?? "",
  };
}

test("who may launch reads before what cloud-init will be told, and the value of no secret", async () => {
  const place = await launchable();
  const { fleet, tenant } = place;
  const template = { REGISTRY_URL: "https://template", CACHE: "/cache" };
  await given(fleet.templateId, template, { REGISTRY_TOKEN: "tpl-s3cret", OLD: "old-s3cret" });
  const project = { REGISTRY_URL: "https://project" };
  const own = await given(tenant.projectId, project, { PROJECT_TOKEN: "prj-s3cret" });

  const asked = await ask(place);
  expect(must(asked).groups).toMatchObject([{ name: "workers", nodes: 2, hostname: "train-1" }]);
  const usual = readBack(asked);
  expect(usual.config).toMatchObject({
    ...{ hostname: "train-1", packages: ["tmux"] },
    users: [{ name: "ubuntu", ssh_authorized_keys: ["ssh-ed25519 AAAA"] }],
  });
  const context = { REGISTRY_URL: "https://project", REGISTRY_TOKEN: hidden, OLD: hidden };
  // An input without a value sets nothing.
  expect(usual.launch).toMatchObject({
    inputs: { cache: null, licence: hidden },
    context: { ...context, PROJECT_TOKEN: hidden, CACHE: "/cache" },
    profile: { gpuSharing: "none", containerRuntime: "runc" },
  });

  // A value is shown as it would stand there, and one of a secret is hidden as it comes.
  const entered = readBack(await ask(place, { inputs: { cache: "/mine", licence: "in-s3cret" } }));
  expect(entered.launch).toMatchObject({
    inputs: { cache: "/mine", licence: hidden },
    context: { CACHE: "/mine" },
  });
  expect(entered.variables).toContain("CACHE='/mine'\n");
  expect(entered.variables).toContain(`INGOT_INPUT_LICENCE='${hidden}'\n`);
  for (const { text } of [usual, entered]) expect(text).not.toContain("s3cret");

  // What was removed since is not given any more.
  must(await removeContextSecret(db.app, edit, { contextId: own, name: "PROJECT_TOKEN" }));
  expect(readBack(await ask(place)).launch.context).not.toHaveProperty("PROJECT_TOKEN");
});

test("what no launch would take is answered with a sentence", async () => {
  const place = await launchable();
  const refusal = async (change: Partial<LaunchUserDataInput>) => {
    const answer = await ask(place, change);
    return answer.ok ? null : answer.refusal;
  };
  const invalid = (fields: Record<string, string>) => ({ kind: "invalid_input", fields });
  expect(await refusal({ secrets: [] })).toEqual(invalid({ "inputs.licence": "Enter Licence." }));
  expect(await refusal({ inputs: { licence: "short" } })).toEqual(
    invalid({ "inputs.licence": "Licence: at least 8 characters." }),
  );
  expect(await refusal({ counts: { workers: 0 } })).toEqual(
    invalid({ "counts.workers": "The group workers takes between 1 and 64 nodes." }),
  );
  expect(await refusal({ sshKeyIds: [] })).toMatchObject({
    fields: { sshKeys: expect.stringContaining("the only way into the nodes") },
  });
  expect(await refusal({ publicKey: "ssh-rsa no" })).toMatchObject({
    fields: { pastedKey: expect.any(String) },
  });
  const elsewhere = await launchable();
  expect(await refusal({ sshKeyIds: [elsewhere.tenant.keyId] })).toEqual({
    ...{ kind: "not_found", resource: "SSH key" },
  });
  const { templateVersionId, imageId } = elsewhere.fleet;
  expect(await refusal({ templateVersionId })).toEqual({ kind: "not_found", resource: "template" });
  expect(await refusal({ imageId })).toEqual({ kind: "not_found", resource: "image" });
});

test("contexts of another project, of another tenant and of what is not shared are nobody else's to ask for", async () => {
  const place = await launchable();
  const { fleet, tenant } = place;
  // Their project may launch the same template, as a second project of ours may.
  const theirs = await givenTenant(db.app, { fleet, gpuLimit: 16 });
  const second = newId("project");
  const hasNot = newId("project");
  await asOperator(db.app, async (tx) => {
    for (const [id, slug] of [[second, "second"] as const, [hasNot, "third"] as const]) {
      await tx.insert(projects).values({ id, tenantId: tenant.tenantId, slug, name: slug });
    }
    const { templateId } = fleet;
    await tx
      .insert(templateShares)
      .values({ templateId, tenantId: tenant.tenantId, projectId: second });
  });
  await given(fleet.templateId, { OF: "template" });
  await given(theirs.projectId, { OF: "theirs" }, { THEIRS: "their-s3cret" });
  await given(second, { OF: "second" });
  await given(hasNot, { OF: "third" });

  expect(readBack(await ask(place)).launch.context).toEqual({ OF: "template" });
  const shown = readBack(await ask({ fleet, tenant: theirs })).launch.context;
  expect(shown).toEqual({ OF: "theirs", THEIRS: hidden });

  // The database says no by itself, whatever it is asked with.
  const names = (projectId: string, versionId: string = fleet.templateVersionId) =>
    withGrant(db.app, tenant.grant("environment.launch"), async (tx) => {
      expect(await tx.select().from(contexts)).toEqual([]);
      const { rows } = await tx.execute<{ variables: { OF: string } }>(
        sql`select variables from contexts_of_launch(${projectId}, ${versionId})`,
      );
      return rows.map(({ variables }) => variables.OF);
    });
  expect(await names(second)).toEqual(["template", "second"]);
  expect(await names(theirs.projectId)).toEqual([]);
  expect(await names(hasNot)).toEqual([]);
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ state: "draft" })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  expect(await names(second)).toEqual([]);
});
