import { baselineOfForm, wipeOfForm } from "#lib/client/baseline-form";
import { numberOf, textOf } from "#lib/client/form-values";
import { inspectionOfForm } from "#lib/client/inspection-form";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";

/** How a form asks for GPUs: checked and counted, checked to be none, or not checked. */
export const gpuChecks = ["some", "none", "any"] as const;
export type GpuCheck = (typeof gpuChecks)[number];

/** The specification that a form holds. A part without its leading number is not checked. */
export function specOfForm(form: FormData): NodeTypeSpec {
  const text = (name: string) => textOf(form, name) || undefined;
  const number = (name: string) => (textOf(form, name) === "" ? undefined : numberOf(form, name));
  const spec: NodeTypeSpec = {
    manufacturer: text("manufacturer"),
    model: text("model"),
    heightUnits: number("heightUnits"),
  };

  const sockets = number("cpu.sockets");
  const coresPerSocket = number("cpu.coresPerSocket");
  const cpuModel = text("cpu.model");
  if (sockets !== undefined || coresPerSocket !== undefined || cpuModel !== undefined) {
    spec.cpu = { sockets: sockets ?? Number.NaN, coresPerSocket, model: cpuModel };
  }
  const gib = number("memory.gib");
  if (gib !== undefined) {
    spec.memory = { gib, tolerancePercent: number("memory.tolerancePercent") ?? 2 };
  }
  const check = textOf(form, "gpu.check") as GpuCheck;
  if (check === "none") spec.gpu = null;
  if (check === "some") {
    spec.gpu = {
      count: numberOf(form, "gpu.count"),
      model: text("gpu.model"),
      memoryGib: number("gpu.memoryGib"),
    };
  }
  const drives = number("drives.count");
  if (drives !== undefined) spec.drives = { count: drives, minSizeGb: number("drives.minSizeGb") };
  const ethernet = number("nics.ethernet");
  const infiniband = number("nics.infiniband");
  const infinibandGbps = number("nics.infinibandGbps");
  if (ethernet !== undefined || infiniband !== undefined || infinibandGbps !== undefined) {
    spec.nics = { ethernet, infiniband, infinibandGbps };
  }
  const dpus = number("dpus.count");
  if (dpus !== undefined) spec.dpus = { count: dpus };
  spec.baseline = baselineOfForm(form);
  spec.wipe = wipeOfForm(form);
  spec.inspection = inspectionOfForm(form);
  spec.withoutGpuTests = text("withoutGpuTests");
  return withoutGaps(spec);
}

/** The same without the keys that hold nothing: a part that is not said is not checked. */
function withoutGaps<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .map(([key, part]) => [
        key,
        part !== null && typeof part === "object" && !Array.isArray(part)
          ? withoutGaps(part as object)
          : part,
      ]),
  ) as T;
}
