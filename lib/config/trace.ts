// Where a span begins, for all that is traced. What becomes of spans is decided where a process starts
// (`lib/metrics/tracing`); in one that sends none, each of these is a call and nothing more.

/** Few, short and the same for all: ids of ours, patterns, kinds. Never a secret, never a name of anyone. */
export type SpanAttributes = Record<string, string | number | boolean>;

/**
 * An operation's part in a trace: of which operation the trace is (its parent, or itself), and its own
 * id. Both ids are made of these, so that every worker that ever touches an operation adds to one trace.
 */
export type OperationPlace = { id: string; parentId: string | null };

/** Something that is over, as long as it took. */
export type FinishedSpan = {
  name: string;
  kind: "internal" | "client";
  startMs: number;
  endMs: number;
  attributes: SpanAttributes;
  /** What went wrong, as a word of ours or of a standard. */
  error?: string;
  /** The operation that this is the whole of. Otherwise it is a part of what is under way. */
  whole?: OperationPlace;
};

export type Tracer = {
  run: <T>(
    start: { name: string; attributes: SpanAttributes; of?: OperationPlace | undefined },
    work: () => Promise<T>,
  ) => Promise<T>;
  note: (attributes: SpanAttributes) => void;
  add: (span: FinishedSpan) => void;
};

const held = globalThis as typeof globalThis & { ingotTracer?: Tracer | undefined };

/** Has every span of this process go to a tracer. */
export function setTracer(tracer: Tracer | undefined): void {
  held.ingotTracer = tracer;
}

/**
 * Runs `work` as a part of what is under way, or of an operation; as it is where nothing is traced.
 * What it throws is noted by its name alone.
 */
export function traced<T>(
  name: string,
  attributes: SpanAttributes,
  work: () => Promise<T>,
  of?: OperationPlace,
): Promise<T> {
  return held.ingotTracer ? held.ingotTracer.run({ name, attributes, of }, work) : work();
}

/** Adds to the span that is under way. */
export function noteOnSpan(attributes: SpanAttributes): void {
  held.ingotTracer?.note(attributes);
}

/** Adds a span of what is over. Its making costs nothing where nothing is traced. */
export function addSpan(span: () => FinishedSpan): void {
  held.ingotTracer?.add(span());
}
