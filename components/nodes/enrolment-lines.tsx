import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { StateBadge } from "#components/ui/state-text";
import { DataTable } from "#components/ui/table";

export type EnrolmentLine = {
  line: number;
  name: string;
  controllerAddress: string;
  outcome: "enrol" | "enrolled" | "refused";
  certificate: "given" | "to_confirm" | null;
  problems: string[];
};

const mostShown = 200;
const order = { refused: 0, enrol: 1, enrolled: 2 } as const;

/** What would become of each line of a list, or did: those with something wrong first. */
export function EnrolmentLines({
  kind,
  lines,
}: {
  kind: "checked" | "enrolled";
  lines: readonly EnrolmentLine[];
}) {
  const sorted = [...lines].sort((a, b) => order[a.outcome] - order[b.outcome] || a.line - b.line);
  const number = (outcome: EnrolmentLine["outcome"]) =>
    lines.filter((line) => line.outcome === outcome).length;
  const words = [
    `${number("enrol")} ${kind === "checked" ? "can be enrolled" : "enrolled"}`,
    ...(number("refused") > 0 ? [`${number("refused")} with something wrong`] : []),
    ...(number("enrolled") > 0 ? [`${number("enrolled")} there already`] : []),
  ];
  return (
    <Panel
      title={kind === "checked" ? "What would happen" : "What was done"}
      meta={<span role="status">{words.join(", ")}</span>}
      padded={false}
    >
      <DataTable
        label="Lines"
        rows={sorted.slice(0, mostShown)}
        rowKey={(line) => String(line.line)}
        empty={<EmptyState title="No lines" />}
        columns={[
          { id: "line", header: "Line", align: "end", className: "md:w-14", cell: (l) => l.line },
          {
            id: "name",
            header: "Node",
            rowHeader: true,
            cell: (line) => line.name || <span className="text-faint">no name</span>,
          },
          {
            id: "controller",
            header: "Controller",
            cell: (line) => line.controllerAddress || <span className="text-faint">none</span>,
          },
          {
            id: "outcome",
            header: "Outcome",
            cell: (line) => <StateBadge {...outcomeLook(line, kind)} />,
          },
          {
            id: "why",
            header: "Why, and what next",
            cell: (line) =>
              line.outcome === "refused"
                ? line.problems.join(" ")
                : line.outcome === "enrolled"
                  ? "It is left as it is."
                  : line.certificate === "to_confirm"
                    ? "You confirm its certificate when the controller has shown it."
                    : "Its controller must show the certificate that the list names.",
          },
        ]}
      />
      {lines.length > mostShown && (
        <p className="border-line border-t px-4 py-2 text-muted text-xs">
          The first {mostShown} of {lines.length.toLocaleString("en")} lines, those with something
          wrong before the others.
        </p>
      )}
    </Panel>
  );
}

function outcomeLook(line: EnrolmentLine, kind: "checked" | "enrolled") {
  if (line.outcome === "refused") return { kind: "critical", word: "Left out" } as const;
  if (line.outcome === "enrolled") return { kind: "neutral", word: "There already" } as const;
  return { kind: "ok", word: kind === "checked" ? "Would be enrolled" : "Enrolled" } as const;
}
