import type { RateLimit } from "#lib/boot/rate-limit";
import type { BootStore, BootWindow, PlacedRequest } from "#lib/boot/store";
import type { Log } from "#lib/config/log";
import { whyElsewhere } from "#lib/domain/boot/boot-place";
import { whyAnother } from "#lib/domain/boot/said-machine";

/** Whether a request that opens a window comes from where that window's node is, and from its machine. */
export class PlaceCheck {
  readonly #store: BootStore;
  readonly #log: Log;
  readonly #refusals: RateLimit;
  readonly #keepsPlaces: boolean;

  /**
   * @param input.refusals How many refusals of a window are written down.
   * @param input.keepsPlaces False: an address may change from one request to the next.
   */
  constructor(input: {
    store: BootStore;
    log: Log;
    refusals: RateLimit;
    keepsPlaces: boolean;
  }) {
    this.#store = input.store;
    this.#log = input.log;
    this.#refusals = input.refusals;
    this.#keepsPlaces = input.keepsPlaces;
  }

  /** True for a request that is to be answered like one for nothing; then it is written down, too. */
  async refuses(window: BootWindow, request: PlacedRequest): Promise<boolean> {
    // A tenant's own system goes on asking for scripts, from wherever its tenant puts it; and a script of a hook may
    // make a bridge, and would be ended in the middle of that by a refusal.
    if (window.isHandedOver) return false;
    if (window.hasPhonedHome && request.door.startsWith("hook-")) return false;
    const why = await this.#whyNot(window, request);
    if (why === null) return false;
    const { door, peer } = request;
    if (this.#refusals.retryAfterSeconds(window.id) === 0) {
      await this.#store.noteMisplaced(window, { door, peer, why });
    }
    this.#log.warn({ peer, node: window.nodeId, window: window.id, door, why }, "boot refused");
    return true;
  }

  async #whyNot(window: BootWindow, { stage, peer, said }: PlacedRequest): Promise<string | null> {
    const another = said && whyAnother(said, await this.#store.findMachine(window));
    if (another) return another;
    const from = window.places[stage];
    if (from === peer || !this.#keepsPlaces) return null;
    const holder = await this.#store.findAddressHolder(window, peer);
    const why = whyElsewhere(from, peer, holder);
    if (why !== null) return why;
    const place = await this.#store.movePlace(window, stage, { from, to: peer });
    // Another request came first.
    return whyElsewhere(place, peer, holder);
  }
}
