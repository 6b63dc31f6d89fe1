/** How a run gets its plan. */
export type PlanSource =
  /** One task that is the goal itself. */
  | 'direct'
  /** The person gave a plan. */
  | 'file'
  /** Rules, without a model. */
  | 'rules'
  /** A model, through a task of kind `plan`. */
  | 'model';
