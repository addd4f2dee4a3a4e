/** Three embedded classes: addr, addr.geo and the items of `items`. A new object each time, as a service makes them. */
export const NESTED = () => ({
  addr: {street: String, geo: {lat: Number, lng: Number}},
  items: [{sku: String}],
});

/** Classes of a model with NESTED properties: itself and its embedded ones. */
export const NESTED_CLASSES = 4;
