import { buttonStyle } from "#components/ui/button-style";

/** Leads to a file, which no page is drawn for: the browser asks for it and saves it. */
export function FileLink({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} download className={buttonStyle({ size: "sm" })}>
      {children}
    </a>
  );
}
