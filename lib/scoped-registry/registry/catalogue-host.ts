import type {ModelClass, StockModelBuilder} from '../juggler/types';
import type {OwningRegistry} from '../ownership/owning-registry';
import type {DefineJournal} from './define-journal';
import type {EmbeddedClassIndex} from './embedded-class-index';

/** The registry that a catalogue belongs to. */
export interface CatalogueHost extends OwningRegistry {
  readonly journal: DefineJournal;
  readonly embeddedIndex: EmbeddedClassIndex;
  readonly builders: Iterable<StockModelBuilder>;
  readonly onResize: (() => void) | undefined;
  takeOwnership(model: ModelClass): void;
}
