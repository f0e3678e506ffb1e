-- Weighted satisfaction score, 0-100: as the service index, each concept with the weight that the question
-- catalogue gave it on the day of the survey, renormalised over the concepts that were rated.
WITH counted AS (
    SELECT r.response_key, q.concept, q.concept_share, q.weight, r.rating
    FROM gold.dim_service_ratings r
    JOIN gold.dim_questions q ON q.question_key = r.question_key
    WHERE NOT EXISTS (
        SELECT 1 FROM gold.dim_service_ratings newer
        WHERE newer.response_key = r.response_key AND array_contains(q.replaced_by, newer.question)
    )
),
concepts AS (
    SELECT response_key, concept, max(weight) AS weight,
           sum(rating * concept_share) / sum(concept_share) FILTER (WHERE rating IS NOT NULL) AS rating
    FROM counted
    GROUP BY response_key, concept
)
SELECT
    f.response_key,
    CASE WHEN count(c.rating) > 0 AND count(c.rating) * 2 >= count(c.concept)
         THEN (sum(c.rating * c.weight) / sum(c.weight) FILTER (WHERE c.rating IS NOT NULL) - 1) / 4 * 100
         END AS weighted_satisfaction_score
FROM gold.fact_survey_responses f
LEFT JOIN concepts c ON c.response_key = f.response_key
GROUP BY f.response_key
