import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

/** The Python that Debian's modules are installed for; the one on the path may be another. */
export const debianPython = "/usr/bin/python3";

const run = promisify(execFile);

/**
 * What a judge may know of its surroundings: nothing that would lead it past the certificate it is
 * given (python-requests takes a bundle from the environment before the one of its session).
 */
export const plainEnvironment: NodeJS.ProcessEnv = {
  NODE_ENV: "test",
  PATH: "/usr/bin:/bin:/usr/sbin:/sbin",
  HOME: "/nonexistent",
  LC_ALL: "C",
};

/** Ran to its end: what it printed, and how it ended. */
export type Ran = { code: number; stdout: string; stderr: string };

/** Runs a judge's program; `input` is what it reads. Ends it after 30 s. Never throws for a failure. */
export async function runJudge(program: string, args: string[], input = ""): Promise<Ran> {
  const running = run(program, args, {
    env: plainEnvironment,
    timeout: 30_000,
    maxBuffer: 8 << 20,
  });
  running.child.stdin?.end(input);
  try {
    return { code: 0, ...(await running) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
    return {
      code: typeof code === "number" ? code : -1,
      stdout: stdout ?? "",
      stderr: stderr ?? "",
    };
  }
}

/** Why a judge cannot sit, in words; null when its file is there. */
export function missing(file: string, debianPackage: string): string | null {
  if (existsSync(file)) return null;
  return `${file} is not there: on Debian, apt-get install ${debianPackage}`;
}
