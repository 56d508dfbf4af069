import { StateGlyph } from "#components/ui/state-text";
import { classNames } from "#lib/client/class-names";

/** The "no" beside the control that caused it; read aloud when it appears. Nothing when there is none. */
export function FormMessage({
  message,
  className,
}: {
  message?: string | null;
  className?: string;
}) {
  if (!message) return null;
  return (
    <p
      role="alert"
      className={classNames("flex items-start gap-2 text-critical text-sm", className)}
    >
      <StateGlyph kind="critical" className="mt-1.5" />
      <span>{message}</span>
    </p>
  );
}
