import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { RackOptions } from "./options.ts";
import { startRack } from "./rack.ts";

const usage = `node e2e/simulator/main.ts [--config rack.json] [options]
  --config FILE       options of startRack as JSON; the flags below override it
  --gpu-nodes N       add N nodes of eight GPUs
  --cpu-nodes N       add N nodes without GPUs
  --network N         0 to 127; racks of different networks do not meet
  --seed TEXT         serials, addresses, passwords and loads follow from it
  --speed N           2 is twice as fast
  --pxe-origin URL    where DHCP sends machines that boot by PXE
  --state FILE        keep power, disks and certificates over a restart
  --directory DIR     where the disks and consoles of qemu machines are
  --control-port N    of the control endpoint on 127.0.0.1
Prints one line of JSON when the rack is ready. SIGINT and SIGTERM end it.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: "string" },
      "gpu-nodes": { type: "string" },
      "cpu-nodes": { type: "string" },
      network: { type: "string" },
      seed: { type: "string" },
      speed: { type: "string" },
      "pxe-origin": { type: "string" },
      state: { type: "string" },
      directory: { type: "string" },
      "control-port": { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const options: RackOptions =
    values.config === undefined ? {} : JSON.parse(await readFile(values.config, "utf8"));
  const gpuNodes = Number(values["gpu-nodes"] ?? 0);
  const cpuNodes = Number(values["cpu-nodes"] ?? 0);
  const rack = await startRack({
    ...options,
    nodes: [
      ...(options.nodes ?? []),
      ...(gpuNodes > 0 ? [{ count: gpuNodes }] : []),
      ...(cpuNodes > 0 ? [{ count: cpuNodes, gpus: 0, flavour: "plain" as const }] : []),
    ],
    ...given("network", values.network, Number),
    ...given("seed", values.seed, String),
    ...given("speed", values.speed, Number),
    ...given("pxeOrigin", values["pxe-origin"], String),
    ...given("stateFile", values.state, String),
    ...given("directory", values.directory, String),
    ...given("controlPort", values["control-port"], Number),
  });

  const stop = () => void rack.close().then(() => process.exit(0));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const { nodes, fixtures, controlOrigin } = rack;
  process.stdout.write(`${JSON.stringify({ ready: true, controlOrigin, nodes, fixtures })}\n`);
}

function given<Name extends string, Value>(
  name: Name,
  text: string | undefined,
  read: (text: string) => Value,
): { [key in Name]?: Value } {
  return text === undefined ? {} : ({ [name]: read(text) } as { [key in Name]: Value });
}

await main();
