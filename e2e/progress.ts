/** Says on a terminal what is being done and for how long; elsewhere, one line when it is done. */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  #part: { what: string; detail: string; beganAt: number } | null = null;
  #ticking: NodeJS.Timeout | undefined;

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  /** Begins a part, after the one before is done. */
  begin(what: string): void {
    this.done();
    this.#part = { what, detail: "", beganAt: performance.now() };
    if (!this.#out.isTTY) return;
    this.#draw();
    this.#ticking = setInterval(() => this.#draw(), 200);
  }

  /** How far it is, as in "12 of 22". */
  detail(text: string): void {
    if (this.#part) this.#part.detail = text;
  }

  done(): void {
    if (!this.#part) return;
    clearInterval(this.#ticking);
    this.#out.write(`${this.#line("✓")}\n`);
    this.#part = null;
  }

  /** Ends the part under way as one that did not come to its end. */
  broken(): void {
    if (!this.#part) return;
    clearInterval(this.#ticking);
    this.#out.write(`${this.#line("✗")}\n`);
    this.#part = null;
  }

  #draw(): void {
    this.#out.write(this.#line("·"));
  }

  #line(mark: string): string {
    if (!this.#part) return "";
    const { what, detail, beganAt } = this.#part;
    const seconds = ((performance.now() - beganAt) / 1000).toFixed(1).padStart(6);
    // Back to the beginning of the line, and away with what stood there.
    const over = this.#out.isTTY ? "\r\x1b[2K" : "";
    return `${over}  ${mark} ${what.padEnd(46)}${seconds} s${detail && `   ${detail}`}`;
  }
}
