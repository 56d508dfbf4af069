// Two parsers of npm that the bench runs beside ours; neither ships types.
declare module "parse-prometheus-text-format" {
  export default function parsePrometheusTextFormat(text: string): unknown[];
}

declare module "exposition" {
  const exposition: { parse(text: string): unknown[] };
  export default exposition;
}
