import {constants, PerformanceObserver, type NodeGCPerformanceDetail, type PerformanceEntry} from 'node:perf_hooks';

type GCEntry = PerformanceEntry & {readonly detail: NodeGCPerformanceDetail};

/** Told that a major collection has ended, and when it had begun to mark what lives, on the clock of `performance`. */
export type CollectionListener = (began: number) => void;

/**
 * Listens for major collections of this thread's heap. The listener is called some turns of the event loop after a
 * collection, once for all that have ended by then. Does not hold the process open.
 * @returns the end of it
 */
export function majorCollections(listener: CollectionListener): () => void {
  let marking: number | undefined;
  const observer = new PerformanceObserver(list => {
    let began: number | undefined;
    for (const {startTime, detail} of list.getEntries() as GCEntry[]) {
      const {kind} = detail;
      // V8 marks bit by bit between the turns of the program, and ends that by a major collection
      if (kind === constants.NODE_PERFORMANCE_GC_INCREMENTAL) marking ??= startTime;
      if (kind !== constants.NODE_PERFORMANCE_GC_MAJOR) continue;
      began = marking ?? startTime;
      marking = undefined;
    }
    if (began !== undefined) listener(began);
  });
  observer.observe({entryTypes: ['gc']});
  return () => observer.disconnect();
}
