import { execFile } from "node:child_process";
import { type ControllerCredential, ControllerError } from "#lib/ports/controller";

/** Where a controller is, checked: a literal address, so that nothing is resolved a second time. */
export type Destination = { ip: string; port: number };

/**
 * Cipher suites, best first: 17 is HMAC-SHA256 (IPMI 2.0 revision 1.1), 3 is HMAC-SHA1, which is all
 * that older controllers have. Suites without encryption or without a password (0, CVE-2013-4784)
 * are never tried.
 */
export const cipherSuites = [17, 3] as const;
export type CipherSuite = (typeof cipherSuites)[number];

export type Limits = {
  /** From the start of the program to its end. */
  commandTimeoutMs: number;
  /** Wait for one answer, and how often a packet that got none is sent again. */
  answerTimeoutSeconds: number;
  resends: number;
  /** Longest output that is read. */
  maxOutputBytes: number;
  /** The same two of all sensors at once: there may be hundreds, each with requests of its own. */
  sensorsTimeoutMs: number;
  maxSensorsBytes: number;
};

export const defaultLimits: Limits = {
  commandTimeoutMs: 15_000,
  answerTimeoutSeconds: 2,
  resends: 2,
  maxOutputBytes: 64 * 1024,
  sensorsTimeoutMs: 60_000,
  maxSensorsBytes: 1024 * 1024,
};

export type Output = { stdout: string; stderr: string };

/** `ipmitool` ended with an error; what it said is in `output`. */
export class Failed extends Error {
  override readonly name = "Failed";
  readonly output: Output;
  constructor(output: Output, cause: unknown) {
    super("ipmitool failed", { cause });
    this.output = output;
  }
}

/**
 * Runs one `ipmitool` command over RMCP+ in a session of its own. The password goes by the
 * environment, never by the command line, where every user of the machine could read it. Throws
 * `Failed` when the command does not succeed, `ControllerError` when the program cannot be run, took too
 * long or said too much.
 */
export function runIpmitool(input: {
  at: Destination;
  credential: ControllerCredential;
  suite: CipherSuite;
  /** Its own options, beside those that every command has. */
  flags?: readonly string[];
  args: readonly string[];
  limits: Limits;
  signal?: AbortSignal | undefined;
}): Promise<Output> {
  const { at, credential, limits } = input;
  const options = [
    ...["-I", "lanplus", "-C", String(input.suite)],
    ...["-H", at.ip, "-p", String(at.port), "-U", credential.username, "-E"],
    ...["-N", String(limits.answerTimeoutSeconds), "-R", String(limits.resends)],
    // Without it a refused password and a controller that is not there read the same.
    "-v",
    ...(input.flags ?? []),
  ];
  return new Promise((resolve, reject) => {
    execFile(
      "ipmitool",
      [...options, ...input.args],
      {
        env: environmentWith(credential.password),
        timeout: limits.commandTimeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: limits.maxOutputBytes,
        signal: input.signal,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr });
        else reject(asFailure(error, { stdout, stderr }, limits));
      },
    );
  });
}

function asFailure(
  error: Error & { code?: unknown; killed?: boolean },
  output: Output,
  limits: Limits,
): Error {
  if (error.code === "ENOENT") {
    return new ControllerError(
      "unsupported",
      "ipmitool is not installed where the worker runs; IPMI controllers need it",
      { retryable: false, cause: error },
    );
  }
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") {
    const words = `the answer is longer than ${limits.maxOutputBytes} bytes`;
    return new ControllerError("too_large", words, { retryable: false, cause: error });
  }
  if (error.killed) {
    const words = `no whole answer within ${limits.commandTimeoutMs} ms`;
    return new ControllerError("timeout", words, { retryable: true, cause: error });
  }
  return new Failed(output, error);
}

/** As little as the program needs: the worker's own environment holds secrets. */
function environmentWith(password: string): NodeJS.ProcessEnv {
  return {
    NODE_ENV: "production",
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/nonexistent",
    LC_ALL: "C",
    IPMITOOL_PASSWORD: password,
  };
}
