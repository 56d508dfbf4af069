// A provider of storage: a directory of its own for each environment, on a file server, for as long as
// the environment is there. Run it on the file server, which exports VOLUMES to the nodes:
//
//   VOLUMES=/export/volumes SERVER=nfs-1.example.com CAPACITY_GIB=20000 \
//   TLS_KEY=key.pem TLS_CERT=cert.pem SECRET_FILE=secret node volume-provider.mjs
//
// A hook after the nodes are taken makes the volume; give the template an input `size_gib` to have it
// asked. Its output `mount` is what a script on the nodes mounts. A hook after the release removes the
// volume with all that is on it.

import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { done, failed, serveProvider, transient } from "./ingot-provider.mjs";

const { VOLUMES, SERVER = "127.0.0.1", CAPACITY_GIB = "1000" } = process.env;
if (!VOLUMES) {
  console.error("Set VOLUMES to the directory in which volumes are made.");
  process.exit(2);
}
const capacityGib = Number(CAPACITY_GIB);

/** @param {string} id */
const placeOf = (id) => path.join(VOLUMES, path.basename(id));

/** @param {Record<string, number>} volumes */
const taken = (volumes) => Object.values(volumes).reduce((sum, gib) => sum + gib, 0);

await serveProvider({
  async deploy({ environment, inputs }, { records }) {
    const sizeGib = Number(inputs.size_gib ?? 100);
    if (!(sizeGib >= 1 && sizeGib <= capacityGib)) {
      return failed(`A volume has 1 to ${capacityGib} GiB; ${inputs.size_gib} was asked for.`);
    }
    const { version, value } = await records.read("pool");
    const volumes = value ?? {};
    const size = volumes[environment.id] ?? sizeGib;
    if (volumes[environment.id] === undefined) {
      const free = capacityGib - taken(volumes);
      if (sizeGib > free)
        return transient(`There is no room for ${sizeGib} GiB: ${free} are free.`);
      // Of two that want the last room one is told that it is stale, and looks again.
      await records.write("pool", version, { ...volumes, [environment.id]: sizeGib });
    }
    // There already when we died after this and before we answered.
    await mkdir(placeOf(environment.id), { recursive: true });
    const outputs = { mount: `${SERVER}:${placeOf(environment.id)}`, size_gib: size };
    return done(outputs, { log: `${environment.name} has ${size} GiB at ${outputs.mount}.` });
  },

  async destroy({ environment }, { records }) {
    const place = placeOf(environment.id);
    // Away first, so that half a volume is never mistaken for one.
    const away = path.join(VOLUMES, `.removed-${path.basename(place)}`);
    await rename(place, away).catch((error) => {
      if (error.code !== "ENOENT") throw error;
    });
    await rm(away, { recursive: true, force: true });
    const { version, value } = await records.read("pool");
    if (value?.[environment.id] === undefined) return done({}, { log: "There is no volume." });
    const { [environment.id]: size, ...others } = value;
    await records.write("pool", version, others);
    return done({}, { log: `${size} GiB are free again.` });
  },

  // What it would answer: whether the size can be had, and a path that is only an example.
  async dryRun({ event, environment, inputs }, { records }) {
    if (event === "destroy") return done({}, { log: "A dry run: nothing is removed." });
    const sizeGib = Number(inputs.size_gib ?? 100);
    if (!(sizeGib >= 1 && sizeGib <= capacityGib)) {
      return failed(`A volume has 1 to ${capacityGib} GiB; ${inputs.size_gib} was asked for.`);
    }
    const free = capacityGib - taken((await records.read("pool")).value ?? {});
    if (sizeGib > free) return transient(`There is no room for ${sizeGib} GiB: ${free} are free.`);
    const outputs = { mount: `${SERVER}:${placeOf(environment.id)}`, size_gib: sizeGib };
    return done(outputs, { log: `A dry run: ${sizeGib} of ${free} GiB would be taken.` });
  },

  async check({ records }) {
    const { value } = await records.read("pool");
    return done({ free_gib: capacityGib - taken(value ?? {}) });
  },
});
