import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  type LinuxBridgeSettings,
  type NetworkDriver,
  NetworkError,
  type PortState,
} from "#lib/ports/network";

/** Runs a program without a shell and gives what it printed; throws when it failed. */
export type Run = (program: string, args: readonly string[]) => Promise<string>;

const deadlineMs = 10_000;
const maxOutputBytes = 1 << 20;

/** Programs of this machine. */
export const runHere: Run = async (program, args) => {
  const { stdout } = await promisify(execFile)(program, [...args], {
    timeout: deadlineMs,
    maxBuffer: maxOutputBytes,
    // iproute2 lies where people's own PATH often does not lead.
    env: { NODE_ENV: "production", PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
  });
  return stdout;
};

/** What Linux takes as the name of a device (dev_valid_name), less what looks like an option. */
const deviceName = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$/;

/**
 * Ports of a Linux bridge with VLAN filtering, on the machine that the worker runs on, set with
 * iproute2. A port that carries no VLAN passes no frame. A bridge without the filter is refused:
 * every port of it reaches every other, whatever its VLANs say.
 */
export function linuxBridge(settings: LinuxBridgeSettings, run: Run = runHere): NetworkDriver {
  const { bridge, namespace } = settings;

  async function call(program: "ip" | "bridge", ...args: string[]): Promise<string> {
    const inside = namespace ? ["-n", namespace] : [];
    try {
      return await run(program, [...inside, ...args]);
    } catch (cause) {
      throw failureOf(`${program} ${args.join(" ")}`, cause);
    }
  }

  /** Makes sure that the port is one of the bridge, and that the bridge keeps VLANs apart. */
  async function check(port: string): Promise<void> {
    for (const [what, name] of [
      ["port", port],
      ["bridge", bridge],
    ] as const) {
      if (!deviceName.test(name)) {
        throw misconfigured(`${JSON.stringify(name)} cannot be the name of a ${what}`);
      }
    }
    const [link] = listOf(await call("ip", "-j", "link", "show", "dev", port));
    if (link?.master !== bridge) throw misconfigured(`${port} is not a port of ${bridge}`);
    const [device] = listOf(await call("ip", "-j", "-d", "link", "show", "dev", bridge));
    const info = objectOf(objectOf(device?.linkinfo).info_data);
    if (info.vlan_filtering !== 1) {
      throw misconfigured(`${bridge} does not filter VLANs, so its ports are not apart`);
    }
  }

  async function read(port: string): Promise<PortState> {
    await check(port);
    const [entry] = listOf(await call("bridge", "-j", "vlan", "show", "dev", port));
    const vlans = new Set<number>();
    let untagged: number | null = null;
    for (const each of Array.isArray(entry?.vlans) ? entry.vlans.map(objectOf) : []) {
      const first = Number(each.vlan);
      const last = Number(each.vlanEnd ?? each.vlan);
      if (!(1 <= first && first <= last && last <= 4094)) {
        throw new NetworkError("malformed", `bridge told a VLAN ${each.vlan} of ${port}`, {
          retryable: false,
        });
      }
      for (let id = first; id <= last; id++) vlans.add(id);
      const flags = Array.isArray(each.flags) ? each.flags : [];
      if (flags.includes("PVID") && flags.includes("Egress Untagged")) untagged = first;
    }
    return { vlans: [...vlans], untagged };
  }

  async function keepOnly(port: string, wanted: number | null): Promise<void> {
    const { vlans } = await read(port);
    for (const id of vlans) {
      if (id !== wanted) await call("bridge", "vlan", "del", "dev", port, "vid", String(id));
    }
  }

  return {
    attach: async (port, vlan) => {
      await keepOnly(port, vlan);
      await call(
        ...(["bridge", "vlan", "add", "dev", port, "vid", String(vlan)] as const),
        ...["pvid", "untagged"],
      );
    },
    detach: (port) => keepOnly(port, null),
    read,
    close: () => {},
  };
}

/** Output of `-j`: a list of objects, sometimes with empty ones for devices that do not count. */
function listOf(text: string): Record<string, unknown>[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.trim() || "[]");
  } catch (cause) {
    throw new NetworkError("malformed", "iproute2 printed something else than JSON", {
      retryable: false,
      cause,
    });
  }
  return (Array.isArray(parsed) ? parsed : []).map(objectOf).filter((each) => hasAny(each));
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function hasAny(value: Record<string, unknown>): boolean {
  return Object.keys(value).length > 0;
}

function failureOf(what: string, cause: unknown): NetworkError {
  const { code, killed, stderr, message } = cause as {
    code?: unknown;
    killed?: boolean;
    stderr?: string;
    message: string;
  };
  if (killed) {
    return new NetworkError("timeout", `${what} took longer than ${deadlineMs} ms`, {
      retryable: true,
      cause,
    });
  }
  if (code === "ENOENT") return misconfigured("iproute2 is not installed");
  const said = (stderr?.trim() || message).split("\n")[0]?.slice(0, 300) ?? "";
  return new NetworkError("rejected", `${what}: ${said}`, { retryable: true, cause });
}

function misconfigured(message: string): NetworkError {
  return new NetworkError("misconfigured", message, { retryable: false });
}
