// Files that hold several parts of the application. The builder tells who needs a part where it is.

const files = new Map();

/** One part, as if it were a file of its own. */
export async function part(address, start, end) {
  if (!files.has(address)) {
    const loading = load(address);
    // What could not be loaded is asked for again the next time.
    loading.catch(() => files.delete(address));
    files.set(address, loading);
  }
  const whole = await files.get(address);
  return new Response(whole.slice(start, end), { headers: { "content-type": "application/wasm" } });
}

async function load(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.arrayBuffer();
}
