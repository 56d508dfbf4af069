// A config context: variables, secrets and files that the platform team gives to whatever it is
// attached to. What its parts may be called stands here, for the form and for the server.

export type ContextVariable = { name: string; value: string };

export type ContextFile = {
  /** Absolute, on the node. */
  path: string;
  /** As `0644`. */
  mode: string;
  content: string;
};

export const contextLimits = {
  variables: 100,
  secrets: 50,
  /** Of the value of a variable or of a secret, in characters. */
  value: 4_000,
  files: 20,
  /** Of all files together, in bytes: each node fetches them at its first boot. */
  fileBytes: 128 * 1024,
  /** At one template, project or provider. */
  attached: 10,
} as const;

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** What a shell sets itself or cannot have set, and what a script on a node is always given. */
const reservedNames = [
  ...["PATH", "HOME", "LANG", "IFS", "PWD", "OLDPWD", "SHLVL", "OPTIND", "_"],
  ...["UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO", "BASH_ENV", "ENV"],
];

/** Why a variable or secret cannot have this name, as a sentence; undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (!namePattern.test(name)) {
    return "Use letters, digits and underscores, 64 at most; begin with a letter or an underscore.";
  }
  if (/^ingot_/i.test(name)) return "Names that begin with INGOT_ are Ingot's own.";
  if (reservedNames.includes(name)) return `${name} is the shell's own.`;
  return undefined;
}

/** Directories that no file of a context goes to, and why: each to be read after "Not under …: ". */
const refusedPlaces = {
  "/etc/ingot": "Ingot writes there itself",
  "/var/lib/ingot": "Ingot writes there itself",
  "/var/lib/cloud": "cloud-init keeps what it does there",
  "/etc/cloud": "it would change what cloud-init does",
  "/root/.ssh": "keys are put there by Ingot",
  "/home": "files are written before the user is made",
  "/tmp": "it is emptied while the node starts",
  "/run": "it is gone at the next start",
  "/dev": "it holds no files",
  "/proc": "it holds no files",
  "/sys": "it holds no files",
} as const;

/** Why a file cannot be put there, as a sentence; undefined when it can. */
export function pathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return "Enter the whole path, beginning with a slash.";
  if (path.length > 255) return "A path has at most 255 characters.";
  if (!/^[A-Za-z0-9/._+@:=,-]+$/.test(path)) {
    return "A path has letters, digits and / . _ + @ : = , - only.";
  }
  const parts = path.slice(1).split("/");
  if (parts.includes("")) return "A path has no empty part, and ends with the name of a file.";
  if (parts.some((part) => part === "." || part === "..")) {
    return "A path says where it is without . and .. in it.";
  }
  for (const [place, why] of Object.entries(refusedPlaces)) {
    if (path === place || path.startsWith(`${place}/`)) return `Not under ${place}: ${why}.`;
  }
  return undefined;
}

/** Why a mode is not taken; undefined when it is. A file that runs as another user is none of a context. */
export function modeProblem(mode: string): string | undefined {
  return /^0[0-7]{3}$/.test(mode) ? undefined : "Write a mode such as 0644 or 0600.";
}

/**
 * What is wrong with the variables and files of a context, by the field that it is entered in; empty
 * when nothing is.
 * @param secrets The names of its secrets: a name is a variable's or a secret's, not both.
 */
export function contextProblems(
  variables: readonly ContextVariable[],
  files: readonly ContextFile[],
  secrets: readonly string[],
): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [at, { name }] of variables.entries()) {
    const problem =
      nameProblem(name) ??
      (variables.findIndex((each) => each.name === name) < at
        ? `${name} is set above already.`
        : undefined) ??
      (secrets.includes(name) ? `${name} is a secret of this context already.` : undefined);
    if (problem) fields[`variables.${at}.name`] = problem;
  }
  for (const [at, { path, mode }] of files.entries()) {
    const twice = files.findIndex((each) => each.path === path) < at;
    const problem = pathProblem(path) ?? (twice ? `${path} is written above already.` : undefined);
    if (problem) fields[`files.${at}.path`] = problem;
    const wrongMode = modeProblem(mode);
    if (wrongMode) fields[`files.${at}.mode`] = wrongMode;
  }
  const bytes = files.reduce((sum, { content }) => sum + utf8Bytes(content), 0);
  if (bytes > contextLimits.fileBytes) {
    fields[`files.${files.length - 1}.content`] =
      `All files together have 128 KiB at most; these have ${Math.ceil(bytes / 1024)} KiB.`;
  }
  return fields;
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
