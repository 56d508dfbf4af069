import { expect, test } from "vitest";
import { inspectionReport, jobLogText, longestJobLog } from "#lib/schemas/inspection";

const facts = {
  kernel: "6.1\u0000\n",
  firmware: "uefi",
  system: Object.fromEntries(
    [
      "manufacturer",
      "model",
      "serial",
      "uuid",
      "boardSerial",
      "biosVendor",
      "biosVersion",
      "biosDate",
    ].map((name) => [name, ""]),
  ),
  cpu: { model: "x".repeat(5_000), sockets: -1, cores: "many", threads: 4 },
  memory: { totalMib: 512, modules: null },
  drives: [],
  nics: [{ name: "eth0", mac: "5C:FF:35:00:00:01", driver: 7, speedMbps: null, linkUp: true }],
  infiniband: [],
  pci: [
    {
      address: "0000:00:01.0",
      vendorId: "10DE",
      deviceId: "zz",
      classId: "030200",
      width: 16,
      maxWidth: 16,
      speed: null,
      maxSpeed: null,
    },
  ],
  gpus: null,
  tpm: "yes",
  secureBoot: null,
};
const report = { tool: "t/1", uptimeSeconds: 12, facts, tests: [] as unknown[] };
const cpu = {
  test: "cpu",
  result: "pass",
  startedAt: 1,
  endedAt: 4,
  figures: [],
  words: "",
  log: "",
};

test("what a host says is held to its shape: what does not fit is unknown, and never zero", () => {
  const read = inspectionReport.parse(report).facts;
  expect(read.kernel).toBe("6.1");
  expect(read.system.serial).toBeNull();
  expect(read.cpu).toEqual({ model: "x".repeat(200), sockets: null, cores: null, threads: 4 });
  expect(read.nics[0]).toMatchObject({ mac: "5c:ff:35:00:00:01", driver: null });
  expect(read.pci[0]).toMatchObject({ vendorId: "10de", deviceId: null });
  expect(read.tpm).toBeNull();
});

test.each([
  ["a test told twice", { ...report, tests: [cpu, cpu] }],
  ["a test that nobody knows", { ...report, tests: [{ ...cpu, test: "luck" }] }],
  ["a result that is none", { ...report, tests: [{ ...cpu, result: "fine" }] }],
  [
    "more drives than any server has",
    { ...report, facts: { ...facts, drives: Array(600).fill({}) } },
  ],
  ["no facts", { ...report, facts: undefined }],
])("%s is no report", (_, body) => {
  expect(inspectionReport.safeParse(body).success).toBe(false);
});

test.each([
  ["a domain", "9C6F5AF3-53BF-49B5-A436-B66766C413C3", "9c6f5af3-53bf-49b5-a436-b66766c413c3"],
  ["noughts, which every GPU that is in none has", "00000000-0000-0000-0000-000000000000", null],
  ["no identifier", "<script>", null],
])("of an NVLink domain %s is told", (_, uuid, kept) => {
  const gpu = { model: "GB200", serial: null, uuid: null, memoryMib: null };
  const gpus = [{ ...gpu, cluster: { uuid, clique: 32_766 } }, gpu];
  const told = inspectionReport.parse({ ...report, facts: { ...facts, gpus } }).facts.gpus;
  expect(told).toEqual([{ ...gpu, cluster: kept && { uuid: kept, clique: 32_766 } }, gpu]);
});

test("a log keeps its end and its lines, and nothing that opens anything", () => {
  const token = "0123456789abcdef0123456789abcdef";
  const text = jobLogText(
    `ingot.inspect=http://10.0.0.1/w/${token} ro\r\n\u001b[1mpassword: hunter2\n`,
  );
  expect(text).toBe("ingot.inspect=http://10.0.0.1/w/[removed] ro\npassword: [removed]\n");
  const long = jobLogText(`${"a".repeat(longestJobLog)}the end`);
  expect(long).toHaveLength(longestJobLog);
  expect(long.endsWith("the end")).toBe(true);
});
