// Posting forms, and reading the answer as events.

/** A message from the server that is meant for the reader. */
export class Refused extends Error {}

const LOST = "连接断了，没有收到完整的回答。请再问一次。";

/** Why no answer came, for the reader. */
export function why(error) {
  if (error.name === "AbortError") return "已停止。";
  return error instanceof Refused ? error.message : LOST;
}

export async function post(address, fields, accept, signal) {
  const reply = await fetch(address, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { Accept: accept },
    redirect: "manual",
    signal,
  });
  if (reply.type === "opaqueredirect") {
    location.assign("/login");
    throw new Refused("请重新登录。");
  }
  if (!reply.ok) {
    const told = await reply.json().catch(() => ({}));
    throw new Refused(told.error || "没有成功，请稍后再试。");
  }
  return reply;
}

/** Hands each event of *reply* to the one of *handlers* of its name, until the answer; what comes to nothing throws. */
export async function follow(reply, handlers) {
  let finished = false;
  try {
    for await (const { name, data } of events(reply.body)) {
      if (name === "problem") throw new Refused(data.text);
      if (name === "answer") finished = true;
      handlers[name]?.(data);
    }
    if (!finished) throw new Refused(LOST);
  } catch (error) {
    // A connection that breaks after the answer takes nothing from it.
    if (!finished) throw error;
  }
}

/** Yields {name, data} for each server-sent event; comments are skipped. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split("\n").filter((line) => !line.startsWith(":")).map((line) => line.split(/: (.*)/s, 2)),
      );
      if (fields.data) yield { name: fields.event, data: JSON.parse(fields.data) };
    }
  }
}
