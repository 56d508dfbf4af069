import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { and, eq } from "drizzle-orm";
import { type Connection, connect, inScope } from "#db/client";
import { versionOffered } from "#db/queries/profile-terms";
import {
  profiles,
  profileVersions,
  templateGroups,
  templates,
  templateVersions,
} from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import { sshKeys } from "#db/schema/ssh-keys";
import { users } from "#db/schema/users";
import { givenBootStub } from "#e2e/boot-stub";
import { freePort } from "#e2e/free-port";
import { type RackProcess, startRackProcess } from "#e2e/rack-process";
import { people, seedWorld } from "#e2e/seed";
import { actorOf, grantsOf, signedInActor } from "#e2e/world/acting";
import { share } from "#e2e/world/catalogue";
import { enrolled } from "#e2e/world/fleet";
import { sealingKeyOf } from "#e2e/world/sealing-key";
import { tenant } from "#e2e/world/tenants";
import { type Actor, authorizeProject, type Grant } from "#lib/access/authorize";
import type { ProjectPermission } from "#lib/access/policy";
import type { Id } from "#lib/domain/id";
import { type Ingot, startIngot } from "#lib/launch/start";

/** How many nodes of eight GPUs the rack has: as many as launch at once. */
export const benchNodes = 50;

/**
 * People who look on, in the bench's tenant: one has no more than so many pages open at once, and their pages read no
 * more than so much in a minute.
 */
export const benchViewers = Array.from({ length: 50 }, (_, index) => ({
  email: `viewer-${index}@ingot.example`,
  name: `Viewer ${index}`,
  role: "admin" as const,
}));

/** A portal in production form, on a rack that takes no time of its own. */
export type BenchWorld = {
  ingot: Ingot;
  app: Connection;
  password: string;
  tenant: string;
  project: string;
  /** What one launch of the bench needs. */
  launchable: {
    templateVersionId: Id<"templateVersion">;
    imageId: Id<"image">;
    sshKeyIds: Id<"sshKey">[];
    group: string;
  };
  grant: <P extends ProjectPermission>(permission: P) => Grant<P>;
  stop: () => Promise<void>;
};

/** Starts the world of the bench, its rack of so many nodes, and waits until every node is available. */
export async function startBenchWorld(
  say: (line: string) => void,
  settings: Record<string, string> = {},
  nodeCount = benchNodes,
): Promise<BenchWorld> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-bench-"));
  await chmod(directory, 0o711);
  const bootPort = await freePort();
  const password = randomBytes(12).toString("base64url");
  let rack: RackProcess | undefined;
  let ingot: Ingot | undefined;
  let app: Connection | undefined;
  const stop = async () => {
    await app?.pool.end();
    await ingot?.stop();
    await rack?.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    say("simulated rack");
    rack = await startRackProcess({
      directory,
      options: {
        network: 120,
        seed: "bench",
        nodesPerRack: 10,
        nodes: [{ count: nodeCount, flavour: "dgx" }],
        pxeOrigin: `http://127.0.0.1:${bootPort}`,
        // The rack's own delays are taken out: what is left is ours.
        timing: {
          powerMs: 0,
          bootMs: 0,
          installMs: 0,
          wipeDeviceMs: 0,
          shutdownMs: 0,
          retryMs: 20,
        },
      },
    });
    say("database, build, portal");
    ingot = await startIngot({
      settings: {
        INGOT_DATA_DIRECTORY: directory,
        INGOT_PORT: String(await freePort()),
        INGOT_BOOT_PORT: String(bootPort),
        INGOT_BOOT_STUB: await givenBootStub(directory),
        INGOT_CONTROLLER_NETWORKS: "127.0.0.0/8",
        INGOT_NODE_NETWORKS: "127.0.0.0/8",
        INGOT_LOG_LEVEL: "error",
        ...settings,
      },
    });
    app = connect({ url: ingot.databaseUrl, role: "ingot_app", max: 20 });
    say(`nodes enrolled, compared, available: ${nodeCount}`);
    const { db } = app;
    await seedWorld({
      db,
      password,
      imageDirectory: ingot.settings.imageDirectory,
      sealingKey: sealingKeyOf(directory),
      nodes: rack.nodes,
    });
    await enrolled(db);
    const place = await givenBenchTenant(app, password);
    return { ingot, app, password, ...place, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A tenant that may hold every node, with everything shared to its one project. */
async function givenBenchTenant({ db }: Connection, password: string) {
  const operator = await actorOf(db, people.operator.email);
  const may = grantsOf(operator);
  const made = await tenant(
    db,
    may,
    {
      slug: "bench",
      name: "Bench",
      limits: [{ dimension: "gpus", subject: "H100", limit: benchNodes * 8 }],
      projects: [{ slug: "load", name: "Load", limits: [] }],
      members: [
        { email: "bench@ingot.example", name: "Bench", role: "owner", hasKey: true },
        ...benchViewers,
      ],
    },
    password,
  );
  const found = await fleetCatalogue(db);
  await share(
    db,
    may,
    {
      imageIds: [found.imageId],
      profileIds: [found.profileId],
      templateIds: [found.templateId],
    },
    Object.values(made.projectIds),
  );
  const actor = await signedInActor(db, { email: "bench@ingot.example", password });
  return {
    tenant: "bench",
    project: "load",
    launchable: { ...found, sshKeyIds: await keysOf(db, actor) },
    grant: <P extends ProjectPermission>(permission: P) => {
      const allowed = authorizeProject(actor, "bench", "load", permission);
      if (!allowed.ok) throw new Error(`the bench may not ${permission}`);
      return allowed.value as Grant<P>;
    },
  };
}

async function fleetCatalogue(db: Connection["db"]) {
  return inScope(db, { tenant: "", user: "", fleet: "read" }, async (tx) => {
    const [row] = await tx
      .select({
        templateId: templates.id,
        templateVersionId: templateVersions.id,
        profileId: profiles.id,
        imageId: images.id,
        group: templateGroups.name,
      })
      .from(templates)
      .innerJoin(templateVersions, eq(templateVersions.templateId, templates.id))
      .innerJoin(templateGroups, eq(templateGroups.templateVersionId, templateVersions.id))
      .innerJoin(profiles, eq(profiles.id, templateGroups.profileId))
      .innerJoin(profileVersions, versionOffered)
      .innerJoin(images, eq(images.id, profileVersions.defaultImageId))
      .where(
        and(eq(templates.name, "distributed-training"), eq(templateVersions.state, "published")),
      );
    if (!row) throw new Error("the seeded world has no template to launch");
    return row;
  });
}

async function keysOf(db: Connection["db"], actor: Actor): Promise<Id<"sshKey">[]> {
  return inScope(db, { tenant: "", user: actor.userId, fleet: "" }, async (tx) => {
    const rows = await tx
      .select({ id: sshKeys.id })
      .from(sshKeys)
      .innerJoin(users, eq(users.id, sshKeys.userId));
    return rows.map((row) => row.id);
  });
}
