/** Loaded by mocha before juggler's own tests, in the folder of a copy of juggler: installs the library into that copy. */
import {writeFileSync} from 'node:fs';
import {install, type Juggler} from '../../lib/index';
import {ModelCatalogue} from '../../lib/scoped-registry/registry/model-catalogue';
import {WAYS} from './ways';

const {JUGGLER_WAY, JUGGLER_WAY_REPORT} = process.env;
const way = WAYS[JUGGLER_WAY!];
const registries = way.registries();

const juggler = require(process.cwd()) as Juggler;
install(juggler, {registries, ...(way.builderOptions && {defaults: () => way.builderOptions!(registries)})});

// proof that juggler's classes went through a registry
let defined = 0;
const {defining} = ModelCatalogue.prototype;
ModelCatalogue.prototype.defining = function (...args) {
  defined++;
  return defining.apply(this, args);
};
process.on('exit', () => writeFileSync(JUGGLER_WAY_REPORT!, JSON.stringify({defined})));
