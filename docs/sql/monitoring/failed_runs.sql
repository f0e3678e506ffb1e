-- A command ended with an error, and did not end well since.
SELECT concat(run.command, ' ended with exit code ', run.exit_code, ': ', run.message) AS problem,
       run.run_id, run.started_at, run.finished_at
FROM ops.runs AS run
WHERE run.message <> ''
  AND NOT EXISTS (SELECT 1 FROM ops.runs AS later
                  WHERE later.command = run.command AND later.message = '' AND later.started_at > run.started_at)
ORDER BY run.started_at DESC;
