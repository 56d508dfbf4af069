import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { templateVersions } from "#db/schema/catalogue";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { anInput } from "#e2e/fixtures/hooks";
import { hostileTexts, leaves, put } from "#e2e/fixtures/hostile";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenReady } from "#e2e/fixtures/launched";
import { givenFleetGrant } from "#e2e/fixtures/people";
import type { Grant } from "#lib/access/authorize";
import type { FleetPermission } from "#lib/access/policy";
import { newSealingKeys } from "#lib/access/sealed";
import { joinAsOperator } from "#lib/commands/accept-operator-invitation";
import { addMember } from "#lib/commands/add-member";
import { addSshKey } from "#lib/commands/add-ssh-key";
import { addTemplateVersion } from "#lib/commands/add-template-version";
import { changeCredential } from "#lib/commands/change-credential";
import { changeInputs } from "#lib/commands/change-inputs";
import { changeNodeType } from "#lib/commands/change-node-type";
import { changePool } from "#lib/commands/change-pool";
import { createContext } from "#lib/commands/create-context";
import { createNodeType } from "#lib/commands/create-node-type";
import { createPool } from "#lib/commands/create-pool";
import { createProfile } from "#lib/commands/create-profile";
import { createProject } from "#lib/commands/create-project";
import { createRack } from "#lib/commands/create-rack";
import { createSite } from "#lib/commands/create-site";
import { createTemplate } from "#lib/commands/create-template";
import { createTenant } from "#lib/commands/create-tenant";
import { enrolNode } from "#lib/commands/enrol-node";
import { flagNode } from "#lib/commands/flag-node";
import { inviteOperator } from "#lib/commands/invite-operator";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { registerImage } from "#lib/commands/register-image";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { reservePoolItems } from "#lib/commands/reserve-pool-items";
import { setAsideNode } from "#lib/commands/set-aside-node";
import { setContextSecret } from "#lib/commands/set-context-secret";
import { setNodePort } from "#lib/commands/set-node-port";
import { setProjectQuota } from "#lib/commands/set-project-quota";
import { setSiteNetwork } from "#lib/commands/set-site-network";
import { setTenantQuota } from "#lib/commands/set-tenant-quota";
import { signIn } from "#lib/commands/sign-in";
import { type Id, newId } from "#lib/domain/id";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import { addSshKeyInput, signInInput } from "#lib/schemas/account";
import { createContextInput, setContextSecretInput } from "#lib/schemas/context";
import {
  changeInputsInput,
  launchEnvironmentInput,
  releaseEnvironmentInput,
} from "#lib/schemas/environment";
import { registerImageInput } from "#lib/schemas/image";
import { joinInput } from "#lib/schemas/invitation";
import { setNodePortInput, setSiteNetworkInput } from "#lib/schemas/network";
import {
  changeCredentialInput,
  enrolNodeInput,
  flagNodeInput,
  setAsideNodeInput,
} from "#lib/schemas/node";
import { changeNodeTypeInput, createNodeTypeInput } from "#lib/schemas/node-type";
import { changePoolInput, createPoolInput, reservePoolItemsInput } from "#lib/schemas/pool";
import { createProfileInput } from "#lib/schemas/profile";
import { setProjectQuotaInput, setTenantQuotaInput } from "#lib/schemas/quota";
import { createRackInput, createSiteInput } from "#lib/schemas/site";
import { addTemplateVersionInput, createTemplateInput } from "#lib/schemas/template";
import { addMemberInput, createProjectInput, createTenantInput } from "#lib/schemas/tenant";

// Every command that takes a person's words, with every hostile text that its schema lets through in
// every place of its input: it does what it was asked or refuses in words, and never throws.

