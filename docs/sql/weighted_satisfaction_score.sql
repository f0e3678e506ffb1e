-- Weighted satisfaction score, 0-100: as the service index, each concept with the weight that the question
-- catalogue gives it, renormalised over the concepts that were rated.
WITH concepts AS (
    SELECT r.response_key, q.concept, max(q.weight) AS weight, avg(r.rating) AS rating
    FROM gold.dim_service_ratings r
    JOIN gold.dim_questions q ON q.question_key = r.question_key
    GROUP BY r.response_key, q.concept
)
SELECT
    f.response_key,
    CASE WHEN count(c.rating) > 0 AND count(c.rating) * 2 >= count(c.concept)
         THEN (sum(c.rating * c.weight) / sum(c.weight) FILTER (WHERE c.rating IS NOT NULL) - 1) / 4 * 100
         END AS weighted_satisfaction_score
FROM gold.fact_survey_responses f
LEFT JOIN concepts c ON c.response_key = f.response_key
GROUP BY f.response_key
