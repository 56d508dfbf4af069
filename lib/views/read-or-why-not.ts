import { HistoryError } from "#lib/ports/history";

/** What a store of telemetry answers; where it does not, `nothing`, and why not in a sentence. */
export async function readOrWhyNot<Asked, Read>(
  store: { read: (asked: Asked) => Promise<Read> },
  asked: Asked,
  nothing: Read,
): Promise<{ read: Read; error: string | null }> {
  try {
    return { read: await store.read(asked), error: null };
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    return { read: nothing, error: error.message };
  }
}
