import { PageContents, type PagePart } from "#components/ui/page-contents";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/** The parts of an environment's page, in the order in which they stand there. */
export function EnvironmentContents({ environment }: { environment: EnvironmentDetail }) {
  return <PageContents parts={partsOf(environment)} />;
}

function partsOf(environment: EnvironmentDetail): PagePart[] {
  const { state, nodeList, hookRuns, operations } = environment;
  const isReady = state === "ready";
  const isGoing = state === "releasing" || state === "released";
  const hasActed = operations.some(({ kind }) => kind === "environment.act");
  const asks = environment.inputs.length + environment.changeable.inputs.length > 0;
  const access: PagePart = { id: "access", label: "Access" };
  const parts: (PagePart | false)[] = [
    isReady && access,
    (isGoing ? hasActed : true) &&
      environment.actions.length > 0 && { id: "actions", label: "Actions" },
    nodeList.length > 0 && { id: "telemetry", label: "Telemetry" },
    !!environment.wipes?.length && { id: "wipes", label: "Your data" },
    environment.health.length > 0 && { id: "health", label: "Health" },
    { id: "nodes", label: "Nodes" },
    environment.network.length > 0 && { id: "network", label: "Network" },
    { id: "timeline", label: "Timeline" },
    hookRuns.length > 0 && { id: "hooks", label: "Hooks" },
    asks && { id: "inputs", label: "Inputs" },
    { id: "log", label: "Log" },
    !isReady && !isGoing && access,
    { id: "operations", label: "Operations" },
    { id: "activity", label: "Activity" },
  ];
  return parts.filter((part) => part !== false);
}
