import type { ContextFile } from "#lib/domain/context/context";

// Which value a node gets where several set it. In the order in which they are given, each stands
// before those before it: a template's contexts, then the project's, then what was entered at the launch.

/** What gives a context: at a launch its template and its project, in a call its provider. */
export const contextSources = ["template", "project", "provider"] as const;
export type ContextSource = (typeof contextSources)[number];

export type ContextToApply = {
  name: string;
  source: ContextSource;
  variables: Readonly<Record<string, string>>;
  /** The names of its secrets. */
  secrets: readonly string[];
  files: readonly ContextFile[];
};

/** Who sets a name: a context, as a variable or as a secret, or an input of the template. */
export type Setter =
  | { kind: "variable" | "secret"; context: string; source: ContextSource }
  | { kind: "input"; input: string };

export type InForce = {
  /** By name, sorted; the last of its setters is the one that stands. */
  names: { name: string; setters: Setter[] }[];
  /** By path, sorted; the last of its contexts is the one whose file is written. */
  files: { file: ContextFile; contexts: { context: string; source: ContextSource }[] }[];
};

/**
 * What contexts come to together, in this order, for a template with these inputs. An input sets the
 * variable that is called as it is, in whatever case, and only where a context sets it too: other
 * inputs have names of their own on a node.
 * @param inputs The names of those that have a value, or may have one.
 */
export function contextsInForce(
  contexts: readonly ContextToApply[],
  inputs: readonly string[],
): InForce {
  const names = new Map<string, Setter[]>();
  const files = new Map<string, InForce["files"][number]>();
  for (const { name: context, source, variables, secrets, files: own } of contexts) {
    const add = (name: string, kind: "variable" | "secret") => {
      names.set(name, [...(names.get(name) ?? []), { kind, context, source }]);
    };
    for (const name of Object.keys(variables)) add(name, "variable");
    for (const name of secrets) add(name, "secret");
    for (const file of own) {
      const earlier = files.get(file.path)?.contexts ?? [];
      files.set(file.path, { file, contexts: [...earlier, { context, source }] });
    }
  }
  for (const [name, setters] of names) {
    const input = inputs.find((each) => each.toUpperCase() === name.toUpperCase());
    if (input !== undefined) setters.push({ kind: "input", input });
  }
  return {
    names: [...names].map(([name, setters]) => ({ name, setters })).sort(by(({ name }) => name)),
    files: [...files.values()].sort(by(({ file }) => file.path)),
  };
}

/** A sentence for each name and path that is set more than once: who sets it, and who stands. */
export function overlapWords({ names, files }: InForce): string[] {
  const twice = [
    ...names.map(({ name, setters }) => ({ name, who: setters.map(setterWords) })),
    ...files.map(({ file, contexts }) => ({ name: file.path, who: contexts.map(contextWords) })),
  ].filter(({ who }) => who.length > 1);
  return twice.map(({ name, who }) => {
    const last = who.at(-1);
    return `${name} is set by ${who.slice(0, -1).join(", ")} and ${last}: ${last} stands.`;
  });
}

function setterWords(setter: Setter): string {
  return setter.kind === "input" ? `the template's input ${setter.input}` : contextWords(setter);
}

function contextWords({ context, source }: { context: string; source: ContextSource }): string {
  return `${context} (${source})`;
}

function by<T>(key: (each: T) => string) {
  return (a: T, b: T) => (key(a) < key(b) ? -1 : 1);
}
