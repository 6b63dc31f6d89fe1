// Budgets: what a run may use, and what is set aside for each of its attempts. Empty = not limited;
// an old run never was. The index by cost goes on answering for a summary without the attempts' rows.

/** The SQL that adds them. */
export const SCHEMA_004 = `
ALTER TABLE runs ADD COLUMN budget_usd REAL
  CONSTRAINT run_budget_usd_positive CHECK (budget_usd IS NULL OR budget_usd >= 0);
ALTER TABLE runs ADD COLUMN budget_tokens INTEGER
  CONSTRAINT run_budget_tokens_positive CHECK (budget_tokens IS NULL OR budget_tokens >= 0);

ALTER TABLE attempts ADD COLUMN reserved_usd REAL
  CONSTRAINT attempt_reserved_usd_positive CHECK (reserved_usd IS NULL OR reserved_usd >= 0);
ALTER TABLE attempts ADD COLUMN reserved_tokens INTEGER
  CONSTRAINT attempt_reserved_tokens_positive
    CHECK (reserved_tokens IS NULL OR reserved_tokens >= 0);
DROP INDEX attempts_by_cost;
CREATE INDEX attempts_by_cost ON attempts
  (run, cost_usd, tokens_input, tokens_output, tokens_cached, reserved_usd, reserved_tokens);
` as const;
