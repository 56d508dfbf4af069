import pg from "pg";

type CopyingConnection = {
  sendCopyFromChunk: (chunk: Buffer) => void;
  endCopyFrom: () => void;
};

/**
 * A `copy … from stdin` and what it reads. Of pg's own class, because a connection that sends statements
 * before what came before is answered takes no query of any other (pg 8.23, client.js), such as a stream
 * of pg-copy-streams.
 */
class CopyIn extends pg.Query {
  // As a statement is given to pg.
  readonly text: string;
  readonly #rows: Buffer;

  constructor(text: string, rows: Buffer) {
    super(text);
    this.text = text;
    this.#rows = rows;
  }

  /** Called by pg when Postgres waits for the rows. */
  handleCopyInResponse(connection: CopyingConnection): void {
    connection.sendCopyFromChunk(this.#rows);
    connection.endCopyFrom();
  }
}

/** Adds the rows that a `copy … from stdin` is given, all or none. */
export function copyIn(pool: Pick<pg.Pool, "query">, text: string, rows: Buffer): Promise<void> {
  return new Promise((done, fail) => {
    pool.query(new CopyIn(text, rows), (error) => (error ? fail(error) : done()));
  });
}
