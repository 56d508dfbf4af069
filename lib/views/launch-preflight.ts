import type { Database, Transaction } from "#db/client";
import { findKeysOfProject, findOwnKeys } from "#db/queries/chosen-keys";
import { findDeciders } from "#db/queries/deciders";
import { isEnvironmentNameTaken, secondsUntilLaunch } from "#db/queries/environments";
import { countFreeNodes } from "#db/queries/free-nodes";
import { findOwnHold } from "#db/queries/holds";
import { offerInputs } from "#db/queries/input-offer";
import {
  findLaunchableTemplate,
  type LaunchableGroup,
  type LaunchableTemplate,
  listLaunchableImages,
} from "#db/queries/launchables";
import { findCurrency } from "#db/queries/profile-terms";
import { listQuotaLines } from "#db/queries/quotas";
import { findSuppliedRacks } from "#db/queries/supplied-racks";
import { together } from "#db/together";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { mostPerMinute } from "#lib/domain/access/pace";
import {
  type Claim,
  type NodeDemand,
  type WantedGroup,
  weighClaim,
} from "#lib/domain/environment/claim";
import { tooFastToLaunch } from "#lib/domain/environment/launch-pace";
import { launchLease } from "#lib/domain/environment/lease";
import { checkCounts } from "#lib/domain/environment/node-groups";
import { offeredHook } from "#lib/domain/hook/words";
import { checkAllowedImage } from "#lib/domain/image/allowed-image";
import { networkWords } from "#lib/domain/pool/network-needs";
import type { SupplyVerdict } from "#lib/domain/pool/weigh-supply";
import { costWords, hourlyPrice } from "#lib/domain/profile/price";
import { admit, type QuotaLine } from "#lib/domain/quota/quota";
import { refusalMessage } from "#lib/domain/refusal";
import { keysCheck, launchChecks, timeCheck } from "#lib/domain/template/launch-checks";
import type { TemplateNetwork } from "#lib/domain/template/template";
import { environmentName, type LaunchPreflightInput } from "#lib/schemas/environment";
import type { LaunchPreflight, PreflightCheck } from "#lib/schemas/environment-view";
import { capacityChecks, type Elsewhere, findElsewhere } from "#lib/views/preflight-capacity";
import { holdOfPreflight } from "#lib/views/preflight-hold";
import { timesToReady } from "#lib/views/typical-durations";

/**
 * Says what a launch would meet if it were made now, check by check, by the same rules as the
 * launch itself (`weighClaim`). Nodes that the person has on hold are theirs here as in the launch.
 * Holds nothing by itself: without a hold, what is free can be gone by the time of the launch. Null
 * when the template is not one the project may launch. `ofForm` false: a form that is open makes those
 * checks by itself, as it is typed, that need nothing else (`launchChecks`, `keysCheck`).
 */
export async function launchPreflight(
  db: Database,
  grant: Grant<"environment.launch">,
  input: LaunchPreflightInput,
  ofForm = true,
  mostAMinute: number = mostPerMinute.launch,
): Promise<LaunchPreflight | null> {
  return withGrant(db, grant, async (tx) => {
    const [template, own] = await together(
      () => findLaunchableTemplate(tx, grant.projectId, input.templateVersionId),
      () => findOwnHold(tx, grant.projectId, grant.actorId),
    );
    if (!template) return null;
    const counts = checkCounts(template.groups, input.counts);
    const holdId = own?.id ?? null;
    const [lines, free] = await together(
      () => listQuotaLines(tx, grant.tenantId, grant.projectId, holdId),
      () => countFreeNodes(tx, { own: holdId }),
    );
    const claim = weighClaim(template.groups, input.counts, lines, free);
    const ask = [claim.nodes, lines, holdId] as const;
    const supply = await findSuppliedRacks(tx, template.network, ...ask, { isToTake: false });
    const among = { own: holdId, racks: supply?.verdict.ok ? supply.racks : null };
    const left = supply?.verdict.ok ? await countFreeNodes(tx, among) : free;
    const nodes = claim.nodes.map((need) => ({ ...need, free: left.get(need.nodeTypeId) ?? 0 }));
    const isShort = nodes.some(({ count, free: now }) => count > now);
    const elsewhere =
      isShort || supply?.verdict.ok === false
        ? await findElsewhere(tx, grant.projectId, nodes, template.network, holdId)
        : { when: new Map(), profiles: [] };
    const [name, capacity, image, lease, times, keys, hold, waitSeconds] = await together(
      () => nameCheck(tx, grant, input.name),
      () => capacityChecks(tx, nodes, template.network, among, elsewhere),
      () => imageCheck(tx, grant, input, template.groups),
      () => leaseChecks(tx, template, input.counts, input.leaseHours),
      () => timesToReady(tx, grant.tenantId),
      async () => (ofForm ? [await keysOfForm(tx, grant, input)] : []),
      () => holdOfPreflight(tx, grant, own, claim.wanted, template.network),
      () => secondsUntilLaunch(tx, grant, mostAMinute),
    );
    return {
      checks: [
        name,
        ...(counts.ok ? [] : Object.values(counts.refusal.fields).map(countsCheck)),
        ...claim.unoffered.map(profileCheck),
        ...claim.wanted
          .filter(({ profile }) => profile.state === "deprecated")
          .map(deprecatedCheck),
        ...claim.quota.flatMap((each) => quotaCheck(lines, each)),
        ...capacity,
        ...(supply
          ? networkChecks(template.network, supply, lines, whenThere(nodes, elsewhere))
          : []),
        image,
        ...lease,
        timeCheck(claim.wanted.flatMap(({ profile }) => times.get(profile.id) ?? [])),
        ...(ofForm ? await checksOfForm(tx, grant, template, input) : []),
        ...keys,
        paceCheck(waitSeconds),
      ].filter((check) => check !== null),
      ...hold,
      readAt: new Date().toISOString(),
    };
  });
}

