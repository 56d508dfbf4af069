import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { NodeIdentity } from "#e2e/simulator/node";
import type { RackOptions } from "#e2e/simulator/options";
import { ownEnvironment, systemEnvironment } from "#lib/config/env";
import { createLog } from "#lib/config/log";
import { supervise } from "#lib/launch/supervise";

export type RackProcess = {
  /** Where faults are set and nodes are looked at, over HTTP. */
  controlOrigin: string;
  nodes: NodeIdentity[];
  stop: () => Promise<void>;
};

/**
 * Starts the simulated rack as a program of its own, which is reached over the network and in no
 * other way. It keeps what its machines are in a file of the directory, comes back by itself after a
 * crash, and ends with us. Throws with its last words when it does not start.
 */
export async function startRackProcess(input: {
  /** Taken over as they are; the state file is in the directory. */
  options: RackOptions;
  /** Where its options and its state are written. */
  directory: string;
}): Promise<RackProcess> {
  const { directory } = input;
  const config = path.join(directory, "rack.json");
  const options = { ...input.options, stateFile: path.join(directory, "rack-state.json") };
  await writeFile(config, JSON.stringify(options));

  const ready = Promise.withResolvers<Omit<RackProcess, "stop">>();
  const lastWords: string[] = [];
  const rack = supervise({
    command: {
      name: "rack",
      module: path.join(import.meta.dirname, "simulator/main.ts"),
      args: ["--config", config],
      cwd: path.join(import.meta.dirname, ".."),
      environment: systemEnvironment(ownEnvironment()),
    },
    onLine(line) {
      const report = reportIn(line);
      if (report) return ready.resolve(report);
      lastWords.push(line);
      if (lastWords.length > 20) lastWords.shift();
    },
    log: createLog("rack", "error"),
  });
  const broken = rack.firstExit.then((end) => {
    throw new Error(`The simulated rack ${end}:\n${lastWords.join("\n")}`);
  });
  try {
    return { ...(await Promise.race([ready.promise, broken])), stop: rack.stop };
  } catch (error) {
    await rack.stop();
    throw error;
  }
}

/** The line that the rack prints when it is ready. */
function reportIn(line: string): Omit<RackProcess, "stop"> | undefined {
  if (!line.startsWith('{"ready":true')) return undefined;
  const { controlOrigin, nodes } = JSON.parse(line);
  return { controlOrigin, nodes };
}
