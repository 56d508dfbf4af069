import { StateText } from "#components/ui/state-text";
import type { ImageState } from "#lib/domain/image/image";

const looks = {
  unverified: { kind: "motion", word: "Checking its files" },
  approved: { kind: "ok", word: "Approved" },
  rejected: { kind: "critical", word: "Rejected" },
  retired: { kind: "neutral", word: "Retired" },
} as const;

/** Whether nodes may boot an image, and why not. */
export function ImageStateText({ state, reason }: { state: ImageState; reason?: string | null }) {
  return <StateText {...looks[state]} detail={reason ?? undefined} />;
}
