import type { Metadata } from "next";
import { notFound } from "next/navigation";
import {
  acknowledgeHealthAction,
  addHealthSilenceAction,
  clearHealthAction,
  silenceHealthAction,
} from "#app/fleet/health/actions";
import {
  acceptVariantAction,
  changeCredentialAction,
  confirmCertificatesAction,
  flagNodeAction,
  orderNodeAction,
  retryRotationAction,
  setAsideNodeAction,
  setNodePortAction,
  takeBackHoldAction,
  withdrawVariantAction,
} from "#app/fleet/nodes/actions";
import { AlertTable } from "#components/health/alert-table";
import { SilenceDialog } from "#components/health/silence-dialog";
import { InspectionsPanel } from "#components/inspections/inspections-panel";
import { BaselinePanel } from "#components/nodes/baseline-panel";
import { ChangesPanel } from "#components/nodes/changes-panel";
import { ConformanceReportPanel } from "#components/nodes/conformance-panel";
import { ControllerPanel } from "#components/nodes/controller-panel";
import { DifferencesPanel } from "#components/nodes/differences-panel";
import { EventLogPanel } from "#components/nodes/event-log-panel";
import { InventoryPanel } from "#components/nodes/inventory-panel";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { NodeActions } from "#components/nodes/node-actions";
import { NodeCalls } from "#components/nodes/node-calls";
import { NodeGpusPanel } from "#components/nodes/node-gpus-panel";
import { NodePartitionPanel } from "#components/nodes/node-partition-panel";
import { NodePortPanel } from "#components/nodes/node-port-panel";
import { lifecycleLooks, powerLooks } from "#components/nodes/node-state";
import { SensorCharts } from "#components/nodes/sensor-charts";
import { SensorsPanel } from "#components/nodes/sensors-panel";
import { TakeBackHold } from "#components/nodes/take-back-hold";
import { OperationHistory } from "#components/operations/operation-history";
import { Callout } from "#components/ui/callout";
import { CopyText } from "#components/ui/copy-button";
import { EmptyState } from "#components/ui/empty-state";
import { KeyValueList } from "#components/ui/key-value-list";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { Countdown, RelativeTime } from "#components/ui/relative-time";
import { StateBadge, StateText } from "#components/ui/state-text";
import { TextLink } from "#components/ui/text-link";
import { NodeWipes } from "#components/wipes/node-wipes";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { namedRules } from "#lib/domain/health/rules";
import { isId } from "#lib/domain/id";
import { hasEnded } from "#lib/domain/operation/operation";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { nodeGpusOf } from "#lib/views/gpu-summary";
import { healthOfNode } from "#lib/views/health-alerts";
import { nodeDetail, operationEvidence } from "#lib/views/node-detail";
import { nodeFindings } from "#lib/views/node-findings";
import { nodeInspections } from "#lib/views/node-inspections";
import { nodeSensorsOf } from "#lib/views/node-sensors";

export const metadata: Metadata = { title: "Node" };