/** Whether the project has launched as often as it may within a minute; one that has not is not worth a line. */
function paceCheck(waitSeconds: number): PreflightCheck | null {
  const refusal = tooFastToLaunch(waitSeconds);
  if (!refusal) return null;
  return {
    ...{ id: "pace", title: "Launches a minute", verdict: "no" },
    ...wordsAndWayOut(refusalMessage(refusal)),
  };
}

/** Of the template's own logic, with what was entered. */
async function checksOfForm(
  tx: Transaction,
  grant: Grant<"environment.launch">,
  { hooks, ...template }: LaunchableTemplate,
  { inputs: entered = {}, secrets, counts }: LaunchPreflightInput,
): Promise<PreflightCheck[]> {
  const [inputs, deciders] = await together(
    () => offerInputs(tx, grant, { ...template, counts }),
    () => findDeciders(tx, grant.tenantId, hooks),
  );
  const offered = hooks.map((hook) => offeredHook(hook, deciders));
  return launchChecks({ inputs, hooks: offered }, entered, secrets);
}

/** Whether those who launch get in, by keys that they may put on nodes. */
async function keysOfForm(
  tx: Transaction,
  grant: Grant<"environment.launch">,
  { sshKeyIds = [], projectKeyIds, publicKey = "" }: LaunchPreflightInput,
): Promise<PreflightCheck> {
  const [own, ofProject] = await together(
    () => findOwnKeys(tx, grant.actorId, sshKeyIds),
    () => findKeysOfProject(tx, grant, projectKeyIds ?? "all"),
  );
  if (own && ofProject) return keysCheck(own.length + ofProject.length, publicKey);
  return {
    ...{ id: "keys", title: "SSH keys", verdict: "no" },
    words: "One of the keys is neither yours nor the project's.",
    wayOut: "Choose saved keys of your own, or keys of this project.",
  };
}

async function nameCheck(
  tx: Transaction,
  grant: Grant<"environment.launch">,
  name: string,
): Promise<PreflightCheck> {
  const check = { id: "name", title: "Name" };
  if (name === "") {
    return { ...check, verdict: "no", words: "It has no name yet.", wayOut: "Give it a name." };
  }
  const parsed = environmentName.safeParse(name);
  if (!parsed.success) {
    const words = parsed.error.issues[0]?.message ?? "The name is not valid.";
    return { ...check, verdict: "no", words: `"${name}" cannot be a host name.`, wayOut: words };
  }
  if (await isEnvironmentNameTaken(tx, grant, name)) {
    return {
      ...check,
      verdict: "no",
      words: `An environment named "${name}" exists in this project.`,
      wayOut: "Choose another name.",
    };
  }
  return { ...check, verdict: "ok", words: `Nodes will be ${name}-1 and so on.`, wayOut: null };
}

function countsCheck(words: string, at: number): PreflightCheck {
  return { id: `counts-${at}`, title: "Nodes", verdict: "no", words, wayOut: "Change the count." };
}

function profileCheck({ group, refusal }: Claim<never>["unoffered"][number]): PreflightCheck {
  const check = { id: `profile-${group}`, title: `Profile of ${group}`, verdict: "no" as const };
  if (refusal.kind === "not_now") {
    return { ...check, words: refusal.reason, wayOut: refusal.advice };
  }
  return {
    ...check,
    words: "Its compute profile is not offered to this project.",
    wayOut: "Ask the platform team to share it, or take another template.",
  };
}

function deprecatedCheck({ name, profile }: WantedGroup<{ name: string }>): PreflightCheck {
  return {
    id: `profile-${name}`,
    title: `Profile of ${name}`,
    verdict: "warn",
    words: `${profile.name} is deprecated: this template can still be launched, and new versions of it take no nodes of that profile.`,
    wayOut: "Ask the platform team what takes its place.",
  };
}

