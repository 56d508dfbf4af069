import { BootRequestTable } from "#components/sites/boot-request-table";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import type { BootRequest } from "#lib/schemas/boot-request";

/** Machines that asked a site's boot server by a MAC address that nobody awaited. */
export function BootRequestsPanel({ requests }: { requests: readonly BootRequest[] }) {
  return (
    <Panel
      title="Asked and given nothing"
      description="Machines that came as far as iPXE and asked the boot server, which awaited none with their MAC address. One without a lease does not come that far."
      padded={false}
    >
      {requests.length > 0 ? (
        <BootRequestTable requests={requests} />
      ) : (
        <EmptyState title="Nobody asked in vain">
          A machine that boots by PXE and is not awaited will be here, with its MAC address.
        </EmptyState>
      )}
    </Panel>
  );
}
