import { createServer } from "node:net";

/** The wanted port of 127.0.0.1 when nobody listens there, else any that is free. */
export async function freePort(wanted = 0): Promise<number> {
  const port = (await tryPort("127.0.0.1", wanted)) ?? (await tryPort("127.0.0.1", 0));
  if (port === null) throw new Error("This machine has no free port on 127.0.0.1.");
  return port;
}

/** Whether nobody listens there. */
export async function isFree(host: string, port: number): Promise<boolean> {
  return (await tryPort(host, port)) !== null;
}

/** The first network from this one on that no simulated rack of this machine has. */
export async function freeNetwork(from: number): Promise<number> {
  for (let network = from; network < 128; network++) {
    if (await isFree(`127.${network}.1.1`, 8_443)) return network;
  }
  throw new Error("This machine has no free network for a simulated rack.");
}

function tryPort(host: string, wanted: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(wanted, host, () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === "object" ? address.port : null));
    });
  });
}
