-- Service index, 0-100: the plain mean of the concepts that a passenger rated.
-- "Not applicable" is no rating and takes no part. A mean of 1 is 0, a mean of 5 is 100. Null when fewer than
-- half of the concepts asked were rated. A question that was split counts as one concept: the mean of its answered
-- parts by share; a question counts only where nothing that replaces it was asked of the same passenger.
WITH counted AS (
    SELECT r.response_key, q.concept, q.concept_share, r.rating
    FROM gold.dim_service_ratings r
    JOIN gold.dim_questions q ON q.question_key = r.question_key
    WHERE NOT EXISTS (
        SELECT 1 FROM gold.dim_service_ratings newer
        WHERE newer.response_key = r.response_key AND array_contains(q.replaced_by, newer.question)
    )
),
concepts AS (
    SELECT response_key, concept,
           sum(rating * concept_share) / sum(concept_share) FILTER (WHERE rating IS NOT NULL) AS rating
    FROM counted
    GROUP BY response_key, concept
)
SELECT
    f.response_key,
    CASE WHEN count(c.rating) > 0 AND count(c.rating) * 2 >= count(c.concept)
         THEN (avg(c.rating) - 1) / 4 * 100 END AS service_index
FROM gold.fact_survey_responses f
LEFT JOIN concepts c ON c.response_key = f.response_key
GROUP BY f.response_key
