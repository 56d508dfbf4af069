import { createTransport } from "nodemailer";
import { MailError, type SendMail } from "#lib/ports/mail";

const limitMs = 10_000;

/**
 * Opens the way to a mail server by its address (`smtp:` or `smtps:`). A password is sent over TLS
 * or not at all. The same id gives the same Message-ID, so that a mailbox can tell what it has got.
 */
export function smtpSender(settings: { url: string; from: string }): {
  send: SendMail;
  close: () => void;
} {
  const { protocol, password } = new URL(settings.url);
  const domain = /@([^\s<>@]+?)>?$/.exec(settings.from)?.[1] ?? "localhost";
  const transport = createTransport({
    url: settings.url,
    pool: true,
    maxConnections: 4,
    requireTLS: protocol === "smtp:" && password !== "",
    connectionTimeout: limitMs,
    greetingTimeout: limitMs,
    socketTimeout: limitMs,
    // What is mailed is text that we made: nothing of it is ever read from a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async ({ id, to, subject, text }) => {
      try {
        await transport.sendMail({
          from: settings.from,
          // As an address and not as text, which could name several.
          to: { name: "", address: to },
          subject,
          text,
          messageId: `<${id}@${domain}>`,
          headers: { "Auto-Submitted": "auto-generated" },
        });
      } catch (cause) {
        const { responseCode, message } = cause as Error & { responseCode?: number };
        const isRefused = responseCode !== undefined && responseCode >= 550 && responseCode < 555;
        throw new MailError(`The mail server: ${message}`, { isFinal: isRefused, cause });
      }
    },
    close: () => transport.close(),
  };
}
