import type { BootNews } from "#lib/boot/store";
import type { CloudInitEvent, SanitizeProgress } from "#lib/schemas/boot";

/** An event of cloud-init in words; only what has ended, or gone wrong, is worth keeping. */
export function describeEvent(event: CloudInitEvent): BootNews {
  const what = event.description ? `${event.name}: ${event.description}` : event.name;
  if (event.event_type === "start") return { words: what, level: "info", keep: false };
  switch (event.result) {
    case "FAIL":
      return { words: `${what} (failed)`, level: "error", keep: true };
    case "WARN":
      return { words: `${what} (with warnings)`, level: "warning", keep: true };
    default:
      return { words: what, level: "info", keep: true };
  }
}

/** Progress of a wipe job in words: `disk sda: overwriting (40 %)`. */
export function describeProgress(progress: SanitizeProgress): BootNews {
  const { stage, message, percent } = progress;
  const words = message ? `${stage}: ${message}` : stage;
  return {
    words: percent === undefined ? words : `${words} (${Math.round(percent)} %)`,
    level: "info",
    keep: true,
  };
}