/** One demand against the lines on it. A demand that nothing limits is not worth a line. */
function quotaCheck(
  lines: readonly QuotaLine[],
  { demand, admitted }: Claim<never>["quota"][number],
): PreflightCheck[] {
  const on = lines.filter(
    (line) => line.dimension === demand.dimension && line.subject === demand.subject,
  );
  const check = {
    id: `quota-${demand.dimension}-${demand.subject}`,
    title: `Quota of ${demand.words}`,
  };
  if (!admitted.ok) {
    return [{ ...check, verdict: "no", ...wordsAndWayOut(refusalMessage(admitted.refusal)) }];
  }
  const tightest = on.sort((a, b) => a.limit - a.used - (b.limit - b.used))[0];
  if (!tightest) return [];
  const left = tightest.limit - tightest.used;
  return [
    {
      ...check,
      verdict: "ok",
      words: `Takes ${demand.amount} of the ${left} that the ${tightest.scope} has left.`,
      wayOut: null,
    },
  ];
}

/** A refusal's first sentence says what is so, the rest what to do. */
function wordsAndWayOut(message: string): Pick<PreflightCheck, "words" | "wayOut"> {
  const [words = "", ...way] = message.split(/(?<=\.) /);
  return { words, wayOut: way.join(" ") || null };
}

/** Whether the template and its profiles allow the lease, and what the nodes would cost while it lasts. */
async function leaseChecks(
  tx: Transaction,
  template: LaunchableTemplate,
  asked: Readonly<Record<string, number>>,
  leaseHours: number | null | undefined,
): Promise<PreflightCheck[]> {
  const lease = launchLease(leaseHours, template);
  if (!lease.ok) {
    const told = wordsAndWayOut(lease.refusal.fields.leaseHours ?? "");
    return [{ id: "lease", title: "Lease", verdict: "no", ...told }];
  }
  const price = hourlyPrice(
    template.groups.map(({ name, profile }) => ({
      nodes: asked[name] ?? 0,
      priceCents: profile?.priceCents ?? null,
    })),
  );
  const words = costWords(price, lease.value, await findCurrency(tx));
  return words === null ? [] : [{ id: "cost", title: "Cost", verdict: "ok", words, wayOut: null }];
}

/** When more nodes come back where their network can be had, of the first type of which enough are free elsewhere. */
function whenThere(
  nodes: readonly NodeDemand[],
  { when }: Elsewhere,
): Pick<PreflightCheck, "onHold" | "leases"> | undefined {
  const need = nodes.find(({ count, free, nodeTypeId }) => count <= free && when.has(nodeTypeId));
  return need && when.get(need.nodeTypeId);
}

/** Whether enough nodes stand where their network can be had, and under the quota of public addresses. */
function networkChecks(
  network: TemplateNetwork,
  { verdict, addresses }: SupplyVerdict,
  lines: readonly QuotaLine[],
  when: Pick<PreflightCheck, "onHold" | "leases"> | undefined,
): PreflightCheck[] {
  const check = { id: "network", title: "Network" };
  const refusal = verdict.ok ? null : verdict.refusal;
  if (refusal?.kind === "not_now") {
    return [{ ...check, verdict: "no", words: refusal.reason, wayOut: refusal.advice, ...when }];
  }
  const words = `It gets ${networkWords(network)}.`;
  const fine: PreflightCheck = { ...check, verdict: "ok", words, wayOut: null };
  if (!refusal) {
    const quota = addresses.flatMap((demand) =>
      quotaCheck(lines, { demand, admitted: admit(lines, [demand]) }),
    );
    return [fine, ...quota];
  }
  return [
    fine,
    {
      ...{ id: "quota-public_ips", title: `Quota of ${refusal.what}`, verdict: "no" },
      ...wordsAndWayOut(refusalMessage(refusal)),
    },
  ];
}

async function imageCheck(
  tx: Transaction,
  grant: Grant<"environment.launch">,
  { imageId, counts }: LaunchPreflightInput,
  groups: readonly LaunchableGroup[],
): Promise<PreflightCheck> {
  const images = await listLaunchableImages(tx, grant.projectId);
  const image = images.find((row) => row.id === imageId);
  const check = { id: "image", title: "Image" };
  if (!image) {
    return {
      ...check,
      verdict: "no",
      words: "The image is not approved, or not shared with this project.",
      wayOut: "Choose another image.",
    };
  }
  const allowed = checkAllowedImage(image, images, groups, counts);
  if (!allowed.ok) {
    return { ...check, verdict: "no", ...wordsAndWayOut(allowed.refusal.fields.imageId ?? "") };
  }
  const words = `${image.name} ${image.version}, checksums verified.`;
  return { ...check, verdict: "ok", words, wayOut: null };
}
