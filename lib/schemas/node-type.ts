import { z } from "zod";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";
import { securityBaseline, wipeRules } from "#lib/schemas/baseline";
import { idOf } from "#lib/schemas/id";
import { inspectionOrder } from "#lib/schemas/inspection";
import { label } from "#lib/schemas/text";

const count = (least: number, most: number) =>
  z
    .number("Enter a number.")
    .int("Enter a whole number.")
    .min(least, `At least ${least}.`)
    .max(most, `At most ${most}.`);

/** The expected hardware; a part that is left out is not checked. */
export const nodeTypeSpec = z
  .object({
    manufacturer: label("a manufacturer", 100).optional(),
    model: label("a model", 100).optional(),
    heightUnits: count(1, 48).optional(),
    cpu: z
      .object({
        sockets: count(1, 16),
        coresPerSocket: count(1, 1024).optional(),
        model: label("a CPU model", 100).optional(),
      })
      .strict()
      .optional(),
    memory: z
      .object({ gib: count(1, 65_536), tolerancePercent: z.number().min(0).max(50) })
      .strict()
      .optional(),
    gpu: z
      .object({
        model: label("a GPU model", 100).optional(),
        count: count(1, 16),
        memoryGib: count(1, 4_096).optional(),
      })
      .strict()
      .nullable()
      .optional(),
    drives: z
      .object({ count: count(1, 128), minSizeGb: count(1, 1_000_000).optional() })
      .strict()
      .optional(),
    nics: z
      .object({
        ethernet: count(1, 64).optional(),
        infiniband: count(1, 64).optional(),
        infinibandGbps: count(1, 10_000).optional(),
      })
      .strict()
      .optional(),
    dpus: z
      .object({ count: count(1, 16) })
      .strict()
      .optional(),
    baseline: securityBaseline.optional(),
    wipe: wipeRules.optional(),
    inspection: inspectionOrder.optional(),
    withoutGpuTests: label("a reason", 200).optional(),
  })
  .strict() satisfies z.ZodType<NodeTypeSpec>;

export const createNodeTypeInput = z
  .object({ name: label("a name for the node type", 80), spec: nodeTypeSpec })
  .strict();
export type CreateNodeTypeInput = z.infer<typeof createNodeTypeInput>;

export const changeNodeTypeInput = createNodeTypeInput.extend({ nodeTypeId: idOf("nodeType") });
export type ChangeNodeTypeInput = z.infer<typeof changeNodeTypeInput>;
