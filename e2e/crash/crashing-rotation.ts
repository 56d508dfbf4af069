import { connect } from "#db/client";
import { rotateKeys } from "#lib/launch/key-rotation";

// A rotation of keys that kills itself with SIGKILL at the moment it is told, such as "batch sealed 2":
// the second of these. Told none that comes, it ends.

const [directory = "", url = "", fatal = ""] = process.argv.slice(2);
const { db, pool } = connect({ url, role: "ingot_keeper", max: 1 });
const counts = new Map<string, number>();
await rotateKeys({
  directory,
  given: {},
  db,
  onMoment: (moment) => {
    const count = (counts.get(moment) ?? 0) + 1;
    counts.set(moment, count);
    if (`${moment} ${count}` !== fatal) return;
    process.kill(process.pid, "SIGKILL");
    // SIGKILL to oneself is asynchronous: nothing may happen before it arrives.
    for (;;);
  },
});
await pool.end();
