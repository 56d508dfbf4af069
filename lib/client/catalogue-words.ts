import { formatCount, formatDuration, formatGibibytes, formatQuantity } from "#lib/client/format";
import type { ApproverKind, TemplateHook } from "#lib/domain/hook/hook";
import { approverWords, secondsWords, waitWords } from "#lib/domain/hook/words";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";
import { hourlyPrice, priceWords } from "#lib/domain/profile/price";
import { profileRefusal } from "#lib/domain/profile/profile";
import type { ActionRole, TemplateAction } from "#lib/domain/template/actions";
import {
  conditionWords,
  type InputOverride,
  type InputType,
  type TemplateInput,
  usualValue,
  valueWords,
} from "#lib/domain/template/inputs";
import type { NodeGroupRole } from "#lib/domain/template/template";
import type { CatalogueProfile, CatalogueTemplate } from "#lib/schemas/catalogue-view";
import type { TimeToReady } from "#lib/schemas/environment-view";

/** "usually 6 min, 9 in 10 within 8 min", from the tenant's own history; says so when there is none. */
export function timeToReadyWords(time: TimeToReady | null): string {
  if (!time) return "no history yet";
  if (time.nodes < 5) {
    return `about ${formatDuration(time.p50Ms)}, from ${formatQuantity(time.nodes, "node")}`;
  }
  return `usually ${formatDuration(time.p50Ms)}, 9 in 10 within ${formatDuration(time.p90Ms)}`;
}

/** What a template's groups take: "1 to 8 × 8 H200", "1 CPU node". */
export function groupWords(group: CatalogueTemplate["groups"][number]): string {
  const { minCount, maxCount, profile } = group;
  const count = minCount === maxCount ? String(minCount) : `${minCount} to ${maxCount}`;
  if (!profile) return `${count} nodes of a profile that is not shared`;
  if (profile.state === "disabled") return `${count} nodes of ${profile.displayName}, disabled`;
  const noun = maxCount === 1 ? "node" : "nodes";
  return profile.gpusPerNode > 0
    ? `${count} ${noun} of ${profile.gpusPerNode} × ${profile.gpuModel}`
    : `${count} ${noun} of ${profile.displayName}`;
}

/** How many nodes of a group a launch begins with: none of those that can be done without and not be had. */
export function firstCount(group: CatalogueTemplate["groups"][number]): number {
  return profileRefusal(group.profile) ? group.minCount : group.defaultCount;
}

/** Free nodes of the scarcest profile that a launch of the template needs. */
export function freeNow(template: CatalogueTemplate): number {
  const needed = template.groups.filter((group) => firstCount(group) > 0);
  if (needed.length === 0) return 0;
  return Math.min(...needed.map((group) => group.profile?.freeNow ?? 0));
}

/**
 * What a launch of the template as it is offered costs an hour: "USD 196.00 an hour for 2 nodes". Null where none of
 * the profiles has a price.
 */
export function usualPriceWords(
  { groups }: Pick<CatalogueTemplate, "groups">,
  profiles: readonly Pick<CatalogueProfile, "id" | "priceCents">[],
  currency: string,
): string | null {
  const { cents, pricedNodes, unpricedNodes } = hourlyPrice(
    groups.map((group) => ({
      nodes: firstCount(group),
      priceCents: profiles.find(({ id }) => id === group.profile?.id)?.priceCents ?? null,
    })),
  );
  if (pricedNodes === 0) return null;
  const rest = unpricedNodes > 0 ? `, ${formatCount(unpricedNodes)} without a price` : "";
  return `${priceWords(cents, currency)} an hour for ${formatQuantity(pricedNodes, "node")}${rest}`;
}

/** The expected hardware in a few short facts; what the node type does not say is left out. */
export function specFacts(spec: NodeTypeSpec): string[] {
  const facts: string[] = [];
  if (spec.gpu) {
    const memory = spec.gpu.memoryGib ? `, ${formatGibibytes(spec.gpu.memoryGib)} each` : "";
    facts.push(`${spec.gpu.count} × ${spec.gpu.model ?? "GPU"}${memory}`);
  }
  if (spec.cpu) {
    const cores = spec.cpu.coresPerSocket ? `, ${spec.cpu.coresPerSocket} cores each` : "";
    facts.push(`${spec.cpu.sockets} × ${spec.cpu.model ?? "CPU"}${cores}`);
  }
  if (spec.memory) facts.push(`${formatGibibytes(spec.memory.gib)} memory`);
  if (spec.drives) facts.push(formatQuantity(spec.drives.count, "drive"));
  if (spec.nics?.infiniband) {
    facts.push(formatQuantity(spec.nics.infiniband, "InfiniBand port"));
  }
  return facts;
}

