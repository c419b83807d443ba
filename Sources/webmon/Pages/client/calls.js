// @ts-check
/**
 * Commands that producers take, and the calls that wait for their replies.
 */

/**
 * One argument of a command, as its producer declared it (docs/commands.md).
 *
 * @typedef {object} CommandArgument
 * @property {string} name
 * @property {"bool" | "int" | "float" | "str" | "list" | "dict" | "any"} type
 * @property {boolean} nullable null is allowed, too
 * @property {unknown} [default] what holds if it is left out; without one it must be given
 * @property {unknown[]} [choices] the only values allowed
 * @property {string} help
 */

/**
 * @typedef {object} Command
 * @property {string} name
 * @property {string} help
 * @property {CommandArgument[]} args
 * @property {string} returns
 * @property {number} timeout_ms
 */

/**
 * A producer that takes commands.
 *
 * @typedef {object} CommandTarget
 * @property {string} target its name
 * @property {"live" | "closed" | "gone"} state
 * @property {Command[]} commands
 */

/**
 * @typedef {object} CallOptions
 * @property {string} [target] the producer's name; can be left out where only one has the command
 * @property {number} [timeout] milliseconds; the command's own limit is not exceeded
 */

/** A command was not done. */
export class CommandError extends Error {
  /**
   * @param {string} code a word for programs: "no-such-target", "no-such-command",
   *   "bad-argument", "timeout", "producer-gone", "failed", "too-large", "too-many", "bad-field",
   *   "busy", "not-found", "superseded", "read-only", or "not-connected", "connection-lost"
   * @param {string} message what was wrong, where, what was found, what would be right
   */
  constructor(code, message) {
    super(message);
    this.name = "CommandError";
    this.code = code;
  }
}

/** The longest control message that a server takes, bytes. */
const longestMessage = 65_536;
/** The server answers every call; if it does not, this much later nobody waits any longer, ms. */
const grace = 5000;
/** What a server allows if neither the caller nor the command says less, ms. */
const longestTimeout = 600_000;

/**
 * @typedef {object} Waiting
 * @property {(value: any) => void} resolve
 * @property {(error: CommandError) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */

export class Calls {
  constructor() {
    /** @private @type {Map<number, Waiting>} by reference */
    this.waiting = new Map();
    /** @private */
    this.lastRef = 0;
  }

  /**
   * @param {string} name
   * @param {{[argument: string]: unknown}} args
   * @param {CallOptions} options
   * @param {(text: string) => boolean} send false if there is no connection
   * @returns {Promise<any>}
   */
  make(name, args, { target, timeout }, send) {
    const message = { type: "command", name, args, target, timeout_ms: timeout };
    return this.ask(message, `the call of ${name}`, timeout ?? longestTimeout, send);
  }

  /**
   * Sends a message that the server answers with a `reply`.
   *
   * @param {object} message without its `ref`
   * @param {string} what it is, for people
   * @param {number} timeout ms that the server may take
   * @param {(text: string) => boolean} send false if there is no connection
   * @returns {Promise<any>}
   */
  ask(message, what, timeout, send) {
    const ref = (this.lastRef += 1);
    return new Promise((resolve, reject) => {
      const text = JSON.stringify({ ...message, ref });
      const bytes = new TextEncoder().encode(text).length;
      if (bytes > longestMessage) {
        const why = `${what} has ${bytes} bytes; at most ${longestMessage} are allowed`;
        return reject(new CommandError("too-large", why));
      }
      if (!send(text)) {
        return reject(new CommandError("not-connected", "there is no connection to the server"));
      }
      const timer = setTimeout(
        () => this.fail(ref, "timeout", `the server did not answer ${what}`),
        timeout + grace,
      );
      this.waiting.set(ref, { resolve, reject, timer });
    });
  }

  /**
   * A `reply` came. One that nobody waits for any more is dropped.
   *
   * @param {any} reply
   */
  replied(reply) {
    if (reply.ok === true) this.take(reply.ref)?.resolve(reply.value);
    else this.fail(reply.ref, String(reply.error?.code), String(reply.error?.message));
  }

  /** The connection is gone, and with it the replies. @param {string} reason */
  lost(reason) {
    for (const ref of [...this.waiting.keys()]) {
      this.fail(ref, "connection-lost", `the connection was lost before the reply came: ${reason}`);
    }
  }

  /** @private @param {number} ref @param {string} code @param {string} message */
  fail(ref, code, message) {
    this.take(ref)?.reject(new CommandError(code, message));
  }

  /** @private @param {number} ref */
  take(ref) {
    const found = this.waiting.get(ref);
    this.waiting.delete(ref);
    clearTimeout(found?.timer);
    return found;
  }
}
