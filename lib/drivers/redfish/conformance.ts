import type { NetworkBoot } from "#lib/domain/boot/network-boot";
import type { ConformanceReport, ConformanceRow } from "#lib/domain/node/conformance";
import { networkBootOf, readBootHolder } from "#lib/drivers/redfish/boot";
import { allowedResets, resetLadders } from "#lib/drivers/redfish/power";
import type { Behaviour } from "#lib/drivers/redfish/quirks";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  type BootSettings,
  type ComputerSystem,
  isRecord,
} from "#lib/drivers/redfish/resource-schemas";
import { takesMedia } from "#lib/drivers/redfish/virtual-media";

/** What the rows look at: answers that discovery has already, and the few that only they need. */
type Facts = {
  reader: Reader;
  rootBody: Record<string, unknown>;
  hostPath: string;
  host: ComputerSystem;
  hostBody: Record<string, unknown>;
  managerPath: string | null;
  managerBody: Record<string, unknown>;
  chassisPath: string | null;
  chassisBody: Record<string, unknown>;
  bootPath: string;
  boot: BootSettings;
  bootBody: Record<string, unknown>;
  /** Null: the controller does not say which it allows. */
  resets: string[] | null;
  /** Whether one of its virtual drives takes a CD by an order. */
  takesMedia: boolean;
};

type Finding = {
  is: "there" | "missing" | "unknown";
  path: string | null;
  answer: string;
  /** In the place of the usual words for what it is worse without. */
  without?: string;
};

type Requirement = {
  id: string;
  part: string;
  /** `vital`: nothing works without. `needed`: something does not. `wanted`: something is worse. */
  level: "vital" | "needed" | "wanted";
  without: string;
  look: (facts: Facts) => Finding;
};

const withoutMedia = "a node that boots neither from an address nor by PXE cannot be booted at all";

/**
 * What Ingot needs of the standard, row by row. Modelled on the interop profile that OpenStack
 * Ironic publishes for bare metal (OpenStackIronicProfile v1.2.0, DSP0272), with what Ingot uses
 * beyond it: HTTP boot, firmware, sensors, logs and the security baseline.
 */
