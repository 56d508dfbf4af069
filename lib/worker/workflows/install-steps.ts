import { prolongBootWindow } from "#db/queries/boot-windows";
import { stepAgeMs } from "#db/queries/operations";
import { judgeInstallReport } from "#lib/domain/boot/install-report";
import type { NodeContext } from "#lib/worker/context";
import type { Step } from "#lib/worker/workflow";
import { look, requireWindow } from "#lib/worker/workflows/boot-steps";
import { isToOrder } from "#lib/worker/workflows/power-steps";

/** How long the installer gets to turn the node off by itself once it has reported. */
const ownEndMs = 60_000;

const inMemory = { kind: "done", detail: "Nothing to install: the image runs in memory" } as const;

/** Waits for the installer's report. Whatever is wrong with it, nothing is booted. */
export const install: Step<NodeContext> = {
  name: "install",
  run: async (context) => {
    const window = await requireWindow(context);
    if (window.purpose !== "install") return inMemory;
    if (!window.installReport) {
      if (window.progress) return { ...look(context, window.progress), isLogged: true };
      return look(
        context,
        window.kernelFetchedAt
          ? "the installer was fetched and has not reported yet"
          : "the boot script was fetched; the installer was not yet",
      );
    }
    const verdict = judgeInstallReport(window.installReport, window.diskSha256 ?? "");
    if (!verdict.accepted) return { kind: "give_up", reason: verdict.words };
    return { kind: "done", detail: verdict.words, output: { report: window.installReport } };
  },
};

const beingCut = "the power is being cut";
const turningOn = "the node is turning on";

/** The node is off before it boots from disk: what is on then cannot be the installer any more. */
export const installerOff: Step<NodeContext> = {
  name: "installer_off",
  run: async (context) => {
    if ((await requireWindow(context)).purpose !== "install") return inMemory;
    const retryAfterMs = context.settings.pollMs;
    const state = await context.observePower("installer_off");
    if (state === "off") return { kind: "done", detail: "The node is off" };
    if (state === "on" && (await stepAgeMs(context.db, context.operation.id)) > ownEndMs) {
      if (isToOrder(context, beingCut)) {
        await context.hold.confirm();
        await (await context.controller("installer_off")).power("force_off");
      }
      return { kind: "wait", reason: beingCut, retryAfterMs };
    }
    return { kind: "wait", reason: "the installer turns the node off", retryAfterMs };
  },
};

/** Tells the controller that the disk is next and turns the node on. Undone with the power. */
export const bootDisk: Step<NodeContext> = {
  name: "boot_disk",
  run: async (context) => {
    const window = await requireWindow(context);
    if (window.purpose !== "install") return inMemory;
    const { pollMs: retryAfterMs, bootLimitMs } = context.settings;
    const state = await context.observePower("boot_disk");
    if (state === "on") return { kind: "done", detail: "The node is on, from its disk" };
    if (state === "off" && isToOrder(context, turningOn)) {
      const controller = await context.controller("boot_disk");
      await context.hold.confirm();
      // A hook after the installation may have taken longer than the window was opened for.
      await prolongBootWindow(context.db, window.id, bootLimitMs * 3);
      await controller.bootNext({ kind: "disk" });
      await context.hold.confirm();
      await controller.power("on");
    }
    return { kind: "wait", reason: turningOn, retryAfterMs };
  },
};
