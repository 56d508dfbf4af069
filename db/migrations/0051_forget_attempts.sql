-- What a wait asks its nodes with every few seconds is kept of the last attempts alone.
grant delete on script_runs to ingot_worker;
