// Who may import whom. A folder is listed with all it may reach of our own code; every other edge is
// an error. `e2e/import-rules.test.ts` breaks each rule once to see it object.

const tests = "\\.(test|test-support)\\.tsx?$";

/** What each folder may import of our own code. Everything it does not name is refused. */
const mayImport = {
  app: [
    "app",
    "components",
    "lib/server",
    "lib/views",
    "lib/commands",
    "lib/schemas",
    "lib/client",
    "lib/domain",
    "lib/api",
    "lib/access/policy",
    "lib/access/own-origin",
    "lib/config/env",
  ],
  proxy: ["lib/config/env", "lib/config/own-cookie", "lib/access/link-from-elsewhere"],
  components: ["components", "lib/client", "lib/schemas", "lib/domain"],
  "lib/domain": ["lib/domain"],
  "lib/schemas": ["lib/schemas", "lib/domain"],
  "lib/client": ["lib/client", "lib/schemas", "lib/domain"],
  "lib/config": ["lib/config", "lib/domain"],
  "lib/access": ["lib/access", "lib/domain", "lib/config/trace", "db"],
  "lib/commands": ["lib/commands", "lib/access", "lib/domain", "lib/schemas", "db"],
  "lib/views": ["lib/views", "lib/access", "lib/ports", "lib/domain", "lib/schemas", "db"],
  "lib/api": [
    "lib/api",
    "lib/commands",
    "lib/views",
    "lib/access",
    "lib/schemas",
    "lib/domain",
    "lib/config/trace",
    "db",
  ],
  "lib/ports": ["lib/ports", "lib/domain"],
  "lib/server": [
    "lib/server",
    "lib/access",
    "lib/commands/sign-in",
    "lib/commands/open-session",
    "lib/commands/prove-at-provider",
    "lib/commands/sign-in-with-provider",
    "lib/schemas",
    "lib/domain",
    "lib/config",
    "lib/ports",
    "lib/drivers",
    "db",
  ],
  "lib/metrics": ["lib/metrics", "lib/config"],
  "lib/launch": [
    "lib/launch",
    "lib/metrics",
    "lib/config",
    "lib/access/(sealed|sealed-columns|key-ring|audit-seal)",
    "lib/commands/(first-run-link|rescue-account|rotate-key)",
    "lib/views/audit-chain",
    "lib/schemas/audit-chain",
    "db",
  ],
  "lib/boot": ["lib/(?!server|client|launch|agent)[^/]+", "db"],
  "lib/agent": ["lib/agent", "lib/domain"],
  "lib/worker": ["lib/(?!server|client|launch|agent)[^/]+", "db"],
  db: ["db", "lib/domain", "lib/config"],
};

const ours = "^(app|components|lib|db|e2e)/|^proxy\\.ts$";

const layers = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder.replaceAll("/", "-")}-imports-what-it-may`,
  comment: `${folder} imports ${allowed.join(", ")} and nothing else of ours.`,
  severity: "error",
  from: { path: folder === "proxy" ? "^proxy\\.ts$" : `^${folder}/`, pathNot: tests },
  to: { path: ours, pathNot: allowed.map((place) => `^${place}(/|\\.)`) },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...layers,
    {
      name: "driver-knows-ports-alone",
      comment:
        "A driver imports lib/ports, lib/domain and its own folder: never a sibling, never the database. Those that ask exporters share how that is done.",
      severity: "error",
      from: { path: "^lib/drivers/([^/]+)/", pathNot: tests },
      to: {
        path: ours,
        pathNot: ["^lib/(ports|domain)/", "^lib/drivers/$1/", "^lib/drivers/exporter/"],
      },
    },
    {
      name: "domain-is-pure",
      comment: "lib/domain imports no package and no module of Node: same input, same answer.",
      severity: "error",
      from: { path: "^lib/domain/", pathNot: tests },
      to: { dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer", "core"] },
    },
    {
      name: "only-the-worker-builds-drivers",
      comment:
        "A driver is chosen in one place; the rest knows ports. The portal has one such place: where its charts are read from.",
      severity: "error",
      from: {
        path: "^(app|components|lib|db)/",
        pathNot: ["^lib/(worker|drivers)/", "^lib/server/history-elsewhere\\.ts$", tests],
      },
      to: { path: "^lib/drivers/" },
    },
    {
      name: "product-never-knows-its-tests",
      comment:
        "Nothing of the product imports e2e: the simulated rack is reached by network alone.",
      severity: "error",
      from: { path: "^(app|components|lib|db)/|^proxy\\.ts$", pathNot: tests },
      to: { path: "^e2e/" },
    },
    {
      name: "simulator-is-another-program",
      comment:
        "e2e/simulator imports nothing of the portal; only its tests may hold it against a driver.",
      severity: "error",
      from: { path: "^e2e/simulator/", pathNot: tests },
      to: { path: ours, pathNot: "^e2e/simulator/" },
    },
    {
      name: "frameworks-at-the-edge",
      comment: "next, react and next-auth live in app, components, lib/server and lib/client.",
      severity: "error",
      from: { path: "^(lib|db|e2e)/", pathNot: ["^lib/(server|client)/", tests] },
      to: { path: "^node_modules/(next|react|react-dom|next-auth)/" },
    },
    {
      name: "one-file-knows-next-auth",
      comment: "Signing in can be exchanged by changing one file.",
      severity: "error",
      from: { path: ours, pathNot: ["^lib/server/auth\\.ts$", "^lib/client/sign-in\\.ts$", tests] },
      to: { path: "^node_modules/next-auth/" },
    },
    {
      name: "one-folder-draws-charts",
      comment:
        "recharts is loaded lazily and can be exchanged: components/charts alone imports it.",
      severity: "error",
      from: { path: ours, pathNot: ["^components/charts/", tests] },
      to: { path: "^node_modules/recharts/" },
    },
    {
      name: "no-cycles",
      comment:
        "Two modules that need each other are one module, or three. Type-only imports count.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "imports-resolve",
      comment: "What is imported is there, under the name it is imported by.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^(server-only|bun:)" },
    },
    {
      name: "product-needs-no-dev-packages",
      comment: "npm ci --omit=dev must leave a portal that runs.",
      severity: "error",
      from: { path: "^(app|components|lib|db)/|^proxy\\.ts$", pathNot: tests },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript interface; without another parser 0 modules would be read.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(\\.next|data)/|\\.d\\.ts$" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".cjs", ".json"],
    },
  },
};
