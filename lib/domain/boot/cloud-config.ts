import { hookRunnerFiles } from "#lib/domain/boot/hook-runner";
import { type LaunchValues, launchFiles, withVariables } from "#lib/domain/boot/launch-values";
import type { BootSeed } from "#lib/domain/boot/seed";
import { startedFiles } from "#lib/domain/boot/started-script";
import { pathProblem } from "#lib/domain/context/context";
import { partSecrets } from "#lib/domain/context/on-node";

/** What a package may be called in a template, with `=version` behind it: never an option of apt or dnf. */
export const packageNamePattern = /^[A-Za-z0-9][A-Za-z0-9+._:~=-]{0,127}$/;

/**
 * How often a node phones home: cloud-init waits three seconds between two tries (`sec_between` in its
 * cc_phone_home), so a portal that is away for ten minutes costs a launch those ten minutes and not the node.
 */
const phoneHomeTries = 200;

const userNamePattern = /^[a-z_][a-z0-9_-]{0,31}$/;

/** What it was asked to tell cloud-init cannot be told; its message says what. */
export class NotTellableError extends Error {
  override name = "NotTellableError";
}

/**
 * The cloud-config of a node's first boot, as NoCloud user-data.
 *
 * It is written as JSON, which is YAML too: no text in it can end a value and begin another, where
 * interpolated YAML can be made to. Commands stay argument vectors, so no shell reads them.
 * @throws NotTellableError when a value has no honest form there: a user or package name that would be an
 * option or a path, a key of several lines, text with a NUL or half a character, a file of a context
 * in a place that is Ingot's own.
 */
export function renderUserData(
  seed: Omit<BootSeed, "instanceId"> & {
    phoneHomeUrl: string;
    eventUrl: string;
    /** Where an installed system says at every later boot that it is up; none for one in memory. */
    startedUrl?: string | null;
    /** Where scripts of hooks are asked for; none where no hook runs one. */
    hooksUrl?: string | null;
    /** Values of secret inputs and of secrets of contexts, joined, which no seed holds. */
    secrets?: Record<string, string>;
  },
): string {
  const { hostname, defaultUser, extra, launch, secrets = {} } = seed;
  if (!userNamePattern.test(defaultUser))
    throw new NotTellableError(`user name ${quote(defaultUser)}`);
  for (const name of extra.packages) {
    if (!packageNamePattern.test(name)) throw new NotTellableError(`package name ${quote(name)}`);
  }
  for (const key of seed.authorizedKeys) {
    if (/[^\x20-\x7e]/.test(key)) throw new NotTellableError(`public key ${quote(key)}`);
  }
  for (const command of extra.commands) {
    if (command.length === 0 || command[0] === "") {
      throw new NotTellableError("a command without a program");
    }
  }
  for (const { path } of seed.files ?? []) {
    if (pathProblem(path)) throw new NotTellableError(`a file at ${quote(path)}`);
  }
  const values = launch && withSecrets(launch, secrets);
  const files = [
    ...(seed.files ?? []).map(({ path, mode, content }) => {
      return { path, owner: "root:root", permissions: mode, content };
    }),
    ...(seed.startedUrl ? startedFiles(seed.startedUrl, defaultUser, seed.authorizedKeys) : []),
    ...(values ? launchFiles(values) : []),
    ...(seed.hooksUrl ? hookRunnerFiles(seed.hooksUrl) : []),
  ];
  const commands = values ? extra.commands.map(withVariables) : extra.commands;
  const isRoot = defaultUser === "root";
  return `#cloud-config\n${plainJson({
    hostname,
    users: [
      {
        name: defaultUser,
        lock_passwd: true,
        ssh_authorized_keys: seed.authorizedKeys,
        ...(isRoot ? {} : { shell: "/bin/bash", sudo: "ALL=(ALL) NOPASSWD:ALL" }),
      },
    ],
    disable_root: !isRoot,
    ssh_pwauth: false,
    // One key type is what phone_home sends and what every client since OpenSSH 6.5 knows.
    ssh_genkeytypes: ["ed25519"],
    ...(files.length > 0 ? { write_files: files } : {}),
    ...(extra.packages.length > 0 ? { package_update: true, packages: extra.packages } : {}),
    ...(commands.length > 0 ? { runcmd: commands } : {}),
    reporting: { ingot: { type: "webhook", endpoint: seed.eventUrl } },
    phone_home: {
      url: seed.phoneHomeUrl,
      post: ["instance_id", "hostname", "fqdn", "pub_key_ed25519"],
      tries: phoneHomeTries,
    },
  })}\n`;
}

function withSecrets(launch: LaunchValues, secrets: Record<string, string>): LaunchValues {
  const { inputs, context } = partSecrets(secrets);
  const variables = { ...launch.context, ...context };
  return {
    ...launch,
    inputs: { ...launch.inputs, ...inputs },
    ...(Object.keys(variables).length > 0 ? { context: variables } : {}),
  };
}

/** The NoCloud meta-data; cloud-init phones home with this `local-hostname`, not with user-data's. */
export function renderMetaData(seed: Pick<BootSeed, "instanceId" | "hostname">): string {
  return `${plainJson({ "instance-id": seed.instanceId, "local-hostname": seed.hostname })}\n`;
}

/**
 * JSON on one line that a YAML reader understands alike. YAML reads each `\uXXXX` as a character of
 * its own, so a pair of them does not make one beyond U+FFFF: those stay as they are, which both
 * languages allow.
 */
function plainJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "string" && (part.includes("\0") || !part.isWellFormed())) {
      throw new NotTellableError(`text with a NUL or half a character: ${quote(part)}`);
    }
    return part;
  }).replace(/[\u007f-\ud7ff\ue000-\uffff]/gu, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
