-- Arrival delay, never null in gold.
-- A delay that was not reported takes the departure delay of the same flight, and a flag says so: a plane that
-- left late arrives late. Statistics of delays leave flagged rows out.
SELECT
    response_key,
    coalesce(arrival_delay, departure_delay) AS arrival_delay,
    arrival_delay IS NULL AS arrival_delay_is_imputed
FROM silver.survey_responses
