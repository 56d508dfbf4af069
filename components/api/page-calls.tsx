import { SameWithApi } from "#components/api/same-with-api";
import { type ApiCall, curlOf } from "#lib/client/curl";

type Props = {
  /** What the page shows or does, each with its call; a body holds words in capitals to be replaced. */
  calls: readonly { label: string; call: ApiCall; body?: unknown; stream?: boolean }[];
};

/** The calls of the API that give what a page shows, or do what it does. */
export function PageCalls({ calls }: Props) {
  return (
    <SameWithApi
      commands={calls.map(({ label, call, ...input }) => ({ label, command: curlOf(call, input) }))}
    />
  );
}
