import { StateText } from "#components/ui/state-text";
import type { ProfileState } from "#lib/domain/profile/profile";

const looks = {
  draft: { kind: "neutral", word: "Draft", detail: "nobody sees it yet" },
  active: { kind: "ok", word: "Active", detail: undefined },
  deprecated: { kind: "attention", word: "Deprecated", detail: "no new template versions" },
  disabled: { kind: "neutral", word: "Disabled", detail: "no new environments" },
} as const;

const versionDetails = {
  draft: "nobody sees it yet",
  active: "offered now",
  deprecated: "no new environments",
  disabled: "no new environments",
} as const satisfies Record<ProfileState, string>;

/** Whether the terms of a version are offered. */
export function ProfileVersionStateText({ state }: { state: ProfileState }) {
  const { kind, word } = looks[state];
  return <StateText kind={kind} word={word} detail={versionDetails[state]} />;
}

/** Whether a profile is offered, and what follows when it is not. */
export function ProfileStateText({ state }: { state: ProfileState }) {
  return <StateText {...looks[state]} />;
}
