import type { Database } from "#db/client";
import type { NodeIdentity } from "#e2e/simulator/node";
import type { RackOptions } from "#e2e/simulator/options";
import { actorOf, type GrantsOf, grantsOf, timesDone } from "#e2e/world/acting";
import { image, type Offer, profile, share, template } from "#e2e/world/catalogue";
import { fabric } from "#e2e/world/fabric";
import {
  enrol,
  type NodeTypeName,
  nodeType,
  nodeTypeSpecs,
  pool,
  rack,
  site,
  typeOf,
} from "#e2e/world/fleet";
import { firstOperator, operator } from "#e2e/world/people";
import { type TenantPlan, tenant } from "#e2e/world/tenants";
import type { ApproverKind, TemplateHook } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";

// A whole small world for a portal that has nothing yet: operators, a fleet, a catalogue and a
// tenant. All of it is made by the commands that the portal's own pages run, and only where it is
// missing: a run that was broken off is taken up by the next one, and once all is made a run adds nothing
// and changes nothing that people have made of it.

/** The nodes of the demo's rack, four to a rack. The last of the first kind has lost a GPU. */
export const demoRack: RackOptions = {
  seed: "ingot-demo",
  nodesPerRack: 4,
  nodes: [
    { count: 11, flavour: "dgx", workload: "training" },
    { count: 1, flavour: "dgx", faults: ["wrong-gpu-count"] },
    { count: 2, flavour: "plain", gpus: 4, gpuModel: "h200", workload: "inference" },
    { count: 2, flavour: "pxe-only", gpus: 1, gpuModel: "l40s", workload: "inference" },
    { count: 4, flavour: "plain", gpus: 0 },
  ],
};

export const people = {
  operator: { email: "olga@ingot.example", name: "Olga Lindqvist" },
  watcher: { email: "walter@ingot.example", name: "Walter Brandt" },
  owner: { email: "ada@aurora.example", name: "Ada Okafor" },
  admin: { email: "anton@aurora.example", name: "Anton Reyes" },
  member: { email: "mia@aurora.example", name: "Mia Tanaka" },
  viewer: { email: "vera@aurora.example", name: "Vera Novak" },
} as const;

const aurora: TenantPlan = {
  slug: "aurora",
  name: "Aurora Labs",
  limits: [
    { dimension: "gpus", subject: "H100", limit: 64 },
    { dimension: "gpus", subject: "H200", limit: 8 },
    { dimension: "gpus", subject: "L40S", limit: 2 },
  ],
  projects: [
    {
      slug: "foundation",
      name: "Foundation Models",
      limits: [{ dimension: "gpus", subject: "H100", limit: 48 }],
    },
    {
      slug: "serving",
      name: "Model Serving",
      limits: [{ dimension: "gpus", subject: "H100", limit: 16 }],
    },
  ],
  members: [
    { ...people.owner, role: "owner", hasKey: true },
    { ...people.admin, role: "admin", hasKey: true },
    {
      ...people.member,
      role: "member",
      projects: { foundation: "member", serving: "admin" },
      hasKey: true,
    },
    { ...people.viewer, role: "viewer", projects: { foundation: "viewer" } },
  ],
};

export type SeedInput = {
  db: Database;
  /** Of everyone in the world. */
  password: string;
  imageDirectory: string;
  /** Seals controllers' credentials for the worker. */
  sealingKey: string;
  /** What the rack says of its nodes: the operator's delivery papers. */
  nodes: readonly NodeIdentity[];
  /** Told of each part as it begins. */
  began?: (what: string) => void;
};

/**
 * Makes the world, as far as it is not there. The worker must be running: it verifies the images.
 * The enrolments are ordered and not waited for.
 */
