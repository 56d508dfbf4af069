import { dcgmExporters } from "#lib/drivers/dcgm/scrape";
import { httpNetwork } from "#lib/drivers/http-network/open-http-network";
import { ufmFabric } from "#lib/drivers/http-network/open-ufm-fabric";
import { providerCaller, urlAsker } from "#lib/drivers/http-provider/call-provider";
import { webhookCaller } from "#lib/drivers/http-provider/call-webhook";
import { ipmiDriver } from "#lib/drivers/ipmi/open-controller";
import { linuxBridge } from "#lib/drivers/linux-bridge/open-linux-bridge";
import { nodeExporters } from "#lib/drivers/node-exporter/scrape";
import { allowedDestination } from "#lib/drivers/redfish/allow-list";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import { certificateReader } from "#lib/drivers/redfish/read-certificate";
import { smtpSender } from "#lib/drivers/smtp/send-mail";
import type { WorkerDrivers } from "#lib/worker/run";

/** The drivers a worker works with: the one place where they are chosen. */
export function workerDrivers(settings: {
  controllerNetworks: readonly string[];
  nodeNetworks: readonly string[];
  providerNetworks: readonly string[];
  /** Without any, no webhook is reached. */
  webhookNetworks?: readonly string[];
  /** Without it, no mail is sent. */
  mail?: { url: string; from: string } | null;
  scrapeMs: number;
}): WorkerDrivers & { close: () => void } {
  const allowList = { allowedNetworks: settings.controllerNetworks };
  const mail = settings.mail && smtpSender(settings.mail);
  const asking = {
    networks: settings.nodeNetworks,
    // Whoever answers before the next question is due is heard; whoever is slower, every other time.
    deadlineMs: Math.min(10_000, settings.scrapeMs * 0.9),
    longDeadlineMs: Math.min(30_000, settings.scrapeMs * 1.9),
  };
  const exporters = dcgmExporters(asking);
  const hosts = nodeExporters(asking);
  return {
    openController: redfishDriver(allowList),
    openIpmiController: ipmiDriver({
      destination: (address) => allowedDestination(address, allowList),
    }),
    readCertificate: certificateReader(allowList),
    scrapeGpus: exporters.scrape,
    scrapeHost: hosts.scrape,
    openNetwork: (network, secret) =>
      network.kind === "linux_bridge"
        ? linuxBridge(network)
        : httpNetwork({
            settings: network,
            secret,
            allowedNetworks: settings.controllerNetworks,
          }),
    callProvider: providerCaller({ allowedNetworks: settings.providerNetworks }),
    askUrl: urlAsker({ allowedNetworks: settings.providerNetworks }),
    openFabric: (manager, password) =>
      ufmFabric({ settings: manager, password, allowedNetworks: settings.controllerNetworks }),
    callWebhook: webhookCaller({
      allowedNetworks: settings.webhookNetworks ?? [],
      guarded: [...settings.controllerNetworks, ...settings.nodeNetworks],
    }),
    sendMail: mail?.send ?? null,
    close: () => {
      exporters.close();
      hosts.close();
      mail?.close();
    },
  };
}
