import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { freePort } from "#e2e/free-port";

/** A metrics engine of Debian's that runs. */
export type Engine = {
  url: string;
  pid: number;
  /** Where it keeps what it has gathered. */
  data: string;
  stop: () => Promise<void>;
};

/** Where the exporters are told, the token for that, and how often they are asked. */
export type Discovery = { worker: string; token: string; scrapeSeconds: number };

/** As `lib/metrics/prometheus/prometheus.yml` has it. */
function configuration({ worker, token, scrapeSeconds }: Discovery): string {
  return `global: {scrape_interval: ${scrapeSeconds}s, scrape_timeout: 10s}
scrape_configs:
  - job_name: dcgm
    honor_labels: false
    honor_timestamps: false
    sample_limit: 20000
    http_sd_configs:
      - url: ${worker}/sd/dcgm
        refresh_interval: 30s
        authorization: {type: Bearer, credentials: "${token}"}
`;
}

/** Starts Debian's Prometheus in a directory; without a discovery it asks nobody. */
export async function startPrometheus(directory: string, discovery?: Discovery): Promise<Engine> {
  const port = await freePort();
  await mkdir(directory, { recursive: true });
  const config = path.join(directory, "prometheus.yml");
  await writeFile(config, discovery ? configuration(discovery) : "scrape_configs: []\n");
  const data = path.join(directory, "data");
  return started(port, data, "/-/ready", "prometheus", [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
}

/** Starts Debian's VictoriaMetrics in a directory, with the same configuration. */
export async function startVictoriaMetrics(
  directory: string,
  discovery: Discovery,
): Promise<Engine> {
  const port = await freePort();
  await mkdir(directory, { recursive: true });
  const config = path.join(directory, "prometheus.yml");
  await writeFile(config, configuration(discovery));
  const data = path.join(directory, "data");
  return started(port, data, "/health", "victoria-metrics", [
    `-promscrape.config=${config}`,
    // Its own discovery knows no interval for this.
    "-promscrape.config.strictParse=false",
    `-storageDataPath=${data}`,
    `-httpListenAddr=127.0.0.1:${port}`,
  ]);
}

async function started(
  port: number,
  data: string,
  health: string,
  program: string,
  args: string[],
): Promise<Engine> {
  const child = spawn(program, args, { stdio: "ignore" });
  await once(child, "spawn");
  const url = `http://127.0.0.1:${port}`;
  await untilAnswered(`${url}${health}`, () => child.exitCode === null);
  return {
    url,
    pid: child.pid ?? 0,
    data,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** Waits until a server answers a request, also by asking for a token; a minute at most. */
export async function untilAnswered(address: string, goesOn = () => true): Promise<void> {
  for (const limit = performance.now() + 60_000; performance.now() < limit && goesOn(); ) {
    const answer = await fetch(address).catch(() => null);
    if (answer && answer.status < 500) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nothing answers at ${address}`);
}
