"use client";

import { useState } from "react";
import { Button } from "#components/ui/button";
import { Dialog, DialogClose } from "#components/ui/dialog";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { numberOf, textOf } from "#lib/client/form-values";
import { nodesOfRange } from "#lib/domain/node/address-range";

/** Writes the lines of a row of controllers with consecutive addresses. */
export function AddressRangeDialog({
  racks,
  nodeTypes,
  add,
}: {
  racks: readonly { id: string; name: string }[];
  nodeTypes: readonly { id: string; name: string }[];
  add: (lines: string[]) => void;
}) {
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<{ field: string; words: string }>();
  const errorOf = (field: string) => (problem?.field === field ? problem.words : undefined);

  function submit(element: HTMLFormElement) {
    const form = new FormData(element);
    const refuse = (wrong: { field: string; words: string }) => {
      setProblem(wrong);
      element.querySelector<HTMLElement>(`[name=${wrong.field}]`)?.focus();
    };
    const port = textOf(form, "port");
    if (port !== "" && !/^\d{1,5}$/.test(port)) {
      return refuse({ field: "port", words: "The port is no number." });
    }
    const unit = textOf(form, "unit");
    const nodes = nodesOfRange({
      first: textOf(form, "first"),
      count: numberOf(form, "count"),
      names: textOf(form, "names"),
      units: unit === "" ? null : { first: Number(unit), each: numberOf(form, "each") || 1 },
    });
    if (!Array.isArray(nodes)) return refuse(nodes);
    const [type, rack] = [textOf(form, "type"), textOf(form, "rack")];
    add(
      nodes.map((node) => {
        const host = node.address.includes(":") && port ? `[${node.address}]` : node.address;
        const controller = port ? `${host}:${port}` : host;
        return [node.name, controller, type, rack, node.unit ?? ""].join(",");
      }),
    );
    setProblem(undefined);
    setOpen(false);
  }

  return (
    <Dialog
      trigger={<Button size="sm">From an address range</Button>}
      open={open}
      onOpenChange={(next) => {
        setProblem(undefined);
        setOpen(next);
      }}
      title="From an address range"
      description="Writes a line for each controller into the list, where you can change it before it is checked."
    >
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          // The dialog is drawn inside the list's form in React's eyes, though not on the page.
          event.stopPropagation();
          submit(event.currentTarget);
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="First controller address" required error={errorOf("first")}>
            <Input
              name="first"
              mono
              autoComplete="off"
              spellCheck={false}
              placeholder="10.0.8.21"
            />
          </Field>
          <Field label="Port" optional error={errorOf("port")} hint="443 when left out.">
            <Input name="port" inputMode="numeric" autoComplete="off" />
          </Field>
          <Field
            label="Names"
            required
            error={errorOf("names")}
            hint="The number in braces counts up."
          >
            <Input name="names" mono autoComplete="off" defaultValue="gpu-r07-n{01}" />
          </Field>
          <Field label="Number of nodes" required error={errorOf("count")}>
            <Input name="count" type="number" min={1} max={1000} defaultValue={8} />
          </Field>
          <Field label="Node type" required>
            <Select
              name="type"
              options={nodeTypes.map((type) => ({ value: type.name, label: type.name }))}
            />
          </Field>
          <Field label="Rack" required>
            <Select
              name="rack"
              options={racks.map((rack) => ({ value: rack.name, label: rack.name }))}
            />
          </Field>
          <Field label="First unit" optional>
            <Input name="unit" type="number" min={1} max={100} />
          </Field>
          <Field label="Units each" optional>
            <Input name="each" type="number" min={1} max={20} />
          </Field>
        </div>
        <FormMessage message={problem && "Nothing was added yet: see what is marked above."} />
        <div className="flex justify-end gap-2">
          <DialogClose>
            <Button>Cancel</Button>
          </DialogClose>
          <Button type="submit" variant="primary">
            Add to the list
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
