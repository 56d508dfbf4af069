import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import path from "node:path";

/**
 * Makes a second working tree of this repository at a directory of it, as the files that git knows are
 * now, with the packages that are installed; whatever was left there by one that was killed goes first.
 * The packages are linked and not copied, so the directory must be on the same file system. Throws in
 * git's words.
 */
export function makeSpareTree(directory: string): { remove: () => void } {
  const remove = () => {
    rmSync(directory, { recursive: true, force: true });
    git("worktree", "prune");
  };
  remove();
  // Names what has been changed and not committed, and changes nothing itself; empty where nothing has.
  const changed = git("stash", "create");
  git("worktree", "add", "--detach", directory, changed || "HEAD");
  const packages = path.join(directory, "node_modules");
  if (!existsSync(packages)) execFileSync("cp", ["-al", "node_modules", packages]);
  return { remove };
}

function git(...args: string[]): string {
  return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
