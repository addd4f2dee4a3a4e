/** What the process is warned of while `work` runs. */
export async function warningsOf(work: () => unknown): Promise<{readonly message: string}[]> {
  const warnings: {readonly message: string}[] = [];
  const {emitWarning} = process;
  process.emitWarning = (message: string) => void warnings.push({message});
  try {
    await work();
  } finally {
    process.emitWarning = emitWarning;
  }
  return warnings;
}
