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
};

/** What was expected beside what was found, field by field. */
export function DifferenceList({
  differences,
  dense,
}: {
  differences: readonly Pick<Difference, "field" | "expected" | "found">[];
  dense?: boolean;
}) {
  return (
    <dl className={dense ? "mt-2 flex flex-col gap-1 text-xs" : "flex flex-col gap-2 text-sm"}>
      {differences.map(({ field, expected, found }) => (
        <div key={field} className="border-critical border-l-2 pl-2">
          <dt className="text-muted">{fieldWords[field]}</dt>
          <dd>
            <span className="text-muted">expected</span> {expected}
          </dd>
          <dd>
            <span className="text-muted">found</span>{" "}
            <span className="text-critical">{found ?? "unknown: the controller does not say"}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
