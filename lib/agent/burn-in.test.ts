import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { givenNode, onNode, prints } from "#lib/agent/given-node.test-support";
import { activePorts } from "#lib/domain/inspection/burn-in";

// The script that runs on nodes, beside programs that stand for those of NVIDIA and a tree that stands for what
// the kernel says of devices. What they print is in the formats of the real ones: dcgmi's table of DCGM 3.1 and 4.4
// (github.com/NVIDIA/DCGM, dcgmi/Diag.cpp), nccl-tests 2.13 (github.com/NVIDIA/nccl-tests, src/common.cu),
// `nvidia-smi -L` of driver 535, ports as in the kernel's Documentation/ABI/stable/sysfs-class-infiniband.

const nodes: string[] = [];

afterEach(async () => {
  for (const root of nodes.splice(0)) await rm(root, { recursive: true, force: true });
});

type Given = {
  gpus?: number;
  /** The state of each InfiniBand port, as in `4: ACTIVE`. */
  ports?: string[];
  /** Shell scripts by name. */
  programs?: Record<string, string>;
};

async function givenHost({ gpus = 0, ports = [], programs = {} }: Given): Promise<string> {
  const files: Record<string, string | null> = { out: null };
  const pci = (address: string, classId: string, vendor: string) => {
    files[`sys/bus/pci/devices/${address}/class`] = `${classId}\n`;
    files[`sys/bus/pci/devices/${address}/vendor`] = `${vendor}\n`;
  };
  // The picture of the remote console is no GPU.
  pci("0000:02:00.0", "0x030000", "0x1a03");
  for (let n = 0; n < gpus; n++) pci(`0000:${n + 10}:00.0`, "0x030200", "0x10de");
  for (const [n, state] of ports.entries()) {
    const port = `sys/class/infiniband/mlx5_${n}/ports/1`;
    files[`${port}/state`] = `${state}\n`;
    files[`${port}/rate`] = "400 Gb/sec (4X NDR)\n";
    files[`${port}/link_layer`] = "InfiniBand\n";
    files[`${port}/counters/symbol_error`] = "7\n";
    files[`${port}/counters/link_downed`] = "1\n";
  }
  // A port of the same maker that speaks Ethernet is none of the fabric's.
  files["sys/class/infiniband/mlx5_9/ports/1/link_layer"] = "Ethernet\n";
  files["sys/class/infiniband/mlx5_9/ports/1/state"] = "1: DOWN\n";
  const root = await givenNode(files, programs);
  nodes.push(root);
  return root;
}

/** One test of the burn-in, with no time to itself. */
async function burnIn(root: string, test: "gpu" | "fabric") {
  const out = path.join(root, "out");
  const log = await onNode(root, `sh "$ROOT/lib/ingot/burn-in.sh" ${test} 0 ${out}`);
  const read = async (name: string) =>
    readFile(path.join(out, name), "utf8").then(
      (text) => text.trim(),
      () => "",
    );
  const figures = (await read("figures")).split("\n").filter(Boolean);
  return {
    result: await read("result"),
    words: await read("words"),
    figures: Object.fromEntries(figures.map((line) => line.split("|").slice(0, 2))),
    log,
  };
}

const listed = (count: number) =>
  prints(
    Array.from(
      { length: count },
      (_, n) =>
        `GPU ${n}: NVIDIA H100 80GB HBM3 (UUID: GPU-0a1b2c3d-0000-0000-0000-00000000000${n})`,
    ).join("\n"),
  );

const diagnosis = (rows: string) => `Successfully ran diagnostic for group.
+---------------------------+------------------------------------------------+
| Diagnostic                | Result                                         |
+===========================+================================================+
|-----  Metadata  ----------+------------------------------------------------|
| DCGM Version              | 3.1.8                                          |
| Driver Version Detected   | 535.129.03                                     |
| GPU Device IDs Detected   | 2330,2330                                      |
|-----  Deployment  --------+------------------------------------------------|
| Denylist                  | Pass                                           |
| NVML Library              | Pass                                           |
${rows}
+---------------------------+------------------------------------------------+`;

const hardware = (
  result: string,
) => `+-----  Integration  -------+------------------------------------------------+
| PCIe                      | Pass - All                                     |
+-----  Hardware  ----------+------------------------------------------------+
| GPU Memory                | ${result.padEnd(47)}|
+-----  Stress  ------------+------------------------------------------------+`;

const good = {
  "nvidia-smi": listed(2),
  "nv-hostengine": prints("Started host engine version 3.1.8 using port number: 5555"),
  dcgmi: prints(diagnosis(hardware("Pass - All"))),
};