/** What a group of nodes is for, in words. */
export const groupRoleWords = {
  gpu_worker: "GPU worker",
  control_plane: "Control plane",
  cpu: "CPU",
} as const satisfies Record<NodeGroupRole, string>;

export const inputTypeWords = {
  string: "Line of text",
  text: "Text of several lines",
  number: "Number",
  boolean: "Yes or no",
  enum: "One of several",
  multi_enum: "Several of several",
  duration: "Duration",
  cidr: "Network (CIDR)",
  ssh_keys: "SSH keys",
  image: "Image",
  secret: "Secret",
  json: "JSON",
} as const satisfies Record<InputType, string>;

export const overrideWords = {
  allowed: "Anyone who launches",
  restricted: "To one of some values",
  fixed: "Nobody: it is fixed",
} as const satisfies Record<InputOverride, string>;

export const approverKindWords = {
  operators: "Any fleet admin",
  tenant_admins: "The tenant's owners and admins",
  people: "People by address",
} as const satisfies Record<ApproverKind, string>;

export const actionRoleWords = {
  member: "Members and admins of the project",
  admin: "Admins of the project alone",
} as const satisfies Record<ActionRole, string>;

/** An action in a line: `flush, "Flush the cache": asks depth, runs pause`. */
export function actionWords(action: TemplateAction): string {
  const parts = [
    action.inputs.length > 0 && `asks ${action.inputs.map(({ name }) => name).join(", ")}`,
    action.confirmation && `says "${action.confirmation}"`,
    `runs ${action.hooks.join(", ") || "nothing"}`,
    action.role === "admin" && "for admins alone",
  ].filter(Boolean);
  return `${action.name}, "${action.label}": ${parts.join(", ")}`;
}

/** An input in a line: "token: Secret, required". */
export function inputWords(input: TemplateInput): string {
  const parts = [
    inputTypeWords[input.type],
    input.required && "required",
    input.default !== null && `usually ${valueWords(input.default)}`,
    input.override !== "allowed" && input.override,
    input.showIf && `shown when ${conditionWords(input.showIf)}`,
    input.changeable && "changeable after the launch",
  ].filter(Boolean);
  return `${input.name}: ${parts.join(", ")}`;
}

/** What an input may be, for whoever sends it: "at least 1, at most 8"; empty where anything goes. */
export function ruleWords(input: TemplateInput): string {
  const { type, required, min, max, pattern, override } = input;
  const unit =
    type === "duration"
      ? " seconds"
      : type === "multi_enum"
        ? " choices"
        : type === "ssh_keys"
          ? " keys"
          : isText(type)
            ? " characters"
            : "";
  const choices = override === "restricted" ? input.allowed : input.options;
  const parts = [
    required && usualValue(input) === null && "required",
    override === "fixed" && "fixed",
    type === "ssh_keys" && "of your own keys and the project's",
    choices.length > 0 &&
      type !== "ssh_keys" &&
      `of ${choices.map((each) => `"${each}"`).join(", ")}`,
    min !== null && `at least ${min}${unit}`,
    max !== null && `at most ${max}${unit}`,
    pattern !== null && `matches ${pattern}`,
    input.showIf && `only when ${conditionWords(input.showIf)}`,
    input.changeable && "changeable after the launch",
  ];
  return parts.filter(Boolean).join(", ");
}

const isText = (type: InputType) => type === "string" || type === "text" || type === "secret";

/** A hook in a line, its provider by name. */
export function hookWords(hook: TemplateHook, providerName?: string): string {
  const time = secondsWords(hook.seconds);
  const what =
    hook.kind === "http"
      ? `asks ${providerName ?? "a provider"}, done within ${time}${outputWords(hook)}`
      : hook.kind === "script"
        ? `runs a script of ${formatQuantity(lineCount(hook), "line")} on each node, done within ${time}${outputWords(hook)}`
        : hook.kind === "approval"
          ? `waits for a decision by ${approverWords(hook.approvers)}, for ${time} at most`
          : `${waitWords(hook)}${outputWords(hook)}`;
  const parts = [
    what,
    hook.onFailure === "continue" && "goes on when it fails",
    hook.onFailure === "quarantine" && "quarantines the nodes it fails on",
    hook.executeOnce && "once in an environment's life",
    hook.skipIf && `skipped when ${conditionWords(hook.skipIf)}`,
  ].filter(Boolean);
  return `${hook.name} (${hook.point}): ${parts.join(", ")}`;
}

function lineCount({ script }: TemplateHook): number {
  return script?.text.trimEnd().split("\n").length ?? 0;
}

function outputWords({ script, outputs = script?.outputs ?? [] }: TemplateHook): string {
  return outputs.length > 0 ? `, gives ${outputs.join(", ")}` : "";
}