let db: GivenConnections;
let fleet: GivenFleet;
let tenant: GivenTenant;
let rackId: string;
let siteId: Id<"site">;
let poolId: Id<"pool">;
let contextId: Id<"context">;
let environmentId: Id<"environment">;
const grants = new Map<string, Grant<FleetPermission>>();

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [2] });
  tenant = await givenTenant(db.app, { fleet, gpuLimit: 16 });
  const site = await createSite(db.app, await may("node.enrol"), {
    name: "here",
    bootOrigin: null,
  });
  if (!site.ok) throw new Error("no site");
  const rack = await createRack(db.app, await may("node.enrol"), {
    siteId: site.value.siteId,
    name: "here",
    units: 42,
  });
  if (!rack.ok) throw new Error("no rack");
  rackId = rack.value.rackId;
  siteId = site.value.siteId;
  const pool = await createPool(db.app, await may("pool.edit"), { ...newPool(), ranges: "1-4" });
  if (!pool.ok) throw new Error("no pool");
  poolId = pool.value.poolId;
  const about = { name: "proxy", description: "", variables: [], files: [] };
  const context = await createContext(db.app, await may("context.edit"), about);
  if (!context.ok) throw new Error("no context");
  contextId = context.value.contextId;
  const changeable = { changeable: true };
  const inputs = [
    anInput({ name: "line", label: "Line", type: "string", ...changeable }),
    anInput({ name: "prose", label: "Prose", type: "text", ...changeable }),
    anInput({ name: "json", label: "JSON", type: "json", ...changeable }),
    anInput({ name: "token", label: "Token", type: "secret", ...changeable }),
  ];
  const version = eq(templateVersions.id, fleet.templateVersionId);
  await asOperator(db.app, (tx) => tx.update(templateVersions).set({ inputs }).where(version));
  ({ environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1 }));
});
afterAll(() => db?.close());

async function may<P extends FleetPermission>(permission: P): Promise<Grant<P>> {
  const known = grants.get(permission) ?? (await givenFleetGrant(db.app, permission));
  grants.set(permission, known as Grant<FleetPermission>);
  return known as Grant<P>;
}

let counter = 0;
const unique = (word: string) => `${word}-${++counter}`;
const nodeId = () => fleet.racks[0]?.[0] ?? newId("node");
const sealingKey = newSealingKeys().publicKey;
const poolSettings = { warnPercent: 80, cooldownMinutes: 60 };
let vlan = 100;
const newPool = () => ({
  siteId,
  kind: "vlan" as const,
  name: unique("pool"),
  ranges: String(++vlan),
  itemLength: null,
  ...poolSettings,
});
const sha256 = "a".repeat(64);
const group = () => ({
  name: "workers",
  role: "gpu_worker",
  profileId: fleet.profileId,
  minCount: 1,
  defaultCount: 1,
  maxCount: 2,
});
const version = () => ({
  groups: [group()],
  bootConfig: { packages: ["nvtop"], commands: [["nvidia-smi", "-pm"]] },
});
const quota = { dimension: "gpus", subject: "H200", limit: 8 };

type Case = {
  schema: z.ZodType;
  good: () => unknown;
  run: (input: never) => Promise<Result<unknown, Refusal>>;
};

/** Keeps the input's type between the schema and the command. */
function command<S extends z.ZodType, T>(
  schema: S,
  good: () => z.input<S> | Record<string, unknown>,
  run: (input: z.output<S>) => Promise<Result<T, Refusal>>,
): Case {
  return { schema, good, run };
}

