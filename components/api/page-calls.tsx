import { SameWithApi } from "#components/api/same-with-api";
import { type ApiCall, curlOf } from "#lib/client/curl";

type Props = {
  /** What the page shows or does, each with its call; a body holds words in capitals to be replaced. */
  calls?: readonly { label: string; call: ApiCall; body?: unknown; stream?: boolean }[];
  /** What is done on the page and has no call: "Members and their roles". */
  byPeopleOnly?: string;
};

/** The calls of the API that give what a page shows, or do what it does. */
export function PageCalls({ calls = [], byPeopleOnly }: Props) {
  if (calls.length === 0 && !byPeopleOnly) return null;
  return (
    <div className="flex flex-col gap-2">
      <SameWithApi
        commands={calls.map(({ label, call, ...input }) => ({
          label,
          command: curlOf(call, input),
        }))}
      />
      {byPeopleOnly && (
        <p className="text-faint text-xs">
          {byPeopleOnly} are changed by people only: no token makes a way in.
        </p>
      )}
    </div>
  );
}