test("GPUs that dcgmi finds well have passed", async () => {
  const root = await givenHost({ gpus: 2, programs: good });
  const { log, ...told } = await burnIn(root, "gpu");
  expect(told).toEqual({
    result: "pass",
    words: "",
    figures: { GPUs: "2", "GPUs that answer": "2", "tests passed": "4", "tests skipped": "0" },
  });
  expect(log).toContain("| GPU Memory                | Pass - All");
  expect((await readFile(path.join(root, "asked"), "utf8")).split("\n")).toEqual([
    "nvidia-smi -L",
    "nv-hostengine ",
    "dcgmi diag -r 2",
    "",
  ]);
});

// A table of version 4, which tells of each GPU below the test.
const fourth =
  diagnosis(`+-----  Hardware  ----------+------------------------------------------------+
| memory                    | Fail                                           |
|                           | GPU0: Pass                                     |
|                           | GPU1: Fail                                     |
| Warning: GPU1             | Error during memory allocation                 |`);

test.each<[string, Record<string, string>, string, string]>([
  [
    "a GPU that its driver does not answer for",
    { "nvidia-smi": listed(1) },
    "fail",
    "the driver answers for 1 of 2 GPUs",
  ],
  [
    "a driver that does not run",
    {
      "nvidia-smi": prints(
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
        9,
      ),
    },
    "fail",
    "the driver answers for 0 of 2 GPUs",
  ],
  [
    "a test that failed",
    { dcgmi: prints(diagnosis(hardware("Fail - GPU: 1")), 226) },
    "fail",
    "dcgmi diag: failed: GPU Memory",
  ],
  [
    "a test that failed, in version 4",
    { dcgmi: prints(fourth, 226) },
    "fail",
    "dcgmi diag: failed: memory",
  ],
  [
    "a test that failed while the code says that it did not",
    { dcgmi: prints(fourth) },
    "fail",
    "dcgmi diag: failed: memory",
  ],
  [
    "a warning",
    { dcgmi: prints(diagnosis(hardware("Warn - GPU: 1"))) },
    "warn",
    "dcgmi diag: warnings: GPU Memory",
  ],
  [
    "a host engine that does not answer",
    {
      dcgmi: prints("Error: unable to establish a connection to the specified host: localhost", 1),
    },
    "fail",
    "dcgmi diag ended with 1",
  ],
  [
    "an answer that is no table",
    { dcgmi: "head -c 300 /dev/urandom\n" },
    "fail",
    "dcgmi diag tells of no test that passed",
  ],
  [
    "nothing tested",
    { dcgmi: prints(hardware("Skip - All").replace("Pass", "Skip")) },
    "fail",
    "dcgmi diag tells of no test that passed",
  ],
  [
    "a crash",
    { dcgmi: `${prints(hardware("Pass - All")).replace("exit 0", "")}kill -SEGV $$\n` },
    "fail",
    "dcgmi diag ended with 139",
  ],
])("%s: GPUs", async (_, programs, result, words) => {
  const root = await givenHost({ gpus: 2, programs: { ...good, ...programs } });
  expect(await burnIn(root, "gpu")).toMatchObject({ result, words });
});

test("GPUs without dcgmi, and no GPUs, are not tested, and that is said", async () => {
  const bare = await givenHost({ gpus: 2 });
  expect(await burnIn(bare, "gpu")).toMatchObject({
    result: "not_run",
    words: "dcgmi is not in this ramdisk",
  });
  const none = await givenHost({ programs: good });
  expect(await burnIn(none, "gpu")).toMatchObject({
    result: "not_run",
    words: "there is no GPU on the PCI bus",
  });
  expect(await readFile(path.join(none, "asked"), "utf8")).toBe("");
});

/** A test as the inspection runs it, which ends it when it takes too long. */
async function limited(root: string, test: string, seconds: number) {
  const script = `. "$ROOT/lib/ingot/inspect.sh"\nBURN_SECONDS=0\nrun_test ${test} ${seconds}`;
  return JSON.parse(await onNode(root, script));
}

test("a program that hangs is ended with all that it began, and has failed", async () => {
  const dcgmi = `sleep 600 &\necho $! >"$ROOT/child"\nwait\n`;
  const root = await givenHost({ gpus: 2, programs: { ...good, dcgmi } });
  expect(await limited(root, "gpu", 1)).toMatchObject({
    test: "gpu",
    result: "fail",
    words: "it did not end within 1 s",
    figures: [
      { name: "GPUs", value: 2, unit: "" },
      { name: "GPUs that answer", value: 2, unit: "" },
    ],
  });
  const child = (await readFile(path.join(root, "child"), "utf8")).trim();
  const stat = await readFile(`/proc/${child}/stat`, "utf8").catch(() => "gone");
  expect(stat).toMatch(/^gone$|\) Z /);
});

