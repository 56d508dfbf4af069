import { listKeptContexts } from "#db/queries/contexts";
import { findEntered, listSealedSecrets } from "#db/queries/environment-secrets";
import { listHooksAt, listOutputs } from "#db/queries/hook-runs";
import { contextSecretPlace, environmentSecretPlace, unseal } from "#lib/access/sealed";
import { sealInputs } from "#lib/boot/sealed-inputs";
import type { BootSeed } from "#lib/domain/boot/seed";
import { type ContextOnNode, contextOnNode, joinSecrets } from "#lib/domain/context/on-node";
import { scriptPoints } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";
import { plainValues } from "#lib/domain/template/input-values";
import type { NodeContext } from "#lib/worker/context";

type Tools = Pick<NodeContext, "db" | "settings">;

/** What a launch gave its nodes, when there is anything of it; values of secrets are not among it. */
export async function seedValues(
  tools: Tools,
  environmentId: Id<"environment">,
): Promise<Pick<BootSeed, "launch" | "hasScripts" | "files">> {
  const { db } = tools;
  const outputs = await listOutputs(db, environmentId);
  const hooks = await listHooksAt(db, environmentId, scriptPoints);
  const hasScripts = hooks.some((hook) => hook.kind === "script");
  const { isAsked, inputs, context } = await givenTo(tools, environmentId);
  const { variables, secrets, files } = context;
  const isNamed = Object.keys(variables).length + Object.keys(secrets).length > 0;
  const hasValues = isAsked || isNamed || hasScripts || Object.keys(outputs).length > 0;
  return {
    ...(hasScripts ? { hasScripts } : {}),
    ...(files.length > 0 ? { files } : {}),
    ...(hasValues
      ? { launch: { inputs, outputs, ...(isNamed ? { context: variables } : {}) } }
      : {}),
  };
}

/** The environment's secrets for the boot server, which alone opens them again; null when it has none. */
export async function sealedSecrets(
  tools: Tools,
  environmentId: Id<"environment">,
  windowId: Id<"bootWindow">,
): Promise<string | null> {
  const { secretInputs, context } = await givenTo(tools, environmentId);
  const values = joinSecrets(secretInputs, context.secrets);
  if (Object.keys(values).length === 0) return null;
  return sealInputs(tools.settings.bootSecret, windowId, values);
}

/** What was entered at the launch, and what the config contexts that it kept give with that. */
async function givenTo(
  { db, settings }: Tools,
  environmentId: Id<"environment">,
): Promise<{
  /** Whether the template asks for anything. */
  isAsked: boolean;
  inputs: Record<string, unknown>;
  secretInputs: Record<string, string>;
  context: ContextOnNode;
}> {
  const { definitions, values } = await findEntered(db, environmentId);
  const inputs = plainValues(definitions, values);
  const open = (place: string, sealed: string) =>
    unseal(settings.credentialPrivateKey, place, sealed);
  const secretInputs = Object.fromEntries(
    (await listSealedSecrets(db, environmentId)).map(({ name, sealedValue }) => [
      name,
      open(environmentSecretPlace(environmentId, name), sealedValue),
    ]),
  );
  const kept = (await listKeptContexts(db, environmentId)).map((each) => ({
    ...each,
    secrets: Object.fromEntries(
      each.secrets.map(({ id, name, sealedValue }) => [
        name,
        open(contextSecretPlace(id), sealedValue),
      ]),
    ),
  }));
  return {
    isAsked: definitions.length > 0,
    inputs,
    secretInputs,
    context: contextOnNode(kept, inputs, secretInputs),
  };
}