export default async function NodePage({
  params,
  searchParams,
}: PageProps<"/fleet/nodes/[nodeId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const { nodeId } = await params;
  if (!isId("node", nodeId)) notFound();
  const node = await nodeDetail(database(), grant, nodeId);
  if (!node) notFound();
  const findings = await nodeFindings(database(), grant, nodeId);
  const health = await healthOfNode(database(), grant, nodeId);
  const { origin, scrapeMs, controllerWatchMs } = readSettings();
  const gpus = await nodeGpusOf(database(), grant, nodeId, scrapeMs);
  const sensors = await nodeSensorsOf(database(), grant, nodeId, "6h", controllerWatchMs);
  const inspections = await nodeInspections(database(), grant, nodeId);
  const { operation: wanted, step } = await searchParams;
  const shown = node.operations.find((operation) => operation.id === wanted) ?? node.operations[0];
  const evidence =
    shown && (await operationEvidence(database(), grant, { nodeId, operationId: shown.id, step }));
  const live = node.operations.find((operation) => !hasEnded(operation.state));
  const look = lifecycleLooks[node.lifecycle];
  const readOnly =
    grant.operatorRole === "fleet_admin" ? null : "Your role may look at nodes, not change them.";

  return (
    <>
      <PageHeader
        title={node.name}
        breadcrumbs={[{ label: "Nodes", href: "/fleet/nodes" }, { label: node.name }]}
        state={
          <StateText
            {...look}
            since={node.since}
            step={live && live.stepNumber > 0 ? { n: live.stepNumber, of: live.stepCount } : null}
            detail={live?.waitReason ? `Waiting: ${live.waitReason}` : null}
          />
        }
        meta={
          <>
            <CopyText value={node.id} label="node id" />
            <LiveRefresh topics={[`node:${node.id}`]} />
          </>
        }
        actions={
          <NodeActions
            node={node}
            whyNot={node.whyNot}
            readOnly={readOnly}
            order={orderNodeAction}
            setAside={setAsideNodeAction}
            flag={flagNodeAction}
          />
        }
      />
      {node.reason && (
        <Callout kind={look.kind} title={`${look.word}: why`}>
          {node.reason}
        </Callout>
      )}
      {node.hold && (
        <Callout
          kind="neutral"
          title={`On hold for ${node.hold.project} of ${node.hold.tenant}`}
          action={
            <TakeBackHold
              hold={node.hold}
              takeBack={takeBackHoldAction}
              disabledReason={readOnly}
            />
          }
        >
          {node.hold.heldBy} may launch with it; else it is free again{" "}
          <Countdown until={node.hold.until} />.
        </Callout>
      )}
      {node.lent && (
        <Callout
          kind="motion"
          title={`Lent to a dry run of ${node.lent.template.name}, version ${node.lent.version.number}`}
        >
          By {node.lent.lentBy}. It is wiped and validated when its scripts have ended. Its output
          stands{" "}
          <TextLink
            href={
              node.lent.replayOf
                ? `/fleet/hooks/${node.lent.replayOf}`
                : `/fleet/templates/${node.lent.template.id}/versions/${node.lent.version.id}/dry-run`
            }
          >
            with the {node.lent.replayOf ? "run that it replays" : "dry run"}
          </TextLink>
          .
        </Callout>
      )}
      {(node.maintenance || node.cordoned) && (
        <Callout
          kind="attention"
          title={[node.maintenance && "In maintenance", node.cordoned && "Cordoned"]
            .filter(Boolean)
            .join(", ")}
        >
          {node.flagReason}
        </Callout>
      )}
      <Panel
        title="Health"
        padded={false}
        actions={
          <SilenceDialog
            readOnly={readOnly}
            places={[{ label: `Node ${node.name}`, place: { nodeId: node.id } }]}
            rules={namedRules()}
            add={addHealthSilenceAction}
          />
        }
      >
        <AlertTable
          label="Health of this node"
          rows={health}
          ofOneNode
          readOnly={readOnly}
          acts={{
            acknowledge: acknowledgeHealthAction,
            clear: clearHealthAction,
            silence: silenceHealthAction,
          }}
          empty={
            <EmptyState title="Nothing is known to be wrong">
              What its exporter tells of GPUs that are not well stands here.
            </EmptyState>
          }
        />
      </Panel>
      {gpus && <NodeGpusPanel nodeId={node.id} initial={gpus} />}
      <div className="grid gap-4 lg:grid-cols-2">
        <Panel title="Node">
          <KeyValueList
            items={[
              {
                label: "Place",
                value: `${node.site} / ${node.rack}${node.unit === null ? "" : `, unit ${node.unit}`}`,
              },
              { label: "Node type", value: node.nodeType.name },
              {
                label: "Power",
                value: (
                  <StateBadge
                    {...(powerLooks[node.power.observed] ?? { kind: "neutral", word: "Unknown" })}
                  />
                ),
                hint: node.power.at && (
                  <>
                    seen <RelativeTime at={node.power.at} />
                  </>
                ),
              },
              {
                label: "Held by",
                value: node.holder
                  ? `${node.holder.tenant} / ${node.holder.project} / ${node.holder.environment}`
                  : "nobody",
                hint: node.holder && <RelativeTime at={node.holder.since} form="for" />,
              },
              {
                label: "Can be given out",
                value: node.notAllocatable.length === 0 ? "yes" : "no",
                hint:
                  node.notAllocatable.length > 0
                    ? `Because ${node.notAllocatable.join(", ")}.`
                    : null,
              },
              {
                label: "Address",
                value: node.address ? <CopyText value={node.address} label="address" /> : null,
              },
              {
                label: "Boots from",
                value: node.bootMac ? <CopyText value={node.bootMac} label="MAC address" /> : null,
              },
              {
                label: "Last wiped",
                value: node.sanitizedAt ? <RelativeTime at={node.sanitizedAt} /> : "never by Ingot",
              },
              {
                label: "Telemetry",
                value: node.telemetryError ? "unknown" : "no trouble known",
                hint: node.telemetryError?.message,
              },
            ]}
          />
        </Panel>
        <ControllerPanel
          nodeId={node.id}
          controller={node.controller}
          readOnly={readOnly}
          confirm={confirmCertificatesAction}
          changeCredential={changeCredentialAction}
          whyNotRotate={node.whyNot.rotate}
          rotate={orderNodeAction}
          retryRotation={retryRotationAction}
        />
      </div>
      {(node.network.driver || node.network.port) && (
        <NodePortPanel
          node={node}
          network={node.network}
          set={readOnly ? undefined : setNodePortAction}
        />
      )}
      {node.partition && <NodePartitionPanel partition={node.partition} />}
      {(node.differences.length > 0 || node.accepted.length > 0) && (
        <DifferencesPanel
          node={node}
          readOnly={readOnly}
          accept={acceptVariantAction}
          withdraw={withdrawVariantAction}
        />
      )}
      {shown ? (
        <OperationHistory
          path={`/fleet/nodes/${node.id}`}
          operations={node.operations}
          shownId={shown.id}
          evidence={evidence ?? { asked: [], exchanges: [], log: [], jobLog: null }}
        />
      ) : (
        <Panel title="Operations" padded={false}>
          <EmptyState title="Nothing has been done to this node yet" />
        </Panel>
      )}
      <NodeWipes wipes={node.wipes} />
      <InspectionsPanel inspections={inspections} inventory={node.inventory} />
      {findings.changes.length > 0 && <ChangesPanel changes={findings.changes} />}
      {node.inventory && (
        <InventoryPanel
          inventory={node.inventory}
          readAt={node.inventoryAt}
          sources={findings.sources}
          unread={findings.unread}
          pairs={findings.dpuPairs.map(({ serial, name, nodeId: other }) => ({
            serial,
            name,
            href: `/fleet/nodes/${other}`,
          }))}
        />
      )}
      {node.inventory && (
        <BaselinePanel rows={node.baseline} accounts={node.accounts} recordedAt={node.recordedAt} />
      )}
      {findings.conformance && <ConformanceReportPanel report={findings.conformance} />}
      {sensors && <SensorCharts nodeId={node.id} name={node.name} initial={sensors} />}
      {findings.readings.length > 0 && (
        <SensorsPanel readings={findings.readings} readAt={findings.readAt} />
      )}
      {findings.log.length > 0 && (
        <EventLogPanel
          entries={findings.log}
          path={findings.sources.find(({ section }) => section === "log")?.path ?? null}
          readAt={findings.readAt}
        />
      )}
      <NodeCalls
        node={node}
        readOnly={readOnly !== null}
        api={{
          read: apiCall("getNode", origin, { node: nodeId }),
          sensors: apiCall("getNodeSensors", origin, { node: nodeId }),
          order: apiCall("orderNode", origin, { node: nodeId }),
          inspect: apiCall("inspectNode", origin, { node: nodeId }),
          setAside: apiCall("setAsideNode", origin, { node: nodeId }),
          flag: apiCall("flagNode", origin, { node: nodeId }),
          retryRotation: apiCall("retryRotation", origin, { node: nodeId }),
          confirm: apiCall("confirmCertificates", origin),
          accept: apiCall("acceptVariant", origin, { node: nodeId }),
          withdraw: apiCall("withdrawVariant", origin, { node: nodeId }),
          setPort: apiCall("setNodePort", origin, { node: nodeId }),
          takeBack: apiCall("takeBackHold", origin, { hold: node.hold?.id ?? "HOLD" }),
        }}
      />
    </>
  );
}
