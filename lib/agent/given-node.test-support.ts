import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * A directory that stands for a node, for the scripts of the ramdisk to run in: with our scripts, with what the
 * kernel would say of devices, and with programs in place of those that need hardware.
 * @param files What lies where in it; null for an empty directory.
 * @param programs Shell scripts by name. Each notes its name and arguments in the file `asked`.
 */
export async function givenNode(
  files: Record<string, string | Buffer | null>,
  programs: Record<string, string>,
): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), "ingot-node-"));
  const all: typeof files = { asked: "", run: null, ...files };
  for (const name of ["burn-in.sh", "inspect.sh", "drives.sh"]) {
    all[`lib/ingot/${name}`] = await ownScript(name);
  }
  for (const [name, script] of Object.entries(programs)) {
    all[`bin/${name}`] = `#!/bin/sh\necho "${name} $*" >>"$ROOT/asked"\n${script}`;
  }
  for (const [name, content] of Object.entries(all)) {
    const file = path.join(root, name);
    await mkdir(content === null ? file : path.dirname(file), { recursive: true });
    if (content !== null) await writeFile(file, content);
    if (name.startsWith("bin/")) await chmod(file, 0o755);
  }
  return root;
}

/**
 * Runs a shell script on such a node, and gives what it wrote. It has what init defines on one line, and what tells
 * the portal of progress writes that into the file `told`.
 */
export async function onNode(
  root: string,
  script: string,
  environment: Record<string, string> = {},
): Promise<string> {
  const oneLiners = (await ownScript("init")).match(/^(plain|uptime_ms)\(\) .*$/gm)?.join("\n");
  const whole = `${oneLiners}
say() { :; }
progress() { echo "$1 $2 $3" >>"$ROOT/told"; }
${script}`;
  const PATH = `${path.join(root, "bin")}:${process.env.PATH}`;
  const env = { ...process.env, PATH, ROOT: root, ...environment };
  return (await promisify(execFile)("sh", ["-c", whole], { env })).stdout;
}

/** The script of a program that prints this and ends with a code. */
export function prints(text: string, code = 0): string {
  return `cat <<'END'\n${text}\nEND\nexit ${code}\n`;
}

function ownScript(name: string): Promise<string> {
  return readFile(fileURLToPath(new URL(name, import.meta.url)), "utf8");
}
