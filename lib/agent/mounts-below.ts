import path from "node:path";

/**
 * What is mounted in a directory, the innermost first: what is to be unmounted before the directory may be
 * removed, since removing goes on into `/proc` and `/dev`.
 * @param directory Without a symbolic link on the way, as mounts are told.
 * @param mounts The text of `/proc/self/mounts` (proc_pid_mounts(5)), whose blanks are written in octal.
 */
export function mountsBelow(mounts: string, directory: string): string[] {
  const below = `${path.resolve(directory)}/`;
  return mounts
    .split("\n")
    .flatMap((line) => line.split(" ")[1] ?? [])
    .map((at) => at.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))))
    .filter((at) => at.startsWith(below))
    .reverse();
}
