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
  const { protocol, hostname, port, username, password } = new URL(settings.url);
  const secure = protocol === "smtps:";
  const domain = /@([^\s<>@]+?)>?$/.exec(settings.from)?.[1] ?? "localhost";
  const transport = createTransport({
    // Not as `url`: with one, everything else that stands here is not looked at.
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    ...(username === ""
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    pool: true,
    maxConnections: 4,
    requireTLS: !secure && username !== "",
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
