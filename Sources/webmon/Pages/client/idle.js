// @ts-check
/**
 * Streams that are filled only while somebody looks: until then their metadata say `idle`.
 */

/**
 * Whether what is in a stream means nothing yet. Who subscribes to it gets another generation that does.
 *
 * @param {import("./server.js").Stream} stream
 */
export function isIdle({ metadata }) {
  return metadata.idle === true;
}
