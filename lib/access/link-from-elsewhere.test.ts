import fc from "fast-check";
import { expect, test } from "vitest";
import { isOpenedFromElsewhere, pageThatOpens } from "#lib/access/link-from-elsewhere";

const link = {
  "sec-fetch-site": "cross-site",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
};

const asked = (headers: Record<string, string>, pathname = "/fleet/nodes", method = "GET") =>
  isOpenedFromElsewhere({ method, pathname, headers: new Headers(headers) });

test.for([
  ["a link of another site", link, true],
  ["an address that was typed", { ...link, "sec-fetch-site": "none" }, false],
  ["a link of ours", { ...link, "sec-fetch-site": "same-origin" }, false],
  ["a frame of another site", { ...link, "sec-fetch-dest": "iframe" }, false],
  ["an image of another site", { ...link, "sec-fetch-mode": "no-cors" }, false],
  ["a browser that does not say", {}, false],
] as const)("%s", ([, headers, expected]) => {
  expect(asked(headers)).toBe(expected);
});

test("nothing is opened again but pages, and the way back from a provider", () => {
  expect(asked(link, "/fleet", "POST")).toBe(false);
  expect(asked(link, "/fleet", "HEAD")).toBe(false);
  expect(asked(link, "/api/v1/me")).toBe(false);
  expect(asked(link, "/api/audit")).toBe(false);
  expect(asked(link, "/api/auth/callback/idp_1")).toBe(true);
});

test("an address is only an address in the page that opens it, whatever it is", () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true }), fc.string(), (address, more) => {
      const url = address + more;
      const page = pageThatOpens(url);
      const [, href = ""] = /<a href="([^"]*)">/.exec(page) ?? [];
      const read = href.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
      expect(read).toBe(url);
      expect(page.match(/[<>]/g)).toHaveLength(pageThatOpens("").match(/[<>]/g)?.length ?? 0);
      expect(page.match(/["]/g)).toHaveLength(pageThatOpens("").match(/["]/g)?.length ?? 0);
    }),
    { numRuns: 2_000 },
  );
});
