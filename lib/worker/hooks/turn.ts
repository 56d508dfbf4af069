/** What one turn of a run came to. */
export type Turn =
  | { kind: "ended"; state: "succeeded" | "failed" | "skipped"; words: string; change?: Kept }
  | { kind: "waits"; words: string; ms: number | null; change?: Kept };

/** What is kept of an answer besides. */
type Kept = {
  outputs?: Record<string, unknown>;
  saved?: unknown;
  answeredBy?: number;
  turn?: number;
  /** What came with it, to stand behind what came before. */
  log?: string;
  attempt?: number;
};
