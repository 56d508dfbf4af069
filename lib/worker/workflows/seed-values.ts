import {
  type KeptContext,
  listContextsOfProject,
  listContextsOfTemplate,
  listKeptContexts,
} from "#db/queries/contexts";
import { findRehearsed } from "#db/queries/dry-runs";
import { findEntered, listSealedSecrets } from "#db/queries/environment-secrets";
import { listHooksAt, listOutputs } from "#db/queries/hook-runs";
import { factsOfNode } from "#db/queries/profile-terms";
import { contextSecretPlace, environmentSecretPlace, unseal } from "#lib/access/sealed";
import { sealInputs } from "#lib/boot/sealed-inputs";
import type { BootPurpose } from "#lib/domain/boot/boot-purpose";
import type { BootSeed } from "#lib/domain/boot/seed";
import { type ContextOnNode, contextOnNode, joinSecrets } from "#lib/domain/context/on-node";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { isScriptPoint, keepRunner, runsOnNodes, scriptPoints } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";
import { type ProfileFacts, saysMore } from "#lib/domain/profile/facts";
import { everyValue, plainValues, shownInputs } from "#lib/domain/template/input-values";
import type { InputValues, TemplateInput } from "#lib/domain/template/inputs";
import type { NodeContext } from "#lib/worker/context";

/** What it takes to open what is sealed for the worker. */
type Opener = Pick<NodeContext, "db"> & {
  settings: Pick<NodeContext["settings"], "credentialPrivateKey">;
};
type Tools = Opener & {
  settings: Pick<NodeContext["settings"], "bootSecret">;
  operation: Pick<NodeContext["operation"], "id" | "environmentId" | "allocationId" | "input">;
};

/** What a launch gave, or what a rehearsal was given in its place. */
type Given = {
  definitions: readonly TemplateInput[];
  values: InputValues;
  secretInputs: Record<string, string>;
  /** Values that its secrets had before, and its nodes may still have. */
  formerSecrets: readonly string[];
  contexts: readonly KeptContext[];
  hooks: readonly TemplateHook[];
  outputs: Record<string, unknown>;
};

/** What a launch gives its nodes, when there is anything of it; values of secrets are not among it. */
export async function seedValues(
  tools: Tools,
): Promise<Pick<BootSeed, "launch" | "hasScripts" | "keepsRunner" | "files">> {
  const given = await givenTo(tools);
  const { outputs } = given;
  const hasScripts = given.hooks.some(runsOnNodes);
  const inputs = everyValue(given.definitions, given.values);
  const { variables, secrets, files } = onNode(tools, given);
  const isNamed = Object.keys(variables).length + Object.keys(secrets).length > 0;
  const isAsked = given.definitions.length > 0;
  const profile = await profileOf(tools);
  const isTold = isNamed || hasScripts || (profile !== undefined && saysMore(profile));
  const hasValues = isAsked || isTold || Object.keys(outputs).length > 0;
  return {
    ...(hasScripts ? { hasScripts, keepsRunner: keepRunner(given.hooks) } : {}),
    ...(files.length > 0 ? { files } : {}),
    ...(hasValues
      ? {
          launch: {
            inputs,
            outputs,
            ...(profile ? { profile } : {}),
            ...(isNamed ? { context: variables } : {}),
          },
        }
      : {}),
  };
}

/**
 * Its secrets for the boot server, which alone opens them again; null when there are none. A node that
 * starts from its disk is given none: what it has is hidden in what it writes.
 */
export async function sealedSecrets(
  tools: Tools,
  windowId: Id<"bootWindow">,
  purpose: BootPurpose,
): Promise<string | null> {
  const given = await givenTo(tools);
  const values = purpose === "start" ? hiddenOf(tools, given) : secretsOf(tools, given);
  if (Object.keys(values).length === 0) return null;
  return sealInputs(tools.settings.bootSecret, windowId, values);
}

