import { mkdirSync } from "node:fs";
import path from "node:path";
import { connect } from "#db/client";
import { startRackProcess } from "#e2e/rack-process";
import { demoRack, seedWorld } from "#e2e/seed";
import { enrolled } from "#e2e/world/fleet";
import { keptSecrets } from "#lib/launch/secrets";
import { startIngot } from "#lib/launch/start";

const directory = path.resolve("/tmp/seedtry");
mkdirSync(directory, { recursive: true });
const settings = {
  INGOT_DATA_DIRECTORY: directory,
  INGOT_PORT: "34100",
  INGOT_BOOT_PORT: "34101",
  INGOT_CONTROLLER_NETWORKS: "127.0.0.0/8",
  INGOT_NODE_NETWORKS: "127.0.0.0/8",
  INGOT_POLL_MILLISECONDS: "250",
};
let t = performance.now();
const lap = (w: string) => {
  console.log(w, Math.round(performance.now() - t));
  t = performance.now();
};
const rack = await startRackProcess({
  options: { ...demoRack, network: 101, pxeOrigin: "http://127.0.0.1:34101", speed: 0.25 },
  directory,
});
lap("rack");
const ingot = await startIngot({
  settings,
  services: ["worker", "boot"],
  onLine: (s, l) => {
    if (!l.includes('"level":30')) console.log(s, l.slice(0, 300));
  },
});
lap("ingot");
const { db, pool } = connect({ url: ingot.databaseUrl, role: "ingot_app" });
await seedWorld({
  db,
  nodes: rack.nodes,
  imageDirectory: ingot.settings.imageDirectory,
  password: "copper-river-lantern",
  sealingKey:
    keptSecrets(path.join(directory, "secrets"), settings).INGOT_CREDENTIAL_PUBLIC_KEY ?? "",
  began: lap,
});
lap("seed end");
const done = await enrolled(db, (a, b) => {});
lap("enrolled");
for (const d of done) console.log(d.name, d.lifecycle, d.reason ?? "");
await pool.end();
await ingot.stop();
await rack.stop();
process.exit(0);
