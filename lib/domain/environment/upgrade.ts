import { checkCounts } from "#lib/domain/environment/node-groups";
import { pointsOfLaunchAlone, pointsOfRelease, type TemplateHook } from "#lib/domain/hook/hook";
import { networkWords } from "#lib/domain/pool/network-needs";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { type CheckedInputs, checkInputs } from "#lib/domain/template/input-values";
import {
  holds,
  type InputValue,
  type InputValues,
  type TemplateInput,
} from "#lib/domain/template/inputs";
import type { TemplateNetwork } from "#lib/domain/template/template";

// An environment that is moved to another version of its template keeps its nodes, which are installed
// anew with what that version says. What would need other nodes, another network, or hooks that come at a
// launch alone, is a launch.

type Group = {
  name: string;
  profileId: string;
  /** As a sentence names it. */
  profile: string;
};

/** An environment as it is held against another version. */
export type Upgraded = {
  groups: readonly Group[];
  /** How many nodes of each group were asked for. */
  counts: Readonly<Record<string, number>>;
  network: TemplateNetwork;
  /** What was entered at its launch. */
  values: InputValues;
  /** Names of the secret inputs of which it has values. */
  secrets: readonly string[];
  hooks: readonly TemplateHook[];
};

/** The version that it is held against. */
export type UpgradeTo = {
  groups: readonly (Group & { minCount: number; maxCount: number })[];
  network: TemplateNetwork;
  inputs: readonly TemplateInput[];
  hooks: readonly TemplateHook[];
};

/** Why it cannot be upgraded where it is, one sentence each; empty: it can. */
export function upgradeObstacles(have: Upgraded, to: UpgradeTo): string[] {
  const asked = Object.entries(have.counts).filter(([, count]) => count > 0);
  const gone = asked.filter(([name]) => !to.groups.some((group) => group.name === name));
  const stays = asked.filter(([name]) => to.groups.some((group) => group.name === name));
  const counted = checkCounts(to.groups, Object.fromEntries(stays));
  const moved = to.groups.flatMap((group) => {
    const own = have.groups.find(({ name }) => name === group.name);
    if (!own || own.profileId === group.profileId || !have.counts[group.name]) return [];
    return [
      `The group ${group.name} takes nodes of ${group.profile}, and has some of ${own.profile}.`,
    ];
  });
  const isSameNetwork = (Object.keys(to.network) as (keyof TemplateNetwork)[]).every(
    (key) => to.network[key] === have.network[key],
  );
  return [
    ...gone.map(([name]) => `It has no group ${name}, and this environment has nodes of it.`),
    ...moved,
    ...(counted.ok || stays.length === 0 ? [] : Object.values(counted.refusal.fields)),
    ...(isSameNetwork
      ? []
      : [`Its environments get ${networkWords(to.network) ?? "what the site gives to all"}.`]),
    ...hookObstacles(have, to),
  ];
}

/** What of its hooks would be passed over, since there is no launch, or no longer taken back. */
function hookObstacles(have: Upgraded, to: UpgradeTo): string[] {
  const alone = pointsOfLaunchAlone();
  const same = new Set(have.hooks.map((hook) => JSON.stringify(hook)));
  const passedOver = to.hooks.filter(
    (hook) =>
      alone.has(hook.point) &&
      hook.kind !== "wait" &&
      !same.has(JSON.stringify(hook)) &&
      !(hook.skipIf && holds(hook.skipIf, have.values)),
  );
  const takenBackBy = (hooks: readonly TemplateHook[]) =>
    hooks.filter(({ kind, point }) => kind === "http" && pointsOfRelease.has(point));
  const asked = new Set(takenBackBy(to.hooks).map(({ providerId }) => providerId));
  const left = takenBackBy(have.hooks).filter(({ providerId }) => !asked.has(providerId));
  return [
    ...passedOver.map(
      ({ name }) => `Its hook ${name} comes at a launch, and would be passed over.`,
    ),
    ...left.map(
      ({ name }) => `Its release does not ask the provider of ${name}, as this environment's does.`,
    ),
  ];
}

/** What the version asks that this environment has no value for, or one that it does not take. */
export function upgradeAsks(have: Upgraded, to: UpgradeTo): TemplateInput[] {
  const kept = keptValues(have, to);
  return ownInputs(have, to).filter(({ name }) => !Object.hasOwn(kept, name));
}

/**
 * The values that it would have: those of its launch that the version takes, and what was entered for the
 * others. Refuses with a sentence for each input, under `inputs.NAME`; one that it has a value for stays.
 */
export function upgradedInputs(
  have: Upgraded,
  to: UpgradeTo,
  entered: Readonly<Record<string, InputValue>>,
): Result<CheckedInputs, RefusalOf<"invalid_input">> {
  const kept = keptValues(have, to);
  const stays = Object.keys(entered).filter(
    (name) => Object.hasOwn(kept, name) || isKeptSecret(have, to, name),
  );
  if (stays.length > 0) {
    const words = "It was entered at the launch, and stays as it is.";
    const fields = Object.fromEntries(stays.map((name) => [`inputs.${name}`, words]));
    return refuse({ kind: "invalid_input", fields });
  }
  const checked = checkInputs(ownInputs(have, to), { ...kept, ...entered });
  return checked.ok ? ok(checked.value) : checked;
}

/** What it has to have values of beside the secrets that it has. */
function ownInputs(have: Upgraded, to: UpgradeTo): TemplateInput[] {
  return to.inputs.filter(({ name }) => !isKeptSecret(have, to, name));
}

function isKeptSecret(have: Upgraded, to: UpgradeTo, name: string): boolean {
  const isSecret = to.inputs.some((input) => input.name === name && input.type === "secret");
  return isSecret && have.secrets.includes(name);
}

function keptValues(have: Upgraded, to: UpgradeTo): InputValues {
  const inputs = ownInputs(have, to);
  const known = Object.entries(have.values).filter(([name]) =>
    inputs.some((input) => input.name === name && input.type !== "secret"),
  );
  const checked = checkInputs(inputs, Object.fromEntries(known));
  const wrong = checked.ok ? {} : checked.refusal.fields;
  return Object.fromEntries(known.filter(([name]) => !Object.hasOwn(wrong, `inputs.${name}`)));
}
