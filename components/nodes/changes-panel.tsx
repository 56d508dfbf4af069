import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import type { InventoryChange } from "#lib/domain/node/inventory-change";

const changeLooks = {
  added: { kind: "motion", word: "Added" },
  removed: { kind: "critical", word: "Gone" },
  replaced: { kind: "attention", word: "Replaced" },
  changed: { kind: "neutral", word: "Changed" },
} as const;

/** Changes of one discovery that are shown at once; a firmware update touches dozens of parts. */
const shownAtOnce = 8;

/** What changed in a node from one discovery to the next, newest first. */
export function ChangesPanel({
  changes,
}: {
  changes: { id: number; at: string; changes: InventoryChange[] }[];
}) {
  return (
    <Panel title="Changes since earlier discoveries" padded={false}>
      <ol className="divide-y divide-line">
        {changes.map((each) => (
          <li key={each.id} className="px-4 py-3">
            <p className="pb-1 text-faint text-xs">
              seen <RelativeTime at={each.at} />
            </p>
            <ChangeList changes={each.changes.slice(0, shownAtOnce)} />
            {each.changes.length > shownAtOnce && (
              <details>
                <summary className="cursor-pointer py-1 text-muted text-sm hover:text-ink">
                  {each.changes.length - shownAtOnce} more
                </summary>
                <ChangeList changes={each.changes.slice(shownAtOnce)} />
              </details>
            )}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function ChangeList({ changes }: { changes: InventoryChange[] }) {
  return (
    <ul className="flex flex-col gap-1 text-sm">
      {changes.map((change) => (
        <li key={change.words} className="grid grid-cols-[6.5rem_minmax(0,1fr)] items-baseline">
          <StateBadge {...changeLooks[change.kind]} />
          <span className="break-words">{change.words}</span>
        </li>
      ))}
    </ul>
  );
}
