import type { Boot } from "./boot-journal.ts";
import type { Hardware } from "./hardware.ts";
import { describeAnswer, NodeNetwork } from "./node-network.ts";
import { pause, type Timing } from "./timing.ts";

/** What the kernel's command line tells an installer. */
export type InstallOrders = { jobUrl: string; imageUrl: string; sha256: string };

/**
 * Downloads a disk image to the end and reports it as written to the first drive, by the checksum that
 * was told: what is downloaded is not kept. Rejects only when the signal fires. The machine turns itself
 * off afterwards, whatever came out.
 */
export async function install(input: {
  orders: InstallOrders;
  address: string;
  hardware: Hardware;
  timing: Timing;
  boot: Boot;
  signal: AbortSignal;
}): Promise<{ isWritten: boolean; outcome: string }> {
  const { orders, timing, signal } = input;
  const network = new NodeNetwork({
    address: input.address,
    boot: input.boot,
    userAgent: "ingot-install-simulated/1",
    signal,
  });
  const retry = { tries: timing.bootTries, retryMs: timing.retryMs };
  const startedAt = performance.now();
  const image = await network.sendWithRetries({ url: orders.imageUrl, keepBytes: 0 }, retry);
  const isRead = !(image instanceof Error) && image.status === 200 && image.bytes > 0;
  await pause(timing.installMs, signal);
  const [drive] = input.hardware.drives;
  const isWritten = isRead && drive !== undefined;
  const report = await network.sendWithRetries(
    {
      method: "POST",
      url: `${orders.jobUrl}/report`,
      body: JSON.stringify({
        tool: "ingot-install-simulated/1",
        result: isWritten ? "installed" : "failed",
        disk: drive ? "/dev/nvme0n1" : "",
        serial: drive?.serial ?? "",
        sizeBytes: drive?.sizeBytes ?? 0,
        sha256: isWritten ? orders.sha256 : "",
        durationMs: Math.round(performance.now() - startedAt),
        ...(isWritten ? {} : { message: isRead ? "no drive" : describeAnswer(image) }),
      }),
      headers: { "content-type": "application/json" },
    },
    retry,
  );
  const isTaken = !(report instanceof Error) && report.status >= 200 && report.status < 300;
  if (!isTaken)
    return { isWritten, outcome: `the report was not taken: ${describeAnswer(report)}` };
  return { isWritten, outcome: isWritten ? "installed" : "not installed" };
}
