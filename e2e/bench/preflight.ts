import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { connect, type Database } from "#db/client";
import { profileShares, templateShares } from "#db/schema/catalogue";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { ownToken } from "#e2e/fixtures/api";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenCatalogue,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenReady } from "#e2e/fixtures/launched";
import { freePort } from "#e2e/free-port";
import { ingot } from "#e2e/ingot-client";
import { newPublicKey } from "#e2e/world/tenants";
import type { Id } from "#lib/domain/id";
import { type Ingot, startIngot } from "#lib/launch/start";
import { catalogue } from "#lib/views/catalogue";
import { launchPreflight } from "#lib/views/launch-preflight";

// What a launch form asks while somebody fills it in, on a fleet of 1,000 nodes of which half are held by
// many tenants, with 200 templates to choose from: the checks of one form, and the catalogue as a whole,
// with no page and no socket between; then the checks through the portal's API, by several at once.

const racks = Array<number>(50).fill(20);
const templateCount = 200;
const environmentCount = 500;
const tenantCount = 50;
const asked = 1_000;
const callerCount = 8;
/** Of each caller: fewer than one may read in a minute. */
const askedByEach = 125;

export async function benchPreflight(
  say: (line: string) => void,
  command: string,
): Promise<BenchRow[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-preflight-"));
  await chmod(directory, 0o711);
  const ending: (() => unknown)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    say("database, build, portal");
    const portal = await startIngot({
      settings: {
        INGOT_DATA_DIRECTORY: directory,
        INGOT_PORT: String(await freePort()),
        INGOT_BOOT_PORT: String(await freePort()),
        INGOT_LOG_LEVEL: "error",
      },
      // No worker: what is written as live stays so, though no node is there.
      services: ["web"],
    });
    ending.unshift(() => portal.stop());
    const app = connect({ url: portal.databaseUrl, role: "ingot_app", max: 4 });
    ending.unshift(() => app.pool.end());
    const worker = connect({ url: portal.databaseUrl, role: "ingot_worker", max: 1 });
    ending.unshift(() => worker.pool.end());

    say("1,000 nodes, 200 templates, 500 live environments of 50 tenants");
    const fleet = await givenFleet(app.db, { racks });
    const tenants: GivenTenant[] = [];
    while (tenants.length < tenantCount) {
      tenants.push(await givenTenant(app.db, { fleet, gpuLimit: 8_000 }));
    }
    const callers = tenants.slice(0, callerCount);
    const versions = await offerTemplates(app.db, fleet, callers);
    for (let n = 0; n < environmentCount; n++) {
      const tenant = tenants[n % tenantCount] as GivenTenant;
      const db = { app: app.db, worker: worker.db };
      await givenReady(db, { fleet, tenant, nodeCount: 1, name: `live-${n}` });
    }
    await settle(portal);
    const publicKey = newPublicKey("laptop");
    const formOf = (n: number) => ({
      templateVersionId: versions[n % versions.length] ?? fleet.templateVersionId,
      imageId: fleet.imageId,
      counts: { workers: 1 + (n % 8) },
      name: `train-${n}`,
      publicKey,
    });

    say("preflight");
    const [first] = callers as [GivenTenant];
    const may = first.grant("environment.launch");
    const took = await timed(asked, async (n) =>
      allowed(await launchPreflight(app.db, may, formOf(n))),
    );
    say("catalogue");
    const whole = await timed(100, () => catalogue(app.db, first.grant("project.read")));
    say(`preflight through the API, by ${callerCount} at once`);
    const asks = await Promise.all(
      callers.map(async ({ actor }) => {
        const token = await ownToken(app.db, actor, ["environment.launch"]);
        const client = ingot({ token, base: `${portal.origin}/api/v1` });
        const params = { tenant: actor.memberships[0]?.tenantSlug ?? "", project: "research" };
        return async (n: number) =>
          allowed(await client.call("preflight", { params, body: formOf(n) }));
      }),
    );
    const atOnce = async (each: number) =>
      (await Promise.all(asks.map((ask) => timed(each, ask)))).flat();
    // Warm, as a portal is that people use: the processes have compiled what they run.
    await atOnce(20);
    const together = await atOnce(askedByEach);

    const row = (name: string, values: number[], share: number): BenchRow => ({
      ...{ name, unit: "ms", command },
      value: Math.round(quantile(values, share) * 10) / 10,
    });
    const of = "preflight, 1,000 nodes, 200 templates, 500 live environments of 50 tenants";
    const through = `the same through the portal's API, ${callerCount} callers at once`;
    return [
      row(`${of}, p50`, took, 0.5),
      row(`${of}, p95`, took, 0.95),
      row(`${through}, p50`, together, 0.5),
      row(`${through}, p95`, together, 0.95),
      row("the whole catalogue of these, p50", whole, 0.5),
      row("the whole catalogue of these, p95", whole, 0.95),
    ];
  } finally {
    for (const end of ending) await end();
  }
}

/** Throws where a check says no: what is measured is a launch that would be taken. */
function allowed(told: { checks: readonly { verdict: string; words: string }[] } | null): void {
  const no = told?.checks.find((check) => check.verdict === "no");
  if (!told || no) throw new Error(`a preflight of the bench says no: ${no?.words}`);
}

/** Templates of one group each on profiles of their own, shared with the project of each of these. */
async function offerTemplates(
  db: Database,
  fleet: GivenFleet,
  tenants: readonly GivenTenant[],
): Promise<Id<"templateVersion">[]> {
  const { nodeTypeId, imageId } = fleet;
  const projects = tenants.map(({ tenantId, projectId }) => ({ tenantId, projectId }));
  const versions = [fleet.templateVersionId];
  while (versions.length < templateCount) {
    const made = await givenCatalogue(db, { nodeTypeId, imageId, gpuModel: "H200" });
    const { templateId, profileId } = made;
    await asOperator(db, async (tx) => {
      await tx.insert(templateShares).values(projects.map((each) => ({ ...each, templateId })));
      await tx.insert(profileShares).values(projects.map((each) => ({ ...each, profileId })));
    });
    versions.push(made.templateVersionId);
  }
  return versions;
}

/** As if all had been so for a day: no project has launched just now, and the database knows what there is. */
async function settle(portal: Ingot): Promise<void> {
  const url = portal.postgres?.superuserUrl.replace(/postgres$/, "ingot") ?? "";
  const superuser = new pg.Client({ connectionString: url });
  await superuser.connect();
  await superuser.query(`
    update environments set created_at = created_at - interval '1 day';
    update allocations set started_at = started_at - interval '1 day';
    update operations set created_at = created_at - interval '1 day',
      finished_at = finished_at - interval '1 day';
    analyze`);
  await superuser.end();
}

/** Milliseconds of each of so many, one after the other. */
async function timed(count: number, work: (n: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    const began = performance.now();
    await work(n);
    took.push(performance.now() - began);
  }
  return took;
}
