-- Service index, 0-100: the plain mean of the concepts that a passenger rated.
-- "Not applicable" is no rating and takes no part. A mean of 1 is 0, a mean of 5 is 100. Null when fewer than
-- half of the concepts asked were rated.
WITH concepts AS (
    SELECT r.response_key, q.concept, avg(r.rating) AS rating
    FROM gold.dim_service_ratings r
    JOIN gold.dim_questions q ON q.question_key = r.question_key
    GROUP BY r.response_key, q.concept
)
SELECT
    f.response_key,
    CASE WHEN count(c.rating) > 0 AND count(c.rating) * 2 >= count(c.concept)
         THEN (avg(c.rating) - 1) / 4 * 100 END AS service_index
FROM gold.fact_survey_responses f
LEFT JOIN concepts c ON c.response_key = f.response_key
GROUP BY f.response_key
