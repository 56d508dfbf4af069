import type { Difference } from "#lib/domain/node/node-type";

const fieldWords: Record<Difference["field"], string> = {
  manufacturer: "Manufacturer",
  model: "Model",
  "cpu.sockets": "Processors",
  "cpu.coresPerSocket": "Cores each",
  "cpu.model": "Processor",
  memory: "Memory",
  "gpu.count": "GPUs",
  "gpu.model": "GPU model",
  "gpu.memory": "GPU memory",
  drives: "Drives",
  "nics.ethernet": "Ethernet ports",
  "nics.infiniband": "InfiniBand ports",
  "nics.infinibandGbps": "InfiniBand rate",
  "dpu.count": "DPUs",
  firmware: "Firmware",
  secureBoot: "Secure Boot",
  tpm: "TPM",
  ipmiOverLan: "IPMI over the network",
  certificate: "Controller certificate",
  accounts: "Controller accounts",
  "record.accounts": "Controller accounts since it was last in order",
  "record.firmware": "Firmware since it was last in order",
  "record.bios": "BIOS settings since it was last in order",
};

/** Of one field there may be several, and their words say of what. */
function labelOf({ field, words }: Shown): string {
  const isOfMany = field === "firmware" || field === "record.firmware";
  return (isOfMany && words?.split(": ")[0]) || fieldWords[field];
}

type Shown = Pick<Difference, "field" | "expected" | "found"> & { words?: string };

/** What was expected beside what was found, field by field. */
export function DifferenceList({
  differences,
  dense,
}: {
  differences: readonly Shown[];
  dense?: boolean;
}) {
  return (
    <dl className={dense ? "mt-2 flex flex-col gap-1 text-xs" : "flex flex-col gap-2 text-sm"}>
      {differences.map((difference) => (
        <div
          key={`${labelOf(difference)} ${difference.found}`}
          className="border-critical border-l-2 pl-2"
        >
          <dt className="text-muted">{labelOf(difference)}</dt>
          <dd>
            <span className="text-muted">expected</span> {difference.expected}
          </dd>
          <dd>
            <span className="text-muted">found</span>{" "}
            <span className="text-critical">
              {difference.found ?? "unknown: the controller does not say"}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
