import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";

/** That telemetry could not be asked for, and what is shown meanwhile. */
export function TelemetryError({
  what,
  isKnown,
  retry,
}: {
  /** Whose, to be read before "could not be fetched". */
  what: string;
  /** There is an earlier answer. */
  isKnown: boolean;
  retry: () => unknown;
}) {
  return (
    <Callout
      kind="attention"
      role="status"
      title={`${what} could not be fetched`}
      action={
        <Button size="sm" onClick={() => retry()}>
          Try again
        </Button>
      }
    >
      {isKnown
        ? "What is shown is the last answer. It is asked for again by itself."
        : "Nothing is known. It is asked for again by itself."}
    </Callout>
  );
}

/** Says that the operator's own store has no answer, and why. */
export function StoreError({ name, error }: { name: string; error: string }) {
  return (
    <Callout kind="attention" role="status" title={`${name} gives no data: unknown`}>
      {error} It is asked again by itself; what was shown before is not shown as new.
    </Callout>
  );
}
