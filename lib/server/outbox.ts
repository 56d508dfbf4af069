/**
 * What one reader of a stream has still to be sent. It never holds more than the newest message of
 * each topic: a reader that is slow is skipped to that, however long it takes.
 */
export type Outbox = {
  body: ReadableStream<Uint8Array>;
  /** A message of a topic; it takes the place of one of the same topic that was not sent yet. */
  put: (topic: string, message: Uint8Array) => void;
  /** Sends something only if the reader waits for it. */
  beat: (message: Uint8Array) => void;
  close: () => void;
};

/** More hints than this in one moment are one: everything may have changed. */
const mostWaiting = 200;

/**
 * Opens an outbox. `overflow` stands for all that waits when it is too much; `ended` is called once,
 * when the reader has gone or the outbox was closed.
 */
export function openOutbox(input: { overflow: Uint8Array; ended: () => void }): Outbox {
  const waiting = new Map<string, Uint8Array>();
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let open = true;
  const end = () => {
    if (!open) return;
    open = false;
    waiting.clear();
    input.ended();
  };
  const send = () => {
    while (open && (controller.desiredSize ?? 0) > 0) {
      const [next] = waiting;
      if (!next) return;
      waiting.delete(next[0]);
      controller.enqueue(next[1]);
    }
  };
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    pull: send,
    cancel: end,
  });
  return {
    body,
    put(topic, message) {
      if (!open) return;
      if (waiting.size >= mostWaiting && !waiting.has(topic)) {
        waiting.clear();
        waiting.set("", input.overflow);
      } else {
        waiting.set(topic, message);
      }
      send();
    },
    beat(message) {
      if (open && waiting.size === 0 && (controller.desiredSize ?? 0) > 0) {
        controller.enqueue(message);
      }
    },
    close() {
      if (!open) return;
      end();
      controller.close();
    },
  };
}
