import { type HookPoint, openingPoints } from "#lib/domain/hook/hook";
import {
  adviceOnApprovers,
  type OfferedHook,
  plannedHooks,
  secondsWords,
  whyUndecidable,
} from "#lib/domain/hook/words";
import { whyNotPublicKey } from "#lib/domain/ssh-key/public-key";
import { checkToldInputs } from "#lib/domain/template/input-values";
import type { InputValue, TemplateInput } from "#lib/domain/template/inputs";

// What a launch would meet of what was entered, and of the template's own logic: asked by the form as
// it is typed, and by the preflight of the API.

/** A verdict on one thing; `wayOut`: what to do about it, null when nothing needs doing. */
type LaunchCheck = {
  id: string;
  title: string;
  verdict: "ok" | "warn" | "no";
  words: string;
  wayOut: string | null;
};

/**
 * Of the inputs, by the rules that the launch itself holds them to; who has to approve; which hooks run.
 * Nothing of a template that has none. `secrets`: inputs that will have a value, which is not told.
 */
export function launchChecks(
  template: { inputs: readonly TemplateInput[]; hooks: readonly OfferedHook[] } | undefined,
  entered: Readonly<Record<string, InputValue>>,
  secrets: readonly string[] = [],
): LaunchCheck[] {
  if (!template) return [];
  const checked = checkToldInputs(template.inputs, entered, secrets);
  const values = checked.ok ? checked.value.values : {};
  const { approvals, others } = plannedHooks(template.hooks, values);
  const isFirst = ({ point }: { point: HookPoint }) =>
    openingPoints("environment.launch").includes(point);
  const first = [...approvals, ...others].filter(isFirst);
  const problems = checked.ok ? [] : Object.values(checked.refusal.fields);
  return [
    ...(template.inputs.length === 0 && checked.ok ? [] : [inputsCheck(problems)]),
    ...approvals.map((hook) => approvalCheck(hook, isFirst(hook))),
    ...(first.length === 0
      ? []
      : [
          {
            id: "nodes-later",
            title: "Nodes are taken later",
            verdict: "warn" as const,
            words: `No node is held before these have ended: ${first.map((hook) => hook.name).join(", ")}. Quota and free nodes are looked at again then.`,
            wayOut: "Hold the nodes first: launched within the hold, they stay yours until then.",
          },
        ]),
    ...(others.length === 0
      ? []
      : [
          {
            id: "hooks",
            title: "Hooks",
            verdict: "ok" as const,
            words: `Will run: ${others.map((hook) => hook.name).join(", ")}.`,
            wayOut: null,
          },
        ]),
  ];
}

/** Who is asked for a decision, and whether anybody can give it. @param isFirst Before any node is taken. */
function approvalCheck(hook: OfferedHook, isFirst: boolean): LaunchCheck {
  const check = { id: `approval-${hook.name}`, title: `Approval ${hook.name}` };
  const refusal = whyUndecidable(hook);
  if (refusal) return { ...check, verdict: "no", words: refusal.reason, wayOut: refusal.advice };
  if (hook.isInVain) {
    return {
      ...{ ...check, verdict: "warn", wayOut: adviceOnApprovers },
      words: `Needs a decision by ${hook.words}, and none of them can decide here: it expires, and the launch goes on.`,
    };
  }
  const others =
    hook.unable.length === 0
      ? ""
      : ` Named, too, and unable to decide here: ${hook.unable.join(", ")}.`;
  return {
    ...{ ...check, verdict: "warn" },
    words: isFirst
      ? `Needs a decision by ${hook.words} before any node is taken.${others}`
      : `Needs a decision by ${hook.words}. The nodes are held meanwhile.${others}`,
    wayOut: isFirst
      ? "They are asked as soon as it is launched. Tell them beforehand if it is urgent."
      : "They are asked when it has come to that point. Tell them beforehand if it is urgent.",
  };
}

function inputsCheck(problems: readonly string[]): LaunchCheck {
  const check = { id: "inputs", title: "Inputs" };
  const [first, ...more] = problems;
  if (first === undefined) {
    return { ...check, verdict: "ok", words: "Everything is as the template asks.", wayOut: null };
  }
  return {
    ...check,
    verdict: "no",
    words: more.length > 0 ? `${first} ${more.length} more to enter or change.` : first,
    wayOut: "Enter it as the template asks for it.",
  };
}

/** Whether somebody gets in: a key is the only way, one of so many saved ones or what was pasted. */
export function keysCheck(saved: number, pasted: string): LaunchCheck {
  const check = { id: "keys", title: "SSH keys" };
  const isPasted = pasted.trim() !== "";
  const problem = isPasted ? whyNotPublicKey(pasted) : null;
  if (problem !== null) {
    return { ...check, verdict: "no", words: problem, wayOut: "Paste another key, or none." };
  }
  const count = saved + (isPasted ? 1 : 0);
  return count > 0
    ? {
        ...{ ...check, verdict: "ok", wayOut: null },
        words: `${count} ${count === 1 ? "key" : "keys"} chosen.`,
      }
    : {
        ...{ ...check, verdict: "no", words: "No key is chosen, and a key is the only way in." },
        wayOut: "Tick one or paste one.",
      };
}

/** How long it usually takes until it is ready: as long as the slowest of its profiles, from history. */
export function timeCheck(
  times: readonly { p50Ms: number; p90Ms: number; nodes: number }[],
): LaunchCheck {
  const check = { id: "time", title: "Time to ready", verdict: "ok" as const, wayOut: null };
  const slowest = times.toSorted((a, b) => b.p50Ms - a.p50Ms)[0];
  if (!slowest) {
    return { ...check, words: "No history yet: nobody here has launched nodes like these." };
  }
  const { p50Ms, p90Ms, nodes } = slowest;
  if (nodes < fewNodes) {
    const words = `About ${wholeMinutes(p50Ms)}, from ${nodes} ${nodes === 1 ? "node" : "nodes"}.`;
    return { ...check, words };
  }
  return {
    ...check,
    words: `Usually ${wholeMinutes(p50Ms)}, 9 in 10 within ${wholeMinutes(p90Ms)}.`,
  };
}

/** Of fewer nodes a ninth in ten says nothing. */
const fewNodes = 5;

function wholeMinutes(ms: number): string {
  return secondsWords(Math.max(1, Math.ceil(ms / 60_000)) * 60);
}
