import {constants, PerformanceObserver, type NodeGCPerformanceDetail, type PerformanceEntry} from 'node:perf_hooks';

type GCEntry = PerformanceEntry & {readonly detail: NodeGCPerformanceDetail};

/** @param began when the collection began to mark live objects, in milliseconds on the clock of `performance` */
export type CollectionListener = (began: number) => void;

/**
 * Calls `listener` after major garbage collections of this thread's heap. The call comes some turns of the event loop after a
 * collection; where several have ended by then, there is one call. Does not hold the process open.
 * @returns a function that ends the listening
 */
export function majorCollections(listener: CollectionListener): () => void {
  let marking: number | undefined;
  const observer = new PerformanceObserver(list => {
    let began: number | undefined;
    for (const {startTime, detail} of list.getEntries() as GCEntry[]) {
      const {kind} = detail;
      // incremental marking: V8 marks in small steps while the program runs, then ends with a major collection
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
