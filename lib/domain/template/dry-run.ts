import { formatBytes } from "#lib/domain/boot/format-bytes";
import { previewGroups, type RenderedGroup, standInUserData } from "#lib/domain/boot/preview";
import type { ContextToApply } from "#lib/domain/context/in-force";
import { nextHostnames } from "#lib/domain/environment/hostname";
import {
  eventOf,
  type HookPoint,
  isGate,
  openingPoints,
  type TemplateHook,
} from "#lib/domain/hook/hook";
import type { PlannedAction } from "#lib/domain/hook/plan";
import { runsOnNodes, scriptProblems } from "#lib/domain/hook/script";
import type { SyntaxFinding } from "#lib/domain/hook/shell-text";
import { toldAction } from "#lib/domain/hook/told-action";
import type { Id } from "#lib/domain/id";
import type { EnvironmentOperation } from "#lib/domain/operation/operation";
import type { ProfileFacts } from "#lib/domain/profile/facts";
import type { TemplateAction } from "#lib/domain/template/actions";
import { actionProblems } from "#lib/domain/template/check-actions";
import { inputsProblems } from "#lib/domain/template/check-inputs";
import { type KnownProvider, problemsOfHooks } from "#lib/domain/template/check-template";
import { exampleValues } from "#lib/domain/template/example-values";
import { checkInputs, plainValues, shownInputs } from "#lib/domain/template/input-values";
import {
  type InputValue,
  type InputValues,
  type TemplateInput,
  usualValue,
} from "#lib/domain/template/inputs";
import { exampleOffer, offeredInputs } from "#lib/domain/template/offered-inputs";
import {
  type NodeGroupRole,
  roleAgainstProfile,
  type TemplateBootConfig,
} from "#lib/domain/template/template";

// A dry run of a template version: all that can be said of it without a node, with the values as they
// stand. The same rules publish it, check a launch and draw the launch form.

/** What the environment of a dry run is called, and the tenant and project that it is of. */
export const dryRunName = "dry-run";
export const dryRunTenant = "ingot-dry-run";
/** What a node is called that is lent to a replay. */
export const dryHostname = `${dryRunName}-1`;

/** A version as a dry run needs it. */
export type DryVersion = {
  bootConfig: TemplateBootConfig;
  /** With what can be chosen of keys and images. */
  inputs: readonly TemplateInput[];
  hooks: readonly TemplateHook[];
  actions: readonly TemplateAction[];
  /** The config contexts of its template; the values of their secrets are not among them. */
  contexts: readonly ContextToApply[];
  groups: readonly {
    name: string;
    role: NodeGroupRole;
    profile: string;
    profileState: string;
    gpusPerNode: number;
    /** What hooks and nodes are told of its profile. */
    facts: ProfileFacts;
    minCount: number;
    maxCount: number;
    defaultCount: number;
    /** Of the image that its profile offers first, and whether that goes to a disk. */
    defaultUser: string;
    isInstalled: boolean;
  }[];
};

/** What of a version its checks look at. */
export type CheckedVersion = Omit<DryVersion, "groups"> & {
  groups: readonly Omit<DryVersion["groups"][number], "minCount" | "maxCount" | "defaultCount">[];
};

/** What else is so: who can be asked, which addresses of approvers nobody has, what shells say of its scripts. */
export type DryFacts = {
  providers: readonly (KnownProvider & { health: "answers" | "silent" | "unknown" })[];
  strangers: readonly string[];
  syntax: readonly SyntaxFinding[];
};

export type DryCheck = {
  id: string;
  title: string;
  /** `no`: it keeps the version from being published, or a launch with these values from being taken. */
  verdict: "ok" | "warn" | "no";
  words: string[];
};

export type Entered = Readonly<Record<string, InputValue>>;

/** Each check of a version with these values, with its verdict in words. */
export function dryChecks(version: CheckedVersion, facts: DryFacts, entered: Entered): DryCheck[] {
  const { inputs, hooks, groups, actions } = version;
  const ofInputs = inputsProblems(inputs);
  const checked = ofInputs.length === 0 ? checkInputs(inputs, entered) : undefined;
  const wrong = checked
    ? checked.ok
      ? []
      : Object.values(checked.refusal.fields)
    : ["They are checked when the inputs are in order."];
  const ofScripts = hooks.filter(runsOnNodes).flatMap(problemsOfScript);
  const ofHooks = [
    ...problemsOfHooks(hooks, inputs, facts.providers).filter((it) => !ofScripts.includes(it)),
    ...facts.strangers.map((email) => `Nobody here has the address ${email}.`),
  ];
  const ofActions = actionProblems(actions, hooks);
  const unusable = groups.filter((group) => group.profileState !== "active");
  return [
    verdict("inputs", "Inputs", ofInputs, [
      `${inputs.length} defined, none against its own rules.`,
    ]),
    verdict("values", "Values as entered", wrong, ["A launch with them is taken."]),
    verdict(
      "profiles",
      "Profiles",
      unusable.map(({ name, profile, profileState }) => {
        return `Group ${name} takes nodes of ${profile}, which is ${profileState}.`;
      }),
      ["Every group takes nodes of a profile that is active."],
    ),
    ...roleChecks(groups),
    verdict("hooks", "Hooks", ofHooks, [`${hooks.length} defined, each can run at its point.`]),
    ...(hooks.some(runsOnNodes)
      ? [verdict("scripts", "Scripts", ofScripts, [scriptsChecked])]
      : []),
    ...syntaxChecks(facts.syntax),
    ...(actions.length > 0 || ofActions.length > 0
      ? [verdict("actions", "Actions", ofActions, [actionsNotRun])]
      : []),
    ...(checked?.ok ? [userDataCheck(version, entered)] : []),
    ...providerChecks(hooks, facts.providers),
  ];
}

