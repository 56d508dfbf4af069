import { z } from "zod";
import { approverKinds, failurePolicies, hookKinds, hookPoints } from "#lib/domain/hook/hook";
import { scriptLimits } from "#lib/domain/hook/script";
import { longestPublicKeyText } from "#lib/domain/ssh-key/public-key";
import { actionRoles, mostActionInputs, mostActions } from "#lib/domain/template/actions";
import { inputOverrides, inputTypes } from "#lib/domain/template/inputs";
import { nodeGroupRoles } from "#lib/domain/template/template";
import { emailAddress } from "#lib/schemas/account";
import { idOf } from "#lib/schemas/id";
import { longestLeaseHours } from "#lib/schemas/lease";
import { shareHolders } from "#lib/schemas/sharing";
import { line, prose, slug } from "#lib/schemas/text";

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

const shortText = z
  .string()
  .max(200, "At most 200 characters.")
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "Use printable characters only.");
const condition = z
  .object({
    input: shortText,
    is: z.enum(["equal", "not_equal"]),
    value: shortText,
  })
  .strict();

/** A number that every program on a node reads alike. */
const inputNumber = z
  .number()
  .gte(-2_000_000_000, "At least -2,000,000,000.")
  .lte(2_000_000_000, "At most 2,000,000,000.");

/** A value of an input: what it must be is said by the template (`checkInputs`), here only its shape. */
export const inputValue = z.union([
  z
    .string()
    .max(10_000, "At most 10,000 characters.")
    .regex(/^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u, "Use printable characters only."),
  inputNumber,
  z.boolean(),
  z
    .array(
      z
        .string()
        .max(longestPublicKeyText, "This is too long for a public key.")
        .regex(/^[^\p{Cc}\p{Cs}]*$/u, "Use printable characters only."),
    )
    .max(100, "At most 100 choices."),
]);

/** What an input is as it is entered; whether it makes sense is said when it is published. */
export const templateInput = z
  .object({
    name: shortText,
    label: line(80),
    help: line(300),
    section: line(60),
    type: z.enum(inputTypes),
    required: z.boolean(),
    default: inputValue.nullable(),
    options: z.array(shortText.min(1)).max(100, "At most 100 choices."),
    pattern: shortText.nullable(),
    min: inputNumber.nullable(),
    max: inputNumber.nullable(),
    showIf: condition.nullable(),
    override: z.enum(inputOverrides),
    allowed: z.array(shortText).max(100, "At most 100 values."),
    /** Whether it can be changed after the launch, too; left out: it cannot. */
    changeable: z.boolean().optional(),
  })
  .strict();

/** The same where it is written. What would be a secret in the clear is not even kept in a draft. */
const enteredInput = templateInput.refine(
  ({ type, default: usual }) => type !== "secret" || usual === null,
  {
    path: ["default"],
    error: "A secret has no default: whoever reads the template would read it. Leave it empty.",
  },
);
const inputs = z.array(enteredInput).max(60, "At most 60 inputs.").optional();

const outputs = z.array(shortText.min(1)).max(scriptLimits.outputs, "At most 32 outputs.");

const templateHook = z
  .object({
    name: shortText,
    point: z.enum(hookPoints),
    kind: z.enum(hookKinds),
    providerId: idOf("provider").nullable(),
    /** What a provider has to have given when it says that it is done; of a script stands with it. */
    outputs: outputs.optional(),
    approvers: z
      .object({
        kind: z.enum(approverKinds),
        emails: z.array(emailAddress).max(20, "At most 20 people."),
      })
      .strict()
      .nullable(),
    /** What is wrong with it beside its size is said when it is published. */
    script: z
      .object({
        text: z
          .string()
          .max(256 * 1024, "At most 64 KiB.")
          .regex(/^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u, "Use text without control characters."),
        outputs,
      })
      .strict()
      .nullable()
      .optional(),
    /** What is wrong with its address is said when it is published. */
    until: z
      .object({ url: shortText, certificatePem: prose(20_000) })
      .strict()
      .nullable()
      .optional(),
    seconds: z
      .number()
      .int("Enter a whole number.")
      .min(1)
      .max(30 * 86_400, "At most 30 days."),
    retries: z.number().int("Enter a whole number.").min(0).max(20, "At most 20 retries."),
    backoffSeconds: z.number().int("Enter whole seconds.").min(1).max(300, "At most 300 seconds."),
    onFailure: z.enum(failurePolicies),
    executeOnce: z.boolean(),
    skipIf: condition.nullable(),
  })
  .strict();
const hooks = z.array(templateHook).max(40, "At most 40 hooks.").optional();

/** What an action is as it is entered; whether it makes sense is said when it is published. */
const templateAction = z
  .object({
    name: shortText,
    label: line(60),
    help: line(300),
    role: z.enum(actionRoles),
    confirmation: line(500),
    inputs: z.array(enteredInput).max(mostActionInputs, `At most ${mostActionInputs} inputs.`),
    hooks: z.array(shortText).max(20, "At most 20 hooks."),
  })
  .strict();
const actions = z
  .array(templateAction)
  .max(mostActions, `At most ${mostActions} actions.`)
  .optional();

const description = prose(300);
const readme = prose(10_000);

export const createTemplateInput = z
  .object({
    name: slug(60),
    description,
    readme,
    groups,
    bootConfig,
    longestLeaseHours: longestLeaseHours.optional(),
    network,
    inputs,
    hooks,
    actions,
  })
  .strict();
export type CreateTemplateInput = z.infer<typeof createTemplateInput>;

export const addTemplateVersionInput = z
  .object({
    templateId: idOf("template"),
    /** Left out: as the version before has it. The read me and the lease alike. */
    description: description.optional(),
    readme: readme.optional(),
    groups,
    bootConfig,
    longestLeaseHours: longestLeaseHours.optional(),
    network,
    inputs,
    hooks,
    actions,
  })
  .strict();
export type AddTemplateVersionInput = z.infer<typeof addTemplateVersionInput>;

export const moveTemplateVersionInput = z
  .object({ templateVersionId: idOf("templateVersion"), to: z.enum(["published", "retired"]) })
  .strict();
export type MoveTemplateVersionInput = z.infer<typeof moveTemplateVersionInput>;

export const shareTemplateInput = z
  .object({ templateId: idOf("template"), ...shareHolders })
  .strict();
export type ShareTemplateInput = z.infer<typeof shareTemplateInput>;
