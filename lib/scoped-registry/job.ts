let number = 0;
let ends = false;

/** The number of the running job of the event loop: it is another one in the next. */
export function currentJob(): number {
  if (!ends) {
    ends = true;
    setImmediate(next).unref();
  }
  return number;
}

function next(): void {
  ends = false;
  number++;
}
