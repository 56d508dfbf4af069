import { z } from "zod";
import { hookPoints } from "#lib/domain/hook/hook";

// What whoever decides is told of what is asked for.

const approvedScript = z.object({
  /** Of its hook. */
  name: z.string(),
  point: z.enum(hookPoints),
  /** Of its text in UTF-8, as a node is told it: to be compared with what was looked through. */
  sha256: z.string(),
  text: z.string(),
});
export type ApprovedScript = z.infer<typeof approvedScript>;

export const approvalAbout = z.object({
  template: z.object({ name: z.string(), version: z.number() }),
  /** Nodes by group. */
  counts: z.record(z.string(), z.number()),
  /** How long it may stay in all; null: until somebody releases it. */
  leaseHours: z.number().nullable(),
  /** What its nodes cost, in a sentence; null where no price is told. */
  cost: z.string().nullable(),
  /** What it lets run on nodes; empty for whoever may not decide. */
  scripts: z.array(approvedScript),
});
export type ApprovalAbout = z.infer<typeof approvalAbout>;
