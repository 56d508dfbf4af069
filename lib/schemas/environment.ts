import { z } from "zod";
import { environmentNamePattern, longestEnvironmentName } from "#lib/domain/environment/hostname";
import { mostLeaseHours } from "#lib/domain/environment/lease";
import { longestPublicKeyText } from "#lib/domain/ssh-key/public-key";
import { mostActionInputs } from "#lib/domain/template/actions";
import { inputNamePattern } from "#lib/domain/template/inputs";
import { idOf } from "#lib/schemas/id";
import { inputValue } from "#lib/schemas/template";
import { line, prose, slug } from "#lib/schemas/text";

/** Made by the browser once for one press: the same key is the same request. */
const requestKey = z.uuid();

/** What an environment may be called: it becomes the first part of its nodes' host names. */
export const environmentName = z
  .string()
  .min(1, "Give it a name.")
  .max(longestEnvironmentName, `At most ${longestEnvironmentName} characters.`)
  .regex(
    environmentNamePattern,
    "Use lower-case letters, digits and dashes; begin with a letter and end with a letter or digit.",
  );

/** How long it may stay from now on; null for no end. */
const leaseHours = z
  .number()
  .int("Whole hours.")
  .min(1, "An hour at least.")
  .max(mostLeaseHours, "A year at most.")
  .nullable();

/** Nodes asked for, by the name of the template's group. */
const counts = z
  .record(slug(63), z.number().int().min(0).max(64))
  .refine((each) => Object.keys(each).length <= 16, "Too many groups.");

/** Values of a template's inputs, by name. */
const inputValues = z
  .record(z.string().regex(inputNamePattern), inputValue)
  .refine((values) => Object.keys(values).length <= 60, "Too many inputs.");

const sshKeyIds = z.array(idOf("sshKey")).max(20);
const projectKeyIds = z.array(idOf("projectKey")).max(50);

export const launchEnvironmentInput = z
  .object({
    requestKey,
    name: environmentName,
    templateVersionId: idOf("templateVersion"),
    imageId: idOf("image"),
    counts,
    /** Saved keys of the person who launches. */
    sshKeyIds,
    /** Of the project's keys those to put on; left out: all of them. */
    projectKeyIds: projectKeyIds.optional(),
    /** One more key for this environment alone; empty for none. */
    pastedKey: prose(longestPublicKeyText),
    /** Left out: as long as its template and its compute profiles allow. */
    leaseHours: leaseHours.optional(),
    /** The person's own hold, whose nodes are taken. One that is over is passed over. */
    holdId: idOf("hold").optional(),
    /** Values of the template's inputs, by name. */
    inputs: inputValues.optional(),
  })
  .strict();
export type LaunchEnvironmentInput = z.infer<typeof launchEnvironmentInput>;

export const operateEnvironmentInput = z
  .object({
    requestKey,
    environmentId: idOf("environment"),
    command: z.enum(["stop", "start", "restart", "reinstall"]),
  })
  .strict();
export type OperateEnvironmentInput = z.infer<typeof operateEnvironmentInput>;
export type OperateCommand = OperateEnvironmentInput["command"];

/** The inputs that the version asks and the environment has no value for are held against it. */
export const upgradeEnvironmentInput = launchEnvironmentInput
  .pick({ requestKey: true, templateVersionId: true, inputs: true })
  .extend({
    environmentId: idOf("environment"),
    /** The environment's name, typed by the person: proof that they mean this one. */
    confirmName: line(longestEnvironmentName),
  })
  .strict();
export type UpgradeEnvironmentInput = z.infer<typeof upgradeEnvironmentInput>;

/** What is left out stays as it is, and so does a secret that is empty; another one that is empty has its default. */
export const changeInputsInput = z
  .object({ environmentId: idOf("environment"), inputs: inputValues })
  .strict();
export type ChangeInputsInput = z.infer<typeof changeInputsInput>;

/** The action's own inputs are held against its definition (`checkInputs`). */
export const runActionInput = z
  .object({
    requestKey,
    environmentId: idOf("environment"),
    action: line(40),
    inputs: z
      .record(z.string().regex(inputNamePattern), inputValue)
      .refine((values) => Object.keys(values).length <= mostActionInputs, "Too many inputs.")
      .optional(),
  })
  .strict();
export type RunActionInput = z.infer<typeof runActionInput>;

export const abortEnvironmentInput = z.object({ environmentId: idOf("environment") }).strict();
export type AbortEnvironmentInput = z.infer<typeof abortEnvironmentInput>;

export const retryEnvironmentInput = z
  .object({ requestKey, environmentId: idOf("environment") })
  .strict();
export type RetryEnvironmentInput = z.infer<typeof retryEnvironmentInput>;

export const releaseEnvironmentInput = z
  .object({
    requestKey,
    environmentId: idOf("environment"),
    /** The environment's name, typed by the person: proof that they mean this one. */
    confirmName: line(longestEnvironmentName),
  })
  .strict();
export type ReleaseEnvironmentInput = z.infer<typeof releaseEnvironmentInput>;

export const setLeaseInput = z.object({ environmentId: idOf("environment"), leaseHours }).strict();
export type SetLeaseInput = z.infer<typeof setLeaseInput>;

export const changeEnvironmentKeysInput = z
  .object({
    environmentId: idOf("environment"),
    /** Fingerprints of those to take off: what else it has stays, also what came a moment ago. */
    drop: z.array(line(60)).max(100),
    /** Saved keys of the person who changes them. */
    sshKeyIds,
    projectKeyIds,
    /** One more; empty for none. */
    pastedKey: prose(longestPublicKeyText),
  })
  .strict();
export type ChangeEnvironmentKeysInput = z.infer<typeof changeEnvironmentKeysInput>;

/** What is left out is taken as the launch takes it: no own key, all keys of the project, no input. */
export const launchPreflightInput = launchEnvironmentInput
  .pick({
    ...{ templateVersionId: true, imageId: true, counts: true, leaseHours: true },
    ...{ projectKeyIds: true, inputs: true },
  })
  .extend({
    name: line(longestEnvironmentName),
    sshKeyIds: sshKeyIds.optional(),
    /** One more key that the launch comes with. */
    publicKey: launchEnvironmentInput.shape.pastedKey.optional(),
    /** Secret inputs, by name, that the launch will have a value of: it is looked at only then. */
    secrets: z.array(z.string().regex(inputNamePattern)).max(60).optional(),
  });
export type LaunchPreflightInput = z.infer<typeof launchPreflightInput>;

/** What is left out is taken as the launch takes it. */
export const launchUserDataInput = launchEnvironmentInput
  .pick({
    ...{ name: true, templateVersionId: true, imageId: true, counts: true },
    ...{ projectKeyIds: true, inputs: true },
  })
  .extend({
    sshKeyIds: sshKeyIds.default([]),
    /** One more key that the launch comes with. */
    publicKey: launchEnvironmentInput.shape.pastedKey.default(""),
    /** Secret inputs, by name, that the launch will have a value of. */
    secrets: launchPreflightInput.shape.secrets,
  })
  .strict();
export type LaunchUserDataInput = z.infer<typeof launchUserDataInput>;
