import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { givenNode, onNode, prints } from "#lib/agent/given-node.test-support";

const gpu = (uuid: string, fabric: string) => `
GPU 00000008:01:00.0
    Product Name                          : NVIDIA GB200
    GPU UUID                              : ${uuid}
    Performance State                     : P0
    Fabric
${fabric}
        Health
            Summary                       : Healthy
            State                         : no state of the fabric
    Processes                             : None
    Status                                : no status of the fabric`;
const fabric = (state: string, status: string, clique: string, cluster: string) =>
  `        State                             : ${state}
        Status                            : ${status}
        CliqueId                          : ${clique}
        ClusterUUID                       : ${cluster}`;
const cluster = "9c6f5af3-53bf-49b5-a436-b66766c413c3";
const none = "00000000-0000-0000-0000-000000000000";

// As `nvidia-smi -q` of driver 570 prints it, and of 535 on a node whose NVLink is within it.
test("GPUs tell the NVLink domain that they have joined, and of one that is not joined nothing", async () => {
  const root = await givenNode(
    {},
    {
      "nvidia-smi": `case "$*" in
*--query-gpu*) ${prints(["a", "b", "c", "d"].map((id) => `NVIDIA GB200, 16${id}, GPU-${id}, 189471`).join("\n"))} ;;
*) ${prints(
        [
          gpu("GPU-a", fabric("Completed", "Success", "32766", cluster)),
          gpu("GPU-b", fabric("Completed", "Insufficient Resources", "0", none)),
          gpu("GPU-c", fabric("In Progress", "N/A", "N/A", "N/A")),
          gpu("GPU-d", fabric("Completed", "Success", "0", none)),
        ].join("\n"),
      )} ;;
esac`,
    },
  );
  const script = await readFile(fileURLToPath(new URL("inspect.sh", import.meta.url)), "utf8");
  const told = JSON.parse(await onNode(root, `${script}\ngpu_facts`));
  expect(told).toEqual(
    ["a", "b", "c", "d"].map((id) => ({
      ...{ model: "NVIDIA GB200", serial: `16${id}`, uuid: `GPU-${id}`, memoryMib: 189_471 },
      cluster: id === "a" ? { uuid: cluster, clique: 32_766 } : null,
    })),
  );
  await rm(root, { recursive: true });
});