const requirements: readonly Requirement[] = [
  {
    id: "service_root",
    part: "Service root",
    level: "vital",
    without: "the controller does not speak Redfish",
    look: ({ rootBody }) => property("/redfish/v1", rootBody, "RedfishVersion"),
  },
  {
    id: "session_service",
    part: "Sessions",
    level: "wanted",
    without: "the password is sent with every request",
    look: ({ rootBody }) => {
      const links = isRecord(rootBody.Links) ? rootBody.Links : {};
      return property("/redfish/v1", links, "Sessions");
    },
  },
  {
    id: "expand",
    part: "Members with their collection ($expand)",
    level: "wanted",
    without: "each part is a request of its own, and large hosts are read in part only",
    look: ({ rootBody }) => {
      const features = isRecord(rootBody.ProtocolFeaturesSupported)
        ? rootBody.ProtocolFeaturesSupported
        : {};
      const told = isRecord(features.ExpandQuery) ? features.ExpandQuery : {};
      const found = property("/redfish/v1", features, "ExpandQuery");
      return told.NoLinks === true ? found : { ...found, is: "missing" };
    },
  },
  {
    id: "host",
    part: "Host system",
    level: "vital",
    without: "there is no host to work on",
    look: ({ hostPath, hostBody }) => property(hostPath, hostBody, "Id"),
  },
  {
    id: "power_state",
    part: "Power state of the host",
    level: "vital",
    without: "no step can tell whether the host is on",
    look: ({ hostPath, hostBody }) => property(hostPath, hostBody, "PowerState"),
  },
  {
    id: "reset_on",
    part: "Turning the host on (Reset On)",
    level: "vital",
    without: "the host cannot be turned on from afar",
    look: (facts) => reset(facts, resetLadders.on),
  },
  {
    id: "reset_off",
    part: "Turning the host off (Reset ForceOff)",
    level: "vital",
    without: "a host that hangs cannot be turned off, so it can never be taken from a tenant",
    look: (facts) => reset(facts, resetLadders.force_off),
  },
  {
    id: "reset_graceful",
    part: "Asking the host to shut down (Reset GracefulShutdown)",
    level: "wanted",
    without: "a stop cuts the power without asking the operating system",
    look: (facts) => reset(facts, resetLadders.graceful_off),
  },
  {
    id: "reset_restart",
    part: "Restarting the host (Reset ForceRestart or PowerCycle)",
    level: "wanted",
    without: "a restart takes an off and an on",
    look: (facts) => reset(facts, resetLadders.force_restart),
  },
  {
    id: "boot_once",
    part: "Boot override for one start",
    level: "needed",
    without: "no boot from the network can be ordered, so nothing can be launched on the node",
    look: ({ bootPath, bootBody, boot }) => {
      const found = property(bootPath, bootBody, "BootSourceOverrideEnabled");
      const allowed = bootBody["BootSourceOverrideEnabled@Redfish.AllowableValues"];
      if (boot.BootSourceOverrideTarget === null) return { ...found, is: "missing" };
      return Array.isArray(allowed) && !allowed.includes("Once")
        ? { ...found, is: "missing", answer: excerpt("AllowableValues", allowed) }
        : found;
    },
  },
  {
    id: "boot_network",
    part: "Boot from us (UefiHttp, Pxe or Cd)",
    level: "needed",
    without: "nothing can be launched on the node",
    look: (facts) => {
      const found = bootTarget(facts, ["UefiHttp", "Pxe", "Cd"]);
      return wayOf(facts) === "none" ? { ...found, is: "missing" } : found;
    },
  },
  {
    id: "boot_http",
    part: "Boot from an address (UefiHttp with HttpBootUri)",
    level: "wanted",
    without: "the node boots by PXE, for which its DHCP server has to name a boot program",
    look: (facts) => {
      if (networkBootOf(facts.boot) === "http") return bootTarget(facts, ["UefiHttp"]);
      const takesAddress = facts.boot.HttpBootUri !== undefined;
      const isByMedium = wayOf(facts) === "cd";
      return {
        ...bootTarget(facts, ["UefiHttp"]),
        is: "missing",
        ...(isByMedium && {
          without: "the node boots from a medium, which its controller fetches",
        }),
        ...(!takesAddress && { answer: "there is no HttpBootUri to put the address into" }),
      };
    },
  },
  {
    id: "boot_pxe",
    part: "Boot by PXE",
    level: "wanted",
    without: "a node that boots from no address boots from a CD, or not at all",
    look: (facts) => bootTarget(facts, ["Pxe"]),
  },
  {
    id: "boot_hdd",
    part: "Boot from disk (Hdd)",
    level: "wanted",
    without: "an override is taken away instead, and the host boots by its own order",
    look: (facts) => bootTarget(facts, ["Hdd"]),
  },
  {
    id: "boot_cd",
    part: "Boot from CD (Cd)",
    level: "wanted",
    without: withoutMedia,
    look: (facts) => bootTarget(facts, ["Cd"]),
  },
  {
    id: "virtual_media",
    part: "Virtual media",
    level: "wanted",
    without: withoutMedia,
    look: (facts) => {
      const ofHost = linked(facts, facts.hostPath, facts.hostBody, "VirtualMedia");
      const found =
        ofHost.is === "there" || facts.managerPath === null
          ? ofHost
          : linked(facts, facts.managerPath, facts.managerBody, "VirtualMedia");
      if (found.is !== "there" || facts.takesMedia) return found;
      return { ...found, is: "missing", answer: `${found.answer}, and none takes a CD` };
    },
  },
  {
    id: "processors",
    part: "Processors",
    level: "needed",
    without: "CPUs and GPUs cannot be compared with the node type",
    look: (facts) => linked(facts, facts.hostPath, facts.hostBody, "Processors"),
  },
  {
    id: "memory",
    part: "Memory",
    level: "wanted",
    without: "a missing or exchanged memory module goes unnoticed",
    look: (facts) => linked(facts, facts.hostPath, facts.hostBody, "Memory"),
  },
  {
    id: "storage",
    part: "Storage",
    level: "wanted",
    without:
      "drives are told without serial numbers or not at all, so an exchanged one goes unnoticed",
    look: (facts) => linked(facts, facts.hostPath, facts.hostBody, "Storage"),
  },
  {
    id: "ethernet_interfaces",
    part: "Ethernet interfaces",
    level: "wanted",
    without: "the address that the node boots from may not be known",
    look: (facts) => linked(facts, facts.hostPath, facts.hostBody, "EthernetInterfaces"),
  },
  {
    id: "chassis",
    part: "Chassis of the host",
    level: "wanted",
    without: "sensors, power supplies and network adapters are not found",
    look: ({ hostPath, hostBody, chassisPath }) => {
      const links = isRecord(hostBody.Links) ? hostBody.Links : {};
      const found = property(hostPath, links, "Chassis");
      return chassisPath === null ? { ...found, is: "missing" } : found;
    },
  },
  {
    id: "sensors",
    part: "Temperatures and fans",
    level: "wanted",
    without: "a node that overheats is noticed by its GPUs only",
    look: (facts) =>
      anyLinked(facts, facts.chassisPath, facts.chassisBody, [
        "Thermal",
        "ThermalSubsystem",
        "Sensors",
      ]),
  },
  {
    id: "power_supplies",
    part: "Power supplies",
    level: "wanted",
    without: "a failed power supply goes unnoticed",
    look: (facts) =>
      anyLinked(facts, facts.chassisPath, facts.chassisBody, ["Power", "PowerSubsystem"]),
  },
  {
    id: "manager",
    part: "Manager",
    level: "wanted",
    without: "the firmware and the clock of the controller are not known",
    look: ({ hostPath, hostBody, managerPath }) => {
      const links = isRecord(hostBody.Links) ? hostBody.Links : {};
      const found = property(hostPath, links, "ManagedBy");
      if (found.is === "there") return found;
      return managerPath === null
        ? found
        : { is: "there", path: "/redfish/v1/Managers", answer: managerPath };
    },
  },
  {
    id: "network_protocol",
    part: "Network protocols of the manager",
    level: "wanted",
    without: "whether IPMI over the network is on is not known",
    look: (facts) => linked(facts, facts.managerPath, facts.managerBody, "NetworkProtocol"),
  },
  {
    id: "log_services",
    part: "Event log",
    level: "wanted",
    without: "what the hardware noted of its own faults is not shown",
    look: (facts) => {
      const ofHost = linked(facts, facts.hostPath, facts.hostBody, "LogServices");
      return ofHost.is === "there"
        ? ofHost
        : linked(facts, facts.managerPath, facts.managerBody, "LogServices");
    },
  },
  {
    id: "firmware_inventory",
    part: "Firmware inventory",
    level: "wanted",
    without: "firmware versions cannot be held against a baseline",
    look: (facts) => {
      const path = pathOf(facts.rootBody.UpdateService);
      const service = path === null ? undefined : facts.reader.answered(path);
      if (service?.kind === "read" && isRecord(service.body)) {
        return linked(facts, path, service.body, "FirmwareInventory");
      }
      return linked(facts, "/redfish/v1", facts.rootBody, "UpdateService");
    },
  },
  {
    id: "secure_boot",
    part: "Secure Boot",
    level: "wanted",
    without: "whether Secure Boot is on is not known",
    look: (facts) => linked(facts, facts.hostPath, facts.hostBody, "SecureBoot"),
  },
  {
    id: "trusted_modules",
    part: "TPM (TrustedModules)",
    level: "wanted",
    without: "whether there is a TPM is not known",
    look: ({ hostPath, hostBody }) => property(hostPath, hostBody, "TrustedModules"),
  },
  {
    id: "bios",
    part: "BIOS settings",
    level: "wanted",
    without: "BIOS settings can neither be checked nor set back between tenants",
    look: (facts) => linked(facts, facts.hostPath, facts.hostBody, "Bios"),
  },
  {
    id: "account_service",
    part: "Accounts",
    level: "wanted",
    without: "the controller's password cannot be changed between tenants",
    look: (facts) => linked(facts, "/redfish/v1", facts.rootBody, "AccountService"),
  },
  {
    id: "task_service",
    part: "Tasks",
    level: "wanted",
    without: "what becomes of a long change shows only in its result",
    look: (facts) => linked(facts, "/redfish/v1", facts.rootBody, "Tasks"),
  },
  {
    id: "event_service",
    part: "Events",
    level: "wanted",
    without: "the controller has to be asked for what it could have told",
    look: (facts) => linked(facts, "/redfish/v1", facts.rootBody, "EventService"),
  },
  {
    id: "etag",
    part: "ETags",
    level: "wanted",
    without: "a change that somebody else makes at the same moment may be lost; ours is read back",
    look: ({ reader, hostPath }) => {
      const answered = reader.answered(hostPath);
      if (answered?.kind !== "read") return { is: "unknown", path: hostPath, answer: "not read" };
      const { etag, body, isMember } = answered;
      const told = etag ?? (isRecord(body) ? body["@odata.etag"] : null);
      if (typeof told === "string") return { is: "there", path: hostPath, answer: `ETag: ${told}` };
      // A member that came with its collection came without the headers of its own answer.
      return isMember
        ? { is: "unknown", path: hostPath, answer: "it came with its collection, without headers" }
        : { is: "missing", path: hostPath, answer: "the answer has no ETag" };
    },
  },
];

