import { z } from "zod";
import { nodeGroupRoles } from "#lib/domain/template/template";
import { idOf } from "#lib/schemas/id";
import { prose, slug } from "#lib/schemas/text";

const nodeCount = z.number("Enter a number.").int("Enter a whole number.").min(0).max(64);

export const templateGroup = z
  .object({
    name: slug(30),
    role: z.enum(nodeGroupRoles),
    profileId: idOf("profile"),
    minCount: nodeCount,
    defaultCount: nodeCount,
    maxCount: nodeCount,
  })
  .strict()
  .refine((group) => group.minCount <= group.maxCount && group.maxCount > 0, {
    path: ["maxCount"],
    error: "The most must be at least the fewest, and at least 1.",
  })
  .refine((group) => group.minCount <= group.defaultCount && group.defaultCount <= group.maxCount, {
    path: ["defaultCount"],
    error: "The usual number lies between the fewest and the most.",
  });
export type TemplateGroupInput = z.infer<typeof templateGroup>;

/** Debian package names (Debian Policy, 5.6.1), with a version where one is wanted. */
const packageName = z
  .string()
  .max(100)
  .regex(
    /^[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+:~-]+)?$/,
    "Enter package names such as nvtop, one on each line.",
  );

const bootConfig = z
  .object({
    packages: z.array(packageName).max(50, "At most 50 packages."),
    /** Each command as an argument vector: no shell reads it. */
    commands: z
      .array(
        z
          .array(
            z
              .string()
              .min(1)
              .max(500)
              .regex(/^[^\p{Cc}\p{Cs}]*$/u, "Use printable characters only."),
          )
          .min(1)
          .max(32),
      )
      .max(50, "At most 50 commands."),
  })
  .strict();

const groups = z
  .array(templateGroup)
  .min(1, "Add at least one group of nodes.")
  .max(16, "At most 16 groups.")
  .refine((list) => new Set(list.map((group) => group.name)).size === list.length, {
    error: "Two groups have the same name.",
  })
  .refine((list) => list.some((group) => group.defaultCount > 0), {
    error: "At least one group has a usual number of 1 or more.",
  });

const network = z
  .object({
    isPrivate: z.boolean(),
    hasPartition: z.boolean(),
    publicAddresses: z.enum(["none", "per_node"]),
  })
  .strict()
  // Not said: the network that the site gives to all.
  .optional();

export const createTemplateInput = z
  .object({
    name: slug(60),
    description: prose(300),
    readme: prose(10_000),
    groups,
    bootConfig,
    network,
  })
  .strict();
export type CreateTemplateInput = z.infer<typeof createTemplateInput>;

export const addTemplateVersionInput = z
  .object({ templateId: idOf("template"), groups, bootConfig, network })
  .strict();
export type AddTemplateVersionInput = z.infer<typeof addTemplateVersionInput>;

export const describeTemplateInput = z
  .object({ templateId: idOf("template"), description: prose(300), readme: prose(10_000) })
  .strict();
export type DescribeTemplateInput = z.infer<typeof describeTemplateInput>;

export const moveTemplateVersionInput = z
  .object({ templateVersionId: idOf("templateVersion"), to: z.enum(["published", "retired"]) })
  .strict();
export type MoveTemplateVersionInput = z.infer<typeof moveTemplateVersionInput>;

export const shareTemplateInput = z
  .object({ templateId: idOf("template"), projectIds: z.array(idOf("project")).max(500) })
  .strict();
export type ShareTemplateInput = z.infer<typeof shareTemplateInput>;
