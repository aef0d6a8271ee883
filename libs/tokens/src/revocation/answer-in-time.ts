/**
 * Owns how long an answer of Redis is waited for. The time is counted in tenths, and a standstill of this process takes one
 * of them however long it was: timers go off before sockets are read, so that an answer which lies there would come too late.
 * Does not own what is asked, nor what becomes of the connection.
 */

const TENTHS = 10;

/**
 * What Redis answers, or a rejection as the answer rejects.
 * @param timeoutMs milliseconds in which this process runs; its standstills are added, less a tenth for each
 * @param onLate called once, when it did not answer; what it rejects meanwhile is heard by nobody
 */
export async function answerInTime<Answer>(
  answer: Promise<Answer>,
  timeoutMs: number,
  onLate: () => void,
): Promise<Answer> {
  let tenths = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      tenths += 1;
      if (tenths < TENTHS) return;
      clearInterval(timer);
      reject(new Error(`Redis did not answer within ${timeoutMs} ms.`));
      onLate();
    }, timeoutMs / TENTHS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearInterval(timer);
  }
}
