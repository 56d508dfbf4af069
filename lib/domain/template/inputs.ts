// What a template asks of whoever launches it. One definition draws the launch form, checks what is
// sent and says what reaches the nodes and the hooks.

export const inputTypes = [
  "string",
  "text",
  "number",
  "boolean",
  "enum",
  "multi_enum",
  "duration",
  "cidr",
  "ssh_keys",
  "image",
  "secret",
  "json",
] as const;
export type InputType = (typeof inputTypes)[number];

/** `allowed`: anyone may enter another value; `restricted`: one of those listed; `fixed`: nobody may. */
export const inputOverrides = ["allowed", "restricted", "fixed"] as const;
export type InputOverride = (typeof inputOverrides)[number];

/** A value as it is entered and kept; JSON is kept as its text, an SSH key as OpenSSH writes it. */
export type InputValue = string | number | boolean | string[];
export type InputValues = Record<string, InputValue>;

/** Whether another input has a value; of several choices, whether it is among them. */
export type Condition = { input: string; is: "equal" | "not_equal"; value: string };

export type TemplateInput = {
  name: string;
  label: string;
  help: string;
  /** Inputs of one section stand together; empty: the first one. */
  section: string;
  type: InputType;
  required: boolean;
  default: InputValue | null;
  /** Of an enum: what can be chosen. Of keys and images the template says nothing: see `offeredInputs`. */
  options: string[];
  /** Of a string, text or secret: a regular expression that the whole value matches. */
  pattern: string | null;
  /** Of a number its value, of a duration its seconds, of choices and keys their count, else the length. */
  min: number | null;
  max: number | null;
  showIf: Condition | null;
  override: InputOverride;
  /** Of a restricted input: the values that may be entered. */
  allowed: string[];
  /** Whether it can be changed after the launch, too. Left out, as by versions of before: it cannot. */
  changeable?: boolean;
};

export const inputNamePattern = /^[a-z][a-z0-9_]{0,39}$/;

/** Characters that a value may have at most, whatever its definition says. */
export const longestInput = {
  string: 500,
  text: 10_000,
  secret: 4_000,
  json: 10_000,
} as const;

/** A value matched against a pattern is no longer than this. */
export const longestMatched = 200;

/**
 * What an input has that was left as it is: its default. A box that nobody ticked says no. Null: no value.
 */
export function usualValue({ type, default: usual }: TemplateInput): InputValue | null {
  return usual ?? (type === "boolean" ? false : null);
}

/** Why an input of this kind can never be changed after the launch, to be read after a name; undefined: it may be. */
export function whyNotChangeable({
  type,
  override,
}: Pick<TemplateInput, "type" | "override">): string | undefined {
  if (type === "ssh_keys") return "SSH keys are chosen at the launch alone";
  if (type === "image") return "an image is chosen at the launch alone";
  if (override === "fixed") return "it is fixed, so nobody can change it after the launch";
  return undefined;
}

/** A value as a person reads it. */
export function valueWords(value: InputValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** An SSH key in few words: its type, the end of the key itself, and what its owner wrote behind it. */
export function keyWords(line: string): string {
  const [type = "", key = "", ...comment] = line.split(" ");
  return [type, `…${key.slice(-8)}`, ...comment].join(" ");
}

/** Whether a condition holds. An input without a value equals nothing. */
export function holds(condition: Condition, values: InputValues): boolean {
  const value = values[condition.input];
  const equal =
    value !== undefined &&
    (Array.isArray(value) ? value.includes(condition.value) : String(value) === condition.value);
  return condition.is === "equal" ? equal : !equal;
}

/** The condition as words: "when storage is nfs". */
export function conditionWords({ input, is, value }: Condition): string {
  return `${input} is ${is === "equal" ? "" : "not "}${value}`;
}

/** Reads `90s`, `30m`, `12h` or `7d`; undefined when it is none of them. */
export function durationSeconds(text: string): number | undefined {
  const match = /^([1-9]\d{0,6})([smhd])$/.exec(text);
  if (!match) return undefined;
  const unit = { s: 1, m: 60, h: 3_600, d: 86_400 }[match[2] as "s" | "m" | "h" | "d"];
  return Number(match[1]) * unit;
}

/**
 * Why a pattern is not taken; undefined when it is. Only patterns whose time is bounded are: no
 * look-around, no back reference, no repeat of what itself repeats, and at most three repeats.
 */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > 200) return "is longer than 200 characters";
  try {
    new RegExp(pattern, "u");
  } catch {
    return "is no regular expression";
  }
  // Neither what is escaped nor what stands in brackets is an operator.
  if (/\\[1-9k]/.test(pattern)) return "refers back to an earlier part";
  const operators = pattern.replace(/\\./g, "x").replace(/\[[^\]]*\]/g, "x");
  if (/\(\?[=!<]/.test(operators)) return "looks around";
  const repeats = operators.match(/[*+]|\{\d+(?:,\d*)?\}/g) ?? [];
  if (repeats.length > 3) return "has more than three repeats";
  if (repeatsWhatRepeats(operators)) {
    return "repeats a part that itself repeats or has alternatives";
  }
  return undefined;
}

/** Whether a group is repeated that has a repeat or an alternative in it, however deep. */
function repeatsWhatRepeats(operators: string): boolean {
  const open: boolean[] = [];
  for (const [at, char] of [...operators].entries()) {
    if (char === "(") open.push(false);
    const isRepeat = char === "*" || char === "+" || char === "{";
    if ((isRepeat || char === "|") && open.length > 0) open[open.length - 1] = true;
    if (char !== ")") continue;
    const isBusy = open.pop() ?? false;
    const next = operators[at + 1] ?? "";
    if (isBusy && "*+{".includes(next) && next !== "") return true;
    if (isBusy && open.length > 0) open[open.length - 1] = true;
  }
  return false;
}
