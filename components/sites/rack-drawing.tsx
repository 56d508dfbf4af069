import { lifecycleLooks } from "#components/nodes/node-state";
import { RelativeTime } from "#components/ui/relative-time";
import { StateGlyph, stateColors } from "#components/ui/state-text";
import { TextLink } from "#components/ui/text-link";
import { classNames } from "#lib/client/class-names";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";

type RackNode = {
  id: string;
  name: string;
  nodeType: string;
  unit: number | null;
  height: number;
  lifecycle: NodeLifecycle;
  since: string;
  reason: string | null;
  flags: string[];
};

/** The front of a rack: units from the floor up, and in them the nodes with their state. */
export function RackDrawing({
  name,
  units,
  slots,
}: {
  name: string;
  units: number;
  slots: readonly { lowest: number; highest: number; nodes: readonly RackNode[] }[];
}) {
  // Grid lines are counted from the top, units from the floor.
  const rowOf = (unit: number) => units - unit + 1;
  return (
    <div className="m-4 rounded-md border border-line bg-sunken p-1.5">
      <ol
        aria-label={`Nodes of ${name}, from the top down`}
        className="grid grid-cols-[2rem_minmax(0,1fr)] gap-y-px"
        style={{ gridTemplateRows: `repeat(${units}, minmax(1.375rem, auto))` }}
      >
        {Array.from({ length: units }, (_, at) => units - at).map((unit) => (
          <li
            key={unit}
            aria-hidden="true"
            className="col-start-1 self-center pr-2 text-right font-mono text-[0.625rem] text-faint tabular-nums"
            style={{ gridRow: rowOf(unit) }}
          >
            {unit}
          </li>
        ))}
        {slots.map((slot) => (
          <li
            key={slot.lowest}
            className="col-start-2 flex min-w-0 flex-col justify-center gap-1 rounded-sm border border-line bg-surface px-2.5 py-0.5"
            style={{ gridRow: `${rowOf(slot.highest)} / ${rowOf(slot.lowest) + 1}` }}
          >
            <span className="sr-only">
              {slot.lowest === slot.highest
                ? `Unit ${slot.lowest}:`
                : `Units ${slot.lowest} to ${slot.highest}:`}
            </span>
            {slot.nodes.map((node) => (
              <RackNodeLine key={node.id} node={node} />
            ))}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** One node of a rack on a line: its name, what it is and in which state since when. */
export function RackNodeLine({ node, withPlace }: { node: RackNode; withPlace?: boolean }) {
  const look = lifecycleLooks[node.lifecycle];
  return (
    <div className="min-w-0 text-sm">
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-2">
        <StateGlyph kind={look.kind} className="self-center" />
        <TextLink href={`/fleet/nodes/${node.id}`} quiet>
          {node.name}
        </TextLink>
        <span className={classNames("text-xs", stateColors[look.kind])}>{look.word}</span>
        <span className="text-faint text-xs">
          <RelativeTime at={node.since} form="for" focusable={false} />
        </span>
        <span className="ml-auto text-muted text-xs">
          {withPlace && (node.unit === null ? "unit unknown, " : `unit ${node.unit}, `)}
          {node.nodeType}
        </span>
      </div>
      {node.height > 1 && node.reason && (
        <p className="line-clamp-2 text-critical text-xs wrap-anywhere first-letter:uppercase">
          {node.reason}
        </p>
      )}
      {node.flags.length > 0 && <p className="text-attention text-xs">{node.flags.join(", ")}</p>}
    </div>
  );
}
