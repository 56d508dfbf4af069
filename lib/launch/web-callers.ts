import { ownEnvironment, readProxies } from "#lib/config/env";
import { ownSecretVariable, tellCallers } from "#lib/launch/callers";

// Preloaded into each process of the portal: Next itself believes whatever `x-forwarded-for` a caller
// sends, and no page of ours sees the connection.

const own = ownEnvironment()[ownSecretVariable];
if (!own) throw new Error(`${ownSecretVariable} is not set: cluster.ts starts the portal.`);
tellCallers(readProxies(), own);