/**
 * Reads the few resources that only the rows need, as early as a limit on reads demands: the boot
 * settings where they lie apart, the resets that an ActionInfo lists, the virtual drives.
 */
export async function readForConformance(
  reader: Reader,
  host: { path: string; body: ComputerSystem },
  behaviour: Behaviour,
) {
  const holder = await readBootHolder(reader, host.path);
  const resets = await allowedResets(reader, host.body);
  const drives = await takesMedia(reader, host.body, behaviour, { busyIsUnread: true });
  return { holder, resets, takesMedia: drives };
}

/** Holds what a controller answered against what is needed of the standard. Asks for nothing. */
export function judgeConformance(input: {
  reader: Reader;
  rootBody: unknown;
  host: { path: string; body: ComputerSystem };
  managerPath: string | null;
  read: Awaited<ReturnType<typeof readForConformance>>;
}): ConformanceReport {
  const { reader, host, managerPath, read } = input;
  const bodyAt = (path: string | null): Record<string, unknown> => {
    const answered = path === null ? undefined : reader.answered(path);
    return answered?.kind === "read" && isRecord(answered.body) ? answered.body : {};
  };
  const holderBody = bodyAt(read.holder.path);
  const chassisPath = host.body.Links.Chassis[0] ?? null;
  const facts: Facts = {
    reader,
    rootBody: isRecord(input.rootBody) ? input.rootBody : {},
    hostPath: host.path,
    host: host.body,
    hostBody: bodyAt(host.path),
    managerPath,
    managerBody: bodyAt(managerPath),
    chassisPath,
    chassisBody: bodyAt(chassisPath),
    bootPath: read.holder.path,
    boot: read.holder.boot,
    bootBody: isRecord(holderBody.Boot) ? holderBody.Boot : {},
    resets: read.resets,
    takesMedia: read.takesMedia,
  };
  return { rows: requirements.map((requirement) => toRow(requirement, facts)) };
}

