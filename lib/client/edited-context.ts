import type { ContextFile, ContextVariable } from "#lib/domain/context/context";

// What a form of a config context holds while it is edited: rows that keep their place by a key.

export type EditedVariable = ContextVariable & { key: string };
export type EditedFile = ContextFile & { key: string };

let keys = 0;
const nextKey = () => `part-${keys++}`;

/** Rows as the form holds them. */
export function keyed<T extends object>(rows: readonly T[]): (T & { key: string })[] {
  return rows.map((row) => ({ ...row, key: nextKey() }));
}

export const newVariable = (): EditedVariable => ({ key: nextKey(), name: "", value: "" });

export const newFile = (): EditedFile => ({ key: nextKey(), path: "", mode: "0644", content: "" });

export function variableOfEdited({ name, value }: EditedVariable): ContextVariable {
  return { name: name.trim(), value };
}

export function fileOfEdited({ path, mode, content }: EditedFile): ContextFile {
  return { path: path.trim(), mode: mode.trim(), content };
}
