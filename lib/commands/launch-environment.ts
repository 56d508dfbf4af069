import type { Database, Transaction } from "#db/client";
import { findKeysOfLaunch } from "#db/queries/chosen-keys";
import { recordContexts } from "#db/queries/contexts";
import { findDeciders } from "#db/queries/deciders";
import { isEnvironmentNameTaken, secondsUntilLaunch } from "#db/queries/environments";
import { endHold, findHold, findOwnHold } from "#db/queries/holds";
import { offerInputs } from "#db/queries/input-offer";
import { findLaunchableTemplate, listLaunchableImages } from "#db/queries/launchables";
import { endOfLease } from "#db/queries/leases";
import { lockQuota } from "#db/queries/quotas";
import { environments } from "#db/schema/environments";
import { together } from "#db/together";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { drawNetwork } from "#lib/commands/draw-network";
import { type ClaimedGroup, claimNodes, holdNodes } from "#lib/commands/hold-nodes";
import { inTurn } from "#lib/commands/in-turn";
import { orderOperation } from "#lib/commands/order-operation";
import { type Ordered, replay } from "#lib/commands/replay";
import { refusable, rollBack } from "#lib/commands/roll-back";
import { sealSecrets } from "#lib/commands/seal-secrets";
import { tooFastToLaunch } from "#lib/domain/environment/launch-pace";
import { launchLease } from "#lib/domain/environment/lease";
import { checkCounts, nodesText } from "#lib/domain/environment/node-groups";
import { waitsForNodes } from "#lib/domain/environment/words";
import { isAskedFirst, openingPoints } from "#lib/domain/hook/hook";
import { offeredHook, plannedHooks, whyUndecidable } from "#lib/domain/hook/words";
import { type Id, newId } from "#lib/domain/id";
import { checkAllowedImage } from "#lib/domain/image/allowed-image";
import type { Refusal, RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { readPastedKey } from "#lib/domain/ssh-key/chosen-keys";
import { checkInputs } from "#lib/domain/template/input-values";
import type { LaunchEnvironmentInput } from "#lib/schemas/environment";

/**
 * Launches an environment: writes the intent and nothing else. Quota, nodes, environment,
 * operations and audit event commit together or not at all; no hardware is touched, workers pick
 * the operations up.
 *
 * With the person's own hold its nodes are taken first, and it ends.
 *
 * Where the template asks hooks before any node is taken, all is weighed alike and no node is: the
 * worker takes them when the hooks have said yes (`takeNodes`), and a hold goes on until then.
 *
 * The config contexts of the template and of the project are kept with it as they are now.
 *
 * Values of secret inputs are sealed for the worker with `sealingKey` and kept nowhere else.
 *
 * Refuses templates and images that are not shared with the project, an image that a profile does not
 * let its nodes run, a name in use, counts out of the template's bounds, inputs that break its rules, a lease that the template or a profile does not allow, a launch
 * without an SSH key, an approval that nobody who is named can give, whatever quota, free nodes or the pools of their site do not allow, and more than
 * `mostAMinute` launches of the project within a minute.
 */
export async function launchEnvironment(
  db: Database,
  grant: Grant<"environment.launch">,
  input: LaunchEnvironmentInput,
  sealingKey = "",
  mostAMinute = Number.POSITIVE_INFINITY,
): Promise<Result<Ordered, Refusal>> {
  const pasted = await readPastedKey(input.pastedKey);
  if (!pasted.ok) return pasted;
  const launch = (): Promise<Result<Ordered, Refusal>> =>
    withGrant(db, grant, async (tx) => {
      // What no other launch changes is read before the lock: the tenant's launches pass it one by one.
      const [template, images, keys] = await together(
        () => findLaunchableTemplate(tx, grant.projectId, input.templateVersionId),
        () => listLaunchableImages(tx, grant.projectId),
        () => findKeysOfLaunch(tx, grant, input, pasted.value),
      );
      const image = images.find((candidate) => candidate.id === input.imageId);
      const [asked, deciders] = template
        ? await together(
            () => offerInputs(tx, grant, { ...template, counts: input.counts }),
            () => findDeciders(tx, grant.tenantId, template.hooks),
          )
        : [[], new Set<string>()];

      // From the lock on nothing that is checked can change before the commit.
      const { requestKey } = input;
      const [, earlier, isNameTaken, own] = await together(
        () => lockQuota(tx, grant.tenantId),
        () => replay(tx, grant, { requestKey, kinds: ["environment.launch"] }),
        () => isEnvironmentNameTaken(tx, grant, input.name),
        () => findHoldToUse(tx, grant, input.holdId),
      );
      if (earlier) return earlier;

      if (!template) return refuse({ kind: "not_found", resource: "template" });
      if (!image) return refuse({ kind: "not_found", resource: "image" });
      if (isNameTaken) {
        return refuse({ kind: "name_taken", resource: "environment", name: input.name });
      }
      const counts = checkCounts(template.groups, input.counts);
      if (!counts.ok) return counts;
      const allowed = checkAllowedImage(image, images, template.groups, counts.value);
      if (!allowed.ok) return allowed;
      const entered = checkInputs(asked, input.inputs ?? {});
      if (!entered.ok) return entered;
      if (!keys.ok) return keys;
      const lease = launchLease(input.leaseHours, template);
      if (!lease.ok) return lease;
      const offered = template.hooks.map((hook) => offeredHook(hook, deciders));
      const { approvals } = plannedHooks(offered, entered.value.values);
      for (const approval of approvals) {
        const undecidable = whyUndecidable(approval);
        if (undecidable) return refuse(undecidable);
      }
      if (!own.ok) return own;
      const claimed = await claimNodes(
        tx,
        grant,
        template.groups,
        counts.value,
        template.network,
        own.value,
      );
      if (!claimed.ok) return claimed;
      const { groups, supply } = claimed.value;
      // After what refuses before anything is written: what is refused is no launch, and neither is one
      // that is asked for again.
      const tooFast = await tooManyLaunches(tx, grant, mostAMinute);
      if (tooFast) return refuse(tooFast);
      // First it ends: no node on hold is given to anybody. What of it is not used is free again.
      const first = template.hooks.filter(({ point }) =>
        openingPoints("environment.launch").includes(point),
      );
      const isLater = isAskedFirst(first, entered.value.values);
      if (own.value && !isLater) await endHold(tx, own.value, "launched");

      const environment = { id: newId("environment"), name: input.name };
      const row = {
        ...environment,
        tenantId: grant.tenantId,
        projectId: grant.projectId,
        templateVersionId: template.versionId,
        imageId: image.id,
        groups: counts.value,
        authorizedKeys: keys.value,
        inputs: entered.value.values,
        createdBy: grant.actorId,
        endsAt: endOfLease(lease.value),
        ...(isLater ? { stateReason: waitsForNodes } : {}),
      };
      const [, , , held] = await together(
        () => tx.insert(environments).values(row),
        () => recordContexts(tx, environment.id),
        () => sealSecrets(tx, grant, environment.id, entered.value.secrets, sealingKey),
        async () => (isLater ? [] : holdNodes(tx, grant, environment, groups, [])),
      );
      const drawn = isLater
        ? ok([])
        : await drawNetwork(tx, environment.id, template.network, held, [], supply);
      // The environment and its allocations are written already: all of it is undone.
      if (!drawn.ok) return rollBack(drawn.refusal);
      const names = held.map((node) => node.nodeName).join(", ");
      const order = {
        kind: "environment.launch" as const,
        environmentId: environment.id,
        nodes: held,
        asksFirst: first,
        ...(own.value && isLater ? { input: { hold: own.value } } : {}),
        requestKey: input.requestKey,
        message: isLater
          ? `${grant.actorName} launched ${template.name} version ${template.version}. ${nodesText(countOf(groups))} will be taken when the hooks before that have ended.`
          : `${grant.actorName} launched ${nodesText(held.length)} from ${template.name} version ${template.version}: ${names}.`,
      };
      const act = {
        action: "environment.launch",
        object: { kind: "environment", ...environment },
        detail: {
          template: template.name,
          version: template.version,
          image: `${image.name} ${image.version}`,
          counts: counts.value,
          leaseHours: lease.value,
          nodes: held.map((node) => node.nodeName),
          ...(own.value && !isLater ? { hold: own.value } : {}),
          keys: keys.value.map((key) => key.fingerprint),
          ...(template.inputs.length > 0 ? { inputs: entered.value.values } : {}),
          ...(drawn.value.length > 0 ? { network: drawn.value } : {}),
        },
      };
      const [operationId] = await together(
        () => orderOperation(tx, grant, order),
        () => recordAudit(tx, grant, act),
      );
      return ok({ environmentId: environment.id, operationId });
    });
  return inTurn(grant.tenantId, () => refusable(launch));
}

/**
 * The hold that a launch uses up: what the person has on hold in the project, named or not, since the
 * preflight counts it as theirs, too. Null when there is none, or its time is over: then the launch takes
 * what is free. Refused when the hold that is named is somebody else's.
 */
async function findHoldToUse(
  tx: Transaction,
  grant: Grant<"environment.launch">,
  named: Id<"hold"> | undefined,
): Promise<Result<Id<"hold"> | null, RefusalOf<"not_found">>> {
  if (named) {
    const hold = await findHold(tx, named);
    if (hold?.projectId !== grant.projectId || hold.heldBy !== grant.actorId) {
      return refuse({ kind: "not_found", resource: "hold" });
    }
  }
  const own = await findOwnHold(tx, grant.projectId, grant.actorId);
  return ok(own?.id ?? null);
}

function countOf(claimed: readonly ClaimedGroup[]): number {
  return claimed.reduce((sum, { nodes }) => sum + nodes.length, 0);
}

/** The quota's lock is held: no other launch of the project is between this look and its commit. */
async function tooManyLaunches(
  tx: Transaction,
  grant: Grant<"environment.launch">,
  mostAMinute: number,
): Promise<RefusalOf<"too_fast"> | undefined> {
  if (!Number.isFinite(mostAMinute)) return undefined;
  return tooFastToLaunch(await secondsUntilLaunch(tx, grant, mostAMinute));
}
