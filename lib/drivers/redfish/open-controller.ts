import { endSessions, findOwnAccount, setPassword } from "#lib/drivers/redfish/accounts";
import type { AllowList } from "#lib/drivers/redfish/allow-list";
import { clearTpm, readBios, resetBios } from "#lib/drivers/redfish/bios";
import { networkBootOf, readBootHolder, setBootNext } from "#lib/drivers/redfish/boot";
import { readGlance } from "#lib/drivers/redfish/glance";
import { findSystems } from "#lib/drivers/redfish/host-system";
import { readInventory } from "#lib/drivers/redfish/inventory";
import { defaultLimits, type Limits } from "#lib/drivers/redfish/limits";
import { orderPower, powerStateOf } from "#lib/drivers/redfish/power";
import { createReader } from "#lib/drivers/redfish/reader";
import { computerSystem, manager } from "#lib/drivers/redfish/resource-schemas";
import { createWatch } from "#lib/drivers/redfish/sensors";
import { createSession } from "#lib/drivers/redfish/session";
import { createTransport } from "#lib/drivers/redfish/transport";
import { ejectMedia, insertMedia, takesMedia } from "#lib/drivers/redfish/virtual-media";
import type { OpenController } from "#lib/ports/controller";

export type RedfishOptions = AllowList & { limits?: Partial<Limits> };

/**
 * The driver for controllers that speak Redfish (DMTF DSP0266) over HTTPS. What it opens may be
 * kept for a node's lifetime and used by several callers at once: they share one session and the
 * limit on requests in flight. Nothing is sent before the first call.
 */
export function redfishDriver(options: RedfishOptions): OpenController {
  const limits: Limits = { ...defaultLimits, ...options.limits };

  return ({ endpoint, credential, record, signal }) => {
    const transport = createTransport({ endpoint, allowList: options, limits, record, signal });
    const session = createSession(transport, credential);
    const { username } = credential;
    let hostPath: Promise<string> | null = null;

    /** Where the host is does not change; how it is does, so only the path is kept. */
    function host(): Promise<string> {
      hostPath ??= findHost().catch((error: unknown) => {
        hostPath = null;
        throw error;
      });
      return hostPath;
    }

    async function findHost(): Promise<string> {
      const { root, behaviour } = await session.root();
      return (await findSystems(createReader(session, limits), root, behaviour)).host.path;
    }

    async function readHost() {
      const path = await host();
      return (await createReader(session, limits).read(path, computerSystem)).body;
    }

    async function media() {
      const newReader = () => createReader(session, limits);
      return { session, limits, host: await readHost(), newReader };
    }

    const watch = createWatch({
      newReader: () =>
        createReader(session, limits, {
          maxReads: limits.maxLookReads,
          deadlineMs: limits.lookDeadlineMs,
        }),
      root: async () => (await session.root()).root,
      hostPath: host,
    });

    return {
      async identity() {
        const { root } = await session.root();
        const [managedBy] = (await readHost()).Links.ManagedBy;
        const reader = createReader(session, limits);
        const managing =
          managedBy === undefined
            ? (await reader.members(root.Managers, manager)).found[0]?.body
            : await reader.find(managedBy, manager);
        return {
          vendor: root.Vendor,
          product: root.Product ?? managing?.Model ?? null,
          redfishVersion: root.RedfishVersion,
          firmwareVersion: managing?.FirmwareVersion ?? null,
          uuid: root.UUID,
        };
      },

      async glance() {
        const { root, behaviour } = await session.root();
        const reader = createReader(session, limits);
        return readGlance(reader, await findSystems(reader, root, behaviour));
      },

      async inventory() {
        const { root, behaviour, body } = await session.root();
        const reader = createReader(session, limits, {
          maxReads: limits.maxInventoryReads,
          deadlineMs: limits.inventoryDeadlineMs,
        });
        return readInventory(reader, root, behaviour, body, username);
      },

      sensors: watch.sensors,
      logs: watch.logs,

      async powerState() {
        return powerStateOf(await readHost());
      },

      async power(order) {
        const reader = createReader(session, limits);
        await orderPower({ session, limits, reader, order, current: readHost });
      },

      async networkBoot() {
        const reader = createReader(session, limits);
        const path = await host();
        const way = networkBootOf((await readBootHolder(reader, path)).boot);
        if (way !== "cd") return way;
        const { behaviour } = await session.root();
        const { body } = await reader.read(path, computerSystem);
        return (await takesMedia(reader, body, behaviour)) ? way : "none";
      },

      async bootNext(target) {
        const newReader = () => createReader(session, limits);
        if (target.kind === "cd") await insertMedia(await media(), target.url);
        await setBootNext({ session, limits, target, systemPath: await host(), newReader });
      },

      ejectMedia: async () => ejectMedia(await media()),

      signIn: () => session.check(),

      async passwordRules() {
        const { root } = await session.root();
        return (await findOwnAccount(createReader(session, limits), root, username)).rules;
      },

      async changePassword(password) {
        const { root } = await session.root();
        const newReader = () => createReader(session, limits);
        const account = await findOwnAccount(newReader(), root, username);
        transport.hide(password);
        await setPassword({ session, limits, account, password, newReader });
      },

      async endOtherSessions() {
        const keep = await session.path();
        // Without a session of one's own there is none to tell apart from those of other jobs.
        if (keep === null) return 0;
        const { root } = await session.root();
        const reader = createReader(session, limits);
        return endSessions({ session, reader, root, username, keep });
      },

      async bios() {
        const reader = createReader(session, limits);
        return readBios({ session, reader, host: await readHost() });
      },

      async resetBios() {
        const reader = createReader(session, limits);
        await resetBios({ session, limits, reader, host: await readHost() });
      },

      async clearTpm() {
        const newReader = () => createReader(session, limits);
        await clearTpm({ session, limits, newReader, host: await readHost() });
      },

      close: () => session.close(),
    };
  };
}