function toRow({ id, part, level, look, ...usual }: Requirement, facts: Facts): ConformanceRow {
  const { is, path, answer, without = usual.without } = look(facts);
  const missing = level === "wanted" ? "warn" : "fail";
  const verdict = is === "there" ? "pass" : is === "unknown" ? "unknown" : missing;
  const effect = is === "there" ? null : without;
  return { id, part, verdict, path, answer, effect, isVital: level === "vital" };
}

function property(path: string, body: Record<string, unknown>, key: string): Finding {
  const value = body[key];
  const isThere = value !== undefined && value !== null && value !== "";
  return {
    is: isThere ? "there" : "missing",
    path,
    answer: isThere ? excerpt(key, value) : `${key} is not told`,
  };
}

/** A part that is linked: there when it was read, or when nobody has asked for it yet. */
function linked(
  { reader }: Facts,
  path: string | null,
  body: Record<string, unknown>,
  key: string,
): Finding {
  const target = pathOf(body[key]);
  if (path === null) return { is: "missing", path: null, answer: "there is nothing to look at" };
  if (target === null) return { is: "missing", path, answer: `${key} is not linked` };
  const answered =
    reader.answered(target) ?? reader.answered(`${target.replace(/\/$/, "")}?$expand=.($levels=1)`);
  if (answered?.kind === "failed") {
    const isGone = answered.error.failure === "unsupported";
    return { is: isGone ? "missing" : "unknown", path: target, answer: answered.error.message };
  }
  if (answered && isRecord(answered.body) && Array.isArray(answered.body.Members)) {
    const { length } = answered.body.Members;
    return {
      is: length > 0 ? "there" : "missing",
      path: target,
      answer: `${length} ${length === 1 ? "member" : "members"}`,
    };
  }
  return { is: "there", path: target, answer: answered ? "it answers" : "linked, not asked for" };
}

