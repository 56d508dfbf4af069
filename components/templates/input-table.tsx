import { type Column, DataTable } from "#components/ui/table";
import { inputTypeWords, ruleWords } from "#lib/client/catalogue-words";
import { textOf } from "#lib/domain/boot/launch-values";
import { type TemplateInput, usualValue } from "#lib/domain/template/inputs";

const columns: Column<TemplateInput>[] = [
  {
    id: "name",
    header: "Input",
    rowHeader: true,
    cell: ({ name }) => <span className="font-mono">{name}</span>,
  },
  { id: "type", header: "Type", cell: ({ type }) => inputTypeWords[type] },
  {
    id: "rule",
    header: "Rule",
    cell: (input) => ruleWords(input) || <span className="text-faint">none</span>,
  },
  {
    id: "default",
    header: "Default",
    cell: (input) => {
      const usual = usualValue(input);
      if (usual === null || input.type === "secret")
        return <span className="text-faint">none</span>;
      return <span className="break-all font-mono">{textOf(usual)}</span>;
    },
  },
];

/** The inputs of a template for whoever sends them by a program. */
export function InputTable({ inputs }: { inputs: readonly TemplateInput[] }) {
  return (
    <DataTable label="Inputs by name" columns={columns} rows={inputs} rowKey={({ name }) => name} />
  );
}
