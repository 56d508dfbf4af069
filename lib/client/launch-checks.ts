import { type HookPoint, openingPoints } from "#lib/domain/hook/hook";
import { plannedHooks } from "#lib/domain/hook/words";
import { checkInputs } from "#lib/domain/template/input-values";
import type { InputValue } from "#lib/domain/template/inputs";
import type { CatalogueTemplate } from "#lib/schemas/catalogue-view";
import type { PreflightCheck } from "#lib/schemas/environment-view";

/**
 * What a launch would meet of the template's own logic: inputs, by the rules that the launch itself
 * holds them to; who has to approve; which hooks run. Nothing of a template that has none.
 */
export function launchChecks(
  template: Pick<CatalogueTemplate, "inputs" | "hooks"> | undefined,
  entered: Readonly<Record<string, InputValue>>,
): PreflightCheck[] {
  if (!template) return [];
  const checked = checkInputs(template.inputs, entered);
  const values = checked.ok ? checked.value.values : {};
  const { approvals, others } = plannedHooks(template.hooks, values);
  const isFirst = ({ point }: { point: HookPoint }) =>
    openingPoints("environment.launch").includes(point);
  const first = [...approvals, ...others].filter(isFirst);
  const problems = checked.ok ? [] : Object.values(checked.refusal.fields);
  return [
    ...(template.inputs.length === 0 ? [] : [inputsCheck(problems)]),
    ...approvals.map((hook) => ({
      id: `approval-${hook.name}`,
      title: `Approval ${hook.name}`,
      verdict: "warn" as const,
      words: isFirst(hook)
        ? `Needs a decision by ${hook.words} before any node is taken.`
        : `Needs a decision by ${hook.words}. The nodes are held meanwhile.`,
      wayOut: null,
    })),
    ...(first.length === 0
      ? []
      : [
          {
            id: "nodes-later",
            title: "Nodes are taken later",
            verdict: "warn" as const,
            words: `No node is held before these have ended: ${first.map((hook) => hook.name).join(", ")}. Quota and free nodes are looked at again then.`,
            wayOut: null,
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

function inputsCheck(problems: readonly string[]): PreflightCheck {
  const check = { id: "inputs", title: "Inputs" };
  const [first, ...more] = problems;
  if (first === undefined) {
    return { ...check, verdict: "ok", words: "Everything is as the template asks.", wayOut: null };
  }
  return {
    ...check,
    verdict: "no",
    words: more.length > 0 ? `${first} ${more.length} more to enter or change.` : first,
    wayOut: null,
  };
}
