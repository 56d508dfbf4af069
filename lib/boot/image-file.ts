import path from "node:path";

/**
 * Where a file of the image directory lies. Throws when the name is not a plain file name, so that
 * no name leads out of the directory.
 */
export function imageFilePath(directory: string, name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/.test(name)) {
    throw new Error(`${JSON.stringify(name)} is not a plain file name`);
  }
  return path.join(directory, name);
}
