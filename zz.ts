import { benchParse, benchStore } from "#e2e/bench/telemetry";
console.table(benchParse("x"));
console.table(await benchStore({command:"x", databaseUrl:"postgres://ingot_owner@127.0.0.1:5610/tele_tpl", nodes: 5}));
