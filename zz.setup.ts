export default function ({ provide }: { provide: (k: string, v: unknown) => void }) {
  provide("postgres", { superuserUrl: "postgres://postgres@127.0.0.1:5610/postgres", url: "postgres://ingot_owner@127.0.0.1:5610/DATABASE", template: "tele_tpl" });
}
