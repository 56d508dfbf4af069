import { StateText } from "#components/ui/state-text";
import type { TemplateState } from "#lib/domain/template/template";

const looks = {
  draft: { kind: "neutral", word: "Draft" },
  published: { kind: "ok", word: "Published" },
  retired: { kind: "neutral", word: "Retired" },
} as const;

/** Whether a version of a template can be launched. */
export function TemplateStateText({ state, detail }: { state: TemplateState; detail?: string }) {
  return <StateText {...looks[state]} detail={detail} />;
}
