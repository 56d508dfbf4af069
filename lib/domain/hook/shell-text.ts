import type { TemplateHook } from "#lib/domain/hook/hook";
import type { TemplateBootConfig } from "#lib/domain/template/template";

// What of a template a shell reads, and what a shell said of its syntax. The shell itself is asked
// elsewhere: here is only what to ask, and how its answer reads.

export type Shell = "sh" | "bash";

/** A text with the shell that reads it on a node; null where another program does. */
export type ShellText = {
  /** "Hook prepare", "Command 2 at first boot". */
  of: string;
  shell: Shell | null;
  /** The program, as it is written. */
  reader: string;
  text: string;
};

/** `unchecked`: no shell has looked at it; `words` say why. */
export type SyntaxFinding = { of: string; verdict: "ok" | "wrong" | "unchecked"; words: string };

/** The scripts of a version's hooks, and those of its commands at the first boot that hand a text to a shell. */
export function shellTexts({
  hooks,
  bootConfig,
}: {
  hooks: readonly TemplateHook[];
  bootConfig: TemplateBootConfig;
}): ShellText[] {
  return [
    ...hooks.flatMap(({ name, script }) => {
      const reader = script && readerOf(script.text);
      return reader ? [{ of: `Hook ${name}`, ...known(reader), text: script.text }] : [];
    }),
    ...bootConfig.commands.flatMap((command, at) => {
      const [program = "", ...args] = command;
      const { shell, reader } = known(program);
      const text = handedText(args);
      if (!shell || text === undefined) return [];
      return [{ of: `Command ${at + 1} at first boot`, shell, reader, text }];
    }),
  ];
}

/**
 * The text that a shell's arguments hand to it: with `c` among its options, its first word that is neither
 * an option nor the value of `-o` or `-O` (POSIX sh, bash(1)). Undefined where it reads a file.
 */
function handedText(args: readonly string[]): string | undefined {
  const rest = [...args];
  let handed = false;
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const word = arg === "-" || arg === "--" ? rest[0] : arg;
    if (word !== arg || !/^[-+]/.test(arg)) return handed ? word : undefined;
    handed ||= /^-[a-zA-Z]*c/.test(arg);
    if (/^[-+][a-zA-Z]*[oO]/.test(arg)) rest.shift();
  }
  return undefined;
}

/** What the first line of a script names; undefined where it names nothing, which is told elsewhere. */
function readerOf(text: string): string | undefined {
  const words = /^#! ?(\/\S.*)/.exec(text)?.[1]?.trim().split(/\s+/);
  if (!words) return undefined;
  const [first = ""] = words;
  if (!first.endsWith("/env")) return first;
  return words.slice(1).find((word) => !word.startsWith("-") && !word.includes("="));
}

function known(reader: string): { shell: Shell | null; reader: string } {
  const name = reader.split("/").at(-1);
  if (name === "bash") return { shell: "bash", reader };
  return { shell: name === "sh" || name === "dash" || name === "ash" ? "sh" : null, reader };
}

/** The first that a shell says of a syntax that it does not take: "line 3: syntax error near …". */
export function syntaxWords(said: string): string {
  const [first = ""] = said.trim().split("\n");
  const match = /^[^:]*: (?:line )?(\d+): (?:[Ss]yntax error: )?(.+)$/.exec(first);
  return match ? `line ${match[1]}: ${match[2]}` : first || "it gave no reason";
}