function anyLinked(
  facts: Facts,
  path: string | null,
  body: Record<string, unknown>,
  keys: readonly string[],
): Finding {
  const findings = keys.map((key) => linked(facts, path, body, key));
  const best =
    findings.find(({ is }) => is === "there") ?? findings.find(({ is }) => is === "unknown");
  return best ?? { is: "missing", path, answer: `none of ${keys.join(", ")} is linked` };
}

function reset({ host, hostPath, resets }: Facts, wanted: readonly string[]): Finding {
  const { target } = host.Actions["#ComputerSystem.Reset"];
  if (target === null) {
    return { is: "missing", path: hostPath, answer: "there is no ComputerSystem.Reset" };
  }
  if (resets === null) {
    return { is: "unknown", path: hostPath, answer: "the values that it allows are not told" };
  }
  return {
    is: wanted.some((type) => resets.includes(type)) ? "there" : "missing",
    path: hostPath,
    answer: excerpt("ResetType", resets),
  };
}

/** How the driver has the host start what it is given. */
function wayOf({ boot, takesMedia }: Facts): NetworkBoot {
  const way = networkBootOf(boot);
  return way === "cd" && !takesMedia ? "none" : way;
}

function bootTarget({ boot, bootPath }: Facts, wanted: readonly string[]): Finding {
  const allowed = boot["BootSourceOverrideTarget@Redfish.AllowableValues"];
  if (allowed === null) {
    return {
      is: boot.BootSourceOverrideTarget === null ? "missing" : "unknown",
      path: bootPath,
      answer: "the targets that it allows are not told",
    };
  }
  return {
    is: wanted.some((target) => allowed.includes(target)) ? "there" : "missing",
    path: bootPath,
    answer: excerpt("BootSourceOverrideTarget", allowed),
  };
}

function excerpt(key: string, value: unknown): string {
  // Spaces, so that a line can be broken between values and not in one.
  return `${key}: ${JSON.stringify(value).replaceAll('","', '", "')}`.slice(0, 200);
}

function pathOf(value: unknown): string | null {
  const path = isRecord(value) ? value["@odata.id"] : null;
  return typeof path === "string" && path.startsWith("/") ? path : null;
}
