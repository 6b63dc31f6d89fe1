/** A graph: what each node waits for. An id that is no key of it is a node that waits for nothing. */
export type Graph<Id> = ReadonlyMap<Id, readonly Id[]>;
