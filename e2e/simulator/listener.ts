import { createServer, type Server, type Socket } from "node:net";

/** A TCP port that can be opened and closed again, as when a service or a machine goes away. */
export class Listener {
  readonly #host: string;
  readonly #port: number;
  readonly #onSocket: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #wanted = false;
  #last: Promise<void> = Promise.resolve();

  constructor(input: { host: string; port: number; onSocket: (socket: Socket) => void }) {
    this.#host = input.host;
    this.#port = input.port;
    this.#onSocket = input.onSocket;
  }

  get isOpen(): boolean {
    return this.#server !== null;
  }

  /**
   * Opens or closes the port; closing cuts the connections. Resolves when it is so.
   * Rejects when the port cannot be had.
   */
  set(open: boolean): Promise<void> {
    this.#wanted = open;
    this.#last = this.#last.catch(() => undefined).then(() => this.#settle());
    return this.#last;
  }

  async #settle(): Promise<void> {
    if (this.#wanted && this.#server === null) {
      const server = createServer((socket) => this.#take(socket));
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: this.#host, port: this.#port }, () => {
          server.off("error", reject);
          resolve();
        });
      });
      this.#server = server;
    } else if (!this.#wanted && this.#server !== null) {
      const server = this.#server;
      this.#server = null;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of this.#sockets) socket.destroy();
      await closed;
    }
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // A client that goes away in the middle is no concern of a service.
    socket.on("error", () => socket.destroy());
    this.#onSocket(socket);
  }
}
