import type { TemplateHook } from "#lib/domain/hook/hook";
import { runsOnNodes } from "#lib/domain/hook/script";
import type { PressedAction } from "#lib/domain/operation/operation";
import { everyValue, plainValues } from "#lib/domain/template/input-values";
import type { TemplateInput } from "#lib/domain/template/inputs";

/**
 * An action as one of its hooks is told of it. Kept with the run, so that one that is run again later is told
 * the same, whatever the template asks by then. A script finds what was left empty, too: it may not read a
 * variable that is not set. A provider does not.
 */
export function toldAction(
  hook: Pick<TemplateHook, "kind" | "script">,
  { name, label, inputs, definitions }: PressedAction & { definitions: readonly TemplateInput[] },
): { name: string; label: string; inputs: Record<string, unknown> } {
  const told = runsOnNodes(hook) ? everyValue : plainValues;
  return { name, label, inputs: told(definitions, inputs) };
}