function verdict(
  id: string,
  title: string,
  problems: readonly string[],
  otherwise: string[],
): DryCheck {
  if (problems.length > 0) return { id, title, verdict: "no", words: [...problems] };
  return { id, title, verdict: "ok", words: otherwise };
}

/**
 * The most that a node is told at its first boot, in bytes. A limit of our own: cloud-init's clients of
 * NoCloud and of EC2 have none (22.4, url_helper.py) and read the whole of it into memory, more than once.
 */
const longestUserData = 1024 * 1024;

/** Whether cloud-init can be told what nodes of each group would be, and how long the longest of it is. */
function userDataCheck({ groups, ...version }: CheckedVersion, entered: Entered): DryCheck {
  const told = groups.map(({ name, facts: profile, defaultUser, isInstalled }) => {
    const node = { hostname: dryHostname, defaultUser, isInstalled, profile, entered };
    return { name, userData: standInUserData(version, version.contexts, node) };
  });
  const sizes = told.map(({ userData }) => (userData.ok ? byteLength(userData.value) : 0));
  const problems = told.flatMap(({ name, userData }, at) => {
    if (!userData.ok) return [`Group ${name}: ${userData.refusal}`];
    const bytes = sizes[at] ?? 0;
    if (bytes <= longestUserData) return [];
    return [
      `Group ${name}: what cloud-init would be told is ${formatBytes(bytes)}, and a node is told ${formatBytes(longestUserData)} at most. Take files out of its config contexts, or have a script fetch them.`,
    ];
  });
  return verdict("user-data", "cloud-init", problems, [
    `What it would be told was rendered for each group: ${formatBytes(Math.max(...sizes))} with these values, before what secrets, hooks and contexts of a project add.`,
  ]);
}

const byteLength = (text: string) => new TextEncoder().encode(text).length;

/** Whether groups have the GPUs that their roles are about; nothing where no role says anything of them. */
function roleChecks(groups: CheckedVersion["groups"]): DryCheck[] {
  const check = { id: "roles", title: "Roles" };
  const missing = groups.filter((group) => roleAgainstProfile(group) === "missing");
  const unused = groups.filter((group) => roleAgainstProfile(group) === "unused");
  if (missing.length > 0) {
    const words = missing.map(
      ({ name, profile }) =>
        `Group ${name} is of GPU workers, and nodes of ${profile} have no GPU.`,
    );
    return [{ ...check, verdict: "no", words }];
  }
  if (unused.length === 0) return [];
  const words = unused.map(({ name, profile, gpusPerNode }) => {
    return `Group ${name} is of CPU nodes, and each node of ${profile} has ${gpusPerNode} GPUs: they are held, and count against quotas.`;
  });
  return [{ ...check, verdict: "warn", words }];
}

function syntaxChecks(findings: readonly SyntaxFinding[]): DryCheck[] {
  if (findings.length === 0) return [];
  const check = { id: "syntax", title: "Shell syntax" };
  const told = (which: SyntaxFinding["verdict"]) =>
    findings.filter(({ verdict: each }) => each === which).map(({ words }) => words);
  const [wrong, unchecked] = [told("wrong"), told("unchecked")];
  if (wrong.length > 0) return [{ ...check, verdict: "no", words: [...wrong, ...unchecked] }];
  if (unchecked.length > 0) return [{ ...check, verdict: "warn", words: unchecked }];
  return [{ ...check, verdict: "ok", words: ["A shell has read each text, and run none."] }];
}

/** What is said of scripts that nothing is wrong with: where they run, and where they do not. */
export const scriptsChecked =
  "Checked for what would keep a node from starting them. They run on a node that is lent to the dry run, and on none otherwise.";

/** What is said of actions: nobody presses one where nothing runs. */
const actionsNotRun =
  "Checked as publishing does. Providers behind them are asked with example values of what they ask.";

function problemsOfScript(hook: TemplateHook): string[] {
  return scriptProblems(hook).map((words) => `Hook ${hook.name}: ${words}.`);
}

