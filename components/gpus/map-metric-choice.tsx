import { Button } from "#components/ui/button";
import { metricLooks } from "#lib/client/map-look";
import { type MapMetric, mapMetrics } from "#lib/schemas/gpu-map";

/** What a map of GPUs is coloured by. */
export function MapMetricChoice({
  metric,
  choose,
}: {
  metric: MapMetric;
  choose: (metric: MapMetric) => void;
}) {
  return (
    <fieldset className="flex flex-wrap gap-1">
      <legend className="sr-only">Coloured by</legend>
      {mapMetrics.map((one) => (
        <Button
          key={one}
          size="sm"
          variant={one === metric ? "secondary" : "ghost"}
          aria-pressed={one === metric}
          onClick={() => choose(one)}
        >
          {metricLooks[one].label}
        </Button>
      ))}
    </fieldset>
  );
}