export async function seedWorld(input: SeedInput): Promise<void> {
  const { db, password, began = () => {} } = input;
  began("operators");
  await firstOperator(db, people.operator, password);
  const may = grantsOf(await actorOf(db, people.operator.email));
  await operator(db, may, { ...people.watcher, role: "fleet_viewer" }, password);
  // Before the nodes: some are inspected on their way to being available.
  const { imageDirectory: directory } = input;
  await image(db, may, { name: "Ingot inspection", version: "1", purpose: "inspect", directory });
  began("nodes");
  const types = await seedFleet(may, input);
  began("images, profiles and templates");
  const offer = await seedCatalogue(may, input, types);
  began("tenant");
  // The last thing that is done for it tells whether it was ever whole. From then on it is its people's.
  const last = offer.templateIds.at(-1) ?? "";
  if ((await timesDone(db, "template.share", last)) > 0) return;
  const { projectIds } = await tenant(db, may, aurora, password);
  await share(db, may, offer, Object.values(projectIds));
}

type Types = Record<NodeTypeName, Id<"nodeType">>;

async function seedFleet(may: GrantsOf, input: SeedInput): Promise<Types> {
  const { db, sealingKey } = input;
  const types = {} as Types;
  for (const [name, spec] of Object.entries(nodeTypeSpecs)) {
    types[name as NodeTypeName] = await nodeType(db, may, name, spec);
  }
  const siteId = await site(db, may, "Luleå");
  for (const node of input.nodes) {
    const { rackName, unit } = placeOf(node.name);
    const rackId = await rack(db, may, siteId, rackName);
    await enrol(db, may, { node, rackId, unit, nodeTypeId: types[typeOf(node)], sealingKey });
  }
  await fabric(
    db,
    may,
    siteId,
    "compute",
    input.nodes.filter((node) => node.infinibandGuids.length > 1),
  );
  const at = { siteId, itemLength: null };
  await pool(db, may, { ...at, kind: "vlan", name: "tenant-vlans", ranges: "100-199" });
  await pool(db, may, { ...at, kind: "pkey", name: "partitions", ranges: "0x0010-0x00ff" });
  await pool(db, may, { ...at, kind: "public_ip", name: "public", ranges: "203.0.113.0/26" });
  await pool(db, may, {
    ...at,
    kind: "private_prefix",
    name: "tenant-prefixes",
    ranges: "10.64.0.0/12",
    itemLength: 24,
  });
  return types;
}

/** `gpu-r02-n03` stands in rack A02; a node of eight GPUs is eight units high. */
function placeOf(name: string): { rackName: string; unit: number } {
  const [, rackNumber, slot] = /-r(\d+)-n(\d+)$/.exec(name) ?? [];
  if (!rackNumber || !slot) throw new Error(`${name} does not say where it stands`);
  return { rackName: `A${rackNumber}`, unit: 1 + 10 * (Number(slot) - 1) };
}

