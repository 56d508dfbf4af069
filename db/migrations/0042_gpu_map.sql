-- by hand
-- A tenant reads the newest scrape of the nodes that it holds, where that was taken since they are its own:
-- what a node told before its present tenant is no one's to read but operators'.
alter policy app_reads on gpu_latest using (
  (select app_fleet()) or exists (
    select from allocations a
    where a.node_id = gpu_latest.node_id
      and a.tenant_id = (select app_tenant())
      and a.released_at is null
      and a.started_at <= gpu_latest.at
  )
);
