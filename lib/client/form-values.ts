/** The text of a field, trimmed; empty when there is no such field. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}

/** A password as it was typed. */
export function secretOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

/** The number in a field; NaN when it holds none, which every schema refuses in words. */
export function numberOf(form: FormData, name: string): number {
  const text = textOf(form, name);
  return text === "" ? Number.NaN : Number(text);
}

/** The number in a field, null when the field is empty. */
export function optionalNumberOf(form: FormData, name: string): number | null {
  return textOf(form, name) === "" ? null : numberOf(form, name);
}

/** The lines of a field that hold anything. */
export function linesOf(form: FormData, name: string): string[] {
  return textOf(form, name)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
