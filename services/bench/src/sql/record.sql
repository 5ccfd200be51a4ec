-- The transactions that are in the product's tables now, each told by what wrote its rows. An entry of the feed has been
-- written again since, by its numbering: it is the one that begins with the same execution.
INSERT INTO bench.recorded
WITH written AS (
  SELECT
    xmin::text AS transaction,
    row_number() OVER (PARTITION BY xmin::text ORDER BY workspace_id, opened_at, execution_id)::integer AS place,
    e.*
  FROM analytics.execution AS e
),
batch AS (
  SELECT
    transaction,
    string_agg(DISTINCT workspace_id::text, ',') AS workspaces,
    array_agg(ROW(
      workspace_id, opened_at, execution_id, agent_id, agent_version, trigger, environment, user_id, timeout_micros,
      started_at, ended_at, outcome, duration_micros, model, provider, input_tokens, output_tokens, credits_micro,
      cost_currency, cost_micros, error_kind, error_message, error_fingerprint, feedback_at, rating, feedback_comment,
      feedback_user_id, seen
    )::analytics.execution_input_3 ORDER BY place) AS executions,
    array_agg(opened_at ORDER BY place)    AS opened_at,
    array_agg(execution_id ORDER BY place) AS execution_id,
    array_agg(revision ORDER BY place)     AS revision,
    array_agg(seen ORDER BY place)         AS seen
  FROM written
  GROUP BY transaction
),
delta AS (
  SELECT
    xmin::text AS transaction,
    array_agg(workspace_id ORDER BY workspace_id)  AS delta_of,
    array_agg(first_quarter ORDER BY workspace_id) AS first_quarter,
    array_agg(last_quarter ORDER BY workspace_id)  AS last_quarter,
    array_agg(last_event_at ORDER BY workspace_id) AS last_event_at,
    array_agg(cells ORDER BY workspace_id)         AS cells
  FROM analytics.partial_delta
  GROUP BY xmin::text
),
part AS (
  SELECT
    transaction,
    workspace_id,
    min(place) AS first,
    max(place) AS last,
    (array_agg(execution_id ORDER BY place))[1] AS begins_with
  FROM written
  GROUP BY transaction, workspace_id
),
entry AS (
  SELECT
    part.*,
    f.open_change, f.opened, f.started, f.ended, f.failed, f.credits_micro, f.users,
    (sum(cardinality(f.users)) OVER (PARTITION BY transaction ORDER BY first))::integer AS last_user
  FROM part
  JOIN analytics.feed AS f ON f.workspace_id = part.workspace_id AND f.execution_id[1] = part.begins_with
),
people AS (
  SELECT transaction, array_agg(person ORDER BY first, place) AS users
  FROM entry, unnest(users) WITH ORDINALITY AS someone (person, place)
  GROUP BY transaction
),
feed AS (
  SELECT
    transaction,
    array_agg(workspace_id ORDER BY first)  AS entry_of,
    array_agg(first ORDER BY first)         AS first,
    array_agg(last ORDER BY first)          AS last,
    array_agg(open_change ORDER BY first)   AS open_change,
    array_agg(opened ORDER BY first)        AS opened,
    array_agg(started ORDER BY first)       AS started,
    array_agg(ended ORDER BY first)         AS ended,
    array_agg(failed ORDER BY first)        AS failed,
    array_agg(credits_micro ORDER BY first) AS credits_micro,
    array_agg(last_user - cardinality(users) + 1 ORDER BY first) AS first_user,
    array_agg(last_user ORDER BY first)     AS last_user
  FROM entry
  GROUP BY transaction
)
SELECT
  row_number() OVER (ORDER BY transaction::bigint),
  workspaces, executions,
  delta_of, first_quarter, last_quarter, last_event_at, cells,
  entry_of, first, last, opened_at, execution_id, revision, seen, coalesce(users, '{}'),
  open_change, opened, started, ended, failed, credits_micro, first_user, last_user
FROM batch
JOIN delta USING (transaction)
JOIN feed USING (transaction)
LEFT JOIN people USING (transaction)
