import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type Counts, oneCheck } from "#e2e/runner/counts";

export type Step = {
  title: string;
  /** Programs to run one after the other, until one fails. */
  commands: string[][];
  /** What to add to the environment. */
  environment?: Record<string, string>;
  /** Reads the counts from a report; one check when left out. */
  counts?: (exitCode: number) => Counts;
};

type Surroundings = {
  /** What to add to the environment. */
  environment?: Record<string, string> | undefined;
  /** Where to run; here, when left out. */
  directory?: string;
};

const children = new Set<ChildProcess>();

/** Runs a step and says how it went; what it wrote is shown only when something failed. */
export async function runStep(step: Step): Promise<Counts> {
  console.log(`   ${step.title} …`);
  const began = performance.now();
  const output: string[] = [];
  let exitCode = 0;
  for (const [program = "", ...args] of step.commands) {
    exitCode = await runCommand(program, args, output, { environment: step.environment });
    if (exitCode !== 0) break;
  }
  const counts = step.counts?.(exitCode) ?? oneCheck(exitCode);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const detail = step.counts ? `, ${counts.passed} passed` : "";
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  if (counts.failed === 0) {
    console.log(`✓  ${step.title} (${seconds} s${detail}${skipped})`);
  } else {
    console.log(`✗  ${step.title} (${seconds} s${detail}, ${counts.failed} failed${skipped})`);
    console.log(`\n──── ${step.title} ────\n${output.join("").trimEnd()}\n────\n`);
  }
  return counts;
}

/** Runs a program to its end, adds what it writes to `output`, and gives its exit code. */
export async function runCommand(
  program: string,
  args: string[],
  output: string[],
  { environment = {}, directory = "." }: Surroundings = {},
): Promise<number> {
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...testEnvironment(), ...environment } as unknown as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => output.push(text));
  }
  try {
    const [code] = await once(child, "close");
    return code ?? 1;
  } catch (error) {
    output.push(`${program} cannot be run: ${error}\n`);
    return 1;
  } finally {
    children.delete(child);
  }
}

/** Ends what is running, for a person who does not want to wait for the end. */
export function stopSteps(): void {
  for (const child of children) child.kill("SIGTERM");
}

/** Ours without the settings of a portal: tests must not depend on the one that may run here. */
function testEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("INGOT_") && name !== "DATABASE_URL" && name !== "NODE_ENV",
  );
  return {
    ...Object.fromEntries(kept),
    // Tests start programs by the hundred.
    NODE_OPTIONS: `--import=${new URL("../../lib/launch/quick-load.mjs", import.meta.url)}`,
    NEXT_TELEMETRY_DISABLED: "1",
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
  };
}
