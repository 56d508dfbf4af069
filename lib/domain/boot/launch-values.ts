import type { ProfileFacts } from "#lib/domain/profile/facts";

/** What a launch gave its nodes: the inputs, and what hooks that ended before the first boot gave. */
export type LaunchValues = {
  /** Each that the template defines; null for one without a value. */
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  /** The one that the node was taken under; absent in a boot that began before nodes were told. */
  profile?: ProfileFacts;
  /** Variables of config contexts, by name; absent where none gives any. */
  context?: Record<string, string>;
};

export const launchFile = "/etc/ingot/launch.json";
export const variablesFile = "/etc/ingot/inputs.sh";

/** The two files a node finds the values in, for root alone: one for programs, one for a shell to read. */
export function launchFiles(values: LaunchValues) {
  const root = { owner: "root:root", permissions: "0600" };
  return [
    { path: launchFile, ...root, content: `${JSON.stringify(values, null, 2)}\n` },
    { path: variablesFile, ...root, content: variables(values) },
  ];
}

/**
 * A command of the template that finds each input as an environment variable. The words that a shell
 * reads here are always the same; the command's own are handed on as they are.
 */
export function withVariables(command: readonly string[]): string[] {
  return ["sh", "-c", `set -a; . ${variablesFile}; exec "$@"`, "ingot", ...command];
}

/** `INGOT_INPUT_NAME='value'`, one for each input, and those of the profile; contexts' are called as they are. */
function variables({ inputs, profile, context = {} }: LaunchValues): string {
  const named = Object.entries(inputs).map(([name, value]) => [
    `INGOT_INPUT_${name.toUpperCase()}`,
    textOf(value),
  ]);
  const ofProfile = profile
    ? [
        ["INGOT_PROFILE", profile.name],
        ["INGOT_GPU_SHARING", profile.gpuSharing],
        ["INGOT_CONTAINER_RUNTIME", profile.containerRuntime],
        ["INGOT_STORAGE_CLASSES", textOf(profile.storageClasses)],
      ]
    : [];
  return [...Object.entries(context), ...ofProfile, ...named]
    .map(([name, value = ""]) => `${name}=${quoted(value)}\n`)
    .join("");
}

/** Choices are separated by commas; what has a structure is JSON; what has no value is empty. */
export function textOf(value: unknown): string {
  if (value === null) return "";
  if (Array.isArray(value) && value.every((part) => typeof part === "string"))
    return value.join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
