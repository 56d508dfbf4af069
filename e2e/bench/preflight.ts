import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect, type Database } from "#db/client";
import { startEmbeddedPostgres } from "#db/embedded";
import { migrate } from "#db/migrate";
import { profileShares, templateShares } from "#db/schema/catalogue";
import { type BenchRow, quantile } from "#e2e/bench/row";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenCatalogue,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { must } from "#e2e/world/acting";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { catalogue } from "#lib/views/catalogue";
import { launchPreflight } from "#lib/views/launch-preflight";

// What a launch form asks while somebody fills it in, on a fleet of 1,000 nodes of which half are held,
// with 200 templates to choose from: the checks of one form, and the catalogue as a whole. No page and no
// socket between.

const racks = Array<number>(50).fill(20);
const templateCount = 200;
const environmentCount = 500;
const asked = 1_000;

export async function benchPreflight(
  say: (line: string) => void,
  command: string,
): Promise<BenchRow[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-preflight-"));
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres({ directory: path.join(directory, "postgres") });
  const url = postgres.url();
  await migrate(url);
  const app = connect({ url, role: "ingot_app", max: 4 });
  try {
    say("1,000 nodes, 200 templates and 500 environments");
    const fleet = await givenFleet(app.db, { racks });
    const tenant = await givenTenant(app.db, { fleet, gpuLimit: 8_000 });
    const versions = await offerTemplates(app.db, fleet, tenant);
    await launchAll(app.db, fleet, tenant);
    const may = tenant.grant("environment.launch");
    say("preflight");
    const took = await timed(asked, async (n) => {
      const told = await launchPreflight(app.db, may, {
        templateVersionId: versions[n % versions.length] ?? fleet.templateVersionId,
        imageId: fleet.imageId,
        counts: { workers: 1 + (n % 8) },
        name: `train-${n}`,
        hasPastedKey: true,
      });
      if (told?.checks.some((check) => check.verdict === "no")) {
        throw new Error("a preflight of the bench says no");
      }
    });
    say("catalogue");
    const whole = await timed(100, () => catalogue(app.db, tenant.grant("project.read")));
    const row = (name: string, values: number[], share: number): BenchRow => ({
      ...{ name, unit: "ms", command },
      value: Math.round(quantile(values, share) * 10) / 10,
    });
    return [
      row("preflight, 1,000 nodes, 200 templates, 500 environments, p50", took, 0.5),
      row("preflight, 1,000 nodes, 200 templates, 500 environments, p95", took, 0.95),
      row("the whole catalogue of these, p50", whole, 0.5),
      row("the whole catalogue of these, p95", whole, 0.95),
    ];
  } finally {
    await app.pool.end();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Templates of one group each on profiles of their own, shared with the project. */
async function offerTemplates(db: Database, fleet: GivenFleet, tenant: GivenTenant) {
  const { tenantId, projectId } = tenant;
  const { nodeTypeId, imageId } = fleet;
  const versions = [fleet.templateVersionId];
  while (versions.length < templateCount) {
    const made = await givenCatalogue(db, { nodeTypeId, imageId, gpuModel: "H200" });
    const { templateId, profileId } = made;
    await asOperator(db, async (tx) => {
      await tx.insert(templateShares).values({ templateId, tenantId, projectId });
      await tx.insert(profileShares).values({ profileId, tenantId, projectId });
    });
    versions.push(made.templateVersionId);
  }
  return versions;
}

async function launchAll(db: Database, fleet: GivenFleet, tenant: GivenTenant): Promise<void> {
  for (let n = 0; n < environmentCount; n++) {
    must(
      await launchEnvironment(db, tenant.grant("environment.launch"), {
        ...{ requestKey: randomUUID(), name: `live-${n}`, pastedKey: "" },
        ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
        ...{ counts: { workers: 1 }, sshKeyIds: [tenant.keyId] },
      }),
    );
  }
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