function providerChecks(
  hooks: readonly TemplateHook[],
  providers: DryFacts["providers"],
): DryCheck[] {
  const asked = new Set<string | null>(
    hooks.filter((hook) => hook.kind === "http").map((hook) => hook.providerId),
  );
  const known = providers.filter(({ id, state }) => asked.has(id) && state === "active");
  if (known.length === 0) return [];
  const words = known.map(({ name, health }) => {
    if (health === "answers") return `${name} answered when it was asked last.`;
    if (health === "silent") return `${name} gave no answer when it was asked last.`;
    return `${name} was never asked.`;
  });
  const isSure = known.every(({ health }) => health === "answers");
  return [{ id: "providers", title: "Providers", verdict: isSure ? "ok" : "warn", words }];
}

/**
 * The values that a launch with these would keep, secrets left out; null where it would be refused.
 */
export function launchedValues(
  inputs: readonly TemplateInput[],
  entered: Entered,
): InputValues | null {
  if (inputsProblems(inputs).length > 0) return null;
  const checked = checkInputs(inputs, entered);
  return checked.ok ? checked.value.values : null;
}

/** The values as they stand, secrets left out: what conditions are held against meanwhile. */
export function standingValues(inputs: readonly TemplateInput[], entered: Entered): InputValues {
  const launched = launchedValues(inputs, entered);
  if (launched) return launched;
  return Object.fromEntries(
    shownInputs(inputs, entered).flatMap((input) => {
      const { name, type } = input;
      const value = entered[name] ?? usualValue(input);
      return type === "secret" || value === null || value === "" ? [] : [[name, value]];
    }),
  );
}

/** The nodes that a launch with these counts would have, by group, as it would name them. */
export function dryNodes(
  groups: readonly Pick<DryVersion["groups"][number], "name" | "defaultCount">[],
  counts: Readonly<Record<string, number>>,
): { hostname: string; group: string }[] {
  const of = groups.flatMap(({ name, defaultCount }) =>
    Array<string>(counts[name] ?? defaultCount).fill(name),
  );
  const hostnames = nextHostnames(dryRunName, [], of.length);
  return of.map((group, at) => ({ hostname: hostnames[at] ?? "", group }));
}

/**
 * What a hook of a dry run is asked about: as the run of a launch would be, of an environment, a tenant
 * and a project that are nowhere.
 */
export function dryInput(
  operation: {
    id: Id<"operation">;
    kind: EnvironmentOperation;
    hook: Pick<TemplateHook, "kind" | "script" | "point">;
    /** What was pressed, of an action. */
    action: PlannedAction | null;
  },
  about: {
    environmentId: Id<"environment">;
    definitions: readonly TemplateInput[];
    groups: readonly Pick<DryVersion["groups"][number], "name" | "defaultCount" | "facts">[];
    values: InputValues;
    counts: Readonly<Record<string, number>>;
  },
): Record<string, unknown> {
  const { id, kind, hook, action } = operation;
  const { point } = hook;
  return {
    event: eventOf(kind),
    operation: { id, kind, ...(isGate(point, kind) ? {} : dryEnd(point)) },
    environment: { id: about.environmentId, name: dryRunName },
    tenant: dryRunTenant,
    project: dryRunTenant,
    // Before they are taken there are none.
    nodes: openingPoints(kind).includes(point) ? [] : dryNodes(about.groups, about.counts),
    counts: Object.fromEntries(
      about.groups.map(({ name, defaultCount }) => [name, about.counts[name] ?? defaultCount]),
    ),
    profiles: Object.fromEntries(about.groups.map(({ name, facts }) => [name, facts])),
    inputs: plainValues(about.definitions, about.values),
    ...(action ? { action: toldAction(hook, pressed(action)) } : {}),
  };
}

/** An action as somebody presses it who enters nothing but what has to be entered. */
function pressed({ name, label, inputs: defined }: PlannedAction) {
  const inputs = offeredInputs(defined, exampleOffer(defined));
  const example = exampleValues(inputs);
  const checked = checkInputs(inputs, example);
  return {
    ...{ name, label, definitions: inputs },
    inputs: checked.ok ? checked.value.values : example,
  };
}

/** How the operation of a dry run has ended, where a hook is asked after its end. */
function dryEnd(point: HookPoint) {
  return point === "on_failure"
    ? { state: "failed", reason: "This is a dry run of a failure." }
    : { state: "succeeded", reason: null };
}

/**
 * What cloud-init would be told on the first node of each group, secrets masked; null where a launch
 * with these values would be refused: what would be rendered is not known then.
 */
export function dryUserData(
  version: DryVersion,
  entered: Entered,
  counts: Readonly<Record<string, number>>,
): RenderedGroup[] | null {
  if (!launchedValues(version.inputs, entered)) return null;
  const groups = version.groups.map(({ facts, defaultCount, ...group }) => {
    return { ...group, profile: facts, count: counts[group.name] ?? defaultCount };
  });
  return previewGroups(version, version.contexts, groups, { name: dryRunName, entered });
}
