/** Who did an attempt: a configured worker, or nobody in particular. */
export const SCHEMA_002 = 'ALTER TABLE attempts ADD COLUMN worker TEXT' as const;