async function seedCatalogue(may: GrantsOf, input: SeedInput, types: Types): Promise<Offer> {
  const { db, imageDirectory: directory } = input;
  // Together: the worker looks for files to verify every few seconds.
  const [ubuntu, rocky] = await Promise.all([
    image(db, may, { name: "Ubuntu", version: "24.04", purpose: "tenant", directory }),
    image(db, may, { name: "Rocky Linux", version: "9.6", purpose: "tenant", directory }),
    image(db, may, { name: "Ingot wipe", version: "1", purpose: "sanitize", directory }),
  ]);

  const onUbuntu = { defaultImageId: ubuntu };
  const h100 = await profile(db, may, {
    ...onUbuntu,
    name: "gpu-8x-h100",
    displayName: "8 × H100",
    description:
      "A whole DGX H100: 8 GPUs on NVLink, 2 TiB of memory, 400 Gb/s InfiniBand per GPU.",
    nodeTypeId: types["dgx-h100"],
    gpusPerNode: 8,
    gpuModel: "H100",
    priceCents: 2_390,
  });
  const h200 = await profile(db, may, {
    ...onUbuntu,
    name: "gpu-4x-h200",
    displayName: "4 × H200",
    description: "4 GPUs with 141 GB each, for fine-tuning and large-batch inference.",
    nodeTypeId: types["h200-4x"],
    gpusPerNode: 4,
    gpuModel: "H200",
    priceCents: 1_420,
  });
  const l40s = await profile(db, may, {
    ...onUbuntu,
    name: "gpu-1x-l40s",
    displayName: "1 × L40S",
    description: "One GPU with 48 GB, for notebooks and small models.",
    nodeTypeId: types["l40s-1x"],
    gpusPerNode: 1,
    gpuModel: "L40S",
    priceCents: 95,
  });
  const cpu = await profile(db, may, {
    ...onUbuntu,
    name: "cpu-64c",
    displayName: "64 cores, no GPU",
    description: "Two EPYC 9354 and 768 GiB of memory, for data preparation.",
    nodeTypeId: types["cpu-epyc-9354"],
    gpusPerNode: 0,
    gpuModel: "",
  });

  const nothingExtra = { packages: [], commands: [] };
  const training = await template(db, may, {
    name: "distributed-training",
    description: "Whole 8-GPU nodes side by side, for training over InfiniBand.",
    readme:
      "Each node comes with the driver's persistence mode on. Host names count up from the environment's name: the first one is the usual rendezvous address of torchrun.",
    groups: [
      {
        name: "workers",
        role: "gpu_worker",
        profileId: h100,
        minCount: 1,
        defaultCount: 2,
        maxCount: 8,
      },
    ],
    bootConfig: { packages: [], commands: [["nvidia-smi", "-pm", "1"]] },
    network: { isPrivate: true, hasPartition: true, publicAddresses: "none" },
    hooks: [decision("window", "operators"), decision("handing-over", "tenant_admins")],
    actions: [
      {
        name: "maintenance-window",
        label: "Ask for a maintenance window",
        help: "The platform team decides, within a day.",
        role: "member",
        confirmation: "Jobs should be able to stop for as long as the window is open.",
        inputs: [
          { ...question, name: "length", label: "How long", type: "duration", default: "2h" },
          { ...question, name: "reason", label: "What for", type: "string" },
        ],
        hooks: ["window"],
      },
      {
        name: "hand-over",
        label: "Hand over to support",
        help: "",
        role: "admin",
        confirmation: "",
        inputs: [],
        hooks: ["handing-over"],
      },
    ],
  });
  const tuning = await template(db, may, {
    name: "fine-tuning",
    description: "One or two 4-GPU nodes with large memory.",
    readme: "",
    groups: [
      {
        name: "workers",
        role: "gpu_worker",
        profileId: h200,
        minCount: 1,
        defaultCount: 1,
        maxCount: 2,
      },
    ],
    bootConfig: nothingExtra,
  });
  const notebook = await template(db, may, {
    name: "notebook",
    description: "A single node with one GPU, to try things out.",
    readme: "",
    groups: [
      {
        name: "node",
        role: "gpu_worker",
        profileId: l40s,
        minCount: 1,
        defaultCount: 1,
        maxCount: 1,
      },
    ],
    bootConfig: { packages: ["tmux"], commands: [] },
  });
  const preparation = await template(db, may, {
    name: "data-preparation",
    description: "CPU nodes for tokenizing, filtering and packing data sets.",
    readme: "",
    groups: [
      { name: "nodes", role: "cpu", profileId: cpu, minCount: 1, defaultCount: 1, maxCount: 4 },
    ],
    bootConfig: nothingExtra,
  });
  return {
    imageIds: [ubuntu, rocky],
    profileIds: [h100, h200, l40s, cpu],
    templateIds: [training, tuning, notebook, preparation],
  };
}

/** A decision behind an action, to be made within a day. */
function decision(name: string, kind: ApproverKind): TemplateHook {
  return {
    ...{ name, point: "on_action", kind: "approval", providerId: null },
    approvers: { kind, emails: [] },
    ...{ seconds: 86_400, retries: 0, backoffSeconds: 1, onFailure: "abort" },
    ...{ executeOnce: false, skipIf: null },
  };
}

/** An input that has to be entered, with no rules of its own. */
const question = {
  ...{ help: "", section: "", required: true, default: null, options: [], pattern: null },
  ...{ min: null, max: null, showIf: null, override: "allowed" as const, allowed: [] },
};
