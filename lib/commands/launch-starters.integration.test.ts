import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findAllocationForBoot } from "#db/queries/allocations";
import { allocations } from "#db/schema/environments";
import { racks } from "#db/schema/sites";
import { judge } from "#e2e/fixtures/cloud-init";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, type GivenFleet, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import { newSealingKeys } from "#lib/access/sealed";
import { openInputs } from "#lib/boot/sealed-inputs";
import { createPool } from "#lib/commands/create-pool";
import { createSite } from "#lib/commands/create-site";
import { createTemplate } from "#lib/commands/create-template";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { moveTemplateVersion } from "#lib/commands/move-template-version";
import { shareProfile } from "#lib/commands/share-profile";
import { shareTemplate } from "#lib/commands/share-template";
import { renderUserData } from "#lib/domain/boot/cloud-config";
import { textOf, variablesFile } from "#lib/domain/boot/launch-values";
import { type Id, newId } from "#lib/domain/id";
import { exampleValues } from "#lib/domain/template/example-values";
import type { TemplateInput } from "#lib/domain/template/inputs";
import { starters, templateFrom } from "#lib/domain/template/starters";
import { createTemplateInput } from "#lib/schemas/template";
import { cataloguePreview } from "#lib/views/catalogue";
import { sealedSecrets, seedValues } from "#lib/worker/workflows/seed-values";

// Each starter goes its whole way, from the designer's form to what cloud-init is told on the nodes of a
// tenant's launch.

const bootSecret = "a secret of this test";
const { privateKey, publicKey } = newSealingKeys();
let db: GivenConnections;
let gpus: GivenFleet;
let cpus: GivenFleet;

beforeAll(async () => {
  db = await givenConnections();
  gpus = await givenFleet(db.app, { racks: [32] });
  cpus = await givenFleet(db.app, { racks: [32], gpusPerNode: 0 });
  // One site has all nodes, and pools of all that a template can draw.
  const enrol = await givenFleetGrant(db.app, "node.enrol");
  const { siteId } = must(await createSite(db.app, enrol, { name: "Oslo", bootOrigin: null }));
  await asOperator(db.app, (tx) => tx.update(racks).set({ siteId }));
  const may = await givenFleetGrant(db.app, "pool.edit");
  for (const [kind, ranges, itemLength] of [
    ["vlan", "100-199", null],
    ["private_prefix", "10.0.0.0/8", 24],
    ["pkey", "0x0010-0x00ff", null],
    ["public_ip", "203.0.113.0/24", null],
  ] as const) {
    const settings = { warnPercent: 80, cooldownMinutes: 30 };
    must(
      await createPool(db.app, may, { siteId, kind, name: kind, ranges, itemLength, ...settings }),
    );
  }
});
afterAll(() => db?.close());

/** Something for every input, also where nothing has to be entered. */
function examplesOf(inputs: readonly TemplateInput[]) {
  const examples = {
    ...exampleValues(inputs.map((each) => ({ ...each, required: true, default: null }))),
    share: "storage.example.org:/datasets",
  };
  return Object.fromEntries(
    Object.entries(examples).filter(([name]) => inputs.some((input) => input.name === name)),
  );
}

/** What the boot server would give to a node that boots for the first time. */
async function userDataOf(environmentId: Id<"environment">, allocationId: Id<"allocation">) {
  const found = await findAllocationForBoot(db.worker, allocationId);
  if (!found) throw new Error("no node");
  const tools = {
    db: db.worker,
    settings: { credentialPrivateKey: privateKey, bootSecret },
    operation: { id: newId("operation"), environmentId, allocationId, input: null },
  };
  const windowId = newId("bootWindow");
  const sealed = await sealedSecrets(tools, windowId, "deploy");
  return renderUserData({
    hostname: found.allocation.hostname,
    defaultUser: "ubuntu",
    authorizedKeys: found.environment.authorizedKeys.map((key) => key.publicKey),
    extra: found.bootConfig,
    ...(await seedValues(tools)),
    secrets: sealed === null ? {} : openInputs(bootSecret, windowId, sealed),
    phoneHomeUrl: "http://10.0.0.1:81/p/abc",
    eventUrl: "http://10.0.0.1:81/e/abc",
  });
}

test.for(starters)(
  "$title is created, published, shared and launched, and cloud-init takes what its nodes are told",
  async (starter) => {
    const edit = await givenFleetGrant(db.app, "catalogue.edit");
    const tenant = await givenTenant(db.app, { fleet: gpus, gpuLimit: 800 });
    const { inputs, groups, bootConfig, readme } = starter;
    const begun = templateFrom(starter, (role) =>
      role === "gpu_worker" ? gpus.profileId : cpus.profileId,
    );
    const template = createTemplateInput.parse(begun);
    const { templateId, templateVersionId } = must(await createTemplate(db.app, edit, template));
    must(await moveTemplateVersion(db.app, edit, { templateVersionId, to: "published" }));
    const projectIds = [tenant.projectId];
    must(await shareTemplate(db.app, edit, { templateId, projectIds }));
    must(await shareProfile(db.app, edit, { profileId: cpus.profileId, projectIds }));
    const read = await givenFleetGrant(db.app, "fleet.read");
    const offer = await cataloguePreview(db.app, read, tenant.projectId);
    expect(offer?.templates.find(({ id }) => id === templateId)).toMatchObject({
      ...{ name: starter.id, readme, inputs, blocked: null },
    });

    const counts = Object.fromEntries(groups.map((group) => [group.name, group.defaultCount]));
    const entered = examplesOf(inputs);
    const launch = {
      ...{ requestKey: randomUUID(), name: starter.id, templateVersionId, counts, pastedKey: "" },
      ...{ imageId: gpus.imageId, sshKeyIds: [tenant.keyId], inputs: entered },
    };
    const { environmentId } = must(
      await launchEnvironment(db.app, tenant.grant("environment.launch"), launch, publicKey),
    );

    const held = await db.worker
      .select()
      .from(allocations)
      .where(eq(allocations.environmentId, environmentId));
    expect(held).toHaveLength(Object.values(counts).reduce((sum, count) => sum + count, 0));
    for (const { id, hostname } of held) {
      const userData = await userDataOf(environmentId, id);
      const verdict = judge(userData);
      expect(verdict.stdout + verdict.stderr, hostname).toContain("Valid cloud-config");
      const config = JSON.parse(userData.replace("#cloud-config\n", ""));
      expect(config.packages ?? []).toEqual(bootConfig.packages);
      const commands = bootConfig.commands.map((words) => expect.arrayContaining(words));
      expect(config.runcmd ?? []).toEqual(commands);
      const files: { path: string; content: string }[] = config.write_files ?? [];
      const variables = files.find(({ path }) => path === variablesFile)?.content ?? "";
      for (const [name, value] of Object.entries(entered)) {
        expect(variables).toContain(`INGOT_INPUT_${name.toUpperCase()}='${textOf(value)}'\n`);
      }
    }
  },
);