const commands: Record<string, Case> = {
  createSite: command(
    createSiteInput,
    () => ({ name: unique("site"), bootOrigin: "" }),
    async (input) => createSite(db.app, await may("node.enrol"), input),
  ),
  createRack: command(
    createRackInput,
    () => ({ siteId: newId("site"), name: unique("rack"), units: 42 }),
    async (input) => createRack(db.app, await may("node.enrol"), input),
  ),
  createNodeType: command(
    createNodeTypeInput,
    () => ({
      name: unique("type"),
      spec: { manufacturer: "NVIDIA", gpu: { model: "H100", count: 8 } },
    }),
    async (input) => createNodeType(db.app, await may("catalogue.edit"), input),
  ),
  changeNodeType: command(
    changeNodeTypeInput,
    () => ({
      nodeTypeId: fleet.nodeTypeId,
      name: unique("type"),
      spec: { cpu: { sockets: 2, model: "EPYC" } },
    }),
    async (input) => changeNodeType(db.app, await may("catalogue.edit"), input),
  ),
  registerImage: command(
    registerImageInput,
    () => ({
      name: unique("Ubuntu"),
      version: "24.04",
      purpose: "tenant",
      kernelFile: "vmlinuz",
      form: "memory",
      kernelSha256: sha256,
      initrdFile: "initrd",
      initrdSha256: sha256,
      kernelArgs: "quiet",
      defaultUser: "ubuntu",
    }),
    async (input) => registerImage(db.app, await may("catalogue.edit"), input),
  ),
  createProfile: command(
    createProfileInput,
    () => ({
      name: unique("profile"),
      displayName: "8 × H200",
      description: "",
      nodeTypeId: fleet.nodeTypeId,
      gpusPerNode: 8,
      gpuModel: "H200",
      defaultImageId: fleet.imageId,
    }),
    async (input) => createProfile(db.app, await may("catalogue.edit"), input),
  ),
  createTemplate: command(
    createTemplateInput,
    () => ({ name: unique("template"), description: "", readme: "", ...version() }),
    async (input) => createTemplate(db.app, await may("catalogue.edit"), input),
  ),
  addTemplateVersion: command(
    addTemplateVersionInput,
    () => ({ templateId: fleet.templateId, description: "", readme: "", ...version() }),
    async (input) => addTemplateVersion(db.app, await may("catalogue.edit"), input),
  ),
  createTenant: command(
    createTenantInput,
    () => ({ slug: unique("tenant"), name: "Vision" }),
    async (input) => createTenant(db.app, await may("tenant.create"), input),
  ),
  createProject: command(
    createProjectInput,
    () => ({ slug: unique("project"), name: "Vision" }),
    async (input) => createProject(db.app, await may("tenant.edit"), tenant.tenantId, input),
  ),
  addMember: command(
    addMemberInput,
    () => ({ email: `${unique("ada")}@example.com`, name: "Ada", role: "member" }),
    async (input) => addMember(db.app, await may("tenant.edit"), tenant.tenantId, input),
  ),
  joinAsOperator: command(
    joinInput,
    () => ({ token: "a link", name: "Olga", password: "four quiet unrelated words" }),
    async (input) => {
      const email = `${unique("olga")}@example.com`;
      const asked = { email, role: "fleet_viewer" } as const;
      const made = await inviteOperator(db.app, await may("operator.edit"), asked);
      if (!made.ok) throw new Error("not invited");
      const token = input.token === "a link" ? made.value.path.split("=")[1] : input.token;
      const request = { requestId: "test", ipAddress: null };
      return joinAsOperator(db.app, request, { ...input, token: token ?? "" });
    },
  ),
  enrolNode: command(
    enrolNodeInput,
    () => ({
      name: unique("node"),
      rackId,
      unit: null,
      nodeTypeId: fleet.nodeTypeId,
      controllerAddress: `${unique("bmc")}.example`,
      username: "root",
      password: "calvin",
      expectedFingerprint: null,
      address: null,
    }),
    async (input) => enrolNode(db.app, await may("node.enrol"), input, sealingKey),
  ),
  changeCredential: command(
    changeCredentialInput,
    () => ({ nodeId: nodeId(), username: "root", password: "calvin" }),
    async (input) => changeCredential(db.app, await may("credential.edit"), input, sealingKey),
  ),
  createPool: command(createPoolInput, newPool, async (input) =>
    createPool(db.app, await may("pool.edit"), input),
  ),
  changePool: command(
    changePoolInput,
    () => ({ poolId, ranges: "1-4", ...poolSettings }),
    async (input) => changePool(db.app, await may("pool.edit"), input),
  ),
  reservePoolItems: command(
    reservePoolItemsInput,
    () => ({ poolId, items: "1", reason: "the gateway" }),
    async (input) => reservePoolItems(db.app, await may("pool.edit"), input),
  ),
  setSiteNetwork: command(
    setSiteNetworkInput,
    () => ({
      siteId,
      driver: "http",
      address: `${unique("switch")}.example`,
      certificatePem: "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----",
      secret: "a secret of this test",
    }),
    async (input) => setSiteNetwork(db.app, await may("credential.edit"), input, sealingKey),
  ),
  setNodePort: command(
    setNodePortInput,
    () => ({ nodeId: nodeId(), port: "eth1" }),
    async (input) => setNodePort(db.app, await may("node.enrol"), input),
  ),
  createContext: command(
    createContextInput,
    () => ({
      name: unique("context"),
      description: "",
      variables: [{ name: "HTTPS_PROXY", value: "http://proxy:3128" }],
      files: [{ path: "/etc/motd", mode: "0644", content: "hello" }],
    }),
    async (input) => createContext(db.app, await may("context.edit"), input),
  ),
  setContextSecret: command(
    setContextSecretInput,
    () => ({ contextId, name: "TOKEN", value: "a secret of this test" }),
    async (input) => setContextSecret(db.app, await may("context.edit"), input, sealingKey),
  ),
  flagNode: command(
    flagNodeInput,
    () => ({ nodeId: nodeId(), flag: "maintenance", on: true, reason: "a new fan" }),
    async (input) => flagNode(db.app, await may("node.operate"), input),
  ),
  setAsideNode: command(
    setAsideNodeInput,
    () => ({ nodeId: nodeId(), to: "quarantined", reason: "it rattles" }),
    async (input) => setAsideNode(db.app, await may("node.operate"), input),
  ),
  setTenantQuota: command(
    setTenantQuotaInput,
    () => ({ tenantId: tenant.tenantId, ...quota }),
    async (input) => setTenantQuota(db.app, await may("quota.edit"), input),
  ),
  setProjectQuota: command(
    setProjectQuotaInput,
    () => ({ projectId: tenant.projectId, ...quota }),
    async (input) => setProjectQuota(db.app, await may("quota.edit"), tenant.tenantId, input),
  ),
  launchEnvironment: command(
    launchEnvironmentInput,
    () => ({
      requestKey: crypto.randomUUID(),
      name: unique("train"),
      templateVersionId: fleet.templateVersionId,
      imageId: fleet.imageId,
      counts: { workers: 1 },
      sshKeyIds: [tenant.keyId],
      pastedKey: "",
    }),
    (input) => launchEnvironment(db.app, tenant.grant("environment.launch"), input),
  ),
  changeInputs: command(
    changeInputsInput,
    () => ({ environmentId, inputs: { line: "a", prose: "b", json: "{}", token: "c" } }),
    (input) => changeInputs(db.app, tenant.grant("environment.operate"), input, sealingKey),
  ),
  releaseEnvironment: command(
    releaseEnvironmentInput,
    () => ({
      requestKey: crypto.randomUUID(),
      environmentId: newId("environment"),
      confirmName: "train",
    }),
    (input) => releaseEnvironment(db.app, tenant.grant("environment.release"), input),
  ),
  addSshKey: command(
    addSshKeyInput,
    () => ({ name: unique("laptop"), publicKey: "ssh-ed25519 AAAA" }),
    (input) => addSshKey(db.app, tenant.actor, input),
  ),
  signIn: command(
    signInInput,
    () => ({ email: `${unique("eve")}@example.com`, password: "guess" }),
    (input) =>
      signIn(db.app, { requestId: "test", ipAddress: null, userAgent: null, earlier: null }, input),
  ),
};

test.for(Object.entries(commands))("%s", async ([, { schema, good, run }]) => {
  const paths = leaves(good()).filter((path) => typeof at(good(), path) === "string");
  expect(paths.length).toBeGreaterThan(0);
  let ran = 0;
  for (const path of paths) {
    for (const text of hostileTexts) {
      const input = schema.safeParse(put(good(), path, text));
      if (!input.success) continue;
      ran++;
      const result = await run(input.data as never);
      if (!result.ok) expect(refusalMessage(result.refusal)).toMatch(/^\S.*[.?]$/s);
    }
  }
  expect(ran).toBeGreaterThan(0);
});

function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], value);
}
