import { expect, test } from "vitest";
import { specOfForm } from "#lib/client/node-type-form";
import { nodeTypeWords } from "#lib/client/node-type-words";
import { nodeTypeSpec } from "#lib/schemas/node-type";

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

test("a form that says nothing checks nothing", () => {
  expect(specOfForm(form({ "gpu.check": "any", manufacturer: " " }))).toEqual({});
});

test("every part that is said is kept, and reads back in words", () => {
  const spec = specOfForm(
    form({
      manufacturer: "Supermicro",
      model: "AS-8125GS-TNHR",
      "cpu.sockets": "2",
      "cpu.coresPerSocket": "96",
      "memory.gib": "2304",
      "memory.tolerancePercent": "1",
      "gpu.check": "some",
      "gpu.count": "8",
      "gpu.model": "H200",
      "drives.count": "8",
      "drives.minSizeGb": "3840",
      "nics.infiniband": "8",
      "dpus.count": "2",
    }),
  );
  expect(nodeTypeSpec.safeParse(spec)).toMatchObject({ success: true });
  expect(nodeTypeWords(spec)).toMatchInlineSnapshot(`
    [
      {
        "label": "Chassis",
        "value": "Supermicro AS-8125GS-TNHR",
      },
      {
        "label": "CPU",
        "value": "2 × any CPU with 96 cores",
      },
      {
        "label": "Memory",
        "value": "2,304 GiB ± 1 %",
      },
      {
        "label": "GPU",
        "value": "8 × H200",
      },
      {
        "label": "Drives",
        "value": "at least 8 of 3,840 GB or more",
      },
      {
        "label": "InfiniBand ports",
        "value": "at least 8",
      },
      {
        "label": "DPUs",
        "value": "at least 2",
      },
    ]
  `);
});

test("rules on firmware and security are kept as they were chosen, and a row left empty is none", () => {
  const data = form({
    "gpu.check": "any",
    "baseline.firmware.3.component": "bios",
    "baseline.firmware.3.match": "exactly",
    "baseline.firmware.3.version": "1.5.0",
    "baseline.firmware.3.required": "on",
    "baseline.secureBoot": "on",
    "baseline.tpm": "",
    "baseline.ipmiOff": "off",
    "baseline.accounts": "none",
    "baseline.accounts.allowed": "break-glass\n\n",
    "wipe.controllerPassword": "required",
    "wipe.biosReset": "",
  });
  for (const row of ["2", "3"]) data.append("baseline.firmware", row);
  const spec = specOfForm(data);
  expect(spec).toEqual({
    baseline: {
      firmware: [{ component: "bios", match: "exactly", version: "1.5.0", required: true }],
      secureBoot: { want: "on" },
      ipmiOff: {},
      accounts: { allowed: ["break-glass"] },
    },
    wipe: { controllerPassword: "required" },
  });
  expect(nodeTypeSpec.safeParse(spec)).toMatchObject({ success: true });
  expect(nodeTypeWords(spec).map(({ label, value }) => `${label}: ${value}`)).toEqual([
    "BIOS: 1.5.0, and it must be told",
    "Secure Boot: on",
    "IPMI over the network: off",
    "Accounts: none but Ingot's own and break-glass",
    "New controller password: in a wipe, always",
  ]);
});

test("no GPUs is something to check, any GPUs is not", () => {
  expect(specOfForm(form({ "gpu.check": "none" }))).toEqual({ gpu: null });
});

test("a part whose count is missing is refused by the schema, at its own field", () => {
  const parsed = nodeTypeSpec.safeParse(specOfForm(form({ "gpu.check": "some" })));
  expect(parsed.error?.issues[0]?.path).toEqual(["gpu", "count"]);
});

test("what a node goes through before it is available is a part of its type", () => {
  const burnIn = specOfForm(
    form({ "gpu.check": "any", "inspection.level": "burn_in", "inspection.seconds": "600" }),
  );
  expect(burnIn).toEqual({ inspection: { level: "burn_in", seconds: 600 } });
  expect(nodeTypeWords(burnIn)).toEqual([
    { label: "Before it is available", value: "burn-in, 600 s for each test" },
  ]);
  expect(nodeTypeSpec.safeParse(burnIn).success).toBe(true);
  const none = specOfForm(form({ "gpu.check": "any", "inspection.level": "none" }));
  expect(none).toEqual({});
  const bare = specOfForm(form({ "gpu.check": "any", withoutGpuTests: "no driver for them yet" }));
  expect(bare).toEqual({ withoutGpuTests: "no driver for them yet" });
  expect(nodeTypeWords(bare)).toEqual([
    { label: "Without tests of GPUs and fabric", value: "no driver for them yet" },
  ]);
  expect(nodeTypeSpec.safeParse(bare).success).toBe(true);
  expect(nodeTypeSpec.safeParse({ withoutGpuTests: " " }).success).toBe(false);
  const never = specOfForm(
    form({ "gpu.check": "any", "inspection.level": "burn_in", "inspection.seconds": "2" }),
  );
  expect(nodeTypeSpec.safeParse(never).success).toBe(false);
});
