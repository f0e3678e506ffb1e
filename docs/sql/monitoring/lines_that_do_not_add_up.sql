-- The places of a file's lines do not add up to the lines delivered. A run that finds this fails.
SELECT concat(file, ': ', lines, ' lines delivered, ',
              in_silver + superseded + quarantined + erased + waiting, ' found') AS problem,
       *
FROM ops.files
WHERE lines <> in_silver + superseded + quarantined + erased + waiting;
