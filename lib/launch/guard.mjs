// Preloaded into every process a launcher starts: when the launcher is gone without a goodbye
// (SIGKILL, out of memory), its end of the channel closes, and this one ends too.

import "./quick-load.mjs";

if (process.channel) {
  process.on("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    // Unreferenced: it counts only for a process that would go on in spite of the signal.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 10_000).unref();
  });
  // Listening must not keep alive a process that has nothing else to do.
  process.channel.unref();
}
