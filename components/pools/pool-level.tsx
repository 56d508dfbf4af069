import { StateText } from "#components/ui/state-text";

const looks = {
  fine: { kind: "ok", word: "Has room" },
  filling: { kind: "attention", word: "Filling up" },
  full: { kind: "critical", word: "Full" },
} as const;

export type PoolLevel = keyof typeof looks;

/** Whether a pool still has something to give, and when it will not. */
export function PoolLevelText({ level, forecast }: { level: PoolLevel; forecast: string }) {
  return <StateText {...looks[level]} detail={level === "full" ? undefined : forecast} />;
}
