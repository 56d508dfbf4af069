import { SameWithApi } from "#components/api/same-with-api";
import { inputsAgainst } from "#components/environments/change-inputs";
import { type ApiCall, curlOf } from "#lib/client/curl";
import { type EnvironmentCommand, nextState } from "#lib/domain/environment/state";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/** The calls of the API for one environment: to read it and to do each thing that can be done to it. */
export type EnvironmentApi = {
  read: ApiCall;
  operations: ApiCall;
  /** `OPERATION` stands in its address for the id. */
  operation: ApiCall;
  hookRuns: ApiCall;
  /** `SCRIPT_RUN` stands in its address for the id of a script on one node. */
  scriptLog: ApiCall;
  log: ApiCall;
  commands: Record<EnvironmentCommand, ApiCall>;
  upgrade: ApiCall;
  lease: ApiCall;
  inputs: ApiCall;
  /** `HOOK_RUN` stands in its address for the id of the run. */
  retryHook: ApiCall;
  /** By the action's name. */
  actions: Record<string, ApiCall>;
};

type Props = { environment: EnvironmentDetail; api: EnvironmentApi };

const words = {
  start: "Start",
  stop: "Stop",
  restart: "Restart",
  reinstall: "Reinstall",
  abort: "Abort",
  retry: "Try again",
  release: "Release",
} as const satisfies Record<EnvironmentCommand, string>;

/** What can be done to an environment in its state and by this person, as calls of the API. */
export function EnvironmentCalls({ environment, api }: Props) {
  const allowed = (Object.keys(words) as EnvironmentCommand[]).filter(
    (command) =>
      (command === "release" ? environment.may.release : environment.may.operate) &&
      nextState(environment.state, command) !== undefined,
  );
  const { operate } = environment.may;
  const isUpgraded = nextState(environment.state, "reinstall") !== undefined;
  const offered = isUpgraded ? environment.newer?.versions : undefined;
  const upgrade = offered?.find(({ obstacles }) => obstacles.length === 0);
  // With the values that it has, the call says how one is written.
  const isChanged =
    operate && environment.changeable.inputs.length > 0 && inputsAgainst(environment) === null;
  const isGoing = environment.state === "releasing" || environment.state === "released";
  // The newest comes first, and of one hook that alone can be run again.
  const newest = environment.operations[0];
  const script = environment.hookRuns.flatMap(({ scripts }) => scripts)[0];
  const failed = operate ? environment.hookRuns.filter((run) => run.mayRetry) : [];
  const retried = failed.filter(
    ({ name }, at) => failed.findIndex((run) => run.name === name) === at,
  );
  return (
    <SameWithApi
      commands={[
        { label: "Read this environment", command: curlOf(api.read) },
        { label: "List its operations", command: curlOf(api.operations) },
        ...(newest
          ? [{ label: "Read the newest of them", command: naming(api.operation, newest.id) }]
          : []),
        ...(environment.hookRunsTotal > 0
          ? [{ label: "List the runs of its hooks", command: curlOf(api.hookRuns) }]
          : []),
        ...(script
          ? [
              {
                label: `Read what a script wrote on ${script.hostname}`,
                command: naming(api.scriptLog, script.id),
              },
            ]
          : []),
        { label: "Read its log", command: curlOf(api.log) },
        ...allowed.map((command) => ({
          label: words[command],
          command: curlOf(api.commands[command], {
            keyed: command !== "abort",
            body: command === "release" ? { confirmName: environment.name } : undefined,
          }),
        })),
        ...(operate && upgrade
          ? [
              {
                label: `Upgrade it to version ${upgrade.version}`,
                command: curlOf(api.upgrade, {
                  keyed: true,
                  body: { templateVersionId: upgrade.id, confirmName: environment.name },
                }),
              },
            ]
          : []),
        ...(operate && !isGoing
          ? [{ label: "Set its lease", command: curlOf(api.lease, { body: { leaseHours: 24 } }) }]
          : []),
        ...(isChanged
          ? [
              {
                label: "Change its inputs",
                command: curlOf(api.inputs, { body: { inputs: environment.changeable.values } }),
              },
            ]
          : []),
        ...retried.map(({ id, name }) => ({
          label: `Run the hook ${name} again`,
          command: naming(api.retryHook, id),
        })),
      ]}
    />
  );
}

/** The call with its word in capitals replaced by an id. */
function naming(call: ApiCall, id: string): string {
  return curlOf({ ...call, url: call.url.replace(/OPERATION|HOOK_RUN|SCRIPT_RUN/, id) });
}
