import {
  type HttpNetworkLimits,
  malformed,
  pinnedClient,
} from "#lib/drivers/http-network/pinned-request";
import type { FabricDriver, PartitionMember, UfmSettings } from "#lib/ports/fabric";

// NVIDIA's Unified Fabric Manager by its REST API (UFM Enterprise REST API Guide 6.10 to 6.22, "PKey
// GUIDs"), signed in by HTTP Basic:
//
//   POST   /ufmRest/resources/pkeys/                       puts GUIDs into a partition, making it
//   DELETE /ufmRest/resources/pkeys/{pkey}/guids/{a,b,c}   takes GUIDs out; of no member: nothing
//   GET    /ufmRest/resources/pkeys/{pkey}?guids_data=true one partition; `{}` or 404 without one
//   GET    /ufmRest/resources/pkeys?guids_data=true        all of them, by P_Key
//
// P_Keys are `0x1` to `0x7ffe` there, without the membership bit.

const defaultLimits: HttpNetworkLimits = { deadlineMs: 30_000, maxAnswerBytes: 32 * 1024 * 1024 };

const base = "/ufmRest/resources/pkeys";

/** How many GUIDs go into one address: servers refuse long ones. */
const guidsAtOnce = 64;

/** Opens a driver that speaks to the fabric manager of one site; makes no request by itself. */
export function ufmFabric(input: {
  settings: UfmSettings;
  password: string;
  /** Networks that it may be in, CIDR. */
  allowedNetworks: readonly string[];
  limits?: HttpNetworkLimits;
}): FabricDriver {
  const { settings, password, allowedNetworks } = input;
  const limits = input.limits ?? defaultLimits;
  const client = pinnedClient({ settings, allowedNetworks, limits });
  const credentials = Buffer.from(`${settings.username}:${password}`).toString("base64");
  const headers = { authorization: `Basic ${credentials}` };

  return {
    async join(pkey, guids) {
      const body = JSON.stringify({
        pkey: keyText(pkey),
        guids,
        membership: "full",
        // The default partition, which the subnet manager needs, stays first in the port's table.
        index0: false,
        ip_over_ib: true,
      });
      await client.send({ method: "POST", path: `${base}/`, body, headers });
    },
    async leave(pkey, guids) {
      for (let at = 0; at < guids.length; at += guidsAtOnce) {
        const some = guids.slice(at, at + guidsAtOnce).join(",");
        const path = `${base}/${keyText(pkey)}/guids/${some}`;
        // A partition that is gone has no members.
        await client.send({ method: "DELETE", path, headers, accepted: [404] });
      }
    },
    async read(pkey) {
      const path = `${base}/${keyText(pkey)}?guids_data=true`;
      const answer = await client.send({ method: "GET", path, headers, accepted: [404] });
      return answer.status === 404 ? [] : membersOf(objectOf(answer.text));
    },
    async readAll() {
      const path = `${base}?guids_data=true`;
      const all = objectOf((await client.send({ method: "GET", path, headers })).text);
      return new Map(
        Object.entries(all).map(([key, partition]) => {
          if (!/^0x[0-9a-f]{1,4}$/i.test(key) || !isObject(partition)) {
            throw malformed(
              `its answer has ${JSON.stringify(key.slice(0, 20))}, which is no P_Key`,
            );
          }
          return [Number(key) & 0x7fff, membersOf(partition)];
        }),
      );
    },
    close: client.close,
  };
}

function keyText(pkey: number): string {
  return `0x${pkey.toString(16)}`;
}

function objectOf(text: string): Record<string, unknown> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw malformed("its answer is not JSON", cause);
  }
  if (!isObject(body)) throw malformed("its answer is no object");
  return body;
}

/** A partition without members is told without a list. */
function membersOf(partition: Record<string, unknown>): PartitionMember[] {
  const { guids } = partition;
  if (guids === undefined || guids === null) return [];
  if (!Array.isArray(guids)) throw malformed('"guids" of its answer is no list');
  return guids.map((member: unknown) => {
    const guid = isObject(member) ? guidOf(member.guid) : null;
    if (!isObject(member) || !guid) throw malformed("a member in its answer has no GUID");
    return { guid, isFull: member.membership === "full" };
  });
}

function guidOf(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const digits = value.toLowerCase().replace(/^0x/, "").replaceAll(":", "");
  return /^[0-9a-f]{1,16}$/.test(digits) ? digits.padStart(16, "0") : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
