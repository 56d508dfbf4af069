import { baselineWords, wipeWords } from "#lib/client/baseline-words";
import { orderWords } from "#lib/domain/inspection/order";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";

/** What a node type expects, part by part: label and words. Parts that are not checked are left out. */
export function nodeTypeWords(spec: NodeTypeSpec): { label: string; value: string }[] {
  const parts: { label: string; value: string }[] = [];
  const chassis = [spec.manufacturer, spec.model].filter(Boolean).join(" ");
  if (chassis) parts.push({ label: "Chassis", value: chassis });
  if (spec.cpu) {
    const { sockets, coresPerSocket, model } = spec.cpu;
    const cores = coresPerSocket === undefined ? "" : ` with ${coresPerSocket} cores`;
    parts.push({ label: "CPU", value: `${sockets} × ${model ?? "any CPU"}${cores}` });
  }
  if (spec.memory) {
    const { gib, tolerancePercent } = spec.memory;
    const size = gib.toLocaleString("en-US");
    parts.push({ label: "Memory", value: `${size} GiB ± ${tolerancePercent} %` });
  }
  if (spec.gpu === null) parts.push({ label: "GPU", value: "none" });
  if (spec.gpu) {
    const { count, model, memoryGib } = spec.gpu;
    const memory = memoryGib === undefined ? "" : ` of ${memoryGib} GiB`;
    parts.push({ label: "GPU", value: `${count} × ${model ?? "any GPU"}${memory}` });
  }
  if (spec.drives) {
    const { count, minSizeGb } = spec.drives;
    const size =
      minSizeGb === undefined ? "" : ` of ${minSizeGb.toLocaleString("en-US")} GB or more`;
    parts.push({ label: "Drives", value: `at least ${count}${size}` });
  }
  if (spec.nics?.ethernet !== undefined) {
    parts.push({ label: "Ethernet ports", value: `at least ${spec.nics.ethernet}` });
  }
  if (spec.nics?.infiniband !== undefined) {
    parts.push({ label: "InfiniBand ports", value: `at least ${spec.nics.infiniband}` });
  }
  if (spec.nics?.infinibandGbps !== undefined) {
    parts.push({ label: "InfiniBand rate", value: `at least ${spec.nics.infinibandGbps} Gb/s` });
  }
  if (spec.dpus) parts.push({ label: "DPUs", value: `at least ${spec.dpus.count}` });
  if (spec.inspection) {
    parts.push({ label: "Before it is available", value: orderWords(spec.inspection) });
  }
  if (spec.withoutGpuTests !== undefined) {
    parts.push({ label: "Without tests of GPUs and fabric", value: spec.withoutGpuTests });
  }
  return [...parts, ...baselineWords(spec.baseline), ...wipeWords(spec.wipe)];
}