/** The values of an environment's secrets that its nodes have or may have: what is hidden in what they write. */
export async function environmentSecrets(
  opener: Opener,
  id: Id<"environment">,
): Promise<Record<string, string>> {
  return hiddenOf(opener, await givenAtLaunch(opener, id));
}

function hiddenOf(opener: Opener, given: Given): Record<string, string> {
  // No input is called as a former value is here.
  const former = given.formerSecrets.map((value, at) => [`former/${at}`, value]);
  return { ...secretsOf(opener, given), ...Object.fromEntries(former) };
}

function secretsOf(opener: Opener, given: Given): Record<string, string> {
  return joinSecrets(given.secretInputs, onNode(opener, given).secrets);
}

async function givenTo(tools: Tools): Promise<Given> {
  const { id, environmentId, input } = tools.operation;
  if (environmentId) return givenAtLaunch(tools, environmentId);
  if (!input?.rehearsal) throw new Error(`operation ${id} has nothing to give to its node`);
  return givenToRehearsal(tools, input.rehearsal.values);
}

/** The profile that the node was taken under, or is lent as. */
async function profileOf({ db, operation }: Tools): Promise<ProfileFacts | undefined> {
  const { allocationId, input } = operation;
  return allocationId ? factsOfNode(db, allocationId) : input?.rehearsal?.profile;
}

/** What was entered at the launch, with the config contexts that it kept. */
async function givenAtLaunch(
  { db, settings }: Opener,
  environmentId: Id<"environment">,
): Promise<Given> {
  const entered = await findEntered(db, environmentId);
  const values = (await listSealedSecrets(db, environmentId)).map(({ name, sealedValue }) => {
    const place = environmentSecretPlace(environmentId, name);
    return { name, value: unseal(settings.credentialPrivateKey, place, sealedValue) };
  });
  // An earlier version of its template may have asked for others, and what is hidden now has no value.
  const asked = shownInputs(entered.definitions, entered.values).filter(
    ({ type }) => type === "secret",
  );
  const newest = values.filter(
    ({ name }, at) =>
      asked.some((input) => input.name === name) &&
      !values.slice(at + 1).some((later) => later.name === name),
  );
  return {
    ...entered,
    secretInputs: Object.fromEntries(newest.map(({ name, value }) => [name, value])),
    formerSecrets: values.filter((each) => !newest.includes(each)).map(({ value }) => value),
    contexts: await listKeptContexts(db, environmentId),
    hooks: await listHooksAt(db, environmentId, scriptPoints),
    outputs: await listOutputs(db, environmentId),
  };
}

/**
 * What an operator entered, or what a past run had that is replayed, with the template's contexts as they are
 * now, of a replay the project's, too. No value of a secret input is kept of the one, and none is given of the
 * other: they are for its tenant's nodes.
 */
async function givenToRehearsal({ db, operation }: Tools, values: InputValues): Promise<Given> {
  const { version, replayed, outputs } = await findRehearsed(db, operation.id);
  const ofTemplate = await listContextsOfTemplate(db, version.templateId);
  const ofProject = replayed ? await listContextsOfProject(db, replayed.projectId) : [];
  return {
    definitions: version.inputs,
    values,
    secretInputs: {},
    formerSecrets: [],
    contexts: [...ofTemplate, ...ofProject],
    hooks: replayed
      ? [replayed.definition]
      : version.hooks.filter((hook) => isScriptPoint(hook.point)),
    outputs,
  };
}

function onNode({ settings }: Opener, { contexts, ...given }: Given): ContextOnNode {
  const open = contexts.map((each) => ({
    ...each,
    secrets: Object.fromEntries(
      each.secrets.map(({ id, name, sealedValue }) => [
        name,
        unseal(settings.credentialPrivateKey, contextSecretPlace(id), sealedValue),
      ]),
    ),
  }));
  const inputs = plainValues(given.definitions, given.values);
  return contextOnNode(open, inputs, given.secretInputs);
}
