// @ts-check
/**
 * The graphs' specs: files of the server, read again while the page is open, so that a spec that
 * is edited is drawn without a build or a restart.
 */

/** Milliseconds between two looks while the page is seen. */
const every = 3000;

export class SpecFiles {
  /** @param {() => boolean} mayAsk whether there is a server to ask */
  constructor(mayAsk) {
    /** @private */
    this.mayAsk = mayAsk;
    /** @private @type {Map<string, {text: string | null, listeners: Set<(text: string) => void>}>} */
    this.files = new Map();
    setInterval(() => void this.reload(), every);
    addEventListener("focus", () => void this.reload());
  }

  /**
   * @param {string} address
   * @param {(text: string) => void} listener is told the text now and whenever it is another one
   */
  follow(address, listener) {
    let file = this.files.get(address);
    if (file === undefined) {
      file = { text: null, listeners: new Set() };
      this.files.set(address, file);
    }
    file.listeners.add(listener);
    if (file.text === null) void this.read(address);
    else listener(file.text);
  }

  /** @param {string} address @param {(text: string) => void} listener */
  leave(address, listener) {
    const file = this.files.get(address);
    file?.listeners.delete(listener);
    if (file?.listeners.size === 0) this.files.delete(address);
  }

  /** Reads all files again. */
  async reload() {
    if (document.hidden || !this.mayAsk()) return;
    await Promise.all([...this.files.keys()].map((address) => this.read(address)));
  }

  /** @private @param {string} address */
  async read(address) {
    let text;
    try {
      const response = await fetch(address, { cache: "no-cache" });
      // What is no spec is said by who parses it.
      text = response.ok ? await response.text() : `the server answers ${response.status}`;
    } catch {
      return; // No server: the header says so, and the next look may find one.
    }
    const file = this.files.get(address);
    if (file === undefined || file.text === text) return;
    file.text = text;
    for (const listener of file.listeners) listener(text);
  }
}