test("a test that breaks off without a result has failed", async () => {
  // What a kernel does to the largest process when memory ends.
  const dcgmi = "kill -9 $PPID\n";
  const root = await givenHost({ gpus: 2, programs: { ...good, dcgmi } });
  expect(await limited(root, "gpu", 20)).toMatchObject({
    result: "fail",
    words: "it ended without a result",
  });
});

const reduced = (
  end = "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 461.713 \n#",
) => `# nThread 1 nGpus 2 minBytes 8388608 maxBytes 1073741824 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0
#
# Using devices
#  Rank  0 Group  0 Pid   1711 on node device  0 [0x0a] NVIDIA H100 80GB HBM3
#  Rank  1 Group  0 Pid   1711 on node device  1 [0x0b] NVIDIA H100 80GB HBM3
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
  1073741824     268435456     float     sum      -1   4069.9  263.83  461.70      0   4069.6  263.84  461.73      0
${end}`;
const talk = { all_reduce_perf: prints(reduced()) };
const active = "4: ACTIVE";

test("a fabric whose GPUs talk and whose ports are up has passed", async () => {
  const root = await givenHost({ gpus: 2, ports: [active, active], programs: talk });
  const { log, ...told } = await burnIn(root, "fabric");
  expect(told).toEqual({
    result: "pass",
    words: "",
    figures: {
      "bus bandwidth": "461.713",
      "InfiniBand ports": "2",
      [activePorts]: "2",
      "new link errors": "0",
    },
  });
  expect(log).toContain("mlx5_1/ports/1: ACTIVE, 400 Gb/sec (4X NDR)");
  expect(await readFile(path.join(root, "asked"), "utf8")).toBe(
    "all_reduce_perf -b 8M -e 1G -f 2 -g 2\n",
  );
});

const count = (file: string, value: number) =>
  `echo ${value} >"$ROOT/sys/class/infiniband/mlx5_1/ports/1/${file}"\n`;
// No time passes: at what would be the next second the port is up.
const comesUp = `echo '${active}' >"$ROOT/sys/class/infiniband/mlx5_1/ports/1/state"\n`;

test.each<[string, Given, string, string]>([
  [
    "wrong values",
    {
      programs: {
        all_reduce_perf: prints(
          reduced("# Out of bounds values : 3 FAILED\n# Avg bus bandwidth    : 461.713 \n#"),
          1,
        ),
      },
    },
    "fail",
    "all_reduce_perf ended with 1",
  ],
  [
    "wrong values and a code that does not say so",
    { programs: { all_reduce_perf: prints(reduced("# Out of bounds values : 3 FAILED")) } },
    "fail",
    "all_reduce_perf did not end with good values",
  ],
  [
    "an answer of another kind",
    { programs: { all_reduce_perf: "head -c 300 /dev/urandom\n" } },
    "fail",
    "all_reduce_perf did not end with good values",
  ],
  [
    "a link that lost symbols meanwhile",
    {
      programs: {
        all_reduce_perf: `${count("counters/symbol_error", 19)}${talk.all_reduce_perf}`,
      },
    },
    "fail",
    "links counted errors: mlx5_1 port 1 symbol_error 12",
  ],
  [
    "a link that went down and came again",
    {
      programs: { all_reduce_perf: `${count("counters/link_downed", 2)}${talk.all_reduce_perf}` },
    },
    "fail",
    "links counted errors: mlx5_1 port 1 link_downed 1",
  ],
  [
    "a port without a cable",
    { ports: [active, "1: DOWN"], programs: { ...talk, sleep: "exit 0\n" } },
    "warn",
    "ports that are not active: mlx5_1 port 1 (DOWN)",
  ],
  [
    "a port that the subnet manager was still at",
    { ports: [active, "2: INIT"], programs: { ...talk, sleep: comesUp } },
    "pass",
    "",
  ],
  ["ports of a node without GPUs", { gpus: 0, programs: {} }, "pass", ""],
  [
    "ports beside GPUs whose links are not tested",
    { programs: {} },
    "not_run",
    "all_reduce_perf of nccl-tests is not in this ramdisk",
  ],
  [
    "neither ports nor two GPUs",
    { gpus: 1, ports: [] },
    "not_run",
    "there are fewer than two GPUs",
  ],
])("%s: fabric", async (_, given, result, words) => {
  const root = await givenHost({ gpus: 2, ports: [active, active], programs: talk, ...given });
  expect(await burnIn(root, "fabric")).toMatchObject({ result, words });
});
