/** One mail to one person. `id` stays the same when it is sent once more. */
export type Mail = { id: string; to: string; subject: string; text: string };

/** Hands a mail to the server that sends it on. Throws `MailError` when it was not taken. */
export type SendMail = (mail: Mail) => Promise<void>;

/** Not taken. `isFinal`: another time it will not be taken either. */
export class MailError extends Error {
  override readonly name = "MailError";
  readonly isFinal: boolean;
  constructor(message: string, options: { isFinal: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.isFinal = options.isFinal;
  }
}
