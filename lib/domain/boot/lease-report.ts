import { isHostOf } from "#lib/domain/boot/dnsmasq-config";
import { parseAddress } from "#lib/domain/network-address";
import { formatAddress } from "#lib/domain/pool/item-text";
import { ok, type Result, refuse } from "#lib/domain/result";

/** What dnsmasq says of a lease: it gave one, it has one (or prolonged it), or one is no more. */
export const leaseActs = ["add", "old", "del"] as const;

export type LeaseReport = { mac: string; address: string } & (
  | { act: "del" }
  | {
      act: "add" | "old";
      secondsLeft: number;
      /** What was asked with; null where dnsmasq has the lease from its file, and nobody asked now. */
      asked: LeaseClient | null;
    }
);

export type LeaseClient = {
  /** The vendor class (option 60); null: it said none. */
  vendorClass: string | null;
  /** It said that it is iPXE (option 175), and was given the boot server's address for it. */
  isIpxe: boolean;
};

const longestSeconds = 366 * 86_400;

/**
 * Reads what the script of `leaseScript` posts, a form, for a network in CIDR notation. The refusal
 * is a sentence. Nothing of it is trusted: what a client calls itself is cut and made plain.
 */
export function readLeaseReport(text: string, subnet: string): Result<LeaseReport, string> {
  const form = new URLSearchParams(text);
  const act = leaseActs.find((one) => one === form.get("act"));
  if (!act) return refuse("act is add, old or del.");
  const mac = form.get("mac") ?? "";
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) {
    return refuse("mac is six bytes in lower case, as in 52:54:00:00:00:01.");
  }
  const parsed = parseAddress(form.get("address") ?? "");
  if (!parsed || !isHostOf(subnet, parsed)) {
    return refuse(`address is one that a host of ${subnet} can have.`);
  }
  const address = formatAddress(4, parsed.value);
  if (act === "del") return ok({ act, mac, address });
  const left = form.get("left") ?? "";
  const secondsLeft = Number(left);
  if (!/^\d{1,9}$/.test(left) || secondsLeft < 1 || secondsLeft > longestSeconds) {
    return refuse("left is for how many seconds the lease lasts, a year at most.");
  }
  const client = form.get("client");
  const asked = client !== null && {
    vendorClass: client.replaceAll(/[^\x20-\x7e]/g, "_").slice(0, 255) || null,
    isIpxe: (form.get("tags") ?? "").split(" ").includes("ipxe"),
  };
  return ok({ act, mac, address, secondsLeft, asked: asked || null });
}

/** Architectures of firmware (RFC 4578; IANA, "Processor Architecture Types"). */
const architectures: Readonly<Record<number, string>> = {
  0: "BIOS",
  6: "UEFI, 32-bit x86",
  7: "UEFI, x86-64",
  9: "UEFI, x86-64",
  11: "UEFI, ARM 64",
  15: "UEFI, 32-bit x86",
  16: "UEFI, x86-64",
  19: "UEFI, ARM 64",
};

/** What a client said that it is, in words. */
export function clientWords({ vendorClass, isIpxe }: LeaseClient): string {
  const [, kind, number] = /^(PXE|HTTP)Client(?::Arch:(\d{5}))?/.exec(vendorClass ?? "") ?? [];
  const system = number && (architectures[Number(number)] ?? `architecture ${Number(number)}`);
  const on = system ? ` (${system})` : "";
  if (isIpxe) return `iPXE${on}`;
  if (kind === "PXE") return `PXE firmware${on}`;
  if (kind === "HTTP") return `HTTP boot firmware${on}`;
  return vendorClass ?? "says nothing of itself";
}

export const leaseStates = ["leased", "expired", "ended"] as const;
export type LeaseState = (typeof leaseStates)[number];

/**
 * How a lease is at a moment. `ended`: dnsmasq said so. `expired`: its time is over and nothing was
 * heard of it since. Instants are ISO.
 */
export function leaseStateAt(
  lease: { until: string; endedAt: string | null },
  nowMs: number,
): LeaseState {
  if (lease.endedAt !== null) return "ended";
  return Date.parse(lease.until) <= nowMs ? "expired" : "leased";
}
