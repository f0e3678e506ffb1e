-- A table had more than 500 commits since the last `lakehouse maintain`: many small files, and a long log to read.
WITH versions AS (
    SELECT command, started_at, name, version
    FROM ops.runs LATERAL VIEW explode(table_versions) AS name, version
),
counted AS (
    SELECT name, max(version) AS newest, coalesce(max(version) FILTER (WHERE command = 'maintain'), 0) AS maintained
    FROM versions
    GROUP BY name
)
SELECT concat(name, ': ', newest - maintained, ' commits since the last maintenance') AS problem,
       name, newest, maintained
FROM counted
WHERE newest - maintained > 500
ORDER BY newest - maintained DESC;
